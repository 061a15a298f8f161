// `sync`: dials at once; with --wait, returns when this node and its peers hold the same.
#include <charconv>

#include "cli/commands/commands.h"
#include "cli/commands/wordings.h"
#include "cli/progress.h"

namespace budstikke::cli {
namespace {

constexpr std::int64_t kDefaultWaitSeconds = 10;
constexpr std::int64_t kLongestWaitSeconds = 3'600;
constexpr Millis kPeersTimeout{500};

std::optional<std::int64_t> timeout_of(const std::string& typed) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(typed.data(), typed.data() + typed.size(), seconds);
  if (error != std::errc() || end != typed.data() + typed.size()) return std::nullopt;
  return seconds >= 0 && seconds <= kLongestWaitSeconds ? std::optional(seconds) : std::nullopt;
}

void tell_peers(Client& client, Progress& progress) {
  const std::variant<ApiReply, Trouble> answer = client.ask("peers", Value::map(), kPeersTimeout);
  const ApiReply* reply = std::get_if<ApiReply>(&answer);
  if (reply == nullptr || reply->failure) return;
  std::size_t connected = 0, done = 0;
  for (const Value& peer : reply->result.items("peers")) {
    if (!peer.boolean("connected")) continue;
    ++connected;
    if (peer.boolean("in_sync")) ++done;
  }
  progress.tell({std::to_string(done), std::to_string(connected), progress.seconds()});
}

}  // namespace

int sync(Context& context) {
  const bool wait = context.args().has("wait");
  std::int64_t seconds = wait ? kDefaultWaitSeconds : 0;
  if (const std::optional<std::string> given = context.args().flag("timeout")) {
    const std::optional<std::int64_t> read = timeout_of(*given);
    if (!read) return context.fail(ApiError::BadNumber, *given);
    if (wait) seconds = *read;
  }
  Value args;
  args.set("timeout_ms", seconds * 1'000);
  const Millis limit = kReplyTimeout + Millis(seconds * 1'000);
  Progress progress(context, Text::ProgressSync);
  Client beside(context.home());  // asks how far it is, while the other request waits
  progress.while_waiting([&] { tell_peers(beside, progress); });
  const std::optional<Value> reply = context.ask("sync", std::move(args), limit);
  progress.clear();
  if (!reply) return context.exit_code();
  const bool in_sync = reply->boolean("in_sync");
  if (context.json()) {
    context.print(*reply);
  } else if (in_sync && !context.quiet()) {
    context.say_line(Text::InSync);
  } else if (!context.quiet()) {
    for (const Value& peer : reply->items("peers")) context.line(peer_line(context, peer));
    if (!wait) context.say_line(Text::SyncStarted);
  }
  if (wait && !in_sync) return context.fail(ApiError::TimedOut, std::to_string(seconds) + " s");
  return 0;
}

}  // namespace budstikke::cli
