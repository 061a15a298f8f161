// What is held back of others since its council's quota is used up, and what this node itself may not write for now (quota.h).
//
// A run that is not taken is no mistake of the peer that sent it: the session goes on with all other logs, and the peer is told
// by `prune` to send no more of this one. When there is room again it is asked for, like everything else that is lacking. This
// node's own entries are always taken: what was written elsewhere with its key must be here before it writes on.
#include <algorithm>

#include "protocol/base/limits.h"
#include "protocol/node/node.h"
#include "protocol/records/moment.h"

namespace budstikke {

bool Node::takes(Network& network, const LogId& log, Now now) {
  if (log.author == self()) return true;
  const Quotas::Holder holder = Ledger::quota_holder(network, log);
  const bool was_held = network.quotas.holds_back(holder);
  const bool is_taken = network.quotas.takes(holder, now.wall);
  if (!is_taken && !was_held) tell(EventKind::HeldBack, network.row.id, log.author);
  return is_taken;
}

bool Node::holds_back(const Network& network, const LogId& log) const {
  return log.author != self() && network.quotas.holds_back(Ledger::quota_holder(network, log));
}

// Whether this message opens a run that is not taken for now. Its parts are passed over as they come.
bool Node::decline_run(Link& link, const Message& message, Now now) {
  const auto* run = std::get_if<RunMessage>(&message);
  const auto* news = std::get_if<ShortRunMessage>(&message);
  if (run == nullptr && news == nullptr) return false;
  Network* network = run != nullptr ? ledger_->find_network(run->network) : shared_network(link, news->network);
  if (network == nullptr || !shares(link, *network)) return false;
  const LogId log = run != nullptr ? run->log : news->log;
  if (network->membership.find(log.author) == nullptr || takes(*network, log, now)) return false;
  if (run != nullptr) {
    if (Result<RunReceiver::Progress> skipped = link.receiver.skip(*run); !skipped) {
      drop(link, skipped.error().text);
      return true;
    }
  }
  decline(link, *network, log, now);
  return true;
}

void Node::decline(Link& link, const Network& network, const LogId& log, Now now) {
  PeerNetwork& peer = link.networks[network.row.id];
  const auto asked = peer.asked.find(log);
  if (asked != peer.asked.end()) {
    link.progressed = now.steady;                             // it does what it was asked to
    if (std::exchange(asked->second.declined, true)) return;  // and may have sent this before it heard
  }
  const auto known = network.logs.find(log);
  const bool is_new = known == network.logs.end() || known->second.row.tips.empty();
  send_durable(link, PruneMessage{network.row.id, {{log, is_new ? Seq{} : known->second.row.tips.back().head.seq}}});
}

void Node::look_for_quotas(Now now) {
  bool has_room = false;
  for (auto& [id, network] : ledger_->networks()) has_room = network.quotas.release(now.wall) || has_room;
  if (has_room) plan_everywhere(now);
}

std::vector<HeldBack> Node::held_back() const {
  std::vector<HeldBack> all;
  for (const auto& [id, network] : ledger_->networks()) {
    for (const auto& [holder, since] : network.quotas.held()) {
      HeldBack held{id, {}, holder.log_class, since, network.quotas.room_at(holder)};
      std::map<LogId, std::uint64_t> most;
      for (const auto& [link_id, link] : links_) {
        const auto peer = link.networks.find(id);
        if (peer == link.networks.end()) continue;
        for (const auto& [log, tips] : peer->second.tips) {
          if (tips.empty() || Ledger::quota_holder(network, log) != holder) continue;
          most[log] = std::max(most[log], tips.back().seq.value);
        }
      }
      for (const auto& [log, last] : most) {
        const auto known = network.logs.find(log);
        const bool is_new = known == network.logs.end() || known->second.tips().empty();
        const std::uint64_t here = is_new ? 0 : known->second.tips().back().head.seq.value;
        held.waiting += last > here ? last - here : 0;
      }
      for (const auto& [key, member] : network.membership.members()) {
        const bool is_its =
            holder.log_class == LogClass::Data ? Hash::from(member.council) == holder.id : Hash::from(key) == holder.id;
        if (is_its) held.council = member.council;
      }
      all.push_back(held);
    }
  }
  return all;
}

// What others would hold back is not written: they may be asked for it for days. What erases always is.
Status Node::check_quota(Network& network, LogClass log_class, std::uint64_t change_bytes, std::uint64_t entries, Now now) const {
  const LogId log{self(), ledger_->incarnation(), log_class};
  const auto known = network.logs.find(log);
  const bool opens_log = known == network.logs.end() || known->second.row.tips.empty();
  const std::uint64_t cost = Quotas::cost_of(log_class, change_bytes + (entries - 1) * kQuotaEntryBytes, opens_log);
  const WallTime when = network.quotas.may_write(Ledger::quota_holder(network, log), cost, now.wall);
  if (when <= now.wall) return done();
  constexpr std::size_t kMega = 1'000'000;
  return Error{Code::Later,
               "this council has written as much as the other nodes take for now: " +
                   std::to_string(kQuotaBurst.count() / 86'400'000 * kQuotaBytesADay / kMega) + " MB at once and " +
                   std::to_string(kQuotaBytesADay / kMega) + " MB a day, " + std::to_string(kQuotaEntryBytes) +
                   " bytes of them for each entry. There is room for this again from " + format_utc(when) + " on",
               format_utc(when)};
}

}  // namespace budstikke
