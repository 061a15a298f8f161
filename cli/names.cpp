#include "cli/names.h"

#include "cli/commands/commands.h"
#include "cli/fields.h"
#include "protocol/base/suggest.h"
#include "protocol/base/text.h"

namespace budstikke::cli {
namespace {

template <class Visit>
void each_alias(std::string_view aliases, Visit visit) {
  while (!aliases.empty()) {
    const std::string_view alias = first_alias(aliases);
    visit(alias);
    aliases.remove_prefix(std::min(aliases.size(), alias.size() + 1));
  }
}

void append_names(std::vector<std::string>& names, std::string_view name, std::string_view aliases) {
  if (!name.empty()) names.emplace_back(name);
  each_alias(aliases, [&](std::string_view alias) { names.emplace_back(alias); });
}

}  // namespace

std::string_view first_alias(std::string_view aliases) { return aliases.substr(0, aliases.find('|')); }

bool is_named(std::string_view typed, std::string_view name, std::string_view aliases) {
  const std::string folded = fold_case(typed);
  bool found = folded == fold_case(name);
  each_alias(aliases, [&](std::string_view alias) { found = found || folded == fold_case(alias); });
  return found;
}

const KindInfo* kind_named(std::string_view typed) {
  for (const KindInfo& kind : kinds()) {
    if (is_named(typed, kind.name, kind.danish) || is_named(typed, kind.plural, kind.plural_danish)) return &kind;
  }
  return nullptr;
}

std::vector<std::string> noun_names() {
  std::vector<std::string> names;
  for (const Command& command : commands()) append_names(names, command.noun, command.noun_danish);
  for (const KindInfo& kind : kinds()) append_names(names, kind.name, kind.danish);
  return names;
}

std::vector<std::string> verb_names(std::string_view noun) {
  std::vector<std::string> names;
  const KindInfo* kind = kind_named(noun);
  for (const KindVerb& verb : kind_verbs()) {
    if (kind != nullptr && verb.applies(*kind)) append_names(names, verb.name, verb.danish);
  }
  for (const Command& command : commands()) {
    if (kind == nullptr && is_named(noun, command.noun, command.noun_danish))
      append_names(names, command.verb, command.verb_danish);
  }
  return names;
}

std::vector<std::string> flag_names(const KindInfo& kind) {
  std::vector<std::string> names;
  for (const Field& field : kind.fields) {
    if (!is_written(field)) continue;
    names.push_back("--" + flag_of(field));
    names.push_back("--" + danish_flag_of(field));
  }
  return names;
}

std::string did_you_mean(const Context& context, std::string_view typed, const std::vector<std::string>& candidates) {
  const std::string found = nearest(typed, candidates);
  return found.empty() ? std::string() : context.say(Text::DidYouMean, {found});
}

int unknown_command(Context& context, const std::vector<std::string>& words) {
  const std::vector<std::string> verbs = verb_names(words[0]);
  if (verbs.empty()) return context.fail(ApiError::UnknownCommand, words[0], did_you_mean(context, words[0], noun_names()));
  if (words.size() == 1) return context.fail(Trouble::MissingArgument, {"budstikke " + words[0] + " " + verbs[0] + " …"});
  return context.fail(ApiError::UnknownCommand, words[0] + " " + words[1], did_you_mean(context, words[1], verbs));
}

}  // namespace budstikke::cli
