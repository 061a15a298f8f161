// Logs with more branches than count: which do (protocol/log/branches.h), and what becomes of the others.
//
// How          What is stored stays where it is; a branch that others push out no longer counts, as if a removal had cut it
//              (Limit). A branch that would not count is not stored in the first place. How far back branches part nobody notes,
//              so they are walked back until they meet: only when such a log gets another branch, and at the start.
#include <algorithm>
#include <iterator>

#include "protocol/base/limits.h"
#include "protocol/node/ledger_parts.h"

namespace budstikke {

// From the tips back, always at the latest entry of all ways that have not met yet.
Result<Ledger::Branches> Ledger::branches_of(const Log& log, const std::optional<Offshoot>& one_more) const {
  Branches found;
  using At = std::pair<std::uint64_t, EntryNumber>;                // seq, and the entry that comes next on the way
  std::map<At, std::vector<std::size_t>, std::greater<At>> apart;  // → the branches that leave it
  const auto add = [&](const EntryId& first, At next) {
    apart[next].push_back(found.branches.size());
    found.branches.push_back({first});
    found.first_entries.emplace_back();
  };
  for (const StoredTip& tip : log.row.tips) add(tip.head.id, {tip.head.seq.value, tip.number});
  if (one_more) add(one_more->first, {one_more->place.head.seq.value, one_more->place.number});
  while (!apart.empty() && (apart.size() > 1 || apart.begin()->second.size() > 1)) {
    const auto latest = apart.extract(apart.begin());
    const auto& [seq, number] = latest.key();
    std::size_t branch = latest.mapped().front();
    if (latest.mapped().size() > 1) {
      branch = found.branches.size();
      found.branches.push_back({{}, latest.mapped()});
      found.first_entries.emplace_back();
    }
    found.start = branch;
    if (!number) break;  // before the log's first entry
    Result<EntryRow> row = entry_row(number);
    if (!row) return row.error();
    if (row->seq.value != seq || (row->previous ? seq < 2 : seq != 1)) {
      return Error{Code::Damaged, "a log that does not lead to its start"};
    }
    found.branches[branch].first = row->id;
    found.first_entries[branch] = number;
    apart[{seq - 1, row->previous}].push_back(branch);
  }
  if (!apart.empty()) found.start = apart.begin()->second.front();
  return found;
}

Result<bool> Ledger::would_count(const Log& log, const Place& place, const EntryId& first) const {
  const Result<Branches> found = branches_of(log, Offshoot{place, first});
  if (!found) return found.error();
  const std::vector<bool> counts = branches_that_count(found->branches, found->start, kMaxTips);
  return bool{counts[log.row.tips.size()]};
}

Result<std::optional<Limit>> Ledger::limit_by_branches(const Log& log) const {
  if (log.row.tips.size() <= kMaxTips) return std::optional<Limit>{};
  const Result<Branches> found = branches_of(log, std::nullopt);
  if (!found) return found.error();
  const std::vector<bool> counts = branches_that_count(found->branches, found->start, kMaxTips);
  std::set<EntryNumber> ends;  // of ways back from what does not count: the entries that leave what does
  for (std::size_t branch = 0; branch < counts.size(); ++branch) {
    for (std::size_t after : found->branches[branch].after) {
      if (counts[branch] && !counts[after]) ends.insert(found->first_entries[after]);
    }
  }
  Limit limit;
  for (std::size_t i = 0; i < log.row.tips.size(); ++i) {
    const StoredTip& tip = log.row.tips[i];
    if (counts[i]) limit.tips.push_back(tip);
    for (EntryNumber at = tip.number; !counts[i] && at && limit.left_out.insert(at).second;) {
      if (ends.contains(at)) break;
      Result<EntryRow> row = entry_row(at);
      if (!row) return row.error();
      at = row->previous;
    }
  }
  return std::optional(std::move(limit));
}

// A log with more branches than count has grown: by an entry on one of them, or by another branch.
void Ledger::follow_branch(Network& network, Log& log, const Place& place, const StoredTip& next) {
  if (log.limit->left_out.contains(next.number)) return;
  std::vector<StoredTip>& tips = log.limit->tips;
  const auto old = std::find_if(tips.begin(), tips.end(), [&](const StoredTip& tip) { return tip.number == place.number; });
  if (old == tips.end()) {
    network.limits_changed = true;
    return;
  }
  *old = next;
  sort_tips(tips);
}

// What of a membership log does not count decides nothing. Before the membership is settled.
Status Ledger::leave_out_branches(Network& network) {
  for (auto& [id, log] : network.logs) {
    if (id.log_class != LogClass::Membership) continue;
    const Result<std::optional<Limit>> limit = limit_by_branches(log);
    if (!limit) return limit.error();
    std::set<EntryId> left_out;
    if (*limit) {
      for (EntryNumber number : (*limit)->left_out) {
        Result<EntryRow> row = entry_row(number);
        if (!row) return row.error();
        left_out.insert(row->id);
      }
    }
    network.membership.leave_out(id, std::move(left_out));
  }
  return done();
}

// The records that entries touch which count by one of two choices of branches and not by the other.
Status Ledger::make_stale_between(Network& network, const std::optional<Limit>& before, const std::optional<Limit>& now) {
  const std::set<EntryNumber> none;
  const std::set<EntryNumber>& a = before ? before->left_out : none;
  const std::set<EntryNumber>& b = now ? now->left_out : none;
  std::vector<EntryNumber> changed;
  std::set_symmetric_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(changed));
  for (EntryNumber number : changed) {
    Result<EntryRow> row = entry_row(number);
    if (!row) return row.error();
    if (Status status = make_stale(network, *row); !status) return status;
  }
  return done();
}

}  // namespace budstikke
