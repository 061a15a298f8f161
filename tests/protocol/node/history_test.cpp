// A record's history and its past states, read page by page from a node's chain of changes.
#include <doctest/doctest.h>

#include "tests/support/builders.h"
#include "tests/support/net.h"
#include "tests/support/sanitized.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

struct OpenedPast {
  RecordNumber number;
  RecordState state;
};

OpenedPast open(Net& net, std::size_t machine, const RecordKey& key) {
  const Ledger& ledger = net.node(machine).ledger();
  const Result<std::optional<RecordNumber>> number = ledger.find_record(net.network(machine), id_of(key));
  REQUIRE((number.ok() && number->has_value()));
  const Result<std::optional<RecordState>> state = ledger.record(**number);
  REQUIRE((state.ok() && state->has_value()));
  return {**number, **state};
}

HistoryPage page(Net& net, std::size_t machine, const RecordKey& key, std::size_t limit,
                 const std::optional<HistoryMark>& after = std::nullopt) {
  const OpenedPast record = open(net, machine, key);
  Result<HistoryPage> page = net.node(machine).ledger().history(record.number, record.state, after, limit);
  REQUIRE(page.ok());
  return *page;
}

// What the record's changes wrote, newest first, read `limit` at a time.
std::vector<std::string> story(Net& net, std::size_t machine, const RecordKey& key, std::size_t limit) {
  std::vector<std::string> lines;
  std::optional<HistoryMark> after;
  do {
    const HistoryPage read = page(net, machine, key, limit, after);
    for (const PastChange& change : read.changes) {
      for (const PastOperation& operation : change.operations) {
        std::string line = operation.fate == Fate::Live ? "live " : "old ";
        for (const PastValue& old : operation.old) line += old.value.if_text() != nullptr ? *old.value.if_text() + ">" : "?>";
        lines.push_back(line + *operation.written.value.if_text());
      }
    }
    after = read.next;
  } while (after);
  return lines;
}

std::vector<std::string> names_at(Net& net, std::size_t machine, const RecordKey& key, WallTime time) {
  const OpenedPast record = open(net, machine, key);
  const Ledger& ledger = net.node(machine).ledger();
  const Result<RecordState> state = ledger.state_at(record.state, time);
  REQUIRE(state.ok());
  const Result<RecordView> view = ledger.view(*state);
  REQUIRE(view.ok());
  std::vector<std::string> names;
  for (const Value& value : view->distinct(2)) names.push_back(*value.if_text());
  return names;
}

}  // namespace

TEST_CASE("history: is newest first with old and new values, whatever the size of the pages") {
  Net net = Net::region(1);
  const RecordKey record = net.write(0, "a");
  for (const char* name : {"b", "c", "d"}) {
    net.advance(1s);
    net.edit(0, record, name);
    net.write(0, "another record");
  }
  const std::vector<std::string> expected = {"live c>d", "old b>c", "old a>b", "old a"};
  for (std::size_t limit : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{4}, std::size_t{100}}) {
    CAPTURE(limit);
    CHECK(story(net, 0, record, limit) == expected);
  }
}

TEST_CASE("history: within one log the order is that of the log, also while its clock stands still") {
  Net net = Net::region(1);
  const RecordKey record = net.write(0, "0");
  std::vector<std::string> expected = {"old 0"};
  for (int i = 1; i <= 20; ++i) {
    net.edit(0, record, std::to_string(i));
    expected.insert(expected.begin(), (i == 20 ? "live " : "old ") + std::to_string(i - 1) + ">" + std::to_string(i));
  }
  CHECK(story(net, 0, record, 7) == expected);
}

TEST_CASE("history: is the same at two nodes that heard of the changes in another order") {
  Net net = Net::region(1);
  const std::size_t laptop = net.add_device(0);
  const RecordKey record = net.write(0, "a");
  net.connect(laptop, 0);
  REQUIRE(net.converge());
  net.cut_all();
  for (const auto& [machine, name] : {std::pair{std::size_t{0}, "b"}, {laptop, "c"}, {std::size_t{0}, "d"}}) {
    net.advance(1s);
    net.edit(machine, record, name);
  }
  net.connect(laptop, 0);
  REQUIRE(net.converge());
  CHECK(story(net, 0, record, 2) == std::vector<std::string>{"live b>d", "live a>c", "old a>b", "old a"});
  CHECK(story(net, laptop, record, 3) == story(net, 0, record, 2));
  const HistoryPage read = page(net, 0, record, 10);
  CHECK(read.changes[0].member == net.node(0).self());
  CHECK(read.changes[1].member == net.node(laptop).self());
  CHECK(read.changes[1].council == read.changes[0].council);
}

TEST_CASE("history: of a long one every change is read once, across segments of the chain" * doctest::skip(kSanitized)) {
  Net net = Net::region(1);
  const RecordKey record = net.write(0, "0");
  constexpr int kEdits = 17'000;  // more than a segment
  for (int i = 1; i <= kEdits; ++i) net.edit(0, record, std::to_string(i));
  const std::vector<std::string> lines = story(net, 0, record, 5'000);
  REQUIRE(lines.size() == kEdits + 1);
  CHECK(lines.front() == "live 16999>17000");
  CHECK(lines.back() == "old 0");
  CHECK(lines[16'383] == "old ?>617");  // what it wrote over lies in the next segment, and is said not to be known
  CHECK(lines[16'384] == "old 615>616");
}

TEST_CASE("history: a mark of another record, or of nothing, is refused") {
  Net net = Net::region(1);
  const RecordKey one = net.write(0, "one"), other = net.write(0, "other");
  net.edit(0, one, "more");
  const HistoryPage first = page(net, 0, one, 1);
  REQUIRE(first.next.has_value());
  const OpenedPast record = open(net, 0, other);
  const Ledger& ledger = net.node(0).ledger();
  CHECK(ledger.history(record.number, record.state, first.next, 1).error().code == Code::Malformed);
  HistoryMark nowhere = *first.next;
  nowhere.segment.entry = EntryNumber{1'000'000};
  CHECK(ledger.history(record.number, record.state, nowhere, 1).error().code == Code::Malformed);
  nowhere = *first.next;
  nowhere.segment.change = 200;
  CHECK(ledger.history(record.number, record.state, nowhere, 1).error().code == Code::Malformed);
}

TEST_CASE("past state: is the fold over what its authors' clocks had written by then") {
  Net net = Net::region(1);
  const WallTime before = net.now().wall;
  net.advance(1s);
  const RecordKey record = net.write(0, "a");
  const WallTime first = net.now().wall;
  net.advance(10s);
  net.edit(0, record, "b");
  const WallTime second = net.now().wall;
  CHECK(names_at(net, 0, record, before).empty());
  CHECK(names_at(net, 0, record, first) == std::vector<std::string>{"a"});
  CHECK(names_at(net, 0, record, WallTime{second.ms - 1}) == std::vector<std::string>{"a"});
  CHECK(names_at(net, 0, record, second) == std::vector<std::string>{"b"});
  const OpenedPast now = open(net, 0, record);
  const Result<RecordState> state = net.node(0).ledger().state_at(now.state, second);
  REQUIRE(state.ok());
  CHECK(canonical_state(*state) == canonical_state(now.state));
}

TEST_CASE(
    "past state: what overwrote a change of a clock that ran ahead stands without it, beside what that one had overwritten") {
  Net net = Net::region(1);
  const std::size_t ahead = net.add_device(0);
  const RecordKey record = net.write(0, "a");
  const auto meet = [&] {
    net.connect(ahead, 0);
    REQUIRE(net.converge());
    net.cut_all();
  };
  meet();
  const OpenedPast opened = open(net, ahead, record);
  const Result<RecordView> view = net.node(ahead).ledger().view(opened.state);
  REQUIRE(view.ok());
  ChangeBuilder builder(record, &*view);
  builder.write(2, "of tomorrow");
  const ChangeBytes change = builder.finish(numbered<Salt>(1));
  Now tomorrow = net.now();
  tomorrow.wall.ms += 24 * 3'600'000;
  REQUIRE(net.node(ahead).write(net.network(ahead), {&change, 1}, tomorrow));
  net.process(ahead);
  meet();
  const WallTime between = net.now().wall;
  net.advance(1s);
  net.edit(0, record, "b");  // knowing of it, and by a clock that is right
  CHECK(names_at(net, 0, record, between) == std::vector<std::string>{"a"});
  CHECK(names_at(net, 0, record, net.now().wall) == std::vector<std::string>{"b", "a"});
  CHECK(names_at(net, 0, record, tomorrow.wall) == std::vector<std::string>{"b"});
}

TEST_CASE("history: a value that is not here is said to be missing, and stays in conflict with what is") {
  Net net = Net::region(1);
  const std::size_t laptop = net.add_device(0);
  const RecordKey record = net.write(0, "here");
  Ledger& ledger = net.node(0).ledger();
  Network& network = net.network(0);
  // An entry of the laptop that wrote the name without knowing of it, and whose values were not sent.
  const Bytes skeleton = encode(Skeleton{record, {{2, OperationClass::Write}}});
  const Bytes values = encode_values(numbered<Salt>(1), {"gone"});
  Bytes body;
  ByteWriter writer(body);
  writer.u8(0);
  writer.u64(static_cast<std::uint64_t>(net.now().wall.ms + 1));
  writer.u8(1);
  writer.u32(static_cast<std::uint32_t>(skeleton.size() + values.size()));
  writer.u16(static_cast<std::uint16_t>(skeleton.size()));
  writer.raw(skeleton);
  writer.u8(static_cast<std::uint8_t>(ValuesState::Absent));
  writer.raw(values_hash(values));
  EntryView entry;
  ByteReader reader(body);
  REQUIRE(parse_entry(reader, LogClass::Data, entry));
  entry.body = body;
  const LogId id{net.identity(laptop).public_key(), Incarnation{99}, LogClass::Data};
  const Result<Head> head = extend(network.row.id, id, {}, entry);
  REQUIRE(head.ok());
  Result<Log*> log = ledger.open_log(network, id);
  REQUIRE(log.ok());
  REQUIRE(ledger.append(network, **log, {}, *head, entry, net.identity(laptop).sign(Purpose::Entry, head->id)).ok());
  CHECK(network.missing == 1);

  const HistoryPage read = page(net, 0, record, 10);
  REQUIRE(read.changes.size() == 2);
  CHECK(read.changes[0].operations[0].written == PastValue{Presence::Missing, {}});
  CHECK(read.changes[0].operations[0].fate == Fate::Live);
  CHECK(read.changes[1].operations[0].written == PastValue{Presence::Here, "here"});
  const Result<RecordView> view = ledger.view(open(net, 0, record).state);
  REQUIRE(view.ok());
  CHECK(view->in_conflict(2));
  REQUIRE(view->alternatives(2).size() == 2);
  CHECK_FALSE(view->alternatives(2)[0].value.has_value());
  std::size_t conflicted = 0;
  REQUIRE(ledger.each_conflicted(network, [&](RecordNumber, const RecordState&) {
    ++conflicted;
    return true;
  }));
  CHECK(conflicted == 1);
  net.advance(1s);
  net.edit(0, record, "decided");
  CHECK(page(net, 0, record, 1).changes[0].operations[0].old ==
        std::vector<PastValue>{{Presence::Missing, {}}, {Presence::Here, "here"}});
}
