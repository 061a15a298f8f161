#include "daemon/api/outbox.h"

#include <algorithm>

#include "daemon/api/erase.h"
#include "daemon/api/render.h"
#include "protocol/records/moment.h"

namespace budstikke::daemon {
namespace {

constexpr std::int64_t kUsualEntries = 20;
constexpr std::int64_t kMostEntries = 200;
constexpr std::size_t kShownNames = 10;      // of councils, for one entry
constexpr std::size_t kShownChanges = 10;    // of one entry
constexpr std::size_t kMostLookedAt = 4096;  // entries of one log

}  // namespace

std::optional<Answer> OutboxApi::handle(Node& node, const std::string& command, const Value& args) const {
  if (command != "outbox") return std::nullopt;
  const std::int64_t limit = args.integer("limit", kUsualEntries);
  if (limit < 1 || limit > kMostEntries) return failure(ApiError::BadRequest, "limit is 1 to 200", "limit");
  const Network* only = nullptr;
  if (const std::string named = args.text("network"); !named.empty()) {
    Found<Network*> found = find_network(node, named);
    if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
    only = std::get<Network*>(found);
  }
  Value networks = Value::array();
  for (const auto& [id, network] : node_.ledger().networks()) {
    if (!is_part_of(network, only)) continue;
    const Spread spread = spread_of(network);
    Result<Value> entries = entries_of(network, static_cast<std::size_t>(limit));
    if (!entries) return failure_of(entries.error());
    Value value;
    value.set("network", id_text(id));
    value.set("name", network_name(node_, network));
    value.set("councils", std::uint64_t{spread.councils});
    value.set("alone", spread.alone);
    value.set("waiting", spread.waiting);
    value.set("entries", std::move(*entries));
    networks.push(std::move(value));
  }
  Value result;
  result.set("networks", std::move(networks));
  return result;
}

void OutboxApi::put_holders(const Network& network, const Log& log, Seq seq, Value& value) const {
  const Reached councils = reached(network, log);
  Value holders = Value::array();
  std::uint64_t more = 0;
  for (const auto& [council, last] : councils) {
    if (last < seq) continue;
    if (holders.items().size() < kShownNames) {
      holders.push(council_name(node_, network, council));
    } else {
      ++more;
    }
  }
  value.set("councils", std::uint64_t{councils.size()});
  value.set("holders", std::move(holders));
  if (more > 0) value.set("holders_more", more);
}

std::vector<const Log*> OutboxApi::own_logs(const Network& network) const {
  std::vector<const Log*> logs;
  for (const auto& [id, log] : network.logs) {
    if (id.author == node_.self() && id.log_class == LogClass::Data && log.tips().size() == 1) logs.push_back(&log);
  }
  return logs;
}

OutboxApi::Reached OutboxApi::reached(const Network& network, const Log& log) const {
  Reached reached;
  const Member* own = node_.self_in(network);
  for (const auto& [key, member] : network.membership.members()) {
    if (member.removed || (own != nullptr && member.council == own->council)) continue;
    Seq& last = reached[member.council];
    last = std::max(last, node_.known_to_hold(network, key, log));
  }
  return reached;
}

OutboxApi::Spread OutboxApi::spread_of(const Network& network) const {
  Spread spread;
  for (const Log* log : own_logs(network)) {
    const Reached councils = reached(network, *log);
    const Seq end = log->tips().front().head.seq;
    Seq most, least = end;
    for (const auto& [council, seq] : councils) {
      most = std::max(most, seq);
      least = std::min(least, seq);
    }
    spread.councils = std::max(spread.councils, councils.size());
    if (councils.empty()) most = end;
    spread.alone += end.value - std::min(most, end).value;
    spread.waiting += end.value - std::min(least, end).value;
  }
  return spread;
}

Result<Value> OutboxApi::entries_of(const Network& network, std::size_t limit) const {
  std::vector<std::pair<WallTime, Value>> found;
  for (const Log* log : own_logs(network)) {
    if (Status status = add_entries(network, *log, limit, found); !status) return status.error();
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  Value entries = Value::array();
  for (std::size_t i = 0; i < std::min(limit, found.size()); ++i) entries.push(std::move(found[i].second));
  return entries;
}

// The newest entries of the log, newest first; without those that only bring a file, of which there may be thousands.
Status OutboxApi::add_entries(const Network& network, const Log& log, std::size_t limit,
                              std::vector<std::pair<WallTime, Value>>& found) const {
  const StoredTip& tip = log.tips().front();
  const Reached councils = reached(network, log);
  std::size_t looked_at = 0, count = 0;
  for (Seq end = tip.head.seq; end.value > 0 && count < limit && looked_at < kMostLookedAt;) {
    Seq after{end.value > limit ? end.value - limit : 0};
    const Seq begin = after;
    std::vector<std::pair<WallTime, Value>> of_part;
    while (after < end) {
      const Result<std::optional<Ledger::StoredRun>> run = node_.ledger().next_run(log, after, tip);
      if (!run) return run.error();
      if (!*run) break;
      for (const Bytes& body : (*run)->bodies) {
        if (after == end) break;
        ++after.value;
        ++looked_at;
        EntryView entry;
        if (Status status = parse_stored_entry(body, LogClass::Data, entry); !status) return status;
        const bool brings_file = std::all_of(entry.changes.begin(), entry.changes.end(),
                                             [](const ChangeView& change) { return is_of_file(change.skeleton); });
        if (!brings_file) of_part.emplace_back(entry.stamp, entry_value(network, entry, after, councils));
      }
    }
    count += of_part.size();
    found.insert(found.end(), std::make_move_iterator(of_part.rbegin()), std::make_move_iterator(of_part.rend()));
    end = begin;
  }
  return done();
}

Value OutboxApi::entry_value(const Network& network, const EntryView& entry, Seq seq, const Reached& reached) const {
  Value value;
  std::uint64_t holders = 0, others = 0;
  Value without = Value::array();
  for (const auto& [council, last] : reached) {
    if (last >= seq) {
      ++holders;
    } else if (without.items().size() < kShownNames) {
      without.push(council_name(node_, network, council));
    } else {
      ++others;
    }
  }
  value.set("time", format_utc(entry.stamp));
  value.set("councils", holders);
  value.set("without", std::move(without));
  if (others > 0) value.set("without_more", others);
  Value changes = Value::array();
  for (const ChangeView& change : entry.changes) {
    if (changes.items().size() == kShownChanges) break;
    const Result<Skeleton> skeleton = parse_skeleton(change.skeleton);
    if (skeleton) changes.push(change_value(network, skeleton->record));
  }
  if (entry.changes.size() > kShownChanges) value.set("more_changes", std::uint64_t{entry.changes.size() - kShownChanges});
  value.set("changes", std::move(changes));
  return value;
}

Value OutboxApi::change_value(const Network& network, const RecordKey& key) const {
  const RecordId id = id_of(key);
  Value value;
  value.set("kind", kind_text(key));
  value.set("id", id_text(id));
  value.set("short", short_text(id));
  const KindInfo* kind = find_kind(static_cast<Kind>(key.kind));
  const Result<std::optional<RecordNumber>> number = node_.ledger().find_record(network, id);
  if (kind == nullptr || !number || !*number) return value;
  const Result<std::optional<RecordState>> state = node_.ledger().record(**number);
  if (!state || !*state) return value;
  const Result<RecordView> view = node_.ledger().view(**state);
  if (view) value.set("title", title_of(*kind, id, *view));
  return value;
}

}  // namespace budstikke::daemon
