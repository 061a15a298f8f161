#include "protocol/records/edit.h"

#include <doctest/doctest.h>

#include <set>

#include "protocol/base/limits.h"
#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

using enum OperationClass;
using Ids = std::vector<OperationId>;

const RecordKey kKey{numbered<CouncilId>(1), 4, numbered<Nonce>(1)};
const CouncilId kOwn = numbered<CouncilId>(1), kAnother = numbered<CouncilId>(2);

RecordView view_with(std::uint8_t field, std::vector<std::pair<std::optional<Value>, CouncilId>> values) {
  RecordView view;
  view.key = kKey;
  std::uint8_t number = 1;
  for (auto& [value, council] : values) {
    view.values[field].push_back({operation_id(number), WallTime{number}, council, std::move(value)});
    view.content.push_back(operation_id(number));
    ++number;
  }
  return view;
}

struct Made {
  Skeleton skeleton;
  Value::Array values;
};
Made made_by(const ChangeBuilder& builder) {
  const ChangeBytes bytes = builder.finish(numbered<Salt>(1));
  const Result<Skeleton> skeleton = parse_skeleton(bytes.skeleton);
  REQUIRE(skeleton.ok());
  const Result<Value::Array> values = parse_values(bytes.values, skeleton->operations.size());
  REQUIRE(values.ok());
  CHECK(skeleton->record == kKey);
  return {*skeleton, *values};
}
// The one operation of the builder.
std::pair<Operation, Value> only(const ChangeBuilder& builder) {
  const Made made = made_by(builder);
  REQUIRE(made.skeleton.operations.size() == 1);
  return {made.skeleton.operations[0], made.values[0]};
}

}  // namespace

TEST_CASE("edit: a new record is written with nothing to overwrite") {
  ChangeBuilder builder(kKey, nullptr);
  CHECK(builder.empty());
  builder.write(2, "Sommerfest");
  builder.flag(1, true);
  builder.add(5, "tag");
  builder.comment(15, "godt");
  builder.answer(14, "yes", kOwn);
  const Made made = made_by(builder);
  REQUIRE(made.skeleton.operations.size() == 5);
  const OperationClass kClasses[] = {Write, Raise, Add, Comment, Answer};
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(made.skeleton.operations[i].operation_class == kClasses[i]);
    CHECK(made.skeleton.operations[i].overwrites.empty());
  }
  CHECK(made.values == Value::Array{"Sommerfest", Value(), "tag", "godt", "yes"});
}

TEST_CASE("edit: what would change nothing is not made, on a new record") {
  ChangeBuilder builder(kKey, nullptr);
  builder.write(2, Value());
  builder.flag(1, false);
  builder.take(5, "tag");
  builder.remove();
  builder.restore();
  CHECK(builder.empty());
}

TEST_CASE("edit: a register that shows the value alone is not written again, one in conflict or unreadable is") {
  const RecordView alone = view_with(2, {{"a", kOwn}, {"a", kAnother}});
  ChangeBuilder nothing(kKey, &alone);
  nothing.write(2, "a");
  CHECK(nothing.empty());
  const RecordView conflict = view_with(2, {{"a", kOwn}, {"b", kAnother}});
  ChangeBuilder resolved(kKey, &conflict);
  resolved.write(2, "a");
  CHECK(only(resolved).first.overwrites == Ids{operation_id(1), operation_id(2)});
  const RecordView unreadable = view_with(2, {{"a", kOwn}, {std::nullopt, kAnother}});
  ChangeBuilder rewritten(kKey, &unreadable);
  rewritten.write(2, "a");
  CHECK(only(rewritten).first.overwrites == Ids{operation_id(1), operation_id(2)});
}

TEST_CASE("edit: clearing a register writes nil over what is there") {
  const RecordView view = view_with(2, {{"a", kOwn}});
  ChangeBuilder builder(kKey, &view);
  builder.write(2, Value());
  CHECK(only(builder).first.overwrites == Ids{operation_id(1)});
  CHECK(only(builder).second.is_nil());
  const RecordView cleared = view_with(2, {{Value(), kOwn}});
  ChangeBuilder again(kKey, &cleared);
  again.write(2, Value());
  CHECK(again.empty());
}

TEST_CASE("edit: of several writes to one register in one change the last counts") {
  const RecordView view = view_with(2, {{"a", kOwn}});
  ChangeBuilder builder(kKey, &view);
  builder.write(3, "2027");
  builder.write(2, "b");
  builder.write(2, "c");
  const Made made = made_by(builder);
  REQUIRE(made.skeleton.operations.size() == 2);
  CHECK(made.values == Value::Array{"2027", "c"});
  builder.write(2, "a");  // back to what is there
  CHECK(only(builder).first.field == 3);
  builder.write(3, Value());
  CHECK(builder.empty());
  builder.flag(1, true);
  builder.flag(1, false);
  CHECK(builder.empty());
  builder.answer(14, "yes", kOwn);
  builder.answer(14, "no", kOwn);
  CHECK(only(builder).second == Value("no"));
}

TEST_CASE("edit: an element is added once and taken wherever it was added") {
  const RecordView view = view_with(5, {{"x", kOwn}, {"y", kOwn}, {"x", kAnother}});
  ChangeBuilder builder(kKey, &view);
  builder.add(5, "x");
  builder.take(5, "z");
  CHECK(builder.empty());
  builder.add(5, "z");
  builder.add(5, "z");
  CHECK(only(builder).first.operation_class == Add);
  ChangeBuilder taking(kKey, &view);
  taking.take(5, "x");
  CHECK(only(taking).first.operation_class == Take);
  CHECK(only(taking).first.overwrites == Ids{operation_id(1), operation_id(3)});
}

TEST_CASE("edit: a flag is raised and lowered over what is there") {
  const RecordView view = view_with(1, {{true, kOwn}});
  ChangeBuilder builder(kKey, &view);
  builder.flag(1, true);
  CHECK(builder.empty());
  builder.flag(1, false);
  CHECK(only(builder).first.operation_class == Lower);
  CHECK(only(builder).first.overwrites == Ids{operation_id(1)});
  const RecordView conflict = view_with(1, {{true, kOwn}, {false, kOwn}});
  ChangeBuilder resolved(kKey, &conflict);
  resolved.flag(1, true);
  CHECK(only(resolved).first.operation_class == Raise);
  CHECK(only(resolved).first.overwrites == Ids{operation_id(1), operation_id(2)});
}

TEST_CASE("edit: an answer overwrites those of the own council only") {
  const RecordView view = view_with(14, {{"yes", kAnother}, {"no", kOwn}, {"maybe", kOwn}});
  ChangeBuilder builder(kKey, &view);
  builder.answer(14, "no", kOwn);
  CHECK(only(builder).first.operation_class == Answer);
  CHECK(only(builder).first.overwrites == Ids{operation_id(2), operation_id(3)});
  const RecordView answered = view_with(14, {{"yes", kAnother}, {"no", kOwn}});
  ChangeBuilder again(kKey, &answered);
  again.answer(14, "no", kOwn);
  CHECK(again.empty());
  again.answer(14, "yes", kOwn);
  CHECK_FALSE(again.empty());
}

TEST_CASE("edit: a remove names all content, and a removed record is not removed again") {
  RecordView view = view_with(2, {{"a", kOwn}, {"b", kAnother}});
  ChangeBuilder builder(kKey, &view);
  builder.remove();
  CHECK(only(builder).first.operation_class == Remove);
  CHECK(only(builder).first.field == 0);
  CHECK(only(builder).first.overwrites == view.content);
  view.hidden = true;
  ChangeBuilder again(kKey, &view);
  again.remove();
  CHECK(again.empty());
}

TEST_CASE("edit: a record without content left can be removed") {
  RecordView view = view_with(14, {{"yes", kAnother}});
  view.content.clear();
  ChangeBuilder builder(kKey, &view);
  builder.remove();
  CHECK(only(builder).first.operation_class == Remove);
  CHECK(only(builder).first.overwrites.empty());
}

TEST_CASE("edit: a restore takes all removes back, and without any is not made") {
  RecordView view = view_with(2, {{"a", kOwn}});
  ChangeBuilder nothing(kKey, &view);
  nothing.restore();
  CHECK(nothing.empty());
  view.hidden = true;
  view.removes = {operation_id(7), operation_id(8)};
  ChangeBuilder builder(kKey, &view);
  builder.restore();
  CHECK(only(builder).first.operation_class == Restore);
  CHECK(only(builder).first.overwrites == view.removes);
}

TEST_CASE("edit: more than 1024 ids are shared out over several operations, each within the bound") {
  RecordView view;
  view.key = kKey;
  for (std::size_t i = 0; i < 2 * kMaxOverwrites + 1; ++i) {
    const OperationId id{numbered<EntryPrefix>(1), static_cast<std::uint8_t>(i / 250), static_cast<std::uint8_t>(i % 250)};
    view.content.push_back(id);
    view.removes.push_back(id);
    view.values[2].push_back({id, WallTime{1}, kOwn, Value(static_cast<std::int64_t>(i))});
    view.values[5].push_back({id, WallTime{1}, kOwn, Value("x")});
  }
  const auto check = [&](OperationClass operation_class, const Value& value, const auto& act) {
    ChangeBuilder builder(kKey, &view);
    act(builder);
    const Made made = made_by(builder);
    CHECK(made.skeleton.operations.size() == 3);
    std::set<OperationId> named;
    for (std::size_t i = 0; i < made.skeleton.operations.size(); ++i) {
      CHECK(made.skeleton.operations[i].operation_class == operation_class);
      CHECK(made.skeleton.operations[i].overwrites.size() <= kMaxOverwrites);
      CHECK(made.values[i] == value);
      named.insert(made.skeleton.operations[i].overwrites.begin(), made.skeleton.operations[i].overwrites.end());
    }
    CHECK(named == std::set<OperationId>(view.content.begin(), view.content.end()));
  };
  check(Remove, {}, [](ChangeBuilder& builder) { builder.remove(); });
  check(Restore, {}, [](ChangeBuilder& builder) { builder.restore(); });
  check(Write, "resolved", [](ChangeBuilder& builder) { builder.write(2, "resolved"); });
  check(Take, {}, [](ChangeBuilder& builder) { builder.take(5, "x"); });
}
