#include "protocol/records/view.h"

#include <doctest/doctest.h>

#include "tests/protocol/records/councils.h"
#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

using enum OperationClass;

// A record of live operations with their values; source n has entry n and, unless said otherwise, stamp n.
struct ViewStory {
  explicit ViewStory(Kind kind = Kind::Event) { state.key = {kOwner, static_cast<std::uint8_t>(kind), numbered<Nonce>(1)}; }
  OperationId take(std::uint8_t field, OperationClass operation_class, std::optional<Value> value = {}, std::uint64_t log = 1,
                   std::int64_t stamp = -1, std::vector<OperationId> names = {}) {
    const auto number = static_cast<std::uint8_t>(state.sources.size() + 1);
    state.sources.push_back(
        {numbered<EntryPrefix>(number), 0, {}, WallTime{stamp < 0 ? number : stamp}, EntryNumber{number}, LogNumber{log}});
    state.live.push_back({static_cast<std::uint32_t>(number - 1), 0, field, operation_class, std::move(names)});
    values.push_back(std::move(value));
    return operation_id(number);
  }
  RecordView view() const {
    return view_of(state, standing_of, [this](const Source& source, std::uint8_t position) {
      CHECK(position == 0);
      return values[source.number.value - 1];
    });
  }
  RecordState state;
  std::vector<std::optional<Value>> values;
};

}  // namespace

TEST_CASE("view: an empty record shows nothing") {
  const RecordView view = ViewStory().view();
  CHECK(view.shown(2) == nullptr);
  CHECK(view.of(2).empty());
  CHECK_FALSE(view.in_conflict(2));
  CHECK(view.distinct(2).empty());
  CHECK(view.answers(14).empty());
  CHECK(view.content.empty());
  CHECK_FALSE(view.hidden);
}

TEST_CASE("view: the newest stamp is shown, and of equal stamps the greater operation id") {
  ViewStory story;
  story.take(2, Write, "late", 1, 50);
  story.take(2, Write, "early", 1, 20);
  story.take(2, Write, "late, greater id", 2, 50);
  const RecordView view = story.view();
  REQUIRE(view.of(2).size() == 3);
  CHECK(*view.shown(2) == Value("late, greater id"));
  CHECK(view.in_conflict(2));
  CHECK(view.distinct(2) == std::vector<Value>{"late, greater id", "late", "early"});
  CHECK(view.of(2)[0].council == kOther);
  CHECK(view.of(2)[2].stamp == WallTime{20});
  CHECK(view.changed == WallTime{50});
  CHECK(view.content.size() == 3);
}

TEST_CASE("view: the order of live operations makes no difference") {
  ViewStory story;
  story.take(2, Write, "a", 1, 50);
  story.take(2, Write, "b", 2, 50);
  story.take(3, Write, "2027");
  const RecordView view = story.view();
  std::reverse(story.state.live.begin(), story.state.live.end());
  const RecordView other = story.view();
  CHECK(view.distinct(2) == other.distinct(2));
  CHECK(*view.shown(2) == *other.shown(2));
}

TEST_CASE("view: equal values side by side are no conflict") {
  ViewStory story;
  story.take(2, Write, "same", 1);
  story.take(2, Write, "same", 2);
  CHECK_FALSE(story.view().in_conflict(2));
  CHECK(story.view().distinct(2).size() == 1);
  story.take(2, Write, Value(), 2);  // cleared at the same time: a difference people must see
  CHECK(story.view().in_conflict(2));
}

TEST_CASE("view: a value that is not to be had is not shown, equals nothing, and is named by what overwrites it") {
  ViewStory story;
  story.take(2, Write, std::nullopt, 2, 20);
  CHECK_FALSE(story.view().in_conflict(2));  // alone it is only missing
  story.take(2, Write, "there", 1, 10);
  const RecordView view = story.view();
  CHECK(*view.shown(2) == Value("there"));
  CHECK(view.in_conflict(2));
  CHECK(view.of(2).size() == 2);
  CHECK(view.content.size() == 2);
  REQUIRE(view.alternatives(2).size() == 2);
  CHECK_FALSE(view.alternatives(2)[0].value.has_value());
  story.take(2, Write, std::nullopt, 1, 30);  // two that are not here may differ
  CHECK(story.view().alternatives(2).size() == 3);
  ViewStory missing;
  missing.take(2, Write, std::nullopt, 1);
  missing.take(2, Write, std::nullopt, 2);
  CHECK(missing.view().in_conflict(2));
}

TEST_CASE("view: the alternatives are the different values, each by the newest who wrote it, best first") {
  ViewStory story;
  story.take(2, Write, "a", 1, 10);
  story.take(2, Write, "b", 2, 20);
  story.take(2, Write, "a", 2, 30);
  story.take(2, Write, Value(), 1, 5);
  const std::vector<Candidate> alternatives = story.view().alternatives(2);
  REQUIRE(alternatives.size() == 3);
  CHECK(*alternatives[0].value == Value("a"));
  CHECK(alternatives[0].council == kOther);
  CHECK(*alternatives[1].value == Value("b"));
  CHECK(alternatives[2].value->is_nil());
}

TEST_CASE("view: a cleared register shows nothing") {
  ViewStory story;
  story.take(2, Write, Value());
  CHECK(story.view().shown(2) == nullptr);
}

TEST_CASE("view: a flag's value comes from its class, without values") {
  ViewStory story;
  story.take(1, Raise, std::nullopt, 1, 10);
  CHECK(*story.view().shown(1) == Value(true));
  story.take(1, Lower, std::nullopt, 1, 20);
  CHECK(*story.view().shown(1) == Value(false));
  CHECK(story.view().in_conflict(1));
}

TEST_CASE("view: a set's elements are shown once, in order, and are no conflict") {
  ViewStory story(Kind::Contact);
  for (std::string_view email : {"b@x.dk", "a@x.dk", "b@x.dk"}) story.take(5, Add, Value(email));
  const RecordView view = story.view();
  CHECK(view.distinct(5) == std::vector<Value>{"a@x.dk", "b@x.dk"});
  CHECK_FALSE(view.in_conflict(5));
  CHECK(view.content.size() == 3);
}

TEST_CASE("view: of each council's answers the best is shown, by council") {
  ViewStory story;
  story.take(14, Answer, "yes", 2, 10);
  story.take(14, Answer, "no", 2, 20);
  story.take(14, Answer, "maybe", 1, 5);
  const std::vector<Candidate> answers = story.view().answers(14);
  REQUIRE(answers.size() == 2);
  CHECK(answers[0].council == kOwner);
  CHECK(*answers[0].value == Value("maybe"));
  CHECK(*answers[1].value == Value("no"));
  CHECK(story.view().content.empty());  // a remove need not have seen answers
}

TEST_CASE("view: comments are content of nobody's remove, best first") {
  ViewStory story;
  story.take(15, Comment, "first", 1, 10);
  story.take(15, Comment, "second", 2, 20);
  CHECK(story.view().of(15).size() == 2);
  CHECK(*story.view().of(15)[0].value == Value("second"));
  CHECK(story.view().content.empty());
  CHECK_FALSE(story.view().in_conflict(15));
}

TEST_CASE("view: a removed record is hidden, and one brought back by an edit says so") {
  ViewStory story;
  const OperationId title = story.take(2, Write, "x");
  const OperationId remove = story.take(0, Remove, std::nullopt, 1, -1, {title});
  CHECK(story.view().hidden);
  CHECK_FALSE(story.view().edited_after_remove);
  CHECK(story.view().removes == std::vector<OperationId>{remove});
  CHECK(story.view().content == std::vector<OperationId>{title});
  CHECK(story.view().of(0).empty());
  REQUIRE(story.view().removed_by.size() == 1);
  CHECK(story.view().removed_by[0].council == kOwner);
  CHECK(story.view().removed_by[0].operation_class == Remove);
  CHECK(story.view().kept_by.empty());
  const OperationId start = story.take(3, Write, "2027", 2);
  CHECK_FALSE(story.view().hidden);
  CHECK(story.view().edited_after_remove);
  REQUIRE(story.view().kept_by.size() == 1);
  CHECK(story.view().kept_by[0].id == start);
  CHECK(story.view().kept_by[0].council == kOther);
}

TEST_CASE("view: kinds and fields of a later version are shown as they are, without conflicts") {
  ViewStory story(static_cast<Kind>(77));
  story.take(200, Write, "a");
  story.take(200, Write, "b");
  CHECK(*story.view().shown(200) == Value("b"));
  CHECK_FALSE(story.view().in_conflict(200));
}

TEST_CASE("view: erasures are no values, whatever the field in which they say when") {
  ViewStory story;
  story.take(kSharedField, Raise);
  story.take(kSharedField, Redact, Value(), 1, 50, {operation_id(1)});
  story.take(2, Write, "Fest");
  const RecordView view = story.view();
  REQUIRE(view.shown(kSharedField) != nullptr);
  CHECK(*view.shown(kSharedField) == Value(true));
  CHECK_FALSE(view.in_conflict(kSharedField));
  CHECK(view.content.size() == 2);
  CHECK(view.changed == WallTime{50});
  story.take(0, Erase);
  CHECK(story.view().of(0).empty());
}
