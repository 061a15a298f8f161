#include "tests/support/net.h"

#include <algorithm>

#include "protocol/base/limits.h"
#include "protocol/node/place.h"

namespace budstikke::tests {
namespace {

constexpr std::uint8_t kNameField = 2;

std::string name_of(std::size_t machine) { return std::string(1, static_cast<char>('A' + machine)); }

bool tells_of_writes(const Message& message) {
  return std::holds_alternative<RunMessage>(message) || std::holds_alternative<PartMessage>(message) ||
         std::holds_alternative<VectorMessage>(message) || std::holds_alternative<SummaryMessage>(message) ||
         std::holds_alternative<Hello>(message) || std::holds_alternative<AdmittedMessage>(message) ||
         std::holds_alternative<ValuesMessage>(message) || std::holds_alternative<BucketsMessage>(message) ||
         std::holds_alternative<BucketMessage>(message) || std::holds_alternative<LevelMessage>(message) ||
         std::holds_alternative<ShortRunMessage>(message) || std::holds_alternative<HaveMessage>(message) ||
         std::holds_alternative<PruneMessage>(message) || std::holds_alternative<HoldersMessage>(message);
}

bool begins_a_run(const Message& message) {
  return std::holds_alternative<RunMessage>(message) || std::holds_alternative<ShortRunMessage>(message);
}

}  // namespace

// --- Machines --------------------------------------------------------------------------------------------------------

std::size_t Net::add() {
  const SigningKey identity = SigningKey::from_seed(random_.fixed<Seed>());
  machines_.push_back(std::unique_ptr<Machine>(
      new Machine{identity, TransportPair::from_secret(random_.fixed<Seed>()), random_.fixed<StoreId>(), {}, nullptr, {}}));
  start(*machines_.back());
  return machines_.size() - 1;
}

std::size_t Net::add_clone(std::size_t of, bool same_store) {
  const Machine& original = *machines_[of];
  const StoreId store = same_store ? original.store : random_.fixed<StoreId>();
  machines_.push_back(
      std::unique_ptr<Machine>(new Machine{original.identity, original.transport, store, original.storage, nullptr, {}}));
  start(*machines_.back());
  return machines_.size() - 1;
}

void Net::start(Machine& machine) {
  const SealingKey sealing = machine.sealing ? machine.sealing->public_key : SealingKey{};
  const NodeKeys keys{machine.identity, machine.transport.public_key, sealing};
  Result<std::unique_ptr<Node>> node = Node::load(machine.storage, keys, machine.store, random_.fixed<Seed>());
  require(node.ok(), "a node that does not load");
  machine.node = std::move(*node);
  machine.node->tick(now_of(machine));  // the first summaries, to nobody
}

const SealingPair& Net::give_sealing_key(std::size_t machine) {
  machines_[machine]->sealing = SealingPair::from_secret(random_.fixed<Seed>());
  crash(machine);
  process(machine);
  return *machines_[machine]->sealing;
}

void Net::put_back(std::size_t machine, const MemoryStorage& earlier, bool noticed) {
  unplug(machine);
  machines_[machine]->node.reset();
  machines_[machine]->storage = earlier;
  machines_[machine]->storage.crash();
  if (noticed) {
    require(storage(machine).put(Table::Meta, view_of(kRestoredKey), {}).ok(), "put");
    require(storage(machine).commit().ok(), "commit");
  }
  start(*machines_[machine]);
}

void Net::unplug(std::size_t machine) {
  for (Cable cable = 0; cable < cables_.size(); ++cable) {
    if (cables_[cable].ends[0].machine == machine || cables_[cable].ends[1].machine == machine) {
      for (End& end : cables_[cable].ends) end.knows_up = end.knows_up && end.machine != machine;
      cut(cable);
    }
  }
}

void Net::crash(std::size_t machine) {
  unplug(machine);
  machines_[machine]->node.reset();
  machines_[machine]->storage.crash();
  start(*machines_[machine]);
}

// --- Networks --------------------------------------------------------------------------------------------------------

Network& Net::network(std::size_t machine) {
  auto& networks = node(machine).ledger().networks();
  require(!networks.empty(), "the machine is in no network");
  return networks.begin()->second;
}

NetworkId Net::found(std::size_t machine, const std::string& label) {
  const Result<Node::Created> created = node(machine).create_network(label, now_of(machine));
  require(created.ok(), "a network that cannot be founded");
  process(machine);
  return created->network;
}

Ticket Net::invite(std::size_t inviter, Role role, const CouncilId& council, Millis valid) {
  const WallTime expires{now_of(inviter).wall.ms + valid.count()};
  std::vector<ReachableMember> reachable;
  for (std::size_t machine = 0; machine < std::min<std::size_t>(size(), 8); ++machine) {
    reachable.push_back({transport(machine), "a:7420"});
  }
  Result<Ticket> ticket = node(inviter).invite(network(inviter), role, council, expires, reachable, now_of(inviter));
  require(ticket.ok(), "an invitation that is not allowed");
  process(inviter);
  return *ticket;
}

void Net::join(std::size_t newcomer, const Ticket& ticket, std::size_t witness) {
  require(node(newcomer).begin_join(ticket, now_of(newcomer)).ok(), "a join that cannot begin");
  const Cable cable = connect_as(newcomer, witness, ticket_transport_key(ticket.seed).public_key);
  run();
  cut(cable);
  run();
}

std::size_t Net::add_member(std::size_t inviter, Role role, const CouncilId& council) {
  const std::size_t newcomer = add();
  join(newcomer, invite(inviter, role, council), inviter);
  const Cable cable = connect(newcomer, inviter);
  run();
  advance(Millis(500));
  cut(cable);
  return newcomer;
}

std::size_t Net::add_device(std::size_t of) { return add_member(of, Role::Council, node(of).self_in(network(of))->council); }

Net Net::region(std::size_t members, std::uint64_t seed) {
  Net net(seed);
  net.add();
  net.found(0);
  while (net.size() < members) net.add_member(0);
  for (std::size_t machine = 1; machine < members; ++machine) net.connect(machine, 0);
  require(net.converge(), "a region that does not converge");
  net.cut_all();
  net.transcript();
  net.sent_.clear();
  return net;
}

// --- Links -----------------------------------------------------------------------------------------------------------

Net::Cable Net::connect(std::size_t dialler, std::size_t listener) { return connect_as(dialler, listener, transport(dialler)); }

Net::Cable Net::connect_as(std::size_t dialler, std::size_t listener, const TransportKey& shown) {
  Wire wire;
  wire.ends[0] = {dialler, LinkId{next_link_++}, {}, 0, true};
  wire.ends[1] = {listener, LinkId{next_link_++}, {}, 0, true};
  cables_.push_back(std::move(wire));
  const Cable number = cables_.size() - 1;
  const LinkId links[2] = {cables_[number].ends[0].link, cables_[number].ends[1].link};
  node(listener).link_up(links[1], shown, false, now_of(listener));
  process(listener);
  if (cables_[number].up) node(dialler).link_up(links[0], transport(listener), true, now_of(dialler));
  process(dialler);
  return number;
}

Net::Cable Net::attach(std::size_t listener, const TransportKey& shown) {
  Wire wire;
  wire.ends[0] = {listener, LinkId{}, {}, 0, false};
  wire.ends[1] = {listener, LinkId{next_link_++}, {}, 0, true};
  const LinkId link = wire.ends[1].link;
  cables_.push_back(std::move(wire));
  node(listener).link_up(link, shown, false, now_of(listener));
  process(listener);
  return cables_.size() - 1;
}

void Net::cut(Cable number) {
  cables_[number].up = false;
  for (std::size_t i = 0; i < 2; ++i) {
    End& end = cables_[number].ends[i];
    end.inbox.clear();
    const std::size_t machine = end.machine;
    if (!std::exchange(end.knows_up, false) || is_dead(machine)) continue;
    node(machine).link_down(end.link, now_of(machine));
    process(machine);
  }
}

void Net::renew_store(std::size_t machine) {
  machines_[machine]->store = random_.fixed<StoreId>();
  crash(machine);
}

void Net::cut_all() {
  for (Cable cable = 0; cable < cables_.size(); ++cable) cut(cable);
}

std::pair<Net::Wire*, std::size_t> Net::find(std::size_t machine, LinkId link) {
  for (Wire& cable : cables_) {
    for (std::size_t end = 0; end < 2; ++end) {
      if (cable.ends[end].link == link && cable.ends[end].machine == machine) return {&cable, end};
    }
  }
  fail_hard("a frame for a link that never was");
}

// --- Effects ---------------------------------------------------------------------------------------------------------

void Net::process(std::size_t machine) {
  collect(machine);
  while (!is_dead(machine) && node(machine).wants_commit(now_of(machine))) {
    if (!node(machine).commit(now_of(machine))) {  // the process stops: nothing it had not sent yet leaves it
      machines_[machine]->node.reset();
      for (Cable cable = 0; cable < cables_.size(); ++cable) {
        if (cables_[cable].ends[0].machine == machine || cables_[cable].ends[1].machine == machine) cut(cable);
      }
      return;
    }
    collect(machine);
  }
}

void Net::collect(std::size_t machine) {
  if (is_dead(machine)) return;
  Effects effects = node(machine).take_effects();
  if (effects.fatal) {
    machines_[machine]->node.reset();
    drops_.push_back(name_of(machine) + ": fatal: " + effects.fatal->text);
    return;
  }
  for (SendFrame& frame : effects.send) send(machine, frame.link, std::move(frame.frame));
  for (const DropLink& drop : effects.drop) {
    drops_.push_back(name_of(machine) + ": " + drop.reason);
    close(machine, drop.link);
  }
  std::vector<Event>& events = machines_[machine]->events;
  events.insert(events.end(), effects.tell.begin(), effects.tell.end());
}

void Net::send(std::size_t machine, LinkId link, Bytes frame) {
  Result<Message> message = decode(frame);
  require(message.ok(), "a node sent a frame that is no message");
  if (tells_of_writes(*message)) require(!storage(machine).has_uncommitted(), "told of a write before it was durable");
  auto [cable, end] = find(machine, link);
  if (!cable->up || (cable->passes && !cable->passes(machine, *message))) return;
  End& other = cable->ends[1 - end];
  cable->bytes += frame.size();
  if (begins_a_run(*message) || std::holds_alternative<PartMessage>(*message)) {
    std::int64_t& open = cable->ends[end].unacknowledged;
    if (begins_a_run(*message)) require(open < kLinkCreditBytes, "a run was begun without credit");
    open += static_cast<std::int64_t>(frame.size());
  }
  const std::string line = describe(frame);
  transcript_ += name_of(machine) + '>' + name_of(other.machine) + ' ' + line + '\n';
  ++sent_[line];
  fingerprint_ = hash(Domain::Derived, {fingerprint_.view(), View(frame)});
  other.inbox.push_back({++order_, std::move(frame)});
}

void Net::close(std::size_t machine, LinkId link) {
  auto [cable, end] = find(machine, link);
  cable->ends[end].knows_up = false;
  cable->ends[end].inbox.clear();
  cable->ends[1 - end].inbox.push_back({++order_, {}});
}

// --- Time and delivery -----------------------------------------------------------------------------------------------

void Net::deliver(Cable number, std::size_t at) {
  End& end = cables_[number].ends[at];
  InFlight next = std::move(end.inbox.front());
  end.inbox.pop_front();
  if (next.frame.empty()) return cut(number);
  ++delivered_;
  const std::size_t machine = end.machine;
  if (!end.knows_up || is_dead(machine)) return;
  if (Result<Message> message = decode(next.frame); message && std::holds_alternative<CreditMessage>(*message)) {
    end.unacknowledged -= std::get<CreditMessage>(*message).bytes;
  }
  node(machine).frame(end.link, std::move(next.frame), now_of(machine));
  process(machine);
}

void Net::inject(Cable cable, std::size_t to, Bytes frame) {
  for (End& end : cables_[cable].ends) {
    if (end.machine == to && end.link) end.inbox.push_back({++order_, std::move(frame)});
  }
}

bool Net::step() {
  std::vector<std::pair<Cable, std::size_t>> waiting;
  std::uint64_t first = UINT64_MAX;
  for (Cable cable = 0; cable < cables_.size(); ++cable) {
    for (std::size_t end = 0; end < 2; ++end) {
      const std::deque<InFlight>& inbox = cables_[cable].ends[end].inbox;
      if (inbox.empty() || cables_[cable].held) continue;
      if (shuffled_) {
        waiting.push_back({cable, end});
      } else if (inbox.front().order < first) {
        first = inbox.front().order;
        waiting.assign(1, {cable, end});
      }
    }
  }
  if (waiting.empty()) return false;
  const auto [cable, end] = waiting[random_.below(waiting.size())];
  deliver(cable, end);
  return true;
}

void Net::run() {
  for (int steps = 0; step(); ++steps) require(steps < 2'000'000, "frames without end");
}

void Net::advance(Millis time) {
  const Instant end = now_.steady + time;
  for (;;) {
    run();
    Instant next = end;
    for (std::size_t machine = 0; machine < size(); ++machine) {
      if (!is_dead(machine)) next = std::min(next, std::max(node(machine).deadline(now_of(machine)), now_.steady + Millis(1)));
    }
    now_.wall.ms += (next - now_.steady).count();
    now_.steady = next;
    for (std::size_t machine = 0; machine < size(); ++machine) {
      if (is_dead(machine)) continue;
      node(machine).tick(now_of(machine));
      process(machine);
    }
    if (now_.steady >= end) break;
  }
  run();
}

bool Net::converge(Millis within) {
  const Instant end = now_.steady + within;
  for (run(); !agree(); advance(Millis(100))) {
    if (now_.steady >= end) return false;
  }
  return true;
}

bool Net::agree() {
  std::optional<NetworkSummary> first;
  for (std::size_t machine = 0; machine < size(); ++machine) {
    if (is_dead(machine) || node(machine).ledger().networks().empty()) continue;
    const NetworkSummary summary = node(machine).summary_of(network(machine));
    if (node(machine).ledger().has_uncommitted() || network(machine).missing != 0) return false;
    if (first && *first != summary) return false;
    first = summary;
  }
  return first.has_value();
}

// --- Records ---------------------------------------------------------------------------------------------------------

RecordKey Net::write(std::size_t machine, const std::string& name) {
  const Member* own = node(machine).self_in(network(machine));
  require(own != nullptr, "only a member writes");
  const RecordKey record{own->council, static_cast<std::uint8_t>(Kind::Contact), random_.fixed<Nonce>()};
  edit(machine, record, name);
  return record;
}

void Net::edit(std::size_t machine, const RecordKey& key, const std::string& name) {
  Ledger& ledger = node(machine).ledger();
  std::optional<RecordView> view;
  Result<std::optional<RecordNumber>> number = ledger.find_record(network(machine), id_of(key));
  require(number.ok(), "find_record");
  if (*number) {
    Result<std::optional<RecordState>> state = ledger.record(**number);
    require(state.ok() && state->has_value(), "record");
    Result<RecordView> made = ledger.view(**state);
    require(made.ok(), "view");
    view = *made;
  }
  ChangeBuilder builder(key, view ? &*view : nullptr);
  builder.write(kNameField, Value(name));
  const ChangeBytes change = builder.finish(random_.fixed<Salt>());
  require(node(machine).write(network(machine), {&change, 1}, now_of(machine)).ok(), "a write that is refused");
  process(machine);
}

void Net::write_as_newer(std::size_t machine, const ChangeBytes& change) {
  Ledger& ledger = node(machine).ledger();
  const LogId id{node(machine).self(), Incarnation{77}, LogClass::Data};
  Result<Log*> log = ledger.open_log(network(machine), id);
  require(log.ok(), "open_log");
  Ledger::Place place;
  if (!(*log)->row.tips.empty()) place = {(*log)->row.tips.back().head, (*log)->row.tips.back().number};
  Result<Bytes> body = encode_body(place.head, LogClass::Data, now_of(machine).wall, {&change, 1});
  require(body.ok(), "a change that does not fit");
  EntryView entry;
  ByteReader reader(*body);
  require(parse_entry(reader, LogClass::Data, entry).ok(), "a change that is none");
  entry.body = *body;
  Result<Head> head = extend(network(machine).row.id, id, place.head, entry);
  require(head.ok(), "an entry that does not follow");
  const Signature signature = identity(machine).sign(Purpose::Entry, head->id);
  require(ledger.append(network(machine), **log, place, *head, entry, signature).ok(), "append");
  process(machine);
}

std::vector<std::string> Net::names(std::size_t machine, const RecordKey& key) {
  Ledger& ledger = node(machine).ledger();
  Result<std::optional<RecordNumber>> number = ledger.find_record(network(machine), id_of(key));
  require(number.ok(), "find_record");
  if (!*number) return {};
  Result<std::optional<RecordState>> state = ledger.record(**number);
  require(state.ok() && state->has_value(), "record");
  Result<RecordView> view = ledger.view(**state);
  require(view.ok(), "view");
  std::vector<std::string> names;
  for (const Value& value : view->distinct(kNameField)) names.push_back(*value.if_text());
  return names;
}

// --- What happened ---------------------------------------------------------------------------------------------------

std::size_t Net::frames(std::string_view start) const {
  std::size_t count = 0;
  for (const auto& [line, times] : sent_) count += line.starts_with(start) ? times : 0;
  return count;
}

std::size_t Net::events(std::size_t machine, EventKind kind) const {
  const std::vector<Event>& events = machines_[machine]->events;
  return static_cast<std::size_t>(
      std::count_if(events.begin(), events.end(), [&](const Event& event) { return event.kind == kind; }));
}

std::vector<std::string> Net::details(std::size_t machine, EventKind kind) const {
  std::vector<std::string> details;
  for (const Event& event : machines_[machine]->events) {
    if (event.kind == kind) details.push_back(event.detail);
  }
  return details;
}

bool agree(Net& net, std::size_t a, std::size_t b) {
  return net.node(a).summary_of(net.network(a)) == net.node(b).summary_of(net.network(b));
}

}  // namespace budstikke::tests
