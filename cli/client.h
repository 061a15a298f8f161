// Asks the running node one question at a time over its local socket.
//
// Shape        The socket is `api.sock` in the home folder; when that path is too long for a socket, the file `api.path` there
//              holds the path of one that is not. Each request waits for the reply with its number.
//              The home of this computer's service (service.h) need not be readable: its socket has a place of its own.
// Errors       Trouble: NoHome (the folder is not a home), HomeNotYours (it may not be looked into), NotRunning (nobody listens),
//              ServiceStopped (likewise, of the service), NotInGroup (its socket is for others), NoReply (nothing came in time,
//              or the node ended meanwhile: what was asked may have been done all the same), BadReply (what came is not the
//              reply: another version, most likely). Refusals of the node are not trouble: they come in the reply. After NoReply
//              the next request begins with another link.
// Threads      One thread. The socket lives as long as the client.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <variant>

#include "cli/text.h"
#include "protocol/base/time.h"
#include "protocol/wire/api.h"

namespace budstikke::cli {

class Client {
 public:
  explicit Client(std::filesystem::path home);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  std::variant<ApiReply, Trouble> ask(const std::string& command, Value args, Millis timeout);
  // Called now and then while a reply is awaited.
  void while_waiting(std::function<void()> call) { while_waiting_ = std::move(call); }

 private:
  struct Link;
  std::optional<Trouble> connect();
  std::filesystem::path home_;
  std::unique_ptr<Link> link_;
  std::int64_t last_id_ = 0;
  std::function<void()> while_waiting_;
};

// A home folder is one that `init` has made: it has a config.toml. That of the service is one, seen or not, while its socket is
// there.
bool is_home(const std::filesystem::path& folder);

}  // namespace budstikke::cli
