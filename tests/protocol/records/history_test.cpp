#include "protocol/records/history.h"

#include <doctest/doctest.h>

#include "tests/protocol/records/councils.h"
#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

using enum OperationClass;

const Standing kOwnerStanding{kOwner, Role::Council}, kOtherStanding{kOther, Role::Council};

// A record's changes with their values; change n is entry n with stamp n.
struct PastStory {
  explicit PastStory(Kind kind = Kind::Event) : key{kOwner, static_cast<std::uint8_t>(kind), numbered<Nonce>(1)} {}
  OperationId take(std::optional<Standing> author, std::vector<Operation> operations, Value::Array values) {
    const auto number = static_cast<std::uint8_t>(records.size() + 1);
    ChangeRecord record;
    record.change.source = {numbered<EntryPrefix>(number), 0, {}, WallTime{number}, EntryNumber{number}, LogNumber{number}};
    record.change.author = author;
    record.change.skeleton = {key, std::move(operations)};
    record.member = numbered<MemberKey>(number);
    record.presence = Presence::Here;
    record.values = std::move(values);
    records.push_back(std::move(record));
    return operation_id(number);
  }
  RecordState state() const {
    std::vector<FoldChange> changes;
    for (const ChangeRecord& record : records) changes.push_back(record.change);
    return fold(key, changes);
  }
  PastValue value_of(const OperationId& id, std::uint8_t field) const {
    for (const ChangeRecord& record : records) {
      if (record.change.source.entry != id.entry) continue;
      const Operation& operation = record.change.skeleton.operations[id.position];
      if (operation.field == field) return written_by(operation.operation_class, record, id.position);
    }
    return {Presence::Unknown, {}};
  }
  PastChange past(std::size_t number) const {
    return past_of(state(), records[number - 1],
                   [this](const OperationId& id, std::uint8_t field) { return value_of(id, field); });
  }
  PastOperation only(std::size_t number) const {
    const PastChange change = past(number);
    REQUIRE(change.operations.size() == 1);
    return change.operations[0];
  }
  RecordKey key;
  std::vector<ChangeRecord> records;
};

PastValue here(Value value) { return {Presence::Here, std::move(value)}; }

}  // namespace

TEST_CASE("history: a write tells who, when, what it wrote over and whether it stands") {
  PastStory story;
  const OperationId first = story.take(kOwnerStanding, {{2, Write}}, {"a"});
  story.take(kOwnerStanding, {{2, Write, {first}}, {3, Write}}, {"b", "2027"});
  CHECK(story.only(1).fate == Fate::Overwritten);
  CHECK(story.only(1).written == here("a"));
  CHECK(story.only(1).old.empty());
  const PastChange second = story.past(2);
  CHECK(second.stamp == WallTime{2});
  CHECK(second.member == numbered<MemberKey>(2));
  CHECK(second.council == kOwner);
  REQUIRE(second.operations.size() == 2);
  CHECK(second.operations[0].fate == Fate::Live);
  CHECK(second.operations[0].written == here("b"));
  CHECK(second.operations[0].old == std::vector<PastValue>{here("a")});
  CHECK(second.operations[1].field == 3);
  CHECK(second.operations[1].old.empty());
}

TEST_CASE("history: what settled a conflict names each different value it wrote over once") {
  PastStory story;
  const OperationId a = story.take(kOwnerStanding, {{2, Write}}, {"a"});
  const OperationId b = story.take(kOwnerStanding, {{2, Write}}, {"b"});
  const OperationId again = story.take(kOwnerStanding, {{2, Write}}, {"a"});
  story.take(kOwnerStanding, {{2, Write, {a, b, again}}}, {"c"});
  CHECK(story.only(4).old == std::vector<PastValue>{here("a"), here("b")});
}

TEST_CASE("history: flags, sets and comments tell what they changed, and what only acts on others never stands") {
  PastStory story;
  const OperationId raised = story.take(kOwnerStanding, {{kSharedField, Raise}}, {Value()});
  story.take(kOwnerStanding, {{kSharedField, Lower, {raised}}}, {Value()});
  const OperationId comment = story.take(kOtherStanding, {{15, Comment}}, {"hov"});
  story.take(kOtherStanding, {{15, Retract, {comment}}}, {Value()});
  CHECK(story.only(1).written == here(true));
  CHECK(story.only(2).written == here(false));
  CHECK(story.only(2).old == std::vector<PastValue>{here(true)});
  CHECK(story.only(3).fate == Fate::Overwritten);
  CHECK(story.only(4).fate == Fate::Acted);
  CHECK(story.only(4).written == PastValue{});
  CHECK(story.only(4).old == std::vector<PastValue>{here("hov")});
}

TEST_CASE("history: a remove and its restore are told without the values they name") {
  PastStory story;
  const OperationId title = story.take(kOwnerStanding, {{2, Write}}, {"a"});
  const OperationId removed = story.take(kOwnerStanding, {{0, Remove, {title}}}, {Value()});
  CHECK(story.only(2).fate == Fate::Live);
  CHECK(story.only(2).old.empty());
  story.take(kOwnerStanding, {{0, Restore, {removed}}}, {Value()});
  CHECK(story.only(2).fate == Fate::Overwritten);
  CHECK(story.only(3).fate == Fate::Acted);
}

TEST_CASE("history: a void operation says why it counts for nothing") {
  PastStory story;
  story.take(std::nullopt, {{2, Write}}, {"x"});
  story.take(Standing{kOwner, Role::Reader}, {{2, Write}}, {"x"});
  story.take(kOtherStanding, {{2, Write}}, {"x"});
  story.take(kOtherStanding, {{0, Remove}}, {Value()});
  story.take(kOwnerStanding, {{2, static_cast<OperationClass>(99)}}, {Value()});
  const VoidReason kReasons[] = {VoidReason::NotMember, VoidReason::NoRole, VoidReason::NotShared, VoidReason::NotOwner,
                                 VoidReason::UnknownClass};
  for (std::size_t i = 0; i < std::size(kReasons); ++i) {
    CAPTURE(i);
    CHECK(story.only(i + 1).fate == Fate::Void);
    CHECK(story.only(i + 1).reason == kReasons[i]);
  }
  CHECK_FALSE(story.past(1).council.has_value());
  PastStory announcement(Kind::Announcement);
  announcement.take(kOwnerStanding, {{2, Write}}, {"x"});
  CHECK(announcement.only(1).reason == VoidReason::NoRole);
}

TEST_CASE("history: once the owner has shared it, what others wrote before counts as well") {
  PastStory story;
  story.take(kOtherStanding, {{2, Write}}, {"x"});
  CHECK(story.only(1).fate == Fate::Void);
  story.take(kOwnerStanding, {{kSharedField, Raise}}, {Value()});
  CHECK(story.only(1).fate == Fate::Live);
  CHECK(story.only(1).reason == VoidReason::None);
}

TEST_CASE("history: fates are those of the fold, whatever the operations") {
  Random random = Random::from_number(7);
  constexpr OperationClass kClasses[] = {Write, Add, Take, Raise, Lower, Answer, Comment, Retract, Remove, Restore};
  for (int round = 0; round < 200; ++round) {
    PastStory story;
    std::vector<OperationId> ids;
    for (std::uint64_t i = 1 + random.below(12); i > 0; --i) {
      std::vector<OperationId> named;
      for (const OperationId& id : ids) {
        if (random.below(3) == 0) named.push_back(id);
      }
      const std::optional<Standing> author = random.below(5) == 0   ? std::nullopt
                                             : random.below(2) == 0 ? std::optional(kOtherStanding)
                                                                    : std::optional(kOwnerStanding);
      const auto field = static_cast<std::uint8_t>(random.below(3));
      ids.push_back(story.take(author, {{field, kClasses[random.below(std::size(kClasses))], named}}, {"x"}));
    }
    const RecordState state = story.state();
    std::size_t live = 0, voids = 0;
    for (std::size_t i = 1; i <= ids.size(); ++i) {
      live += story.only(i).fate == Fate::Live ? 1 : 0;
      voids += story.only(i).fate == Fate::Void ? 1 : 0;
    }
    CHECK(live == state.live.size());
    CHECK(voids == state.voids);
  }
}

TEST_CASE("history: values that are not here, or are none, are told apart from cleared ones") {
  PastStory story;
  const OperationId first = story.take(kOwnerStanding, {{2, Write}}, {Value()});
  story.take(kOwnerStanding, {{2, Write, {first, operation_id(77)}}}, {"b"});
  CHECK(story.only(1).written == here(Value()));
  CHECK(story.only(2).old == std::vector<PastValue>{here(Value()), {Presence::Unknown, {}}});
  story.records[0].presence = Presence::Missing;
  story.records[0].values.clear();
  CHECK(story.only(1).written == PastValue{Presence::Missing, {}});
  CHECK(story.only(2).old[0] == PastValue{Presence::Missing, {}});
  story.records[0].presence = Presence::Unreadable;
  CHECK(story.only(1).written.presence == Presence::Unreadable);
}

TEST_CASE("history: old values beyond their bound are counted instead of shown") {
  PastStory story;
  std::vector<OperationId> ids;
  for (int i = 0; i < 10; ++i) {
    ids.push_back(story.take(kOwnerStanding, {{2, Write}}, {std::string(20'000, static_cast<char>('a' + i))}));
  }
  story.take(kOwnerStanding, {{2, Write, ids}}, {"c"});
  const PastOperation told = story.only(11);
  CHECK(told.old.size() == kPastValuesBytes / 20'000);
  CHECK(told.old.size() + told.old_left_out == 10);
}

TEST_CASE("history: a mark survives encoding, and nothing else is taken for one") {
  const HistoryMark mark{{EntryNumber{7}, 3}, WallTime{1'760'000'000'123}, Seq{9}, numbered<EntryPrefix>(5), 2};
  const Bytes bytes = encode(mark);
  const Result<HistoryMark> again = parse_history_mark(bytes);
  REQUIRE(again.ok());
  CHECK(*again == mark);
  CHECK_FALSE(parse_history_mark(View(bytes).first(bytes.size() - 1)).ok());
  CHECK_FALSE(parse_history_mark({}).ok());
  Bytes no_segment = bytes;
  std::fill_n(no_segment.begin(), 8, std::uint8_t{0});
  CHECK_FALSE(parse_history_mark(no_segment).ok());
  Bytes late = bytes;
  late[9] = 0xFF;  // a stamp before 1970
  CHECK_FALSE(parse_history_mark(late).ok());
}
