// The API's commands about members, asked of nodes in memory.
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
