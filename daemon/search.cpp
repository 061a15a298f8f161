#include "daemon/search.h"

#include <algorithm>

#include "daemon/api/render.h"
#include "protocol/base/text.h"
#include "protocol/node/rows.h"
#include "protocol/records/moment.h"

namespace budstikke::daemon {
namespace {

constexpr std::int64_t kMostHits = 100;
constexpr std::int64_t kDefaultHits = 20;
constexpr std::size_t kMostSearched = 1'000;  // bytes of what is searched for

// The texts of a record that a person may look for: all but times, numbers and yes/no.
bool is_searched(const Field& field) {
  switch (field.type) {
    case FieldType::Text:
    case FieldType::LongText:
    case FieldType::Email:
    case FieldType::Phone:
    case FieldType::Url:
    case FieldType::Suggested:
      return true;
    case FieldType::Number:
    case FieldType::YesNo:
    case FieldType::Date:
    case FieldType::Moment:
    case FieldType::Zone:
    case FieldType::OneOf:
    case FieldType::Record:
    case FieldType::Content:
      return false;
  }
  return false;
}

std::string text_of_field(const RecordView& view, const KindInfo& kind, std::string_view name) {
  const Field* field = find_field(kind, name);
  const Value* value = field != nullptr ? view.shown(field->number) : nullptr;
  return value != nullptr && value->if_text() != nullptr ? *value->if_text() : std::string();
}

// The day of what it is about, where it has one; else the day it was last changed.
std::string date_of(const RecordView& view, const KindInfo& kind) {
  for (const Field& field : kind.fields) {
    if (!field.in_list || (field.type != FieldType::Date && field.type != FieldType::Moment)) continue;
    const std::optional<Moment> moment = parse_moment(text_of_field(view, kind, field.name));
    if (moment) return text_of(first_day(*moment));
  }
  return format_utc(view.changed).substr(0, 10);
}

store::SearchDocument document_of(const Network& network, const RecordId& id, const KindInfo& kind, const RecordView& view) {
  store::SearchDocument document;
  document.id = id_text(id);
  document.network = id_text(network.row.id);
  document.kind = kind.name;
  document.council = id_text(view.key.council);
  document.area = text_of_field(view, kind, "area");
  document.date = date_of(view, kind);
  const Value title = title_of(kind, id, view);
  if (title.if_text() != nullptr) document.title = *title.if_text();
  for (const Field& field : kind.fields) {
    if (!is_searched(field)) continue;
    for (const auto& candidate : view.of(field.number)) {
      const std::string* text = candidate.value ? candidate.value->if_text() : nullptr;
      if (text != nullptr && *text != document.title) document.body += *text + "\n";
    }
  }
  return document;
}

Value value_of(const std::vector<store::SearchPiece>& pieces) {
  Value list = Value::array();
  for (const store::SearchPiece& piece : pieces) {
    Value row;
    row.set("text", piece.text);
    row.set("hit", piece.is_hit);
    list.push(std::move(row));
  }
  return list;
}

std::string_view text_of(store::SearchHit::Found how) {
  using How = store::SearchHit::Found;
  return how == How::Words ? "words" : how == How::Parts ? "parts" : how == How::Nearly ? "nearly" : "some";
}

}  // namespace

// --- Keeping it in step ----------------------------------------------------------------------------------------------

void Search::use(Node& node) {
  node_ = &node;
  node.ledger().note_changes();
  index_.reset();  // a transaction that is open is undone with it
  in_batch_ = complete_ = clear_ = false;
  batch_ = 0;
  pending_.clear();
  looked_at_ = {};
  next_ = {};
}

std::string Search::mark() const {
  std::string text = BUDSTIKKE_VERSION;
  for (const auto& [id, network] : node_->ledger().networks()) {
    if (network.is_pending()) return {};
    std::int64_t destroyed = 0;  // another sum whenever one more was carried out
    for (const auto& [erasure, row] : network.erasures) destroyed += row.destroyed.ms;
    text += " " + hex_of(id) + " " + hex_of(network.state_digest()) + " " + std::to_string(network.missing) + " " +
            std::to_string(destroyed);
  }
  return text;
}

bool Search::has_noted() const {
  const auto& networks = node_->ledger().networks();
  return std::any_of(networks.begin(), networks.end(),
                     [](const auto& entry) { return entry.second.noted_all || !entry.second.noted.empty(); });
}

std::optional<Instant> Search::deadline(Now now, Instant quiet) const {
  if (clear_) return now.steady;
  if (!complete_ || in_batch_ || has_pending() || has_noted()) return std::max(next_, quiet);
  return std::nullopt;
}

void Search::work(Now now, Instant quiet) {
  if (node_ == nullptr || (!clear_ && now.steady < std::max(next_, quiet))) return;
  Status worked = done();
  if (!index_ || clear_) worked = begin_anew();
  const bool is_quiet = now.steady >= quiet;
  if (worked && is_quiet && !complete_) {
    worked = look_at_more();
    next_ = now.steady + kSearchPause;
  } else if (worked && is_quiet && (has_pending() || has_noted())) {
    worked = look_at_pending(kSearchSlice);
    next_ = now.steady + (has_pending() ? kSearchPause : kSearchAfterWrite);
  }
  if (!worked) failed(worked.error(), now);
}

// Opens the file, and clears it unless it holds just what is here.
Status Search::begin_anew() {
  if (!index_) {
    Result<std::unique_ptr<store::SearchIndex>> opened = store::SearchIndex::open(file_);
    if (!opened) return opened.error();
    index_ = std::move(*opened);
    const Result<std::string> held = index_->mark();
    if (!clear_ && held && !held->empty() && *held == mark()) {
      complete_ = true;
      return done();
    }
  }
  if (Status cleared = index_->clear(); !cleared) return cleared;
  clear_ = complete_ = in_batch_ = false;
  batch_ = 0;
  pending_.clear();
  looked_at_ = {};
  for (auto& [id, network] : node_->ledger().networks()) node_->ledger().take_noted(network);
  return done();
}

Status Search::begin_batch() {
  if (in_batch_) return done();
  if (Status begun = index_->begin(); !begun) return begun;
  in_batch_ = true;
  return done();
}

Status Search::close_batch(bool complete) {
  if (!in_batch_) return done();
  if (complete) {
    if (Status marked = index_->set_mark(mark()); !marked) return marked;
  }
  if (Status committed = index_->commit(); !committed) return committed;
  in_batch_ = false;
  batch_ = 0;
  return done();
}

Status Search::look_at_more() {
  std::vector<std::pair<RecordNumber, NetworkNumber>> rows;
  std::optional<Error> damaged;
  Status scanned = node_->ledger().reader().scan(Table::Records, key_of(looked_at_.value + 1), [&](View key, View payload) {
    Result<RecordRow> row = parse_record(payload);
    if (!row) damaged = row.error();
    if (!row) return false;
    rows.emplace_back(RecordNumber{ByteReader(key).u64()}, row->network);
    return rows.size() < kSearchSlice;
  });
  if (damaged) return *damaged;
  if (!scanned) return scanned;
  if (Status begun = begin_batch(); !begun) return begun;
  for (const auto& [number, network_number] : rows) {
    for (const auto& [id, network] : node_->ledger().networks()) {
      if (network.number != network_number) continue;
      Result<std::optional<RecordState>> state = node_->ledger().record(number);
      if (!state) return state.error();
      if (!*state) continue;
      if (Status put_in = put(network, **state); !put_in) return put_in;
    }
    looked_at_ = number;
  }
  batch_ += rows.size();
  complete_ = rows.size() < kSearchSlice;
  if (complete_) return look_at_pending(kSearchSlice);  // what changed since it was looked at
  return batch_ >= kSearchBatch ? close_batch(false) : done();
}

void Search::take_noted() {
  for (auto& [id, network] : node_->ledger().networks()) {
    const Ledger::Noted noted = node_->ledger().take_noted(network);
    clear_ = clear_ || noted.all;
    for (const RecordNumber number : noted.records) pending_.emplace_back(id, number);
  }
}

// The mark is written only once nothing is left to look at: it says that the index holds all.
Status Search::look_at_pending(std::size_t most) {
  take_noted();
  for (; most > 0 && has_pending(); --most) {
    const auto [id, number] = pending_.front();
    pending_.pop_front();
    const Network* network = node_->ledger().find_network(id);
    if (network == nullptr) continue;
    Result<std::optional<RecordState>> state = node_->ledger().record(number);
    if (!state) return state.error();
    if (!*state) continue;
    if (Status begun = begin_batch(); !begun) return begun;
    if (Status put_in = put(*network, **state); !put_in) return put_in;
    ++batch_;
  }
  return has_pending() && batch_ < kSearchBatch ? done() : close_batch(!has_pending() && !clear_);
}

Status Search::put(const Network& network, const RecordState& state) {
  const RecordId id = id_of(state.key);
  const KindInfo* kind = find_kind(static_cast<Kind>(state.key.kind));
  if (kind == nullptr || kind->kind == Kind::File || state.is_erased()) return index_->remove(id_text(id));
  Result<RecordView> view = node_->ledger().view(state);
  if (!view) return view.error();
  if (view->hidden || view->content.empty()) return index_->remove(id_text(id));
  return index_->put(document_of(network, id, *kind, *view));
}

// Nothing is lost with the file, and a full disk has room for what matters again.
void Search::failed(const Error& error, Now now) {
  trouble_ = error.text;
  index_.reset();
  for (const char* ending : {"", "-journal"}) {
    std::error_code ignored;  // if it stays, its mark or SQLite will tell
    std::filesystem::remove(file_.string() + ending, ignored);
  }
  use(*node_);
  next_ = now.steady + kSearchRetry;
}

// --- Answering -------------------------------------------------------------------------------------------------------

std::optional<Answer> Search::handle(const std::string& command, const Value& args, Now now) {
  if (command != "search") return std::nullopt;
  return find(args, now);
}

Found<store::SearchFilter> Search::filter_of(const Value& args) const {
  store::SearchFilter filter;
  if (const std::string kind = args.text("kind"); !kind.empty()) {
    const KindInfo* info = find_kind(std::string_view(kind));
    if (info == nullptr) return failure(ApiError::UnknownKind, "no such kind of record", kind);
    filter.kind = info->name;
  }
  if (const std::string name = args.text("network"); !name.empty()) {
    Found<Network*> found = find_network(*node_, name);
    if (auto* refused = std::get_if<ApiFailure>(&found)) return std::move(*refused);
    for (const Network* part : parts_of(*node_, *std::get<Network*>(found))) filter.networks.push_back(id_text(part->row.id));
  }
  if (const std::string council = args.text("council"); !council.empty()) {
    const std::string wanted = fold_case(council);
    for (const auto& [id, network] : node_->ledger().networks()) {
      for (const auto& [key, member] : network.membership.members()) {
        const std::string text = id_text(member.council);
        const bool by_name = fold_case(council_name(*node_, network, member.council)).find(wanted) != std::string::npos;
        if (by_name || fold_case(text).starts_with(wanted)) filter.councils.push_back(text);
      }
    }
    if (filter.councils.empty()) return failure(ApiError::NoSuchCouncil, "no council has such a name or id", council);
    std::ranges::sort(filter.councils);
    filter.councils.erase(std::ranges::unique(filter.councils).begin(), filter.councils.end());
    filter.councils.resize(std::min<std::size_t>(filter.councils.size(), kMostHits));
  }
  filter.area = args.text("area");
  const std::pair<const char*, std::string*> days[] = {{"since", &filter.since}, {"until", &filter.until}};
  for (const auto& [name, day] : days) {
    const std::string text = args.text(name);
    if (text.empty()) continue;
    const std::optional<Moment> moment = parse_moment(text);
    if (!moment) return failure(ApiError::BadDate, "not a date", text);
    *day = text_of(name == std::string_view("since") ? first_day(*moment) : last_day(*moment));
  }
  return filter;
}

Answer Search::find(const Value& args, Now now) {
  const std::string words = args.text("words");
  if (words.size() > kMostSearched) return failure(ApiError::TooLong, "more words than anybody looks for", "words");
  Found<store::SearchFilter> filter = filter_of(args);
  if (auto* refused = std::get_if<ApiFailure>(&filter)) return std::move(*refused);
  if (!index_ && now.steady >= next_) work(now, now.steady);
  // So that what a person has just written is found; what came in bulk is looked at when it is quiet.
  Status ready = index_ && complete_ && !clear_ ? look_at_pending(kSearchSlice) : done();
  if (!ready) failed(ready.error(), now);
  Result<std::uint64_t> size = index_ ? index_->size() : Result<std::uint64_t>(Error{Code::Io, trouble_});
  const auto limit = static_cast<std::size_t>(std::clamp<std::int64_t>(args.integer("limit", kDefaultHits), 1, kMostHits));
  Result<std::vector<store::SearchHit>> hits = size ? index_->find(words, std::get<store::SearchFilter>(filter), limit)
                                                    : Result<std::vector<store::SearchHit>>(size.error());
  if (!hits) {
    failed(hits.error(), now);
    return failure(ApiError::NoSearch, hits.error().text, hits.error().text);
  }
  Value result, list = Value::array();
  for (const store::SearchHit& hit : *hits) {
    if (std::optional<Value> value = hit_value(hit)) list.push(std::move(*value));
  }
  result.set("hits", std::move(list));
  std::uint64_t records = 0;
  for (const auto& [id, network] : node_->ledger().networks()) records += network.records;
  if (!complete_ || clear_) {
    result.set("searched", static_cast<std::int64_t>(*size));
    result.set("records", static_cast<std::int64_t>(records));
  }
  return result;
}

// Of a record as it is now; nothing of one that went meanwhile.
std::optional<Value> Search::hit_value(const store::SearchHit& hit) const {
  const std::optional<Bytes> bytes = bytes_of_base32(hit.id, RecordId::kSize);
  if (!bytes) return std::nullopt;
  const RecordId id = RecordId::from(*bytes);
  for (const auto& [network_id, network] : node_->ledger().networks()) {
    Result<std::optional<RecordNumber>> number = node_->ledger().find_record(network, id);
    if (!number || !*number) continue;
    Result<std::optional<RecordState>> state = node_->ledger().record(**number);
    if (!state || !*state || (*state)->is_erased()) continue;
    Result<RecordView> view = node_->ledger().view(**state);
    const KindInfo* kind = view ? find_kind(static_cast<Kind>(view->key.kind)) : nullptr;
    if (kind == nullptr || view->hidden) continue;
    Value value;
    value.set("id", hit.id);
    value.set("short", short_text(id));
    value.set("kind", kind->name);
    value.set("network", id_text(network_id));
    value.set("owner", id_text(view->key.council));
    value.set("owner_name", council_name(*node_, network, view->key.council));
    value.set("changed", format_utc(view->changed));
    value.set("title", value_of(hit.title));
    value.set("excerpt", value_of(hit.excerpt));
    value.set("found", text_of(hit.how));
    return value;
  }
  return std::nullopt;
}

}  // namespace budstikke::daemon
