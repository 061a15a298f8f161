// kill -9 of the core or of its door, at any time: nothing that was acknowledged is lost, and nothing is left behind.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>
#include <thread>

#include "tests/integration/steps.h"
#include "tests/support/wait.h"

namespace budstikke::tests {
namespace {

using namespace std::chrono_literals;

constexpr auto kCrashPatience = 30s;  // for what must come, on a machine that is busy with other tests

// Adds contacts one after the other until the node is gone, and keeps the ids of those that were acknowledged.
class Writer {
 public:
  explicit Writer(const NodeUnderTest& node) : node_(node), thread_([this] { run(); }) {}
  ~Writer() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  std::size_t acknowledged() const { return count_; }
  std::set<std::string> finish() {
    stopping_ = true;
    thread_.join();
    return ids_;
  }

 private:
  void run() {
    while (!stopping_) {
      const Reply reply = node_.cli({"contact", "add", "--quiet", "--name", "Kontor " + std::to_string(count_)});
      if (reply.code != 0) return;
      ids_.insert(reply.out.substr(0, reply.out.find('\n')));
      ++count_;
    }
  }
  const NodeUnderTest& node_;
  std::set<std::string> ids_;
  std::atomic<std::size_t> count_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

std::set<std::string> ids_at(const NodeUnderTest& node) {
  std::set<std::string> ids;
  for (const nlohmann::json& contact : list(node, "contact")) ids.insert(contact.at("id").get<std::string>());
  return ids;
}

bool holds_all(const std::set<std::string>& held, const std::set<std::string>& wanted) {
  return std::includes(held.begin(), held.end(), wanted.begin(), wanted.end());
}

pid_t door_of(NodeUnderTest& node) {
  for (const Child& child : children_of(node.daemon().pid())) {
    if (child.name.starts_with("budstikke-door")) return child.pid;
  }
  return 0;
}

// The same port is listened at again, and the door is well.
bool listens(const NodeUnderTest& node) {
  return eventually(kCrashPatience, [&] {
    const nlohmann::json status = node.json({"status"});
    return status.at("listen") == node.address() && status.at("trouble") == "";
  });
}

}  // namespace

TEST_CASE("crash: a core that is killed while it writes has every acknowledged write after its restart") {
  Region region;
  NodeUnderTest& writer = region.add("Randers Integrationsråd");
  NodeUnderTest& receiver = region.add("Viborg Integrationsråd");
  std::mt19937 random(20261122);  // the moments of the kills; the machine adds its own chance
  std::set<std::string> acknowledged;
  for (int round = 0; round < 16; ++round) {
    CAPTURE(round);
    NodeUnderTest& victim = round % 2 == 0 ? writer : receiver;
    Writer writes(writer);
    const std::size_t enough = random() % 12;
    REQUIRE(eventually(
        kCrashPatience, [&] { return writes.acknowledged() >= enough; }, std::chrono::milliseconds(1)));
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 8000));  // anywhere within a write
    victim.kill9();
    const std::set<std::string> ids = writes.finish();
    acknowledged.insert(ids.begin(), ids.end());
    victim.start();
    CHECK(holds_all(ids_at(writer), acknowledged));
  }
  REQUIRE(region.agrees());
  CHECK(holds_all(ids_at(receiver), acknowledged));
  CHECK(ids_at(receiver) == ids_at(writer));
  CHECK(listens(writer));
  CHECK(listens(receiver));
}

TEST_CASE("crash: an import that was cut off by a kill is completed by importing again, without doubles") {
  Region region;
  NodeUnderTest& node = region.add("Skanderborg Integrationsråd");
  TempHome folder;
  const std::string file = folder.path() / "kontakter.csv";
  std::string csv = "navn;organisation\n";
  for (int row = 0; row < 2000; ++row) csv += "Kontor " + std::to_string(row) + ";Skanderborg Kommune\n";
  write_file(file, csv);
  for (int round = 0; round < 3; ++round) {
    const std::size_t before = list(node, "contact").size();
    Reply cut_off;
    std::thread import([&] { cut_off = node.cli({"contact", "import", file}); });
    std::this_thread::sleep_for(std::chrono::milliseconds(30 * round + 10));
    node.kill9();
    import.join();
    CHECK_FALSE(cut_off.timed_out);  // who waits for an answer learns that none will come
    CHECK((cut_off.code == 3 || cut_off.code == 0));
    node.start();
    CHECK(list(node, "contact").size() >= before);
  }
  node.text({"contact", "import", file});
  CHECK(list(node, "contact").size() == 2000);
  const nlohmann::json again = node.json({"contact", "import", file});
  CHECK(again.at("unchanged") == 2000);
}

TEST_CASE("crash: a receiver that is killed again and again while it catches up comes to agree") {
  Region region;
  NodeUnderTest& writer = region.add("Silkeborg Integrationsråd");
  NodeUnderTest& receiver = region.add("Holstebro Integrationsråd", "council", Reach::DialsOnly);
  receiver.stop();
  TempHome folder;
  const std::string file = folder.path() / "kontakter.csv";
  std::string csv = "navn;organisation\n";
  for (int row = 0; row < 3000; ++row) csv += "Kontor " + std::to_string(row) + ";Silkeborg Kommune\n";
  write_file(file, csv);
  writer.text({"contact", "import", file});
  for (int round = 0; round < 5; ++round) {
    receiver.launch();
    std::this_thread::sleep_for(std::chrono::milliseconds(15 * round));  // from not yet started to under way or done
    receiver.kill9();
  }
  receiver.start();
  REQUIRE(region.agrees());
  CHECK(ids_at(receiver).size() == 3000);
}

TEST_CASE("crash: after the door alone is killed the links come back and nothing is lost") {
  Region region;
  NodeUnderTest& listener = region.add("Ringsted Integrationsråd");
  NodeUnderTest& dialler = region.add("Sorø Integrationsråd", "council", Reach::DialsOnly);
  std::set<std::string> ids;
  for (NodeUnderTest* victim : {&listener, &dialler}) {
    const pid_t core = victim->daemon().pid();
    const pid_t door = door_of(*victim);
    REQUIRE(door != 0);
    victim->kill9_door();
    for (const NodeUnderTest* node : {&listener, &dialler}) {  // the core does not notice
      ids.insert(add(*node, "contact", {"--name", "Under afbrydelsen"}));
    }
    CHECK(eventually(kCrashPatience, [&] { return door_of(*victim) != 0 && door_of(*victim) != door; }));
    CHECK(victim->daemon().pid() == core);
    CHECK(victim->running());
    REQUIRE(region.agrees());
    CHECK(holds_all(ids_at(listener), ids));
    CHECK(holds_all(ids_at(dialler), ids));
  }
  CHECK(listens(listener));
}

TEST_CASE("crash: nothing outlives a killed core, and the next one starts at once in the same home and at the same port") {
  Region region;
  NodeUnderTest& node = region.add("Lemvig Integrationsråd");
  NodeUnderTest& other = region.add("Struer Integrationsråd", "council", Reach::DialsOnly);
  for (int round = 0; round < 3; ++round) {
    node.kill9();  // holds that the door has gone as well
    node.start();  // throws when the first attempt fails
    CHECK(listens(node));
  }
  CHECK(eventually(kCrashPatience, [&] { return is_linked(other); }));
  node.stop();  // holds that nothing is left
  CHECK_FALSE(std::filesystem::exists(node.home() / "api.sock"));
}

}  // namespace budstikke::tests
