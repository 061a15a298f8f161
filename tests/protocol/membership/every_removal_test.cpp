// Every case of removals among four keys with six operations, in every order in which their logs can come, against the slow twin.
//
// Enumerated   The charter and the admissions of three more keys, in each of the four shapes that a tree of them can have: as
//              coordinators all, or as councils, of which those let in by another council are its further devices. Then a removal
//              that keeps nothing, one that keeps what is there of the membership log, or a leave, by any of the four keys and of
//              any other, also without the right to; and after it nothing, a readmission of whom it removed, or a keep that
//              belongs to it, by any of the four, and among coordinators any removal or leave as well. Each in all orders of
//              arrival that keep the order within each log, an admission together with its invitation.
// Of the orders one in sixteen is tried, another one in each case, and with BUDSTIKKE_EVERY_ORDER set in the environment every
// one,
//              which takes some minutes.
// Not          Roles, recoveries and transport keys (every_order_test.cpp), three removals, forks (tests/protocol/node).
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <numeric>

#include "tests/support/sanitized.h"
#include "tests/support/written.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

constexpr std::size_t kFourKeys = 4;
using LetInBy = std::array<std::size_t, kFourKeys>;  // by whom each was let in; the first founded the network

const Person& one_of_four(std::size_t number) {
  static const Person kPersons[kFourKeys] = {Person(1), Person(2), Person(3), Person(4)};
  return kPersons[number];
}

// What comes together: some entries of one log.
struct LogPiece {
  std::size_t author;
  std::size_t first, last;  // entries of a Written
};

struct RemovalCase {
  Written written;
  std::vector<LogPiece> pieces{{0, 0, 1}};

  void add(std::size_t author, const std::function<void()>& write) {
    const std::size_t first = written.entries();
    write();
    if (written.entries() > first) pieces.push_back({author, first, written.entries()});
  }
};

RemovalCase founded_by_four(const LetInBy& parents, bool are_councils) {
  RemovalCase made;
  std::array<CouncilId, kFourKeys> councils{};
  for (std::size_t number = 1; number < kFourKeys; ++number) {
    const std::size_t parent = parents[number];
    const bool is_device = are_councils && parent != 0;
    councils[number] = is_device ? councils[parent] : one_of_four(number).council();
    made.add(parent, [&] {
      made.written.join(one_of_four(parent), one_of_four(number), are_councils ? Role::Council : Role::Coordinator,
                        is_device ? councils[parent] : CouncilId{});
    });
  }
  return made;
}

using RemovalStep = std::function<void(RemovalCase&)>;

std::vector<RemovalStep> removing_steps() {
  std::vector<RemovalStep> steps;
  for (std::size_t by = 0; by < kFourKeys; ++by) {
    steps.push_back([by](RemovalCase& c) { c.add(by, [&] { c.written.write(one_of_four(by), {LeaveOperation{0}}); }); });
    for (std::size_t whom = 0; whom < kFourKeys; ++whom) {
      if (whom == by) continue;
      steps.push_back([=](RemovalCase& c) {
        c.add(by, [&] { c.written.write(one_of_four(by), {RevokeOperation{one_of_four(whom).key(), 0}}); });
      });
      steps.push_back([=](RemovalCase& c) {
        if (c.written.tip(one_of_four(whom)).seq.value == 0) return;  // there is nothing to keep: as without
        c.add(by, [&] {
          c.written.write(one_of_four(by), {RevokeOperation{one_of_four(whom).key(), 1}, c.written.keep(one_of_four(whom))});
        });
      });
    }
  }
  return steps;
}

// What may follow a removal, by whom it belongs to or not.
std::vector<RemovalStep> following_steps() {
  std::vector<RemovalStep> steps;
  steps.push_back([](RemovalCase&) {});
  for (std::size_t by = 0; by < kFourKeys; ++by) {
    steps.push_back([by](RemovalCase& c) {
      const TwinStep* last = c.written.last_removal();
      if (last != nullptr) c.add(by, [&] { c.written.write(one_of_four(by), {ReadmitOperation{last->id}}); });
    });
    steps.push_back([by](RemovalCase& c) {
      const TwinStep* last = c.written.last_removal();
      const auto* revoke = last != nullptr ? std::get_if<RevokeOperation>(&last->operation) : nullptr;
      for (std::size_t whom = 0; whom < kFourKeys; ++whom) {
        if (revoke == nullptr || one_of_four(whom).key() != revoke->member || c.written.tip(one_of_four(whom)).seq.value == 0)
          continue;
        const KeepOperation keep = c.written.keep(one_of_four(whom), last->id);
        c.add(by, [&] { c.written.write(one_of_four(by), {keep}); });
        return;  // what is written moves `last`
      }
    });
  }
  return steps;
}

// Calls with every order of the pieces in which those of each author keep theirs.
void each_order(const std::vector<LogPiece>& pieces, const std::function<void(const std::vector<std::size_t>& order)>& take) {
  std::vector<std::size_t> order;
  std::vector<bool> used(pieces.size(), false);
  const std::function<void()> go_on = [&] {
    if (order.size() == pieces.size()) return take(order);
    std::array<bool, kFourKeys> waits{};  // an earlier piece of the author has not come
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      if (used[i]) continue;
      if (std::exchange(waits[pieces[i].author], true)) continue;
      used[i] = true;
      order.push_back(i);
      go_on();
      order.pop_back();
      used[i] = false;
    }
  };
  go_on();
}

struct RemovalCount {
  std::size_t cases = 0, possible = 0, orders = 0, different = 0, removals = 0, leaves = 0, without = 0;
};

// One order in so many is tried.
std::size_t stride_of_orders() {
  static const bool all = std::getenv("BUDSTIKKE_EVERY_ORDER") != nullptr;
  return all ? 1 : 16 * one_in(8);
}

void check_removals(const RemovalCase& made, RemovalCount& count) {
  const MembershipPicture expected = twin_of(made.written.founding.network, made.written.steps);
  ++count.cases;
  count.removals += expected.removals;
  count.leaves += expected.leaves;
  count.without += expected.removals + expected.leaves == 0 ? 1 : 0;
  std::size_t number = count.cases;  // where it begins differs from case to case
  each_order(made.pieces, [&](const std::vector<std::size_t>& order) {
    ++count.possible;
    if (number++ % stride_of_orders() != 0) return;
    Membership members(made.written.founding.network);
    for (std::size_t at = 0; at < order.size(); ++at) {
      const LogPiece& piece = made.pieces[order[at]];
      for (std::size_t entry = piece.first; entry < piece.last; ++entry) made.written.add_entry(members, entry);
      if (count.orders % 8 == 0) members.settle();  // also what was decided before all was there
    }
    members.settle();
    ++count.orders;
    if (picture_of(members) == expected) return;
    if (++count.different > 1) return;
    for (const std::string& line : picture_of(members).lines) MESSAGE("got  " << line);
    for (const std::string& line : expected.lines) MESSAGE("twin " << line);
  });
}

}  // namespace

TEST_CASE(
    "membership: every case of removals among four keys with six operations, in the orders of their logs, is as the twin has "
    "it") {
  const std::vector<RemovalStep> first_steps = removing_steps(), councils_second = following_steps();
  std::vector<RemovalStep> second_steps = first_steps;
  second_steps.insert(second_steps.end(), councils_second.begin(), councils_second.end());
  RemovalCount count;
  for (const bool are_councils : {false, true}) {
    for (const LetInBy& parents : {LetInBy{0, 0, 0, 0}, {0, 0, 0, 1}, {0, 0, 1, 1}, {0, 0, 1, 2}}) {
      const RemovalCase base = founded_by_four(parents, are_councils);
      for (const RemovalStep& first : first_steps) {
        RemovalCase one = base;
        first(one);
        for (const RemovalStep& second : are_councils ? councils_second : second_steps) {
          RemovalCase two = one;
          second(two);
          check_removals(two, count);
        }
      }
    }
  }
  MESSAGE(count.cases << " cases in " << count.orders << " of their " << count.possible
                      << " orders of arrival: " << count.removals << " removals that count, " << count.leaves << " leaves; "
                      << count.without << " cases without either");
  CHECK(count.different == 0);
  CHECK(count.cases == 4 * 28 * (37 + 9));
  CHECK(count.removals > 1'000);
  CHECK(count.leaves > 1'000);
}
