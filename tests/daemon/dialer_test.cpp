// Whom the core has its door dial: partners, those that stand in for them, and no crowd.
#include "daemon/dialer.h"

#include <doctest/doctest.h>

#include "tests/support/net.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;
using daemon::Dial;
using daemon::Dialer;
using daemon::DialFailed;
using daemon::Undial;

namespace {

// A region in sync, of whose members the first ones can be dialled; seen from one of them.
struct Dialed {
  Net net;
  std::size_t own;
  Dialer dialer;
  Instant now{1'000'000};
  std::set<TransportKey> dialing;
  std::uint64_t next_link = 1;

  Dialed(std::size_t hosts, std::size_t members, std::size_t seen_from) : net(Net::region(members)), own(seen_from) {
    for (std::size_t machine = 0; machine < hosts; ++machine) {
      const std::string self = daemon::id_text(net.node(machine).self());
      const CouncilId& council = net.node(machine).self_in(net.network(machine))->council;
      ChangeBuilder builder(daemon::council_record(council), nullptr);
      builder.add(find_field(*find_kind(Kind::Council), "node")->number, Value(self + "@host:7420"));
      const ChangeBytes change = builder.finish(numbered_salt(machine));
      REQUIRE(net.node(machine).write(net.network(machine), {&change, 1}, net.now()).ok());
      net.process(machine);
    }
    for (std::size_t machine = 1; machine < members; ++machine) net.connect(machine, 0);
    REQUIRE(net.converge());
  }

  static Salt numbered_salt(std::size_t number) {
    Salt salt;
    salt.bytes.fill(static_cast<std::uint8_t>(number + 1));
    return salt;
  }
  // Takes what the door is told into account.
  void refresh() {
    for (const daemon::CoreMessage& message : dialer.refresh(net.node(own), false, now)) {
      if (const auto* dial = std::get_if<Dial>(&message)) dialing.insert(dial->peer);
      if (const auto* undial = std::get_if<Undial>(&message)) dialing.erase(undial->peer);
    }
  }
  LinkId up(const TransportKey& peer, bool dialed = true) {
    const LinkId link{next_link++};
    dialer.link_up(link, {peer, dialed, "host:7420"}, now);
    return link;
  }
  void up_all() {
    for (const TransportKey& peer : dialing) up(peer);
  }
  void fail(const TransportKey& peer) { dialer.failed({peer, "host:7420", daemon::DialFailure::Timeout}, now); }
};

}  // namespace

TEST_CASE("dialer: in a small region all that can be dialled are, and nobody else") {
  Dialed from(5, 6, 5);
  from.refresh();
  CHECK(from.dialing.size() == 5);
  for (std::size_t host = 0; host < 5; ++host) CHECK(from.dialing.contains(from.net.transport(host)));
}

TEST_CASE("dialer: in a larger region a few are dialled, the same again, and nothing is said twice") {
  Dialed from(12, 14, 3);
  from.refresh();
  CHECK(from.dialing.size() >= Partners::kFewest);
  CHECK(from.dialing.size() <= Partners::kMost);
  CHECK(from.dialer.refresh(from.net.node(3), false, from.now).empty());
  Dialer another;
  CHECK(another.refresh(from.net.node(3), false, from.now).size() == from.dialing.size());
}

TEST_CASE("dialer: who was dialled in vain for half a minute is replaced, dialled on, and taken back after a trial") {
  Dialed from(12, 14, 3);
  from.refresh();
  const std::set<TransportKey> partners = from.dialing;
  const TransportKey sick = *partners.begin();
  for (const TransportKey& peer : partners) {
    if (peer != sick) from.up(peer);
  }
  from.fail(sick);
  from.refresh();
  CHECK(from.dialing == partners);  // it may only have started anew
  from.now = from.now + Dialer::kPatience;
  from.fail(sick);
  from.refresh();
  CHECK(from.dialing.size() > partners.size());
  CHECK(from.dialing.contains(sick));
  const std::set<TransportKey> more = from.dialing;
  for (const TransportKey& peer : more) {
    if (!partners.contains(peer)) from.up(peer);
  }
  from.up(sick);
  CHECK(from.dialer.failure(sick) == nullptr);
  from.refresh();
  CHECK(from.dialing == more);
  from.now = from.now + Dialer::kTrial;
  from.refresh();
  CHECK(from.dialing == partners);
}

TEST_CASE("dialer: a node without any link does not wait for those that do not answer") {
  Dialed from(12, 14, 3);
  from.refresh();
  const std::set<TransportKey> partners = from.dialing;
  for (const TransportKey& peer : partners) from.fail(peer);
  from.refresh();
  CHECK(from.dialing.size() > partners.size());
  for (int round = 0; round < 10; ++round) {  // none answers: all are tried in the end, but never all at a time for ever
    for (const TransportKey& peer : std::set<TransportKey>(from.dialing)) from.fail(peer);
    from.refresh();
  }
  CHECK(from.dialing.size() <= 11);
  from.now = from.now + Dialer::kForgiven;
  from.refresh();
  CHECK(from.dialing == partners);
}

TEST_CASE("dialer: a guest leaves a crowd when it has enough other links, and a host stays") {
  Dialed from(12, 14, 13);
  from.refresh();
  CHECK(from.dialing.size() == Partners::kGuestLinks);
  const std::set<TransportKey> partners = from.dialing;
  const TransportKey crowded = *partners.begin();
  from.up(crowded);
  CHECK_FALSE(from.dialer.crowded(from.net.node(13), crowded, from.now));
  for (const TransportKey& peer : partners) {
    if (peer != crowded) from.up(peer);
  }
  CHECK(from.dialer.crowded(from.net.node(13), crowded, from.now));
  from.refresh();
  CHECK_FALSE(from.dialing.contains(crowded));
  CHECK(from.dialing.size() == Partners::kGuestLinks);
  from.now = from.now + Dialer::kLeft;
  from.refresh();
  CHECK(from.dialing == partners);

  Dialed host(12, 14, 3);
  host.refresh();
  host.up_all();
  CHECK_FALSE(host.dialer.crowded(host.net.node(3), *host.dialing.begin(), host.now));
}

TEST_CASE("dialer: of too many guests the last ones are asked to leave, each once, and hosts are not counted") {
  Dialed from(3, 5, 0);
  for (std::size_t i = 0; i < 3; ++i) from.up(from.net.transport(1), false);
  for (std::size_t i = 0; i < Dialer::kMostGuestLinks; ++i) {
    TransportKey guest;
    guest.bytes.fill(static_cast<std::uint8_t>(i + 1));
    from.up(guest, false);
  }
  CHECK(from.dialer.take_crowd(from.net.node(0)).empty());
  const LinkId late = from.up(from.net.transport(4), false);
  CHECK(from.dialer.take_crowd(from.net.node(0)) == std::vector<LinkId>{late});
  CHECK(from.dialer.take_crowd(from.net.node(0)).empty());
}

TEST_CASE("dialer: those a ticket named are dialled until the membership tells where they are") {
  Dialed from(0, 3, 2);
  from.refresh();
  CHECK(from.dialing.contains(from.net.transport(0)));
  Dialed known(3, 3, 2);
  known.refresh();
  CHECK(known.dialing == std::set<TransportKey>{known.net.transport(0), known.net.transport(1)});
}

TEST_CASE("dialer: of a member that has stated another key the one with a link is kept, and without any both are tried") {
  Dialed from(3, 4, 3);
  from.refresh();
  const TransportKey former = from.net.transport(0);
  REQUIRE(from.dialing.contains(former));
  const LinkId link = from.up(former);
  TransportKey next = former;
  next.bytes[5] ^= 0x55;
  REQUIRE(from.net.node(0).state_transport(next, from.net.now()).ok());
  from.net.process(0);
  REQUIRE(from.net.converge());
  from.refresh();
  CHECK(from.dialing.contains(former));
  CHECK_FALSE(from.dialing.contains(next));
  from.dialer.link_down(link, from.now);
  from.refresh();
  CHECK(from.dialing.contains(former));
  CHECK(from.dialing.contains(next));
  from.up(next);
  from.refresh();
  CHECK_FALSE(from.dialing.contains(former));
  CHECK(from.dialing.contains(next));
  const Member& member = *from.net.network(3).membership.find(from.net.node(0).self());
  CHECK(from.dialer.last_linked(member) == from.now);  // by the former one
}
