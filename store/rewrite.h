// Writes a store anew: every live row, and nothing else, into a file of its own that then takes the place of the old one.
// Internal to store/.
//
// Why          LMDB leaves what was erased where it was. Pages that are free keep their bytes; and since 0.9.24 gives a page that
//              it freed out again as it is, the room between the rows of a live page, and behind the value on the last of a
//              row's own pages, can hold text of any earlier transaction. mdb_env_copy2() with MDB_CP_COMPACT leaves out free
//              pages, but copies live pages whole (tests/store/shred_test.cpp shows text that survives it). So rows are copied,
//              not pages. The new file's pages come from malloc, cleared by LMDB, or are its own earlier pages, which held
//              nothing but rows that live.
// Shape        new/ beside data.mdb, a store like any other, then renamed. The rename is the one step that counts: until then the
//              old file is the store, with its mark that a rewrite is due; the new one is written without the mark.
// Invariants   A row is copied only if its checksum holds, since nobody can tell whose bytes a damaged row has. Rows that are
//              left out make the copy carry the mark that what is derived must be rebuilt.
// Errors       Full, Io: the old file is as it was and new/ is removed, or is removed when the store is opened next. Damaged: the
//              old file makes no sense to LMDB.
// Cost         One copy of the live rows on the disk for the time it takes, and memory for one batch.
#pragma once

#include "store/environment.h"
#include "store/salvage.h"

namespace budstikke::store {

struct Rewritten {
  std::uint64_t rows = 0;
  std::uint64_t left_out = 0;  // damaged, or counted by LMDB and not met
};

// Makes the whole copy in new/ and syncs it; Environment::put_in_place() does the rest. The caller keeps everybody from writing
// to `from`. With a watch, it goes only as far as that allows.
Result<Rewritten> write_anew(const Environment& from, const std::filesystem::path& dir, const StorageOptions& options,
                             SalvageWatch* watch = nullptr);

// Writes rows into a store that was just made, and the mark that what is derived must be made anew.
Status write_rows(Environment& to, std::span<const NewRow> rows);

}  // namespace budstikke::store
