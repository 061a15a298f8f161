// What the local page answers: whom it lets in, what stands on its pages, and that what councils wrote stays text.
#include "cli/web/site.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "cli/web/metrics.h"
#include "cli/web/page.h"
#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::cli;
using namespace budstikke::tests;

namespace {

const std::string kToken(48, 'a');

// A site over a scripted node, with the time of World.
struct Visited {
  FakeNode node;
  std::ostringstream out, err;
  std::istringstream in;
  Io io{.out = out,
        .err = err,
        .in = in,
        .env = [](const std::string&) { return std::nullopt; },
        .run_daemon = {},
        .now = WallTime{1'792'483'200'000}};
  Arguments args;
  Context context;
  Site site;

  Visited()
      : args(args_at(node)), context(io, args, Language::Danish), site(context, HostNames({"127.0.0.1", 7421}, {}), kToken) {}
  static Arguments args_at(const FakeNode& node) {
    Arguments args;
    args.home = node.home().string();
    return args;
  }

  // As somebody who is let in asks for it.
  WebRequest request(const std::string& path) const {
    WebRequest asked;
    asked.method = "GET";
    asked.path = path;
    asked.hosts = {"127.0.0.1:7421"};
    asked.cookies = {kToken};
    return asked;
  }
  std::string key() const {
    WebRequest asked = request("/");
    asked.query["token"] = kToken;
    return header(site.answer(asked), "Location");
  }
  WebReply page(const std::string& path, std::map<std::string, std::string> query = {}) const {
    WebRequest asked = request(key() + path);
    asked.query = std::move(query);
    return site.answer(asked);
  }
  static std::string header(const WebReply& reply, std::string_view name) {
    for (const auto& [key, value] : reply.headers) {
      if (key == name) return value;
    }
    return {};
  }
};

void script_region(FakeNode& node, const std::string& hostile) {
  node.answer("status", R"({"member":"MMMMMMMM","council":"C1","council_name":")" + hostile +
                            R"(","version":"0.1.0","uptime_s":90,
    "networks":[{"id":"N1NNNNNN","name":")" +
                            hostile + R"(","role":"council","members":2,"records":3,"entries":4,"conflicts":1,
      "conflict_since":"2026-10-19T08:00:00Z","councils":1,"own_alone":0,"own_waiting":0}],
    "peers":[{"member":"P1PPPPPP","name":")" +
                            hostile + R"(","network":"N1NNNNNN","connected":true,"in_sync":true,"behind":0,"known":true,
      "last_seen":"2026-10-20T07:58:00Z","reason":"","address":""}],
    "store":{"bytes":131072,"free_bytes":5000,"format":1,"scrub_rounds":2,"damaged_rows":3},"trouble":""})");
  node.answer("network.list", R"({"networks":[{"id":"N1NNNNNN","name":"Hovedstaden"}]})");
}

const std::string kHostile = "<script>alert('&')</script>";

void script_records(FakeNode& node, const std::string& fields) {
  node.answer("record.list", R"({"records":[{"id":"R1AAAAAA","short":"R1AAAA","network":"N1NNNNNN","owner":"C2","owner_name":")" +
                                 kHostile + "\"," + fields + "}]}");
}

}  // namespace

TEST_CASE("web: the right token sets the cookie for the pages alone, and leads on without it") {
  const Visited visited;
  WebRequest asked = visited.request("/");
  asked.cookies.clear();
  asked.query["token"] = kToken;
  const WebReply reply = visited.site.answer(asked);
  CHECK(reply.status == 303);
  const std::string key = Visited::header(reply, "Location");
  CHECK(key.size() == 18);
  CHECK_FALSE(contains(key, "aaaa"));
  CHECK(Visited::header(reply, "Set-Cookie") == "budstikke=" + kToken + "; Path=" + key + "; HttpOnly; SameSite=Strict");
  CHECK(Visited::header(reply, "Referrer-Policy") == "no-referrer");
  CHECK(visited.site.opening() == "/?token=" + kToken);
}

TEST_CASE("web: without the token nobody is let in, and is told how to get in, in both languages") {
  Visited visited;
  const std::string key = visited.key();
  for (const std::string& path : {std::string("/"), key, key + "contacts"}) {
    for (const std::string& cookie : {std::string(), std::string(47, 'a'), std::string(48, 'b'), std::string(49, 'a')}) {
      WebRequest asked = visited.request(path);
      asked.cookies = {cookie};
      asked.query["token"] = cookie;
      const WebReply reply = visited.site.answer(asked);
      CHECK(reply.status == 401);
      CHECK(contains(reply.body, "<section lang=\"da\">"));
      CHECK(contains(reply.body, "<section lang=\"en\">"));
      CHECK_FALSE(contains(reply.body, "<nav"));
    }
  }
  CHECK(visited.node.requests().empty());  // the node was never asked
}

TEST_CASE("web: under another name, and without one or with two, nothing is answered") {
  const Visited visited;
  for (const std::vector<std::string>& hosts :
       std::vector<std::vector<std::string>>{{}, {"evil.example:7421"}, {"127.0.0.1:7421", "evil.example"}, {"127.0.0.1:80"}}) {
    for (const char* path : {"/", "/health", "/metrics", "/style.css", "/tilgaengelighed"}) {
      WebRequest asked = visited.request(path);
      asked.hosts = hosts;
      CHECK(visited.site.answer(asked).status == 403);
    }
  }
}

TEST_CASE("web: other methods and bodies are refused, HEAD is as GET") {
  const Visited visited;
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get", "PROPFIND"}) {
    WebRequest asked = visited.request("/health");
    asked.method = method;
    const WebReply reply = visited.site.answer(asked);
    CHECK(reply.status == 405);
    CHECK(Visited::header(reply, "Allow") == "GET, HEAD");
  }
  WebRequest asked = visited.request("/tilgaengelighed");
  asked.has_body = true;
  CHECK(visited.site.answer(asked).status == 413);
  asked.has_body = false;
  asked.method = "HEAD";
  CHECK(visited.site.answer(asked).status == 200);
}

TEST_CASE("web: every answer tells browsers to keep, load, run and frame nothing") {
  const Visited visited;
  for (const char* path : {"/", "/none", "/health", "/style.css", "/tilgaengelighed", "/metrics"}) {
    const WebReply reply = visited.site.answer(visited.request(path));
    CHECK(contains(Visited::header(reply, "Content-Security-Policy"), "default-src 'none'; style-src 'self';"));
    CHECK(contains(Visited::header(reply, "Content-Security-Policy"), "frame-ancestors 'none'"));
    CHECK(Visited::header(reply, "X-Content-Type-Options") == "nosniff");
    CHECK(Visited::header(reply, "Cache-Control") == "no-store");
    CHECK(Visited::header(reply, "Cross-Origin-Resource-Policy") == "same-origin");
    CHECK_FALSE(contains(reply.body, "<script"));
    CHECK_FALSE(contains(reply.body, " style="));
  }
}

TEST_CASE("web: what councils wrote is text on every page") {
  for (const char* path : {"", "calendar", "contacts", "hearings", "peers"}) {
    Visited visited;
    script_region(visited.node, kHostile);
    script_records(visited.node,
                   "\"title\":\"" + kHostile + "\",\"name\":\"" + kHostile +
                       "\",\"start\":\"2026-10-22T15:00:00Z\",\"place\":\"" + kHostile +
                       "\",\"deadline\":\"2026-10-25\",\"valid_until\":\"2026-10-30\",\"authority\":\"\\\" onload=\\\"x\"");
    const WebReply reply = visited.page(path, {{"q", "script"}, {"month", "2026-10"}});
    CAPTURE(path);
    CAPTURE(reply.body);
    CHECK(reply.status == 200);
    CHECK_FALSE(contains(reply.body, "<script"));
    CHECK_FALSE(contains(reply.body, "\" onload"));
    CHECK(contains(reply.body, "&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;"));
    CHECK(contains(reply.body, "<html lang=\"da\">"));
    CHECK(contains(reply.body, "aria-current=\"page\""));
  }
}

TEST_CASE("web: contacts are found by words, whatever the case and the letters for å") {
  Visited visited;
  script_region(visited.node, "Ballerup");
  visited.node.answer("record.list", R"({"records":[{"id":"R1","short":"R1AAAA","name":"Åse Prøve","organisation":"Sprogskolen"},
    {"id":"R2","short":"R2AAAA","name":"Bo Prøve","organisation":"Biblioteket"}]})");
  CHECK(contains(visited.page("contacts").body, "2 kontakter."));
  const std::string found = visited.page("contacts", {{"q", "aase SPROG"}}).body;
  CHECK(contains(found, "1 kontakt."));
  CHECK(contains(found, "Sprogskolen"));
  CHECK(contains(found, "value=\"aase SPROG\""));
  CHECK_FALSE(contains(found, "Biblioteket"));
  const std::string none = visited.page("contacts", {{"q", "\"><b>"}, {"lang", "en"}}).body;
  CHECK(contains(none, "0 contacts."));
  CHECK(contains(none, "value=\"&quot;&gt;&lt;b&gt;\""));
  CHECK(contains(none, "name=\"lang\" value=\"en\""));
}

TEST_CASE("web: the calendar shows the month that is asked for, else this one, with links to those around") {
  Visited visited;
  script_region(visited.node, "Ballerup");
  script_records(visited.node, R"("title":"Møde","start":"2026-12-31T15:00:00Z")");
  const std::string december = visited.page("calendar", {{"month", "2026-12"}, {"lang", "da"}}).body;
  CHECK(contains(december, "Møde"));
  CHECK(contains(december, "calendar?lang=da&amp;month=2026-11\">Forrige: november 2026"));
  CHECK(contains(december, "calendar?lang=da&amp;month=2027-01\">Næste: januar 2027"));
  for (const char* other : {"", "2026", "2026-13", "2026-1", "0001-01", "9999-12", "x", "-1"}) {
    CAPTURE(other);
    const std::string body = visited.page("calendar", {{"month", other}}).body;
    CHECK(contains(body, "<h2>oktober 2026</h2>"));
    CHECK(contains(body, "Der er intet i denne måned."));
  }
}

TEST_CASE("web: the language is the reader's, and the other one is a link away") {
  const Visited visited;
  const auto lang_of = [&](const std::string& accepted, const std::string& given) {
    WebRequest asked = visited.request("/tilgaengelighed");
    asked.accept_language = accepted;
    if (!given.empty()) asked.query["lang"] = given;
    const std::string body = visited.site.answer(asked).body;
    return body.substr(body.find("<html lang=") + 12, 2);
  };
  CHECK(lang_of("", "") == "da");
  CHECK(lang_of("da-DK,da;q=0.9,en;q=0.8", "") == "da");
  CHECK(lang_of("en-GB, da", "") == "en");
  CHECK(lang_of("de, fr;q=0.5, EN;q=0.1", "") == "en");
  CHECK(lang_of("da", "en") == "en");
  CHECK(lang_of("en", "\"><x>") == "en");
  WebRequest asked = visited.request("/tilgaengelighed");
  CHECK(contains(visited.site.answer(asked).body, "hreflang=\"en\" href=\"/tilgaengelighed?lang=en\">In English</a>"));
}

TEST_CASE("web: health is open: 200 when the node can work, else 503 with a code") {
  Visited visited;
  const auto health = [&] {
    WebRequest asked = visited.request("/health");
    asked.cookies.clear();
    const WebReply reply = visited.site.answer(asked);
    return std::to_string(reply.status) + " " + reply.body;
  };
  visited.node.answer("status", R"({"trouble":""})");
  visited.node.answer("status", R"({"trouble":"x","trouble_code":"store-mended"})");
  visited.node.answer("status", R"({"trouble":"x","trouble_code":"store-full"})");
  visited.node.refuse("status", ApiError::Locked);
  CHECK(health() == "200 ok\n");
  CHECK(health() == "200 ok\n");
  CHECK(health() == "503 store-full\n");
  CHECK(health() == "503 locked\n");
  std::filesystem::remove(visited.node.home() / "api.sock");
  CHECK(health() == "503 not-running\n");
}

TEST_CASE("web: a node that does not answer is told of on the page, and the next request asks again") {
  Visited visited;
  const auto socket = visited.node.home() / "api.sock", aside = visited.node.home() / "aside";
  script_region(visited.node, "Ballerup");
  std::filesystem::rename(socket, aside);
  const WebReply reply = visited.page("peers");
  CHECK(reply.status == 503);
  CHECK(contains(reply.body, "<p>Knuden kører ikke: "));
  std::filesystem::rename(aside, socket);
  CHECK(visited.page("peers").status == 200);
}

TEST_CASE("web: metrics are for who has the token, one line for each figure") {
  Visited visited;
  script_region(visited.node, "Ballerup \\\"Nord\\\"");
  script_records(visited.node, R"("title":"Lov","deadline":"2026-10-25")");
  WebRequest asked = visited.request("/metrics");
  asked.cookies.clear();
  CHECK(visited.site.answer(asked).status == 401);
  CHECK(contains(Visited::header(visited.site.answer(asked), "WWW-Authenticate"), "Bearer"));
  asked.authorization = "Bearer " + kToken;
  const WebReply reply = visited.site.answer(asked);
  CHECK(reply.status == 200);
  CHECK(reply.type == "text/plain; version=0.0.4; charset=utf-8");
  for (const char* line :
       {"budstikke_up 1", "budstikke_info{version=\"0.1.0\"} 1", "budstikke_uptime_seconds 90",
        "budstikke_conflicts{network=\"N1NNNN\",name=\"Ballerup \\\"Nord\\\"\"} 1",
        "budstikke_oldest_conflict_seconds{network=\"N1NNNN\",name=\"Ballerup \\\"Nord\\\"\"} 86400",
        "budstikke_peer_silent_seconds{network=\"N1NNNN\",peer=\"P1PPPP\",council=\"Ballerup \\\"Nord\\\"\"} 120",
        "budstikke_hearings_unanswered 1", "budstikke_store_bytes 131072", "budstikke_disk_free_bytes 5000",
        "budstikke_scrub_errors_total 3"}) {
    CAPTURE(line);
    CHECK(contains(reply.body, "\n" + std::string(line) + "\n"));
  }
  std::filesystem::remove(visited.node.home() / "api.sock");
  CHECK(contains(visited.site.answer(asked).body, "budstikke_up 0\n"));
}

TEST_CASE("web: networks that are one have one line each, with the oldest of their conflicts") {
  const Value status = json(R"({"networks":[
    {"id":"N1NNNNNN","name":"Øst","united_with":["N2NNNNNN"],"conflicts":1,"conflict_since":"2026-10-19T08:00:00Z"},
    {"id":"N2NNNNNN","name":"Øst","united_with":["N1NNNNNN"],"conflicts":2,"conflict_since":"2026-10-18T08:00:00Z"}]})");
  const std::string text = metrics_of(&status, {}, WallTime{1'792'483'200'000});
  CHECK(contains(text, "\nbudstikke_conflicts{network=\"N1NNNN\",name=\"Øst\"} 3\n"));
  CHECK(contains(text, "\nbudstikke_oldest_conflict_seconds{network=\"N1NNNN\",name=\"Øst\"} 172800\n"));
  CHECK_FALSE(contains(text, "N2NNNN"));
}

TEST_CASE("web: colours of text differ enough from their ground") {
  // WCAG 2.1, relative luminance: the pairs that page_style() uses.
  const auto luminance = [](unsigned rgb) {
    const auto part = [&](unsigned shift) {
      const double c = static_cast<double>(rgb >> shift & 255U) / 255;
      return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * part(16) + 0.7152 * part(8) + 0.0722 * part(0);
  };
  const auto contrast = [&](unsigned a, unsigned b) {
    const double one = luminance(a) + 0.05, other = luminance(b) + 0.05;
    return std::max(one, other) / std::min(one, other);
  };
  const std::string style = page_style();
  for (const auto& [text, ground] : {std::pair{0x00457cU, 0xffffffU}, {0x444444U, 0xffffffU}, {0x000000U, 0xeeeeeeU}}) {
    CHECK(contrast(text, ground) >= 4.5);
  }
  std::set<std::string> colours;  // no other is used
  for (std::size_t at = style.find("color: #"); at != std::string::npos; at = style.find("color: #", at + 1)) {
    colours.insert(style.substr(at + 7, style.find_first_of("; ", at + 8) - at - 7));
  }
  CHECK(colours == std::set<std::string>{"#000", "#00457c", "#444", "#fff"});
}
