// Asks a running daemon over its local socket, as the command line does, without starting a program for every question.
//
// Errors       What the daemon refuses comes in the reply; no answer in 60 s is thrown as std::runtime_error.
#pragma once

#include <filesystem>

#include "daemon/zmq_socket.h"
#include "protocol/wire/api.h"

namespace budstikke::bench {

class ApiClient {
 public:
  explicit ApiClient(const std::filesystem::path& home);
  ApiReply ask(const std::string& command, Value args = Value::map());
  // As ask(), of which success is expected.
  Value result(const std::string& command, Value args = Value::map());

 private:
  daemon::ZmqContext context_;
  daemon::ZmqSocket socket_;
  std::int64_t last_id_ = 0;
};

}  // namespace budstikke::bench
