// The core's side of its door: starts it, watches it, starts it again when it dies, and talks to it.
//
// The door keeps no state and may die at any time, so everything a door must know is kept here and told to each new one: the
// allowed keys, where to listen, whom to dial. To the core a door's death is only that all links go down at once. Pauses between
// starts grow from 200 ms to 5 s, until a door has lasted 30 s.
//
// Use          Poll fd() for POLLIN, and POLLOUT while wants_write(), with deadline() as the limit. The descriptor changes when a
//              door is replaced, and is -1 (which poll ignores) while none runs; it becomes readable when the door dies.
//              Whatever woke the loop, call receive() until it gives nothing; it also writes what send() has gathered. After
//              sends with no receive() to follow, call flush().
// Invariants   Never waits for a door that runs. A door that leaves kMaxBacklog unread is killed and replaced.
//              Every Up is followed by exactly one Down, also over the door's death; a Frame names a link that is up.
//              A peer that the door does not survive twice is neither dialled nor let in for a day (door_watch.h).
// Errors       trouble() says why there is no door now. A missing program or a bad key file shows there, and in the log; it is
//              tried again, as the operator may be putting it right.
// Threads      Belongs to the thread that polls, which must be the main thread: the door ends with the thread that started it.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>

#include "daemon/child.h"
#include "daemon/door/channel.h"
#include "daemon/door_messages.h"
#include "daemon/door_watch.h"
#include "protocol/base/time.h"

namespace budstikke::daemon {

class DoorLink {
 public:
  static constexpr Millis kFirstPause{200};
  static constexpr Millis kLongestPause{5'000};
  static constexpr Millis kStableDoor{30'000};
  static constexpr std::size_t kMaxBacklog = 64 * 1024 * 1024;

  // `program` is budstikke-door, `key_file` as in door/transport_key.h. The first receive() starts it.
  DoorLink(std::string program, std::string key_file);
  DoorLink(const DoorLink&) = delete;
  DoorLink& operator=(const DoorLink&) = delete;

  // Configure, Allow, Dial and Undial are kept for the doors to come; Send and Drop to a link that is not up do nothing.
  // Configure's first_link is filled in here.
  void send(const CoreMessage& message);
  void flush();
  // The next thing that happened. A Frame's bytes are valid until the next call.
  std::optional<DoorMessage> receive(Instant now);
  // The key for the doors to come, where a passphrase seals the file; nullopt: they read the file themselves.
  void hand_key(const std::optional<Seed>& secret) { handed_key_ = secret; }
  // Begins again with another door, which has the key of now. All links go down; tells of them come first.
  void restart(Instant now);

  int fd() const { return door_ ? door_->channel.fd() : -1; }
  bool wants_write() const { return door_ && door_->channel.wants_write(); }
  Instant deadline() const { return door_ ? watch_.deadline(now_) : next_start_; }
  const DoorWatch& watch() const { return watch_; }
  pid_t pid() const { return door_ ? door_->child.pid() : 0; }
  // Empty while a door runs and is ready, and before the first one had time to be.
  const std::string& trouble() const { return trouble_; }

 private:
  struct Running {
    Child child;
    Channel channel;
    Instant started;
    bool is_ready = false;
  };

  void start(Instant now);
  void schedule_start(Instant now);
  void tell_all();
  void look_at_watch();
  void remember(const CoreMessage& message);
  void pass_on(const CoreMessage& message);
  Result<std::optional<DoorMessage>> read_door();
  Status note(const DoorMessage& message);
  void watch(const DoorMessage& message);
  void take_blame(Instant now);
  void replace_door(Instant now, const std::string& reason, bool is_wanted = false);

  std::string program_;
  std::string key_file_;
  std::optional<Seed> handed_key_;
  std::optional<Running> door_;
  Instant next_start_{};
  Millis pause_ = kFirstPause;
  std::string trouble_;

  DoorWatch watch_;
  Instant now_{};                     // of the last receive()
  std::vector<std::string> refused_;  // as the door was told

  Configure configure_;
  std::optional<Allow> allow_;
  std::map<TransportKey, Dial> dials_;
  std::set<LinkNumber> links_;    // those that are up
  LinkNumber next_link_{1};       // above every number a door has used
  std::deque<LinkNumber> ended_;  // links of a door that died, whose Down has not been told yet
};

}  // namespace budstikke::daemon
