// Stores that were put back: nothing is lost, no log forks where it can be helped, and nothing erased comes back.
#include <doctest/doctest.h>

#include "protocol/base/limits.h"
#include "protocol/node/place.h"
#include "protocol/node/waits.h"
#include "tests/support/builders.h"
#include "tests/support/net.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

// A and B, and B's storage as it was before it wrote "later".
struct PutBack {
  Net net = Net::region(3);
  RecordKey early = net.write(1, "early");
  MemoryStorage earlier;
  RecordKey later;
  Incarnation incarnation = net.node(1).ledger().incarnation();
  PutBack() {
    agree();
    earlier = net.storage(1);
    later = net.write(1, "later");
    agree();
  }
  void agree() {
    for (std::size_t machine = 1; machine < net.size(); ++machine) net.connect(machine, 0);
    REQUIRE(net.converge());
    net.cut_all();
  }
  bool has_forked() {
    for (std::size_t machine = 0; machine < net.size(); ++machine) {
      for (const auto& [id, log] : net.network(machine).logs) {
        if (log.row.tips.size() > 1) return true;
      }
    }
    return false;
  }
  void check_all_there(std::size_t records) {
    for (std::size_t machine = 0; machine < net.size(); ++machine) {
      CAPTURE(machine);
      CHECK(net.names(machine, early) == std::vector<std::string>{"early"});
      CHECK(net.names(machine, later) == std::vector<std::string>{"later"});
      CHECK(net.network(machine).records == records);
      CHECK(net.network(machine).missing == 0);
    }
  }
};

Status erase_soon(Net& net, std::size_t machine, const RecordKey& record) {
  const Skeleton skeleton{record, {{kEraseAtOnce, OperationClass::Erase}}};
  const ChangeBytes change{encode(skeleton), encode_values(numbered<Salt>(9), {Value()})};
  Status written = net.node(machine).write(net.network(machine), {&change, 1}, net.now());
  net.process(machine);
  return written;
}

}  // namespace

TEST_CASE("restored: a store that is noticed to be an older copy writes in a new incarnation, with peers down") {
  PutBack put_back;
  Net& net = put_back.net;
  const StoreId before = net.node(1).store();
  net.put_back(1, put_back.earlier, true);
  CHECK(net.node(1).ledger().incarnation() != put_back.incarnation);
  CHECK(net.node(1).store() != before);
  const RecordKey offline = net.write(1, "offline");
  put_back.agree();
  put_back.check_all_there(net.network(0).records);
  CHECK(net.names(2, offline) == std::vector<std::string>{"offline"});
  CHECK_FALSE(put_back.has_forked());
}

TEST_CASE("restored: the mark is taken once, and what follows from it outlives a crash") {
  PutBack put_back;
  Net& net = put_back.net;
  net.put_back(1, put_back.earlier, true);
  const Incarnation incarnation = net.node(1).ledger().incarnation();
  const StoreId store = net.node(1).store();
  CHECK(net.network(1).withheld.value > 0);
  net.crash(1);
  CHECK(net.node(1).ledger().incarnation() == incarnation);
  CHECK(net.node(1).store() == store);
  CHECK(net.network(1).withheld.value > 0);
}

TEST_CASE("restored: a peer that names later own entries makes the next write begin again, before they are here") {
  PutBack put_back;
  Net& net = put_back.net;
  net.put_back(1, put_back.earlier, false);
  CHECK(net.node(1).ledger().incarnation() == put_back.incarnation);
  for (std::size_t machine : {0, 1}) net.renew_store(machine);  // they remember no agreement, so that vectors are sent
  const std::size_t wants = net.frames("want");
  net.connect(1, 0);
  while (net.frames("want") == wants && net.step()) {
  }
  REQUIRE(net.frames("want") == wants + 1);
  REQUIRE(net.network(1).records == 1);
  const RecordKey at_once = net.write(1, "at once");
  CHECK(net.node(1).ledger().incarnation() != put_back.incarnation);
  CHECK(net.events(1, EventKind::OwnElsewhere) == 1);
  net.connect(2, 0);
  REQUIRE(net.converge());
  put_back.check_all_there(net.network(0).records);
  CHECK(net.names(0, at_once) == std::vector<std::string>{"at once"});
  CHECK_FALSE(put_back.has_forked());
}

TEST_CASE("restored: later own entries that come back make it begin again, also when it writes nothing meanwhile") {
  PutBack put_back;
  Net& net = put_back.net;
  net.put_back(1, put_back.earlier, false);
  put_back.agree();
  CHECK(net.node(1).ledger().incarnation() != put_back.incarnation);
  CHECK(net.events(1, EventKind::OwnElsewhere) == 1);
  net.write(1, "after");
  put_back.agree();
  put_back.check_all_there(net.network(0).records);
  CHECK_FALSE(put_back.has_forked());
}

TEST_CASE("restored: who wrote before anybody could tell has forked its log, both branches count, and it forks no more") {
  PutBack put_back;
  Net& net = put_back.net;
  net.put_back(1, put_back.earlier, false);
  const RecordKey blind = net.write(1, "blind");
  put_back.agree();
  CHECK(put_back.has_forked());
  CHECK(net.events(1, EventKind::OwnElsewhere) == 1);
  CHECK(net.node(1).ledger().incarnation() != put_back.incarnation);
  const RecordKey after = net.write(1, "after");
  put_back.agree();
  put_back.check_all_there(net.network(0).records);
  for (std::size_t machine = 0; machine < 3; ++machine) {
    CHECK(net.names(machine, blind) == std::vector<std::string>{"blind"});
    CHECK(net.names(machine, after) == std::vector<std::string>{"after"});
    for (const auto& [id, log] : net.network(machine).logs) CHECK(log.row.tips.size() <= 2);
  }
}

TEST_CASE("restored: a lying peer that names own entries makes the node begin again once, whatever it names later") {
  Net net = Net::region(2);
  net.write(1, "mine");
  const auto cable = net.attach(1, net.transport(0));
  const auto lie = [&](std::uint64_t seq) {
    const LogId log{net.node(1).self(), net.node(1).ledger().incarnation(), LogClass::Data};
    net.inject(cable, 1, encode(VectorMessage{net.network(1).row.id, LogClass::Data, true, {{log, {{Seq{seq}, {}}}}}}));
    net.run();
  };
  Hello hello;
  hello.store = numbered<StoreId>(1);
  hello.networks = {in_full(net.node(0).summary_of(net.network(0)))};
  hello.signature = net.identity(0).sign(Purpose::Hello, hello_message(hello, {}, net.transport(0), net.transport(1)));
  net.inject(cable, 1, encode(hello));
  net.run();
  REQUIRE(net.is_up(cable));
  lie(500);
  const Incarnation first = net.node(1).ledger().incarnation();
  net.write(1, "more");
  const Incarnation second = net.node(1).ledger().incarnation();
  CHECK(first != second);
  lie(700);
  net.write(1, "more");
  CHECK(net.node(1).ledger().incarnation() == second);
}

TEST_CASE("restored: an ordinary crash is no restore") {
  Net net = Net::region(2);
  net.connect(1, 0);
  const Incarnation incarnation = net.node(1).ledger().incarnation();
  for (int i = 0; i < 5; ++i) {
    net.write(1, "a");
    net.step();
    net.crash(1);
    net.connect(1, 0);
    net.write(1, "b");
  }
  REQUIRE(net.converge());
  CHECK(net.node(1).ledger().incarnation() == incarnation);
  CHECK(net.events(1, EventKind::OwnElsewhere) == 0);
}

TEST_CASE("restored: what was erased meanwhile is given to nobody, is destroyed again, and receipted anew") {
  PutBack put_back;
  Net& net = put_back.net;
  REQUIRE(erase_soon(net, 1, put_back.early));
  put_back.agree();
  net.advance(2s);
  put_back.agree();
  const OperationId erasure = net.network(0).erasures.begin()->first;
  const auto receipted = [&] {
    const auto found = net.node(0).ledger().receipts(net.network(0), {&erasure, 1});
    REQUIRE(found.ok());
    return found->at(erasure).contains(net.node(1).self());
  };
  REQUIRE(receipted());
  net.put_back(1, put_back.earlier, true);
  REQUIRE(net.names(1, put_back.early) == std::vector<std::string>{"early"});  // here it is again
  // A newcomer that it lets in itself agrees with it, and is given nothing all the same.
  const std::size_t newcomer = net.add_device(1);
  CHECK(net.network(newcomer).missing == 1);
  CHECK(net.network(1).withheld.value > 0);
  net.connect(1, 0);  // so that the others know the newcomer
  net.advance(2s);
  net.cut_all();
  put_back.agree();
  net.advance(2s);
  put_back.agree();
  for (std::size_t machine = 0; machine < net.size(); ++machine) CHECK(net.names(machine, put_back.early).empty());
  CHECK(receipted());
  CHECK(net.network(1).withheld.value == 0);
}

TEST_CASE("restored: entries that nobody else has go out without values, which follow once a peer was met") {
  Net net = Net::region(3);
  for (int i = 0; i < 300; ++i) net.write(1, "only here");
  net.put_back(1, net.storage(1), true);
  const auto cable = net.connect(1, 0);
  net.run();
  CHECK(net.network(1).withheld.value > 0);
  CHECK(net.network(0).missing == 300);
  net.write(1, "new");  // which nobody can have erased
  net.run();
  CHECK(net.network(0).missing == 300);
  net.connect(2, 0);
  REQUIRE(net.converge(kValuesAgain + 3min));  // C has asked A before A had them
  CHECK(net.events(1, EventKind::ValuesReleased) == 1);
  CHECK(net.is_up(cable));
  CHECK(net.network(2).records == 301);
}

TEST_CASE("restored: two that were both put back give each other everything once they agree") {
  PutBack put_back;
  Net& net = put_back.net;
  net.write(0, "of A, only here");
  net.put_back(0, net.storage(0), true);
  net.write(1, "of B, only here");
  net.put_back(1, net.storage(1), true);
  put_back.agree();
  put_back.check_all_there(net.network(2).records);
}
