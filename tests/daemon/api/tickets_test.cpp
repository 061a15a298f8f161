// The API's commands about tickets, asked of nodes in memory.
#include "daemon/api/ticket_labels.h"
#include "protocol/base/text.h"
#include "protocol/wire/ticket.h"
#include "tests/daemon/api/asked_net.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

struct Inviter : AskedNet {
  Inviter() : AskedNet(2) {
    net.connect(1, 0);
    net.run();
    config.advertise = "192.0.2.7:7420";
    net.advance(1s);
  }
  std::string ticket(std::size_t machine, std::string_view whose, std::int64_t seconds = 3600) {
    Value args;
    args.set("for", whose);
    args.set("expires_s", seconds);
    return done(machine, "invite", std::move(args)).text("ticket");
  }
  // The one whose key the ticket holds.
  Value listed(std::size_t machine, const std::string& ticket) {
    const std::string key = daemon::id_text(ticket_signing_key(parse_ticket(ticket)->seed).public_key());
    const Value reply = done(machine, "invite.list");
    for (const Value& one : reply.items("tickets")) {
      if (one.text("id") == key) return one;
    }
    FAIL("not listed");
    return {};
  }
};

}  // namespace

TEST_CASE("tickets: each is listed with who it is for and what became of it, the name at its inviter alone") {
  Inviter asked;
  const std::string used = asked.ticket(0, "Greve"), open = asked.ticket(0, "Solrød"), brief = asked.ticket(0, "Køge", 60);
  const Value before = asked.listed(0, used);
  CHECK(before.text("state") == "open");
  CHECK(before.text("for") == "Greve");
  CHECK(before.text("role") == "council");
  CHECK(before.boolean("you"));
  CHECK(before.items("newcomers").empty());
  const std::size_t newcomer = asked.net.add();
  asked.net.join(newcomer, parse_ticket(used).value(), 0);
  asked.net.run();
  asked.net.advance(90s);
  const Value after = asked.listed(0, used);
  CHECK(after.text("state") == "used");
  REQUIRE(after.items("newcomers").size() == 1);
  CHECK(after.items("newcomers")[0].text("member") == daemon::id_text(asked.net.node(newcomer).self()));
  CHECK(after.find("for") == nullptr);  // of no use any more, and it may be a person's name
  CHECK(asked.listed(0, open).text("for") == "Solrød");
  CHECK(asked.listed(0, brief).text("state") == "expired");
  const Value elsewhere = asked.listed(1, open);
  CHECK(elsewhere.text("state") == "open");
  CHECK(elsewhere.find("for") == nullptr);
  CHECK_FALSE(elsewhere.boolean("you"));
}

TEST_CASE("tickets: a name that cannot be shown, or is too long, is refused and makes no ticket") {
  Inviter asked;
  const std::size_t before = asked.done(0, "invite.list").items("tickets").size();
  for (const std::string& name : {std::string("Gre\x1bve"), std::string(101, 'x')}) {
    Value args;
    args.set("for", name);
    CHECK(asked.refusal(0, "invite", args) == "bad-text");
  }
  CHECK(asked.done(0, "invite.list").items("tickets").size() == before);
}

TEST_CASE("tickets: the name is forgotten once the ticket is used, and a month after one expired; until then it stays") {
  Inviter asked;
  const std::string used = asked.ticket(0, "Greve"), open = asked.ticket(0, "Solrød", 360 * 86'400),
                    brief = asked.ticket(0, "Køge", 60);
  const auto kept = [&] {
    Node& node = asked.net.node(0);
    Network& network = node.ledger().networks().begin()->second;
    REQUIRE(daemon::forget_labels(node, network, asked.net.now()).ok());
    std::set<std::string> names;
    const auto labels = daemon::labels_in(node, network);
    REQUIRE(labels.ok());
    for (const daemon::TicketLabel& label : *labels) names.insert(label.label);
    return names;
  };
  CHECK(kept() == std::set<std::string>{"Greve", "Solrød", "Køge"});
  asked.net.join(asked.net.add(), parse_ticket(used).value(), 0);
  asked.net.run();
  asked.net.advance(90s);
  CHECK(kept() == std::set<std::string>{"Solrød", "Køge"});
  asked.net.advance(31 * 24h);
  CHECK(kept() == std::set<std::string>{"Solrød"});
}

TEST_CASE("tickets: an erasure by a person's name finds what was typed for a ticket, and leaves nothing of it") {
  Inviter asked;
  const std::string open = asked.ticket(0, "Mette Hemmelighed i Greve");
  asked.ticket(0, "Solrød");
  Value args;
  args.set("text", "METTE hemmelighed");
  const Value found = asked.done(0, "subject.find", args);
  REQUIRE(found.items("records").size() == 1);
  const Value& ticket = found.items("records")[0];
  CHECK(ticket.text("kind") == "ticket");
  CHECK(ticket.text("action") == "erased");
  CHECK(ticket.items("mentions")[0].text("value") == "Mette Hemmelighed i Greve");
  CHECK(asked.done(1, "subject.find", args).items("records").empty());
  args.set("ids", Value(Value::Array{Value(ticket.text("id"))}));
  CHECK(asked.done(0, "subject.erase", args).items("records")[0].text("outcome") == "erased");
  args = Value();
  args.set("text", "METTE hemmelighed");
  CHECK(asked.done(0, "subject.find", args).items("records").empty());
  CHECK(asked.listed(0, open).text("state") == "open");
  CHECK(asked.listed(0, open).find("for") == nullptr);
}
