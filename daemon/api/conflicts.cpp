// What people have to decide: fields that were written differently at the same time, and records that were removed by some
// while others edited them; and how they decide it.
#include <algorithm>
#include <charconv>
#include <map>

#include "daemon/api/records.h"
#include "daemon/api/render.h"
#include "protocol/base/pack.h"
#include "protocol/records/check.h"
#include "protocol/records/resolve.h"

namespace budstikke::daemon {
namespace {

constexpr std::size_t kConflictedAtOnce = 256;  // records that a page looks at, of one network

// What all conflicts of a record begin with.
Value conflict_of(std::string_view type, const Network& network, const KindInfo& kind, const RecordView& view) {
  const RecordId id = id_of(view.key);
  Value conflict;
  conflict.set("type", type);
  conflict.set("id", id_text(id));
  conflict.set("short", short_text(id));
  conflict.set("kind", kind.name);
  conflict.set("title", title_of(kind, id, view));
  conflict.set("network", id_text(network.row.id));
  return conflict;
}

bool may_settle(const Node& node, const Network& network, const RecordState& state, std::uint8_t field,
                OperationClass operation_class) {
  const Member* own = node.self_in(network);
  return own != nullptr && permitted(state.key, field, operation_class, {own->council, own->role}, state.ever_shared);
}

Value field_conflict(const Node& node, const Network& network, const RecordState& state, const KindInfo& kind,
                     const RecordView& view, const Field& field, std::size_t& budget) {
  Value conflict = conflict_of("field", network, kind, view);
  conflict.set("seen", seen_mark(view.of(field.number)));
  const auto operation_class = field.field_class == FieldClass::Flag ? OperationClass::Raise : OperationClass::Write;
  const bool may =
      may_settle(node, network, state, field.number, operation_class) && !is_closed_to(*node.self_in(network), kind, view);
  conflict.set("permitted", may);
  conflict.set("field", field.name);
  conflict.set("combinable", combine(field, view.of(field.number)).ok());
  conflict.set("values", said_in_short(node, network, view.alternatives(field.number), budget));
  return conflict;
}

Value removed_conflict(const Node& node, const Network& network, const RecordState& state, const KindInfo& kind,
                       const RecordView& view, std::size_t& budget) {
  Value conflict = conflict_of("removed", network, kind, view);
  conflict.set("seen", seen_mark(view));
  conflict.set("permitted", may_settle(node, network, state, 0, OperationClass::Remove));
  conflict.set("owner_name", council_name(node, network, view.key.council));
  Value removed = Value::array();
  std::set<CouncilId> named;  // only the owner removes, but from several devices
  for (const Candidate& candidate : view.removed_by) {
    if (named.insert(candidate.council).second) removed.push(author_of(node, network, candidate));
  }
  conflict.set("removed", std::move(removed));
  Value edited = said_in_short(node, network, view.kept_by, budget);
  for (std::size_t i = 0; i < std::min(view.kept_by.size(), edited.items().size()); ++i) {
    Value& said = (*edited.if_array())[i];
    if (said.text("absent") == "left-out") break;
    const Field* field = find_field(kind, view.kept_by[i].field);
    said.set("field", field != nullptr ? Value(field->name) : Value(std::int64_t{view.kept_by[i].field}));
  }
  conflict.set("edited", std::move(edited));
  return conflict;
}

// Where a page ends: the number of its last record, in digits.
std::optional<std::uint64_t> record_number_of(const std::string& mark) {
  std::uint64_t number = 0;
  if (mark.empty()) return number;
  const auto [end, error] = std::from_chars(mark.data(), mark.data() + mark.size(), number);
  return error == std::errc() && end == mark.data() + mark.size() ? std::optional(number) : std::nullopt;
}

}  // namespace

Answer RecordsApi::conflicts(const Value& args) {
  Found<Network*> found = find_network(node_, args.text("network"));
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  const Network& network = *std::get<Network*>(found);
  const std::optional<std::uint64_t> after = record_number_of(args.text("after"));
  if (!after) return failure(ApiError::BadRequest, "`after` is not where a page ends", "after");
  // Numbers are the store's, so those of a union's parts make one order. What lies behind the end of a part of which more is
  // left is for the next page.
  std::map<RecordNumber, const Network*> records;
  std::optional<RecordNumber> up_to;
  for (const Network* part : parts_of(node_, network)) {
    std::size_t count = 0;
    Status scanned = node_.ledger().each_conflicted(*part, [&](RecordNumber number, const RecordState& state) {
      const KindInfo* kind = find_kind(static_cast<Kind>(state.key.kind));
      if (kind == nullptr || !is_listed(*kind) || number.value <= *after) return true;
      records.emplace(number, part);
      if (++count < kConflictedAtOnce) return true;
      up_to = up_to ? std::min(*up_to, number) : number;
      return false;
    });
    if (!scanned) return failure_of(scanned.error());
  }
  Value conflicts = Value::array();
  std::size_t bytes = 0;
  RecordNumber last;
  bool more = false;
  for (const auto& [number, part] : records) {
    more = up_to && *up_to < number;
    if (more) break;
    Result<std::optional<RecordState>> state = node_.ledger().record(number);
    if (!state) return failure_of(state.error());
    Result<RecordView> view = node_.ledger().view(**state);
    if (!view) return failure_of(view.error());
    const KindInfo& kind = *find_kind(static_cast<Kind>((*state)->key.kind));
    Value::Array of_record;
    std::size_t budget = kSaidBytes;
    for (const Field& field : kind.fields) {
      if (view->in_conflict(field.number)) of_record.push_back(field_conflict(node_, *part, **state, kind, *view, field, budget));
    }
    if (view->edited_after_remove) of_record.push_back(removed_conflict(node_, *part, **state, kind, *view, budget));
    std::size_t size = 0;
    for (const Value& conflict : of_record) size += pack(conflict).size();
    if (!conflicts.items().empty() && bytes + size > kPageBytes) {
      more = true;
      break;
    }
    bytes += size;
    for (Value& conflict : of_record) conflicts.push(std::move(conflict));
    last = number;
  }
  more = more || last == up_to;  // there may be more
  Value result;
  result.set("conflicts", std::move(conflicts));
  if (more) result.set("next", std::to_string(last.value));
  return result;
}

// --- Deciding --------------------------------------------------------------------------------------------------------

namespace {

// The value that settles the field, as the person said: one of those there, all of them, or another.
Found<Value> decided(const Field& field, const RecordView& view, const Value& args) {
  const std::string subject(field.name);
  if (const Value* typed = args.find("value")) {
    const std::string* text = typed->if_text();
    if (text != nullptr && text->empty()) {
      if (field.field_class == FieldClass::Flag) return Value(false);
      return Value();
    }
    return value_for(field, *typed);
  }
  if (args.boolean("combine")) {
    Result<Value> combined = combine(field, view.of(field.number));
    if (combined) return std::move(*combined);
    switch (combined.error().code) {
      case Code::NotFound:
        return failure(ApiError::ValueNotHere, combined.error().text, subject);
      case Code::TooLarge:
        return failure(ApiError::TooLong, combined.error().text, subject);
      default:
        return failure(ApiError::NotCombinable, combined.error().text, subject);
    }
  }
  const std::vector<Candidate> alternatives = view.alternatives(field.number);
  const std::int64_t choose = args.integer("choose");
  if (choose < 1 || choose > static_cast<std::int64_t>(alternatives.size())) {
    ApiFailure failed = failure(ApiError::BadChoice, "there is no value of that number", subject);
    failed.args.set("hint", "1-" + std::to_string(alternatives.size()));
    return failed;
  }
  const std::optional<Value>& chosen = alternatives[static_cast<std::size_t>(choose - 1)].value;
  if (!chosen) return failure(ApiError::ValueNotHere, "the chosen value is not here", subject);
  return *chosen;
}

}  // namespace

Answer RecordsApi::resolve(const KindInfo& kind, const Value& args, Now now) {
  const Field* field = find_field(kind, args.text("field"));
  if (field == nullptr || !is_written(*field)) return failure(ApiError::UnknownField, "no such field", args.text("field"));
  Found<Opened> found = open_to_edit(kind, args);
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  Opened& opened = std::get<Opened>(found);
  const RecordView& view = opened.view;
  if (!view.in_conflict(field->number)) {
    return failure(ApiError::NoConflict, "this field is not in conflict", std::string(field->name));
  }
  const std::string mark = seen_mark(view.of(field->number));
  if (std::optional<ApiFailure> failed = check_seen(args, mark, std::string(field->name))) return std::move(*failed);
  Found<Value> value = decided(*field, view, args);
  if (auto* failed = std::get_if<ApiFailure>(&value)) return std::move(*failed);
  const Value& chosen = std::get<Value>(value);
  if (field->required && chosen.is_nil()) {
    return failure(ApiError::MissingValue, "this field must have a value", std::string(field->name));
  }
  if (args.find("value") != nullptr) {  // what was there already may be chosen even where two fields do not fit yet
    const auto text = [&](const Field& other) {
      const Value* shown = &other == field ? &chosen : view.shown(other.number);
      return shown != nullptr && !shown->is_nil() ? text_of_value(*shown) : std::string();
    };
    if (std::optional<ApiFailure> failed = check_whole(kind, text)) return std::move(*failed);
  }
  ChangeBuilder builder(view.key, &view);
  if (field->field_class == FieldClass::Flag) {
    builder.flag(field->number, chosen.if_bool() != nullptr && *chosen.if_bool());
  } else {
    builder.write(field->number, chosen);
  }
  Answer answer = finish(*opened.record.network, opened.record.id, builder, now);
  if (Value* result = std::get_if<Value>(&answer); result != nullptr && !chosen.is_nil()) result->set("value", chosen);
  return answer;
}

}  // namespace budstikke::daemon
