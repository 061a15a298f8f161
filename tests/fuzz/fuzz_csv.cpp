// CSV files: the first byte, '1' to '8', is the kind's number, the rest the file. Read, written in both styles and read again,
// records must have equal values; and each came from a row that a slow twin of the table's reader finds sound.
#include <algorithm>
#include <set>

#include "protocol/base/text.h"
#include "protocol/formats/csv.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/imported.h"

using namespace budstikke;
using namespace budstikke::formats;

namespace {

// The lines on which sound rows begin when ';', ',' or TAB parts the cells: every quote is closed and ends its cell, and no cell
// with text in it stands beyond the headings.
class SoundRows {
 public:
  SoundRows(std::string_view text, char delimiter) : delimiter_(delimiter) {
    for (std::size_t i = 0; i < text.size(); ++i) take(text[i], i + 1 == text.size() || text[i + 1] == '\n');
    if (!ended_) end_row();
  }
  bool contains(std::size_t line) const { return lines_.contains(line); }

 private:
  enum class In { Start, Plain, Quotes, AfterQuote };

  void take(char c, bool before_break) {
    ended_ = false;
    if (c == '\n') ++line_;
    if (in_ == In::Quotes) {
      if (c != '"') return add(c);
      in_ = In::AfterQuote;
    } else if (c == delimiter_) {
      end_cell();
    } else if (c == '\n') {
      end_row();
    } else if (c == '"' && in_ != In::Plain) {
      if (in_ == In::AfterQuote) add(c);
      in_ = In::Quotes;
    } else if (c != '\r' || !before_break) {
      sound_ = sound_ && in_ != In::AfterQuote;
      in_ = In::Plain;
      add(c);
    }
  }
  void add(char c) { blank_ = blank_ && trim(std::string_view(&c, 1)).empty(); }
  void end_cell() {
    sound_ = sound_ && in_ != In::Quotes && (headings_ == 0 || cells_ < headings_ || blank_);
    ++cells_;
    blank_ = true;
    in_ = In::Start;
  }
  void end_row() {
    end_cell();
    if (headings_ == 0) headings_ = cells_;
    if (sound_) lines_.insert(begin_);
    cells_ = 0;
    sound_ = true;
    begin_ = line_;
    ended_ = true;
  }

  char delimiter_;
  In in_ = In::Start;
  bool sound_ = true, blank_ = true, ended_ = true;
  std::size_t line_ = 1, begin_ = 1, cells_ = 0, headings_ = 0;
  std::set<std::size_t> lines_;
};

// A line "sep=;" of Excel stands before the table.
void check_rows(std::string_view file, const std::vector<Item>& items) {
  if (file.starts_with("\xEF\xBB\xBF")) file.remove_prefix(3);
  const std::size_t hint = file.starts_with("sep=") ? 1 : 0;
  if (hint > 0) file.remove_prefix(std::min(file.find('\n'), file.size() - 1) + 1);
  const SoundRows tables[] = {{file, ';'}, {file, ','}, {file, '\t'}};
  for (const Item& item : items) {
    const bool sound = std::any_of(std::begin(tables), std::end(tables),
                                   [&](const SoundRows& table) { return table.contains(item.line - hint); });
    require(sound, "an imported row is sound");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const TimeZone zone = default_zone();
  if (size == 0 || data[0] < '1' || data[0] > '8') return 0;
  const KindInfo& kind = *find_kind(static_cast<Kind>(data[0] - '0'));
  const Result<Imported> imported = read_csv(kind, text_of(View(data + 1, size - 1)), zone);
  if (!imported || imported->items.empty()) return 0;
  fuzz::accepted();
  for (const Item& item : imported->items) require_bounds(kind, item);
  check_rows(text_of(View(data + 1, size - 1)), imported->items);
  if (imported->items.size() > kMaxReimported) return 0;
  const auto records = records_of(imported->items);
  for (CsvStyle style : {CsvStyle::Danish, CsvStyle::International}) {
    require_same(kind, records, read_csv(kind, write_csv(kind, records, zone, style), zone));
  }
  return 0;
}
