#include "tests/bench/api_client.h"

#include <zmq.h>

#include <fstream>

#include "tests/bench/figures.h"

namespace budstikke::bench {
namespace {

constexpr Millis kAnswerPatience{60'000};

std::string socket_of(const std::filesystem::path& home) {
  std::ifstream file(home / "api.path");
  std::string named;
  return file && std::getline(file, named) && !named.empty() ? named : (home / "api.sock").string();
}

}  // namespace

ApiClient::ApiClient(const std::filesystem::path& home) : socket_(must(daemon::ZmqSocket::open(context_, ZMQ_DEALER), "socket")) {
  must(socket_.connect("ipc://" + socket_of(home)), "the daemon's socket");
}

ApiReply ApiClient::ask(const std::string& command, Value args) {
  const Bytes request = encode(ApiRequest{++last_id_, command, std::move(args)});
  socket_.send(View(request), false);
  for (;;) {
    daemon::ZmqMessage frame;
    if (!socket_.wait_for_input(kAnswerPatience) || !socket_.receive(frame)) throw std::runtime_error("no answer to " + command);
    ApiReply reply = must(decode_reply(frame.view()), "the answer to " + command);
    if (reply.id == last_id_) return reply;
  }
}

Value ApiClient::result(const std::string& command, Value args) {
  ApiReply reply = ask(command, std::move(args));
  if (reply.failure) throw std::runtime_error(command + ": " + reply.failure->message);
  return std::move(reply.result);
}

}  // namespace budstikke::bench
