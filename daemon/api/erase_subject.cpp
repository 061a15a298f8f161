// Everything that mentions a person: found page by page, and made to mention them no more.
#include <algorithm>
#include <charconv>
#include <set>

#include "daemon/api/erase.h"
#include "daemon/api/files.h"
#include "daemon/api/render.h"
#include "daemon/api/subject.h"
#include "daemon/api/subject_text.h"
#include "daemon/api/ticket_labels.h"
#include "protocol/base/limits.h"
#include "protocol/base/pack.h"
#include "protocol/base/text.h"
#include "protocol/records/moment.h"

namespace budstikke::daemon {
namespace {

constexpr std::size_t kLeastBytes = 2;  // of a text to search for
constexpr std::size_t kMostSubjectBytes = 200;
constexpr std::size_t kMostRecords = 100;      // records changed by one request
constexpr std::uint32_t kMostChanges = 2'048;  // looked at by one request, but for those of its last record: about 0.1 s

// Where a page goes on: the record, and how many of its mentions were given.
struct Mark {
  std::uint64_t record = 0;
  std::uint64_t given = 0;
};

std::optional<Mark> parse_mark(const std::string& text) {
  Mark mark;
  if (text.empty()) return mark;
  const char* end = text.data() + text.size();
  const auto record = std::from_chars(text.data(), end, mark.record);
  if (record.ec != std::errc() || record.ptr == end || *record.ptr != '.') return std::nullopt;
  const auto given = std::from_chars(record.ptr + 1, end, mark.given);
  return given.ec == std::errc() && given.ptr == end ? std::optional(mark) : std::nullopt;
}

std::string text_of_mark(const Mark& mark) { return std::to_string(mark.record) + "." + std::to_string(mark.given); }

Found<Subject> subject_of(const Value& args) {
  const std::string text = trim(args.text("text"));
  if (text.size() < kLeastBytes) return failure(ApiError::MissingValue, "a person is known by two letters at least", "text");
  if (text.size() > kMostSubjectBytes) return failure(ApiError::TooLong, "at most 200 bytes", "text");
  if (!is_clean_text(text, false)) return failure(ApiError::BadText, "one line of plain text", "text");
  Subject subject{fold_case(text), args.text("replacement", "[erased]")};
  if (subject.replacement.size() > kMostSubjectBytes || !is_clean_text(subject.replacement, false)) {
    return failure(ApiError::BadText, "one line of plain text", "replacement");
  }
  if (mentions(subject.replacement, subject.folded)) {
    return failure(ApiError::BadText, "what is written instead must not mention it", "replacement");
  }
  return subject;
}

constexpr std::string_view kNothing = "nothing";

std::string_view action_of(const SubjectPlan& plan) {
  if (plan.whole) return "erased";
  return plan.redacted.empty() && !plan.in_import ? kNothing : "redacted";
}

Value left_of(const Node& node, const Network& network, const SubjectPlan& plan) {
  Value left = Value::array();
  for (const auto& [council, changes] : plan.left) {
    Value value;
    value.set("council", id_text(council));
    value.set("council_name", council_name(node, network, council));
    value.set("changes", changes);
    value.set("reason", "not-permitted");
    left.push(std::move(value));
  }
  if (plan.newer > 0) {
    Value value;
    value.set("changes", plan.newer);
    value.set("reason", "newer-version");
    left.push(std::move(value));
  }
  return left;
}

Value record_value(const Network& network, const RecordKey& record) {
  Value value;
  value.set("id", id_text(id_of(record)));
  value.set("short", short_text(id_of(record)));
  value.set("kind", kind_text(record));
  value.set("network", id_text(network.row.id));
  return value;
}

// Names of tickets that mention it, as records of this node alone: they are few, and stand on the first page.
Status add_labels(const Node& node, const Network& network, const Subject& subject, Value& records) {
  const Result<std::vector<TicketLabel>> labels = labels_in(node, network);
  if (!labels) return labels.error();
  for (const TicketLabel& one : *labels) {
    if (!mentions(one.label, subject.folded)) continue;
    Value mention;
    mention.set("field", "for");
    mention.set("value", one.label);
    mention.set("state", "live");
    Value value;
    value.set("id", id_text(one.ticket));
    value.set("short", short_text(one.ticket));
    value.set("kind", "ticket");
    value.set("network", id_text(network.row.id));
    value.set("title", one.label);
    const Member* own = node.self_in(network);
    const CouncilId council = own != nullptr ? own->council : council_of(node.self());
    value.set("owner", id_text(council));
    value.set("owner_name", council_name(node, network, council));
    value.set("network_name", network_name(node, network));
    value.set("action", "erased");
    value.set("changes", 1);
    value.set("left", Value::array());
    value.set("mentions", Value(Value::Array{std::move(mention)}));
    records.push(std::move(value));
  }
  return done();
}

// The ticket whose name mentions it and that has this id; nullopt: none.
Result<std::optional<TicketLabel>> label_with_id(const Node& node, const Network& network, const std::string& id,
                                                 const Subject& subject) {
  Result<std::vector<TicketLabel>> labels = labels_in(node, network);
  if (!labels) return labels.error();
  for (TicketLabel& one : *labels) {
    if (id_text(one.ticket) == id && mentions(one.label, subject.folded)) return std::optional(std::move(one));
  }
  return std::optional<TicketLabel>();
}

}  // namespace

Answer EraseApi::find_subject(const Value& args) {
  Found<Subject> asked = subject_of(args);
  if (auto* failed = std::get_if<ApiFailure>(&asked)) return std::move(*failed);
  const Subject& subject = std::get<Subject>(asked);
  const std::optional<Mark> from = parse_mark(args.text("after"));
  if (!from) return failure(ApiError::BadRequest, "`after` is not where a page ends", "after");
  Network* only = nullptr;
  if (const std::string name = args.text("network"); !name.empty()) {
    Found<Network*> named = find_network(node_, name);
    if (auto* failed = std::get_if<ApiFailure>(&named)) return std::move(*failed);
    only = std::get<Network*>(named);
  }
  const Ledger& ledger = node_.ledger();
  std::map<NetworkNumber, const Network*> networks;
  for (const auto& [id, network] : ledger.networks()) {
    if (is_part_of(network, only)) networks[network.number] = &network;
  }

  // Which records this page looks at; they are read when the scan is over, since reading moves what it looks at.
  std::vector<std::pair<RecordNumber, const Network*>> numbers;
  std::optional<Mark> next;
  std::optional<Error> broken;
  std::uint32_t changes = 0;
  Status scanned = ledger.reader().scan(
      Table::Records, key_of(from->record),
      [&](View key, View payload) {
        const RecordNumber number{ByteReader(key).u64()};
        if (changes >= kMostChanges) {
          next = Mark{number.value, 0};
          return false;
        }
        Result<RecordRow> row = parse_record(payload);
        if (!row) {
          broken = row.error();
          return false;
        }
        const auto network = networks.find(row->network);
        if (network == networks.end()) return true;
        changes += std::max<std::uint32_t>(row->state.changes, 1);
        numbers.emplace_back(number, network->second);
        return true;
      },
      [&](View) {
        broken = Error{Code::Damaged, "a record cannot be read, and may mention it"};
      });
  if (broken) return failure_of(*broken);
  if (!scanned) return failure_of(scanned.error());

  Value records = Value::array();
  for (const auto& [number, network] : networks) {
    if (from->record != 0 || from->given != 0) break;
    if (Status added = add_labels(node_, *network, subject, records); !added) return failure_of(added.error());
  }
  std::size_t bytes = 0;
  for (const auto& [number, network] : numbers) {
    Result<std::optional<RecordState>> state = ledger.record(number);
    if (!state) return failure_of(state.error());
    if (!*state || (*state)->is_erased()) continue;
    Result<SubjectPlan> plan = plan_for(node_, *network, **state, subject);
    if (!plan) return failure_of(plan.error());
    if (!plan->mentions_any()) continue;
    const RecordKey& record = (*state)->key;
    const KindInfo* kind = find_kind(static_cast<Kind>(record.kind));
    Value value = record_value(*network, record);
    if (kind != nullptr) {
      Result<RecordView> view = ledger.view(**state);
      if (!view) return failure_of(view.error());
      value.set("title", title_of(*kind, id_of(record), *view));
    }
    value.set("owner", id_text(record.council));
    value.set("owner_name", council_name(node_, *network, record.council));
    value.set("network_name", network_name(node_, *network));
    if ((*state)->is_hidden()) value.set("removed", true);
    value.set("action", action_of(*plan));
    value.set("changes", plan->whole ? std::uint64_t{(*state)->changes} : std::uint64_t{plan->redacted.size()});
    value.set("left", left_of(node_, *network, *plan));
    bytes += pack(value).size();

    Value found = Value::array();
    const std::uint64_t given = number.value == from->record ? from->given : 0;
    std::uint64_t seen = 0;
    bool is_full = false;
    const auto mention = [&](Value one) {
      if (seen++ < given) return true;
      const std::size_t size = pack(one).size();
      is_full = bytes + size > kPageBytes && !(records.items().empty() && found.items().empty());
      if (is_full) return false;
      bytes += size;
      found.push(std::move(one));
      return true;
    };
    if (plan->in_import) {
      Value one;
      one.set("field", "import");
      one.set("state", "live");
      mention(std::move(one));
    }
    Status walked = ledger.each_change(**state, [&](const ChangeRecord& change) {
      if (change.presence != Presence::Here) return true;
      const std::vector<Operation>& operations = change.change.skeleton.operations;
      for (std::size_t i = 0; i < change.values.size(); ++i) {
        if (!is_mention(kind, operations[i].field, change.values[i], subject.folded)) continue;
        const Source& source = change.change.source;
        const OperationId id{source.entry, source.change, static_cast<std::uint8_t>(i)};
        const bool live = std::any_of((*state)->live.begin(), (*state)->live.end(),
                                      [&](const LiveOperation& operation) { return (*state)->id_of(operation) == id; });
        Value one;
        const Field* field = kind != nullptr ? find_field(*kind, operations[i].field) : nullptr;
        one.set("field", field != nullptr ? Value(field->name) : Value(std::int64_t{operations[i].field}));
        one.set("value", change.values[i]);
        one.set("state", live ? "live" : "past");
        one.set("time", format_utc(source.stamp));
        one.set("member", id_text(change.member));
        if (change.change.author) {
          one.set("council", id_text(change.change.author->council));
          one.set("council_name", council_name(node_, *network, change.change.author->council));
        }
        if (!mention(std::move(one))) return false;
      }
      return true;
    });
    if (!walked) return failure_of(walked.error());
    value.set("mentions", std::move(found));
    const bool is_new = !value.items("mentions").empty() || given == 0;
    if (is_full) next = Mark{number.value, seen - 1};
    if (is_new && !(is_full && value.items("mentions").empty())) records.push(std::move(value));
    if (is_full) break;
  }
  Value result;
  result.set("records", std::move(records));
  if (next) result.set("next", text_of_mark(*next));
  return result;
}

Answer EraseApi::erase_subject(const Value& args, Now now) {
  Found<Subject> asked = subject_of(args);
  if (auto* failed = std::get_if<ApiFailure>(&asked)) return std::move(*failed);
  const Subject& subject = std::get<Subject>(asked);
  Found<Network*> named = find_network(node_, args.text("network"));
  if (auto* failed = std::get_if<ApiFailure>(&named)) return std::move(*failed);
  Network& network = *std::get<Network*>(named);
  const Value::Array& ids = args.items("ids");
  if (ids.size() > kMostRecords) return failure(ApiError::TooLong, "too many records in one request", "ids");
  std::vector<std::pair<FoundRecord, SubjectPlan>> planned;
  std::vector<TicketLabel> labels;
  bool any = ids.empty();
  for (const Value& id : ids) {
    if (id.if_text() == nullptr) return failure(ApiError::BadRequest, "an id must be a text", "ids");
    Result<std::optional<TicketLabel>> label = label_with_id(node_, network, *id.if_text(), subject);
    if (!label) return failure_of(label.error());
    if (*label) {
      labels.push_back(std::move(**label));
      any = true;
      continue;
    }
    Found<FoundRecord> found = find_any_record(node_, *id.if_text(), id_text(network.row.id));
    if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
    FoundRecord& record = std::get<FoundRecord>(found);
    const auto is_it = [&](const auto& other) { return other.first.number == record.number; };
    if (std::any_of(planned.begin(), planned.end(), is_it)) continue;
    Result<SubjectPlan> plan = plan_for(node_, *record.network, record.state, subject);  // of a union, in whichever part it is
    if (!plan) return failure_of(plan.error());
    any = any || action_of(*plan) != kNothing;
    planned.emplace_back(std::move(record), std::move(*plan));
  }
  if (!any) return failure(ApiError::NothingToErase, "none of these records mentions it where this node may erase it", "ids");
  std::vector<const FoundRecord*> whole;
  for (const auto& [record, plan] : planned) {
    if (plan.whole) whole.push_back(&record);
  }
  std::set<RecordNumber> parts;  // told with their files
  Result<std::vector<GoesWith>> more = going_with(node_, whole);
  if (!more) return failure_of(more.error());
  for (GoesWith& one : *more) {
    const Member* own = node_.self_in(*one.record.network);
    const RecordKey& key = one.record.state.key;
    if (own == nullptr || !permitted(key, 0, OperationClass::Erase, {own->council, own->role}, one.record.state.ever_shared))
      continue;
    if (one.is_part) parts.insert(one.record.number);
    SubjectPlan plan;
    plan.whole = true;
    planned.emplace_back(std::move(one.record), std::move(plan));
  }
  Value records = Value::array();
  for (const TicketLabel& label : labels) {  // of this node alone: there is no reason to wait
    if (Status status = forget_label(node_, network, label.ticket); !status) return failure_of(status.error());
    node_.ledger().storage().shred();
    Value value;
    value.set("id", id_text(label.ticket));
    value.set("short", short_text(label.ticket));
    value.set("kind", "ticket");
    value.set("network", id_text(network.row.id));
    value.set("outcome", "erased");
    value.set("left", Value::array());
    records.push(std::move(value));
  }
  for (const auto& [record, plan] : planned) {
    const std::vector<ChangeBytes> changes = changes_of(plan, record.state.key, args.boolean("at_once"), node_.random());
    Network& where = *record.network;
    if (Status status = node_.write(where, changes, now); !status) return write_failure(node_, where, status.error(), now);
    if (plan.in_import) {  // of this node alone: there is no reason to wait
      Storage& storage = node_.ledger().storage();
      if (Status status = storage.erase(Table::Local, import_key(where.number, record.id)); !status) {
        return failure_of(status.error());
      }
      storage.shred();
    }
    if (parts.contains(record.number)) continue;
    Value value = record_value(where, record.state.key);
    value.set("outcome", action_of(plan));
    value.set("left", left_of(node_, where, plan));
    records.push(std::move(value));
  }
  Value result;
  result.set("records", std::move(records));
  return result;
}

}  // namespace budstikke::daemon
