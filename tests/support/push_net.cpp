#include "tests/support/push_net.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "protocol/node/partners.h"

namespace budstikke::tests {
namespace {

constexpr Millis kShortestDelay{10};
constexpr std::uint64_t kDelaySpread = 21;  // 10 to 30 ms
constexpr std::uint64_t kJitter = 5;        // 0 to 4 ms

}  // namespace

double PushFigures::payloads_per_delivery() const { return static_cast<double>(payloads) / static_cast<double>(deliveries); }
double PushFigures::messages_per_delivery() const {
  return static_cast<double>(payloads + haves + grafts + prunes) / static_cast<double>(deliveries);
}

PushNet::PushNet(const PushNetOptions& options)
    : options_(options), random_(Random::from_number(options.seed)), relayed_(options.members) {
  const NetworkId network = random_.fixed<NetworkId>();
  std::vector<MemberKey> keys;
  std::vector<Partners::Host> hosts;
  std::map<MemberKey, std::size_t> number;
  for (std::size_t i = 0; i < options.members; ++i) {
    keys.push_back(random_.fixed<MemberKey>());
    number[keys[i]] = i;
    nodes_.push_back({PushTree(keys[i]), {}, std::vector<Seq>(options.authors)});
    if (i % 10 < options.hosts_in_ten) hosts.push_back({keys[i], random_.fixed<CouncilId>()});
  }
  const Partners partners(network, hosts);
  const auto nothing_against = [](const MemberKey&) { return Partners::Reach::Unknown; };
  std::set<std::pair<std::size_t, std::size_t>> linked;
  for (std::size_t i = 0; i < options.members; ++i) {
    const CouncilId council = random_.fixed<CouncilId>();
    for (const MemberKey& key : partners.of(keys[i], council, options.members - hosts.size(), nothing_against)) {
      const std::size_t other = number.at(key);
      if (linked.insert(std::minmax(i, other)).second) link(i, other);
    }
  }
  for (std::size_t i = 0; i < options.authors; ++i) {
    authors_.push_back({keys[i], Incarnation{1}, LogClass::Data});
    author_of_[authors_[i]] = i;
  }
}

void PushNet::link(std::size_t dialler, std::size_t listener) {
  const Millis delay = kShortestDelay + Millis(random_.below(kDelaySpread));
  nodes_[dialler].wires.push_back({listener, nodes_[listener].wires.size(), delay, true});
  nodes_[listener].wires.push_back({dialler, nodes_[dialler].wires.size() - 1, delay, false});
  ++links_;
}

std::size_t PushNet::links_max() const {
  std::size_t most = 0;
  for (const Member& member : nodes_) most = std::max(most, member.wires.size());
  return most;
}

std::size_t PushNet::missing() const {
  std::size_t missing = 0;
  for (const Member& member : nodes_) missing += member.gone ? 0 : member.tree.missing();
  return missing;
}

// --- A member --------------------------------------------------------------------------------------------------------

void PushNet::write(std::size_t author) {
  Member& member = nodes_[author];
  ++member.tips[author].value;
  const auto left =
      static_cast<std::size_t>(std::count_if(nodes_.begin(), nodes_.end(), [](const Member& other) { return !other.gone; }));
  entries_[{author, member.tips[author]}] = {now_, left - 1};
  ++figures_.entries;
  spread(author, author, std::nullopt, 1);
  after_input(author);
}

void PushNet::spread(std::size_t number, std::size_t author, std::optional<std::size_t> only, std::uint32_t hops) {
  Member& member = nodes_[number];
  std::vector<PushTree::Peer> peers;
  for (std::size_t wire = 0; wire < member.wires.size(); ++wire) {
    if (!member.wires[wire].up || (only && *only != wire)) continue;
    peers.push_back({LinkId{wire + 1}, Seq{0}, true, !member.wires[wire].dialed});
  }
  for (const PushTree::Send& to : member.tree.spread(authors_[author], member.tips[author], peers, now_)) {
    Frame frame;
    frame.is_payload = true;
    frame.author = author;
    frame.after = to.after;
    frame.tip = member.tips[author];
    frame.hops = hops;
    ++figures_.payloads;
    ++relayed_[number];
    send(number, to.link.value - 1, std::move(frame));
  }
}

void PushNet::send(std::size_t number, std::size_t at, Frame frame) {
  Wire& wire = nodes_[number].wires[at];
  wire.free = std::max(wire.free, now_ + wire.delay + Millis(random_.below(kJitter)));
  push({wire.free, ++order_, wire.peer, wire.back, std::make_unique<Frame>(std::move(frame))});
}

std::optional<std::size_t> PushNet::author_of(const LogId& log) const {
  const auto at = author_of_.find(log);
  return at == author_of_.end() ? std::nullopt : std::optional(at->second);
}

void PushNet::take(std::size_t number, std::size_t wire, const Frame& frame) {
  Member& member = nodes_[number];
  const LinkId link{wire + 1};
  if (frame.is_payload) return take_payload(number, wire, frame);
  for (const PushedLog& pushed : frame.logs) {
    const std::size_t author = *author_of(pushed.log);
    switch (frame.kind) {
      case PushTree::Kind::Have:
        member.tree.told(link, pushed, member.tips[author], now_);
        break;
      case PushTree::Kind::Graft:
        member.tree.grafted(link, pushed);
        spread(number, author, wire, 1);  // whence it comes is not known any more
        break;
      case PushTree::Kind::Prune:
        member.tree.pruned(link, pushed);
        break;
    }
  }
}

void PushNet::take_payload(std::size_t number, std::size_t wire, const Frame& frame) {
  Member& member = nodes_[number];
  const LinkId link{wire + 1};
  Seq& tip = member.tips[frame.author];
  if (frame.after > tip) {
    ++figures_.gaps;
    return;
  }
  if (frame.tip <= tip) {
    ++figures_.duplicates;
    return member.tree.repeated(link, authors_[frame.author], frame.tip);
  }
  for (Seq seq{tip.value + 1}; seq <= frame.tip; ++seq.value) {
    const auto entry = entries_.find({frame.author, seq});
    if (entry == entries_.end()) continue;
    ++figures_.reached;
    times_.push_back(static_cast<std::uint32_t>((now_ - entry->second.written).count()));
    hops_.push_back(frame.hops);
  }
  tip = frame.tip;
  member.tree.brought(link, authors_[frame.author], tip);
  spread(number, frame.author, std::nullopt, frame.hops + 1);
}

void PushNet::after_input(std::size_t number) {
  Member& member = nodes_[number];
  for (PushTree::Message& message : member.tree.take()) {
    Frame frame;
    frame.kind = message.kind;
    frame.logs = std::move(message.logs);
    switch (frame.kind) {
      case PushTree::Kind::Have:
        ++figures_.haves;
        figures_.announced += frame.logs.size();
        break;
      case PushTree::Kind::Graft:
        ++figures_.grafts;
        break;
      case PushTree::Kind::Prune:
        ++figures_.prunes;
        break;
    }
    send(number, message.link.value - 1, std::move(frame));
  }
  const Instant deadline = member.tree.deadline();
  if (deadline == kNever || deadline >= member.wakes) return;
  member.wakes = std::max(deadline, now_ + Millis(1));
  push({member.wakes, ++order_, number});
}

// --- Time ------------------------------------------------------------------------------------------------------------

void PushNet::push(Event event) {
  events_.push_back(std::move(event));
  std::push_heap(events_.begin(), events_.end());
}

bool PushNet::step() {
  if (events_.empty()) return false;
  std::pop_heap(events_.begin(), events_.end());
  const Event event = std::move(events_.back());
  events_.pop_back();
  now_ = std::max(now_, event.at);
  Member& member = nodes_[event.member];
  if (member.gone) return true;
  if (event.frame) {
    take(event.member, event.wire, *event.frame);
  } else {
    if (member.wakes <= now_) member.wakes = kNever;
    member.tree.tick(now_);
  }
  after_input(event.member);
  return true;
}

void PushNet::run_until(Instant end) {
  while (!events_.empty() && events_.front().at <= end) step();
  now_ = std::max(now_, end);
}

void PushNet::run_until_quiet() {
  while (step()) {
  }
}

// --- Workloads -------------------------------------------------------------------------------------------------------

PushFigures PushNet::finish() {
  run_until_quiet();
  PushFigures figures = std::exchange(figures_, {});
  for (const auto& [what, entry] : entries_) figures.deliveries += entry.due;
  std::sort(times_.begin(), times_.end());
  if (!times_.empty()) {
    const auto count = static_cast<double>(times_.size());
    figures.hops_mean = std::accumulate(hops_.begin(), hops_.end(), 0.0) / count;
    figures.hops_max = *std::max_element(hops_.begin(), hops_.end());
    figures.delays_mean = std::accumulate(times_.begin(), times_.end(), 0.0) / count / kLinkDelay;
    figures.delays_p99 = times_[times_.size() * 99 / 100] / kLinkDelay;
    figures.delays_max = times_.back() / kLinkDelay;
  }
  entries_.clear();
  times_.clear();
  hops_.clear();
  std::fill(relayed_.begin(), relayed_.end(), 0);
  return figures;
}

PushFigures PushNet::broadcast(std::size_t entries) {
  for (std::size_t round = 0; round < entries; ++round) {
    std::vector<std::pair<Instant, std::size_t>> moments;
    for (std::size_t author = 0; author < authors_.size(); ++author) {
      if (!nodes_[author].gone) moments.push_back({now_ + Millis(random_.below(1'000)), author});
    }
    std::sort(moments.begin(), moments.end());
    const Instant end = now_ + Millis(1'000);
    for (const auto& [at, author] : moments) {
      run_until(at);
      write(author);
    }
    run_until(end);
  }
  return finish();
}

PushFigures PushNet::chorus() {
  for (std::size_t author = 0; author < authors_.size(); ++author) {
    if (!nodes_[author].gone) write(author);
  }
  return finish();
}

PushFigures PushNet::broadcast_while_members_go(std::size_t times) {
  for (std::size_t i = 0; i < times; ++i) {
    std::size_t author = random_.below(authors_.size());
    while (nodes_[author].gone) author = (author + 1) % authors_.size();
    const PushFigures before = figures_;
    write(author);  // not counted: it shows who passes on how much
    run_until_quiet();
    entries_.erase({author, nodes_[author].tips[author]});
    times_.resize(before.reached);
    hops_.resize(before.reached);
    figures_ = before;
    std::size_t victim = author == 0 ? 1 : 0;
    for (std::size_t other = 0; other < members(); ++other) {
      if (other != author && relayed_[other] > relayed_[victim]) victim = other;
    }
    nodes_[victim].gone = true;  // the entry is on its way to it and ends there
    std::fill(relayed_.begin(), relayed_.end(), 0);
    write(author);
    run_until_quiet();
    for (const Wire& wire : nodes_[victim].wires) {
      nodes_[wire.peer].wires[wire.back].up = false;
      nodes_[wire.peer].tree.link_down(LinkId{wire.back + 1});
    }
  }
  return finish();
}

}  // namespace budstikke::tests
