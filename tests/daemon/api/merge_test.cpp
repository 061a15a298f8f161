// Two networks that are made one, asked of nodes in memory: the codes, what is said meanwhile, and what people see afterwards.
#include <algorithm>
#include <set>

#include "protocol/base/text.h"
#include "protocol/wire/merge_code.h"
#include "tests/daemon/api/asked_net.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

Value with(std::initializer_list<std::pair<const char*, std::string>> given) {
  Value args = Value::map();
  for (const auto& [key, value] : given) args.set(key, value);
  return args;
}

std::set<std::string> texts_of(const Value& reply, const char* key) {
  std::set<std::string> texts;
  for (const Value& item : reply.items(key)) texts.insert(*item.if_text());
  return texts;
}

// Region Øst of machines 0 (its coordinator) and 1, Region Vest of 2 (its coordinator) and 3.
struct TwoAsked : AskedNet {
  TwoAsked() : AskedNet(2) {
    config.advertise = "a:7420";
    net.add();
    paper = done(2, "network.create", with({{"name", "Region Vest"}})).text("recovery_key");
    net.add();
    const WallTime expires{net.now().wall.ms + Millis(24h).count()};
    const Result<Ticket> ticket =
        net.node(2).invite(net.network(2), Role::Council, {}, expires, {{net.transport(2), "a:7420"}}, net.now());
    REQUIRE(ticket.ok());
    net.process(2);
    net.join(3, *ticket, 2);
    const Net::Cable cable = net.connect(3, 2);
    net.advance(1s);
    net.cut(cable);
  }

  // As both coordinators do it, the one of the east saying what the two are called.
  void merge() {
    const std::string eastern = code(0), western = code(2);
    done(0, "network.merge", with({{"with", western}, {"into", "Region Samlet"}}));
    done(2, "network.merge", with({{"with", eastern}}));
    connect();
  }
  std::string code(std::size_t machine) { return done(machine, "network.merge").text("code"); }
  void connect() {
    net.connect(1, 0);
    net.connect(3, 2);
    net.connect(0, 2);
    REQUIRE(settles());
  }
  // Whether all come to hold the same of the same networks.
  bool settles() {
    for (int i = 0; i < 1'800; ++i) {
      net.advance(100ms);
      if (agrees()) return true;
    }
    return false;
  }
  bool agrees() {
    std::set<std::string> all;
    for (std::size_t machine = 0; machine < net.size(); ++machine) {
      std::string held;
      const Value status = done(machine, "status");
      for (const Value& network : status.items("networks")) {
        if (network.integer("missing") != 0) return false;
        for (const char* key : {"id", "membership_digest", "vector_digest", "state_digest"}) held += network.text(key);
      }
      all.insert(held);
    }
    return all.size() == 1;
  }
  std::string add_contact(std::size_t machine, const std::string& name) {
    Value fields, args;
    fields.set("name", Value::Array{Value(name)});
    args.set("kind", "contact");
    args.set("fields", std::move(fields));
    return done(machine, "record.add", args).text("id");
  }

  std::string paper;  // Region Vest's recovery key
};

}  // namespace

TEST_CASE("network merge: both take the other's code, and every node has one network, which all its names find") {
  TwoAsked asked;
  asked.merge();
  for (std::size_t machine = 0; machine < 4; ++machine) {
    CAPTURE(machine);
    const Value networks = asked.done(machine, "network.list");
    REQUIRE(networks.items("networks").size() == 1);
    CHECK(networks.items("networks")[0].text("name") == "Region Samlet");
    CHECK(networks.items("networks")[0].integer("members") == 4);
    CHECK(networks.items("networks")[0].items("united_with").size() == 1);
    const std::string id = asked.done(machine, "network.show").text("id");
    for (const std::string name : {"region samlet", "Region Øst", "Region Vest"}) {
      CAPTURE(name);
      const Value shown = asked.done(machine, "network.show", with({{"network", name}}));
      CHECK(shown.text("name") == "Region Samlet");
      CHECK(texts_of(shown, "former_names") == std::set<std::string>{"Region Øst", "Region Vest"});
      CHECK(shown.find("to_be_one_with") == nullptr);
    }
    CHECK(asked.done(machine, "peers").items("peers").size() == 3);  // each once
    CHECK(asked.done(machine, "network.members").items("members").size() == 4);
  }
  const std::string again = asked.code(2);
  CHECK(asked.refusal(0, "network.merge", with({{"with", again}})) == "already-joined");
}

TEST_CASE("network merge: until the other side has said so too nobody's network is another, and that is told") {
  TwoAsked asked;
  const Value given = asked.done(2, "network.merge");
  Value look_args = with({{"with", given.text("code")}});
  look_args.set("look", true);
  const Value look = asked.done(0, "network.merge", look_args);
  CHECK(asked.done(0, "network.show").find("to_be_one_with") == nullptr);
  CHECK(look.text("words") == given.text("words"));
  CHECK(look.text("words").size() == 18);
  const Value said = asked.done(0, "network.merge", with({{"with", given.text("code")}}));
  CHECK(said.text("other_name") == "Region Vest");
  CHECK_FALSE(said.boolean("united"));
  asked.net.connect(1, 0);
  asked.net.connect(3, 2);
  asked.net.connect(0, 2);
  asked.net.advance(2min);
  for (std::size_t machine = 0; machine < 4; ++machine) {
    CAPTURE(machine);
    const std::string own = machine < 2 ? "Region Øst" : "Region Vest";
    const Value networks = asked.done(machine, "network.list");
    REQUIRE(networks.items("networks").size() == 1);
    CHECK(networks.items("networks")[0].text("name") == own);
    CHECK(networks.items("networks")[0].integer("members") == 2);
    CHECK(asked.done(machine, "status").items("networks").size() == 1);
    const Value shown = asked.done(machine, "network.show", with({{"network", own}}));  // of which there is one
    CHECK((shown.find("to_be_one_with") != nullptr) == (machine < 2));
  }
  CHECK(texts_of(asked.done(0, "network.show"), "to_be_one_with") == std::set<std::string>{"Region Vest"});
  asked.done(0, "network.merge",
             with({{"with", given.text("code")}, {"into", "Region Vest"}}));  // again, and under the other's name
  asked.done(2, "network.merge", with({{"with", asked.code(0)}}));
  asked.net.connect(2, 0);  // the link of before was none to the node that had not said so
  REQUIRE(asked.settles());
  CHECK(asked.done(3, "network.list").items("networks")[0].text("name") == "Region Vest");
}

TEST_CASE("network merge: only a coordinator gives or takes a code, and no broken, forged or own one is taken") {
  TwoAsked asked;
  const std::string western = asked.code(2);
  CHECK(asked.refusal(1, "network.merge") == "not-permitted");
  CHECK(asked.refusal(1, "network.merge", with({{"with", western}})) == "not-permitted");
  CHECK(asked.refusal(0, "network.merge", with({{"with", "BUDM1-ABCD"}})) == "bad-merge-code");
  CHECK(asked.refusal(0, "network.merge", with({{"with", "Region Midt"}})) == "bad-merge-code");
  CHECK(asked.refusal(0, "network.merge", with({{"with", asked.code(0)}})) == "already-joined");
  CHECK(asked.refusal(0, "network.merge", with({{"with", western}, {"into", std::string(101, 'x')}})) == "too-long");
  Result<MergeCode> forged = parse_merge_code(western);
  REQUIRE(forged.ok());
  forged->founding.recovery_signature.bytes[1] ^= 1;
  CHECK(asked.refusal(0, "network.merge", with({{"with", encode(*forged)}})) == "bad-merge-code");
  CHECK(asked.done(0, "network.show").find("to_be_one_with") == nullptr);
}

TEST_CASE("network merge: who is coordinator of both, at one node, does it alone") {
  TwoAsked asked;
  asked.done(0, "network.create", with({{"name", "Region Midt"}}));
  const Value merged =
      asked.done(0, "network.merge", with({{"network", "Region Øst"}, {"with", "region midt"}, {"into", "Region Bred"}}));
  CHECK(merged.boolean("united"));
  CHECK(merged.text("name") == "Region Bred");
  CHECK(merged.find("words") == nullptr);
  for (const std::string name : {"Region Bred", "Region Øst", "Region Midt"}) {
    CHECK(asked.done(0, "network.show", with({{"network", name}})).text("name") == "Region Bred");
  }
  CHECK(asked.done(0, "network.list").items("networks").size() == 1);
}

TEST_CASE("network rename: of a union a coordinator of either gives the name, wherever it stood, and of a council each its own") {
  TwoAsked asked;
  asked.merge();
  asked.done(2, "network.rename", with({{"name", "Region Nord"}}));
  REQUIRE(asked.settles());
  CHECK(asked.refusal(3, "network.rename", with({{"name", "Vores"}})) == "not-permitted");
  const Value renamed = asked.done(3, "member.rename", with({{"name", "Solrød Integrationsråd"}}));
  CHECK(renamed.items("networks").size() == 1);
  REQUIRE(asked.settles());
  for (std::size_t machine = 0; machine < 4; ++machine) {
    CAPTURE(machine);
    CHECK(asked.done(machine, "network.list").items("networks")[0].text("name") == "Region Nord");
    CHECK(texts_of(asked.done(machine, "network.show"), "former_names") ==
          std::set<std::string>{"Region Samlet", "Region Øst", "Region Vest"});
    std::set<std::string> names;
    const Value members = asked.done(machine, "network.members");
    for (const Value& member : members.items("members")) names.insert(member.text("name"));
    CHECK(names.contains("Solrød Integrationsråd"));
  }
}

TEST_CASE("record list: a union is listed as one network, each record once, page by page, and each finds it by its id") {
  TwoAsked asked;
  std::set<std::string> ids;
  for (std::size_t machine = 0; machine < 4; ++machine) {
    for (int i = 0; i < 3; ++i) ids.insert(asked.add_contact(machine, "Kontakt " + std::to_string(machine * 10 + i)));
  }
  asked.merge();
  for (std::size_t machine = 0; machine < 4; ++machine) {
    for (const int limit : {1, 5, 200}) {
      CAPTURE(machine);
      CAPTURE(limit);
      std::vector<std::string> listed;
      std::string after;
      do {
        Value args = with({{"kind", "contact"}});
        args.set("limit", std::int64_t{limit});
        if (!after.empty()) args.set("after", after);
        const Value page = asked.done(machine, "record.list", args);
        REQUIRE(page.items("records").size() <= static_cast<std::size_t>(limit));
        for (const Value& record : page.items("records")) listed.push_back(record.text("id"));
        after = page.text("next");
        REQUIRE(listed.size() <= ids.size());
      } while (!after.empty());
      CHECK(std::is_sorted(listed.begin(), listed.end()));
      CHECK(std::set<std::string>(listed.begin(), listed.end()) == ids);
      CHECK(listed.size() == ids.size());
    }
    for (const std::string& id : ids) {
      const Value shown = asked.done(machine, "record.show", with({{"kind", "contact"}, {"id", id}}));
      REQUIRE(shown.find("record") != nullptr);
      CHECK(shown.find("record")->text("id") == id);
    }
  }
}

TEST_CASE("network recover: the paper of either part of a union is good for it, at a council that was in that part") {
  TwoAsked asked;
  asked.merge();
  asked.net.connect(3, 0);  // whom the one that is shut out cannot keep from the others
  const Value recovered = asked.done(3, "network.recover", with({{"key", asked.paper}, {"network", "Region Samlet"}}));
  CHECK(recovered.text("role") == "coordinator");
  REQUIRE(asked.settles());
  CHECK(asked.done(3, "member.revoke", with({{"member", daemon::id_text(asked.net.node(2).self())}})).text("role") ==
        "coordinator");
  asked.net.advance(5s);
  for (const std::size_t machine : {0u, 1u, 3u}) {
    CAPTURE(machine);
    CHECK(asked.done(machine, "network.list").items("networks")[0].integer("members") == 3);
  }
  CHECK(asked.refusal(1, "network.recover", with({{"key", "AAAA"}})) == "bad-recovery-key");
}
