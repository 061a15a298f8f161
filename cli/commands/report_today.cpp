// `report today`: what the overview tells and what it leads to, as one page that can be read in a browser, printed and sent.
#include "cli/commands/commands.h"
#include "cli/commands/tables.h"
#include "cli/moments.h"
#include "cli/records.h"

namespace budstikke::cli {
namespace {

constexpr int kPageDays = 30;  // of the agenda, and how long a hearing stays behind its deadline
constexpr const char* kHearingFields[] = {"title", "authority", "deadline", "outcome"};
constexpr const char* kAnnouncementFields[] = {"title", "category", "valid_until", "text"};

// Whether the last day of it is not longer ago than `days`; without any it stays.
bool is_current(const Context& context, const Value& record, const char* field, int days) {
  const std::optional<Moment> end = parse_moment(record.text(field));
  const Day today = local_moment(moment_of(context.now())).day;
  return !end || day_number(last_day(*end)) + days >= day_number(today);
}

}  // namespace

std::optional<Report> today_of(Context& context, const Value& status) {
  std::optional<std::vector<DatedRecords>> dated = fetch_dated(context);
  if (!dated) return std::nullopt;
  const std::vector<Need> needs = needs_of(context, status, *dated, count_news(context, status.text("member")));
  const std::string today = text_of(local_moment(moment_of(context.now())).day);
  Report report{"today", status.text("council_name"), {long_moment(today, context.language())}, {}, {}};
  report.about.push_back(context.say(needs.empty() ? Text::NeedsNothing : Text::NeedsHeading));
  report.facts = {{"council_name", Value(status.text("council_name"))}};
  report.tables = {needs_table(context, needs),
                   agenda_table(context, context.say(Text::AgendaHeading, {std::to_string(kPageDays)}),
                                agenda_items(context.now(), *dated, kPageDays))};
  for (DatedRecords& of_kind : *dated) {
    const bool is_hearing = of_kind.kind->kind == Kind::Hearing;
    if (!is_hearing && of_kind.kind->kind != Kind::Announcement) continue;
    const char* until = is_hearing ? "deadline" : "valid_until";
    std::erase_if(of_kind.records,
                  [&](const Value& one) { return !is_current(context, one, until, is_hearing ? kPageDays : 0); });
    order_for_people(*of_kind.kind, of_kind.records);
    report.tables.push_back(is_hearing ? records_table(context, "hearings", context.say(Text::ReportHearings), *of_kind.kind,
                                                       of_kind.records, kHearingFields)
                                       : records_table(context, "announcements", context.say(Text::SectionAnnouncements),
                                                       *of_kind.kind, of_kind.records, kAnnouncementFields));
  }
  return report;
}

int report_today(Context& context) {
  const std::optional<Value> status = context.ask("status");
  if (!status) return context.exit_code();
  std::optional<Report> report = today_of(context, *status);
  if (!report) return context.exit_code();
  const KindInfo& contact = *find_kind(Kind::Contact);
  std::optional<Value::Array> contacts = fetch_records(context, contact, context.with_network(Value::map()));
  if (!contacts) return context.exit_code();
  order_for_people(contact, *contacts);
  report->tables.push_back(
      records_table(context, "contacts", context.say(Text::SectionContacts), contact, *contacts, kContactFields));
  report->tables.push_back(peers_table(context, *status));
  return give_report(context, *report);
}

}  // namespace budstikke::cli
