// `KIND list`. Of events, what is to come, unless all are asked for. With --removed, what can be restored.
#include "cli/commands/commands.h"
#include "cli/fields.h"
#include "cli/hearings.h"
#include "cli/moments.h"
#include "cli/occurrences.h"
#include "cli/records.h"
#include "cli/selection.h"
#include "protocol/base/text.h"
#include "protocol/formats/dates.h"
#include "protocol/records/check.h"

namespace budstikke::cli {
namespace {

// What a stored text must contain for a filter: yes/no as stored, a choice by any of its names, a date in the order it is stored
// in ("oktober 2026" is 2026-10); anything else as typed.
std::string filter_text(const Field& field, const std::string& typed) {
  if (field.type == FieldType::Date || field.type == FieldType::Moment) {
    const Result<std::string> read = formats::read_moment(typed, formats::default_zone());
    return read ? *read : typed;
  }
  const bool named = field.type == FieldType::YesNo || !field.choices.empty();
  if (!named) return typed;
  const Result<Value> value = check_value(field, typed);
  return value ? text_of_value(*value) : typed;
}

Value filters_of(const Context& context, const KindInfo& kind) {
  Value filters = Value::map();
  for (const Flag& flag : context.args().flags) {
    const Field* field = field_of_flag(kind, flag.name);
    if (field != nullptr) filters.set(field->name, filter_text(*field, flag.value));  // the others are of the command, or bounds
  }
  return filters;
}

Table table_of(const Context& context, const KindInfo& kind, const Value::Array& records, bool raw, bool removed) {
  std::vector<std::string> headings = {"ID"};
  for (const Field& field : kind.fields) {
    if (field.in_list) headings.push_back(label_of(field, context.language()));
  }
  headings.push_back(context.say(Text::Owner));
  if (removed) {
    headings.push_back(context.say(Text::RemovedByHeading));
    headings.push_back(context.say(Text::RemovedWhenHeading));
  }
  headings.emplace_back();  // the mark of a conflict
  Table table(std::move(headings));
  for (const Value& record : records) {
    std::vector<std::string> cells = {record.text("short")};
    for (const Field& field : kind.fields) {
      if (!field.in_list) continue;
      const Value* value = record.find(field.name);
      cells.push_back(value != nullptr ? shown(field, *value, raw ? Style::Stored : Style::Short, context.language()) : "");
    }
    cells.push_back(record.text("owner_name"));
    if (removed) {
      const Value* by = record.find("removed");
      const std::string time = by != nullptr ? by->text("time") : "";
      cells.push_back(by != nullptr ? by->text("council_name") : "");
      cells.push_back(raw ? time : short_moment(time, context.language()));
    }
    cells.push_back(record.find("conflicts") != nullptr ? context.say(Text::ConflictMark) : "");
    table.row(std::move(cells));
  }
  return table;
}

// --overdue: hearings whose deadline is over and that this council has neither answered nor abstained from. False has been
// reported.
bool keep_overdue(Context& context, Value::Array& hearings) {
  const std::optional<Value> status = context.ask("status");
  if (!status) return false;
  const std::string own = status->text("council");
  const Day today = local_moment(moment_of(context.now())).day;
  std::erase_if(hearings, [&](const Value& hearing) {
    return !is_past_deadline(hearing, today) || hearing_state_of(hearing, own) != HearingState::Silent;
  });
  return true;
}

// --owner: by any part of the name of the council that owns it.
void keep_owned(const std::string& wanted, Value::Array& records) {
  const std::string folded = fold_case(trim(wanted));
  std::erase_if(records,
                [&](const Value& record) { return fold_case(record.text("owner_name")).find(folded) == std::string::npos; });
}

}  // namespace

int list(Context& context, const KindInfo& kind) {
  const bool overdue = context.args().has("overdue");
  const std::optional<std::vector<Bound>> bounds = read_bounds(context, kind);
  if (!bounds) return context.exit_code();
  const std::optional<Order> order = read_order(context, kind);
  if (!order) return context.exit_code();
  const Value filters = filters_of(context, kind);
  const bool removed = context.args().has("removed");
  const bool all = context.args().has("all") || removed;
  Value args = context.with_network(Value::map());
  if (all) args.set("all", true);
  if (removed) args.set("removed", true);
  if (!filters.if_map()->empty()) args.set("filters", filters);
  std::optional<Value::Array> records = fetch_records(context, kind, std::move(args));
  if (!records) return context.exit_code();
  if (kind.kind == Kind::Event && !all) {
    const Day today = local_moment(moment_of(context.now())).day;
    std::erase_if(*records, [&](const Value& event) { return !is_to_come(event, today); });
  }
  std::erase_if(*records, [&](const Value& record) { return !is_within(record, *bounds); });
  if (const std::optional<std::string> owner = context.args().flag("owner")) keep_owned(*owner, *records);
  if (overdue && !keep_overdue(context, *records)) return context.exit_code();
  put_in_order(kind, *order, *records);
  if (context.json()) {
    context.print(Value(std::move(*records)));
    return 0;
  }
  const bool terminal = context.io().out_is_terminal;
  if (!records->empty()) context.print(table_of(context, kind, *records, !terminal, removed));
  if (records->empty() && terminal) {
    const bool only_to_come = kind.kind == Kind::Event && !all;
    context.say_line(removed ? Text::NothingRemoved : only_to_come ? Text::NothingToCome : Text::NoRecords);
  }
  return 0;
}

}  // namespace budstikke::cli
