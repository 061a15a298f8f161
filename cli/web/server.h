// HTTP on the loopback interface: hands each request over as plain values, and sends what it is given back.
//
// Policy       One thread, one request at a time, at most 64 connections, each with 32 KiB for its request and ten seconds of
// silence. No
//              body is read: who sends one is answered at once and cut off.
// Errors       start(): the system's words for why it cannot listen. A request that breaks the rules of HTTP is answered by the
// library. Threads      One, that of whoever calls serve(). Source       libmicrohttpd, met here alone. It is told to leave
// SIGPIPE to us, and that is ignored in the whole process.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cli/web/address.h"
#include "protocol/base/time.h"

namespace budstikke::cli {

inline constexpr const char* kWebCookie = "budstikke";

struct WebRequest {
  std::string method;
  std::string path;                          // decoded, without the query
  std::map<std::string, std::string> query;  // decoded, of each name the last; none that is no UTF-8
  std::vector<std::string> hosts;            // one in every decent request
  std::vector<std::string> cookies;          // values of kWebCookie
  std::string authorization;
  std::string accept_language;
  bool has_body = false;
};

struct WebReply {
  int status = 200;
  std::string type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};
};

class WebServer {
 public:
  using Answer = std::function<WebReply(const WebRequest&)>;
  static std::variant<std::unique_ptr<WebServer>, std::string> start(const LoopbackAddress& address);
  ~WebServer();
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;

  const LoopbackAddress& address() const { return address_; }  // with the port that it has
  // Who answers; until then nobody does.
  void answer_by(Answer answer) { answer_ = std::move(answer); }
  // Deals with what comes, and is back after so long at the latest. False: it cannot go on.
  bool serve(Millis wait);

 private:
  struct Library;
  WebServer() = default;
  LoopbackAddress address_;
  Answer answer_;
  std::unique_ptr<Library> library_;
};

}  // namespace budstikke::cli
