// The API's commands about erasing, asked of nodes in memory.
#include "daemon/api/erase.h"

#include <set>

#include "protocol/base/limits.h"
#include "protocol/base/text.h"
#include "tests/daemon/api/asked_net.h"
#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

const std::string kSecret = "Mette Hemmelighed";

// Councils A (the founder), B and C, all linked.
struct Councils : AskedNet {
  Councils() : AskedNet(3) {
    net.connect(1, 0);
    net.connect(2, 0);
    REQUIRE(net.converge());
  }
  void settle() {
    net.advance(2s);
    REQUIRE(net.converge());
  }
  static Value named(std::string_view kind, const std::string& id) {
    Value args;
    args.set("kind", kind);
    args.set("id", id);
    return args;
  }
  static Value fields(std::initializer_list<std::pair<const char*, std::string>> given) {
    Value fields = Value::map();
    for (const auto& [name, text] : given) fields.set(name, Value::Array{Value(text)});
    return fields;
  }
  std::string add(std::size_t machine, std::string_view kind, std::initializer_list<std::pair<const char*, std::string>> given) {
    Value args;
    args.set("kind", kind);
    args.set("fields", fields(given));
    const std::string id = done(machine, "record.add", args).text("id");
    settle();
    return id;
  }
  void edit(std::size_t machine, std::string_view kind, const std::string& id,
            std::initializer_list<std::pair<const char*, std::string>> given) {
    Value args = named(kind, id);
    args.set("set", fields(given));
    done(machine, "record.edit", args);
    settle();
  }
  Value shown(std::size_t machine, std::string_view kind, const std::string& id) {
    return *done(machine, "record.show", named(kind, id)).find("record");
  }
  static Value of_ids(const std::vector<std::string>& ids, bool at_once) {
    Value list = Value::array();
    for (const std::string& id : ids) list.push(id);
    Value args;
    args.set("ids", std::move(list));
    args.set("at_once", at_once);
    return args;
  }
  static Value about(const std::string& text) {
    Value args;
    args.set("text", text);
    return args;
  }
  // Has the machine do what is its to do; how many records still mention it for it.
  std::size_t erase_subject(std::size_t machine, const std::string& text) {
    const Value found = done(machine, "subject.find", about(text));
    Value args = about(text), ids = Value::array();
    for (const Value& record : found.items("records")) ids.push(record.text("id"));
    args.set("ids", std::move(ids));
    args.set("at_once", true);
    args.set("replacement", "[udslettet]");
    done(machine, "subject.erase", args);
    settle();
    return done(machine, "subject.find", about(text)).items("records").size();
  }
  // How often the text stands in any row of the machine's store.
  std::size_t hits(std::size_t machine, const std::string& text = kSecret) {
    std::size_t found = 0;
    for (std::uint8_t table = 1; table <= kTableCount; ++table) {
      REQUIRE(net.storage(machine).scan(static_cast<Table>(table), {}, [&](View, View payload) {
        if (budstikke::text_of(payload).find(text) != std::string_view::npos) ++found;
        return true;
      }));
    }
    return found;
  }
  Value import(std::size_t machine, const std::string& notes, bool again) {
    Value item, items = Value::array(), args;
    item.set("line", 1);
    item.set("uid", "kort-1");
    item.set("fields", fields({{"name", kSecret}, {"notes", notes}}));
    items.push(std::move(item));
    args.set("kind", "contact");
    args.set("items", std::move(items));
    args.set("again", again);
    const Value result = done(machine, "record.import", args).items("results")[0];
    settle();
    return result;
  }
};

}  // namespace

TEST_CASE("erase api: a record of one's own is erased by its id alone, and whatever is asked of it then says so") {
  Councils councils;
  const std::string id = councils.add(1, "contact", {{"name", kSecret}});
  const Value look = councils.of_ids({id.substr(0, 6)}, true);
  Value only_look = look;
  only_look.set("look", true);
  CHECK(councils.done(1, "erase.records", only_look).items("records")[0].text("title") == kSecret);
  CHECK(councils.hits(0) == 1);
  const Value erased = councils.done(1, "erase.records", look).items("records")[0];
  CHECK(erased.text("outcome") == "erased");
  CHECK(erased.text("kind") == "contact");
  CHECK_FALSE(erased.boolean("others", true));
  CHECK(erased.find("title") == nullptr);
  councils.settle();
  for (std::size_t machine = 0; machine < 3; ++machine) {
    CHECK(councils.hits(machine) == 0);
    CHECK(councils.refusal(machine, "record.show", Councils::named("contact", id)) == "erased");
  }
  CHECK(councils.refusal(1, "record.edit", Councils::named("contact", id)) == "erased");
  CHECK(councils.refusal(1, "record.restore", Councils::named("contact", id)) == "erased");
  CHECK(councils.done(1, "erase.records", look).items("records")[0].text("outcome") == "already");
  Value removed = Value::map();
  removed.set("kind", "contact");
  removed.set("removed", true);
  CHECK(councils.done(1, "record.list", removed).items("records").empty());
  const Value history = councils.done(0, "record.history", Councils::named("contact", id));
  CHECK(history.items("changes")[0].items("operations")[0].text("operation") == "erased");
  CHECK(history.items("changes")[1].items("operations")[0].text("absent") == "erased");
}

TEST_CASE("erase api: of several none is erased when one may not be, and a member's own record never") {
  Councils councils;
  const std::string own = councils.add(1, "contact", {{"name", "Egen"}}), other = councils.add(2, "contact", {{"name", "Anden"}});
  CHECK(councils.refusal(1, "erase.records", Councils::of_ids({own, other}, true)) == "not-permitted");
  CHECK(councils.shown(1, "contact", own).text("name") == "Egen");
  CHECK(councils.refusal(1, "erase.records", Councils::of_ids({}, true)) == "missing-value");
  CHECK(councils.refusal(1, "erase.records", Councils::of_ids({"ZZZZZZ"}, true)) == "no-such-record");
  CHECK(councils.done(0, "erase.records", Councils::of_ids({own, other}, false)).items("records").size() == 2);  // coordinator
  councils.settle();
  CHECK(councils.refusal(2, "record.show", Councils::named("contact", other)) == "erased");
  const CouncilId council = councils.net.node(1).self_in(councils.net.network(1))->council;
  const RecordKey record = daemon::council_record(council);
  const ChangeBytes change{encode(Skeleton{record, {{2, OperationClass::Write}}}), encode_values(numbered<Salt>(1), {"B"})};
  REQUIRE(councils.net.node(1).write(councils.net.network(1), {&change, 1}, councils.net.now()));
  councils.net.process(1);
  councils.settle();
  CHECK(councils.refusal(1, "erase.records", Councils::of_ids({base32_of(id_of(record))}, true)) == "not-permitted");
}

TEST_CASE("erase api: what an import keeps goes with the values, and an import that meets an erased record says so") {
  Councils councils;
  const std::string id = councils.import(1, "Ring til " + kSecret, false).text("id");
  REQUIRE(councils.hits(1) == 2);  // the entry, and what the next import compares with
  councils.done(1, "erase.records", Councils::of_ids({id}, true));
  councils.settle();
  CHECK(councils.hits(1) == 0);
  const Value met = councils.import(1, "Ring", false);
  CHECK(met.text("outcome") == "erased");
  CHECK(met.text("id") == id);
  CHECK(councils.hits(1) == 0);
  const Value again = councils.import(1, "Ring", true);
  CHECK(again.text("outcome") == "created");
  CHECK(again.text("id") != id);
  CHECK(councils.import(1, "Ring", false).text("outcome") == "unchanged");  // it goes on with the new one
  CHECK(councils.import(1, "Ring igen", true).text("outcome") == "changed");
  councils.done(1, "erase.records", Councils::of_ids({again.text("id")}, true));
  councils.settle();
  CHECK(councils.import(1, "Ring", false).text("outcome") == "erased");
  CHECK(councils.import(1, "Ring", true).text("outcome") == "created");
}

TEST_CASE("erase api: the status tells of each erasure who asked, and who has carried it out") {
  Councils councils;
  const std::string id = councils.add(1, "contact", {{"name", kSecret}});
  councils.done(0, "erase.records", Councils::of_ids({id}, false));
  councils.settle();
  Value status = councils.done(2, "erase.status", Value::map()).items("erasures")[0];
  CHECK(status.text("id") == id);
  CHECK(status.text("what") == "record");
  CHECK(status.integer("receipts") == 0);
  CHECK_FALSE(status.text("due").empty());
  CHECK(status.text("destroyed").empty());
  councils.net.advance(kErasureDelay + 1min);
  councils.settle();
  for (std::size_t machine = 0; machine < 3; ++machine) {
    status = councils.done(machine, "erase.status", Value::map()).items("erasures")[0];
    CHECK(status.integer("receipts") == 3);
    CHECK(status.integer("expected") == 3);
    CHECK(status.boolean("complete"));
    CHECK(status.text("due").empty());
    CHECK_FALSE(status.text("destroyed").empty());
    REQUIRE(status.items("members").size() == 3);
    for (const Value& member : status.items("members")) CHECK_FALSE(member.text("receipt").empty());
  }
  SUBCASE("a receipt counts only in the incarnation that its member last wrote in") {
    REQUIRE(councils.net.node(2).ledger().renew_incarnation(Incarnation{77}));
    councils.net.process(2);
    Value args;
    args.set("kind", "contact");
    args.set("fields", Councils::fields({{"name", "Ny"}}));
    councils.done(2, "record.add", args);
    councils.net.advance(1s);
    const auto last = councils.net.node(0).ledger().last_written(councils.net.network(0));
    CHECK(last.at(councils.net.node(2).self()).incarnation == Incarnation{77});
    councils.settle();  // and it gives it anew
    CHECK(councils.done(0, "erase.status", Value::map()).items("erasures")[0].integer("receipts") == 3);
  }
  SUBCASE("who was removed is listed apart") {
    REQUIRE(councils.net.node(0).remove_member(councils.net.network(0), councils.net.node(2).self(), councils.net.now()));
    councils.net.process(0);
    status = councils.done(0, "erase.status", Value::map()).items("erasures")[0];
    CHECK(status.integer("expected") == 2);
    CHECK(status.items("removed_members").size() == 1);
  }
}

TEST_CASE("subject: a contact of that name goes whole; elsewhere each mention is replaced and all else stands") {
  Councils councils;
  const std::string contact = councils.add(1, "contact", {{"name", kSecret + " Jensen"}, {"notes", "Kender vejen"}});
  const std::string event = councils.add(
      1, "event",
      {{"title", "Cafe"}, {"start", "2027-03-31"}, {"place", "Salen"}, {"description", "Med " + kSecret + " og kaffe"}});
  councils.edit(1, "event", event, {{"description", "Kun kaffe"}});  // so that it is only in the past
  const std::string plan = councils.add(1, "initiative", {{"title", "Sprog"}, {"summary", "mette HEMMELIGHED fortæller"}});
  Value comment = Councils::named("event", event);
  comment.set("text", "Hils " + kSecret);
  councils.done(1, "record.comment", comment);
  councils.settle();

  const Value found = councils.done(1, "subject.find", Councils::about("METTE hemmelighed"));
  REQUIRE(found.items("records").size() == 3);
  CHECK(found.find("next") == nullptr);
  for (const Value& record : found.items("records")) {
    CHECK(record.text("action") == (record.text("id") == contact ? "erased" : "redacted"));
    CHECK(record.items("left").empty());
    if (record.text("id") != event) continue;
    REQUIRE(record.items("mentions").size() == 2);
    CHECK(record.items("mentions")[0].text("field") == "comments");
    CHECK(record.items("mentions")[1].text("state") == "past");
    CHECK(record.items("mentions")[1].text("value") == "Med " + kSecret + " og kaffe");
  }
  CHECK(councils.erase_subject(1, "METTE hemmelighed") == 0);
  for (std::size_t machine = 0; machine < 3; ++machine) {
    CAPTURE(machine);
    CHECK(councils.hits(machine) == 0);
    CHECK(councils.hits(machine, "mette HEMMELIGHED") == 0);
    CHECK(councils.refusal(machine, "record.show", Councils::named("contact", contact)) == "erased");
    const Value shown = councils.shown(machine, "event", event);
    CHECK(shown.text("title") == "Cafe");
    CHECK(shown.text("place") == "Salen");
    CHECK(shown.text("start") == "2027-03-31");
    CHECK(shown.text("description") == "Kun kaffe");
    REQUIRE(shown.items("comments").size() == 1);
    CHECK(shown.items("comments")[0].text("value") == "Hils [udslettet]");
    CHECK(councils.shown(machine, "initiative", plan).text("summary") == "[udslettet] fortæller");
    CHECK(shown.find("conflicts") == nullptr);
  }
}

TEST_CASE("subject: another council's words are left to it, and to what is ours they are no bar") {
  Councils councils;
  const std::string event = councils.add(1, "event", {{"title", "Cafe"}, {"start", "2027-03-31"}, {"description", kSecret}});
  Value comment = Councils::named("event", event);
  comment.set("text", "Kommer " + kSecret + "?");
  councils.done(2, "record.comment", comment);
  councils.settle();
  CHECK(councils.erase_subject(2, kSecret) == 1);
  const Value left = councils.done(2, "subject.find", Councils::about(kSecret)).items("records")[0];
  CHECK(left.text("action") == "nothing");
  REQUIRE(left.items("left").size() == 1);
  CHECK(left.items("left")[0].text("reason") == "not-permitted");
  CHECK(councils.hits(0) == 1);
  CHECK(councils.shown(0, "event", event).items("comments")[0].text("value") == "Kommer [udslettet]?");
  CHECK(councils.erase_subject(1, kSecret) == 0);
  CHECK(councils.hits(0) == 0);
}

TEST_CASE("subject: values that stand side by side still do, each without the mention") {
  Councils councils;
  Net& net = councils.net;
  const std::size_t device = net.add_device(1);
  net.connect(device, 0);
  const std::string id = councils.add(1, "event", {{"title", "Cafe"}, {"start", "2027-03-31"}});
  net.cut_all();
  const auto edit_apart = [&](std::size_t machine, const std::string& place) {
    Value args = Councils::named("event", id);
    args.set("set", Councils::fields({{"place", place}}));
    councils.done(machine, "record.edit", args);
  };
  edit_apart(1, "Hos " + kSecret);
  net.advance(1s);
  edit_apart(device, "Salen");
  for (const std::size_t machine : {std::size_t{1}, std::size_t{2}, device}) net.connect(machine, 0);
  councils.settle();
  REQUIRE(councils.shown(0, "event", id).find("conflicts")->items("place").size() == 2);
  CHECK(councils.erase_subject(1, kSecret) == 0);
  CHECK(councils.hits(0) == 0);
  const Value shown = councils.shown(0, "event", id);
  REQUIRE(shown.find("conflicts") != nullptr);
  std::set<std::string> places;
  for (const Value& said : shown.find("conflicts")->items("place")) places.insert(said.text("value"));
  CHECK(places == std::set<std::string>{"Hos [udslettet]", "Salen"});
}

TEST_CASE("subject: an address goes whole, and a removed record is not brought back") {
  Councils councils;
  const std::string contact = councils.add(1, "contact", {{"name", "Kontoret"}, {"email", "mette@example.dk"}});
  councils.edit(1, "contact", contact, {{"email", "post@example.dk"}});
  CHECK(councils.erase_subject(1, "mette") == 0);
  const Value shown = councils.shown(0, "contact", contact);
  REQUIRE(shown.items("email").size() == 1);
  CHECK(shown.items("email")[0] == Value("post@example.dk"));
  CHECK(shown.text("name") == "Kontoret");

  const std::string removed = councils.add(1, "event", {{"title", "Fest"}, {"start", "2027"}, {"place", "Hos " + kSecret}});
  councils.done(1, "record.remove", Councils::named("event", removed));
  councils.settle();
  CHECK(councils.done(1, "subject.find", Councils::about(kSecret)).items("records")[0].boolean("removed"));
  CHECK(councils.erase_subject(1, kSecret) == 0);
  CHECK(councils.hits(2) == 0);
  CHECK(councils.refusal(1, "record.show", Councils::named("event", removed)) == "erased");
}

TEST_CASE("subject: a search gives every mention once, in pages that fit a reply") {
  Councils councils;
  std::string id = councils.add(1, "contact", {{"name", "Kontoret"}});
  for (int i = 0; i < 30; ++i) {
    Value args = Councils::named("contact", id);
    args.set("set", Councils::fields({{"notes", std::to_string(i) + std::string(kMaxTextBytes - 100, 'x') + kSecret}}));
    councils.done(1, "record.edit", args);
  }
  std::size_t found = 0, pages = 0;
  Value args = Councils::about(kSecret);
  for (;;) {
    const Value page = councils.done(1, "subject.find", args);
    for (const Value& record : page.items("records")) found += record.items("mentions").size();
    ++pages;
    if (page.text("next").empty()) break;
    args.set("after", page.text("next"));
  }
  CHECK(found == 30);
  CHECK(pages > 1);
  CHECK(councils.erase_subject(1, kSecret) == 0);
  CHECK(councils.hits(0) == 0);
}

TEST_CASE("subject: a record that cannot be read ends the search: nobody knows whether it mentions the person") {
  Councils councils;
  councils.add(1, "contact", {{"name", kSecret}});
  const std::string id = councils.add(1, "contact", {{"name", "Anden"}});
  councils.net.storage(1).damage(Table::Records, key_of(councils.net.network(1).records));
  CHECK(councils.refusal(1, "subject.find", Councils::about(kSecret)) == "store-failed");
  CHECK(councils.refusal(1, "record.show", Councils::named("contact", id)) == "store-failed");  // and not: no such record
}

TEST_CASE(
    "subject: records that do not mention it, or where it is not this node's to erase, are refused, and nothing is written") {
  Councils councils;
  const std::string mine = councils.add(1, "contact", {{"name", "Anna"}});
  const std::string theirs = councils.add(0, "initiative", {{"title", "Sommer"}, {"summary", std::string(kSecret)}});
  councils.settle();
  const auto asked = [](const std::vector<std::string>& records) {
    Value args = Councils::about(kSecret), ids = Value::array();
    for (const std::string& id : records) ids.push(id);
    args.set("ids", std::move(ids));
    return args;
  };
  const std::uint64_t before = councils.net.network(1).entries;
  CHECK(councils.refusal(1, "subject.erase", asked({mine})) == "nothing-to-erase");
  CHECK(councils.refusal(1, "subject.erase", asked({theirs, mine})) == "nothing-to-erase");
  CHECK(councils.refusal(1, "erase.records", Councils::of_ids({"ZZZZZZ"}, false)) == "no-such-record");
  CHECK(councils.net.network(1).entries == before);
  const std::string about = councils.add(1, "contact", {{"name", std::string(kSecret)}});
  const Value done = councils.done(1, "subject.erase", asked({mine, about, about}));
  REQUIRE(done.items("records").size() == 2);
  CHECK(done.items("records")[0].text("outcome") == "nothing");
  CHECK(done.items("records")[1].text("outcome") == "erased");
}

TEST_CASE("subject: what is no name, and a replacement that spells it, are refused") {
  Councils councils;
  CHECK(councils.refusal(1, "subject.find", Councils::about(" x ")) == "missing-value");
  CHECK(councils.refusal(1, "subject.find", Councils::about(std::string(300, 'x'))) == "too-long");
  CHECK(councils.refusal(1, "subject.find", Councils::about("a\nb")) == "bad-text");
  Value args = Councils::about("udslettet");
  args.set("replacement", "[udslettet]");
  CHECK(councils.refusal(1, "subject.erase", args) == "bad-text");
  args = Councils::about("Mette");
  args.set("after", "x");
  CHECK(councils.refusal(1, "subject.find", args) == "bad-request");
}
