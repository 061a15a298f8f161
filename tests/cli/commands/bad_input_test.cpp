// What a person can get wrong: each has its message, its exit code, and nothing reaches the node.
#include <doctest/doctest.h>

#include "cli/json.h"
#include "protocol/records/kinds.h"
#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

struct Case {
  std::vector<std::string> args;
  int code;
  std::string error;  // the JSON error's code
};

void check_refused(const FakeNode& node, const Case& one) {
  std::vector<std::string> args = one.args;
  args.push_back("--json");
  const Ran ran = run_at(node, args);
  CAPTURE(ran.err);
  CHECK(ran.code == one.code);
  CHECK(ran.out.empty());
  const std::optional<Value> error = cli::value_of_json(ran.err);
  REQUIRE(error);
  const Value* body = error->find("error");
  REQUIRE(body != nullptr);
  CHECK(body->text("code") == one.error);
  CHECK_FALSE(body->text("message").empty());
  CHECK_FALSE(body->text("hint").empty());
}

}  // namespace

TEST_CASE("bad input: wrong usage is refused before the node is asked") {
  FakeNode node;
  const Case cases[] = {
      {{"evnt", "list"}, 2, "unknown-command"},
      {{"event", "lst"}, 2, "unknown-command"},
      {{"network", "creat", "X"}, 2, "unknown-command"},
      {{"help", "evnt"}, 2, "unknown-command"},
      {{"plan", "rsvp", "K3F9", "yes"}, 2, "unknown-command"},  // only events are answered so
      {{"contact", "comment", "K3F9", "x"}, 2, "unknown-command"},
      {{"network"}, 2, "missing-argument"},
      {{"event", "add"}, 2, "nothing-given"},
      {{"event", "edit", "K3F9"}, 2, "nothing-given"},
      {{"event", "add", "--titel1", "x"}, 2, "unknown-field"},
      {{"event", "add", "--rsvp", "yes"}, 2, "unknown-field"},
      {{"event", "list", "--colour", "red"}, 2, "unknown-field"},
      {{"event", "show", "K3F9", "--title", "x"}, 2, "unknown-option"},
      {{"status", "--title", "x"}, 2, "unknown-option"},
      {{"--title", "x"}, 2, "unknown-option"},
      {{"event", "show"}, 2, "missing-argument"},
      {{"event", "show", "K3F9", "ABCD"}, 2, "too-many-arguments"},
      {{"join"}, 2, "missing-argument"},
      {{"event", "add", "--title"}, 2, "missing-value"},
      {{"document", "add", "--title", "x", "--version"}, 2, "missing-value"},
      {{"event", "list", "--all=yes"}, 2, "unexpected-value"},
      {{"status", "--lang", "sv"}, 2, "bad-language"},
      {{"event", "add", "--title", "a", "--title", "b"}, 2, "given-twice"},
      {{"event", "add", "--title", "a", "--remove-title", "b"}, 2, "not-a-set"},
      {{"contact", "add", "--remove-email", "a@b.dk"}, 2, "nothing-to-take"},
      {{"event", "add", "--start", "31-02-2026"}, 2, "bad-date"},
      {{"event", "add", "--start", "03/04/2026"}, 2, "bad-date"},
      {{"event", "add", "--start", "næste torsdag"}, 2, "bad-date"},
      {{"hearing", "add", "--deadline", "2026-10-22 17:00"}, 2, "bad-date"},
      {{"event", "add", "--shared=måske"}, 2, "bad-choice"},
      {{"event", "rsvp", "K3F9", "perhaps"}, 2, "bad-choice"},
      {{"initiative", "add", "--budget", "mange"}, 2, "bad-number"},
      {{"contact", "add", "--email", "ikke en adresse"}, 2, "bad-email"},
      {{"contact", "add", "--email", ""}, 2, "missing-value"},
      {{"contact", "add", "--phone", "ring"}, 2, "bad-text"},
      {{"event", "add", "--url", "ingen"}, 2, "bad-url"},
      {{"event", "add", "--zone", "Europe/Roskilde"}, 2, "bad-zone"},
      {{"event", "add", "--title", "a\x01z"}, 2, "bad-text"},
      {{"event", "add", "--title", std::string(30'000, 'x')}, 2, "too-long"},
      {{"agenda", "--days", "mange"}, 2, "bad-number"},
      {{"agenda", "--days", "-1"}, 2, "bad-number"},
      {{"sync", "--wait", "--timeout", "10s"}, 2, "bad-number"},
      {{"invite", "--role", "king"}, 2, "bad-role"},
      {{"invite", "--expires", "soon"}, 2, "bad-duration"},
      {{"invite", "--expires", "0d"}, 2, "bad-duration"},
      {{"invite", "--for", "X", "--council", "ABCD"}, 2, "not-together"},
      {{"event", "resolve", "K3F9", "place"}, 2, "missing-option"},
      {{"event", "resolve", "K3F9", "place", "--choose", "1", "--value", "x"}, 2, "not-together"},
      {{"event", "resolve", "K3F9", "place", "--choose", "0"}, 2, "bad-number"},
      {{"event", "resolve", "K3F9", "plce", "--choose", "1"}, 2, "unknown-field"},
      {{"resolve", "K3", "place", "--choose", "1"}, 5, "no-such-record"},
      {{"resolve", "K3F!", "place", "--choose", "1"}, 5, "no-such-record"},
      {{"event", "import", "/nowhere/at/all.csv"}, 1, "no-file"},
      {{"event", "import", "/tmp", "--format", "csv"}, 1, "no-file"},
      {{"event", "import", "moeder.pdf"}, 2, "unknown-format"},
      {{"event", "import", "moeder"}, 2, "unknown-format"},
      {{"event", "import", "x.json"}, 2, "unknown-format"},
      {{"event", "import", "kontakter.vcf"}, 2, "format-not-for-kind"},
      {{"contact", "export", "moeder.ics"}, 2, "format-not-for-kind"},
      {{"plan", "remove", "K3F9"}, 1, "needs-yes"},
      {{"init"}, 2, "missing-option"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.error);
    CAPTURE(one.args.back());
    check_refused(node, one);
  }
  CHECK(node.requests().empty());
}

TEST_CASE("bad input: every refusal of the node keeps its code and its exit code") {
  for (std::size_t i = 0; i < kApiErrorCount; ++i) {
    const auto error = static_cast<ApiError>(i);
    FakeNode node;
    node.refuse("record.show", error, "K3F9", "in English");
    CAPTURE(text_of(error));
    check_refused(node, {{"event", "show", "K3F9"}, exit_code_of(error), std::string(text_of(error))});
    const Ran danish = run_danish(node, {"event", "show", "K3F9"});
    CHECK(danish.err.starts_with("budstikke: "));
    CHECK(danish.err.find("{") == std::string::npos);
  }
}

TEST_CASE("bad input: a field the node refuses is named as people write it") {
  FakeNode node;
  node.refuse("record.add", ApiError::BadDate, "valid_until");
  const Ran ran = run_danish(node, {"meddelelse", "tilføj", "--titel", "x"});
  CHECK(ran.err.starts_with("budstikke: Det er ikke en dato: --gælder-til\n"));
}

TEST_CASE("bad input: near words are suggested, in either language") {
  FakeNode node;
  CHECK(run_at(node, {"evnt", "list"}).err == "budstikke: There is no such command: evnt\n  Did you mean event?\n");
  CHECK(run_danish(node, {"begivenhed", "lsite"}).err ==
        "budstikke: Den kommando findes ikke: begivenhed lsite\n  Mente du liste?\n");
  CHECK(run_danish(node, {"netværk", "opert", "X"}).err ==
        "budstikke: Den kommando findes ikke: netværk opert\n  Mente du opret?\n");
  CHECK(run_danish(node, {"høring", "tilføj", "--fristt", "x"}).err ==
        "budstikke: Det felt findes ikke: --fristt\n  Mente du --frist?\n");
  CHECK(run_at(node, {"event", "add", "--xyzzy", "x"}).err ==
        "budstikke: There is no such field: --xyzzy\n  The fields are in: budstikke event --help\n");
}

TEST_CASE("bad input: a wrong date says what is wrong with it") {
  FakeNode node;
  CHECK(run_danish(node, {"event", "add", "--start", "31-02-2026"}).err ==
        "budstikke: Det er ikke en dato: --start »31-02-2026«\n  Den dag findes ikke.\n");
  CHECK(contains(run_danish(node, {"event", "add", "--start", "3/15/2026"}).err, "skriv dagen først"));
  CHECK(contains(run_danish(node, {"event", "add", "--start", "mandag den 22. oktober 2026"}).err, "ugedag"));
  CHECK(contains(run_danish(node, {"event", "rsvp", "K3F9", "tja"}).err, "Det kan være: ja, nej, måske."));
}

TEST_CASE("bad input: a daemon that is not running says how to start it, exit 3") {
  const TempHome home;
  write_file(home.path() / "config.toml", "");
  const Ran ran = run_cli({"--home", home.path().string(), "--lang", "da", "status"});
  CHECK(ran.code == 3);
  CHECK(ran.err == "budstikke: Knuden kører ikke: " + home.path().string() + "\n  Start den: budstikked --home " +
                       home.path().string() + "\n");
  const Ran json = run_cli({"--home", home.path().string(), "--json", "event", "add", "--title", "x"});
  CHECK(json.code == 3);
  CHECK(contains(json.err, "\"not-running\""));
}

TEST_CASE("bad input: a folder that is no home says how to make one, exit 1") {
  const TempHome home;
  const Ran ran = run_cli({"--home", home.path().string(), "status"});
  CHECK(ran.code == 1);
  const std::string folder = home.path().string();
  CHECK(ran.err == "budstikke: This is not a home folder of budstikke: " + folder + "\n  Make one: budstikke --home " + folder +
                       " init --council NAME\n");
}

TEST_CASE("bad input: an answer that cannot be read says to compare versions") {
  FakeNode node;
  node.babble();
  const Ran ran = run_at(node, {"status"});
  CHECK(ran.code == 1);
  CHECK(contains(ran.err, "budstikke --version"));
}

TEST_CASE("bad input: what is told back does not steer the terminal") {
  FakeNode node;
  const Ran ran = run_at(node, {"event", "list", "--sort", "\x1b[2J\xC2\x9B\x07"});
  CHECK(ran.code == 2);
  CHECK(contains(ran.err, "--sort \xEF\xBF\xBD[2J\xEF\xBF\xBD\xEF\xBF\xBD\n"));
}

TEST_CASE("bad input: bytes that are no text are refused before the node is asked") {
  FakeNode node;
  const Ran ran = run_at(node, {"event", "show", "a\xff"});
  CHECK(ran.code == 2);
  CHECK(contains(ran.err, "UTF-8"));
  CHECK(node.requests().empty());
}
