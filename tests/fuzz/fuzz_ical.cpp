// iCalendar files: read, written and read again, events must have equal values. No UID comes twice, each starts on a day
// there is, and no event ends before it starts; only lines of our own may say so.
#include <algorithm>
#include <chrono>
#include <set>

#include "protocol/base/text.h"
#include "protocol/formats/content_lines.h"
#include "protocol/formats/ical.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/imported.h"

using namespace budstikke;
using namespace budstikke::formats;

namespace {

bool is_day(const std::string& text) {  // YYYYMMDD…
  if (text.size() < 8 || text.find_first_not_of("0123456789") < 8) return false;
  const auto number = [&](std::size_t at, std::size_t width) { return std::stoi(text.substr(at, width)); };
  using namespace std::chrono;
  return (year(number(0, 4)) / number(4, 2) / number(6, 2)).ok();
}

// What stands in the file itself for each event, found by the line where it begins.
void check_starts(std::string_view file, const std::vector<Item>& events) {
  std::set<std::size_t> lines;
  for (const Item& event : events) lines.insert(event.line);
  const Result<Content> content = read_content(file);
  require(content.ok(), "an imported file has content");
  for (const Component& calendar : content->components) {
    for (const Component& event : calendar.components) {
      if (!lines.contains(event.line)) continue;
      const auto start =
          std::find_if(event.lines.begin(), event.lines.end(), [](const ContentLine& line) { return line.name == "DTSTART"; });
      require(start == event.lines.end() || is_day(trim(start->value)), "an imported event starts on a day there is");
    }
  }
}

void check_events(const std::vector<Item>& events, bool has_own_lines) {
  std::set<std::string> uids;
  for (const Item& event : events) {
    require(event.uid.empty() || uids.insert(event.uid).second, "an imported event is the newest of its UID");
    const std::string_view start = first_of(event.fields, "start"), end = first_of(event.fields, "end");
    const bool comparable = start.size() == end.size();  // both are days, or both times in UTC
    require(has_own_lines || !comparable || start <= end, "an imported event does not end before it starts");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const TimeZone zone = default_zone();
  const KindInfo& kind = *find_kind(Kind::Event);
  const Result<Imported> imported = read_ical(text_of(View(data, size)), zone);
  if (!imported || imported->items.empty()) return 0;
  fuzz::accepted();
  for (const Item& item : imported->items) require_bounds(kind, item);
  check_starts(text_of(View(data, size)), imported->items);
  check_events(imported->items, text_of(View(data, size)).find("BUDSTIKKE") != std::string_view::npos);
  if (imported->items.size() > kMaxReimported) return 0;
  const auto records = records_of(imported->items);
  require_same(kind, records, read_ical(write_ical(records, zone, "fuzz"), zone));
  return 0;
}
