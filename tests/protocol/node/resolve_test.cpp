// Settling a conflict at two nodes at once.
#include "protocol/records/resolve.h"

#include <doctest/doctest.h>

#include "tests/support/net.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

using Names = std::vector<std::string>;

// Two devices of one council that wrote a record's name apart and know of it.
struct Divided {
  Net net = Net::region(1);
  std::size_t office = 0, laptop = net.add_device(0);
  RecordKey record = net.write(office, "from the start");
  Divided() {
    meet();
    apart("office", "laptop");
    REQUIRE(names() == Names{"laptop", "office"});
  }
  void meet() {
    net.connect(laptop, office);
    REQUIRE(net.converge());
    net.cut_all();
  }
  // Both write, not knowing of each other, and meet.
  void apart(const std::string& at_office, const std::string& at_laptop) {
    net.advance(1s);
    net.edit(office, record, at_office);
    net.advance(1s);
    net.edit(laptop, record, at_laptop);
    meet();
  }
  Names names() {
    CHECK(net.names(office, record) == net.names(laptop, record));
    return net.names(office, record);
  }
  RecordView view(std::size_t machine) {
    const Ledger& ledger = net.node(machine).ledger();
    const Result<std::optional<RecordNumber>> number = ledger.find_record(net.network(machine), id_of(record));
    const Result<std::optional<RecordState>> state = ledger.record(**number);
    return *ledger.view(**state);
  }
  std::size_t conflicted(std::size_t machine) {
    std::size_t count = 0;
    REQUIRE(net.node(machine).ledger().each_conflicted(net.network(machine), [&](RecordNumber, const RecordState&) {
      ++count;
      return true;
    }));
    return count;
  }
};

}  // namespace

TEST_CASE("resolve: two nodes that choose the same at once settle it") {
  Divided divided;
  CHECK(divided.conflicted(0) == 1);
  divided.apart("office", "office");
  CHECK(divided.names() == Names{"office"});
  for (std::size_t machine : {divided.office, divided.laptop}) CHECK_FALSE(divided.view(machine).in_conflict(2));
}

TEST_CASE("resolve: two nodes that choose differently at once leave one conflict of these two, to be settled again") {
  Divided divided;
  divided.apart("office", "something else");
  CHECK(divided.names() == Names{"something else", "office"});
  for (std::size_t machine : {divided.office, divided.laptop}) {
    const RecordView view = divided.view(machine);
    CHECK(view.in_conflict(2));
    CHECK(view.of(2).size() == 2);  // what both had overwritten is gone
    CHECK(divided.conflicted(machine) == 1);
  }
  divided.net.edit(divided.laptop, divided.record, "agreed");
  divided.meet();
  CHECK(divided.names() == Names{"agreed"});
  CHECK(divided.conflicted(divided.office) == 0);
}

TEST_CASE("resolve: two nodes that combine the same conflict write the same value") {
  Divided divided;
  const Field& name = *find_field(*find_kind(Kind::Contact), "name");
  Names combined;
  for (std::size_t machine : {divided.office, divided.laptop}) {
    const Result<Value> value = combine(name, divided.view(machine).of(2));
    REQUIRE(value.ok());
    combined.push_back(*value->if_text());
  }
  CHECK(combined == Names{"office / laptop", "office / laptop"});
  divided.apart(combined[0], combined[1]);
  CHECK(divided.names() == Names{"office / laptop"});
  CHECK_FALSE(divided.view(divided.office).in_conflict(2));
}

TEST_CASE("resolve: nodes with the same operations show the same mark, and another one when a value has arrived") {
  Divided divided;
  const std::string mark = seen_mark(divided.view(divided.office).of(2));
  CHECK(mark == seen_mark(divided.view(divided.laptop).of(2)));
  divided.apart("third", "fourth");
  CHECK(seen_mark(divided.view(divided.office).of(2)) != mark);
}
