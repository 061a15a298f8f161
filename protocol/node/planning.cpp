// What a peer holds and what is lacking here: vectors in and out, and the wants that follow from them.
#include <algorithm>

#include "protocol/base/limits.h"
#include "protocol/node/ledger_parts.h"
#include "protocol/node/node.h"
#include "protocol/node/waits.h"

namespace budstikke {
namespace {

// Whether a peer with these tips holds the entry at which removals let the log end, and which is not here: until it is, nothing
// of the log counts.
Result<bool> lacks_its_end(const Ledger& ledger, const Log& log, const std::vector<Tip>& tips) {
  if (log.cut->seq.value == 0 || tips.back().seq < log.cut->seq) return false;
  const Result<bool> held = ledger.holds(log, log.cut->seq, log.cut->id);
  return held ? Result<bool>(!*held) : held;
}

}  // namespace

bool Node::send_vector(Link& link, const Network& network, LogClass log_class) {
  PeerNetwork& peer = link.networks[network.row.id];
  const DigestTag digest = tag_of(vector_of(network, log_class).value());
  std::optional<DigestTag>& sent = peer.vector_sent[index_of(log_class)];
  if (sent == digest) return false;
  sent = digest;
  std::vector<const Log*> logs;
  for (const auto& [id, log] : network.logs) {
    if (id.log_class == log_class && !log.tips().empty()) logs.push_back(&log);
  }
  send_tips(link, {network.row.id, log_class, false, {}}, logs);
  return true;
}

// Fills the message with the tips of these logs, in as many frames as they need.
void Node::send_tips(const Link& link, VectorMessage message, const std::vector<const Log*>& logs) {
  std::size_t bytes = kVectorHeaderBytes;
  for (const Log* log : logs) {
    const std::size_t more = LogId::kSize + 1 + log->tips().size() * Tip::kSize;
    if (message.logs.size() == kVectorLogsPerFrame || bytes + more > kMaxFrameBytes) {
      send_durable(link, message);
      message.logs.clear();
      bytes = kVectorHeaderBytes;
    }
    message.logs.push_back({log->row.id, tips_of(*log)});
    bytes += more;
  }
  message.last = true;
  send_durable(link, message);
}

// What came since this node and the peer agreed, for a peer that still holds that: unasked when it is little, else the tips of
// what has changed, from which the peer asks. The peer has all else that is here.
bool Node::send_news(Link& link, Network& network, const AgreedRow& since) {
  Result<Ledger::News> news = ledger_->news_since(network, since.last, kMaxNewsBytes);
  if (!news) {
    storage_failed(news.error(), nullptr);
    return false;
  }
  if (news->logs.empty()) return false;
  PeerNetwork& peer = link.networks[network.row.id];
  for (LogClass log_class : {LogClass::Membership, LogClass::Data}) copy_own_tips(network, peer, log_class);
  peer.tips_known = true;
  std::vector<const Log*> changed[2];
  for (const Ledger::News::Part& part : news->logs) {
    peer.tips.erase(part.log);
    changed[index_of(part.log.log_class)].push_back(&network.logs.at(part.log));
    if (part.before.seq.value > 0) peer.tips[part.log] = {part.before};
    if (!news->is_little) continue;
    link.outbox.push_back({network.row.id, part.log, part.before.seq, std::nullopt, true});
  }
  if (news->is_little) {
    pump(link);
    return true;
  }
  for (LogClass log_class : {LogClass::Membership, LogClass::Data}) {
    const std::vector<const Log*>& logs = changed[index_of(log_class)];
    if (!logs.empty()) send_tips(link, {network.row.id, log_class, true, {}, true}, logs);
  }
  return true;
}

void Node::handle(Link& link, VectorMessage& message, Now now) {
  Network* network = ledger_->find_network(message.network);
  if (network == nullptr || !shares(link, *network)) return;
  PeerNetwork& peer = link.networks[message.network];
  if (message.changed_only) {
    for (LogTips& log : message.logs) {
      peer.fruitless.erase(log.log);
      peer.tips[log.log] = std::move(log.tips);
    }
    if (peer.tips.size() > 2 * kMaxLogsPerVector) return drop(link, "a vector with too many logs");
    plan(link, *network, now);
    if (!peer.asking) answer_with_level(peer, now);
    return;
  }
  std::map<LogId, std::vector<Tip>>& incoming = peer.incoming[index_of(message.log_class)];
  for (LogTips& log : message.logs) incoming[log.log] = std::move(log.tips);
  if (incoming.size() > kMaxLogsPerVector) return drop(link, "a vector with too many logs");
  if (!message.last) return;
  std::erase_if(peer.tips, [&](const auto& known) { return known.first.log_class == message.log_class; });
  std::erase_if(peer.fruitless, [&](const LogId& log) { return log.log_class == message.log_class; });
  peer.tips.merge(incoming);
  incoming.clear();
  peer.tips_known = true;
  send_vector(link, *network, message.log_class);  // does nothing if the peer has ours
  plan(link, *network, now);
}

// What the peer holds of this class that is not here and not under way. What a link was asked for and brings nothing new of is
// not taken to be under way for long: it may lead to a liar, that says just enough not to be taken for dead,
// and what it brings of its own council does not excuse the rest.
std::vector<Want> Node::lacking(const Network& network, const PeerNetwork& peer, LogClass log_class, Now now) {
  std::set<LogId> under_way;
  for (const auto& [id, link] : links_) {
    const auto shared = link.networks.find(network.row.id);
    if (shared == link.networks.end()) continue;
    for (const auto& [log, asked] : shared->second.asked) {
      if (now.steady - std::max(asked.brought, shared->second.brought) < kStalled) under_way.insert(log);
    }
  }
  std::vector<Want> wants;
  for (const auto& [id, tips] : peer.tips) {
    if (id.log_class != log_class || under_way.contains(id) || wants.size() >= kMaxWantsPerMessage) continue;
    if (peer.fruitless.contains(id) || holds_back(network, id)) continue;
    const bool is_founder = id.author == network.founding.charter.founder && log_class == LogClass::Membership;
    if (network.membership.find(id.author) == nullptr && !is_founder) continue;  // asked for once its admission is here
    const auto known = network.logs.find(id);
    if (known == network.logs.end() || known->second.row.tips.empty()) {
      const std::optional<Tip> cut = network.membership.cut_of(id);
      if (!cut || cut->seq.value > 0) wants.push_back({id, Seq{0}});
      continue;
    }
    const Log& log = known->second;
    const Result<bool> counts_more = log.cut ? lacks_its_end(*ledger_, log, tips) : Result<bool>(true);
    if (!counts_more) {
      storage_failed(counts_more.error(), nullptr);
      return {};
    }
    if (!*counts_more) continue;
    const Head& own = log.row.tips.back().head;
    for (const Tip& tip : tips) {
      const bool is_plain = log.row.tips.size() == 1 && tips.size() == 1 && !peer.from_start.contains(id);
      if (tip.seq > own.seq && is_plain) {
        wants.push_back({id, own.seq});
        break;
      }
      Result<bool> held = tip.seq > own.seq ? Result<bool>(false) : ledger_->holds(known->second, tip.seq, tip.id);
      if (!held) {
        storage_failed(held.error(), nullptr);
        return {};
      }
      if (*held) continue;
      wants.push_back({id, Seq{0}});  // a branch: nobody knows where it left, so from the start
      break;
    }
  }
  return wants;
}

void Node::plan(Link& link, Network& network, Now now) {
  PeerNetwork& peer = link.networks[network.row.id];
  if (peer.asking || !peer.tips_known) return;
  for (LogClass log_class : {LogClass::Membership, LogClass::Data}) {
    const std::vector<Want> wants = lacking(network, peer, log_class, now);
    if (wants.empty()) continue;
    return ask(link, network, wants, now);  // members before what they wrote
  }
  ask_values(link, network);
}

void Node::plan_everywhere(Now now) {
  for (auto& [id, link] : links_) {
    if (link.phase != LinkPhase::Open) continue;
    for (auto& [network_id, network] : ledger_->networks()) {
      if (shares(link, network)) plan(link, network, now);
    }
  }
}

void Node::ask(Link& link, Network& network, const std::vector<Want>& wants, Now now) {
  PeerNetwork& peer = link.networks[network.row.id];
  peer.asking = true;
  link.progressed = now.steady;
  peer.brought = now.steady;
  for (const Want& want : wants) peer.asked[want.log] = Asked{want.after, now.steady};
  send(link, WantMessage{network.row.id, wants});
}

void Node::handle(Link& link, DoneMessage& message, Now now) {
  Network* network = ledger_->find_network(message.network);
  if (network == nullptr || !shares(link, *network)) return;
  PeerNetwork& peer = link.networks[message.network];
  if (!peer.asking) return drop(link, "a done that nothing was asked for");
  peer.asking = false;
  for (const auto& [log, asked] : std::exchange(peer.asked, {})) {
    if (asked.progressed || asked.declined) continue;
    const bool may_start_over = asked.branched && asked.after.value > 0;
    (may_start_over ? peer.from_start : peer.fruitless).insert(log);
  }
  plan(link, *network, now);
  plan_everywhere(now);
  if (!peer.asking) {  // the session is over: keep it, and say so
    if (ledger_->has_uncommitted()) mark_urgent(now);
    settle_at_ = now.steady;
  }
}

}  // namespace budstikke
