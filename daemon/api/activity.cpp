#include "daemon/api/activity.h"

#include <algorithm>
#include <map>

#include "protocol/base/text.h"
#include "protocol/node/rows.h"
#include "protocol/records/moment.h"

namespace budstikke::daemon {
namespace {

struct Activity {
  std::size_t members = 0;  // that are not out
  WallTime last_written;    // zero: nothing
  std::size_t records = 0;
  std::size_t answers = 0;
  bool connected = false;
  std::optional<Instant> last_linked;
};

// Whether a person did it: a node writes receipts of erasures, and in its council's record where it is reached, by itself.
bool is_by_people(const RecordState& state, const LiveOperation& live) {
  static const std::uint8_t kNodeField = find_field(*find_kind(Kind::Council), "node")->number;
  if (live.operation_class == OperationClass::Receipt) return false;
  return state.key.kind != static_cast<std::uint8_t>(Kind::Council) || live.field != kNodeField;
}

bool is_said(OperationClass operation_class) {
  return operation_class == OperationClass::Answer || operation_class == OperationClass::Comment;
}

void count_record(const Ledger& ledger, const RecordState& state, std::map<CouncilId, Activity>& councils) {
  if (state.live.empty()) return;
  if (const auto owner = councils.find(state.key.council); owner != councils.end()) {
    const KindInfo* kind = find_kind(static_cast<Kind>(state.key.kind));
    const bool is_record =
        (kind == nullptr || is_listed(*kind)) && state.key.kind != static_cast<std::uint8_t>(Kind::Council) && !state.is_hidden();
    owner->second.records += is_record ? 1 : 0;
  }
  for (const LiveOperation& live : state.live) {
    const Source& source = state.sources[live.source];
    const std::optional<Standing> author = ledger.standing_of(source.log);
    const auto council = author ? councils.find(author->council) : councils.end();
    if (council == councils.end() || !is_by_people(state, live)) continue;
    council->second.last_written = std::max(council->second.last_written, source.stamp);
    council->second.answers += is_said(live.operation_class) && author->council != state.key.council ? 1 : 0;
  }
}

std::map<CouncilId, Activity> councils_of(const Node& node, const Dialer& dialer, const Network& network) {
  std::map<CouncilId, Activity> councils;
  const std::vector<PeerStatus> linked = node.peers();
  for (const auto& [key, member] : network.membership.members()) {
    if (member.removed) continue;
    Activity& activity = councils[member.council];
    ++activity.members;
    const auto is_it = [&](const PeerStatus& peer) { return peer.member == member.key && peer.network == network.row.id; };
    activity.connected |= std::any_of(linked.begin(), linked.end(), is_it);
    activity.last_linked = std::max(activity.last_linked, dialer.last_linked(member));
  }
  return councils;
}

Value activity_value(const Node& node, const Network& network, const CouncilId& council, const Activity& activity, Now now) {
  const Member* own = node.self_in(network);
  Value value;
  value.set("council", id_text(council));
  value.set("name", council_name(node, network, council));
  value.set("members", std::uint64_t{activity.members});
  value.set("you", own != nullptr && own->council == council);
  if (activity.last_written.ms != 0) value.set("last_written", format_utc(activity.last_written));
  value.set("records", std::uint64_t{activity.records});
  value.set("answers", std::uint64_t{activity.answers});
  value.set("connected", activity.connected);
  const bool has_left = !activity.connected && activity.last_linked.has_value();
  if (activity.connected) value.set("last_seen", format_utc(now.wall));
  if (has_left) value.set("last_seen", format_utc(WallTime{now.wall.ms - (now.steady - *activity.last_linked).count()}));
  return value;
}

}  // namespace

std::optional<Answer> report_activity(Node& node, const Dialer& dialer, const std::string& command, const Value& args, Now now) {
  if (command != "report.activity") return std::nullopt;
  Found<Network*> found = find_network(node, args.text("network"));
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  const Network& network = *std::get<Network*>(found);
  RecordId after;
  const std::string mark = args.text("after");
  if (!mark.empty()) {
    const std::optional<Bytes> bytes = bytes_of_base32(mark, RecordId::kSize);
    if (!bytes) return failure(ApiError::BadRequest, "`after` is not where a page ends", "after");
    after = RecordId::from(*bytes);
  }
  const auto most =
      static_cast<std::size_t>(std::clamp<std::int64_t>(args.integer("limit", kRecordsAPage), 1, std::int64_t{kRecordsAPage}));
  std::map<CouncilId, Activity> councils = councils_of(node, dialer, network);
  std::size_t read = 0;
  RecordId last;
  std::optional<Error> failed;
  const auto take = [&](View key, View payload) {
    ByteReader reader(key);
    if (reader.u64() != network.number.value) return false;
    const RecordId id = reader.fixed<RecordId>();
    if (!mark.empty() && id == after) return true;
    if (read == most) {
      ++read;  // there are more
      return false;
    }
    Result<std::optional<RecordState>> state = node.ledger().record(RecordNumber{ByteReader(payload).u64()});
    if (!state) {
      failed = state.error();
      return false;
    }
    if (*state) count_record(node.ledger(), **state, councils);
    ++read;
    last = id;
    return true;
  };
  const Status scanned = node.ledger().reader().scan(Table::RecordIds, record_id_key(network.number, after), take);
  if (failed) return failure_of(*failed);
  if (!scanned) return failure_of(scanned.error());
  Value result;
  result.set("network", id_text(network.row.id));
  result.set("name", network_name(node, network));
  Value list = Value::array();
  for (const auto& [council, activity] : councils) list.push(activity_value(node, network, council, activity, now));
  result.set("councils", std::move(list));
  if (read > most) result.set("next", id_text(last));
  return result;
}

}  // namespace budstikke::daemon
