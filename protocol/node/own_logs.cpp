// What becomes of a node whose store was put back or copied, and of one that sees another store act with a member's key.
//
// Put back   Peers then hold later entries of this node's own logs. Nothing may be appended behind them, or the log forks.
//            A place that changed (place.h) tells at the start; else a peer does: by a verified run of an own log, or already
//            by the tips that it names. Their names are only a hint, and a liar must not make a node open one incarnation after
//            another: of each peer it is followed once. Beginning again means: another incarnation and another store id,
//            receipts owed anew, and values given to nobody until a peer was met, since what is here may be erased everywhere
//            else.
// Copied     Two stores that run with the same key cannot be told from one that was put back by what they write. They can where
//            both are linked at once; where a member comes back with a store id that it had given up; and by own entries that
//            were written elsewhere since this store began. Whoever sees it asks over the older link whether anybody is still
//            there, since a link may be dead without anybody knowing. What is seen is told to all links, and by them to theirs,
//            and again every few minutes while it lasts.
// Harm       None of it refuses anything to anybody: it is told to people, and the member's entries count as ever. A member
//            may lie about two stores; who told it is shown.
#include <algorithm>

#include "protocol/base/text.h"
#include "protocol/node/node.h"
#include "protocol/node/place.h"
#include "protocol/node/waits.h"

namespace budstikke {
namespace {

constexpr std::size_t kRememberedStores = 4;  // of one member

}  // namespace

// --- Put back --------------------------------------------------------------------------------------------------------

Status Node::begin_again() {
  const StoreId former = std::exchange(store_, random_.fixed<StoreId>());
  began_ = {};  // with the next tick
  if (Status status = storage_.put(Table::Meta, view_of(kFormerStoreIdKey), former); !status) return status;
  if (Status status = storage_.put(Table::Meta, view_of(kStoreIdKey), store_); !status) return status;
  if (Status status = storage_.erase(Table::Meta, view_of(kRestoredKey)); !status) return status;
  if (Status status = ledger_->renew_incarnation(Incarnation{random_.u64()}); !status) return status;
  if (Status status = ledger_->withhold(); !status) return status;
  for (const auto& [id, link] : links_) {
    if (link.phase == LinkPhase::Open) send_durable(link, StoreMessage{self(), store_, {}});
  }
  return done();
}

// Whether a peer names an entry of the own logs that cannot be ours, behind which something would be written now.
bool Node::shown_later_own() {
  for (const auto& [link_id, link] : links_) {
    if (hinted_.contains(link.key)) continue;
    for (const auto& [network_id, peer] : link.networks) {
      const Network* network = ledger_->find_network(network_id);
      for (LogClass log_class : {LogClass::Membership, LogClass::Data}) {
        const LogId id{self(), ledger_->incarnation(), log_class};
        const auto theirs = peer.tips.find(id);
        if (network == nullptr || theirs == peer.tips.end() || peer.fruitless.contains(id)) continue;
        const auto log = network->logs.find(id);
        const bool is_new = log == network->logs.end() || log->second.row.tips.empty();
        const Head own = is_new ? Head{} : log->second.row.tips.back().head;
        const Tip& last = theirs->second.back();
        if (last.seq < own.seq || (last.seq == own.seq && last.id == own.id)) continue;
        hinted_.insert(link.key);
        tell(EventKind::OwnElsewhere, network_id, self());
        return true;
      }
    }
  }
  return false;
}

// A run of an own log was stored: this store did not write it, or has lost it.
void Node::take_own(const Network& network, const RunReceiver::Progress& progress, Now now) {
  const auto log = network.logs.find(progress.log);
  if (log == network.logs.end()) return;
  for (const StoredTip& tip : log->second.row.tips) {
    if (tip.head.id != progress.end.id || began_.ms == 0 || tip.head.stamp.ms <= began_.ms + kOwnElsewhere.count()) continue;
    const StoreId unknown = StoreId::from(tip.head.id.view().first(StoreId::kSize));  // any but ours: nobody has said which
    note_two_stores(self(), store_, unknown, self(), now);
  }
  if (progress.log.incarnation != ledger_->incarnation()) return;
  tell(EventKind::OwnElsewhere, progress.network, self());
  if (Status status = begin_again(); !status) storage_failed(status.error(), nullptr);
}

// The digests have become equal to a peer's. A newcomer that this node itself has let in since knows only what it was given here.
void Node::meet(const Link& link, Network& network) {
  const Member* member = link.member ? network.membership.find(*link.member) : nullptr;
  if (!network.withheld || member == nullptr) return;
  const Result<bool> is_echo = ledger_->wrote_since_withheld(network, self(), member->admission_entry);
  if (!is_echo) storage_failed(is_echo.error(), nullptr);
  if (!is_echo || *is_echo) return;
  if (Status status = ledger_->release(network); !status) {
    storage_failed(status.error(), nullptr);
    return;
  }
  settle_at_ = Instant{};  // what could not be asked for meanwhile, since this is not committed yet
  tell(EventKind::ValuesReleased, network.row.id, {});
}

// --- Copied ----------------------------------------------------------------------------------------------------------

bool Node::is_member_here(const MemberKey& member) const {
  return std::any_of(ledger_->networks().begin(), ledger_->networks().end(),
                     [&](const auto& network) { return network.second.membership.find(member) != nullptr; });
}

// A hello, or a store's own word, has told which store this link leads to.
void Node::note_store(Link& link, Now now) {
  if (!link.member || link.hello->store.is_zero()) return;
  const StoreId store = link.hello->store;
  for (auto& [id, other] : links_) {
    const bool differs = id != link.id && other.phase == LinkPhase::Open && other.member == link.member;
    if (differs && ask_about(other, store)) break;  // one answer is enough
  }
  KnownStores& known = stores_[*link.member];
  if (!known.ids.empty() && known.ids.back() == store) return;
  const auto before = std::find(known.ids.begin(), known.ids.end(), store);
  if (before != known.ids.end()) {
    const StoreId between = known.ids.back();
    known.ids.erase(before);
    // Once may be a machine that was put back to a snapshot. Who comes and goes is two.
    if (++known.returns > 1) note_two_stores(*link.member, store, between, {}, now);
  }
  known.ids.push_back(store);
  if (known.ids.size() > kRememberedStores) known.ids.erase(known.ids.begin());
}

// A link may be dead without anybody knowing: two stores run only if the one on it answers.
bool Node::ask_about(Link& link, const StoreId& other) {
  if (link.hello->store == other) return false;
  link.other = other;
  send_durable(link, StoreMessage{*link.member, link.hello->store, other});
  return true;
}

void Node::note_two_stores(const MemberKey& member, const StoreId& a, const StoreId& b, const MemberKey& told_by, Now now) {
  const auto known = two_stores_.find(member);
  if (known != two_stores_.end() && now.steady - known->second.seen < kStoresAgain) return;
  two_stores_[member] = TwoStores{{a, b}, told_by, now.steady};
  tell(EventKind::StoresSeen, {}, member, told_by.is_zero() ? std::string() : hex_of(told_by.view().first(4)));
  for (const auto& [id, link] : links_) {
    if (link.phase == LinkPhase::Open && link.member && *link.member != told_by) send_durable(link, StoreMessage{member, a, b});
  }
}

// With the summaries: whether what was seen still is, and what has not been for long.
void Node::look_for_stores(Now now) {
  std::erase_if(two_stores_, [&](const auto& two) { return now.steady - two.second.seen >= kStoresForgotten; });
  for (auto& [id, link] : links_) {
    if (!link.member || link.phase != LinkPhase::Open) continue;
    const auto known = two_stores_.find(*link.member);
    if (known != two_stores_.end() && now.steady - known->second.seen < kStoresAgain) continue;
    for (const auto& [other_id, other] : links_) {
      if (!(id < other_id) || other.phase != LinkPhase::Open) continue;
      if (link.member == other.member && ask_about(link, other.hello->store)) break;
    }
  }
}

void Node::handle(Link& link, StoreMessage& message, Now now) {
  if (!link.member) return;  // nobody knows yet who says so
  if (!message.other.is_zero()) {
    if (!is_member_here(message.member)) return;
    if (message.member == self()) send_durable(link, StoreMessage{self(), store_, {}});
    return note_two_stores(message.member, message.store, message.other, *link.member, now);
  }
  if (message.member != *link.member) return drop(link, "speaks of another's store as its own");
  const bool is_other = link.hello->store != message.store;
  link.hello->store = message.store;
  const std::optional<StoreId> other = std::exchange(link.other, std::nullopt);
  if (other && *other != message.store) note_two_stores(message.member, message.store, *other, {}, now);
  if (is_other) note_store(link, now);
}

}  // namespace budstikke
