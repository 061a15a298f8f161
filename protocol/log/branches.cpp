#include "protocol/log/branches.h"

#include <algorithm>
#include <set>

namespace budstikke {

std::vector<bool> branches_that_count(const std::vector<Branch>& branches, std::size_t start, std::size_t most) {
  std::vector<bool> counts(branches.size(), false);
  std::set<std::pair<EntryId, std::size_t>> open = {{branches[start].first, start}};  // they leave one that counts
  for (std::size_t tips = 0; tips < most && !open.empty(); ++tips) {
    std::size_t at = open.extract(open.begin()).value().second;
    for (;;) {  // up to a tip
      counts[at] = true;
      const std::vector<std::size_t>& after = branches[at].after;
      if (after.empty()) break;
      at = *std::min_element(after.begin(), after.end(),
                             [&](std::size_t a, std::size_t b) { return branches[a].first < branches[b].first; });
      for (std::size_t other : after) {
        if (other != at) open.emplace(branches[other].first, other);
      }
    }
  }
  return counts;
}

}  // namespace budstikke
