// `key rotate|passphrase` and `unlock`.
//
// Invariants   A passphrase is asked for on the terminal without being shown, or read from standard input, a line each; never
// from
//              the command line, where other users of the machine and the shell's history would see it. It is in no output.
#include <chrono>
#include <istream>
#include <thread>

#include "cli/commands/commands.h"
#include "cli/commands/wordings.h"
#include "cli/moments.h"

namespace budstikke::cli {
namespace {

constexpr Millis kRotationPatience{10'000};  // what hears of it, hears of it in a second or two
constexpr int kStartTries = 600;             // a node that was unlocked looks at its store before it answers
constexpr Millis kStartTry{50};

std::optional<std::string> secret_line(Context& context, Text question) {
  Io& io = context.io();
  if (io.in_is_terminal && io.ask_secret) return io.ask_secret(context.say(question) + " ");
  std::string line;
  if (!std::getline(io.in, line)) return std::nullopt;
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

// The new passphrase; nullopt when there is none, and that was told. On a terminal it is typed twice, since nobody sees it.
std::optional<std::string> new_passphrase(Context& context) {
  std::optional<std::string> wanted = secret_line(context, Text::PassphraseNew);
  if (!wanted || wanted->empty()) {
    context.fail(Trouble::Declined);
    return std::nullopt;
  }
  if (!context.io().in_is_terminal || secret_line(context, Text::PassphraseAgain) == wanted) return wanted;
  context.fail(Trouble::PassphrasesDiffer);
  return std::nullopt;
}

bool is_running(Context& context) {
  for (int i = 0; i < kStartTries; ++i) {
    Client client(context.home());
    const std::variant<ApiReply, Trouble> answer = client.ask("status", Value::map(), kReplyTimeout);
    if (const auto* reply = std::get_if<ApiReply>(&answer)) return !reply->failure;
    std::this_thread::sleep_for(kStartTry);
  }
  return false;
}

}  // namespace

int key_rotate(Context& context) {
  Value args;
  args.set("now", context.args().has("now"));
  args.set("timeout_ms", kRotationPatience.count());
  const std::optional<Value> keys = context.ask("key.rotate", std::move(args), kReplyTimeout + kRotationPatience);
  if (!keys) return context.exit_code();
  if (context.json()) {
    context.print(*keys);
    return 0;
  }
  if (context.quiet()) return 0;
  if (keys->find("change") == nullptr) {
    context.say_line(Text::KeyInUse);
  } else {
    context.line(key_change_line(context, *keys));
  }
  context.say_line(Text::KeyRotatedNext);
  return 0;
}

int key_passphrase(Context& context) {
  const bool removes = context.args().has("remove");
  Value look;
  look.set("look", true);
  const std::optional<Value> keys = context.ask("key.passphrase", std::move(look));
  if (!keys) return context.exit_code();
  const bool has_one = keys->boolean("passphrase");
  if (removes && !has_one) {
    if (context.json()) {
      context.print(*keys);
    } else if (!context.quiet()) {
      context.say_line(Text::PassphraseNone);
    }
    return 0;
  }
  Value args;
  if (has_one) {
    const std::optional<std::string> current = secret_line(context, Text::PassphraseCurrent);
    if (!current) return context.fail(Trouble::Declined);
    args.set("current", *current);
  }
  if (removes) {
    args.set("remove", true);
  } else {
    const std::optional<std::string> wanted = new_passphrase(context);
    if (!wanted) return context.exit_code();
    args.set("new", *wanted);
  }
  const std::optional<Value> reply = context.ask("key.passphrase", std::move(args));
  if (!reply) return context.exit_code();
  if (context.json()) {
    context.print(*reply);
  } else if (!context.quiet()) {
    context.say_line(removes ? Text::PassphraseRemoved : Text::PassphraseSet);
  }
  return 0;
}

int unlock(Context& context) {
  const std::optional<std::string> passphrase = secret_line(context, Text::PassphraseCurrent);
  if (!passphrase || passphrase->empty()) return context.fail(Trouble::Declined);
  Value args;
  args.set("passphrase", *passphrase);
  const std::optional<Value> reply = context.ask("unlock", std::move(args));
  if (!reply) return context.exit_code();
  const bool was_locked = reply->boolean("was_locked");
  const bool runs = !was_locked || is_running(context);
  if (context.json()) {
    Value result = *reply;
    result.set("running", runs);
    context.print(result);
  } else if (!context.quiet()) {
    context.say_line(!was_locked ? Text::NotLocked : runs ? Text::Unlocked : Text::UnlockedStarting);
  }
  return 0;
}

std::string key_change_line(const Context& context, const Value& keys) {
  const Value* change = keys.find("change");
  if (change == nullptr) return {};
  std::string names;
  for (const Value& member : change->items("waits_for")) names += (names.empty() ? "" : ", ") + member.text("name");
  if (names.empty()) return context.say(Text::KeyBeingChanged);
  return context.say(Text::KeyWaits, {names, long_moment(change->text("latest"), context.language())});
}

}  // namespace budstikke::cli
