// What a record's history gives: who wrote what when, and the record as it was.
#include <algorithm>

#include "daemon/api/past.h"
#include "daemon/api/records.h"
#include "daemon/api/render.h"
#include "protocol/base/pack.h"
#include "protocol/base/text.h"
#include "protocol/records/moment.h"

namespace budstikke::daemon {
namespace {

constexpr std::int64_t kDefaultPage = 20;
constexpr std::int64_t kMaxHistoryPage = 200;
constexpr std::int64_t kLastMsOfSecond = 999;  // times are given by the second, and mean all of it
constexpr std::size_t kMarkBytes = 42;

// What councils are called, looked up once each: the changes of a page have few authors.
class Names {
 public:
  Names(const Node& node, const Network& network) : node_(node), network_(network) {}
  const std::string& of(const CouncilId& council) {
    auto [at, is_new] = names_.try_emplace(council);
    if (is_new) at->second = council_name(node_, network_, council);
    return at->second;
  }

 private:
  const Node& node_;
  const Network& network_;
  std::map<CouncilId, std::string> names_;
};

Value value_of(const KindInfo& kind, const PastChange& change, Names& names) {
  Value value;
  value.set("time", format_utc(change.stamp));
  value.set("member", id_text(change.member));
  value.set("member_short", short_text(change.member));
  if (change.council) {
    value.set("council", id_text(*change.council));
    value.set("council_name", names.of(*change.council));
  }
  Value operations = Value::array();
  for (const PastOperation& operation : change.operations) operations.push(past_operation(kind, operation));
  value.set("operations", std::move(operations));
  return value;
}

}  // namespace

Answer RecordsApi::history(const KindInfo& kind, const Value& args) {
  Found<Opened> found = open(kind, args, true, true);
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  const Opened& opened = std::get<Opened>(found);
  std::optional<HistoryMark> after;
  if (const std::string text = args.text("after"); !text.empty()) {
    const std::optional<Bytes> bytes = bytes_of_base32(text, kMarkBytes);
    Result<HistoryMark> mark = parse_history_mark(bytes ? View(*bytes) : View());
    if (!mark) return failure(ApiError::BadRequest, "`after` is not where a page of history ends", "after");
    after = *mark;
  }
  const std::int64_t limit = std::clamp<std::int64_t>(args.integer("limit", kDefaultPage), 1, kMaxHistoryPage);
  Result<HistoryPage> page =
      node_.ledger().history(opened.record.number, opened.record.state, after, static_cast<std::size_t>(limit));
  if (!page && page.error().code == Code::Malformed) {
    return failure(ApiError::BadRequest, "`after` is of another record's history", "after");
  }
  if (!page) return failure_of(page.error());
  Names names(node_, *opened.record.network);
  Value changes = Value::array();
  std::size_t bytes = 0;
  std::optional<HistoryMark> next = page->next;
  for (std::size_t i = 0; i < page->changes.size(); ++i) {
    Value change = value_of(kind, page->changes[i], names);
    const std::size_t size = pack(change).size();
    if (i > 0 && bytes + size > kPageBytes) {
      next = page->changes[i - 1].mark;
      break;
    }
    bytes += size;
    changes.push(std::move(change));
  }
  Value result;
  result.set("id", id_text(opened.record.id));
  result.set("short", short_text(opened.record.id));
  result.set("kind", kind.name);
  result.set("title", title_of(kind, opened.record.id, opened.view));
  result.set("total", std::int64_t{opened.record.state.changes});
  result.set("changes", std::move(changes));
  if (next) result.set("next", base32_of(encode(*next)));
  return result;
}

Answer RecordsApi::show_past(const KindInfo& kind, const Value& args) {
  const std::optional<WallTime> at = parse_utc(args.text("at"));
  if (!at) return failure(ApiError::BadDate, "not a time in UTC", args.text("at"));
  Found<Opened> found = open(kind, args, true);
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  const Opened& opened = std::get<Opened>(found);
  const WallTime last{at->ms - at->ms % 1000 + kLastMsOfSecond};
  Result<RecordState> state = node_.ledger().state_at(opened.record.state, last);
  if (!state) return failure_of(state.error());
  if (state->live.empty()) return failure(ApiError::NotYet, "nothing was written by then", format_utc(*at));
  Result<RecordView> view = node_.ledger().view(*state, &opened.record.state);
  if (!view) return failure_of(view.error());
  Value record = render(node_, *opened.record.network, opened.record.id, *view);
  record.set("at", format_utc(*at));
  Value result;
  result.set("record", std::move(record));
  return result;
}

}  // namespace budstikke::daemon
