// CSV files: the first byte, '1' to '8', is the kind's number, the rest the file. Read, written in both styles and read again,
// records must have equal values.
#include "protocol/formats/csv.h"
#include "tests/fuzz/fuzz.h"
#include "tests/protocol/formats/reimport.h"

using namespace budstikke;
using namespace budstikke::formats;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const TimeZone zone = default_zone();
  if (size == 0 || data[0] < '1' || data[0] > '8') return 0;
  const KindInfo& kind = *find_kind(static_cast<Kind>(data[0] - '0'));
  const Result<Imported> imported = read_csv(kind, text_of(View(data + 1, size - 1)), zone);
  if (!imported || imported->items.empty()) return 0;
  fuzz::accepted();
  require_canonical(kind, imported->items);
  if (imported->items.size() > kMaxReimported) return 0;
  const auto records = records_of(imported->items);
  for (CsvStyle style : {CsvStyle::Danish, CsvStyle::International}) {
    require_same(kind, records, read_csv(kind, write_csv(kind, records, zone, style), zone));
  }
  return 0;
}
