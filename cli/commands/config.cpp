// `config show` and `daemon reload`: what the node goes by, where that is from, and reading it anew.
#include "cli/commands/commands.h"
#include "cli/commands/wordings.h"

namespace budstikke::cli {
namespace {

constexpr Millis kReloadTimeout{30'000};  // the node itself answers within 15 s

bool has_one_of(const Context& context, std::string_view name, std::string_view danish) {
  return context.args().has(name) || context.args().has(danish);
}

std::string quoted_value(const std::string& value) { return "\"" + value + "\""; }

// Without the home in front, which is the same for all.
std::string in_home(const Context& context, const Value& config, std::string origin) {
  if (origin == "default") return context.say(Text::ConfigDefault);
  const std::string home = config.text("home") + "/";
  return origin.starts_with(home) ? origin.substr(home.size()) : origin;
}

Text state_text(const Value& setting) {
  const std::string state = setting.text("state");
  return state == "changed" ? Text::ConfigNotYet : state == "failed" ? Text::ConfigFailed : Text::ConfigInForce;
}

// What stands behind `before` and in front of `end`.
std::string between(std::string_view text, std::string_view before, std::string_view end) {
  const std::size_t at = text.find(before);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + before.size());
  return std::string(text.substr(0, text.find(end)));
}

}  // namespace

int config_show(Context& context) {
  const std::optional<Value> config = context.ask("config.show");
  if (!config) return context.exit_code();
  if (context.json()) {
    context.print(*config);
    return 0;
  }
  const bool origin = has_one_of(context, "origin", "oprindelse");
  std::vector<std::string> headings = {context.say(Text::ConfigKey), context.say(Text::ConfigValue),
                                       context.say(Text::ConfigState)};
  if (origin) headings.push_back(context.say(Text::ConfigOrigin));
  Table table(std::move(headings));
  for (const Value& setting : config->items("settings")) {
    std::vector<std::string> cells = {setting.text("key"), quoted_value(setting.text("value")), context.say(state_text(setting))};
    if (origin) cells.push_back(in_home(context, *config, setting.text("origin")));
    table.row(std::move(cells));
  }
  context.print(table);
  bool any_changed = false;
  for (const Value& setting : config->items("settings")) {
    if (setting.text("state") != "changed" || context.quiet()) continue;
    any_changed = true;
    context.tell(Text::ConfigInFiles, {setting.text("key"), quoted_value(setting.text("file_value")),
                                       in_home(context, *config, setting.text("file_origin"))});
  }
  if (any_changed) context.tell(Text::ConfigChangedNext);
  if (const std::string error = config->text("error"); !error.empty()) {
    context.warn(Trouble::ConfigUnusable, {config_fault(error, context.language())});
  }
  return 0;
}

int daemon_reload(Context& context) {
  Value args = Value::map();
  if (has_one_of(context, "wait", "vent")) args.set("wait", true);
  const std::optional<Value> done = context.ask("config.reload", std::move(args), kReloadTimeout);
  if (!done) return context.exit_code();
  if (context.json()) {
    context.print(*done);
    return 0;
  }
  if (context.quiet()) return 0;
  std::string changed;
  for (const Value& key : done->items("changed")) {
    if (const std::string* text = key.if_text()) changed += (changed.empty() ? "" : ", ") + *text;
  }
  context.say_line(changed.empty() ? Text::ReloadNothing : Text::ReloadDone, {changed});
  return 0;
}

// The node's words are English, as the log's are: "FILE:LINE:COLUMN: unknown key 'a.b'; did you mean 'a.c'?".
std::string config_fault(const std::string& error, Language language) {
  if (language != Language::Danish) return error;
  const std::string unknown = between(error, "unknown key '", "'");
  const std::string near = between(error, "did you mean '", "'");
  const std::string refused = between(error, ": '", "' takes ");
  const std::string place = error.substr(0, error.find(": "));
  if (!near.empty()) return fill(wording(Text::ConfigUnknownNear, language), {place, unknown, near});
  if (!unknown.empty()) return fill(wording(Text::ConfigUnknown, language), {place, unknown});
  if (error.find("' takes ") != std::string::npos) return fill(wording(Text::ConfigBadValue, language), {place, refused});
  return fill(wording(Text::ConfigNotToml, language), {place});
}

}  // namespace budstikke::cli
