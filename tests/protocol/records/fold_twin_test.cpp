// The fold beside its twin: the same random operations in a hundred orders, whole and change by change.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "tests/support/builders.h"
#include "tests/support/twin_fold.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

using enum OperationClass;

// Who writes: one log each. The last two are a reader and somebody who is no member.
std::optional<Standing> standing_of(LogNumber log) {
  static const CouncilId kOwner = numbered<CouncilId>(1), kOther = numbered<CouncilId>(2), kThird = numbered<CouncilId>(3);
  switch (log.value) {
    case 1:
      return Standing{kOwner, Role::Council};
    case 2:
      return Standing{kOwner, Role::National};
    case 3:
      return Standing{kOther, Role::Council};
    case 4:
      return Standing{kOther, Role::National};
    case 5:
      return Standing{kThird, Role::Coordinator};
    case 6:
      return Standing{kOwner, Role::Reader};
    default:
      return std::nullopt;
  }
}

struct History {
  RecordKey key;
  std::vector<FoldChange> changes;
};

OperationClass random_class(Random& random) {
  constexpr OperationClass kMostly[] = {Write, Write, Write, Add, Add, Take, Answer, Comment, Retract, Remove, Restore, Lower};
  const std::uint64_t pick = random.below(30);
  if (pick == 0) return static_cast<OperationClass>(100);  // of a later version
  if (pick <= 2) return Raise;
  return kMostly[random.below(std::size(kMostly))];
}

// Any operation at all: a later one, one of another field, of another record, or none.
OperationId any_target(Random& random, const std::vector<FoldChange>& changes) {
  if (random.below(10) == 0) return {random.fixed<EntryPrefix>(), 0, 0};
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

FoldChange random_change(Random& random, const RecordKey& key, const FoldChange* before) {
  FoldChange change;
  const bool together = before != nullptr && random.below(4) == 0;  // in one entry
  change.source.entry = together ? before->source.entry : random.fixed<EntryPrefix>();
  change.source.change = static_cast<std::uint8_t>(together ? before->source.change + 1 : 0);
  change.source.leaf = random.fixed<Hash>();
  change.source.number = EntryNumber{before != nullptr ? before->source.number.value + 1 : 1};
  change.source.log = together ? before->source.log : LogNumber{random.below(2) == 0 ? 1 : 1 + random.below(7)};
  change.author = standing_of(change.source.log);
  change.skeleton.record = key;
  return change;
}

// Of histories some are written by people who see what they overwrite, some by anybody who names anything.
History random_history(Random& random) {
  constexpr std::uint8_t kKinds[] = {4, 4, 4, 2, 5, 77};
  History history;
  history.key = {numbered<CouncilId>(1), kKinds[random.below(std::size(kKinds))], numbered<Nonce>(1)};
  const std::size_t count = 1 + random.below(14);
  const std::uint64_t fields = 1 + random.below(3), wildness = random.below(3);
  const bool mostly_writes = random.below(3) == 0;
  for (std::size_t i = 0; i < count; ++i) {
    history.changes.push_back(random_change(random, history.key, i > 0 ? &history.changes.back() : nullptr));
    for (std::uint64_t j = 1 + random.below(3); j > 0; --j) {
      const OperationClass what = mostly_writes && random.below(3) != 0 ? Write : random_class(random);
      const bool whole = what == Remove || what == Restore;
      history.changes.back().skeleton.operations.push_back(
          {static_cast<std::uint8_t>(whole ? 0 : 1 + random.below(fields)), what});
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    for (Operation& operation : history.changes[i].skeleton.operations) {
      operation.overwrites = seen_targets(random, history.changes, i, operation);
      if (random.below(8) >= wildness * 2) continue;
      for (std::uint64_t k = random.below(4); k > 0; --k) operation.overwrites.push_back(any_target(random, history.changes));
    }
  }
  return history;
}

// Half of the orders are nearly that of writing, as most of real life is.
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

// As the ledger does: applies, and folds the whole history anew when that cannot be.
struct Incremental {
  RecordState state;
  std::vector<FoldChange> history;
  std::size_t folds = 0;

  void take(const FoldChange& change) {
    history.push_back(change);
    const RecordState before = state;
    if (apply(state, change, standing_of)) return;
    RC_ASSERT(canonical_state(state) == canonical_state(before));  // nothing was changed
    RC_ASSERT(state.voids == before.voids);
    RC_ASSERT(state.awaited == before.awaited);
    RC_ASSERT(state.ever_shared == before.ever_shared);
    state = fold(state.key, history);
    ++folds;
  }
};

void assert_same(const RecordState& state, const TwinState& twin) {
  RC_ASSERT(canonical_state(state) == twin.canonical);
  RC_ASSERT(state.is_hidden() == twin.hidden);
  RC_ASSERT(state.has_removes() == twin.has_removes);
  RC_ASSERT(state.ever_shared == twin.ever_shared);
  RC_ASSERT(state.voids == twin.voids);
  std::vector<bool> used(state.sources.size(), false);
  for (const LiveOperation& live : state.live) {
    RC_ASSERT(live.source < used.size());
    used[live.source] = true;
  }
  RC_ASSERT(std::all_of(used.begin(), used.end(), [](bool is) { return is; }));
  RC_ASSERT(std::is_sorted(state.awaited.begin(), state.awaited.end()));
}

}  // namespace

TEST_CASE("fold: in a hundred random orders, whole and change by change, it is what the twin says") {
  std::size_t folds = 0, changes = 0, hidden = 0, shared = 0;
  CHECK(rc::check("twin", [&](std::uint64_t seed) {
    Random random = Random::from_number(seed);
    const History history = random_history(random);
    const TwinState twin = twin_fold(history.key, history.changes);
    hidden += twin.hidden ? 1 : 0;
    shared += twin.ever_shared ? 1 : 0;
    for (int i = 0; i < 100; ++i) {
      const std::vector<FoldChange> order = random_order(random, history.changes);
      assert_same(fold(history.key, order), twin);
      Incremental incremental;
      incremental.state.key = history.key;
      for (const FoldChange& change : order) incremental.take(change);
      assert_same(incremental.state, twin);
      RC_ASSERT(incremental.state.awaited == fold(history.key, order).awaited);
      folds += incremental.folds;
      changes += order.size();
    }
  }));
  CHECK(hidden > 0);
  CHECK(shared > 0);
  CHECK(folds > 0);
  CHECK(folds < changes / 4 * 3);  // both ways are taken
}

TEST_CASE("fold: after every single change of a random order it is what the twin says") {
  CHECK(rc::check("twin at every step", [](std::uint64_t seed) {
    Random random = Random::from_number(seed);
    const History history = random_history(random);
    Incremental incremental;
    incremental.state.key = history.key;
    for (const FoldChange& change : random_order(random, history.changes)) {
      incremental.take(change);
      assert_same(incremental.state, twin_fold(history.key, incremental.history));
    }
  }));
}

TEST_CASE("fold: a change that comes several times counts once") {
  CHECK(rc::check("repeats", [](std::uint64_t seed) {
    Random random = Random::from_number(seed);
    const History history = random_history(random);
    const TwinState twin = twin_fold(history.key, history.changes);
    std::vector<FoldChange> repeated = history.changes;
    for (std::uint64_t i = 1 + random.below(10); i > 0; --i)
      repeated.push_back(history.changes[random.below(history.changes.size())]);
    shuffle(repeated, random);
    assert_same(fold(history.key, repeated), twin);
  }));
}
