#include "cli/context.h"

#include <algorithm>
#include <istream>
#include <ostream>
#include <utility>

#include "cli/commands/wordings.h"
#include "cli/fields.h"
#include "cli/json.h"
#include "cli/moments.h"
#include "cli/saved_language.h"
#include "cli/service.h"
#include "cli/wrap.h"
#include "protocol/base/text.h"
#include "protocol/records/kinds.h"
#include "protocol/records/moment.h"

namespace budstikke::cli {
namespace {

// Errors whose cause only the node's own (English) words can tell.
bool needs_detail(ApiError error) {
  switch (error) {
    case ApiError::BadRequest:
    case ApiError::BadText:
    case ApiError::NotPermitted:
    case ApiError::Unreachable:
    case ApiError::BackupFailed:
    case ApiError::BadConfig:
    case ApiError::CannotListen:
    case ApiError::StoreFailed:
    case ApiError::Internal:
      return true;
    default:
      return false;
  }
}

// The node names fields as the table of kinds does, and times in UTC; people know them as flags, and by their own clock.
std::string subject_for_people(const std::string& subject, Language language) {
  for (const KindInfo& kind : kinds()) {
    if (const Field* field = find_field(kind, std::string_view(subject))) return "--" + flag_for(*field, language);
  }
  return parse_utc(subject) ? long_moment(subject, language) : subject;
}

// Of "only a member in the role national may change …; this node is in the role council", what stands behind `before`.
std::string word_behind(std::string_view detail, std::string_view before, std::string_view end) {
  const std::size_t at = detail.find(before);
  if (at == std::string_view::npos) return {};
  detail.remove_prefix(at + before.size());
  return std::string(detail.substr(0, detail.find(end)));
}

std::string roles_in(std::string_view roles, Language language) {
  std::string named;
  while (!roles.empty()) {
    const std::size_t end = std::min(roles.find(", "), roles.size());
    named.append(named.empty() ? "" : ", ").append(role_word(roles.substr(0, end), language));
    roles.remove_prefix(std::min(end + 2, roles.size()));
  }
  return named;
}

// The node's own words on why, which are English. A Danish reader gets those that are about roles and owners in Danish, none
// about the rest that people can mend, and all that only helps whoever mends the program.
std::string reason_for(ApiError error, const std::string& detail, Language language) {
  if (detail.empty() || !needs_detail(error)) return {};
  if (error == ApiError::BadConfig) return config_fault(detail, language);
  const std::string roles = word_behind(detail, "only a member in the role ", " may ");
  if (!roles.empty()) {
    return fill(wording(Text::OnlyRoles, language),
                {roles_in(roles, language), roles_in(word_behind(detail, "this node is in the role ", "; "), language)});
  }
  if (detail.find("only that council may") != std::string::npos) return std::string(wording(Text::OnlyOwner, language));
  if (detail == "another council's record that is not shared") return std::string(wording(Text::NotShared, language));
  const bool is_mended_here = error == ApiError::NotPermitted || error == ApiError::BadText || error == ApiError::Unreachable;
  return language == Language::Danish && is_mended_here ? std::string() : detail;
}

// What is told back of what was typed must not steer the terminal: control characters become U+FFFD.
std::string harmless(std::string_view text) {
  constexpr std::string_view kInstead = "\xEF\xBF\xBD";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    const bool second_set = c == 0xC2 && next >= 0x80 && next < 0xA0;
    if ((c < 0x20 && c != '\n') || c == 0x7F || second_set) {
      out += kInstead;
      if (second_set) ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

// The node puts a request that is not text throughout aside unanswered.
bool is_text_throughout(const Value& value) {
  if (const std::string* text = value.if_text()) return is_utf8(*text);
  if (value.if_array() != nullptr) return std::ranges::all_of(value.items(), is_text_throughout);
  if (value.if_map() == nullptr) return true;
  return std::ranges::all_of(*value.if_map(), [](const auto& pair) { return is_text_throughout(pair.second); });
}

std::string message_of(ApiError error, const std::string& subject, const std::string& detail, Language language) {
  std::string message = fill(wording(error, language).message, {subject});
  if (const std::string reason = reason_for(error, detail, language); !reason.empty()) message += " (" + reason + ")";
  return message;
}

}  // namespace

Context::Context(Io& io, const Arguments& args, Language language)
    : io_(io), args_(args), language_(language), home_(home_of(io, args)), client_(home_) {}

void Context::use_own_home() { home_ = own_home_of(io_, args_); }

bool Context::colour() const {
  const std::optional<std::string> none = io_.env("NO_COLOR");
  if (none && !none->empty()) return false;
  return io_.out_is_terminal && !args_.no_color && io_.env("TERM").value_or("") != "dumb";
}

std::string Context::say(Text text, std::initializer_list<std::string> parts) const {
  return fill(wording(text, language_), parts);
}

void Context::line(std::string_view text) { io_.out << wrapped(text, io_.out_is_terminal ? io_.columns : 0) << '\n'; }

void Context::tell(std::string_view text) { io_.err << wrapped(text, io_.err_is_terminal ? io_.columns : 0) << '\n'; }

void Context::print(const Value& document) { io_.out << json_of(document) << '\n'; }

void Context::print(const Table& table) {
  page(table.text({.aligned = io_.out_is_terminal, .columns = io_.columns, .bold = colour()}));
}

void Context::page(const std::string& text) {
  constexpr std::string_view kUsualPager = "less";
  std::optional<std::string> pager = io_.env("BUDSTIKKE_PAGER");
  if (!pager) pager = io_.env("PAGER");
  const std::string command = pager.value_or(std::string(kUsualPager));
  const bool both = io_.out_is_terminal && io_.in_is_terminal;
  const bool is_long = io_.rows > 0 && static_cast<std::size_t>(std::ranges::count(text, '\n')) >= io_.rows;
  const bool wanted = both && is_long && !trim(command).empty() && trim(command) != "cat" && io_.run_pager;
  if (wanted && io_.run_pager(command, text)) return;
  io_.out << text;
}

std::optional<std::string> Context::answer_to(const std::string& question) {
  io_.err << wrapped(question, io_.err_is_terminal ? io_.columns : 0) << ' ' << std::flush;
  std::string answer;
  if (std::getline(io_.in, answer)) return trim(answer);
  io_.err << '\n';
  return std::nullopt;
}

bool Context::confirm(const std::string& question) {
  if (args_.yes) return true;
  if (!may_ask()) {
    fail(Trouble::NeedsYes);
    return false;
  }
  if (is_yes(answer_to(question).value_or(""))) return true;
  fail(Trouble::Declined);
  return false;
}

bool Context::confirm_by_name(const std::string& question, const std::string& name) {
  if (args_.yes) return true;
  if (!may_ask()) {
    fail(Trouble::NeedsYes);
    return false;
  }
  tell(question);
  for (;;) {
    const std::string answer = answer_to(say(Text::AskName, {name})).value_or("");
    if (answer.empty()) {
      fail(Trouble::Declined);
      return false;
    }
    if (fold_case(answer) == fold_case(trim(name))) return true;
    tell(Text::NotTheName);
  }
}

int Context::report(std::string_view code, int exit_code, const std::string& message, const std::string& hint) {
  exit_code_ = exit_code;
  if (const std::function<void()> first = std::exchange(before_report_, {})) first();
  if (json()) {
    Value error;
    error.set("code", code);
    error.set("message", message);
    error.set("hint", hint);
    Value document;
    document.set("error", std::move(error));
    io_.err << json_of(document) << '\n';
    return exit_code;
  }
  tell("budstikke: " + harmless(message));
  if (!hint.empty()) tell("  " + harmless(hint));
  return exit_code;
}

int Context::fail(Trouble trouble, std::initializer_list<std::string> parts) {
  const Wording words = wording(trouble, language_);
  return report(text_of(trouble), exit_code_of(trouble), fill(words.message, parts), fill(words.hint, parts));
}

void Context::warn(Trouble trouble, std::initializer_list<std::string> parts) {
  const int before = exit_code_;
  fail(trouble, parts);
  exit_code_ = before;
}

int Context::fail(ApiError error, const std::string& subject, const std::string& hint, const std::string& detail) {
  const std::string next = hint.empty() ? fill(wording(error, language_).hint, {subject}) : hint;
  return report(text_of(error), exit_code_of(error), message_of(error, subject, detail, language_), next);
}

int Context::fail(const ApiFailure& failure) {
  const std::string subject = subject_for_people(failure.subject, language_);
  if (failure.code == ApiError::BadDate && failure.message == "it ends before it starts") {
    return report(text_of(failure.code), exit_code_of(failure.code), say(Text::EndsBeforeStart, {subject}),
                  say(Text::EndsBeforeStartHint));
  }
  std::string hint;
  if (failure.code == ApiError::RoleEnded) {  // it names who can help, and what they need to know
    hint = fill(wording(failure.code, language_).hint,
                {subject, prolonged_by(*this, failure.args.items("who")), short_id(failure.args.text("member")),
                 role_name(*this, failure.args.text("role"))});
  }
  return fail(failure.code, subject, hint, failure.message);
}

std::optional<ApiReply> Context::ask_reply(const std::string& command, Value args, Millis timeout) {
  if (!is_text_throughout(args)) {
    fail(ApiError::BadText, "UTF-8");
    return std::nullopt;
  }
  std::variant<ApiReply, Trouble> answer = client_.ask(command, std::move(args), timeout);
  if (const Trouble* trouble = std::get_if<Trouble>(&answer)) {
    fail(*trouble, {home_.string()});
    return std::nullopt;
  }
  return std::move(std::get<ApiReply>(answer));
}

std::optional<Value> Context::ask(const std::string& command, Value args, Millis timeout) {
  std::optional<ApiReply> reply = ask_reply(command, std::move(args), timeout);
  if (!reply) return std::nullopt;
  if (!reply->failure) return std::move(reply->result);
  fail(*reply->failure);
  return std::nullopt;
}

Value Context::with_network(Value args) const {
  if (const std::optional<std::string> network = args_.flag("network")) args.set("network", *network);
  return args;
}

std::string error_line(ApiError error, const std::string& subject, Language language) {
  return message_of(error, subject, {}, language);
}

Language language_of(const Arguments& args, const Io& io) {
  if (!args.language) {
    if (const std::optional<Language> chosen = saved_language(io)) return *chosen;
  }
  std::string locale = args.language.value_or("");
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    if (locale.empty()) locale = io.env(name).value_or("");
  }
  return locale.starts_with("da") ? Language::Danish : Language::English;
}

std::filesystem::path home_of(const Io& io, const Arguments& args) {
  const std::filesystem::path own = own_home_of(io, args);
  const bool was_said = args.home || !io.env("BUDSTIKKE_HOME").value_or("").empty();
  std::error_code ignored;
  if (was_said || is_home(own) || !std::filesystem::is_directory(kServiceHome, ignored)) return own;
  return kServiceHome;
}

std::filesystem::path own_home_of(const Io& io, const Arguments& args) {
  if (args.home) return *args.home;
  const auto given = [&](const char* name) { return io.env(name).value_or(""); };
  if (const std::string home = given("BUDSTIKKE_HOME"); !home.empty()) return home;
  if (const std::string data = given("XDG_DATA_HOME"); !data.empty()) return std::filesystem::path(data) / "budstikke";
  return std::filesystem::path(given("HOME")) / ".local/share/budstikke";
}

}  // namespace budstikke::cli
