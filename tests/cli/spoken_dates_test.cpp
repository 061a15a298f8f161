#include "cli/spoken_dates.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "protocol/formats/dates.h"

using namespace budstikke;
using namespace budstikke::cli;

namespace {

const Day kToday{2026, 10, 20};  // a Tuesday of week 43

std::string read(std::string_view said, Lean lean = Lean::Ahead, Edge edge = Edge::First, const Day& today = kToday) {
  const SpokenDate full = date_in_full(said, today, lean, edge);
  if (full.unclear) return "unclear";
  const Result<std::string> moment = formats::read_moment(full.text, formats::default_zone());
  return moment ? formats::local_text(*moment, formats::default_zone()) : "refused";
}

}  // namespace

TEST_CASE("spoken dates: days near today") {
  CHECK(read("i dag") == "2026-10-20");
  CHECK(read("I morgen") == "2026-10-21");
  CHECK(read("imorgen kl. 9") == "2026-10-21 09:00");
  CHECK(read("i morgen 10") == "2026-10-21 10:00");
  CHECK(read("i morgen 10.30") == "2026-10-21 10:30");
  CHECK(read("i morgen, kl. 10") == "2026-10-21 10:00");
  CHECK(read("i overmorgen") == "2026-10-22");
  CHECK(read("i går") == "2026-10-19");
  CHECK(read("tomorrow at 10") == "2026-10-21 10:00");
  CHECK(read("today") == "2026-10-20");
  CHECK(read("yesterday") == "2026-10-19");
}

TEST_CASE("spoken dates: a weekday is the next one, never today") {
  CHECK(read("på torsdag") == "2026-10-22");
  CHECK(read("torsdag kl. 17.30") == "2026-10-22 17:30");
  CHECK(read("på tirsdag") == "2026-10-27");
  CHECK(read("på mandag 17") == "2026-10-26 17:00");
  CHECK(read("on Thursday 17:00") == "2026-10-22 17:00");
  CHECK(read("lør.") == "2026-10-24");
  CHECK(read("søndag") == "2026-10-25");
  CHECK(read("i torsdags") == "2026-10-15");
  CHECK(read("i tirsdags") == "2026-10-13");
  CHECK(read("torsdag", Lean::Back) == "2026-10-15");
}

TEST_CASE("spoken dates: some time from today") {
  CHECK(read("om 3 dage") == "2026-10-23");
  CHECK(read("om en uge") == "2026-10-27");
  CHECK(read("om 3 uger kl. 17") == "2026-11-10 17:00");
  CHECK(read("in 2 months") == "2026-12-20");
  CHECK(read("om en måned", Lean::Ahead, Edge::First, {2027, 1, 31}) == "2027-02-28");
  CHECK(read("om 0 dage") == "refused");
  CHECK(read("om 1000 dage") == "refused");
}

TEST_CASE("spoken dates: a week is its Monday, or its Sunday where the end is meant") {
  CHECK(read("uge 43") == "2026-10-19");  // this one
  CHECK(read("uge 42") == "2027-10-18");
  CHECK(read("uge 42", Lean::Back) == "2026-10-12");
  CHECK(read("week 1") == "2027-01-04");
  CHECK(read("uge 53") == "2026-12-28");
  CHECK(read("uge 53 2027") == "refused");  // it has 52
  CHECK(read("uge 10 2028") == "2028-03-06");
  CHECK(read("uge 44", Lean::Ahead, Edge::Last) == "2026-11-01");
  CHECK(read("torsdag i uge 44 kl. 17") == "2026-10-29 17:00");
  CHECK(read("onsdag uge 44") == "2026-10-28");
  CHECK(read("uge 44 kl. 17") == "refused");
  CHECK(read("uge 54") == "refused");
}

TEST_CASE("spoken dates: a day without a year is the next such day, or the last") {
  CHECK(read("15. marts kl. 17") == "2027-03-15 17:00");
  CHECK(read("15. marts") == "2027-03-15");
  CHECK(read("20. oktober") == "2026-10-20");
  CHECK(read("20. oktober kl. 00.30") == "2026-10-20 00:30");
  CHECK(read("19. okt. kl 9") == "2027-10-19 09:00");
  CHECK(read("24/12") == "2026-12-24");
  CHECK(read("24/12 kl. 18") == "2026-12-24 18:00");
  CHECK(read("15 March at 17") == "2027-03-15 17:00");
  CHECK(read("mandag den 15. marts") == "2027-03-15");
  CHECK(read("tirsdag den 15. marts") == "refused");
  CHECK(read("mandag den 25. oktober") == "refused");  // it is a Sunday; in the year after it would be a Monday
  CHECK(read("29. februar") == "2028-02-29");
  CHECK(read("31. februar") == "refused");
  CHECK(read("15. november", Lean::Back) == "2025-11-15");
  CHECK(read("1. oktober", Lean::Back) == "2026-10-01");
}

TEST_CASE("spoken dates: what can mean two days is refused") {
  for (const char* said :
       {"næste torsdag", "next Thursday kl. 10", "næste uge", "next week", "denne fredag", "sidste mandag", "næste måned"}) {
    CAPTURE(said);
    CHECK(read(said) == "unclear");
  }
}

TEST_CASE("spoken dates: whatever was written in full stays as it is") {
  for (const char* text :
       {"2026-03-15", "15-03-2026 kl. 17.00", "mandag den 16. marts 2026", "2026-03-15T17:00:00Z", "marts 2026", "2026", "",
        "snart", "kl. 17", "15. marts 17", "i", "på", "om", "uge", "3/15/2026", "i morgen tidlig", "15"}) {
    CAPTURE(text);
    CHECK(date_in_full(text, kToday).text == text);
  }
  CHECK(rc::check([](const std::string& junk) { static_cast<void>(date_in_full(junk, kToday)); }));
}
