#include "daemon/door/resolver.h"

#include <netdb.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "daemon/door/address.h"
#include "protocol/base/result.h"

namespace budstikke::daemon {
namespace {

constexpr std::size_t kMaxCandidatesPerAddress = 4;

struct Question {
  std::uint64_t number = 0;
  std::vector<std::string> addresses;
};

// The candidate of an address that needs no name server; nullopt when it holds a name.
std::optional<Candidate> without_asking(const std::string& address) {
  std::optional<HostPort> parts = split_address(address);
  if (!parts) return Candidate{address, {}};
  std::optional<std::string> endpoint = numeric_endpoint(*parts);
  if (!endpoint) return std::nullopt;
  return Candidate{address, std::move(*endpoint)};
}

void append_endpoint(std::vector<Candidate>& out, const std::string& address, const addrinfo& info, const std::string& port) {
  char host[NI_MAXHOST];
  if (::getnameinfo(info.ai_addr, info.ai_addrlen, host, sizeof host, nullptr, 0, NI_NUMERICHOST) != 0) return;
  if (std::optional<std::string> endpoint = numeric_endpoint({host, port})) out.push_back({address, std::move(*endpoint)});
}

void append_candidates(std::vector<Candidate>& out, const std::string& address) {
  if (std::optional<Candidate> known = without_asking(address)) {
    out.push_back(std::move(*known));
    return;
  }
  HostPort parts = *split_address(address);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  std::size_t before = out.size();
  if (::getaddrinfo(parts.host.c_str(), parts.port.c_str(), &hints, &found) == 0) {
    for (addrinfo* info = found; info != nullptr && out.size() - before < kMaxCandidatesPerAddress; info = info->ai_next) {
      append_endpoint(out, address, *info, parts.port);
    }
    ::freeaddrinfo(found);
  }
  if (out.size() == before) out.push_back({address, {}});
}

Resolver::Answer answer_to(const Question& question) {
  Resolver::Answer answer{question.number, {}};
  for (const std::string& address : question.addresses) append_candidates(answer.candidates, address);
  return answer;
}

}  // namespace

struct Resolver::Shared {
  std::mutex mutex;
  std::condition_variable asked;
  std::deque<Question> questions;
  std::vector<Answer> answers;
  bool has_thread = false;
  bool stopping = false;
  int signal_fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

  ~Shared() { ::close(signal_fd); }
  void put(Answer answer) {
    std::lock_guard lock(mutex);
    answers.push_back(std::move(answer));
    ::eventfd_write(signal_fd, 1);
  }
};

Resolver::Resolver() : shared_(std::make_shared<Shared>()) { require(shared_->signal_fd >= 0, "eventfd"); }

Resolver::~Resolver() {
  std::lock_guard lock(shared_->mutex);
  shared_->stopping = true;
  shared_->asked.notify_all();
}

void Resolver::ask(std::uint64_t question, const std::vector<std::string>& addresses) {
  Answer answer{question, {}};
  for (const std::string& address : addresses) {
    std::optional<Candidate> known = without_asking(address);
    if (!known) break;
    answer.candidates.push_back(std::move(*known));
  }
  if (answer.candidates.size() == addresses.size()) {
    shared_->put(std::move(answer));
    return;
  }
  std::lock_guard lock(shared_->mutex);
  shared_->questions.push_back({question, addresses});
  shared_->asked.notify_one();
  if (shared_->has_thread) return;
  shared_->has_thread = true;
  // Detached and holding its own share of the state, since getaddrinfo cannot be interrupted at the end.
  std::thread([shared = shared_] {
    std::unique_lock thread_lock(shared->mutex);
    for (;;) {
      shared->asked.wait(thread_lock, [&] { return shared->stopping || !shared->questions.empty(); });
      if (shared->stopping) return;
      Question next = std::move(shared->questions.front());
      shared->questions.pop_front();
      thread_lock.unlock();
      Answer found = answer_to(next);
      shared->put(std::move(found));
      thread_lock.lock();
    }
  }).detach();
}

std::vector<Resolver::Answer> Resolver::take() {
  std::lock_guard lock(shared_->mutex);
  eventfd_t count = 0;
  ::eventfd_read(shared_->signal_fd, &count);
  return std::exchange(shared_->answers, {});
}

int Resolver::fd() const { return shared_->signal_fd; }

}  // namespace budstikke::daemon
