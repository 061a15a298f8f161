#include "daemon/api/render.h"

#include <algorithm>

#include "daemon/api/files.h"
#include "daemon/api/records.h"
#include "protocol/base/pack.h"
#include "protocol/base/text.h"
#include "protocol/records/moment.h"
#include "protocol/records/resolve.h"

namespace budstikke::daemon {
namespace {

constexpr std::size_t kMaxSaid = 50;               // of one field; more stand side by side only when somebody means harm
constexpr std::size_t kCutBytes = 256;             // of a text, once the budget is used up
constexpr std::size_t kUnknownBytes = 128 * 1024;  // of values that this version does not know, in one record

Value said_by_all(const Node& node, const Network& network, const std::vector<Candidate>& candidates) {
  Value values = Value::array();
  for (const Candidate& candidate : candidates) values.push(said(node, network, candidate));
  return values;
}

// Without those that were taken back.
std::vector<Candidate> standing_answers(const RecordView& view, const Field& field) {
  std::vector<Candidate> answers = view.answers(field.number);
  std::erase_if(answers, [](const Candidate& answer) { return answer.value && answer.value->is_nil(); });
  return answers;
}

// The start of a text, of whole characters.
std::string start_of(const std::string& text) {
  std::size_t end = std::min(kCutBytes, text.size());
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

// How a field that the table does not have behaves, by the operations in it.
std::string_view class_name(OperationClass operation_class) {
  switch (operation_class) {
    case OperationClass::Add:
    case OperationClass::Take:
      return "set";
    case OperationClass::Raise:
    case OperationClass::Lower:
      return "flag";
    case OperationClass::Answer:
      return "answers";
    case OperationClass::Comment:
    case OperationClass::Retract:
      return "comments";
    default:
      return "register";
  }
}

}  // namespace

Value author_of(const Node& node, const Network& network, const Candidate& candidate) {
  Value value;
  value.set("council", id_text(candidate.council));
  value.set("council_name", council_name(node, network, candidate.council));
  value.set("time", format_utc(candidate.stamp));
  return value;
}

Value said(const Node& node, const Network& network, const Candidate& candidate) {
  Value value;
  value.set("value", candidate.value.value_or(Value()));
  value.set("council", id_text(candidate.council));
  value.set("council_name", council_name(node, network, candidate.council));
  value.set("time", format_utc(candidate.stamp));
  if (!candidate.value) value.set("absent", "missing");
  return value;
}

Value said_in_short(const Node& node, const Network& network, const std::vector<Candidate>& candidates, std::size_t& budget) {
  Value values = Value::array();
  for (std::size_t i = 0; i < std::min(candidates.size(), kMaxSaid); ++i) {
    Value value = said(node, network, candidates[i]);
    const std::size_t size = candidates[i].value ? pack(*candidates[i].value).size() : 0;
    const std::string* text = candidates[i].value ? candidates[i].value->if_text() : nullptr;
    if (size > budget && text != nullptr && text->size() > kCutBytes) {
      value.set("value", start_of(*text));
      value.set("cut", true);
    }
    budget -= std::min(budget, size);
    values.push(std::move(value));
  }
  if (candidates.size() > kMaxSaid) {
    Value rest;
    rest.set("absent", "left-out");
    rest.set("count", static_cast<std::uint64_t>(candidates.size() - kMaxSaid));
    values.push(std::move(rest));
  }
  return values;
}

Value unknown_fields(const KindInfo* kind, const RecordView& view) {
  Value unknown = Value::array();
  std::size_t left = kUnknownBytes;
  for (const auto& [number, candidates] : view.values) {
    if (kind != nullptr && find_field(*kind, number) != nullptr) continue;
    struct OfClass {
      Value values = Value::array();
      std::uint64_t left_out = 0;
    };
    std::map<std::string_view, OfClass> classes;
    for (const Candidate& candidate : candidates) {
      OfClass& of_class = classes[class_name(candidate.operation_class)];
      const std::size_t size = candidate.value ? pack(*candidate.value).size() + 1 : 1;
      if (size > left) {
        ++of_class.left_out;
        continue;
      }
      left -= size;
      of_class.values.push(candidate.value.value_or(Value()));
    }
    for (auto& [name, of_class] : classes) {
      Value field;
      field.set("field", std::int64_t{number});
      field.set("class", name);
      field.set("values", std::move(of_class.values));
      if (of_class.left_out > 0) field.set("left_out", of_class.left_out);
      unknown.push(std::move(field));
    }
  }
  return unknown;
}

Value title_of(const KindInfo& kind, const RecordId& id, const RecordView& view) {
  const Value* title = view.shown(kind.fields[kind.shareable ? 1 : 0].number);
  return title != nullptr ? *title : Value(short_text(id));
}

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
  Value conflicts, marks, answers;
  std::size_t budget = kSaidBytes;
  for (const Field& field : kind.fields) {
    switch (field.field_class) {
      case FieldClass::Register:
      case FieldClass::Flag:
        if (const Value* shown = view.shown(field.number)) record.set(field.name, *shown);
        if (view.in_conflict(field.number)) {
          conflicts.set(field.name, said_in_short(node, network, view.alternatives(field.number), budget));
          marks.set(field.name, seen_mark(view.of(field.number)));
        }
        break;
      case FieldClass::Set:
        if (std::vector<Value> elements = view.distinct(field.number); !elements.empty()) {
          record.set(field.name, Value(std::move(elements)));
        }
        break;
      case FieldClass::Answers:
        answers.set(field.name, said_by_all(node, network, standing_answers(view, field)));
        break;
      case FieldClass::Comments:
        if (!view.of(field.number).empty()) {
          record.set("comments", said_by_all(node, network, {view.of(field.number).rbegin(), view.of(field.number).rend()}));
        }
        break;
    }
  }
  if (!conflicts.is_nil()) {
    record.set("conflicts", std::move(conflicts));
    record.set("seen", std::move(marks));
  }
  if (!answers.is_nil()) record.set("answers", std::move(answers));
  if (Value unknown = unknown_fields(&kind, view); !unknown.items().empty()) record.set("unknown", std::move(unknown));
  if (view.hidden && !view.removed_by.empty()) record.set("removed", author_of(node, network, view.removed_by.front()));
  if (view.edited_after_remove) record.set("edited_after_remove", true);
  return record;
}

Answer RecordsApi::show(const KindInfo& kind, const Value& args) {
  if (args.find("at") != nullptr) return show_past(kind, args);
  Found<Opened> found = open(kind, args);
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  Opened& opened = std::get<Opened>(found);
  Value record = render(node_, *opened.record.network, opened.record.id, opened.view);
  Result<Value> files = files_named(node_, *opened.record.network, opened.view);
  if (!files) return failure_of(files.error());
  if (!files->items().empty()) record.set("files", std::move(*files));
  Value result;
  result.set("record", std::move(record));
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

constexpr std::int64_t kMaxListPage = 200;

}  // namespace

// Reads one page of a network's records into `found`, and where it ends if there are more into `up_to`, unless that is nearer.
Result<bool> RecordsApi::read_page(const Network& network, const KindInfo& kind, const ListPage& page,
                                   std::map<RecordId, Value>& found, std::optional<RecordId>& up_to) {
  std::size_t bytes = 0;
  std::int64_t count = 0;
  bool more = false;
  RecordId last;
  std::optional<Error> failed;
  Status scanned =
      node_.ledger().reader().scan(Table::RecordIds, record_id_key(network.number, page.after), [&](View key, View payload) {
        ByteReader reader(key);
        if (reader.u64() != network.number.value) return false;
        const RecordId id = reader.fixed<RecordId>();
        if (page.is_behind && id == page.after) return true;
        Result<std::optional<RecordState>> state = node_.ledger().record(RecordNumber{ByteReader(payload).u64()});
        if (!state) {
          failed = state.error();
          return false;
        }
        if (!*state || (*state)->key.kind != static_cast<std::uint8_t>(kind.kind)) return true;
        if ((*state)->live.empty() || (*state)->is_erased() || (*state)->is_hidden() != page.removed) return true;
        Result<RecordView> view = node_.ledger().view(**state);
        if (!view) {
          failed = view.error();
          return false;
        }
        if (page.filters != nullptr && !passes(*view, kind, *page.filters)) return true;
        Value rendered = render(node_, network, id, *view);
        const std::size_t size = pack(rendered).size();
        if (count > 0 && (count >= page.limit || bytes + size > kPageBytes)) {
          more = true;
          return false;
        }
        bytes += size;
        ++count;
        found.emplace(id, std::move(rendered));  // what is in two of a union is shown once
        last = id;
        return true;
      });
  if (failed) return *failed;
  if (!scanned) return scanned.error();
  if (more && (!up_to || last < *up_to)) up_to = last;
  return more;
}

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
  const bool removed = args.boolean("removed");
  const std::int64_t limit = std::clamp<std::int64_t>(args.integer("limit", kMaxListPage), 1, kMaxListPage);
  Found<std::optional<RecordId>> behind = id_after(args);
  if (auto* failed = std::get_if<ApiFailure>(&behind)) return std::move(*failed);
  const std::optional<RecordId> after = std::get<std::optional<RecordId>>(behind);
  // A union is listed as one network, in the order of ids. Of each part one page is read; what lies behind the end of a part that
  // has more is left to the next page.
  std::map<RecordId, Value> found_records;
  std::optional<RecordId> up_to;
  for (const Network* part : parts_of(node_, *first_of_union(node_, network))) {
    Result<bool> read =
        read_page(*part, kind, {filters, removed, limit, after.value_or(RecordId{}), after.has_value()}, found_records, up_to);
    if (!read) return failure_of(read.error());
  }
  Value records = Value::array();
  std::size_t bytes = 0;
  bool more = false;
  RecordId last;
  for (auto& [id, record] : found_records) {
    const std::size_t size = pack(record).size();
    const bool is_full = static_cast<std::int64_t>(records.items().size()) >= limit || bytes + size > kPageBytes;
    more = (up_to && *up_to < id) || (!records.items().empty() && is_full);
    if (more) break;
    bytes += size;
    records.push(std::move(record));
    last = id;
  }
  more = more || up_to.has_value();
  Value result;
  result.set("records", std::move(records));
  if (more) result.set("next", id_text(last));
  return result;
}

}  // namespace budstikke::daemon
