// Networks that are one: what makes them so, and who is what in them, in every order of arrival.
#include "protocol/membership/unions.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <functional>

#include "tests/support/written.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

// Two regions, and a third. Person 5 is in the first as a council and in the second as the national council: it is at home in
// both.
struct Regions {
  Person east_founder{1}, east_coordinator{2}, east_council{3}, both{5};
  Person west_founder{11}, west_coordinator{12}, west_council{13};
  Person newcomer{21};
  Written east{Founding(1, 200)}, west{Founding(11, 201)}, third{Founding(31, 202)};

  Regions() {
    east.join(east_founder, east_coordinator, Role::Coordinator);
    east.join(east_coordinator, east_council, Role::Council);
    east.join(east_coordinator, both, Role::Council);
    west.join(west_founder, west_coordinator, Role::Coordinator);
    west.join(west_coordinator, west_council, Role::Council);
    west.join(west_founder, both, Role::National);
  }
  static SuccessorOperation half(const Written& other) { return {other.founding.operation}; }
  void merge() {
    east.write(east_coordinator, {half(west)});
    west.write(west_coordinator, {half(east)});
  }
  std::vector<TwinStep> steps() const {
    std::vector<TwinStep> all = east.steps;
    all.insert(all.end(), west.steps.begin(), west.steps.end());
    all.insert(all.end(), third.steps.begin(), third.steps.end());
    return all;
  }
};

// What has come of each region at one node.
struct Arrived {
  explicit Arrived(const Regions& regions)
      : east(regions.east.founding.network), west(regions.west.founding.network), third(regions.third.founding.network) {}
  static Arrived whole(const Regions& regions) {
    Arrived arrived(regions);
    for (std::size_t entry = 0; entry < regions.east.entries(); ++entry) regions.east.add_entry(arrived.east, entry);
    for (std::size_t entry = 0; entry < regions.west.entries(); ++entry) regions.west.add_entry(arrived.west, entry);
    for (std::size_t entry = 0; entry < regions.third.entries(); ++entry) regions.third.add_entry(arrived.third, entry);
    settle_united(arrived.all());
    return arrived;
  }
  Memberships all() { return {{east.network(), &east}, {west.network(), &west}, {third.network(), &third}}; }
  std::set<NetworkId> united(const Membership& with) { return united_with(with.network(), all()); }

  Membership east, west, third;
};

std::size_t here(const Membership& membership) {
  return static_cast<std::size_t>(std::count_if(membership.members().begin(), membership.members().end(),
                                                [](const auto& member) { return !member.second.removed; }));
}

bool is_in(const Membership& membership, const Person& person) {
  const Member* member = membership.find(person.key());
  return member != nullptr && !member->removed;
}

LogId data_log(const Person& person) { return {person.key(), Incarnation{1}, LogClass::Data}; }

// As the twin has it, for whoever looks from any of the three.
void check_twin(const Regions& regions, Arrived& arrived) {
  for (const Membership* membership : {&arrived.east, &arrived.west, &arrived.third}) {
    const MembershipPicture expected = twin_of(membership->network(), regions.steps());
    CHECK(tests::picture_of(*membership).lines == expected.lines);
    CHECK(arrived.united(*membership) == expected.united);
  }
}

}  // namespace

TEST_CASE("union: a coordinator's word of each makes two networks one, with the members of both") {
  Regions regions;
  Arrived before = Arrived::whole(regions);
  CHECK(here(before.east) == 4);
  CHECK(here(before.west) == 4);
  regions.merge();
  Arrived after = Arrived::whole(regions);
  CHECK(after.united(after.east) == std::set{after.east.network(), after.west.network()});
  CHECK(after.united(after.third) == std::set{after.third.network()});
  for (const Membership* membership : {&after.east, &after.west}) {
    CHECK(here(*membership) == 7);  // one is in both
    for (const Person* person : {&regions.east_council, &regions.west_council, &regions.both}) CHECK(is_in(*membership, *person));
  }
  check_twin(regions, after);
}

TEST_CASE("union: one side's word alone is none, nor is that of a council, a visitor, or one with a forged charter") {
  Regions regions;
  SUBCASE("one side alone") { regions.east.write(regions.east_coordinator, {Regions::half(regions.west)}); }
  SUBCASE("a council") {
    regions.east.write(regions.east_council, {Regions::half(regions.west)});
    regions.west.write(regions.west_coordinator, {Regions::half(regions.east)});
  }
  SUBCASE("the other's coordinator on both sides") {
    regions.east.write(regions.west_coordinator, {Regions::half(regions.west)});
    regions.west.write(regions.west_coordinator, {Regions::half(regions.east)});
  }
  SUBCASE("with a charter that its founder has not signed") {
    SuccessorOperation forged = Regions::half(regions.west);
    forged.other.certificate.bytes[3] ^= 1;
    regions.east.write(regions.east_coordinator, {forged});
    regions.west.write(regions.west_coordinator, {Regions::half(regions.east)});
  }
  SUBCASE("with a network that is not here") {
    regions.east.write(regions.east_coordinator, {SuccessorOperation{Founding(41, 203).operation}});
  }
  SUBCASE("with itself") { regions.east.write(regions.east_coordinator, {Regions::half(regions.east)}); }
  Arrived arrived = Arrived::whole(regions);
  CHECK(arrived.united(arrived.east).size() == 1);
  CHECK(here(arrived.east) == 4);
  check_twin(regions, arrived);
}

TEST_CASE("union: a visitor's word unites its host with nobody, since edges count by a network's own operations alone") {
  Regions regions;
  regions.merge();
  regions.east.write(regions.west_coordinator, {Regions::half(regions.third)});
  regions.third.write(Person(31), {Regions::half(regions.east)});
  Arrived arrived = Arrived::whole(regions);
  CHECK(arrived.united(arrived.third).size() == 1);
  CHECK(arrived.united(arrived.east).size() == 2);
  regions.west.write(regions.west_coordinator, {Regions::half(regions.third)});  // at home it may
  regions.third.write(Person(31), {Regions::half(regions.west)});
  Arrived all = Arrived::whole(regions);
  CHECK(all.united(all.east).size() == 3);
  CHECK(here(all.third) == 8);
  check_twin(regions, all);
}

TEST_CASE("union: a more senior member that cuts the word off takes the union back; one that keeps it does not") {
  Regions regions;
  regions.merge();
  std::vector<MembershipOperation> removal{RevokeOperation{regions.east_coordinator.key(), 0}};
  SUBCASE("cut off") {
    regions.east.write(regions.east_founder, removal);
    Arrived arrived = Arrived::whole(regions);
    CHECK(arrived.united(arrived.east).size() == 1);
    CHECK_FALSE(is_in(arrived.west, regions.east_founder));
    check_twin(regions, arrived);
  }
  SUBCASE("kept") {
    removal = {RevokeOperation{regions.east_coordinator.key(), 1}, regions.east.keep(regions.east_coordinator)};
    regions.east.write(regions.east_founder, removal);
    Arrived arrived = Arrived::whole(regions);
    CHECK(arrived.united(arrived.east).size() == 2);
    CHECK_FALSE(is_in(arrived.west, regions.east_coordinator));  // it is out of what they are together
    check_twin(regions, arrived);
  }
  SUBCASE("a more senior member of the other network is none here") {
    regions.east.write(regions.west_founder, removal);
    Arrived arrived = Arrived::whole(regions);
    CHECK(arrived.united(arrived.east).size() == 2);
    check_twin(regions, arrived);
  }
}

TEST_CASE(
    "union: who was coordinator once unites nothing, and what it said before counts as far as the change of role keeps it") {
  Regions regions;
  regions.west.write(regions.west_coordinator, {Regions::half(regions.east)});
  const Person& former = regions.east_coordinator;
  const RoleOperation reader{former.key(), Role::Reader, {}, 1};
  SUBCASE("after it") {
    regions.east.write(regions.east_founder, {reader, regions.east.keep(former)});
    regions.east.write(former, {Regions::half(regions.west)});
    Arrived arrived = Arrived::whole(regions);
    CHECK(arrived.united(arrived.east).size() == 1);
    check_twin(regions, arrived);
  }
  SUBCASE("before it, but it comes late") {
    const KeepOperation keep = regions.east.keep(former);
    regions.east.write(former, {Regions::half(regions.west)});
    regions.east.write(regions.east_founder, {reader, keep});
    Arrived arrived = Arrived::whole(regions);
    CHECK(arrived.united(arrived.east).size() == 1);
    check_twin(regions, arrived);
  }
  SUBCASE("before it, and kept") {
    regions.east.write(former, {Regions::half(regions.west)});
    regions.east.write(regions.east_founder, {reader, regions.east.keep(former)});
    Arrived arrived = Arrived::whole(regions);
    CHECK(arrived.united(arrived.east).size() == 2);
    check_twin(regions, arrived);
  }
}

TEST_CASE("union: a half that somebody repeats in another network, or in the log of another key, is that one's word alone") {
  Regions regions;
  regions.merge();  // what is repeated below counts here
  SUBCASE("a council repeats it for its own network and a third") {
    regions.east.write(regions.east_council, {Regions::half(regions.third)});
    regions.third.write(Person(31), {Regions::half(regions.east)});
  }
  SUBCASE("the third network's founder names one that has not named it") {
    regions.third.write(Person(31), {Regions::half(regions.east), Regions::half(regions.west)});
  }
  SUBCASE("both halves stand in the third network") {
    regions.third.write(regions.east_coordinator, {Regions::half(regions.east)});
    regions.third.write(regions.west_coordinator, {Regions::half(regions.west)});
  }
  Arrived arrived = Arrived::whole(regions);
  CHECK(arrived.united(arrived.third).size() == 1);
  CHECK(here(arrived.third) == 1);
  CHECK(arrived.united(arrived.east).size() == 2);
  CHECK(here(arrived.east) == 7);
  check_twin(regions, arrived);
}

TEST_CASE("union: recoveries come before founders, and each of both by the network's id, however often they are stated") {
  Regions regions;
  regions.merge();
  Arrived arrived = Arrived::whole(regions);
  const bool east_first = arrived.east.network() < arrived.west.network();
  const auto rank = [](const Membership& in, const Person& person) { return in.find(person.key())->rank; };
  CHECK(rank(arrived.east, regions.east_founder) == (east_first ? 0 : 1));
  CHECK(rank(arrived.west, regions.west_founder) == (east_first ? 1 : 0));
  regions.east.write(regions.east_council, {regions.east.recovery(regions.east_council)});
  regions.west.write(regions.west_council, {regions.west.recovery(regions.west_council)});
  for (int i = 0; i < 5; ++i) {  // in other entries, so with other ids
    regions.east.write(regions.east_founder, {regions.east.founding.operation, regions.east.recovery(regions.east_council)});
    regions.west.write(regions.west_founder, {regions.west.founding.operation, regions.west.recovery(regions.west_council)});
    Arrived again = Arrived::whole(regions);
    CHECK(rank(again.west, regions.east_council) == (east_first ? 0 : 1));
    CHECK(rank(again.west, regions.west_council) == (east_first ? 1 : 0));
    CHECK(rank(again.west, regions.east_founder) == (east_first ? 2 : 3));
    check_twin(regions, again);
  }
}

TEST_CASE("union: who is shut out of one is out of all, and what it wrote at home elsewhere still counts") {
  Regions regions;
  regions.east.write(regions.east_founder, {RevokeOperation{regions.both.key(), 0}});  // before they are one
  regions.merge();
  Arrived arrived = Arrived::whole(regions);
  CHECK_FALSE(is_in(arrived.east, regions.both));
  CHECK_FALSE(is_in(arrived.west, regions.both));
  CHECK(arrived.east.cut_of(data_log(regions.both)) == Tip{});
  CHECK_FALSE(arrived.west.cut_of(data_log(regions.both)).has_value());  // the second region's records lose nothing
  // A visitor has nothing of its own there: what it wrote ends, but for what is kept.
  regions.east.write(regions.east_founder, {RevokeOperation{regions.east_council.key(), 0}});
  Arrived later = Arrived::whole(regions);
  CHECK(later.west.cut_of(data_log(regions.east_council)) == Tip{});
  check_twin(regions, later);
}

TEST_CASE("union: a removal's keeps for logs of another network stand in that network, and it counts once all are there") {
  Regions regions;
  regions.merge();
  regions.west.write(regions.east_council, {SealOperation{}});  // a visitor's log
  const OperationId removal = regions.east.write(regions.east_founder, {RevokeOperation{regions.east_council.key(), 1}});
  Arrived one = Arrived::whole(regions);
  CHECK(is_in(one.west, regions.east_council));
  check_twin(regions, one);
  regions.west.write(regions.east_founder, {regions.west.keep(regions.east_council, removal)});
  Arrived both = Arrived::whole(regions);
  CHECK_FALSE(is_in(both.west, regions.east_council));
  const LogId log{regions.east_council.key(), Incarnation{1}, LogClass::Membership};
  CHECK(both.west.cut_of(log) == regions.west.tip(regions.east_council));
  CHECK(both.east.cut_of(log) == Tip{});
  check_twin(regions, both);
}

TEST_CASE("union: who is at home in both keeps in each the role and council that it has there") {
  Regions regions;
  regions.merge();
  Arrived arrived = Arrived::whole(regions);
  CHECK(arrived.east.find(regions.both.key())->role == Role::Council);
  CHECK(arrived.west.find(regions.both.key())->role == Role::National);
  regions.east.write(regions.east_founder, {RoleOperation{regions.both.key(), Role::Reader, {}, 0}});
  Arrived later = Arrived::whole(regions);
  CHECK(later.east.find(regions.both.key())->role == Role::Reader);
  CHECK(later.west.find(regions.both.key())->role == Role::National);
  CHECK(later.west.roles_in(data_log(regions.both)).empty());
  // A visitor has in both the role that it is given in either.
  regions.east.write(regions.east_founder, {RoleOperation{regions.east_council.key(), Role::Reader, {}, 0}});
  Arrived last = Arrived::whole(regions);
  CHECK(last.west.find(regions.east_council.key())->role == Role::Reader);
  CHECK(last.west.roles_in(data_log(regions.east_council)).size() == 1);
  check_twin(regions, last);
}

TEST_CASE("union: who has left one of its networks stays while it is at home in another, and a visitor that leaves is gone") {
  Regions regions;
  regions.east.write(regions.both, {LeaveOperation{0}});
  regions.merge();
  Arrived arrived = Arrived::whole(regions);
  CHECK(is_in(arrived.east, regions.both));
  CHECK(arrived.east.cut_of(data_log(regions.both)).has_value());
  CHECK_FALSE(arrived.west.cut_of(data_log(regions.both)).has_value());
  regions.west.write(regions.both, {LeaveOperation{0}});
  regions.west.write(regions.east_council, {LeaveOperation{0}});  // written in the network where it is a visitor
  Arrived later = Arrived::whole(regions);
  CHECK_FALSE(is_in(later.east, regions.both));
  CHECK(is_in(later.east, regions.east_council));  // it has not left its own
  regions.east.write(regions.east_council, {LeaveOperation{0}});
  Arrived last = Arrived::whole(regions);
  CHECK_FALSE(is_in(last.west, regions.east_council));
  check_twin(regions, last);
}

TEST_CASE("union: an old ticket still lets in, through a witness of the other network, and a coordinator of either invites") {
  Regions regions;
  const Person ticket(60), later_ticket(61), second(22);
  const OperationId old = regions.east.write(regions.east_coordinator, {invitation_of(ticket, Role::Council)});
  regions.merge();
  regions.east.write(regions.west_council, {admission_of(regions.east.founding.network, old, ticket, regions.newcomer)});
  const OperationId invite = regions.east.write(regions.west_coordinator, {invitation_of(later_ticket, Role::Council)});
  regions.east.write(regions.east_council, {admission_of(regions.east.founding.network, invite, later_ticket, second)});
  Arrived arrived = Arrived::whole(regions);
  for (const Membership* membership : {&arrived.east, &arrived.west}) {
    CHECK(is_in(*membership, regions.newcomer));
    CHECK(is_in(*membership, second));
  }
  CHECK(here(arrived.west) == 9);
  check_twin(regions, arrived);
}

TEST_CASE("union: merges at the same time need no winner") {
  Regions regions;
  const Person third_founder(31);
  regions.merge();
  regions.west.write(regions.west_founder, {Regions::half(regions.third)});
  regions.third.write(third_founder, {Regions::half(regions.west), Regions::half(regions.east)});
  regions.east.write(regions.east_founder, {Regions::half(regions.third)});
  Arrived arrived = Arrived::whole(regions);
  for (const Membership* membership : {&arrived.east, &arrived.west, &arrived.third}) {
    CHECK(arrived.united(*membership).size() == 3);
    CHECK(here(*membership) == 8);
  }
  check_twin(regions, arrived);
}

namespace {

using Deed = std::function<void(Regions&)>;

// By people of either region, in the logs of either.
std::vector<Deed> deeds() {
  std::vector<Deed> all;
  const auto in = [&](bool in_east, auto who, auto make) {
    all.push_back([=](Regions& r) {
      Written& where = in_east ? r.east : r.west;
      if (std::vector<MembershipOperation> operations = make(r, where); !operations.empty()) where.write(r.*who, operations);
    });
  };
  using Operations = std::vector<MembershipOperation>;
  const auto revoke = [](auto whom, bool keeps) {
    return [=](Regions& r, Written& where) {
      const Person& person = r.*whom;
      const bool has_log = where.tip(person).seq.value > 0;
      Operations operations{RevokeOperation{person.key(), static_cast<std::uint16_t>(keeps && has_log ? 1 : 0)}};
      if (keeps && has_log) operations.emplace_back(where.keep(person));
      return operations;
    };
  };
  const auto role = [](auto whom, Role given) {
    return [=](Regions& r, Written&) { return Operations{RoleOperation{(r.*whom).key(), given, {}, 0}}; };
  };
  const auto leave = [](Regions&, Written&) { return Operations{LeaveOperation{0}}; };
  const auto half_of = [](bool of_east) {
    return [=](Regions& r, Written&) { return Operations{Regions::half(of_east ? r.east : r.west)}; };
  };
  const auto readmit = [](Regions&, Written& where) {
    const TwinStep* last = where.last_removal();
    return last == nullptr ? Operations{} : Operations{ReadmitOperation{last->id}};
  };
  for (const bool in_east : {true, false}) {
    in(in_east, &Regions::east_founder, revoke(&Regions::both, true));
    in(in_east, &Regions::east_founder, revoke(&Regions::west_coordinator, false));
    in(in_east, &Regions::west_founder, revoke(&Regions::east_coordinator, true));
    in(in_east, &Regions::east_coordinator, revoke(&Regions::east_council, false));
    in(in_east, &Regions::west_coordinator, revoke(&Regions::east_founder, false));
    in(in_east, &Regions::east_founder, role(&Regions::both, Role::Reader));
    in(in_east, &Regions::west_founder, role(&Regions::both, Role::Coordinator));
    in(in_east, &Regions::west_coordinator, role(&Regions::east_council, Role::Coordinator));
    in(in_east, &Regions::both, leave);
    in(in_east, &Regions::east_coordinator, leave);
    in(in_east, &Regions::both, half_of(!in_east));
    in(in_east, &Regions::east_founder, readmit);
    in(in_east, &Regions::west_council, [](Regions& r, Written& where) { return Operations{where.recovery(r.west_council)}; });
    all.push_back([=](Regions& r) { (in_east ? r.east : r.west).join(r.west_coordinator, r.newcomer, Role::Council); });
    all.push_back([=](Regions& r) { (in_east ? r.east : r.west).join(r.both, r.newcomer, Role::Reader, r.both.council()); });
  }
  return all;
}

// Entries as they may arrive: which of the two, and the number of the entry there.
using Arrival = std::vector<std::pair<bool, std::size_t>>;

Arrival since(const Regions& regions, std::size_t east, std::size_t west) {
  Arrival arrival;
  for (std::size_t entry = east; entry < regions.east.entries(); ++entry) arrival.emplace_back(true, entry);
  for (std::size_t entry = west; entry < regions.west.entries(); ++entry) arrival.emplace_back(false, entry);
  return arrival;
}

void arrive(const Regions& regions, Arrived& arrived, const std::pair<bool, std::size_t>& entry) {
  if (entry.first) {
    regions.east.add_entry(arrived.east, entry.second);
  } else {
    regions.west.add_entry(arrived.west, entry.second);
  }
}

bool is_as_expected(const Arrived& arrived, const MembershipPicture& east, const MembershipPicture& west) {
  return tests::picture_of(arrived.east).lines == east.lines && tests::picture_of(arrived.west).lines == west.lines;
}

}  // namespace

TEST_CASE("union: two deeds beside a merge, all that there are, in every order of arrival, are as the twin has them") {
  const std::vector<Deed> all = deeds();
  Regions base;
  const std::size_t east = base.east.entries(), west = base.west.entries();
  const Arrived before = Arrived::whole(base);
  std::size_t histories = 0, arrivals = 0, united = 0, different = 0;
  for (std::size_t first = 0; first < all.size(); ++first) {
    for (std::size_t second = 0; second < all.size(); ++second) {
      Regions regions = base;
      all[first](regions);
      regions.merge();
      all[second](regions);
      const MembershipPicture expected_east = twin_of(regions.east.founding.network, regions.steps());
      const MembershipPicture expected_west = twin_of(regions.west.founding.network, regions.steps());
      ++histories;
      united += expected_east.united.size() == 2 ? 1 : 0;
      Arrival order = since(regions, east, west);
      std::sort(order.begin(), order.end());
      const bool is_small = order.size() <= 4;  // letting somebody in is two entries
      do {
        Arrived arrived = before;
        for (const auto& entry : order) {
          arrive(regions, arrived, entry);
          settle_united(arrived.all());
        }
        ++arrivals;
        if (is_as_expected(arrived, expected_east, expected_west)) continue;
        if (++different == 1) {
          for (const std::string& line : tests::picture_of(arrived.east).lines)
            MESSAGE(first << " " << second << " got  " << line);
          for (const std::string& line : expected_east.lines) MESSAGE("twin " << line);
        }
      } while (is_small && std::next_permutation(order.begin(), order.end()));
    }
  }
  MESSAGE(histories << " histories in " << arrivals << " orders of arrival, one network in " << united);
  CHECK(different == 0);
  CHECK(united > histories / 2);
  CHECK(united < histories);
}

TEST_CASE("union: random deeds in two regions that merge, in random orders, are as the twin has them") {
  const std::vector<Deed> all = deeds();
  std::size_t united = 0, removals = 0, leaves = 0, roles = 0, recoveries = 0;
  CHECK(rc::check("deeds", [&](std::uint64_t seed) {
    Random random = Random::from_number(seed);
    Regions regions;
    const std::size_t count = 2 + random.below(6), merges_at = random.below(count);
    for (std::size_t i = 0; i < count; ++i) {
      if (i == merges_at) regions.merge();
      all[random.below(all.size())](regions);
    }
    const MembershipPicture expected_east = twin_of(regions.east.founding.network, regions.steps());
    const MembershipPicture expected_west = twin_of(regions.west.founding.network, regions.steps());
    united += expected_east.united.size() == 2 ? 1 : 0;
    removals += expected_east.removals;
    leaves += expected_east.leaves;
    roles += expected_east.roles;
    recoveries += expected_east.recoveries;
    Arrival order = since(regions, 0, 0);
    for (int i = 0; i < 3; ++i) {
      shuffle(order, random);
      Arrived arrived(regions);
      const std::size_t often = 1 + random.below(5);
      for (std::size_t at = 0; at < order.size(); ++at) {
        arrive(regions, arrived, order[at]);
        if (at % often == 0) settle_united(arrived.all());
      }
      settle_united(arrived.all());
      RC_ASSERT(tests::picture_of(arrived.east).lines == expected_east.lines);
      RC_ASSERT(tests::picture_of(arrived.west).lines == expected_west.lines);
    }
  }));
  MESSAGE("one network in " << united << "; " << removals << " removals, " << leaves << " leaves, " << roles << " roles, "
                            << recoveries << " recoveries");
  for (std::size_t of : {united, removals, leaves, roles, recoveries}) CHECK(of > 10);
}
