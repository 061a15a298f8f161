// Reading rows within any transaction, with every byte checked before it is believed. Internal to store/.
//
// Errors       As Storage has them. A row whose place makes no sense (outside the file, a key too long) is Damaged like one whose
//              checksum fails; when LMDB itself finds its pages senseless, a scan ends there with Damaged.
#pragma once

#include "store/environment.h"

namespace budstikke::store {

Result<std::optional<View>> get_row(const Environment& env, MDB_txn* txn, Table table, View key);
Status scan_rows(const Environment& env, MDB_txn* txn, Table table, View from, const std::function<bool(View, View)>& each,
                 const std::function<void(View)>& damaged);

}  // namespace budstikke::store
