#include "tests/sim/machine.h"

#include <algorithm>

#include "tests/sim/liar.h"
#include "tests/sim/newer.h"
#include "tests/sim/world.h"

namespace budstikke::sim {
namespace {

constexpr Millis kLongestWait{60'000};  // of a daemon's loop, whatever its node says
constexpr Millis kJoinAgain{20'000};    // a person who waits for a join tries again
constexpr std::int64_t kStart = 1'760'000'000'000;
constexpr std::size_t kPartners = 6;  // that a machine dials
constexpr Millis kFirstBackOff{1'000}, kLastBackOff{300'000};
constexpr std::size_t kReachableMembers = 8;  // in its list of networks

// Messages that tell of nothing that was written.
bool tells_of_writes(View frame) {
  const auto type = frame.empty() ? 0 : frame[0];
  return type != 3 && type != 7 && type != 9 && type != 11 && type != 12;  // want, credit, join, refused, ask values
}

}  // namespace

Machine::Machine(World& world, std::size_t index, SigningKey identity, TransportPair transport)
    : world_(world),
      index_(index),
      identity_(std::move(identity)),
      transport_(std::move(transport)),
      store_(world.machines_own.fixed<StoreId>()) {
  place_.machine.bytes[0] = static_cast<std::uint8_t>(index + 1);
  place_.inode = 1;
}

Now Machine::now() const { return {world_.now, WallTime{std::max<std::int64_t>(kStart + world_.now.ms + clock_off_ms_, 0)}}; }

void Machine::set_clock(std::int64_t ahead_ms) {
  fell_unnoticed_ = ahead_ms < std::exchange(clock_off_ms_, ahead_ms) || fell_unnoticed_;
}

Network* Machine::network() {
  if (node_ == nullptr || node_->ledger().networks().empty()) return nullptr;
  return &node_->ledger().networks().begin()->second;
}

// --- Its life --------------------------------------------------------------------------------------------------------

bool Machine::load(bool look) {
  bool salvaged = false;
  const auto salvage = [&]() -> Status {
    disk_.rollback();
    Result<std::size_t> lost = disk_.salvage();
    if (!lost) return lost.error();
    salvaged = salvaged || *lost > 0;
    if (*lost > 0) world_.tell_loss(*this);
    return done();
  };
  Status looked = look ? salvage() : done();
  const auto open = [&]() -> Result<std::unique_ptr<Node>> {
    if (Status placed = look_at_place(salvaged); !placed) return placed.error();
    NodeKeys keys{identity_, transport_.public_key};
    Result<std::unique_ptr<Node>> loaded = Node::load(disk_, std::move(keys), store_, world_.machines_own.fixed<Seed>());
    const bool always = index_ >= 32 || ((world_.plan.when_wanted >> index_) & 1U) == 0;
    if (!loaded) return loaded;
    if (Status set = (*loaded)->ledger().fetch_contents(always); !set) return set.error();
    return loaded;
  };
  Result<std::unique_ptr<Node>> node = looked ? open() : Result<std::unique_ptr<Node>>(looked.error());
  if (!node && node.error().code == Code::Damaged && !look) {
    looked = salvage();
    node = looked ? open() : Result<std::unique_ptr<Node>>(looked.error());
  }
  if (!node) {
    const bool excused = disk_.failed().has_value() || node.error().code == Code::Full;
    if (!excused) world_.fail(World::name(index_) + " cannot use its store: " + node.error().text);
    return false;
  }
  node_ = std::move(*node);
  for (const NetworkRow& network : networks_) {  // as Core::remember_networks does
    const Status remembered = node_->remember(network.id, network.bootstrap, now());
    if (!remembered) world_.fail(World::name(index_) + " cannot remember whom it knew: " + remembered.error().text);
  }
  return true;
}

// As daemon/recovery.h does.
Status Machine::look_at_place(bool has_lost) {
  const Result<std::optional<View>> row = disk_.get(Table::Meta, view_of(kPlaceKey));
  if (!row) return row.error();
  const std::optional<StorePlace> noted = *row ? std::optional(*parse_place(**row)) : std::nullopt;
  const bool begin_again = has_lost || (noted && has_moved(*noted, place_));
  if (!begin_again && noted == place_) return done();
  disk_.use_reserve();
  Status put = disk_.put(Table::Meta, view_of(kPlaceKey), encode(place_));
  if (put && begin_again) put = disk_.put(Table::Meta, view_of(kRestoredKey), {});
  if (put) put = disk_.commit();
  if (put) return put;
  if (!disk_.failed()) disk_.rollback();
  return begin_again || put.error().code != Code::Full ? put : done();
}

void Machine::start() {
  if (node_ != nullptr || !exists) return;
  ++life_;
  tick_at_.reset();
  if (!load(std::exchange(look_, false))) {
    die(Millis(2'000), true);
    return;
  }
  world_.trace.add(world_.now, "start " + World::name(index_));
  world_.tell_commit(*this);
  look_later(Millis(world_.net.below(500)));
  turn();
}

void Machine::look_later(Millis wait) {
  const std::uint64_t look = ++looks_;
  world_.events.add(world_.now + wait, [this, look] {
    if (looks_ != look || !is_up()) return;
    look_around();
    look_later(Millis(1'000 + world_.net.below(2'000)));
  });
}

void Machine::die(Millis until_started, bool look) {
  world_.trace.add(world_.now, "end of " + World::name(index_));
  node_.reset();
  disk_.crash();
  ++life_;
  joining_ = asleep_ = false;
  read_only_ = false;
  look_ = look_ || look;
  world_.lines.leave(index_, Millis(world_.net.below(2) == 0 ? 20 : world_.net.below(45'000)));
  const std::uint64_t life = life_;
  world_.events.add(world_.now + until_started, [this, life] {
    if (life_ == life) start();
  });
}

bool Machine::become(bool is_newer, Millis until_started) {
  die(until_started, false);
  const Bytes due{1};
  const bool marked = !is_newer || (disk_.put(Table::Meta, view_of(Ledger::kRebuildKey), due) && disk_.commit());
  if (marked) {
    newer = is_newer;
  } else {
    disk_.crash();  // it is full
  }
  return marked;
}

void Machine::stop() {
  die(Millis(0), false);
  ++life_;
  exists = false;
}

void Machine::sleep(Millis time) {
  if (!is_up()) return;
  world_.lines.hang_up(index_);
  if (!is_up()) return;  // it died of that
  asleep_ = true;
  world_.trace.add(world_.now, World::name(index_) + " sleeps");
  const std::uint64_t life = life_;
  world_.events.add(world_.now + time, [this, life] {
    if (life_ == life) wake();
  });
}

void Machine::wake() {
  if (!std::exchange(asleep_, false)) return;
  tick_at_.reset();
  look_later(Millis(world_.net.below(2'000)));
  turn();
}

// --- Its disk --------------------------------------------------------------------------------------------------------

void Machine::wipe() {
  die(Millis(3'000), false);
  store_ = world_.machines_own.fixed<StoreId>();
  const Status begun = disk_.begin_anew(networks_, Incarnation{world_.machines_own.u64()});
  require(begun.ok(), "a store that cannot be begun anew");
  ++place_.inode;
  world_.tell_loss(*this);
}

void Machine::restore(PutBack how) {
  die(Millis(3'000), false);
  disk_.put_back(*backup_);
  if (how == PutBack::Told) {
    disk_.fail_next_commit(std::nullopt);  // whoever restores has a disk that works and has room
    disk_.fill(false);
    Status marked = disk_.put(Table::Meta, view_of(kRestoredKey), {});
    if (marked) marked = disk_.commit();
    require(marked.ok(), "a backup that cannot be put back");
  }
  if (how == PutBack::Unseen) {
    may_fork_ = true;
  } else {
    ++place_.inode;
  }
  world_.tell_loss(*this);
}

void Machine::take_disk_of(const Machine& other, bool unseen) {
  disk_.put_back(other.disk_.copy());
  may_fork_ = unseen || other.may_fork_;
  if (unseen) place_ = other.place_;
  store_ = other.store_;
  networks_ = other.networks_;
}

void Machine::fill_disk(bool full) {
  disk_.fill(full);
  if (full || !std::exchange(read_only_, false)) return;
  world_.trace.add(world_.now, World::name(index_) + " has room");
  turn();
}

// --- Turns -----------------------------------------------------------------------------------------------------------

void Machine::turn(const std::function<void(Node&, Now)>& input) {
  if (!is_up()) return;
  require(!std::exchange(in_turn_, true), "a turn within a turn");
  if (std::exchange(fell_unnoticed_, false)) clock_fell_ = world_.now;
  if (input) input(*node_, now());
  settle();
  in_turn_ = false;
}

bool Machine::ask(const std::function<Status(Node&, Now)>& request) {
  if (!is_up()) return false;
  require(!std::exchange(in_turn_, true), "a turn within a turn");
  const std::uint64_t life = life_;
  const bool asked = request(*node_, now()).ok();
  const bool was_read_only = read_only_;
  if (!read_only_ && node_->ledger().has_uncommitted())
    back_off_.clear();  // who writes dials at once: a peer that slept may be back
  const bool stored = commit() && life_ == life && read_only_ == was_read_only;
  if (node_ != nullptr) settle();
  in_turn_ = false;
  return asked && stored;
}

void Machine::settle() {
  for (int round = 0; round < 8 && node_ != nullptr; ++round) {
    if (!read_only_) node_->tick(now());
    if (!read_only_ && node_->wants_commit(now()) && !commit()) continue;
    if (node_ != nullptr && !take_effects()) break;
  }
  tick_later();
}

bool Machine::commit() {
  const bool changes = disk_.has_uncommitted() || node_->ledger().has_uncommitted();
  const Status committed = node_->commit(now());
  if (!committed) {
    store_failed(committed.error());
    return false;
  }
  note_networks();
  if (changes) world_.tell_commit(*this);
  return true;
}

// False when there was nothing.
bool Machine::take_effects() {
  Effects effects = node_->take_effects();
  if (effects.fatal) {
    store_failed(*effects.fatal);
    return node_ != nullptr;
  }
  for (SendFrame& frame : effects.send) {
    if (tells_of_writes(frame.frame) && disk_.has_uncommitted()) {
      world_.fail(World::name(index_) + " told of a write before it was durable: " + world_.describe(frame.frame));
    }
    send(frame.link, std::move(frame.frame));
  }
  for (const DropLink& drop : effects.drop) {
    world_.trace.add(world_.now,
                     World::name(index_) + " drops " + std::to_string((drop.link.value - 1) / 2) + ": " + drop.reason);
    world_.lines.close(index_, drop.link);
  }
  for (const Event& event : effects.tell) take(event);
  return !effects.send.empty() || !effects.drop.empty() || !effects.tell.empty();
}

void Machine::hear(LinkId link, View frame) {
  if (lies) world_.liar->hear(link, frame);
  if (!lies && !newer) return;
  const Result<Message> message = decode(frame);
  if (const auto* hello = message ? std::get_if<Hello>(&*message) : nullptr) greeted_[link] = hello->nonce;
}

Hello Machine::signed_for(LinkId link, Hello hello) const {
  const auto heard = greeted_.find(link);
  const Nonce answered = Lines::is_dialled(link) || heard == greeted_.end() ? Nonce{} : heard->second;
  hello.signature = identity_.sign(Purpose::Hello, hello_message(hello, answered, transport(), world_.lines.key_behind(link)));
  return hello;
}

void Machine::send(LinkId link, Bytes frame) {
  if (lies) return world_.liar->pass(link, std::move(frame));
  if (newer) frame = as_newer(*this, link, std::move(frame));
  world_.lines.send(index_, link, std::move(frame));
}

void Machine::take(const Event& event) {
  switch (event.kind) {
    case EventKind::Joined:
      joining_ = false;
      ticket_.reset();
      break;
    case EventKind::JoinRefused:
      joining_ = false;
      refused_ = true;
      ticket_.reset();
      break;
    case EventKind::StateDiffers:
      // A liar says so when it is not so; what turns out to be wrong here is wrong all the same.
      if (world_.is_liar(event.member) && event.detail.find("mended") == std::string::npos) break;
      world_.fail(World::name(index_) + " reports another state with equal vectors: " + event.detail);
    case EventKind::LinkOpen:
      if (const Network* of = network()) {
        if (const Member* member = of->membership.find(event.member)) back_off_.erase(member->transport);
      }
      break;
    case EventKind::Damaged:
    case EventKind::InSync:
    case EventKind::MembersChanged:
    case EventKind::Admitted:
    case EventKind::BecameMember:
    case EventKind::Removed:
    case EventKind::Destroyed:
    case EventKind::ForkSeen:
      break;
    default:
      break;
  }
}

// As Core::take_store_error does.
void Machine::store_failed(const Error& error) {
  if (error.code == Code::Full) return go_read_only();
  const bool excused = error.code == Code::Damaged ? disk_.is_damaged() : disk_.failed().has_value();
  if (!excused) world_.fail(World::name(index_) + " found its store failing, and nothing is wrong with it: " + error.text);
  if (disk_.failed()) {
    world_.counts.add(*disk_.failed() == Disk::Outcome::Done ? Fault::CommitDone : Fault::CommitUndone);
  }
  world_.trace.add(world_.now, World::name(index_) + " failed: " + error.text);
  die(Millis(2'000 + world_.machines_own.below(8'000)), true);
}

void Machine::go_read_only() {
  world_.trace.add(world_.now, World::name(index_) + " is full");
  if (!read_only_) world_.counts.add(Fault::DiskFull);
  node_.reset();
  disk_.rollback();
  world_.lines.leave(index_, Millis(20));
  joining_ = false;
  read_only_ = true;
  if (!load(false)) die(Millis(2'000), true);
}

void Machine::tick_later() {
  if (!is_up() || read_only_) return;
  const Instant wanted = std::min(node_->deadline(now()), world_.now + kLongestWait);
  const Instant at = std::max(wanted, world_.now + Millis(1));
  if (tick_at_ && *tick_at_ > world_.now && *tick_at_ <= at) return;
  tick_at_ = at;
  const std::uint64_t life = life_;
  world_.events.add(at, [=, this] {
    if (life_ != life || tick_at_ != at) return;
    tick_at_.reset();
    ++world_.ticks;
    turn();
  });
}

// --- Whom it knows ---------------------------------------------------------------------------------------------------

// As Core::write_networks does.
void Machine::note_networks() {
  if (node_->ledger().has_uncommitted()) return;
  networks_.clear();
  for (const auto& [id, network] : node_->ledger().networks()) {
    NetworkRow row = network.row;
    std::vector<ReachableMember> reachable;
    for (const auto& [key, member] : network.membership.members()) {
      if (key == self() || member.removed || reachable.size() == kReachableMembers) continue;
      reachable.push_back({member.transport, "a:7420"});
    }
    for (ReachableMember& member : row.bootstrap) {
      const bool is_there = std::any_of(reachable.begin(), reachable.end(),
                                        [&](const ReachableMember& other) { return other.transport == member.transport; });
      if (network.trusts(member.transport) && !is_there && reachable.size() < kReachableMembers) reachable.push_back(member);
    }
    row.bootstrap = std::move(reachable);
    networks_.push_back(std::move(row));
  }
}

// As Core::tell_allowed_keys says.
bool Machine::lets_in(const TransportKey& shown) const {
  for (const auto& [id, network] : node_->ledger().networks()) {
    if (network.trusts(shown)) return true;
    const Invitation* invitation = network.membership.invitation_with_transport(shown);
    if (invitation != nullptr && now().wall <= invitation->operation.expires) return true;
  }
  return false;
}

void Machine::dial_failed(const TransportKey& peer) {
  BackOff& back_off = back_off_[peer];
  back_off.wait = std::clamp(back_off.wait * 2, kFirstBackOff, kLastBackOff);
  back_off.until = world_.now + Millis(world_.net.below(static_cast<std::uint64_t>(back_off.wait.count())));
}

void Machine::look_around_at_once() {
  back_off_.clear();
  look_around();
}

void Machine::join(const Ticket& ticket) {
  ticket_ = ticket;
  joining_ = refused_ = false;
  look_around();
}

bool Machine::change_transport(TransportPair next) {
  const TransportKey stated = next.public_key;
  next_transport_ = std::move(next);  // kept first, as KeyChange does: a commit that failed may have been done all the same
  return ask([&](Node& node, Now at) { return node.state_transport(stated, at); });
}

// Once all have heard of it, as people do who ask round. What was stated may have been lost with the disk: then it is stated
// again.
bool Machine::use_next_transport() {
  if (!next_transport_ || network() == nullptr || world_.is_judged) return false;
  const Member* own = node_->self_in(*network());
  if (own == nullptr || own->removed) return false;
  const TransportKey next = next_transport_->public_key;
  if (own->transport != next) {
    ask([&](Node& node, Now at) { return node.state_transport(next, at); });
    return false;
  }
  const bool all_have_heard = std::all_of(world_.machines.begin(), world_.machines.end(), [&](const auto& other) {
    const Member* theirs = network()->membership.find(other->self());
    if (other.get() == this || !other->exists || other->lies || theirs == nullptr || theirs->removed) return true;
    const Member* known = other->network() != nullptr ? other->network()->membership.find(self()) : nullptr;
    return known != nullptr && known->transport == next;
  });
  if (!all_have_heard) return false;
  transport_ = std::move(*next_transport_);
  next_transport_.reset();
  die(Millis(500), false);
  return true;
}

void Machine::look_around() {
  if (!takes_links() || use_next_transport() || !takes_links()) return;
  if (ticket_ && network() == nullptr) {
    if (!joining_ || world_.now >= join_again_) {
      joining_ = true;
      join_again_ = world_.now + kJoinAgain;
      const Ticket ticket = *ticket_;
      turn([&](Node& node, Now at) {
        if (Status begun = node.begin_join(ticket, at); !begun) world_.fail("a join that cannot begin: " + begun.error().text);
      });
    }
    const TransportPair shown = ticket_transport_key(ticket_->seed);
    const ReachableMember& witness = ticket_->members[world_.net.below(ticket_->members.size())];
    world_.lines.dial(index_, witness.transport, shown.public_key);
    return;
  }
  std::map<Hash, const Member*> ranked;
  std::set<TransportKey> wanted;
  for (const auto& [id, network] : node_->ledger().networks()) {
    for (const auto& [key, member] : network.membership.members()) {
      if (member.removed || member.transport == transport()) continue;
      const auto [low, high] = std::minmax(transport(), member.transport);
      ranked[hash(Domain::Derived, {low.view(), high.view(), view_of("partner")})] = &member;
    }
    for (const ReachableMember& member : network.row.bootstrap) {
      if (network.trusts(member.transport) && network.membership.with_transport(member.transport).empty())
        wanted.insert(member.transport);
    }
  }
  std::size_t partners = wanted.size();
  for (const auto& [rank, member] : ranked) {
    if (partners++ >= kPartners) break;
    // As Dialer::keys_to_dial() does: it may still be behind its former key.
    const bool by_former = node_->ledger().networks().begin()->second.trusts(member->former);
    wanted.insert(member->transport);
    if (by_former && !world_.lines.is_linked(index_, member->transport)) wanted.insert(member->former);
  }
  for (const TransportKey& key : wanted) {
    const auto back_off = back_off_.find(key);
    if (key == transport() || world_.lines.is_linked(index_, key)) continue;
    if (back_off == back_off_.end() || back_off->second.until <= world_.now) world_.lines.dial(index_, key, transport());
  }
}

}  // namespace budstikke::sim
