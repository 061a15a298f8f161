#include "cli/commands/agenda.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "cli/commands/commands.h"
#include "cli/fields.h"
#include "cli/moments.h"
#include "cli/occurrences.h"
#include "cli/records.h"

namespace budstikke::cli {
namespace {

using What = AgendaItem::What;

constexpr int kDefaultDays = 30;
constexpr int kMostDays = 3'660;

// Where each kind's date stands, and what it means. Recurring events count from their rule.
struct AgendaSource {
  Kind kind;
  const char* date;
  What what;
};
constexpr AgendaSource kSources[] = {
    {Kind::Event, "start", What::Event},
    {Kind::Hearing, "deadline", What::Deadline},
    {Kind::Announcement, "valid_until", What::Expires},
};

AgendaItem item_of(const AgendaSource& source, const KindInfo& kind, const Value& record, const LocalMoment& at) {
  AgendaItem item;
  item.what = source.what;
  item.day = at.day;
  item.time = at.minutes ? clock_text(*at.minutes) : std::string();
  item.kind = &kind;
  item.id = record.text("id");
  item.short_id = record.text("short");
  item.title = title_of(kind, record);
  item.place = record.text("place");
  item.cancelled = record.boolean("cancelled");
  return item;
}

void add_items(std::vector<AgendaItem>& items, const AgendaSource& source, const KindInfo& kind, const Value& record,
               const Window& window) {
  const std::optional<Moment> start = parse_moment(record.text(source.date));
  if (!start) return;
  for (const Occurrence& occurrence : occurrences_of(record, *start, window)) {
    const bool has_begun = occurrence.at.day < window.first;
    items.push_back(item_of(source, kind, record, has_begun ? LocalMoment{window.first, std::nullopt} : occurrence.at));
  }
}

std::string what_text(const Context& context, What what) {
  switch (what) {
    case What::Deadline:
      return context.say(Text::DeadlineMark);
    case What::Expires:
      return context.say(Text::ExpiresMark);
    case What::Event:
      break;
  }
  return {};
}

std::string_view what_name(What what) {
  switch (what) {
    case What::Deadline:
      return "deadline";
    case What::Expires:
      return "expires";
    case What::Event:
      break;
  }
  return "event";
}

void print_items(Context& context, const std::vector<AgendaItem>& items) {
  Table table({"", "", "", "", "", "", ""});
  for (const AgendaItem& item : items) {
    table.row({text_of(item.day), item.time, std::string(what_name(item.what)), std::string(item.kind->name), item.short_id,
               item.title, item.place});
  }
  context.print(table);
}

using Networks = std::vector<std::string>;

// The network that was named, else the ids of all; one that is empty, as the node has it, when there is none.
std::optional<Networks> networks_meant(Context& context) {
  if (const std::optional<std::string> named = context.args().flag("network")) return Networks{*named};
  const std::optional<Value> all = context.ask("network.list");
  if (!all) return std::nullopt;
  Networks networks;
  for (const Value& network : all->items("networks")) networks.push_back(network.text("id"));
  if (networks.empty()) networks.emplace_back();
  return networks;
}

std::optional<Value::Array> fetch_from(Context& context, const Networks& networks, const KindInfo& kind, const Value& args) {
  Value::Array records;
  for (const std::string& network : networks) {
    Value asked = args;
    if (!network.empty()) asked.set("network", network);
    std::optional<Value::Array> found = fetch_records(context, kind, std::move(asked));
    if (!found) return std::nullopt;
    std::ranges::move(*found, std::back_inserter(records));
  }
  return records;
}

}  // namespace

std::optional<Value::Array> fetch_everywhere(Context& context, const KindInfo& kind, const Value& args) {
  const std::optional<Networks> networks = networks_meant(context);
  return networks ? fetch_from(context, *networks, kind, args) : std::nullopt;
}

std::optional<std::vector<DatedRecords>> fetch_dated(Context& context) {
  const std::optional<Networks> networks = networks_meant(context);
  if (!networks) return std::nullopt;
  Value args;
  args.set("all", true);
  std::vector<DatedRecords> dated;
  for (const AgendaSource& source : kSources) {
    const KindInfo& kind = *find_kind(source.kind);
    std::optional<Value::Array> records = fetch_from(context, *networks, kind, args);
    if (!records) return std::nullopt;
    dated.push_back({&kind, std::move(*records)});
  }
  return dated;
}

std::vector<AgendaItem> agenda_items(WallTime now, const std::vector<DatedRecords>& dated, int days) {
  const Day today = local_moment(moment_of(now)).day;
  return agenda_items(Window{today, day_of(day_number(today) + days)}, dated);
}

std::vector<AgendaItem> agenda_items(const Window& window, const std::vector<DatedRecords>& dated) {
  std::vector<AgendaItem> items;
  for (const DatedRecords& of_kind : dated) {
    const auto source = std::ranges::find(kSources, of_kind.kind->kind, &AgendaSource::kind);
    for (const Value& record : of_kind.records) add_items(items, *source, *of_kind.kind, record, window);
  }
  std::ranges::sort(items, [](const AgendaItem& a, const AgendaItem& b) {
    return std::tie(a.day, a.time, a.title, a.id) < std::tie(b.day, b.time, b.title, b.id);
  });
  return items;
}

Value json_of_agenda(const std::vector<AgendaItem>& items) {
  Value list = Value::array();
  for (const AgendaItem& item : items) {
    Value row;
    row.set("date", text_of(item.day));
    if (!item.time.empty()) row.set("time", item.time);
    row.set("what", what_name(item.what));
    row.set("kind", item.kind->name);
    row.set("id", item.id);
    row.set("short", item.short_id);
    row.set("title", item.title);
    if (!item.place.empty()) row.set("place", item.place);
    if (item.cancelled) row.set("cancelled", true);
    list.push(std::move(row));
  }
  return list;
}

std::string agenda_mark(const Context& context, const AgendaItem& item) {
  return item.cancelled ? context.say(Text::CancelledMark) : what_text(context, item.what);
}

void print_agenda(Context& context, const std::vector<AgendaItem>& items) {
  std::optional<Day> day;
  for (const AgendaItem& item : items) {
    if (day != item.day) {
      day = item.day;
      context.line(long_moment(text_of(item.day), context.language()));
    }
    std::string line = "  ";
    const std::string when = item.time.empty() ? std::string(5, ' ') : clock_for(item.time, context.language());
    line += when + "  " + item.short_id + "  " + noun_of(*item.kind, context.language()) + ": " + item.title;
    if (!item.place.empty()) line += ", " + item.place;
    const std::string mark = agenda_mark(context, item);
    if (!mark.empty()) line += " (" + mark + ")";
    context.line(context.io().columns > 0 ? cut_to_width(line, context.io().columns) : line);
  }
}

int agenda(Context& context) {
  int days = kDefaultDays;
  if (const std::optional<std::string> given = context.args().flag("days")) {
    const auto [end, error] = std::from_chars(given->data(), given->data() + given->size(), days);
    if (error != std::errc() || end != given->data() + given->size() || days < 0 || days > kMostDays) {
      return context.fail(ApiError::BadNumber, *given);
    }
  }
  const std::optional<std::vector<DatedRecords>> dated = fetch_dated(context);
  if (!dated) return context.exit_code();
  const std::vector<AgendaItem> items = agenda_items(context.now(), *dated, days);
  if (context.json()) {
    context.print(json_of_agenda(items));
  } else if (!context.io().out_is_terminal) {
    print_items(context, items);
  } else if (items.empty()) {
    context.say_line(Text::NothingToCome);
  } else {
    print_agenda(context, items);
  }
  return 0;
}

}  // namespace budstikke::cli
