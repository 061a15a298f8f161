#include "daemon/door_watch.h"

#include <doctest/doctest.h>

#include "daemon/door/address.h"
#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::daemon;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

TransportKey peer(std::uint8_t number) { return numbered<TransportKey>(number); }
Instant at(Millis time) { return Instant{1'000'000} + time; }

// A new door is told to dial these; which of them at once.
std::vector<TransportKey> dial(DoorWatch& watch, std::initializer_list<std::uint8_t> peers, Instant now) {
  std::vector<TransportKey> at_once;
  for (std::uint8_t number : peers) {
    if (!watch.may_dial(peer(number), now)) continue;
    watch.dialing(peer(number), now);
    at_once.push_back(peer(number));
  }
  return at_once;
}

}  // namespace

TEST_CASE("door watch: a peer that two doors did not survive is left alone for a day, and then once more") {
  DoorWatch watch;
  for (int death = 1; death <= 2; ++death) {
    const Instant now = at(Millis(death * 1000));
    REQUIRE(dial(watch, {1}, now).size() == 1);
    const auto blamed = watch.died(now + 50ms);
    REQUIRE(blamed);
    CHECK(blamed->peer == peer(1));
    CHECK(blamed->is_left_alone == (death == 2));
  }
  const Instant death = at(2050ms);
  CHECK(dial(watch, {1, 2}, death + 1s) == std::vector<TransportKey>{peer(2)});
  CHECK(watch.left_alone_until(peer(1), death + 1s) == death + DoorWatch::kLeftAlone);
  CHECK_FALSE(watch.next_dial(death + DoorWatch::kLeftAlone + Millis(-1)));
  CHECK(watch.deadline(death + 1s) == death + DoorWatch::kLeftAlone);
  CHECK(watch.next_dial(death + DoorWatch::kLeftAlone) == peer(1));
  watch.dialing(peer(1), death + DoorWatch::kLeftAlone);
  const auto again = watch.died(death + DoorWatch::kLeftAlone + 50ms);
  REQUIRE(again);
  CHECK(again->is_left_alone);
}

TEST_CASE("door watch: of several dials nobody is blamed, but then they come one at a time, and the one to blame is found") {
  DoorWatch watch;
  Instant now = at(0ms);
  REQUIRE(dial(watch, {1, 2, 3}, now).size() == 3);
  CHECK_FALSE(watch.died(now + 20ms));
  int deaths = 1;
  bool left_alone = false;
  while (!left_alone) {
    REQUIRE(++deaths < 5);
    now = now + 1s;
    CHECK(dial(watch, {1, 2, 3}, now).empty());
    for (;; now = now + 100ms) {
      const auto next = watch.next_dial(now);
      if (!next) continue;
      watch.dialing(*next, now);
      if (*next == peer(2)) break;
      watch.answered(*next, now + 10ms);
    }
    const auto blamed = watch.died(now + 20ms);
    REQUIRE(blamed);
    CHECK(blamed->peer == peer(2));
    left_alone = blamed->is_left_alone;
  }
  CHECK(deaths == 3);
  CHECK_FALSE(watch.left_alone_until(peer(1), now));
  CHECK_FALSE(watch.left_alone_until(peer(3), now));
}

TEST_CASE("door watch: once a door has lasted, all are dialled at once again") {
  DoorWatch watch;
  dial(watch, {1, 2}, at(0ms));
  watch.died(at(20ms));
  CHECK(dial(watch, {1, 2}, at(1s)).empty());
  watch.lasted(at(40s));
  CHECK(dial(watch, {3}, at(40s)).empty());  // two wait still
  CHECK(watch.next_dial(at(41s)));
  CHECK_FALSE(watch.next_dial(at(42s)));
  CHECK(watch.next_dial(at(45s)));  // the one before had no answer in time
  CHECK(watch.next_dial(at(49s)));
  watch.lasted(at(50s));
  CHECK(dial(watch, {1, 2, 3}, at(50s)).size() == 3);
}

TEST_CASE("door watch: who was reached a moment ago is still to blame, and who was reached before is not") {
  DoorWatch watch;
  dial(watch, {1}, at(0ms));
  watch.answered(peer(1), at(10ms));
  CHECK(watch.died(at(500ms)));
  dial(watch, {1}, at(1s));
  watch.answered(peer(1), at(1010ms));
  CHECK_FALSE(watch.died(at(5s)));
}

TEST_CASE("door watch: the host that knocked last and has proven nothing is to blame, before whoever is dialled") {
  DoorWatch watch;
  for (int death = 1; death <= 2; ++death) {
    const Instant now = at(Millis(death * 1000));
    dial(watch, {1}, now);
    watch.knocked("192.0.2.1", now);
    watch.knocked("192.0.2.2", now + 10ms);
    watch.knocked("192.0.2.3", now + 20ms);
    watch.proven("192.0.2.3", now + 30ms);
    const auto blamed = watch.died(now + 50ms);
    REQUIRE(blamed);
    CHECK(blamed->host == "192.0.2.2");
    CHECK_FALSE(blamed->peer);
  }
  CHECK(watch.refused_hosts(at(3s)) == std::vector<std::string>{"192.0.2.2"});
  CHECK(watch.refused_hosts(at(3s) + DoorWatch::kLeftAlone).empty());
  CHECK_FALSE(watch.left_alone_until(peer(1), at(3s)));
}

TEST_CASE("door watch: two deaths more than a day apart are two accidents") {
  DoorWatch watch;
  dial(watch, {1}, at(0ms));
  CHECK(watch.died(at(20ms)));
  dial(watch, {1}, at(25h));
  const auto blamed = watch.died(at(25h) + 20ms);
  REQUIRE(blamed);
  CHECK_FALSE(blamed->is_left_alone);
}

TEST_CASE("door watch: a crowd of hosts is remembered within bounds") {
  DoorWatch watch;
  for (int i = 0; i < 10'000; ++i) {
    watch.knocked(std::to_string(i), at(Millis(i)));
    if (i % 3 == 0) watch.died(at(Millis(i)));
  }
  CHECK(watch.refused_hosts(at(11s)).size() <= DoorWatch::kMostHosts);
}

TEST_CASE("addresses: of IPv6 the network names the host, of IPv4 the address") {
  CHECK(host_of("192.0.2.7:7420") == "192.0.2.7");
  CHECK(host_of("[2001:db8:1:2:3:4:5:6]:7420") == "2001:db8:1:2::/64");
  CHECK(host_of("[2001:db8:1:2::9]:80") == host_of("[2001:db8:1:2:ffff::1]:81"));
  CHECK(host_of("[2001:db8:1:3::9]:80") != host_of("[2001:db8:1:2::9]:80"));
  CHECK(host_of("") == "");
}
