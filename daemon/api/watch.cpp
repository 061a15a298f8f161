#include "daemon/api/watch.h"

#include <algorithm>

#include "daemon/api/past.h"
#include "daemon/api/render.h"
#include "daemon/api/watch_mark.h"
#include "protocol/base/pack.h"
#include "protocol/base/text.h"
#include "protocol/records/moment.h"

namespace budstikke::daemon {
namespace {

constexpr std::int64_t kUsualNews = 50;
constexpr std::int64_t kMostNews = 200;

// What programs write by themselves is no news.
bool is_news(const KindInfo& kind, const PastOperation& operation) {
  if (operation.fate == Fate::Void || operation.operation_class == OperationClass::Receipt) return false;
  const Field* field = find_field(kind, operation.field);
  const bool is_kept = field != nullptr && ((kind.kind == Kind::Council && field->name == "node") ||
                                            (kind.kind == Kind::Announcement && field->name == "seen"));
  return !is_kept;
}

}  // namespace

bool WatchApi::has_news(const Answer& answer) {
  const Value* value = std::get_if<Value>(&answer);
  return value == nullptr || !value->items("changes").empty() || value->boolean("more") ||
         value->find("told_again_since") != nullptr;
}

Found<WatchApi::Wanted> WatchApi::wanted(const Value& args) const {
  Wanted wanted;
  if (const std::string named = args.text("network"); !named.empty()) {
    Found<Network*> found = find_network(node_, named);
    if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
    wanted.network = std::get<Network*>(found);
  }
  for (const Value& name : args.items("kinds")) {
    const KindInfo* kind = name.if_text() != nullptr ? find_kind(std::string_view(*name.if_text())) : nullptr;
    if (kind == nullptr) return failure(ApiError::UnknownKind, "no such kind", text_of_value(name));
    wanted.kinds.push_back(kind);
  }
  return wanted;
}

std::optional<Answer> WatchApi::handle(const std::string& command, const Value& args, Now now) {
  if (command != "watch") return std::nullopt;
  const std::int64_t limit = args.integer("limit", kUsualNews);
  if (limit < 1 || limit > kMostNews) return failure(ApiError::BadRequest, "limit is 1 to 200", "limit");
  Found<Wanted> found = wanted(args);
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  const Wanted& only = std::get<Wanted>(found);

  const Ledger& ledger = node_.ledger();
  const Ledger::ArrivalMark newest = ledger.newest_arrival();
  WatchMark mark{node_.store(), now.wall, newest, false};
  if (const std::string since = args.text("since"); !since.empty()) {
    const std::optional<WallTime> time = parse_utc(since);
    if (!time) return failure(ApiError::BadRequest, "`since` is no time", "since");
    mark = {node_.store(), *time, {}, true};
  }
  bool told_again = false;
  if (const std::string after = args.text("after"); !after.empty()) {
    const std::optional<WatchMark> given = parse_watch_mark(after);
    if (!given) return failure(ApiError::BadRequest, "`after` is not where an answer to `watch` ended", "after");
    mark = *given;
    told_again = mark.store != node_.store() || mark.at.entry > newest.entry;
    if (told_again) {
      const std::int64_t since = mark.again ? mark.time.ms : mark.time.ms - std::min(mark.time.ms, kToldAgain.count());
      mark = {node_.store(), WallTime{since}, {}, true};
    }
  }

  Value changes = Value::array();
  std::size_t bytes = 0;
  std::optional<Error> broken;
  const auto mark_behind = [&](const Ledger::ArrivalMark& at) {
    const bool again = mark.again && at != newest;
    return text_of(WatchMark{mark.store, again ? mark.time : now.wall, at, again});
  };
  const auto take = [&](const Ledger::Arrived& arrived) {
    if (mark.again && arrived.stamp < mark.time) return true;
    Result<std::optional<Value>> change = change_value(arrived, only);
    if (!change) {
      broken = change.error();
      return false;
    }
    if (!*change) return true;
    (*change)->set("mark", mark_behind(arrived.mark));
    bytes += pack(**change).size();
    changes.push(std::move(**change));
    return static_cast<std::int64_t>(changes.items().size()) < limit && bytes < kPageBytes;
  };
  const Result<Ledger::ArrivalMark> end = ledger.each_arrived(mark.at, kLookedAt, take);
  if (!end) return failure_of(end.error());
  if (broken) return failure_of(*broken);
  Value result;
  result.set("member", id_text(node_.self()));
  result.set("changes", std::move(changes));
  result.set("next", mark_behind(*end));
  result.set("more", *end != newest);
  if (told_again) result.set("told_again_since", format_utc(mark.time));
  return result;
}

// nullopt when nobody asked for it, or it is nothing that people want to know.
Result<std::optional<Value>> WatchApi::change_value(const Ledger::Arrived& arrived, const Wanted& wanted) const {
  const std::optional<Value> nothing;
  if (!is_part_of(arrived.network, wanted.network)) return nothing;
  const Ledger& ledger = node_.ledger();
  const Result<std::optional<RecordState>> state = ledger.record(arrived.record);
  if (!state) return state.error();
  if (!*state) return nothing;
  const RecordKey& key = (*state)->key;
  const KindInfo* kind = find_kind(static_cast<Kind>(key.kind));
  const auto is_kind = [&](const KindInfo* one) { return one == kind; };
  const bool is_wanted = wanted.kinds.empty() || std::any_of(wanted.kinds.begin(), wanted.kinds.end(), is_kind);
  if (kind == nullptr || kind->kind == Kind::File || !is_wanted) return nothing;  // a file is told of by what names it
  const Result<PastChange> past = ledger.past_change(**state, arrived.link);
  if (!past) return past.error();
  Value operations = Value::array();
  for (const PastOperation& operation : past->operations) {
    if (is_news(*kind, operation)) operations.push(past_operation(*kind, operation));
  }
  if (operations.items().empty()) return nothing;
  const Result<RecordView> view = ledger.view(**state);
  if (!view) return view.error();
  const RecordId id = id_of(key);
  Value value;
  value.set("time", format_utc(past->stamp));
  value.set("network", id_text(arrived.network.row.id));
  value.set("network_name", network_name(node_, arrived.network));
  value.set("kind", kind->name);
  value.set("id", id_text(id));
  value.set("short", short_text(id));
  value.set("title", title_of(*kind, id, *view));
  value.set("member", id_text(past->member));
  value.set("member_short", short_text(past->member));
  if (past->council) {
    value.set("council", id_text(*past->council));
    value.set("council_name", council_name(node_, arrived.network, *past->council));
  }
  value.set("own", past->member == node_.self());
  value.set("created", arrived.is_first && past->council == key.council);
  value.set("operations", std::move(operations));
  return std::optional(std::move(value));
}

}  // namespace budstikke::daemon
