// The configuration is read anew while the node runs, and what a service manager is told, with real daemons.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "tests/integration/steps.h"
#include "tests/support/wait.h"

using namespace budstikke::tests;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

void drop_in(const fs::path& home, const std::string& name, const std::string& text) {
  fs::create_directory(home / "config.d");
  write_file(home / "config.d" / name, text);
}

nlohmann::json setting(const NodeUnderTest& node, const std::string& key) {
  const nlohmann::json shown = node.json({"config", "show"});
  for (const nlohmann::json& one : shown.at("settings")) {
    if (one.at("key") == key) return one;
  }
  return {};
}

std::size_t lines_with(NodeUnderTest& node, const std::string& event) {
  const std::string log = node.daemon().err();
  std::size_t count = 0;
  for (std::size_t at = 0; (at = log.find("event=" + event + " ", at)) != std::string::npos; ++at) ++count;
  return count;
}

// The socket that systemd hands to a service, and what was told to it.
class ServiceManager {
 public:
  explicit ServiceManager(const fs::path& path) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.native().copy(address.sun_path, path.native().size());
    REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  ~ServiceManager() { ::close(fd_); }
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  bool is_told(const std::string& what, std::chrono::milliseconds patience = 10s) {
    return eventually(patience, [&] {
      char line[512];
      for (ssize_t size = 0; (size = ::recv(fd_, line, sizeof line, 0)) > 0;)
        told_.append(line, static_cast<std::size_t>(size)) += '\n';
      return told_.find(what) != std::string::npos;
    });
  }
  void forget() { told_.clear(); }
  const std::string& told() const { return told_; }

 private:
  int fd_;
  std::string told_;
};

}  // namespace

TEST_CASE("reload: a good file is in force at once, and what others are to dial stands in the own record") {
  Region region;
  NodeUnderTest& ishoj = region.add("Ishøj Integrationsråd");
  const std::string elsewhere = "127.0.0.1:" + std::to_string(free_port());
  drop_in(ishoj.home(), "10-port.toml",
          "[network]\nlisten = \"" + elsewhere + "\"\nadvertise = \"" + elsewhere + "\"\nfiles = \"wanted\"\n");

  const nlohmann::json before = setting(ishoj, "network.listen");
  CHECK(before.at("state") == "changed");
  CHECK(before.at("value") == ishoj.address());
  CHECK(before.at("file_value") == elsewhere);
  CHECK(setting(ishoj, "council.name").at("state") == "in-force");
  CHECK(ishoj.text({"config", "show"}).find("not in force yet") != std::string::npos);

  const nlohmann::json done = ishoj.json({"daemon", "reload", "--wait"});
  CHECK(done.at("changed") == nlohmann::json({"network.listen", "network.advertise", "network.files"}));
  CHECK(done.at("listening") == elsewhere);
  CHECK(ishoj.json({"status"}).at("listen") == elsewhere);
  const nlohmann::json after = setting(ishoj, "network.listen");
  CHECK(after.at("state") == "in-force");
  CHECK(after.at("origin") == (ishoj.home() / "config.d" / "10-port.toml").string() + ":2");
  CHECK(ishoj.text({"--lang", "da", "konfig", "vis", "--oprindelse"}).find("\tconfig.d/10-port.toml:2") != std::string::npos);
  CHECK(ishoj.text({"daemon", "reload"}).starts_with("Nothing was changed"));

  CHECK(show(ishoj, "council", own_council_record(ishoj)).dump().find(elsewhere) != std::string::npos);
  ishoj.stop();  // and it is all in force after a start
  ishoj.start();
  CHECK(ishoj.json({"status"}).at("listen") == elsewhere);
}

TEST_CASE("reload: a node that moved is found again by those who were linked with it") {
  Region region;
  NodeUnderTest& ishoj = region.add("Ishøj Integrationsråd");
  NodeUnderTest& greve = region.add("Greve Integrationsråd", "council", Reach::DialsOnly);
  REQUIRE(region.agrees());
  const std::string elsewhere = "127.0.0.1:" + std::to_string(free_port());
  // What others are to dial is told while they are linked; then the node moves.
  drop_in(ishoj.home(), "10.toml", "[network]\nadvertise = \"" + elsewhere + "\"\n");
  ishoj.text({"daemon", "reload", "--wait"});
  REQUIRE(region.agrees());
  drop_in(ishoj.home(), "10.toml", "[network]\nadvertise = \"" + elsewhere + "\"\nlisten = \"" + elsewhere + "\"\n");
  ishoj.text({"daemon", "reload", "--wait"});
  add(ishoj, "contact", {"--name", "Flyttet"});
  REQUIRE(region.agrees());
  CHECK(list(greve, "contact").size() == 1);
}

TEST_CASE("reload: a bad file changes nothing, is told with its place and ends with 1; the next good one is taken") {
  NodeUnderTest node("Ishøj Integrationsråd");
  node.init();
  node.start();
  drop_in(node.home(), "10.toml", "[network]\nfiles = \"wanted\"\nlistne = \"\"\n");
  const Reply refused = node.cli({"daemon", "reload", "--wait"});
  CHECK(refused.code == 1);
  CHECK(refused.err.find("config.d/10.toml:3:1: unknown key 'network.listne'; did you mean 'network.listen'?") !=
        std::string::npos);
  CHECK(error_code(node.cli({"daemon", "reload", "--json"})) == "bad-config");
  CHECK(node.json({"status"}).at("listen") == node.address());
  CHECK(setting(node, "network.files").at("value") == "always");
  CHECK(node.cli({"config", "show"}).err.find("10.toml:3:1") != std::string::npos);
  CHECK(lines_with(node, "config-refused") == 2);
  const Reply check = run({program("budstikked"), {"--home", node.home().string(), "--check"}});
  CHECK(check.code == 78);
  CHECK(check.err.find("10.toml:3:1: unknown key 'network.listne'") != std::string::npos);

  drop_in(node.home(), "10.toml", "[network]\nfiles = \"wanted\"\n");
  CHECK(node.text({"--lang", "da", "dæmon", "genindlæs", "--vent"}) == "Ændret: network.files");
  CHECK(setting(node, "network.files").at("value") == "wanted");
  const Reply good = run({program("budstikked"), {"--home", node.home().string(), "--check"}});
  CHECK(good.code == 0);
  CHECK(good.out.find("network.files = \"wanted\"  # " + (node.home() / "config.d" / "10.toml").string() + ":2") !=
        std::string::npos);
}

TEST_CASE("reload: an address that is taken is told, with --wait as a failure, and tried until it is free") {
  NodeUnderTest first("Greve Integrationsråd"), node("Ishøj Integrationsråd");
  for (NodeUnderTest* one : {&first, &node}) {
    one->init();
    one->start();
  }
  REQUIRE(eventually(20s, [&] { return first.json({"status"}).at("listen") == first.address(); }));
  drop_in(node.home(), "10.toml", "[network]\nlisten = \"" + first.address() + "\"\n");
  const Reply refused = node.cli({"daemon", "reload", "--wait", "--json"});
  CHECK(refused.code == 1);
  CHECK(error_code(refused) == "cannot-listen");
  CHECK(setting(node, "network.listen").at("state") == "failed");
  first.stop();
  CHECK(eventually(20s, [&] { return node.json({"status"}).at("listen") == first.address(); }));
  CHECK(setting(node, "network.listen").at("state") == "in-force");
  drop_in(node.home(), "10.toml", "[network]\nlisten = \"\"\n");
  CHECK_FALSE(node.json({"daemon", "reload", "--wait"}).contains("listening"));
  CHECK(node.json({"status"}).at("listen") == "");
}

TEST_CASE("reload: SIGHUP does the same, with a good file and with a bad one") {
  NodeUnderTest node("Ishøj Integrationsråd");
  node.init();
  node.start();
  drop_in(node.home(), "10.toml", "[network]\nfiles = \"wanted\"\n");
  node.daemon().signal(SIGHUP);
  CHECK(eventually(10s, [&] { return setting(node, "network.files").at("value") == "wanted"; }));
  drop_in(node.home(), "10.toml", "nonsense");
  node.daemon().signal(SIGHUP);
  CHECK(eventually(10s, [&] { return lines_with(node, "config-refused") == 1; }));
  CHECK(setting(node, "network.files").at("value") == "wanted");
  CHECK(node.running());
}

TEST_CASE("service manager: it hears that the node is ready, reloads, is alive and ends; the socket is the group's") {
  NodeUnderTest node("Ishøj Integrationsråd");
  node.init();
  TempHome run;
  ServiceManager manager(run.path() / "notify");
  Process daemon({program("budstikked"),
                  {"--home", node.home().string()},
                  {"NOTIFY_SOCKET=" + (run.path() / "notify").string(), "WATCHDOG_USEC=400000",
                   "RUNTIME_DIRECTORY=" + run.path().string() + ":/elsewhere"}});
  REQUIRE(manager.is_told("READY=1", 20s));
  CHECK(manager.is_told("STATUS=networks: 0, links: 0"));
  struct stat info {};
  REQUIRE(::stat((run.path() / "api.sock").c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0660);
  CHECK_FALSE(fs::exists(node.home() / "api.sock"));
  CHECK(node.json({"status"}).at("council_name") == node.council());  // api.path leads there

  manager.forget();
  CHECK(manager.is_told("WATCHDOG=1"));
  manager.forget();
  node.text({"daemon", "reload", "--wait"});
  REQUIRE(manager.is_told("READY=1"));
  CHECK(manager.told().find("RELOADING=1\nMONOTONIC_USEC=") < manager.told().find("READY=1"));

  NodeUnderTest other("Greve Integrationsråd");  // which is not to take the socket of the one that runs
  other.init();
  const Reply taken = budstikke::tests::run(
      {program("budstikked"), {"--home", other.home().string()}, {"RUNTIME_DIRECTORY=" + run.path().string()}});
  CHECK(taken.code == 78);
  CHECK(taken.err.find("RuntimeDirectory") != std::string::npos);
  CHECK(node.cli({"status"}).code == 0);

  daemon.signal(SIGSTOP);  // a core that hangs says nothing
  manager.is_told("nothing", 200ms);
  manager.forget();
  CHECK_FALSE(manager.is_told("WATCHDOG=1", 1s));
  daemon.signal(SIGCONT);
  CHECK(manager.is_told("WATCHDOG=1"));
  daemon.signal(SIGTERM);
  CHECK(daemon.wait(20s) == 0);
  CHECK(manager.is_told("STOPPING=1"));
}

TEST_CASE("service manager: a node that waits for its passphrase is ready, says so and is alive") {
  NodeUnderTest node("Ishøj Integrationsråd");
  node.init();
  node.start();
  REQUIRE(node.cli({"key", "passphrase"}, "fire ord til nøglen\n").code == 0);
  node.stop();
  TempHome run;
  ServiceManager manager(run.path() / "notify");
  Process daemon({program("budstikked"),
                  {"--home", node.home().string()},
                  {"NOTIFY_SOCKET=" + (run.path() / "notify").string(), "WATCHDOG_USEC=400000"}});
  REQUIRE(manager.is_told("READY=1\nSTATUS=waits for the passphrase", 20s));
  manager.forget();
  CHECK(manager.is_told("WATCHDOG=1"));
  manager.forget();
  REQUIRE(node.cli({"unlock"}, "fire ord til nøglen\n").code == 0);
  CHECK(manager.is_told("WATCHDOG_USEC=0"));  // while the store is looked at
  CHECK(manager.is_told("WATCHDOG_USEC=400000"));
  daemon.signal(SIGTERM);
  CHECK(daemon.wait(20s) == 0);
}
