// The process that owns every TCP socket of a node, and the node's transport key.
//
// It passes frames between peers whose key is proven and the core, and decides nothing: the core says where to listen, which
// keys may come in and whom to dial. It can see what passes, but it holds no identity key, so it can forge nothing. It keeps
// no state: ZeroMQ can be made to abort by a member of bad will, and then the core starts the next door and tells it all again.
//
// One loop, which never waits but in poll(): every round it takes what the core wrote, reads every socket until it is empty,
// and hands on what came. When the core does not keep up (kCongestedBytes unread), links are not read either, TCP slows their
// senders down, and only the core itself is still listened to. Only when a round found nothing to do does it sleep, until
// a descriptor or a deadline wakes it.
//
// Fail closed  The access control is bound before the public socket exists, and the public socket proves that it refuses
//              strangers before it is bound (self_test.h): at start, also when the node only dials, and again whenever the
//              socket is made anew.
// Listening    An address in use is tried every 200 ms for kPortPatience, as a core that was restarted waits for the last
//              one's door to end; then ListenFailed is reported, once, and it is tried every 2 s. Other failures are
//              reported at once. When connections reach half of the process's descriptors, the public socket is closed
//              for kOverloadPause, which drops them all.
// Threads      The loop, the access control's (zap.h), the resolver's when names are dialled, and ZeroMQ's own.
#pragma once

#include "daemon/door/channel.h"
#include "daemon/door/dialed_peers.h"
#include "daemon/door/public_socket.h"

namespace budstikke::daemon {

class Door : public LinkObserver {
 public:
  static constexpr std::size_t kCongestedBytes = 8 * 1024 * 1024;
  static constexpr Millis kPortPatience{5'000};
  static constexpr Millis kPortRetry{200};
  static constexpr Millis kListenRetry{2'000};
  static constexpr Millis kOverloadPause{10'000};

  // Proves that strangers are refused, and reports Ready. `channel` leads to the core; `signal_fd` is a signalfd of the signals
  // that end the door.
  static Result<std::unique_ptr<Door>> open(Channel channel, int signal_fd, const TransportPair& own);
  ~Door() override;

  // Until a signal, or until the core is gone. An error is one of the core's channel or of the self-test.
  Status run();

  LinkNumber next_link() override;
  void tell(const DoorMessage& message) override;
  bool is_congested() const override { return channel_.backlog() >= kCongestedBytes; }

 private:
  Door(Channel channel, int signal_fd, const TransportPair& own);
  Status open_public_socket();
  Result<bool> read_core(Instant now);
  void on_message(Instant now, const CoreMessage& message);
  void configure(Instant now, const Configure& wish);
  Status listen(Instant now);
  void report_listen_failure(const std::string& reason);
  Status close_when_overloaded(Instant now);
  Result<bool> step(Instant now);
  bool sleep(Instant now);  // false when a signal asks to end

  Channel channel_;
  int signal_fd_;
  TransportPair own_;
  AllowList allowed_;                    // what the access control answers from
  std::vector<AllowedKey> wanted_keys_;  // the core's list, restored after each self-test
  std::set<std::string> refused_hosts_;
  ZmqContext context_;
  std::unique_ptr<ZapHandler> zap_;
  std::unique_ptr<PublicSocket> public_;
  DialedPeers dialed_;
  LinkNumber next_link_{1};

  std::string listen_address_;
  bool listening_ = false;
  bool failure_reported_ = false;
  Instant listen_since_{};
  Instant next_listen_ = kNever;
  std::vector<pollfd> poll_fds_;
};

}  // namespace budstikke::daemon
