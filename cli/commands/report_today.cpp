// `report today`: what the overview tells and what it leads to, as one page that can be read in a browser, printed and sent.
#include "cli/commands/commands.h"
#include "cli/commands/needs.h"
#include "cli/commands/wordings.h"
#include "cli/fields.h"
#include "cli/moments.h"
#include "cli/records.h"
#include "cli/report.h"

namespace budstikke::cli {
namespace {

constexpr int kPageDays = 30;  // of the agenda, and how long a hearing stays behind its deadline

ReportCell id_cell(const std::string& id, const std::string& short_id) {
  return id.empty() ? ReportCell{} : ReportCell{Value(id), short_id};
}

// A column for each of these fields, by its label.
std::vector<ReportColumn> columns_of(const Context& context, const KindInfo& kind, std::initializer_list<const char*> fields) {
  std::vector<ReportColumn> columns;
  for (const char* name : fields) {
    columns.push_back({name, label_of(*find_field(kind, std::string_view(name)), context.language())});
  }
  return columns;
}

ReportCell field_cell(const Context& context, const KindInfo& kind, const Value& record, const char* name) {
  const Field& field = *find_field(kind, std::string_view(name));
  const Value* value = record.find(name);
  if (value == nullptr) return {};
  std::string text;
  const auto add = [&](const Value& one) {
    text += (text.empty() ? "" : ", ") + shown(field, one, Style::Short, context.language());
  };
  if (value->if_array() == nullptr) add(*value);
  for (const Value& one : record.items(name)) add(one);
  return {*value, text};
}

ReportTable needs_table(const Context& context, const std::vector<Need>& needs) {
  ReportTable table{"needs", "", {{"text", context.say(Text::ColumnNeed)}, {"command", context.say(Text::ColumnCommand)}}};
  for (const Need& need : needs) table.rows.push_back({{cell_of(need.text), cell_of(need.command)}});
  return table;
}

ReportTable agenda_table(const Context& context, const std::vector<AgendaItem>& items) {
  const Language language = context.language();
  ReportTable table{"agenda",
                    context.say(Text::AgendaHeading, {std::to_string(kPageDays)}),
                    {{"date", context.say(Text::ColumnDay)},
                     {"time", context.say(Text::ColumnTime)},
                     {"kind", context.say(Text::ColumnKind)},
                     {"title", context.say(Text::ColumnTitle)},
                     {"place", label_of(*find_field(*find_kind(Kind::Event), "place"), language)},
                     {"id", "ID"}}};
  for (const AgendaItem& item : items) {
    const std::string date = text_of(item.day);
    const std::string mark = agenda_mark(context, item);
    const std::string kind = noun_of(*item.kind, language) + (mark.empty() ? "" : " (" + mark + ")");
    table.rows.push_back(
        {{date_cell(date, language), ReportCell{item.time.empty() ? Value() : Value(item.time), clock_for(item.time, language)},
          ReportCell{Value(item.kind->name), kind}, cell_of(item.title), cell_of(item.place), id_cell(item.id, item.short_id)}});
  }
  return table;
}

// The records of a kind, by some of their fields, and whose they are.
ReportTable records_table(const Context& context, const char* key, Text heading, const KindInfo& kind,
                          const Value::Array& records, std::initializer_list<const char*> fields) {
  ReportTable table{key, context.say(heading), columns_of(context, kind, fields)};
  table.columns.push_back({"owner_name", context.say(Text::Council)});
  table.columns.push_back({"id", "ID"});
  for (const Value& record : records) {
    ReportRow row;
    for (const char* name : fields) row.cells.push_back(field_cell(context, kind, record, name));
    row.cells.push_back(cell_of(record.text("owner_name")));
    row.cells.push_back(id_cell(record.text("id"), record.text("short")));
    table.rows.push_back(std::move(row));
  }
  return table;
}

// Whether the last day of it is not longer ago than `days`; without any it stays.
bool is_current(const Context& context, const Value& record, const char* field, int days) {
  const std::optional<Moment> end = parse_moment(record.text(field));
  const Day today = local_moment(moment_of(context.now())).day;
  return !end || day_number(last_day(*end)) + days >= day_number(today);
}

ReportTable peers_table(const Context& context, const Value& status) {
  ReportTable table{"peers", context.say(Text::Peers), {{"peer", context.say(Text::Council)}}};
  for (const Value& peer : status.items("peers")) {
    table.rows.push_back({{ReportCell{Value(peer.text("name")), peer_line(context, peer)}}});
  }
  return table;
}

}  // namespace

int report_today(Context& context) {
  const std::optional<Value> status = context.ask("status");
  if (!status) return context.exit_code();
  std::optional<std::vector<DatedRecords>> dated = fetch_dated(context);
  if (!dated) return context.exit_code();
  const KindInfo& contact = *find_kind(Kind::Contact);
  std::optional<Value::Array> contacts = fetch_records(context, contact, context.with_network(Value::map()));
  if (!contacts) return context.exit_code();
  order_for_people(contact, *contacts);
  const std::vector<Need> needs = needs_of(context, *status, *dated, count_news(context, status->text("member")));
  const std::string today = text_of(local_moment(moment_of(context.now())).day);
  Report report{"today", status->text("council_name"), {long_moment(today, context.language())}, {}, {}};
  report.about.push_back(context.say(needs.empty() ? Text::NeedsNothing : Text::NeedsHeading));
  report.facts = {{"council_name", Value(status->text("council_name"))}};
  report.tables = {needs_table(context, needs), agenda_table(context, agenda_items(context.now(), *dated, kPageDays))};
  for (DatedRecords& of_kind : *dated) {
    const bool is_hearing = of_kind.kind->kind == Kind::Hearing;
    if (!is_hearing && of_kind.kind->kind != Kind::Announcement) continue;
    const char* until = is_hearing ? "deadline" : "valid_until";
    std::erase_if(of_kind.records,
                  [&](const Value& one) { return !is_current(context, one, until, is_hearing ? kPageDays : 0); });
    order_for_people(*of_kind.kind, of_kind.records);
    report.tables.push_back(is_hearing ? records_table(context, "hearings", Text::ReportHearings, *of_kind.kind, of_kind.records,
                                                       {"title", "authority", "deadline", "outcome"})
                                       : records_table(context, "announcements", Text::SectionAnnouncements, *of_kind.kind,
                                                       of_kind.records, {"title", "category", "valid_until", "text"}));
  }
  report.tables.push_back(records_table(context, "contacts", Text::SectionContacts, contact, *contacts,
                                        {"name", "role", "organisation", "email", "phone"}));
  report.tables.push_back(peers_table(context, *status));
  return give_report(context, report);
}

}  // namespace budstikke::cli
