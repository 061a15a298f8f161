#include "daemon/door/zap.h"

#include <unistd.h>
#include <zmq.h>

#include <algorithm>

#include "daemon/door/address.h"
#include "daemon/door/steady.h"
#include "protocol/base/text.h"

namespace budstikke::daemon {
namespace {

constexpr const char* kZapEndpoint = "inproc://zeromq.zap.01";
constexpr std::size_t kRequestParts = 7;  // version, request id, domain, address, routing id, mechanism, key
constexpr int kExitZapEnded = 70;

bool is_well_formed(const std::vector<ZmqMessage>& request) {
  return request.size() == kRequestParts && text_of(request[0].view()) == "1.0" && text_of(request[5].view()) == "CURVE" &&
         request[6].size() == TransportKey::kSize;
}

}  // namespace

void AllowList::replace(std::vector<AllowedKey> keys) {
  // A key that is both a member's and an invitation's counts as a member's: false sorts before true.
  std::sort(keys.begin(), keys.end(), [](const AllowedKey& a, const AllowedKey& b) {
    return a.key == b.key ? a.invitation < b.invitation : a.key < b.key;
  });
  auto same_key = [](const AllowedKey& a, const AllowedKey& b) { return a.key == b.key; };
  keys.erase(std::unique(keys.begin(), keys.end(), same_key), keys.end());
  auto fresh = std::make_shared<const Snapshot>(std::move(keys));
  std::lock_guard lock(mutex_);
  snapshot_.swap(fresh);
}

std::shared_ptr<const AllowList::Snapshot> AllowList::snapshot() const {
  std::lock_guard lock(mutex_);
  return snapshot_;
}

std::optional<AllowedKey> AllowList::find(const TransportKey& key) const {
  std::shared_ptr<const Snapshot> keys = snapshot();
  auto found = std::lower_bound(keys->begin(), keys->end(), key,
                                [](const AllowedKey& item, const TransportKey& wanted) { return item.key < wanted; });
  if (found == keys->end() || found->key != key) return std::nullopt;
  return *found;
}

Result<std::unique_ptr<ZapHandler>> ZapHandler::start(ZmqContext& context, const AllowList& allowed) {
  Result<ZmqSocket> socket = ZmqSocket::open(context, ZMQ_REP);
  if (!socket) return socket.error();
  if (Status bound = socket->bind(kZapEndpoint); !bound) return bound.error();
  return std::unique_ptr<ZapHandler>(new ZapHandler(context, allowed, std::move(*socket)));
}

// Handing the bound socket to the thread is a full memory barrier, which is all that ZeroMQ asks for.
ZapHandler::ZapHandler(ZmqContext& context, const AllowList& allowed, ZmqSocket socket)
    : context_(context), allowed_(allowed), thread_([this, moved = std::move(socket)]() mutable { serve(std::move(moved)); }) {}

ZapHandler::~ZapHandler() {
  stopping_ = true;
  context_.shut_down();
  thread_.join();
}

void ZapHandler::serve(ZmqSocket socket) {
  for (;;) {
    std::vector<ZmqMessage> request(1);
    bool got = socket.receive_waiting(request.back());
    while (got && request.back().more()) {
      request.emplace_back();
      got = socket.receive(request.back());
    }
    if (!got) break;
    answer(socket, request);
  }
  if (stopping_) return;
  log(LogLevel::Error, "zap-ended", {{"reason", "the handler that refuses strangers has ended"}});
  ::_exit(kExitZapEnded);
}

void ZapHandler::answer(ZmqSocket& socket, const std::vector<ZmqMessage>& request) {
  bool well_formed = is_well_formed(request);
  TransportKey key = well_formed ? TransportKey::from(request[6].view()) : TransportKey{};
  bool allowed = well_formed && allowed_.find(key).has_value();
  bool quiet = allowed_.is_quiet();
  View request_id = request.size() > 1 ? request[1].view() : View{};
  const std::string user_id = allowed ? hex_of(key) : std::string();
  socket.send(view_of("1.0"), true);
  socket.send(request_id, true);
  socket.send(view_of(allowed ? "200" : "400"), true);
  socket.send(view_of(allowed ? "OK" : "unknown key"), true);
  socket.send(view_of(user_id), true);
  socket.send(View{}, false);
  if (allowed || quiet) return;
  std::string address = well_formed ? shown_address(text_of(request[3].view())) : "unknown";
  limiter_.log(steady_now(), LogLevel::Notice, "stranger-refused", address, {{"key", short_name(key)}});
}

}  // namespace budstikke::daemon
