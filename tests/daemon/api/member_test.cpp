// The API's commands about members, asked of nodes in memory.
#include "protocol/records/moment.h"
#include "tests/daemon/api/asked_net.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

struct Members : AskedNet {
  Members() : AskedNet(3) {
    net.connect(1, 0);
    net.connect(2, 0);
    REQUIRE(net.converge());
  }
  Value named(std::size_t machine) {
    Value args;
    args.set("member", daemon::id_text(net.node(machine).self()).substr(0, 8));
    return args;
  }
  const Value* removed(const Value& members, std::size_t machine) {
    for (const Value& member : members.items("members")) {
      if (member.text("member") == daemon::id_text(net.node(machine).self())) return member.find("removed");
    }
    return nullptr;
  }
};

}  // namespace

TEST_CASE("member: who is shut out is listed with when and by whom, is no peer any more, and comes back") {
  Members members;
  Value look = members.named(2);
  look.set("look", true);
  CHECK(members.done(0, "member.revoke", look).text("member") == daemon::id_text(members.net.node(2).self()));
  CHECK(members.done(0, "network.show").integer("members") == 3);
  const Value revoked = members.done(0, "member.revoke", members.named(2));
  REQUIRE(revoked.find("removed") != nullptr);
  CHECK(revoked.find("removed")->text("by") == daemon::id_text(members.net.node(0).self()));
  members.net.advance(1s);
  for (const std::size_t machine : {0, 1}) {
    CAPTURE(machine);
    const Value listed = members.done(machine, "network.members");
    CHECK(listed.items("members").size() == 3);
    REQUIRE(members.removed(listed, 2) != nullptr);
    CHECK_FALSE(members.removed(listed, 2)->text("time").empty());
    CHECK(members.removed(listed, 1) == nullptr);
    CHECK(members.done(machine, "network.show").integer("members") == 2);
    CHECK(members.done(machine, "peers").items("peers").size() == 1);
    CHECK(members.done(machine, "status").items("networks")[0].find("removed") == nullptr);
  }
  CHECK(members.refusal(0, "member.revoke", members.named(2)) == "no-such-member");
  CHECK(members.refusal(1, "member.readmit", members.named(2)) == "not-permitted");
  members.done(0, "member.readmit", members.named(2));
  members.net.connect(2, 0);
  REQUIRE(members.net.converge());
  CHECK(members.removed(members.done(1, "network.members"), 2) == nullptr);
  CHECK(members.refusal(0, "member.readmit", members.named(2)) == "no-such-member");
}

TEST_CASE("member: a node that knows that it was shut out says so in its status") {
  Members members;
  Net& net = members.net;
  CHECK(members.done(2, "status").items("networks")[0].find("removed") == nullptr);
  // Its peers drop its link rather than tell it, so the operation is put into its membership by hand, as a file might bring it.
  Network& network = net.network(2);
  const EntryId entry = EntryId::from(net.node(0).self());
  network.membership.add(net.node(0).self(), {prefix_of(entry), 0, 0}, entry, net.now().wall,
                         RevokeOperation{net.node(2).self(), 0});
  network.membership.settle();
  const Value told = members.done(2, "status").items("networks")[0];
  REQUIRE(told.find("removed") != nullptr);
  CHECK(told.find("removed")->text("by") == daemon::id_text(net.node(0).self()));
  CHECK(told.integer("members") == 2);
}

TEST_CASE("member: who may not is refused, and so is what fits nobody or several") {
  Members members;
  CHECK(members.refusal(1, "member.revoke", members.named(2)) == "not-permitted");
  CHECK(members.refusal(1, "member.revoke", members.named(0)) == "not-permitted");
  Value nobody;
  nobody.set("member", "ZZZZZZ");
  CHECK(members.refusal(0, "member.revoke", nobody) == "no-such-member");
  members.net.add_device(1);
  members.net.run();
  Value council;
  council.set("member", daemon::id_text(members.net.node(1).self_in(members.net.network(1))->council));
  CHECK(members.refusal(1, "member.revoke", council) == "ambiguous-id");
}

TEST_CASE("member: a role is given by name, with an end, and listed with who let whom in") {
  Members members;
  Value args = members.named(2);
  args.set("role", "reader");
  args.set("until", "2026-12-31T22:59:59Z");
  const Value given = members.done(0, "member.role", args);
  CHECK(given.text("role") == "reader");
  CHECK(given.text("until") == "2026-12-31T22:59:59Z");
  members.net.advance(1s);
  const std::string founder = daemon::id_text(members.net.node(0).self());
  const Value listed = members.done(1, "network.members");
  for (const Value& member : listed.items("members")) {
    const bool is_given = member.text("member") == daemon::id_text(members.net.node(2).self());
    CHECK(member.text("role") == (is_given ? "reader" : member.text("member") == founder ? "coordinator" : "council"));
    CHECK(member.text("until") == (is_given ? "2026-12-31T22:59:59Z" : ""));
    CHECK(member.text("admitted_by") == (member.text("member") == founder ? "" : founder));
    CHECK(member.text("witness") == (member.text("member") == founder ? "" : founder));
    if (member.text("member") == founder) CHECK(member.boolean("connected"));
  }
  CHECK(members.done(2, "status").items("networks")[0].text("until") == "2026-12-31T22:59:59Z");
  CHECK(members.refusal(0, "member.role", args) == "has-that-role");
  CHECK(members.refusal(1, "member.role", args) == "not-permitted");
  args.set("until", "2020-12-31T22:59:59Z");
  CHECK(members.refusal(0, "member.role", args) == "bad-date");
  args.set("until", "soon");
  CHECK(members.refusal(0, "member.role", args) == "bad-date");
  args.set("role", "king");
  CHECK(members.refusal(0, "member.role", args) == "bad-role");
}

TEST_CASE("member: once its role has ended a node is told so when it writes, and a leave when it has left") {
  Members members;
  const auto add = [&] {
    Value fields, args;
    fields.set("name", Value(Value::Array{Value(std::string("Mette"))}));
    args.set("kind", "contact");
    args.set("fields", std::move(fields));
    return members.refusal(2, "record.add", args);
  };
  Value args = members.named(2);
  args.set("role", "council");
  args.set("until", format_utc(WallTime{members.net.now().wall.ms + 60'000}));
  members.done(0, "member.role", args);
  members.net.advance(1s);
  CHECK(add() == "none");
  members.net.advance(2min);
  CHECK(add() == "role-ended");
  Value look;
  look.set("look", true);
  CHECK_FALSE(members.done(2, "member.leave", look).boolean("last_coordinator"));
  CHECK(members.done(0, "network.show").integer("members") == 3);
  members.done(2, "member.leave");
  members.net.advance(1s);
  CHECK(add() == "has-left");
  CHECK(members.refusal(2, "member.leave") == "has-left");
  const Value* removed = nullptr;
  const Value listed = members.done(0, "network.members");
  removed = members.removed(listed, 2);
  REQUIRE(removed != nullptr);
  CHECK(removed->boolean("left"));
  CHECK(members.done(2, "status").items("networks")[0].find("removed")->boolean("left"));
  members.done(0, "member.readmit", members.named(2));
}

TEST_CASE("member: the last coordinator leaves only when that is said") {
  Members members;
  CHECK(members.refusal(0, "member.leave") == "last-coordinator");
  Value look;
  look.set("look", true);
  CHECK(members.done(0, "member.leave", look).boolean("last_coordinator"));
  Value last;
  last.set("last", true);
  CHECK(members.refusal(0, "member.leave", last) == "none");
}

TEST_CASE("member: a ticket that let two in is told to coordinators alone, until one of them is out") {
  Members members;
  Net& net = members.net;
  const Ticket ticket = net.invite(0);
  net.run();
  net.advance(1s);
  net.cut_all();
  const std::size_t one = net.add(), two = net.add();
  net.join(one, ticket, 1);
  net.join(two, ticket, 2);
  net.connect(1, 0);
  net.connect(2, 0);
  net.run();
  net.advance(2s);
  const auto twice = [&](std::size_t machine) {
    return members.done(machine, "status").items("networks")[0].items("used_twice");
  };
  REQUIRE(twice(0).size() == 1);
  CHECK(twice(0)[0].items("newcomers").size() == 2);
  CHECK(twice(1).empty());
  members.done(0, "member.revoke", members.named(two));
  CHECK(twice(0).empty());
}

TEST_CASE("network: the recovery key that was printed makes a council's node coordinator, and is in no answer again") {
  AskedNet asked(1);
  Net net;
  const std::size_t founder = net.add();
  daemon::NetworkApi api(net.node(founder), asked.dialer, asked.config, asked.core);
  Value args;
  args.set("name", "Region");
  const Value created = std::get<Value>(*api.handle("network.create", args, net.now()));
  net.process(founder);
  const std::string paper = created.text("recovery_key");
  CHECK(paper.size() == 69);
  const std::size_t council = net.add_member(0), other = net.add_member(0);
  daemon::NetworkApi at_council(net.node(council), asked.dialer, asked.config, asked.core);
  daemon::NetworkApi at_other(net.node(other), asked.dialer, asked.config, asked.core);
  const auto code_of = [](const daemon::Answer& answer) {
    const ApiFailure* failed = std::get_if<ApiFailure>(&answer);
    return failed != nullptr ? std::string(text_of(failed->code)) + failed->message + failed->subject : std::string("none");
  };
  Value typed;
  typed.set("key", paper.substr(0, 60));
  CHECK(code_of(*at_council.handle("network.recover", typed, net.now())).starts_with("bad-recovery-key"));
  CHECK(code_of(*at_council.handle("network.recover", typed, net.now())).find(paper.substr(0, 4)) == std::string::npos);
  typed.set("key", "0000 0000");
  CHECK(code_of(*at_council.handle("network.recover", typed, net.now())).starts_with("bad-recovery-key"));
  typed.set("key", paper);
  const daemon::Answer recovered = *at_council.handle("network.recover", typed, net.now());
  CHECK(code_of(recovered) == "none");
  net.process(council);
  CHECK(std::get<Value>(recovered).text("role") == "coordinator");
  CHECK(std::get<Value>(*at_council.handle("network.list", {}, net.now())).items("networks")[0].text("role") == "coordinator");
  Value handed;
  handed.set("recovery", std::get<Value>(recovered).text("recovery"));
  const daemon::Answer taken = *at_other.handle("network.take", handed, net.now());
  CHECK(code_of(taken) == "none");
  handed.set("recovery", "BUDR1-AAAA");
  CHECK(code_of(*at_other.handle("network.take", handed, net.now())).starts_with("bad-recovery"));
  Net elsewhere(9);
  const std::size_t stranger = elsewhere.add();
  elsewhere.found(stranger);
  daemon::NetworkApi at_stranger(elsewhere.node(stranger), asked.dialer, asked.config, asked.core);
  CHECK(code_of(*at_stranger.handle("network.recover", typed, elsewhere.now())).starts_with("wrong-recovery-key"));
  handed.set("recovery", std::get<Value>(recovered).text("recovery"));
  CHECK(code_of(*at_stranger.handle("network.take", handed, elsewhere.now())).starts_with("no-such-network"));
}

TEST_CASE("quota: a write beyond it is refused with the time when there is room, and who is held back is in the status") {
  Members members;
  const auto use_up = [&](std::size_t machine, std::size_t writer) {
    Network& network = members.net.network(machine);
    const LogId log{members.net.node(writer).self(), {}, LogClass::Data};
    network.quotas = Quotas(members.net.now().wall);
    network.quotas.charge(Ledger::quota_holder(network, log), UINT64_MAX, members.net.now().wall);
  };
  Value args;
  args.set("kind", "contact");
  Value fields;
  Value names = Value::array();
  names.push("Mette");
  fields.set("name", std::move(names));
  args.set("fields", std::move(fields));
  use_up(2, 2);
  const daemon::Answer answer = members.ask(2, "record.add", args);
  const ApiFailure* refused = std::get_if<ApiFailure>(&answer);
  REQUIRE(refused != nullptr);
  CHECK(refused->code == ApiError::QuotaUsed);
  CHECK(parse_utc(refused->subject).has_value());

  use_up(0, 1);
  members.done(1, "record.add", args);
  members.net.advance(1s);
  const Value status = members.done(0, "status");
  const std::vector<Value>& held = status.items("networks")[0].items("held_back");
  REQUIRE(held.size() == 1);
  CHECK(held[0].text("council") == daemon::id_text(members.net.node(1).self_in(members.net.network(1))->council));
  CHECK(held[0].text("class") == "data");
  CHECK(parse_utc(held[0].text("until")).has_value());
  CHECK(members.done(1, "status").items("networks")[0].find("held_back") == nullptr);
}

TEST_CASE("peers: who is left alone since the door did not survive it is named with the time until when") {
  Members members;
  members.net.cut_all();
  daemon::DoorWatch watch;
  const TransportKey peer = members.net.transport(2);
  for (int death = 0; death < 2; ++death) {
    watch.dialing(peer, members.net.now().steady);
    watch.died(members.net.now().steady);
  }
  members.core.door = &watch;
  const Value reply = members.done(0, "peers");
  int left_alone = 0;
  for (const Value& one : reply.items("peers")) {
    if (one.text("reason") != "left-alone") continue;
    ++left_alone;
    CHECK(one.text("member") == daemon::id_text(members.net.node(2).self()));
    CHECK(parse_utc(one.text("until")).has_value());
  }
  CHECK(left_alone == 1);
}

TEST_CASE(
    "member: an invitation may say when the newcomer's role ends, and a further device ends no later than its council's node") {
  Members members;
  Value until;
  until.set("role", "coordinator");
  until.set("until", format_utc(WallTime{members.net.now().wall.ms + 3'600'000}));
  members.config.advertise = "raad.example.dk:7420";
  CHECK(members.done(0, "invite", until).text("until") == until.text("until"));
  until.set("until", "2020-01-01T00:00:00Z");
  CHECK(members.refusal(0, "invite", until) == "bad-date");

  Value role = members.named(2);
  role.set("role", "council");
  const std::string end = format_utc(WallTime{members.net.now().wall.ms + 60'000});
  role.set("until", end);
  members.done(0, "member.role", role);
  members.net.advance(1s);
  Value device;
  device.set("council", daemon::id_text(members.net.node(2).self_in(members.net.network(2))->council));
  CHECK(members.done(2, "invite", device).text("until") == end);
  device.set("until", format_utc(WallTime{members.net.now().wall.ms + 86'400'000}));
  CHECK(members.done(2, "invite", device).text("until") == end);
  const Value status = members.done(2, "status");
  CHECK(status.items("networks")[0].items("prolonged_by").size() == 1);
  members.net.advance(2min);
  daemon::Answer refused = members.ask(2, "invite", device);
  const auto* failed = std::get_if<ApiFailure>(&refused);
  REQUIRE(failed != nullptr);
  CHECK(failed->code == ApiError::RoleEnded);
  REQUIRE(failed->args.items("who").size() == 1);
  CHECK(*failed->args.items("who")[0].if_text() ==
        daemon::council_name(members.net.node(2), members.net.network(2),
                             members.net.node(0).self_in(members.net.network(0))->council));
  CHECK(failed->args.text("member") == daemon::id_text(members.net.node(2).self()));
}
