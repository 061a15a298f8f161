#include "protocol/formats/ical.h"

#include <doctest/doctest.h>

#include "protocol/formats/ical_dates.h"
#include "tests/protocol/formats/samples.h"

using namespace budstikke;
using namespace budstikke::formats;

namespace {

std::string calendar(std::string_view lines) {
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + std::string(lines) + "END:VCALENDAR\r\n";
}
std::string event(std::string_view lines) { return "BEGIN:VEVENT\r\nUID:1@x\r\n" + std::string(lines) + "END:VEVENT\r\n"; }

Imported read_events(std::string_view file) {
  const auto imported = read_ical(file, default_zone());
  REQUIRE(imported);
  return *imported;
}

FieldTexts event_fields(std::string_view event_lines) {
  const Imported imported = read_events(calendar(event(event_lines)));
  REQUIRE(imported.errors.empty());
  REQUIRE(imported.items.size() == 1);
  return imported.items.front().fields;
}

FieldFault fault_of(std::string_view event_lines) {
  const Imported imported = read_events(calendar(event(event_lines)));
  CHECK(imported.items.empty());
  REQUIRE_FALSE(imported.errors.empty());
  return imported.errors.front().why;
}

std::string written_event(FieldTexts fields) {
  const ExportRecord record{sample_id(1), {1'806'505'200'000}, std::move(fields)};
  return write_ical({&record, 1}, default_zone(), "Råd");
}

bool has(const std::string& file, std::string_view line) {
  return file.find("\r\n" + std::string(line) + "\r\n") != std::string::npos;
}

}  // namespace

TEST_CASE("ical: a timed event in a zone becomes UTC with its zone") {
  const FieldTexts fields = event_fields(
      "DTSTART;TZID=Europe/Copenhagen:20220224T170000\r\nDTEND;TZID=Europe/Copenhagen:20220224T190000\r\nSUMMARY:Møde\\, "
      "Frederiksberg\r\n");
  CHECK(first_of(fields, "title") == "Møde, Frederiksberg");
  CHECK(first_of(fields, "start") == "2022-02-24T16:00:00Z");
  CHECK(first_of(fields, "end") == "2022-02-24T18:00:00Z");
  CHECK(first_of(fields, "zone") == "Europe/Copenhagen");
  CHECK(speaks_of(fields, "place"));
  CHECK(first_of(fields, "all_day").empty());
  CHECK_FALSE(speaks_of(fields, "shared"));
}

TEST_CASE("ical: the last day of a whole-day event is the day before DTEND") {
  const FieldTexts two = event_fields("DTSTART;VALUE=DATE:20270228\r\nDTEND;VALUE=DATE:20270302\r\n");
  CHECK(first_of(two, "start") == "2027-02-28");
  CHECK(first_of(two, "end") == "2027-03-01");
  CHECK(first_of(two, "all_day") == "yes");
  CHECK(first_of(event_fields("DTSTART;VALUE=DATE:20270228\r\nDTEND;VALUE=DATE:20270228\r\n"), "end") == "2027-02-28");
  CHECK(first_of(event_fields("DTSTART;VALUE=DATE:20270228\r\n"), "end").empty());
}

TEST_CASE("ical: a duration becomes an end") {
  CHECK(first_of(event_fields("DTSTART:20270228T100000Z\r\nDURATION:PT1H30M\r\n"), "end") == "2027-02-28T11:30:00Z");
  CHECK(first_of(event_fields("DTSTART;VALUE=DATE:20270228\r\nDURATION:P2D\r\n"), "end") == "2027-03-01");
  CHECK(fault_of("DTSTART:20270228T100000Z\r\nDURATION:-PT1H\r\n") == FieldFault::Date);
  CHECK(fault_of("DTSTART:20270228T100000Z\r\nDURATION:1H\r\n") == FieldFault::Date);
  CHECK(*parse_duration("P1W") == 604'800);
  CHECK(*parse_duration("+P1DT1H1M1S") == 90'061);
  CHECK(*parse_duration("-PT5M") == -300);
  for (std::string_view text : {"", "P", "PT", "P1", "P1H", "PT1D", "P1DT", "PTT1H", "P99999999999999D", "PD", "1D"}) {
    CAPTURE(text);
    CHECK((!parse_duration(text) || text == "P1DT"));
  }
}

TEST_CASE("ical: zones are found by what the calendar calls them") {
  const auto start = [](std::string_view dtstart) {
    return std::string(first_of(event_fields("DTSTART" + std::string(dtstart) + "\r\n"), "start"));
  };
  CHECK(start(";TZID=\"Romance Standard Time\":20270315T170000") == "2027-03-15T16:00:00Z");
  CHECK(start(";TZID=/freeassociation.sourceforge.net/Europe/Copenhagen:20270315T170000") == "2027-03-15T16:00:00Z");
  CHECK(start(":20270315T170000Z") == "2027-03-15T17:00:00Z");
  CHECK(start(":20270315T170000") == "2027-03-15T16:00:00Z");
  CHECK(start(";TZID=Europe/Copenhagen:20260329T023000") == "2026-03-29T01:30:00Z");
  CHECK(first_of(event_fields("DTSTART:20270315T170000Z\r\nRRULE:FREQ=WEEKLY\r\n"), "zone") == "UTC");  // which it repeats by
  CHECK(first_of(event_fields("DTSTART:20270315T170000Z\r\n"), "zone").empty());
  CHECK(fault_of("DTSTART;TZID=Customized Time Zone:20270315T170000\r\n") == FieldFault::Zone);
  const std::string named = calendar("BEGIN:VTIMEZONE\r\nTZID:Min zone\r\nX-LIC-LOCATION:Europe/London\r\nEND:VTIMEZONE\r\n" +
                                     event("DTSTART;TZID=Min zone:20270315T170000\r\n"));
  CHECK(first_of(read_events(named).items.front().fields, "start") == "2027-03-15T17:00:00Z");
  CHECK(first_of(read_events(named).items.front().fields, "zone") == "Europe/London");
  const std::string floating = calendar("X-WR-TIMEZONE:America/New_York\r\n" + event("DTSTART:20270315T120000\r\n"));
  CHECK(first_of(read_events(floating).items.front().fields, "start") == "2027-03-15T16:00:00Z");
}

TEST_CASE("ical: the other properties find their fields") {
  const FieldTexts fields = event_fields(
      "SUMMARY:Møde\r\nLOCATION:Sal "
      "2\r\nDESCRIPTION:En\\nto\r\nURL:https://x.dk\r\nCATEGORIES:Møde,Ekstra\r\nCATEGORIES:Åbent\r\n"
      "ORGANIZER;CN=\"Holbæk, rådet\":MAILTO:raad@x.dk\r\nSTATUS:CANCELLED\r\nRRULE:FREQ=WEEKLY;BYDAY=MO\r\n");
  CHECK(first_of(fields, "place") == "Sal 2");
  CHECK(first_of(fields, "description") == "En\nto");
  CHECK(first_of(fields, "url") == "https://x.dk");
  CHECK(first_of(fields, "type") == "Møde, Ekstra, Åbent");
  CHECK(first_of(fields, "organiser") == "Holbæk, rådet");
  CHECK(first_of(fields, "cancelled") == "yes");
  CHECK(first_of(fields, "rrule") == "FREQ=WEEKLY;BYDAY=MO");
  CHECK(first_of(event_fields("ORGANIZER:MAILTO:raad@x.dk\r\n"), "organiser") == "raad@x.dk");
  CHECK(first_of(event_fields("ORGANIZER:invalid:nomail\r\n"), "organiser").empty());
  CHECK(first_of(event_fields("STATUS:CONFIRMED\r\n"), "cancelled") == "no");
}

TEST_CASE("ical: days and times that a series leaves out are read in their zones and written in that of the start") {
  const std::string series = "SUMMARY:x\r\nDTSTART;TZID=Europe/Copenhagen:20261007T170000\r\nRRULE:FREQ=WEEKLY\r\n";
  const FieldTexts fields = event_fields(series +
                                         "EXDATE;TZID=Europe/Copenhagen:20261021T170000,20261028T170000\r\n"
                                         "EXDATE:20261104T160000Z\r\nEXDATE;VALUE=DATE:20261223\r\n");
  CHECK(all_of(fields, "exceptions") ==
        Texts{"2026-10-21T15:00:00Z", "2026-10-28T16:00:00Z", "2026-11-04T16:00:00Z", "2026-12-23"});
  const std::string written = write_ical(std::vector{ExportRecord{std::string(52, 'A'), {}, fields}}, default_zone(), "kalender");
  for (const char* time : {"20261021", "20261028", "20261104", "20261223"}) {
    CHECK(written.find("EXDATE;TZID=Europe/Copenhagen:" + std::string(time) + "T170000\r\n") != std::string::npos);
  }
  CHECK(all_of(read_events(written).items.front().fields, "exceptions") == all_of(fields, "exceptions"));
  const FieldTexts days = event_fields(
      "SUMMARY:x\r\nDTSTART;VALUE=DATE:20261007\r\nRRULE:FREQ=WEEKLY\r\n"
      "EXDATE;VALUE=DATE:20261014\r\n");
  CHECK(write_ical(std::vector{ExportRecord{std::string(52, 'A'), {}, days}}, default_zone(), "kalender")
            .find("EXDATE;VALUE=DATE:20261014\r\n") != std::string::npos);
  CHECK(read_events(calendar(event(series + "EXDATE:i morgen\r\n"))).errors.size() == 1);
}

TEST_CASE("ical: what cannot be kept is named once") {
  const Imported imported = read_events(calendar(
      "BEGIN:VTODO\r\nEND:VTODO\r\n" + event("SUMMARY:x\r\nATTENDEE:mailto:a@b.dk\r\nATTENDEE:mailto:b@b.dk\r\nRDATE:20270101\r\n"
                                             "X-APPLE:1\r\nCLASS:PRIVATE\r\nBEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n")));
  CHECK(imported.not_kept == std::vector<std::string>{"ATTENDEE", "CLASS", "RDATE", "VALARM", "VTODO"});
  CHECK(imported.items.size() == 1);
}

TEST_CASE("ical: one bad event among good ones is named with its line") {
  const std::string good = "BEGIN:VEVENT\r\nUID:2@x\r\nSUMMARY:god\r\nEND:VEVENT\r\n";
  const Imported imported = read_events(calendar(
      event("DTSTART:20271301\r\n") + good + "BEGIN:VEVENT\r\nSUMMARY:\r\nEND:VEVENT\r\n" +
      "BEGIN:VEVENT\r\nUID:3@x\r\nrod\r\nEND:VEVENT\r\n" + "BEGIN:VEVENT\r\nUID:4@x\r\nURL:javascript:x\r\nEND:VEVENT\r\n"));
  REQUIRE(imported.items.size() == 1);
  CHECK(imported.items.front().uid == "2@x");
  CHECK(imported.items.front().line == 7);
  REQUIRE(imported.errors.size() == 4);
  CHECK(imported.errors[0].line == 5);
  CHECK(imported.errors[0].field == "start");
  CHECK(imported.errors[0].why == FieldFault::Date);
  CHECK(imported.errors[1].line == 11);
  CHECK(imported.errors[1].why == FieldFault::Empty);
  CHECK(imported.errors[2].line == 16);
  CHECK(imported.errors[2].why == FieldFault::Row);
  CHECK(imported.errors[3].why == FieldFault::Url);
}

TEST_CASE("ical: an event that ends before it starts is refused") {
  CHECK(fault_of("DTSTART:20270315T170000Z\r\nDTEND:20270315T160000Z\r\n") == FieldFault::Date);
  CHECK(fault_of("DTSTART;VALUE=DATE:20270315\r\nDTEND;VALUE=DATE:20270314\r\n") == FieldFault::Date);
}

TEST_CASE("ical: of two versions of one event the newer stands, wherever it is in the file") {
  const auto version = [](std::string_view sequence, std::string_view stamp, std::string_view title) {
    return "BEGIN:VEVENT\r\nUID:1@x\r\nSEQUENCE:" + std::string(sequence) + "\r\nDTSTAMP:" + std::string(stamp) +
           "\r\nSUMMARY:" + std::string(title) + "\r\nEND:VEVENT\r\n";
  };
  const auto title = [](const std::string& events) {
    const Imported imported = read_events(calendar(events));
    REQUIRE(imported.items.size() == 1);
    return std::string(first_of(imported.items.front().fields, "title"));
  };
  CHECK(title(version("2", "20270101T000000Z", "ny") + version("1", "20280101T000000Z", "gammel")) == "ny");
  CHECK(title(version("1", "20270101T000000Z", "gammel") + version("1", "20280101T000000Z", "ny")) == "ny");
  CHECK(title(version("9", "20270101T000000Z", "gammel") + version("10", "20270101T000000Z", "ny")) == "ny");
}

TEST_CASE("ical: one of a series is known by UID and recurrence") {
  CHECK(read_events(calendar(event("RECURRENCE-ID;TZID=Europe/Copenhagen:20270315T170000\r\nSUMMARY:x\r\n"))).items.front().uid ==
        "1@x#2027-03-15T16:00:00Z");
  CHECK(read_events(calendar(event("RECURRENCE-ID;VALUE=DATE:20270315\r\nSUMMARY:x\r\n"))).items.front().uid == "1@x#2027-03-15");
}

TEST_CASE("ical: one of a series that is moved does not take place in the series as well") {
  const std::string series =
      event("DTSTART;TZID=Europe/Copenhagen:20270315T170000\r\nRRULE:FREQ=WEEKLY;COUNT=4\r\nSUMMARY:Møde\r\n");
  const std::string moved = event(
      "RECURRENCE-ID;TZID=Europe/Copenhagen:20270322T170000\r\nDTSTART;TZID=Europe/"
      "Copenhagen:20270323T180000\r\nSUMMARY:Møde\r\n");
  for (const std::string& file : {series + moved, moved + series}) {
    const Imported imported = read_events(calendar(file));
    REQUIRE(imported.items.size() == 2);
    const Item& whole = imported.items[file.starts_with(series) ? 0 : 1];
    CHECK(all_of(whole.fields, "exceptions") == Texts{"2027-03-22T16:00:00Z"});
  }
  const std::string excepted =
      event("DTSTART;TZID=Europe/Copenhagen:20270315T170000\r\nRRULE:FREQ=WEEKLY\r\nEXDATE:20270322T160000Z\r\nSUMMARY:x\r\n");
  CHECK(all_of(read_events(calendar(excepted + moved)).items.front().fields, "exceptions") == Texts{"2027-03-22T16:00:00Z"});
  CHECK(all_of(read_events(calendar(event("SUMMARY:x\r\n") + moved)).items.front().fields, "exceptions").empty());  // no series
}

TEST_CASE("ical: a file without calendar, in UTF-16 or too large is refused as a whole") {
  CHECK(read_ical("", default_zone()).error().code == Code::Invalid);
  CHECK(read_ical("BEGIN:VCARD\r\nEND:VCARD\r\n", default_zone()).error().code == Code::Invalid);
  CHECK(read_ical("\xFF\xFE", default_zone()).error().code == Code::Invalid);
  CHECK(read_ical(std::string(1'048'577, ' '), default_zone()).error().code == Code::TooLarge);
  CHECK(read_events(calendar("")).items.empty());
}

TEST_CASE("ical: a UID of more than 1,024 bytes is refused") {
  const Imported imported =
      read_events(calendar("BEGIN:VEVENT\r\nUID:" + std::string(1'025, 'u') + "\r\nSUMMARY:x\r\nEND:VEVENT\r\n"));
  REQUIRE(imported.errors.size() == 1);
  CHECK(imported.errors.front().why == FieldFault::TooLong);
}

TEST_CASE("ical: a calendar is written to the letter") {
  const std::string file = written_event({{"title", {"Møde; i rådet"}},
                                          {"start", {"2027-03-31T15:00:00Z"}},
                                          {"end", {"2027-03-31T17:00:00Z"}},
                                          {"zone", {"Europe/Copenhagen"}},
                                          {"organiser", {"Holbæk \"rådet\""}}});
  CHECK(file ==
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//budstikke//" BUDSTIKKE_VERSION
        "//DA\r\nCALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\n"
        "NAME:Råd\r\nX-WR-CALNAME:Råd\r\nX-WR-TIMEZONE:Europe/"
        "Copenhagen\r\nREFRESH-INTERVAL;VALUE=DURATION:PT1H\r\nX-PUBLISHED-TTL:PT1H\r\n"
        "BEGIN:VTIMEZONE\r\nTZID:Europe/"
        "Copenhagen\r\nBEGIN:DAYLIGHT\r\nDTSTART:19700329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n"
        "TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\nEND:DAYLIGHT\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\n"
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nTZNAME:CET\r\nEND:STANDARD\r\nEND:"
        "VTIMEZONE\r\n"
        "BEGIN:VEVENT\r\nUID:" +
            sample_id(1) +
            "@budstikke\r\nDTSTAMP:20270331T150000Z\r\nLAST-MODIFIED:20270331T150000Z\r\nSEQUENCE:228668400\r\n"
            "DTSTART;TZID=Europe/Copenhagen:20270331T170000\r\nDTEND;TZID=Europe/Copenhagen:20270331T190000\r\nSUMMARY:Møde\\; i "
            "rådet\r\n"
            "ORGANIZER;CN=Holbæk 'rådet':invalid:nomail\r\nX-BUDSTIKKE-ORGANISER:Holbæk "
            "\"rådet\"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
}

TEST_CASE("ical: whole days, other zones and cancelled events are written as other programs expect") {
  const std::string days = written_event(
      {{"title", {"x"}}, {"start", {"2027-02-27"}}, {"end", {"2027-02-28"}}, {"all_day", {"yes"}}, {"cancelled", {"yes"}}});
  CHECK(has(days, "DTSTART;VALUE=DATE:20270227"));
  CHECK(has(days, "DTEND;VALUE=DATE:20270301"));
  CHECK(has(days, "STATUS:CANCELLED"));
  CHECK(days.find("X-BUDSTIKKE") == std::string::npos);
  const std::string london = written_event({{"start", {"2027-03-31T15:00:00Z"}}, {"zone", {"Europe/London"}}});
  CHECK(has(london, "DTSTART:20270331T150000Z"));
  CHECK(has(london, "X-BUDSTIKKE-ZONE:Europe/London"));
  CHECK(has(written_event({{"start", {"2027-03-31T15:00:00Z"}}, {"zone", {"Europe/London"}}, {"rrule", {"FREQ=DAILY"}}}),
            "DTSTART;TZID=Europe/London:20270331T160000"));
  const std::string repeated = written_event({{"start", {"2027-03-15T16:00:00Z"}}, {"rrule", {"FREQ=WEEKLY"}}});  // in no zone
  CHECK(has(repeated, "DTSTART;TZID=Europe/Copenhagen:20270315T170000"));  // in UTC it would be at 18 after the 28th
  CHECK(has(repeated, "X-BUDSTIKKE-NONE:ZONE"));
  CHECK(values_of(read_events(repeated).items.front().fields, "zone").empty());
  CHECK(has(written_event({{"start", {"2026-10-25T01:30:00Z"}}, {"zone", {"Europe/Copenhagen"}}}), "DTSTART:20261025T013000Z"));
  const std::string month = written_event({{"start", {"2027-03"}}});
  CHECK(has(month, "DTSTART;VALUE=DATE:20270301"));
  CHECK(has(month, "X-BUDSTIKKE-START:2027-03"));
  CHECK(has(written_event({{"organiser", {"a@b.dk"}}}), "ORGANIZER:mailto:a@b.dk"));
}

TEST_CASE("ical: a file that was edited elsewhere is read by its standard lines") {
  std::string file = written_event({{"title", {"x"}}, {"start", {"2027-03"}}});
  CHECK(first_of(read_events(file).items.front().fields, "start") == "2027-03");
  const std::size_t at = file.find("VALUE=DATE:20270301");
  file.replace(at, 19, "VALUE=DATE:20270402");
  CHECK(first_of(read_events(file).items.front().fields, "start") == "2027-04-02");
  std::string retitled = written_event({{"title", {"x"}}, {"start", {"2027-03"}}});
  retitled.replace(retitled.find("SUMMARY:x"), 9, "SUMMARY:y");
  CHECK(first_of(read_events(retitled).items.front().fields, "start") == "2027-03");
  CHECK(first_of(read_events(retitled).items.front().fields, "title") == "y");
}

TEST_CASE("ical: own lines with a value that does not fit are not believed") {
  const FieldTexts fields = event_fields("SUMMARY:x\r\nX-BUDSTIKKE-START:snart\r\nX-BUDSTIKKE-NOSUCH:1\r\n");
  CHECK(first_of(fields, "start").empty());
  CHECK(first_of(event_fields("SUMMARY:x\r\nX-BUDSTIKKE-SHARED:yes\r\n"), "shared") == "yes");
  for (const char* several : {"X-BUDSTIKKE-INVITEES:a,b\r\n", "X-BUDSTIKKE-INVITEES:a\r\nX-BUDSTIKKE-INVITEES:b\r\n"}) {
    CHECK(all_of(event_fields(std::string("SUMMARY:x\r\n") + several), "invitees") == Texts{"a", "b"});
  }
  for (const char* none : {"X-BUDSTIKKE-ZONE:\r\n", "X-BUDSTIKKE-NONE:ZONE\r\n"}) {
    const FieldTexts unzoned =
        event_fields("DTSTART;TZID=Europe/Copenhagen:20270315T170000\r\nRRULE:FREQ=DAILY\r\n" + std::string(none));
    CHECK(speaks_of(unzoned, "zone"));
    CHECK(first_of(unzoned, "zone").empty());
  }
  CHECK_FALSE(speaks_of(event_fields("SUMMARY:x\r\nX-BUDSTIKKE-RSVP:yes\r\n"), "rsvp"));
}
