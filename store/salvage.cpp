#include "store/salvage.h"

#include <algorithm>

#include "store/rewrite.h"

namespace budstikke::store {

static_assert(SalvageWatch::kTables >= kStoredTableCount);

Result<Salvaged> salvage(const std::filesystem::path& dir, const StorageOptions& options, SalvageWatch& watch) {
  Result<std::shared_ptr<Environment>> env = Environment::open(dir, options, Environment::ShortFile::Lengthened);
  if (!env) return env.error();
  // Damaged pages can lead in circles: no table has more rows than fit the file.
  const Result<std::uint64_t> bytes = (*env)->file_bytes();
  if (!bytes) return bytes.error();
  for (auto& table : watch.most_steps) {
    for (std::uint64_t& most : table) most = std::min(most, *bytes / kRowOverheadBytes);
  }
  const Result<Rewritten> rewritten = write_anew(**env, dir, options, &watch);
  if (!rewritten) return rewritten.error();
  return Salvaged{rewritten->rows, rewritten->left_out};
}

Status put_salvaged_in_place(const std::filesystem::path& dir) { return Environment::put_in_place(dir); }

Status begin_empty(const std::filesystem::path& dir, const StorageOptions& options, std::span<const NewRow> rows) {
  {
    const Result<std::shared_ptr<Environment>> env = Environment::make_fresh(dir, options);
    if (!env) return env.error();
    if (Status written = write_rows(**env, rows); !written) return written;
  }
  return Environment::put_in_place(dir);
}

}  // namespace budstikke::store
