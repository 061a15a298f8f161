// Which councils are known to hold what the owner of a record wrote in it: the first of the three steps of a receipt.
//
// How          Nobody writes that something arrived: members say what they hold as they are linked, or in a bundle, and this is
//              read from that. Who has said nothing since holds it perhaps, but is not counted: what is told is certain.
#include <algorithm>
#include <map>

#include "daemon/api/records.h"
#include "protocol/node/rows.h"

namespace budstikke::daemon {
namespace {

// How far each log must be held to hold all of the record that its owner wrote and that stands.
Result<std::map<const Log*, Seq>> ends_of(const Node& node, const Network& network, const RecordState& state) {
  std::map<std::uint64_t, const Log*> logs;
  for (const auto& [id, log] : network.logs) logs[log.number.value] = &log;
  std::map<const Log*, Seq> ends;
  for (const Source& source : state.sources) {
    const std::optional<Standing> author = node.ledger().standing_of(source.log);
    const auto log = logs.find(source.log.value);
    if (!author || author->council != state.key.council || log == logs.end()) continue;
    Result<std::optional<View>> stored = node.ledger().reader().get(Table::Entries, key_of(source.number.value));
    if (!stored) return stored.error();
    if (!*stored) return Error{Code::Damaged, "an entry that should be here is missing"};
    Result<EntryRow> row = parse_entry_row(**stored);
    if (!row) return row.error();
    Seq& end = ends[log->second];
    end = std::max(end, row->seq);
  }
  return ends;
}

}  // namespace

Answer RecordsApi::arrived(const KindInfo& kind, const Value& args) {
  Found<FoundRecord> found = find_record(node_, kind, args.text("id"), args.text("network"));
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  const FoundRecord& record = std::get<FoundRecord>(found);
  const Network& network = *record.network;
  const Result<std::map<const Log*, Seq>> ends = ends_of(node_, network, record.state);
  if (!ends) return failure_of(ends.error());
  const Member* own = node_.self_in(network);
  std::map<CouncilId, bool> councils;  // a council has it as soon as one of its computers has
  for (const auto& [key, member] : network.membership.members()) {
    if (member.removed || member.council == record.state.key.council) continue;
    const bool is_here = own != nullptr && member.council == own->council;
    const bool holds = is_here || std::all_of(ends->begin(), ends->end(), [&](const auto& end) {
                         return node_.known_to_hold(network, key, *end.first) >= end.second;
                       });
    councils[member.council] |= holds;
  }
  Value list = Value::array();
  for (const auto& [council, holds] : councils) {
    Value value;
    value.set("council", id_text(council));
    value.set("name", council_name(node_, network, council));
    value.set("arrived", holds);
    list.push(std::move(value));
  }
  Value result;
  result.set("councils", std::move(list));
  return result;
}

}  // namespace budstikke::daemon
