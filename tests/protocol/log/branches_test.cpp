// Which branches of a log count, against a slow twin that knows only entries, and against the ways in which nodes come to hold
// them.
#include "protocol/log/branches.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "protocol/base/random.h"
#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

using Entries = std::map<EntryId, EntryId>;  // → the one before; zeroes before the first

std::vector<EntryId> after(const Entries& entries, const EntryId& id) {
  std::vector<EntryId> found;
  for (const auto& [entry, before] : entries) {
    if (before == id) found.push_back(entry);
  }
  return found;
}

// The twin: no branches, only entries. It grows what counts by one entry at a time.
std::set<EntryId> counting(const Entries& entries, std::size_t most) {
  std::set<EntryId> counts;
  const auto follow = [&](EntryId at) {
    for (;;) {
      counts.insert(at);
      const std::vector<EntryId> next = after(entries, at);
      if (next.empty()) return;
      at = *std::min_element(next.begin(), next.end());
    }
  };
  for (std::size_t tips = 0; tips < most; ++tips) {
    std::optional<EntryId> smallest;
    for (const auto& [entry, before] : entries) {
      const bool leaves = before.is_zero() || counts.contains(before);
      if (leaves && !counts.contains(entry) && (!smallest || entry < *smallest)) smallest = entry;
    }
    if (!smallest) break;
    follow(*smallest);
  }
  return counts;
}

Entries only(const Entries& entries, const std::set<EntryId>& of) {
  Entries found;
  for (const auto& [entry, before] : entries) {
    if (of.contains(entry)) found.emplace(entry, before);
  }
  return found;
}

// What branches_that_count() says, entry by entry.
class Tree {
 public:
  explicit Tree(const Entries& entries) : entries_(entries) {
    const std::vector<EntryId> first = after(entries, EntryId{});
    std::vector<std::size_t> starts;
    for (const EntryId& id : first) starts.push_back(grow(id));
    start_ = starts.front();
    if (starts.size() == 1) return;
    start_ = branches_.size();
    branches_.push_back({EntryId{}, starts});
    inside_.emplace_back();
  }
  std::set<EntryId> counting(std::size_t most) const {
    const std::vector<bool> counts = branches_that_count(branches_, start_, most);
    std::set<EntryId> found;
    for (std::size_t branch = 0; branch < counts.size(); ++branch) {
      if (counts[branch]) found.insert(inside_[branch].begin(), inside_[branch].end());
    }
    return found;
  }

 private:
  std::size_t grow(const EntryId& first) {
    std::vector<EntryId> inside = {first};
    std::vector<EntryId> next = after(entries_, first);
    while (next.size() == 1) {
      inside.push_back(next.front());
      next = after(entries_, inside.back());
    }
    std::vector<std::size_t> leave;
    for (const EntryId& id : next) leave.push_back(grow(id));
    branches_.push_back({first, leave});
    inside_.push_back(std::move(inside));
    return branches_.size() - 1;
  }
  const Entries& entries_;
  std::vector<Branch> branches_;
  std::vector<std::vector<EntryId>> inside_;
  std::size_t start_ = 0;
};

Entries drawn_log(Random& random) {
  Entries entries;
  std::vector<EntryId> ids;
  const std::size_t count = 1 + random.below(40);
  const std::uint64_t straight = random.below(4);  // the larger, the longer the branches
  for (std::size_t i = 0; i < count; ++i) {
    const EntryId id = random.fixed<EntryId>();
    EntryId before;
    if (!ids.empty()) before = random.below(straight + 1) != 0 ? ids.back() : ids[random.below(ids.size())];
    if (!ids.empty() && random.below(12) == 0) before = EntryId{};  // forked before its first entry
    entries.emplace(id, before);
    ids.push_back(id);
  }
  return entries;
}

std::size_t tips_of(const Entries& entries) {
  return static_cast<std::size_t>(
      std::count_if(entries.begin(), entries.end(), [&](const auto& entry) { return after(entries, entry.first).empty(); }));
}

}  // namespace

TEST_CASE("branches: a log that never forked counts whole, and so do as many branches as there is room for") {
  CHECK(branches_that_count({{numbered<EntryId>(1)}}, 0, 1) == std::vector<bool>{true});
  const std::vector<Branch> three = {
      {numbered<EntryId>(1), {1, 2, 3}}, {numbered<EntryId>(7)}, {numbered<EntryId>(5)}, {numbered<EntryId>(6)}};
  CHECK(branches_that_count(three, 0, 3) == std::vector<bool>{true, true, true, true});
  CHECK(branches_that_count(three, 0, 2) == std::vector<bool>{true, false, true, true});
  CHECK(branches_that_count(three, 0, 1) == std::vector<bool>{true, false, true, false});
}

TEST_CASE("branches: what leaves one that does not count does not count, however small its ids are") {
  const std::vector<Branch> branches = {{numbered<EntryId>(10), {1, 2}},
                                        {numbered<EntryId>(20)},
                                        {numbered<EntryId>(30), {3, 4}},
                                        {numbered<EntryId>(1)},
                                        {numbered<EntryId>(2)}};
  CHECK(branches_that_count(branches, 0, 1) == std::vector<bool>{true, true, false, false, false});
  CHECK(branches_that_count(branches, 0, 2) == std::vector<bool>{true, true, true, true, false});
}

TEST_CASE("branches: those that count are those of a slow twin") {
  Random random = Random::from_number(41);
  for (int round = 0; round < 400; ++round) {
    CAPTURE(round);
    const Entries entries = drawn_log(random);
    for (std::size_t most : {1, 2, 3, 5, 16}) {
      const std::set<EntryId> counts = counting(entries, most);
      REQUIRE(Tree(entries).counting(most) == counts);
      REQUIRE(tips_of(only(entries, counts)) == std::min(most, tips_of(entries)));
      REQUIRE(counting(only(entries, counts), most) == counts);  // what is left out makes no difference
    }
  }
}

TEST_CASE("branches: nodes that take entries in any order, and give each other only what counts, come to the same ones") {
  constexpr std::size_t kMost = 3;
  Random random = Random::from_number(43);
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    const Entries all = drawn_log(random);
    std::vector<Entries> nodes(3);
    // As a node takes it: what it holds is not taken again, and a branch that would not count is not taken at all.
    const auto take = [&](Entries& node, const Entries& from, const EntryId& id) {
      std::vector<EntryId> way;
      for (EntryId at = id; !at.is_zero(); at = from.at(at)) way.push_back(at);
      for (auto at = way.rbegin(); at != way.rend(); ++at) {
        if (node.contains(*at)) continue;
        Entries grown = node;
        grown.emplace(*at, from.at(*at));
        const bool is_branch = !after(node, from.at(*at)).empty();
        if (is_branch && !counting(grown, kMost).contains(*at)) return;
        node = std::move(grown);
      }
    };
    for (Entries& node : nodes) {
      for (const auto& [id, before] : all) {
        if (random.below(3) == 0) take(node, all, id);
      }
    }
    for (int exchanges = 0; exchanges < 60; ++exchanges) {
      Entries& to = nodes[random.below(nodes.size())];
      const Entries& from = nodes[random.below(nodes.size())];
      const std::set<EntryId> shown = counting(from, kMost);
      for (const EntryId& id : shown) {
        if (random.below(4) != 0) take(to, from, id);
      }
    }
    for (std::size_t a = 0; a < nodes.size(); ++a) {  // and at last every two of them without loss
      for (std::size_t again = 0; again < 2 * nodes.size(); ++again) {
        const std::size_t b = (a + again) % nodes.size();
        for (const EntryId& id : counting(nodes[b], kMost)) take(nodes[a], nodes[b], id);
        for (const EntryId& id : counting(nodes[a], kMost)) take(nodes[b], nodes[a], id);
      }
    }
    for (const Entries& node : nodes) REQUIRE(counting(node, kMost) == counting(nodes[0], kMost));
  }
}
