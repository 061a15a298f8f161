#include "tests/daemon/door/node.h"

#include <poll.h>
#include <sys/stat.h>

#include "daemon/door/steady.h"

namespace budstikke::tests {
namespace {

constexpr Millis kDoorPatience{60'000};

void poll_doors(std::initializer_list<Node*> nodes, Instant now, Instant limit) {
  std::vector<pollfd> fds;
  Instant wake = limit;
  for (Node* node : nodes) {
    short events = static_cast<short>(POLLIN | (node->link.wants_write() ? POLLOUT : 0));
    fds.push_back({node->link.fd(), events, 0});
    wake = std::min(wake, node->link.deadline());
  }
  ::poll(fds.data(), fds.size(), static_cast<int>(std::max<std::int64_t>(0, (wake - now).count())));
}

}  // namespace

std::string door_program() { return std::string(BUDSTIKKE_BIN_DIR) + "/budstikke-door"; }

Node::Node(const std::string& program) : keys(daemon::random_transport_pair()), link(program, write_key()) {}

std::string Node::write_key() {
  std::string path = home.path() / "transport.key";
  write_file(path, std::string(text_of(keys.secret)));
  ::chmod(path.c_str(), 0600);
  return path;
}

void Node::allow(std::initializer_list<const Node*> nodes) {
  daemon::Allow message;
  for (const Node* node : nodes) message.keys.push_back({node->keys.public_key, false});
  link.send(message);
}

void Node::allow_key(const TransportKey& key, bool invitation) { link.send(daemon::Allow{{{key, invitation}}}); }

void Node::dial(const Node& other) { dial(other.keys.public_key, other.address); }

void Node::pump() {
  while (std::optional<daemon::DoorMessage> message = link.receive(daemon::steady_now())) {
    if (auto* frame = std::get_if<daemon::Frame>(&*message)) frames.emplace_back(text_of(frame->frame));
    if (std::get_if<daemon::Ready>(&*message)) ready = true;
    if (auto* listening = std::get_if<daemon::Listening>(&*message)) address = listening->address;
    if (auto* failed = std::get_if<daemon::ListenFailed>(&*message)) listen_failures.push_back(*failed);
    if (auto* up = std::get_if<daemon::Up>(&*message)) ups.push_back(*up);
    if (std::get_if<daemon::Knocked>(&*message)) ++knocks;
    if (auto* down = std::get_if<daemon::Down>(&*message)) downs.push_back(*down);
    if (auto* failed = std::get_if<daemon::DialFailed>(&*message)) dial_failures.push_back(*failed);
  }
}

daemon::LinkNumber Node::link_to(const Node& other) const {
  for (auto up = ups.rbegin(); up != ups.rend(); ++up) {
    if (up->peer != other.keys.public_key) continue;
    bool is_down = std::any_of(downs.begin(), downs.end(), [&](const daemon::Down& down) { return down.link == up->link; });
    if (!is_down) return up->link;
  }
  return {};
}

std::uint16_t Node::port() const { return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))); }

bool run_until(std::initializer_list<Node*> nodes, const std::function<bool()>& holds) {
  Instant limit = daemon::steady_now() + kDoorPatience;
  for (;;) {
    for (Node* node : nodes) node->pump();
    if (holds()) return true;
    Instant now = daemon::steady_now();
    if (now >= limit) return false;
    poll_doors(nodes, now, limit);
  }
}

void run_for(std::initializer_list<Node*> nodes, Millis time) {
  Instant limit = daemon::steady_now() + time;
  for (Instant now = daemon::steady_now(); now < limit; now = daemon::steady_now()) {
    for (Node* node : nodes) node->pump();
    poll_doors(nodes, now, limit);
  }
}

}  // namespace budstikke::tests
