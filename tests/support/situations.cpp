#include "tests/support/situations.h"

#include <algorithm>
#include <map>
#include <set>

namespace budstikke::tests {
namespace {

using enum OperationClass;

constexpr const char* kNames[] = {
    "an edit beside a remove",
    "a record that stays removed",
    "a remove taken back",
    "an add beside a take",
    "several values of a register side by side",
    "equal values side by side",
    "a void operation",
    "a valid operation over a void one",
    "something reached through a void operation",
    "an edit valid only since it was shared",
    "a reference to what never arrives",
    "an operation class not known",
    "a field not known",
    "a kind not known",
    "two devices of one council answering",
    "a comment taken back",
    "a retract that names another's comment",
    "an author without standing",
    "a reader who writes",
    "an order without the creation first",
    "an order without a predecessor first",
    "a change that came twice",
};
static_assert(std::size(kNames) == kSituations);
static_assert(static_cast<std::size_t>(Situation::Repeated) + 1 == kSituations);

struct KnownSituation {
  const FoldChange* change;
  const Operation* operation;
  bool valid;
  bool live;
};
using All = std::map<OperationId, KnownSituation>;

All all_of(const std::vector<FoldChange>& changes, const TwinState& twin) {
  All all;
  for (const FoldChange& change : changes) {
    for (std::size_t i = 0; i < change.skeleton.operations.size(); ++i) {
      const OperationId id{change.source.entry, change.source.change, static_cast<std::uint8_t>(i)};
      all.insert({id, {&change, &change.skeleton.operations[i], twin.valid.contains(id), twin.live.contains(id)}});
    }
  }
  return all;
}

bool names(const Operation& operation, const OperationId& id) {
  return std::find(operation.overwrites.begin(), operation.overwrites.end(), id) != operation.overwrites.end();
}

// What is to be seen of one operation alone, and of what it names.
void look_at_one(const KnownSituation& one, const All& all, std::set<Situation>& seen) {
  const FoldChange& change = *one.change;
  if (!one.valid) seen.insert(Situation::VoidOperation);
  if (!change.author) seen.insert(Situation::NoStanding);
  if (change.author && change.author->role == Role::Reader) seen.insert(Situation::ReaderWrites);
  if (static_cast<std::uint8_t>(one.operation->operation_class) >= 100) seen.insert(Situation::UnknownClass);
  if (one.operation->field >= 77) seen.insert(Situation::UnknownField);
  for (const OperationId& id : one.operation->overwrites) {
    const auto at = all.find(id);
    if (at == all.end()) seen.insert(Situation::NeverArrives);
    if (at == all.end() || !one.valid) continue;
    const KnownSituation& other = at->second;
    if (!other.valid) seen.insert(Situation::ValidOverVoid);
    if (one.operation->operation_class == Restore && other.operation->operation_class == Remove && !other.live && other.valid)
      seen.insert(Situation::Restored);
    if (one.operation->operation_class != Retract || other.operation->operation_class != Comment || !other.valid) continue;
    seen.insert(other.live ? Situation::OthersCommentNamed : Situation::CommentTakenBack);
  }
}

// What is to be seen of two operations that both count.
void look_at_two(const OperationId& id, const KnownSituation& one, const OperationId& other_id, const KnownSituation& other,
                 std::set<Situation>& seen) {
  const OperationClass what = one.operation->operation_class, beside = other.operation->operation_class;
  const bool same_field = one.operation->field == other.operation->field;
  const bool unseen = !names(*one.operation, other_id) && !names(*other.operation, id);
  if (!unseen || id == other_id) return;
  if (what == Remove && one.live && other.live && beside == Write && !one.operation->overwrites.empty())
    seen.insert(Situation::EditBesideRemove);
  if (what == Take && beside == Add && same_field && other.live && !one.operation->overwrites.empty())
    seen.insert(Situation::AddBesideTake);
  if (what == Write && beside == Write && same_field && one.live && other.live) seen.insert(Situation::WritesSideBySide);
  if (what == Answer && beside == Answer && same_field && one.live && other.live &&
      one.change->author->council == other.change->author->council && !(one.change->source.log == other.change->source.log))
    seen.insert(Situation::TwoDevicesAnswer);
}

// Something valid that is not live although no valid operation names it: a void one stood between.
bool reached_through_void(const All& all) {
  return std::any_of(all.begin(), all.end(), [&](const auto& target) {
    const OperationClass what = target.second.operation->operation_class;
    if (!target.second.valid || target.second.live || what == Take || what == Retract || what == Restore) return false;
    return std::none_of(all.begin(), all.end(),
                        [&](const auto& other) { return other.second.valid && names(*other.second.operation, target.first); });
  });
}

}  // namespace

void Situations::count(const RecordKey& key, const std::vector<FoldChange>& written, const TwinState& twin) {
  const All all = all_of(written, twin);
  std::set<Situation> seen;
  if (key.kind >= 77) seen.insert(Situation::UnknownKind);
  if (twin.hidden) seen.insert(Situation::Hidden);
  if (reached_through_void(all)) seen.insert(Situation::ReachedThroughVoid);
  for (const auto& [id, one] : all) {
    look_at_one(one, all, seen);
    if (!one.valid) continue;
    for (const auto& [other_id, other] : all) {
      if (other.valid) look_at_two(id, one, other_id, other, seen);
    }
    const bool of_others = !(one.change->author->council == key.council);
    if (of_others && one.operation->operation_class == Write) seen.insert(Situation::SharedLater);
  }
  for (Situation what : seen) add(what);
  ++cases;
}

void Situations::count_order(const std::vector<FoldChange>& written, const std::vector<FoldChange>& order) {
  ++orders;
  std::set<OperationId> changes_come;  // by position 0
  bool predecessor_late = false;
  std::set<OperationId> ever;
  for (const FoldChange& change : written) ever.insert({change.source.entry, change.source.change, 0});
  for (const FoldChange& change : order) {
    operations += change.skeleton.operations.size();
    if (!changes_come.insert({change.source.entry, change.source.change, 0}).second) add(Situation::Repeated);
    for (const Operation& operation : change.skeleton.operations) {
      for (const OperationId& id : operation.overwrites) {
        const OperationId named{id.entry, id.change, 0};
        predecessor_late = predecessor_late || (ever.contains(named) && !changes_come.contains(named));
      }
    }
  }
  if (predecessor_late) add(Situation::PredecessorLate);
  if (!order.empty() && !(order.front().source.entry == written.front().source.entry)) add(Situation::CreationLate);
}

std::string Situations::table(const std::string& title) const {
  std::string text = title + ": " + std::to_string(cases) + " histories, " + std::to_string(orders) + " orders, " +
                     std::to_string(operations) + " operations; with\n";
  for (std::size_t i = 0; i < kSituations; ++i) {
    const std::string count = std::to_string(counts_[i]);
    text += std::string(10 - std::min<std::size_t>(count.size(), 9), ' ') + count + "  " + kNames[i] + '\n';
  }
  return text;
}

std::vector<std::string> Situations::never(const std::vector<Situation>& without) const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kSituations; ++i) {
    const bool expected = std::find(without.begin(), without.end(), static_cast<Situation>(i)) == without.end();
    if (expected && counts_[i] == 0) names.emplace_back(kNames[i]);
  }
  return names;
}

}  // namespace budstikke::tests
