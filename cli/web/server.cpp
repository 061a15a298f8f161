#include "cli/web/server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <optional>
#include <system_error>

#include "protocol/base/text.h"

namespace budstikke::cli {
namespace {

constexpr unsigned kMostConnections = 64;
constexpr unsigned kConnectionSeconds = 10;
constexpr std::size_t kConnectionBytes = 32'768;
constexpr int kWaitingToConnect = 16;

// A listening socket of this address, whose port is written back; -1, with errno, when there is none.
int listen_at(LoopbackAddress& address) {
  sockaddr_storage storage{};
  socklen_t size = 0;
  if (address.is_v6()) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port);
    v6.sin6_addr = in6addr_loopback;
    size = sizeof v6;
  } else {
    auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port);
    ::inet_pton(AF_INET, address.host.c_str(), &v4.sin_addr);
    size = sizeof v4;
  }
  const int fd = ::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);  // what an earlier one left in TIME_WAIT
  auto* name = reinterpret_cast<sockaddr*>(&storage);
  if (::bind(fd, name, size) == 0 && ::listen(fd, kWaitingToConnect) == 0 && ::getsockname(fd, name, &size) == 0) {
    address.port = ntohs(address.is_v6() ? reinterpret_cast<sockaddr_in6&>(storage).sin6_port
                                         : reinterpret_cast<sockaddr_in&>(storage).sin_port);
    return fd;
  }
  const int reason = errno;
  ::close(fd);
  errno = reason;
  return -1;
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

MHD_Result add_pair(void* pairs, MHD_ValueKind, const char* key, std::size_t key_size, const char* value,
                    std::size_t value_size) {
  if (key != nullptr) {
    static_cast<Pairs*>(pairs)->emplace_back(std::string(key, key_size),
                                             value != nullptr ? std::string(value, value_size) : std::string());
  }
  return MHD_YES;
}

Pairs pairs_of(MHD_Connection* connection, MHD_ValueKind kind) {
  Pairs pairs;
  MHD_get_connection_values_n(connection, kind, add_pair, &pairs);
  return pairs;
}

bool is_header(const std::string& name, const char* wanted) { return ::strcasecmp(name.c_str(), wanted) == 0; }

WebRequest request_of(MHD_Connection* connection, const char* path, const char* method) {
  WebRequest request;
  request.method = method;
  request.path = path;
  for (const auto& [name, value] : pairs_of(connection, MHD_HEADER_KIND)) {
    if (is_header(name, MHD_HTTP_HEADER_HOST)) request.hosts.push_back(value);
    if (is_header(name, MHD_HTTP_HEADER_AUTHORIZATION)) request.authorization = value;
    if (is_header(name, MHD_HTTP_HEADER_ACCEPT_LANGUAGE)) request.accept_language = value;
    const bool tells_size = is_header(name, MHD_HTTP_HEADER_CONTENT_LENGTH);
    request.has_body = request.has_body || is_header(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) || (tells_size && value != "0");
  }
  for (auto& [name, value] : pairs_of(connection, MHD_GET_ARGUMENT_KIND)) {
    if (is_utf8(value)) request.query[name] = std::move(value);
  }
  for (auto& [name, value] : pairs_of(connection, MHD_COOKIE_KIND)) {
    if (name == kWebCookie) request.cookies.push_back(std::move(value));
  }
  return request;
}

MHD_Result send_reply(MHD_Connection* connection, const WebReply& reply) {
  // The library copies it, and does not write to it.
  void* body = const_cast<char*>(reply.body.data());
  MHD_Response* response = MHD_create_response_from_buffer(reply.body.size(), body, MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply.type.c_str());
  for (const auto& [name, value] : reply.headers) MHD_add_response_header(response, name.c_str(), value.c_str());
  const MHD_Result queued = MHD_queue_response(connection, static_cast<unsigned>(reply.status), response);
  MHD_destroy_response(response);
  return queued;
}

// Called twice for a request: once its headers are here, and when all of it is. Which of them it is, `state` remembers.
MHD_Result on_request(void* answer, MHD_Connection* connection, const char* path, const char* method, const char*, const char*,
                      std::size_t* body_size, void** state) {
  static char seen;
  try {
    const bool is_first = *state == nullptr;
    *state = &seen;
    const WebRequest request = request_of(connection, path, method);
    if (is_first && !request.has_body) return MHD_YES;
    if (*body_size != 0) return MHD_NO;
    const auto& by = *static_cast<const WebServer::Answer*>(answer);
    return by ? send_reply(connection, by(request)) : MHD_NO;
  } catch (const std::exception&) {
    return MHD_NO;  // the connection is cut: there is no memory to say why
  }
}

}  // namespace

struct WebServer::Library {
  MHD_Daemon* daemon = nullptr;
  ~Library() {
    if (daemon != nullptr) MHD_stop_daemon(daemon);
  }
};

WebServer::~WebServer() = default;

std::variant<std::unique_ptr<WebServer>, std::string> WebServer::start(const LoopbackAddress& address) {
  std::signal(SIGPIPE, SIG_IGN);
  std::unique_ptr<WebServer> server(new WebServer());
  server->address_ = address;
  const int listening = listen_at(server->address_);
  if (listening < 0) return std::generic_category().message(errno);
  server->library_ = std::make_unique<Library>();
  server->library_->daemon =
      MHD_start_daemon(MHD_USE_EPOLL, 0, nullptr, nullptr, on_request, &server->answer_, MHD_OPTION_LISTEN_SOCKET, listening,
                       MHD_OPTION_CONNECTION_LIMIT, kMostConnections, MHD_OPTION_CONNECTION_TIMEOUT, kConnectionSeconds,
                       MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionBytes, MHD_OPTION_STRICT_FOR_CLIENT, 1,
                       MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
  if (server->library_->daemon != nullptr) return server;
  const int reason = errno;
  ::close(listening);
  return std::generic_category().message(reason);
}

bool WebServer::serve(Millis wait) { return MHD_run_wait(library_->daemon, static_cast<std::int32_t>(wait.count())) == MHD_YES; }

}  // namespace budstikke::cli
