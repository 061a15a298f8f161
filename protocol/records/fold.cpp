#include "protocol/records/fold.h"

#include <algorithm>
#include <bitset>
#include <map>
#include <set>

namespace budstikke {
namespace {

using enum OperationClass;

// Classes that combine with each other in one field.
enum class Family : std::uint8_t { Register, Set, Answers, Comments, Whole, Erasure, None };

Family family_of(OperationClass operation_class) {
  switch (operation_class) {
    case Write:
    case Raise:
    case Lower:
      return Family::Register;
    case Add:
    case Take:
      return Family::Set;
    case Answer:
      return Family::Answers;
    case Comment:
    case Retract:
      return Family::Comments;
    case Remove:
    case Restore:
      return Family::Whole;
    case Erase:
    case Redact:
    case Receipt:
      return Family::Erasure;
  }
  return Family::None;
}

// Operations that only act on others and are never live themselves.
bool is_lasting(OperationClass operation_class) {
  return operation_class != Take && operation_class != Retract && operation_class != Restore && operation_class != Receipt;
}
// Operations whose names are no references to what they overwrite.
bool overwrites_nothing(OperationClass operation_class) {
  return operation_class == Remove || family_of(operation_class) == Family::Erasure;
}
// Operations that a remove must have seen for the record to stay hidden.
bool is_content(OperationClass operation_class) {
  const Family family = family_of(operation_class);
  return family == Family::Register || family == Family::Set;
}

struct Target {
  std::uint8_t field;
  OperationClass operation_class;
  std::optional<CouncilId> council;
};

// Does a reference from an operation of `author` to `target` count?
bool counts(const Operation& operation, const Standing& author, const Target& target) {
  const Family family = family_of(operation.operation_class);
  if (family != family_of(target.operation_class) || operation.field != target.field) return false;
  switch (family) {
    case Family::Register:
      return true;
    case Family::Set:
      return target.operation_class == Add;
    case Family::Answers:
      return target.council == author.council;
    case Family::Comments:
      return operation.operation_class == Retract && target.operation_class == Comment && target.council == author.council;
    case Family::Whole:
      return operation.operation_class == Restore && target.operation_class == Remove;
    case Family::Erasure:
    case Family::None:
      return false;
  }
  return false;
}

bool may_stand(const RecordKey& key, const Operation& operation, const std::optional<Standing>& author, bool ever_shared) {
  return author && permitted(key, operation.field, operation.operation_class, *author, ever_shared);
}

class Folder {
 public:
  Folder(const RecordKey& key, std::span<const FoldChange> changes) : key_(key) {
    for (const FoldChange& change : changes) {
      for (std::size_t i = 0; i < change.skeleton.operations.size(); ++i) {
        const OperationId id{change.source.entry, change.source.change, static_cast<std::uint8_t>(i)};
        operations_.try_emplace(id, Known{&change, &change.skeleton.operations[i]});
      }
    }
  }

  RecordState run() {
    RecordState state;
    state.key = key_;
    for (const auto& [id, known] : operations_) {  // the owner's flags need no sharing, so this is decided first
      const Known& flag = known;
      if (flag.operation->operation_class == Raise && may_stand(key_, *flag.operation, flag.change->author, false)) {
        state.ever_shared = true;
      }
    }
    for (auto& [id, known] : operations_) {
      known.valid = may_stand(key_, *known.operation, known.change->author, state.ever_shared);
      if (!known.valid) ++state.voids;
    }
    for (const auto& [id, known] : operations_) {
      if (known.valid && !overwrites_nothing(known.operation->operation_class))
        overwrite(*known.operation, *known.change->author);
    }
    state.awaited.assign(awaited_.begin(), awaited_.end());
    keep_live(state);
    return state;
  }

 private:
  struct Known {
    const FoldChange* change;
    const Operation* operation;
    bool valid = false;
  };

  // Marks what a valid operation names, and through void operations what these named.
  void overwrite(const Operation& operation, const Standing& author) {
    std::vector<OperationId> todo = operation.overwrites;
    std::set<OperationId> seen;
    while (!todo.empty()) {
      const OperationId id = todo.back();
      todo.pop_back();
      if (!seen.insert(id).second) continue;
      const auto at = operations_.find(id);
      if (at == operations_.end()) {
        awaited_.insert(id);
        continue;
      }
      const Known& target = at->second;
      const Target what{target.operation->field, target.operation->operation_class, target.change->written_for()};
      if (!counts(operation, author, what)) continue;
      overwritten_.insert(id);
      if (!target.valid) todo.insert(todo.end(), target.operation->overwrites.begin(), target.operation->overwrites.end());
    }
  }

  void keep_live(RecordState& state) {
    const FoldChange* last = nullptr;
    for (const auto& [id, known] : operations_) {
      if (!known.valid || overwritten_.contains(id) || !is_lasting(known.operation->operation_class)) continue;
      if (last == nullptr || last->source.entry != id.entry || last->source.change != id.change) {
        state.sources.push_back(known.change->source);
        last = known.change;
      }
      LiveOperation live{static_cast<std::uint32_t>(state.sources.size() - 1), id.position, known.operation->field,
                         known.operation->operation_class};
      if (keeps_names(live.operation_class)) live.names = known.operation->overwrites;
      state.live.push_back(std::move(live));
    }
  }

  RecordKey key_;
  std::map<OperationId, Known> operations_;
  std::set<OperationId> overwritten_;
  std::set<OperationId> awaited_;
};

// The live operations that `operation` overwrites, as indexes; nullopt when a reference is to something not live, which only
// the whole history can explain.
std::optional<std::vector<std::size_t>> live_targets(const RecordState& state, const Operation& operation, const Standing& author,
                                                     const StandingOf& standing_of) {
  std::vector<std::size_t> targets;
  for (const OperationId& id : operation.overwrites) {
    const auto at =
        std::find_if(state.live.begin(), state.live.end(), [&](const LiveOperation& live) { return state.id_of(live) == id; });
    if (at == state.live.end()) return std::nullopt;
    std::optional<CouncilId> council;
    const Family family = family_of(at->operation_class);
    if (family == Family::Answers || family == Family::Comments) {
      if (std::optional<Standing> standing = standing_of(state.sources[at->source].log)) council = standing->council;
    }
    if (counts(operation, author, {at->field, at->operation_class, council})) {
      targets.push_back(static_cast<std::size_t>(at - state.live.begin()));
    }
  }
  return targets;
}

void drop_unused_sources(RecordState& state) {
  std::vector<std::uint32_t> renumbered(state.sources.size(), UINT32_MAX);
  std::vector<Source> kept;
  for (LiveOperation& operation : state.live) {
    std::uint32_t& number = renumbered[operation.source];
    if (number == UINT32_MAX) {
      number = static_cast<std::uint32_t>(kept.size());
      kept.push_back(state.sources[operation.source]);
    }
    operation.source = number;
  }
  state.sources = std::move(kept);
}

}  // namespace

RecordState fold(const RecordKey& key, std::span<const FoldChange> changes) { return Folder(key, changes).run(); }

bool apply(RecordState& state, const FoldChange& change, const StandingOf& standing_of) {
  const std::vector<Operation>& operations = change.skeleton.operations;
  std::vector<bool> overwritten(state.live.size(), false);
  std::vector<bool> valid(operations.size(), false);
  bool raises = false;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const OperationId id{change.source.entry, change.source.change, static_cast<std::uint8_t>(i)};
    if (std::binary_search(state.awaited.begin(), state.awaited.end(), id)) return false;
    valid[i] = may_stand(state.key, operations[i], change.author, state.ever_shared);
    if (!valid[i]) continue;
    raises = raises || operations[i].operation_class == Raise;
    if (overwrites_nothing(operations[i].operation_class)) continue;
    const auto targets = live_targets(state, operations[i], *change.author, standing_of);
    if (!targets) return false;
    for (std::size_t target : *targets) overwritten[target] = true;
  }
  const auto voids = static_cast<std::uint32_t>(std::count(valid.begin(), valid.end(), false));
  if (raises && !state.ever_shared && state.voids + voids > 0) return false;

  std::size_t kept = 0;
  for (std::size_t i = 0; i < state.live.size(); ++i) {
    if (overwritten[i]) continue;
    if (kept != i) state.live[kept] = std::move(state.live[i]);
    ++kept;
  }
  const bool shrank = kept != state.live.size();
  state.live.resize(kept);
  const auto source = static_cast<std::uint32_t>(state.sources.size());
  for (std::size_t i = 0; i < operations.size(); ++i) {
    if (!valid[i] || !is_lasting(operations[i].operation_class)) continue;
    LiveOperation live{source, static_cast<std::uint8_t>(i), operations[i].field, operations[i].operation_class};
    if (keeps_names(live.operation_class)) live.names = operations[i].overwrites;
    state.live.push_back(std::move(live));
  }
  if (state.live.size() > kept) state.sources.push_back(change.source);
  if (shrank) drop_unused_sources(state);
  state.voids += voids;
  state.ever_shared = state.ever_shared || raises;
  return true;
}

bool keeps_names(OperationClass operation_class) { return operation_class == Remove || operation_class == Redact; }

bool RecordState::is_erased() const {
  return std::any_of(live.begin(), live.end(), [](const LiveOperation& operation) { return operation.operation_class == Erase; });
}

bool RecordState::has_removes() const {
  return std::any_of(live.begin(), live.end(),
                     [](const LiveOperation& live_operation) { return live_operation.operation_class == Remove; });
}

bool RecordState::may_conflict() const {
  std::bitset<256> written;  // by field; this is asked of every record when conflicts are counted
  return std::any_of(live.begin(), live.end(), [&](const LiveOperation& operation) {
    if (family_of(operation.operation_class) != Family::Register) return false;
    const bool before = written[operation.field];
    written[operation.field] = true;
    return before;
  });
}

bool RecordState::is_hidden() const {
  if (is_erased()) return true;
  if (!has_removes()) return false;
  std::set<OperationId> named;
  for (const LiveOperation& operation : live) {
    if (operation.operation_class == Remove) named.insert(operation.names.begin(), operation.names.end());
  }
  return std::all_of(live.begin(), live.end(), [&](const LiveOperation& operation) {
    return !is_content(operation.operation_class) || named.contains(id_of(operation));
  });
}

Bytes canonical_state(const RecordState& state) {
  std::vector<const LiveOperation*> sorted;
  sorted.reserve(state.live.size());
  for (const LiveOperation& operation : state.live) sorted.push_back(&operation);
  std::sort(sorted.begin(), sorted.end(), [&](const LiveOperation* a, const LiveOperation* b) {
    return a->source == b->source ? a->position < b->position : state.id_of(*a) < state.id_of(*b);
  });
  Bytes bytes;
  bytes.reserve(sorted.size() * (2 + OperationId::kSize) + state.sources.size() * Hash::kSize);
  const Source* last = nullptr;
  for (const LiveOperation* operation : sorted) {
    const Source& source = state.sources[operation->source];
    ByteWriter writer(bytes);
    writer.u8(operation->field);
    writer.u8(static_cast<std::uint8_t>(operation->operation_class));
    write_operation_id(bytes, state.id_of(*operation));
    if (&source != last) writer.raw(source.leaf);  // once per change: the operations of one follow each other
    last = &source;
  }
  return bytes;
}

Hash state_hash(const RecordId& id, const RecordState& state) {
  return hash(Domain::State, {id.view(), View(canonical_state(state))});
}

}  // namespace budstikke
