// Real nodes for the tests that drive `budstikked` and `budstikke` as people do: one node, and a region of them.
//
// Shape        Each node has a home of its own under /tmp and a port of 127.0.0.1. Command lines are given without --home.
// Invariants   Nothing is left running and no folder is left over, however the test ends.
// Errors       What must not fail here (a start, a join) is thrown as std::runtime_error with both outputs of the program;
//              cli() never throws for an exit code, since refusals are what tests look at.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tests/support/home.h"
#include "tests/support/packet_net.h"
#include "tests/support/process.h"
#include "tests/support/proxy.h"

namespace budstikke::tests {

std::filesystem::path program(const std::string& name);  // a program of this build: "budstikked", "budstikke"

class NodeUnderTest {
 public:
  // Only names the node and picks its port: nothing runs and its home is an empty folder.
  explicit NodeUnderTest(std::string council);
  ~NodeUnderTest();
  NodeUnderTest(const NodeUnderTest&) = delete;
  NodeUnderTest& operator=(const NodeUnderTest&) = delete;

  void init();        // `budstikke init` with the council's name and the port
  void launch();      // runs the daemon and waits for nothing
  void start();       // launch(), and waits until it answers `status`
  void stop();        // SIGTERM; waits, and holds that it ended with 0 and left no process behind
  void kill9();       // SIGKILL to the core alone, which must take its door along; waits for both
  void kill9_door();  // SIGKILL to the door alone
  bool running();

  // Any command, English texts unless the arguments say otherwise: {"contact", "list"} runs `budstikke --home HOME --lang en
  // contact list`.
  Reply cli(const std::vector<std::string>& arguments, const std::string& input = {}) const;
  // As cli() with --json, of which success is expected.
  nlohmann::json json(const std::vector<std::string>& arguments) const;
  // As cli(), of which success is expected: standard output without the last line break.
  std::string text(const std::vector<std::string>& arguments) const;

  const std::string& council() const { return council_; }
  const std::filesystem::path& home() const { return home_; }
  std::uint16_t port() const { return port_; }
  std::string address() const;  // 127.0.0.1:PORT
  // Which programs are run from now on: budstikked and budstikke with this behind their names, as "-next"; empty: what ships.
  void use_version(std::string suffix) { version_ = std::move(suffix); }
  // Where we listen and where peers are told to dial us, both address() at first; empty: not at all. Before init().
  void listen(std::string address) { listens_ = std::move(address); }
  void advertise(std::string address) { advertised_ = std::move(address); }
  // The daemon runs on this host from its next start, listens there and is dialled there. Before init().
  void run_on(const PacketNet& net, std::size_t host);
  // How many descriptors each of its programs may have from its next start on.
  void limit_descriptors(std::uint64_t most) { descriptors_ = most; }
  Process& daemon();  // the core, running or ended

 private:
  std::string council_;
  TempHome folder_;
  std::filesystem::path home_;
  std::uint16_t port_;
  std::string listens_;
  std::string advertised_;
  std::string version_;
  const PacketNet* net_ = nullptr;
  std::size_t host_ = 0;
  std::uint64_t descriptors_ = 0;
  std::unique_ptr<Process> daemon_;
};

// What two nodes must agree on, of the first network they are in.
struct Agreement {
  std::string network, membership_digest, vector_digest, state_digest;
  std::int64_t missing = 0;
  bool operator==(const Agreement&) const = default;
};
Agreement agreement_of(const NodeUnderTest& node);
// Whether the node has a link with any other.
bool is_linked(const NodeUnderTest& node);

// How others get to a node.
enum class Reach : std::uint8_t {
  Direct,       // at its own address
  BehindProxy,  // through Region::line(), which can be cut
  DialsOnly,    // not at all: it dials those that can be reached
};

class Region {
 public:
  explicit Region(std::string name = "Region Midtjylland") : name_(std::move(name)) {}
  // Every node is on a host of its own, numbered as the nodes are. `net` outlives the region.
  Region(std::string name, PacketNet& net) : name_(std::move(name)), net_(&net) {}
  // A running node in the network: the first one founds it, later ones join with a ticket of the first.
  NodeUnderTest& add(const std::string& council, const std::string& role = "council", Reach reach = Reach::Direct,
                     const std::string& version = "");
  NodeUnderTest& operator[](std::size_t index) { return *nodes_.at(index); }
  // The line to the only node that is BehindProxy.
  Proxy& line() { return *line_; }
  // Cuts that line, and returns once every running node stands alone; joins it again, and returns once all agree.
  void cut();
  void join();
  std::size_t size() const { return nodes_.size(); }
  // What `network create` printed for paper.
  const std::string& recovery_key() const { return recovery_key_; }
  // True once all running nodes have equal digests and lack no value. Says on standard error who differed when they do not by
  // then.
  bool agrees(std::chrono::milliseconds timeout = std::chrono::seconds(30));

 private:
  std::string name_;
  std::string recovery_key_;
  PacketNet* net_ = nullptr;
  std::unique_ptr<Proxy> line_;
  std::vector<std::unique_ptr<NodeUnderTest>> nodes_;
};

// A ticket from `inviter`, the last line of `budstikke invite`.
std::string ticket_from(const NodeUnderTest& inviter, const std::string& council, const std::string& role = "council");

}  // namespace budstikke::tests
