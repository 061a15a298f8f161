// What councils say to each other's records, and what is known of who has heard and who is silent, asked of nodes in memory.
#include "protocol/base/text.h"
#include "protocol/records/moment.h"
#include "tests/daemon/api/asked_net.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

// A coordinator, a council, and a national council.
struct Hearers : AskedNet {
  Hearers() : AskedNet(2) {
    national = net.add_member(0, Role::National);
    meet();
  }
  void meet() {
    net.connect(1, 0);
    net.connect(national, 0);
    REQUIRE(net.converge());
    net.cut_all();
    net.advance(1s);
  }
  std::string add(std::size_t machine, std::string_view kind, std::string_view title) {
    Value fields, args;
    fields.set("title", Value::Array{Value(title)});
    if (kind == "event") fields.set("start", Value::Array{Value("2027-03-31")});
    args.set("kind", kind);
    args.set("fields", std::move(fields));
    return done(machine, "record.add", std::move(args)).text("id");
  }
  static Value named(std::string_view kind, const std::string& id) {
    Value args;
    args.set("kind", kind);
    args.set("id", id);
    return args;
  }
  static Value answer(std::string_view kind, const std::string& id, std::vector<std::pair<std::string, Value>> said) {
    Value args = named(kind, id), answers = Value::map();
    for (auto& [field, value] : said) answers.set(field, std::move(value));
    args.set("answers", std::move(answers));
    return args;
  }
  Value said(std::size_t machine, std::string_view kind, const std::string& id, std::string_view field) {
    return *done(machine, "record.show", named(kind, id)).find("record")->find("answers")->find(field);
  }
  std::string council(std::size_t machine) { return daemon::id_text(net.node(machine).self_in(net.network(machine))->council); }

  std::size_t national = 0;
};

}  // namespace

TEST_CASE("answer: several fields are said at once, said again is nothing new, and taken back leaves no trace in the record") {
  Hearers hearers;
  const std::string id = hearers.add(0, "hearing", "Ny lov");
  const Value args = Hearers::answer("hearing", id, {{"positions", "abstained"}, {"responses", "Uden for vores område."}});
  CHECK(hearers.done(0, "record.answer", args).boolean("changed"));
  CHECK_FALSE(hearers.done(0, "record.answer", args).boolean("changed", true));
  const Value history = hearers.done(0, "record.history", Hearers::named("hearing", id));
  CHECK(history.items("changes")[0].items("operations").size() == 2);  // one change, so that nobody sees half of it
  CHECK(hearers.said(0, "hearing", id, "positions").items()[0].text("value") == "abstained");
  const Value back = Hearers::answer("hearing", id, {{"positions", Value()}, {"responses", Value()}});
  CHECK(hearers.done(0, "record.answer", back).boolean("changed"));
  CHECK_FALSE(hearers.done(0, "record.answer", back).boolean("changed", true));
  CHECK(hearers.said(0, "hearing", id, "positions").items().empty());
  CHECK(hearers.said(0, "hearing", id, "responses").items().empty());
  CHECK(hearers.done(0, "record.history", Hearers::named("hearing", id)).integer("total") == 3);
}

TEST_CASE("answer: nobody takes back what another council said, and what is no answer is refused") {
  Hearers hearers;
  const std::string id = hearers.add(0, "event", "Møde");
  hearers.meet();
  hearers.done(1, "record.answer", Hearers::answer("event", id, {{"rsvp", "ja"}, {"heads", "3"}}));
  hearers.meet();
  CHECK_FALSE(hearers.done(0, "record.answer", Hearers::answer("event", id, {{"rsvp", Value()}})).boolean("changed", true));
  CHECK(hearers.said(0, "event", id, "rsvp").items()[0].text("value") == "yes");
  CHECK(hearers.said(0, "event", id, "heads").items()[0].integer("value") == 3);
  CHECK(hearers.refusal(0, "record.answer", Hearers::answer("event", id, {{"heads", "mange"}})) == "bad-number");
  CHECK(hearers.refusal(0, "record.answer", Hearers::answer("event", id, {{"title", "Andet"}})) == "not-answerable");
  CHECK(hearers.refusal(0, "record.answer", Hearers::answer("event", id, {})) == "bad-request");
}

TEST_CASE("answer: only the national council marks a lighthouse, whoever's the initiative is, and takes the mark back") {
  Hearers hearers;
  const std::string id = hearers.add(1, "initiative", "Lektiecafé");
  hearers.meet();
  const Value mark = Hearers::answer("initiative", id, {{"lighthouse", "fyrtårn"}});
  CHECK(hearers.refusal(0, "record.answer", mark) == "not-permitted");
  CHECK(hearers.refusal(1, "record.answer", mark) == "not-permitted");
  hearers.done(hearers.national, "record.answer", mark);
  hearers.meet();
  CHECK(hearers.said(1, "initiative", id, "lighthouse").items()[0].text("value") == "lighthouse");
  hearers.done(hearers.national, "record.answer", Hearers::answer("initiative", id, {{"lighthouse", Value()}}));
  hearers.meet();
  CHECK(hearers.said(1, "initiative", id, "lighthouse").items().empty());
}

TEST_CASE("arrived: a council has an announcement once it is known to hold all that stands of it") {
  Hearers hearers;
  const std::string id = hearers.add(hearers.national, "announcement", "Konference");
  const auto has = [&](std::size_t machine) {
    const Value arrived = hearers.done(hearers.national, "record.arrived", Hearers::named("announcement", id));
    CHECK(arrived.items("councils").size() == 2);  // all but the one that announced
    for (const Value& council : arrived.items("councils")) {
      if (council.text("council") == hearers.council(machine)) return council.boolean("arrived");
    }
    FAIL("the council is not listed");
    return false;
  };
  CHECK_FALSE(has(0));
  CHECK_FALSE(has(1));
  hearers.net.connect(hearers.national, 0);
  hearers.net.advance(10s);
  hearers.net.cut_all();
  CHECK(has(0));
  CHECK_FALSE(has(1));
  hearers.net.connect(hearers.national, 0);
  hearers.net.connect(1, 0);
  hearers.net.advance(10min);  // what the second council holds is told on by the first
  hearers.net.cut_all();
  CHECK(has(1));
}

TEST_CASE("activity: a council is told by what people wrote and still stands, and not by what its node writes by itself") {
  Hearers hearers;
  const auto of = [&](std::size_t machine) {
    const Value report = hearers.done(0, "report.activity");
    CHECK(report.items("councils").size() == 3);
    CHECK(report.find("next") == nullptr);
    for (const Value& council : report.items("councils")) {
      if (council.text("council") == hearers.council(machine)) return council;
    }
    FAIL("the council is not listed");
    return Value();
  };
  CHECK(of(1).text("last_written").empty());
  hearers.config.advertise = "raad.example:7420";
  daemon::RecordsApi records(hearers.net.node(1));
  REQUIRE(records.write_own_council(hearers.net.network(1), hearers.config, hearers.net.now_of(1)));
  hearers.net.process(1);
  hearers.meet();
  CHECK(of(1).text("last_written").empty());  // where its node is reached is the node's own word

  const std::string id = hearers.add(1, "event", "Møde");
  hearers.meet();
  const std::string wrote = of(1).text("last_written");
  CHECK_FALSE(wrote.empty());
  CHECK(of(1).integer("records") == 1);
  CHECK(of(1).integer("answers") == 0);
  hearers.net.advance(48h);
  hearers.done(0, "record.answer", Hearers::answer("event", id, {{"rsvp", "nej"}}));
  CHECK(of(0).integer("answers") == 1);
  CHECK(of(0).text("last_written") > wrote);
  CHECK(of(1).text("last_written") == wrote);
  CHECK(of(0).boolean("you"));
  CHECK_FALSE(of(1).boolean("you", true));
  hearers.done(1, "record.remove", Hearers::named("event", id));
  hearers.meet();
  CHECK(of(1).integer("records") == 0);
  CHECK(of(1).text("last_written") > wrote);  // to remove something is to be there
}

TEST_CASE("activity: pages add up to the whole, each record in one of them") {
  Hearers hearers;
  for (int i = 0; i < 7; ++i) hearers.add(0, "event", "Møde " + std::to_string(i));
  Value args = Value::map();
  args.set("limit", 3);
  std::int64_t records = 0;
  std::size_t pages = 0;
  for (;;) {
    const Value page = hearers.done(0, "report.activity", args);
    for (const Value& council : page.items("councils")) records += council.integer("records");
    ++pages;
    if (page.text("next").empty()) break;
    args.set("after", page.text("next"));
  }
  CHECK(records == 7);
  CHECK(pages >= 3);
}

TEST_CASE("activity: a page that ends nowhere is refused") {
  Hearers hearers;
  Value args;
  args.set("after", "!");
  CHECK(hearers.refusal(0, "report.activity", args) == "bad-request");
}
