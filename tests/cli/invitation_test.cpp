// A ticket saved, shown as a code, and taken out of what somebody was sent.
#include "cli/invitation.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "protocol/wire/ticket.h"
#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;
namespace fs = std::filesystem;

namespace {

std::string some_ticket(WallTime expires = WallTime{1'900'000'000'000}) {
  return encode(Ticket{Seed{}, NetworkId{}, expires, {{TransportKey{}, "raad.example.dk:7420"}}, "Region <Syddanmark>"});
}

std::string answer_with(const std::string& ticket) {
  return R"({"ticket":")" + ticket + R"(","role":"council","expires":"2026-10-27T08:00:00Z"})";
}

}  // namespace

TEST_CASE("ticket: found in a mail, a page and by itself, however it is broken up; parse_ticket takes what is found") {
  const std::string ticket = some_ticket();
  CHECK(cli::ticket_in(ticket) == ticket);
  CHECK(cli::ticket_in("Hej!\n\nHer er den:\n" + ticket + "\n\nVenlig hilsen\n") == ticket);
  CHECK(cli::ticket_in("<pre>" + ticket + "</pre><p>mere</p>") == ticket);
  std::string broken;
  for (std::size_t i = 0; i < ticket.size(); ++i) broken += ticket.substr(i, 1) + (i > 5 && i % 40 == 0 ? "\r\n" : "");
  CHECK(cli::ticket_in("Billet: " + broken + "\r\n\r\nHilsen") == ticket);
  const Result<Ticket> lower = parse_ticket(cli::ticket_in("x bud1-" + ticket.substr(5)));
  CHECK(lower.ok());
  CHECK(cli::ticket_in("  ingen billet ") == "ingen billet");
  CHECK(cli::ticket_in("BUD1-") == "BUD1-");
  CHECK(cli::ticket_in("").empty());
}

TEST_CASE("invite --save: a page or the ticket alone, for the owner's eyes, never over a file; the ticket is told all the same") {
  TempHome folder;
  const std::string ticket = some_ticket();
  FakeNode node;
  node.answer("invite", answer_with(ticket));
  node.answer("status", R"({"council_name":"Odense & omegn"})");
  const auto save = [&](const std::string& name, const std::string& lang = "da") {
    return run_at(node, {"--lang", lang, "invite", "--save", (folder.path() / name).string()});
  };
  const Ran page = save("koege.html");
  CHECK(page.code == 0);
  CHECK(page.out.ends_with(ticket + "\n"));
  const std::string html = read_file(folder.path() / "koege.html");
  CHECK(contains(html, "<html lang=\"da\">"));
  CHECK(contains(html, "<h1>Invitation til Region &lt;Syddanmark&gt;</h1>"));
  CHECK(contains(html, "<pre>" + ticket + "</pre>"));
  CHECK(contains(html, "<svg "));
  CHECK(contains(html, "<p>Fra Odense &amp; omegn.</p>"));
  CHECK(contains(html, "indtil tirsdag den 27. oktober 2026 kl. 09.00"));
  CHECK(cli::ticket_in(html) == ticket);
  CHECK(fs::status(folder.path() / "koege.html").permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  CHECK(save("billet.txt").code == 0);
  CHECK(read_file(folder.path() / "billet.txt") == ticket + "\n");
  const Ran again = save("billet.txt", "en");
  CHECK(again.code == 1);
  CHECK(again.out.ends_with(ticket + "\n"));  // it was made: whoever asked must have it
  CHECK(contains(again.err, "billet.txt"));
  CHECK(contains(again.err, "It is shown all the same"));
  const Ran as_json = run_at(node, {"invite", "--json", "--save", (folder.path() / "nr2.txt").string()});
  CHECK(json(as_json.out).text("file") == (folder.path() / "nr2.txt").string());
}

TEST_CASE("invite --qr: drawn before the ticket, which stays alone on its line; where it does not fit, that is said") {
  const std::string ticket = some_ticket();
  FakeNode node;
  node.answer("invite", answer_with(ticket));
  const std::vector<std::string> words = {"--home", node.home().string(), "--lang", "da", "invite", "--qr"};
  World wide{.terminal = true, .columns = 120};
  const Ran drawn = run_cli(words, wide);
  CHECK(contains(drawn.out, "█"));
  CHECK(drawn.out.ends_with("\n" + ticket + "\n"));
  World narrow{.terminal = true, .columns = 40};
  const Ran told = run_cli(words, narrow);
  CHECK(told.code == 0);
  CHECK_FALSE(contains(told.out, "█"));
  CHECK(contains(told.err, "gør vinduet bredere"));
}

TEST_CASE("join: the ticket from a file or standard input, too") {
  TempHome folder;
  const std::string ticket = some_ticket(), file = (folder.path() / "brev.txt").string();
  write_file(file, "Hej\n\n" + ticket + "\n\nHilsen\n");
  FakeNode node;
  node.answer("join", R"({"name":"Syd","role":"council","council":"AAAAAAAA","words":""})");
  CHECK(run_at(node, {"join", "@" + file}).code == 0);
  CHECK(node.last_request().args.text("ticket") == ticket);
  World world{.in = ticket + "\n"};
  CHECK(run_cli({"--home", node.home().string(), "join", "-"}, world).code == 0);
  CHECK(node.requests().size() == 2);
  CHECK(run_at(node, {"join", "@" + file + ".none"}).code == 1);
  CHECK(node.requests().size() == 2);
}

TEST_CASE("init --ticket: handed on when it is one that can still be used; asked for last where somebody can be asked") {
  TempHome folder;
  const std::string home = (folder.path() / "new").string(), ticket = some_ticket();
  World world;
  const auto init = [&](const std::string& given) {
    world.daemon_args.clear();
    return run_cli({"--home", home, "--lang", "da", "init", "--council", "Køge", "--ticket", given}, world);
  };
  const Ran ran = init(" " + ticket + "\n");
  CHECK(ran.code == 0);
  CHECK(world.daemon_args[world.daemon_args.size() - 2] == "--ticket");
  CHECK(world.daemon_args.back() == ticket);
  CHECK(contains(ran.out, "Den tilslutter sig selv"));
  CHECK(init("BUD1-ZZZ").code == 2);
  CHECK(world.daemon_args.empty());
  CHECK(contains(init(some_ticket(WallTime{1'700'000'000'000})).err, "udløbet"));
  CHECK(world.daemon_args.empty());

  World first{.env = {{"LANG", "en_GB.UTF-8"}, {"XDG_CONFIG_HOME", (folder.path() / "settings").string()}},
              .terminal = true,
              .in = "fransk\nda\nKøge\n\nBUD1-FORKERT\n" + ticket + "\n"};
  const Ran asked = run_cli({"--home", home, "init"}, first);
  CHECK(asked.code == 0);
  CHECK(contains(asked.err, "Dansk eller engelsk? / Danish or English? (da/en, Enter: en)"));
  CHECK(contains(asked.err, "There is no such language: fransk"));
  CHECK(contains(asked.err, "Hvad hedder jeres råd?"));
  CHECK(contains(asked.err, "Har du fået en billet?"));
  CHECK(first.daemon_args.back() == ticket);
  CHECK(contains(asked.out, "Fra nu af taler kommandoerne dansk til dig"));
  World next{.env = first.env};
  CHECK(contains(run_cli({"join"}, next).err, "Det bruges sådan"));
  World other{.env = first.env};
  CHECK(contains(run_cli({"join", "--lang", "en"}, other).err, "It is used so"));
}

TEST_CASE("init --language: kept for later commands; what cannot be kept is told, and the home is made all the same") {
  TempHome folder;
  World world{.env = {{"XDG_CONFIG_HOME", folder.path().string()}, {"LANG", "da_DK.UTF-8"}}};
  CHECK(run_cli({"--home", "/nowhere/h", "init", "--council", "Køge", "--language", "engelsk"}, world).code == 0);
  CHECK(read_file(folder.path() / "budstikke/language") == "en\n");
  CHECK(run_cli({"--home", "/nowhere/h", "init", "--council", "Køge", "--language", "fransk"}, world).code == 2);
  write_file(folder.path() / "budstikke/language", "klingonsk\n");  // counts as nothing
  CHECK(contains(run_cli({"join"}, world).err, "Det bruges sådan"));
  World none{.env = {{"XDG_CONFIG_HOME", "/proc/nowhere"}}};
  const Ran ran = run_cli({"--home", "/nowhere/h", "init", "--council", "Køge", "--language", "da"}, none);
  CHECK(ran.code == 0);
  CHECK(contains(ran.err, "/proc/nowhere/budstikke/language"));
  CHECK_FALSE(none.daemon_args.empty());
}
