// What a member of bad will can try, as docs/security.md lists it: each attack in numbers, and what came of it.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>

#include "protocol/base/limits.h"
#include "tests/support/builders.h"
#include "tests/support/net.h"
#include "tests/support/pair.h"
#include "tests/support/sanitized.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

double cpu_ms() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

std::size_t bytes_of_all(const std::vector<Bytes>& frames) {
  std::size_t bytes = 0;
  for (const Bytes& frame : frames) bytes += frame.size();
  return bytes;
}

}  // namespace

// --- Replay ----------------------------------------------------------------------------------------------------------

TEST_CASE("attack: a session that is played again a thousand times changes nothing, and is answered within bounds") {
  Pair pair;
  pair.open();
  Author log(pair.network().row.id, pair.peer());
  for (int i = 0; i < 40; ++i) log.append();
  std::vector<Bytes> recorded;
  for (const Message& message : log.run(1, 40)) recorded.push_back(encode(message));
  recorded.push_back(encode(LevelMessage{{{tag_of(pair.network().row.id), numbered<DigestTag>(3)}}}));
  recorded.push_back(encode(SummaryMessage{{pair.node().summary_of(pair.network())}}));
  VectorMessage vector{pair.network().row.id, LogClass::Data, true, {{log.log(), {log.tip()}}}};
  recorded.push_back(encode(vector));
  recorded.push_back(encode(WantMessage{pair.network().row.id, {{log.log(), Seq{30}}}}));
  recorded.push_back(encode(HaveMessage{pair.network().row.id, {{log.log(), Seq{40}}}}));
  recorded.push_back(encode(GraftMessage{pair.network().row.id, {{log.log(), Seq{20}}}}));
  const auto play = [&] {
    for (const Bytes& frame : recorded) pair.send_frame(frame);
    REQUIRE_FALSE(pair.dropped().has_value());
  };
  play();
  pair.advance(1s);
  const std::uint64_t entries = pair.entries();
  const NetworkSummary before = pair.node().summary_of(pair.network());
  const std::size_t sent = std::max<std::size_t>(1, bytes_of_all(recorded));
  static_cast<void>(pair.frames());
  std::size_t answered = 0;
  for (int i = 0; i < 1'000; ++i) {
    play();
    answered += bytes_of_all(pair.frames());
  }
  CHECK(pair.entries() == entries);
  CHECK(pair.node().summary_of(pair.network()) == before);
  MESSAGE("1,000 times ", sent, " bytes were answered with ", answered / 1'000, " bytes each");
  CHECK(answered / 1'000 < 2 * sent);
}

TEST_CASE("attack: a recorded hello opens a link to nobody but who holds the transport key, and its session brings nothing") {
  Pair pair;
  pair.dial();
  const Hello hello = pair.hello();
  pair.send(hello);
  const NetworkSummary before = pair.node().summary_of(pair.network());
  for (int i = 0; i < 1'000; ++i) {
    pair.dial();
    pair.send(hello);  // the same nonce
    REQUIRE_FALSE(pair.dropped().has_value());
  }
  CHECK(pair.node().summary_of(pair.network()) == before);
  const TransportPair stranger = TransportPair::from_secret(numbered<Seed>(9));
  pair.node().link_up(LinkId{2}, stranger.public_key, false, pair.now());
  pair.process();
  CHECK(pair.dropped() == "a key that is no member's");
}

// --- Equivocation ----------------------------------------------------------------------------------------------------

namespace {

// A member writes two branches from its entry `common` + 1 on, and shows one to each of two nodes that only a relay joins.
void equivocate(std::size_t common) {
  CAPTURE(common);
  Net net = Net::region(4, 11 + common);  // 0 and 1 see one branch each, 2 is the relay, 3 the liar
  for (std::size_t i = 0; i < common; ++i) net.write(3, "common " + std::to_string(i));
  for (std::size_t other = 1; other < 4; ++other) net.connect(other, 0);
  REQUIRE(net.converge());
  net.cut_all();
  const std::size_t second = net.add_clone(3, true);
  for (int i = 0; i < 3; ++i) {
    net.write(3, "left " + std::to_string(i));
    net.write(second, "right " + std::to_string(i));
  }
  const LogId log{net.node(3).self(), net.node(3).ledger().incarnation(), LogClass::Data};
  net.connect(3, 0);
  net.connect(second, 1);
  net.run();
  net.connect(0, 2);
  net.connect(2, 1);
  const Instant start = net.now().steady;
  const auto all_see = [&] {
    for (std::size_t machine : {0, 1, 2}) {
      const auto at = net.network(machine).logs.find(log);
      if (at == net.network(machine).logs.end() || at->second.tips().size() != 2) return false;
    }
    return true;
  };
  while (!all_see()) {
    REQUIRE(net.now().steady - start < 60s);
    net.advance(100ms);
  }
  MESSAGE("two branches from entry ", common + 1, " on: shown at every node after ", (net.now().steady - start).count(),
          " ms of the nodes' time");
  REQUIRE(net.converge());
  for (std::size_t machine : {1, 2}) {
    for (std::size_t i = 0; i < 2; ++i) {  // the proof: both ends, signed
      const StoredTip &here = net.network(machine).logs.at(log).tips()[i], &there = net.network(0).logs.at(log).tips()[i];
      CHECK(here.head == there.head);
      CHECK(here.signature == there.signature);
    }
    CHECK(agree(net, machine, 0));
  }
  for (std::size_t machine : {0, 1, 2}) {
    const std::size_t branch_records = net.network(machine).records;
    CHECK(branch_records == net.network(0).records);
  }
}

}  // namespace

TEST_CASE("attack: two branches shown to two nodes are at all, with the same proof and digest: from the first entry on") {
  equivocate(0);
}
TEST_CASE("attack: two branches shown to two nodes are at all, with the same proof and digest: from the middle on") {
  equivocate(5);
}
TEST_CASE("attack: two branches shown to two nodes are at all, with the same proof and digest: behind a checkpoint") {
  equivocate(kMaxRunEntries);
}

// --- Removals --------------------------------------------------------------------------------------------------------

namespace {

// A member writes, lets a device in and removes who removes it, while it is removed: in an order and with meetings of the seed.
std::string race(std::uint64_t seed) {
  Net net(seed);
  net.add();
  net.found(0);
  const std::size_t second = net.add_member(0, Role::Coordinator), thief = net.add_member(0, Role::Coordinator);
  for (std::size_t other : {second, thief}) net.connect(other, 0);
  require(net.converge(), "they agree before");
  net.cut_all();
  Random random = Random::from_number(seed);
  const MemberKey keys[] = {net.node(0).self(), net.node(second).self(), net.node(thief).self()};
  const auto remove = [&](std::size_t by, std::size_t whom) {
    const Status removed = net.node(by).remove_member(net.network(by), keys[whom], net.now_of(by));
    if (!removed) require(removed.error().code == Code::NotAllowed || removed.error().code == Code::NotFound, "a refusal");
    net.process(by);
  };
  const auto write = [&](std::size_t who) {
    const Member* own = net.node(who).self_in(net.network(who));
    if (own != nullptr && !own->removed) net.write(who, "race " + std::to_string(random.below(1'000)));
  };
  std::vector<std::function<void()>> acts = {
      [&] { remove(second, thief); },
      [&] { write(thief); },
      [&] { write(thief); },
      [&] { write(second); },
      [&] {  // a further device of the thief, and what that does
        const Member* own = net.node(thief).self_in(net.network(thief));
        if (own == nullptr || own->removed) return;
        const std::size_t device = net.add_device(thief);
        remove(device, second);
        write(device);
      },
      [&] { remove(thief, second); },
      [&] {  // two meet, so that each act is seen by some
        const std::size_t a = random.below(net.size()), b = random.below(net.size());
        if (a == b) return;
        const Net::Cable cable = net.connect(a, b);
        net.run();
        net.cut(cable);
      },
  };
  acts.push_back(acts.back());
  shuffle(acts, random);
  for (const std::function<void()>& act : acts) act();
  net.shuffle();
  // The thief's machines may be shut out before they have heard why; the honest ones decide.
  for (std::size_t a = 0; a < net.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) net.connect(a, b);
  }
  net.advance(40s);
  std::string outcome;
  for (std::size_t machine : {std::size_t{0}, second}) {
    const Membership& membership = net.network(machine).membership;
    std::string seen;
    for (const auto& [key, member] : membership.members()) {
      seen += std::to_string(member.rank) + (member.removed ? "- " : "+ ");
    }
    const NetworkSummary summary = net.node(machine).summary_of(net.network(machine));
    if (machine == 0) outcome = seen;
    // Whoever was removed at 0 may not hear of what came since.
    if (net.network(0).membership.find(keys[1])->removed) continue;
    CHECK_MESSAGE(seen == outcome, seed);
    CHECK_MESSAGE(summary == net.node(0).summary_of(net.network(0)), seed);
  }
  return outcome;
}

}  // namespace

TEST_CASE("attack: whatever order a removal, a counter-removal, an invitation and writing come in, all nodes decide the same" *
          doctest::skip(kSanitized)) {
  std::map<std::string, int> outcomes;
  constexpr int kInterleavings = 1'000;
  for (std::uint64_t seed = 1; seed <= kInterleavings; ++seed) ++outcomes[race(seed)];
  MESSAGE(kInterleavings, " interleavings, ", outcomes.size(), " outcomes, each the same at all nodes");
  CHECK(outcomes.size() > 1);
}

TEST_CASE("attack: what a removed key writes with a clock put back does not count, whoever passes it on") {
  Net net = Net::region(4);  // 0 removes, 1 has heard, 2 passes on, 3 is removed
  const RecordKey kept = net.write(3, "before");
  for (std::size_t other = 1; other < 4; ++other) net.connect(other, 0);
  REQUIRE(net.converge());
  net.cut_all();
  REQUIRE(net.node(0).remove_member(net.network(0), net.node(3).self(), net.now()).ok());
  net.process(0);
  net.connect(1, 0);
  net.run();
  std::vector<RecordKey> late;
  net.set_clock(3, -std::chrono::hours(24 * 30));
  for (int i = 0; i < 300; ++i) late.push_back(net.write(3, "late " + std::to_string(i)));  // a new incarnation, stamped before
  net.set_clock(3, Millis{0});
  net.connect(3, 2);
  net.run();
  CHECK(net.names(2, late.front()) == std::vector<std::string>{"late 0"});  // it has not heard yet
  net.connect(2, 0);
  net.connect(2, 1);
  net.advance(3min);
  std::size_t accepted = 0;
  for (std::size_t machine : {0, 1, 2}) {
    CHECK(net.names(machine, kept) == std::vector<std::string>{"before"});
    for (const RecordKey& record : late) accepted += net.names(machine, record).empty() ? 0 : 1;
    CHECK(agree(net, machine, 0));
  }
  MESSAGE("of 300 backdated entries ", accepted, " count anywhere");
  CHECK(accepted == 0);
}

// --- Lies about what is held -----------------------------------------------------------------------------------------

TEST_CASE("attack: vectors of logs that nobody has, and of four thousand million entries, cost little and delete nothing") {
  Pair pair;
  pair.open();
  const NetworkId network = pair.network().row.id;
  const std::uint64_t entries = pair.entries();
  static_cast<void>(pair.frames());
  struct Lie {
    const char* name;
    std::function<Message(std::uint64_t)> make;
  };
  const auto logs = [&](MemberKey author, std::uint64_t round, std::size_t count) {
    VectorMessage vector{network, LogClass::Data, true, {}, true};
    for (std::size_t i = 0; i < count; ++i) {
      vector.logs.push_back(
          {{author, Incarnation{round * 10'000 + i}, LogClass::Data}, {{Seq{0xffff'ffff}, numbered<EntryId>(7)}}});
    }
    return vector;
  };
  const Lie lies[] = {
      {"vectors of unknown authors",
       [&](std::uint64_t round) { return logs(numbered<MemberKey>(9), round, kVectorLogsPerFrame); }},
      {"vectors of 2^32 entries",
       [&](std::uint64_t round) { return logs(pair.peer().public_key(), round, kVectorLogsPerFrame); }},
      {"vectors that are too low",
       [&](std::uint64_t) {
         return VectorMessage{network, LogClass::Membership, true, {}};
       }},
      {"haves of unknown authors",
       [&](std::uint64_t round) {
         HaveMessage have{network, {}};
         for (std::size_t i = 0; i < kMaxPushedLogs; ++i) {
           have.logs.push_back({{numbered<MemberKey>(9), Incarnation{round * 10'000 + i}, LogClass::Data}, Seq{0xffff'ffff}});
         }
         return have;
       }},
      {"wants from the end of time",
       [&](std::uint64_t round) {
         WantMessage want{network, {}};
         for (std::size_t i = 0; i < kMaxWantsPerMessage; ++i) {
           want.wants.push_back(
               {{pair.peer().public_key(), Incarnation{round * 10'000 + i}, LogClass::Data}, Seq{UINT64_MAX - 1}});
         }
         return want;
       }},
  };
  for (const Lie& lie : lies) {
    pair.open();
    static_cast<void>(pair.frames());
    constexpr int kRounds = 100;
    std::size_t sent = 0;
    const double before = cpu_ms();
    for (std::uint64_t round = 0; round < kRounds && !pair.dropped(); ++round) {
      const Bytes frame = encode(lie.make(round));
      sent += frame.size();
      pair.send_frame(frame);
    }
    const double spent = cpu_ms() - before;
    const std::size_t answered = bytes_of_all(pair.frames());
    MESSAGE(std::string(lie.name), ": ", spent / kRounds, " ms and ", answered / kRounds, " bytes of answers a message of ",
            sent / kRounds);
    CHECK(answered < 2 * sent + 100'000);
    CHECK(pair.entries() == entries);
  }
}

// --- A relay that withholds ------------------------------------------------------------------------------------------

TEST_CASE("attack: what a relay withholds of one author is known to be missing, and comes by another way") {
  Net net = Net::region(4);  // 0 is the author, 1 the relay, 2 the victim, 3 another way
  net.connect(1, 0);
  const Net::Cable relayed = net.connect(2, 1);
  net.connect(3, 0);
  REQUIRE(net.converge());
  const MemberKey author = net.node(0).self();
  net.withhold(relayed, [author](std::size_t from, const Message& message) {
    if (from != 1) return true;
    if (const auto* run = std::get_if<RunMessage>(&message)) return run->log.author != author;
    if (const auto* run = std::get_if<ShortRunMessage>(&message)) return run->log.author != author;
    return true;
  });
  const RecordKey withheld = net.write(0, "withheld"), other = net.write(1, "passed on");
  net.advance(1h);
  CHECK(net.names(2, other) == std::vector<std::string>{"passed on"});
  CHECK(net.names(2, withheld).empty());
  std::uint64_t missing = 0;
  bool in_sync = false;
  for (const PeerStatus& peer : net.node(2).peers()) {
    missing += peer.missing;
    in_sync = in_sync || peer.in_sync;
  }
  CHECK(missing > 0);
  CHECK_FALSE(in_sync);
  const Instant start = net.now().steady;
  net.connect(2, 3);
  while (net.names(2, withheld).empty()) {
    REQUIRE(net.now().steady - start < 60s);
    net.advance(10ms);
  }
  MESSAGE("by another way it came within ", (net.now().steady - start).count(), " ms of the nodes' time");
}
