// All small histories over all operations, in all orders of arrival, against the slow twin; and larger ones at random.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <functional>

#include "tests/support/written.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

struct Cast {
  Person founder{1}, coordinator{2}, council{3}, device{4}, ticket{60}, other_ticket{61};
};
const Cast& cast() {
  static const Cast kCast;
  return kCast;
}

// Coordinator 2 and council 3, let in by the founder.
Written region() {
  Written written;
  written.join(cast().founder, cast().coordinator, Role::Coordinator);
  written.join(cast().founder, cast().council, Role::Council);
  return written;
}

using Act = std::function<void(Written&)>;

Act revoke(const Person& by, const Person& whom, bool keeps) {
  return [&by, &whom, keeps](Written& w) {
    std::vector<MembershipOperation> operations{RevokeOperation{whom.key(), static_cast<std::uint16_t>(keeps ? 1 : 0)}};
    if (keeps) operations.emplace_back(w.keep(whom));
    w.write(by, std::move(operations));
  };
}
Act give_role(const Person& by, const Person& whom, Role role, bool keeps) {
  return [&by, &whom, role, keeps](Written& w) {
    std::vector<MembershipOperation> operations{RoleOperation{whom.key(), role, {}, static_cast<std::uint16_t>(keeps ? 1 : 0)}};
    if (keeps) operations.emplace_back(w.keep(whom));
    w.write(by, std::move(operations));
  };
}
Act leave(const Person& who, std::uint64_t incarnation = 1) {
  return [&who, incarnation](Written& w) { w.write(who, {LeaveOperation{0}}, {}, Incarnation{incarnation}); };
}
Act readmit_last(const Person& by) {
  return [&by](Written& w) {
    const TwinStep* last = w.last_removal();
    w.write(by, {ReadmitOperation{last != nullptr ? last->id : operation_id(9)}});
  };
}
Act keep_last(const Person& by) {  // of the last removal: up to where the removed one is now
  return [&by](Written& w) {
    const TwinStep* last = w.last_removal();
    if (last == nullptr) return;
    const auto* removal = std::get_if<RevokeOperation>(&last->operation);
    for (const Person* person : {&cast().founder, &cast().coordinator, &cast().council}) {
      if (person->key() != (removal != nullptr ? removal->member : last->author)) continue;
      w.write(by, {w.keep(*person, last->id)});
      return;  // what is written moves `last`
    }
  };
}
Act rotate(const Person& who, std::uint8_t number) {
  return [&who, number](Written& w) { w.write(who, {w.rotation(who, number)}); };
}
Act recover(const Person& by, const Person& whom, std::uint32_t number) {
  return [&by, &whom, number](Written& w) { w.write(by, {w.recovery(whom, number)}); };
}
Act let_in(const Person& by, const Person& newcomer, Role role, bool own_council) {
  return
      [&by, &newcomer, role, own_council](Written& w) { w.join(by, newcomer, role, own_council ? by.council() : CouncilId{}); };
}

std::vector<Act> acts() {
  const Person &f = cast().founder, &c = cast().coordinator, &m = cast().council, &d = cast().device;
  return {
      revoke(f, c, true),
      revoke(f, m, false),
      give_role(f, c, Role::Council, true),
      give_role(f, c, Role::Reader, false),
      give_role(f, m, Role::Coordinator, true),
      leave(f),
      readmit_last(f),
      keep_last(f),
      revoke(c, f, true),
      revoke(c, m, true),
      give_role(c, m, Role::Reader, true),
      give_role(c, f, Role::Council, false),
      leave(c),
      readmit_last(c),
      let_in(c, d, Role::Reader, false),
      recover(c, m, 1),
      leave(m),
      leave(m, 2),
      let_in(m, d, Role::Council, true),
      rotate(m, 1),
      revoke(m, c, true),
      recover(m, m, 2),
      give_role(m, f, Role::Reader, true),
  };
}

// The membership of a node that has only what counts: what lies behind a cut is not everywhere. A recovery counts wherever it
// stands, and every member writes it into its own log.
Membership with_what_counts(const Written& written, const Membership& whole, std::size_t& left_out) {
  std::map<EntryId, EntryId> before;
  for (const TwinStep& step : written.steps) before[step.entry] = step.previous;
  Membership lean(written.founding.network);
  for (std::size_t entry = 0; entry < written.entries(); ++entry) {
    const TwinStep& step = written.steps[entry == 0 ? 0 : written.ends[entry - 1]];
    const std::optional<Tip> cut = whole.cut_of({step.author, step.incarnation, LogClass::Membership});
    bool counts = !cut || std::holds_alternative<RecoverOperation>(step.operation);
    for (EntryId at = cut ? cut->id : EntryId{}; !at.is_zero() && !counts; at = before[at]) counts = at == step.entry;
    if (counts) written.add_entry(lean, entry);
    left_out += counts ? 0 : 1;
  }
  lean.settle();
  return lean;
}

struct Seen {
  std::size_t removals = 0, leaves = 0, roles = 0, recoveries = 0, rotations = 0;
  void add(const MembershipPicture& picture) {
    removals += picture.removals;
    leaves += picture.leaves;
    roles += picture.roles;
    recoveries += picture.recoveries;
    rotations += picture.rotations;
  }
};

}  // namespace

TEST_CASE("membership: every history of three more entries among three keys, in every order of arrival, is as the twin has it") {
  const Written base = region();
  Membership settled(base.founding.network);
  for (std::size_t entry = 0; entry < base.entries(); ++entry) base.add_entry(settled, entry);
  settled.settle();
  const std::vector<Act> all = acts();
  std::size_t histories = 0, arrivals = 0, different = 0, left_out = 0, lean_differ = 0;
  Seen seen;
  for (const Act& first : all) {
    for (const Act& second : all) {
      for (const Act& third : all) {
        Written written = base;
        first(written);
        second(written);
        third(written);
        const MembershipPicture expected = twin_of(written.founding.network, written.steps);
        seen.add(expected);
        ++histories;
        lean_differ += picture_of(with_what_counts(written, written.membership(), left_out)) == expected ? 0 : 1;
        std::vector<std::size_t> order;
        for (std::size_t entry = base.entries(); entry < written.entries(); ++entry) order.push_back(entry);
        const bool is_small = order.size() <= 3;  // letting somebody in is two entries: of those, one order of arrival
        do {
          Membership members = settled;
          for (std::size_t entry : order) {
            written.add_entry(members, entry);
            members.settle();
          }
          ++arrivals;
          if (picture_of(members) == expected) continue;
          if (++different == 1) {
            for (const std::string& line : picture_of(members).lines) MESSAGE("got  " << line);
            for (const std::string& line : expected.lines) MESSAGE("twin " << line);
          }
        } while (is_small && std::next_permutation(order.begin(), order.end()));
      }
    }
  }
  MESSAGE(histories << " histories in " << arrivals << " orders of arrival: " << seen.removals << " removals, " << seen.leaves
                    << " leaves, " << seen.roles << " roles, " << seen.recoveries << " recoveries, " << seen.rotations
                    << " rotations");
  CHECK(different == 0);
  MESSAGE(left_out << " entries that do not count were left out, and " << lean_differ << " histories differ without theirs");
  CHECK(left_out > 100);
  CHECK(lean_differ == 0);
  for (std::size_t count : {seen.removals, seen.leaves, seen.roles, seen.recoveries, seen.rotations}) CHECK(count > 100);
}

TEST_CASE("membership: all 720 orders of a theft, a recovery, a role and a leave give the same") {
  Written written;
  const Person &f = cast().founder, &c = cast().coordinator, &m = cast().council;
  const OperationId invite = written.write(f, {invitation_of(cast().ticket, Role::Coordinator)});
  written.write(f, {admission_of(written.founding.network, invite, cast().ticket, c)});
  recover(m, m, 1)(written);
  revoke(f, c, false)(written);  // with the stolen key
  give_role(m, f, Role::Reader, true)(written);
  const MembershipPicture expected = twin_of(written.founding.network, written.steps);
  REQUIRE(written.entries() == 6);
  CHECK(expected.recoveries == 1);
  CHECK(expected.roles == 1);
  std::vector<std::size_t> order{0, 1, 2, 3, 4, 5};
  std::size_t different = 0;
  do {
    Membership members(written.founding.network);
    for (std::size_t entry : order) {
      written.add_entry(members, entry);
      members.settle();
    }
    different += picture_of(members) == expected ? 0 : 1;
  } while (std::next_permutation(order.begin(), order.end()));
  CHECK(different == 0);
}

TEST_CASE("membership: random histories of all operations in random orders are as the twin has them") {
  Seen seen;
  const std::vector<Act> all = acts();
  const Person* people[] = {&cast().founder, &cast().coordinator, &cast().council, &cast().device};
  CHECK(rc::check("histories", [&](std::uint64_t seed) {
    Random random = Random::from_number(seed);
    Written written = region();
    const std::size_t count = 4 + random.below(8);
    for (std::size_t i = 0; i < count; ++i) {
      const Person &by = *people[random.below(4)], &whom = *people[random.below(4)];
      switch (random.below(7)) {
        case 0:
          give_role(by, whom, static_cast<Role>(1 + random.below(4)),
                    random.below(2) == 0 && written.tip(whom).seq.value > 0)(written);
          break;
        case 1:
          revoke(by, whom, random.below(2) == 0 && written.tip(whom).seq.value > 0)(written);
          break;
        case 2:
          written.write(by, {LeaveOperation{0}}, {}, Incarnation{1 + random.below(2)});
          break;
        case 3:
          written.write(by, {written.rotation(by, static_cast<std::uint8_t>(random.below(3)))},
                        WallTime{static_cast<std::int64_t>(random.below(20))}, Incarnation{1 + random.below(2)});
          break;
        default:
          all[random.below(all.size())](written);
      }
    }
    const MembershipPicture expected = twin_of(written.founding.network, written.steps);
    seen.add(expected);
    std::vector<std::size_t> order(written.entries());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    for (int i = 0; i < 4; ++i) {
      shuffle(order, random);
      Membership members(written.founding.network);
      const std::size_t often = 1 + random.below(5);
      for (std::size_t at = 0; at < order.size(); ++at) {
        written.add_entry(members, order[at]);
        if (at % often == 0) members.settle();
      }
      members.settle();
      RC_ASSERT(picture_of(members).lines == expected.lines);
    }
  }));
  MESSAGE(seen.removals << " removals, " << seen.leaves << " leaves, " << seen.roles << " roles, " << seen.recoveries
                        << " recoveries, " << seen.rotations << " rotations");
  for (std::size_t of : {seen.removals, seen.leaves, seen.roles, seen.recoveries, seen.rotations})
    CHECK(of > 3);  // 16 to 130 in the runs that were looked at
}
