#include "protocol/records/moment.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <vector>

using namespace budstikke;

TEST_CASE("moment: canonical texts of every precision are read and written alike") {
  for (std::string_view text :
       {"2027", "0001", "9999", "2027-03", "2027-03-31", "2028-02-29", "2027-03-31T15:00:00Z", "2027-12-31T23:59:59Z"}) {
    CAPTURE(text);
    const auto moment = parse_moment(text);
    REQUIRE(moment);
    CHECK(text_of(*moment) == text);
  }
}

TEST_CASE("moment: what is not canonical or does not exist is refused") {
  for (std::string_view text : {"",
                                "27",
                                "0000",
                                "02027",
                                "2027-",
                                "2027-3",
                                "2027-00",
                                "2027-13",
                                "2027-03-",
                                "2027-03-1",
                                "2027-03-00",
                                "2027-03-32",
                                "2027-02-29",
                                "2027-04-31",
                                "2027-03-31T",
                                "2027-03-31T15:00Z",
                                "2027-03-31T15:00:00",
                                "2027-03-31T24:00:00Z",
                                "2027-03-31T15:60:00Z",
                                "2027-03-31T15:00:60Z",
                                "2027-03-31T15:00:00z",
                                "2027-03-31t15:00:00Z",
                                "2027-03-31 15:00:00Z",
                                "2027-03-31T15:00:00+00:00",
                                "2027-03-31T15:00:00Z ",
                                " 2027",
                                "2027T15:00:00Z",
                                "-027",
                                "20 7",
                                "2027/03"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_moment(text));
  }
}

TEST_CASE("moment: a partial date covers its first to its last day") {
  const auto covers = [](std::string_view text) {
    return text_of(first_day(*parse_moment(text))) + ".." + text_of(last_day(*parse_moment(text)));
  };
  CHECK(covers("2027") == "2027-01-01..2027-12-31");
  CHECK(covers("2027-02") == "2027-02-01..2027-02-28");
  CHECK(covers("2028-02") == "2028-02-01..2028-02-29");
  CHECK(covers("2027-03-31") == "2027-03-31..2027-03-31");
  CHECK(covers("2027-03-31T23:59:59Z") == "2027-03-31..2027-03-31");
}

TEST_CASE("moment: order is by beginning, then the longer first") {
  const std::vector<std::string_view> ordered = {
      "2026-12-31T23:59:59Z", "2027",       "2027-01", "2027-01-01", "2027-01-01T00:00:00Z",
      "2027-01-01T00:00:01Z", "2027-01-02", "2027-02", "2028"};
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    for (std::size_t j = 0; j < ordered.size(); ++j) {
      CHECK((compare(*parse_moment(ordered[i]), *parse_moment(ordered[j])) == (i <=> j)));
    }
  }
}

TEST_CASE("moment: known days have known numbers and weekdays") {
  CHECK(day_number({1970, 1, 1}) == 0);
  CHECK(day_number({2000, 3, 1}) == 11'017);
  CHECK(day_number({1969, 12, 31}) == -1);
  CHECK(day_number({1, 1, 1}) == -719'162);
  CHECK(weekday_of({1970, 1, 1}) == 3);
  CHECK(weekday_of({2026, 10, 22}) == 3);
  CHECK(weekday_of({2027, 1, 1}) == 4);
  CHECK(weekday_of({1, 1, 1}) == 0);
  CHECK(days_in_month(1900, 2) == 28);
  CHECK(days_in_month(2000, 2) == 29);
  CHECK(days_in_month(2027, 13) == 0);
  CHECK_FALSE(is_valid({2027, 0, 1}));
  CHECK_FALSE(is_valid({10'000, 1, 1}));
}

TEST_CASE("moment: every day of nine thousand years follows the one before") {
  Day day{1, 1, 1};
  std::int64_t number = day_number(day);
  bool all = true;
  while (day.year < 9'999) {
    Day next = day;
    if (++next.day > days_in_month(next.year, next.month))
      next = {next.month == 12 ? next.year + 1 : next.year, next.month % 12 + 1, 1};
    all = all && day_of(++number) == next && day_number(next) == number && weekday_of(next) == (weekday_of(day) + 1) % 7;
    day = next;
  }
  CHECK(all);
}

TEST_CASE("moment: UTC times keep their milliseconds when read and lose them when written") {
  REQUIRE(parse_utc("2027-03-31T15:00:00Z"));
  CHECK(parse_utc("2027-03-31T15:00:00Z")->ms == 1'806'505'200'000);
  CHECK(parse_utc("1970-01-01T00:00:00.5Z")->ms == 500);
  CHECK(parse_utc("1970-01-01T00:00:01.042Z")->ms == 1'042);
  CHECK(format_utc({1'806'505'200'999}) == "2027-03-31T15:00:00Z");
  CHECK(format_utc({-1}) == "1969-12-31T23:59:59Z");
  CHECK(format_utc({INT64_MIN}) == "0001-01-01T00:00:00Z");
  CHECK(format_utc({INT64_MAX}) == "9999-12-31T23:59:59Z");
  for (std::string_view text : {"2027-03-31", "2027-03-31T15:00:00", "2027-03-31T15:00:00.Z", "2027-03-31T15:00:00.1234Z",
                                "2027-03-31T15:00:00+01:00", "2027-02-30T15:00:00Z", ""}) {
    CAPTURE(text);
    CHECK_FALSE(parse_utc(text));
  }
}

TEST_CASE("moment: whole seconds survive writing and reading") {
  CHECK(rc::check("UTC round trip", [] {
    const std::int64_t seconds = *rc::gen::inRange<std::int64_t>(-62'135'596'800, 253'402'300'799);
    const auto read = parse_utc(format_utc({seconds * 1'000}));
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->ms == seconds * 1'000);
    RC_ASSERT(moment_of(*read) == *parse_moment(format_utc(*read)));
  }));
}
