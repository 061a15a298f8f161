// iCalendar files: read, written and read again, events must have equal values.
#include "protocol/formats/ical.h"
#include "tests/fuzz/fuzz.h"
#include "tests/protocol/formats/reimport.h"

using namespace budstikke;
using namespace budstikke::formats;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const TimeZone zone = default_zone();
  const KindInfo& kind = *find_kind(Kind::Event);
  const Result<Imported> imported = read_ical(text_of(View(data, size)), zone);
  if (!imported || imported->items.empty()) return 0;
  fuzz::accepted();
  require_canonical(kind, imported->items);
  if (imported->items.size() > kMaxReimported) return 0;
  const auto records = records_of(imported->items);
  require_same(kind, records, read_ical(write_ical(records, zone, "fuzz"), zone));
  return 0;
}
