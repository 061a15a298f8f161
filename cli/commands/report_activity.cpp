// `report activity`: which councils have fallen silent, so that somebody calls them in time.
#include <algorithm>
#include <charconv>
#include <map>

#include "cli/commands/commands.h"
#include "cli/fields.h"
#include "cli/moments.h"
#include "cli/records.h"
#include "cli/report.h"

namespace budstikke::cli {
namespace {

constexpr int kUsualSilentDays = 60;
constexpr int kMostSilentDays = 3'660;

struct CouncilActivity {
  std::string id;
  std::string name;
  std::string last_written;  // empty: never
  std::string last_seen;     // of its node; empty: not since this one started
  std::string silent_since;  // as the council says itself; empty: nothing
  std::int64_t records = 0;
  std::int64_t answers = 0;
  std::optional<std::int64_t> days;  // since it wrote
  bool silent = false;
  const Value* record = nullptr;  // the council's own
};

std::string later(const std::string& a, const std::string& b) { return std::max(a, b); }  // RFC 3339 in UTC sorts as text

// All pages, added up.
std::optional<std::map<std::string, CouncilActivity>> fetch_activity(Context& context, std::string& network_name) {
  std::map<std::string, CouncilActivity> councils;
  Value args = context.with_network(Value::map());
  for (;;) {
    const std::optional<Value> page = context.ask("report.activity", args);
    if (!page) return std::nullopt;
    network_name = page->text("name");
    for (const Value& one : page->items("councils")) {
      CouncilActivity& council = councils[one.text("council")];
      council.id = one.text("council");
      council.name = one.text("name");
      council.last_written = later(council.last_written, one.text("last_written"));
      council.last_seen = later(council.last_seen, one.text("last_seen"));
      council.records += one.integer("records");
      council.answers += one.integer("answers");
    }
    const std::string next = page->text("next");
    if (next.empty() || next == args.text("after")) return councils;
    args.set("after", next);
  }
}

void judge(CouncilActivity& council, WallTime now, int silent_days) {
  const Day today = local_moment(moment_of(now)).day;
  if (const std::optional<Moment> wrote = parse_moment(council.last_written)) {
    const std::int64_t days = day_number(today) - day_number(local_moment(*wrote).day);
    council.days = std::max<std::int64_t>(days, 0);  // a clock that is ahead
  }
  if (council.record != nullptr) council.silent_since = council.record->text("silent_since");
  const std::optional<Moment> stated = parse_moment(council.silent_since);
  const bool says_so = stated && first_day(*stated) <= today;
  council.silent = says_so || !council.days || *council.days > silent_days;
}

std::string first_email(const CouncilActivity& council) {
  if (council.record == nullptr || council.record->items("email").empty()) return {};
  const std::string* email = council.record->items("email").front().if_text();
  return email != nullptr ? *email : std::string();
}

ReportTable table_of_councils(const Context& context, const std::vector<CouncilActivity>& councils) {
  const Language language = context.language();
  const auto label = [&](std::string_view name) { return label_of(*find_field(*find_kind(Kind::Council), name), language); };
  ReportTable table{"councils",
                    "",
                    {{"name", context.say(Text::Council)},
                     {"region", label("region")},
                     {"silent", context.say(Text::ColumnSilent)},
                     {"last_written", context.say(Text::ColumnLastWritten)},
                     {"days", context.say(Text::ColumnDaysSilent), true},
                     {"records", context.say(Text::Records), true},
                     {"answers", context.say(Text::ColumnAnswers), true},
                     {"last_seen", context.say(Text::ColumnLastSeen)},
                     {"term_end", context.say(Text::ColumnTermEnd)},
                     {"secretary", label("secretary")},
                     {"email", label("email")}}};
  for (const CouncilActivity& council : councils) {
    const auto field = [&](const char* name) { return council.record != nullptr ? council.record->text(name) : std::string(); };
    table.rows.push_back({{cell_of(council.name), cell_of(field("region")),
                           ReportCell{Value(council.silent), council.silent ? context.say(Text::ColumnSilent) : ""},
                           date_cell(council.last_written, language, context.say(Text::Never)),
                           council.days ? cell_of(*council.days) : ReportCell{}, cell_of(council.records),
                           cell_of(council.answers), date_cell(council.last_seen, language),
                           date_cell(field("term_end"), language), cell_of(field("secretary")), cell_of(first_email(council))},
                          council.silent});
  }
  return table;
}

// The silent first, those that never wrote before all, then the longest silent; the others by name.
void order_by_need(std::vector<CouncilActivity>& councils) {
  std::ranges::stable_sort(councils, {}, [](const CouncilActivity& council) { return sort_key(council.name); });
  std::ranges::stable_sort(councils, [](const CouncilActivity& a, const CouncilActivity& b) {
    if (a.silent != b.silent) return a.silent;
    return a.silent && a.days.value_or(kMostSilentDays) > b.days.value_or(kMostSilentDays);
  });
}

}  // namespace

int report_activity(Context& context) {
  int days = kUsualSilentDays;
  if (const std::optional<std::string> given = context.args().flag("days")) {
    const auto [end, error] = std::from_chars(given->data(), given->data() + given->size(), days);
    if (error != std::errc() || end != given->data() + given->size() || days < 1 || days > kMostSilentDays) {
      return context.fail(ApiError::BadNumber, *given);
    }
  }
  std::string network_name;
  std::optional<std::map<std::string, CouncilActivity>> found = fetch_activity(context, network_name);
  if (!found) return context.exit_code();
  const std::optional<Value::Array> records =
      fetch_records(context, *find_kind(Kind::Council), context.with_network(Value::map()));
  if (!records) return context.exit_code();
  std::vector<CouncilActivity> councils;
  for (auto& [id, council] : *found) {
    const auto own = std::ranges::find_if(*records, [&](const Value& record) { return record.text("owner") == council.id; });
    if (own != records->end()) council.record = &*own;
    judge(council, context.now(), days);
    councils.push_back(std::move(council));
  }
  order_by_need(councils);
  const auto silent = std::ranges::count(councils, true, &CouncilActivity::silent);
  Report report{"activity", context.say(Text::ReportActivity), {}, {}, {}};
  const std::string today = long_moment(text_of(local_moment(moment_of(context.now())).day), context.language());
  report.about = {network_name + ", " + today,
                  context.say(Text::ReportSilentCount, {std::to_string(silent), std::to_string(councils.size())}),
                  context.say(Text::ReportSilentRule, {std::to_string(days)})};
  report.facts = {{"network", Value(network_name)}, {"silent_days", Value(days)}};
  report.tables.push_back(table_of_councils(context, councils));
  return give_report(context, report);
}

}  // namespace budstikke::cli
