// The local API's socket: takes requests off it and puts replies on it. What they mean is api/'s business.
//
// Shape        A ROUTER on ipc; a request is one frame (wire/api.h). Who may connect may ask
//              for everything: this user alone, since the folder is 0700 and the socket 0600; of a service also who is in its
//              group (home.h), by a folder of 0750 and a socket of 0660.
// Errors       A frame that is no request is answered with bad-request. A client that went away or does not read loses its
//              reply, and nothing else.
#pragma once

#include <utility>

#include "daemon/home.h"
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
  static Result<ApiServer> open(const ZmqContext& context, const ApiPlace& place);
  ApiServer(ApiServer&& other) noexcept : socket_(std::move(other.socket_)), path_(std::exchange(other.path_, {})) {}
  ApiServer& operator=(ApiServer&&) = delete;
  ~ApiServer();  // removes the socket's file, which ZeroMQ leaves: hold the home's lock as long

  int poll_fd() const { return socket_.poll_fd(); }
  bool has_input() const { return socket_.has_input(); }
  std::optional<Incoming> receive();
  void reply(const Client& client, const ApiReply& reply);  // an empty client is nobody
  // How long replies may take to leave once this is closed; else they are gone with it.
  void linger(Millis patience);

 private:
  ApiServer(ZmqSocket socket, std::string path) : socket_(std::move(socket)), path_(std::move(path)) {}
  ZmqSocket socket_;
  std::string path_;
};

}  // namespace budstikke::daemon
