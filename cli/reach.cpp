#include "cli/reach.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

namespace budstikke::cli {
namespace {

using Clock = std::chrono::steady_clock;

// A greeting of ZMTP 3.0: signature 10 · version 2 · mechanism 20 · as-server 1 · filler 31.
constexpr std::size_t kGreetingBytes = 64;
constexpr std::size_t kMechanismAt = 12;
constexpr std::string_view kMechanism = "CURVE";
using Greeting = std::array<char, kGreetingBytes>;

Greeting client_greeting() {
  Greeting greeting{};
  greeting[0] = '\xff';
  greeting[8] = 1;
  greeting[9] = '\x7f';
  greeting[10] = 3;
  kMechanism.copy(&greeting[kMechanismAt], kMechanism.size());
  return greeting;
}

bool is_node(const Greeting& greeting) {
  // Not whether it is the server: libzmq leaves that flag unset on both sides.
  return greeting[0] == '\xff' && greeting[9] == '\x7f' && greeting[10] >= 3 &&
         std::string_view(&greeting[kMechanismAt], kMechanism.size() + 1) == std::string_view("CURVE\0", kMechanism.size() + 1);
}

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

// The system's resolver may wait far longer than we do, and cannot be told to stop: it is left to its thread then.
Addresses addresses_of(const std::string& host, const std::string& port, Clock::time_point until) {
  struct Asked {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    Addresses found;
  };
  const auto asked = std::make_shared<Asked>();
  std::thread([asked, host, port] {
    addrinfo hints{}, *list = nullptr;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    const bool known = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &list) == 0;
    const std::lock_guard lock(asked->mutex);
    if (known) asked->found.reset(list);
    asked->done = true;
    asked->changed.notify_one();
  }).detach();
  std::unique_lock lock(asked->mutex);
  asked->changed.wait_until(lock, until, [&] { return asked->done; });
  return std::move(asked->found);
}

class Connection {
 public:
  Connection(const addrinfo& to, Clock::time_point until)
      : fd_(::socket(to.ai_family, to.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, to.ai_protocol)), until_(until) {
    if (fd_ < 0) return;
    error_ = ::connect(fd_, to.ai_addr, to.ai_addrlen) == 0 ? 0 : errno;
    if (error_ != EINPROGRESS) return;
    socklen_t size = sizeof error_;
    if (!ready(POLLOUT)) {
      error_ = ETIMEDOUT;
    } else if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error_, &size) != 0) {
      error_ = errno;
    }
  }
  ~Connection() {
    if (fd_ >= 0) ::close(fd_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int error() const { return error_; }  // 0: it stands

  // The other side's greeting, for ours; nullopt when it did not come whole.
  std::optional<Greeting> exchange(const Greeting& ours) {
    if (::send(fd_, ours.data(), ours.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(ours.size())) return std::nullopt;
    Greeting theirs;
    std::size_t got = 0;
    while (got < theirs.size() && ready(POLLIN)) {
      const ssize_t size = ::recv(fd_, &theirs[got], theirs.size() - got, 0);
      if (size <= 0) break;
      got += static_cast<std::size_t>(size);
    }
    return got == theirs.size() ? std::optional(theirs) : std::nullopt;
  }

 private:
  bool ready(short events) const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until_ - Clock::now()).count();
    pollfd one{fd_, events, 0};
    return left > 0 && ::poll(&one, 1, static_cast<int>(left)) == 1;
  }
  int fd_;
  Clock::time_point until_;
  int error_ = ENOENT;
};

}  // namespace

Reach reach(const std::string& address, Millis patience) {
  const Clock::time_point until = Clock::now() + patience;
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) return Reach::NoAddress;
  std::string host = address.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  const Addresses list = addresses_of(host, address.substr(colon + 1), until);
  if (list == nullptr) return Reach::NoAddress;
  Reach best = Reach::Silent;  // of several addresses, what is nearest to an answer
  for (const addrinfo* to = list.get(); to != nullptr && Clock::now() < until; to = to->ai_next) {
    Connection connection(*to, until);
    if (connection.error() == 0) {
      const std::optional<Greeting> theirs = connection.exchange(client_greeting());
      if (theirs && is_node(*theirs)) return Reach::Node;
      best = Reach::Other;
    } else if (connection.error() == ECONNREFUSED && best == Reach::Silent) {
      best = Reach::Refused;
    }
  }
  return best;
}

}  // namespace budstikke::cli
