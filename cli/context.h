// What a command works with: its arguments, the node, and the one way to speak to the person or program that called it.
//
// Errors       A function that fails has told so before it returns: fail() writes the message and what to do next (or the JSON
//              error) to standard error and remembers the exit code. Callers only return `exit_code()`.
#pragma once

#include <filesystem>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>

#include "cli/arguments.h"
#include "cli/client.h"
#include "cli/io.h"
#include "cli/table.h"
#include "cli/text.h"

namespace budstikke::cli {

inline constexpr Millis kReplyTimeout{30'000};  // a durable commit on a slow disk is far quicker
inline constexpr Millis kJoinTimeout{40'000};   // the node itself answers within 30 s

class Context {
 public:
  Context(Io& io, const Arguments& args, Language language);

  Io& io() { return io_; }
  WallTime now() const { return io_.now; }
  const Arguments& args() const { return args_; }
  Language language() const { return language_; }
  void speak(Language language) { language_ = language; }  // from now on
  bool danish() const { return language_ == Language::Danish; }
  bool json() const { return args_.json; }
  bool quiet() const { return args_.quiet; }
  bool colour() const;
  const std::filesystem::path& home() const { return home_; }
  // For commands that make a home: where nothing else was said, the person's own, though this computer has a service.
  void use_own_home();

  std::string say(Text text, std::initializer_list<std::string> parts = {}) const;
  // A line on standard output, or on standard error for what only people read; on a terminal wrapped at its blanks.
  void line(std::string_view text);
  void tell(std::string_view text);
  void tell(Text text, std::initializer_list<std::string> parts = {}) { tell(say(text, parts)); }
  void say_line(Text text, std::initializer_list<std::string> parts = {}) { line(say(text, parts)); }
  void print(const Value& document);  // JSON on standard output
  void print(const Table& table);
  // What may be longer than the terminal: with BUDSTIKKE_PAGER, else PAGER, else less; as it is elsewhere, when it fits, or when
  // the program is "cat", empty or not there.
  void page(const std::string& text);
  // Whether a person sits at a terminal who can be asked for what is missing.
  bool may_ask() const { return io_.in_is_terminal && !json(); }
  // What they type behind a question, without blanks around it; nullopt when they end it (Ctrl-D).
  std::optional<std::string> answer_to(const std::string& question);
  // Asks before something that cannot simply be taken back: true when the person says yes or said so by --yes. False has
  // been reported.
  bool confirm(const std::string& question);
  // The same before what cannot be taken back at all: the person types the name of what it is done to.
  bool confirm_by_name(const std::string& question, const std::string& name);

  int fail(Trouble trouble, std::initializer_list<std::string> parts = {});
  int fail(ApiError error, const std::string& subject = {}, const std::string& hint = {}, const std::string& detail = {});
  int fail(const ApiFailure& failure);
  int exit_code() const { return exit_code_; }
  // Says what goes wrong to somebody who goes on all the same.
  void warn(Trouble trouble, std::initializer_list<std::string> parts = {});

  // The node's answer. A refusal or a node that does not answer has been reported.
  std::optional<Value> ask(const std::string& command, Value args = Value::map(), Millis timeout = kReplyTimeout);
  // The same, but whether there is an answer at all is the caller's to judge.
  std::variant<ApiReply, Trouble> try_ask(const std::string& command, Value args = Value::map(), Millis timeout = kReplyTimeout) {
    return client_.ask(command, std::move(args), timeout);
  }
  // Called now and then while the node is awaited; nothing once it is empty.
  // What is to be done before the next error is written, such as taking a line of progress away; once.
  void before_report(std::function<void()> call) { before_report_ = std::move(call); }
  void while_waiting(std::function<void()> call) { client_.while_waiting(std::move(call)); }
  // The same, but a refusal of the node is the caller's to judge.
  std::optional<ApiReply> ask_reply(const std::string& command, Value args = Value::map(), Millis timeout = kReplyTimeout);
  // Arguments for the node with `network` from the command line, when given.
  Value with_network(Value args) const;

 private:
  int report(std::string_view code, int exit_code, const std::string& message, const std::string& hint);
  Io& io_;
  const Arguments& args_;
  Language language_;
  std::filesystem::path home_;
  Client client_;
  int exit_code_ = 0;
  std::function<void()> before_report_ = {};
};

// One line of wording for an error of the node, for places that name several.
std::string error_line(ApiError error, const std::string& subject, Language language);

// --lang, else what the person has chosen (saved_language.h), else the first of the locale's variables that is set; Danish for
// "da", "da_DK.UTF-8"….
Language language_of(const Arguments& args, const Io& io);

// The node's home: --home, BUDSTIKKE_HOME, or budstikke in the person's data folder; where there is none, that of this computer's
// service, if it has one (service.h).
std::filesystem::path home_of(const Io& io, const Arguments& args);
std::filesystem::path own_home_of(const Io& io, const Arguments& args);

}  // namespace budstikke::cli
