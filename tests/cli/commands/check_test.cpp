// check, against a scripted node.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

const std::string kQuietStatus = R"({"version":")" BUDSTIKKE_VERSION R"(","networks":[],"peers":[]})";
const std::string kSound = R"({"networks":[{"id":"N","name":"Midtjylland","entries":130,"records":120,"state_ok":true,
  "vector_ok":true,"differences":[]}],"rows":{"sound":400,"damaged":0,"lost":0},"repaired":0,"healed_wanted":0,"ok":true})";
const std::string kDamaged = R"({"networks":[{"id":"N","name":"Midtjylland","entries":130,"records":120,"state_ok":false,
  "vector_ok":true,"differences":["record K3F9QX: another state than its log"]}],"rows":{"sound":399,"damaged":1,"lost":2},
  "repaired":3,"healed_wanted":1,"ok":false})";

// A home as `init` makes it, and a node that is well; `more` stands in its status.
void make_well(FakeNode& node, const std::string& more = {}) {
  namespace fs = std::filesystem;
  for (const char* folder : {"keys", "store"}) {
    fs::create_directory(node.home() / folder);
    fs::permissions(node.home() / folder, fs::perms::owner_all);
  }
  for (const char* file : {"keys/identity.key", "keys/transport.key", "store/data.mdb"}) {
    std::ofstream(node.home() / file) << std::string(32, 'k');
    fs::permissions(node.home() / file, fs::perms::owner_read | fs::perms::owner_write);
  }
  const std::string begin = R"({"council_name":"Aarhus","version":")" BUDSTIKKE_VERSION R"(","peers":[],"networks":[])";
  node.answer("status", begin + (more.empty() ? "" : ",") + more + "}");
  node.answer("check", kSound);
}

void set_mode(const std::filesystem::path& path, mode_t mode) { REQUIRE(::chmod(path.c_str(), mode) == 0); }

// What `check --json` found under a name: codes, each after "!" when it is not well.
std::vector<std::string> found(const FakeNode& node, std::string_view name, std::string* mend = nullptr) {
  std::vector<std::string> codes;
  const Value report = json(run_at(node, {"check", "--json"}).out);
  for (const Value& check : report.items("checks")) {
    if (check.text("name") != name) continue;
    codes.push_back((check.boolean("ok") ? "" : "!") + check.text("found"));
    if (mend != nullptr && !check.text("mend").empty()) *mend = check.text("mend");
  }
  return codes;
}
using Codes = std::vector<std::string>;

}  // namespace

TEST_CASE("check: a node that is well is said to be, line by line, and ends with 0") {
  FakeNode node;
  make_well(node);
  const Ran ran = run_danish(node, {"tjek"});
  CHECK(ran.code == 0);
  CHECK(ran.out ==
        "OK Nøgler: mappen og dens nøgler er kun for denne bruger\n"
        "OK Diskplads: der er mere ledigt end de 32 byte som lageret fylder; så meget skal der bruges for at destruere\n"
        "OK Knude: svarer, version " BUDSTIKKE_VERSION
        "\n"
        "-  Ur: ingen er forbundet at sammenligne med\n"
        "-  Kan nås: der er ikke andre medlemmer endnu\n"
        "-  Sikkerhedskopi: der er ikke taget nogen endnu. Oplysningerne ligger også hos de andre medlemmer; knudens nøgler ligger "
        "kun her\n"
        "     budstikke sikkerhedskopi FIL, på et USB-stik der gemmes et andet sted\n"
        "Midtjylland: 130 logindførsler, 120 poster: alt er som loggen siger\n"
        "Lager: 400 rækker hele, 0 beskadigede, 0 tabt\n"
        "Alt er som det skal være.\n");
  CHECK(node.last_request().args.find("repair") == nullptr);
  const Value report = json(run_danish(node, {"tjek", "--json"}).out), sound = json(kSound);
  for (const char* key : {"networks", "rows", "repaired", "healed_wanted", "ok"}) CHECK(*report.find(key) == *sound.find(key));
  CHECK(report.items("checks").size() == 6);
  CHECK(report.items("checks")[2] ==
        json(R"({"name":"node","ok":true,"found":"answers","text":"answers, version )" BUDSTIKKE_VERSION
             R"(","mend":""})"));  // in English, whatever the language
  CHECK(run_at(node, {"check", "--quiet"}).out.empty());
}

TEST_CASE("check: what others can read of the home's secrets is named, with the command that mends it") {
  FakeNode node;
  make_well(node);
  const auto at = [&](const char* name) { return (node.home() / name).string(); };
  std::string mend;
  CHECK(found(node, "keys") == Codes{"private"});
  set_mode(at("keys/transport.key"), 0640);
  const Ran ran = run_at(node, {"check"});
  CHECK(ran.code == 1);
  CHECK(contains(ran.out, "!  Keys: " + at("keys/transport.key") + " is open to other users of this computer\n     chmod 600 " +
                              at("keys/transport.key") + "\n"));
  CHECK(ran.err == "budstikke: 1 thing is not as it should be.\n  See what stands behind each \"!\".\n");
  CHECK_FALSE(contains(ran.out, "All is as it should be"));
  set_mode(at("keys/transport.key"), 0600);
  set_mode(at("keys"), 0755);
  CHECK(found(node, "keys", &mend) == Codes{"!mode"});
  CHECK(mend == "chmod 700 " + at("keys"));
  set_mode(at("keys"), 0700);
  set_mode(node.home(), 0711);
  CHECK(found(node, "keys") == Codes{"!mode"});
  set_mode(node.home(), 0700);
  const std::string odd = at("keys/it's a copy");  // which the command is to name as one word
  std::ofstream(odd) << "k";
  set_mode(odd, 0644);
  CHECK(found(node, "keys", &mend) == Codes{"!mode"});
  CHECK(mend == "chmod 600 '" + at("keys/it") + "'\\''s a copy'");
  std::filesystem::remove(odd);
  std::filesystem::create_symlink("/etc/hostname", at("keys/sealing.key"));
  CHECK(found(node, "keys") == Codes{"!no-plain-file"});
  std::filesystem::remove(at("keys/sealing.key"));
  if (::geteuid() == 0) {  // others may not give files away
    REQUIRE(::chown(at("keys/identity.key").c_str(), 65'534, 65'534) == 0);
    CHECK(found(node, "keys", &mend) == Codes{"!owner"});
    CHECK(mend == "chown --reference=" + node.home().string() + " " + at("keys/identity.key"));
  }
  std::filesystem::remove_all(at("keys"));
  CHECK(found(node, "keys") == Codes{"not-visible"});
}

TEST_CASE("check: another version, trouble and a clock that is off are for somebody to mend") {
  {
    FakeNode node;
    make_well(
        node,
        R"("trouble":"in English","trouble_code":"cannot-listen","trouble_about":"*:7420","clock":{"off_s":-7200,"councils":3})");
    CHECK(found(node, "trouble") == Codes{"!trouble"});
    CHECK(found(node, "clock") == Codes{"!off"});
    const Ran ran = run_at(node, {"check"});
    CHECK(ran.code == 1);
    CHECK(contains(ran.out, "!  Not well: others cannot dial *:7420\n"));
    CHECK(contains(ran.out, "!  Clock: the clock of this computer is 2 h behind"));
    CHECK(contains(run_danish(node, {"tjek"}).err, "2 ting er ikke som de skal være"));
  }
  FakeNode node;
  node.answer("status", R"({"version":"0.0.1","peers":[],"networks":[],"clocks":[{"name":"Odense","off_s":600}]})");
  node.answer("check", kSound);
  std::string mend;
  CHECK(found(node, "node", &mend) == Codes{"!other-version"});
  CHECK(contains(mend, "restart budstikked"));
  CHECK(found(node, "clock") == Codes{"theirs-off"});  // theirs is not for us to mend
  FakeNode mended;
  make_well(mended, R"("trouble":"in English","trouble_code":"store-mended","trouble_about":"")");
  CHECK(found(mended, "trouble") == Codes{"dealt-with"});
  CHECK(run_at(mended, {"check"}).code == 0);
}

TEST_CASE("check: while nobody has dialled in, the node's own address is tried, and what answers there is told") {
  using cli::Reach;
  const std::pair<Reach, const char*> outcomes[] = {{Reach::Node, "OK Reachable: a node answers at raad.example.dk:7420"},
                                                    {Reach::Other, "-  Reachable: something answers at raad.example.dk:7420"},
                                                    {Reach::Refused, "-  Reachable: nothing listens at raad.example.dk:7420"},
                                                    {Reach::Silent, "-  Reachable: no answer from raad.example.dk:7420"},
                                                    {Reach::NoAddress, "-  Reachable: the name in raad.example.dk:7420"}};
  for (const auto& [reached, line] : outcomes) {
    CAPTURE(line);
    FakeNode node;
    make_well(node, R"("advertise":"raad.example.dk:7420","listen":"*:7420","dialed_in":false)");
    World world{.reached = reached};
    const Ran ran = run_cli({"--home", node.home().string(), "--lang", "en", "check"}, world);
    CHECK(ran.code == 0);
    CHECK(contains(ran.out, line));
    CHECK(contains(ran.out, "let TCP in at port 7420") == (reached != Reach::Node));
    CHECK(world.dialed == std::vector<std::string>{"raad.example.dk:7420"});
  }
}

TEST_CASE("check: a node without a backup, or with an old one, is told of it, and is well all the same") {
  const auto backup = [](const std::string& more) {
    FakeNode node;
    make_well(node, more);
    CHECK(run_at(node, {"check"}).code == 0);
    return found(node, "backup");
  };
  CHECK(backup(R"("dialed_in":true)") == Codes{"none"});
  CHECK(backup(R"("last_backup":{"at":"2026-10-06T08:00:00Z","file":"/mnt/kopi"})") == Codes{"recent"});
  CHECK(backup(R"("last_backup":{"at":"2026-10-06T07:59:59Z","file":"/mnt/kopi"})") == Codes{"old"});
  CHECK(backup(R"("last_backup":{"at":"i går","file":"/mnt/kopi"})") == Codes{"none"});
}

TEST_CASE("check: whether others can dial in is told as far as it can be known from inside") {
  const auto reach = [](const std::string& more) {
    FakeNode node;
    make_well(node, more);
    return found(node, "reachable");
  };
  const std::string advertised = R"("advertise":"raad.example.dk:7420")";
  CHECK(reach(advertised + R"(,"listen":"*:7420","dialed_in":true)") == Codes{"dialed-in"});
  CHECK(reach(advertised + R"(,"listen":"*:7420","dialed_in":false)") == Codes{"silent"});
  CHECK(reach(advertised + R"(,"listen":"","dialed_in":false)") == Codes{"!not-listening"});
  FakeNode node;
  node.answer("check", kSound);
  const std::string begin =
      R"({"version":")" BUDSTIKKE_VERSION R"(","peers":[],"networks":[{"name":"Fyn","members":3,"reachable":)";
  node.answer("status", begin + R"(1},{"name":"Alene","members":1,"reachable":0}]})");
  node.answer("status", begin + "0}]}");
  CHECK(found(node, "reachable") == Codes{"dials-out"});
  CHECK(found(node, "reachable") == Codes{"!nobody"});
}

TEST_CASE("check: a peer that is asleep is told of as status does, and is no failure") {
  FakeNode node;
  node.answer("status", R"({"version":")" BUDSTIKKE_VERSION R"(","networks":[],"peers":[
    {"name":"Odense","connected":true,"in_sync":true,"known":true},{"name":"Nyborg","connected":false,"reason":"refused"}]})");
  node.answer("check", kSound);
  const Ran ran = run_at(node, {"check"});
  CHECK(ran.code == 0);
  CHECK(contains(ran.out, "OK Clock: agrees with those who are connected\n"));
  CHECK(contains(ran.out, "OK Peer: Odense: "));
  CHECK(contains(ran.out, "-  Peer: Nyborg: "));
  CHECK(found(node, "peer") == Codes{"linked", "not-linked"});
}

TEST_CASE(
    "check: a node that refuses, as one whose keys are locked, ends it with its own words, behind what can be seen without it") {
  FakeNode locked;
  std::filesystem::create_directory(locked.home() / "keys");
  locked.refuse("status", ApiError::Locked);
  const Ran ran = run_at(locked, {"check"});
  CHECK(ran.code == 1);
  CHECK(contains(ran.out, "Keys: "));
  CHECK(contains(ran.err, "budstikke unlock"));
  CHECK(locked.last_request().command == "status");  // and nothing further
}

TEST_CASE("check: without a node the home is looked at all the same, and that ends with 3") {
  TempHome home;
  std::ofstream(home.path() / "config.toml") << "council = \"Aarhus\"\n";
  std::filesystem::create_directory(home.path() / "keys");
  set_mode(home.path() / "keys", 0755);
  const Ran ran = run_cli({"--home", home.path().string(), "check"});
  CHECK(ran.code == 3);
  CHECK(contains(ran.out, "!  Keys: " + (home.path() / "keys").string() + " is open"));
  CHECK(contains(ran.out, "!  Node: does not answer, so the rest cannot be looked at\n"));
  CHECK(contains(ran.err, "budstikked --home"));
  const Ran as_json = run_cli({"--home", home.path().string(), "check", "--json"});
  CHECK(as_json.code == 3);
  CHECK_FALSE(json(as_json.out).boolean("ok"));
  CHECK(json(as_json.out).items("checks").back().text("found") == "not-running");
  CHECK(contains(as_json.err, "\"not-running\""));
  CHECK(run_cli({"--home", (home.path() / "none").string(), "check"}).code == 1);
}

TEST_CASE("check: differences and damage are told, with what to do, and end with 1") {
  FakeNode node;
  node.answer("status", kQuietStatus);
  node.answer("check", kDamaged);
  const Ran damaged = run_at(node, {"check"});
  CHECK(damaged.code == 1);
  CHECK(
      damaged.out.ends_with("Midtjylland: 130 log entries, 120 records: not as the log says\n"
                            "  record K3F9QX: another state than its log\n"
                            "Store: 399 rows sound, 1 damaged, 2 lost\n"));
  CHECK(damaged.err == "budstikke: The store is not as it should be.\n  Mend it: budstikke check --repair\n");
  const Ran repaired = run_at(node, {"check", "--repair"});
  CHECK(node.last_request().args.boolean("repair"));
  CHECK(contains(repaired.out, "Repaired here: 3, asked of other nodes: 1\n"));
  CHECK(contains(repaired.err, "keep this one running"));
  const Ran as_json = run_at(node, {"check", "--json"});
  CHECK(as_json.code == 1);
  CHECK(contains(as_json.err, "\"check-failed\""));
}

TEST_CASE("check: rows that only a start can mend are told with what to do") {
  FakeNode node;
  node.answer("status", kQuietStatus);
  node.answer("check", R"({"networks":[],"rows":{"sound":9,"damaged":0,"lost":1},"repaired":0,"healed_wanted":0,"restart":true,
    "ok":false})");
  CHECK(contains(run_danish(node, {"tjek", "--repair"}).err, "start den igen"));
  CHECK(contains(run_danish(node, {"tjek"}).err, "budstikke tjek --repair"));
}
