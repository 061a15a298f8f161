#include "protocol/node/push_tree.h"

#include <algorithm>
#include <utility>

#include "protocol/base/limits.h"
#include "protocol/node/waits.h"

namespace budstikke {

PushTree::End& PushTree::end_of(Branches& branches, LinkId link) {
  for (End& end : branches.ends) {
    if (end.link == link) return end;
  }
  return branches.ends.emplace_back(End{link, Seq{}});
}

PushTree::End& PushTree::note(Branches& branches, LinkId link, Seq has) {
  End& end = end_of(branches, link);
  end.has = std::max(end.has, has);
  return end;
}

// --- What happens here -----------------------------------------------------------------------------------------------

std::vector<PushTree::Send> PushTree::spread(const LogId& log, Seq tip, std::span<const Peer> peers, Instant now) {
  Branches& branches = logs_[log];
  arrive(log, branches, tip);
  std::vector<Send> sends;
  for (const Peer& peer : peers) {
    End& end = note(branches, peer.link, peer.has);
    if (end.has >= tip || tip.value - end.has.value > kMaxPushedEntries) continue;
    if (end.lazy || !peer.ready) {
      announce(peer.link, log, tip, now + (peer.patient ? kAnnouncePatience : kAnnounceWait));
      continue;
    }
    sends.push_back({peer.link, end.has});
    end.has = tip;
  }
  return sends;
}

void PushTree::arrive(const LogId& log, Branches& branches, Seq tip) {
  branches.here = std::max(branches.here, tip);
  const auto waited_for = missing_.find(log);
  if (waited_for != missing_.end() && waited_for->second.tip <= branches.here) missing_.erase(waited_for);
}

void PushTree::holds(LinkId link, const LogId& log, Seq tip) {
  const auto at = logs_.find(log);
  if (at == logs_.end()) return;
  note(at->second, link, tip);
  arrive(log, at->second, tip);
}

void PushTree::link_down(LinkId link) {
  queues_.erase(link);
  std::erase_if(out_, [&](const Message& message) { return message.link == link; });
  for (auto& [log, missing] : missing_) std::erase(missing.tellers, link);
  for (auto at = logs_.begin(); at != logs_.end();) {
    auto& [log, branches] = *at;
    std::erase_if(branches.ends, [&](const End& end) { return end.link == link; });
    const auto waited_for = missing_.find(log);
    if (branches.source == link) {
      branches.source = LinkId{};
      if (waited_for != missing_.end()) waited_for->second.due = next_ = Instant{};  // whoever told of it is asked now
    }
    const bool is_forgotten = branches.ends.empty() && waited_for == missing_.end();
    at = is_forgotten ? logs_.erase(at) : std::next(at);
  }
}

void PushTree::announce(LinkId link, const LogId& log, Seq tip, Instant due) {
  const auto [queue, fresh] = queues_.try_emplace(link, Queue{due, {}});
  queue->second.logs[log] = tip;
  if (queue->second.logs.size() >= kMaxPushedLogs) queue->second.due = Instant{};
  next_ = std::min(next_, queue->second.due);
}

// --- What a peer did -------------------------------------------------------------------------------------------------

void PushTree::brought(LinkId link, const LogId& log, Seq tip) {
  Branches& branches = logs_[log];
  if (log.author != self_) branches.source = link;
  note(branches, link, tip);
  arrive(log, branches, tip);
}

void PushTree::repeated(LinkId link, const LogId& log, Seq tip) {
  Branches& branches = logs_[log];
  note(branches, link, tip);
  arrive(log, branches, tip);
  if (!branches.source && log.author != self_) branches.source = link;
  if (branches.source != link) say(link, Kind::Prune, {log, branches.here});
}

void PushTree::brings(const LogId& log, Instant now) {
  const auto at = missing_.find(log);
  if (at != missing_.end()) at->second.due = std::max(at->second.due, now + kGraftWait);
}

void PushTree::told(LinkId link, const PushedLog& what, Seq here, Instant now) {
  const bool awaits = what.seq > here;
  if (awaits && !missing_.contains(what.log) && missing_.size() >= kMaxAnnounced) return;
  Branches& branches = logs_[what.log];
  arrive(what.log, branches, here);
  note(branches, link, what.seq);
  if (what.seq <= branches.here) return;
  const auto [at, fresh] = missing_.try_emplace(what.log, Missing{what.seq, branches.source ? now + kGraftWait : now, {}});
  Missing& missing = at->second;
  missing.tip = std::max(missing.tip, what.seq);
  if (std::find(missing.tellers.begin(), missing.tellers.end(), link) == missing.tellers.end()) missing.tellers.push_back(link);
  next_ = std::min(next_, missing.due);
}

void PushTree::grafted(LinkId link, const PushedLog& what) {
  End& end = end_of(logs_[what.log], link);
  end.lazy = false;
  end.has = what.seq;
}

void PushTree::pruned(LinkId link, const PushedLog& what) { note(logs_[what.log], link, what.seq).lazy = true; }

// --- Time, and what is to be sent ------------------------------------------------------------------------------------

void PushTree::tick(Instant now) {
  if (now < next_) return;
  tell_those_due(now);
  graft_what_is_due(now);
  next_ = kNever;
  for (const auto& [link, queue] : queues_) next_ = std::min(next_, queue.due);
  for (const auto& [log, missing] : missing_) next_ = std::min(next_, missing.due);
}

void PushTree::tell_those_due(Instant now) {
  std::erase_if(queues_, [&](const auto& entry) {
    const auto& [link, queue] = entry;
    if (now < queue.due) return false;
    for (const auto& [log, tip] : queue.logs) {
      Branches& branches = logs_[log];
      if (end_of(branches, link).has < tip) say(link, Kind::Have, {log, tip});  // it may have told us meanwhile
    }
    return true;
  });
}

void PushTree::graft_what_is_due(Instant now) {
  for (auto at = missing_.begin(); at != missing_.end();) {
    auto& [log, missing] = *at;
    if (now >= missing.due && !graft_next(log, missing)) {
      const auto branches = logs_.find(log);  // left to a session
      if (branches != logs_.end() && branches->second.here == Seq{}) logs_.erase(branches);
      at = missing_.erase(at);
      continue;
    }
    if (now >= missing.due) missing.due = now + kGraftWait;
    ++at;
  }
}

bool PushTree::graft_next(const LogId& log, Missing& missing) {
  if (missing.tellers.empty()) return false;
  const LinkId link = missing.tellers.front();
  missing.tellers.erase(missing.tellers.begin());
  Branches& branches = logs_[log];
  if (log.author != self_) branches.source = link;
  say(link, Kind::Graft, {log, branches.here});
  return true;
}

void PushTree::say(LinkId link, Kind kind, const PushedLog& what) {
  for (Message& message : out_) {
    if (message.link != link || message.kind != kind || message.logs.size() >= kMaxPushedLogs) continue;
    message.logs.push_back(what);
    return;
  }
  out_.push_back({link, kind, {what}});
}

std::vector<PushTree::Message> PushTree::take() { return std::exchange(out_, {}); }

// --- For tests and measurements --------------------------------------------------------------------------------------

std::optional<LinkId> PushTree::source_of(const LogId& log) const {
  const auto at = logs_.find(log);
  return at == logs_.end() || !at->second.source ? std::nullopt : std::optional(at->second.source);
}

bool PushTree::is_lazy(LinkId link, const LogId& log) const {
  const auto at = logs_.find(log);
  if (at == logs_.end()) return false;
  return std::any_of(at->second.ends.begin(), at->second.ends.end(),
                     [&](const End& end) { return end.link == link && end.lazy; });
}

}  // namespace budstikke
