// Erasing: hidden at once, destroyed when due, acknowledged by receipts, and back if the erasure turns out to be void.
#include <doctest/doctest.h>

#include "protocol/base/limits.h"
#include "tests/support/builders.h"
#include "tests/support/net.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

const std::string kSecret = "Mette Hemmelig";

void write_change(Net& net, std::size_t machine, const Skeleton& skeleton, const Value& value = {}) {
  const ChangeBytes change{encode(skeleton), encode_values(numbered<Salt>(0x5a), {value})};
  REQUIRE(net.node(machine).write(net.network(machine), {&change, 1}, net.now()));
  net.process(machine);
}

void erase(Net& net, std::size_t machine, const RecordKey& record, bool at_once = false) {
  write_change(net, machine, {record, {{at_once ? kEraseAtOnce : kEraseLater, OperationClass::Erase}}});
}

ChangeBytes redaction(const RecordKey& record, const OperationId& change) {
  return {encode(Skeleton{record, {{kEraseAtOnce, OperationClass::Redact, {change}}}}),
          encode_values(numbered<Salt>(0x5a), {Value()})};
}

void redact(Net& net, std::size_t machine, const RecordKey& record, const OperationId& change) {
  write_change(net, machine, {record, {{kEraseAtOnce, OperationClass::Redact, {change}}}});
}

RecordState state_of(Net& net, std::size_t machine, const RecordKey& record) {
  Ledger& ledger = net.node(machine).ledger();
  const Result<std::optional<RecordNumber>> number = ledger.find_record(net.network(machine), id_of(record));
  REQUIRE((number && *number));
  Result<std::optional<RecordState>> state = ledger.record(**number);
  REQUIRE((state && *state));
  return **state;
}

RecordView view_at(Net& net, std::size_t machine, const RecordKey& record) {
  const Result<RecordView> view = net.node(machine).ledger().view(state_of(net, machine, record));
  REQUIRE(view.ok());
  return *view;
}

// How often the text stands in any row of the machine's store.
std::size_t hits(Net& net, std::size_t machine, const std::string& text) {
  std::size_t found = 0;
  for (std::uint8_t table = 1; table <= kTableCount; ++table) {
    REQUIRE(net.storage(machine).scan(static_cast<Table>(table), {}, [&](View, View payload) {
      if (text_of(payload).find(text) != std::string_view::npos) ++found;
      return true;
    }));
  }
  return found;
}

std::size_t receipts(Net& net, std::size_t machine) {
  std::size_t given = 0;
  for (const auto& [id, row] : net.network(machine).erasures) given += row.receipted ? 1 : 0;
  return given;
}

Net linked_region(std::size_t members = 3) {
  Net net = Net::region(members);
  for (std::size_t machine = 1; machine < members; ++machine) net.connect(machine, 0);
  REQUIRE(net.converge());
  return net;
}

}  // namespace

TEST_CASE("erase: one's own record at once, with its values gone everywhere and a receipt from every node") {
  Net net = linked_region();
  const RecordKey record = net.write(1, kSecret);
  const RecordKey other = net.write(1, "stays");
  REQUIRE(net.converge());
  REQUIRE(hits(net, 2, kSecret) == 1);
  const std::uint64_t shreds = net.storage(1).shreds();
  erase(net, 1, record, true);
  net.advance(1s);
  REQUIRE(net.converge());
  for (std::size_t machine = 0; machine < 3; ++machine) {
    CAPTURE(machine);
    CHECK(hits(net, machine, kSecret) == 0);
    CHECK(hits(net, machine, "stays") == 1);
    CHECK(net.names(machine, other) == std::vector<std::string>{"stays"});
    CHECK(view_at(net, machine, record).hidden);
    CHECK(state_of(net, machine, record).is_erased());
    CHECK(net.names(machine, record).empty());
    CHECK(receipts(net, machine) == 1);
    CHECK(net.network(machine).missing == 0);
    CHECK(net.events(machine, EventKind::Destroyed) == 1);
    CHECK(net.events(machine, EventKind::StateDiffers) == 0);
  }
  CHECK(net.storage(1).shreds() == shreds + 1);
  SUBCASE("a newcomer never gets it, and agrees") {
    const std::size_t newcomer = net.add_member(0);
    net.connect(newcomer, 1);
    REQUIRE(net.converge());
    CHECK(hits(net, newcomer, kSecret) == 0);
    CHECK(net.network(newcomer).missing == 0);
    net.advance(1s);
    CHECK(receipts(net, newcomer) == 1);
  }
  SUBCASE("a restart keeps it so") {
    net.crash(1);
    net.connect(1, 0);
    REQUIRE(net.converge());
    CHECK(net.network(1).erasures.size() == 1);
    CHECK(hits(net, 1, kSecret) == 0);
    CHECK(view_at(net, 1, record).hidden);
  }
}

TEST_CASE("erase: what others wrote is hidden at once and destroyed a day later") {
  Net net = linked_region();
  const RecordKey record = net.write(1, kSecret);
  REQUIRE(net.converge());
  erase(net, 0, record, true);  // the coordinator asks for no delay, and gets one all the same
  net.advance(1s);
  for (std::size_t machine = 0; machine < 3; ++machine) {
    CHECK(view_at(net, machine, record).hidden);
    CHECK(net.names(machine, record).empty());
    CHECK(hits(net, machine, kSecret) == 1);
    CHECK(receipts(net, machine) == 0);
  }
  net.advance(kErasureDelay - 2min);
  CHECK(hits(net, 2, kSecret) == 1);
  net.advance(4min);
  REQUIRE(net.converge());
  for (std::size_t machine = 0; machine < 3; ++machine) {
    CAPTURE(machine);
    CHECK(hits(net, machine, kSecret) == 0);
    CHECK(receipts(net, machine) == 1);
  }
}

TEST_CASE("erase: a clock that was years ahead and fell back does not put the destruction off") {
  Net net = linked_region();
  const RecordKey record = net.write(1, kSecret);
  REQUIRE(net.converge());
  const Now ahead{net.now().steady, WallTime{net.now().wall.ms + 2LL * 365 * 86'400'000}};
  const ChangeBytes change{encode(Skeleton{record, {{kEraseLater, OperationClass::Erase}}}),
                           encode_values(numbered<Salt>(0x5a), {Value()})};
  net.node(0).tick(ahead);
  REQUIRE(net.node(0).write(net.network(0), {&change, 1}, ahead));
  net.process(0);
  net.advance(1s);
  CHECK(hits(net, 0, kSecret) == 1);
  net.advance(kErasureDelay - 2min);
  CHECK(hits(net, 0, kSecret) == 1);
  net.advance(5min);
  REQUIRE(net.converge());
  for (std::size_t machine = 0; machine < 3; ++machine) {
    CAPTURE(machine);
    CHECK(hits(net, machine, kSecret) == 0);
    CHECK(receipts(net, machine) == 1);
  }
}

TEST_CASE("erase: a clock that fell back does not put off the later of two, of which the earlier is due soon") {
  Net net = linked_region();
  const RecordKey earlier = net.write(1, "Bo"), later = net.write(1, kSecret);
  REQUIRE(net.converge());
  erase(net, 0, earlier);
  const Now ahead{net.now().steady, WallTime{net.now().wall.ms + 10LL * 3'600'000}};
  const ChangeBytes change{encode(Skeleton{later, {{kEraseLater, OperationClass::Erase}}}),
                           encode_values(numbered<Salt>(0x5a), {Value()})};
  net.node(0).tick(ahead);
  REQUIRE(net.node(0).write(net.network(0), {&change, 1}, ahead));
  net.process(0);
  net.advance(kErasureDelay - 2min);
  CHECK(hits(net, 0, kSecret) == 1);
  net.advance(5min);
  CHECK(hits(net, 0, kSecret) == 0);
}

TEST_CASE("erase: the delay begins when the erasure is written, however long ago the node was last woken") {
  Net net = linked_region();
  const RecordKey record = net.write(1, kSecret);
  REQUIRE(net.converge());
  const Now later{net.now().steady, WallTime{net.now().wall.ms + 1'800'000}};
  const ChangeBytes change{encode(Skeleton{record, {{kEraseLater, OperationClass::Erase}}}),
                           encode_values(numbered<Salt>(0x5a), {Value()})};
  REQUIRE(net.node(0).write(net.network(0), {&change, 1}, later));
  REQUIRE(net.network(0).erasures.size() == 1);
  CHECK(net.network(0).erasures.begin()->second.arrived == later.wall);
}

TEST_CASE("erase: an edit made offline meanwhile does not bring the record back, and is never written down where it is gone") {
  Net net = linked_region();
  const RecordKey record = net.write(1, kSecret);
  const std::size_t device = net.add();
  net.join(device, net.invite(0, Role::Council, council_of(net.node(1).self())), 0);
  net.connect(device, 0);
  REQUIRE(net.converge());
  net.cut_all();
  net.edit(1, record, kSecret + " igen");
  erase(net, device, record, true);
  net.connect(device, 2);
  net.run();
  net.advance(1s);
  REQUIRE(hits(net, 2, kSecret) == 0);
  const std::uint64_t shreds = net.storage(2).shreds();
  net.connect(1, 2);
  net.connect(2, 0);
  net.run();
  net.advance(5s);
  REQUIRE(net.converge());
  for (std::size_t machine = 0; machine < net.size(); ++machine) {
    CAPTURE(machine);
    CHECK(hits(net, machine, kSecret) == 0);
    CHECK(view_at(net, machine, record).hidden);
    CHECK(net.network(machine).missing == 0);
  }
  CHECK(net.storage(2).shreds() == shreds);  // nothing had to be destroyed there
}

TEST_CASE("erase: a redaction takes the changes it names and leaves the record") {
  Net net = linked_region();
  const RecordKey record = net.write(1, kSecret);
  REQUIRE(net.converge());
  const OperationId old = view_at(net, 1, record).of(2).front().id;
  net.edit(1, record, "Anna");
  redact(net, 1, record, {old.entry, old.change, 0});
  net.advance(1s);
  REQUIRE(net.converge());
  for (std::size_t machine = 0; machine < 3; ++machine) {
    CAPTURE(machine);
    CHECK(hits(net, machine, kSecret) == 0);
    CHECK(net.names(machine, record) == std::vector<std::string>{"Anna"});
    CHECK_FALSE(view_at(net, machine, record).hidden);
    CHECK(receipts(net, machine) == 1);
  }
  SUBCASE("somebody else's redaction of it counts for nothing") {
    const OperationId anna = view_at(net, 1, record).of(2).front().id;
    net.write_as_newer(2, redaction(record, {anna.entry, anna.change, 0}));  // it does not write one itself
    net.advance(kErasureDelay + 1min);
    REQUIRE(net.converge());
    CHECK(net.names(0, record) == std::vector<std::string>{"Anna"});
    CHECK(hits(net, 0, "Anna") == 1);
  }
}

TEST_CASE("erase: a redaction that reaches nothing is refused before anything is written") {
  Net net = linked_region();
  const RecordKey record = net.write(1, kSecret);
  const RecordKey other = net.write(1, "Anna");
  REQUIRE(net.converge());
  const OperationId change = view_at(net, 1, record).of(2).front().id;
  const std::uint64_t before = net.network(1).entries;
  const auto refusal = [&](std::size_t machine, const RecordKey& of, const OperationId& named) {
    const ChangeBytes bytes = redaction(of, {named.entry, named.change, 0});
    const Status written = net.node(machine).write(net.network(machine), {&bytes, 1}, net.now());
    return written ? std::string() : written.error().text;
  };
  constexpr const char* kWhy = "a redaction that reaches nothing";
  CHECK(refusal(2, record, change).starts_with(kWhy));                                // another council's
  CHECK(refusal(1, other, change).starts_with(kWhy));                                 // of another record
  CHECK(refusal(1, record, {numbered<EntryPrefix>(1), 0, 0}).starts_with(kWhy));      // of no entry
  CHECK(refusal(1, {other.council, other.kind, Nonce{}}, change).starts_with(kWhy));  // of no record
  CHECK_FALSE(net.node(1).ledger().has_uncommitted());
  CHECK(net.network(1).entries == before);
  CHECK(refusal(0, record, change).empty());  // a coordinator
}

TEST_CASE("erase: one that membership makes void gives the record back, and what was destroyed is fetched from who has it") {
  Net net = linked_region(4);
  const RecordKey record = net.write(2, kSecret);
  REQUIRE(net.converge());
  const Hash state = net.network(0).state_digest();
  // Machine 1 becomes a coordinator's stolen laptop: it erases what machine 2 wrote, offline from 2 and 3.
  const std::size_t thief = net.add();
  net.join(thief, net.invite(0, Role::Coordinator), 0);
  net.connect(thief, 0);
  REQUIRE(net.converge());
  const Hash joined = net.network(0).state_digest();
  CHECK(joined == state);
  net.cut_all();
  erase(net, thief, record);
  net.connect(thief, 1);
  net.run();
  net.advance(kErasureDelay + 1min);
  REQUIRE(hits(net, 1, kSecret) == 0);
  REQUIRE(hits(net, thief, kSecret) == 0);
  REQUIRE(hits(net, 0, kSecret) == 1);
  REQUIRE(net.node(0).remove_member(net.network(0), net.node(thief).self(), net.now()));
  net.process(0);
  net.cut_all();
  SUBCASE("by a node that never knew of the erasure") { net.connect(1, 0); }
  SUBCASE("through one that had destroyed it too") {
    net.connect(3, 1);
    net.connect(1, 0);
  }
  net.run();
  net.advance(5s);
  for (const std::size_t machine : {0, 1}) {
    CAPTURE(machine);
    CHECK(net.names(machine, record) == std::vector<std::string>{kSecret});
    CHECK(net.network(machine).missing == 0);
    CHECK(net.network(machine).erasures.empty());
    CHECK(net.events(machine, EventKind::StateDiffers) == 0);
  }
  CHECK(net.node(0).summary_of(net.network(0)) == net.node(1).summary_of(net.network(1)));
  CHECK(hits(net, 1, kSecret) == 1);
  // And gone again when the removal is taken back.
  REQUIRE(net.node(0).readmit(net.network(0), net.network(0).membership.removals().begin()->first, net.now()));
  net.process(0);
  net.connect(thief, 0);
  net.run();
  net.advance(5s);
  CHECK(net.names(1, record).empty());
  net.advance(kErasureDelay + 1min);
  CHECK(hits(net, 0, kSecret) == 0);
  CHECK(hits(net, 1, kSecret) == 0);
}

TEST_CASE("erase: no receipt before the store is clean, and one as soon as it is") {
  Net net = linked_region(2);
  const RecordKey record = net.write(1, kSecret);
  REQUIRE(net.converge());
  net.storage(1).fail_shreds(2);
  erase(net, 1, record, true);
  net.advance(1s);
  CHECK(net.storage(1).shred_due());
  CHECK(receipts(net, 1) == 0);
  CHECK(receipts(net, 0) == 1);
  net.advance(90s);
  CHECK(receipts(net, 1) == 0);
  net.advance(90s);
  CHECK(receipts(net, 1) == 1);
}

TEST_CASE("erase: no receipt while something waits that came after the rest was destroyed") {
  Net net = linked_region();
  const RecordKey record = net.write(1, kSecret);
  REQUIRE(net.converge());
  const RecordState state = state_of(net, 2, record);
  net.cut_all();
  // It reaches nothing there, and is itself something that was written.
  net.write_as_newer(2, redaction(record, state.id_of(state.live.front())));
  net.storage(1).fail_shreds(2);
  erase(net, 1, record, true);
  net.advance(1s);
  REQUIRE(hits(net, 1, kSecret) == 0);
  REQUIRE(receipts(net, 1) == 0);  // until the store is clean
  net.connect(2, 1);
  net.run();
  net.advance(5min);
  REQUIRE(!net.storage(1).shred_due());
  const std::string salt(text_of(numbered<Salt>(0x5a).view()));
  CHECK(hits(net, 1, salt) == 1);
  CHECK(receipts(net, 1) == 1);  // for the redaction
  net.advance(kErasureDelay);
  CHECK(hits(net, 1, salt) == 0);
  CHECK(receipts(net, 1) == 2);
}

TEST_CASE("erase: who may not is refused before anything is written") {
  Net net = linked_region();
  const RecordKey record = net.write(1, kSecret);
  REQUIRE(net.converge());
  const std::uint64_t entries = net.network(2).entries;
  const ChangeBytes change{encode(Skeleton{record, {{0, OperationClass::Erase}}}), encode_values(Salt{}, {Value()})};
  const Status refused = net.node(2).write(net.network(2), {&change, 1}, net.now());
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Code::NotAllowed);
  CHECK(net.network(2).entries == entries);
}

TEST_CASE("erase: what an erasure comes to reach later, since its author is a member again, is destroyed then") {
  Net net = linked_region(3);
  const std::size_t host = net.add_member(0, Role::Coordinator);
  for (std::size_t machine = 1; machine < net.size(); ++machine) net.connect(machine, 0);
  const RecordKey event{council_of(net.node(0).self()), static_cast<std::uint8_t>(Kind::Event), numbered<Nonce>(1)};
  write_change(net, 0, {event, {{2, OperationClass::Write}}}, "Fest");
  REQUIRE(net.converge());
  net.cut_all();
  // A device of machine 2's council, let in by a coordinator while the founder is away, comments on the founder's event.
  const std::size_t device = net.add_member(host, Role::Council, council_of(net.node(2).self()));
  net.connect(device, host);
  net.connect(2, host);
  net.run();
  net.advance(1s);
  write_change(net, device, {event, {{15, OperationClass::Comment}}}, kSecret);
  net.run();
  net.advance(1s);
  REQUIRE(hits(net, 2, kSecret) == 1);
  const OperationId comment = view_at(net, 2, event).of(15).front().id;
  net.cut_all();
  // The founder, which knows of no such device, removes the coordinator: the device is no member any more.
  REQUIRE(net.node(0).remove_member(net.network(0), net.node(host).self(), net.now()));
  net.process(0);
  net.connect(2, 0);
  net.run();
  net.advance(1s);
  REQUIRE(net.network(2).membership.find(net.node(device).self()) == nullptr);
  redact(net, 2, event, {comment.entry, comment.change, 0});
  net.advance(1s);
  REQUIRE(receipts(net, 2) == 1);
  REQUIRE(hits(net, 2, kSecret) == 1);  // the redaction is its own council's, but reaches nothing as long as nobody wrote it
  REQUIRE(net.node(0).readmit(net.network(0), net.network(0).membership.removals().begin()->first, net.now()));
  net.process(0);
  net.run();
  net.advance(5s);
  REQUIRE(net.network(2).membership.find(net.node(device).self()) != nullptr);
  CHECK(hits(net, 2, kSecret) == 0);
  CHECK(hits(net, 0, kSecret) == 0);
  CHECK_FALSE(view_at(net, 2, event).of(15).front().value.has_value());
}
