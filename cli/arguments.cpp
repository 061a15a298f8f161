#include "cli/arguments.h"

#include <algorithm>
#include <array>

#include "cli/fields.h"
#include "cli/names.h"
#include "protocol/base/text.h"
#include "protocol/records/kinds.h"

namespace budstikke::cli {
namespace {

constexpr std::array<std::string_view, 17> kBareFlags = {"all",        "wait",    "combine",  "removed", "repair",   "now",
                                                         "again",      "remove",  "answered", "abstain", "withdraw", "overdue",
                                                         "descending", "dry-run", "prøv",     "qr",      "vent"};

constexpr Option kBareOptions[] = {{"json", &Arguments::json},         {"quiet", &Arguments::quiet},
                                   {"yes", &Arguments::yes},           {"plain", &Arguments::plain},
                                   {"no-input", &Arguments::no_input}, {"no-color", &Arguments::no_color},
                                   {"help", &Arguments::help},         {"version", &Arguments::version}};

bool is_yes_no_field(std::string_view flag) {
  return std::ranges::any_of(kinds(), [&](const KindInfo& kind) {
    const Field* field = field_of_flag(kind, flag);
    return field != nullptr && field->type == FieldType::YesNo;
  });
}

// `config show` takes it bare; contacts have a field of that name.
bool is_origin(std::string_view flag) { return flag == "origin" || flag == "oprindelse"; }

class Parser {
 public:
  explicit Parser(const std::vector<std::string>& args) : args_(args) {}

  Arguments run() {
    while (at_ < args_.size()) {
      const std::string& arg = args_[at_++];
      if (arg == "--") {
        read_.words.insert(read_.words.end(), args_.begin() + static_cast<std::ptrdiff_t>(at_), args_.end());
        break;
      }
      if (arg == "-h") {
        read_.brief_help = true;
      } else if (arg.starts_with("--")) {
        flag(arg.substr(2));
      } else {
        read_.words.push_back(arg);
      }
    }
    const bool of_record = !read_.words.empty() && kind_named(read_.words[0]) != nullptr;
    if (!bare_origin_.empty() && of_record) mistake(Mistake::What::MissingValue, bare_origin_);
    return std::move(read_);
  }

 private:
  void flag(const std::string& text) {
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    std::optional<std::string> value;
    if (equals != std::string::npos) value = text.substr(equals + 1);
    if (name == "version" && (value || next_is_value())) {  // documents have a field of that name
      with_value(name, value);
    } else if (bool* option = bare_option(name)) {
      *option = true;
      if (value) mistake(Mistake::What::UnexpectedValue, name);
    } else if (is_origin(name) && !value && !next_is_value()) {
      bare_origin_ = name;
      read_.flags.push_back({name, ""});
    } else if (std::ranges::find(kBareFlags, name) != kBareFlags.end()) {
      if (value) mistake(Mistake::What::UnexpectedValue, name);
      read_.flags.push_back({name, ""});
    } else if (is_yes_no_field(name)) {
      if (!value) value = next_is_yes_or_no() ? args_[at_++] : "yes";
      read_.flags.push_back({name, *value});
    } else {
      with_value(name, value);
    }
  }

  void with_value(const std::string& name, std::optional<std::string> value) {
    if (!value) {
      if (!next_is_value()) return mistake(Mistake::What::MissingValue, name);
      value = args_[at_++];
    }
    if (name == "home") {
      read_.home = *value;
    } else if (name == "lang") {
      if (*value != "da" && *value != "en") return mistake(Mistake::What::BadLanguage, *value);
      read_.language = *value;
    } else {
      read_.flags.push_back({name, *value});
    }
  }

  bool* bare_option(std::string_view name) {
    const auto option = std::ranges::find(kBareOptions, name, &Option::name);
    return option != std::end(kBareOptions) ? &(read_.*option->set) : nullptr;
  }

  bool next_is_value() const { return at_ < args_.size() && !args_[at_].starts_with("--"); }
  bool next_is_yes_or_no() const { return at_ < args_.size() && yes_or_no(args_[at_]).has_value(); }

  void mistake(Mistake::What what, const std::string& subject) {
    if (!read_.mistake) read_.mistake = Mistake{what, subject};
  }

  const std::vector<std::string>& args_;
  std::size_t at_ = 0;
  Arguments read_;
  std::string bare_origin_;
};

}  // namespace

std::optional<std::string> Arguments::flag(std::string_view name) const {
  for (auto it = flags.rbegin(); it != flags.rend(); ++it) {
    if (it->name == name) return it->value;
  }
  return std::nullopt;
}

std::span<const Option> bare_options() { return kBareOptions; }

std::span<const std::string_view> bare_flags() { return kBareFlags; }

Arguments parse(const std::vector<std::string>& args) { return Parser(args).run(); }

std::optional<bool> yes_or_no(std::string_view text) {
  const std::string folded = fold_case(text);
  if (folded == "yes" || folded == "ja") return true;
  if (folded == "no" || folded == "nej") return false;
  return std::nullopt;
}

bool is_yes(std::string_view text) {
  const std::string folded = fold_case(text);
  return folded == "j" || folded == "y" || yes_or_no(folded).value_or(false);
}

}  // namespace budstikke::cli
