#include "daemon/api/undo.h"

#include <algorithm>

#include "daemon/api/erase.h"
#include "daemon/api/past.h"
#include "daemon/api/render.h"
#include "protocol/base/text.h"
#include "protocol/records/moment.h"

namespace budstikke::daemon {
namespace {

constexpr std::size_t kCountedLater = 200;      // of the newest changes of a record: how many of them are others'
constexpr std::uint64_t kMostPassedOver = 100;  // entries of which nothing can be taken back: looking for more takes long

// Of Table::Local: an entry of this node that took another one back → that one's seq.
Bytes undone_key(NetworkNumber network, Incarnation incarnation, Seq seq) {
  Bytes key = bytes_of(view_of("undone "));
  ByteWriter writer(key);
  writer.u64(network.value);
  writer.u64(incarnation.value);
  writer.u64(seq.value);
  return key;
}

// Why an operation stays as it is; empty: it was taken back.
constexpr std::string_view kOverwritten = "overwritten", kVoid = "void", kConflict = "conflict", kGone = "gone",
                           kForGood = "for-good", kAlready = "already";

std::vector<Value> distinct(const std::vector<PastValue>& old) {
  std::vector<Value> values;
  for (const PastValue& past : old) {
    if (std::find(values.begin(), values.end(), past.value) == values.end()) values.push_back(past.value);
  }
  return values;
}

bool all_here(const PastOperation& operation) {
  return operation.old_left_out == 0 && std::all_of(operation.old.begin(), operation.old.end(),
                                                    [](const PastValue& past) { return past.presence == Presence::Here; });
}

bool has(const std::vector<Candidate>& candidates, const Value& value) {
  return std::any_of(candidates.begin(), candidates.end(), [&](const Candidate& one) { return one.value == value; });
}

std::vector<Candidate> of_council(const std::vector<Candidate>& candidates, const CouncilId& council) {
  std::vector<Candidate> own;
  std::copy_if(candidates.begin(), candidates.end(), std::back_inserter(own),
               [&](const Candidate& one) { return one.council == council; });
  return own;
}

// Puts the opposite of the operation into the change, where what it wrote stands: nobody has written over it, or what was written
// over it was taken back.
std::string_view take_back(const PastOperation& operation, const RecordView& view, const CouncilId& own, ChangeBuilder& builder) {
  using enum OperationClass;
  if (operation.fate == Fate::Void) return kVoid;
  const std::vector<Value> old = distinct(operation.old);
  const std::vector<Candidate>& now = view.of(operation.field);
  const PastValue& written = operation.written;
  switch (operation.operation_class) {
    case Write:
      if (written.presence != Presence::Here || !all_here(operation)) return kGone;
      if (old.size() > 1 || view.in_conflict(operation.field)) return kConflict;
      if (!has(now, written.value)) return kOverwritten;
      builder.write(operation.field, old.empty() ? Value() : old.front());
      return {};
    case Add:
      if (written.presence != Presence::Here) return kGone;
      if (!has(now, written.value)) return kOverwritten;
      builder.take(operation.field, written.value);
      return {};
    case Take:
      if (!all_here(operation)) return kGone;
      for (const Value& value : old) builder.add(operation.field, value);
      return {};
    case Raise:
    case Lower:
      if (!has(now, Value(operation.operation_class == Raise))) return kOverwritten;
      builder.flag(operation.field, operation.operation_class == Lower);
      return {};
    case Answer:
      if (written.presence != Presence::Here || !all_here(operation)) return kGone;
      if (old.size() > 1) return kConflict;
      if (!has(of_council(now, own), written.value)) return kOverwritten;
      builder.answer(operation.field, old.empty() ? Value() : old.front(), own);  // nil: there is none
      return {};
    case Comment:
      if (operation.fate != Fate::Live) return kOverwritten;
      builder.retract(operation.field, operation.id);
      return {};
    case Remove:
      if (!view.hidden) return kOverwritten;
      builder.restore();
      return {};
    case Restore:
      if (view.hidden) return kAlready;
      builder.remove();
      return {};
    default:
      return kForGood;
  }
}

}  // namespace

std::optional<Answer> UndoApi::handle(const std::string& command, const Value& args, Now now) {
  return command == "undo" ? std::optional(undo(args, now)) : std::nullopt;
}

// --- Which entry -----------------------------------------------------------------------------------------------------

// Files, which stay while something may name them; receipts, and of the council's own record its addresses and the first name and
// municipality, as write_own_council() gives them.
bool UndoApi::is_by_program(const Network& network, const EntryView& entry) const {
  const Member* own = node_.self_in(network);
  const KindInfo& council = *find_kind(Kind::Council);
  const std::uint8_t node_field = find_field(council, "node")->number;
  const std::uint8_t given[] = {find_field(council, "name")->number, find_field(council, "municipality")->number};
  return own != nullptr && std::all_of(entry.changes.begin(), entry.changes.end(), [&](const ChangeView& change) {
           const Result<Skeleton> skeleton = parse_skeleton(change.skeleton);
           if (skeleton && skeleton->record.kind == static_cast<std::uint8_t>(Kind::File)) return true;
           if (!skeleton || !(skeleton->record == council_record(own->council))) return false;
           return std::all_of(skeleton->operations.begin(), skeleton->operations.end(), [&](const Operation& operation) {
             const bool is_given = std::find(std::begin(given), std::end(given), operation.field) != std::end(given);
             return operation.operation_class == OperationClass::Receipt || operation.field == node_field ||
                    (is_given && operation.overwrites.empty());
           });
         });
}

Result<std::optional<UndoApi::Last>> UndoApi::last_of(Network& network, const Below& below) const {
  const Ledger& ledger = node_.ledger();
  const auto at = network.logs.find({node_.self(), ledger.incarnation(), LogClass::Data});
  if (at == network.logs.end() || at->second.tips().size() != 1) return std::optional<Last>();
  const Log& log = at->second;
  const StoredTip& tip = log.tips().front();
  std::optional<Ledger::StoredRun> run;
  const auto from = below.find(network.number);
  for (Seq seq = from != below.end() ? Seq{from->second.value - 1} : tip.head.seq; seq.value > 0;) {
    const Result<std::optional<View>> undone =
        ledger.reader().get(Table::Local, undone_key(network.number, ledger.incarnation(), seq));
    if (!undone) return undone.error();
    if (*undone) {
      ByteReader reader(**undone);
      const Seq before{reader.u64() - 1};
      if (!reader.done() || before >= seq) return Error{Code::Damaged, "what an undo took back"};
      seq = before;
      continue;
    }
    if (!run || seq < run->first || seq.value >= run->first.value + run->bodies.size()) {
      Result<std::optional<Ledger::StoredRun>> read = ledger.next_run(log, Seq{seq.value - 1}, tip);
      if (!read) return read.error();
      if (!*read) break;
      run = std::move(**read);
    }
    const std::size_t at_run = seq.value - run->first.value;
    const Bytes& body = run->bodies[at_run];
    EntryView entry;
    if (Status status = parse_stored_entry(body, LogClass::Data, entry); !status) return status.error();
    if (!is_by_program(network, entry)) return std::optional(Last{&network, &log, seq, run->numbers[at_run], body, entry.stamp});
    seq = Seq{seq.value - 1};
  }
  return std::optional<Last>();
}

Found<std::optional<UndoApi::Last>> UndoApi::find_last(const Network* only, const Below& below) const {
  std::optional<Last> last;
  for (auto& [id, network] : node_.ledger().networks()) {
    if (only != nullptr && only != &network) continue;
    Result<std::optional<Last>> of = last_of(network, below);
    if (!of) return failure_of(of.error());
    if (*of && (!last || last->stamp < (*of)->stamp)) last = std::move(**of);
  }
  return last;
}

// --- What can be done ------------------------------------------------------------------------------------------------

Found<UndoApi::Plan> UndoApi::plan(const Last& last, const RecordKey& key, const std::vector<std::uint8_t>& changes,
                                   bool is_first) {
  const RecordId id = id_of(key);
  const KindInfo* kind = find_kind(static_cast<Kind>(key.kind));
  Plan plan;
  plan.told.set("kind", kind_text(key));
  plan.told.set("id", id_text(id));
  plan.told.set("short", short_text(id));
  plan.told.set("does", "nothing");
  Value operations = Value::array();
  const Ledger& ledger = node_.ledger();
  const Result<std::optional<RecordNumber>> number = ledger.find_record(*last.network, id);
  if (!number) return failure_of(number.error());
  const Result<std::optional<RecordState>> state = *number ? ledger.record(**number) : std::optional<RecordState>();
  if (!state) return failure_of(state.error());
  if (kind == nullptr || !*state || (*state)->is_erased()) {
    plan.told.set("operations", std::move(operations));
    if (*state && (*state)->is_erased()) plan.told.set("reason", kForGood);
    return plan;
  }
  const Result<RecordView> view = ledger.view(**state);
  if (!view) return failure_of(view.error());
  plan.told.set("title", title_of(*kind, id, *view));
  const CouncilId own = node_.self_in(*last.network)->council;
  // What was made in this entry goes as a whole, with what others have added to it meanwhile.
  const bool is_new = is_first && key.council == own;
  ChangeBuilder builder(key, &*view);
  for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
    const Result<PastChange> past = ledger.past_change(**state, {last.number, *change});
    if (!past) return failure_of(past.error());
    for (const PastOperation& operation : past->operations) {
      Value told = past_operation(*kind, operation);
      const std::string_view kept =
          is_new ? (view->hidden ? kAlready : std::string_view()) : take_back(operation, *view, own, builder);
      if (!kept.empty()) told.set("kept", kept);
      operations.push(std::move(told));
    }
  }
  if (is_new) {
    const Result<HistoryPage> page = ledger.history(**number, **state, std::nullopt, kCountedLater);
    if (!page) return failure_of(page.error());
    const auto others = std::count_if(page->changes.begin(), page->changes.end(),
                                      [&](const PastChange& past) { return past.member != node_.self(); });
    if (!view->hidden) builder.remove();
    plan.told.set("later", static_cast<std::uint64_t>(others));
  }
  if (!builder.empty()) {
    plan.told.set("does", is_new ? "removes" : "changes");
    plan.change = builder.finish(node_.random().fixed<Salt>());
  }
  plan.told.set("operations", std::move(operations));
  return plan;
}

Status UndoApi::remember(const Last& last) {
  Ledger& ledger = node_.ledger();
  Bytes row;
  ByteWriter(row).u64(last.seq.value);
  const Seq tip = last.log->tips().front().head.seq;
  return ledger.storage().put(Table::Local, undone_key(last.network->number, ledger.incarnation(), tip), row);
}

Found<UndoApi::PlannedEntry> UndoApi::plan_entry(Last last) {
  EntryView entry;
  if (Status status = parse_stored_entry(last.body, LogClass::Data, entry); !status) return failure_of(status.error());
  std::vector<std::pair<RecordKey, std::vector<std::uint8_t>>> records;
  for (std::size_t i = 0; i < entry.changes.size(); ++i) {
    const Result<Skeleton> skeleton = parse_skeleton(entry.changes[i].skeleton);
    if (!skeleton) return failure_of(skeleton.error());
    auto record =
        std::find_if(records.begin(), records.end(), [&](const auto& known) { return known.first == skeleton->record; });
    if (record == records.end()) record = records.insert(record, {skeleton->record, {}});
    record->second.push_back(static_cast<std::uint8_t>(i));
  }
  std::map<RecordNumber, bool> first_here;
  const auto note = [&](const Ledger::Arrived& arrived) {
    first_here[arrived.record] = first_here[arrived.record] || arrived.is_first;
    return true;
  };
  const Result<Ledger::ArrivalMark> read = node_.ledger().each_arrived({EntryNumber{last.number.value - 1}, 0}, 1, note);
  if (!read) return failure_of(read.error());
  PlannedEntry planned_entry{last, Value::array(), {}};
  for (const auto& [key, of_record] : records) {
    const Result<std::optional<RecordNumber>> number = node_.ledger().find_record(*last.network, id_of(key));
    if (!number) return failure_of(number.error());
    Found<Plan> planned = plan(last, key, of_record, *number && first_here[**number]);
    if (auto* failed = std::get_if<ApiFailure>(&planned)) return std::move(*failed);
    Plan& one = std::get<Plan>(planned);
    planned_entry.told.push(std::move(one.told));
    if (one.change) planned_entry.changes.push_back(std::move(*one.change));
  }
  return planned_entry;
}

// The newest entry of which something can be taken back; the newest of all where there is none.
Found<UndoApi::PlannedEntry> UndoApi::find_undoable(const Network* only, std::uint64_t& passed_over) {
  std::optional<PlannedEntry> newest;
  Below below;
  for (std::uint64_t passed = 0; passed <= kMostPassedOver; ++passed) {
    Found<std::optional<Last>> found = find_last(only, below);
    if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
    std::optional<Last>& last = std::get<std::optional<Last>>(found);
    if (!last) break;
    Found<PlannedEntry> planned = plan_entry(std::move(*last));
    if (auto* failed = std::get_if<ApiFailure>(&planned)) return std::move(*failed);
    PlannedEntry& entry = std::get<PlannedEntry>(planned);
    if (!entry.changes.empty()) {
      passed_over = passed;
      return std::move(entry);
    }
    below[entry.last.network->number] = entry.last.seq;
    if (!newest) newest = std::move(entry);
  }
  if (!newest) return failure(ApiError::NothingToUndo, "this node has written nothing that can be taken back");
  return std::move(*newest);
}

Answer UndoApi::undo(const Value& args, Now now) {
  const Network* only = nullptr;
  if (const std::string named = args.text("network"); !named.empty()) {
    Found<Network*> found = find_network(node_, named);
    if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
    only = std::get<Network*>(found);
  }
  std::uint64_t passed_over = 0;
  Found<PlannedEntry> found = find_undoable(only, passed_over);
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  PlannedEntry& planned = std::get<PlannedEntry>(found);
  const Last& last = planned.last;
  Bytes at;
  ByteWriter writer(at);
  writer.u64(last.network->number.value);
  writer.u64(last.seq.value);
  const std::string mark = base32_of(at);
  if (std::optional<ApiFailure> failed = check_seen(args, mark, {})) return std::move(*failed);
  Value result;
  result.set("network", id_text(last.network->row.id));
  result.set("name", network_name(node_, *last.network));
  result.set("time", format_utc(last.stamp));
  result.set("mark", mark);
  result.set("records", std::move(planned.told));
  if (passed_over > 0) result.set("passed_over", passed_over);
  outbox_.put_holders(*last.network, *last.log, last.seq, result);
  const bool writes = args.boolean("look") != true && !planned.changes.empty();
  if (writes) {
    if (Status status = node_.write(*last.network, planned.changes, now); !status) {
      return write_failure(node_, *last.network, status.error(), now);
    }
    if (Status status = remember(last); !status) return failure_of(status.error());
  }
  result.set("written", writes);
  return result;
}

}  // namespace budstikke::daemon
