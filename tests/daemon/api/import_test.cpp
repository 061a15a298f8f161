// The API's command `record.import`, asked of nodes in memory: looking first, and what other councils have as well.
#include "tests/daemon/api/asked_net.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

struct Importing : AskedNet {
  Importing() : AskedNet(3) {}

  static Value event(const std::string& uid, std::string_view title, std::string_view place = "Rådhuset") {
    Value fields, item;
    fields.set("title", Value::Array{Value(title)});
    fields.set("start", Value::Array{Value("2027-03-31")});
    fields.set("place", Value::Array{Value(place)});
    item.set("line", 2);
    if (!uid.empty()) item.set("uid", uid);
    item.set("fields", std::move(fields));
    return item;
  }
  Value import(std::size_t machine, Value item, bool look = false, const std::string& kind = "event") {
    Value args;
    args.set("kind", kind);
    args.set("items", Value::Array{std::move(item)});
    if (look) args.set("look", true);
    net.advance(1s);
    return done(machine, "record.import", args).items("results").at(0);
  }
  Value look(std::size_t machine, Value item) { return import(machine, std::move(item), true); }
  void meet() {
    net.connect(1, 0);
    net.connect(2, 0);
    REQUIRE(net.converge());
    net.advance(1s);
    net.cut_all();
  }
};

}  // namespace

TEST_CASE("import: looking says what would be new, changed field by field, or unchanged, and writes nothing") {
  Importing net;
  const auto entries = [&] { return net.net.network(0).entries; };
  const std::uint64_t before = entries();
  const Value fresh = net.look(0, Importing::event("a@b", "Møde"));
  CHECK(fresh.text("outcome") == "created");
  CHECK(fresh.text("title") == "Møde");
  CHECK(fresh.items("fields").size() == 3);
  CHECK(entries() == before);
  const Value made = net.import(0, Importing::event("a@b", "Møde"));
  CHECK(made.text("outcome") == "created");  // looking kept nothing that would make it another
  CHECK(made.text("id") == fresh.text("id"));
  CHECK(made.find("fields") == nullptr);
  const std::uint64_t after = entries();
  CHECK(net.look(0, Importing::event("a@b", "Møde")).text("outcome") == "unchanged");
  const Value changed = net.look(0, Importing::event("a@b", "Møde", "Hallen"));
  CHECK(changed.text("outcome") == "changed");
  REQUIRE(changed.items("fields").size() == 1);
  CHECK(changed.items("fields")[0].text("field") == "place");
  CHECK(changed.items("fields")[0].items("before") == Value::Array{Value("Rådhuset")});
  CHECK(changed.items("fields")[0].items("after") == Value::Array{Value("Hallen")});
  CHECK(entries() == after);
  CHECK(net.import(0, Importing::event("a@b", "Møde", "Hallen")).text("outcome") == "changed");
  CHECK(net.look(0, Importing::event("a@b", "Møde", "Hallen")).text("outcome") == "unchanged");
}

TEST_CASE("import: looking refuses what importing would refuse") {
  Importing net;
  Value fields, item;
  fields.set("title", Value::Array{Value("Fra rådet")});
  item.set("line", 2);
  item.set("fields", std::move(fields));
  CHECK(net.import(1, item, true, "announcement").find("error")->text("code") == "not-permitted");
  CHECK(net.import(1, item, false, "announcement").find("error")->text("code") == "not-permitted");
  Value bad = Importing::event("a@b", "Møde");
  bad.set("fields", Value::map());
  CHECK(net.look(0, bad).text("outcome") == "refused");
}

TEST_CASE("import: councils that import the same item are told of each other's, whether it has a UID or not") {
  for (const std::string uid : {"moede-7@kalender.example", ""}) {
    CAPTURE(uid);
    Importing net;
    CHECK(net.import(0, Importing::event(uid, "Konference")).find("elsewhere") == nullptr);
    net.meet();
    const Value looked = net.look(1, Importing::event(uid, "Konference"));
    REQUIRE(looked.items("elsewhere").size() == 1);
    CHECK(looked.items("elsewhere")[0].text("title") == "Konference");
    CHECK(looked.items("elsewhere")[0].text("council") == daemon::id_text(net.net.node(0).self_in(net.net.network(0))->council));
    const Value second = net.import(1, Importing::event(uid, "Konference"));
    CHECK(second.text("outcome") == "created");
    CHECK(second.items("elsewhere").size() == 1);
    net.meet();
    CHECK(net.import(0, Importing::event(uid, "Konference")).items("elsewhere").at(0).text("id") == second.text("id"));
    CHECK(net.import(2, Importing::event(uid, "Konference")).items("elsewhere").size() == 2);
    CHECK(net.look(2, Importing::event("en-anden@kalender.example", "Noget andet")).find("elsewhere") == nullptr);
  }
}

TEST_CASE("import: another council's record that was removed is no hint") {
  Importing net;
  Value args;
  args.set("kind", "event");
  args.set("id", net.import(0, Importing::event("a@b", "Møde")).text("id"));
  net.net.advance(1s);
  net.done(0, "record.remove", args);
  net.meet();
  CHECK(net.import(1, Importing::event("a@b", "Møde")).find("elsewhere") == nullptr);
}
