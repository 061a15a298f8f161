#include "protocol/node/node.h"

#include "protocol/base/limits.h"
#include "protocol/node/place.h"
#include "protocol/node/waits.h"

namespace budstikke {

Node::Node(Storage& storage, NodeKeys keys, const StoreId& store, const Seed& seed)
    : keys_(std::move(keys)), store_(store), random_(seed), storage_(storage) {}

Result<std::unique_ptr<Node>> Node::load(Storage& storage, NodeKeys keys, const StoreId& store, const Seed& seed) {
  std::unique_ptr<Node> node(new Node(storage, std::move(keys), store, seed));
  const auto sign = [&](const EntryId& id) { return node->keys_.identity.sign(Purpose::Entry, id); };
  Result<std::unique_ptr<Ledger>> ledger = Ledger::load(storage, Incarnation{node->random_.u64()}, node->self(), sign);
  if (!ledger) return ledger.error();
  node->ledger_ = std::move(*ledger);
  Result<std::optional<View>> id = storage.get(Table::Meta, view_of(kStoreIdKey));
  if (!id) return id.error();
  if (*id && (*id)->size() == StoreId::kSize)
    node->store_ = StoreId::from(**id);  // it may have got another one since it was made
  Result<std::optional<View>> restored = storage.get(Table::Meta, view_of(kRestoredKey));
  if (!restored) return restored.error();
  if (*restored) {
    if (Status begun = node->begin_again(); !begun) return begun.error();
  }
  if (Status status = node->ledger_->commit(); !status) return status.error();
  if (Status status = node->holdings_.load(*node->ledger_); !status) return status.error();
  return node;
}

// --- Links -----------------------------------------------------------------------------------------------------------

void Node::link_up(LinkId id, const TransportKey& peer, bool dialed, Now now) {
  ledger_->set_time(now.wall);
  Link& link = links_[id];
  link = Link{};
  link.id = id;
  link.key = peer;
  link.dialed = dialed;
  link.nonce = random_.fixed<Nonce>();
  link.credit = kLinkCreditBytes;
  link.heard = link.progressed = now.steady;
  bool known = false;
  for (const auto& [network_id, network] : ledger_->networks()) known = known || shares(link, network);
  if (dialed) {
    if (joining_) {
      for (const ReachableMember& member : joining_->ticket.members) {
        if (member.transport == peer) {
          ask_to_join(link);
          return;
        }
      }
    }
    if (known) {
      say_hello(link, now);
    } else {
      drop(link, "dialled a key that is no member's");
    }
    return;
  }
  if (known) return;  // the dialler speaks first
  for (const auto& [network_id, network] : ledger_->networks()) {
    if (network.membership.invitation_with_transport(peer) != nullptr) {
      link.phase = LinkPhase::Invitation;
      return;
    }
  }
  drop(link, "a key that is no member's");
}

void Node::link_down(LinkId id, Now now) {
  forget(id);
  save_agreements_ = save_agreements_ || ledger_->has_unsaved_agreements();
  plan_everywhere(now);  // what was under way on it is asked of others
}

void Node::forget(LinkId id) {
  links_.erase(id);
  for (auto& [other, link] : links_) {
    for (auto& [network, peer] : link.networks) {  // what was left to the one that is gone
      if (std::exchange(peer.left_to_others, false)) peer.values_epoch = 0;
    }
  }
  std::erase_if(held_, [&](const SendFrame& frame) { return frame.link == id; });
  for (auto& [network, tree] : trees_) tree.link_down(id);
  for (auto& [network, holders] : holders_) holders.link_down(id);
}

void Node::frame(LinkId id, Bytes frame, Now now) {
  const auto at = links_.find(id);
  if (at == links_.end()) return;  // dropped already; what was under way is not wanted
  ledger_->set_time(now.wall);
  Link& link = at->second;
  link.heard = now.steady;
  Result<Message> message = decode(frame);
  if (message) {
    dispatch(link, *message, std::move(frame), now);
  } else {
    drop(link, message.error().text);
  }
  if (!links_.contains(id)) plan_everywhere(now);  // what was under way on it is asked of others
}

void Node::dispatch(Link& link, Message& message, Bytes frame, Now now) {
  if (auto* join = std::get_if<JoinMessage>(&message)) return handle(link, *join, now);
  if (link.phase == LinkPhase::Joining || (link.phase == LinkPhase::Open && joining_)) {
    if (auto* admitted = std::get_if<AdmittedMessage>(&message)) return handle(link, *admitted, now);
    if (auto* refused = std::get_if<RefusedMessage>(&message)) return handle(link, *refused, now);
  }
  if (link.phase == LinkPhase::Joining) return drop(link, "an answer to a join that is none");
  if (link.phase == LinkPhase::Invitation) return drop(link, "an invitation may only join");
  if (auto* hello = std::get_if<Hello>(&message)) return handle(link, *hello, now);
  if (link.phase != LinkPhase::Open) return drop(link, "a message before the hello");
  if (auto* vector = std::get_if<VectorMessage>(&message)) return handle(link, *vector, now);
  if (auto* want = std::get_if<WantMessage>(&message)) return handle(link, *want, now);
  if (auto* done_message = std::get_if<DoneMessage>(&message)) return handle(link, *done_message, now);
  if (auto* summary = std::get_if<SummaryMessage>(&message)) return handle(link, *summary, now);
  if (auto* level = std::get_if<LevelMessage>(&message)) return handle(link, *level, now);
  if (auto* credit = std::get_if<CreditMessage>(&message)) {
    link.credit = std::min<std::int64_t>(link.credit + credit->bytes, kLinkCreditBytes);
    return pump(link);
  }
  if (std::holds_alternative<RunMessage>(message) || std::holds_alternative<PartMessage>(message) ||
      std::holds_alternative<ShortRunMessage>(message)) {
    return handle_run(link, message, std::move(frame), now);
  }
  if (auto* ask = std::get_if<AskValuesMessage>(&message)) return handle(link, *ask, now);
  if (auto* values = std::get_if<ValuesMessage>(&message)) return handle(link, *values, now);
  if (auto* buckets = std::get_if<BucketsMessage>(&message)) return handle(link, *buckets, now);
  if (auto* bucket = std::get_if<BucketMessage>(&message)) return handle(link, *bucket, now);
  if (auto* have = std::get_if<HaveMessage>(&message)) return handle(link, *have, now);
  if (auto* graft = std::get_if<GraftMessage>(&message)) return handle(link, *graft, now);
  if (auto* prune = std::get_if<PruneMessage>(&message)) return handle(link, *prune, now);
  if (std::holds_alternative<CrowdedMessage>(message)) return tell(EventKind::Crowded, {}, link.member.value_or(MemberKey{}));
  if (auto* holders = std::get_if<HoldersMessage>(&message)) return handle(link, *holders, now);
  if (auto* clock = std::get_if<ClockMessage>(&message)) return note_clock(link, clock->time, now);
  if (auto* store = std::get_if<StoreMessage>(&message)) return handle(link, *store, now);
  drop(link, "a message that has no place here");
}

// --- Time and durability ---------------------------------------------------------------------------------------------

void Node::tick(Now now) {
  ledger_->set_time(now.wall);
  if (began_.ms == 0) began_ = now.wall;
  for (auto& [id, network] : ledger_->networks()) {
    if (!network.is_pending()) continue;
    if (Status status = ledger_->refold(network, kFoldedPerStep); !status) storage_failed(status.error(), nullptr);
    mark_written(now);
    if (!network.is_pending()) settle_at_ = now.steady;
  }
  state_sealing_keys(now);
  work_off_erasures(now);
  look_for_quotas(now);
  for (auto& [id, link] : links_) {
    for (auto& [network_id, network] : ledger_->networks()) {
      if (link.phase == LinkPhase::Open && shares(link, network)) compare_buckets(link, network, now);
    }
  }
  std::vector<LinkId> silent;
  for (auto& [id, link] : links_) {
    bool asking = false;
    for (const auto& [network_id, peer] : link.networks) asking = asking || peer.asking || !peer.asked_values.empty();
    if (asking && now.steady - link.progressed > kStalled) silent.push_back(id);
    if (link.phase != LinkPhase::Open && now.steady - link.heard > kHelloWait) silent.push_back(id);
  }
  for (LinkId id : silent) {
    const auto at = links_.find(id);
    if (at != links_.end()) drop(at->second, "silent for too long");
  }
  if (!silent.empty()) plan_everywhere(now);
  tick_trees(now);
  tell_clock(now);
  if (holders_due_ && now.steady >= *holders_due_) tell_holders();
  if (settle_at_ && now.steady >= *settle_at_) {
    settle_at_.reset();
    send_levels(false, now);
  }
  if (now.steady >= next_levels_) {
    next_levels_ = now.steady + kSummaryInterval + Millis(random_.below(static_cast<std::uint64_t>(kSummaryJitter.count())));
    write_down_recoveries(now);
    retire_former_keys(now);
    send_levels(true, now);
    look_for_stores(now);
  }
}

Instant Node::deadline(Now now) const {
  Instant at = next_levels_;
  for (const auto& [id, network] : ledger_->networks()) {
    if (network.is_pending()) return now.steady;
  }
  const WallTime due = std::min(ledger_->awaited().due, shred_again_.value_or(WallTime{INT64_MAX}));
  if (due.ms != INT64_MAX) at = std::min(at, now.steady + Millis(std::max<std::int64_t>(due.ms - now.wall.ms, 0)));
  for (const auto& [id, network] : ledger_->networks()) {
    const std::optional<WallTime> room = network.quotas.next_room();
    if (room) at = std::min(at, now.steady + Millis(std::max<std::int64_t>(room->ms - now.wall.ms, 0)));
  }
  if (settle_at_) at = std::min(at, *settle_at_);
  if (holders_due_) at = std::min(at, *holders_due_);
  if (uncommitted_since_) at = std::min(at, *uncommitted_since_ + kBatchWait);
  for (const auto& [id, tree] : trees_) at = std::min(at, tree.deadline());
  for (const auto& [id, link] : links_) {
    if (link.phase != LinkPhase::Open) at = std::min(at, link.heard + kHelloWait + Millis(1));
    for (const auto& [network_id, peer] : link.networks) {
      if (peer.buckets && peer.buckets_compared) at = std::min(at, *peer.buckets_compared + kBucketsWait);
      if (peer.asking || !peer.asked_values.empty()) at = std::min(at, link.progressed + kStalled + Millis(1));
    }
  }
  return at;
}

bool Node::wants_commit(Now now) const {
  if (save_agreements_) return true;
  if (!ledger_->has_uncommitted()) return false;
  if (!uncommitted_since_) return true;  // written past the node, by the shell: nothing else would end the wait
  return urgent_ || !held_.empty() || ledger_->uncommitted_entries() >= kBatchEntries ||
         ledger_->uncommitted_bytes() >= kBatchBytes || now.steady >= *uncommitted_since_ + kBatchWait;
}

Status Node::commit(Now now) {
  if (effects_.fatal) return *effects_.fatal;  // what failed halfway must not become durable
  if (now.steady >= next_keep_) {
    if (Status status = keep_holdings(now); !status) return status;
  }
  if (Status status = ledger_->commit(); !status) return status;
  urgent_ = save_agreements_ = false;
  uncommitted_since_.reset();
  effects_.send.insert(effects_.send.end(), std::make_move_iterator(held_.begin()), std::make_move_iterator(held_.end()));
  held_.clear();
  push_changes(now);
  for (auto& [id, link] : links_) pump(link);
  go_on_asking();
  return done();
}

Effects Node::take_effects() { return std::exchange(effects_, Effects{}); }

Status Node::rebuild(Now now) {
  if (Status status = commit(now); !status) return status;
  ledger_->set_time(now.wall);
  std::map<NetworkId, std::vector<ReachableMember>> in_sight;
  for (const auto& [id, network] : ledger_->networks()) in_sight[id] = members_in_sight(network);
  Status rebuilt = ledger_->rebuild(self(), [this](const EntryId& id) { return keys_.identity.sign(Purpose::Entry, id); });
  if (!rebuilt) return rebuilt;
  for (const auto& [id, members] : in_sight) {  // membership logs may be shorter now
    if (Status status = remember(id, members, now); !status) return status;
  }
  for (auto& [id, link] : links_) {
    for (auto& [network, peer] : link.networks) {
      peer.fruitless.clear();
      peer.remembered.reset();
    }
  }
  settle_at_ = now.steady;
  plan_everywhere(now);
  return done();
}

void Node::sync_now(Now now) { send_levels(true, now); }

void Node::ask_to_leave(LinkId id) {
  const auto at = links_.find(id);
  if (at != links_.end() && at->second.phase == LinkPhase::Open) send(at->second, CrowdedMessage{});
}

void Node::mark_urgent(Now now) {
  urgent_ = true;
  mark_written(now);
}

void Node::mark_written(Now now) {
  if (!uncommitted_since_) uncommitted_since_ = now.steady;
}

// --- Sending ---------------------------------------------------------------------------------------------------------

void Node::send(const Link& link, const Message& message) { effects_.send.push_back({link.id, encode(message)}); }

void Node::send_durable(const Link& link, const Message& message) {
  (ledger_->has_uncommitted() ? held_ : effects_.send).push_back({link.id, encode(message)});
}

void Node::drop(Link& link, std::string reason) {
  effects_.drop.push_back({link.id, std::move(reason)});
  forget(LinkId{link.id});  // `link` is gone from here on
}

void Node::tell(EventKind kind, const NetworkId& network, const MemberKey& member, std::string detail) {
  effects_.tell.push_back({kind, network, member, std::move(detail)});
}

// A peer's mistake costs its link; a failing store stops the node.
bool Node::storage_failed(const Error& error, Link* link) {
  const bool is_store = error.code == Code::Damaged || error.code == Code::Io || error.code == Code::Full;
  if (is_store) {
    effects_.fatal = error;
  } else if (link != nullptr) {
    drop(*link, error.text);
  }
  return is_store;
}

// --- Reading ---------------------------------------------------------------------------------------------------------

NetworkSummary Node::summary_of(const Network& network) const {
  ledger_->refresh_vectors();
  return {network.row.id, tag_of(ledger_->membership_digest(network)), tag_of(network.data_vector.value()),
          network.is_pending() ? DigestTag{} : tag_of(network.state_digest())};
}

std::vector<PeerStatus> Node::peers() const {
  std::vector<PeerStatus> peers;
  for (const auto& [id, link] : links_) {
    for (const auto& [network_id, peer] : link.networks) {
      const Network* network = ledger_->find_network(network_id);
      if (network == nullptr || !link.member) continue;
      PeerStatus status{id, network_id, *link.member, false, 0, 0, link.heard, link.clock};
      status.in_sync = peer.level == level_of(summary_of(*network)) && network->missing == 0;
      for (const auto& [log_id, log] : network->logs) {
        const auto theirs = peer.tips.find(log_id);
        const std::uint64_t has = theirs == peer.tips.end() ? 0 : theirs->second.back().seq.value;
        const std::uint64_t own = log.tips().empty() ? 0 : log.tips().back().head.seq.value;
        if (own > has) status.behind += own - has;
      }
      for (const auto& [log_id, tips] : peer.tips) {
        const auto own = network->logs.find(log_id);
        const bool here = own != network->logs.end() && !own->second.tips().empty();
        const std::uint64_t has = here ? own->second.tips().back().head.seq.value : 0;
        if (tips.back().seq.value > has) status.missing += tips.back().seq.value - has;
      }
      peers.push_back(status);
    }
  }
  return peers;
}

}  // namespace budstikke
