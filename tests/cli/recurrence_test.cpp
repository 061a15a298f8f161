#include "cli/recurrence.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace budstikke;
using namespace budstikke::cli;

namespace {

const Day kFirst{2026, 9, 3};  // a Thursday

std::string days(std::string_view rule, const Day& from = kFirst, const Day& last = {2026, 12, 31}, const Day& first = kFirst) {
  const auto found = days_of_rule(rule, first, from, last);
  if (!found) return "refused";
  std::string text;
  for (const Day& day : *found) text += (text.empty() ? "" : " ") + text_of(day);
  return text;
}

}  // namespace

TEST_CASE("recurrence: rules that councils use") {
  CHECK(days("FREQ=WEEKLY;COUNT=3") == "2026-09-03 2026-09-10 2026-09-17");
  CHECK(days("FREQ=WEEKLY;INTERVAL=2;UNTIL=20261001") == "2026-09-03 2026-09-17 2026-10-01");
  CHECK(days("FREQ=MONTHLY;BYDAY=1TH;COUNT=3") == "2026-09-03 2026-10-01 2026-11-05");
  CHECK(days("FREQ=MONTHLY;BYDAY=-1MO;COUNT=3") == "2026-09-03 2026-09-28 2026-10-26");
  CHECK(days("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3") == "2026-09-03 2026-09-30 2026-10-31");
  CHECK(days("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3") == "2026-09-03 2026-09-30 2026-10-30");
  CHECK(days("FREQ=DAILY;COUNT=2") == "2026-09-03 2026-09-04");
  CHECK(days("FREQ=YEARLY", kFirst, {2028, 12, 31}) == "2026-09-03 2027-09-03 2028-09-03");
  CHECK(days("FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", {2027, 1, 1}, {2028, 12, 31}) == "2027-10-31 2028-10-29");
}

TEST_CASE("recurrence: weeks begin on Monday, also with an interval") {
  CHECK(days("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TH;COUNT=4") == "2026-09-03 2026-09-06 2026-09-17 2026-09-20");
}

TEST_CASE("recurrence: a month without the day is left out") {
  CHECK(days("FREQ=MONTHLY;COUNT=3", {2026, 1, 1}, {2026, 12, 31}, {2026, 1, 31}) == "2026-01-31 2026-03-31 2026-05-31");
}

TEST_CASE("recurrence: UNTIL in UTC means its local day") {
  CHECK(days("FREQ=DAILY;UNTIL=20260904T223000Z") == "2026-09-03 2026-09-04 2026-09-05");  // half past midnight in Denmark
}

TEST_CASE("recurrence: COUNT counts from the first day, also what is before the window") {
  CHECK(days("FREQ=WEEKLY;COUNT=3", {2026, 9, 15}) == "2026-09-17");
  CHECK(days("FREQ=WEEKLY;COUNT=2", {2026, 9, 15}) == "");
}

TEST_CASE("recurrence: what is not understood is refused") {
  for (const char* rule : {"", "FREQ=HOURLY", "FREQ=WEEKLY;BYHOUR=9", "FREQ=WEEKLY;INTERVAL=0", "COUNT=3", "FREQ=WEEKLY;BYDAY=XX",
                           "FREQ=WEEKLY;BYDAY=0MO", "FREQ=MONTHLY;BYMONTHDAY=32", "FREQ=WEEKLY;UNTIL=nu",
                           "FREQ=WEEKLY;BYDAY=", "FREQ=YEARLY;BYWEEKNO=3", "FREQ=WEEKLY;WKST=SU", "rubbish"}) {
    CAPTURE(rule);
    CHECK(days(rule) == "refused");
  }
  CHECK(days("FREQ=YEARLY", {2026, 1, 1}, {2026, 12, 31}, {1, 1, 1}) == "refused");  // older than any meeting plan
}

TEST_CASE("recurrence: an impossible rule ends") {
  CHECK(days("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", kFirst, {2126, 1, 1}) == "2026-09-03");
}

TEST_CASE("recurrence: days are in order, once each, and within the window, whatever the rule says") {
  CHECK(rc::check([](const std::string& junk) {
    const std::string every = *rc::gen::element<std::string>("DAILY", "WEEKLY", "MONTHLY;BYDAY=MO,2TU", "YEARLY");
    const std::string more =
        *rc::gen::element<std::string>("", ";INTERVAL=3", ";COUNT=7", ";BYMONTHDAY=1,-1", ";BYSETPOS=1", junk);
    const std::string rule = "FREQ=" + every + more;
    const auto found = days_of_rule(rule, kFirst, {2026, 10, 1}, {2028, 10, 1});
    if (!found) return;
    RC_ASSERT(std::is_sorted(found->begin(), found->end()));
    RC_ASSERT(std::adjacent_find(found->begin(), found->end()) == found->end());
    for (const Day& day : *found) RC_ASSERT(day >= (Day{2026, 10, 1}) && day <= (Day{2028, 10, 1}));
  }));
}
