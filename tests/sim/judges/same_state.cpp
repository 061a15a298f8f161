#include "tests/sim/judges/same_state.h"

#include <algorithm>
#include <functional>

#include "tests/sim/rest.h"
#include "tests/sim/world.h"

namespace budstikke::sim {
namespace {

// What an orphan's row says.
EntryView orphan_at(const Machine& machine, EntryNumber number, LogClass log_class, Bytes& payload) {
  payload = machine.disk().entry(number).value_or(Bytes{});
  const Result<EntryRow> row = parse_entry_row(payload);
  EntryView entry;
  ByteReader reader(row ? row->body : View{});
  require(row && parse_entry(reader, log_class, entry), "an orphan that is no entry");
  return entry;
}

// Whether some honest machine would give away an entry of this log that fits: it has it, and takes it to count. Not one that is
// shut out, as whoever asks has it, whether it has heard of that or not.
bool is_given(const World& world, const Membership& asking, const LogId& log, Seq seq,
              const std::function<bool(const HeldEntry&)>& fits) {
  for (const auto& other : world.machines) {
    const Member* giver = asking.find(other->self());
    if (giver != nullptr && giver->removed) continue;
    if (!other->exists || other->lies || knows_it_is_out(*other)) continue;
    const Network* theirs = other->network();
    for (const auto& [at, held] : other->disk().held()) {
      const std::optional<LogRow> of = held.seq == seq ? other->disk().log(held.log) : std::nullopt;
      if (!of || of->id != log || !fits(held)) continue;
      const auto known = theirs != nullptr ? theirs->logs.find(log) : std::map<LogId, Log>::const_iterator{};
      const bool is_left_there = theirs != nullptr && known != theirs->logs.end() &&
                                 (known->second.is_orphan(seq, at) || !known->second.counts(seq, at));
      if (!is_left_there) return true;
    }
  }
  return false;
}

// Whether nobody gives what each of the log's orphans waits for: it was on no other disk when its row was damaged, or is on a
// branch of a forked log that does not count. Or what it waits for is here, but no entry behind it whose signature is left.
bool wait_in_vain(const World& world, const Machine& machine, const Network& network, const Log& log) {
  for (const auto& [seq, numbers] : log.orphans) {
    for (EntryNumber number : numbers) {
      const auto orphan = machine.disk().held().find(number);
      if (orphan == machine.disk().held().end()) return false;
      const auto before = machine.disk().held().find(orphan->second.previous);
      if (before != machine.disk().held().end() && log.is_orphan(before->second.seq, before->first)) continue;
      if (is_given(world, network.membership, log.row.id, seq,
                   [&](const HeldEntry& held) { return held.id == orphan->second.id; }))
        return false;
      if (seq.value == 1) continue;  // nothing is before it
      Bytes payload;
      const EntryView entry = orphan_at(machine, number, log.row.id.log_class, payload);
      const auto leads_to_it = [&](const HeldEntry& held) {
        const Result<Head> next = extend(network.row.id, log.row.id, Head{held.seq, held.id, {}, 0, 0}, entry);
        return next && next->id == orphan->second.id;
      };
      const bool is_here = std::any_of(machine.disk().held().begin(), machine.disk().held().end(), [&](const auto& held) {
        return held.second.log == orphan->second.log && held.second.seq.value + 1 == seq.value && leads_to_it(held.second);
      });
      if (!is_here && is_given(world, network.membership, log.row.id, Seq{seq.value - 1}, leads_to_it)) return false;
    }
  }
  return true;
}

}  // namespace

void SameState::after_commit(World& world, Machine& machine) {
  Ledger& ledger = machine.node().ledger();
  if (ledger.has_uncommitted()) return;
  ledger.refresh_vectors();
  for (const auto& [id, network] : ledger.networks()) {
    if (network.is_pending()) continue;
    const Hash state = network.state_digest();
    const std::tuple key(id, network.membership_vector.value(), network.data_vector.value());
    const auto [at, is_new] = seen_.try_emplace(key, Seen{state, machine.index()});
    if (is_new) continue;
    if (at->second.machine != machine.index()) ++compared_;
    if (at->second.state == state) continue;
    std::string of_themselves;
    for (const auto& one : world.machines) {
      const Network* here = one->network();
      const bool is_of_them = one->index() == machine.index() || one->index() == at->second.machine;
      if (!is_of_them || here == nullptr || one->node().ledger().has_uncommitted()) continue;
      const Result<Ledger::Check> check = one->node().ledger().check(*here);
      const std::string found = !check ? check.error().text : check->differences.empty() ? "nothing" : check->differences.front();
      of_themselves += "; " + World::name(one->index()) + " finds of itself: " + found;
    }
    world.fail(World::name(machine.index()) + " and " + World::name(at->second.machine) +
               " had the same membership and vector, and differ in state" + of_themselves);
  }
}

void SameState::at_rest(World& world) {
  for (Machine* machine : members_at_rest(world)) {
    const Result<Ledger::Check> check = machine->node().ledger().check(*machine->network());
    if (!check) world.fail(World::name(machine->index()) + " cannot be checked: " + check.error().text);
    std::size_t in_vain = 0;  // each is one difference
    for (const auto& [id, log] : machine->network()->logs) {
      if (!log.orphans.empty() && wait_in_vain(world, *machine, *machine->network(), log)) ++in_vain;
    }
    if (in_vain > 0 && check->differences.size() == in_vain && check->state_ok) continue;
    if (!check->vector_ok || !check->state_ok) {
      const std::string first = check->differences.empty() ? "" : ": " + check->differences.front();
      world.fail(World::name(machine->index()) + " finds a difference in itself" + first);
    }
  }
}

}  // namespace budstikke::sim
