// The API's command `outbox`: what this node wrote, and which councils are known to hold it, so that closing the laptop is a
// decision.
//
// How          By what each member last said that it holds, on a link or in a bundle. Who has said nothing since holds it
//              perhaps, but is not counted: what is shown is certain.
// Cost         A place per own log and member; the entries that are shown are read from the store.
#pragma once

#include "daemon/api/find.h"

namespace budstikke::daemon {

class OutboxApi {
 public:
  explicit OutboxApi(const Node& node) : node_(node) {}
  std::optional<Answer> handle(Node& node, const std::string& command, const Value& args) const;

  // Of this node's own entries in one network.
  struct Spread {
    std::size_t councils = 0;   // others that could hold them
    std::uint64_t alone = 0;    // entries that no other council is known to hold
    std::uint64_t waiting = 0;  // entries that some other council is not known to hold
  };
  Spread spread_of(const Network& network) const;
  // Who is known to hold an entry of an own log: `councils`, how many others there are, `holders` and, of many, `holders_more`.
  void put_holders(const Network& network, const Log& log, Seq seq, Value& value) const;

 private:
  using Reached = std::map<CouncilId, Seq>;  // how far each other council is known to hold a log
  Reached reached(const Network& network, const Log& log) const;
  std::vector<const Log*> own_logs(const Network& network) const;
  Result<Value> entries_of(const Network& network, std::size_t limit) const;
  Status add_entries(const Network& network, const Log& log, std::size_t limit,
                     std::vector<std::pair<WallTime, Value>>& found) const;
  Value entry_value(const Network& network, const EntryView& entry, Seq seq, const Reached& reached) const;
  Value change_value(const Network& network, const RecordKey& key) const;

  const Node& node_;
};

}  // namespace budstikke::daemon
