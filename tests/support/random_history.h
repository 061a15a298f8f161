// Random histories of a record, as people would write them who see what they overwrite, or as anybody might who names anything.
//
// Determinism  A function of the random numbers alone.
#pragma once

#include <optional>
#include <vector>

#include "protocol/base/random.h"
#include "protocol/records/fold.h"

namespace budstikke::tests {

// How a history is written.
struct HistoryStyle {
  std::uint64_t fields = 1;            // how many of the fields 2, 1, 3 and 77 are used
  std::uint64_t wildness = 0;          // 0: everyone names what they saw and no more … 2: references to anything at all
  std::vector<OperationClass> mostly;  // what two of three operations are, where it is not empty
};
HistoryStyle random_style(Random& random);

// The operations of one change, naming nothing yet.
std::vector<Operation> random_operations(Random& random, const HistoryStyle& style);
// What an operation of somebody names who has seen the first `seen` of `changes`; in a wild style also any of all of them, or
// what never was.
std::vector<OperationId> random_overwrites(Random& random, const HistoryStyle& style, const std::vector<FoldChange>& changes,
                                           std::size_t seen, const Operation& operation);

// Half of the orders are nearly that of writing, as most of real life is.
std::vector<FoldChange> random_order(Random& random, std::vector<FoldChange> changes);

}  // namespace budstikke::tests
