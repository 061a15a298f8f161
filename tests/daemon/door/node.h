// A node of which only the door is real: the core is the test.
//
// Shape        Everything that the door told is kept, frames copied, in the order it came.
#pragma once

#include <functional>
#include <initializer_list>

#include "daemon/door/public_socket.h"
#include "daemon/door/transport_key.h"
#include "daemon/door_link.h"
#include "tests/support/home.h"

namespace budstikke::tests {

std::string door_program();

class Node {
 public:
  explicit Node(const std::string& program = door_program());

  // What a core sends; `send(link, …)` a frame.
  void listen(const std::string& where = "127.0.0.1:0") { link.send(daemon::Configure{where}); }
  void allow(std::initializer_list<const Node*> nodes);
  void allow_key(const TransportKey& key, bool invitation = false);
  void dial(const Node& other);
  void dial(const TransportKey& key, const std::string& where) { link.send(daemon::Dial{key, {where}, std::nullopt}); }
  void send(daemon::LinkNumber number, std::string_view frame) { link.send(daemon::Send{number, view_of(frame)}); }
  void drop(daemon::LinkNumber number) { link.send(daemon::Drop{number}); }

  // Takes what the door has told so far.
  void pump();
  bool is_up(const Node& other) const { return link_to(other) != daemon::LinkNumber{}; }
  daemon::LinkNumber link_to(const Node& other) const;  // the newest one that is up; zero when there is none
  std::uint16_t port() const;

  TempHome home;
  TransportPair keys;
  daemon::DoorLink link;
  bool ready = false;
  std::string address;  // empty while it does not listen
  std::vector<daemon::ListenFailed> listen_failures;
  std::vector<daemon::Up> ups;
  std::vector<daemon::Down> downs;
  std::vector<daemon::DialFailed> dial_failures;
  std::vector<std::string> frames;
  std::size_t knocks = 0;  // connections that came in

 private:
  std::string write_key();
};

// Runs the nodes' loops until `holds`; false when it does not within a generous time.
bool run_until(std::initializer_list<Node*> nodes, const std::function<bool()>& holds);
// Runs the loops of nodes from which nothing is expected for so long.
void run_for(std::initializer_list<Node*> nodes, Millis time);

}  // namespace budstikke::tests
