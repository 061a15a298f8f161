// A disk that is full makes a node read-only for as long as it is full; one that fails ends it, and what was acknowledged is
// there afterwards.
#include <doctest/doctest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include <cstdlib>
#include <set>

#include "tests/integration/steps.h"
#include "tests/support/wait.h"

namespace budstikke::tests {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr auto kDiskPatience = 30s;

// A disk of its own for a home, which only this program and those it starts see.
class SmallDisk {
 public:
  explicit SmallDisk(const fs::path& at) : at_(at) {
    mounted_ = ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
               ::mount("tmpfs", at.c_str(), "tmpfs", 0, "size=48m,mode=700") == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(at_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  bool mounted() const { return mounted_; }
  std::uint64_t left() const {
    struct statvfs info {};
    return ::statvfs(at_.c_str(), &info) == 0 ? info.f_bavail * info.f_frsize : 0;
  }
  // Leaves so many bytes.
  void fill(std::uint64_t leave) { write_file(at_ / "filler", std::string(left() - leave, 'x')); }
  void make_room() { fs::remove(at_ / "filler"); }

 private:
  fs::path at_;
  bool mounted_ = false;
};

std::string trouble(const NodeUnderTest& node) { return node.json({"status"}).at("trouble").get<std::string>(); }

}  // namespace

TEST_CASE("full disk: the node answers what only reads, refuses to write with what to do, and goes on by itself with room") {
  NodeUnderTest other("Varde Integrationsråd"), node("Esbjerg Integrationsråd");
  SmallDisk disk(node.home());
  if (!disk.mounted()) {
    MESSAGE("not run: mounting a small disk needs more rights than this user has");
    return;
  }
  other.init();
  other.start();
  other.text({"network", "create", "Region Syddanmark"});
  node.init();
  node.start();
  node.text({"join", ticket_from(other, node.council())});
  const std::string kept = add(node, "contact", {"--name", "Kontor 1"});
  REQUIRE(eventually(kDiskPatience, [&] { return agreement_of(node) == agreement_of(other); }));
  const Agreement before = agreement_of(node);

  disk.fill(8 * 1000 * 1000);  // half of what the store keeps free
  const Reply refused = node.cli({"--json", "contact", "add", "--name", "Kontor 2"});
  CHECK(refused.code == 1);
  CHECK(error_code(refused) == "store-full");
  CHECK(refused.err.find(" MB (" + (node.home() / "store").string() + ") must be free") != std::string::npos);
  CHECK(trouble(node).find("the disk is full: ") == 0);
  CHECK(trouble(node).find(node.home().string()) != std::string::npos);
  CHECK(list(node, "contact").size() == 1);
  CHECK(field(node, "contact", kept, "name") == "Kontor 1");
  CHECK(agreement_of(node) == before);
  CHECK(node.cli({"contact", "edit", kept, "--name", "Andet"}).code == 1);
  CHECK(node.cli({"contact", "remove", "--yes", kept}).code == 1);
  CHECK(field(node, "contact", kept, "name") == "Kontor 1");
  CHECK(error_code(node.cli({"--json", "sync", "--wait", "--timeout", "5"})) == "store-full");
  CHECK(eventually(kDiskPatience, [&] { return !is_linked(node); }));
  const std::string elsewhere = add(other, "contact", {"--name", "Kontor 3"});
  CHECK(node.running());
  CHECK(list(node, "contact").size() == 1);

  disk.make_room();
  CHECK(eventually(kDiskPatience, [&] { return trouble(node).empty(); }));
  CHECK(eventually(kDiskPatience, [&] { return list(node, "contact").size() == 2; }));
  add(node, "contact", {"--name", "Kontor 4"});
  CHECK(eventually(kDiskPatience, [&] { return agreement_of(node) == agreement_of(other) && agreement_of(node) != before; }));
  CHECK(list(other, "contact").size() == 3);
  node.stop();
  node.start();
  CHECK(list(node, "contact").size() == 3);
  node.stop();
}

TEST_CASE("full disk: a node that starts on a full disk starts, answers, and writes once there is room") {
  NodeUnderTest node("Fanø Integrationsråd");
  SmallDisk disk(node.home());
  if (!disk.mounted()) return;
  node.init();
  node.start();
  node.text({"network", "create", "Region Syddanmark"});
  add(node, "contact", {"--name", "Kontor 1"});
  node.kill9();
  disk.fill(1000 * 1000);
  node.start();
  CHECK(list(node, "contact").size() == 1);
  CHECK(node.cli({"contact", "add", "--name", "Kontor 2"}).code == 1);
  disk.make_room();
  CHECK(eventually(kDiskPatience, [&] { return node.cli({"contact", "add", "--name", "Kontor 3"}).code == 0; }));
  CHECK(list(node, "contact").size() == 2);
  node.stop();
}

TEST_CASE("failing disk: a commit that the disk refuses ends the node, and what was acknowledged is there after its restart") {
  NodeUnderTest node("Ribe Integrationsråd");
  const TempHome folder;
  const fs::path fails = folder.path() / "fails";
  node.init();
  ::setenv("LD_PRELOAD", FAILING_DISK, 1);
  ::setenv("FAILING_DISK_SWITCH", fails.c_str(), 1);
  node.launch();
  ::unsetenv("LD_PRELOAD");
  ::unsetenv("FAILING_DISK_SWITCH");
  REQUIRE(eventually(kDiskPatience, [&] { return node.cli({"status"}).code == 0; }));
  CHECK(fs::exists(node.home() / "running"));
  node.text({"network", "create", "Region Syddanmark"});
  std::set<std::string> acknowledged;
  for (int i = 0; i < 20; ++i) acknowledged.insert(add(node, "contact", {"--name", "Kontor " + std::to_string(i)}));
  write_file(fails, "");
  const Reply refused = node.cli({"contact", "add", "--quiet", "--name", "Ikke gemt"});
  CHECK(refused.code != 0);
  CHECK(node.daemon().wait(kDiskPatience) == 74);
  CHECK(node.daemon().err().find("store-failed") != std::string::npos);
  CHECK(fs::exists(node.home() / "running"));  // the next start looks
  fs::remove(fails);
  node.start();
  std::set<std::string> held;
  for (const nlohmann::json& contact : list(node, "contact")) held.insert(contact.at("id").get<std::string>());
  for (const std::string& id : acknowledged) CHECK(held.contains(id));
  CHECK(trouble(node).empty());
  node.stop();
  CHECK_FALSE(fs::exists(node.home() / "running"));
}

TEST_CASE("damaged store: a node whose file was cut starts again and fetches everything from the other") {
  NodeUnderTest other("Tønder Integrationsråd"), node("Aabenraa Integrationsråd");
  other.init();
  other.start();
  other.text({"network", "create", "Region Syddanmark"});
  node.init();
  node.start();
  node.text({"join", ticket_from(other, node.council())});
  for (int i = 0; i < 10; ++i) add(node, "contact", {"--name", "Kontor " + std::to_string(i)});
  REQUIRE(eventually(kDiskPatience, [&] { return agreement_of(node) == agreement_of(other); }));
  REQUIRE(eventually(kDiskPatience, [&] { return fs::exists(node.home() / "networks"); }));
  node.stop();
  const fs::path file = node.home() / "store" / "data.mdb";
  fs::resize_file(file, fs::file_size(file) / 2);
  node.start();
  CHECK(node.daemon().err().find("store-recovered") != std::string::npos);
  CHECK(eventually(kDiskPatience, [&] { return agreement_of(node) == agreement_of(other); }));
  CHECK(list(node, "contact").size() == 10);
  add(node, "contact", {"--name", "Kontor 10"});
  CHECK(eventually(kDiskPatience, [&] { return list(other, "contact").size() == 11; }));
  node.stop();
  fs::remove(node.home() / "networks");
  fs::resize_file(file, 0);
  node.launch();
  CHECK(node.daemon().wait(kDiskPatience) == 78);
  CHECK(node.daemon().err().find("join again with a new ticket") != std::string::npos);
}

}  // namespace budstikke::tests
