// What has become of erasures: at this node, and by the receipts of the others.
#include <algorithm>

#include "daemon/api/erase.h"
#include "daemon/api/render.h"
#include "protocol/base/pack.h"
#include "protocol/base/text.h"
#include "protocol/records/moment.h"

namespace budstikke::daemon {
namespace {

constexpr std::size_t kMaxErasures = 100;
constexpr std::size_t kMaxNamedMembers = 300;  // named for one erasure: first those who owe a receipt

std::string erasure_text(const OperationId& id) {
  Bytes bytes;
  write_operation_id(bytes, id);
  return hex_of(bytes);
}

struct ListedErasure {
  WallTime arrived;
  const Network* network = nullptr;
  OperationId id;
};

}  // namespace

// When a member was last heard of: now, when its last link went, or by the newest of what it wrote.
std::vector<EraseApi::Witness> EraseApi::witnesses_of(const Network& network, Now now) const {
  const std::map<MemberKey, Ledger::LastWritten> last = node_.ledger().last_written(network);
  const std::vector<PeerStatus> linked = node_.peers();
  std::vector<Witness> witnesses;
  for (const auto& [key, member] : network.membership.members()) {
    Value value;
    value.set("member", id_text(key));
    value.set("council", id_text(member.council));
    value.set("name", council_name(node_, network, member.council));
    value.set("you", key == node_.self());
    const bool connected = std::any_of(linked.begin(), linked.end(), [&](const PeerStatus& peer) { return peer.member == key; });
    WallTime heard{};
    if (const auto at = last.find(key); at != last.end()) heard = std::min(at->second.when, now.wall);
    if (const std::optional<Instant> link = dialer_.last_linked(member.transport)) {
      heard = std::max(heard, WallTime{now.wall.ms - (now.steady - *link).count()});
    }
    if (connected || key == node_.self()) heard = now.wall;
    if (heard.ms > 0) value.set("last_heard", format_utc(heard));
    value.set("connected", connected);
    witnesses.push_back({key, member.removed, std::move(value)});
  }
  return witnesses;
}

namespace {

bool is_part_of_file(const Ledger& ledger, RecordNumber number) {
  const Result<std::optional<RecordState>> state = ledger.record(number);
  if (!state || !*state || (*state)->key.kind != static_cast<std::uint8_t>(Kind::File)) return false;
  bool has_chunk = false;  // by its history: what is erased has nothing live but that
  const Status walked = ledger.each_change(**state, [&](const ChangeRecord& record) {
    const std::vector<Operation>& operations = record.change.skeleton.operations;
    has_chunk = !operations.empty() && operations.front().field == kChunksField;
    return !has_chunk;
  });
  return walked && has_chunk;
}

}  // namespace

Value EraseApi::status_of(const Network& network, const OperationId& id, const ErasureRow& row, const Ledger::Asked& asked,
                          const std::map<MemberKey, WallTime>& given, const std::vector<Witness>& witnesses) const {
  Value owing = Value::array(), confirmed = Value::array(), removed = Value::array();
  std::int64_t expected = 0, receipts = 0;
  for (const Witness& witness : witnesses) {
    Value value = witness.value;
    const auto receipt = given.find(witness.key);
    const bool has_given = witness.key == node_.self() ? row.receipted : receipt != given.end();
    if (has_given && receipt != given.end()) value.set("receipt", format_utc(receipt->second));
    if (witness.removed) {
      removed.push(std::move(value));
      continue;
    }
    ++expected;
    receipts += has_given ? 1 : 0;
    (has_given ? confirmed : owing).push(std::move(value));
  }
  Value result;
  result.set("erasure", erasure_text(id));
  result.set("network", id_text(network.row.id));
  result.set("id", id_text(id_of(asked.record)));
  result.set("short", short_text(id_of(asked.record)));
  result.set("kind", kind_text(asked.record));
  if (is_part_of_file(node_.ledger(), row.record)) result.set("part", true);
  result.set("what", asked.whole ? "record" : "changes");
  if (!asked.whole) result.set("changes", static_cast<std::uint64_t>(asked.changes));
  result.set("asked", format_utc(asked.when));
  result.set("by_member", id_text(asked.member));
  if (asked.council) {
    result.set("by", id_text(*asked.council));
    result.set("by_name", council_name(node_, network, *asked.council));
  }
  result.set("at_once", asked.at_once);
  if (row.due.ms != INT64_MAX) result.set("due", format_utc(row.due));
  if (row.destroyed.ms != 0) result.set("destroyed", format_utc(row.destroyed));
  result.set("expected", expected);
  result.set("receipts", receipts);
  result.set("complete", receipts == expected);
  Value members = Value::array();
  std::int64_t left_out = 0;
  for (const Value* list : {&owing, &confirmed}) {
    for (const Value& member : list->items()) {
      if (members.items().size() < kMaxNamedMembers) {
        members.push(member);
      } else {
        ++left_out;
      }
    }
  }
  result.set("members", std::move(members));
  if (left_out > 0) result.set("members_left_out", left_out);
  if (removed.items().size() > kMaxNamedMembers) removed.if_array()->resize(kMaxNamedMembers);
  result.set("removed_members", std::move(removed));
  return result;
}

Answer EraseApi::status(const Value& args, Now now) const {
  std::vector<ListedErasure> places;
  Found<Network*> named = static_cast<Network*>(nullptr);
  if (!args.text("network").empty()) {
    named = find_network(node_, args.text("network"));
    if (auto* failed = std::get_if<ApiFailure>(&named)) return std::move(*failed);
  }
  for (const auto& [id, network] : node_.ledger().networks()) {
    if (!is_part_of(network, std::get<Network*>(named))) continue;
    for (const auto& [erasure, row] : network.erasures) places.push_back({row.arrived, &network, erasure});
  }
  std::sort(places.begin(), places.end(), [](const ListedErasure& a, const ListedErasure& b) {  // the newest first
    return std::tie(b.arrived, b.id, b.network->row.id) < std::tie(a.arrived, a.id, a.network->row.id);
  });
  const std::string after = args.text("after");
  auto first = places.begin();
  if (!after.empty()) {
    const auto is_it = [&](const ListedErasure& place) { return erasure_text(place.id) == after; };
    first = std::find_if(places.begin(), places.end(), is_it);
    if (first == places.end()) return failure(ApiError::BadRequest, "`after` is no erasure", "after");
    ++first;
  }
  const auto last = first + std::min<std::ptrdiff_t>(places.end() - first, kMaxErasures);
  std::map<const Network*, std::vector<OperationId>> wanted;
  for (auto place = first; place != last; ++place) wanted[place->network].push_back(place->id);
  std::map<const Network*, Ledger::Receipts> receipts;
  std::map<const Network*, std::vector<Witness>> witnesses;
  for (const auto& [network, ids] : wanted) {
    witnesses[network] = witnesses_of(*network, now);
    Result<Ledger::Receipts> found = node_.ledger().receipts(*network, ids);
    if (!found) return failure_of(found.error());
    receipts[network] = std::move(*found);
  }
  Value erasures = Value::array();
  std::size_t bytes = 0;
  std::string next;
  for (auto place = first; place != last; ++place) {
    const ErasureRow& row = place->network->erasures.at(place->id);
    Result<std::optional<Ledger::Asked>> asked = node_.ledger().asked(row, place->id);
    if (!asked) return failure_of(asked.error());
    if (!*asked) continue;  // its record is being folded anew
    Value value =
        status_of(*place->network, place->id, row, **asked, receipts[place->network][place->id], witnesses[place->network]);
    const std::size_t size = pack(value).size();
    if (!erasures.items().empty() && bytes + size > kPageBytes) {
      next = erasures.items().back().text("erasure");
      break;
    }
    bytes += size;
    erasures.push(std::move(value));
  }
  if (next.empty() && last != places.end()) next = erasure_text(std::prev(last)->id);
  Value result;
  result.set("erasures", std::move(erasures));
  if (!next.empty()) result.set("next", next);
  return result;
}

}  // namespace budstikke::daemon
