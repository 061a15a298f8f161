// What a check finds in a store whose rows do not follow from the entries.
#include "tests/protocol/node/lost_rows.h"

using namespace budstikke;
using namespace budstikke::tests;

TEST_CASE("check: the lists of conflicts and of wanted values are those that follow from the records") {
  Rich rich;
  Net& net = rich.net;
  check_sound(net, 1);
  const auto differs = [&](const char* what) {
    const Result<Ledger::Check> found = net.node(1).ledger().check(net.network(1));
    REQUIRE(found.ok());
    CHECK(found->vector_ok);
    CHECK_FALSE(found->state_ok);
    REQUIRE(found->differences.size() == 1);
    CHECK_MESSAGE(found->differences[0].find(what) != std::string::npos, found->differences[0]);
  };
  const Bytes conflict = keys_of(net, 1, Table::Conflicts).at(0);
  lose(net, 1, Table::Conflicts, conflict);
  differs("of 1 records with a conflict 0 are listed, and 0 without one");
  REQUIRE(net.storage(1).put(Table::Conflicts, conflict, {}));
  check_sound(net, 1);
  const NetworkNumber number = net.network(1).number;
  const Bytes calm = numbered_key(number, 1), present = missing_key(number, {EntryNumber{1}, 0});
  REQUIRE(net.storage(1).put(Table::Conflicts, calm, {}));
  differs("of 1 records with a conflict 1 are listed, and 1 without one");
  lose(net, 1, Table::Conflicts, calm);
  REQUIRE(net.storage(1).put(Table::Missing, present, {}));
  differs("of 0 values that are wanted 0 are listed, and 1 others; 0 are counted");
  lose(net, 1, Table::Missing, present);
  check_sound(net, 1);
}

TEST_CASE("check: names what is not as it follows from the entries") {
  Rich rich;
  Net& net = rich.net;
  net.network(1).buckets[3].add(numbered<Hash>(5));
  Result<Ledger::Check> found = net.node(1).ledger().check(net.network(1));
  REQUIRE(found.ok());
  CHECK_FALSE(found->state_ok);
  CHECK(found->vector_ok);
  CHECK(found->differences == std::vector<std::string>{"the digest of bucket 3 is not that of its records"});
  net.crash(1);
  lose(net, 1, Table::Entries, entry_key(net, 1, 0, 2));
  found = net.node(1).ledger().check(net.network(1));
  CHECK((!found || !found->vector_ok));
}
