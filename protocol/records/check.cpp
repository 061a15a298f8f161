#include "protocol/records/check.h"

#include <algorithm>
#include <limits>

#include "protocol/base/ids.h"
#include "protocol/base/limits.h"
#include "protocol/base/text.h"
#include "protocol/records/moment.h"

namespace budstikke {
namespace {

constexpr std::size_t kMaxEmailBytes = 254;  // RFC 5321 4.5.3.1.3, less the angle brackets
constexpr std::size_t kMinPhoneDigits = 4;
constexpr std::size_t kMaxPhoneBytes = 64;
constexpr std::size_t kMaxZoneBytes = 64;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// The combining marks of Latin-1 letters, each with base letters and, in the same order, what they become together.
struct Mark {
  std::string_view mark;
  std::string_view bases;
  std::string_view composed;  // two bytes each
};
constexpr Mark kMarks[] = {
    {"\xCC\x80", "AEIOUaeiou", "ÀÈÌÒÙàèìòù"},      // grave
    {"\xCC\x81", "AEIOUYaeiouy", "ÁÉÍÓÚÝáéíóúý"},  // acute
    {"\xCC\x82", "AEIOUaeiou", "ÂÊÎÔÛâêîôû"},      // circumflex
    {"\xCC\x83", "ANOano", "ÃÑÕãñõ"},              // tilde
    {"\xCC\x88", "AEIOUaeiouy", "ÄËÏÖÜäëïöüÿ"},    // diaeresis
    {"\xCC\x8A", "Aa", "Åå"},                      // ring
    {"\xCC\xA7", "Cc", "Çç"},                      // cedilla
};

std::string_view composed_with(char base, std::string_view mark) {
  for (const Mark& known : kMarks) {
    const std::size_t at = known.mark == mark ? known.bases.find(base) : std::string_view::npos;
    if (at != std::string_view::npos) return known.composed.substr(at * 2, 2);
  }
  return {};
}

std::string compose_latin(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::string_view letter = lead == 0xCC && i > 0 ? composed_with(text[i - 1], text.substr(i, 2)) : std::string_view{};
    if (letter.empty()) {
      out += text[i];
    } else {
      out.pop_back();
      out += letter;
      ++i;
    }
  }
  return out;
}

std::string without_returns(std::string_view text) {  // CRLF and CR become LF
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      out += text[i];
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      out += '\n';
    }
  }
  return out;
}

struct Objection {
  FieldFault fault;
  std::string_view message;
  std::string hint = {};
};
using Outcome = std::variant<Value, Objection>;

Outcome check_number(std::string_view text) {
  const Objection refusal{FieldFault::Number, "not a whole number of 0 or more", "12500"};
  const std::size_t first_group = text.find_first_of(". ");
  std::int64_t value = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.' || text[i] == ' ') {  // a separator comes after 1 to 3 digits, then before every third digit
      const bool in_place = first_group >= 1 && first_group <= 3 && (i - first_group) % 4 == 0 && (text.size() - i) % 4 == 0;
      if (!in_place || text[i] != text[first_group]) return refusal;
    } else {
      if (!is_digit(text[i]) || (first_group < i && (i - first_group) % 4 == 0)) return refusal;
      const int digit = text[i] - '0';
      if (value > (std::numeric_limits<std::int64_t>::max() - digit) / 10) return refusal;
      value = value * 10 + digit;
    }
  }
  return Value(value);
}

Outcome check_yes_no(std::string_view text) {
  const std::string word = fold_case(text);
  for (std::string_view yes : {"yes", "ja", "true", "sand"}) {
    if (word == yes) return Value(true);
  }
  for (std::string_view no : {"no", "nej", "false", "falsk"}) {
    if (word == no) return Value(false);
  }
  return Objection{FieldFault::YesNo, "neither yes nor no", "yes, no, ja, nej"};
}

Outcome check_date(std::string_view text, bool with_time) {
  const auto moment = parse_moment(text);
  if (moment && (with_time || moment->precision != Precision::Time)) return Value(text);
  return Objection{FieldFault::Date, with_time ? "not a date or time" : "not a date",
                   with_time ? "2027, 2027-03, 2027-03-31 or 2027-03-31T15:00:00Z" : "2027, 2027-03 or 2027-03-31"};
}

Outcome check_email(std::string text) {
  if (!is_email(text)) return Objection{FieldFault::Email, "not an e-mail address", "navn@kommune.dk"};
  for (std::size_t i = text.find('@'); i < text.size(); ++i) {
    if (text[i] >= 'A' && text[i] <= 'Z') text[i] = static_cast<char>(text[i] - 'A' + 'a');
  }
  return Value(std::move(text));
}

Outcome check_phone(std::string_view text) {
  const Objection refusal{FieldFault::Phone, "not a telephone number", "12 34 56 78 or +45 12 34 56 78"};
  std::string number;
  std::size_t digits = 0;
  for (char c : text) {
    if (c == '.') c = ' ';
    if (c == ' ' && (number.empty() || number.back() == ' ')) continue;
    if (!is_digit(c) && std::string_view("+()- ").find(c) == std::string_view::npos) return refusal;
    if (is_digit(c)) ++digits;
    number += c;
  }
  if (digits < kMinPhoneDigits || number.size() > kMaxPhoneBytes) return refusal;
  return Value(trim(number));
}

Outcome check_url(std::string text) {
  if (text.starts_with("www.")) text.insert(0, "https://");
  for (std::string_view scheme : {"http://", "https://", "mailto:"}) {
    const bool fits = text.size() > scheme.size() && fold_case(text.substr(0, scheme.size())) == scheme;
    if (fits && text.find_first_of(" \"<>") == std::string::npos) return Value(std::move(text));
  }
  return Objection{FieldFault::Url, "not a web address", "https://kommune.dk"};
}

std::string_view choice_of(const Field& field, std::string_view text) {
  const std::string wanted = fold_case(text);
  for (const Choice& choice : field.choices) {
    if (fold_case(choice.value) == wanted) return choice.value;
    for (std::size_t from = 0; from <= choice.aliases.size();) {
      const std::size_t to = std::min(choice.aliases.find('|', from), choice.aliases.size());
      if (to > from && fold_case(choice.aliases.substr(from, to - from)) == wanted) return choice.value;
      from = to + 1;
    }
  }
  return {};
}

Outcome check_one_of(const Field& field, std::string_view text) {
  const std::string_view value = choice_of(field, text);
  if (!value.empty()) return Value(value);
  if (field.type == FieldType::Suggested) return Value(text);
  std::string choices;
  for (const Choice& choice : field.choices) choices.append(choices.empty() ? "" : ", ").append(choice.value);
  return Objection{FieldFault::Choice, "none of the choices", choices};
}

Outcome check_record(std::string_view text) {
  const std::optional<std::string> letters = base32_letters(text);
  const std::optional<Bytes> id = letters ? bytes_of_base32(*letters, RecordId::kSize) : std::nullopt;
  if (id && base32_of(*id) == *letters) return Value(*letters);
  return Objection{FieldFault::Record, "not the whole id of a record", "52 letters, as in --json"};
}

Outcome check_typed(const Field& field, const std::string& text) {
  switch (field.type) {
    case FieldType::Text:
    case FieldType::LongText:
      return Value(text);
    case FieldType::Number:
      return check_number(text);
    case FieldType::YesNo:
      return check_yes_no(text);
    case FieldType::Date:
      return check_date(text, false);
    case FieldType::Moment:
      return check_date(text, true);
    case FieldType::Email:
      return check_email(text);
    case FieldType::Phone:
      return check_phone(text);
    case FieldType::Url:
      return check_url(text);
    case FieldType::Zone:
      if (is_zone_name(text)) return Value(text);
      return Objection{FieldFault::Zone, "not the name of a time zone", "Europe/Copenhagen"};
    case FieldType::OneOf:
    case FieldType::Suggested:
      return check_one_of(field, text);
    case FieldType::Record:
      return check_record(text);
    case FieldType::Content:
      return Objection{FieldFault::Text, "a file's content is not typed"};
  }
  return Objection{FieldFault::Text, "a field of an unknown type"};
}

Outcome check_text(const Field& field, std::string_view raw) {
  const bool lines = field.type == FieldType::LongText;
  if (raw.size() > kMaxTextBytes) {
    return Objection{FieldFault::TooLong, "too long", "at most " + std::to_string(kMaxTextBytes) + " bytes"};
  }
  const std::string text = trim(compose_latin(without_returns(raw)));
  if (text.empty()) return Objection{FieldFault::Empty, "nothing there"};
  if (!is_clean_text(text, lines)) {
    return Objection{FieldFault::Text, "characters that a text must not have", lines ? "plain text" : "plain text on one line"};
  }
  return check_typed(field, text);
}

}  // namespace

bool is_email(std::string_view text) {
  const std::size_t at = text.find('@');
  if (text.size() > kMaxEmailBytes || at == 0 || at == std::string_view::npos) return false;
  if (text.find_first_of(" \t\n,;:|\\\"<>()[]") != std::string_view::npos) return false;
  const std::string_view domain = text.substr(at + 1);
  if (domain.find('@') != std::string_view::npos || domain.find('.') == std::string_view::npos) return false;
  return domain.front() != '.' && domain.back() != '.' && domain.find("..") == std::string_view::npos;
}

bool is_zone_name(std::string_view text) {
  // A lower-case beginning ("localtime", "right/…") is another machine's zone, or none of IANA's.
  if (text.empty() || text.size() > kMaxZoneBytes || text.front() < 'A' || text.front() > 'Z' || text.back() == '/') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool plain = is_letter(text[i]) || is_digit(text[i]) || text[i] == '_' || text[i] == '-' || text[i] == '+';
    const bool slash = text[i] == '/' && text[i - 1] != '/';
    if (!plain && !slash) return false;
  }
  return true;
}

Result<Value> check_value(const Field& field, std::string_view text, FieldError* why) {
  Outcome outcome = check_text(field, text);
  if (auto* value = std::get_if<Value>(&outcome)) return std::move(*value);
  Objection& refusal = std::get<Objection>(outcome);
  Error error{refusal.fault == FieldFault::TooLong ? Code::TooLarge : Code::Invalid, std::string(refusal.message),
              std::string(field.name)};
  if (!refusal.hint.empty()) error.text += ": " + refusal.hint;
  if (why != nullptr) {
    *why = {refusal.fault, std::string(field.name), std::string(refusal.message), std::move(refusal.hint)};
  }
  return error;
}

std::string text_of_value(const Value& value) {
  if (const bool* flag = value.if_bool()) return *flag ? "yes" : "no";
  if (const std::int64_t* number = value.if_integer()) return std::to_string(*number);
  if (const std::string* text = value.if_text()) return *text;
  return {};
}

std::string danish_text(const Field& field, std::string_view canonical) {
  if (field.type == FieldType::YesNo) return canonical == "yes" ? "ja" : canonical == "no" ? "nej" : std::string(canonical);
  for (const Choice& choice : field.choices) {
    const bool code_word = !choice.value.empty() && choice.value.front() >= 'a' && choice.value.front() <= 'z';
    if (choice.value == canonical && code_word) return std::string(choice.aliases.substr(0, choice.aliases.find('|')));
  }
  return std::string(canonical);
}

}  // namespace budstikke
