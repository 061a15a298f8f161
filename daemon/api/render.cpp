#include <algorithm>

#include "daemon/api/records.h"
#include "protocol/base/limits.h"
#include "protocol/base/pack.h"
#include "protocol/base/text.h"
#include "protocol/records/moment.h"

namespace budstikke::daemon {
namespace {

Value candidate_value(const Node& node, const Network& network, const Candidate& candidate) {
  Value value;
  value.set("value", candidate.value.value_or(Value()));
  value.set("council", id_text(candidate.council));
  value.set("council_name", council_name(node, network, candidate.council));
  value.set("time", format_utc(candidate.stamp));
  return value;
}

Value candidate_values(const Node& node, const Network& network, const std::vector<Candidate>& candidates) {
  Value values = Value::array();
  for (const Candidate& candidate : candidates) values.push(candidate_value(node, network, candidate));
  return values;
}

// The candidates of a conflict: each different value once, with the newest who wrote it.
std::vector<Candidate> different(const std::vector<Candidate>& candidates) {
  std::vector<Candidate> found;
  for (const Candidate& candidate : candidates) {
    bool seen = !candidate.value;
    for (const Candidate& earlier : found) seen = seen || earlier.value == candidate.value;
    if (!seen) found.push_back(candidate);
  }
  return found;
}

}  // namespace

Value render(const Node& node, const Network& network, const RecordId& id, const RecordView& view) {
  const KindInfo& kind = *find_kind(static_cast<Kind>(view.key.kind));
  Value record;
  record.set("id", id_text(id));
  record.set("short", short_text(id));
  record.set("kind", kind.name);
  record.set("owner", id_text(view.key.council));
  record.set("owner_name", council_name(node, network, view.key.council));
  record.set("network", id_text(network.row.id));
  record.set("changed", format_utc(view.changed));
  if (std::string uid = imported_uid(node, network, id); !uid.empty()) record.set("uid", std::move(uid));
  Value conflicts, answers;
  for (const Field& field : kind.fields) {
    switch (field.field_class) {
      case FieldClass::Register:
      case FieldClass::Flag:
        if (const Value* shown = view.shown(field.number)) record.set(field.name, *shown);
        if (view.in_conflict(field.number)) {
          conflicts.set(field.name, candidate_values(node, network, different(view.of(field.number))));
        }
        break;
      case FieldClass::Set:
        if (std::vector<Value> elements = view.distinct(field.number); !elements.empty()) {
          record.set(field.name, Value(std::move(elements)));
        }
        break;
      case FieldClass::Answers:
        answers.set(field.name, candidate_values(node, network, view.answers(field.number)));
        break;
      case FieldClass::Comments:
        if (!view.of(field.number).empty()) {
          record.set("comments", candidate_values(node, network, {view.of(field.number).rbegin(), view.of(field.number).rend()}));
        }
        break;
    }
  }
  if (!conflicts.is_nil()) record.set("conflicts", std::move(conflicts));
  if (!answers.is_nil()) record.set("answers", std::move(answers));
  if (view.edited_after_remove) record.set("edited_after_remove", true);
  return record;
}

Answer RecordsApi::show(const KindInfo& kind, const Value& args) {
  Found<Opened> found = open(kind, args);
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  Opened& opened = std::get<Opened>(found);
  Value result;
  result.set("record", render(node_, *opened.record.network, opened.record.id, opened.view));
  return result;
}

namespace {

bool contains(const Value& value, const std::string& wanted) {
  if (const std::string* text = value.if_text()) return fold_case(*text).find(wanted) != std::string::npos;
  if (const bool* flag = value.if_bool()) return wanted == (*flag ? "yes" : "no") || wanted == (*flag ? "ja" : "nej");
  if (const std::int64_t* number = value.if_integer()) return std::to_string(*number) == wanted;
  return false;
}

bool passes(const RecordView& view, const KindInfo& kind, const Value& filters) {
  if (filters.if_map() == nullptr) return true;
  for (const auto& [name, wanted] : *filters.if_map()) {
    const Field* field = find_field(kind, name);
    const std::string* text = wanted.if_text();
    if (field == nullptr || text == nullptr) return false;
    bool found = false;
    for (const Value& value : view.distinct(field->number)) found = found || contains(value, fold_case(*text));
    if (!found) return false;
  }
  return true;
}

constexpr std::int64_t kMaxPage = 200;
constexpr std::size_t kPageBytes = kMaxApiBytes / 2;  // a page stops before it would not fit a reply

}  // namespace

Answer RecordsApi::list(const KindInfo& kind, const Value& args) {
  Found<Network*> found = find_network(node_, args.text("network"));
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  const Network& network = *std::get<Network*>(found);
  const Value* filters = args.find("filters");
  if (filters != nullptr && filters->if_map() != nullptr) {
    for (const auto& [name, wanted] : *filters->if_map()) {
      if (find_field(kind, name) == nullptr) return failure(ApiError::UnknownField, "no such field", name);
    }
  }
  const std::int64_t limit = std::clamp<std::int64_t>(args.integer("limit", kMaxPage), 1, kMaxPage);
  RecordId after;
  const std::string after_text = args.text("after");
  if (!after_text.empty()) {
    const std::optional<Bytes> bytes = bytes_of_base32(after_text, RecordId::kSize);
    if (!bytes) return failure(ApiError::BadRequest, "`after` is not an id", "after");
    after = RecordId::from(*bytes);
  }
  Value records = Value::array();
  std::size_t bytes = 0;
  bool more = false;
  RecordId last;
  std::optional<Error> failed;
  Status scanned =
      node_.ledger().reader().scan(Table::RecordIds, record_id_key(network.number, after), [&](View key, View payload) {
        ByteReader reader(key);
        if (reader.u64() != network.number.value) return false;
        const RecordId id = reader.fixed<RecordId>();
        if (!after_text.empty() && id == after) return true;
        Result<std::optional<RecordState>> state = node_.ledger().record(RecordNumber{ByteReader(payload).u64()});
        if (!state) {
          failed = state.error();
          return false;
        }
        if (!*state || (*state)->key.kind != static_cast<std::uint8_t>(kind.kind)) return true;
        if ((*state)->live.empty() || (*state)->is_hidden()) return true;
        Result<RecordView> view = node_.ledger().view(**state);
        if (!view) {
          failed = view.error();
          return false;
        }
        if (filters != nullptr && !passes(*view, kind, *filters)) return true;
        if (static_cast<std::int64_t>(records.items().size()) >= limit || bytes > kPageBytes) {
          more = true;
          return false;
        }
        Value rendered = render(node_, network, id, *view);
        bytes += pack(rendered).size();
        records.push(std::move(rendered));
        last = id;
        return true;
      });
  if (failed) return failure_of(*failed);
  if (!scanned) return failure_of(scanned.error());
  Value result;
  result.set("records", std::move(records));
  if (more) result.set("next", id_text(last));
  return result;
}

Answer RecordsApi::conflicts(const Value& args) {
  Found<Network*> found = find_network(node_, args.text("network"));
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  const Network& network = *std::get<Network*>(found);
  Value conflicts = Value::array();
  std::optional<Error> failed;
  Status scanned = node_.ledger().each_record(network, [&](RecordNumber, const RecordState& state) {
    const KindInfo* kind = find_kind(static_cast<Kind>(state.key.kind));
    if (kind == nullptr || !state.may_conflict() || state.is_hidden()) return true;
    Result<RecordView> view = node_.ledger().view(state);
    if (!view) {
      failed = view.error();
      return false;
    }
    for (const Field& field : kind->fields) {
      if (!view->in_conflict(field.number)) continue;
      const RecordId id = id_of(state.key);
      Value conflict;
      conflict.set("id", id_text(id));
      conflict.set("short", short_text(id));
      conflict.set("kind", kind->name);
      const Value* title = view->shown(kind->fields[kind->shareable ? 1 : 0].number);
      conflict.set("title", title != nullptr ? *title : Value(short_text(id)));
      conflict.set("field", field.name);
      conflict.set("values", candidate_values(node_, network, different(view->of(field.number))));
      conflicts.push(std::move(conflict));
    }
    return conflicts.items().size() < 1000;
  });
  if (failed) return failure_of(*failed);
  if (!scanned) return failure_of(scanned.error());
  Value result;
  result.set("conflicts", std::move(conflicts));
  return result;
}

}  // namespace budstikke::daemon
