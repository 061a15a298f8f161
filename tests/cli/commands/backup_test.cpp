// backup and restore, against a scripted node and a scripted daemon program.
#include <doctest/doctest.h>

#include <filesystem>

#include "protocol/base/pack.h"
#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;
namespace fs = std::filesystem;

namespace {

// A node that gives a backup in two pieces, with a pause between.
void script_backup(FakeNode& node, std::int64_t left_out = 0) {
  node.answer("backup.begin", R"({"stream":3})");
  const auto piece = [&](std::string_view text, bool done) {
    Value value;
    value.set("data", bytes_of(view_of(text)));
    value.set("done", done);
    if (done) {
      value.set("bytes", std::int64_t{5'000'000});
      value.set("rows", std::int64_t{1'000});
      value.set("left_out", left_out);
    }
    node.answer_value("backup.next", std::move(value));
  };
  piece("budstikke backup\n", false);
  piece("", false);
  piece("and the rest", true);
  node.answer("backup.kept", "{}");
}

}  // namespace

TEST_CASE("backup: what the node gives is written as the person, for them alone; says where it is and how secret") {
  FakeNode node;
  TempHome folder;
  const std::string file = (folder.path() / "kopi").string();
  script_backup(node);
  const Ran ran = run_danish(node, {"sikkerhedskopi", (folder.path() / "x" / ".." / "kopi").string()});
  CHECK(ran.code == 0);
  CHECK(contains(ran.out, "Sikkerhedskopien er skrevet: " + file + " (5,0 MB).\n"));
  CHECK(contains(ran.out, "Den rummer knudens nøgler"));
  CHECK(read_file(file) == "budstikke backup\nand the rest");
  CHECK((fs::status(file).permissions() & fs::perms::all) == (fs::perms::owner_read | fs::perms::owner_write));
  const std::vector<ApiRequest> requests = node.requests();
  REQUIRE(requests.size() == 5);
  CHECK(requests[3].args.integer("stream") == 3);
  CHECK(requests[3].args.integer("at") == 17);
  CHECK(requests[4].command == "backup.kept");
  CHECK(requests[4].args.text("file") == file);
}

TEST_CASE("backup: --quiet says nothing, --json what is in it") {
  TempHome folder;
  FakeNode quiet;
  script_backup(quiet);
  CHECK(run_at(quiet, {"backup", (folder.path() / "a").string(), "--quiet"}).out.empty());
  FakeNode told;
  script_backup(told);
  const Value done = json(run_at(told, {"backup", (folder.path() / "b").string(), "--json"}).out);
  CHECK(done.integer("rows") == 1000);
  CHECK(done.text("file") == (folder.path() / "b").string());
}

TEST_CASE("backup: rows that could not be read are told, with what to do") {
  FakeNode node;
  TempHome folder;
  script_backup(node, 7);
  const Ran ran = run_at(node, {"backup", (folder.path() / "kopi").string()});
  CHECK(ran.code == 0);
  CHECK(contains(ran.out, "7 rows of the store could not be read"));
  CHECK(contains(ran.out, "budstikke check --repair"));
}

TEST_CASE("backup: one that is there is replaced only when the person says so, another file never, none goes into the home") {
  FakeNode node;
  TempHome folder;
  const std::string file = (folder.path() / "kopi").string();
  write_file(file, "budstikke backup\n");
  CHECK(run_at(node, {"backup", file}).code == 1);
  CHECK(run_on_terminal(node, {"backup", file}, "da", "n\n").code == 1);
  write_file(folder.path() / "brev", "Kære alle");
  CHECK(run_at(node, {"backup", (folder.path() / "brev").string(), "--yes"}).code == 1);
  CHECK(read_file(folder.path() / "brev") == "Kære alle");
  CHECK(run_at(node, {"backup", (node.home() / "kopi").string()}).code == 1);
  CHECK(node.requests().empty());
  script_backup(node);
  CHECK(run_on_terminal(node, {"backup", file}, "da", "j\n").code == 0);
  CHECK(contains(read_file(file), "and the rest"));
}

TEST_CASE("backup: what fails on the way leaves nothing, and says what to do") {
  TempHome folder;
  const std::string file = (folder.path() / "kopi").string();
  FakeNode node;
  node.answer("backup.begin", R"({"stream":3})");
  node.refuse("backup.next", ApiError::BackupFailed);
  const Ran ran = run_danish(node, {"sikkerhedskopi", file});
  CHECK(ran.code == 1);
  CHECK(contains(ran.err, "Sikkerhedskopien kan ikke skrives"));
  CHECK(contains(ran.err, "plads"));
  CHECK(fs::is_empty(folder.path()));
  const Ran nowhere = run_at(node, {"backup", (folder.path() / "nowhere" / "kopi").string()});
  CHECK(nowhere.code == 1);
  CHECK(contains(nowhere.err, "No such file or directory"));
}

TEST_CASE("restore: runs the daemon's program on an empty or new folder, and says what is next") {
  TempHome folder;
  const std::string home = (folder.path() / "home").string();
  World world;
  const Ran ran = run_cli({"--home", home, "--lang", "da", "gendan", "/mnt/kopi"}, world);
  CHECK(ran.code == 0);
  CHECK(world.daemon_args == std::vector<std::string>{"--home", home, "--restore", "/mnt/kopi", "--quiet"});
  CHECK(contains(ran.out, "Start knuden: budstikked --home " + home));
  CHECK(contains(ran.out, "må den ikke køre mere"));
  const Ran as_json = run_cli({"--home", home, "--json", "restore", "/mnt/kopi"}, world);
  CHECK(json(as_json.out).text("home") == home);
  CHECK(json(as_json.out).find("put_aside") == nullptr);
}

TEST_CASE("backup: into a folder each gets its own name; --keep leaves the newest of this node's own, and nothing else goes") {
  TempHome folder;
  const std::string to = folder.path().string();
  const std::string own[] = {"budstikke-ABCDEF-20260101T000000Z.bak", "budstikke-ABCDEF-20260901T000000Z.bak",
                             "budstikke-ABCDEF-20261001T000000Z.bak"};
  const std::string others[] = {"budstikke-ABCXYZ-20260101T000000Z.bak", "budstikke-ABCDEF-20260101T000000Z.bak.old",
                                "budstikke-ABCDEF-2026.bak", "noter.txt"};
  for (const std::string& name : own) write_file(folder.path() / name, "x");
  for (const std::string& name : others) write_file(folder.path() / name, "x");
  FakeNode node;
  node.answer("status", R"({"member":"ABCDEFGHJK","networks":[],"peers":[]})");
  script_backup(node);
  const Ran ran = run_danish(node, {"sikkerhedskopi", to, "--keep", "2"});
  CHECK(ran.code == 0);
  CHECK(node.last_request().args.text("file") == to + "/budstikke-ABCDEF-20261020T080000Z.bak");
  CHECK(read_file(folder.path() / "budstikke-ABCDEF-20261020T080000Z.bak") == "budstikke backup\nand the rest");
  CHECK_FALSE(std::filesystem::exists(folder.path() / own[0]));
  CHECK_FALSE(std::filesystem::exists(folder.path() / own[1]));
  CHECK(std::filesystem::exists(folder.path() / own[2]));
  for (const std::string& name : others) CHECK(std::filesystem::exists(folder.path() / name));
  CHECK(contains(ran.out, "2 ældre kopier er slettet; de nyeste 2 bliver."));
}

TEST_CASE("backup: --keep never takes the one just written, though a wrong clock has named others later") {
  TempHome folder;
  for (const char* name : {"budstikke-ABCDEF-20990101T000000Z.bak", "budstikke-ABCDEF-20990102T000000Z.bak"}) {
    write_file(folder.path() / name, "x");
  }
  FakeNode node;
  node.answer("status", R"({"member":"ABCDEFGHJK","networks":[],"peers":[]})");
  script_backup(node);
  CHECK(run_danish(node, {"backup", folder.path().string(), "--keep", "2"}).code == 0);
  CHECK(fs::exists(folder.path() / "budstikke-ABCDEF-20261020T080000Z.bak"));
  CHECK(fs::exists(folder.path() / "budstikke-ABCDEF-20990102T000000Z.bak"));
  CHECK_FALSE(fs::exists(folder.path() / "budstikke-ABCDEF-20990101T000000Z.bak"));
}

TEST_CASE("backup: --keep is a number, and goes with a folder; nothing is asked of the node otherwise") {
  FakeNode node;
  TempHome folder;
  for (const char* number : {"0", "-1", "2x", "", "10001"}) {
    CAPTURE(number);
    CHECK(run_danish(node, {"backup", folder.path().string(), "--keep", number}).code == 2);
  }
  const Ran ran = run_danish(node, {"backup", "/mnt/kopi", "--keep", "3"});
  CHECK(ran.code == 2);
  CHECK(contains(ran.err, "Det er ikke en mappe: /mnt/kopi"));
  CHECK(node.requests().empty());
}

TEST_CASE("backup: when the node refuses, no older one goes") {
  TempHome folder;
  write_file(folder.path() / "budstikke-ABCDEF-20260101T000000Z.bak", "x");
  write_file(folder.path() / "budstikke-ABCDEF-20260102T000000Z.bak", "x");
  FakeNode node;
  node.answer("status", R"({"member":"ABCDEFGHJK","networks":[],"peers":[]})");
  node.answer("backup.begin", R"({"stream":3})");
  node.refuse("backup.next", ApiError::BackupFailed);
  CHECK(run_danish(node, {"backup", folder.path().string(), "--keep", "1"}).code == 1);
  CHECK(std::filesystem::exists(folder.path() / "budstikke-ABCDEF-20260101T000000Z.bak"));
}

TEST_CASE("restore --dry-run: the daemon's program reads the file, and what it says of it is told; nothing is asked") {
  FakeNode node;  // whose home holds something
  World world;
  Value facts;
  facts.set("council", "Ærø Integrationsråd");
  facts.set("created", "2026-10-19T08:00:00Z");
  facts.set("version", "1.2.3");
  facts.set("bytes", 1'200'000);
  facts.set("left_out", 2);
  world.daemon_out = std::string(text_of(pack(facts)));
  const std::string home = node.home().string();
  const Ran ran = run_cli({"--home", home, "--lang", "da", "gendan", "/mnt/kopi", "--prøv"}, world);
  CHECK(ran.code == 0);
  CHECK(world.daemon_args == std::vector<std::string>{"--home", home, "--restore", "/mnt/kopi", "--dry-run", "--quiet"});
  CHECK(contains(ran.out, "/mnt/kopi er hel (1,2 MB)"));
  CHECK(contains(ran.out, "Ærø Integrationsråd, skrevet mandag den 19. oktober 2026 kl. 10.00"));
  CHECK(contains(ran.out, "2 rækker"));
  CHECK(json(run_cli({"--home", home, "--json", "restore", "/mnt/kopi", "--dry-run"}, world).out).text("file") == "/mnt/kopi");
  world.daemon_code = 65;
  CHECK(contains(run_cli({"--home", home, "restore", "/mnt/kopi", "--dry-run", "--json"}, world).err, "not-a-backup"));
}

TEST_CASE("restore: over something only when the person says so") {
  FakeNode node;  // whose home holds something
  World world;
  const std::vector<std::string> words = {"--home", node.home().string(), "restore", "/mnt/kopi"};
  CHECK(run_cli(words, world).code == 1);
  CHECK(world.daemon_args.empty());
  std::vector<std::string> with_yes = words;
  with_yes.emplace_back("--yes");
  CHECK(run_cli(with_yes, world).code == 0);
  CHECK(world.daemon_args.back() == "--replace");
}

TEST_CASE("restore: each way to fail is told in the person's language, with what to do") {
  TempHome folder;
  const std::string home = (folder.path() / "home").string();
  const std::pair<int, std::string> ways[] = {{65, "not-a-backup"},  {66, "no-file"},        {73, "cannot-write"},
                                              {75, "home-in-use"},   {76, "newer-backup"},   {77, "home-of-another"},
                                              {1, "restore-failed"}, {134, "restore-failed"}};
  for (const auto& [code, name] : ways) {
    CAPTURE(code);
    World world;
    world.daemon_code = code;
    const Ran ran = run_cli({"--home", home, "--json", "restore", "/mnt/kopi"}, world);
    CHECK(ran.code == 1);
    CHECK(contains(ran.err, "\"" + name + "\""));
    CHECK(contains(ran.err, "hint"));
  }
  World missing;
  missing.daemon_code = -1;
  CHECK(run_cli({"--home", home, "restore", "/mnt/kopi"}, missing).code == 1);
}

TEST_CASE(
    "status: two computers with one key are told first of all, with what to do; a fork and held-back texts by the network") {
  FakeNode node;
  node.answer("status", R"({"council_name":"Ærø","version":"0.1.0","peers":[],"networks":[{"name":"Syd","role":"council",
    "withheld":true,"forks":[{"name":"Ærø","tips":[{"seq":3,"time":"2026-10-19T08:00:00Z"},{"seq":2,"time":"2026-10-18T08:00:00Z"}]},
    {"name":"Fanø","tips":[{"seq":3,"time":"2026-01-19T08:00:00Z"}]}]}],
    "two_stores":[{"member":"ABCDEFGH","name":"Fanø","own":false},{"member":"B","own":true}]})");
  const std::string out = run_danish(node, {"tilstand"}).out;
  CHECK(contains(out, "To computere handler som Fanø med samme nøgle"));
  CHECK(contains(out, "To computere handler med denne knudes nøgle"));
  CHECK(contains(out, "giver den ingen sine tekster fra før"));
  CHECK(contains(out, "Ærø har skrevet fra to kopier af sin knude"));
  CHECK_FALSE(contains(out, "Fanø har skrevet"));
}
