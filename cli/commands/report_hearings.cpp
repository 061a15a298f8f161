// `report hearings`: by authority, how much was answered in time, and what came of it.
#include <algorithm>
#include <map>

#include "cli/commands/commands.h"
#include "cli/fields.h"
#include "cli/hearings.h"
#include "cli/moments.h"
#include "cli/records.h"
#include "cli/report.h"
#include "protocol/base/text.h"

namespace budstikke::cli {
namespace {

constexpr std::array<std::string_view, 4> kOutcomes = {"followed", "partly", "not", "no-answer"};

struct HearingCounts {
  std::int64_t hearings = 0;
  std::int64_t open = 0;         // the deadline is still to come, or there is none
  std::int64_t short_given = 0;  // under four weeks
  std::int64_t in_time = 0;      // answers of councils, from here on
  std::int64_t late = 0;
  std::int64_t abstained = 0;
  std::int64_t silent = 0;
  std::array<std::int64_t, kOutcomes.size()> outcomes{};  // of hearings, from here on
  std::int64_t unknown_outcome = 0;                       // over, and nothing is noted

  void add(const HearingCounts& other) {
    hearings += other.hearings;
    open += other.open;
    short_given += other.short_given;
    in_time += other.in_time;
    late += other.late;
    abstained += other.abstained;
    silent += other.silent;
    for (std::size_t i = 0; i < outcomes.size(); ++i) outcomes[i] += other.outcomes[i];
    unknown_outcome += other.unknown_outcome;
  }
};

HearingCounts counts_of(const Value& hearing, const std::vector<CouncilName>& councils, bool only_these, const Day& today) {
  HearingCounts counts;
  counts.hearings = 1;
  const bool over = is_past_deadline(hearing, today);
  counts.open = over ? 0 : 1;
  const std::optional<std::int64_t> days = days_given(hearing.text("received"), hearing.text("deadline"));
  counts.short_given = days && *days < kFairDays ? 1 : 0;
  for (const HearingAnswer& answer : hearing_answers(hearing, councils)) {
    const bool is_asked = std::ranges::any_of(councils, [&](const CouncilName& council) { return council.id == answer.council; });
    if (only_these && !is_asked) continue;
    switch (answer.state) {
      case HearingState::Answered:
        ++(answer.late ? counts.late : counts.in_time);
        break;
      case HearingState::Abstained:
        ++counts.abstained;
        break;
      case HearingState::Silent:
        counts.silent += over ? 1 : 0;
        break;
    }
  }
  const auto outcome = std::ranges::find(kOutcomes, hearing.text("outcome"));
  if (outcome != kOutcomes.end()) {
    ++counts.outcomes[static_cast<std::size_t>(outcome - kOutcomes.begin())];
  } else {
    counts.unknown_outcome = over ? 1 : 0;
  }
  return counts;
}

std::vector<ReportCell> cells_of(const HearingCounts& counts) {
  std::vector<ReportCell> cells = {cell_of(counts.hearings), cell_of(counts.open), cell_of(counts.short_given),
                                   cell_of(counts.in_time),  cell_of(counts.late), cell_of(counts.abstained),
                                   cell_of(counts.silent)};
  for (const std::int64_t outcome : counts.outcomes) cells.push_back(cell_of(outcome));
  cells.push_back(cell_of(counts.unknown_outcome));
  return cells;
}

std::string outcome_name(const Context& context, std::string_view outcome) {
  const Field& field = *find_field(*find_kind(Kind::Hearing), "outcome");
  return shown(field, Value(outcome), Style::Short, context.language());
}

ReportTable authorities_table(const Context& context) {
  ReportTable table{"authorities",
                    "",
                    {{"authority", context.say(Text::ColumnAuthority)},
                     {"hearings", context.say(Text::ColumnHearings), true},
                     {"open", context.say(Text::ColumnOpen), true},
                     {"under_four_weeks", context.say(Text::ColumnShort), true},
                     {"in_time", context.say(Text::ColumnInTime), true},
                     {"late", context.say(Text::ColumnLate), true},
                     {"abstained", context.say(Text::ColumnAbstained), true},
                     {"silent", context.say(Text::ColumnSilentCouncils), true}}};
  constexpr std::array<const char*, kOutcomes.size()> kKeys = {"followed", "partly", "not_followed", "no_answer"};
  for (std::size_t i = 0; i < kOutcomes.size(); ++i)
    table.columns.push_back({kKeys[i], outcome_name(context, kOutcomes[i]), true});
  table.columns.push_back({"outcome_not_noted", context.say(Text::ColumnUnknownOutcome), true});
  return table;
}

ReportTable each_table(const Context& context) {
  return {"hearings",
          context.say(Text::SectionEachHearing),
          {{"title", context.say(Text::ColumnHearing)},
           {"id", "ID"},
           {"authority", context.say(Text::ColumnAuthority)},
           {"deadline", context.say(Text::ColumnDeadline)},
           {"in_time", context.say(Text::ColumnInTime), true},
           {"late", context.say(Text::ColumnLate), true},
           {"abstained", context.say(Text::ColumnAbstained), true},
           {"silent", context.say(Text::ColumnSilentCouncils), true},
           {"outcome", context.say(Text::ColumnOutcome)}}};
}

// The days that the report is of: a hearing is of the day of its deadline, else of the day it came.
struct ReportPeriod {
  std::string since;  // canonical; empty: no bound
  std::string until;
};

bool is_of(const ReportPeriod& period, const Value& hearing) {
  const std::string day = hearing.text("deadline").empty() ? hearing.text("received") : hearing.text("deadline");
  const std::optional<Moment> moment = parse_moment(day), since = parse_moment(period.since), until = parse_moment(period.until);
  if (!since && !until) return true;
  if (!moment) return false;
  return (!since || last_day(*moment) >= first_day(*since)) && (!until || first_day(*moment) <= last_day(*until));
}

// --since and --until. nullopt has been reported.
std::optional<ReportPeriod> period_of(Context& context) {
  const Field& deadline = *find_field(*find_kind(Kind::Hearing), "deadline");  // read as any date of that field is
  ReportPeriod period;
  for (const auto& [flag, into] : {std::pair{"since", &period.since}, {"until", &period.until}}) {
    const std::optional<std::string> typed = context.args().flag(flag);
    if (!typed) continue;
    const std::optional<std::string> text =
        stored_text(context, deadline, *typed, into == &period.since ? Lean::Back : Lean::Ahead);
    if (!text) return std::nullopt;
    *into = *text;
  }
  return period;
}

// Those that --council names by a part of their name; all without it. nullopt has been reported.
std::optional<std::vector<CouncilName>> asked_councils(Context& context) {
  std::optional<std::vector<CouncilName>> councils = councils_of(context, context.args().flag("network").value_or(""));
  const std::optional<std::string> named = context.args().flag("council");
  if (!councils || !named) return councils;
  const std::string wanted = fold_case(trim(*named));
  std::erase_if(*councils, [&](const CouncilName& council) { return fold_case(council.name).find(wanted) == std::string::npos; });
  if (!councils->empty()) return councils;
  context.fail(ApiError::NoSuchCouncil, *named);
  return std::nullopt;
}

std::vector<std::string> about_hearings(const Context& context, const ReportPeriod& period,
                                        const std::vector<CouncilName>& councils) {
  std::vector<std::string> about;
  if (!period.since.empty() || !period.until.empty()) {
    const auto shown_day = [&](const std::string& day, Text none) {
      return day.empty() ? context.say(none) : short_moment(day, context.language());
    };
    about.push_back(context.say(Text::ReportPeriod,
                                {shown_day(period.since, Text::ReportBegin), shown_day(period.until, Text::ReportToday)}));
  }
  if (context.args().has("council")) {
    std::vector<std::string> names;
    for (const CouncilName& council : councils) names.push_back(council.name);
    about.push_back(context.say(Text::ReportCouncil, {names_of(names)}));
  }
  about.push_back(context.say(Text::ReportHearingsRule));
  return about;
}

}  // namespace

int report_hearings(Context& context) {
  const KindInfo& kind = *find_kind(Kind::Hearing);
  const std::optional<ReportPeriod> period = period_of(context);
  if (!period) return context.exit_code();
  const std::optional<std::vector<CouncilName>> councils = asked_councils(context);
  if (!councils) return context.exit_code();
  std::optional<Value::Array> hearings = fetch_records(context, kind, context.with_network(Value::map()));
  if (!hearings) return context.exit_code();
  order_for_people(kind, *hearings);
  const Day today = local_moment(moment_of(context.now())).day;
  const bool only_these = context.args().has("council");
  std::map<std::string, std::pair<std::string, HearingCounts>> authorities;  // by sort key, with the name first met
  HearingCounts total;
  ReportTable each = each_table(context);
  for (const Value& hearing : *hearings) {
    if (!is_of(*period, hearing)) continue;
    const std::string authority = hearing.text("authority");
    const HearingCounts counts = counts_of(hearing, *councils, only_these, today);
    auto& of_authority = authorities[authority.empty() ? "~~" : sort_key(authority)];
    if (of_authority.first.empty()) of_authority.first = authority;
    of_authority.second.add(counts);
    total.add(counts);
    const std::string outcome = hearing.text("outcome");
    each.rows.push_back({{cell_of(hearing.text("title")), ReportCell{Value(hearing.text("id")), hearing.text("short")},
                          cell_of(authority), date_cell(hearing.text("deadline"), context.language()), cell_of(counts.in_time),
                          cell_of(counts.late), cell_of(counts.abstained), cell_of(counts.silent),
                          outcome.empty() ? ReportCell{} : ReportCell{Value(outcome), outcome_name(context, outcome)}}});
  }
  ReportTable table = authorities_table(context);
  for (const auto& [key, authority] : authorities) {
    std::vector<ReportCell> cells = cells_of(authority.second);
    const bool named = !authority.first.empty();
    cells.insert(cells.begin(), named ? cell_of(authority.first) : ReportCell{{}, context.say(Text::RowNone)});
    table.rows.push_back({std::move(cells)});
  }
  if (table.rows.size() > 1) {
    std::vector<ReportCell> cells = cells_of(total);
    cells.insert(cells.begin(), cell_of(context.say(Text::RowTotal)));
    table.rows.push_back({std::move(cells), false, true});
  }
  Report report{"hearings", context.say(Text::ReportHearings), about_hearings(context, *period, *councils), {}, {}};
  report.facts = {{"since", period->since.empty() ? Value() : Value(period->since)},
                  {"until", period->until.empty() ? Value() : Value(period->until)}};
  report.tables = {std::move(table), std::move(each)};
  return give_report(context, report);
}

}  // namespace budstikke::cli
