// Members that are removed and come back: what they wrote counts exactly as far as the removal keeps it, on every node, whatever
// had arrived first.
#include <doctest/doctest.h>

#include <algorithm>

#include "protocol/base/limits.h"
#include "tests/support/net.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

void remove_member(Net& net, std::size_t by, std::size_t whom) {
  REQUIRE(net.node(by).remove_member(net.network(by), net.node(whom).self(), net.now()));
  net.process(by);
}

void readmit(Net& net, std::size_t by) {
  const auto& removals = net.network(by).membership.removals();
  REQUIRE(removals.size() == 1);
  REQUIRE(net.node(by).readmit(net.network(by), removals.begin()->first, net.now()));
  net.process(by);
}

// Machines 0, 1 and 2, of which 0 is the founder; all linked to 0, and 1 to 2.
Net region_of_three() {
  Net net = Net::region(3);
  net.connect(1, 0);
  net.connect(2, 0);
  net.connect(1, 2);
  REQUIRE(net.converge());
  return net;
}

}  // namespace

TEST_CASE("removal: what came after is no bridge to what it overwrote, since not everybody has it") {
  Net net = Net::region(2);
  const std::size_t device = net.add_device(1);  // of the same council
  net.connect(1, 0);
  net.run();
  net.connect(device, 0);
  REQUIRE(net.converge());
  const RecordKey record = net.write(1, "kept");
  REQUIRE(net.converge());
  net.cut_all();
  net.edit(1, record, "late");
  net.connect(device, 1);
  net.run();
  net.advance(1s);
  REQUIRE(net.names(device, record) == std::vector<std::string>{"late"});
  net.cut_all();
  net.edit(device, record, "over it");  // names what the founder will never get
  remove_member(net, 0, 1);
  net.connect(device, 0);
  net.run();
  net.advance(2s);
  CHECK(agree(net, 0, device));
  CHECK(net.names(device, record) == net.names(0, record));
  CHECK(net.names(0, record).size() == 2);  // a conflict that people settle: nobody saw both who counts
  net.crash(device);
  CHECK(net.names(device, record) == net.names(0, record));
}

TEST_CASE("removal: what was kept counts, what came after is void at every node, and the link is cut") {
  Net net = region_of_three();
  const RecordKey kept = net.write(1, "kept");
  REQUIRE(net.converge());
  net.cut_all();
  const RecordKey late = net.write(1, "late");  // offline, as on a stolen laptop
  net.edit(1, kept, "changed by the thief");
  remove_member(net, 0, 1);
  net.connect(2, 0);
  net.run();
  const auto cable = net.connect(1, 2);  // which does not let it in any more
  net.run();
  net.advance(2s);
  CHECK_FALSE(net.is_up(cable));
  CHECK(agree(net, 0, 2));
  for (const std::size_t machine : {0, 2}) {
    CAPTURE(machine);
    CHECK(net.names(machine, kept) == std::vector<std::string>{"kept"});
    CHECK(net.names(machine, late).empty());
  }
}

TEST_CASE("removal: entries that are here already become void, and their records change back exactly") {
  Net net = region_of_three();
  const RecordKey record = net.write(1, "before");
  REQUIRE(net.converge());
  const NetworkSummary before = net.node(2).summary_of(net.network(2));
  const Hash state = net.network(2).state_digest();
  net.cut_all();
  net.edit(1, record, "after");
  const RecordKey other = net.write(1, "another");
  net.connect(1, 2);
  net.run();
  net.advance(1s);
  REQUIRE(net.names(2, record) == std::vector<std::string>{"after"});
  net.cut_all();
  remove_member(net, 0, 1);  // which knows of "before" alone
  net.connect(2, 0);
  net.run();
  net.advance(2s);
  CHECK(agree(net, 0, 2));
  CHECK(net.names(2, record) == std::vector<std::string>{"before"});
  CHECK(net.names(2, other).empty());
  CHECK(net.network(2).state_digest() == state);
  CHECK(net.node(2).summary_of(net.network(2)).vector == before.vector);
  SUBCASE("a restart sees the same") {
    const NetworkSummary summary = net.node(2).summary_of(net.network(2));
    net.crash(2);
    CHECK(net.node(2).summary_of(net.network(2)) == summary);
    CHECK(net.names(2, record) == std::vector<std::string>{"before"});
  }
  SUBCASE("a newcomer is not sent what does not count") {
    const std::size_t newcomer = net.add_member(0);
    net.connect(newcomer, 2);
    net.run();
    net.advance(2s);
    CHECK(agree(net, newcomer, 2));
    CHECK(net.names(newcomer, record) == std::vector<std::string>{"before"});
    CHECK(net.network(newcomer).entries < net.network(2).entries);
  }
  SUBCASE("taken back, everything counts again, also where it had never been") {
    readmit(net, 0);
    net.advance(5s);
    CHECK(agree(net, 0, 2));
    CHECK(net.names(2, record) == std::vector<std::string>{"after"});
    CHECK(net.names(0, record) == std::vector<std::string>{"after"});
    CHECK(net.names(0, other) == std::vector<std::string>{"another"});
  }
}

TEST_CASE("removal: more records than are folded at once are folded in steps, and the digest is pending meanwhile") {
  Net net = Net::region(3);
  net.connect(1, 2);
  net.run();
  for (int i = 0; i < 1'500; ++i) net.write(1, "offline");
  net.run();
  net.advance(1s);
  const Hash full = net.network(2).state_digest();
  net.cut_all();
  remove_member(net, 0, 1);
  net.connect(2, 0);
  bool pending = false;
  while (net.step()) pending = pending || net.network(2).is_pending();
  CHECK(pending);
  SUBCASE("a restart goes on") {
    if (net.network(2).is_pending()) net.crash(2);
    net.connect(2, 0);
  }
  CHECK(net.node(2).summary_of(net.network(2)).state ==
        (net.network(2).is_pending() ? DigestTag{} : tag_of(net.network(2).state_digest())));
  net.run();
  net.advance(5s);
  CHECK_FALSE(net.network(2).is_pending());
  CHECK(agree(net, 0, 2));
  CHECK(net.network(2).state_digest() != full);
  CHECK(net.events(2, EventKind::StateDiffers) + net.events(0, EventKind::StateDiffers) == 0);
}

TEST_CASE("removal: the link of who is removed is cut by every node that hears of it") {
  Net net = region_of_three();
  remove_member(net, 0, 1);
  net.run();
  const std::vector<std::string>& drops = net.drops();
  for (const char* who : {"A", "C"}) {
    CHECK(std::count(drops.begin(), drops.end(), std::string(who) + ": its key was removed from the network") == 1);
  }
}

TEST_CASE("removal: only coordinators remove others, and nobody itself") {
  Net net = region_of_three();
  CHECK(net.node(1).remove_member(net.network(1), net.node(2).self(), net.now()).error().code == Code::NotAllowed);
  CHECK(net.node(0).remove_member(net.network(0), net.node(0).self(), net.now()).error().code == Code::NotAllowed);
  CHECK(net.node(0).remove_member(net.network(0), MemberKey{}, net.now()).error().code == Code::NotFound);
  const std::size_t device = net.add();
  net.join(device, net.invite(1, Role::Council, council_of(net.node(1).self())), 1);
  net.connect(device, 1);
  net.run();
  CHECK(net.node(1).remove_member(net.network(1), net.node(device).self(), net.now()).ok());  // a device of the own council
}

TEST_CASE("removal: a fork below the kept entry counts as far as the kept branch goes") {
  Net net = region_of_three();
  const RecordKey common = net.write(1, "common");
  REQUIRE(net.converge());
  net.cut_all();
  const std::size_t clone = net.add_clone(1);
  const RecordKey left = net.write(1, "left");
  const RecordKey right = net.write(clone, "right");
  net.connect(1, 0);  // the founder sees one branch only, and keeps it
  net.run();
  net.advance(1s);
  net.cut_all();
  net.connect(clone, 2);
  net.run();
  net.advance(1s);
  REQUIRE(net.names(2, right) == std::vector<std::string>{"right"});
  remove_member(net, 0, 1);
  net.cut_all();
  net.connect(2, 0);
  net.run();
  net.advance(3s);
  CHECK(agree(net, 0, 2));
  for (const std::size_t machine : {0, 2}) {
    CHECK(net.names(machine, common) == std::vector<std::string>{"common"});
    CHECK(net.names(machine, left) == std::vector<std::string>{"left"});
    CHECK(net.names(machine, right).empty());
  }
}

TEST_CASE("removal: a newcomer gets the log up to the cut from a node that holds more of it") {
  Net net = region_of_three();
  const RecordKey record = net.write(1, "before");
  REQUIRE(net.converge());
  net.cut_all();
  std::size_t more = 2;
  SUBCASE("a little more") {}
  SUBCASE("more than a run") { more = kMaxRunEntries + 10; }
  for (std::size_t i = 0; i < more; ++i) net.write(1, "after");
  net.connect(1, 2);
  net.run();
  net.advance(1s);
  net.cut_all();
  remove_member(net, 0, 1);
  net.connect(2, 0);
  net.run();
  net.advance(2s);
  const std::size_t newcomer = net.add();
  const Ticket ticket = net.invite(0);
  net.run();
  net.join(newcomer, ticket, 2);  // it never meets the founder, which holds no more than counts
  net.connect(newcomer, 2);
  net.run();
  net.advance(2s);
  CHECK(agree(net, newcomer, 2));
  CHECK(net.names(newcomer, record) == std::vector<std::string>{"before"});
  CHECK(net.network(newcomer).entries == net.network(2).entries - more);
}

TEST_CASE("removal: of two that keep differently much, the one that keeps less tells everybody how far the log counts") {
  Net net = region_of_three();
  const std::size_t observer = net.add_member(0);
  net.connect(observer, 0);
  REQUIRE(net.converge());
  REQUIRE(net.node(0).give_role(net.network(0), net.node(1).self(), Role::Coordinator, {}, net.now()));
  net.process(0);
  net.write(2, "first");
  REQUIRE(net.converge());
  net.cut_all();
  net.write(2, "second");
  net.connect(2, 1);
  net.run();
  net.advance(1s);
  net.cut_all();
  remove_member(net, 0, 2);  // which has heard of one
  remove_member(net, 1, 2);  // and of two
  net.connect(1, 0);
  net.run();
  net.advance(2s);
  net.connect(observer, 0);
  net.connect(observer, 1);
  net.run();
  net.advance(3min);
  CHECK(agree(net, 0, 1));
  CHECK(agree(net, 0, observer));
  for (const std::size_t machine : {std::size_t{0}, std::size_t{1}, observer}) {
    CHECK(net.node(machine).summary_of(net.network(machine)) == net.node(0).summary_of(net.network(0)));
  }
}

TEST_CASE("removal: a branch that comes after the removal does not count, also below the seq of the kept entry") {
  Net net = region_of_three();
  const RecordKey common = net.write(1, "common");
  REQUIRE(net.converge());
  net.cut_all();
  const std::size_t clone = net.add_clone(1);
  const RecordKey left = net.write(1, "left");
  net.edit(clone, common, "right");
  const auto cable = net.connect(0, 2);
  net.connect(1, 0);
  net.run();
  net.advance(1s);
  remove_member(net, 0, 1);
  net.run();
  net.advance(1s);
  REQUIRE(agree(net, 0, 2));
  REQUIRE(net.names(2, left) == std::vector<std::string>{"left"});
  const NetworkSummary before = net.node(2).summary_of(net.network(2));
  // What an accomplice, or a node that has not heard of the removal, may send.
  const LogId id{net.node(clone).self(), net.node(clone).ledger().incarnation(), LogClass::Data};
  const Log* log = net.node(clone).ledger().find_log(net.network(clone), id);
  REQUIRE(log != nullptr);
  const auto run = net.node(clone).ledger().next_run(*log, Seq{1}, log->row.tips.back());
  REQUIRE((run.ok() && run->has_value()));
  const std::uint64_t entries = net.network(2).entries;
  net.inject(
      cable, 2,
      encode(Message(RunMessage{net.network(2).row.id, id, Seq{2}, 1, (**run).end, (**run).signature, (**run).bodies[0]})));
  net.run();
  REQUIRE(net.network(2).entries == entries + 1);
  CHECK(net.names(2, common) == std::vector<std::string>{"common"});
  CHECK(net.node(2).summary_of(net.network(2)) == before);
  const Result<Ledger::Check> found = net.node(2).ledger().check(net.network(2));
  REQUIRE(found.ok());
  CHECK(found->state_ok);
}

TEST_CASE("removal: logs that the remover never saw count nowhere, nor does what the key decided in them") {
  Net net = region_of_three();
  const RecordKey known = net.write(1, "known");
  REQUIRE(net.converge());
  net.cut_all();
  const std::size_t clone = net.add_clone(1);  // a copy, or a thief's: it writes in logs of its own
  REQUIRE(net.node(clone).ledger().renew_incarnation(Incarnation{77}).ok());
  const RecordKey unseen = net.write(clone, "unseen");
  const std::size_t device = net.add_device(clone);
  net.connect(clone, 2);
  net.run();
  net.advance(1s);
  REQUIRE(net.names(2, unseen) == std::vector<std::string>{"unseen"});
  REQUIRE(net.network(2).membership.find(net.node(device).self()) != nullptr);
  net.cut_all();
  remove_member(net, 0, 1);
  REQUIRE(net.network(0).membership.find(net.node(device).self()) == nullptr);
  net.connect(2, 0);
  net.run();
  net.advance(3s);
  CHECK(agree(net, 0, 2));
  for (const std::size_t machine : {0, 2}) {
    CHECK(net.names(machine, known) == std::vector<std::string>{"known"});
    CHECK(net.names(machine, unseen).empty());
    CHECK(net.network(machine).membership.find(net.node(device).self()) == nullptr);
  }
  readmit(net, 0);  // and counts again, wherever it is
  net.run();
  net.advance(3s);
  CHECK(net.names(2, unseen) == std::vector<std::string>{"unseen"});
  CHECK(net.network(2).membership.find(net.node(device).self()) != nullptr);
  CHECK(agree(net, 0, 2));
}
