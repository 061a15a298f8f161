// The API's command `undo`: what this node wrote last, taken back by writing the opposite.
//
// How          The newest entry of this node's own log that a person wrote, and that was neither taken back nor is itself what
//              took something back: those are passed over, so that `undo` again takes back what came before. Each operation is
//              looked up in the history of its record; what no longer stands, since somebody wrote over it, stays as it is.
// Errors       nothing-to-undo: there is no such entry, or nothing in it can be taken back; conflict-changed: another entry is
// the
//              newest by now than the one that was looked at.
// Cost         The run in which the entry stands, and of each record in it at most kMaxHistoryPage changes.
#pragma once

#include "daemon/api/outbox.h"
#include "daemon/api/records.h"

namespace budstikke::daemon {

class UndoApi {
 public:
  UndoApi(Node& node, const OutboxApi& outbox) : node_(node), outbox_(outbox) {}
  std::optional<Answer> handle(const std::string& command, const Value& args, Now now);

 private:
  // An entry of the own log that may be taken back.
  struct Last {
    Network* network = nullptr;
    const Log* log = nullptr;
    Seq seq;
    Bytes body;
    WallTime stamp;
  };
  Result<std::optional<Last>> last_of(Network& network) const;
  Found<Last> find_last(const Value& args) const;
  bool is_by_program(const Network& network, const EntryView& entry) const;
  Answer undo(const Value& args, Now now);

  // What can be done about one record, and what is told of it.
  struct Plan {
    Value told;
    std::optional<ChangeBytes> change;
  };
  Found<Plan> plan(const Last& last, const RecordKey& key, const std::vector<std::uint8_t>& changes);
  Status remember(const Last& last);

  Node& node_;
  const OutboxApi& outbox_;
};

}  // namespace budstikke::daemon
