// Bundles between nodes that have no link: written, read, answered, and refused where a session would refuse.
#include <doctest/doctest.h>

#include "protocol/base/limits.h"
#include "protocol/node/bundle_reading.h"
#include "protocol/node/bundle_writing.h"
#include "tests/support/builders.h"
#include "tests/support/net.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

using Refused = BundleReading::Refused;

// Members that share nothing but the membership and their sealing keys, and no links.
struct Apart {
  explicit Apart(std::size_t members, std::uint64_t seed = 1) : net(Net::region(members, seed)) {
    for (std::size_t i = 0; i < members; ++i) pairs.push_back(net.give_sealing_key(i));
    link_all();
    REQUIRE(net.converge());
    net.advance(1s);  // and say so
    net.cut_all();
  }
  void link_all() {
    for (std::size_t i = 1; i < net.size(); ++i) net.connect(i, 0);
  }

  Bytes write(std::size_t machine, const std::vector<std::size_t>& since = {}, std::size_t about = 5'000) {
    std::vector<MemberKey> keys;
    for (std::size_t other : since) keys.push_back(net.node(other).self());
    const NetworkId network = net.network(machine).row.id;
    BundleWriting writing(net.node(machine), {network}, keys, since.empty());
    Bytes file;
    while (!writing.is_complete()) {
      const Result<Bytes> piece = writing.next(about, net.now());
      REQUIRE(piece.ok());
      REQUIRE(piece->size() < about + 600'000);
      ByteWriter(file).raw(*piece);
    }
    entries = writing.sections().at(0).entries;
    return file;
  }

  struct Read {
    Status status = done();
    std::vector<BundleReading::Section> sections;
    std::size_t foreign = 0;
  };
  Read read(std::size_t machine, const Bytes& file, std::size_t step = 3'000) {
    BundleReading reading(net.node(machine), pairs[machine]);
    Read result;
    for (std::size_t at = 0; at < file.size() && result.status; at += step) {
      result.status = reading.feed(View(file).subspan(at, std::min(step, file.size() - at)), net.now());
      net.process(machine);
    }
    if (result.status) result.status = reading.finish(net.now());
    net.process(machine);
    result.sections = reading.sections();
    result.foreign = reading.foreign();
    return result;
  }
  bool agree(std::size_t a, std::size_t b) {
    return net.node(a).summary_of(net.network(a)) == net.node(b).summary_of(net.network(b));
  }
  std::uint64_t lacks(std::size_t machine, std::size_t other) {
    return net.node(machine).not_known_to_hold(net.network(machine), net.node(other).self());
  }

  Net net;
  std::vector<SealingPair> pairs;
  std::uint64_t entries = 0;  // of the bundle written last
};

}  // namespace

TEST_CASE("bundle: a member states its sealing key once, and again when it has another one") {
  Net net = Net::region(2);
  CHECK(net.network(0).membership.find(net.node(0).self())->sealing.is_zero());
  const SealingKey first = net.give_sealing_key(1).public_key;
  const std::uint64_t entries = net.network(1).entries;
  net.connect(1, 0);
  REQUIRE(net.converge());
  CHECK(net.network(0).membership.find(net.node(1).self())->sealing == first);
  net.crash(1);
  net.advance(1min);
  CHECK(net.network(1).entries == entries);
  net.advance(1s);
  const SealingKey second = net.give_sealing_key(1).public_key;
  CHECK(net.network(1).entries == entries + 1);
  CHECK(net.network(1).membership.find(net.node(1).self())->sealing == second);
}

TEST_CASE("bundle: two councils without a link hold the same after a bundle and its reply") {
  Apart apart(2);
  const RecordKey first = apart.net.write(0, "fra A"), second = apart.net.write(1, "fra B");
  CHECK(apart.lacks(0, 1) == 1);

  const Bytes file = apart.write(0, {1});
  CHECK(apart.entries == 1);
  const Apart::Read read = apart.read(1, file);
  REQUIRE(read.status.ok());
  REQUIRE(read.sections.size() == 1);
  CHECK(read.sections[0].writer == apart.net.node(0).self());
  CHECK(read.sections[0].added == 1);
  CHECK(read.sections[0].is_whole);
  CHECK(apart.net.names(1, first) == std::vector<std::string>{"fra A"});
  CHECK(apart.lacks(1, 0) == 1);

  const Bytes reply = apart.write(1, {0});
  CHECK(apart.entries == 1);
  REQUIRE(apart.read(0, reply).status.ok());
  CHECK(apart.net.names(0, second) == std::vector<std::string>{"fra B"});
  CHECK(apart.agree(0, 1));
  CHECK(apart.lacks(0, 1) == 0);  // the reply told what its writer holds by then
  apart.net.crash(0);
  CHECK(apart.lacks(0, 1) > 0);  // nothing of that was kept yet
}

TEST_CASE("bundle: what others hold outlasts the node once it was kept") {
  Apart apart(3);
  apart.net.write(0, "et");
  REQUIRE(apart.read(1, apart.write(0, {1})).status.ok());
  REQUIRE(apart.read(0, apart.write(1, {0})).status.ok());
  REQUIRE(apart.net.node(0).keep_holdings(apart.net.now()).ok());
  REQUIRE(apart.net.node(0).commit(apart.net.now()).ok());
  apart.net.crash(0);
  CHECK(apart.lacks(0, 1) == 0);
  CHECK(apart.lacks(0, 2) == 1);
}

TEST_CASE("bundle: a link that ends leaves what its peer holds, and an older bundle takes nothing of that away") {
  Apart apart(2);
  apart.net.write(1, "nul");
  const Bytes old = apart.write(1);
  apart.net.advance(1min);
  apart.net.write(0, "et");
  const Net::Cable cable = apart.net.connect(1, 0);
  REQUIRE(apart.net.converge());
  apart.net.advance(1s);
  apart.net.cut(cable);
  CHECK(apart.lacks(0, 1) == 0);
  REQUIRE(apart.read(0, old).status.ok());
  CHECK(apart.lacks(0, 1) == 0);
}

TEST_CASE("bundle: many entries are written and read a piece at a time") {
  Apart apart(2);
  for (int i = 0; i < 900; ++i) apart.net.write(0, "nummer " + std::to_string(i));
  const Bytes file = apart.write(0, {1}, 1);
  CHECK(apart.entries == 900);
  const Apart::Read read = apart.read(1, file, 997);
  REQUIRE(read.status.ok());
  CHECK(read.sections[0].added == 900);
  CHECK(apart.agree(0, 1));
}

TEST_CASE("bundle: the same one read twice, or an old one, changes nothing") {
  Apart apart(2);
  apart.net.write(0, "et");
  const Bytes old = apart.write(0);
  apart.net.write(0, "to");
  REQUIRE(apart.read(1, apart.write(0)).status.ok());
  const std::uint64_t entries = apart.net.network(1).entries;
  for (int i = 0; i < 2; ++i) {
    const Apart::Read again = apart.read(1, old);
    REQUIRE(again.status.ok());
    CHECK(again.sections[0].added == 0);
    CHECK(again.sections[0].known > 0);
  }
  CHECK(apart.net.network(1).entries == entries);
}

TEST_CASE("bundle: what follows something that is not here is left, and said") {
  Apart apart(3);
  apart.net.write(0, "et");
  REQUIRE(apart.read(1, apart.write(0, {1})).status.ok());
  REQUIRE(apart.read(0, apart.write(1, {0})).status.ok());  // now 0 knows that 1 has it
  apart.net.write(0, "to");
  const Bytes rest = apart.write(0, {1});
  CHECK(apart.entries == 1);
  const Apart::Read late = apart.read(2, rest);  // which has not got the first
  REQUIRE(late.status.ok());
  CHECK(late.sections[0].unusable == 1);
  CHECK(late.sections[0].added == 0);
  CHECK(apart.read(1, rest).sections[0].added == 1);
  apart.write(0, {1, 2});  // what one of the two is not known to hold
  CHECK(apart.entries == 2);
}

TEST_CASE("bundle: one bit changed, or a byte less, and nothing is taken but whole runs before it") {
  Apart apart(2);
  for (int i = 0; i < 300; ++i) apart.net.write(0, "nummer " + std::to_string(i));  // two runs
  const Bytes file = apart.write(0, {1});
  const std::uint64_t before = apart.net.network(1).entries;
  Bytes changed = file;
  changed[file.size() / 2] ^= 4;
  const Apart::Read damaged = apart.read(1, changed);
  REQUIRE_FALSE(damaged.status.ok());
  CHECK(damaged.status.error().code == Code::Malformed);
  const std::uint64_t added = damaged.sections.empty() ? 0 : damaged.sections[0].added;
  CHECK((added == 0 || added == 256));  // no part of a run
  CHECK(apart.net.network(1).entries == before + added);
  CHECK_FALSE(damaged.sections.at(0).is_whole);

  const Apart::Read cut = apart.read(1, Bytes(file.begin(), file.end() - 5));
  REQUIRE_FALSE(cut.status.ok());
  CHECK(apart.lacks(1, 0) > 0);  // what the writer holds is not believed without the end
  REQUIRE(apart.read(1, file).status.ok());
  CHECK(apart.agree(0, 1));
}

TEST_CASE("bundle: one by a stranger is refused before anything of it is used") {
  Apart apart(2), others(2, 7);
  const Bytes file = others.write(0);
  const Apart::Read foreign = apart.read(0, file);
  CHECK(foreign.foreign == 1);
  CHECK(foreign.sections.empty());

  // Somebody who knows our keys and holds our entries, but is no member: the opening is signed by a key of its own.
  const SigningKey stranger = SigningKey::from_seed(numbered<Seed>(0x66));
  const NetworkId network = apart.net.network(1).row.id;
  Random random = Random::from_number(3);
  for (const bool lies : {false, true}) {
    BundleSealer sealer({apart.pairs[1].public_key}, random);
    Bytes forged = sealer.envelope();
    BundleOpening opening{lies ? apart.net.node(0).self() : stranger.public_key(),
                          apart.net.now().wall,
                          apart.net.node(1).summary_of(apart.net.network(1)),
                          {}};
    opening.signature = stranger.sign(Purpose::Bundle, opening_message(opening, sealer.before()));
    sealer.add(encode(opening), false, forged);
    sealer.add(encode(Message(VectorMessage{network, LogClass::Data, true, {}})), false, forged);
    BundleEnd end{3, {}};
    end.signature = stranger.sign(Purpose::Bundle, end_message(end, sealer.before()));
    sealer.add(encode(end), true, forged);
    const std::uint64_t before = apart.lacks(1, 0);
    const Apart::Read read = apart.read(1, forged);
    REQUIRE(read.sections.size() == 1);
    CHECK(read.sections[0].refused == (lies ? Refused::Unsigned : Refused::Stranger));
    CHECK_FALSE(read.sections[0].is_whole);
    CHECK(apart.lacks(1, 0) == before);
  }
}

TEST_CASE("bundle: a recipient cannot pass another's opening on with a content of its own") {
  Apart apart(3);
  apart.net.write(0, "et");
  const Bytes file = apart.write(0);
  BundleOpener opener(apart.pairs[1]);
  opener.feed(file);
  REQUIRE(opener.next()->what == BundleOpener::What::Begun);
  const Bytes opening = opener.next()->frame;
  Random random = Random::from_number(4);
  BundleSealer sealer({apart.pairs[2].public_key}, random);
  Bytes forged = sealer.envelope();
  sealer.add(opening, true, forged);
  CHECK(apart.read(2, forged).sections.at(0).refused == Refused::Unsigned);
}

TEST_CASE("bundle: a removed member's is refused, it is no recipient, and what the removal leaves out is not taken") {
  Apart apart(3);
  apart.net.write(2, "før");
  const Bytes before = apart.write(2);
  REQUIRE(apart.read(0, before).status.ok());
  apart.net.write(2, "efter");
  const Bytes by_removed = apart.write(2);
  REQUIRE(apart.read(1, by_removed).status.ok());
  const Bytes by_honest = apart.write(1);  // holds "efter", and was written before the removal is known there
  REQUIRE(apart.net.node(0).remove_member(apart.net.network(0), apart.net.node(2).self(), apart.net.now()));
  apart.net.process(0);

  const std::uint64_t entries = apart.net.network(0).entries;
  const Apart::Read removed = apart.read(0, by_removed);
  REQUIRE(removed.sections.size() == 1);
  CHECK(removed.sections[0].refused == Refused::Removed);
  const Apart::Read honest = apart.read(0, by_honest);
  REQUIRE(honest.status.ok());
  CHECK(honest.sections[0].left_out >= 1);
  CHECK(apart.net.network(0).entries == entries);

  const Apart::Read read = apart.read(2, apart.write(0));
  CHECK(read.foreign == 1);
  CHECK(read.sections.empty());
}

TEST_CASE("bundle: a log that goes on here beyond where it is cut is written up to there") {
  Apart apart(3);
  apart.net.write(2, "før");
  REQUIRE(apart.read(0, apart.write(2)).status.ok());
  for (int i = 0; i < 300; ++i) apart.net.write(2, "efter");  // past a checkpoint
  REQUIRE(apart.read(1, apart.write(2)).status.ok());
  REQUIRE(apart.net.node(0).remove_member(apart.net.network(0), apart.net.node(2).self(), apart.net.now()));
  apart.net.process(0);
  REQUIRE(apart.read(1, apart.write(0)).status.ok());
  CHECK(apart.agree(0, 1));
  const std::size_t newcomer = apart.net.add_member(0);
  apart.pairs.push_back(apart.net.give_sealing_key(newcomer));
  REQUIRE(apart.read(1, apart.write(0)).status.ok());           // machine 1 hears of it
  const Net::Cable cable = apart.net.connect(newcomer, 1);  // on a link likewise
  apart.net.advance(10s);
  apart.net.cut(cable);
  CHECK(apart.agree(newcomer, 1));
  CHECK(apart.net.network(newcomer).entries < 100);
  REQUIRE(apart.read(0, apart.write(1)).status.ok());
  CHECK(apart.net.network(0).entries < 100);
}

TEST_CASE("bundle: values that an erasure reaches are not written, and an older bundle brings none back") {
  Apart apart(2);
  const RecordKey record = apart.net.write(0, "Mette Hemmelig");
  const Bytes before = apart.write(0);
  const ChangeBytes erase{encode(Skeleton{record, {{kEraseLater, OperationClass::Erase}}}),
                          encode_values(numbered<Salt>(0x5a), {Value()})};
  REQUIRE(apart.net.node(0).write(apart.net.network(0), {&erase, 1}, apart.net.now()));
  apart.net.process(0);
  const Bytes after = apart.write(0);  // the values are still in the store, for a day

  const auto holds_secret = [&](std::size_t machine) {
    bool found = false;
    for (std::uint8_t table = 1; table <= kTableCount; ++table) {
      REQUIRE(apart.net.storage(machine).scan(static_cast<Table>(table), {}, [&](View, View payload) {
        found = found || text_of(payload).find("Mette Hemmelig") != std::string_view::npos;
        return true;
      }));
    }
    return found;
  };
  CHECK(holds_secret(0));
  REQUIRE(apart.read(1, after).status.ok());
  CHECK(apart.agree(0, 1));
  CHECK_FALSE(holds_secret(1));
  CHECK(apart.net.network(1).missing == 0);
  REQUIRE(apart.read(1, before).status.ok());
  CHECK_FALSE(holds_secret(1));
  CHECK(apart.net.names(1, record).empty());
}

TEST_CASE("bundle: a log that has forked is written with all its branches") {
  Apart apart(2);
  const std::size_t clone = apart.net.add_clone(1);
  apart.net.write(1, "gren en");
  apart.net.write(clone, "gren to");
  const Net::Cable one = apart.net.connect(1, 0);
  REQUIRE(apart.net.converge(10s) == false);  // the clone is not linked
  apart.net.cut(one);
  const Net::Cable two = apart.net.connect(clone, 0);
  apart.net.advance(10s);
  apart.net.cut(two);
  const Bytes file = apart.write(0);
  REQUIRE(apart.read(1, file).status.ok());
  CHECK(apart.agree(0, 1));
}

TEST_CASE("bundle: own entries in it that this store has lost make it begin again") {
  Apart apart(2);
  const MemoryStorage earlier = apart.net.storage(1);
  const Incarnation incarnation = apart.net.node(1).ledger().incarnation();
  const RecordKey later = apart.net.write(1, "later");
  REQUIRE(apart.read(0, apart.write(1)).status.ok());
  apart.net.put_back(1, earlier, false);
  REQUIRE(apart.net.node(1).ledger().incarnation() == incarnation);
  REQUIRE(apart.read(1, apart.write(0)).status.ok());
  CHECK(apart.net.names(1, later) == std::vector<std::string>{"later"});
  CHECK(apart.net.node(1).ledger().incarnation() != incarnation);
  CHECK(apart.net.events(1, EventKind::OwnElsewhere) == 1);
}
