#include "tests/support/region.h"

#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "tests/support/wait.h"

namespace budstikke::tests {
namespace {

constexpr std::size_t kLogShown = 4'000;    // bytes of its end, of a node that does not agree
constexpr std::chrono::seconds kStart{20};  // generous: a sanitized daemon on a busy machine

[[noreturn]] void fail_command(const std::string& what, const std::string& out, const std::string& err) {
  throw std::runtime_error(what + "\n--- out\n" + out + "\n--- err\n" + err);
}

std::string joined(const std::vector<std::string>& arguments) {
  std::string line = "budstikke";
  for (const std::string& argument : arguments) line += " " + argument;
  return line;
}

std::string text_at(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

std::filesystem::path program(const std::string& name) { return std::filesystem::path(BUDSTIKKE_BIN_DIR) / name; }

NodeUnderTest::NodeUnderTest(std::string council)
    : council_(std::move(council)), home_(folder_.path() / "home"), port_(free_port()) {
  std::filesystem::create_directory(home_);
  std::filesystem::permissions(home_, std::filesystem::perms::owner_all);
  listens_ = advertised_ = address();
}

NodeUnderTest::~NodeUnderTest() = default;  // the daemon goes first, then its home

std::string NodeUnderTest::address() const { return "127.0.0.1:" + std::to_string(port_); }

void NodeUnderTest::init() { text({"init", "--council", council_, "--listen", listens_, "--advertise", advertised_}); }

void NodeUnderTest::run_on(const PacketNet& net, std::size_t host) {
  net_ = &net;
  host_ = host;
  listens_ = advertised_ = PacketNet::address(host) + ":7420";
}

void NodeUnderTest::launch() {
  std::optional<PacketNet::Inside> inside;
  if (net_ != nullptr) inside.emplace(*net_, host_);
  daemon_ = std::make_unique<Process>(Command{program("budstikked" + version_), {"--home", home_}, {}, {}, {}, descriptors_});
}

void NodeUnderTest::start() {
  launch();
  const bool answers = eventually(
      kStart,
      [&] {
        return !daemon_->running() || cli({"status", "--json"}).code == 0;
      },
      std::chrono::milliseconds(20));
  if (!answers || !daemon_->running()) fail_command("budstikked did not start at " + council_, daemon_->out(), daemon_->err());
}

void NodeUnderTest::stop() {
  daemon().signal(SIGTERM);
  const std::optional<int> code = daemon().wait(kStart);
  if (code != 0) fail_command("budstikked did not stop well at " + council_, daemon().out(), daemon().err());
  if (!daemon().group().empty()) fail_command("budstikked left a process behind at " + council_, daemon().out(), daemon().err());
}

void NodeUnderTest::kill9() {
  daemon().signal(SIGKILL);
  const bool gone = eventually(kStart, [&] { return !daemon().running() && daemon().group().empty(); });
  if (!gone) fail_command("the door outlived its core at " + council_, daemon().out(), daemon().err());
}

void NodeUnderTest::kill9_door() {
  for (const Child& child : children_of(daemon().pid())) {
    if (child.name.starts_with("budstikke-door")) {
      ::kill(child.pid, SIGKILL);
      return;
    }
  }
  fail_command("no door runs at " + council_, daemon().out(), daemon().err());
}

bool NodeUnderTest::running() { return daemon_ != nullptr && daemon_->running(); }

Process& NodeUnderTest::daemon() {
  if (daemon_ == nullptr) throw std::runtime_error("the daemon of " + council_ + " was never started");
  return *daemon_;
}

Reply NodeUnderTest::cli(const std::vector<std::string>& arguments, const std::string& input) const {
  std::vector<std::string> all = {"--home", home_, "--lang", "en"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return run({program("budstikke" + version_), all, {}, input});
}

std::string NodeUnderTest::text(const std::vector<std::string>& arguments) const {
  Reply reply = cli(arguments);
  if (reply.code != 0)
    fail_command(council_ + ": " + joined(arguments) + " ended with " + std::to_string(reply.code), reply.out, reply.err);
  if (reply.out.ends_with('\n')) reply.out.pop_back();
  return reply.out;
}

nlohmann::json NodeUnderTest::json(const std::vector<std::string>& arguments) const {
  std::vector<std::string> all = {"--json"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  const std::string out = text(all);
  nlohmann::json document = nlohmann::json::parse(out, nullptr, false);
  if (document.is_discarded()) fail_command(council_ + ": " + joined(all) + " printed no JSON document", out, "");
  return document;
}

Agreement agreement_of(const NodeUnderTest& node) {
  const nlohmann::json status = node.json({"status"});
  const nlohmann::json networks = status.value("networks", nlohmann::json::array());
  if (networks.empty()) return {};
  const nlohmann::json& network = networks.front();
  return {text_at(network, "id"), text_at(network, "membership_digest"), text_at(network, "vector_digest"),
          text_at(network, "state_digest"), network.value("missing", std::int64_t{0})};
}

std::string ticket_from(const NodeUnderTest& inviter, const std::string& council, const std::string& role) {
  const std::string out = inviter.text({"invite", "--for", council, "--role", role});
  return out.substr(out.rfind('\n') + 1);  // npos + 1 is 0: a ticket alone
}

bool is_linked(const NodeUnderTest& node) {
  const nlohmann::json reply = node.json({"peers"});
  const nlohmann::json& peers = reply.at("peers");
  return std::any_of(peers.begin(), peers.end(), [](const nlohmann::json& peer) { return peer.value("connected", false); });
}

NodeUnderTest& Region::add(const std::string& council, const std::string& role, Reach reach, const std::string& version) {
  nodes_.push_back(std::make_unique<NodeUnderTest>(council));
  NodeUnderTest& node = *nodes_.back();
  node.use_version(version);
  if (reach == Reach::BehindProxy) {
    line_ = std::make_unique<Proxy>(std::uint16_t{0}, node.port());
    node.advertise(line_->address());
  } else if (reach == Reach::DialsOnly) {
    node.listen("");
    node.advertise("");
  }
  if (net_ != nullptr) node.run_on(*net_, net_->add());
  node.init();
  node.start();
  if (nodes_.size() == 1) {
    recovery_key_ = node.json({"network", "create", name_}).at("recovery_key").get<std::string>();
  } else {
    node.text({"join", ticket_from(*nodes_.front(), council, role)});
  }
  return node;
}

void Region::cut() {
  line_->set_mode(Proxy::Mode::Cut);
  for (const auto& node : nodes_) {
    if (!node->running()) continue;
    if (!eventually(kStart, [&] { return !is_linked(*node); })) fail_command(node->council() + " is still linked", "", "");
  }
}

void Region::join() {
  line_->set_mode(Proxy::Mode::Joined);
  for (const auto& node : nodes_) {
    if (node->running()) node->cli({"sync"});  // dials at once
  }
  if (!agrees()) fail_command("the nodes do not agree once the line is back", "", "");
}

bool Region::agrees(std::chrono::milliseconds timeout) {
  std::vector<Agreement> last;
  const bool agreed = eventually(
      timeout,
      [&] {
        last.clear();
        for (const auto& node : nodes_) {
          if (node->running()) last.push_back(agreement_of(*node));
        }
        for (const Agreement& one : last) {
          if (one != last.front() || one.missing != 0 || one.state_digest.empty()) return false;
        }
        return true;
      },
      std::chrono::milliseconds(100));
  if (agreed) return true;
  for (const Agreement& one : last) {
    std::fprintf(stderr, "network %s membership %s vector %s state %s missing %lld\n", one.network.c_str(),
                 one.membership_digest.c_str(), one.vector_digest.c_str(), one.state_digest.c_str(),
                 static_cast<long long>(one.missing));
  }
  for (const auto& node : nodes_) {
    if (!node->running()) continue;
    const std::string log = node->daemon().err();
    std::fprintf(stderr, "--- %s\n%s%s\n", node->council().c_str(), node->cli({"peers"}).out.c_str(),
                 log.substr(log.size() - std::min<std::size_t>(log.size(), kLogShown)).c_str());
  }
  return false;
}

}  // namespace budstikke::tests
