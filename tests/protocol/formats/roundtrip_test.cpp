// Export and import again: equal records for every kind and format.
#include <doctest/doctest.h>

#include <algorithm>

#include "protocol/formats/csv.h"
#include "protocol/formats/ical.h"
#include "protocol/formats/vcard.h"
#include "tests/protocol/formats/samples.h"

using namespace budstikke;
using namespace budstikke::formats;

namespace {

void expect_survived(const KindInfo& kind, const std::vector<ExportRecord>& records, const Result<Imported>& imported) {
  RC_ASSERT(imported.ok());
  for (const RowError& error : imported->errors)
    RC_FAIL("line " + std::to_string(error.line) + " " + error.field + ": " + error.message);
  RC_ASSERT(imported->items.size() == records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Item& item = imported->items[i];
    RC_ASSERT(item.uid == uid_of(records[i].id));
    for (const Field& field : kind.fields) {
      const auto wanted = values_of(records[i].fields, field.name), got = values_of(item.fields, field.name);
      RC_LOG() << field.name << "\n";
      RC_ASSERT(std::vector<std::string>(wanted.begin(), wanted.end()) == std::vector<std::string>(got.begin(), got.end()));
    }
  }
}

}  // namespace

TEST_CASE("round trip: every kind survives CSV in both styles") {
  for (const KindInfo& kind : kinds()) {
    CAPTURE(kind.name);
    CHECK(rc::check("CSV of " + std::string(kind.name), [&] {
      const auto records = sample_records(kind);
      for (CsvStyle style : {CsvStyle::Danish, CsvStyle::International}) {
        const std::string file = write_csv(kind, records, default_zone(), style);
        RC_ASSERT(file == write_csv(kind, records, default_zone(), style));
        RC_LOG() << file;
        expect_survived(kind, records, read_csv(kind, file, default_zone()));
      }
    }));
  }
}

TEST_CASE("round trip: events survive iCalendar") {
  const KindInfo& kind = *find_kind(Kind::Event);
  CHECK(rc::check("iCalendar", [&] {
    const auto records = sample_records(kind);
    if (records.empty()) return;  // a file without any is refused
    const std::string file = write_ical(records, default_zone(), "Råd; \"A\"");
    RC_ASSERT(file == write_ical(records, default_zone(), "Råd; \"A\""));
    RC_LOG() << file;
    expect_survived(kind, records, read_ical(file, default_zone()));
  }));
}

TEST_CASE("round trip: contacts survive vCard 3.0 and 4.0") {
  const KindInfo& kind = *find_kind(Kind::Contact);
  CHECK(rc::check("vCard", [&] {
    const auto records = sample_records(kind);
    if (records.empty()) return;  // a file without any is refused
    for (VcardVersion version : {VcardVersion::V3, VcardVersion::V4}) {
      const std::string file = write_vcard(records, version);
      RC_ASSERT(file == write_vcard(records, version));
      RC_LOG() << file;
      expect_survived(kind, records, read_vcard(file));
    }
  }));
}
