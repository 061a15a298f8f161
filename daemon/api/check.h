// The API's command `check`: reads every row, computes everything derived once more from the entries, and mends it when asked.
//
// Cost         About 1 µs a row and 10 µs an entry, during which the loop stands still: a check is for a person who waits for it.
#pragma once

#include "daemon/api/answer.h"
#include "store/lmdb_storage.h"

namespace budstikke::daemon {

// With `args.repair`, rows that cannot be read are given up and everything derived is made anew; what is missing then is asked
// of the peers, and this node's own logs open a new incarnation. Rows that are lost to a search need the store written anew, which only a start does: `needs_restart` is set.
Answer check(Node& node, store::LmdbStorage& storage, const Value& args, Now now, bool& needs_restart);

}  // namespace budstikke::daemon
