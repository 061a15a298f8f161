// The local API's socket: takes requests off it and puts replies on it. What they mean is api/'s business.
//
// Shape        A ROUTER on ipc; a request is one frame (wire/api.h). Only this user can connect: the folder is 0700 and the
//              socket is made under umask 0077.
// Errors       A frame that is no request is answered with bad-request. A client that went away or does not read loses its
//              reply, and nothing else.
#pragma once

#include "daemon/zmq_socket.h"
#include "protocol/wire/api.h"

namespace budstikke::daemon {

class ApiServer {
 public:
  using Client = Bytes;  // whom to answer
  struct Incoming {
    Client client;
    ApiRequest request;
  };
  static Result<ApiServer> open(const ZmqContext& context, const std::string& path);

  int poll_fd() const { return socket_.poll_fd(); }
  bool has_input() const { return socket_.has_input(); }
  std::optional<Incoming> receive();
  void reply(const Client& client, const ApiReply& reply);

 private:
  explicit ApiServer(ZmqSocket socket) : socket_(std::move(socket)) {}
  ZmqSocket socket_;
};

}  // namespace budstikke::daemon
