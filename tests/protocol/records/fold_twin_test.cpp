// The fold beside its twin: the same random operations in a hundred orders, whole and change by change.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "tests/support/builders.h"
#include "tests/support/random_history.h"
#include "tests/support/sanitized.h"
#include "tests/support/situations.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

using enum OperationClass;

constexpr std::uint64_t kCutLog = 8;  // of a device of the second council, past its cut

// Who writes: one log each. The last three are a reader, somebody who is no member, and a member past its cut.
std::optional<Standing> standing_of_writer(LogNumber log) {
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

FoldChange random_change(Random& random, const RecordKey& key, const FoldChange* before) {
  FoldChange change;
  const bool together = before != nullptr && random.below(4) == 0;  // in one entry
  change.source.entry = together ? before->source.entry : random.fixed<EntryPrefix>();
  change.source.change = static_cast<std::uint8_t>(together ? before->source.change + 1 : 0);
  change.source.leaf = random.fixed<Hash>();
  change.source.number = EntryNumber{before != nullptr ? before->source.number.value + 1 : 1};
  change.source.log = together ? before->source.log : LogNumber{random.below(2) == 0 ? 1 : 1 + random.below(kCutLog)};
  change.author = standing_of_writer(change.source.log);
  if (change.source.log.value == kCutLog) change.council = numbered<CouncilId>(2);
  change.skeleton.record = key;
  return change;
}

// Of histories some are written by people who see what they overwrite, some by anybody who names anything.
History random_history(Random& random) {
  constexpr std::uint8_t kKinds[] = {4, 4, 4, 2, 5, 77};
  History history;
  history.key = {numbered<CouncilId>(1), kKinds[random.below(std::size(kKinds))], numbered<Nonce>(1)};
  const std::size_t count = 1 + random.below(14);
  const HistoryStyle style = random_style(random);
  for (std::size_t i = 0; i < count; ++i) {
    history.changes.push_back(random_change(random, history.key, i > 0 ? &history.changes.back() : nullptr));
    history.changes.back().skeleton.operations = random_operations(random, style);
  }
  for (std::size_t i = 0; i < count; ++i) {
    for (Operation& operation : history.changes[i].skeleton.operations) {
      operation.overwrites = random_overwrites(random, style, history.changes, i, operation);
    }
  }
  return history;
}

// As the ledger does: applies, and folds the whole history anew when that cannot be.
struct Incremental {
  RecordState state;
  std::vector<FoldChange> history;
  std::size_t folds = 0;

  void take(const FoldChange& change) {
    history.push_back(change);
    const RecordState before = state;
    if (apply(state, change, standing_of_writer)) return;
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
  Situations situations;
  std::size_t folds = 0, changes = 0;
  CHECK(rc::check("twin", [&](std::uint64_t seed) {
    Random random = Random::from_number(seed);
    for (int history_of_case = 0; history_of_case < 8; ++history_of_case) {
      const History history = random_history(random);
      const TwinState twin = twin_fold(history.key, history.changes);
      situations.count(history.key, history.changes, twin);
      for (std::uint64_t i = 0; i < 100; i += one_in(25)) {
        const std::vector<FoldChange> order = random_order(random, history.changes);
        situations.count_order(history.changes, order);
        assert_same(fold(history.key, order), twin);
        Incremental incremental;
        incremental.state.key = history.key;
        for (const FoldChange& change : order) incremental.take(change);
        assert_same(incremental.state, twin);
        RC_ASSERT(incremental.state.awaited == fold(history.key, order).awaited);
        folds += incremental.folds;
        changes += order.size();
      }
    }
  }));
  MESSAGE(situations.table("the fold beside its twin"));
  CHECK(situations.never({Situation::EqualSideBySide, Situation::Repeated}).empty());  // below, and in view
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
  Situations situations;
  CHECK(rc::check("repeats", [&](std::uint64_t seed) {
    Random random = Random::from_number(seed);
    for (int history_of_case = 0; history_of_case < 8; ++history_of_case) {
      const History history = random_history(random);
      const TwinState twin = twin_fold(history.key, history.changes);
      situations.count(history.key, history.changes, twin);
      for (int i = 0; i < 10; ++i) {
        std::vector<FoldChange> repeated = history.changes;
        for (std::uint64_t more = 1 + random.below(10); more > 0; --more)
          repeated.push_back(history.changes[random.below(history.changes.size())]);
        shuffle(repeated, random);
        situations.count_order(history.changes, repeated);
        assert_same(fold(history.key, repeated), twin);
      }
    }
  }));
  MESSAGE(situations.table("the fold with repeats"));
  CHECK(situations.never({Situation::EqualSideBySide}).empty());
}
