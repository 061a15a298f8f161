#include "tests/support/twin_fold.h"

#include <map>
#include <set>

namespace budstikke::tests {
namespace {

struct Known {
  OperationId id;
  Operation operation;
  std::optional<Standing> author;
  std::optional<CouncilId> council;  // for whom its author writes, whether or not this counts
  Hash leaf;
  bool valid = false;
  bool live = false;
};

bool one_of(OperationClass operation_class, std::initializer_list<OperationClass> classes) {
  return std::find(classes.begin(), classes.end(), operation_class) != classes.end();
}

// May `later` overwrite `earlier` when it names it?
bool fits(const Known& later, const Known& earlier) {
  using enum OperationClass;
  if (later.operation.field != earlier.operation.field) return false;
  const OperationClass by = later.operation.operation_class, what = earlier.operation.operation_class;
  const bool same_council = later.author && later.author->council == earlier.council;
  return (one_of(by, {Write, Raise, Lower}) && one_of(what, {Write, Raise, Lower})) || (one_of(by, {Add, Take}) && what == Add) ||
         (by == Answer && what == Answer && same_council) || (by == Retract && what == Comment && same_council) ||
         (by == Restore && what == Remove);
}

bool permitted_now(const RecordKey& key, const Known& known, bool ever_shared) {
  if (!known.author) return false;
  return twin_permitted(key.kind, known.operation.field, known.operation.operation_class, known.author->role,
                        known.author->council == key.council, ever_shared);
}

// What a valid operation reaches: what it names, and what void operations that it reaches and fits name.
std::set<OperationId> reached_by(const Known& later, const std::vector<Known>& all) {
  std::set<OperationId> reached(later.operation.overwrites.begin(), later.operation.overwrites.end());
  for (std::size_t before = 0; before != reached.size();) {
    before = reached.size();
    for (const Known& other : all) {
      if (reached.contains(other.id) && !other.valid && fits(later, other)) {
        reached.insert(other.operation.overwrites.begin(), other.operation.overwrites.end());
      }
    }
  }
  return reached;
}

std::vector<Known> all_operations(const std::vector<FoldChange>& changes) {
  std::map<OperationId, Known> once;
  for (const FoldChange& change : changes) {
    std::uint8_t position = 0;
    for (const Operation& operation : change.skeleton.operations) {
      const OperationId id{change.source.entry, change.source.change, position++};
      const std::optional<CouncilId> council = change.author ? std::optional(change.author->council) : change.council;
      once.insert({id, {id, operation, change.author, council, change.source.leaf}});
    }
  }
  std::vector<Known> all;
  for (const auto& [id, known] : once) all.push_back(known);
  return all;
}

Bytes canonical_of(const std::vector<Known>& all) {
  Bytes bytes;
  const Known* before = nullptr;
  for (const Known& known : all) {
    if (!known.live) continue;
    bytes.push_back(known.operation.field);
    bytes.push_back(static_cast<std::uint8_t>(known.operation.operation_class));
    bytes.insert(bytes.end(), known.id.entry.bytes.begin(), known.id.entry.bytes.end());
    bytes.push_back(known.id.change);
    bytes.push_back(known.id.position);
    const bool same_change = before != nullptr && before->id.entry == known.id.entry && before->id.change == known.id.change;
    if (!same_change) bytes.insert(bytes.end(), known.leaf.bytes.begin(), known.leaf.bytes.end());
    before = &known;
  }
  return bytes;
}

}  // namespace

bool twin_permitted(std::uint8_t kind, std::uint8_t field, OperationClass operation_class, Role role, bool own,
                    bool ever_shared) {
  using enum OperationClass;
  if (operation_class == Receipt) return own;
  if (role == Role::Reader) return false;
  if (kind == 255 && operation_class == Write) return role == Role::Coordinator;
  if (kind == 255 && operation_class == Erase) return false;
  if (operation_class == Erase) return own || role == Role::Coordinator;
  if (operation_class == Redact) return true;
  const bool announcement = kind == 5;
  if (kind == 3 && field == 17 && operation_class == Answer) return role == Role::National;
  if (one_of(operation_class, {Answer, Comment, Retract})) return true;
  if (one_of(operation_class, {Write, Add, Take})) return announcement ? own && role == Role::National : own || ever_shared;
  if (one_of(operation_class, {Raise, Lower, Remove, Restore})) return own && (!announcement || role == Role::National);
  return false;
}

TwinState twin_fold(const RecordKey& key, const std::vector<FoldChange>& changes) {
  using enum OperationClass;
  TwinState state;
  std::vector<Known> all = all_operations(changes);
  for (const Known& known : all) {
    if (known.operation.operation_class == Raise && permitted_now(key, known, false)) state.ever_shared = true;
  }
  for (Known& known : all) {
    known.valid = permitted_now(key, known, state.ever_shared);
    known.live = known.valid && !one_of(known.operation.operation_class, {Take, Retract, Restore, Receipt});
    if (!known.valid) ++state.voids;
  }
  for (const Known& later : all) {
    if (!later.valid) continue;
    const std::set<OperationId> reached = reached_by(later, all);
    for (Known& earlier : all) {
      if (reached.contains(earlier.id) && fits(later, earlier)) earlier.live = false;
    }
  }
  std::set<OperationId> seen;
  for (const Known& known : all) {
    if (!known.live || known.operation.operation_class != Remove) continue;
    state.has_removes = true;
    seen.insert(known.operation.overwrites.begin(), known.operation.overwrites.end());
  }
  state.hidden = state.has_removes;
  for (const Known& known : all) {
    if (known.live && one_of(known.operation.operation_class, {Write, Raise, Lower, Add}) && !seen.contains(known.id))
      state.hidden = false;
  }
  for (const Known& known : all) {
    if (known.live && known.operation.operation_class == Erase) state.hidden = true;
    if (known.valid) state.valid.insert(known.id);
    if (known.live) state.live.insert(known.id);
  }
  state.canonical = canonical_of(all);
  return state;
}

}  // namespace budstikke::tests
