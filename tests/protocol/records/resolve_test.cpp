#include "protocol/records/resolve.h"

#include <doctest/doctest.h>

#include "protocol/base/limits.h"
#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

const Field& field(Kind kind, std::string_view name) { return *find_field(*find_kind(kind), name); }

Candidate candidate(std::uint8_t number, std::int64_t stamp, std::optional<Value> value) {
  return {operation_id(number), WallTime{stamp}, numbered<CouncilId>(number), std::move(value)};
}

}  // namespace

TEST_CASE("combine: long texts stand one after the other, oldest first, with a blank line between") {
  const Field& description = field(Kind::Event, "description");
  const std::vector<Candidate> two = {candidate(1, 20, "nyere"), candidate(2, 10, "ældre\nto linjer")};
  CHECK(*combine(description, two) == Value("ældre\nto linjer\n\nnyere"));
  CHECK(*combine(description, {two[1], two[0]}) == Value("ældre\nto linjer\n\nnyere"));
  const std::vector<Candidate> same_time = {candidate(2, 10, "b"), candidate(1, 10, "a")};
  CHECK(*combine(description, same_time) == Value("a\n\nb"));  // by operation id
}

TEST_CASE("combine: texts of one line stay on one line") {
  CHECK(*combine(field(Kind::Event, "place"), {candidate(1, 10, "Rådhuset"), candidate(2, 20, "Biblioteket")}) ==
        Value("Rådhuset / Biblioteket"));
}

TEST_CASE("combine: equal and cleared values add nothing") {
  const Field& place = field(Kind::Event, "place");
  CHECK(*combine(place, {candidate(1, 10, "a"), candidate(2, 20, Value()), candidate(3, 30, "a")}) == Value("a"));
  CHECK(combine(place, {candidate(1, 10, Value())})->is_nil());
}

TEST_CASE("combine: what is no free text, is not here or grows too long is refused") {
  const std::vector<Candidate> dates = {candidate(1, 10, "2027"), candidate(2, 20, "2028")};
  for (const auto& [kind, name] : {std::pair{Kind::Event, "start"},
                                   {Kind::Event, "cancelled"},
                                   {Kind::Event, "shared"},
                                   {Kind::Initiative, "budget"},
                                   {Kind::Initiative, "area"},
                                   {Kind::Initiative, "tags"},
                                   {Kind::Event, "url"},
                                   {Kind::Event, "zone"},
                                   {Kind::Event, "rsvp"}}) {
    CAPTURE(name);
    CHECK_FALSE(can_combine(field(kind, name)));
    CHECK(combine(field(kind, name), dates).error().code == Code::Invalid);
  }
  const Field& description = field(Kind::Event, "description");
  CHECK(combine(description, {candidate(1, 10, "a"), candidate(2, 20, std::nullopt)}).error().code == Code::NotFound);
  CHECK(combine(description, {candidate(1, 10, "a"), candidate(2, 20, 7)}).error().code == Code::Invalid);
  const std::string half(kMaxTextBytes / 2, 'x');
  CHECK(combine(description, {candidate(1, 10, half), candidate(2, 20, half + "y")}).error().code == Code::TooLarge);
}

TEST_CASE("seen mark: is the same in any order and another one when something arrives") {
  const std::vector<OperationId> two = {operation_id(1), operation_id(2)};
  const std::string mark = seen_mark(two);
  CHECK(mark.size() == 6);
  CHECK(mark == seen_mark({operation_id(2), operation_id(1)}));
  CHECK(mark == seen_mark({candidate(1, 10, "a"), candidate(2, 20, std::nullopt)}));  // whatever the values
  CHECK(mark != seen_mark({operation_id(1), operation_id(2), operation_id(3)}));
  RecordView view;
  view.content = {operation_id(1)};
  view.removes = {operation_id(2)};
  CHECK(seen_mark(view) == mark);
}
