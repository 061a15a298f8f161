// Members: one that is shut out while it writes without end, and one that stops reading.
#include <signal.h>

#include <thread>

#include "tests/siege/besieged.h"
#include "tests/support/process.h"
#include "tests/support/wait.h"

namespace budstikke::siege {
namespace {

using namespace std::chrono_literals;

bool sees(const tests::NodeUnderTest& node, const std::string& council) {
  const nlohmann::json reply = node.json({"peers"});
  for (const nlohmann::json& peer : reply.at("peers")) {
    if (peer.value("name", std::string()) == council) return peer.value("connected", false);
  }
  return false;
}

}  // namespace

void revoked_flood(const Strength& strength, Report& report) {
  Besieged besieged;
  tests::NodeUnderTest& flooder = besieged.region().add("Aakirkeby Integrationsråd", "council", tests::Reach::DialsOnly);
  report.expect(besieged.region().agrees(), "the three nodes do not agree before anything has happened");
  besieged.begin();
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> written{0};
  std::mutex mutex;
  std::vector<std::string> ids;
  std::vector<std::jthread> writers;  // an exception ends them, too
  const Stop stop_writers{stop};
  for (int i = 0; i < 2; ++i) {
    writers.emplace_back([&] {
      try {
        ApiClient writer(flooder.home());
        while (!stop) {
          const std::string id = write_contact(writer, ++written);
          const std::lock_guard lock(mutex);
          ids.push_back(id);
        }
      } catch (const std::exception&) {  // once it knows that it was shut out it may write nothing
      }
    });
  }
  std::this_thread::sleep_for(strength.of(2s, 30s));
  const std::uint64_t before = written;
  const auto revoked = Clock::now();
  besieged.host().text({"member", "revoke", flooder.council(), "--yes"});
  const bool cut = tests::eventually(30s, [&] { return !sees(besieged.host(), flooder.council()); });
  report.figures["writes_per_s_before"] = static_cast<double>(before) / strength.of(2.0, 30.0);
  report.figures["link_cut_s"] = seconds_since(revoked);
  report.expect(cut, "the link of the member that was shut out is still there");
  std::this_thread::sleep_for(strength.of(1s, 10s));
  stop = true;
  writers.clear();
  report.figures["written"] = ids.size();
  // What it went on to write is nowhere else.
  ApiClient reader(besieged.member().home());
  std::uint64_t arrived = 0;
  for (const std::string& id : ids) arrived += has_contact(reader, id) ? 1 : 0;
  report.figures["arrived"] = arrived;
  report.expect(arrived < ids.size() && !has_contact(reader, ids.back()), "what was written after the removal arrived");
  flooder.stop();
  besieged.end(report);
}

void frozen_member(const Strength& strength, Report& report) {
  Besieged besieged;
  const pid_t core = besieged.member().daemon().pid();
  const pid_t door = door_of(besieged.member());
  const pid_t host = besieged.host().daemon().pid();
  const pid_t host_door = door_of(besieged.host());
  const std::uint64_t before = tests::anonymous_memory_of(host) + tests::anonymous_memory_of(host_door);
  ::kill(core, SIGSTOP);
  ::kill(door, SIGSTOP);
  const auto stopped = Clock::now();
  std::atomic<bool> noticed{false};
  double noticed_s = 0;
  std::uint64_t most = 0, written = 0;
  ApiClient writer(besieged.host().home());
  while (seconds_since(stopped) < strength.of(75.0, 120.0)) {
    write_contact(writer, ++written);
    most = std::max(most, tests::anonymous_memory_of(host) + tests::anonymous_memory_of(host_door));
    if (!noticed && written % 200 == 0 && !sees(besieged.host(), besieged.member().council())) {
      noticed = true;
      noticed_s = seconds_since(stopped);
    }
  }
  ::kill(door, SIGCONT);
  ::kill(core, SIGCONT);
  report.figures["written"] = written;
  report.figures["noticed_s"] = noticed_s;
  report.figures["host_memory_growth_mib"] = (static_cast<double>(most) - static_cast<double>(before)) / kMib;
  report.expect(noticed, "a member that is frozen is not noticed");
  report.expect(besieged.region().agrees(3min), "the two nodes do not agree afterwards");
}

}  // namespace budstikke::siege
