// Who asked for an erasure, and who has carried it out: read from records, and from the receipts in the councils' own records.
//
// How          Receipts stand in the chain of each council's record, newest first, so that those of recent erasures are met soon;
//              the chain is left as soon as all that can be there was found. A hostile member can make its own council's chain
//              long, and thereby only hide its own old receipts.
#include <algorithm>

#include "protocol/base/limits.h"
#include "protocol/node/ledger_parts.h"

namespace budstikke {

Result<std::optional<Ledger::Asked>> Ledger::asked(const ErasureRow& row, const OperationId& erasure) const {
  Result<std::optional<RecordState>> state = record(row.record);
  if (!state) return state.error();
  if (!*state) return Error{Code::Damaged, "an erased record that should be here is missing"};
  for (const LiveOperation& operation : (*state)->live) {
    if ((*state)->id_of(operation) != erasure) continue;
    const Source& source = (*state)->sources[operation.source];
    Asked asked;
    asked.record = (*state)->key;
    asked.whole = operation.operation_class == OperationClass::Erase;
    asked.at_once = operation.field == kEraseAtOnce;
    asked.changes = operation.names.size();
    asked.when = source.stamp;
    if (const auto log = logs_by_number_.find(source.log.value); log != logs_by_number_.end()) {
      asked.member = log->second->row.id.author;
      if (log->second->author) asked.council = log->second->author->council;
    }
    return std::optional(asked);
  }
  return std::optional<Asked>{};
}

std::map<MemberKey, Ledger::LastWritten> Ledger::last_written(const Network& network) const {
  std::map<MemberKey, LastWritten> last;
  for (const auto& [id, log] : network.logs) {
    if (id.log_class != LogClass::Data) continue;
    for (const StoredTip& tip : log.tips()) {
      auto [at, is_new] = last.try_emplace(id.author, LastWritten{id.incarnation, tip.head.stamp});
      if (!is_new && tip.head.stamp > at->second.when) at->second = {id.incarnation, tip.head.stamp};
    }
  }
  return last;
}

Result<Ledger::Receipts> Ledger::receipts(const Network& network, std::span<const OperationId> erasures) const {
  Receipts found;
  for (const OperationId& erasure : erasures) found[erasure];
  const std::map<MemberKey, LastWritten> last = last_written(network);
  std::map<CouncilId, std::size_t> councils;  // with how many members each
  for (const auto& [key, member] : network.membership.members()) ++councils[member.council];
  for (const auto& [council, members] : councils) {
    const RecordKey key{council, static_cast<std::uint8_t>(Kind::Council), Nonce{}};
    Result<std::optional<RecordNumber>> number = find_record(network, id_of(key));
    if (!number) return number.error();
    if (!*number) continue;
    Result<std::optional<RecordState>> state = record(**number);
    if (!state) return state.error();
    if (!*state) return Error{Code::Damaged, "a council's record that should be here is missing"};
    if (Status status = find_receipts(**state, last, members, found); !status) return status.error();
  }
  return found;
}

Status Ledger::find_receipts(const RecordState& council_record, const std::map<MemberKey, LastWritten>& last, std::size_t members,
                             Receipts& found) const {
  std::size_t left = found.size() * members;  // that this council's members can have given
  ChangeLink at = council_record.newest;
  for (std::size_t read = 0; at.entry && left > 0 && read < kMostReceiptChanges; ++read) {
    ChangeLink earlier;
    Result<FoldChange> change = change_at(at, earlier);
    if (!change) return change.error();
    at = earlier;
    const auto log = logs_by_number_.find(change->source.log.value);
    if (log == logs_by_number_.end() || !change->author) continue;
    const LogId& written_in = log->second->row.id;
    const auto newest = last.find(written_in.author);
    if (newest == last.end() || newest->second.incarnation != written_in.incarnation) continue;
    for (const Operation& operation : change->skeleton.operations) {
      if (operation.operation_class != OperationClass::Receipt) continue;
      if (!permitted(council_record.key, 0, OperationClass::Receipt, *change->author, false)) continue;
      for (const OperationId& erasure : operation.overwrites) {
        const auto wanted = found.find(erasure);
        if (wanted == found.end()) continue;
        if (wanted->second.emplace(written_in.author, change->source.stamp).second) --left;
      }
    }
  }
  return done();
}

}  // namespace budstikke
