// The API's commands about erasing: whole records, everything that mentions a person, and what has become of it where.
//
// Invariants   Of several records all are erased or none: whether it is permitted is asked of every one before the first is
//              written. The text that a person is known by is in no operation, no log line and no row of the store.
// Cost         A search reads a bounded part of the store for each request, and says where the next one goes on.
#pragma once

#include "daemon/api/find.h"
#include "daemon/dialer.h"

namespace budstikke::daemon {

class EraseApi {
 public:
  EraseApi(Node& node, const Dialer& dialer) : node_(node), dialer_(dialer) {}
  // nullopt when the command is not one of these.
  std::optional<Answer> handle(const std::string& command, const Value& args, Now now);

 private:
  Answer erase_records(const Value& args, Now now);
  // erase_subject.cpp
  Answer find_subject(const Value& args);
  Answer erase_subject(const Value& args, Now now);
  // erase_status.cpp
  Answer status(const Value& args, Now now) const;
  // A member of whom a receipt is expected, or was, with what is told of it for every erasure.
  struct Witness {
    MemberKey key;
    bool removed = false;
    Value value;
  };
  std::vector<Witness> witnesses_of(const Network& network, Now now) const;
  Value status_of(const Network& network, const OperationId& id, const ErasureRow& row, const Ledger::Asked& asked,
                  const std::map<MemberKey, WallTime>& given, const std::vector<Witness>& witnesses) const;

  Node& node_;
  const Dialer& dialer_;
};

// The kind of a record by name; its number when this version does not know it.
Value kind_text(const RecordKey& record);

}  // namespace budstikke::daemon
