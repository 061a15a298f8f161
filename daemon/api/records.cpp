#include "daemon/api/records.h"

#include <algorithm>

#include "protocol/base/limits.h"
#include "protocol/base/text.h"
#include "protocol/records/check.h"
#include "protocol/records/moment.h"
#include "protocol/records/resolve.h"

namespace budstikke::daemon {
namespace {

// The fields named in `args.<key>`, each with its texts; a failure names the first that the kind does not have.
Found<std::vector<std::pair<const Field*, const Value::Array*>>> named_fields(const KindInfo& kind, const Value& args,
                                                                              std::string_view key) {
  std::vector<std::pair<const Field*, const Value::Array*>> fields;
  const Value* named = args.find(key);
  if (named == nullptr || named->if_map() == nullptr) return fields;
  for (const auto& [name, texts] : *named->if_map()) {
    const Field* field = find_field(kind, name);
    if (field == nullptr || !is_written(*field)) return failure(ApiError::UnknownField, "no such field", name);
    if (texts.if_array() == nullptr) return failure(ApiError::BadRequest, "a field's values must be a list", name);
    fields.emplace_back(field, texts.if_array());
  }
  return fields;
}

// The answers in `args.answers`, or the one of `args.field`.
Found<std::vector<std::pair<const Field*, const Value*>>> named_answers(const KindInfo& kind, const Value& args) {
  std::vector<std::pair<const Field*, const Value*>> answers;
  const auto take = [&](const std::string& name, const Value& text) {
    const Field* field = find_field(kind, name);
    const bool is_answer = field != nullptr && field->field_class == FieldClass::Answers;
    if (is_answer) answers.emplace_back(field, &text);
    return is_answer;
  };
  static const Value kNoText("");
  const Value* several = args.find("answers");
  if (several == nullptr || several->if_map() == nullptr) {
    const Value* value = args.find("value");
    const bool has_text = value != nullptr && value->if_text() != nullptr;
    if (take(args.text("field"), has_text ? *value : kNoText)) return answers;
    return failure(ApiError::NotAnswerable, "this kind of record takes no such answer", args.text("field"));
  }
  for (const auto& [name, text] : *several->if_map()) {
    if (!take(name, text)) return failure(ApiError::NotAnswerable, "this kind of record takes no such answer", name);
  }
  if (answers.empty()) return failure(ApiError::BadRequest, "no answer is given", "answers");
  return answers;
}

std::string shown_text(const RecordView& view, const Field& field) {
  const Value* value = view.shown(field.number);
  return value != nullptr ? text_of_value(*value) : std::string();
}

bool is_clear(const Value::Array& texts) {
  return texts.empty() || (texts.size() == 1 && texts[0].if_text() != nullptr && trim(*texts[0].if_text()).empty());
}

const Field* field_of_class(const KindInfo& kind, FieldClass field_class) {
  for (const Field& field : kind.fields) {
    if (field.field_class == field_class) return &field;
  }
  return nullptr;
}

}  // namespace

bool is_closed_to(const Member& member, const KindInfo& kind, const RecordView& view) {
  if (!kind.shareable || view.key.council == member.council) return false;
  const Value* shared = view.shown(kSharedField);
  return shared == nullptr || shared->if_bool() == nullptr || !*shared->if_bool();
}

Found<Value> value_for(const Field& field, const Value& text) {
  const std::string* typed = text.if_text();
  if (typed == nullptr) return failure(ApiError::BadRequest, "a value must be a text", std::string(field.name));
  FieldError why;
  Result<Value> value = check_value(field, *typed, &why);
  if (value) return std::move(*value);
  ApiFailure failed = failure(api_error_of(why.fault), why.message, std::string(field.name));
  failed.args.set("hint", why.hint);
  return failed;
}

std::optional<ApiFailure> put_field(ChangeBuilder& builder, const Field& field, const Value::Array& texts) {
  if (field.field_class == FieldClass::Set) {
    if (texts.size() > kMaxSetElements) return failure(ApiError::TooLong, "too many values", std::string(field.name));
    for (const Value& text : texts) {
      Found<Value> value = value_for(field, text);
      if (auto* failed = std::get_if<ApiFailure>(&value)) return std::move(*failed);
      builder.add(field.number, std::move(std::get<Value>(value)));
    }
    return std::nullopt;
  }
  if (texts.size() > 1) return failure(ApiError::NotASet, "this field holds one value", std::string(field.name));
  if (is_clear(texts)) {
    if (field.field_class == FieldClass::Flag) {
      builder.flag(field.number, false);
    } else {
      builder.write(field.number, Value());
    }
    return std::nullopt;
  }
  Found<Value> value = value_for(field, texts[0]);
  if (auto* failed = std::get_if<ApiFailure>(&value)) return std::move(*failed);
  if (field.field_class == FieldClass::Flag) {
    builder.flag(field.number, *std::get<Value>(value).if_bool());
  } else {
    builder.write(field.number, std::move(std::get<Value>(value)));
  }
  return std::nullopt;
}

std::optional<ApiFailure> check_seen(const Value& args, const std::string& mark, const std::string& subject) {
  const std::string given = args.text("seen");
  if (given.empty() || base32_letters(given) == mark) return std::nullopt;
  return failure(ApiError::ConflictChanged, "something else stands there now than what was looked at", subject);
}

std::optional<ApiFailure> check_whole(const KindInfo& kind, const std::function<std::string(const Field&)>& text_of_field) {
  for (const Field& field : kind.fields) {
    if (field.required && text_of_field(field).empty()) {
      return failure(ApiError::MissingValue, "this field must have a value", std::string(field.name));
    }
  }
  const Field* start = find_field(kind, "start");
  const Field* end = find_field(kind, "end");
  if (start == nullptr || end == nullptr) return std::nullopt;
  const std::optional<Moment> from = parse_moment(text_of_field(*start));
  const std::optional<Moment> to = parse_moment(text_of_field(*end));
  if (from && to && (last_day(*to) < first_day(*from) || (from->precision == to->precision && compare(*to, *from) < 0))) {
    return failure(ApiError::BadDate, "it ends before it starts", "end");
  }
  return std::nullopt;
}

// --- Dispatch --------------------------------------------------------------------------------------------------------

std::optional<Answer> RecordsApi::handle(const std::string& command, const Value& args, Now now) {
  constexpr std::string_view kPrefix = "record.";
  if (command.rfind(kPrefix, 0) != 0) return std::nullopt;
  const std::string verb = command.substr(kPrefix.size());
  if (verb == "conflicts") return conflicts(args);
  if (verb == "unknown") return unknown(args);
  const KindInfo* kind = find_kind(args.text("kind"));
  if (kind == nullptr) return failure(ApiError::UnknownKind, "no such kind of record", args.text("kind"));
  if (verb == "add") return add(*kind, args, now);
  if (verb == "edit") return edit(*kind, args, now);
  if (verb == "remove") return remove(*kind, args, now);
  if (verb == "restore") return restore(*kind, args, now);
  if (verb == "answer") return answer(*kind, args, now);
  if (verb == "comment") return comment(*kind, args, now);
  if (verb == "arrived") return arrived(*kind, args);
  if (verb == "resolve") return resolve(*kind, args, now);
  if (verb == "show") return show(*kind, args);
  if (verb == "list") return list(*kind, args);
  if (verb == "history") return history(*kind, args);
  if (verb == "import") return import(*kind, args, now);
  return std::nullopt;
}

Found<RecordsApi::Opened> RecordsApi::open(const KindInfo& kind, const Value& args, bool even_removed, bool even_erased) {
  Found<FoundRecord> found = find_record(node_, kind, args.text("id"), args.text("network"));
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  FoundRecord& record = std::get<FoundRecord>(found);
  if (record.state.is_erased() && !even_erased) {
    return failure(ApiError::Erased, "this record has been erased for good", short_text(record.id));
  }
  Result<RecordView> view = node_.ledger().view(record.state);
  if (!view) return failure_of(view.error());
  if (view->hidden && !even_removed) return failure(ApiError::Removed, "this record has been removed", short_text(record.id));
  return Opened{std::move(record), std::move(*view)};
}

Found<RecordsApi::Opened> RecordsApi::open_to_edit(const KindInfo& kind, const Value& args, bool even_removed) {
  Found<Opened> found = open(kind, args, even_removed);
  const Opened* opened = std::get_if<Opened>(&found);
  if (opened == nullptr) return found;
  const Member* own = node_.self_in(*opened->record.network);
  if (own == nullptr) return failure(ApiError::NoNetwork, "this node's membership has not arrived yet");
  if (is_closed_to(*own, kind, opened->view))
    return failure(ApiError::NotPermitted, "another council's record that is not shared");
  return found;
}

Status RecordsApi::write(Network& network, const ChangeBuilder& builder, Now now, bool look) {
  if (builder.skeleton().operations.size() > kMaxOperations) return Error{Code::TooLarge, "too many values at once"};
  const ChangeBytes change = builder.finish(node_.random().fixed<Salt>());
  return look ? node_.may_write(network, {&change, 1}, now) : node_.write(network, {&change, 1}, now);
}

Answer RecordsApi::finish(Network& network, const RecordId& id, const ChangeBuilder& builder, Now now) {
  const bool changed = !builder.empty();
  if (changed) {
    if (Status status = write(network, builder, now); !status) return write_failure(node_, network, status.error(), now);
  }
  Value result;
  result.set("id", id_text(id));
  result.set("short", short_text(id));
  result.set("changed", changed);
  const OtherCouncils others = other_councils(node_, network);
  result.set("councils", std::uint64_t{others.all});
  result.set("linked", std::uint64_t{others.linked});
  return result;
}

// --- Writing ---------------------------------------------------------------------------------------------------------

Answer RecordsApi::add(const KindInfo& kind, const Value& args, Now now) {
  Found<Network*> found = find_network(node_, args.text("network"));
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  Network& network = *std::get<Network*>(found);
  const Member* own = node_.self_in(network);
  if (own == nullptr) return failure(ApiError::NoNetwork, "this node's membership has not arrived yet");
  if (kind.kind == Kind::Council) return failure(ApiError::NotPermitted, "each council has one record; edit it", "council");
  auto named = named_fields(kind, args, "fields");
  if (auto* failed = std::get_if<ApiFailure>(&named)) return std::move(*failed);
  const RecordKey key{own->council, static_cast<std::uint8_t>(kind.kind), node_.random().fixed<Nonce>()};
  ChangeBuilder builder(key, nullptr);
  std::map<const Field*, std::string> given;
  for (const auto& [field, texts] : std::get<0>(named)) {
    if (is_clear(*texts)) continue;
    if (std::optional<ApiFailure> failed = put_field(builder, *field, *texts)) return std::move(*failed);
    if (Found<Value> value = value_for(*field, texts->front()); std::holds_alternative<Value>(value)) {
      given[field] = text_of_value(std::get<Value>(value));
    }
  }
  const auto text = [&](const Field& field) { return given.contains(&field) ? given[&field] : std::string(); };
  if (std::optional<ApiFailure> failed = check_whole(kind, text)) return std::move(*failed);
  return finish(network, id_of(key), builder, now);
}

Answer RecordsApi::edit(const KindInfo& kind, const Value& args, Now now) {
  Found<Opened> found = open_to_edit(kind, args);
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  Opened& opened = std::get<Opened>(found);
  auto set = named_fields(kind, args, "set");
  if (auto* failed = std::get_if<ApiFailure>(&set)) return std::move(*failed);
  auto take = named_fields(kind, args, "take");
  if (auto* failed = std::get_if<ApiFailure>(&take)) return std::move(*failed);
  ChangeBuilder builder(opened.view.key, &opened.view);
  std::map<const Field*, std::string> given;
  for (const auto& [field, texts] : std::get<0>(set)) {
    if (std::optional<ApiFailure> failed = put_field(builder, *field, *texts)) return std::move(*failed);
    given[field] = {};
    if (is_clear(*texts)) continue;
    if (Found<Value> value = value_for(*field, texts->front()); std::holds_alternative<Value>(value)) {
      given[field] = text_of_value(std::get<Value>(value));
    }
  }
  for (const auto& [field, texts] : std::get<0>(take)) {
    if (field->field_class != FieldClass::Set) {
      return failure(ApiError::NotASet, "only elements of a set can be taken away", std::string(field->name));
    }
    for (const Value& text : *texts) {
      Found<Value> value = value_for(*field, text);
      if (auto* failed = std::get_if<ApiFailure>(&value)) return std::move(*failed);
      builder.take(field->number, std::get<Value>(value));
    }
  }
  const auto text = [&](const Field& field) { return given.contains(&field) ? given[&field] : shown_text(opened.view, field); };
  if (std::optional<ApiFailure> failed = check_whole(kind, text)) return std::move(*failed);
  return finish(*opened.record.network, opened.record.id, builder, now);
}

Found<RecordsApi::Opened> RecordsApi::open_as_owner(const KindInfo& kind, const Value& args, bool even_removed) {
  Found<Opened> found = open(kind, args, even_removed);
  const Opened* opened = std::get_if<Opened>(&found);
  if (opened == nullptr) return found;
  const Network& network = *opened->record.network;
  const Member* own = node_.self_in(network);
  if (own == nullptr) return failure(ApiError::NoNetwork, "this node's membership has not arrived yet");
  if (own->council != opened->view.key.council) {
    return failure(ApiError::NotOwner, "only the council that owns a record removes and restores it",
                   council_name(node_, network, opened->view.key.council));
  }
  return found;
}

Answer RecordsApi::remove(const KindInfo& kind, const Value& args, Now now) {
  Found<Opened> found = open_as_owner(kind, args, false);
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  Opened& opened = std::get<Opened>(found);
  const std::string mark = seen_mark(opened.view);
  if (std::optional<ApiFailure> failed = check_seen(args, mark, short_text(opened.record.id))) return std::move(*failed);
  ChangeBuilder builder(opened.view.key, &opened.view);
  builder.remove();
  return finish(*opened.record.network, opened.record.id, builder, now);
}

Answer RecordsApi::restore(const KindInfo& kind, const Value& args, Now now) {
  Found<Opened> found = open(kind, args, true);
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  if (std::get<Opened>(found).view.removes.empty()) {  // whoever owns it
    return failure(ApiError::NotRemoved, "this record is not removed", short_text(std::get<Opened>(found).record.id));
  }
  found = open_as_owner(kind, args, true);
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  Opened& opened = std::get<Opened>(found);
  const std::string mark = seen_mark(opened.view);
  if (std::optional<ApiFailure> failed = check_seen(args, mark, short_text(opened.record.id))) return std::move(*failed);
  ChangeBuilder builder(opened.view.key, &opened.view);
  builder.restore();
  return finish(*opened.record.network, opened.record.id, builder, now);
}

Answer RecordsApi::answer(const KindInfo& kind, const Value& args, Now now) {
  auto named = named_answers(kind, args);
  if (auto* failed = std::get_if<ApiFailure>(&named)) return std::move(*failed);
  Found<Opened> found = open(kind, args);
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  Opened& opened = std::get<Opened>(found);
  const Member* own = node_.self_in(*opened.record.network);
  if (own == nullptr) return failure(ApiError::NoNetwork, "this node's membership has not arrived yet");
  ChangeBuilder builder(opened.view.key, &opened.view);
  for (const auto& [field, text] : std::get<0>(named)) {
    Found<Value> value = text->is_nil() ? Found<Value>(Value()) : value_for(*field, *text);
    if (auto* failed = std::get_if<ApiFailure>(&value)) return std::move(*failed);
    const std::vector<Candidate> given = opened.view.answers(field->number);
    const bool has_own = std::any_of(given.begin(), given.end(), [&](const auto& said) { return said.council == own->council; });
    if (has_own || !text->is_nil()) builder.answer(field->number, std::get<Value>(value), own->council);
  }
  return finish(*opened.record.network, opened.record.id, builder, now);
}

Answer RecordsApi::comment(const KindInfo& kind, const Value& args, Now now) {
  const Field* field = field_of_class(kind, FieldClass::Comments);
  if (field == nullptr) return failure(ApiError::NotAnswerable, "this kind of record takes no comments", std::string(kind.name));
  Found<Opened> found = open(kind, args);
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  Opened& opened = std::get<Opened>(found);
  Found<Value> value = value_for(*field, Value(args.text("text")));
  if (auto* failed = std::get_if<ApiFailure>(&value)) return std::move(*failed);
  ChangeBuilder builder(opened.view.key, &opened.view);
  builder.comment(field->number, std::get<Value>(value));
  return finish(*opened.record.network, opened.record.id, builder, now);
}

// --- The council's own record ----------------------------------------------------------------------------------------

Status RecordsApi::write_own_council(Network& network, const Config& config, Now now) {
  const Member* own = node_.self_in(network);
  if (own == nullptr || own->role == Role::Reader) return done();
  if (!network.united.empty() && !network.membership.is_home_of(own->key)) {  // it is said once, at home or where it came in
    const auto& networks = node_.ledger().networks();
    const bool has_home = std::any_of(network.united.begin(), network.united.end(),
                                      [&](const NetworkId& id) { return networks.at(id).membership.is_home_of(own->key); });
    if (has_home || first_of_union(node_, network) != &network) return done();
  }
  const KindInfo& kind = *find_kind(Kind::Council);
  const std::optional<RecordView> view = council_view(node_, network, own->council);
  // A further node of a council may call it otherwise than the record that is still to come: that would be a conflict.
  const std::vector<PeerStatus> peers = node_.peers();
  const bool may_come = own->council != council_of(own->key) && std::none_of(peers.begin(), peers.end(), [&](const auto& peer) {
                          return peer.network == network.row.id && peer.in_sync;
                        });
  ChangeBuilder builder(council_record(own->council), view ? &*view : nullptr);
  const auto write_if_absent = [&](std::string_view name, const std::string& text) {
    const Field& field = *find_field(kind, name);
    if (!text.empty() && !may_come && (!view || view->of(field.number).empty())) builder.write(field.number, Value(text));
  };
  write_if_absent("name", config.council);
  write_if_absent("municipality", config.municipality);
  const std::uint8_t node_field = find_field(kind, "node")->number;
  const std::string self = id_text(node_.self());
  const std::string address = config.advertise.empty() ? std::string() : self + "@" + config.advertise;
  if (view) {  // addresses this very node gave earlier and no longer has
    for (const Value& element : view->distinct(node_field)) {
      const std::string* text = element.if_text();
      if (text != nullptr && text->rfind(self + "@", 0) == 0 && *text != address) builder.take(node_field, element);
    }
  }
  if (!address.empty()) builder.add(node_field, Value(address));
  return builder.empty() ? done() : this->write(network, builder, now);
}

}  // namespace budstikke::daemon
