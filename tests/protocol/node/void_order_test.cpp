// Membership that makes entries void and valid again, erasures among them: any order of arrival, with or without the values,
// gives the same members, cuts, records, erasures and digests; and who follows what arrives is told of all that counts in the
// end.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "tests/support/builders.h"
#include "tests/support/net.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

struct Entry {
  Bytes body;
  std::optional<Signature> signature;  // at the end of a run
};
using Pool = std::map<LogId, std::vector<Entry>>;

// What a machine stores of every log, counted or not, as the runs that it would be sent in.
void gather(Net& net, std::size_t machine, Pool& pool) {
  for (const auto& [id, log] : net.network(machine).logs) {
    std::vector<Entry> entries;
    REQUIRE(log.row.tips.size() == 1);
    for (;;) {
      const auto run = net.node(machine).ledger().next_run(log, Seq{entries.size()}, log.row.tips.back());
      REQUIRE(run.ok());
      if (!*run) break;
      for (const Bytes& body : (**run).bodies) entries.push_back({body, {}});
      entries.back().signature = (**run).signature;
    }
    if (entries.size() > pool[id].size()) pool[id] = std::move(entries);
  }
}

// A life of a region: everybody writes, others are edited, erased, removed and readmitted, on two sides that meet now and then.
struct Life {
  explicit Life(std::uint64_t seed) : random(Random::from_number(seed)), net(Net::region(3, seed)) {
    net.join(thief, net.invite(0, Role::Coordinator), 0);
    for (std::size_t machine = 1; machine < net.size(); ++machine) net.connect(machine, 0);
    REQUIRE(net.converge());
    for (int round = 0; round < 4; ++round) {
      net.cut_all();
      for (int i = 0; i < 8; ++i) step();
      for (std::size_t machine = 0; machine < net.size(); ++machine) gather(net, machine, pool);
      const std::size_t a = random.below(net.size()), b = random.below(net.size());
      if (a == b) continue;
      net.connect(a, b);
      net.run();
      net.advance(1s);
    }
    for (std::size_t machine = 0; machine < net.size(); ++machine) gather(net, machine, pool);
  }

  void step() {
    const std::size_t machine = random.below(net.size());
    if (net.network(machine).membership.find(net.node(machine).self())->removed) return;
    switch (random.below(10)) {
      case 0: {
        const std::size_t whom = random.below(net.size());
        removals += net.node(machine).remove_member(net.network(machine), net.node(whom).self(), net.now()).ok() ? 1 : 0;
        break;
      }
      case 1: {
        const auto& known = net.network(machine).membership.removals();
        if (known.empty()) break;
        readmissions += net.node(machine).readmit(net.network(machine), known.begin()->first, net.now()).ok() ? 1 : 0;
        break;
      }
      case 8: {  // readers write nothing here
        const std::size_t whom = random.below(net.size());
        const auto role = static_cast<Role>(1 + random.below(3));
        roles += net.node(machine).give_role(net.network(machine), net.node(whom).self(), role, {}, net.now()).ok() ? 1 : 0;
        break;
      }
      case 9:
        if (random.below(4) == 0) leaves += net.node(machine).leave(net.network(machine), net.now()).ok() ? 1 : 0;
        break;
      case 2:
      case 3:
        if (!records.empty()) {
          const ChangeBytes erase{encode(Skeleton{records[random.below(records.size())], {{0, OperationClass::Erase}}}),
                                  encode_values(random.fixed<Salt>(), {Value()})};
          erasures += net.node(machine).write(net.network(machine), {&erase, 1}, net.now()).ok() ? 1 : 0;
        }
        break;
      default:
        records.push_back(net.write(machine, "text " + std::to_string(records.size())));
        break;
    }
    net.process(machine);
  }

  Random random;
  Net net;
  std::size_t thief = net.add();
  Pool pool;
  std::vector<RecordKey> records;
  std::size_t removals = 0, readmissions = 0, erasures = 0, roles = 0, leaves = 0;
};

// Who follows what arrives, a few entries at a time, and now and then stops within one.
struct Watcher {
  using Changes = std::set<std::pair<std::uint64_t, std::uint8_t>>;  // entry number, change

  void look(const Ledger& ledger, Random& random, std::size_t most) {
    const bool stops = random.below(2) == 0;
    const auto take = [&](const Ledger::Arrived& arrived) {
      again += told.emplace(arrived.link.entry.value, arrived.link.change).second ? 0 : 1;
      return !stops;
    };
    const Result<Ledger::ArrivalMark> end = ledger.each_arrived(at, most, take);
    REQUIRE(end.ok());
    at = *end;
  }
  static Changes all(const Ledger& ledger) {
    Changes counting;
    const auto take = [&](const Ledger::Arrived& arrived) {
      counting.emplace(arrived.link.entry.value, arrived.link.change);
      return true;
    };
    REQUIRE(ledger.each_arrived({}, SIZE_MAX, take).ok());
    return counting;
  }
  Ledger::ArrivalMark at;
  Changes told;
  std::size_t again = 0;
  std::size_t late = 0;  // rows kept at the end
};

struct Outcome {
  Hash membership, vector, state;
  std::vector<OperationId> erasures;
  std::size_t removed = 0, members = 0;
  std::uint64_t voids = 0;
  bool operator==(const Outcome&) const = default;
};

// What is kept of what came to count late does not grow beyond the entries: no row stands for nothing but what a later one of the
// same log stands for, too. How many there are.
std::size_t late_rows(const MemoryStorage& storage) {
  constexpr std::string_view kPurpose = "late ";
  struct Row {
    std::uint64_t log, first_seq, last_seq;
  };
  std::vector<Row> rows;  // in order of their numbers
  REQUIRE(storage
              .scan(Table::Local, bytes_of(view_of(kPurpose)),
                    [&](View key, View payload) {
                      if (!budstikke::text_of(key).starts_with(kPurpose)) return false;
                      const std::uint64_t last = ByteReader(key.subspan(kPurpose.size())).u64();
                      ByteReader reader(payload);
                      const std::uint64_t first = reader.u64(), log = reader.u64(), seq = reader.u64();
                      rows.push_back({log, seq, seq + (last - first)});
                      return true;
                    })
              .ok());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t later = i + 1; later < rows.size(); ++later) {
      const bool is_within = rows[i].log == rows[later].log && rows[i].first_seq >= rows[later].first_seq &&
                             rows[i].last_seq <= rows[later].last_seq;
      REQUIRE_FALSE(is_within);
    }
  }
  return rows.size();
}

// Appends the pool's entries to an empty ledger, logs interleaved at random; `absent`: without values.
Outcome arrive(const Pool& pool, const NetworkRow& founding, Random& random, bool absent, Watcher& watcher) {
  MemoryStorage storage;
  Result<std::unique_ptr<Ledger>> ledger = Ledger::load(storage, Incarnation{1});
  REQUIRE(ledger.ok());
  (*ledger)->set_time(WallTime{1'760'000'000'000});
  Result<Network*> network = (*ledger)->add_network(founding);
  REQUIRE(network.ok());
  std::map<LogId, std::size_t> next;
  std::vector<LogId> open;
  for (const auto& [id, entries] : pool) open.push_back(id);
  while (!open.empty()) {
    const std::size_t at = random.below(open.size());
    const LogId id = open[at];
    const std::vector<Entry>& entries = pool.at(id);
    std::size_t& done = next[id];
    Result<Log*> log = (*ledger)->open_log(**network, id);
    REQUIRE(log.ok());
    do {  // as runs come: whole
      EntryView entry;
      ByteReader reader(entries[done].body);
      REQUIRE(parse_entry(reader, id.log_class, entry).ok());
      entry.body = entries[done].body;
      Bytes stripped;
      if (absent && id.log_class == LogClass::Data) {
        for (ChangeView& change : entry.changes) change.state = ValuesState::Absent;
        stripped = encode_stored(entry);
        entry.body = stripped;
      }
      Ledger::Place place;
      if (!(*log)->row.tips.empty()) place = {(*log)->row.tips.back().head, (*log)->row.tips.back().number};
      Result<Head> head = extend((*network)->row.id, id, place.head, entry);
      REQUIRE(head.ok());
      REQUIRE((*ledger)->append(**network, **log, place, *head, entry, entries[done].signature).ok());
    } while (!entries[done++].signature);
    REQUIRE((*ledger)->settle(**network).ok());
    if (random.below(6) == 0) REQUIRE((*ledger)->commit().ok());
    if (random.below(3) > 0) watcher.look(**ledger, random, 1 + random.below(8));
    if (done == entries.size()) open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
  }
  REQUIRE((*ledger)->refold(**network, 100'000).ok());
  REQUIRE((*ledger)->commit().ok());
  const Result<Ledger::Check> sound = (*ledger)->check(**network);
  REQUIRE(sound.ok());
  for (const std::string& difference : sound->differences) FAIL_CHECK(difference);
  while (watcher.at != (*ledger)->newest_arrival()) watcher.look(**ledger, random, 1 + random.below(8));
  const Watcher::Changes all = Watcher::all(**ledger);
  REQUIRE(std::ranges::includes(watcher.told, all));
  watcher.late += late_rows(storage);
  Outcome outcome{
      (*network)->membership_vector.value(), (*network)->data_vector.value(), (*network)->state_digest(), {}, 0, 0, 0};
  for (const auto& [id, row] : (*network)->erasures) outcome.erasures.push_back(id);
  outcome.removed = (*network)->membership.removals().size();
  outcome.members = (*network)->membership.members().size();
  for (const auto& [id, log] : (*network)->logs) {
    const std::uint64_t counting = log.tips().empty() ? 0 : log.tips().back().head.seq.value;
    outcome.voids += log.row.tips.back().head.seq.value - counting;
  }
  return outcome;
}

}  // namespace

TEST_CASE("void and back: a hundred orders of arrival of each life give the same, with and without the values") {
  std::size_t removals = 0, readmissions = 0, erasures = 0, voids = 0, entries = 0, counted = 0, roles = 0, leaves = 0, again = 0,
              late = 0;
  constexpr std::uint64_t kLives = 12;
  for (std::uint64_t seed = 1; seed <= kLives; ++seed) {
    CAPTURE(seed);
    Life life(seed);
    removals += life.removals;
    readmissions += life.readmissions;
    erasures += life.erasures;
    roles += life.roles;
    leaves += life.leaves;
    for (const auto& [id, log] : life.pool) entries += log.size();
    std::optional<Outcome> first;
    for (int order = 0; order < 100; ++order) {
      CAPTURE(order);
      Watcher watcher;
      const Outcome outcome = arrive(life.pool, life.net.network(0).row, life.random, order % 3 == 2, watcher);
      again += watcher.again;
      late += watcher.late;
      if (!first) {
        first = outcome;
        voids += outcome.voids;
        counted += outcome.erasures.size();
      }
      REQUIRE(outcome == *first);
    }
  }
  MESSAGE(kLives << " lives of " << entries << " entries, 100 orders each: " << removals << " removals, " << readmissions
                 << " readmissions, " << erasures << " erasures of which " << counted << " count, " << voids
                 << " entries past a cut, " << roles << " roles, " << leaves << " leaves; " << again << " changes told again");
  CHECK(removals > 5);
  CHECK(roles > 5);
  CHECK(leaves > 0);
  CHECK(readmissions > 0);
  CHECK(erasures > 10);
  CHECK(counted > 0);
  CHECK(counted < erasures);
  CHECK(voids > 0);
  CHECK(again > 0);
  CHECK(late > 0);
}
