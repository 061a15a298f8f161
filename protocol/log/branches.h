// Which branches of a log that forked count, when there are more than may.
//
// Rule         The log's first branch counts, and where one that counts forks, of the branches that leave it there the one whose
//              first entry has the smallest id. Then, as long as there is room, of all other branches that leave one that
//              counts the one whose first entry has the smallest id, with what follows it in the same way. Each brings one tip.
// Invariants   A function of the set of entries, whatever order they came in; and left out it makes no difference: of the
//              branches that count alone the same ones count. So nodes that only give each other what counts come to hold the
//              same: whoever is shown a branch that would count here takes it, and whoever is shown none that would agrees
//              already.
// Determinism  No clock and no author's word decides, only hashes. A forger may choose ids that are small, and so push out
//              branches of a log of its own.
// Cost         n log n in the branches.
#pragma once

#include "protocol/base/ids.h"

namespace budstikke {

// Entries of one log that follow each other up to where the log forks again, or ends.
struct Branch {
  EntryId first;                        // the first of them
  std::vector<std::size_t> after = {};  // the branches that leave it at its end: two or more, or none if it ends in a tip
};

// `start` is the branch with the log's first entry. At most `most` tips are left; true for each branch that counts.
std::vector<bool> branches_that_count(const std::vector<Branch>& branches, std::size_t start, std::size_t most);

}  // namespace budstikke
