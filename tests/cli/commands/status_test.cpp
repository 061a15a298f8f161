// status, peers and sync.
#include <doctest/doctest.h>

#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

const std::string kPeers = R"("peers":[
  {"member":"M2","council":"C2","name":"Ballerup Integrationsråd","connected":true,"in_sync":true,
   "behind":0,"last_seen":"2026-10-20T07:58:00Z","reason":"","address":"a"},
  {"member":"M3","council":"C3","name":"Odense Integrationsråd","connected":false,"in_sync":false,
   "behind":14,"last_seen":"2026-10-03T05:00:00Z","reason":"refused","address":"b"},
  {"member":"M4","council":"C4","name":"","connected":false,"in_sync":false,"behind":0,"reason":"","address":"10.0.0.4:7420"},
  {"member":"M5","council":"C5","name":"Ishøj","connected":true,"in_sync":false,"behind":0,
   "last_seen":"2026-10-20T08:00:00Z","reason":"","address":"c"}])";

const std::string kStatus = R"({"member":"M1","council":"C1","council_name":"Aarhus Integrationsråd","version":"0.1.0",
  "networks":[{"id":"N","name":"Midtjylland","role":"council","members":4,"records":120,"entries":130,
   "missing":3,"conflicts":1}],)" +
                            kPeers + R"(,"store":{"bytes":5242880,"format":1},"listen":"0.0.0.0:7420","uptime_s":60})";

}  // namespace

TEST_CASE("peers: one short line each, in Danish") {
  FakeNode node;
  node.answer("peers", "{" + kPeers + "}");
  CHECK(run_danish(node, {"forbindelser"}).out ==
        "Ballerup Integrationsråd: har alt · set for 2 min siden\n"
        "Odense Integrationsråd: mangler 14 logindførsler herfra · sidst set 3. okt. 2026 kl. 07.00 (refused)\n"
        "10.0.0.4:7420: ikke forbundet · aldrig set\n"
        "Ishøj: forbundet, sammenligner · set lige nu\n");
  CHECK(run_at(node, {"peers"}).out.starts_with("Ballerup Integrationsråd: has everything · seen 2 min ago\n"));
}

TEST_CASE("peers: a clock that is off is said in hours and minutes, in both languages, and in --json in seconds") {
  FakeNode node;
  const std::string_view peers = R"({"peers":[
    {"name":"Odense","connected":true,"in_sync":true,"last_seen":"2026-10-20T08:00:00Z","clock_off_s":11520},
    {"name":"Ishøj","connected":true,"in_sync":true,"last_seen":"2026-10-20T08:00:00Z","clock_off_s":-121}]})";
  node.answer("peers", peers);
  CHECK(run_at(node, {"peers"}).out ==
        "Odense: has everything · seen just now · clock off by 3 h 12 min\n"
        "Ishøj: has everything · seen just now · clock off by 2 min\n");
  CHECK(run_danish(node, {"forbindelser"}).out ==
        "Odense: har alt · set lige nu · uret går 3 t 12 min forkert\n"
        "Ishøj: har alt · set lige nu · uret går 2 min forkert\n");
  CHECK(json(run_at(node, {"peers", "--json"}).out) == json(peers));
}

TEST_CASE("status: whose clock is off, and what to do, is said in both languages") {
  const auto told = [](const std::string& clocks, const char* language) {
    FakeNode node;
    node.answer("status", R"({"council_name":"Aarhus","version":"0.1.0","peers":[],"networks":[],)" + clocks + "}");
    const std::string out = run_at(node, {"--lang", language, "status"}).out;
    const std::size_t last = out.rfind('\n', out.size() - 2) + 1;
    return out.substr(last, out.size() - 1 - last);
  };
  const std::string own = R"("clock":{"off_s":-11520,"councils":3})";
  CHECK(told(own, "en") ==
        "Not well: the clock of this computer is 3 h 12 min behind, compared with 3 councils that agree on the time. Set it: "
        "timedatectl set-ntp true");
  CHECK(told(own, "da") ==
        "Noget er galt: denne computers ur er 3 t 12 min bagud i forhold til 3 råd der er enige om tiden. Stil det: "
        "timedatectl set-ntp true");
  const std::string only = R"("clock":{"off_s":7200,"councils":1,"council":"C2","name":"Odense"})";
  CHECK(told(only, "en") ==
        "Not well: the clock of this computer is 2 h ahead, compared with Odense, the only one that is connected. Set the one "
        "that is wrong; here: timedatectl set-ntp true");
  CHECK(told(only, "da") ==
        "Noget er galt: denne computers ur er 2 t foran i forhold til Odense, det eneste råd der er forbindelse til. Stil det ur "
        "der er forkert; her: timedatectl set-ntp true");
  const std::string other = R"("clocks":[{"council":"C3","name":"Ishøj","off_s":-86400}])";
  CHECK(told(other, "en") ==
        "Not well: the clock of Ishøj is 1 d behind. Tell them: what they write gets wrong times until it is set");
  CHECK(told(other, "da") ==
        "Noget er galt: uret hos Ishøj er 1 d bagud. Sig det til dem: det de skriver, får forkerte tider indtil det er stillet");
}

TEST_CASE("peers and status: JSON is what the node says") {
  FakeNode node;
  node.answer("peers", "{" + kPeers + "}");
  node.answer("status", kStatus);
  CHECK(json(run_at(node, {"peers", "--json"}).out) == json("{" + kPeers + "}"));
  CHECK(json(run_at(node, {"status", "--json"}).out) == json(kStatus));
}

TEST_CASE("status: networks, what is missing, conflicts and peers") {
  FakeNode node;
  node.answer("status", kStatus);
  const Ran ran = run_danish(node, {"status"});
  CHECK(
      ran.out.starts_with("Aarhus Integrationsråd, budstikke 0.1.0\n"
                          "Netværk Midtjylland, rolle: råd\n"
                          "  4 medlemmer, 120 poster, 130 logindførsler\n"
                          "  3 værdier mangler at blive hentet\n"
                          "  1 konflikt venter på en afgørelse: budstikke konflikter\n"
                          "Forbindelser:\n"));
  CHECK(ran.out.ends_with("Lager: 5,2 MB\nLytter på 0.0.0.0:7420\n"));
}

TEST_CASE("status: that nobody can be dialled, so that nobody can meet, is said with what to do, in both languages") {
  const auto told = [](int members, const std::string& reachable, const char* language) {
    FakeNode node;
    node.answer("status", R"({"council_name":"Aarhus","version":"0.1.0","peers":[],"networks":[{"name":"Fyn","role":"council",
      "records":1,"entries":1,"members":)" +
                              std::to_string(members) + reachable + "}]}");
    return run_at(node, {"--lang", language, "status"}).out;
  };
  const std::string nobody = R"(,"reachable":0)";
  CHECK(contains(told(3, nobody, "en"),
                 "  nobody in the network says where it can be reached, so nobody can be dialled: set network.advertise in "
                 "config.toml at one, or use bundles\n"));
  CHECK(contains(told(3, nobody, "da"),
                 "  ingen i netværket oplyser en adresse, så ingen kan ringe op: sæt network.advertise i config.toml hos én, "
                 "eller brug bundter\n"));
  CHECK_FALSE(contains(told(3, R"(,"reachable":1)", "en"), "advertise"));
  CHECK_FALSE(contains(told(1, nobody, "en"), "advertise"));  // there is nobody yet to meet
  CHECK_FALSE(contains(told(3, "", "en"), "advertise"));      // an older node does not say
}

TEST_CASE("status: in no network it says how to get into one") {
  FakeNode node;
  node.answer("status", R"({"council_name":"Aarhus","version":"0.1.0","networks":[],"peers":[]})");
  CHECK(contains(run_danish(node, {"status"}).out, "budstikke tilslut BILLET"));
}

TEST_CASE("sync: waits as long as it was told, exit 6 when that was not enough") {
  FakeNode node;
  node.answer("sync", R"({"in_sync":true,"peers":[]})");
  node.answer("sync", "{\"in_sync\":false," + kPeers + "}");
  const Ran done = run_danish(node, {"synkroniser", "--wait"});
  CHECK(done.code == 0);
  CHECK(done.out == "Alt er ens hos alle forbundne knuder.\n");
  CHECK(node.last_request().args.integer("timeout_ms") == 10'000);
  const Ran late = run_danish(node, {"sync", "--wait", "--timeout", "1"});
  CHECK(late.code == 6);
  CHECK(node.last_request().args.integer("timeout_ms") == 1'000);
  CHECK(contains(late.out, "Odense Integrationsråd: mangler 14 logindførsler herfra"));
  CHECK(late.err == "budstikke: Det blev ikke færdigt i tide: 1 s\n  Det fortsætter af sig selv. Se: budstikke forbindelser\n");
  const Ran as_json = run_at(node, {"sync", "--wait", "--json"});
  CHECK(as_json.code == 6);
  CHECK_FALSE(json(as_json.out).boolean("in_sync", true));
  CHECK(contains(as_json.err, "\"timed-out\""));
}

TEST_CASE("sync: without --wait it only dials") {
  FakeNode node;
  node.answer("sync", R"({"in_sync":false,"peers":[]})");
  const Ran ran = run_at(node, {"sync"});
  CHECK(ran.code == 0);
  CHECK(node.last_request().args.integer("timeout_ms", -1) == 0);
  CHECK(ran.out == "Dialling now. Wait for it with: budstikke sync --wait\n");
}

TEST_CASE("status: what is not well is said in the reader's language, and as it comes when its code is not known") {
  FakeNode node;
  const std::string begin = R"({"council_name":"Aarhus","version":"0.1.0","peers":[],"networks":[],"trouble":"in English")";
  node.answer("status", begin + R"json(,"trouble_code":"store-full","trouble_about":"35 MB (/srv/raad/store)"})json");
  CHECK(contains(run_danish(node, {"tilstand"}).out, "disken er fuld. Der skal være 35 MB (/srv/raad/store) fri;"));
  FakeNode newer;
  newer.answer("status", begin + R"(,"trouble_code":"store-haunted"})");
  CHECK(contains(run_danish(newer, {"tilstand"}).out, "Noget er galt: in English\n"));
}
