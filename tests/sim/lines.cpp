#include "tests/sim/lines.h"

#include <algorithm>

#include "tests/sim/world.h"

namespace budstikke::sim {
namespace {

constexpr Millis kLookAgain{100};  // at a direction that is blocked

}  // namespace

Millis Lines::drawn_delay() {
  const Plan& plan = world_.plan;
  if (world_.is_calm()) return Millis(1 + world_.net.below(20));
  return plan.delay_least +
         Millis(world_.net.below(static_cast<std::uint64_t>((plan.delay_most - plan.delay_least).count()) + 1));
}

// --- Up and down -----------------------------------------------------------------------------------------------------

void Lines::dial(std::size_t from, const TransportKey& target, const TransportKey& shown) {
  std::vector<std::size_t> reachable;
  for (std::size_t to = 0; to < world_.machines.size(); ++to) {
    const Machine& machine = *world_.machines[to];
    if (to == from || machine.transport() != target || !machine.takes_links() || !machine.listens) continue;
    if (is_blocked(from, to) || is_blocked(to, from)) continue;
    reachable.push_back(to);
  }
  if (reachable.empty()) return world_.machines[from]->dial_failed(target);  // nobody answers
  const std::size_t to = reachable[world_.net.below(reachable.size())];
  const std::uint64_t dialler_life = world_.machines[from]->life(), listener_life = world_.machines[to]->life();
  world_.events.add(world_.now + drawn_delay() + drawn_delay(), [=, this] {
    const bool same = world_.machines[from]->life() == dialler_life && world_.machines[to]->life() == listener_life;
    const bool passes = !is_blocked(from, to) && !is_blocked(to, from);
    const bool ready = same && passes && world_.machines[from]->takes_links() && world_.machines[to]->takes_links();
    if (ready && world_.machines[to]->lets_in(shown)) return connect(from, to, shown);
    if (same) world_.machines[from]->dial_failed(target);
  });
}

void Lines::connect(std::size_t from, std::size_t to, const TransportKey& shown) {
  const std::size_t number = wires_.size();
  wires_.emplace_back();
  Wire& wire = wires_.back();
  wire.ends[0].machine = from;
  wire.ends[0].key = shown;
  wire.ends[1].machine = to;
  wire.ends[1].key = world_.machines[to]->transport();
  wire.ends[0].knows_up = wire.ends[1].knows_up = true;
  up_.insert(number);
  world_.trace.add(world_.now, "link " + std::to_string(number) + ' ' + world_.name(from) + '>' + world_.name(to));
  world_.machines[to]->turn([&](Node& node, Now now) { node.link_up(link_of(number, 1), shown, false, now); });
  if (!wires_[number].ends[0].knows_up) return;
  const TransportKey key = wires_[number].ends[1].key;
  world_.machines[from]->turn([&](Node& node, Now now) { node.link_up(link_of(number, 0), key, true, now); });
}

bool Lines::is_linked(std::size_t machine, const TransportKey& peer) const {
  return std::any_of(up_.begin(), up_.end(), [&](std::size_t number) {
    const Wire& wire = wires_[number];
    return (wire.ends[0].machine == machine && wire.ends[0].knows_up && wire.ends[1].key == peer) ||
           (wire.ends[1].machine == machine && wire.ends[1].knows_up && wire.ends[0].key == peer);
  });
}

void Lines::hear_down(std::size_t number, std::size_t at) {
  End& end = wires_[number].ends[at];
  end.inbox.clear();
  end.inbox_bytes = 0;
  if (!std::exchange(end.knows_up, false)) return;
  const LinkId link = link_of(number, at);
  world_.machines[end.machine]->turn([&](Node& node, Now now) { node.link_down(link, now); });
}

void Lines::cut(std::size_t number) {
  if (!std::exchange(wires_[number].up, false)) return;
  up_.erase(number);
  world_.trace.add(world_.now, "link " + std::to_string(number) + " is gone");
  for (std::size_t end : {0, 1}) hear_down(number, end);
}

void Lines::close(std::size_t machine, LinkId link) {
  const std::size_t number = (link.value - 1) / 2, at = (link.value - 1) % 2;
  Wire& wire = wires_[number];
  require(wire.ends[at].machine == machine, "a machine closed another's link");
  wire.ends[at].knows_up = false;
  wire.ends[at].inbox.clear();
  wire.ends[at].inbox_bytes = 0;
  if (!wire.up) return;
  End& other = wire.ends[1 - at];
  const Instant last = other.inbox.empty() ? world_.now : other.inbox.back().at;
  other.inbox.push_back({std::max(last, world_.now + drawn_delay()), {}});
  pump_later(number, 1 - at, other.inbox.front().at);
}

void Lines::leave(std::size_t machine, Millis until_noticed) {
  const std::set<std::size_t> up = up_;
  for (std::size_t number : up) {
    Wire& wire = wires_[number];
    if (wire.ends[0].machine != machine && wire.ends[1].machine != machine) continue;
    for (End& end : wire.ends) end.knows_up = end.knows_up && end.machine != machine;
    wire.up = false;
    up_.erase(number);
    world_.events.add(world_.now + until_noticed, [=, this] {
      for (std::size_t end : {0, 1}) hear_down(number, end);
    });
  }
}

void Lines::hang_up(std::size_t machine) {
  const std::set<std::size_t> up = up_;
  for (std::size_t number : up) {
    if (wires_[number].ends[0].machine == machine || wires_[number].ends[1].machine == machine) cut(number);
  }
}

void Lines::break_one(Random& random) {
  if (up_.empty()) return;
  auto at = up_.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(random.below(up_.size())));
  world_.counts.add(Fault::LinkBroken);
  cut(*at);
}

void Lines::break_unsound() {
  const std::set<std::size_t> up = up_;
  for (std::size_t number : up) {
    if (wires_[number].unsound) cut(number);
  }
}

void Lines::block(std::size_t from, std::size_t to, bool blocked) {
  if (!blocked) {
    blocked_.erase({from, to});
    return;
  }
  if (!blocked_.insert({from, to}).second) return;
  world_.events.add(world_.now + kHeartbeat, [=, this] {
    if (!is_blocked(from, to)) return;
    const std::set<std::size_t> up = up_;
    for (std::size_t number : up) {
      const Wire& wire = wires_[number];
      const std::size_t a = wire.ends[0].machine, b = wire.ends[1].machine;
      if ((a == from && b == to) || (a == to && b == from)) cut(number);
    }
  });
}

// --- Frames ----------------------------------------------------------------------------------------------------------

void Lines::send(std::size_t from, LinkId link, Bytes frame) {
  const std::size_t number = (link.value - 1) / 2, at = (link.value - 1) % 2;
  Wire& wire = wires_[number];
  require(wire.ends[at].machine == from, "a machine sent on another's link");
  if (!wire.up || !wire.ends[at].knows_up) return;
  End& to = wire.ends[1 - at];
  ++frames_;
  bytes_ += frame.size();
  const std::string what = world_.describe(frame);
  if (what.starts_with("run ")) ++runs_;
  world_.trace.add(world_.now, world_.name(from) + '>' + world_.name(to.machine) + ' ' + std::to_string(number) + ' ' + what,
                   frame);
  const Plan& plan = world_.plan;
  const auto strikes = [&](std::uint32_t in_10_000) { return !world_.is_calm() && world_.net.below(10'000) < in_10_000; };
  if (to.inbox_bytes + frame.size() > kMaxQueueBytes) {
    wire.unsound = true;
    if (std::exchange(wire.overrun, true)) return;
    world_.counts.add(Fault::QueueOverrun);
    world_.events.add(world_.now, [=, this] { cut(number); });  // not in the middle of a machine's turn
    return;
  }
  if (strikes(plan.lost)) {
    world_.counts.add(Fault::FrameLost);
    wire.unsound = true;
    return;
  }
  if (plan.refuses_when_full && to.inbox.size() >= kFullQueueFrames && strikes(2'000)) {
    world_.counts.add(Fault::FrameRefused);
    wire.unsound = true;
    return;
  }
  const Instant last = to.inbox.empty() ? world_.now : to.inbox.back().at;
  const Instant due = std::max(last, world_.now + drawn_delay());
  const bool twice = strikes(plan.twice);
  if (twice) {
    world_.counts.add(Fault::FrameTwice);
    wire.unsound = true;
    to.inbox_bytes += frame.size();
    to.inbox.push_back({due, frame});
  }
  to.inbox_bytes += frame.size();
  to.inbox.push_back({due, std::move(frame)});
  if (to.inbox.size() > 1 && strikes(plan.early)) {
    const std::size_t place = world_.net.below(to.inbox.size() - 1);
    std::swap(to.inbox[place].frame, to.inbox.back().frame);
    world_.counts.add(Fault::FrameEarly);
    wire.unsound = true;
  }
  if (!world_.machines[from]->lies && !world_.machines[to.machine]->lies) {
    most_frames_ = std::max(most_frames_, to.inbox.size());
    most_bytes_ = std::max(most_bytes_, to.inbox_bytes);
  }
  pump_later(number, 1 - at, to.inbox.front().at);
}

void Lines::pump_later(std::size_t number, std::size_t at, Instant when) {
  End& end = wires_[number].ends[at];
  if (std::exchange(end.pumping, true)) return;
  world_.events.add(std::max(when, world_.now), [=, this] { pump(number, at); });
}

void Lines::pump(std::size_t number, std::size_t at) {
  wires_[number].ends[at].pumping = false;
  const std::size_t from = wires_[number].ends[1 - at].machine, to = wires_[number].ends[at].machine;
  if (!wires_[number].up) return;
  if (is_blocked(from, to)) return pump_later(number, at, world_.now + kLookAgain);
  // A few at once, as a daemon's round takes them; a slow machine one, and then it is busy for a while.
  const Millis busy = world_.machines[to]->takes_for_a_frame;
  for (int taken = 0; wires_[number].up && !wires_[number].ends[at].inbox.empty(); ++taken) {
    if (wires_[number].ends[at].inbox.front().at > world_.now || (busy.count() > 0 && taken > 0)) break;
    arrive(number, at);
  }
  const End& end = wires_[number].ends[at];
  if (wires_[number].up && !end.inbox.empty()) pump_later(number, at, std::max(end.inbox.front().at, world_.now + busy));
}

void Lines::arrive(std::size_t number, std::size_t at) {
  End& end = wires_[number].ends[at];
  UnderWay next = std::move(end.inbox.front());
  end.inbox.pop_front();
  end.inbox_bytes -= next.frame.size();
  if (next.frame.empty()) return cut(number);
  if (!end.knows_up) return;
  const LinkId link = link_of(number, at);
  world_.machines[end.machine]->hear(link, next.frame);
  world_.machines[end.machine]->turn([&](Node& node, Now now) { node.frame(link, std::move(next.frame), now); });
}

std::vector<Lines::Peer> Lines::peers_of(std::size_t machine) const {
  std::vector<Peer> peers;
  for (std::size_t number : up_) {
    const Wire& wire = wires_[number];
    for (std::size_t end : {0, 1}) {
      const bool is_its = wire.ends[end].machine == machine && wire.ends[end].knows_up && wire.ends[1 - end].knows_up;
      if (is_its) peers.push_back({link_of(number, end), wire.ends[1 - end].machine});
    }
  }
  return peers;
}

TransportKey Lines::key_behind(LinkId link) const { return wires_[(link.value - 1) / 2].ends[link.value % 2].key; }

std::size_t Lines::wires_up() const { return up_.size(); }

std::size_t Lines::under_way() const {
  std::size_t frames = 0;
  for (std::size_t number : up_) frames += wires_[number].ends[0].inbox.size() + wires_[number].ends[1].inbox.size();
  return frames;
}

}  // namespace budstikke::sim
