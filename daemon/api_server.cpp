#include "daemon/api_server.h"

#include <unistd.h>
#include <zmq.h>

#include "protocol/base/limits.h"

namespace budstikke::daemon {

Result<ApiServer> ApiServer::open(const ZmqContext& context, const ApiPlace& place) {
  Result<ZmqSocket> socket = ZmqSocket::open(context, ZMQ_ROUTER);
  if (!socket) return socket.error();
  constexpr int kQueue = 64;
  for (int option : {ZMQ_SNDHWM, ZMQ_RCVHWM}) {
    if (Status status = socket->set(option, kQueue); !status) return status.error();
  }
  if (Status status = socket->set(ZMQ_MAXMSGSIZE, static_cast<std::int64_t>(kMaxApiBytes)); !status) return status.error();
  if (Status status = bind_ipc(*socket, place.path, place.for_group); !status) return status.error();
  return ApiServer(std::move(*socket), place.path);
}

ApiServer::~ApiServer() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

std::optional<ApiServer::Incoming> ApiServer::receive() {
  ZmqMessage part;
  while (socket_.receive(part)) {
    const Client client = bytes_of(part.view());
    if (!part.more() || !socket_.receive(part)) continue;
    Result<ApiRequest> request = decode_request(part.view());
    bool single = true;
    while (part.more() && socket_.receive(part)) single = false;
    if (request && single) return Incoming{client, std::move(*request)};
    ApiReply refused;
    refused.failure = ApiFailure{ApiError::BadRequest, request ? "a request is one frame" : request.error().text};
    reply(client, refused);
  }
  return std::nullopt;
}

void ApiServer::reply(const Client& client, const ApiReply& reply) {
  if (client.empty()) return;
  Bytes frame = encode(reply);
  if (frame.size() > kMaxApiBytes) {
    ApiReply failed;
    failed.id = reply.id;
    failed.failure = ApiFailure{ApiError::TooLong, "the answer is too large for one reply"};
    frame = encode(failed);
  }
  if (socket_.send(client, true) == Sent::Done) socket_.send(View(frame), false);
}

void ApiServer::linger(Millis patience) {
  [[maybe_unused]] Status set = socket_.set(ZMQ_LINGER, static_cast<int>(patience.count()));  // refused only for a bad value
}

}  // namespace budstikke::daemon
