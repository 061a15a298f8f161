#include "tests/support/random_history.h"

#include "tests/support/builders.h"

namespace budstikke::tests {
namespace {

using enum OperationClass;

constexpr std::uint8_t kFields[] = {2, 1, 3, 77};  // the last is of a later version

OperationClass random_class(Random& random) {
  constexpr OperationClass kMostly[] = {Write,  Write,   Write,   Add,    Add,     Take, Answer,
                                        Answer, Comment, Retract, Remove, Restore, Lower};
  const std::uint64_t pick = random.below(30);
  if (pick == 0) return static_cast<OperationClass>(100);  // of a later version
  if (pick <= 2) return Raise;
  return kMostly[random.below(std::size(kMostly))];
}

// Any operation at all: a later one, one of another field, of another record, or none.
OperationId any_target(Random& random, const std::vector<FoldChange>& changes) {
  if (changes.empty() || random.below(10) == 0) return {random.fixed<EntryPrefix>(), 0, 0};
  const FoldChange& change = changes[random.below(changes.size())];
  const std::size_t beyond = random.below(20) == 0 ? 1 : 0;
  return {change.source.entry, change.source.change,
          static_cast<std::uint8_t>(random.below(change.skeleton.operations.size() + beyond))};
}

bool is_register(OperationClass what) { return what == Write || what == Raise || what == Lower; }
// May an operation of the one class overwrite one of the other?
bool suits(OperationClass by, OperationClass what) {
  if (is_register(by)) return is_register(what);
  if (by == Add || by == Take) return what == Add;
  if (by == Answer) return what == Answer;
  if (by == Retract) return what == Comment;
  if (by == Restore) return what == Remove;
  return by == Remove && (is_register(what) || what == Add);
}

// What somebody would name who has seen the changes up to this one, the newest most of the time.
std::vector<OperationId> seen_targets(Random& random, const std::vector<FoldChange>& changes, std::size_t here,
                                      const Operation& operation) {
  std::vector<OperationId> suiting;
  for (std::size_t i = 0; i < here; ++i) {
    const std::vector<Operation>& operations = changes[i].skeleton.operations;
    for (std::size_t j = 0; j < operations.size(); ++j) {
      const bool same_field = operations[j].field == operation.field || operation.operation_class == Remove;
      if (!same_field || !suits(operation.operation_class, operations[j].operation_class)) continue;
      suiting.push_back({changes[i].source.entry, changes[i].source.change, static_cast<std::uint8_t>(j)});
    }
  }
  std::vector<OperationId> named;
  for (std::size_t i = suiting.size(); i-- > 0 && named.size() < 4;) {
    if (random.below(3) != 0 || operation.operation_class == Remove) named.push_back(suiting[i]);
  }
  return named;
}

}  // namespace

HistoryStyle random_style(Random& random) {
  HistoryStyle style;
  style.fields = 1 + random.below(std::size(kFields));
  style.wildness = random.below(3);
  static const std::vector<OperationClass> kThemes[] = {
      {Write}, {Add, Add, Take}, {Answer}, {Comment, Comment, Retract}, {Write, Remove, Remove, Restore}};
  if (random.below(2) == 0) style.mostly = kThemes[random.below(std::size(kThemes))];
  return style;
}

std::vector<Operation> random_operations(Random& random, const HistoryStyle& style) {
  std::vector<Operation> operations;
  for (std::uint64_t i = 1 + random.below(3); i > 0; --i) {
    const bool usual = !style.mostly.empty() && random.below(3) != 0;
    const OperationClass what = usual ? style.mostly[random.below(style.mostly.size())] : random_class(random);
    const bool whole = what == Remove || what == Restore;
    operations.push_back({whole ? std::uint8_t{0} : kFields[random.below(style.fields)], what});
  }
  return operations;
}

std::vector<OperationId> random_overwrites(Random& random, const HistoryStyle& style, const std::vector<FoldChange>& changes,
                                           std::size_t seen, const Operation& operation) {
  std::vector<OperationId> named = seen_targets(random, changes, seen, operation);
  if (random.below(8) < style.wildness * 2) {
    for (std::uint64_t i = random.below(4); i > 0; --i) named.push_back(any_target(random, changes));
  }
  return named;
}

std::vector<FoldChange> random_order(Random& random, std::vector<FoldChange> changes) {
  if (random.below(2) == 0) {
    shuffle(changes, random);
  } else {
    for (std::uint64_t swaps = random.below(3); swaps > 0 && changes.size() > 1; --swaps) {
      const std::size_t at = random.below(changes.size() - 1);
      std::swap(changes[at], changes[at + 1]);
    }
  }
  return changes;
}

}  // namespace budstikke::tests
