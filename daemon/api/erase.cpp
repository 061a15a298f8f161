#include "daemon/api/erase.h"

#include <algorithm>

#include "daemon/api/files.h"
#include "daemon/api/render.h"
#include "protocol/base/limits.h"
#include "protocol/records/moment.h"
#include "protocol/records/refusal.h"

namespace budstikke::daemon {
namespace {

constexpr std::size_t kMostIds = 200;  // of one request

struct ToErase {
  FoundRecord record;
  bool already = false;    // there is nothing to ask for that was not asked for before
  bool goes_with = false;  // a file that one of these names, and no other record: it goes where this node may
  bool is_part = false;    // of a file, and told with it
};

// Whether the own council has asked for no delay, which is granted for what it wrote.
bool is_asked_at_once(const Ledger& ledger, const RecordState& state, const CouncilId& own) {
  return std::any_of(state.live.begin(), state.live.end(), [&](const LiveOperation& operation) {
    if (operation.operation_class != OperationClass::Erase || operation.field != kEraseAtOnce) return false;
    const std::optional<Standing> by = ledger.standing_of(state.sources[operation.source].log);
    return by && by->council == own;
  });
}

// Whether others than the own council wrote in the record: that is destroyed after the delay, whatever is asked for.
Result<bool> is_written_by_others(const Ledger& ledger, const RecordState& state, const CouncilId& own) {
  bool others = false;
  Status walked = ledger.each_change(state, [&](const ChangeRecord& record) {
    others = !record.change.author || record.change.author->council != own;
    return !others;
  });
  if (!walked) return walked.error();
  return others;
}

// A council's own record says where its nodes are reached and carries their receipts: while it has members it is edited.
bool is_needed(const Network& network, const RecordKey& record) {
  if (record != council_record(record.council)) return false;
  const auto& members = network.membership.members();
  return std::any_of(members.begin(), members.end(),
                     [&](const auto& member) { return member.second.council == record.council && !member.second.removed; });
}

}  // namespace

Value kind_text(const RecordKey& record) {
  const KindInfo* kind = find_kind(static_cast<Kind>(record.kind));
  return kind != nullptr ? Value(kind->name) : Value(std::int64_t{record.kind});
}

std::optional<Answer> EraseApi::handle(const std::string& command, const Value& args, Now now) {
  if (command == "erase.records") return erase_records(args, now);
  if (command == "erase.status") return status(args, now);
  if (command == "subject.find") return find_subject(args);
  if (command == "subject.erase") return erase_subject(args, now);
  return std::nullopt;
}

Answer EraseApi::erase_records(const Value& args, Now now) {
  const bool at_once = args.boolean("at_once"), only_look = args.boolean("look");
  const Value::Array& ids = args.items("ids");
  if (ids.empty()) return failure(ApiError::MissingValue, "no record is named", "ids");
  if (ids.size() > kMostIds) return failure(ApiError::TooLong, "too many records in one request", "ids");
  std::vector<ToErase> found;
  for (const Value& id : ids) {
    if (id.if_text() == nullptr) return failure(ApiError::BadRequest, "an id must be a text", "ids");
    Found<FoundRecord> record = find_any_record(node_, *id.if_text(), args.text("network"));
    if (auto* failed = std::get_if<ApiFailure>(&record)) return std::move(*failed);
    FoundRecord& named = std::get<FoundRecord>(record);
    const auto is_it = [&](const ToErase& other) { return other.record.number == named.number; };
    if (std::any_of(found.begin(), found.end(), is_it)) continue;
    found.push_back({std::move(named)});
  }
  std::vector<const FoundRecord*> named;
  for (const ToErase& erase : found) named.push_back(&erase.record);
  Result<std::vector<GoesWith>> more = going_with(node_, named);
  if (!more) return failure_of(more.error());
  for (GoesWith& one : *more) found.push_back({std::move(one.record), false, !one.is_of_these, one.is_part});

  std::map<Network*, std::vector<ChangeBytes>> changes;
  Value records = Value::array();
  for (ToErase& erase : found) {
    FoundRecord& record = erase.record;
    const Member* own = node_.self_in(*record.network);
    if (own == nullptr) return failure(ApiError::NoNetwork, "this node's membership has not arrived yet");
    if (is_needed(*record.network, record.state.key)) {
      return failure(ApiError::NotPermitted, "a member's own record is needed to reach it; edit its fields instead",
                     short_text(record.id));
    }
    const Skeleton skeleton{record.state.key, {{at_once ? kEraseAtOnce : kEraseLater, OperationClass::Erase}}};
    const auto standing = [this](LogNumber log) { return node_.ledger().standing_of(log); };
    if (Status status = check_local(skeleton, {own->council, own->role}, &record.state, standing); !status) {
      if (erase.goes_with) continue;  // another council's, which erases it itself
      ApiFailure failed = failure_of(status.error());
      failed.subject = short_text(record.id);
      return failed;
    }
    Result<bool> others = is_written_by_others(node_.ledger(), record.state, own->council);
    if (!others) return failure_of(others.error());
    erase.already = record.state.is_erased() && (!at_once || is_asked_at_once(node_.ledger(), record.state, own->council));
    Value value;
    value.set("id", id_text(record.id));
    value.set("short", short_text(record.id));
    value.set("kind", kind_text(record.state.key));
    value.set("owner", id_text(record.state.key.council));
    value.set("owner_name", council_name(node_, *record.network, record.state.key.council));
    value.set("network", id_text(record.network->row.id));
    value.set("outcome", erase.already ? "already" : "erased");
    value.set("at_once", at_once);
    value.set("others", *others);
    const KindInfo* kind = find_kind(static_cast<Kind>(record.state.key.kind));
    if (only_look && kind != nullptr) {  // what was erased is not repeated
      Result<RecordView> view = node_.ledger().view(record.state);
      if (!view) return failure_of(view.error());
      value.set("title", title_of(*kind, record.id, *view));
    }
    if (!erase.is_part) records.push(std::move(value));
    if (!erase.already) {
      changes[record.network].push_back({encode(skeleton), encode_values(node_.random().fixed<Salt>(), {Value()})});
    }
  }
  if (!only_look) {
    for (auto& [network, of_network] : changes) {
      if (Status status = node_.write(*network, of_network, now); !status) {
        return write_failure(node_, *network, status.error(), now);
      }
    }
  }
  Value result;
  result.set("records", std::move(records));
  return result;
}

}  // namespace budstikke::daemon
