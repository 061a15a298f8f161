// The API's commands about records, asked of a node in memory.
#include "daemon/api/records.h"

#include <set>

#include "daemon/api/unknown.h"
#include "protocol/base/limits.h"
#include "protocol/base/pack.h"
#include "protocol/base/text.h"
#include "tests/daemon/api/asked_net.h"
#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

Value::Array texts(std::string_view text) { return {Value(text)}; }

// Two devices of one council with the API of each.
struct Office : AskedNet {
  Office() : AskedNet(1) {}
  std::size_t laptop = net.add_device(0);

  std::string add(std::string_view title) {
    Value fields, args;
    fields.set("title", texts(title));
    fields.set("start", texts("2027-03-31"));
    args.set("kind", "event");
    args.set("fields", std::move(fields));
    return done(0, "record.add", std::move(args)).text("id");
  }
  void edit(std::size_t machine, const std::string& id, std::string_view field, std::string_view text) {
    Value set, args = named(id);
    set.set(field, texts(text));
    args.set("set", std::move(set));
    done(machine, "record.edit", std::move(args));
  }
  void meet() {
    net.connect(laptop, 0);
    REQUIRE(net.converge());
    net.cut_all();
    net.advance(1s);
  }
  // An event whose field both devices wrote apart.
  std::string divided(std::string_view field, std::string_view at_office, std::string_view at_laptop) {
    std::string id = add("Møde");
    meet();
    edit(0, id, field, at_office);
    net.advance(1s);
    edit(laptop, id, field, at_laptop);
    meet();
    return id;
  }
  Value resolve(const std::string& id, std::string_view field, std::string_view how, Value what) {
    Value args = named(id);
    args.set("field", field);
    args.set(how, std::move(what));
    return args;
  }
  static Value named(const std::string& id) {
    Value args;
    args.set("kind", "event");
    args.set("id", id);
    return args;
  }
  Value conflicts(std::size_t machine) { return done(machine, "record.conflicts", Value::map()); }
  Value shown(std::size_t machine, const std::string& id) { return *done(machine, "record.show", named(id)).find("record"); }
};

}  // namespace

TEST_CASE("api: a conflict is listed with its mark and settled by number, by joining or by another value") {
  Office office;
  const std::string id = office.divided("description", "Fra kontoret.", "Fra laptoppen.");
  const Value conflict = office.conflicts(0).items("conflicts")[0];
  CHECK(conflict == office.conflicts(office.laptop).items("conflicts")[0]);
  CHECK(conflict.text("type") == "field");
  CHECK(conflict.text("field") == "description");
  CHECK(conflict.boolean("permitted"));
  CHECK(conflict.boolean("combinable"));
  CHECK(conflict.items("values")[0].text("value") == "Fra laptoppen.");  // the newest first
  CHECK(office.shown(0, id).find("seen")->text("description") == conflict.text("seen"));
  const auto since = [&] { return office.done(0, "status").items("networks")[0].text("conflict_since"); };
  CHECK(since() == conflict.items("values")[0].text("time"));  // when the second value came beside the first

  CHECK(office.refusal(0, "record.resolve", office.resolve(id, "description", "choose", 3)) == "bad-choice");
  CHECK(office.refusal(0, "record.resolve", office.resolve(id, "description", "choose", 0)) == "bad-choice");
  CHECK(office.refusal(0, "record.resolve", office.resolve(id, "title", "choose", 1)) == "no-conflict");
  Value combined = office.done(0, "record.resolve", office.resolve(id, "description", "combine", true));
  CHECK(combined.text("value") == "Fra kontoret.\n\nFra laptoppen.");
  CHECK(office.conflicts(0).items("conflicts").empty());
  CHECK(since().empty());
  CHECK(office.refusal(0, "record.resolve", office.resolve(id, "description", "choose", 1)) == "no-conflict");
}

TEST_CASE("api: a decision made by an older mark is refused, and nothing is written") {
  Office office;
  const std::string id = office.divided("place", "Rådhuset", "Biblioteket");
  const std::string seen = office.conflicts(0).items("conflicts")[0].text("seen");
  office.edit(0, id, "place", "Hallen");
  office.edit(office.laptop, id, "place", "Skolen");
  office.meet();
  Value args = office.resolve(id, "place", "choose", 1);
  args.set("seen", seen);
  const std::uint64_t before = office.net.network(0).entries;
  CHECK(office.refusal(0, "record.resolve", args) == "conflict-changed");
  CHECK(office.net.network(0).entries == before);
  args.set("seen", office.conflicts(0).items("conflicts")[0].text("seen"));
  office.done(0, "record.resolve", args);
}

TEST_CASE("api: what cannot be joined or emptied is refused with its reason") {
  Office office;
  const std::string dates = office.divided("start", "2027-04-01", "2027-04-02");
  CHECK_FALSE(office.conflicts(0).items("conflicts")[0].boolean("combinable", true));
  CHECK(office.refusal(0, "record.resolve", office.resolve(dates, "start", "combine", true)) == "not-combinable");
  CHECK(office.refusal(0, "record.resolve", office.resolve(dates, "start", "value", "ikke en dato")) == "bad-date");
  const std::string titles = office.divided("title", "Et møde", "Et andet møde");
  CHECK(office.refusal(0, "record.resolve", office.resolve(titles, "title", "value", "")) == "missing-value");
  const std::string places = office.divided("place", "Rådhuset", "Biblioteket");
  office.done(0, "record.resolve", office.resolve(places, "place", "value", ""));
  CHECK(office.shown(0, places).find("place") == nullptr);
  const std::string half(kMaxTextBytes / 2, 'x');
  const std::string long_texts = office.divided("description", half, half + "y");
  CHECK(office.refusal(0, "record.resolve", office.resolve(long_texts, "description", "combine", true)) == "too-long");
}

TEST_CASE("api: a record removed while it was edited is listed, and kept or removed again as it was seen") {
  Office office;
  const std::string id = office.add("Møde");
  office.meet();
  office.done(0, "record.remove", Office::named(id));
  office.edit(office.laptop, id, "place", "Skolen");
  office.meet();
  const Value conflict = office.conflicts(0).items("conflicts")[0];
  CHECK(conflict.text("type") == "removed");
  CHECK(conflict.items("removed").size() == 1);
  REQUIRE(conflict.items("edited").size() == 1);
  CHECK(conflict.items("edited")[0].text("field") == "place");
  CHECK(conflict.items("edited")[0].text("value") == "Skolen");
  Value args = Office::named(id);
  args.set("seen", "AAAAAA");
  CHECK(office.refusal(0, "record.remove", args) == "conflict-changed");
  CHECK(office.refusal(0, "record.restore", args) == "conflict-changed");
  args.set("seen", conflict.text("seen"));
  office.done(0, "record.remove", args);
  CHECK(office.conflicts(0).items("conflicts").empty());
  CHECK(office.refusal(0, "record.show", Office::named(id)) == "removed");
  Value removed;
  removed.set("kind", "event");
  removed.set("removed", true);
  const Value listed = office.done(0, "record.list", removed);
  REQUIRE(listed.items("records").size() == 1);
  CHECK(listed.items("records")[0].text("id") == id);
  CHECK(listed.items("records")[0].find("removed")->text("council_name").size() > 0);
}

TEST_CASE("api: many long conflicts come in pages that fit a reply, each conflict once") {
  Office office;
  std::vector<std::string> ids;
  for (int i = 0; i < 12; ++i) ids.push_back(office.add("Møde"));
  office.meet();
  for (std::size_t machine : {std::size_t{0}, office.laptop}) {
    for (const std::string& id : ids)
      office.edit(machine, id, "description", std::string(kMaxTextBytes - 10, 'x') + (machine == 0 ? "a" : "b"));
  }
  office.meet();
  std::set<std::string> seen;
  std::size_t pages = 0;
  Value args = Value::map();
  for (;;) {
    const Value page = office.done(0, "record.conflicts", args);
    CHECK(pack(page).size() < kMaxApiBytes);
    for (const Value& conflict : page.items("conflicts")) CHECK(seen.insert(conflict.text("id")).second);
    ++pages;
    if (page.text("next").empty()) break;
    args.set("after", page.text("next"));
  }
  CHECK(seen == std::set<std::string>(ids.begin(), ids.end()));
  CHECK(pages > 1);
  CHECK(office.refusal(0, "record.conflicts", [] {
    Value bad;
    bad.set("after", "x");
    return bad;
  }()) == "bad-request");
}

TEST_CASE("api: whoever writes is told how many other councils there are, and how many hear of it at once") {
  AskedNet region(3);
  const std::size_t laptop = region.net.add_device(0);
  region.net.connect(laptop, 0);
  region.net.run();
  region.net.advance(1s);
  const auto written = [&] {
    Value fields, args;
    fields.set("title", texts("Møde"));
    fields.set("start", texts("2027-03-31"));
    args.set("kind", "event");
    args.set("fields", std::move(fields));
    return region.done(0, "record.add", std::move(args));
  };
  const Value alone = written();
  CHECK(alone.integer("councils") == 2);
  CHECK(alone.integer("linked") == 0);  // the own council's laptop is none of them
  region.net.connect(1, 0);
  region.net.run();
  region.net.advance(1s);
  CHECK(written().integer("linked") == 1);
}

TEST_CASE("api: history names fields, operations and what became of them") {
  Office office;
  const std::string id = office.add("Møde");
  office.net.advance(1s);
  office.edit(0, id, "place", "Skolen");
  office.net.advance(1s);
  office.edit(0, id, "place", "");
  const Value history = office.done(0, "record.history", Office::named(id));
  CHECK(history.integer("total") == 3);
  REQUIRE(history.items("changes").size() == 3);
  const Value cleared = history.items("changes")[0].items("operations")[0];
  CHECK(cleared.text("operation") == "cleared");
  CHECK(cleared.text("field") == "place");
  CHECK(cleared.text("state") == "live");
  CHECK(cleared.items("old")[0].text("value") == "Skolen");
  CHECK(history.items("changes")[1].items("operations")[0].text("state") == "overwritten");
  CHECK(history.find("next") == nullptr);
}

TEST_CASE("api: records and fields of a newer version are kept, counted and shown as unknown") {
  Office office;
  const Network& network = office.net.network(0);
  const CouncilId council = office.net.node(0).self_in(network)->council;
  daemon::UnknownCounter counter;
  CHECK(*counter.count(office.net.node(0).ledger(), network) == 0);
  const auto write = [&](std::uint8_t kind, std::uint8_t nonce) {
    Skeleton skeleton;
    skeleton.record = {council, kind, numbered<Nonce>(nonce)};
    skeleton.operations = {{2, OperationClass::Write}, {77, OperationClass::Add}, {77, OperationClass::Add}};
    const ChangeBytes change{encode(skeleton), encode_values(numbered<Salt>(nonce), {"Titel", "a", "b"})};
    office.net.write_as_newer(0, change);
    return base32_of(id_of(skeleton.record));
  };
  const std::string of_kind = write(42, 1), of_field = write(static_cast<std::uint8_t>(Kind::Event), 2);
  office.meet();  // it is sent on as well
  for (std::size_t machine : {std::size_t{0}, office.laptop}) {
    const Value records = office.done(machine, "record.unknown", Value::map());
    REQUIRE(records.items("records").size() == 1);
    const Value& record = records.items("records")[0];
    CHECK(record.text("id") == of_kind);
    CHECK(record.integer("kind") == 42);
    REQUIRE(record.items("unknown").size() == 2);
    CHECK(record.items("unknown")[1].integer("field") == 77);
    CHECK(record.items("unknown")[1].text("class") == "set");
    CHECK(record.items("unknown")[1].items("values").size() == 2);
    const Value shown = office.shown(machine, of_field);
    REQUIRE(shown.items("unknown").size() == 1);
    CHECK(shown.items("unknown")[0].integer("field") == 77);
  }
  const Value history = office.done(0, "record.history", Office::named(of_field));
  CHECK(history.items("changes")[0].items("operations")[1].integer("field") == 77);
  CHECK(*counter.count(office.net.node(0).ledger(), network) == 1);
  write(43, 3);
  CHECK(*counter.count(office.net.node(0).ledger(), network) == 2);
  CHECK(*counter.count(office.net.node(0).ledger(), network) == 2);
}
