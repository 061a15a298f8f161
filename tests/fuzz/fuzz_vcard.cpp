// vCard files: read, written as 3.0 and 4.0 and read again, contacts must have equal values. A card without a UID has a name.
#include "protocol/formats/vcard.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/imported.h"

using namespace budstikke;
using namespace budstikke::formats;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const KindInfo& kind = *find_kind(Kind::Contact);
  const Result<Imported> imported = read_vcard(text_of(View(data, size)));
  if (!imported || imported->items.empty()) return 0;
  fuzz::accepted();
  for (const Item& item : imported->items) require_bounds(kind, item);
  for (const Item& card : imported->items) {
    require(!card.uid.empty() || !first_of(card.fields, "name").empty(), "an imported contact can be told from others");
  }
  if (imported->items.size() > kMaxReimported) return 0;
  const auto records = records_of(imported->items);
  for (VcardVersion version : {VcardVersion::V3, VcardVersion::V4})
    require_same(kind, records, read_vcard(write_vcard(records, version)));
  return 0;
}
