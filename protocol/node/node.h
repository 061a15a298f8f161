// A node of the network as a pure state machine: frames, local writes and time in; frames, drops and events out.
//
// How it is driven, by the daemon and by a simulator alike:
//   1. hand it inputs: link_up, frame, link_down, tick, and the local calls; each takes the current time
//   2. while wants_commit(now) or anything durable is to be answered: commit(now)
//   3. take_effects(): send, drop and tell what it says
//   4. call tick() again at deadline(now) at the latest; earlier does no harm
//
// Invariants   Persist, then send: what depends on uncommitted writes is held back until commit().
//              One ingest path (RunReceiver) for what is pushed and what is asked for.
//              A peer's vector and digests are hints for what to send and ask; nothing is deleted or skipped because of them.
// Errors       A peer that breaks the protocol loses its link. A failing store sets Effects::fatal: the shell stops without
//              committing, and a restart continues from the last commit.
// Determinism  Same storage, seed and inputs, same effects.
// Threads      One.
// Source       Session by digests and version vectors: Demers et al., "Epidemic algorithms" (1987); the shape of the state
//              machine: iroh-gossip's proto/state.rs and etcd's raft Ready.
#pragma once

#include "protocol/base/random.h"
#include "protocol/node/holders.h"
#include "protocol/node/holdings.h"
#include "protocol/node/link.h"
#include "protocol/node/push_tree.h"
#include "protocol/wire/ticket.h"

namespace budstikke {

struct NodeKeys {
  SigningKey identity;
  TransportKey transport;
  SealingKey sealing = {};  // to which bundles for this node are sealed; zeroes: it takes none
};

// What peers look like from here, for people.
struct PeerStatus {
  LinkId link;
  NetworkId network;
  MemberKey member;
  bool in_sync = false;
  std::uint64_t behind = 0;   // our entries that the peer is not known to hold
  std::uint64_t missing = 0;  // the peer's entries that are not here
  Instant heard;
  Millis clock{};  // its wall clock less our steady one: our own may be set at any time

  Millis clock_ahead(Now now) const { return clock + Millis(now.steady.ms - now.wall.ms); }  // of ours; negative: it is behind
};

// A council of which more came than is taken for now (quota.h): of its data, or of a member's membership log.
struct HeldBack {
  NetworkId network;
  CouncilId council;
  LogClass log_class = LogClass::Data;
  WallTime since;
  WallTime until;             // when some of it is taken again
  std::uint64_t waiting = 0;  // entries that some peer holds, and that are not here
};

// Two stores that act for one member at the same time: a copy of a home that runs beside the original.
struct TwoStores {
  StoreId stores[2];
  MemberKey told_by;  // zeroes: seen here
  Instant seen;       // last
};

class Node {
 public:
  static Result<std::unique_ptr<Node>> load(Storage& storage, NodeKeys keys, const StoreId& store, const Seed& seed);

  // --- Links.
  void link_up(LinkId link, const TransportKey& peer, bool dialed, Now now);
  void frame(LinkId link, Bytes frame, Now now);
  void link_down(LinkId link, Now now);

  // --- Time and durability.
  void tick(Now now);
  Instant deadline(Now now) const;
  bool wants_commit(Now now) const;
  Status commit(Now now);
  Effects take_effects();
  // Makes everything derived anew (Ledger::rebuild), and asks peers for what is missing then. Commits by itself.
  Status rebuild(Now now);
  void sync_now(Now now);  // tells peers at once what is held here, for a person who waits
  // Tells a peer that more nodes than wanted hang on this one: if it has other links it may leave (EventKind::Crowded there).
  void ask_to_leave(LinkId link);
  void sync_soon(Now now) { settle_at_ = now.steady; }

  // --- Local calls. Each is durable only after the next commit().
  struct Created {
    NetworkId network;
    Seed recovery;  // to be written on paper, and forgotten
  };
  Result<Created> create_network(const std::string& label, Now now);
  // `until`: when the newcomer's role ends, as in give_role().
  Result<Ticket> invite(Network& network, Role role, const CouncilId& council, WallTime expires,
                        std::vector<ReachableMember> reachable, Now now, WallTime until = {});
  // Registers a ticket: the next links to its members are used to join. Conflict when the network is known already.
  Status begin_join(const Ticket& ticket, Now now);
  void cancel_join() { joining_.reset(); }
  // Whom the shell knew to reach, from the file that outlives the store: trusted like those whom a ticket named, as far as the
  // membership here does not mention them. After every start; durable after the next commit.
  Status remember(const NetworkId& network, std::span<const ReachableMember> members, Now now);
  // Removes a member: what this node holds of its logs is kept, whatever else it wrote or will write does not count. NotAllowed
  // for who may not; NotFound for no member.
  Status remove_member(Network& network, const MemberKey& member, Now now);
  // Ends this node's own part in a network (members.cpp): what it wrote until now counts, nothing that it writes later. NotFound
  // when it is no member.
  Status leave(Network& network, Now now);
  // Whether nobody is left who can let others in when this node leaves, but for the holder of the recovery key.
  bool is_last_coordinator(const Network& network) const;
  // Gives a member another role from what this node holds of its logs on, until a date that its own node holds (zero: for good).
  // NotAllowed for who may not, NotFound for no member, Conflict when it has that role.
  Status give_role(Network& network, const MemberKey& member, Role role, WallTime until, Now now);
  // Makes this node coordinator by the network's recovery key. Forged for another key; NotAllowed when this node cannot be made
  // one.
  Status recover(Network& network, const Seed& recovery_key, Now now);
  // Hands on a recovery of another node, to whom a thief's removals have cut all ways. Forged when it is none of this network.
  Status take_recovery(Network& network, const RecoverOperation& recover, Now now);
  // The recovery by which a key is coordinator, for take_recovery() elsewhere; nullopt when there is none.
  std::optional<RecoverOperation> recovery_of(const Network& network, const MemberKey& member) const;
  // Writes this network's half of an edge to another one (unite.cpp), which is fetched from now on from whoever is trusted here
  // and from those named. NotAllowed for who is no coordinator by this network alone; Invalid for a charter that is not signed,
  // or is this network's own.
  Status unite(Network& network, const FoundOperation& other, std::span<const ReachableMember> members, Now now);
  // States another transport key in every network where it was not stated yet. Links to this node by it only after
  // use_transport().
  Status state_transport(const TransportKey& transport, Now now);
  // From now on links are by this key. To be told when no link is up, and only of a key that was stated, or peers drop them.
  void use_transport(const TransportKey& transport) { keys_.transport = transport; }
  // The members that are not known to hold what this node has stated: they may dial it by its former key.
  std::set<MemberKey> unaware_of_transport() const;
  // Takes a removal back. NotAllowed when it is neither this node's nor by a less senior coordinator.
  Status readmit(Network& network, const OperationId& removal, Now now);
  // Appends changes to this node's own data log, as many to an entry as fit. NotAllowed when a peer would find one void,
  // Invalid when it is of a kind, field or class that this program does not have; nothing is appended then. See refusal.h.
  Status write(Network& network, std::span<const ChangeBytes> changes, Now now);
  // Whether the own quota has room for so much; the error says when it will have.
  Status check_quota(Network& network, LogClass log_class, std::uint64_t change_bytes, std::uint64_t entries, Now now) const;
  // Fetches what this part of a file holds from whoever has it, also where contents are not fetched always.
  Status want_contents(Network& network, const RecordState& part, Now now);
  Status may_write(Network& network, std::span<const ChangeBytes> changes, Now now) const;  // whether write() would refuse them

  // --- Bundles (bundle.cpp). See bundle_writing.h and bundle_reading.h.
  // As on a link, but nobody is answered. Durable after the next commit.
  Result<RunReceiver::Progress> take_bundle_run(RunReceiver& receiver, const Message& message, Bytes frame, Now now);
  Signature sign_bundle(View message) const { return keys_.identity.sign(Purpose::Bundle, message); }
  // What a member said of itself elsewhere than on a link.
  void learn_holding(const Network& network, const MemberKey& member, WallTime when, Positions has);
  // The last entry of a log that a member is known to hold; 0 when nothing is known, or the log has forked.
  Seq known_to_hold(const Network& network, const MemberKey& member, const Log& log) const;
  // How many entries of this node the member is not known to hold.
  std::uint64_t not_known_to_hold(const Network& network, const MemberKey& member) const;
  // Puts what is known of others, so that it outlasts this process. Durable after the next commit.
  Status keep_holdings(Now now);

  // --- Reading.
  Ledger& ledger() { return *ledger_; }
  const Ledger& ledger() const { return *ledger_; }
  const MemberKey& self() const { return keys_.identity.public_key(); }
  const Member* self_in(const Network& network) const { return network.membership.find(self()); }
  const TransportKey& transport() const { return keys_.transport; }
  Random& random() { return random_; }
  std::vector<PeerStatus> peers() const;
  std::vector<HeldBack> held_back() const;
  NetworkSummary summary_of(const Network& network) const;
  const StoreId& store() const { return store_; }
  // Members for whom two stores act, as far as that was seen lately (own_logs.cpp).
  const std::map<MemberKey, TwoStores>& two_stores() const { return two_stores_; }

 private:
  Node(Storage& storage, NodeKeys keys, const StoreId& store, const Seed& seed);

  // values.cpp
  void ask_values(Link& link, Network& network);
  void ask_others(const Link& except, const NetworkId& network);
  bool is_under_way(const Link& asking, const NetworkId& network, const ChangeLink& change) const;
  Result<std::vector<Ledger::MissingValue>> next_values(const Link& link, const Network& network, PeerNetwork& peer) const;
  void go_on_asking();
  void handle(Link& link, AskValuesMessage& message, Now now);
  void handle(Link& link, ValuesMessage& message, Now now);

  // agreement.cpp
  void note_difference(Link& link, Network& network, const NetworkSummary& own, const NetworkSummary& theirs);
  void handle(Link& link, BucketsMessage& message, Now now);
  void handle(Link& link, BucketMessage& message, Now now);
  void compare_buckets(Link& link, Network& network, Now now);
  void send_bucket(Link& link, const Network& network, std::uint8_t bucket);

  // erase.cpp
  void work_off_erasures(Now now);
  Status give_receipts(Network& network, Now now);

  // own_logs.cpp
  Status begin_again();
  bool shown_later_own();
  void take_own(const Network& network, const RunReceiver::Progress& progress, Now now);
  void meet(const Link& link, Network& network);
  void note_store(Link& link, Now now);
  bool ask_about(Link& link, const StoreId& other);
  void note_two_stores(const MemberKey& member, const StoreId& a, const StoreId& b, const MemberKey& told_by, Now now);
  void look_for_stores(Now now);
  bool is_member_here(const MemberKey& member) const;
  void handle(Link& link, StoreMessage& message, Now now);

  // session.cpp
  void handle(Link& link, Hello& hello, Now now);
  void handle(Link& link, SummaryMessage& message, Now now);
  void handle(Link& link, LevelMessage& message, Now now);
  void say_hello(Link& link, Now now);
  void greet(Link& link, Network& network, const NetworkHello& theirs, Now now);
  bool identify(Link& link);
  void compare(Link& link, Network& network, const NetworkSummary& theirs, Now now);
  void note_agreement(Link& link, Network& network, const NetworkSummary& own, Now now);
  std::optional<AgreedRow> remembered(const Link& link, const Network& network);
  void send_summary(Link& link, const Network& network);
  void send_level(Link& link, const Network& network);
  NetworkLevel level_for(Link& link, const NetworkSummary& own);
  void answer_with_level(PeerNetwork& peer, Now now);
  void send_levels(bool even_if_sent, Now now);
  Network* shared_network(const Link& link, const NetworkTag& tag);
  void settle(Network& network);
  void drop_strangers();
  // clocks.cpp
  void note_clock(Link& link, WallTime theirs, Now now);
  void tell_clock(Now now);
  // unite.cpp
  void adopt_successors(const Network& network);
  // trust.cpp
  void forget_strangers(const Link& link, Network& network, Now now);
  std::vector<ReachableMember> members_in_sight(const Network& network) const;
  bool shares(const Link& link, const Network& network) const;
  void copy_own_tips(const Network& network, PeerNetwork& peer, LogClass log_class) const;

  // planning.cpp
  void handle(Link& link, VectorMessage& message, Now now);
  void handle(Link& link, DoneMessage& message, Now now);
  bool send_vector(Link& link, const Network& network, LogClass log_class);  // false: the peer has it already
  void send_tips(const Link& link, VectorMessage message, const std::vector<const Log*>& logs);
  bool send_news(Link& link, Network& network, const AgreedRow& since);  // false: there are none
  void plan(Link& link, Network& network, Now now);
  void plan_everywhere(Now now);
  void ask(Link& link, Network& network, const std::vector<Want>& wants, Now now);
  std::vector<Want> lacking(const Network& network, const PeerNetwork& peer, LogClass log_class, Now now);

  // runs.cpp
  void handle_run(Link& link, const Message& message, Bytes frame, Now now);
  void handle(Link& link, WantMessage& message, Now now);
  Result<RunReceiver::Progress> receive_run(RunReceiver& receiver, const Message& message, Bytes frame,
                                            const std::function<bool(const Network&)>& wants);
  void after_run(Link& link, const RunReceiver::Progress& progress, bool is_news, Now now);
  void pump(Link& link);
  bool send_next_run(Link& link, const Outgoing& next);

  // quotas.cpp
  bool takes(Network& network, const LogId& log, Now now);
  bool holds_back(const Network& network, const LogId& log) const;
  bool decline_run(Link& link, const Message& message, Now now);
  void decline(Link& link, const Network& network, const LogId& log, Now now);
  void look_for_quotas(Now now);

  // known.cpp
  void note_holder(const Link& link, const Network& network, const DigestTag& level, bool anew, Now now);
  void tell_holders();
  void tell_holders_soon(const Network& network, Now now);
  void handle(Link& link, HoldersMessage& message, Now now);

  // push.cpp
  void push_changes(Now now);
  void push_log(Network& network, const LogId& id, bool may_send, Now now);
  void note_run(Link& link, const Network& network, const RunReceiver::Progress& progress, bool was_pushed, Now now);
  void handle(Link& link, HaveMessage& message, Now now);
  void handle(Link& link, GraftMessage& message, Now now);
  void handle(Link& link, PruneMessage& message, Now now);
  PushTree& tree_of(const NetworkId& network) { return trees_.try_emplace(network, self()).first->second; }
  void tick_trees(Now now);
  void send_push_messages();

  // join.cpp
  void ask_to_join(Link& link);
  void handle(Link& link, JoinMessage& message, Now now);
  void handle(Link& link, AdmittedMessage& message, Now now);
  void handle(Link& link, RefusedMessage& message, Now now);
  std::optional<Refusal> admit(Network& network, const Link& link, const JoinMessage& join, Now now);
  // `later_than`: the stamp of what was stated about the same before, perhaps by a clock that was ahead. The later one counts.
  Status append_membership(Network& network, std::span<const MembershipOperation> operations, Now now, WallTime later_than = {});

  // local.cpp
  Status append_local(Network& network, LogClass log_class, std::span<const ChangeBytes> changes, Now now,
                      WallTime later_than = {});
  EntryId own_tip(const Network& network, LogClass log_class) const;
  Status check_rights(const Network& network, const Standing& own, const ChangeBytes& change) const;

  // bundle.cpp
  void state_sealing_keys(Now now);

  // members.cpp
  std::vector<KeepOperation> keeps_of(const Network& network, const MemberKey& key) const;
  std::vector<Network*> union_of(Network& network);
  Status append_everywhere(Network& network, const MemberKey& key,
                           const std::function<MembershipOperation(std::uint16_t)>& operation, Now now, WallTime later_than = {});
  Result<OperationId> append_with_keeps(Network& network, const std::optional<MembershipOperation>& operation, OperationId of,
                                        std::vector<KeepOperation> keeps, Now now, WallTime later_than = {});
  void write_down_recoveries(Now now);
  bool new_key_seen(const Link& link);
  void retire_former_keys(Now now);
  void note_former_key(Network& network, const TransportKey& key, const FormerKey& former);

  // node.cpp
  void send(const Link& link, const Message& message);          // at once
  void send_durable(const Link& link, const Message& message);  // after the next commit
  void drop(Link& link, std::string reason);
  void forget(LinkId link);
  void tell(EventKind kind, const NetworkId& network, const MemberKey& member, std::string detail = {});
  bool storage_failed(const Error& error, Link* link);
  void mark_urgent(Now now);
  void mark_written(Now now);
  void dispatch(Link& link, Message& message, Bytes frame, Now now);

  struct Joining {
    Ticket ticket;
    Instant since;
  };

  NodeKeys keys_;
  StoreId store_;
  Random random_;
  Storage& storage_;
  std::unique_ptr<Ledger> ledger_;
  std::map<LinkId, Link> links_;
  Effects effects_;
  std::vector<SendFrame> held_;                          // sent after the next commit
  std::map<std::pair<NetworkId, LogId>, bool> to_push_;  // logs with new entries, after the next commit; false: only to tell of
  std::map<NetworkId, Holders> holders_;
  std::optional<Instant> holders_due_;   // when peers are told of them
  std::map<NetworkId, PushTree> trees_;  // along which links they go
  std::optional<Joining> joining_;
  Holdings holdings_;
  Instant next_keep_{};           // of what is known of others
  bool urgent_ = false;           // commit at the next chance
  bool save_agreements_ = false;  // likewise
  std::optional<Instant> uncommitted_since_;
  Instant next_levels_{};                // anti-entropy
  std::optional<Instant> settle_at_;     // levels after a burst of changes
  std::optional<WallTime> shred_again_;  // after a shred for which there was no room
  WallTime began_;                       // when this store began to write where it writes now
  std::set<TransportKey> hinted_;        // peers whose word alone has made this node begin again; it does so once
  std::map<MemberKey, TwoStores> two_stores_;
  struct KnownStores {
    std::vector<StoreId> ids;  // last the one that the member has now
    int returns = 0;           // how often it came back to one that it had before
  };
  std::map<MemberKey, KnownStores> stores_;
};

}  // namespace budstikke
