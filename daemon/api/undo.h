// The API's command `undo`: what this node wrote last, taken back by writing the opposite.
//
// How          The newest entry of this node's own log that a person wrote, and that was neither taken back nor is itself what
//              took something back: those are passed over, so that `undo` again takes back what came before. So is an entry
//              of which nothing can be taken back, up to kMostPassedOver of them; the answer counts those. What no longer stands,
//              since somebody wrote over it, stays as it is.
// Errors       nothing-to-undo: there is no such entry; conflict-changed: it is another one by now than the one that was looked
//              at. Where nothing can be taken back of any of them, the newest is told of and nothing is written.
// Cost         The runs in which the entries stand, and for each record in them its view and a page of its history.
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
    EntryNumber number;
    Bytes body;
    WallTime stamp;
  };
  using Below = std::map<NetworkNumber, Seq>;  // entries from there on are passed over
  Result<std::optional<Last>> last_of(Network& network, const Below& below) const;
  Found<std::optional<Last>> find_last(const Network* only, const Below& below) const;
  bool is_by_program(const Network& network, const EntryView& entry) const;
  Answer undo(const Value& args, Now now);

  // What can be done about one record, and what is told of it.
  struct Plan {
    Value told;
    std::optional<ChangeBytes> change;
  };
  Found<Plan> plan(const Last& last, const RecordKey& key, const std::vector<std::uint8_t>& changes, bool is_first);
  struct PlannedEntry {
    Last last;
    Value told;
    std::vector<ChangeBytes> changes;
  };
  Found<PlannedEntry> plan_entry(Last last);
  Found<PlannedEntry> find_undoable(const Network* only, std::uint64_t& passed_over);
  Status remember(const Last& last);

  Node& node_;
  const OutboxApi& outbox_;
};

}  // namespace budstikke::daemon
