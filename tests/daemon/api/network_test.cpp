// What `status` tells of a network, and what networks and councils are called, asked of nodes in memory.
#include <algorithm>

#include "protocol/base/limits.h"
#include "tests/daemon/api/asked_net.h"

using namespace budstikke;
using namespace budstikke::tests;

TEST_CASE("status: how many members say where they can be dialled, this node among them") {
  AskedNet asked(3);
  Net& net = asked.net;
  const auto reachable = [&](std::size_t machine) {
    return asked.done(machine, "status").items("networks")[0].integer("reachable", -1);
  };
  // The machine says that peers dial it at this address; empty: nowhere.
  const auto advertise = [&](std::size_t machine, const std::string& address) {
    daemon::Config config;
    config.advertise = address;
    daemon::RecordsApi records(net.node(machine));
    REQUIRE(records.write_own_council(net.network(machine), config, net.now()).ok());
    net.process(machine);
  };
  CHECK(reachable(0) == 0);
  advertise(0, "aarhus.example.dk:7420");
  CHECK(reachable(0) == 1);
  CHECK(reachable(1) == 0);  // it has not heard of it
  advertise(2, "odense.example.dk:7420");
  net.connect(1, 0);
  net.connect(2, 0);
  REQUIRE(net.converge());
  CHECK(reachable(1) == 2);
  advertise(0, "");
  REQUIRE(net.converge());
  CHECK(reachable(1) == 1);
  REQUIRE(net.node(0).remove_member(net.network(0), net.node(2).self(), net.now()).ok());
  net.process(0);
  net.run();
  CHECK(reachable(1) == 0);  // who was shut out does not count
}

namespace {

Value renamed_to(const std::string& name) {
  Value args;
  args.set("name", name);
  return args;
}

std::vector<std::string> texts(const Value& reply, const char* key) {
  std::vector<std::string> texts;
  for (const Value& item : reply.items(key)) texts.push_back(*item.if_text());
  return texts;
}

Value shown_by(AskedNet& asked, std::size_t machine, const std::string& named = {}) {
  Value args = Value::map();
  if (!named.empty()) args.set("network", named);
  return asked.done(machine, "network.show", args);
}

}  // namespace

TEST_CASE("network rename: every node has the new name, in lists and in tickets, and the old ones still find it") {
  AskedNet asked(3);
  Net& net = asked.net;
  net.connect(1, 0);
  net.connect(2, 0);
  REQUIRE(net.converge());
  asked.config.advertise = "aarhus.example.dk:7420";
  const std::string old_ticket = asked.done(0, "invite").text("ticket");
  const Value renamed = asked.done(0, "network.rename", renamed_to("  Region Østdanmark "));
  CHECK(renamed.text("name") == "Region Østdanmark");
  CHECK(renamed.text("former") == "Region Øst");
  REQUIRE(net.converge());
  asked.done(0, "network.rename", renamed_to("Østdanmark"));
  REQUIRE(net.converge());
  for (std::size_t machine = 0; machine < 3; ++machine) {
    CAPTURE(machine);
    CHECK(asked.done(machine, "status").items("networks")[0].text("name") == "Østdanmark");
    CHECK(asked.done(machine, "network.list").items("networks")[0].text("name") == "Østdanmark");
    for (const std::string named : {"Østdanmark", "region østdanmark", "Region Øst"}) {
      CAPTURE(named);
      CHECK(shown_by(asked, machine, named).text("name") == "Østdanmark");
    }
    CHECK(texts(shown_by(asked, machine), "former_names") == std::vector<std::string>{"Region Østdanmark", "Region Øst"});
    CHECK(shown_by(asked, machine).find("also_called") == nullptr);
    Value other;
    other.set("network", "Region Vest");
    CHECK(asked.refusal(machine, "network.show", other) == "no-such-network");
  }
  const Result<Ticket> before = parse_ticket(old_ticket), after = parse_ticket(asked.done(0, "invite").text("ticket"));
  REQUIRE(before.ok());
  REQUIRE(after.ok());
  CHECK(before->network == after->network);  // both lead into it
  CHECK(before->label == "Region Øst");
  CHECK(after->label == "Østdanmark");
}

TEST_CASE("network rename: only a coordinator does, and not to nothing, to too much, or to another network's name") {
  AskedNet asked(2);
  Net& net = asked.net;
  net.connect(1, 0);
  REQUIRE(net.converge());
  CHECK(asked.refusal(1, "network.rename", renamed_to("Vores")) == "not-permitted");
  CHECK(asked.refusal(0, "network.rename", renamed_to("  ")) == "missing-value");
  CHECK(asked.refusal(0, "network.rename", renamed_to(std::string(101, 'x'))) == "too-long");
  CHECK(asked.refusal(0, "network.rename", renamed_to("to\nlinjer")) == "bad-text");
  asked.done(0, "network.create", renamed_to("Landet"));
  Value args = renamed_to("landet");
  args.set("network", "Region Øst");
  CHECK(asked.refusal(0, "network.rename", args) == "already-joined");
  CHECK(shown_by(asked, 1).text("name") == "Region Øst");
  args = renamed_to("REGION ØST");  // its own, in other letters
  args.set("network", "Region Øst");
  CHECK(asked.done(0, "network.rename", args).text("name") == "REGION ØST");
}

TEST_CASE("network rename: two coordinators at once leave both names until one is chosen, and either finds it") {
  AskedNet asked(2);
  Net& net = asked.net;
  const std::size_t second = net.add_member(0, Role::Coordinator);
  net.connect(1, 0);
  net.connect(second, 0);
  REQUIRE(net.converge());
  net.cut_all();
  asked.done(0, "network.rename", renamed_to("Midt"));
  asked.done(second, "network.rename", renamed_to("Midten"));
  net.connect(1, 0);
  net.connect(second, 0);
  REQUIRE(net.converge());
  for (std::size_t machine = 0; machine < 3; ++machine) {
    CAPTURE(machine);
    std::vector<std::string> both = texts(shown_by(asked, machine), "also_called");
    both.push_back(shown_by(asked, machine).text("name"));
    std::sort(both.begin(), both.end());
    CHECK(both == std::vector<std::string>{"Midt", "Midten"});
    CHECK(shown_by(asked, machine).text("name") == shown_by(asked, 0).text("name"));
    CHECK(shown_by(asked, machine, "midt").text("id") == shown_by(asked, machine, "midten").text("id"));
    CHECK(texts(shown_by(asked, machine), "former_names") == std::vector<std::string>{"Region Øst"});
    CHECK(asked.done(machine, "status").items("networks")[0].integer("conflicts") == 0);  // told with the name, not among records
    CHECK(asked.done(machine, "record.conflicts").items("conflicts").empty());
  }
  asked.done(second, "network.rename", renamed_to("Midt"));
  REQUIRE(net.converge());
  for (std::size_t machine = 0; machine < 3; ++machine) {
    CHECK(shown_by(asked, machine).text("name") == "Midt");
    CHECK(shown_by(asked, machine).find("also_called") == nullptr);
  }
}

TEST_CASE("member rename: the own council has its new name everywhere, and its members are found by the old one as well") {
  AskedNet asked(3);
  Net& net = asked.net;
  net.connect(1, 0);
  net.connect(2, 0);
  asked.done(1, "member.rename", renamed_to("Ishøj Integrationsråd"));
  const Value renamed = asked.done(1, "member.rename", renamed_to("Integrationsrådet i Ishøj"));
  CHECK(renamed.text("former") == "Ishøj Integrationsråd");
  CHECK(texts(renamed, "networks") == std::vector<std::string>{"Region Øst"});
  asked.done(2, "member.rename", renamed_to("Greve Integrationsråd"));
  REQUIRE(net.converge());
  const auto revoked = [&](const std::string& named) {
    Value args;
    args.set("member", named);
    args.set("look", true);
    return asked.done(0, "member.revoke", args).text("member");
  };
  CHECK(revoked("integrationsrådet i ishøj") == daemon::id_text(net.node(1).self()));
  CHECK(revoked("Ishøj Integrationsråd") == daemon::id_text(net.node(1).self()));
  CHECK(asked.done(1, "status").text("council_name") == "Integrationsrådet i Ishøj");
  // A name that another has now is that one's, whoever had it before.
  asked.done(2, "member.rename", renamed_to("Ishøj Integrationsråd"));
  REQUIRE(net.converge());
  CHECK(revoked("Ishøj Integrationsråd") == daemon::id_text(net.node(2).self()));
  CHECK(asked.refusal(0, "member.rename", renamed_to(" ")) == "missing-value");
}

TEST_CASE("invite: a council is named by its name, one that it had, its id, or a member's, also when none of its nodes is left") {
  AskedNet asked(3);
  Net& net = asked.net;
  net.connect(1, 0);
  net.connect(2, 0);
  asked.config.advertise = "aarhus.example.dk:7420";
  asked.done(1, "member.rename", renamed_to("Ishøj"));
  asked.done(1, "member.rename", renamed_to("Ishøj Integrationsråd"));
  REQUIRE(net.converge());
  const CouncilId council = net.node(0).ledger().networks().begin()->second.membership.find(net.node(1).self())->council;
  Value shut_out;
  shut_out.set("member", daemon::id_text(net.node(1).self()));
  asked.done(0, "member.revoke", shut_out);
  for (const std::string& named : {std::string("ishøj integrationsråd"), std::string("Ishøj"),
                                   daemon::id_text(council).substr(0, 8), daemon::id_text(net.node(1).self()).substr(0, 8)}) {
    CAPTURE(named);
    Value args;
    args.set("council", named);
    const Result<Ticket> ticket = parse_ticket(asked.done(0, "invite", args).text("ticket"));
    REQUIRE(ticket.ok());
    const Invitation* invitation = net.network(0).membership.find_invitation(ticket_signing_key(ticket->seed).public_key());
    REQUIRE(invitation != nullptr);
    CHECK(invitation->operation.council == council);
  }
  Value nobody;
  nobody.set("council", "Solrød");
  CHECK(asked.refusal(0, "invite", nobody) == "no-such-council");
}

TEST_CASE("networks: where there is no room for another one, that is said, to who makes one and to who joins") {
  AskedNet asked(1);
  for (std::size_t i = asked.net.node(0).ledger().networks().size(); i < kMaxNetworks; ++i) {
    asked.done(0, "network.create", renamed_to("Netværk " + std::to_string(i)));
  }
  CHECK(asked.refusal(0, "network.create", renamed_to("Et for meget")) == "no-room-for-network");
  Net others = Net::region(1, 7);
  const Status full = asked.net.node(0).begin_join(others.invite(0), asked.net.now());
  REQUIRE_FALSE(full.ok());
  CHECK(text_of(daemon::network_failure(full.error()).code) == "no-room-for-network");
}

TEST_CASE("status: what others are told to dial, and whether somebody has dialled in") {
  AskedNet asked(1);
  CHECK(asked.done(0, "status").text("advertise", "none").empty());
  CHECK_FALSE(asked.done(0, "status").boolean("dialed_in", true));
  asked.config.advertise = "aarhus.example.dk:7420";
  asked.core.dialed_in = true;
  CHECK(asked.done(0, "status").text("advertise") == "aarhus.example.dk:7420");
  CHECK(asked.done(0, "status").boolean("dialed_in"));
}
