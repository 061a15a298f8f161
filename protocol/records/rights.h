// Who may write what: one table, printed in PROTOCOL.md and tested cell by cell.
//
// Invariants   A function of skeleton, author's standing and whether the owner ever shared the record: never of values, so
//              that nodes with and without values agree. Kinds and fields this version does not know follow the rows for
//              any kind, so that older and newer nodes agree as well: hence no row is ever added for a kind or field that
//              was in use without one.
#pragma once

#include "protocol/log/change.h"
#include "protocol/membership/operations.h"
#include "protocol/records/kinds.h"

namespace budstikke {

// What an author is in the network: whose council it writes for, and in which role.
struct Standing {
  CouncilId council;
  Role role = Role::Reader;
  friend bool operator==(const Standing&, const Standing&) = default;
};

enum class Scope : std::uint8_t {
  Own,               // only on records of the author's own council
  OwnOrShared,       // also on records that their owner has ever shared
  OwnOrCoordinator,  // a coordinator on every council's records
  Any,               // on every council's records
};

// One row of the write table. The first row whose kind, field and class match decides.
struct Right {
  std::uint8_t kind;   // 0: any
  std::uint8_t field;  // 0: any
  OperationClass operation_class;
  std::uint8_t roles;  // bit (1 << role) for every role that may
  Scope scope;
};
std::span<const Right> rights();

// Whether the row is about operations of this class on this field.
bool is_about(const Right& right, std::uint8_t kind, std::uint8_t field, OperationClass operation_class);

bool permitted(const RecordKey& record, std::uint8_t field, OperationClass operation_class, const Standing& author,
               bool ever_shared);

}  // namespace budstikke
