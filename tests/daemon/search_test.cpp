// The index follows the records: written here or elsewhere, edited, removed, erased, over restarts and rollbacks.
#include "daemon/search.h"

#include <fstream>

#include "tests/daemon/api/asked_net.h"
#include "tests/support/home.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

// Two councils, and the search of the first.
struct Searched : AskedNet {
  Searched() : AskedNet(2), search(folder.path() / "search") {
    net.connect(1, 0);
    REQUIRE(net.converge());
    search.use(net.node(0));
  }

  // As the core's loop does it.
  void work() {
    for (int round = 0; round < 1'000; ++round) {
      const std::optional<Instant> at = search.deadline(net.now(), {});
      if (!at) return;
      now_ = {std::max(*at, now_.steady), net.now().wall};
      search.work(now_, {});
    }
    FAIL("it is never done");
  }
  std::string add(std::size_t machine, std::string_view kind, const std::string& title, const std::string& text = {}) {
    Value fields = Value::map();
    fields.set("title", Value::Array{Value(title)});
    if (kind == "event") fields.set("start", Value::Array{Value("2026-10-22")});
    if (!text.empty()) fields.set("description", Value::Array{Value(text)});
    Value args;
    args.set("kind", kind);
    args.set("fields", std::move(fields));
    const std::string id = done(machine, "record.add", args).text("id");
    settle();
    return id;
  }
  void settle() {
    net.advance(2s);
    REQUIRE(net.converge());
  }
  Value asked(Value args) {
    std::optional<daemon::Answer> answer = search.handle("search", args, now_);
    REQUIRE(answer);
    REQUIRE(std::holds_alternative<Value>(*answer));
    return std::get<Value>(*answer);
  }
  Value found(const std::string& words) {
    Value args;
    args.set("words", words);
    return asked(std::move(args));
  }
  std::vector<std::string> ids(const std::string& words) {
    std::vector<std::string> found_ids;
    const Value reply = found(words);
    for (const Value& hit : reply.items("hits")) found_ids.push_back(hit.text("id"));
    return found_ids;
  }
  std::string refused(Value args) {
    std::optional<daemon::Answer> answer = search.handle("search", args, now_);
    const ApiFailure* failed = std::get_if<ApiFailure>(&*answer);
    return failed == nullptr ? "none" : std::string(text_of(failed->code));
  }
  static Value named(std::string_view kind, const std::string& id) {
    Value args;
    args.set("kind", kind);
    args.set("id", id);
    return args;
  }
  bool on_disk(const std::string& text) const {
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(in), {}};
      if (bytes.find(text) != std::string::npos) return true;
    }
    return false;
  }

  TempHome folder;
  daemon::Search search;
  Now now_{Instant{1'000}, WallTime{1'760'000'000'000}};
};

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("search: finds what was written here and elsewhere, with its owner and the sentence") {
  Searched searched;
  const std::string here = searched.add(0, "initiative", "Venskabsfamilier", "Frivillige følges med nyankomne flygtninge.");
  const std::string there = searched.add(1, "event", "Fest for frivillige");
  searched.work();
  CHECK(searched.ids("venskabsfamilie") == Ids{here});
  CHECK(searched.ids("fester") == Ids{there});
  const Value reply = searched.found("flygtning");
  REQUIRE(reply.items("hits").size() == 1);
  const Value& hit = reply.items("hits").front();
  CHECK(hit.text("kind") == "initiative");
  CHECK(hit.text("short") == here.substr(0, 6));
  CHECK(hit.text("found") == "words");
  CHECK(!hit.text("owner_name").empty());
  REQUIRE(hit.items("title").size() == 1);
  CHECK(hit.items("title").front().text("text") == "Venskabsfamilier");
  REQUIRE(hit.items("excerpt").size() == 3);
  CHECK(hit.items("excerpt")[1].text("text") == "flygtninge");
  CHECK(hit.items("excerpt")[1].boolean("hit"));
  CHECK(reply.find("records") == nullptr);  // all was looked through
}

TEST_CASE("search: what was written a moment ago is found at once") {
  Searched searched;
  searched.work();
  const std::string id = searched.add(0, "initiative", "Cykelkursus");
  CHECK(searched.ids("cykelkurser") == Ids{id});
}

TEST_CASE("search: an edit replaces, a remove hides, a restore brings back") {
  Searched searched;
  const std::string id = searched.add(0, "initiative", "Madklub");
  searched.work();
  Value edit = Searched::named("initiative", id), set = Value::map();
  set.set("title", Value::Array{Value("Kogebog")});
  edit.set("set", std::move(set));
  searched.done(0, "record.edit", edit);
  CHECK(searched.ids("madklub").empty());
  CHECK(searched.ids("kogebog") == Ids{id});
  searched.done(0, "record.remove", Searched::named("initiative", id));
  CHECK(searched.ids("kogebog").empty());
  searched.done(0, "record.restore", Searched::named("initiative", id));
  CHECK(searched.ids("kogebog") == Ids{id});
}

TEST_CASE("search: what is erased is found by nobody at once, and nowhere in the file once it is destroyed") {
  Searched searched;
  const std::string id = searched.add(0, "initiative", "Hemmelighed", "Aldrig mere");
  const std::string other = searched.add(0, "initiative", "Bliver her");
  searched.work();
  REQUIRE(searched.on_disk("Hemmelighed"));
  Value args, list = Value::array();
  list.push(id);
  args.set("ids", std::move(list));
  args.set("at_once", true);
  searched.done(0, "erase.records", args);
  CHECK(searched.ids("hemmelighed").empty());
  searched.settle();
  REQUIRE(searched.net.events(0, EventKind::Destroyed) > 0);
  searched.search.values_destroyed();  // as the core says when it hears of it
  searched.work();
  CHECK_FALSE(searched.on_disk("Hemmelighed"));
  CHECK_FALSE(searched.on_disk("hemmel"));
  CHECK(searched.ids("bliver") == Ids{other});
}

TEST_CASE("search: after a start it is as it was, and made anew when the records are not those that it holds") {
  Searched searched;
  const std::string id = searched.add(0, "initiative", "Lektiehjælp");
  searched.work();
  daemon::Search again(searched.folder.path() / "search");
  again.use(searched.net.node(0));
  again.work(searched.now_, {});
  CHECK_FALSE(again.deadline(searched.now_, {}).has_value());  // nothing to do: it held just this
  // Written while nobody kept the index.
  const std::string later = searched.add(0, "initiative", "Sprogcafé");
  searched.search.use(searched.net.node(0));
  searched.work();
  CHECK(searched.ids("sprogcafe") == Ids{later});
  CHECK(searched.ids("lektie") == Ids{id});
}

TEST_CASE("search: a damaged or foreign file is replaced") {
  Searched searched;
  const std::string id = searched.add(0, "initiative", "Lektiehjælp");
  std::ofstream(searched.folder.path() / "search") << std::string(10'000, 'x');
  searched.work();
  CHECK(searched.ids("lektie") == Ids{id});
}

TEST_CASE("search: without a place for its file it says so, is tried again, and nothing else stops") {
  Searched searched;
  const std::string id = searched.add(0, "initiative", "Lektiehjælp");
  std::filesystem::create_directory(searched.folder.path() / "search");
  std::ofstream(searched.folder.path() / "search" / "in the way");
  searched.search.work(searched.now_, {});
  Value args;
  args.set("words", "lektie");
  CHECK(searched.refused(args) == "no-search");
  std::filesystem::remove_all(searched.folder.path() / "search");
  searched.work();
  CHECK(searched.ids("lektie") == Ids{id});
}

TEST_CASE("search: many records are looked through in slices, and it says how far it is") {
  Searched searched;
  for (std::size_t i = 0; i < 3 * daemon::kSearchSlice; ++i) {
    Value fields = Value::map(), args;
    fields.set("title", Value::Array{Value("Idé nummer " + std::to_string(i))});
    args.set("kind", "initiative");
    args.set("fields", std::move(fields));
    searched.done(0, "record.add", args);
  }
  searched.search.work(searched.now_, {});
  const Value part = searched.found("nummer");
  CHECK(part.integer("searched") == static_cast<std::int64_t>(daemon::kSearchSlice));
  CHECK(part.integer("records") == static_cast<std::int64_t>(3 * daemon::kSearchSlice));
  searched.work();
  Value args;
  args.set("words", "nummer");
  args.set("limit", 100);
  CHECK(searched.asked(args).items("hits").size() == 100);
  CHECK(searched.ids("149").size() == 1);
}

TEST_CASE("search: while much is written the index waits, but never with what was destroyed") {
  Searched searched;
  searched.add(0, "initiative", "Hemmelighed");
  searched.work();
  searched.add(0, "initiative", "Nyt");
  const Instant quiet = searched.now_.steady + 60s;
  CHECK(searched.search.deadline(searched.now_, quiet) == quiet);
  searched.search.values_destroyed();
  CHECK(searched.search.deadline(searched.now_, quiet) == searched.now_.steady);
  searched.search.work(searched.now_, quiet);
  CHECK_FALSE(searched.on_disk("Hemmelighed"));
}

TEST_CASE("search: what changed in bulk is looked at in slices too, and is found once all was") {
  Searched searched;
  searched.work();
  for (std::size_t i = 0; i < 3 * daemon::kSearchSlice; ++i) {
    Value fields = Value::map(), args;
    fields.set("title", Value::Array{Value("Idé nummer " + std::to_string(i))});
    args.set("kind", "initiative");
    args.set("fields", std::move(fields));
    searched.done(0, "record.add", args);
  }
  searched.now_.steady = searched.now_.steady + daemon::kSearchAfterWrite;
  searched.search.work(searched.now_, {});
  CHECK(searched.search.deadline(searched.now_, {}) == searched.now_.steady + daemon::kSearchPause);
  searched.work();
  Value args;
  args.set("words", "nummer");
  args.set("limit", 100);
  CHECK(searched.asked(args).items("hits").size() == 100);
  daemon::Search again(searched.folder.path() / "search");
  again.use(searched.net.node(0));
  again.work(searched.now_, {});
  CHECK_FALSE(again.deadline(searched.now_, {}).has_value());  // its mark says that it holds all
}

TEST_CASE("search: filters name a kind, a council by a part of its name, an area and days; what they do not fit is refused") {
  Searched searched;
  const std::string idea = searched.add(0, "initiative", "Fodbold");
  const std::string event = searched.add(1, "event", "Fodbold");
  searched.work();
  const auto with = [](const char* name, const std::string& value) {
    Value args;
    args.set("words", "fodbold");
    args.set(name, value);
    return args;
  };
  const auto of = [&](Value args) {
    const Value reply = searched.asked(std::move(args));
    return reply.items("hits").size() == 1 ? reply.items("hits").front().text("id") : std::string();
  };
  CHECK(of(with("kind", "event")) == event);
  CHECK(of(with("kind", "initiative")) == idea);
  const Value hits = searched.found("fodbold");
  REQUIRE(hits.items("hits").size() == 2);
  for (const Value& hit : hits.items("hits")) CHECK(of(with("council", hit.text("owner"))) == hit.text("id"));
  CHECK(searched.asked(with("until", "2024")).items("hits").empty());
  CHECK(searched.asked(with("since", "2024")).items("hits").size() == 2);
  CHECK(searched.asked(with("area", "Kultur")).items("hits").empty());
  CHECK(searched.refused(with("kind", "nothing")) == "unknown-kind");
  CHECK(searched.refused(with("council", "nobody")) == "no-such-council");
  CHECK(searched.refused(with("since", "then")) == "bad-date");
  CHECK(searched.refused(with("network", "none")) == "no-such-network");
  CHECK(searched.refused(with("words", std::string(2'000, 'a'))) == "too-long");
}
