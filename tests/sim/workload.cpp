#include "tests/sim/workload.h"

#include <algorithm>

#include "protocol/base/text.h"
#include "protocol/records/erasure.h"
#include "protocol/records/file.h"
#include "tests/sim/world.h"

namespace budstikke::sim {
namespace {

constexpr std::int64_t kTicketYears = 40;  // clocks may be years off
constexpr Kind kKinds[] = {Kind::Contact, Kind::Initiative, Kind::Event, Kind::Announcement,
                           Kind::Hearing, Kind::Document,   Kind::Plan};

const Field* field_of(Random& random, const KindInfo& kind, std::initializer_list<FieldClass> classes) {
  std::vector<const Field*> fitting;
  for (const Field& field : kind.fields) {
    if (std::find(classes.begin(), classes.end(), field.field_class) != classes.end()) fitting.push_back(&field);
  }
  return fitting.empty() ? nullptr : fitting[random.below(fitting.size())];
}

}  // namespace

// --- Beginning -------------------------------------------------------------------------------------------------------

Ticket Workload::ticket_from(Machine& inviter, Role role, const CouncilId& council) {
  std::vector<ReachableMember> reachable{{inviter.transport(), "a:7420"}};
  for (const auto& machine : world_.machines) {
    if (reachable.size() == 8 || machine.get() == &inviter || !machine->listens || machine->network() == nullptr) continue;
    reachable.push_back({machine->transport(), "a:7420"});
  }
  std::optional<Ticket> ticket;
  inviter.ask([&](Node& node, Now now) -> Status {
    const WallTime expires{now.wall.ms + kTicketYears * 365 * 86'400'000};
    Result<Ticket> made = node.invite(*inviter.network(), role, council, expires, reachable, now);
    if (!made) return made.error();
    ticket = std::move(*made);
    return done();
  });
  return ticket.value_or(Ticket{});
}

void Workload::found() {
  for (std::size_t i = 0; i < world_.plan.machines; ++i) world_.add_machine();
  Machine& founder = *world_.machines.front();
  const bool founded = founder.ask([&](Node& node, Now now) -> Status {
    Result<Node::Created> created = node.create_network("Region", now);
    if (!created) return created.error();
    paper_ = created->recovery;
    return done();
  });
  require(founded, "a network that cannot be founded");
  constexpr Role kRoles[] = {Role::Council, Role::Council, Role::National, Role::Coordinator, Role::Council, Role::Reader};
  for (std::size_t i = 1; i < world_.plan.machines; ++i) {
    Machine& newcomer = *world_.machines[i];
    newcomer.join(ticket_from(founder, kRoles[(i - 1) % std::size(kRoles)], {}));
    for (int seconds = 0; seconds < 120; ++seconds) {
      world_.run_for(std::chrono::seconds(1));
      if (newcomer.network() != nullptr && newcomer.node().self_in(*newcomer.network()) != nullptr) break;
    }
  }
}

// --- Deeds -----------------------------------------------------------------------------------------------------------

std::string marked_text(Random& random) {
  return std::string(kTextMark) + base32_of(random.fixed<Nonce>().view()).substr(0, kTextMarkBytes - kTextMark.size());
}

Random& Workload::people() const { return world_.people; }

Salt marked_salt(Random& random) {
  Salt salt = random.fixed<Salt>();
  std::copy(std::begin(kSaltMark), std::end(kSaltMark), salt.bytes.begin());
  return salt;
}

RecordKey Workload::known_record() {  // mostly a recent one, so that people meet
  const std::size_t recent = std::min<std::size_t>(records_.size(), 6);
  const bool is_recent = world_.people.below(3) != 0;
  const std::size_t back = world_.people.below(is_recent ? recent : records_.size());
  return records_[records_.size() - 1 - back];
}

void Workload::one_deed() {
  std::vector<Machine*> on;
  for (const auto& machine : world_.machines) {
    if (machine->is_up() && machine->network() != nullptr && machine->node().self_in(*machine->network()) != nullptr)
      on.push_back(machine.get());
  }
  if (on.empty()) return;
  Machine& machine = *on[world_.people.below(on.size())];
  std::uint64_t all = 0;
  for (std::uint32_t weight : world_.plan.deeds) all += weight;
  std::uint64_t pick = world_.people.below(all);
  std::size_t deed = 0;
  while (pick >= world_.plan.deeds[deed]) pick -= world_.plan.deeds[deed++];
  if (do_deed(static_cast<Deed>(deed), machine)) {
    ++acknowledged_;
    ++done_[deed];
  } else {
    ++refused_;
  }
}

bool Workload::do_deed(Deed deed, Machine& machine) {
  if (deed == Deed::Create || (records_.empty() && deed < Deed::Invite)) return create(machine);
  switch (deed) {
    case Deed::Burst:
      return burst(machine);
    case Deed::Erase:
      return erase(machine);
    case Deed::Redact:
      return redact(machine);
    case Deed::Invite:
      return invite(machine);
    case Deed::ShutOut:
      return shut_out(machine);
    case Deed::Readmit:
      return readmit(machine);
    case Deed::Rebuild:
      return machine.ask([](Node& node, Now now) { return node.rebuild(now); });
    case Deed::Leave:
      return leave(machine);
    case Deed::GiveRole:
      return give_role(machine);
    case Deed::Recover:
      return recover(machine);
    case Deed::NewTransport:
      return new_transport(machine);
    case Deed::Attach:
      return attach(machine);
    default:
      return edit(machine, deed);
  }
}

std::optional<RecordView> Workload::view(Machine& machine, const RecordKey& key) const {
  const Ledger& ledger = machine.node().ledger();
  const Result<std::optional<RecordNumber>> number = ledger.find_record(*machine.network(), id_of(key));
  if (!number || !*number) return std::nullopt;
  const Result<std::optional<RecordState>> state = ledger.record(**number);
  if (!state || !*state) return std::nullopt;
  const Result<RecordView> view = ledger.view(**state);
  return view ? std::optional(*view) : std::nullopt;
}

bool Workload::write(Machine& machine, const RecordKey& key, const std::function<void(ChangeBuilder&)>& build) {
  const std::optional<RecordView> now_there = view(machine, key);
  ChangeBuilder builder(key, now_there ? &*now_there : nullptr);
  build(builder);
  if (builder.empty()) return false;
  const ChangeBytes change = builder.finish(salt());
  return machine.ask([&](Node& node, Now now) { return node.write(*machine.network(), {&change, 1}, now); });
}

bool Workload::write(Machine& machine, const Skeleton& skeleton) {
  const ChangeBytes change{encode(skeleton), encode_values(salt(), {Value()})};
  return machine.ask([&](Node& node, Now now) { return node.write(*machine.network(), {&change, 1}, now); });
}

bool Workload::create(Machine& machine) {
  Random& people = world_.people;
  const CouncilId own = machine.node().self_in(*machine.network())->council;
  const Kind kind = kKinds[people.below(std::size(kKinds))];
  RecordKey key{own, static_cast<std::uint8_t>(kind), people.fixed<Nonce>()};
  if (people.below(8) == 0) key = {own, static_cast<std::uint8_t>(Kind::Council), Nonce{}};
  const KindInfo& info = *find_kind(static_cast<Kind>(key.kind));
  const bool written = write(machine, key, [&](ChangeBuilder& builder) {
    for (std::uint64_t fields = 1 + people.below(3); fields > 0; --fields) {
      if (const Field* field = field_of(people, info, {FieldClass::Register})) builder.write(field->number, Value(text()));
    }
    if (info.shareable && people.below(2) == 0) builder.flag(kSharedField, true);
  });
  if (written) records_.push_back(key);
  return written;
}

bool Workload::edit(Machine& machine, Deed deed) {
  Random& people = world_.people;
  const RecordKey key = known_record();
  const CouncilId own = machine.node().self_in(*machine.network())->council;
  const KindInfo& kind = *find_kind(static_cast<Kind>(key.kind));
  return write(machine, key, [&](ChangeBuilder& builder) {
    if (deed == Deed::Remove) return builder.remove();
    if (deed == Deed::Restore) return builder.restore();
    if (deed == Deed::Share) return builder.flag(kSharedField, people.below(3) != 0);
    if (deed == Deed::Collect) {
      const Field* field = field_of(people, kind, {FieldClass::Set});
      if (field == nullptr) return;
      const std::optional<RecordView> there = view(machine, key);
      const std::vector<Value> elements = there ? there->distinct(field->number) : std::vector<Value>{};
      if (!elements.empty() && people.below(2) == 0) return builder.take(field->number, elements[people.below(elements.size())]);
      return builder.add(field->number, Value(text()));
    }
    if (deed == Deed::Say) {
      const Field* field = field_of(people, kind, {FieldClass::Comments, FieldClass::Answers});
      if (field == nullptr) return;
      if (field->field_class == FieldClass::Answers) return builder.answer(field->number, Value(text()), own);
      return builder.comment(field->number, Value(text()));
    }
    if (const Field* field = field_of(people, kind, {FieldClass::Register})) builder.write(field->number, Value(text()));
  });
}

// Many entries at once, so that there are checkpoints; or a few large ones, so that runs fill several frames.
bool Workload::burst(Machine& machine) {
  Random& people = world_.people;
  const CouncilId own = machine.node().self_in(*machine.network())->council;
  const bool large = people.below(2) == 0;
  const std::uint64_t count = large ? 2 + people.below(12) : 20 + people.below(people.below(4) == 0 ? 280 : 40);
  RecordKey key{own, static_cast<std::uint8_t>(Kind::Contact), people.fixed<Nonce>()};
  const bool stored = machine.ask([&](Node& node, Now now) -> Status {
    for (std::uint64_t i = 0; i < count; ++i) {
      if (people.below(4) == 0) key.nonce = people.fixed<Nonce>();
      ChangeBuilder builder(key, nullptr);
      builder.write(2, Value(text() + (large ? std::string(5'000 + people.below(15'000), 'x') : std::string())));
      const ChangeBytes change = builder.finish(salt());
      if (Status written = node.write(*machine.network(), {&change, 1}, now); !written) return written;
    }
    return done();
  });
  if (stored) records_.push_back(key);
  return stored;
}

// Chunks of one part of a file, as many as a frame of values holds or more.
bool Workload::attach(Machine& machine) {
  Random& people = world_.people;
  const CouncilId own = machine.node().self_in(*machine.network())->council;
  const RecordKey part{own, static_cast<std::uint8_t>(Kind::File), people.fixed<Nonce>()};
  const std::uint64_t count = 1 + people.below(6);
  const bool stored = machine.ask([&](Node& node, Now now) -> Status {
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::string content = text() + std::string(people.below(2) == 0 ? 20'000 : 10, 'x');
      const ChangeBytes change = chunk_change(part, {i, bytes_of(view_of(content))}, salt());
      if (Status written = node.write(*machine.network(), {&change, 1}, now); !written) return written;
    }
    return done();
  });
  if (stored) records_.push_back(part);
  return stored;
}

bool Workload::erase(Machine& machine) {
  const RecordKey key = known_record();
  if (key.kind == static_cast<std::uint8_t>(Kind::Council)) return false;  // a member's own record is needed
  const std::uint8_t when = world_.people.below(2) == 0 ? kEraseAtOnce : kEraseLater;
  return write(machine, Skeleton{key, {{when, OperationClass::Erase}}});
}

bool Workload::redact(Machine& machine) {
  const RecordKey key = known_record();
  const std::optional<RecordView> there = view(machine, key);
  if (!there) return false;
  std::vector<OperationId> changes;
  for (const auto& [field, candidates] : there->values) {
    for (const Candidate& candidate : candidates) changes.push_back({candidate.id.entry, candidate.id.change, 0});
  }
  if (changes.empty()) return false;
  const OperationId change = changes[world_.people.below(changes.size())];
  const std::uint8_t when = world_.people.below(2) == 0 ? kEraseAtOnce : kEraseLater;
  return write(machine, Skeleton{key, {{when, OperationClass::Redact, {change}}}});
}

// --- Members ---------------------------------------------------------------------------------------------------------

bool Workload::invite(Machine& machine) {
  Random& people = world_.people;
  if (world_.machines.size() >= world_.plan.machines_max) return false;
  const Member own = *machine.node().self_in(*machine.network());
  if (own.role == Role::Reader || own.removed) return false;
  constexpr Role kRoles[] = {Role::Council, Role::Council, Role::National, Role::Coordinator, Role::Reader};
  const bool further = own.role != Role::Coordinator || people.below(3) == 0;
  const Role role = further ? own.role : kRoles[people.below(std::size(kRoles))];
  const Ticket ticket = ticket_from(machine, role, further ? own.council : CouncilId{});
  if (ticket.members.empty()) return false;  // it was not durable
  world_.add_machine().join(ticket);
  return true;
}

// Whether those who are left without it have nobody to dial. Of two with one key, nobody can choose whom it reaches.
bool Workload::is_needed(const MemberKey& going) const {
  std::map<MemberKey, std::size_t> listeners;
  for (const auto& machine : world_.machines) {
    const Network* network = machine->network();
    const Member* self = network != nullptr ? network->membership.find(machine->self()) : nullptr;
    const bool is_member = self != nullptr && !self->removed;
    const bool stays = machine->self() != going;
    if (machine->exists && machine->listens && !machine->lies && is_member && stays) ++listeners[machine->self()];
  }
  return std::count_if(listeners.begin(), listeners.end(), [](const auto& one) { return one.second == 1; }) < 2;
}

// Never so many that those who are left are few, or the world would end in machines that nobody listens to.
bool Workload::shut_out(Machine& machine) {
  std::vector<MemberKey> keys;
  std::size_t removed = 0;
  for (const auto& [key, member] : machine.network()->membership.members()) {
    removed += member.removed ? 1 : 0;
    if (!member.removed && key != machine.self() && member.depth > 0) keys.push_back(key);
  }
  if (keys.empty() || removed * 3 >= keys.size()) return false;
  const MemberKey key = keys[world_.people.below(keys.size())];
  if (is_needed(key)) return false;
  return machine.ask([&](Node& node, Now now) { return node.remove_member(*machine.network(), key, now); });
}

bool Workload::readmit(Machine& machine) {
  const auto& removals = machine.network()->membership.removals();
  if (removals.empty()) return false;
  auto removal = removals.begin();
  std::advance(removal, static_cast<std::ptrdiff_t>(world_.people.below(removals.size())));
  const OperationId id = removal->first;
  return machine.ask([&](Node& node, Now now) { return node.readmit(*machine.network(), id, now); });
}

// As few may leave as may be shut out, also where they have not heard of each other; never the last who lets others in, and never
// so that those who are left have nobody to dial.
bool Workload::leave(Machine& machine) {
  const auto out = static_cast<std::size_t>(std::count_if(world_.machines.begin(), world_.machines.end(), [](const auto& one) {
    const Network* network = one->network();
    const Member* self = network != nullptr ? network->membership.find(one->self()) : nullptr;
    return network != nullptr && (self == nullptr || self->removed);
  }));
  std::size_t left = 0;
  for (const auto& [key, member] : machine.network()->membership.members()) left += member.removed ? 0 : 1;
  if (left <= 2 || out * 3 >= left || machine.node().is_last_coordinator(*machine.network())) return false;
  if (is_needed(machine.self())) return false;
  return machine.ask([&](Node& node, Now now) { return node.leave(*machine.network(), now); });
}

bool Workload::give_role(Machine& machine) {
  constexpr Millis kLongest = std::chrono::hours(72);
  const std::map<MemberKey, Member>& members = machine.network()->membership.members();
  auto member = members.begin();
  std::advance(member, static_cast<std::ptrdiff_t>(people().below(members.size())));
  const MemberKey key = member->first;
  constexpr Role kRoles[] = {Role::Coordinator, Role::Council, Role::Council, Role::National, Role::Reader};
  const Role role = kRoles[people().below(std::size(kRoles))];
  const bool ends = people().below(4) == 0;
  const auto lasts = static_cast<std::int64_t>(people().below(static_cast<std::uint64_t>(kLongest.count())));
  return machine.ask([&](Node& node, Now now) {
    const WallTime until = ends ? WallTime{now.wall.ms + 1 + lasts} : WallTime{};
    return node.give_role(*machine.network(), key, role, until, now);
  });
}

// Whoever has the paper types it in; some hand the text on to somebody whom the news may not reach.
bool Workload::recover(Machine& machine) {
  constexpr std::uint64_t kMostRecoveries = 3;
  if (machine.lies || done_[static_cast<std::size_t>(Deed::Recover)] >= kMostRecoveries) return false;
  const bool recovered = machine.ask([&](Node& node, Now now) { return node.recover(*machine.network(), paper_, now); });
  if (!recovered) return false;
  const std::optional<RecoverOperation> text = machine.node().recovery_of(*machine.network(), machine.self());
  Machine& other = *world_.machines[people().below(world_.machines.size())];
  if (text && people().below(2) == 0 && other.network() != nullptr && !other.lies) {
    other.ask([&](Node& node, Now now) { return node.take_recovery(*other.network(), *text, now); });
  }
  return true;
}

// One after the other. Not of a key that two machines have: the other one would be shut out by it, as a thief's machine is meant
// to be.
bool Workload::new_transport(Machine& machine) {
  if (machine.lies) return false;
  const bool is_time = std::none_of(world_.machines.begin(), world_.machines.end(), [&](const auto& other) {
    const bool is_copy = other->exists && other.get() != &machine && other->self() == machine.self();
    return is_copy || other->changes_transport();
  });
  if (!is_time) return false;
  return machine.change_transport(TransportPair::from_secret(people().fixed<Seed>()));
}

}  // namespace budstikke::sim
