// Processes that are killed, and nodes that run for long.
#include <signal.h>

#include <map>
#include <thread>

#include "protocol/base/random.h"
#include "tests/bench/filled_home.h"
#include "tests/siege/besieged.h"
#include "tests/support/process.h"
#include "tests/support/wait.h"

namespace budstikke::siege {
namespace {

using namespace std::chrono_literals;

const char* const kCouncils[] = {"Svendborg", "Nyborg", "Assens", "Middelfart", "Kerteminde"};

std::uint64_t bytes_on_disk(const std::filesystem::path& home) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (const auto& file : std::filesystem::recursive_directory_iterator(home, error)) {
    if (file.is_regular_file(error)) bytes += file.file_size(error);
  }
  return bytes;
}

// Not for a moment after it was killed.
bool has_door(tests::NodeUnderTest& node) {
  for (const tests::Child& child : tests::children_of(node.daemon().pid())) {
    if (child.name.starts_with("budstikke-door")) return true;
  }
  return false;
}

// Writers at all nodes, which note what was acknowledged and outlive restarts of their nodes.
class Writers {
 public:
  Writers(tests::Region& region, std::chrono::milliseconds pause) : region_(region), pause_(pause) {
    for (std::size_t node = 0; node < region.size(); ++node) threads_.emplace_back([this, node] { write(node); });
  }
  ~Writers() { stop(); }
  Writers(const Writers&) = delete;
  Writers& operator=(const Writers&) = delete;

  void stop() {
    stopping_ = true;
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }
  std::vector<std::string> acknowledged() {
    const std::lock_guard lock(mutex_);
    return acknowledged_;
  }

 private:
  void write(std::size_t node) {
    for (std::size_t number = 1; !stopping_;) {
      try {
        ApiClient writer(region_[node].home());
        while (!stopping_) {
          const std::string id = write_contact(writer, number++);
          {
            const std::lock_guard lock(mutex_);
            acknowledged_.push_back(id);
          }
          std::this_thread::sleep_for(pause_);
        }
      } catch (const std::exception&) {  // its node was killed: what had no answer was not acknowledged
        std::this_thread::sleep_for(100ms);
      }
    }
  }

  tests::Region& region_;
  std::chrono::milliseconds pause_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<std::string> acknowledged_;
  std::vector<std::thread> threads_;
};

std::uint64_t count_missing(const tests::NodeUnderTest& node, const std::vector<std::string>& ids) {
  ApiClient reader(node.home());
  std::uint64_t missing = 0;
  for (const std::string& id : ids) missing += has_contact(reader, id) ? 0 : 1;
  return missing;
}

}  // namespace

void killed_doors(const Strength& strength, Report& report) {
  const std::uint64_t entries = strength.of<std::uint64_t>(10'000, 100'000);
  const int kills = strength.of(10, 100);
  tests::NodeUnderTest server("Ishøj Integrationsråd"), newcomer("Ballerup Integrationsråd");
  server.init();
  bench::fill_home(server.home(), entries, 20);
  server.start();
  newcomer.init();
  newcomer.start();
  newcomer.text({"join", tests::ticket_from(server, newcomer.council())});
  std::atomic<bool> stop{false};
  std::vector<double> answers;
  std::string failure;
  std::jthread asking([&] {
    try {
      ApiClient client(newcomer.home());
      while (!stop) {
        const auto asked = Clock::now();
        client.result("status");
        answers.push_back(seconds_since(asked));
        std::this_thread::sleep_for(10ms);
      }
    } catch (const std::exception& error) {
      failure = error.what();
    }
  });
  const Stop stop_asking{stop};
  const std::string own = newcomer.text({"contact", "add", "--quiet", "--name", "Skrevet undervejs"});
  Random random = Random::from_number(3);
  int killed = 0;
  for (; killed < kills; ++killed) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100 + random.below(400)));
    if (!tests::eventually(30s, [&] { return has_door(newcomer); })) break;
    newcomer.kill9_door();
  }
  const bool agree = tests::eventually(5min, [&] {
    const tests::Agreement here = tests::agreement_of(newcomer);
    return !here.state_digest.empty() && here.missing == 0 && here == tests::agreement_of(server);
  });
  stop = true;
  asking.join();
  report.figures["entries"] = entries;
  report.figures["doors_killed"] = killed;
  report.figures["answers"] = answers.size();
  report.figures["answer_p50_ms"] = bench::percentile(answers, 0.5) * 1e3;
  report.figures["answer_p99_ms"] = bench::percentile(answers, 0.99) * 1e3;
  report.expect(killed == kills, "no door came back");
  report.expect(failure.empty(), "the node does not answer: " + failure);
  report.expect(agree, "the two nodes do not agree afterwards");
  report.expect(server.cli({"contact", "show", own}).code == 0, "what was written meanwhile did not arrive");
}

void killed_nodes(const Strength& strength, Report& report) {
  tests::Region region("Region Syddanmark");
  for (std::size_t i = 0; i < 3; ++i) region.add(std::string(kCouncils[i]) + " Integrationsråd");
  Writers writers(region, 1ms);
  Random random = Random::from_number(5);
  const int kills = strength.of(20, 500);
  for (int i = 0; i < kills; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(random.below(600)));
    tests::NodeUnderTest& node = region[random.below(region.size())];
    if (random.below(4) == 0 && has_door(node)) {
      node.kill9_door();
    } else {
      node.kill9();
      node.start();
    }
  }
  writers.stop();
  const std::vector<std::string> acknowledged = writers.acknowledged();
  report.figures["kills"] = kills;
  report.figures["acknowledged"] = acknowledged.size();
  report.expect(region.agrees(3min), "the nodes do not agree afterwards");
  std::uint64_t missing = 0;
  for (std::size_t i = 0; i < region.size(); ++i) missing += count_missing(region[i], acknowledged);
  report.figures["lost"] = missing;
  report.expect(missing == 0, "what was acknowledged is lost");
}

void long_run(const Strength& strength, Report& report) {
  tests::Region region("Region Syddanmark");
  for (const char* council : kCouncils) region.add(std::string(council) + " Integrationsråd");
  Writers writers(region, 2s);
  Random random = Random::from_number(9);
  const auto start = Clock::now();
  nlohmann::ordered_json samples = nlohmann::ordered_json::array();
  std::uint64_t kills = 0, sleeps = 0;
  const auto sample = [&] {
    for (std::size_t i = 0; i < region.size(); ++i) tests::eventually(30s, [&] { return has_door(region[i]); });
    std::uint64_t memory = 0, descriptors = 0, disk = 0;
    for (std::size_t i = 0; i < region.size(); ++i) {
      const pid_t core = region[i].daemon().pid();
      memory += tests::anonymous_memory_of(core) + tests::anonymous_memory_of(door_of(region[i]));
      descriptors += descriptors_of(core) + descriptors_of(door_of(region[i]));
      disk += bytes_on_disk(region[i].home());
    }
    samples.push_back({{"s", static_cast<std::uint64_t>(seconds_since(start))},
                       {"written", writers.acknowledged().size()},
                       {"memory", memory},
                       {"descriptors", descriptors},
                       {"disk", disk}});
  };
  const double end = std::chrono::duration<double>(strength.soak).count();
  double next_sample = 30;
  while (seconds_since(start) < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5'000 + random.below(30'000)));
    tests::NodeUnderTest& node = region[random.below(region.size())];
    switch (random.below(6)) {
      case 0:
        node.kill9();
        node.start();
        ++kills;
        break;
      case 1:
        if (!has_door(node)) break;
        node.kill9_door();
        ++kills;
        break;
      case 2: {
        if (!has_door(node)) break;
        const pid_t core = node.daemon().pid(), door = door_of(node);
        ::kill(core, SIGSTOP);
        ::kill(door, SIGSTOP);
        std::this_thread::sleep_for(std::chrono::milliseconds(random.below(20'000)));
        ::kill(door, SIGCONT);
        ::kill(core, SIGCONT);
        ++sleeps;
        break;
      }
      default:
        break;
    }
    if (seconds_since(start) >= next_sample) {
      sample();
      next_sample += end / 50;
    }
  }
  writers.stop();
  const std::vector<std::string> acknowledged = writers.acknowledged();
  report.figures["seconds"] = static_cast<std::uint64_t>(seconds_since(start));
  report.figures["kills"] = kills;
  report.figures["sleeps"] = sleeps;
  report.figures["acknowledged"] = acknowledged.size();
  report.expect(region.agrees(3min), "the nodes do not agree afterwards");
  std::uint64_t missing = 0;
  for (std::size_t i = 0; i < region.size(); ++i) missing += count_missing(region[i], acknowledged);
  report.figures["lost"] = missing;
  report.expect(missing == 0, "what was acknowledged is lost");
  for (std::size_t i = 0; i < region.size(); ++i) {
    report.expect(region[i].cli({"check"}).code == 0, "check finds something at " + region[i].council());
  }
  report.figures["samples"] = std::move(samples);
}

}  // namespace budstikke::siege
