// `watch`: tells each change as it arrives, and runs a program for each, again until it ends well.
//
// Under a name, and for a program, it goes on where it was ended: what was told is noted only after it was told, so that
// each change is told at least once, however this ends.
#include <algorithm>
#include <ostream>

#include "cli/commands/changes.h"
#include "cli/commands/commands.h"
#include "cli/json.h"
#include "cli/moments.h"
#include "cli/names.h"
#include "cli/watch_mark.h"

namespace budstikke::cli {
namespace {

constexpr Millis kWatchWait{30'000};                          // of one request; then it is asked again
constexpr Millis kFirstRetry{1'000}, kLongestRetry{300'000};  // before a program is run again: twice as long each time
constexpr Millis kFirstRedial{500}, kLongestRedial{15'000};   // before a node that does not answer is asked again
constexpr std::string_view kDefaultName = "default";

class Watch {
 public:
  Watch(Context& context, Value args) : context_(context), args_(std::move(args)) {}

  int run() {
    program_ = context_.args().flag("exec");
    std::optional<Value> first = context_.ask("watch", args_);
    if (!first) return context_.exit_code();
    std::string mark = first->text("next");
    if (program_ || context_.args().has("name")) {
      const std::string name = context_.args().flag("name").value_or(std::string(kDefaultName));
      if (!is_watch_name(name)) return context_.fail(Trouble::BadName, {name});
      std::optional<WatchMark> opened = WatchMark::open(context_, first->text("member"), name);
      if (!opened) return context_.exit_code();
      kept_.emplace(std::move(*opened));
      if (!kept_->mark().empty()) mark = kept_->mark();
      if (!kept_->write(context_, mark)) return context_.exit_code();
    }
    args_.set("timeout_ms", static_cast<std::int64_t>(kWatchWait.count()));
    for (;;) {
      args_.set("after", mark);
      const std::optional<Value> news = ask();
      if (!news) return context_.exit_code();
      if (const std::string since = news->text("told_again_since"); !since.empty() && !context_.json()) {
        context_.tell(Text::WatchToldAgain, {long_moment(since, context_.language())});
      }
      for (const Value& change : news->items("changes")) {
        if (!tell(change)) return context_.exit_code();
      }
      mark = news->text("next");
      if (kept_ && !kept_->write(context_, mark)) return context_.exit_code();
    }
  }

 private:
  // What is new, or nothing yet. A node that was there comes back: it is asked until it does.
  std::optional<Value> ask() {
    Millis wait = kFirstRedial;
    for (bool is_apart = false;; is_apart = true) {
      std::variant<ApiReply, Trouble> answer = context_.try_ask("watch", args_, kWatchWait + kReplyTimeout);
      if (ApiReply* reply = std::get_if<ApiReply>(&answer)) {
        if (is_apart) note(Text::WatchBack);
        if (!reply->failure) return std::move(reply->result);
        const bool is_mark = kept_ && reply->failure->code == ApiError::BadRequest && reply->failure->subject == "after";
        is_mark ? context_.fail(Trouble::BadMark, {kept_->file().string()}) : context_.fail(*reply->failure);
        return std::nullopt;
      }
      const Trouble trouble = std::get<Trouble>(answer);
      if (trouble == Trouble::BadReply || !context_.io().sleep) {
        context_.fail(trouble, {context_.home().string()});
        return std::nullopt;
      }
      if (!is_apart) note(Text::WatchApart);
      context_.io().sleep(wait);
      wait = std::min(wait * 2, kLongestRedial);
    }
  }

  // False has been reported: the change counts as not told.
  bool tell(const Value& change) {
    if (program_ && !run_program(change)) return false;
    if (context_.json()) {
      context_.io().out << json_line_of(change) << '\n';
    } else if (!context_.quiet()) {
      context_.io().out << lines_.of(context_, change);
    }
    context_.io().out << std::flush;
    if (!context_.io().out) return context_.fail(Trouble::CannotWrite, {"-"}) == 0;
    return !kept_ || kept_->write(context_, change.text("mark"));
  }

  bool run_program(const Value& change) {
    constexpr int kNoProgram = 127;
    Millis wait = kFirstRetry;
    for (;;) {
      const int code = context_.io().run_program(*program_, json_line_of(change) + "\n");
      if (code == 0) return true;
      const std::string about = change.text("kind") + " " + change.text("short");
      if (code == kNoProgram) return context_.fail(Trouble::ExecFailed, {*program_, std::to_string(code), about}) == 0;
      context_.warn(Trouble::ExecFailed, {*program_, std::to_string(code), about});
      if (!context_.json()) {
        context_.tell("  " + context_.say(Text::WatchTriedAgain, {std::to_string(wait.count() / 1'000)}));
      }
      context_.io().sleep(wait);
      wait = std::min(wait * 2, kLongestRetry);
    }
  }

  void note(Text text) {
    if (!context_.json()) context_.tell(text);
    context_.io().err << std::flush;
  }

  Context& context_;
  Value args_;
  std::optional<std::string> program_;
  std::optional<WatchMark> kept_;
  ChangeLines lines_;
};

}  // namespace

int watch(Context& context) {
  Value args = context.with_network(Value::map());
  Value wanted = Value::array();
  for (const std::string& word : context.args().words) {
    const KindInfo* kind = kind_named(word);
    if (kind == nullptr) return context.fail(ApiError::UnknownKind, word, did_you_mean(context, word, noun_names()));
    wanted.push(kind->name);
  }
  if (!wanted.items().empty()) args.set("kinds", std::move(wanted));
  return Watch(context, std::move(args)).run();
}

}  // namespace budstikke::cli
