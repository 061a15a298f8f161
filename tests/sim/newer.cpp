#include "tests/sim/newer.h"

#include "tests/sim/workload.h"
#include "tests/sim/world.h"
#include "tests/support/builders.h"

namespace budstikke::sim {
namespace {

constexpr std::uint8_t kLaterKind = 10;
constexpr std::uint8_t kLaterField = 77;
constexpr auto kLaterClass = static_cast<OperationClass>(100);
constexpr std::uint8_t kLaterMembership = 100;  // a type of operation
constexpr std::size_t kRemembered = 40;

}  // namespace

Newer::Newer(World& world) : world_(world), random_(world.stream()) {}

Bytes as_newer(const Machine& machine, LinkId link, Bytes frame) {
  Result<Message> message = decode(frame);
  auto* hello = message ? std::get_if<Hello>(&*message) : nullptr;
  if (hello == nullptr) return frame;
  hello->version_max = kProtocolVersion + 1;
  const Message newer = machine.signed_for(link, *hello);
  return encode(newer);
}

// To a record of a kind that only the later program has, or to a field of an event; it names what was written before, of any
// kind.
ChangeBytes Newer::change(const CouncilId& own) {
  Skeleton skeleton;
  if (records_.empty() || random_.below(3) == 0) {
    const std::uint8_t kind = random_.below(2) == 0 ? kLaterKind : static_cast<std::uint8_t>(Kind::Event);
    records_.push_back({own, kind, random_.fixed<Nonce>()});
  }
  skeleton.record = records_[random_.below(records_.size())];
  constexpr OperationClass kClasses[] = {OperationClass::Write,  OperationClass::Write,   OperationClass::Raise,
                                         OperationClass::Add,    OperationClass::Take,    OperationClass::Answer,
                                         OperationClass::Remove, OperationClass::Comment, kLaterClass};
  Value::Array values;
  for (std::uint64_t operations = 1 + random_.below(3); operations > 0; --operations) {
    Operation operation{random_.below(2) == 0 ? kLaterField : std::uint8_t{2}, kClasses[random_.below(std::size(kClasses))]};
    if (operation.operation_class == OperationClass::Remove) operation.field = 0;
    for (std::uint64_t names = random_.below(3); names > 0 && !operations_.empty(); --names) {
      operation.overwrites.push_back(operations_[random_.below(operations_.size())]);
    }
    skeleton.operations.push_back(std::move(operation));
    values.emplace_back(marked_text(random_));
  }
  return {encode(skeleton), encode_values(marked_salt(random_), values)};
}

// Past what this version refuses to write, to the end of the log that its node writes in now.
Status Newer::append(Machine& machine, Node& node, LogClass log_class, std::uint8_t version,
                     const std::vector<ChangeBytes>& changes, Now now) {
  Ledger& ledger = node.ledger();
  Network& network = *machine.network();
  const LogId id{node.self(), ledger.incarnation(), log_class};
  Result<Log*> log = ledger.open_log(network, id);
  if (!log) return log.error();
  Ledger::Place place;
  if (!(*log)->row.tips.empty()) place = {(*log)->row.tips.back().head, (*log)->row.tips.back().number};
  Result<Bytes> body = encode_body(place.head, log_class, std::max(now.wall, place.head.stamp), changes);
  if (!body) return body.error();
  const Bytes newer = tests::as_version(std::move(*body), version);
  EntryView entry;
  ByteReader reader(newer);
  if (Status parsed = parse_entry(reader, log_class, entry); !parsed) return parsed;
  entry.body = newer;
  const Result<Head> head = extend(network.row.id, id, place.head, entry);
  if (!head) return head.error();
  const Signature signature = machine.identity().sign(Purpose::Entry, head->id);
  const Result<Ledger::Place> appended = ledger.append(network, **log, place, *head, entry, signature);
  if (!appended) return appended.error();
  for (std::size_t change = 0; change < changes.size() && log_class == LogClass::Data; ++change) {
    operations_.push_back({prefix_of(head->id), static_cast<std::uint8_t>(change), 0});
    if (operations_.size() > kRemembered) operations_.erase(operations_.begin());
  }
  const Result<bool> settled = ledger.settle(network);
  node.sync_soon(now);
  return settled ? done() : Status(settled.error());
}

void Newer::write(Machine& machine) {
  if (machine.network() == nullptr || machine.node().self_in(*machine.network()) == nullptr) return;
  const Member own = *machine.node().self_in(*machine.network());
  if (own.removed || own.role == Role::Reader) return;
  const auto version = static_cast<std::uint8_t>(1 + random_.below(kMaxEntryVersion));
  const bool is_membership = random_.below(5) == 0;
  const bool written = machine.ask([&](Node& node, Now now) -> Status {
    // First something that this version would write as well: the node sees to it that its log can go on.
    const RecordKey key{own.council, static_cast<std::uint8_t>(Kind::Contact), random_.fixed<Nonce>()};
    ChangeBuilder builder(key, nullptr);
    builder.write(2, Value(marked_text(random_)));
    const ChangeBytes plain = builder.finish(marked_salt(random_));
    if (Status status = node.write(*machine.network(), {&plain, 1}, now); !status) return status;
    if (!is_membership) return append(machine, node, LogClass::Data, version, {change(own.council), change(own.council)}, now);
    const LogId id{node.self(), node.ledger().incarnation(), LogClass::Membership};
    const Log* log = node.ledger().find_log(*machine.network(), id);
    if (log != nullptr && !log->orphans.empty()) return done();  // nothing may follow there
    const bool is_known = random_.below(2) == 0;
    Bytes operation = encode(MembershipOperation(SealOperation{random_.fixed<SealingKey>()}));
    if (!is_known) operation[0] = kLaterMembership;
    return append(machine, node, LogClass::Membership, version, {{std::move(operation), {}}}, now);
  });
  if (written) world_.counts.add(Fault::Newer);
}

}  // namespace budstikke::sim
