// A TCP proxy on the loopback interface that can cut a link, swallow it or slow it down, while the programs at both ends run on.
//
// Shape        Listens at 127.0.0.1; every connection gets one of its own to the target, which is dialled as it comes.
// Modes        joined: bytes pass. cut: connections are reset and new ones closed at once. silent: connections stay, new ones
//              are taken, and no byte passes, as when a cable is pulled; joining again lets the held bytes go on.
// Threads      One of its own; every function may be called from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace budstikke::tests {

class Proxy {
 public:
  enum class Mode : std::uint8_t { Joined, Cut, Silent };

  // Port 0 takes a free one. Ends the program with a message when the port is in use.
  Proxy(std::uint16_t listen_port, std::uint16_t target_port);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  std::uint16_t port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  void set_mode(Mode mode);
  void set_delay(std::chrono::milliseconds delay);  // each way, for bytes that arrive from now on
  std::uint64_t bytes_passed() const { return bytes_passed_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Chunk {
    Clock::time_point due;
    std::string bytes;
    std::size_t sent = 0;
  };
  struct Side {  // bytes on their way from `from` to `to`
    int from = -1;
    int to = -1;
    std::deque<Chunk> chunks = {};
    std::size_t bytes = 0;
    bool ended = false;
  };
  struct Pair {
    Side there;
    Side back;
    bool broken = false;
  };

  void run();
  void wait();
  void accept_one();
  void serve(Pair& pair);
  void read_side(Pair& pair, Side& side);
  void write_side(Pair& pair, Side& side);
  void wake();

  int listener_ = -1;
  int wake_fd_ = -1;
  std::uint16_t port_ = 0;
  std::uint16_t target_port_;
  std::atomic<Mode> mode_{Mode::Joined};
  std::atomic<std::int64_t> delay_ms_{0};
  std::atomic<std::uint64_t> bytes_passed_{0};
  std::atomic<bool> stopping_{false};
  std::vector<std::unique_ptr<Pair>> pairs_;  // the thread's own
  std::thread thread_;
};

}  // namespace budstikke::tests
