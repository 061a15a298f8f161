// init, network, invite and join.
#include <doctest/doctest.h>

#include "cli/json.h"
#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

constexpr const char* kMembers = R"({"members":[
  {"member":"M1","council":"C1","name":"Ballerup Integrationsråd","role":"coordinator",
   "admitted_by":"","admitted":"2026-10-01T10:00:00Z","words":"","you":true},
  {"member":"M2","council":"C2","name":"Ishøj Integrationsråd","role":"council",
   "admitted_by":"M1","admitted":"2026-10-02T10:00:00Z","words":"000000000001","you":false}]})";

}  // namespace

TEST_CASE("init: hands everything to budstikked") {
  World world;
  const Ran ran = run_cli({"--home", "/tmp/h", "--lang", "da", "begynd", "--council", "Ballerup Integrationsråd",
                           "--municipality", "0151", "--listen", "127.0.0.1:7420"},
                          world);
  CHECK(ran.code == 0);
  CHECK(world.daemon_args == std::vector<std::string>{"--home", "/tmp/h", "--init", "--quiet", "--council",
                                                      "Ballerup Integrationsråd", "--municipality", "0151", "--listen",
                                                      "127.0.0.1:7420"});
  CHECK(ran.out.starts_with("Hjemmemappen /tmp/h er klar.\nStart knuden: budstikked --home /tmp/h\n"));
  world.daemon_code = -1;
  const Ran missing = run_cli({"--home", "/tmp/h", "init", "--council", "X", "--json"}, world);
  CHECK(missing.code == 1);
  CHECK(contains(missing.err, "\"no-daemon\""));
}

TEST_CASE("init: why there is no home is told in the reader's language") {
  const auto told = [](int code, const std::string& lang) {
    World world{.daemon_code = code};
    const Ran ran = run_cli({"--home", "/tmp/h", "--lang", lang, "init", "--council", "X Råd"}, world);
    CHECK(ran.code == 1);
    CHECK(ran.out.empty());
    return ran.err;
  };
  CHECK(contains(told(78, "da"), "Der er noget i mappen i forvejen: /tmp/h\n"));
  CHECK(contains(told(72, "da"), "Der er ikke plads på disken: /tmp/h\n"));
  CHECK(contains(told(73, "en"), "budstikked --home /tmp/h --init --council \"X Råd\"\n"));
  CHECK(contains(told(1, "en"), "See why: budstikked --home /tmp/h --init --council \"X Råd\"\n"));
}

TEST_CASE("init: what does not fit is refused before budstikked is run") {
  const auto refused = [](std::vector<std::string> flags, const char* code) {
    World world;
    flags.insert(flags.begin(), {"--home", "/tmp/h", "--json", "init"});
    const Ran ran = run_cli(flags, world);
    CHECK(ran.code == 2);
    CHECK(contains(ran.err, code));
    CHECK(world.daemon_args.empty());
  };
  refused({"--council", "X", "--municipality", "151"}, "bad-municipality");
  refused({"--council", "X", "--advertise", "example.dk"}, "bad-address");
  refused({"--council", "X", "--listen", "*:99999"}, "bad-address");
  refused({"--council", "to\nlinjer"}, "bad-text");
  refused({"--council", std::string(201, 'x')}, "too-long");
}

TEST_CASE("init: the home comes from --home, BUDSTIKKE_HOME or the person's data folder") {
  World world;
  world.env = {{"BUDSTIKKE_HOME", "/b"}, {"XDG_DATA_HOME", "/x"}, {"HOME", "/home/s"}};
  run_cli({"init", "--council", "X", "--home", "/a"}, world);
  CHECK(world.daemon_args[1] == "/a");
  run_cli({"init", "--council", "X"}, world);
  CHECK(world.daemon_args[1] == "/b");
  world.env.erase("BUDSTIKKE_HOME");
  run_cli({"init", "--council", "X"}, world);
  CHECK(world.daemon_args[1] == "/x/budstikke");
  world.env.erase("XDG_DATA_HOME");
  run_cli({"init", "--council", "X"}, world);
  CHECK(world.daemon_args[1] == "/home/s/.local/share/budstikke");
}

TEST_CASE("network create: the recovery key is shown once, with what to do with it") {
  FakeNode node;
  node.answer("network.create", R"({"id":"NETNETNETNET","name":"Hovedstaden","recovery_key":"KEY-KEY"})");
  const Ran ran = run_danish(node, {"netværk", "opret", "Hovedstaden"});
  CHECK(ran.code == 0);
  CHECK(ran.out ==
        "Netværket Hovedstaden er oprettet (NETNET).\n"
        "Gendannelsesnøglen vises kun nu. Skriv den på papir, og gem den sikkert; den ligger ingen steder:\n"
        "  KEY-KEY\n"
        "Luk andre ind: budstikke inviter --for NAVN\n");
  CHECK(node.last_request().args.text("name") == "Hovedstaden");
  CHECK(json(run_at(node, {"network", "create", "X", "--json"}).out).text("recovery_key") == "KEY-KEY");
}

TEST_CASE("network list: an array, or a table with roles in the reader's language") {
  FakeNode node;
  node.answer("network.list", R"({"networks":[{"id":"NETNETNET","name":"Hovedstaden","role":"coordinator",
    "members":4,"records":120}]})");
  CHECK(run_danish(node, {"netværk", "liste"}).out == "NETNET\tHovedstaden\tkoordinator\t4\t120\n");
  CHECK(json(run_at(node, {"network", "list", "--json"}).out).items().size() == 1);
  CHECK(run_on_terminal(node, {"network", "list"}).out ==
        "ID      name         role         members  records\nNETNET  Hovedstaden  coordinator  4        120\n");
}

TEST_CASE("network list: none says how to get into one") {
  FakeNode node;
  node.answer("network.list", R"({"networks":[]})");
  CHECK(contains(run_on_terminal(node, {"network", "list"}).out, "budstikke join TICKET"));
  CHECK(run_at(node, {"network", "list"}).out.empty());
}

TEST_CASE("network show: by word, by --network, or the first one") {
  FakeNode node;
  node.answer("network.show",
              R"({"id":"NET","name":"Hovedstaden","role":"council","members":4,"founder":"KEY","founder_name":"Ballerup",
    "created":"2026-10-01T10:00:00Z","membership_digest":"m","vector_digest":"v","state_digest":"s"})");
  const Ran ran = run_danish(node, {"netværk", "vis", "Hoved"});
  CHECK(contains(ran.out, "Netværk Hovedstaden, rolle: råd\nMedlemmer: 4\nOprettet af Ballerup, torsdag den 1. oktober 2026"));
  CHECK(node.last_request().args.text("network") == "Hoved");
  run_at(node, {"network", "show", "--network", "Sj"});
  CHECK(node.last_request().args.text("network") == "Sj");
  run_at(node, {"network", "show"});
  CHECK(node.last_request().args.find("network") == nullptr);
}

TEST_CASE("network rename: the first word names the network when there are two; the names that it had are shown") {
  FakeNode node;
  node.answer("network.rename", R"({"id":"NETNETNET","name":"Østdanmark","former":"Hovedstaden"})");
  CHECK(run_danish(node, {"netværk", "omdøb", "Østdanmark"}).out ==
        "Hovedstaden hedder nu Østdanmark, hos alle råd efterhånden som de hører det. Det gamle navn finder det stadig.\n");
  CHECK(cli::json_line_of(node.last_request().args) == R"({"name":"Østdanmark"})");
  CHECK(run_at(node, {"network", "rename", "Hovedstaden", "Østdanmark"}).out ==
        "Hovedstaden is now called Østdanmark, at every council as it hears of it. The old name still finds it.\n");
  CHECK(cli::json_line_of(node.last_request().args) == R"({"network":"Hovedstaden","name":"Østdanmark"})");
  CHECK(run_at(node, {"network", "rename"}).code == 2);
  CHECK(json(run_at(node, {"network", "rename", "X", "--json"}).out).text("former") == "Hovedstaden");
  node.answer("network.show", R"({"id":"NET","name":"Midt","role":"council","members":4,"founder":"KEY","founder_name":"Ballerup",
    "created":"2026-10-01T10:00:00Z","also_called":["Midten"],"former_names":["Vest","Øst"]})");
  const Ran shown = run_at(node, {"network", "show"});
  CHECK(contains(shown.out,
                 "Also called: Midten, since two coordinators renamed it at once. Choose one: budstikke network rename "));
  CHECK(contains(shown.out, "Was called: Vest, Øst\n"));
}

TEST_CASE("network merge: a code to give stands alone on the last line, with the words to compare") {
  FakeNode node;
  node.answer("network.merge", R"({"network":"NET","network_name":"Hovedstaden","code":"BUDM1-CODE","words":"000100010001"})");
  const Ran given = run_at(node, {"network", "merge"});
  CHECK(given.code == 0);
  CHECK(contains(given.out, "read these words to each other by telephone"));
  CHECK(
      given.out.ends_with("  ananas anker ananas anker ananas anker\n"
                          "Then each of you takes the other's: budstikke network merge CODE\nBUDM1-CODE\n"));
  CHECK(cli::json_line_of(node.last_request().args) == "{}");
  CHECK(run_danish(node, {"netværk", "sammenlæg", "Hovedstaden", "--quiet"}).out == "BUDM1-CODE\n");
  CHECK(cli::json_line_of(node.last_request().args) == R"({"network":"Hovedstaden"})");
  CHECK(json(run_at(node, {"network", "merge", "--json"}).out).text("words") == "ananas anker ananas anker ananas anker");
}

TEST_CASE("network merge: the other's code is taken once a person has seen its words, and what comes of it is said") {
  FakeNode node;
  node.answer("network.merge", R"({"network":"NET","network_name":"Hovedstaden","other":"OTH","other_name":"Sjælland",
    "words":"000100010001","name":"Østdanmark","united":false})");
  const Ran asked = run_on_terminal(node, {"network", "merge", "budm1-code"}, "en", "n\n");
  CHECK(asked.code == 1);
  CHECK(contains(asked.err, "Make Hovedstaden and Sjælland one network?"));
  CHECK(contains(asked.err, "ananas anker ananas anker ananas anker"));
  CHECK(node.last_request().args.boolean("look"));
  CHECK(run_at(node, {"network", "merge", "BUDM1-CODE"}).code == 1);
  CHECK(run_on_terminal(node, {"network", "merge", "BUDM1-CODE"}, "en", "Sjælland\nHovedstaden\n").code == 0);
  CHECK_FALSE(node.last_request().args.boolean("look"));
  const Ran said = run_danish(node, {"netværk", "sammenlæg", "Hovedstaden", "BUDM1-CODE", "--into", "Østdanmark", "--yes"});
  CHECK(said.code == 0);
  CHECK(contains(said.out, "Hovedstaden skal være ét med Sjælland."));
  CHECK(cli::json_line_of(node.last_request().args) == R"({"network":"Hovedstaden","with":"BUDM1-CODE","into":"Østdanmark"})");
  FakeNode both;
  both.answer("network.merge", R"({"network":"NET","network_name":"Hovedstaden","other":"OTH","other_name":"Sjælland",
    "name":"Østdanmark","united":true})");
  CHECK(run_at(both, {"network", "merge", "Hovedstaden", "Sjælland", "--yes"}).out ==
        "Hovedstaden and Sjælland are one network: Østdanmark.\n");
  CHECK(both.last_request().args.text("with") == "Sjælland");
}

TEST_CASE("member rename: the own council, in all its networks or in the one named") {
  FakeNode node;
  node.answer("member.rename", R"({"name":"Ishøj Integrationsråd","former":"Ishøj","networks":["Hovedstaden","Landet"]})");
  CHECK(run_danish(node, {"medlem", "omdøb", "Ishøj Integrationsråd"}).out ==
        "Ishøj hedder nu Ishøj Integrationsråd, i: Hovedstaden, Landet. Det gamle navn finder det stadig.\n");
  CHECK(cli::json_line_of(node.last_request().args) == R"({"name":"Ishøj Integrationsråd"})");
  CHECK(run_at(node, {"member", "rename", "Ishøj", "--network", "Landet", "--quiet"}).out.empty());
  CHECK(node.last_request().args.text("network") == "Landet");
}

TEST_CASE("network members: with the six words that were compared") {
  FakeNode node;
  node.answer("network.members", kMembers);
  CHECK(run_danish(node, {"netværk", "medlemmer"}).out ==
        "Ballerup Integrationsråd\tkoordinator\t2026-10-01T10:00:00Z\t\tdenne knude\n"
        "Ishøj Integrationsråd\tråd\t2026-10-02T10:00:00Z\tananas ananas ananas ananas ananas anker\t\n");
  const Value members = json(run_at(node, {"network", "members", "--json"}).out);
  CHECK(members.items()[1].text("words") == "ananas ananas ananas ananas ananas anker");
}

TEST_CASE("invite: the ticket stands alone on the last line") {
  FakeNode node;
  node.answer("invite", R"({"ticket":"bs1TICKET","expires":"2026-10-27T08:00:00Z","role":"council"})");
  const Ran ran = run_danish(node, {"inviter", "--for", "Ishøj", "--role", "råd", "--expires", "7d", "--network", "Hoved"});
  CHECK(ran.code == 0);
  CHECK(ran.out ==
        "Billet til én knude med rollen råd, gælder til tirsdag den 27. oktober 2026 kl. 09.00. Send den til den der skal med:\n"
        "bs1TICKET\n");
  CHECK(cli::json_line_of(node.last_request().args) ==
        R"({"network":"Hoved","role":"council","for":"Ishøj","expires_s":604800})");
  CHECK(run_at(node, {"invite", "--quiet"}).out == "bs1TICKET\n");
  run_at(node, {"invite", "--expires", "12t", "--role", "national"});
  CHECK(node.last_request().args.integer("expires_s") == 43'200);
  CHECK(node.last_request().args.text("role") == "national");
}

TEST_CASE("join: shows network, role and the words to compare") {
  FakeNode node;
  node.answer("join", R"({"network":"NET","name":"Hovedstaden","role":"council","council":"CCCCCCCC","words":"000100010001"})");
  const Ran ran = run_danish(node, {"tilslut", "  bs1TICKET\n"});
  CHECK(ran.code == 0);
  CHECK(ran.out ==
        "Med i Hovedstaden med rollen råd.\n"
        "Denne knude handler for råd CCCCCC.\n"
        "Sammenlign disse ord i telefonen med den der inviterede; de ser de samme under: budstikke netværk medlemmer\n"
        "  ananas anker ananas anker ananas anker\n");
  CHECK(node.last_request().args.text("ticket") == "bs1TICKET");
  CHECK(json(run_at(node, {"join", "bs1TICKET", "--json"}).out).text("words") == "ananas anker ananas anker ananas anker");
}

TEST_CASE("join: broken, used and expired tickets each say what to do") {
  FakeNode node;
  node.refuse("join", ApiError::BadTicket);
  node.refuse("join", ApiError::TicketUsed);
  node.refuse("join", ApiError::TicketExpired, "2026-10-01T10:00:00Z");
  node.refuse("join", ApiError::Unreachable, "", "no address answered");
  const Ran broken = run_danish(node, {"tilslut", "bs1"});
  CHECK(broken.code == 2);
  CHECK(broken.err == "budstikke: Det er ikke en hel billet\n  Kopiér den igen, fra første til sidste bogstav.\n");
  const Ran used = run_danish(node, {"tilslut", "bs1"});
  CHECK(used.code == 1);
  CHECK(contains(used.err, "Billetten er brugt"));
  CHECK(run_danish(node, {"tilslut", "bs1"}).code == 1);
  const Ran away = run_danish(node, {"tilslut", "bs1"});
  CHECK(away.code == 1);
  CHECK(contains(away.err, "Ingen i netværket kunne nås\n"));  // the node tells why in English, which helps nobody here
}

TEST_CASE("invite list: whose each ticket is and whether it was used, in words for people and as it is for programs") {
  FakeNode node;
  node.answer("invite.list", R"({"tickets":[
    {"id":"A","state":"open","role":"council","expires":"2026-10-27T10:00:00Z","for":"Greve","by":"M","by_name":"Ishøj","you":true,"newcomers":[]},
    {"id":"B","state":"used-twice","role":"national","expires":"2026-10-26T10:00:00Z","by":"N","by_name":"Køge","you":false,
     "newcomers":[{"member":"X","name":"REM"},{"member":"Y","name":"Solrød"}]},
    {"id":"C","state":"expired","role":"council","expires":"2026-10-01T10:00:00Z","council_name":"Køge","by":"N","by_name":"Køge","you":false,
     "newcomers":[]}]})");
  const Ran danish = run_on_terminal(node, {"inviter", "liste"}, "da");
  CHECK(danish.code == 0);
  CHECK(contains(danish.out, "Greve        ikke brugt endnu  råd            27. okt. 2026 kl. 11.00  denne knude\n"));
  CHECK(contains(danish.out, "REM, Solrød  brugt af to       nationalt råd  26. okt. 2026 kl. 11.00  Køge\n"));
  CHECK(contains(danish.out, "Køge         udløbet"));
  CHECK(contains(run_at(node, {"invite", "list"}).out, "Greve\topen\tcouncil\t2026-10-27T10:00:00Z\tIshøj\n"));
  CHECK(json(run_at(node, {"invite", "list", "--json"}).out).items().size() == 3);
  FakeNode empty;
  empty.answer("invite.list", R"({"tickets":[]})");
  CHECK(run_at(empty, {"invite", "list"}).out.empty());
  CHECK(contains(run_on_terminal(empty, {"invite", "list"}).out, "No tickets have been made."));
}
