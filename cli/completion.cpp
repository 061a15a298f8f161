#include "cli/completion.h"

#include <algorithm>
#include <ostream>
#include <set>
#include <sstream>

#include "cli/commands/commands.h"
#include "cli/commands/wordings.h"
#include "cli/context.h"
#include "cli/fields.h"
#include "cli/names.h"
#include "cli/records.h"
#include "protocol/base/text.h"

namespace budstikke::cli {
namespace {

constexpr std::string_view kLanguages = "da|en";
constexpr std::string_view kCompletedRoles = "coordinator|council|national|reader";

std::vector<std::string> split_at(std::string_view text, char mark) {
  std::vector<std::string> parts;
  std::istringstream in{std::string(text)};
  for (std::string part; std::getline(in, part, mark);) {
    if (!part.empty()) parts.push_back(std::move(part));
  }
  return parts;
}

bool begins_with(std::string_view text, std::string_view typed) { return fold_case(text).starts_with(fold_case(typed)); }

// "[NETWORK]", "ID…" and "TICKET" without what only tells how often.
std::string bare_place(std::string place) {
  for (const std::string_view mark : {"[", "]", "…"}) {
    for (std::size_t at = place.find(mark); at != std::string::npos; at = place.find(mark)) place.erase(at, mark.size());
  }
  return place;
}

// The places for words of a usage: what stands before its first flag.
std::vector<std::string> places_of(std::string_view usage) {
  std::vector<std::string> places;
  for (const std::string& part : split_at(usage, ' ')) {
    if (part == "|" || part.find("--") != std::string::npos) break;
    places.push_back(bare_place(part));
  }
  return places;
}

// What follows a flag in a usage: "ROLE" of "[--role ROLE]"; empty when nothing does.
std::string place_of_flag(std::string_view usage, std::string_view flag) {
  const std::vector<std::string> parts = split_at(usage, ' ');
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    if (bare_place(parts[i]) == "--" + std::string(flag)) return bare_place(parts[i + 1]);
  }
  return {};
}

// A half-typed line, and what the tables say of it.
class Completion {
 public:
  Completion(Io& io, const Arguments& args, Language language, std::string typed)
      : context_(io, args, language), words_(args.words), typed_(std::move(typed)) {
    if (words_.empty()) return;
    kind_ = kind_named(words_[0]);
    if (kind_ == nullptr) command_ = find_command(words_);
    if (kind_ != nullptr && words_.size() > 1) verb_ = find_verb(*kind_, words_[1]);
  }

  std::vector<Candidate> flags() {
    std::string_view own = verb_ != nullptr ? verb_->flags : command_ != nullptr ? command_->flags : std::string_view();
    for (const std::string& name : split_at(own, '|')) offer("--" + name);
    if (verb_ != nullptr && verb_->fields != FieldFlags::None) {
      for (const Field& field : kind_->fields) {
        if (is_written(field)) offer("--" + flag_for(field, context_.language()), std::string(help_of(field)));
      }
    }
    for (const Option& option : bare_options()) offer("--" + std::string(option.name));
    for (const char* name : {"--lang", "--home"}) offer(name);
    return std::move(found_);
  }

  std::vector<Candidate> value_of(const std::string& flag) {
    if (flag == "lang") offer_all(kLanguages);
    if (const Field* field = kind_ != nullptr ? field_of_flag(*kind_, flag) : nullptr) {
      if (field->type == FieldType::YesNo) offer_all(context_.danish() ? "ja|nej" : "yes|no");
      for (const Choice& choice : field->choices) offer(shown(*field, Value(choice.value), Style::Short, context_.language()));
    } else if (flag == "network") {
      networks();
    } else {
      place(place_of_flag(usage(), flag));
    }
    return std::move(found_);
  }

  std::vector<Candidate> word() {
    if (words_.empty()) {
      nouns();
    } else if (verb_ != nullptr || command_ != nullptr) {
      const std::size_t own = verb_ != nullptr || !command_->verb.empty() ? 2 : 1;
      const std::vector<std::string> places = places_of(usage());
      const std::size_t at = words_.size() - own;
      const bool again = !places.empty() && at >= places.size() && split_at(usage(), ' ')[0].find("…") != std::string::npos;
      if (again || at < places.size()) place(again ? places.back() : places[at]);
    } else if (words_.size() == 1) {
      verbs();
    }
    return std::move(found_);
  }

 private:
  std::string_view usage() const {
    return verb_ != nullptr ? verb_->usage : command_ != nullptr ? command_->usage : std::string_view();
  }
  std::string_view help_of(const Field& field) const { return context_.danish() ? field.help_danish : field.help; }

  void offer(std::string text, std::string about = {}) {
    if (begins_with(text, typed_) && told_.insert(text).second) found_.push_back({std::move(text), std::move(about)});
  }
  void offer_all(std::string_view texts) {
    for (std::string& text : split_at(texts, '|')) offer(std::move(text));
  }
  // A name in the reader's language; in the other, when only that goes on with what is typed.
  void offer_name(std::string_view name, std::string_view danish, const std::string& about) {
    const std::string_view own = context_.danish() && !danish.empty() ? first_alias(danish) : name;
    const std::string_view other = own == name ? first_alias(danish) : name;
    if (begins_with(own, typed_) || typed_.empty() || other.empty()) return offer(std::string(own), about);
    offer(std::string(other), about);
  }

  void kind_nouns() {
    for (const KindInfo& kind : kinds()) {
      offer_name(kind.name, kind.danish,
                 context_.say(Text::HelpKindPointer, {std::string(context_.danish() ? kind.plural_danish : kind.plural)}));
    }
  }

  void nouns() {
    kind_nouns();
    for (const Command& command : commands()) {
      offer_name(command.noun, command.noun_danish, command.verb.empty() ? context_.say(command.summary) : "");
    }
  }

  void verbs() {
    for (const KindVerb& verb : kind_verbs()) {
      if (kind_ != nullptr && verb.applies(*kind_)) offer_name(verb.name, verb.danish, context_.say(verb.summary));
    }
    for (const Command& command : commands()) {
      if (kind_ != nullptr || command.verb.empty() || !is_named(words_[0], command.noun, command.noun_danish)) continue;
      offer_name(command.verb, command.verb_danish, context_.say(command.summary));
    }
  }

  void place(const std::string& what) {
    if (what == "ID") return ids();
    if (what == "MEMBER" || what == "COUNCIL") return members();
    if (what == "NETWORK" || what == "N") return networks();
    if (what == "ROLE") {
      for (const std::string& role : split_at(kCompletedRoles, '|')) offer(role_name(context_, role));
    } else if (what == "KIND") {
      kind_nouns();
    } else if (what == "NOUN") {
      nouns();
    } else if (what == "FIELD" && kind_ != nullptr) {
      for (const Field& field : kind_->fields) offer(flag_for(field, context_.language()), std::string(help_of(field)));
    } else if (what == "yes|no|maybe") {
      offer_all(context_.danish() ? "ja|nej|måske" : what);
    } else if (what.find('|') != std::string::npos && fold_case(what) == what) {
      offer_all(what);
    }
  }

  // By the start of their id; when none has it, by a part of their name.
  void ids() {
    std::vector<Candidate> named_so;
    for (const KindInfo& kind : kinds()) {
      if (kind_ != nullptr && kind_->kind != kind.kind) continue;
      Value args = context_.with_network(Value::map());
      args.set("kind", kind.name);
      args.set("limit", kPageRecords);
      args.set("all", true);
      if (verb_ != nullptr && verb_->run == restore) args.set("removed", true);
      const std::optional<ApiReply> reply = context_.ask_reply("record.list", std::move(args), kCompletionTimeout);
      if (!reply) return;
      for (const Value& record : reply->result.items("records")) {
        const std::string title = title_of(kind, record);
        offer(record.text("short"), title);
        if (fold_case(title).find(fold_case(typed_)) != std::string::npos) named_so.push_back({record.text("short"), title});
      }
    }
    if (found_.empty()) found_ = std::move(named_so);
  }

  void members() {
    const std::optional<ApiReply> reply =
        context_.ask_reply("network.members", context_.with_network(Value::map()), kCompletionTimeout);
    if (!reply) return;
    std::vector<Candidate> named_so;
    for (const Value& member : reply->result.items("members")) {
      const std::string id = short_id(member.text("member")), name = member.text("name");
      offer(id, name);
      if (fold_case(name).find(fold_case(typed_)) != std::string::npos) named_so.push_back({id, name});
    }
    if (found_.empty()) found_ = std::move(named_so);
  }

  void networks() {
    const std::optional<ApiReply> reply = context_.ask_reply("network.list", Value::map(), kCompletionTimeout);
    if (!reply) return;
    for (const Value& network : reply->result.items("networks")) offer(short_id(network.text("id")), network.text("name"));
  }

  Context context_;
  const std::vector<std::string>& words_;
  std::string typed_;
  const KindInfo* kind_ = nullptr;
  const KindVerb* verb_ = nullptr;
  const Command* command_ = nullptr;
  std::vector<Candidate> found_;
  std::set<std::string> told_;
};

// The flag that the last word before is, when it waits for its value; empty otherwise.
std::string waiting_flag(const std::vector<std::string>& before, const Arguments& args) {
  const bool waits = args.mistake && args.mistake->what == Mistake::What::MissingValue && before.back().starts_with("--");
  return waits ? before.back().substr(2) : std::string();
}

constexpr std::string_view kBashScript = R"script(# bash: put this into ~/.bashrc:  source <(budstikke completion bash)
_budstikke() {
  local text about width=0 i
  local -a texts=() abouts=()
  while IFS=$'\t' read -r text about; do
    texts+=("$text") abouts+=("$about")
    ((${#text} > width)) && width=${#text}
  done < <("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  COMPREPLY=()
  if ((${#texts[@]} == 1)); then
    COMPREPLY=("$(printf '%q' "${texts[0]}")")
    return
  fi
  for i in "${!texts[@]}"; do
    if [[ -n ${abouts[i]} ]]; then
      printf -v text '%-*s  (%s)' "$width" "${texts[i]}" "${abouts[i]}"
      COMPREPLY+=("${text:0:$((${COLUMNS:-80} - 2))}")
    else
      COMPREPLY+=("${texts[i]}")
    fi
  done
}
complete -o default -F _budstikke budstikke
)script";

constexpr std::string_view kZshScript = R"script(#compdef budstikke
# zsh: put this into ~/.zshrc, after compinit:  source <(budstikke completion zsh)
_budstikke() {
  local text about
  local -a texts=() shown=()
  while IFS=$'\t' read -r text about; do
    texts+=("$text")
    shown+=("$text${about:+  -- $about}")
  done < <("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)
  if ((${#texts} == 0)); then
    _files
  elif [[ -n ${(M)texts:#${(b)PREFIX}*} ]]; then
    compadd -l -d shown -a texts
  else
    compadd -U -l -d shown -a texts  # found by their names
  fi
}
compdef _budstikke budstikke
)script";

constexpr std::string_view kFishScript = R"script(# fish: budstikke completion fish > ~/.config/fish/completions/budstikke.fish
function __budstikke_candidates
    set -l words (commandline -opc)
    set -l found ($words[1] __complete $words[2..-1] (commandline -ct) 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c budstikke -f -a '(__budstikke_candidates)'
)script";

}  // namespace

std::vector<Candidate> candidates_for(Io& io, const std::vector<std::string>& words) {
  std::vector<std::string> before(words.begin(), words.empty() ? words.end() : words.end() - 1);
  std::string typed = words.empty() ? std::string() : words.back();
  const Arguments args = parse(before);
  std::ostringstream unseen;
  Io quiet{.out = io.out, .err = unseen, .in = io.in, .env = io.env, .run_daemon = io.run_daemon, .now = io.now};
  const Language language = language_of(args, io);
  const std::string flag = before.empty() ? std::string() : waiting_flag(before, args);
  const bool is_flag = flag.empty() && typed.starts_with("-");
  Completion completion(quiet, args, language, std::move(typed));
  return !flag.empty() ? completion.value_of(flag) : is_flag ? completion.flags() : completion.word();
}

std::string_view completion_script(std::string_view shell) {
  return shell == "bash" ? kBashScript : shell == "zsh" ? kZshScript : shell == "fish" ? kFishScript : std::string_view();
}

}  // namespace budstikke::cli
