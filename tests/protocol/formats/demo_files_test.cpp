// The files a demo imports are read whole, and export to files that read the same.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "protocol/formats/csv.h"
#include "protocol/formats/ical.h"
#include "protocol/formats/vcard.h"
#include "protocol/records/moment.h"
#include "tests/protocol/formats/samples.h"

using namespace budstikke;
using namespace budstikke::formats;

namespace {

std::string demo_file(const std::string& name) {
  std::ifstream file(std::string(BUDSTIKKE_SOURCE_DIR "/configs/demo/") + name, std::ios::binary);
  REQUIRE(file.good());
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<ExportRecord> records_of(const Imported& imported) {
  std::vector<ExportRecord> records;
  for (const Item& item : imported.items)
    records.push_back({sample_id(static_cast<std::uint8_t>(records.size())), {0}, item.fields});
  return records;
}

void expect_same(const KindInfo& kind, const Imported& first, const Result<Imported>& second) {
  REQUIRE(second);
  CHECK(second->errors.empty());
  REQUIRE(second->items.size() == first.items.size());
  for (std::size_t i = 0; i < first.items.size(); ++i) CHECK(same_fields(kind, first.items[i].fields, second->items[i].fields));
}

Imported expect_csv(Kind kind_number, const std::string& name, std::size_t rows) {
  const KindInfo& kind = *find_kind(kind_number);
  const auto imported = read_csv(kind, demo_file(name), default_zone());
  REQUIRE(imported);
  CHECK(imported->errors.empty());
  CHECK(imported->not_kept.empty());
  CHECK(imported->items.size() == rows);
  expect_same(kind, *imported, read_csv(kind, write_csv(kind, records_of(*imported), default_zone()), default_zone()));
  return *imported;
}

}  // namespace

TEST_CASE("demo files: the meetings are read whole") {
  const auto imported = read_ical(demo_file("moeder.ics"), default_zone());
  REQUIRE(imported);
  CHECK(imported->errors.empty());
  CHECK(imported->not_kept.empty());
  REQUIRE(imported->items.size() == 11);
  const Item& conference = imported->items[8];
  CHECK(conference.uid == "odsherred-2016-konf@raad.example");
  CHECK(first_of(conference.fields, "start") == "2016-01-23");
  CHECK(first_of(conference.fields, "type") == "Konference");
  CHECK(first_of(conference.fields, "description") ==
        "Årlig konference. Prisen går til en borger, en forening eller en virksomhed, der har gjort en særlig indsats.");
  const Item& timed = imported->items[10];
  CHECK(first_of(timed.fields, "start") == "2022-02-24T16:00:00Z");
  CHECK(first_of(timed.fields, "zone") == "Europe/Copenhagen");
  CHECK(first_of(timed.fields, "title") == "Møde i Integrationsrådet, Frederiksberg");
  expect_same(*find_kind(Kind::Event), *imported,
              read_ical(write_ical(records_of(*imported), default_zone(), "x"), default_zone()));
}

TEST_CASE("demo files: the contacts are read whole") {
  const auto imported = read_vcard(demo_file("kontakter.vcf"));
  REQUIRE(imported);
  CHECK(imported->errors.empty());
  CHECK(imported->not_kept.empty());
  REQUIRE(imported->items.size() == 9);
  const FieldTexts& rem = imported->items[0].fields;
  CHECK(first_of(rem, "name") == "Rådet for Etniske Minoriteter, sekretariatet");
  CHECK(first_of(rem, "email") == "sekretariat@rem.example");
  CHECK(first_of(rem, "address") == "Holbergsgade 6\n1057 København K\nDanmark");
  CHECK(first_of(imported->items[1].fields, "address") == "2635 Ishøj\nDanmark");
  for (VcardVersion version : {VcardVersion::V3, VcardVersion::V4}) {
    expect_same(*find_kind(Kind::Contact), *imported, read_vcard(write_vcard(records_of(*imported), version)));
  }
}

TEST_CASE("demo files: initiatives, hearings and announcements are read whole") {
  const Imported initiatives = expect_csv(Kind::Initiative, "initiativer.csv", 8);
  CHECK(first_of(initiatives.items[2].fields, "origin") == "Odsherred Integrationsråd");
  CHECK(first_of(initiatives.items[2].fields, "start") == "2016-01-23");
  CHECK(first_of(initiatives.items[0].fields, "start") == "2007");
  CHECK(first_of(initiatives.items[0].fields, "status") == "running");
  CHECK(first_of(initiatives.items[6].fields, "area") == "Kvinder og ligestilling");
  const Imported hearings = expect_csv(Kind::Hearing, "hoeringer.csv", 2);
  CHECK(first_of(hearings.items[0].fields, "deadline") == "2013-11-01");
  const Imported announcements = expect_csv(Kind::Announcement, "meddelelser.csv", 3);
  CHECK(first_of(announcements.items[2].fields, "importance") == "high");
}

TEST_CASE("demo files: the municipalities are 98, with four-digit codes") {
  const std::string text = demo_file("kommuner.csv");
  CHECK(std::count(text.begin(), text.end(), '\n') == 99);
  CHECK(text.find("\n0101,København,1084,Hovedstaden\n") != std::string::npos);
}

TEST_CASE("demo files: the template of events to come is read once its days are filled in") {
  std::string text = demo_file("kommende.ics.in");
  for (int day : {7, 12, 18, 25, 27, 35}) {
    const std::string mark = "@DAY" + std::to_string(day) + "@";
    std::string date = text_of(day_of(day_number({2027, 1, 1}) + day));
    std::erase(date, '-');
    std::size_t at = text.find(mark);
    CHECK(at != std::string::npos);
    for (; at != std::string::npos; at = text.find(mark)) text.replace(at, mark.size(), date);
  }
  CHECK(text.find("@DAY") == std::string::npos);
  const auto imported = read_ical(text, default_zone());
  REQUIRE(imported);
  CHECK(imported->errors.empty());
  CHECK(imported->not_kept.empty());
  REQUIRE(imported->items.size() == 5);
  CHECK(first_of(imported->items[0].fields, "start") == "2027-01-08T16:00:00Z");
  CHECK(first_of(imported->items[4].fields, "start") == "2027-01-26");
  CHECK(first_of(imported->items[4].fields, "end") == "2027-01-27");
}
