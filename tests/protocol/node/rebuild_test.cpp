// Rows that are lost: what is derived is made anew, what is not is fetched again, and nothing that is here gets lost on the way.
#include "protocol/base/limits.h"
#include "tests/protocol/node/lost_rows.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

TEST_CASE("rebuild: from the entries alone everything derived comes back as it was") {
  Rich rich;
  Net& net = rich.net;
  const NetworkSummary before = net.node(1).summary_of(net.network(1));
  const std::uint64_t records = net.network(1).records, entries = net.network(1).entries, missing = net.network(1).missing;
  const std::vector<Bytes> conflicts = keys_of(net, 1, Table::Conflicts), erasures = keys_of(net, 1, Table::Erasures);
  REQUIRE(conflicts.size() == 1);
  REQUIRE(erasures.size() == 1);
  check_sound(net, 1);
  SUBCASE("nothing was lost") {}
  SUBCASE("records were lost") {
    const std::vector<Bytes> keys = keys_of(net, 1, Table::Records);
    for (std::size_t i = 0; i < keys.size(); i += 3) lose(net, 1, Table::Records, keys[i]);
  }
  SUBCASE("ids of records were lost") {
    const std::vector<Bytes> keys = keys_of(net, 1, Table::RecordIds);
    for (std::size_t i = 0; i < keys.size(); i += 2) lose(net, 1, Table::RecordIds, keys[i]);
  }
  SUBCASE("buckets and indexes were lost") {
    for (Table table : {Table::Buckets, Table::Conflicts, Table::Missing, Table::Stale}) {
      for (const Bytes& key : keys_of(net, 1, table)) lose(net, 1, table, key);
    }
  }
  SUBCASE("rows are damaged") {
    for (const Bytes& key : keys_of(net, 1, Table::Records)) net.storage(1).damage(Table::Records, key);
    for (const Bytes& key : keys_of(net, 1, Table::RecordIds)) net.storage(1).damage(Table::RecordIds, key);
  }
  restart_to_rebuild(net, 1);
  CHECK(net.node(1).summary_of(net.network(1)) == before);
  CHECK(net.network(1).records == records);
  CHECK(net.network(1).entries == entries);
  CHECK(net.network(1).missing == missing);
  CHECK(keys_of(net, 1, Table::Conflicts).size() == conflicts.size());
  CHECK(keys_of(net, 1, Table::Erasures) == erasures);
  for (std::size_t i = 0; i < rich.records.size(); ++i) {
    CHECK(net.names(1, rich.records[i]) == std::vector<std::string>{"record " + std::to_string(i)});
  }
  CHECK(net.names(1, rich.event).size() == 2);
  check_sound(net, 1);
  net.crash(1);  // and it is on the disk
  CHECK(net.node(1).summary_of(net.network(1)) == before);
  check_sound(net, 1);
}

TEST_CASE("rebuild: one that is interrupted at any commit begins anew") {
  for (int nth = 1; nth < 40; ++nth) {
    Rich rich;
    Net& net = rich.net;
    const NetworkSummary before = net.node(1).summary_of(net.network(1));
    REQUIRE(net.storage(1).put(Table::Meta, view_of(Ledger::kRebuildKey), {}));
    REQUIRE(net.storage(1).commit());
    net.storage(1).fail_commit(nth, Code::Io);
    const std::uint64_t commits = net.storage(1).commits();
    const bool interrupted = !Ledger::load(net.storage(1), Incarnation{1});
    net.crash(1);
    CHECK(net.node(1).summary_of(net.network(1)) == before);
    check_sound(net, 1);
    if (!interrupted) {
      MESSAGE("commits of a rebuild: " << nth - 1);
      CHECK(nth > 3);
      break;
    }
    CHECK(net.storage(1).commits() > commits);
    REQUIRE(nth < 39);
  }
}

TEST_CASE("rebuild: a lost entry of another's log is fetched again, and nothing is announced that is not here") {
  Net net = Net::region(2);
  std::vector<RecordKey> records;
  for (int i = 0; i < 600; ++i) records.push_back(net.write(0, "record " + std::to_string(i)));
  net.connect(1, 0);
  REQUIRE(net.converge());
  net.cut_all();
  for (std::uint64_t seq : {5, 255, 300, 301, 500}) lose(net, 1, Table::Entries, entry_key(net, 1, 0, seq + 1));
  restart_to_rebuild(net, 1);
  check_sound(net, 1, true);
  CHECK(net.network(1).entries < net.network(0).entries);
  CHECK_FALSE(agree(net, 0, 1));
  net.connect(1, 0);
  net.run();
  net.advance(2s);
  CHECK(net.events(0, EventKind::StateDiffers) + net.events(1, EventKind::StateDiffers) == 0);
  REQUIRE(net.converge());
  check_sound(net, 1);
  for (int i = 0; i < 600; ++i) CHECK(net.names(1, records[static_cast<std::size_t>(i)]).size() == 1);
  net.crash(1);
  check_sound(net, 1);
  CHECK(agree(net, 0, 1));
  CHECK(keys_of(net, 1, Table::Entries).size() == net.network(1).entries);  // orphans are gone
}

TEST_CASE("rebuild: a lost checkpoint, or only its signature, comes again, and the log can be sent to others") {
  Net net = Net::region(3);
  for (int i = 0; i < 600; ++i) net.write(0, "record");
  net.connect(1, 0);
  net.run();
  net.advance(1s);
  REQUIRE(agree(net, 0, 1));
  net.cut_all();
  const auto checkpoint = [&](std::size_t machine) {
    for (const Bytes& key : keys_of(net, machine, Table::Checkpoints)) {
      if (key[15] == 0 && key[14] == 1) return key;  // seq 256
    }
    FAIL("no checkpoint");
    return Bytes{};
  };
  SUBCASE("another's signature") {
    lose(net, 1, Table::Checkpoints, checkpoint(1));
    restart_to_rebuild(net, 1);
    CHECK(net.network(1).entries < net.network(0).entries);
    check_sound(net, 1, true);
    net.connect(1, 0);
    net.run();
  }
  SUBCASE("another's entry") {
    lose(net, 1, Table::Entries, entry_key(net, 1, 0, 256));
    restart_to_rebuild(net, 1);
    net.connect(1, 0);
    net.run();
  }
  SUBCASE("one's own signature, which is given again") {
    lose(net, 0, Table::Checkpoints, checkpoint(0));
    restart_to_rebuild(net, 0);
    CHECK(net.network(1).entries == net.network(0).entries);
  }
  net.advance(2s);
  for (const std::size_t machine : {0, 1}) {
    check_sound(net, machine);
    CHECK(keys_of(net, machine, Table::Entries).size() == net.network(machine).entries);
    CHECK(keys_of(net, machine, Table::Checkpoints).size() == 2);
    net.cut_all();
    net.connect(2, machine);  // which asks for the log from its start
    net.run();
    net.advance(2s);
    REQUIRE_FALSE(net.is_dead(machine));
    CHECK(agree(net, machine, 2));
  }
}

TEST_CASE("rebuild: own entries behind a lost one wait, count again once it is back, and are never forked") {
  Net net = Net::region(2);
  for (int i = 0; i < 300; ++i) net.write(1, "common");
  net.connect(1, 0);
  REQUIRE(net.converge());
  net.cut_all();
  std::vector<RecordKey> unshared;
  for (int i = 0; i < 7; ++i) unshared.push_back(net.write(1, "unshared"));
  lose(net, 1, Table::Entries, entry_key(net, 1, 1, 100));
  restart_to_rebuild(net, 1);
  const RecordKey after = net.write(1, "after");  // in a new incarnation
  CHECK(net.names(1, unshared[0]).empty());
  SUBCASE("at once") {}
  SUBCASE("after another restart") { net.crash(1); }
  SUBCASE("after another rebuild") { restart_to_rebuild(net, 1); }
  net.connect(1, 0);
  net.run();
  net.advance(2s);
  REQUIRE(net.converge());
  CHECK(keys_of(net, 1, Table::Entries).size() == net.network(1).entries);  // orphans are gone
  for (const std::size_t machine : {0, 1}) {
    CAPTURE(machine);
    for (const RecordKey& record : unshared) CHECK(net.names(machine, record) == std::vector<std::string>{"unshared"});
    CHECK(net.names(machine, after) == std::vector<std::string>{"after"});
    CHECK(net.events(machine, EventKind::ForkSeen) == 0);
    check_sound(net, machine);
  }
}

TEST_CASE("rebuild: of a branch of a log that has forked nothing counts that is not announced, and nothing is lost") {
  Net net = Net::region(3);
  const RecordKey common = net.write(1, "common");
  net.write(1, "common");
  for (std::size_t machine : {0, 2}) net.connect(machine, 1);
  REQUIRE(net.converge());
  net.cut_all();
  const std::size_t clone = net.add_clone(1);
  const RecordKey left = net.write(1, "left");
  std::vector<RecordKey> right;
  for (int i = 0; i < 3; ++i) right.push_back(net.write(clone, "right"));
  net.connect(0, 1);
  net.connect(2, 1);
  net.run();
  net.advance(1s);
  REQUIRE(agree(net, 0, 2));
  const NetworkSummary without_right = net.node(2).summary_of(net.network(2));
  net.cut_all();
  net.connect(0, clone);
  net.run();
  net.advance(1s);
  REQUIRE(agree(net, 0, clone));  // which has the left branch from there
  net.cut_all();
  const auto all_are_there = [&] {
    CHECK(net.names(0, common) == std::vector<std::string>{"common"});
    CHECK(net.names(0, left) == std::vector<std::string>{"left"});
    for (const RecordKey& record : right) CHECK(net.names(0, record) == std::vector<std::string>{"right"});
    check_sound(net, 0);
    CHECK(keys_of(net, 0, Table::Entries).size() == net.network(0).entries);  // orphans are gone
  };
  const std::uint64_t last = 2 + right.size();
  SUBCASE("an entry of one branch") {
    lose(net, 0, Table::Entries, entry_key(net, 0, 1, last - 1));
    restart_to_rebuild(net, 0);
    check_sound(net, 0, true);
    CHECK(net.names(0, right[0]).empty());  // its signature came with the entry at the end
    CHECK(net.node(0).summary_of(net.network(0)) == without_right);
    SUBCASE("at once") {}
    SUBCASE("after another restart") { net.crash(0); }
    SUBCASE("after another rebuild") { restart_to_rebuild(net, 0); }
    CHECK(net.node(0).summary_of(net.network(0)) == without_right);
    net.connect(0, clone);
    net.run();
    net.advance(2s);
    REQUIRE(agree(net, 0, clone));
    all_are_there();
  }
  SUBCASE("the end of one branch") {
    lose(net, 0, Table::Entries, entry_key(net, 0, 1, last));
    restart_to_rebuild(net, 0);
    CHECK(net.node(0).summary_of(net.network(0)) == without_right);
    net.connect(0, clone);
    net.run();
    net.advance(2s);
    REQUIRE(agree(net, 0, clone));
    all_are_there();
  }
  SUBCASE("an entry before both, which somebody has who knows of one branch only") {
    lose(net, 0, Table::Entries, entry_key(net, 0, 1, 1));
    restart_to_rebuild(net, 0);
    check_sound(net, 0, true);
    net.connect(0, 2);  // it has the left branch
    net.run();
    net.advance(2s);
    REQUIRE(agree(net, 0, 2));
    all_are_there();
    CHECK(net.names(2, right.back()) == std::vector<std::string>{"right"});
  }
}

TEST_CASE("rebuild: a lost membership entry takes members away until it is back") {
  Net net = Net::region(4);
  const RecordKey record = net.write(3, "mine");
  for (std::size_t machine = 1; machine < 4; ++machine) net.connect(machine, 0);
  REQUIRE(net.converge());
  net.cut_all();
  lose(net, 1, Table::Entries, entry_key(net, 1, 0, 3, LogClass::Membership));
  restart_to_rebuild(net, 1);
  CHECK(net.network(1).membership.members().size() < 4);
  check_sound(net, 1, true);
  net.connect(0, 1);
  net.run();
  net.advance(2s);
  REQUIRE(agree(net, 0, 1));
  CHECK(net.network(1).membership.members().size() == 4);
  CHECK(net.names(1, record) == std::vector<std::string>{"mine"});
  check_sound(net, 1);
}

TEST_CASE("rebuild: who lost what tells of the others takes nobody that was known before for a stranger") {
  Net net = Net::region(3);
  const Bytes lost = entry_key(net, 0, 0, 3, LogClass::Membership);  // the first one's admission, by the founder
  SUBCASE("while it runs") {
    const auto cable = net.connect(1, 0);
    net.run();
    lose(net, 0, Table::Entries, lost);
    REQUIRE(net.storage(0).commit());
    REQUIRE(net.node(0).rebuild(net.now()));
    CHECK(net.network(0).membership.members().size() == 1);
    net.process(0);
    net.run();
    net.advance(2s);
    CHECK(net.is_up(cable));
  }
  SUBCASE("at a start, with what the shell knew") {
    const ReachableMember member{net.transport(1), "b:7420"};
    lose(net, 0, Table::Entries, lost);
    restart_to_rebuild(net, 0);
    REQUIRE(net.network(0).membership.members().size() == 1);
    CHECK_FALSE(net.network(0).trusts(net.transport(1)));
    REQUIRE(net.node(0).remember(net.network(0).row.id, {&member, 1}, net.now()));
    net.process(0);
    net.crash(0);
    CHECK(net.network(0).trusts(net.transport(1)));
    CHECK_FALSE(net.network(0).trusts(net.transport(2)));
    net.connect(0, 1);
    net.run();
    net.advance(2s);
  }
  CHECK(agree(net, 0, 1));
  CHECK(net.network(0).membership.members().size() == 3);
  check_sound(net, 0);
  REQUIRE(net.node(0).remove_member(net.network(0), net.node(1).self(), net.now()));
  CHECK_FALSE(net.network(0).trusts(net.transport(1)));
}

TEST_CASE("rebuild: a program that knows more than the one which folded the records folds them anew") {
  Rich rich;
  Net& net = rich.net;
  const NetworkSummary before = net.node(1).summary_of(net.network(1));
  const std::vector<Bytes> keys = keys_of(net, 1, Table::Records);
  for (const Bytes& key : keys) lose(net, 1, Table::Records, key);  // as good as folded wrongly
  SUBCASE("another model") {
    const Bytes older{kEntryVersion, kOperationClasses - 1};
    REQUIRE(net.storage(1).put(Table::Meta, view_of(std::string_view("model")), older));
    REQUIRE(net.storage(1).commit());
    net.crash(1);
    CHECK(keys_of(net, 1, Table::Records).size() == keys.size());
    CHECK(net.node(1).summary_of(net.network(1)) == before);
    check_sound(net, 1);
  }
  SUBCASE("the same model") {
    REQUIRE(net.storage(1).commit());
    net.crash(1);
    CHECK(keys_of(net, 1, Table::Records).empty());
  }
}

TEST_CASE("rebuild: an erasure whose row was lost waits its whole time anew") {
  Net net = Net::region(2);
  net.connect(1, 0);
  const RecordKey record = net.write(1, "Mette Hemmelig");
  REQUIRE(net.converge());
  const ChangeBytes erase{encode(Skeleton{record, {{kEraseLater, OperationClass::Erase}}}), encode_values(Salt{}, {Value()})};
  REQUIRE(net.node(0).write(net.network(0), {&erase, 1}, net.now()));
  net.process(0);
  net.advance(1s);
  for (const Bytes& key : keys_of(net, 0, Table::Erasures)) lose(net, 0, Table::Erasures, key);
  restart_to_rebuild(net, 0);
  net.advance(1s);
  REQUIRE(net.network(0).erasures.size() == 1);
  CHECK(rows_with(net, 0, "Mette Hemmelig") == 1);
  SUBCASE("as one whole") { net.advance(kErasureDelay - 1min); }
  SUBCASE("with a restart in between") {
    net.advance(kErasureDelay / 2);
    net.crash(0);
    net.advance(kErasureDelay / 2 - 1min);
  }
  CHECK(rows_with(net, 0, "Mette Hemmelig") == 1);
  net.advance(2min);
  CHECK(rows_with(net, 0, "Mette Hemmelig") == 0);
}

TEST_CASE("rebuild: what an erasure that is due reaches and that is on the disk already is destroyed with a shred") {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {  // with about half of them the redaction reaches the third node first
    CAPTURE(seed);
    Net net = Net::region(3, seed);
    const RecordKey record = net.write(1, "Mette Hemmelig");
    const auto cable = net.connect(1, 0);
    net.run();
    net.advance(1s);
    const Result<std::optional<RecordNumber>> number = net.node(0).ledger().find_record(net.network(0), id_of(record));
    REQUIRE((number && *number));
    const Result<std::optional<RecordState>> state = net.node(0).ledger().record(**number);
    REQUIRE((state && *state));
    const OperationId name = (**state).id_of((**state).live.front());
    const ChangeBytes redact{encode(Skeleton{record, {{kEraseLater, OperationClass::Redact, {name}}}}),
                             encode_values(Salt{}, {Value()})};
    REQUIRE(net.node(0).write(net.network(0), {&redact, 1}, net.now()));
    net.process(0);
    net.cut(cable);
    net.connect(2, 0);
    net.run();
    net.advance(1s);
    REQUIRE(rows_with(net, 2, "Mette Hemmelig") == 1);
    const std::uint64_t shreds = net.storage(2).shreds();
    Now due = net.now();
    due.wall.ms += kErasureDelay.count();
    REQUIRE(net.node(2).rebuild(due));
    net.advance(kErasureDelay);
    CHECK(rows_with(net, 2, "Mette Hemmelig") == 0);
    CHECK(net.storage(2).shreds() == shreds + 1);
  }
}
