// What a liar signs, in logs that its node did not begin.
#include "tests/sim/liar.h"
#include "tests/sim/workload.h"
#include "tests/sim/world.h"

namespace budstikke::sim {
namespace {

constexpr std::int64_t kYearsMs = 365LL * 86'400'000;

}  // namespace

// The newest of its logs of this class that has room, or another one.
Liar::OwnLog& Liar::own_log(LogClass log_class) {
  for (OwnLog& log : logs_) {
    if (log.log_class == log_class && log.branches.back().tip().seq.value < kMostEntries) return log;
  }
  logs_.push_back({log_class, {}});
  logs_.back().branches.emplace_back(network()->row.id, machine_.identity(), log_class, random_.u64());
  return logs_.back();
}

void Liar::append(tests::Author& branch, WallTime stamp, const std::vector<ChangeBytes>& changes) {
  branch.clock = std::max(stamp, branch.head(branch.tip().seq.value).stamp);
  branch.append(changes);
}

// A branch to each of those who are linked, at random.
void Liar::show(const OwnLog& log) {
  for (const Lines::Peer& peer : peers()) {
    if (random_.below(3) == 0) continue;
    tests::Author branch = log.branches[random_.below(log.branches.size())];
    for (const Message& message : branch.run(1, branch.tip().seq.value)) send(peer.link, message);
  }
}

std::vector<ChangeBytes> Liar::changes_for(LogClass log_class) {
  if (log_class == LogClass::Data) return seen_changes();
  if (random_.below(2) == 0) return {{encode(MembershipOperation(SealOperation{random_.fixed<SealingKey>()})), {}}};
  InviteOperation invite;
  invite.ticket = random_.fixed<MemberKey>();
  invite.ticket_transport = random_.fixed<TransportKey>();
  invite.role = static_cast<Role>(1 + random_.below(4));
  if (const Member* own = network()->membership.find(key()); own != nullptr && random_.below(2) == 0)
    invite.council = own->council;
  invite.expires = WallTime{machine_.now().wall.ms + kYearsMs};
  return {{encode(MembershipOperation(invite)), {}}};
}

// As an honest member might write them, with marks by which they are found on any disk.
std::vector<ChangeBytes> Liar::seen_changes() {
  Skeleton skeleton;
  skeleton.record = {council_of(key()), static_cast<std::uint8_t>(Kind::Contact), random_.fixed<Nonce>()};
  skeleton.operations.push_back({2, OperationClass::Write});
  const Salt salt = marked_salt(random_);
  const std::string text = marked_text(random_);
  return {{encode(skeleton), encode_values(salt, {Value(text)})}};
}

// Two branches of one log or more, each of them shown to somebody.
void Liar::fork() {
  OwnLog& log = own_log(random_.below(3) == 0 ? LogClass::Membership : LogClass::Data);
  for (std::uint64_t more = 1 + random_.below(random_.below(4) == 0 ? 12 : 2); more > 0; --more) {
    if (log.branches.size() < kMostBranches) log.branches.push_back(log.branches[random_.below(log.branches.size())]);
  }
  for (tests::Author& branch : log.branches) append(branch, machine_.now().wall, changes_for(log.log_class));
  show(log);
  told(Fault::LieFork, " of a log with " + std::to_string(log.branches.size()) + " branches");
}

void Liar::write_future() {
  OwnLog& log = own_log(random_.below(4) == 0 ? LogClass::Membership : LogClass::Data);
  const std::int64_t far = INT64_MAX - static_cast<std::int64_t>(random_.below(1'000));
  const std::int64_t near = machine_.now().wall.ms + static_cast<std::int64_t>(random_.below(300)) * kYearsMs;
  tests::Author& branch = log.branches[random_.below(log.branches.size())];
  append(branch, WallTime{random_.below(2) == 0 ? far : near}, changes_for(log.log_class));
  show(log);
  told(Fault::LieFuture);
}

// --- What it has no right to -----------------------------------------------------------------------------------------

// An operation on a record that is here, of any class and on anything; or something that is hardly an operation.
ChangeBytes Liar::wild_change() {
  Skeleton skeleton;
  skeleton.record = {council_of(key()), static_cast<std::uint8_t>(random_.below(12)), random_.fixed<Nonce>()};
  std::vector<OperationId> known{{random_.fixed<EntryPrefix>(), 0, 0}};
  const auto& held = machine_.disk().held();
  for (int tries = 0; tries < 4 && !held.empty(); ++tries) {
    auto at = held.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(random_.below(held.size())));
    const std::optional<Bytes> payload = machine_.disk().entry(at->first);
    const Result<EntryRow> row = payload ? parse_entry_row(*payload) : Error{Code::NotFound, "damaged"};
    EntryView entry;
    if (!row || !parse_stored_entry(row->body, LogClass::Data, entry)) continue;
    const std::uint64_t change = random_.below(entry.changes.size());
    const Result<Skeleton> there = parse_skeleton(entry.changes[change].skeleton);
    if (!there) continue;
    skeleton.record = there->record;
    for (std::size_t i = 0; i < there->operations.size(); ++i) {
      known.push_back({prefix_of(row->id), static_cast<std::uint8_t>(change), static_cast<std::uint8_t>(i)});
    }
  }
  constexpr std::uint8_t kSomeFields[] = {0, 1, 2, 3, 5, 7, 8, 14, 15, 77};
  Value::Array values;
  for (std::uint64_t operations = 1 + random_.below(4); operations > 0; --operations) {
    Operation operation{kSomeFields[random_.below(std::size(kSomeFields))],
                        static_cast<OperationClass>(random_.below(8) == 0 ? 100 : 1 + random_.below(kOperationClasses))};
    for (std::uint64_t names = random_.below(4); names > 0; --names)
      operation.overwrites.push_back(known[random_.below(known.size())]);
    skeleton.operations.push_back(std::move(operation));
    values.push_back(random_.below(3) == 0 ? Value() : Value("untrue"));
  }
  Bytes bytes = encode_values(random_.fixed<Salt>(), values);
  if (random_.below(6) == 0) random_.fill(std::span(bytes).subspan(Salt::kSize));  // not canonical: it loses its values
  return {encode(skeleton), std::move(bytes)};
}

void Liar::write_wild() {
  OwnLog& log = own_log(LogClass::Data);
  std::vector<ChangeBytes> changes;
  for (std::uint64_t more = 1 + random_.below(4); more > 0; --more) {
    ChangeBytes change = wild_change();
    if (is_skeleton(change.skeleton)) changes.push_back(std::move(change));
  }
  if (changes.empty()) return;
  append(log.branches[random_.below(log.branches.size())], machine_.now().wall, changes);
  show(log);
  told(Fault::LieRight);
}

// --- Tickets ---------------------------------------------------------------------------------------------------------

// Invites one, and gives the ticket to two: one is let in by the liar itself, the other by whoever else is there.
void Liar::share_ticket() {
  const Member* own = network()->membership.find(key());
  if (shared_ticket_ || own == nullptr || own->removed || own->role == Role::Reader) return;
  const Role role = own->role;
  const CouncilId council = role == Role::Coordinator ? CouncilId{} : own->council;
  const std::vector<ReachableMember> itself{{machine_.transport(), "a:7420"}};
  std::vector<ReachableMember> others;
  for (const auto& machine : world_.machines) {
    if (machine->lies || !machine->listens || machine->network() == nullptr || others.size() == 8) continue;
    others.push_back({machine->transport(), "a:7420"});
  }
  if (others.empty()) return;
  std::optional<Ticket> ticket;
  const bool invited = machine_.ask([&](Node& node, Now now) -> Status {
    const WallTime expires{now.wall.ms + 40 * kYearsMs};
    Result<Ticket> made = node.invite(*node.ledger().find_network(network()->row.id), role, council, expires, itself, now);
    if (!made) return made.error();
    ticket = std::move(*made);
    return done();
  });
  if (!invited || !ticket) return;
  shared_ticket_ = true;
  for (const std::vector<ReachableMember>& witnesses : {itself, others}) {
    ticket->members = witnesses;
    world_.add_machine().join(*ticket);
  }
  told(Fault::LieTicket);
}

}  // namespace budstikke::sim
