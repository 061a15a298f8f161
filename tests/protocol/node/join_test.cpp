// Founding a network, inviting, joining.
#include <doctest/doctest.h>

#include "protocol/base/limits.h"
#include "tests/support/net.h"
#include "tests/support/pair.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

JoinMessage join_of(const Net& net, std::size_t newcomer, const Ticket& ticket) {
  const SigningKey ticket_key = ticket_signing_key(ticket.seed);
  const SigningKey& own = net.identity(newcomer);
  JoinMessage join{ticket.network, ticket_key.public_key(), own.public_key(), net.transport(newcomer), {}, {}};
  join.ticket_signature = ticket_key.sign(Purpose::Admission, admission_message(ticket.network, join.member, join.transport));
  join.certificate = own.sign(Purpose::Certificate, certificate_message(ticket.network, join.transport));
  return join;
}

}  // namespace

TEST_CASE("founding: the founder is coordinator, and the charter gives the network its id") {
  Net net;
  net.add();
  const NetworkId id = net.found(0);
  CHECK(id_of(net.network(0).founding.charter) == id);
  const Member* founder = net.network(0).membership.founder();
  REQUIRE(founder != nullptr);
  CHECK(founder->key == net.node(0).self());
  CHECK(founder->role == Role::Coordinator);
  CHECK(founder->council == council_of(net.node(0).self()));
  CHECK(net.events(0, EventKind::BecameMember) == 1);
  net.crash(0);
  CHECK(net.network(0).row.id == id);
  CHECK(net.network(0).row.label == "Region Øst");
  CHECK(net.node(0).self_in(net.network(0)) != nullptr);
}

TEST_CASE("join: a newcomer with a ticket is admitted, dials again and becomes a member") {
  Net net;
  net.add();
  net.found(0);
  net.add();
  const Ticket ticket = net.invite(0);
  net.join(1, ticket, 0);
  CHECK(net.transcript() ==
        "B>A join\n"
        "A>B admitted\n");
  CHECK(net.events(0, EventKind::Admitted) == 1);
  CHECK(net.events(1, EventKind::Joined) == 1);
  CHECK(net.node(1).self_in(net.network(1)) == nullptr);  // it knows so once the admission has arrived
  CHECK(net.network(1).row.label == "Region Øst");
  net.connect(1, 0);
  net.run();
  CHECK(net.transcript() ==
        "B>A hello 1 networks\n"
        "A>B hello 1 networks\n"
        "A>B vector membership 1 logs\n"
        "B>A vector membership 0 logs\n"
        "B>A want membership>0\n"
        "A>B run membership 1-3\n"
        "A>B done\n");
  net.advance(1ms);
  CHECK(net.transcript() == "B>A level\n");  // equal to what A's hello said
  CHECK(net.events(1, EventKind::BecameMember) == 1);
  CHECK(net.agree());
  REQUIRE(net.node(1).self_in(net.network(1)) != nullptr);
  CHECK(net.node(1).self_in(net.network(1))->parent == net.node(0).self());
  CHECK(net.drops() == std::vector<std::string>{"B: admitted: dials again with its own key"});
}

TEST_CASE("join: both sides derive the same words") {
  Net net = Net::region(2);
  const auto words = [&](std::size_t machine) {
    const Membership& membership = net.network(machine).membership;
    return comparison_words(net.network(machine).row.id, *membership.find(net.node(0).self()),
                            *membership.find(net.node(1).self()));
  };
  CHECK(words(0) == words(1));
  CHECK_FALSE(words(0).is_zero());
}

TEST_CASE("join: a used ticket is refused") {
  Net net = Net::region(1);
  const Ticket ticket = net.invite(0);
  net.join(net.add(), ticket, 0);
  const std::size_t late = net.add();
  net.join(late, ticket, 0);
  CHECK(net.frames("refused 2") == 1);
  CHECK(net.events(late, EventKind::JoinRefused) == 1);
  CHECK(net.node(late).ledger().networks().empty());
  CHECK(net.network(0).membership.members().size() == 2);
}

TEST_CASE("join: an expired ticket is refused") {
  Net net = Net::region(1);
  const Ticket ticket = net.invite(0, Role::Council, {}, 1h);
  net.advance(1h + 1ms);
  net.join(net.add(), ticket, 0);
  CHECK(net.frames("refused 3") == 1);
  CHECK(net.network(0).membership.members().size() == 1);
}

TEST_CASE("join: a ticket nobody made does not get past the link") {
  Net net = Net::region(1);
  Ticket ticket = net.invite(0);
  ticket.seed.bytes[0] ^= 1;
  net.join(net.add(), ticket, 0);
  CHECK(net.frames("admitted") + net.frames("refused") == 0);
  CHECK(net.drops().back() == "A: a key that is no member's");
}

TEST_CASE("join: over a member's link, a ticket that is unknown is refused and the link stays") {
  Net net = Net::region(2);
  Ticket ticket = net.invite(0);
  ticket.seed.bytes[0] ^= 1;
  const auto cable = net.connect(1, 0);
  net.run();
  net.inject(cable, 0, encode(join_of(net, net.add(), ticket)));
  net.run();
  CHECK(net.frames("refused 1") == 1);
}

TEST_CASE("join: a transport key that a member has already is refused") {
  Net net = Net::region(2);
  const Ticket ticket = net.invite(0);
  const std::size_t newcomer = net.add();
  JoinMessage join = join_of(net, newcomer, ticket);
  join.transport = net.transport(1);
  const auto cable = net.attach(0, ticket_transport_key(ticket.seed).public_key);
  net.inject(cable, 0, encode(join));
  net.run();
  CHECK(net.frames("refused 4") == 1);
  join = join_of(net, 1, ticket);  // a member that wants another transport key
  join.transport = net.transport(newcomer);
  net.inject(cable, 0, encode(join));
  net.run();
  CHECK(net.frames("refused 4") == 2);
}

TEST_CASE("join: forged signatures are refused, and the ticket stays good") {
  Net net = Net::region(1);
  const Ticket ticket = net.invite(0);
  const std::size_t newcomer = net.add();
  const auto cable = net.attach(0, ticket_transport_key(ticket.seed).public_key);
  JoinMessage join = join_of(net, newcomer, ticket);
  join.ticket_signature.bytes[3] ^= 1;
  net.inject(cable, 0, encode(join));
  join = join_of(net, newcomer, ticket);
  join.certificate.bytes[3] ^= 1;
  net.inject(cable, 0, encode(join));
  net.run();
  CHECK(net.frames("refused 5") == 2);
  CHECK(net.network(0).membership.members().size() == 1);
  net.inject(cable, 0, encode(join_of(net, newcomer, ticket)));
  net.run();
  CHECK(net.frames("admitted") == 1);
}

TEST_CASE("join: the key of one invitation cannot use another") {
  Net net = Net::region(1);
  const Ticket mine = net.invite(0);
  const Ticket other = net.invite(0);
  const std::size_t newcomer = net.add();
  const auto cable = net.attach(0, ticket_transport_key(mine.seed).public_key);
  net.inject(cable, 0, encode(join_of(net, newcomer, other)));
  net.run();
  CHECK(net.frames("refused 1") == 1);
}

TEST_CASE("join: who lost the answer hears it again") {
  Net net = Net::region(1);
  const Ticket ticket = net.invite(0);
  const std::size_t newcomer = net.add();
  REQUIRE(net.node(newcomer).begin_join(ticket, net.now()).ok());
  const auto cable = net.connect_as(newcomer, 0, ticket_transport_key(ticket.seed).public_key);
  net.step();  // the join arrives, the answer is lost
  net.cut(cable);
  CHECK(net.network(0).membership.members().size() == 2);
  net.connect_as(newcomer, 0, ticket_transport_key(ticket.seed).public_key);
  net.run();
  CHECK(net.events(newcomer, EventKind::Joined) == 1);
  CHECK(net.network(0).membership.members().size() == 2);
}

TEST_CASE("join: an invitation's link may send nothing but a join") {
  Net net = Net::region(1);
  const Ticket ticket = net.invite(0);
  const auto cable = net.attach(0, ticket_transport_key(ticket.seed).public_key);
  net.inject(cable, 0, encode(WantMessage{ticket.network, {}}));
  net.run();
  CHECK(net.drops().back() == "A: an invitation may only join");
}

TEST_CASE("join: an admission with another network's charter costs the link and joins nothing") {
  Net net = Net::region(1);
  Ticket ticket = net.invite(0);
  ticket.network.bytes[5] ^= 1;
  const std::size_t newcomer = net.add();
  REQUIRE(net.node(newcomer).begin_join(ticket, net.now()).ok());
  const auto cable = net.connect_as(newcomer, 0, ticket_transport_key(ticket.seed).public_key);
  net.inject(cable, newcomer, encode(AdmittedMessage{ticket.network, net.network(0).row.charter}));
  net.hold(cable, false);
  net.run();
  CHECK(net.node(newcomer).ledger().networks().empty());
}

TEST_CASE("join: a node that is in one network joins a second one through a link it has") {
  Net net = Net::region(2);
  const NetworkId first = net.network(0).row.id;
  Result<Node::Created> second = net.node(0).create_network("Danmark", net.now());
  REQUIRE(second.ok());
  net.process(0);
  const auto cable = net.connect(1, 0);
  net.run();
  Network& founded = *net.node(0).ledger().find_network(second->network);
  Result<Ticket> ticket = net.node(0).invite(founded, Role::Reader, {}, WallTime{net.now().wall.ms + 1'000'000},
                                             {{net.transport(0), "a:7420"}}, net.now());
  REQUIRE(ticket.ok());
  net.process(0);
  REQUIRE(net.node(1).begin_join(*ticket, net.now()).ok());
  net.process(1);
  net.run();
  CHECK_FALSE(net.is_up(cable));
  CHECK(net.events(1, EventKind::Joined) == 2);
  net.connect(1, 0);
  net.advance(1s);
  REQUIRE(net.node(1).ledger().networks().size() == 2);
  const Network& joined = *net.node(1).ledger().find_network(second->network);
  CHECK(net.node(1).summary_of(joined) == net.node(0).summary_of(founded));
  CHECK(net.node(1).self_in(joined)->role == Role::Reader);
  CHECK(net.node(1).self_in(*net.node(1).ledger().find_network(first))->role == Role::Council);
  CHECK(net.node(1).begin_join(*ticket, net.now()).error().code == Code::Conflict);
}

TEST_CASE("join: a ticket that names nobody is refused before anything is dialled") {
  Net net = Net::region(1);
  Ticket ticket = net.invite(0);
  ticket.members.clear();
  CHECK(net.node(net.add()).begin_join(ticket, net.now()).error().code == Code::Invalid);
}

TEST_CASE("invite: a council may invite a further device of its own, and nobody else") {
  Net net = Net::region(2);
  net.connect(1, 0);
  const CouncilId own = net.node(1).self_in(net.network(1))->council;
  const WallTime expires{net.now().wall.ms + 1'000'000};
  CHECK(net.node(1).invite(net.network(1), Role::Council, {}, expires, {}, net.now()).error().code == Code::NotAllowed);
  CHECK(net.node(1).invite(net.network(1), Role::Coordinator, own, expires, {}, net.now()).error().code == Code::NotAllowed);
  const Ticket ticket = net.invite(1, Role::Council, own);
  const std::size_t device = net.add();
  net.run();
  net.join(device, ticket, 0);  // the founder is the witness of another's invitation
  net.connect(device, 0);
  REQUIRE(net.converge());
  const Member* member = net.network(0).membership.find(net.node(device).self());
  REQUIRE(member != nullptr);
  CHECK(member->council == own);
  CHECK(member->parent == net.node(1).self());
  CHECK(member->depth == 2);
}

TEST_CASE("join: a ticket used with two witnesses lets both in, on every node alike") {
  Net net = Net::region(3);
  const Ticket ticket = net.invite(0);
  net.connect(1, 0);
  net.connect(2, 0);
  net.run();
  net.cut_all();
  const std::size_t first = net.add(), second = net.add();
  net.join(first, ticket, 1);
  net.join(second, ticket, 2);
  CHECK(net.frames("admitted") == 2);
  for (std::size_t machine : {1, 2, 3, 4}) net.connect(machine, machine < 3 ? 0 : machine - 2);
  REQUIRE(net.converge());
  for (std::size_t machine = 0; machine < 5; ++machine) CHECK(net.network(machine).membership.members().size() == 5);
}

TEST_CASE("join: one key admitted twice in different roles counts once, and what it wrote is judged alike everywhere") {
  std::size_t wrote_for_nothing = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    Net net = Net::region(3, seed);
    const Ticket writer = net.invite(0, Role::Council), reader = net.invite(0, Role::Reader);
    net.connect(1, 0);
    net.connect(2, 0);
    net.run();
    net.cut_all();
    const std::size_t newcomer = net.add();
    net.join(newcomer, writer, 1);
    net.join(newcomer, reader, 2);
    const auto cable = net.connect(newcomer, 1);
    net.run();
    REQUIRE(net.node(newcomer).self_in(net.network(newcomer))->role == Role::Council);
    std::vector<RecordKey> records;
    for (int i = 0; i < 3; ++i) records.push_back(net.write(newcomer, "x"));
    net.run();
    net.cut(cable);
    for (std::size_t machine : {1, 2, 3}) net.connect(machine, machine == 3 ? 1 : 0);
    REQUIRE(net.converge());
    const bool counts = net.node(0).self_in(net.network(0)) != nullptr &&
                        net.network(0).membership.find(net.node(newcomer).self())->role == Role::Council;
    wrote_for_nothing += counts ? 0 : 1;
    for (std::size_t machine = 0; machine < 4; ++machine) {
      CHECK(net.events(machine, EventKind::StateDiffers) == 0);
      for (const RecordKey& record : records) CHECK(net.names(machine, record).size() == (counts ? 1 : 0));
      const NetworkSummary summary = net.node(machine).summary_of(net.network(machine));
      net.crash(machine);
      CHECK(net.node(machine).summary_of(net.network(machine)) == summary);
    }
  }
  CHECK(wrote_for_nothing > 0);
  CHECK(wrote_for_nothing < 12);
}

TEST_CASE("join: a newcomer is told of everybody by a member of whom the founder's own log does not tell") {
  Net net;
  net.add();
  net.found(0);
  const std::size_t second = net.add_member(0, Role::Coordinator);
  const std::size_t third = net.add_member(second, Role::Coordinator);  // the second one's log admits it
  net.add();
  net.join(3, net.invite(third), third);
  net.connect(3, third);
  net.run();
  net.advance(1s);
  CHECK(agree(net, 3, third));
  CHECK(net.network(3).membership.members().size() == 4);
  const std::string admitted = ": admitted: dials again with its own key";
  CHECK(net.drops() == std::vector<std::string>{"B" + admitted, "C" + admitted, "D" + admitted});
}

TEST_CASE("join: whom the ticket names and no member knows is a stranger once the membership is a member's") {
  Net net = Net::region(2);
  net.add();
  net.add();
  Ticket ticket = net.invite(0);
  ticket.members = {{net.transport(0), "a:7420"}, {net.transport(2), "c:7420"}};
  net.join(3, ticket, 0);
  CHECK(net.network(3).trusts(net.transport(2)));
  CHECK(net.network(3).trusts(net.transport(0)));
  CHECK_FALSE(net.network(3).trusts(net.transport(1)));  // as far as it knows
  net.connect(3, 0);
  net.run();
  net.advance(1s);
  REQUIRE(agree(net, 3, 0));
  CHECK_FALSE(net.network(3).trusts(net.transport(2)));
  CHECK(net.network(3).trusts(net.transport(0)));
  CHECK(net.network(3).trusts(net.transport(1)));
  CHECK(net.network(3).row.bootstrap.size() == 1);
  net.crash(3);
  CHECK_FALSE(net.network(3).trusts(net.transport(2)));
}
