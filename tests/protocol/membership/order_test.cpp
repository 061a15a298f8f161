// The membership is a function of the set of operations: every order of arrival gives the same, whenever it is settled.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <numeric>
#include <tuple>

#include "protocol/membership/membership.h"
#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

struct Step {
  MemberKey author;
  OperationId id;
  MembershipOperation operation;
};

using MemberRow = std::tuple<MemberKey, CouncilId, Role, TransportKey, MemberKey, OperationId, EntryId, std::uint32_t>;
using Picture = std::pair<std::vector<MemberRow>, std::vector<std::tuple<OperationId, MemberKey, bool>>>;

Picture picture_of(const Membership& members) {
  Picture picture;
  for (const auto& [key, m] : members.members()) {
    picture.first.emplace_back(key, m.council, m.role, m.transport, m.parent, m.admission, m.admission_entry, m.depth);
  }
  for (const auto& [id, invitation] : members.invitations()) picture.second.emplace_back(id, invitation.inviter, invitation.used);
  return picture;
}

// Settles after every `often`-th operation, and at the end.
Picture arrive(const NetworkId& network, const std::vector<Step>& steps, const std::vector<std::size_t>& order,
               std::size_t often) {
  Membership members(network);
  std::size_t count = 0;
  for (std::size_t at : order) {
    const Step& step = steps[at];
    members.add(step.author, step.id, EntryId::from(hash(Domain::Header, step.id.entry)), WallTime{1}, step.operation);
    if (++count % often == 0) members.settle();
  }
  members.settle();
  return picture_of(members);
}

std::vector<std::size_t> first_numbers(std::size_t count) {
  std::vector<std::size_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), std::size_t{0});
  return numbers;
}

const std::vector<Person>& people() {  // keys are costly to make
  static const std::vector<Person> kPeople = [] {
    std::vector<Person> made;
    for (std::uint8_t number = 1; number <= 12; ++number) made.emplace_back(number);
    return made;
  }();
  return kPeople;
}
const Founding& founding() {
  static const Founding kFounding;
  return kFounding;
}

// Random people invite and admit each other, rightly and wrongly, on invitations that exist, will exist or never do.
std::vector<Step> random_steps(Random& random) {
  const std::size_t count = 4 + random.below(16);
  std::vector<OperationId> ids(count + 1);
  for (OperationId& id : ids) id = {random.fixed<EntryPrefix>(), static_cast<std::uint8_t>(random.below(2)), 0};
  std::vector<Step> steps{{people()[0].key(), ids[0], founding().operation}};
  std::vector<bool> invites(count);
  std::vector<std::size_t> tickets(count);
  for (std::size_t i = 1; i < count; ++i) {
    invites[i] = i == 1 || random.below(2) == 0;
    tickets[i] = 6 + random.below(6);
  }
  for (std::size_t i = 1; i < count; ++i) {
    const Person& author = people()[random.below(random.below(3) == 0 ? 6 : 2)];
    if (invites[i]) {
      const auto role = static_cast<Role>(1 + random.below(4));
      const CouncilId council = random.below(2) == 0 ? CouncilId{} : people()[random.below(4)].council();
      steps.push_back({author.key(), ids[i], invitation_of(people()[tickets[i]], role, council)});
      continue;
    }
    std::size_t named = 1 + random.below(count);
    if (named < count && !invites[named]) named = 1;
    const std::size_t ticket = named < count && random.below(8) != 0 ? tickets[named] : 6;
    AdmitOperation admit = admission_of(founding().network, ids[named], people()[ticket], people()[random.below(6)]);
    if (random.below(10) == 0) admit.certificate.bytes[0] ^= 1;
    steps.push_back({author.key(), ids[i], admit});
  }
  return steps;
}

}  // namespace

TEST_CASE("membership: all 720 orders of a chain of admissions give the same members") {
  const Person &founder = people()[0], &second = people()[1], &third = people()[2];
  const Person &ticket = people()[6], &other = people()[7];
  const std::vector<Step> steps{
      {founder.key(), operation_id(6), founding().operation},
      {founder.key(), operation_id(5), invitation_of(ticket, Role::Coordinator)},
      {founder.key(), operation_id(4), admission_of(founding().network, operation_id(5), ticket, second)},
      {second.key(), operation_id(3), invitation_of(other, Role::Council)},
      {second.key(), operation_id(2), admission_of(founding().network, operation_id(3), other, third)},
      {third.key(), operation_id(1), admission_of(founding().network, operation_id(3), other, people()[3])},
  };
  std::vector<std::size_t> order = first_numbers(steps.size());
  const Picture expected = arrive(founding().network, steps, order, 99);
  CHECK(expected.first.size() == 4);
  std::size_t different = 0;
  do {
    different += arrive(founding().network, steps, order, 1) == expected ? 0 : 1;
  } while (std::next_permutation(order.begin(), order.end()));
  CHECK(different == 0);
}

TEST_CASE("membership: all 120 orders of rival admissions of one key give the same member") {
  const Person &founder = people()[0], &newcomer = people()[2];
  const std::vector<Step> steps{
      {founder.key(), operation_id(9), founding().operation},
      {founder.key(), operation_id(8), invitation_of(people()[6], Role::Council)},
      {founder.key(), operation_id(7), invitation_of(people()[7], Role::Reader, people()[4].council())},
      {founder.key(), operation_id(2), admission_of(founding().network, operation_id(8), people()[6], newcomer)},
      {founder.key(), operation_id(1), admission_of(founding().network, operation_id(7), people()[7], newcomer)},
  };
  std::vector<std::size_t> order = first_numbers(steps.size());
  const Picture expected = arrive(founding().network, steps, order, 99);
  REQUIRE(expected.first.size() == 2);
  for (const MemberRow& row : expected.first) {  // the admission with the smallest id names it
    if (std::get<0>(row) == newcomer.key()) CHECK((std::get<2>(row) == Role::Reader && std::get<5>(row) == operation_id(1)));
  }
  do {
    CHECK(arrive(founding().network, steps, order, 1) == expected);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("membership: random operations in random orders, settled now and then, give the same members") {
  CHECK(rc::check("orders", [&](std::uint64_t seed) {
    Random random = Random::from_number(seed);
    const std::vector<Step> steps = random_steps(random);
    std::vector<std::size_t> order = first_numbers(steps.size());
    const Picture expected = arrive(founding().network, steps, order, 1);
    for (int i = 0; i < 10; ++i) {
      shuffle(order, random);
      std::vector<std::size_t> repeated = order;
      repeated.insert(repeated.end(), order.begin(), order.begin() + static_cast<std::ptrdiff_t>(random.below(order.size())));
      RC_ASSERT(arrive(founding().network, steps, repeated, 1 + random.below(5)) == expected);
    }
  }));
  std::size_t most = 0;  // such cases are not all of them empty
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Random random = Random::from_number(seed);
    const std::vector<Step> steps = random_steps(random);
    most = std::max(most, arrive(founding().network, steps, first_numbers(steps.size()), 1).first.size());
  }
  CHECK(most >= 4);
}

TEST_CASE("membership: of rival admissions that count together the one nearer to the founder names the key") {
  const Person &founder = people()[0], &coordinator = people()[1], &newcomer = people()[2];
  // The nearer invitation is witnessed by a member who is admitted in the same pass as the farther one is invited.
  const std::vector<Step> steps{
      {founder.key(), operation_id(9), founding().operation},
      {founder.key(), operation_id(8), invitation_of(people()[6], Role::Coordinator)},
      {founder.key(), operation_id(7), admission_of(founding().network, operation_id(8), people()[6], coordinator)},
      {coordinator.key(), operation_id(6), invitation_of(people()[7], Role::Reader)},
      {founder.key(), operation_id(5), invitation_of(people()[8], Role::Council)},
      {coordinator.key(), operation_id(1), admission_of(founding().network, operation_id(6), people()[7], newcomer)},
      {coordinator.key(), operation_id(2), admission_of(founding().network, operation_id(5), people()[8], newcomer)},
  };
  const Picture picture = arrive(founding().network, steps, first_numbers(steps.size()), 99);
  REQUIRE(picture.first.size() == 3);
  for (const MemberRow& row : picture.first) {
    if (std::get<0>(row) == newcomer.key()) CHECK(std::get<5>(row) == operation_id(2));
  }
}
