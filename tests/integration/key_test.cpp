// The keys of real nodes: another transport key while links go on, also when the node is killed meanwhile; and keys that are
// sealed by a passphrase.
#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <set>

#include "daemon/key_files.h"
#include "tests/integration/steps.h"
#include "tests/support/wait.h"

using namespace budstikke::tests;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr auto kPatience = 30s;
constexpr const char* kPassphrase = "ni violette elefanter";
constexpr const char* kOtherPassphrase = "fire grå gæs i en sø";

std::string transport_secret(const NodeUnderTest& node) { return read_file(node.home() / "keys" / "transport.key"); }
nlohmann::json keys(const NodeUnderTest& node) { return node.json({"status"}).at("keys"); }

bool linked_with(const NodeUnderTest& node, const NodeUnderTest& other) {
  const nlohmann::json reply = node.json({"peers"});
  for (const nlohmann::json& peer : reply.at("peers")) {
    if (peer.at("name") == other.council()) return peer.value("connected", false);
  }
  return false;
}

std::string reason_for(const NodeUnderTest& node, const NodeUnderTest& other) {
  const nlohmann::json reply = node.json({"peers"});
  for (const nlohmann::json& peer : reply.at("peers")) {
    if (peer.at("name") == other.council()) return peer.value("reason", std::string());
  }
  return {};
}

// What is written at each is soon at the other, over a link between the two.
void check_linked(Region& region, NodeUnderTest& one, NodeUnderTest& other) {
  CHECK(eventually(
      kPatience, [&] { return linked_with(one, other) && linked_with(other, one); }, 50ms));
  add(one, "contact", {"--name", "Efter nøgleskift"});
  add(other, "contact", {"--name", "Efter nøgleskift"});
  CHECK(region.agrees());
}

std::size_t times(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

// The secrets of a node that has no passphrase, by name.
std::map<std::string, std::string> secrets_of(const NodeUnderTest& node) {
  std::map<std::string, std::string> secrets;
  for (const char* name : {"identity", "transport", "sealing"}) {
    secrets[name] = read_file(node.home() / "keys" / (std::string(name) + ".key"));
  }
  return secrets;
}

std::string as_hex(const std::string& bytes) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

Reply unlock(const NodeUnderTest& node, const std::string& passphrase) { return node.cli({"unlock"}, passphrase + "\n"); }

}  // namespace

TEST_CASE("key rotation: peers know the new transport key, links come back by it, and the former one is refused for good") {
  Region region;
  NodeUnderTest& ishoj = region.add("Ishøj Integrationsråd");
  NodeUnderTest& ballerup = region.add("Ballerup Integrationsråd");
  NodeUnderTest& greve = region.add("Greve Integrationsråd", "council", Reach::DialsOnly);
  REQUIRE(region.agrees());
  const std::string former = transport_secret(ishoj);
  for (NodeUnderTest* node : {&ishoj, &greve}) {  // one that is dialled, and one that only dials
    CAPTURE(node->council());
    const std::string before = transport_secret(*node);
    const std::string key_before = keys(*node).at("transport");
    const nlohmann::json changed = node->json({"key", "rotate"});
    CHECK_FALSE(changed.contains("change"));  // all are there, so it is in use when the command is done
    CHECK(changed.at("transport") != key_before);
    CHECK(transport_secret(*node) != before);
    CHECK_FALSE(fs::exists(node->home() / "keys" / "transport-next.key"));
    check_linked(region, *node, ballerup);
    CHECK(agreement_of(*node) == agreement_of(ballerup));
  }
  // Whoever has stolen the former key gets nowhere with it.
  ishoj.stop();
  const std::string current = transport_secret(ishoj);
  write_file(ishoj.home() / "keys" / "transport.key", former);
  ishoj.start();
  CHECK(eventually(
      kPatience, [&] { return reason_for(ishoj, ballerup) == "refused-key"; }, 50ms));
  CHECK_FALSE(linked_with(ballerup, ishoj));
  ishoj.stop();
  write_file(ishoj.home() / "keys" / "transport.key", current);
  ishoj.start();
  check_linked(region, ishoj, ballerup);
}

TEST_CASE("key rotation: a node that is put back to before it comes in again by two bundles") {
  Region region;
  NodeUnderTest& ishoj = region.add("Ishøj Integrationsråd");
  NodeUnderTest& ballerup = region.add("Ballerup Integrationsråd");
  REQUIRE(region.agrees());
  TempHome folder;
  ballerup.text({"backup", folder.path() / "kopi"});
  CHECK_FALSE(ballerup.json({"key", "rotate"}).contains("change"));
  check_linked(region, ishoj, ballerup);
  ballerup.stop();
  ballerup.text({"restore", folder.path() / "kopi", "--yes"});
  ballerup.start();
  CHECK(eventually(
      kPatience, [&] { return reason_for(ballerup, ishoj) == "refused-key"; }, 50ms));
  ishoj.text({"bundle", "write", folder.path() / "hen", "--all"});
  ballerup.text({"bundle", "read", folder.path() / "hen"});
  CHECK(eventually(kPatience, [&] { return ballerup.daemon().err().find("transport-key-stated-again") != std::string::npos; }));
  ballerup.text({"bundle", "write", folder.path() / "hjem", "--all"});
  ishoj.text({"bundle", "read", folder.path() / "hjem"});
  check_linked(region, ishoj, ballerup);
}

TEST_CASE("key rotation: who is off is waited for, and links go on by the former key meanwhile") {
  Region region;
  NodeUnderTest& ishoj = region.add("Ishøj Integrationsråd");
  NodeUnderTest& ballerup = region.add("Ballerup Integrationsråd");
  NodeUnderTest& greve = region.add("Greve Integrationsråd");
  REQUIRE(region.agrees());
  greve.stop();
  const std::string former = transport_secret(ishoj);
  const nlohmann::json changed = ishoj.json({"key", "rotate"});
  REQUIRE(changed.contains("change"));
  CHECK(changed.at("change").at("waits_for").size() == 1);
  CHECK(changed.at("change").at("waits_for").at(0).at("name") == "Greve Integrationsråd");
  CHECK(transport_secret(ishoj) == former);
  CHECK(ishoj.text({"status"}).find("once these know of it: Greve Integrationsråd") != std::string::npos);
  check_linked(region, ishoj, ballerup);

  SUBCASE("it goes on when the node is killed, and is done when the last has heard") {
    ishoj.kill9();
    ishoj.start();
    CHECK(keys(ishoj).contains("change"));
    check_linked(region, ishoj, ballerup);
    ballerup.kill9();  // and peers that start anew find the door behind the former key
    ballerup.start();
    check_linked(region, ishoj, ballerup);
    greve.start();
    CHECK(eventually(
        kPatience, [&] { return !keys(ishoj).contains("change"); }, 50ms));
    CHECK(transport_secret(ishoj) != former);
    check_linked(region, ishoj, greve);
    check_linked(region, ishoj, ballerup);
  }
  SUBCASE("a person who will not wait need not, and who was off hears of it from the others") {
    CHECK_FALSE(ishoj.json({"key", "rotate", "--now"}).contains("change"));
    CHECK(transport_secret(ishoj) != former);
    check_linked(region, ishoj, ballerup);
    greve.start();
    REQUIRE(region.agrees());
    check_linked(region, ishoj, greve);
  }
}

TEST_CASE("key rotation: wherever the node is killed, it goes on, and peers let it in") {
  Region region;
  NodeUnderTest& ishoj = region.add("Ishøj Integrationsråd");
  NodeUnderTest& ballerup = region.add("Ballerup Integrationsråd");
  REQUIRE(region.agrees());
  std::set<std::string> keys_had;
  const auto go_on = [&] {
    ishoj.start();
    CHECK(eventually(
        kPatience, [&] { return !keys(ishoj).contains("change"); }, 50ms));
    CHECK_FALSE(fs::exists(ishoj.home() / "keys" / "transport-next.key"));
    check_linked(region, ishoj, ballerup);
    keys_had.insert(transport_secret(ishoj));
  };
  // Between the new file and the statement.
  ishoj.kill9();
  REQUIRE(budstikke::store::write_private_file(ishoj.home() / "keys" / "transport-next.key",
                                               budstikke::view_of(std::string(32, '\x42')), budstikke::store::Existing::Refuse)
              .ok());
  go_on();
  CHECK(transport_secret(ishoj) == std::string(32, '\x42'));
  // Anywhere between the wish and its end, which is some 300 ms later.
  for (const auto wait : {0ms, 30ms, 60ms, 100ms, 150ms, 200ms, 250ms, 300ms, 400ms, 600ms}) {
    CAPTURE(wait.count());
    Process rotating({program("budstikke"), {"--home", ishoj.home(), "key", "rotate"}});
    [[maybe_unused]] const std::optional<int> ended = rotating.wait(wait);
    ishoj.kill9();
    go_on();
  }
  CHECK(keys_had.size() > 3);  // some were killed before they had begun
}

TEST_CASE("passphrase: sealed keys are of no use without it, and of full use with it") {
  Region region;
  NodeUnderTest& ishoj = region.add("Ishøj Integrationsråd");
  NodeUnderTest& ballerup = region.add("Ballerup Integrationsråd");
  REQUIRE(region.agrees());
  const std::map<std::string, std::string> secrets = secrets_of(ballerup);
  const Reply set = ballerup.cli({"key", "passphrase"}, std::string(kPassphrase) + "\n");
  CHECK(set.code == 0);
  CHECK(set.out.find("unlock") != std::string::npos);
  CHECK(keys(ballerup).at("passphrase") == true);
  ballerup.kill9_door();  // the next door cannot read the file any more, and is handed the key
  check_linked(region, ishoj, ballerup);
  ballerup.stop();

  ballerup.launch();
  const auto code_of_status = [&] { return error_code(ballerup.cli({"status", "--json"})); };
  CHECK(eventually(kPatience, [&] { return code_of_status() == "locked"; }));
  CHECK(ballerup.cli({"contact", "list"}).err.find("budstikke unlock") != std::string::npos);
  CHECK(ballerup.daemon().err().find("unlock") != std::string::npos);
  CHECK(error_code(ballerup.cli({"unlock", "--json"}, "noget helt andet\n")) == "wrong-passphrase");
  CHECK(code_of_status() == "locked");
  CHECK(unlock(ballerup, kPassphrase).code == 0);
  CHECK(ballerup.cli({"status"}).code == 0);  // it runs when the command is done
  check_linked(region, ishoj, ballerup);
  CHECK(unlock(ballerup, kPassphrase).out.find("not locked") != std::string::npos);

  // Another transport key is sealed as well.
  CHECK_FALSE(ballerup.json({"key", "rotate"}).contains("change"));
  check_linked(region, ishoj, ballerup);
  CHECK(read_file(ballerup.home() / "keys" / "transport.key").starts_with("budstikke key"));

  CHECK(error_code(ballerup.cli({"key", "passphrase", "--json"}, "noget helt andet\n" + std::string(kOtherPassphrase) + "\n")) ==
        "wrong-passphrase");
  CHECK(error_code(ballerup.cli({"key", "passphrase", "--json"}, std::string(kPassphrase) + "\nkort\n")) == "bad-passphrase");
  CHECK(ballerup.cli({"key", "passphrase"}, std::string(kPassphrase) + "\n" + kOtherPassphrase + "\n").code == 0);

  // A backup of it, put back elsewhere, is sealed by the same passphrase.
  TempHome elsewhere;
  ballerup.text({"backup", elsewhere.path() / "kopi"});
  ballerup.stop();
  const std::string copy = read_file(elsewhere.path() / "kopi");
  for (const auto& [name, secret] : secrets) CHECK_MESSAGE(copy.find(secret) == std::string::npos, name);
  ballerup.launch();
  CHECK(eventually(kPatience, [&] { return code_of_status() == "locked"; }));
  CHECK(unlock(ballerup, kPassphrase).code == 1);
  CHECK(unlock(ballerup, kOtherPassphrase).code == 0);

  CHECK(ballerup.cli({"key", "passphrase", "--remove"}, std::string(kOtherPassphrase) + "\n").code == 0);
  CHECK(secrets_of(ballerup).at("identity") == secrets.at("identity"));
  CHECK(secrets_of(ballerup).at("sealing") == secrets.at("sealing"));
  CHECK_FALSE(fs::exists(ballerup.home() / "keys" / "lock"));
  ballerup.stop();
  ballerup.start();
  check_linked(region, ishoj, ballerup);
}

TEST_CASE("passphrase: the start may be given it, by a descriptor or as a credential; a wrong one leaves the node locked") {
  NodeUnderTest node("Ishøj Integrationsråd");
  node.init();
  node.start();
  REQUIRE(node.cli({"key", "passphrase"}, std::string(kPassphrase) + "\n").code == 0);
  node.stop();
  const auto answers = [&] { return node.cli({"status"}).code == 0; };
  {
    Process given({program("budstikked"), {"--home", node.home(), "--passphrase-fd", "0"}, {}, std::string(kPassphrase) + "\n"});
    CHECK(eventually(kPatience, answers));
    given.signal(SIGTERM);
    CHECK(given.wait(kPatience) == 0);
  }
  TempHome credentials;
  const std::string folder = "CREDENTIALS_DIRECTORY=" + credentials.path().string();
  write_file(credentials.path() / "budstikke.passphrase", kPassphrase);
  {
    Process given({program("budstikked"), {"--home", node.home()}, {folder}});
    CHECK(eventually(kPatience, answers));
    given.signal(SIGTERM);
    CHECK(given.wait(kPatience) == 0);
  }
  write_file(credentials.path() / "budstikke.passphrase", "noget helt andet");
  Process locked({program("budstikked"), {"--home", node.home()}, {folder}});
  CHECK(eventually(kPatience, [&] { return error_code(node.cli({"status", "--json"})) == "locked"; }));
  CHECK(locked.err().find("not the passphrase") != std::string::npos);
  CHECK(locked.err().find("noget helt andet") == std::string::npos);
  locked.signal(SIGTERM);
  CHECK(locked.wait(kPatience) == 0);  // also while it waits
}

TEST_CASE(
    "secrets: no key and no passphrase is in any output or file of a node's life but the key files; no image can be taken") {
  Region region;
  NodeUnderTest& ishoj = region.add("Ishøj Integrationsråd");
  NodeUnderTest& ballerup = region.add("Ballerup Integrationsråd");
  REQUIRE(region.agrees());
  std::map<std::string, std::string> secrets = secrets_of(ballerup);
  std::string said;
  const auto say = [&](const Reply& reply) { said += reply.out + reply.err; };
  const std::string at_first = secrets.at("transport");
  say(ballerup.cli({"key", "rotate", "--now"}));
  say(ballerup.cli({"key", "rotate", "--json"}));
  secrets["former transport"] = at_first;
  secrets["transport"] = transport_secret(ballerup);
  say(ballerup.cli({"key", "passphrase"}, std::string(kPassphrase) + "\n"));
  say(ballerup.cli({"key", "passphrase"}, std::string(kPassphrase) + "\n" + kOtherPassphrase + "\n"));
  say(ballerup.cli({"key", "passphrase", "--json"}, std::string("forkert kode her\n") + kPassphrase + "\n"));
  for (const char* command : {"status", "peers", "check", "outbox"}) {
    say(ballerup.cli({command}));
    say(ballerup.cli({command, "--json"}));
  }
  ballerup.kill9_door();
  CHECK(region.agrees());
  ballerup.stop();
  said += ballerup.daemon().err() + ballerup.daemon().out();
  ballerup.launch();
  CHECK(eventually(kPatience, [&] { return error_code(ballerup.cli({"status", "--json"})) == "locked"; }));
  say(unlock(ballerup, "forkert kode her"));
  say(unlock(ballerup, kOtherPassphrase));
  CHECK(region.agrees());
  said += ballerup.daemon().err() + ballerup.daemon().out();
  secrets["passphrase"] = kPassphrase;
  secrets["other passphrase"] = kOtherPassphrase;
  secrets["wrong passphrase"] = "forkert kode her";
  REQUIRE(said.size() > 1'000);
  CHECK(times(said, "passphrase-set") == 2);  // what is looked through is what the node said
  for (const auto& [name, secret] : secrets) {
    CAPTURE(name);
    CHECK(said.find(secret) == std::string::npos);
    CHECK(said.find(as_hex(secret)) == std::string::npos);
  }
  std::size_t files = 0;
  for (const NodeUnderTest* node : {&ishoj, &ballerup}) {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(node->home())) {
      if (!entry.is_regular_file()) continue;
      CAPTURE(entry.path().string());
      const std::string content = read_file(entry.path());
      ++files;
      for (const auto& [name, secret] : secrets) CHECK_MESSAGE(content.find(secret) == std::string::npos, name);
    }
  }
  CHECK(files > 10);
  for (const fs::directory_entry& entry : fs::directory_iterator(ballerup.home() / "keys")) {
    CHECK((fs::status(entry).permissions() & fs::perms::mask) == (fs::perms::owner_read | fs::perms::owner_write));
  }
}

TEST_CASE("secrets: a process of a node leaves no core file, and lets nobody but root read its memory") {
  // Without the rights of root, also where tests run as root.
  const bool is_root = ::geteuid() == 0;
  const auto without_rights = [&](std::vector<std::string> words) {
    const std::string first = is_root ? "setpriv" : words.front();
    if (is_root) words.insert(words.begin(), {"--bounding-set=-all", "--inh-caps=-all"});
    if (!is_root) words.erase(words.begin());
    return Command{first, std::move(words)};
  };
  const auto can_read = [&](pid_t pid) {
    return run(without_rights({"cat", "/proc/" + std::to_string(pid) + "/environ"})).code == 0;
  };
  Process other(without_rights({"sleep", "60"}));
  REQUIRE(eventually(kPatience, [&] { return can_read(other.pid()); }));
  NodeUnderTest node("Ishøj Integrationsråd");
  node.init();
  Process daemon(without_rights({program("budstikked"), "--home", node.home()}));
  REQUIRE(eventually(kPatience, [&] { return node.cli({"status"}).code == 0; }));
  std::vector<pid_t> processes = daemon.group();
  REQUIRE(processes.size() == 2);  // the core and its door
  for (const pid_t pid : processes) {
    CHECK(eventually(kPatience, [&] { return !can_read(pid); }));
    const std::string limits = read_file("/proc/" + std::to_string(pid) + "/limits");
    const std::size_t at = limits.find("Max core file size");
    REQUIRE(at != std::string::npos);
    CHECK(limits.substr(at, 60).find(" 0 ") != std::string::npos);
  }
}
