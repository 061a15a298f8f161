// Records of kinds that a newer version of the program has and this one has not: kept, sent on, and shown as what they are.
#include "daemon/api/unknown.h"

#include "daemon/api/records.h"
#include "daemon/api/render.h"
#include "protocol/base/pack.h"
#include "protocol/base/text.h"
#include "protocol/node/rows.h"
#include "protocol/records/moment.h"

namespace budstikke::daemon {
namespace {

constexpr std::size_t kMaxUnknownPage = 200;

bool is_unknown(const RecordState& state) { return find_kind(static_cast<Kind>(state.key.kind)) == nullptr; }

}  // namespace

Result<std::uint64_t> UnknownCounter::count(const Ledger& ledger, const Network& network) {
  std::optional<Error> failed;
  Status scanned = ledger.reader().scan(Table::Records, key_of(last_.value + 1), [&](View key, View payload) {
    Result<RecordRow> row = parse_record(payload);
    if (!row) {
      failed = row.error();
      return false;
    }
    if (is_unknown(row->state)) ++counts_[row->network];
    last_ = RecordNumber{ByteReader(key).u64()};
    return true;
  });
  if (failed) return *failed;
  if (!scanned) return scanned.error();
  return counts_[network.number];
}

Answer RecordsApi::unknown(const Value& args) {
  Found<Network*> found = find_network(node_, args.text("network"));
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  const Network& network = *std::get<Network*>(found);
  Found<std::optional<RecordId>> read = id_after(args);
  if (auto* failed = std::get_if<ApiFailure>(&read)) return std::move(*failed);
  const std::optional<RecordId> after = std::get<std::optional<RecordId>>(read);
  std::map<RecordId, RecordNumber> wanted;  // the first ids behind `after`: pages are in the order of ids, the scan is not
  Status scanned = node_.ledger().each_record(network, [&](RecordNumber number, const RecordState& state) {
    const RecordId id = id_of(state.key);
    if (!is_unknown(state) || state.is_erased() || (after && id <= *after)) return true;
    wanted.emplace(id, number);
    if (wanted.size() > kMaxUnknownPage + 1) wanted.erase(std::prev(wanted.end()));
    return true;
  });
  if (!scanned) return failure_of(scanned.error());
  Value records = Value::array();
  std::size_t bytes = 0;
  RecordId last;
  bool more = false;
  for (const auto& [id, number] : wanted) {
    Result<std::optional<RecordState>> state = node_.ledger().record(number);
    if (!state) return failure_of(state.error());
    Result<RecordView> view = node_.ledger().view(**state);
    if (!view) return failure_of(view.error());
    Value record;
    record.set("id", id_text(id));
    record.set("short", short_text(id));
    record.set("kind", std::int64_t{view->key.kind});
    record.set("owner", id_text(view->key.council));
    record.set("owner_name", council_name(node_, network, view->key.council));
    record.set("network", id_text(network.row.id));
    record.set("changed", format_utc(view->changed));
    if (view->hidden) record.set("removed", true);
    record.set("unknown", unknown_fields(nullptr, *view));
    const std::size_t size = pack(record).size();
    if (!records.items().empty() && (records.items().size() >= kMaxUnknownPage || bytes + size > kPageBytes)) {
      more = true;
      break;
    }
    bytes += size;
    records.push(std::move(record));
    last = id;
  }
  Value result;
  result.set("records", std::move(records));
  if (more) result.set("next", id_text(last));
  return result;
}

}  // namespace budstikke::daemon
