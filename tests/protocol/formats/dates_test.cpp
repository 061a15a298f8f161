#include "protocol/formats/dates.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace budstikke;
using namespace budstikke::formats;

namespace {

std::string moment_text(std::string_view text) {
  static const TimeZone zone = default_zone();
  const auto moment = read_moment(text, zone);
  return moment ? *moment : "REFUSED";
}

DateFault fault(std::string_view text) {
  DateFault why{};
  const auto moment = read_moment(text, default_zone(), &why);
  REQUIRE_FALSE(moment);
  CHECK(moment.error().code == Code::Invalid);
  return why;
}

}  // namespace

TEST_CASE("dates: canonical texts stand") {
  for (std::string_view text : {"2027", "2027-03", "2027-03-31", "2027-03-31T15:00:00Z"}) CHECK(moment_text(text) == text);
}

TEST_CASE("dates: days are read as people and spreadsheets write them") {
  for (std::string_view text : {"15-03-2026",
                                "15.03.2026",
                                "15.3.2026",
                                "15. 3. 2026",
                                "15/3-2026",
                                "15/3 2026",
                                "15/03/2026",
                                "15. marts 2026",
                                "15 marts 2026",
                                "15. MARTS 2026",
                                "15 March 2026",
                                "15 Mar 2026",
                                "15. mar. 2026",
                                "15-mar-2026",
                                "den 15. marts 2026",
                                "d. 15/3-2026",
                                "søndag den 15. marts 2026",
                                "Sunday 15 March 2026",
                                "søn. 15-03-2026",
                                "  15-03-2026  ",
                                "15\xC2\xA0marts\xC2\xA0"
                                "2026"}) {
    CAPTURE(text);
    CHECK(moment_text(text) == "2026-03-15");
  }
  CHECK(moment_text("LØRDAG den 14. marts 2026") == "2026-03-14");
  CHECK(moment_text("1. september 2026") == "2026-09-01");
  CHECK(moment_text("1. sept. 2026") == "2026-09-01");
  CHECK(moment_text("1. maj 2026") == "2026-05-01");
  CHECK(moment_text("05/05/2026") == "2026-05-05");
}

TEST_CASE("dates: months are read by number and name") {
  for (std::string_view text : {"03-2026", "03/2026", "3-2026", "marts 2026", "March 2026", "mar. 2026"}) {
    CAPTURE(text);
    CHECK(moment_text(text) == "2026-03");
  }
}

TEST_CASE("dates: times are local, and become UTC") {
  for (std::string_view text :
       {"2026-03-15 17:00", "2026-03-15T17:00", "2026-03-15 17.00", "2026-03-15 17:00:00", "15-03-2026 17:00", "15.03.2026 17.00",
        "15/3-2026 kl. 17", "15. marts 2026 kl. 17", "15. marts 2026 kl 17.00", "15. marts 2026, klokken 17:00",
        "15 March 2026 at 17:00", "søndag den 15. marts 2026 kl. 17.00", "2026-03-15T17:00+01:00", "2026-03-15T18:00+0200",
        "2026-03-15T12:00:00-04", "2026-03-15t16:00z"}) {
    CAPTURE(text);
    CHECK(moment_text(text) == "2026-03-15T16:00:00Z");
  }
  CHECK(moment_text("2026-07-15 17:00:30") == "2026-07-15T15:00:30Z");
  CHECK(moment_text("2026-03-29 02:30") == "2026-03-29T01:30:00Z");
  CHECK(moment_text("2026-10-25 02:30") == "2026-10-25T00:30:00Z");
}

TEST_CASE("dates: what can be read in two ways is refused with the reason") {
  CHECK(fault("03/04/2026") == DateFault::Unclear);
  CHECK(fault("3/15/2026") == DateFault::MonthFirst);
  CHECK(fault("03-15-2026") == DateFault::MonthFirst);
  CHECK(fault("03.15.2026") == DateFault::MonthFirst);
  CHECK(fault("15-03-26") == DateFault::ShortYear);
  CHECK(fault("15. mar 26") == DateFault::ShortYear);
  CHECK(fault("mar-27") == DateFault::ShortYear);
}

TEST_CASE("dates: days and times that do not exist are refused") {
  CHECK(fault("31-02-2026") == DateFault::NoSuchDay);
  CHECK(fault("2026-13-01") == DateFault::NoSuchDay);
  CHECK(fault("0-3-2026") == DateFault::NoSuchDay);
  CHECK(fault("32. marts 2026") == DateFault::NoSuchDay);
  CHECK(fault("13-2026") == DateFault::NoSuchDay);
  CHECK(fault("0000") == DateFault::NoSuchDay);
  CHECK(fault("2026-03-15 25:00") == DateFault::NoSuchTime);
  CHECK(fault("2026-03-15 24:00") == DateFault::NoSuchTime);
  CHECK(fault("2026-03-15 17:60") == DateFault::NoSuchTime);
  CHECK(fault("2026-03-15T17:00+25:00") == DateFault::NoSuchTime);
  CHECK(fault("mandag den 15. marts 2026") == DateFault::WrongWeekday);
  CHECK(fault("søndag marts 2026") == DateFault::WrongWeekday);
}

TEST_CASE("dates: everything else is no date") {
  for (std::string_view text : {"",
                                " ",
                                "snart",
                                "15",
                                "15-03",
                                "15 03 2026",
                                "20260315",
                                "2026-3-15",
                                "2026-03-15 17",
                                "2026-03-15 17:0",
                                "2026-03-15 17:00 PM",
                                "15. marts",
                                "15. martian 2026",
                                "marts",
                                "2026-03-15x",
                                "15-03.2026",
                                "-",
                                "1.2.3.4",
                                "2026-03-15T17:00:00Zx",
                                "mandag",
                                "2026-",
                                "5:00 15-03-2026"}) {
    CAPTURE(text);
    CHECK(fault(text) == DateFault::NotADate);
  }
  CHECK(fault(std::string(100, '1')) == DateFault::NotADate);
}

TEST_CASE("dates: times are shown as local, dates as they are") {
  const TimeZone zone = default_zone();
  CHECK(local_text("2026-03-15T16:00:00Z", zone) == "2026-03-15 17:00");
  CHECK(local_text("2026-03-15T16:00:30Z", zone) == "2026-03-15 17:00:30");
  CHECK(local_text("2026-03", zone) == "2026-03");
  CHECK(local_text("snart", zone) == "snart");
  CHECK(danish_date("2026-03-15T16:00:00Z", zone) == "15-03-2026 17:00");
  CHECK(danish_date("2026-03-15", zone) == "15-03-2026");
  CHECK(danish_date("2026-03", zone) == "03-2026");
  CHECK(danish_date("2026", zone) == "2026");
  CHECK(danish_date("snart", zone) == "snart");
}

TEST_CASE("dates: what is shown is read back, but for the second of two equal hours") {
  CHECK(rc::check("shown and read", [] {
    const TimeZone zone = default_zone();
    const std::int64_t seconds = *rc::gen::inRange<std::int64_t>(-62'135'000'000, 253'402'200'000);
    const std::string text = format_utc({seconds * 1'000});
    const bool told = zone.utc_of(zone.local_of({seconds * 1'000})).ms == seconds * 1'000;
    RC_PRE(told);
    RC_ASSERT(*read_moment(local_text(text, zone), zone) == text);
    RC_ASSERT(*read_moment(danish_date(text, zone), zone) == text);
  }));
}
