// The API's command `watch`, asked of nodes in memory.
#include "daemon/api/watch.h"

#include <set>

#include "protocol/base/text.h"
#include "protocol/records/moment.h"
#include "tests/daemon/api/asked_net.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

struct Watched : AskedNet {
  explicit Watched(std::size_t councils = 2) : AskedNet(councils) {}

  std::string add(std::size_t machine, const std::string& kind, std::string_view field, std::string_view text) {
    Value fields, args;
    fields.set(field, Value::Array{Value(text)});
    if (kind == "event") fields.set("start", Value::Array{Value("2027-03-31")});
    if (kind == "event") fields.set("shared", Value::Array{Value("ja")});
    args.set("kind", kind);
    args.set("fields", std::move(fields));
    net.advance(1s);
    return done(machine, "record.add", std::move(args)).text("id");
  }
  std::string event(std::size_t machine, std::string_view title) { return add(machine, "event", "title", title); }
  void edit(std::size_t machine, const std::string& id, std::string_view field, std::string_view text) {
    Value fields, args;
    fields.set(field, Value::Array{Value(text)});
    args.set("kind", "event");
    args.set("id", id);
    args.set("set", std::move(fields));
    net.advance(1s);
    done(machine, "record.edit", std::move(args));
  }
  void member(std::size_t machine, const std::string& command, std::size_t whom) {
    Value args;
    args.set("member", daemon::id_text(net.node(whom).self()));
    net.advance(1s);
    done(machine, command, std::move(args));
  }
  void meet(std::size_t machine = 1) {
    net.connect(machine, 0);
    net.run();
    net.advance(3s);
    net.cut_all();
  }
  Value watch(std::size_t machine, const std::string& after = {}, std::int64_t limit = 0, const std::string& kind = {}) {
    Value args = Value::map();
    if (!after.empty()) args.set("after", after);
    if (limit > 0) args.set("limit", limit);
    if (!kind.empty()) args.set("kinds", Value::Array{Value(kind)});
    return done(machine, "watch", args);
  }
  std::string mark(std::size_t machine) { return watch(machine).text("next"); }
};

std::vector<std::string> told_titles(const Value& news) {
  std::vector<std::string> found;
  for (const Value& change : news.items("changes")) found.push_back(change.text("title"));
  return found;
}

using Titles = std::vector<std::string>;

}  // namespace

TEST_CASE("watch: what is written here and what arrives is told once, in order of arrival, with what it was before") {
  Watched net;
  net.event(0, "Før");
  const Value first = net.watch(0);
  CHECK(first.items("changes").empty());  // without a mark only one to go on from
  CHECK_FALSE(first.boolean("more"));
  CHECK(first.text("member") == daemon::id_text(net.net.node(0).self()));
  const std::string id = net.event(0, "Møde");
  net.edit(0, id, "place", "Rådhuset");
  net.meet();
  net.edit(1, id, "place", "Hallen");
  net.meet();
  const Value news = net.watch(0, first.text("next"));
  REQUIRE(news.items("changes").size() == 3);
  const Value &made = news.items("changes")[0], &edited = news.items("changes")[1], &arrived = news.items("changes")[2];
  CHECK(made.boolean("created"));
  CHECK(made.boolean("own"));
  CHECK(made.text("id") == id);
  CHECK(made.text("kind") == "event");
  CHECK_FALSE(edited.boolean("created"));
  CHECK_FALSE(arrived.boolean("own"));
  CHECK(arrived.text("council") == daemon::id_text(net.net.node(1).self_in(net.net.network(1))->council));
  const Value& operation = arrived.items("operations").at(0);
  CHECK(operation.text("operation") == "wrote");
  CHECK(operation.text("value") == "Hallen");
  CHECK(operation.items("old").at(0).text("value") == "Rådhuset");
  CHECK(net.watch(0, arrived.text("mark")).items("changes").empty());
  CHECK(net.watch(0, made.text("mark")).items("changes") == Value::Array{edited, arrived});
  CHECK_FALSE(daemon::WatchApi::has_news(net.watch(0, news.text("next"))));
}

TEST_CASE("watch: what begins to count after it came is told then, and only then") {
  Watched net(3);
  net.meet(1);
  net.meet(2);
  const std::string begin = net.mark(2);
  net.event(1, "Imens");
  net.net.connect(1, 2);
  net.net.run();
  net.net.advance(1s);
  net.net.cut_all();
  net.member(0, "member.revoke", 1);  // at the founder, who has not heard of it
  net.meet(2);
  const Value nothing = net.watch(2, begin);
  CHECK(told_titles(nothing).empty());
  net.member(0, "member.readmit", 1);
  net.meet(2);
  const Value news = net.watch(2, nothing.text("next"));
  CHECK(told_titles(news) == Titles{"Imens"});
  CHECK(news.items("changes").at(0).boolean("created"));
  CHECK(net.watch(2, news.text("next")).items("changes").empty());
  CHECK(told_titles(net.watch(2, begin)) == Titles{"Imens", "Imens"});  // by then it counts from the start, too
}

TEST_CASE("watch: however often somebody is shut out and readmitted, what is kept for it does not grow, and all is told") {
  Watched net(7);
  for (std::size_t machine = 1; machine < 7; ++machine) net.meet(machine);
  for (std::size_t coordinator = 3; coordinator < 7; ++coordinator) {
    Value args;
    args.set("member", daemon::id_text(net.net.node(coordinator).self()));
    args.set("role", "coordinator");
    net.done(0, "member.role", std::move(args));
    net.meet(coordinator);
  }
  const auto meet = [&](std::size_t a, std::size_t b) {
    net.net.connect(a, b);
    net.net.run();
    net.net.advance(3s);
    net.net.cut_all();
  };
  net.meet(2);
  net.event(1, "Imens");
  meet(1, 2);
  const auto rows = [&] {
    std::size_t count = 0;
    REQUIRE(net.net.storage(2).scan(Table::Local, bytes_of(view_of("late ")), [&](View key, View) {
      if (!text_of(key).starts_with("late ")) return false;
      ++count;
      return true;
    }));
    return count;
  };
  std::string mark = net.mark(2);
  std::size_t kept = 0;
  for (std::size_t coordinator = 3; coordinator < 7; ++coordinator) {  // each of whom has nothing of what the other wrote
    CAPTURE(coordinator);
    net.member(coordinator, "member.revoke", 1);
    meet(coordinator, 2);
    const Value nothing = net.watch(2, mark);
    CHECK(told_titles(nothing).empty());
    net.member(coordinator, "member.readmit", 1);
    meet(coordinator, 2);
    const Value news = net.watch(2, nothing.text("next"));
    CHECK(told_titles(news) == Titles{"Imens"});
    mark = news.text("next");
    if (coordinator == 3) kept = rows();
    CHECK(kept > 0);
    CHECK(rows() == kept);
  }
}

TEST_CASE("watch: since a time it tells what was written from then on, a page at a time") {
  Watched net;
  net.event(0, "Før");
  net.net.advance(1h);
  Value args;
  args.set("since", format_utc(net.net.now_of(0).wall));
  args.set("limit", 1);
  net.event(0, "A");
  net.event(0, "B");
  const Value first = net.done(0, "watch", args);
  CHECK(told_titles(first) == Titles{"A"});
  CHECK(first.boolean("more"));
  CHECK(first.find("told_again_since") == nullptr);
  CHECK(told_titles(net.watch(0, first.text("next"))) == Titles{"B"});
  args.set("since", "i går");
  CHECK(net.refusal(0, "watch", args) == "bad-request");
}

TEST_CASE("watch: pages end behind a change, also within an entry, and none is told twice or left out") {
  Watched net;
  const std::string begin = net.mark(0);
  Value ids = Value::array();
  for (const char* title : {"A", "B", "C"}) ids.push(net.event(0, title));
  Value erase;
  erase.set("ids", std::move(ids));
  net.net.advance(1s);
  net.done(0, "erase.records", std::move(erase));  // one entry with three changes
  std::vector<std::string> told;
  std::string at = begin;
  for (int pages = 0; pages < 20; ++pages) {
    const Value page = net.watch(0, at, 1);
    for (const Value& change : page.items("changes")) {
      told.push_back(change.items("operations").at(0).text("operation") + " " + change.text("id"));
      CHECK(change.text("mark") == page.text("next"));
    }
    at = page.text("next");
    if (!page.boolean("more")) break;
  }
  CHECK(std::set<std::string>(told.begin(), told.end()).size() == told.size());
  CHECK(std::count_if(told.begin(), told.end(), [](const std::string& line) { return line.starts_with("erased "); }) == 3);
  CHECK(net.watch(0, at).items("changes").empty());
}

TEST_CASE("watch: only the kinds that were asked for are told, and the mark goes past the others") {
  Watched net;
  const std::string begin = net.mark(0);
  net.event(0, "Møde");
  net.add(0, "contact", "name", "Kontoret");
  const Value contacts = net.watch(0, begin, 0, "contact");
  CHECK(told_titles(contacts) == Titles{"Kontoret"});
  const Value hearings = net.watch(0, begin, 0, "hearing");
  CHECK(told_titles(hearings).empty());
  CHECK(told_titles(net.watch(0, hearings.text("next"))).empty());
  Value args;
  args.set("kinds", Value::Array{Value("hval")});
  CHECK(net.refusal(0, "watch", args) == "unknown-kind");
}

TEST_CASE("watch: what programs write by themselves is not told") {
  Watched net;
  const std::string begin = net.mark(0);
  net.config.council = "Ishøj Integrationsråd";
  net.config.advertise = "192.0.2.7:7420";
  daemon::RecordsApi records(net.net.node(0));
  REQUIRE(records.write_own_council(net.net.network(0), net.config, net.net.now_of(0)));
  net.net.process(0);
  const Value news = net.watch(0, begin);  // a loop over what a temporary holds would outlive it
  for (const Value& change : news.items("changes")) {
    for (const Value& operation : change.items("operations")) CHECK(operation.text("field") != "node");
  }
}

TEST_CASE("watch: a file is not told of, only the record that names it") {
  Watched net;
  const std::string begin = net.mark(0);
  const Bytes content(100, 7);
  Value file, piece, fields, event;
  file.set("name", "Referat.pdf");
  file.set("size", std::uint64_t{content.size()});
  file.set("hash", hex_of(content_hash(content).view()));
  const std::string id = net.done(0, "file.begin", file).text("file");
  piece.set("file", id);
  piece.set("index", 0);
  piece.set("data", content);
  net.done(0, "file.put", piece);
  CHECK(net.net.network(0).entries > 1);
  CHECK(net.watch(0, begin).items("changes").empty());
  fields.set("title", Value::Array{Value("Møde")});
  fields.set("start", Value::Array{Value("2027-03-31")});
  fields.set("attachments", Value::Array{Value(id)});
  event.set("kind", "event");
  event.set("fields", std::move(fields));
  net.done(0, "record.add", event);
  CHECK(told_titles(net.watch(0, begin)) == Titles{"Møde"});
}

TEST_CASE("watch: what the author was shut out before is not told") {
  Watched net;
  net.meet();
  const std::string begin = net.mark(0);
  net.event(1, "Efter");
  Value args;
  args.set("member", daemon::id_text(net.net.node(1).self()));
  net.net.advance(1s);
  net.done(0, "member.revoke", args);
  net.event(0, "Her");
  net.net.connect(1, 0);
  net.net.advance(60s);
  CHECK(told_titles(net.watch(0, begin)) == Titles{"Her"});
}

TEST_CASE("watch: of another store what was written since a week before the mark is told again, whatever is missing in between") {
  Watched net;
  net.event(0, "For længe siden");
  net.net.advance(std::chrono::hours(24 * 8));
  net.event(0, "Forleden");
  const std::string mark = net.mark(0);
  net.net.renew_store(0);
  const Value again = net.watch(0, mark);
  CHECK(told_titles(again) == Titles{"Forleden"});
  CHECK(again.find("told_again_since") != nullptr);
  net.event(0, "Nu");
  const Value later = net.watch(0, again.text("next"));
  CHECK(told_titles(later) == Titles{"Nu"});
  CHECK(later.find("told_again_since") == nullptr);
}

TEST_CASE("watch: while things are told again page by page, the store may change once more") {
  Watched net;
  const std::string mark = net.mark(0);
  for (const char* title : {"A", "B", "C"}) net.event(0, title);
  net.net.renew_store(0);
  const Value first = net.watch(0, mark, 1);
  CHECK(told_titles(first) == Titles{"A"});
  CHECK(first.boolean("more"));
  net.net.renew_store(0);
  CHECK(told_titles(net.watch(0, first.text("next"))) == Titles{"A", "B", "C"});
}

TEST_CASE("watch: what came late and is old is told, once the telling again has ended") {
  Watched net;
  net.meet();
  net.event(1, "Gammel");
  const std::string mark = net.mark(0);
  net.net.renew_store(0);
  const Value again = net.watch(0, mark);
  net.net.advance(std::chrono::hours(24 * 30));
  net.meet();
  CHECK(told_titles(net.watch(0, again.text("next"))) == Titles{"Gammel"});
}

TEST_CASE("watch: a change with hundreds of newer ones behind it is told with what it was before") {
  constexpr int kEdits = 260;
  Watched net;
  const std::string id = net.event(0, "Møde");
  net.edit(0, id, "place", "Sted 0");
  const std::string begin = net.mark(0);
  for (int i = 1; i <= kEdits; ++i) net.edit(0, id, "place", "Sted " + std::to_string(i));
  const Value first = net.watch(0, begin, 200);
  CHECK(first.boolean("more"));
  const Value& operation = first.items("changes").at(0).items("operations").at(0);
  CHECK(operation.text("value") == "Sted 1");
  CHECK(operation.items("old").at(0).text("value") == "Sted 0");
  CHECK(operation.text("state") == "overwritten");
  CHECK(net.watch(0, first.text("next"), 200).items("changes").size() == kEdits - 200);
}

TEST_CASE("watch: a mark that is none, and a limit that is too large, are refused") {
  Watched net;
  Value args;
  for (const std::string& text : {std::string("K3F9QX"), std::string(60, 'Z'), net.mark(0) + "0"}) {
    args.set("after", text);
    CHECK(net.refusal(0, "watch", args) == "bad-request");
  }
  args = Value::map();
  args.set("limit", std::int64_t{201});
  CHECK(net.refusal(0, "watch", args) == "bad-request");
}
