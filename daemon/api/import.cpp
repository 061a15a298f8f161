// Importing: the same file twice changes nothing, and changing one cell changes one field.
//
// A record's nonce is derived from the item's UID, or from what its kind is known by, so that the same item is the same record
// at every device of the council. What was imported last is kept locally; a re-import writes only what the file changed since,
// so that it never undoes what people edited meanwhile.
//
// Councils import from the same calendars. Another council's record of the same item has another id, but the same nonce: so each
// result names the councils that have it already, and people agree on one.
//
// An item whose record was erased stays out. Only when asked to, an import makes it anew, as the next generation of the item:
// another record, with which later imports then go on.
#include <algorithm>
#include <set>

#include "daemon/api/records.h"
#include "daemon/api/render.h"
#include "protocol/base/limits.h"
#include "protocol/base/pack.h"
#include "protocol/base/text.h"
#include "protocol/records/check.h"

namespace budstikke::daemon {
namespace {

constexpr std::string_view kUidEnding = "@budstikke";
constexpr std::size_t kMaxUidBytes = 255;  // a longer one still identifies the item, but is not given back by an export
constexpr int kMostGenerations = 100;      // of one item that is erased again and again

// The local row of an imported record, under import_key(): {"uid": text, "fields": {name: [texts]}}.

std::string first_text(const Value& fields, std::string_view name) {
  const Value::Array& texts = fields.items(name);
  return texts.empty() || texts[0].if_text() == nullptr ? std::string() : *texts[0].if_text();
}

// "case|title+authority": the first group whose fields all have a value, with their names so that groups cannot collide.
std::string natural_key(const KindInfo& kind, const Value& fields) {
  std::string_view rest = kind.natural_key;
  while (!rest.empty()) {
    const std::size_t bar = rest.find('|');
    std::string_view group = rest.substr(0, bar);
    rest = bar == std::string_view::npos ? std::string_view() : rest.substr(bar + 1);
    std::string key;
    bool any = false;
    bool first = true;
    bool complete = true;
    while (!group.empty()) {
      const std::size_t plus = group.find('+');
      const std::string_view name = group.substr(0, plus);
      group = plus == std::string_view::npos ? std::string_view() : group.substr(plus + 1);
      const std::string text = fold_case(first_text(fields, name));
      if (first && text.empty()) complete = false;  // what a group starts with is what the item is known by
      first = false;
      any = any || !text.empty();
      key += std::string(name) + "=" + text + "\n";
    }
    if (any && complete) return key;
  }
  return {};
}

Nonce nonce_of(const KindInfo& kind, const std::string& uid, const std::string& natural, int generation) {
  const std::uint8_t number[1] = {static_cast<std::uint8_t>(kind.kind)};
  std::string source = uid.empty() ? "natural key\n" + natural : "uid\n" + uid;
  if (generation > 0) source += "\ngeneration " + std::to_string(generation);
  const Hash digest = hash(Domain::Derived, {view_of("import"), View(number), view_of(source)});
  return Nonce::from(digest.view().first(Nonce::kSize));
}

std::optional<RecordId> own_uid(const std::string& uid) {
  if (uid.size() != 52 + kUidEnding.size() || uid.substr(52) != kUidEnding) return std::nullopt;
  const std::optional<Bytes> bytes = bytes_of_base32(std::string_view(uid).substr(0, 52), RecordId::kSize);
  return bytes ? std::optional(RecordId::from(*bytes)) : std::nullopt;
}

// Which record an item is.
struct Target {
  RecordKey key;
  RecordId id;
  std::optional<RecordNumber> number = {};  // nullopt: it is to be made
  bool erased = false;
};

// The one of our own export, or one derived from what the item is known by, in the first generation that was not erased. One that
// does not exist is offered only where nothing was erased, or `again`.
Result<Target> place_of(const Ledger& ledger, const Network& network, const KindInfo& kind, const CouncilId& council,
                        const std::string& uid, const std::string& natural, bool again) {
  Target place;
  const auto look = [&](const RecordId& id, const RecordKey& key) -> Status {
    Result<std::optional<RecordNumber>> number = ledger.find_record(network, id);
    if (!number) return number.error();
    if (!*number && place.erased && !again) return done();
    place = Target{key, id, *number};
    if (!*number) return done();
    Result<std::optional<RecordState>> state = ledger.record(**number);
    if (!state) return state.error();
    place.erased = *state && (*state)->is_erased();
    return done();
  };
  RecordKey key{council, static_cast<std::uint8_t>(kind.kind), {}};
  if (const std::optional<RecordId> exported = own_uid(uid)) {
    if (Status status = look(*exported, key); !status) return status.error();
    if (place.number && !place.erased) return place;
  }
  if (kind.kind == Kind::Council) {
    key = council_record(council);
    if (Status status = look(id_of(key), key); !status) return status.error();
    return place;
  }
  for (int generation = 0; generation < kMostGenerations; ++generation) {
    key.nonce = nonce_of(kind, uid, natural, generation);
    const RecordId before = place.id;
    if (Status status = look(id_of(key), key); !status) return status.error();
    if (!place.erased || place.id == before) break;  // it stands, is to be made, or there is no further generation
  }
  return place;
}

// Canonical texts of a field as the record holds it now, in the form an item has.
Value::Array current_texts(const RecordView& view, const Field& field) {
  Value::Array texts;
  if (field.field_class == FieldClass::Set) {
    for (const Value& element : view.distinct(field.number)) texts.emplace_back(text_of_value(element));
  } else if (const Value* shown = view.shown(field.number)) {
    texts.emplace_back(text_of_value(*shown));
  }
  return texts;
}

bool same_texts(const Field& field, Value::Array a, Value::Array b) {
  if (field.field_class == FieldClass::Flag || field.type == FieldType::YesNo) {  // absent is as good as no
    const auto drop_no = [](Value::Array& texts) { std::erase(texts, Value("no")); };
    if (field.field_class == FieldClass::Flag) {
      drop_no(a);
      drop_no(b);
    }
  }
  if (field.field_class == FieldClass::Set) {
    const auto less = [](const Value& x, const Value& y) { return *x.if_text() < *y.if_text(); };
    std::sort(a.begin(), a.end(), less);
    std::sort(b.begin(), b.end(), less);
  }
  return a == b;
}

// The item's texts for a field, canonical; a failure when one does not fit.
Found<Value::Array> checked_texts(const Field& field, const Value& texts) {
  Value::Array checked;
  for (const Value& text : texts.items()) {
    Found<Value> value = value_for(field, text);
    if (auto* failed = std::get_if<ApiFailure>(&value)) return std::move(*failed);
    Value canonical(text_of_value(std::get<Value>(value)));
    if (std::find(checked.begin(), checked.end(), canonical) == checked.end()) checked.push_back(std::move(canonical));
  }
  if (field.field_class != FieldClass::Set && checked.size() > 1) {
    return failure(ApiError::NotASet, "this field holds one value", std::string(field.name));
  }
  return checked;
}

void write_difference(ChangeBuilder& builder, const Field& field, const Value::Array& before, const Value::Array& after) {
  if (field.field_class == FieldClass::Set) {
    for (const Value& element : before) {
      if (std::find(after.begin(), after.end(), element) == after.end()) {
        if (Found<Value> value = value_for(field, element); std::holds_alternative<Value>(value)) {
          builder.take(field.number, std::get<Value>(value));
        }
      }
    }
    Value::Array added;
    for (const Value& element : after) {
      if (std::find(before.begin(), before.end(), element) == before.end()) added.push_back(element);
    }
    put_field(builder, field, added);  // checked by the caller
    return;
  }
  put_field(builder, field, after);
}

}  // namespace

std::string imported_uid(const Node& node, const Network& network, const RecordId& id) {
  Result<std::optional<View>> stored = node.ledger().reader().get(Table::Local, import_key(network.number, id));
  if (!stored || !*stored) return {};
  Result<Value> baseline = unpack(**stored);
  return baseline ? baseline->text("uid") : std::string();
}

Answer RecordsApi::import(const KindInfo& kind, const Value& args, Now now) {
  Found<Network*> found = find_network(node_, args.text("network"));
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  Network& network = *std::get<Network*>(found);
  if (node_.self_in(network) == nullptr) return failure(ApiError::NoNetwork, "this node's membership has not arrived yet");
  const Value::Array& items = args.items("items");
  if (items.size() > kMaxImportItems) return failure(ApiError::TooLong, "too many items in one request", "items");
  ImportWay way{args.boolean("again"), args.boolean("look")};
  std::set<CouncilId> others;
  for (const auto& [key, member] : network.membership.members()) others.insert(member.council);
  others.erase(node_.self_in(network)->council);
  if (kind.kind != Kind::Council) way.others.assign(others.begin(), others.end());
  Value results = Value::array();
  for (const Value& item : items) {
    ImportResult imported = import_item(network, kind, item, way, now);
    Value result;
    result.set("line", item.integer("line"));
    result.set("outcome", imported.outcome);
    if (imported.id) result.set("id", id_text(*imported.id));
    if (imported.failed) result.set("error", value_of(*imported.failed));
    if (way.look && imported.id) {
      result.set("short", short_text(*imported.id));
      result.set("title", imported.title);
      result.set("fields", std::move(imported.fields));
    }
    if (!imported.failed) {
      Result<Value> elsewhere = same_elsewhere(network, kind, item, way);
      if (!elsewhere) return failure_of(elsewhere.error());
      if (!elsewhere->items().empty()) result.set("elsewhere", std::move(*elsewhere));
    }
    results.push(std::move(result));
  }
  Value answer;
  answer.set("results", std::move(results));
  return answer;
}

// [{council, council_name, id, short, title}] of whoever has a record of the same item, in any part of a union.
Result<Value> RecordsApi::same_elsewhere(const Network& network, const KindInfo& kind, const Value& item,
                                         const ImportWay& way) const {
  Value found = Value::array();
  const std::string uid = item.text("uid");
  const Value* fields = item.find("fields");
  if (own_uid(uid) || fields == nullptr) return found;  // what was exported here names one record
  const Nonce nonce = nonce_of(kind, uid, uid.empty() ? natural_key(kind, *fields) : std::string(), 0);
  for (const CouncilId& council : way.others) {
    const RecordId id = id_of(RecordKey{council, static_cast<std::uint8_t>(kind.kind), nonce});
    for (const Network* part : parts_of(node_, network)) {
      const Result<std::optional<RecordNumber>> number = node_.ledger().find_record(*part, id);
      if (!number) return number.error();
      if (!*number) continue;
      const Result<std::optional<RecordState>> state = node_.ledger().record(**number);
      if (!state) return state.error();
      if (!*state || (*state)->live.empty() || (*state)->is_erased() || (*state)->is_hidden()) continue;
      const Result<RecordView> view = node_.ledger().view(**state);
      if (!view) return view.error();
      Value one;
      one.set("council", id_text(council));
      one.set("council_name", council_name(node_, *part, council));
      one.set("id", id_text(id));
      one.set("short", short_text(id));
      one.set("title", title_of(kind, id, *view));
      found.push(std::move(one));
      break;
    }
  }
  return found;
}

RecordsApi::ImportResult RecordsApi::import_item(Network& network, const KindInfo& kind, const Value& item, const ImportWay& way,
                                                 Now now) {
  const auto refused = [](ApiFailure failed) { return ImportResult{"refused", {}, std::move(failed)}; };
  const Value* fields = item.find("fields");
  if (fields == nullptr || fields->if_map() == nullptr) return refused(failure(ApiError::BadRequest, "an item needs fields"));
  const std::string uid = item.text("uid");
  const std::string natural = natural_key(kind, *fields);
  if (uid.empty() && natural.empty())
    return refused(failure(ApiError::MissingValue, "nothing says what it is", std::string(kind.natural_key)));

  const CouncilId own = node_.self_in(network)->council;
  Result<Target> place = place_of(node_.ledger(), network, kind, own, uid, natural, way.again);
  if (!place) return refused(failure_of(place.error()));
  RecordKey key = place->key;
  const RecordId id = place->id;
  if (place->erased) return ImportResult{"erased", id, {}};
  const std::string title = first_text(*fields, kind.fields[kind.shareable ? 1 : 0].name);
  const std::optional<RecordNumber> number = place->number;
  std::optional<RecordView> view;
  if (number) {
    Result<std::optional<RecordState>> state = node_.ledger().record(*number);
    if (!state) return refused(failure_of(state.error()));
    Result<RecordView> read = node_.ledger().view(**state);
    if (!read) return refused(failure_of(read.error()));
    if (read->key.kind != key.kind) return refused(failure(ApiError::BadRequest, "the id is of another kind of record"));
    view = std::move(*read);
    key = view->key;
    if (view->hidden) return ImportResult{"removed", id, {}, Value::array(), title};
  }
  // A row without our own record's id is ours only if it bears our name: a list of councils must not rename this one.
  if (kind.kind == Kind::Council && view && own_uid(uid) != id) {
    const Value* name = view->shown(find_field(kind, "name")->number);
    if (name != nullptr && fold_case(text_of_value(*name)) != fold_case(first_text(*fields, "name"))) {
      return refused(failure(ApiError::NotPermitted, "each council writes its own record", "name"));
    }
  }

  // What the file said last time; without that, what the record holds.
  const Bytes local_key = import_key(network.number, id);
  Value baseline;
  Result<std::optional<View>> stored = node_.ledger().reader().get(Table::Local, local_key);
  if (!stored) return refused(failure_of(stored.error()));
  if (*stored) {
    if (Result<Value> read = unpack(**stored)) baseline = std::move(*read);
  }
  const Value* last_fields = baseline.find("fields");
  Value fields_next = last_fields != nullptr ? *last_fields : Value::map();

  ChangeBuilder builder(key, view ? &*view : nullptr);
  Value changed = Value::array();
  std::map<const Field*, std::string> given;
  for (const auto& [name, texts] : *fields->if_map()) {
    const Field* field = find_field(kind, name);
    const bool writable = field != nullptr && is_written(*field);
    if (!writable) return refused(failure(ApiError::UnknownField, "no such field", name));
    Found<Value::Array> checked = checked_texts(*field, texts);
    if (auto* failed = std::get_if<ApiFailure>(&checked)) return refused(std::move(*failed));
    const Value::Array& after = std::get<Value::Array>(checked);
    given[field] = after.empty() ? std::string() : *after[0].if_text();
    const Value* last = last_fields != nullptr ? last_fields->find(name) : nullptr;
    const Value::Array before = last != nullptr ? last->items() : view ? current_texts(*view, *field) : Value::Array{};
    fields_next.set(name, Value(after));
    if (same_texts(*field, before, after)) continue;
    write_difference(builder, *field, before, after);
    Value one;
    one.set("field", field->name);
    one.set("before", Value(view ? current_texts(*view, *field) : Value::Array{}));
    one.set("after", Value(after));
    changed.push(std::move(one));
  }
  const auto text = [&](const Field& field) {
    if (given.contains(&field)) return given[&field];
    const Value* shown = view ? view->shown(field.number) : nullptr;
    return shown != nullptr ? text_of_value(*shown) : std::string();
  };
  if (std::optional<ApiFailure> failed = check_whole(kind, text)) return refused(std::move(*failed));
  if (!builder.empty()) {
    if (view && is_closed_to(*node_.self_in(network), kind, *view)) {
      return refused(failure(ApiError::NotPermitted, "another council's record that is not shared"));
    }
    if (Status status = write(network, builder, now, way.look); !status) return refused(failure_of(status.error()));
  }
  const std::string outcome = !view ? "created" : builder.empty() ? "unchanged" : "changed";
  if (builder.empty()) changed = Value::array();
  ImportResult result{outcome, id, {}, std::move(changed), title};
  if (way.look) return result;
  Value next;
  const bool keeps_uid = !uid.empty() && uid.size() <= kMaxUidBytes && is_clean_text(uid, false);
  next.set("uid", keeps_uid ? uid : baseline.text("uid"));
  next.set("fields", std::move(fields_next));
  if (next != baseline) {
    if (Status status = node_.ledger().storage().put(Table::Local, local_key, pack(next)); !status) {
      return refused(failure_of(status.error()));
    }
  }
  return result;
}

}  // namespace budstikke::daemon
