// The session: from two hellos to equal digests.
//
//   hello ⇄ hello            digests of every network that both are in
//   differ? vector ⇄ vector  the tips of all logs, membership logs first
//   want →  ← run, part, done     what is lacking, log by log, within credits
//   summary ⇄ summary        equal digests end the session; the same vector with another state digest is a fault
#include <algorithm>

#include "protocol/base/limits.h"
#include "protocol/node/node.h"
#include "protocol/node/waits.h"

namespace budstikke {
namespace {

constexpr std::uint64_t kMaxPushedEntries = 256;  // a log further behind than this is left to a session

std::vector<Tip> tips_of(const Log& log) {
  std::vector<Tip> tips;
  for (const StoredTip& tip : log.tips()) tips.push_back({tip.head.seq, tip.head.id});
  return tips;
}

// Whether a peer with these tips holds an entry at which a removal lets the log end, and which is not here: until it is,
// nothing of the log counts.
Result<bool> lacks_its_end(const Ledger& ledger, const Log& log, const std::vector<Tip>& tips) {
  for (const Tip& cut : *log.cuts) {
    if (cut.seq.value == 0) return false;
    if (tips.back().seq < cut.seq) continue;
    const Result<bool> held = ledger.holds(log, cut.seq, cut.id);
    if (!held || !*held) return held ? Result<bool>(true) : held;
  }
  return false;
}

const SetDigest& vector_digest(const Network& network, LogClass log_class) {
  return log_class == LogClass::Membership ? network.membership_vector : network.data_vector;
}

}  // namespace

bool Node::shares(const Link& link, const Network& network) const {
  if (!network.membership.with_transport(link.key).empty()) return true;
  const std::vector<ReachableMember>& bootstrap = network.row.bootstrap;
  return !network.is_bootstrapped() && std::any_of(bootstrap.begin(), bootstrap.end(),
                                                   [&](const ReachableMember& member) { return member.transport == link.key; });
}

// --- Hello -----------------------------------------------------------------------------------------------------------

void Node::say_hello(Link& link) {
  Hello hello;
  hello.store = store_;
  hello.nonce = link.nonce;
  if (link.hello) hello.peer_nonce = link.hello->nonce;
  for (const auto& [id, network] : ledger_->networks()) {
    if (!shares(link, network)) continue;
    hello.networks.push_back(summary_of(network));
    link.networks[id].summary_sent = hello.networks.back();
  }
  hello.signature = keys_.identity.sign(Purpose::Hello, hello_message(hello, keys_.transport, link.key));
  send_durable(link, hello);
}

// Finds the member whose identity key signed the peer's hello. False while its membership is not here yet.
bool Node::identify(Link& link) {
  const Bytes message = hello_message(*link.hello, link.key, keys_.transport);
  bool candidates = false;
  for (const auto& [id, network] : ledger_->networks()) {
    for (const Member* member : network.membership.with_transport(link.key)) {
      candidates = true;
      if (!verify(member->key, Purpose::Hello, message, link.hello->signature)) continue;
      link.member = member->key;
      tell(EventKind::LinkOpen, id, member->key);
      return true;
    }
  }
  if (candidates) drop(link, "a hello that the key's member did not sign");
  return false;
}

void Node::handle(Link& link, Hello& hello, Now now) {
  if (link.phase == LinkPhase::Open) return drop(link, "a second hello");
  if (hello.version_min > kProtocolVersion || hello.version_max < kProtocolVersion) {
    return drop(link, "speaks protocol versions " + std::to_string(hello.version_min) + " to " +
                          std::to_string(hello.version_max) + ", this is " + std::to_string(kProtocolVersion));
  }
  if (link.dialed && hello.peer_nonce != link.nonce) return drop(link, "a hello that answers another");
  const LinkId id = link.id;
  link.hello = hello;
  identify(link);
  if (!links_.contains(id)) return;
  link.phase = LinkPhase::Open;
  if (!link.dialed) say_hello(link);
  for (const NetworkSummary& theirs : hello.networks) {
    compare(link, theirs, now);
    if (!links_.contains(id)) return;
  }
}

// --- Digests ---------------------------------------------------------------------------------------------------------

void Node::compare(Link& link, const NetworkSummary& theirs, Now now) {
  Network* network = ledger_->find_network(theirs.network);
  if (network == nullptr || !shares(link, *network)) return;
  PeerNetwork& peer = link.networks[theirs.network];
  const bool is_news = peer.summary != theirs;
  peer.summary = theirs;
  const NetworkSummary own = summary_of(*network);
  note_agreement(link, theirs.network, own == theirs && !network->is_pending());
  if (own.membership == theirs.membership) copy_own_tips(*network, peer, LogClass::Membership);
  if (own.vector == theirs.vector) copy_own_tips(*network, peer, LogClass::Data);
  if (own.membership == theirs.membership && own.vector == theirs.vector) {
    peer.tips_known = true;
    note_difference(link, *network, own, theirs);
    if (peer.summary_sent != own) send_summary(link, *network);  // the peer must see that we agree
    ask_values(link, *network);
    return;
  }
  bool answered = own.membership != theirs.membership && send_vector(link, *network, LogClass::Membership);
  answered = (own.vector != theirs.vector && send_vector(link, *network, LogClass::Data)) || answered;
  // It has our vectors but we may lack its newest: our summary makes it send them. Only news is answered so, or two nodes
  // that cannot agree would answer each other for ever.
  if (!answered && is_news) send_summary(link, *network);
  if (peer.tips_known) plan(link, *network, now);
}

void Node::note_agreement(Link& link, const NetworkId& network, bool agree) {
  PeerNetwork& peer = link.networks[network];
  if (agree && !peer.agreed) tell(EventKind::InSync, network, link.member.value_or(MemberKey{}));
  if (agree) {  // it takes us to hold what it holds: a vector it was sent before, and that may come true again, it has forgotten
    const std::optional<DigestTag> agreed[] = {peer.summary->membership, peer.summary->vector};
    for (std::size_t i = 0; i < 2; ++i) {
      if (peer.vector_sent[i] != agreed[i]) peer.vector_sent[i].reset();
    }
  }
  peer.agreed = agree;
}

void Node::copy_own_tips(const Network& network, PeerNetwork& peer, LogClass log_class) const {
  std::erase_if(peer.tips, [&](const auto& known) { return known.first.log_class == log_class; });
  for (const auto& [id, log] : network.logs) {
    if (id.log_class == log_class && !log.tips().empty()) peer.tips.emplace(id, tips_of(log));
  }
}

void Node::send_summary(Link& link, const Network& network) {
  const NetworkSummary own = summary_of(network);
  link.networks[network.row.id].summary_sent = own;
  send_durable(link, SummaryMessage{{own}});
}

void Node::handle(Link& link, SummaryMessage& message, Now now) {
  const LinkId id = link.id;
  for (const NetworkSummary& theirs : message.networks) {
    compare(link, theirs, now);
    if (!links_.contains(id)) return;
  }
}

void Node::send_summaries(bool even_if_sent, Now) {
  for (auto& [id, link] : links_) {
    if (link.phase != LinkPhase::Open) continue;
    SummaryMessage message;
    for (auto& [network_id, network] : ledger_->networks()) {
      if (!shares(link, network)) continue;
      PeerNetwork& peer = link.networks[network_id];
      const NetworkSummary own = summary_of(network);
      note_agreement(link, network_id, peer.summary == own && !network.is_pending());
      ask_values(link, network);
      if (!even_if_sent && peer.summary_sent == own) continue;
      peer.summary_sent = own;
      message.networks.push_back(own);
    }
    if (!message.networks.empty()) send_durable(link, message);
  }
}

// --- Vectors and wants -----------------------------------------------------------------------------------------------

bool Node::send_vector(Link& link, const Network& network, LogClass log_class) {
  PeerNetwork& peer = link.networks[network.row.id];
  const DigestTag digest = tag_of(vector_digest(network, log_class).value());
  std::optional<DigestTag>& sent = peer.vector_sent[index_of(log_class)];
  if (sent == digest) return false;
  sent = digest;
  VectorMessage message;
  message.network = network.row.id;
  message.log_class = log_class;
  message.last = false;
  std::size_t bytes = kVectorHeaderBytes;
  for (const auto& [id, log] : network.logs) {
    if (id.log_class != log_class || log.tips().empty()) continue;
    const std::size_t more = LogId::kSize + 1 + log.tips().size() * Tip::kSize;
    if (message.logs.size() == kVectorLogsPerFrame || bytes + more > kMaxFrameBytes) {
      send_durable(link, message);
      message.logs.clear();
      bytes = kVectorHeaderBytes;
    }
    message.logs.push_back({id, tips_of(log)});
    bytes += more;
  }
  message.last = true;
  send_durable(link, message);
  return true;
}

void Node::handle(Link& link, VectorMessage& message, Now now) {
  Network* network = ledger_->find_network(message.network);
  if (network == nullptr || !shares(link, *network)) return;
  PeerNetwork& peer = link.networks[message.network];
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

// What the peer holds of this class that is not here and not under way.
std::vector<Want> Node::lacking(const Network& network, const PeerNetwork& peer, LogClass log_class) {
  std::set<LogId> under_way;
  for (const auto& [id, link] : links_) {
    const auto shared = link.networks.find(network.row.id);
    if (shared == link.networks.end()) continue;
    for (const auto& [log, asked] : shared->second.asked) under_way.insert(log);
  }
  std::vector<Want> wants;
  for (const auto& [id, tips] : peer.tips) {
    if (id.log_class != log_class || under_way.contains(id) || wants.size() >= kMaxWantsPerMessage) continue;
    if (peer.fruitless.contains(id)) continue;
    const bool is_founder = id.author == network.founding.charter.founder && log_class == LogClass::Membership;
    if (network.membership.find(id.author) == nullptr && !is_founder) continue;  // asked for once its admission is here
    const auto known = network.logs.find(id);
    if (known == network.logs.end() || known->second.row.tips.empty()) {
      const std::optional<std::vector<Tip>> cuts = network.membership.cuts_of(id);
      const bool counts = !cuts || std::all_of(cuts->begin(), cuts->end(), [](const Tip& cut) { return cut.seq.value > 0; });
      if (counts) wants.push_back({id, Seq{0}});
      continue;
    }
    const Log& log = known->second;
    const Result<bool> counts_more = log.cuts ? lacks_its_end(*ledger_, log, tips) : Result<bool>(true);
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
    const std::vector<Want> wants = lacking(network, peer, log_class);
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
  for (const Want& want : wants) peer.asked[want.log] = Asked{want.after};
  send(link, WantMessage{network.row.id, wants});
}

void Node::handle(Link& link, DoneMessage& message, Now now) {
  Network* network = ledger_->find_network(message.network);
  if (network == nullptr || !shares(link, *network)) return;
  PeerNetwork& peer = link.networks[message.network];
  if (!peer.asking) return drop(link, "a done that nothing was asked for");
  peer.asking = false;
  for (const auto& [log, asked] : std::exchange(peer.asked, {})) {
    if (asked.progressed) continue;
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

// --- Runs in ---------------------------------------------------------------------------------------------------------

void Node::handle_run(Link& link, const Message& message, Bytes frame, Now now) {
  link.uncredited += static_cast<std::uint32_t>(frame.size());
  if (link.uncredited >= kLinkCreditBytes / 8) {  // worked off at once; what waits lies in the shell's queue
    send(link, CreditMessage{link.uncredited});
    link.uncredited = 0;
  }
  Result<RunReceiver::Progress> progress = RunReceiver::Progress{};
  if (const auto* part = std::get_if<PartMessage>(&message)) {
    const PartMessage copy = *part;
    progress = link.receiver.part(*ledger_, copy, std::move(frame));
  } else {
    const RunMessage run = std::get<RunMessage>(message);
    Network* network = ledger_->find_network(run.network);
    const bool is_member = network != nullptr &&
                           (network->membership.find(run.log.author) != nullptr ||
                            (run.log.author == network->founding.charter.founder && run.log.log_class == LogClass::Membership));
    progress = is_member && shares(link, *network) ? link.receiver.open(*ledger_, *network, run, std::move(frame))
                                                   : link.receiver.skip(run);
  }
  if (!progress) {
    storage_failed(progress.error(), &link);
    return;
  }
  after_run(link, *progress, now);
}

void Node::after_run(Link& link, const RunReceiver::Progress& progress, Now now) {
  Network* network = ledger_->find_network(progress.network);
  if (network == nullptr || !shares(link, *network)) return;
  PeerNetwork& peer = link.networks[progress.network];
  const auto asked = peer.asked.find(progress.log);
  const bool was_asked = asked != peer.asked.end();
  if (progress.outcome == RunReceiver::Outcome::Unwanted) {
    // A push whose predecessors or author are not here: our summary brings vectors, and the vectors a want.
    if (was_asked) asked->second.branched = true;
    if (!was_asked) send_summary(link, *network);
    return;
  }
  if (was_asked) link.progressed = now.steady;  // a peer that only pushes still owes what was asked for
  if (progress.outcome == RunReceiver::Outcome::More) return;
  std::vector<Tip>& tips = peer.tips[progress.log];
  if (tips.size() <= 1 && (tips.empty() || tips.back().seq < progress.end.seq)) tips = {progress.end};
  if (progress.outcome == RunReceiver::Outcome::Known) return;
  if (was_asked) asked->second.progressed = true;
  mark_written(now);
  if (progress.forked) tell(EventKind::ForkSeen, progress.network, progress.log.author);
  settle(*network);
  if (!was_asked) {  // a push: durable and onward at once
    to_push_.emplace(progress.network, progress.log);
    mark_urgent(now);
    settle_at_ = now.steady + kSettleWait;
  }
}

void Node::settle(Network& network) {
  const bool was_member = self_in(network) != nullptr;
  const Result<bool> changed = ledger_->settle(network);
  if (!changed) storage_failed(changed.error(), nullptr);
  if (!changed || !*changed) return;
  tell(EventKind::MembersChanged, network.row.id, {});
  const Member* own = self_in(network);
  if (!was_member && own != nullptr) tell(EventKind::BecameMember, network.row.id, self());
  if (own != nullptr && own->removed) tell(EventKind::Removed, network.row.id, self());
  drop_strangers();
  std::vector<LinkId> unnamed;
  for (const auto& [id, link] : links_) {
    if (link.phase == LinkPhase::Open && !link.member) unnamed.push_back(id);
  }
  for (LinkId id : unnamed) {
    if (links_.contains(id)) identify(links_.at(id));
  }
}

// Cuts the links of those who are no members any more, of any network.
void Node::drop_strangers() {
  std::vector<LinkId> strangers;
  for (const auto& [id, link] : links_) {
    if (link.phase != LinkPhase::Open && link.phase != LinkPhase::Fresh) continue;
    const bool known = std::any_of(ledger_->networks().begin(), ledger_->networks().end(),
                                   [&, &link = link](const auto& network) { return shares(link, network.second); });
    if (!known) strangers.push_back(id);
  }
  for (LinkId id : strangers) drop(links_.at(id), "its key was removed from the network");
}

// --- Runs out --------------------------------------------------------------------------------------------------------

void Node::handle(Link& link, WantMessage& message, Now) {
  Network* network = ledger_->find_network(message.network);
  if (network == nullptr || !shares(link, *network)) return;
  if (link.outbox.size() > kMaxLogsPerVector) return drop(link, "asks for too much at once");
  for (const Want& want : message.wants) {
    const Log* log = ledger_->find_log(*network, want.log);
    if (log == nullptr) continue;
    if (log->tips().size() == 1) {
      link.outbox.push_back({message.network, want.log, want.after, std::nullopt});
      continue;
    }
    for (const StoredTip& tip : log->tips()) link.outbox.push_back({message.network, want.log, want.after, tip.head.id});
  }
  link.outbox.push_back({message.network, std::nullopt, Seq{}, std::nullopt});
  pump(link);
}

void Node::pump(Link& link) {
  if (link.phase != LinkPhase::Open || ledger_->has_uncommitted()) return;  // persist, then send
  while (!link.outbox.empty() && !effects_.fatal) {
    Outgoing& next = link.outbox.front();
    if (!next.log) {
      send(link, DoneMessage{next.network});
      link.outbox.pop_front();
      continue;
    }
    if (link.credit <= 0) return;
    if (!send_next_run(link, next)) link.outbox.pop_front();
  }
}

// Sends the next run of what is asked for; false when there is none left.
bool Node::send_next_run(Link& link, const Outgoing& next) {
  Network* network = ledger_->find_network(next.network);
  const Log* log = network != nullptr ? ledger_->find_log(*network, *next.log) : nullptr;
  if (log == nullptr) return false;
  const StoredTip* tip = nullptr;
  for (const StoredTip& candidate : log->tips()) {
    if (!next.branch || candidate.head.id == *next.branch) tip = &candidate;
  }
  if (tip == nullptr) return false;
  Result<std::optional<Ledger::StoredRun>> run = ledger_->next_run(*log, next.after, *tip);
  if (!run) {
    storage_failed(run.error(), nullptr);
    return false;
  }
  if (!*run) return false;
  const std::vector<Bytes>& bodies = (*run)->bodies;
  Bytes payload;
  payload.reserve(kMaxFrameBytes);
  bool opened = false;
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    payload.insert(payload.end(), bodies[i].begin(), bodies[i].end());
    const bool full = i + 1 == bodies.size() || payload.size() + bodies[i + 1].size() + kRunHeaderBytes > kMaxFrameBytes;
    if (!full) continue;
    Message message = PartMessage{payload};
    if (!opened) {
      message = RunMessage{next.network, *next.log,         (*run)->first, static_cast<std::uint16_t>(bodies.size()),
                           (*run)->end,  (*run)->signature, payload};
    }
    opened = true;
    send(link, message);
    link.credit -= static_cast<std::int64_t>(effects_.send.back().frame.size());
    payload.clear();
  }
  const Tip end{Seq{(*run)->first.value + bodies.size() - 1}, (*run)->end};
  std::vector<Tip>& tips = link.networks[next.network].tips[*next.log];
  if (tips.size() <= 1 && (tips.empty() || tips.back().seq < end.seq)) tips = {end};
  link.outbox.front().after = end.seq;
  return end.seq < tip->head.seq;
}

void Node::push_changes() {
  const auto changed = std::exchange(to_push_, {});
  for (LogClass log_class : {LogClass::Membership, LogClass::Data}) {  // members before what they wrote
    for (const auto& [network_id, log_id] : changed) {
      Network* network = ledger_->find_network(network_id);
      if (network != nullptr && log_id.log_class == log_class) push_log(*network, log_id);
    }
  }
}

void Node::push_log(Network& network, const LogId& log_id) {
  const Log* log = ledger_->find_log(network, log_id);
  if (log == nullptr || log->tips().size() != 1) return;  // forks are left to sessions
  const Seq last = log->tips().front().head.seq;
  for (auto& [id, link] : links_) {
    if (link.phase != LinkPhase::Open || !shares(link, network)) continue;
    PeerNetwork& peer = link.networks[network.row.id];
    if (!peer.tips_known) continue;
    const auto known = peer.tips.find(log_id);
    const Seq has = known == peer.tips.end() ? Seq{0} : known->second.back().seq;
    if (has >= last || last.value - has.value > kMaxPushedEntries) continue;
    const bool queued = std::any_of(link.outbox.begin(), link.outbox.end(), [&](const Outgoing& outgoing) {
      return outgoing.network == network.row.id && outgoing.log == log_id;
    });
    if (!queued && link.credit > 0) link.outbox.push_back({network.row.id, log_id, has, std::nullopt});
  }
}

}  // namespace budstikke
