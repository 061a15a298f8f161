// The API's commands about networks, members, invitations, peers and the node's status.
#pragma once

#include "daemon/api/find.h"
#include "daemon/api/unknown.h"
#include "daemon/dialer.h"
#include "daemon/door_watch.h"
#include "protocol/wire/merge_code.h"

namespace budstikke::daemon {

// Something that is not well, in the words of the log, and as a stable code for whoever says it in others: store-full (about: how
// much room is needed, where), store-mended, store-salvaged, store-begun, no-door (about: why), cannot-listen (about: where,
// why), host-left-alone (about: whom), ticket-waits, ticket-refused (about: the error's code).
struct CoreTrouble {
  std::string code, text, about;
  bool empty() const { return text.empty(); }
};

// What only the core knows, for `status`.
struct CoreStatus {
  std::string listening;  // the real address; empty when not listening
  CoreTrouble trouble;    // with the store, the door or the listening socket; empty when all is well
  std::uint64_t store_bytes = 0;
  std::uint32_t store_format = 0;
  std::uint64_t free_bytes = 0;    // on the store's disk
  std::uint64_t scrub_rounds = 0;  // how often every row was looked at
  std::uint64_t damaged_rows = 0;  // that were found since the start, and read from their second copy
  Instant started;
  const DoorWatch* door = nullptr;  // whom it leaves alone
  bool dialed_in = false;           // a peer has dialled this node since it started
};

inline constexpr std::size_t kMaxLabelBytes = 100;  // of a network's name

class NetworkApi {
 public:
  NetworkApi(Node& node, const Dialer& dialer, const Config& config, const CoreStatus& status)
      : node_(node), dialer_(dialer), config_(config), status_(status) {}
  // nullopt when the command is not one of these. `join` and `sync` wait, so they are the core's.
  std::optional<Answer> handle(const std::string& command, const Value& args, Now now);
  Value peers(Now now) const;
  Value joined(const Network& network) const;  // the answer to a join that succeeded
  // True when every network agrees with at least one peer, and with every peer that is linked.
  bool in_sync() const;

 private:
  Answer status(Now now) const;
  struct PeerStanding {
    const PeerStatus* linked = nullptr;  // in one of the parts, when it is
    bool in_sync = true, known = true;
    std::uint64_t behind = 0, missing = 0;
  };
  PeerStanding standing_of(const std::vector<PeerStatus>& linked, const Network& network, const MemberKey& key) const;
  std::uint64_t reachable_in(const Network& network) const;
  Answer create(const Value& args, Now now);
  Answer list_networks() const;
  Answer show(const Value& args) const;
  Answer members(const Value& args, Now now) const;
  // tickets.cpp
  Answer invite(const Value& args, Now now);
  Answer invitations(const Value& args, Now now);
  Answer revoke(const Value& args, Now now);
  Answer readmit(const Value& args, Now now);
  // members.cpp
  Answer leave(const Value& args, Now now);
  Answer give_role(const Value& args, Now now);
  Answer recover(const Value& args, Now now);
  Answer take_recovery(const Value& args, Now now);
  static std::optional<ApiFailure> take_end(const Value& args, Now now, WallTime& until);
  void set_end(Value& value, const Network& network, const Member& own, Now now) const;
  // rename.cpp
  Answer rename(const Value& args, Now now);
  Answer rename_council(const Value& args, Now now);
  Status write_network_name(Network& network, const std::string& name, Now now);
  // What a network may be called: a failure for what fits no ticket, or is the name of another one here that is not, and is not
  // to be, one with it.
  Found<std::string> name_for_network(const std::string& typed, const Network* renamed,
                                      const NetworkId* to_be_one = nullptr) const;
  // merge.cpp
  Answer merge(const Value& args, Now now);
  Found<Network*> where_coordinator(Network& network);
  Answer merge_code(Network& network, Now now);
  Status keep_name(Network& network, Now now);
  std::optional<ApiFailure> unite_with(Network& network, const MergeCode& code, Now now);
  std::vector<ReachableMember> reachable_members(const Network& network) const;
  Value admission_of(const Network& network, const Member& member, Value value, Now now) const;
  Value used_twice(const Network& network) const;
  Value member_value(const Network& network, const Member& member) const;
  Value held_back(const Network& network) const;
  Value removal_of(const Network& network, const MemberKey& key) const;
  // The member that an id's prefix or its council's id or name fits, among those that were removed or among the others.
  Found<const Member*> named_member(const Network& network, const std::string& named, bool removed) const;
  std::string words_of(const Network& network, const Member& member) const;
  struct Undecided {
    std::uint64_t conflicts = 0;     // fields, and records brought back
    std::uint64_t brought_back = 0;  // removed by some while others edited them
    std::optional<WallTime> since;   // when the oldest of them came about, by the clocks of those who wrote
  };
  Result<Undecided> undecided_in(const Network& network) const;

  Node& node_;
  const Dialer& dialer_;
  const Config& config_;
  const CoreStatus& status_;
  mutable UnknownCounter unknown_;  // remembers what it has counted
};

}  // namespace budstikke::daemon
