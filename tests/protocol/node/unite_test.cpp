// Two regions become one: members, records and late offline entries of both, with old tickets out and nothing copied.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/support/net.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

constexpr std::uint8_t kWrittenField = 2;  // a contact's name

// Machines of two regions that have not heard of each other; the first of each has founded it.
struct TwoRegions {
  explicit TwoRegions(std::size_t easterners, std::size_t westerners) {
    east_id = found(easterners, "Region Hovedstaden", east);
    west_id = found(westerners, "Region Sjælland", west);
  }

  NetworkId found(std::size_t members, const std::string& label, std::vector<std::size_t>& machines) {
    machines.push_back(net.add());
    const NetworkId id = net.found(machines[0], label);
    while (machines.size() < members) {
      machines.push_back(net.add());
      net.join(machines.back(), ticket_of(machines[0], id, machines[0]), machines[0]);
      const Net::Cable cable = net.connect(machines.back(), machines[0]);
      net.advance(500ms);
      net.cut(cable);
    }
    return id;
  }
  // That names its inviter and one more.
  Ticket ticket_of(std::size_t inviter, const NetworkId& id, std::size_t other) {
    const WallTime expires{net.now().wall.ms + Millis(24h).count()};
    const Result<Ticket> ticket =
        net.node(inviter).invite(*in(inviter, id), Role::Council, {}, expires,
                                 {{net.transport(inviter), "a:7420"}, {net.transport(other), "b:7420"}}, net.now());
    REQUIRE(ticket.ok());
    net.process(inviter);
    return *ticket;
  }
  // Everyone to the first of its region, but for those that are off.
  void connect(const std::set<std::size_t>& off = {}) {
    for (const std::vector<std::size_t>* region : {&east, &west}) {
      for (const std::size_t machine : *region) {
        if (machine != region->front() && !off.contains(machine)) net.connect(machine, region->front());
      }
    }
  }
  Network* in(std::size_t machine, const NetworkId& id) { return net.node(machine).ledger().find_network(id); }
  bool has_both(std::size_t machine) { return in(machine, east_id) != nullptr && in(machine, west_id) != nullptr; }
  std::size_t members(std::size_t machine, const NetworkId& id) {
    const Network* network = in(machine, id);
    if (network == nullptr) return 0;
    return static_cast<std::size_t>(std::count_if(network->membership.members().begin(), network->membership.members().end(),
                                                  [](const auto& member) { return !member.second.removed; }));
  }

  // Each side's word, and the link between the two that gave it.
  Status say(std::size_t machine, const NetworkId& own, std::size_t other_machine, const NetworkId& other) {
    const ReachableMember there{net.transport(other_machine), "b:7420"};
    const FoundOperation charter = in(other_machine, other)->founding;
    const Status said = net.node(machine).unite(*in(machine, own), charter, {&there, 1}, net.now_of(machine));
    net.process(machine);
    return said;
  }
  void merge() {
    REQUIRE(say(east[0], east_id, west[0], west_id).ok());
    REQUIRE(say(west[0], west_id, east[0], east_id).ok());
    between = net.connect(east[0], west[0]);
  }

  // A contact of the machine's own council, or another's, in one of the two.
  RecordKey write(std::size_t machine, const NetworkId& id, const std::string& name) {
    const Member* own = net.node(machine).self_in(*in(machine, id));
    REQUIRE(own != nullptr);
    const RecordKey key{own->council, static_cast<std::uint8_t>(Kind::Contact), net.node(machine).random().fixed<Nonce>()};
    REQUIRE(edit(machine, id, key, name).ok());
    return key;
  }
  std::optional<RecordView> view(std::size_t machine, const NetworkId& id, const RecordKey& key) {
    Ledger& ledger = net.node(machine).ledger();
    const Network* network = in(machine, id);
    if (network == nullptr) return std::nullopt;
    const Result<std::optional<RecordNumber>> number = ledger.find_record(*network, id_of(key));
    REQUIRE(number.ok());
    if (!*number) return std::nullopt;
    const Result<std::optional<RecordState>> state = ledger.record(**number);
    REQUIRE(state.ok());
    Result<RecordView> made = ledger.view(**state);
    REQUIRE(made.ok());
    return std::move(*made);
  }
  Status edit(std::size_t machine, const NetworkId& id, const RecordKey& key, const std::string& name) {
    const std::optional<RecordView> now = view(machine, id, key);
    ChangeBuilder builder(key, now ? &*now : nullptr);
    builder.write(kWrittenField, Value(name));
    const ChangeBytes change = builder.finish(net.node(machine).random().fixed<Salt>());
    const Status written = net.node(machine).write(*in(machine, id), {&change, 1}, net.now_of(machine));
    net.process(machine);
    return written;
  }
  std::string named(std::size_t machine, const NetworkId& id, const RecordKey& key) {
    const std::optional<RecordView> now = view(machine, id, key);
    const Value* value = now ? now->shown(kWrittenField) : nullptr;
    return value != nullptr ? *value->if_text() : std::string();
  }

  // Whether all machines hold the same of both, and nobody took a difference for a fault.
  bool agree(const std::set<std::size_t>& without = {}) {
    for (const NetworkId& id : {east_id, west_id}) {
      std::optional<NetworkSummary> first;
      for (std::size_t machine = 0; machine < net.size(); ++machine) {
        if (without.contains(machine)) continue;
        const Network* network = in(machine, id);
        if (network == nullptr || network->missing != 0 || network->is_pending()) return false;
        const NetworkSummary summary = net.node(machine).summary_of(*network);
        if (first && *first != summary) return false;
        first = summary;
      }
    }
    return true;
  }
  bool converge(const std::set<std::size_t>& without = {}) {
    net.run();
    for (int i = 0; i < 1'800 && !agree(without); ++i) net.advance(100ms);
    return agree(without);
  }
  std::size_t faults() const {
    std::size_t count = 0;
    for (std::size_t machine = 0; machine < net.size(); ++machine) count += net.events(machine, EventKind::StateDiffers);
    return count;
  }

  Net net;
  std::vector<std::size_t> east, west;
  NetworkId east_id, west_id;
  Net::Cable between = 0;
};

}  // namespace

TEST_CASE("unite: two coordinators' words, and every node of both has the members and records of both, under the ids they had") {
  TwoRegions regions(3, 3);
  const RecordKey eastern = regions.write(regions.east[1], regions.east_id, "Kontoret øst");
  const RecordKey western = regions.write(regions.west[2], regions.west_id, "Kontoret vest");
  regions.connect();
  regions.merge();
  REQUIRE(regions.converge());
  CHECK(regions.faults() == 0);
  for (std::size_t machine = 0; machine < 6; ++machine) {
    CAPTURE(machine);
    CHECK(regions.members(machine, regions.east_id) == 6);
    CHECK(regions.members(machine, regions.west_id) == 6);
    CHECK(regions.named(machine, regions.east_id, eastern) == "Kontoret øst");
    CHECK(regions.named(machine, regions.west_id, western) == "Kontoret vest");
  }
  // Each edits its own wherever it is, nobody another's, and a member of one writes records of its own into the other.
  CHECK(regions.edit(regions.east[1], regions.east_id, eastern, "Rettet").ok());
  const Status others = regions.edit(regions.east[1], regions.west_id, western, "Rettet");
  REQUIRE_FALSE(others.ok());
  CHECK(others.error().code == Code::NotAllowed);
  const RecordKey visitor = regions.write(regions.east[2], regions.west_id, "Fra øst i vest");
  REQUIRE(regions.converge());
  CHECK(regions.named(regions.west[1], regions.east_id, eastern) == "Rettet");
  CHECK(regions.named(regions.west[1], regions.west_id, visitor) == "Fra øst i vest");
  CHECK(regions.faults() == 0);
}

TEST_CASE("unite: one side's word alone changes nobody's members, and no council gives it") {
  TwoRegions regions(2, 2);
  regions.connect();
  const Status council = regions.say(regions.east[1], regions.east_id, regions.west[0], regions.west_id);
  REQUIRE_FALSE(council.ok());
  CHECK(council.error().code == Code::NotAllowed);
  const FoundOperation own = regions.in(regions.east[0], regions.east_id)->founding;
  const Status itself =
      regions.net.node(regions.east[0]).unite(*regions.in(regions.east[0], regions.east_id), own, {}, regions.net.now());
  REQUIRE_FALSE(itself.ok());
  CHECK(itself.error().code == Code::Invalid);
  REQUIRE(regions.say(regions.east[0], regions.east_id, regions.west[0], regions.west_id).ok());
  regions.net.connect(regions.east[0], regions.west[0]);
  regions.net.advance(2min);
  CHECK(regions.members(regions.east[0], regions.east_id) == 2);
  CHECK(regions.members(regions.east[1], regions.east_id) == 2);
  CHECK(regions.members(regions.west[0], regions.west_id) == 2);
  CHECK(regions.in(regions.west[0], regions.east_id) == nullptr);
  CHECK(regions.in(regions.west[1], regions.east_id) == nullptr);
  CHECK(regions.faults() == 0);
  // Later the other side gives its own, and it is done.
  REQUIRE(regions.say(regions.west[0], regions.west_id, regions.east[0], regions.east_id).ok());
  regions.net.connect(regions.west[0], regions.east[0]);
  REQUIRE(regions.converge());
  CHECK(regions.members(regions.west[1], regions.east_id) == 4);
}

TEST_CASE("unite: a coordinator that names any number of networks leaves its members' nodes room for others") {
  TwoRegions regions(2, 1);
  regions.connect();
  const auto unite = [&](std::uint8_t number) {
    const Founding founding(number, number);
    const Status said = regions.net.node(regions.east[0])
                            .unite(*regions.in(regions.east[0], regions.east_id), founding.operation, {}, regions.net.now());
    regions.net.process(regions.east[0]);
    return said;
  };
  for (std::uint8_t number = 100; number < 104; ++number) CHECK(unite(number).ok());
  const Status fifth = unite(104);
  REQUIRE_FALSE(fifth.ok());
  CHECK(fifth.error().code == Code::TooLarge);
  CHECK(regions.in(regions.east[0], regions.east_id)->membership.successors().size() == 4);
  regions.net.run();
  regions.net.advance(2min);
  for (const std::size_t machine : regions.east) {
    CHECK(regions.net.node(machine).ledger().networks().size() == 5);
    CHECK(regions.members(machine, regions.east_id) == 2);
  }
  CHECK(regions.faults() == 0);
}

TEST_CASE("unite: who was off on either side comes back with edits of its own, and an old ticket leads in") {
  TwoRegions regions(4, 4);
  const std::set<std::size_t> off = {regions.east[2], regions.east[3], regions.west[2], regions.west[3]};
  std::map<std::size_t, RecordKey> late;
  const Ticket ticket = regions.ticket_of(regions.east[0], regions.east_id, regions.east[1]);
  regions.connect(off);
  regions.merge();
  REQUIRE(regions.converge(off));
  for (const std::size_t machine : off) {
    const bool is_east = std::find(regions.east.begin(), regions.east.end(), machine) != regions.east.end();
    late.emplace(machine, regions.write(machine, is_east ? regions.east_id : regions.west_id, "Skrevet på rejse"));
    regions.net.connect(machine, is_east ? regions.east[1] : regions.west[1]);  // not the one that has merged
  }
  const std::size_t newcomer = regions.net.add();
  regions.net.join(newcomer, ticket, regions.east[1]);
  regions.net.connect(newcomer, regions.east[1]);
  REQUIRE(regions.converge());
  CHECK(regions.faults() == 0);
  for (std::size_t machine = 0; machine < regions.net.size(); ++machine) {
    CAPTURE(machine);
    CHECK(regions.members(machine, regions.east_id) == 9);
    CHECK(regions.members(machine, regions.west_id) == 9);
    for (const auto& [author, record] : late) {
      const bool is_east = std::find(regions.east.begin(), regions.east.end(), author) != regions.east.end();
      CHECK(regions.named(machine, is_east ? regions.east_id : regions.west_id, record) == "Skrevet på rejse");
    }
  }
  regions.write(newcomer, regions.west_id, "Ny");
  REQUIRE(regions.converge());
}

TEST_CASE("unite: a restart, and everything made anew from the entries, find the union as it was") {
  TwoRegions regions(2, 2);
  const RecordKey record = regions.write(regions.east[1], regions.east_id, "Kontoret");
  regions.connect();
  regions.merge();
  REQUIRE(regions.converge());
  regions.write(regions.east[1], regions.west_id, "På besøg");
  REQUIRE(regions.converge());
  const auto summaries = [&](std::size_t machine) {
    return std::pair(regions.net.node(machine).summary_of(*regions.in(machine, regions.east_id)),
                     regions.net.node(machine).summary_of(*regions.in(machine, regions.west_id)));
  };
  for (std::size_t machine = 0; machine < 4; ++machine) {
    CAPTURE(machine);
    const auto before = summaries(machine);
    regions.net.crash(machine);
    CHECK(summaries(machine) == before);
    CHECK(regions.members(machine, regions.west_id) == 4);
    REQUIRE(regions.net.node(machine).rebuild(regions.net.now()).ok());
    regions.net.process(machine);
    CHECK(summaries(machine) == before);
    const Result<Ledger::Check> checked = regions.net.node(machine).ledger().check(*regions.in(machine, regions.west_id));
    REQUIRE(checked.ok());
    CHECK(checked->state_ok);
    CHECK(checked->vector_ok);
  }
  CHECK(regions.named(regions.west[1], regions.east_id, record) == "Kontoret");
}

TEST_CASE("unite: a coordinator of either shuts a member of the other out of both, and what it wrote until then counts in both") {
  TwoRegions regions(3, 3);
  regions.connect();
  regions.merge();
  REQUIRE(regions.converge());
  const std::size_t removed = regions.west[1];
  const MemberKey key = regions.net.node(removed).self();
  const RecordKey home = regions.write(removed, regions.west_id, "Hjemme"),
                  visit = regions.write(removed, regions.east_id, "Ude");
  REQUIRE(regions.converge());
  regions.net.cut_all();
  const RecordKey after = regions.write(removed, regions.east_id, "Efter"),
                  after_home = regions.write(removed, regions.west_id, "Efter");
  REQUIRE(regions.net.node(regions.east[0])
              .remove_member(*regions.in(regions.east[0], regions.east_id), key, regions.net.now())
              .ok());
  regions.net.process(regions.east[0]);
  regions.connect({removed});
  regions.net.connect(regions.east[0], regions.west[0]);
  REQUIRE(regions.converge({removed}));
  regions.net.connect(removed, regions.west[2]);  // who has not heard of it would take its entries; all have
  regions.net.advance(1min);
  REQUIRE(regions.converge({removed}));
  for (std::size_t machine = 0; machine < 6; ++machine) {
    if (machine == removed) continue;
    CAPTURE(machine);
    CHECK(regions.members(machine, regions.east_id) == 5);
    CHECK(regions.members(machine, regions.west_id) == 5);
    CHECK(regions.named(machine, regions.west_id, home) == "Hjemme");
    CHECK(regions.named(machine, regions.east_id, visit) == "Ude");
    CHECK(regions.named(machine, regions.east_id, after).empty());
    CHECK(regions.named(machine, regions.west_id, after_home).empty());
  }
  CHECK(regions.faults() == 0);
}

TEST_CASE("unite: who leaves leaves both, with what it wrote in both") {
  TwoRegions regions(2, 3);
  regions.connect();
  regions.merge();
  REQUIRE(regions.converge());
  const std::size_t leaver = regions.west[1];
  const RecordKey home = regions.write(leaver, regions.west_id, "Hjemme"), visit = regions.write(leaver, regions.east_id, "Ude");
  REQUIRE(regions.net.node(leaver).leave(*regions.in(leaver, regions.east_id), regions.net.now()).ok());
  regions.net.process(leaver);
  regions.net.advance(1min);
  REQUIRE(regions.converge({leaver}));
  for (const std::size_t machine : {regions.east[0], regions.east[1], regions.west[0], regions.west[2]}) {
    CAPTURE(machine);
    CHECK(regions.members(machine, regions.east_id) == 4);
    CHECK(regions.members(machine, regions.west_id) == 4);
    CHECK(regions.named(machine, regions.west_id, home) == "Hjemme");
    CHECK(regions.named(machine, regions.east_id, visit) == "Ude");
  }
}

TEST_CASE(
    "unite: the 29 councils of Hovedstaden and the 17 of Sjælland become one, with three of each on the road and a ticket out") {
  std::vector<std::string> names[2];
  std::ifstream file(std::string(BUDSTIKKE_SOURCE_DIR) + "/configs/demo/kommuner.csv");
  for (std::string line; std::getline(file, line);) {
    std::istringstream cells(line);
    std::string code, name, region_code, region;
    std::getline(cells, code, ',');
    std::getline(cells, name, ',');
    std::getline(cells, region_code, ',');
    std::getline(cells, region, ',');
    while (!region.empty() && region.back() == '\r') region.pop_back();
    if (region == "Hovedstaden" || region == "Sjælland") names[region == "Sjælland" ? 1 : 0].push_back(name);
  }
  REQUIRE(names[0].size() == 29);
  REQUIRE(names[1].size() == 17);
  TwoRegions regions(29, 17);
  std::map<std::size_t, RecordKey> contacts;
  const auto home_of = [&](std::size_t machine) {
    return std::find(regions.east.begin(), regions.east.end(), machine) != regions.east.end() ? regions.east_id : regions.west_id;
  };
  for (std::size_t side = 0; side < 2; ++side) {
    const std::vector<std::size_t>& machines = side == 0 ? regions.east : regions.west;
    for (std::size_t i = 0; i < machines.size(); ++i) {
      contacts.emplace(machines[i], regions.write(machines[i], home_of(machines[i]), names[side][i] + " Integrationsråd"));
    }
  }
  const Ticket ticket = regions.ticket_of(regions.west[0], regions.west_id, regions.west[7]);
  std::set<std::size_t> off(regions.east.end() - 3, regions.east.end());
  off.insert(regions.west.end() - 3, regions.west.end());
  regions.connect();
  for (int i = 0; i < 600; ++i) regions.net.advance(100ms);
  regions.net.cut_all();
  regions.connect(off);
  regions.merge();
  REQUIRE(regions.converge(off));
  for (const std::size_t machine : off) {  // before they have heard of anything
    REQUIRE(regions.edit(machine, home_of(machine), contacts.at(machine), "Rettet på rejse").ok());
    contacts.emplace(machine + 1'000, regions.write(machine, home_of(machine), "Skrevet på rejse"));
  }
  for (const std::size_t machine : off) {
    regions.net.connect(machine, home_of(machine) == regions.east_id ? regions.east[5] : regions.west[5]);
  }
  const std::size_t newcomer = regions.net.add();
  regions.net.join(newcomer, ticket, regions.west[7]);
  regions.net.connect(newcomer, regions.west[7]);
  REQUIRE(regions.converge());
  CHECK(regions.faults() == 0);
  for (std::size_t machine = 0; machine < regions.net.size(); ++machine) {
    CAPTURE(machine);
    CHECK(regions.members(machine, regions.east_id) == 47);
    CHECK(regions.members(machine, regions.west_id) == 47);
    CHECK(regions.in(machine, regions.east_id)->records + regions.in(machine, regions.west_id)->records == 52);
    std::size_t wrong = 0;
    for (const auto& [author, record] : contacts) {
      const std::size_t by = author % 1'000;
      const std::string name = regions.named(machine, home_of(by), record);
      const bool is_right = author >= 1'000    ? name == "Skrevet på rejse"
                            : off.contains(by) ? name == "Rettet på rejse"
                                               : name.ends_with(" Integrationsråd");
      wrong += is_right ? 0 : 1;
    }
    CHECK(wrong == 0);
  }
}
