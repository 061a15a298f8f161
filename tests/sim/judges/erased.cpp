#include "tests/sim/judges/erased.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "protocol/base/limits.h"
#include "protocol/base/text.h"
#include "tests/sim/rest.h"
#include "tests/sim/workload.h"
#include "tests/sim/world.h"

namespace budstikke::sim {
namespace {

constexpr Millis kPatience{3'600'000};              // beyond the delay
constexpr WallTime kNothingWaits{INT64_MAX};        // in the row of an erasure
constexpr std::uint64_t kCommitsUntilSearch = 24;   // between two looks at a whole disk
constexpr std::uint64_t kDestroyedUntilSearch = 4;  // when something was destroyed just now

const std::string kSaltStart(reinterpret_cast<const char*>(kSaltMark), sizeof kSaltMark);

template <class Each>
void each_mark(std::string_view bytes, const Each& each) {
  const std::pair<std::string_view, std::size_t> kinds[] = {{kTextMark, kTextMarkBytes}, {kSaltStart, Salt::kSize}};
  for (const auto& [start, length] : kinds) {
    for (std::size_t at = bytes.find(start); at != std::string_view::npos; at = bytes.find(start, at + 1)) {
      if (at + length <= bytes.size()) each(bytes.substr(at, length));
    }
  }
}

}  // namespace

// What an entry says, the first time anybody has it with its values.
void Erased::learn(const Machine& machine, EntryNumber number) {
  const std::optional<Bytes> payload = machine.disk().entry(number);
  const Result<EntryRow> row = parse_entry_row(*payload);
  const std::optional<LogRow> log = machine.disk().log(row->log);
  EntryView entry;
  if (!log || log->id.log_class != LogClass::Data || !parse_stored_entry(row->body, LogClass::Data, entry)) return;
  for (std::size_t i = 0; i < entry.changes.size(); ++i) {
    const Result<Skeleton> skeleton = parse_skeleton(entry.changes[i].skeleton);
    if (!skeleton) continue;
    OperationId id{prefix_of(row->id), static_cast<std::uint8_t>(i), 0};
    const auto [known, is_new] = changes_.try_emplace(id);
    Change& change = known->second;
    const RecordId record = id_of(skeleton->record);
    if (is_new) of_record_[record].push_back(id);
    change.record = skeleton->record;
    change.author = log->id.author;
    if (entry.changes[i].state == ValuesState::Inline) {
      each_mark(text_of(entry.changes[i].values), [&](std::string_view mark) { change.marks.insert(std::string(mark)); });
    }
    for (const Operation& operation : skeleton->operations) {
      if (operation.operation_class == OperationClass::Erase) erasures_[id] = {skeleton->record, record, change.author, true, {}};
      if (operation.operation_class == OperationClass::Redact) {
        erasures_[id] = {
            skeleton->record, record, change.author, false, {operation.overwrites.begin(), operation.overwrites.end()}};
      }
      ++id.position;
    }
  }
}

// Whoever had another role at some time may have had that when it asked for the erasure: nothing is demanded then.
bool Erased::was_always_coordinator(const Membership& membership, const Member& member) {
  const auto changes = membership.role_changes().find(member.key);
  const bool never_changed = changes == membership.role_changes().end() ||
                             std::all_of(changes->second.begin(), changes->second.end(),
                                         [](const auto& given) { return given.role == Role::Coordinator; });
  return member.admitted_as == Role::Coordinator && never_changed;
}

bool Erased::reaches(const Membership& membership, const Erasure& erasure, const OperationId& id, const Change& change) {
  if (!(change.record == erasure.record)) return false;
  if (erasure.whole) return true;
  const Member* eraser = membership.find(erasure.author);
  const Member* author = membership.find(change.author);
  if (eraser == nullptr || !erasure.changes.contains(id)) return false;
  return eraser->council == change.record.council || was_always_coordinator(membership, *eraser) ||
         (author != nullptr && author->council == eraser->council);
}

void Erased::add_reached(const Membership& membership, const Erasure& erasure, const Machine* at, Marks& marks) const {
  const auto changes = of_record_.find(erasure.record_id);
  if (changes == of_record_.end()) return;
  for (const OperationId& id : changes->second) {
    const Change& change = changes_.at(id);
    if (!reaches(membership, erasure, id, change) || (at != nullptr && !at->disk().holds(id.entry))) continue;
    marks.insert(change.marks.begin(), change.marks.end());
  }
}

// Of these, what is in any row.
Erased::Marks Erased::marks_on(const Machine& machine, const Marks& of) {
  Marks found;
  const std::unordered_set<std::string_view> wanted(of.begin(), of.end());
  const auto look = [&](View bytes) {
    each_mark(text_of(bytes), [&](std::string_view mark) {
      if (wanted.contains(mark)) found.insert(std::string(mark));
    });
  };
  for (std::uint8_t table = 1; table <= kTableCount; ++table) {
    const Status scanned = machine.disk().rows().scan(static_cast<Table>(table), {}, [&](View key, View payload) {
      look(key);
      look(payload);
      return true;
    });
    require(scanned.ok(), "a scan of the rows in memory");
  }
  return found;
}

void Erased::search(World& world, Machine& machine, const Marks& gone) const {
  if (gone.empty()) return;
  for (const std::string& mark : marks_on(machine, gone)) {
    std::string what = mark.starts_with(kTextMark) ? "the text " + mark : "a salt";
    for (const auto& [id, change] : changes_) {
      if (change.marks.contains(mark))
        what += " of change " + std::to_string(id.change) + " of entry " + base32_of(id.entry.view());
    }
    world.fail("erased, and still at " + World::name(machine.index()) + ": " + what);
  }
}

void Erased::after_commit(World& world, Machine& machine) {
  AtMachine& here = at_[machine.index()];
  if (std::exchange(here.life, machine.life()) == machine.life()) {
    for (EntryNumber number : machine.disk().fresh()) learn(machine, number);
  } else {  // the last commit before may have failed and happened all the same
    for (const auto& [number, entry] : machine.disk().held()) learn(machine, number);
  }
  bool destroyed = false;
  for (const auto& [id, network] : machine.node().ledger().networks()) {
    for (auto at = here.known.begin(); at != here.known.end();) {
      if (network.erasures.contains(at->first)) {
        ++at;
        continue;
      }
      here.gone.erase(at->first);  // it is void: its values are wanted again
      at = here.known.erase(at);
    }
    for (const auto& [erasure, row] : network.erasures) {
      here.known.try_emplace(erasure, world.now);
      const auto what = erasures_.find(erasure);
      if (what == erasures_.end() || here.gone.contains(erasure)) continue;
      if (!row.receipted) here.owed.insert(erasure);
      const bool is_done = here.owed.contains(erasure) || row.due == kNothingWaits;
      if (!row.receipted || !is_done) continue;
      ++destroyed_;
      destroyed = true;
      add_reached(network.membership, what->second, &machine, here.gone[erasure]);
    }
  }
  const std::uint64_t wait = destroyed ? kDestroyedUntilSearch : kCommitsUntilSearch;
  if (here.gone.empty() || (++here.commits - here.searched < wait && here.searched != 0)) return;
  here.searched = here.commits;
  Marks all;
  for (const auto& [erasure, marks] : here.gone) {
    Marks still;  // who asked for it may have got another role since: what it does not reach any more is wanted again
    for (const auto& [id, network] : machine.node().ledger().networks()) {
      add_reached(network.membership, erasures_.at(erasure), &machine, still);
    }
    std::set_intersection(marks.begin(), marks.end(), still.begin(), still.end(), std::inserter(all, all.end()));
  }
  search(world, machine, all);
}

void Erased::after_loss(World&, Machine& machine) { at_.erase(machine.index()); }

void Erased::at_rest(World& world) {
  for (Machine* machine : members_at_rest(world)) {
    if (machine->network()->has_orphans) continue;  // what waits for a lost entry is in no record; no receipt is given meanwhile
    Marks all;
    for (const auto& [erasure, since] : at_[machine->index()].known) {
      const auto what = erasures_.find(erasure);
      // A clock that fell back makes the delay begin again, for what comes later once more.
      if (what == erasures_.end() || machine->clock_fell() > since || world.now - since < kErasureDelay + kPatience) continue;
      add_reached(machine->network()->membership, what->second, nullptr, all);
    }
    search(world, *machine, all);
  }
}

}  // namespace budstikke::sim
