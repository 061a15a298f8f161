// What a person gets wrong, against a running node: a message that helps, the right exit code, and nothing half-done.
#include <doctest/doctest.h>

#include <chrono>

#include "protocol/records/moment.h"
#include "tests/integration/steps.h"
#include "tests/support/wait.h"

namespace budstikke::tests {
namespace {

using namespace std::chrono_literals;

struct Mistake {
  std::vector<std::string> arguments;
  int exit_code;
  std::string code;     // of --json
  std::string message;  // part of what a person reads
};

void check(const NodeUnderTest& node, const Mistake& mistake) {
  std::string line;
  for (const std::string& argument : mistake.arguments) line += argument + " ";
  CAPTURE(line);
  const std::int64_t before = entries(node);
  const Reply reply = node.cli(mistake.arguments);
  CHECK(reply.code == mistake.exit_code);
  CHECK(reply.out.empty());
  CAPTURE(reply.err);
  CHECK(reply.err.starts_with("budstikke: "));
  CHECK(reply.err.find(mistake.message) != std::string::npos);
  const Reply json = node.cli(joined({"--json"}, mistake.arguments));
  CHECK(json.code == mistake.exit_code);
  CHECK(json.out.empty());
  CHECK(error_code(json) == mistake.code);
  CHECK(entries(node) == before);
}

// Waits until a moment that the node gave ("2026-11-22T20:24:00Z") has passed.
void wait_past(const std::string& time) {
  const std::optional<WallTime> end = parse_utc(time);
  REQUIRE(end);
  CHECK(eventually(30s, [&] {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count() > end->ms + 1000;
  }));
}

// A ticket opened nothing: the newcomer is in no network, and neither side knows a new member.
void check_outside(const NodeUnderTest& newcomer, const NodeUnderTest& inside, std::size_t members) {
  CHECK(newcomer.json({"network", "list"}).empty());
  CHECK(inside.json({"network", "members"}).size() == members);
}

}  // namespace

TEST_CASE("bad input: each mistake on the command line has its message and exit code, and writes nothing") {
  Region region;
  const NodeUnderTest& node = region.add("Svendborg Integrationsråd");
  const std::string event = add(node, "event", {"--title", "Møde", "--start", "2027-03-31 17:00"});
  const Mistake mistakes[] = {
      {{"evnet", "list"}, 2, "unknown-command", "Did you mean event"},
      {{"event", "lits"}, 2, "unknown-command", "Did you mean list"},
      {{"event", "add", "--titel-på-mødet", "Møde"}, 2, "unknown-field", "--titel-på-mødet"},
      {{"event", "edit", event, "--plce", "Her"}, 2, "unknown-field", "Did you mean --place"},
      {{"event", "add", "--title", "Møde", "--start", "31-02-2027"}, 2, "bad-date", "31-02-2027"},
      {{"event", "add", "--title", "Møde", "--start", "03/31/2027"}, 2, "bad-date", "day first"},
      {{"event", "edit", event, "--start", "i overmorgen-agtigt"}, 2, "bad-date", "Write the day first"},
      {{"event", "edit", event, "--end", "2027-03-30"}, 2, "bad-date", "--end"},
      {{"event", "add", "--title", "Uden dato"}, 2, "missing-value", "--start"},
      {{"event", "add", "--title"}, 2, "missing-value", "--title"},
      {{"event", "edit", event, "--title", ""}, 2, "missing-value", "--title"},
      {{"event", "rsvp", event, "jatak"}, 2, "bad-choice", "jatak"},
      {{"contact", "add", "--name", "Kontoret", "--email", "kontoret(a)kommune.dk"}, 2, "bad-email", "kontoret(a)kommune.dk"},
      {{"initiative", "add", "--title", "Café", "--budget", "mange"}, 2, "bad-number", "mange"},
      {{"event", "show", "ZZZZZZ"}, 5, "no-such-record", "ZZZZZZ"},
      {{"contact", "show", event}, 5, "no-such-record", event},
      {{"event", "import", "findes-ikke.ics"}, 1, "no-file", "findes-ikke.ics"},
      {{"event", "import", "/tmp"}, 2, "unknown-format", "/tmp"},
      {{"contact", "export", "/findes/ikke/kontakter.csv"}, 1, "cannot-write", "/findes/ikke/kontakter.csv"},
      {{"event", "remove", event}, 1, "needs-yes", "--yes"},
      {{"event", "resolve", event, "place", "--choose", "1"}, 1, "no-conflict", "place"},
      {{"network", "create", "Region Midtjylland"}, 1, "already-joined", "Region Midtjylland"},
      {{"network", "show", "Region Bornholm"}, 5, "no-such-network", "Region Bornholm"},
      {{"invite", "--role", "kejser"}, 2, "bad-role", "kejser"},
      {{"invite", "--expires", "snart"}, 2, "bad-duration", "snart"},
      {{"join", "BUD1-ABCD"}, 2, "bad-ticket", "not a whole ticket"},
  };
  for (const Mistake& mistake : mistakes) check(node, mistake);
  CHECK(field(node, "event", event, "title") == "Møde");
  CHECK(list(node, "event").size() == 1);
  CHECK(list(node, "contact").empty());
}

TEST_CASE("bad input: a ticket that is broken, used or expired lets nobody in") {
  Region region;
  const NodeUnderTest& inviter = region.add("Nyborg Integrationsråd");
  NodeUnderTest newcomer("Kerteminde Integrationsråd");
  newcomer.init();
  newcomer.start();
  const std::string ticket = ticket_from(inviter, "Kerteminde");
  check_outside(newcomer, inviter, 1);

  std::string broken = ticket;
  broken[40] = broken[40] == 'A' ? 'B' : 'A';
  for (const std::string& wrong : {broken, ticket.substr(0, ticket.size() - 1), std::string("BUD1-"), std::string("Kære råd")}) {
    CAPTURE(wrong);
    const Reply reply = newcomer.cli({"join", wrong});
    CHECK(reply.code == 2);
    CHECK(reply.err.find("not a whole ticket") != std::string::npos);
    check_outside(newcomer, inviter, 1);
  }

  const nlohmann::json short_lived = inviter.json({"invite", "--expires", "1s"});
  wait_past(short_lived.at("expires"));
  const Reply expired = newcomer.cli({"--json", "join", short_lived.at("ticket").get<std::string>()});
  CHECK(expired.code == 1);
  CHECK(error_code(expired) == "ticket-expired");
  check_outside(newcomer, inviter, 1);

  newcomer.text({"join", ticket});  // the right one still works
  CHECK(error_code(newcomer.cli({"--json", "join", ticket})) == "already-joined");
  NodeUnderTest second("Middelfart Integrationsråd");
  second.init();
  second.start();
  const Reply used = second.cli({"join", ticket});
  CHECK(used.code == 1);
  CHECK(used.err.find("has been used") != std::string::npos);
  CHECK(error_code(second.cli({"--json", "join", ticket})) == "ticket-used");
  check_outside(second, inviter, 2);
  second.text({"join", ticket_from(inviter, "Middelfart")});  // nothing of the failed attempt is in the way
  CHECK(inviter.json({"network", "members"}).size() == 3);
}

TEST_CASE("bad input: of a file with one bad row the good ones are imported and the bad one is named with its line") {
  Region region;
  const NodeUnderTest& node = region.add("Assens Integrationsråd");
  TempHome folder;
  const std::string csv = folder.path() / "kontakter.csv";
  write_file(csv,
             "navn;organisation;e-mail\nKontoret;Assens Kommune;kontor@assens.example\nSkolen;Assens Kommune;skolen(a)assens\n"
             "Biblioteket;Assens Kommune;bibliotek@assens.example\n");
  const Reply reply = node.cli({"contact", "import", csv});
  CHECK(reply.code == 1);
  CHECK(reply.out.find("2 created") != std::string::npos);
  CHECK(reply.out.find("1 refused") != std::string::npos);
  CHECK(reply.err.find("line 3: Not an e-mail address: email") != std::string::npos);
  CHECK(list(node, "contact").size() == 2);

  const std::string ics = folder.path() / "moeder.ics";
  write_file(
      ics,
      "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a@x\r\nDTSTART:20270331T150000Z\r\nSUMMARY:Godt\r\nEND:VEVENT\r\n"
      "BEGIN:VEVENT\r\nUID:b@x\r\nDTSTART:20271331T150000Z\r\nSUMMARY:Galt\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
  const Reply events = node.cli({"event", "import", ics});
  CHECK(events.code == 1);
  CHECK(events.err.find("line 10: Not a date") != std::string::npos);
  CHECK(list(node, "event").size() == 1);

  const std::int64_t before = entries(node);
  write_file(csv, "noget helt andet\n1;2;3\n");
  const Reply unreadable = node.cli({"contact", "import", csv});
  CHECK(unreadable.code == 1);
  CHECK(unreadable.err.find(csv) != std::string::npos);
  CHECK(entries(node) == before);
}

TEST_CASE("bad input: a node that does not run, and a folder that is no home") {
  NodeUnderTest node("Langeland Integrationsråd");
  const Reply empty = node.cli({"status"});
  CHECK(empty.code == 1);
  CHECK(empty.err.find("init --council") != std::string::npos);
  const Reply no_home = run({program("budstikked"), {"--home", node.home()}});
  CHECK(no_home.code == 78);
  CHECK(no_home.err.find("is not a home") != std::string::npos);
  CHECK(std::filesystem::is_empty(node.home()));

  node.init();
  const Reply off = node.cli({"contact", "add", "--name", "Kontoret"});
  CHECK(off.code == 3);
  CHECK(off.err.find("budstikked --home " + node.home().string()) != std::string::npos);
  CHECK(error_code(node.cli({"--json", "status"})) == "not-running");

  const Reply again = node.cli({"init", "--council", "Et andet råd"});
  CHECK(again.code == 1);
  CHECK(again.err.find("There is a node here already: " + node.home().string()) != std::string::npos);
  node.start();
  CHECK(node.json({"status"}).at("council_name") == "Langeland Integrationsråd");
  const Reply outside = node.cli({"contact", "add", "--name", "Kontoret"});
  CHECK(outside.code == 1);
  CHECK(outside.err.find("in no network yet") != std::string::npos);

  TempHome folder;
  const std::filesystem::path full = folder.path() / "fuld";
  std::filesystem::create_directory(full);
  write_file(full / "brev.txt", "kære råd");
  const Reply not_empty = run({program("budstikke"), {"--home", full, "init", "--council", "Et råd"}});
  CHECK(not_empty.code == 1);
  CHECK(not_empty.err.find("There is something in the folder already: " + full.string()) != std::string::npos);
  const Reply bad_code =
      run({program("budstikke"), {"--home", folder.path() / "ny", "init", "--council", "Et råd", "--municipality", "12"}});
  CHECK(bad_code.code == 2);
  CHECK_FALSE(std::filesystem::exists(folder.path() / "ny"));
}

TEST_CASE("bad input: a second daemon in the same home leaves the first alone") {
  Region region;
  NodeUnderTest& node = region.add("Faaborg Integrationsråd");
  const Reply second = run({program("budstikked"), {"--home", node.home()}});
  CHECK(second.code == 1);
  CHECK(second.err.find("another budstikked runs in " + node.home().string()) != std::string::npos);
  add(node, "contact", {"--name", "Kontoret"});
  CHECK(node.json({"status"}).at("listen") == node.address());
}

TEST_CASE("bad input: a port in use is told in the log and the status, and taken as soon as it is free") {
  Region region;
  NodeUnderTest& first = region.add("Odense Integrationsråd");
  NodeUnderTest second("Nordfyns Integrationsråd");
  second.listen(first.address());
  second.init();
  second.start();
  CHECK(eventually(30s,
                   [&] { return second.text({"status"}).find("others cannot dial " + first.address()) != std::string::npos; }));
  CHECK(second.json({"status"}).at("listen") == "");
  CHECK(second.daemon().err().find("event=listen-failed") != std::string::npos);
  second.text({"join", ticket_from(first, "Nordfyns")});  // dialling needs no port of one's own
  add(second, "contact", {"--name", "Kontoret"});
  first.stop();
  CHECK(eventually(60s, [&] {
    const nlohmann::json status = second.json({"status"});
    return status.at("listen") == first.address() && status.at("trouble") == "";
  }));
}

TEST_CASE("bad input: a mistake in the configuration is named with its place, and nothing is started") {
  NodeUnderTest node("Fanø Integrationsråd");
  node.init();
  const std::filesystem::path file = node.home() / "config.toml";
  const std::string good = read_file(file);
  write_file(file, good + "\n[netwrok]\nlisten = \"*:7420\"\n");
  const Reply unknown = run({program("budstikked"), {"--home", node.home()}});
  CHECK(unknown.code == 78);
  CHECK(unknown.err.find("config.toml:") != std::string::npos);
  CHECK(unknown.err.find("netwrok") != std::string::npos);
  write_file(file, good);
  std::filesystem::permissions(node.home() / "keys" / "identity.key", std::filesystem::perms(0644));
  const Reply open_key = run({program("budstikked"), {"--home", node.home()}});
  CHECK(open_key.code != 0);
  CHECK(open_key.err.find("chmod 600") != std::string::npos);
}

}  // namespace budstikke::tests
