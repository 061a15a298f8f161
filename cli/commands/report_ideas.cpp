// `report ideas`: initiatives by area, and which of them are worth looking at: lighthouses, endorsed, tried elsewhere.
#include <algorithm>
#include <map>
#include <set>

#include "cli/commands/commands.h"
#include "cli/fields.h"
#include "cli/moments.h"
#include "cli/records.h"
#include "cli/report.h"
#include "protocol/base/text.h"

namespace budstikke::cli {
namespace {

std::size_t answers_in(const Value& record, std::string_view field) {
  const Value* answers = record.find("answers");
  return answers != nullptr ? answers->items(field).size() : 0;
}

// Who an initiative is of: the council it is said to come from (in a shared list of ideas), else its owner.
std::string council_behind(const Value& initiative) {
  const std::string origin = initiative.text("origin");
  return origin.empty() ? initiative.text("owner_name") : origin;
}

// The other councils with the same idea: initiatives linked by `same_as`, in either direction and over several steps.
class SameIdeas {
 public:
  explicit SameIdeas(const Value::Array& initiatives) {
    for (const Value& initiative : initiatives) parents_.emplace(initiative.text("id"), initiative.text("id"));
    for (const Value& initiative : initiatives) {
      for (const Value& other : initiative.items("same_as")) {
        const std::string* id = other.if_text();
        if (id != nullptr && parents_.contains(*id)) parents_[root(*id)] = root(initiative.text("id"));
      }
    }
    for (const Value& initiative : initiatives) councils_[root(initiative.text("id"))].insert(council_behind(initiative));
  }
  std::set<std::string> elsewhere(const Value& initiative) {
    std::set<std::string> councils = councils_[root(initiative.text("id"))];
    const std::string own = fold_case(council_behind(initiative));
    std::erase_if(councils, [&](const std::string& council) { return fold_case(council) == own; });
    return councils;
  }

 private:
  const std::string& root(const std::string& id) {
    const std::string* at = &id;
    while (parents_.at(*at) != *at) {
      std::string& parent = parents_.at(*at);
      parent = parents_.at(parent);  // halves the way for the next
      at = &parent;
    }
    return parents_.find(*at)->first;
  }
  std::map<std::string, std::string> parents_;
  std::map<std::string, std::set<std::string>> councils_;  // by root
};

struct AreaCounts {
  std::int64_t ideas = 0;
  std::set<std::string> councils;
  std::int64_t running = 0;
  std::int64_t done = 0;
  std::int64_t lighthouses = 0;
  std::int64_t endorsed = 0;
  std::int64_t tried_elsewhere = 0;
  std::int64_t budget = 0;

  void add(const Value& initiative, bool elsewhere) {
    ++ideas;
    councils.insert(fold_case(council_behind(initiative)));
    running += initiative.text("status") == "running" ? 1 : 0;
    done += initiative.text("status") == "done" ? 1 : 0;
    lighthouses += answers_in(initiative, "lighthouse") > 0 ? 1 : 0;
    endorsed += answers_in(initiative, "endorsements") > 0 ? 1 : 0;
    tried_elsewhere += elsewhere ? 1 : 0;
    const std::int64_t kroner = initiative.integer("budget");
    if (kroner > 0 && budget <= kMostBudget - std::min(kroner, kMostBudget)) budget += kroner;
  }
  // Beyond all sums of councils: what somebody writes to make the sum overflow is left out.
  static constexpr std::int64_t kMostBudget = 1'000'000'000'000'000;
};

std::string with_points(std::int64_t number, Language language) {  // 1.250.000
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, language == Language::Danish ? "." : ",");
  return text;
}

std::vector<ReportCell> cells_of_area(const AreaCounts& area, Language language) {
  return {cell_of(area.ideas),           cell_of(static_cast<std::int64_t>(area.councils.size())),
          cell_of(area.running),         cell_of(area.done),
          cell_of(area.lighthouses),     cell_of(area.endorsed),
          cell_of(area.tried_elsewhere), ReportCell{Value(area.budget), with_points(area.budget, language)}};
}

ReportTable areas_table(const Context& context) {
  return {"areas",
          "",
          {{"area", context.say(Text::ColumnArea)},
           {"initiatives", context.say(Text::ColumnIdeas), true},
           {"councils", context.say(Text::ColumnCouncils), true},
           {"running", context.say(Text::ColumnRunning), true},
           {"done", context.say(Text::ColumnDone), true},
           {"lighthouses", context.say(Text::ColumnLighthouses), true},
           {"endorsed", context.say(Text::ColumnEndorsed), true},
           {"tried_elsewhere", context.say(Text::ColumnTriedElsewhere), true},
           {"budget", context.say(Text::ColumnBudget), true}}};
}

ReportTable picked_table(const Context& context) {
  return {"initiatives",
          context.say(Text::SectionPicked),
          {{"title", context.say(Text::ColumnIdea)},
           {"id", "ID"},
           {"council", context.say(Text::Council)},
           {"area", context.say(Text::ColumnArea)},
           {"lighthouse", context.say(Text::ColumnLighthouse)},
           {"endorsements", context.say(Text::ColumnEndorsements), true},
           {"tried_elsewhere", context.say(Text::ColumnTriedElsewhere)}}};
}

ReportRow picked_row(const Context& context, const Value& initiative, const std::set<std::string>& elsewhere) {
  const bool lighthouse = answers_in(initiative, "lighthouse") > 0;
  std::string names;
  Value councils = Value::array();
  for (const std::string& council : elsewhere) {
    names += (names.empty() ? "" : ", ") + council;
    councils.push(council);
  }
  return {{cell_of(initiative.text("title")), ReportCell{Value(initiative.text("id")), initiative.text("short")},
           cell_of(council_behind(initiative)), cell_of(initiative.text("area")),
           ReportCell{Value(lighthouse), lighthouse ? context.say(Text::ColumnLighthouse) : ""},
           cell_of(static_cast<std::int64_t>(answers_in(initiative, "endorsements"))), ReportCell{std::move(councils), names}},
          lighthouse};
}

// The areas of the councils' report in its order, then others by name, then those without any.
std::string area_key(const std::string& area) {
  const Field& field = *find_field(*find_kind(Kind::Initiative), "area");
  const auto known = std::ranges::find(field.choices, area, &Choice::value);
  if (known != field.choices.end()) return std::string(1, static_cast<char>('!' + (known - field.choices.begin())));
  return area.empty() ? "~~" : "z" + sort_key(area);
}

}  // namespace

int report_ideas(Context& context) {
  const KindInfo& kind = *find_kind(Kind::Initiative);
  std::optional<Value::Array> initiatives = fetch_records(context, kind, context.with_network(Value::map()));
  if (!initiatives) return context.exit_code();
  order_for_people(kind, *initiatives);
  SameIdeas same(*initiatives);
  std::map<std::string, std::pair<std::string, AreaCounts>> areas;
  AreaCounts total;
  ReportTable picked = picked_table(context);
  for (const Value& initiative : *initiatives) {
    const std::set<std::string> elsewhere = same.elsewhere(initiative);
    const std::string area = initiative.text("area");
    auto& of_area = areas[area_key(area)];
    of_area.first = area;
    of_area.second.add(initiative, !elsewhere.empty());
    total.add(initiative, !elsewhere.empty());
    const bool is_picked =
        !elsewhere.empty() || answers_in(initiative, "lighthouse") > 0 || answers_in(initiative, "endorsements") > 0;
    if (is_picked) picked.rows.push_back(picked_row(context, initiative, elsewhere));
  }
  std::ranges::stable_sort(picked.rows, [](const ReportRow& a, const ReportRow& b) { return a.marked && !b.marked; });
  ReportTable table = areas_table(context);
  for (const auto& [key, area] : areas) {
    std::vector<ReportCell> cells = cells_of_area(area.second, context.language());
    cells.insert(cells.begin(), area.first.empty() ? ReportCell{{}, context.say(Text::RowNone)} : cell_of(area.first));
    table.rows.push_back({std::move(cells)});
  }
  if (table.rows.size() > 1) {
    std::vector<ReportCell> cells = cells_of_area(total, context.language());
    cells.insert(cells.begin(), cell_of(context.say(Text::RowTotal)));
    table.rows.push_back({std::move(cells), false, true});
  }
  Report report{"ideas", context.say(Text::ReportIdeas), {}, {}, {}};
  report.about = {long_moment(text_of(local_moment(moment_of(context.now())).day), context.language()),
                  context.say(Text::ReportIdeasRule)};
  report.tables = {std::move(table), std::move(picked)};
  return give_report(context, report);
}

}  // namespace budstikke::cli
