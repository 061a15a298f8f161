#include "tests/bench/joined_pair.h"

#include <nlohmann/json.hpp>

#include "tests/bench/api_client.h"
#include "tests/bench/figures.h"
#include "tests/bench/usage.h"
#include "tests/support/wait.h"

namespace budstikke::bench {
namespace {

constexpr std::chrono::minutes kJoinPatience{10};

FourPrograms operator-(const FourPrograms& a, const FourPrograms& b) {
  return {a.server - b.server, a.server_door - b.server_door, a.newcomer - b.newcomer, a.newcomer_door - b.newcomer_door};
}

}  // namespace

pid_t door_of(tests::NodeUnderTest& node) {
  for (const tests::Child& child : tests::children_of(node.daemon().pid())) {
    if (child.name.starts_with("budstikke-door")) return child.pid;
  }
  throw std::runtime_error("no door runs at " + node.council());
}

JoinedPair::JoinedPair(std::uint64_t entries, std::uint64_t authors, bool counted)
    : server_("Ishøj Integrationsråd"), newcomer_("Ballerup Integrationsråd") {
  if (counted) {
    proxy_ = std::make_unique<tests::Proxy>(0, server_.port());
    server_.advertise(proxy_->address());
  }
  server_.init();
  const Filling filling = fill_home(server_.home(), entries, authors);
  figures_.entries = filling.entries;
  figures_.body_bytes = filling.body_bytes;
  server_.start();
  newcomer_.init();
  newcomer_.start();
  run_join();
}

JoinedPair::~JoinedPair() = default;

void JoinedPair::run_join() {
  const std::string ticket = tests::ticket_from(server_, newcomer_.council());
  Value args;
  args.set("ticket", ticket);
  ApiClient client(newcomer_.home());
  const MemoryWatch memory({newcomer_.daemon().pid(), door_of(newcomer_)});
  const FourPrograms before = cpu_now();
  const auto requested = Clock::now();
  client.result("join", std::move(args));
  const auto admitted = Clock::now();
  wait_until_in_sync();
  figures_.seconds = seconds_since(admitted);
  figures_.seconds_from_request = seconds_since(requested);
  figures_.cpu_seconds = cpu_now() - before;
  figures_.core_memory = memory.most()[0];
  figures_.door_memory = memory.most()[1];
  if (proxy_) figures_.wire_bytes = proxy_->bytes_passed();
  check_agreement();
}

// Reads the newcomer's log, which costs it nothing; the line is written when everything is durable on both sides and the
// digests were compared.
void JoinedPair::wait_until_in_sync() {
  const bool in_sync = tests::eventually(
      kJoinPatience, [&] { return newcomer_.daemon().err().find("event=in-sync") != std::string::npos; },
      std::chrono::milliseconds(2));
  if (!in_sync) throw std::runtime_error("the newcomer is not in sync\n" + newcomer_.daemon().err() + server_.daemon().err());
}

void JoinedPair::check_agreement() {
  newcomer_.text({"sync", "--wait"});
  const tests::Agreement here = tests::agreement_of(newcomer_);
  if (here.state_digest.empty() || here.missing != 0 || here != tests::agreement_of(server_)) {
    throw std::runtime_error("the two nodes do not agree after the join");
  }
  const auto held = newcomer_.json({"status"})["networks"][0]["entries"].get<std::uint64_t>();
  if (held < figures_.entries) throw std::runtime_error("the newcomer holds fewer entries than the server");
}

FourPrograms JoinedPair::cpu_now() {
  return {cpu_seconds_of(server_.daemon().pid()), cpu_seconds_of(door_of(server_)), cpu_seconds_of(newcomer_.daemon().pid()),
          cpu_seconds_of(door_of(newcomer_))};
}

}  // namespace budstikke::bench
