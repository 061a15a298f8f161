#include "cli/selection.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "cli/fields.h"
#include "cli/names.h"
#include "cli/records.h"
#include "protocol/base/suggest.h"
#include "protocol/base/text.h"
#include "protocol/formats/dates.h"
#include "protocol/records/check.h"
#include "protocol/records/moment.h"

namespace budstikke::cli {
namespace {

bool is_dated(const Field& field) { return field.type == FieldType::Date || field.type == FieldType::Moment; }

// The first and the last millisecond of a date or time, by the clock of Denmark; of a time only that one.
struct Span {
  std::int64_t first;
  std::int64_t last;
};
Span span_of(const Moment& moment) {
  if (moment.precision == Precision::Time) {
    const WallTime time = wall_time(moment.day, moment.seconds);
    return {time.ms, time.ms};
  }
  const formats::TimeZone zone = formats::default_zone();
  const Day after = day_of(day_number(last_day(moment)) + 1);
  return {zone.utc_of({first_day(moment), 0}).ms, zone.utc_of({after, 0}).ms - 1};
}

bool fits(const Bound& bound, const Value& value) {
  Span span{0, 0};
  if (is_dated(*bound.field)) {
    const std::optional<Moment> moment = value.if_text() != nullptr ? parse_moment(*value.if_text()) : std::nullopt;
    if (!moment) return false;
    span = span_of(*moment);
  } else {
    if (value.if_integer() == nullptr) return false;
    span = {*value.if_integer(), *value.if_integer()};
  }
  return bound.from ? span.last >= bound.limit : span.first <= bound.limit;
}

// What a record is ordered by: nothing first in `missing`, then a number, then a text.
struct SortKey {
  bool missing = true;
  std::int64_t number = 0;
  std::string text = {};
};

SortKey key_of_value(const Field* field, const Value& value) {
  if (value.if_array() != nullptr) return value.items().empty() ? SortKey{} : key_of_value(field, value.items().front());
  SortKey key{false};
  const std::string text = text_of_value(value);
  if (value.if_integer() != nullptr) key.number = *value.if_integer();
  if (field == nullptr || is_dated(*field)) {
    const std::optional<Moment> moment = parse_moment(text);
    if (moment) key.number = span_of(*moment).first;
    key.text = moment ? text : sort_key(text);  // 2027 before 2027-01 before 2027-01-01
    return key;
  }
  if (!field->choices.empty()) {
    const auto choice = std::ranges::find(field->choices, text, &Choice::value);
    key.number = choice - field->choices.begin();
  }
  key.text = sort_key(text);
  return key;
}

SortKey key_of(const Order& order, const Value& record) {
  if (order.field != nullptr && order.field->field_class == FieldClass::Answers) {
    const Value* answers = record.find("answers");
    const std::size_t count = answers != nullptr ? answers->items(order.key).size() : 0;
    return {count == 0, static_cast<std::int64_t>(count)};
  }
  if (order.field != nullptr && order.field->field_class == FieldClass::Comments) {
    const std::size_t count = record.items("comments").size();
    return {count == 0, static_cast<std::int64_t>(count)};
  }
  const Value* value = record.find(order.key);
  return value != nullptr ? key_of_value(order.field, *value) : SortKey{};
}

}  // namespace

std::optional<BoundFlag> bound_of_flag(const KindInfo& kind, std::string_view flag) {
  for (const auto& [ending, from] :
       {std::pair{std::string_view("-from"), true}, {"-fra", true}, {"-to", false}, {"-til", false}}) {
    if (!flag.ends_with(ending)) continue;
    const Field* field = field_of_flag(kind, flag.substr(0, flag.size() - ending.size()));
    const bool takes_bounds = field != nullptr && is_written(*field) && (is_dated(*field) || field->type == FieldType::Number);
    if (takes_bounds) return BoundFlag{field, from};
  }
  return std::nullopt;
}

std::optional<std::vector<Bound>> read_bounds(Context& context, const KindInfo& kind) {
  std::vector<Bound> bounds;
  for (const Flag& flag : context.args().flags) {
    const std::optional<BoundFlag> bound =
        field_of_flag(kind, flag.name) == nullptr ? bound_of_flag(kind, flag.name) : std::nullopt;
    if (!bound) continue;
    const std::optional<std::string> text = stored_text(context, *bound->field, flag.value);
    if (!text) return std::nullopt;
    if (is_dated(*bound->field)) {
      const Span span = span_of(*parse_moment(*text));
      bounds.push_back({bound->field, bound->from, bound->from ? span.first : span.last});
    } else {
      bounds.push_back({bound->field, bound->from, *check_value(*bound->field, *text)->if_integer()});
    }
  }
  return bounds;
}

bool is_within(const Value& record, const std::vector<Bound>& bounds) {
  return std::ranges::all_of(bounds, [&](const Bound& bound) {
    const Value* value = record.find(bound.field->name);
    if (value == nullptr) return false;
    if (value->if_array() == nullptr) return fits(bound, *value);
    return std::ranges::any_of(value->items(), [&](const Value& element) { return fits(bound, element); });
  });
}

std::optional<Order> read_order(Context& context, const KindInfo& kind) {
  Order order;
  order.descending = context.args().has("descending");
  const std::optional<std::string> by = context.args().flag("sort");
  if (!by) return order;
  if (is_named(*by, "owner", "ejer")) {
    order.key = "owner_name";
  } else if (is_named(*by, "changed", "ændret")) {
    order.key = "changed";
  } else if (const Field* field = field_of_flag(kind, *by)) {
    order.key = field->name;
    order.field = field;
  } else {
    std::vector<std::string> names = {context.danish() ? "ejer" : "owner", context.danish() ? "ændret" : "changed"};
    for (const Field& known : kind.fields) names.push_back(flag_for(known, context.language()));
    const std::string close = nearest(*by, names);
    std::string all;
    for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
    context.fail(ApiError::UnknownField, "--sort " + *by,
                 context.say(close.empty() ? Text::SortedBy : Text::DidYouMean, {close.empty() ? all : close}));
    return std::nullopt;
  }
  return order;
}

void put_in_order(const KindInfo& kind, const Order& order, Value::Array& records) {
  order_for_people(kind, records);
  if (order.key.empty()) {
    if (order.descending) std::ranges::reverse(records);
    return;
  }
  std::vector<std::pair<SortKey, Value>> rows;
  for (Value& record : records) {
    SortKey key = key_of(order, record);
    rows.emplace_back(std::move(key), std::move(record));
  }
  std::ranges::stable_sort(rows, [&](const auto& a, const auto& b) {
    if (a.first.missing != b.first.missing) return b.first.missing;
    const auto& [low, high] = order.descending ? std::tie(b.first, a.first) : std::tie(a.first, b.first);
    return std::tie(low.number, low.text) < std::tie(high.number, high.text);
  });
  std::ranges::transform(rows, records.begin(), [](auto& row) { return std::move(row.second); });
}

}  // namespace budstikke::cli
