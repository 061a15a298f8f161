#include <algorithm>

#include "protocol/base/text.h"
#include "protocol/formats/charset.h"
#include "protocol/formats/own_lines.h"
#include "protocol/formats/vcard_card.h"

namespace budstikke::formats {
namespace {

// What says nothing that a field could hold: bookkeeping, and what other lines say as well.
constexpr std::string_view kSilentInCards[] = {"VERSION", "PRODID", "UID", "REV", "N", "SORT-STRING", "CLIENTPIDMAP"};

bool is_silent_in_card(std::string_view name) {
  return std::find(std::begin(kSilentInCards), std::end(kSilentInCards), name) != std::end(kSilentInCards);
}

bool equal_caseless(std::string_view a, std::string_view b) { return fold_case(a) == fold_case(b); }

bool has_parameter(const ContentLine& line, std::string_view name, std::string_view value) {
  return std::any_of(line.parameters.begin(), line.parameters.end(), [&](const Parameter& parameter) {
    return parameter.name == name && equal_caseless(parameter.value, value);
  });
}

int hex_digit(char c) {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string decode_quoted_printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '=' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high << 4 | low);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// The value with the encodings of vCard 2.1 undone; escapes still in place.
std::string decoded_value(const ContentLine& line) {
  const bool quoted = has_parameter(line, "ENCODING", "QUOTED-PRINTABLE") || has_parameter(line, "TYPE", "QUOTED-PRINTABLE");
  if (!quoted) return line.value;
  std::string bytes = decode_quoted_printable(line.value);
  return is_utf8(bytes) ? bytes : utf8_of_windows_1252(bytes);
}

std::string without_scheme(std::string text, std::string_view scheme) {
  if (text.size() >= scheme.size() && equal_caseless(text.substr(0, scheme.size()), scheme)) text.erase(0, scheme.size());
  return text;
}

// "tel:+45-12-34;ext=5" is the number "+45 12 34"; any other text stands.
std::string phone_of(const std::string& value) {
  std::string number = without_scheme(value, "tel:");
  if (number.size() == value.size()) return value;
  number.resize(std::min(number.find(';'), number.size()));
  std::replace(number.begin(), number.end(), '-', ' ');
  return number;
}

std::vector<std::string> unescaped_parts(std::string_view value, char separator) {
  std::vector<std::string> parts = split_value(value, separator);
  for (std::string& part : parts) part = unescape_text(part);
  return parts;
}

// The parts that are not blank, with something between them.
std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string all;
  for (const std::string& part : parts) {
    if (!trim(part).empty()) all.append(all.empty() ? "" : between).append(part);
  }
  return all;
}

// ADR is post box; extension; street; town; region; postal code; country.
std::string address_of(std::string_view value) {
  std::vector<std::string> parts = unescaped_parts(value, ';');
  parts.resize(7);
  return joined({parts[0], parts[1], parts[2], joined({parts[5], parts[3]}, " "), parts[4], parts[6]}, "\n");
}

// N is family; given; further; before; after.
std::string name_of(std::string_view value) {
  std::vector<std::string> parts = unescaped_parts(value, ';');
  parts.resize(5);
  return joined({parts[3], parts[1], parts[2], parts[0], parts[4]}, " ");
}

class CardReader {
 public:
  CardReader(const Component& card, std::vector<std::string>& not_kept)
      : card_(card), not_kept_(not_kept), draft_(contact_kind(), card.line) {}

  Draft read() {
    for (const Field& field : contact_kind().fields) {
      if (!field.vcard.empty() && field.name != "languages") draft_.mention(field.name);
    }
    if (version_of(card_) == VcardVersion::V4) draft_.mention("languages");  // LANG came with 4.0
    read_name();
    read_address();
    read_role();
    read_notes();
    for (const ContentLine& line : card_.lines) {
      if (!read_line(line) && !is_silent_in_card(line.name) && !line.name.starts_with("X-")) not_kept_.push_back(line.name);
    }
    for (const Component& inner : card_.components) not_kept_.push_back(inner.name);
    if (card_.broken != 0)
      draft_.fail(card_.broken, FieldFault::Row, {}, "a line of the card cannot be read, or its end is missing");
    return std::move(draft_);
  }

 private:
  const ContentLine* find(std::string_view name) const {
    const auto found =
        std::find_if(card_.lines.begin(), card_.lines.end(), [&](const ContentLine& line) { return line.name == name; });
    return found == card_.lines.end() ? nullptr : &*found;
  }
  std::string text(std::string_view name) const {
    const ContentLine* line = find(name);
    return line == nullptr ? std::string{} : unescape_text(decoded_value(*line));
  }
  void read_name() {
    const ContentLine* structured = find("N");
    const std::string from_parts = structured == nullptr ? std::string{} : name_of(decoded_value(*structured));
    const ContentLine* organisation = find("ORG");
    const std::string office =
        organisation == nullptr ? std::string{} : joined(unescaped_parts(decoded_value(*organisation), ';'), ", ");
    for (const std::string& name : {text("FN"), from_parts, office, without_scheme(text("EMAIL"), "mailto:")}) {
      if (!trim(name).empty()) return draft_.add("name", name, card_.line);
    }
  }
  void read_address() {
    const ContentLine* chosen = find("ADR");
    for (const ContentLine& line : card_.lines) {
      if (line.name != "ADR" || (chosen != nullptr && has_parameter(*chosen, "TYPE", "WORK"))) continue;
      if (has_parameter(line, "TYPE", "WORK")) chosen = &line;
    }
    if (chosen == nullptr) return;
    draft_.add("address", address_of(decoded_value(*chosen)), chosen->line);
    address_ = chosen;
  }
  void read_role() {
    role_ = find("TITLE") != nullptr ? find("TITLE") : find("ROLE");
    if (role_ != nullptr) draft_.add("role", unescape_text(decoded_value(*role_)), card_.line);
  }
  void read_notes() {
    std::vector<std::string> notes;
    for (const ContentLine& line : card_.lines) {
      if (line.name == "NOTE") notes.push_back(unescape_text(decoded_value(line)));
    }
    draft_.add("notes", joined(notes, "\n"), card_.line);
  }
  bool read_list(std::string_view field, const ContentLine& line) {
    for (const std::string& part : unescaped_parts(decoded_value(line), ',')) draft_.add(field, part, line.line);
    return true;
  }
  // Reads one line that stands for itself; false when no field holds it.
  bool read_line(const ContentLine& line) {
    const auto add = [&](std::string_view field, const std::string& value) {
      draft_.add(field, value, line.line);
      return true;
    };
    if (line.name == "ORG") return add("organisation", joined(unescaped_parts(decoded_value(line), ';'), ", "));
    if (line.name == "EMAIL") return add("email", without_scheme(trim(unescape_text(decoded_value(line))), "mailto:"));
    if (line.name == "TEL") return add("phone", phone_of(trim(unescape_text(decoded_value(line)))));
    if (line.name == "CATEGORIES") return read_list("lists", line);
    if (line.name == "LANG") return read_list("languages", line);
    if (line.name == "NICKNAME") return read_list("other_names", line);
    if (line.name == "TITLE" || line.name == "ROLE") {
      return &line == role_ || add("other_roles", unescape_text(decoded_value(line)));
    }
    if (line.name == "ADR") return &line == address_;
    if (line.name == "KIND") {  // of a person or an office the name tells as much; groups are refused elsewhere
      return equal_caseless(trim(line.value), "individual") || equal_caseless(trim(line.value), "org");
    }
    return line.name == "FN" || line.name == "NOTE";
  }
  const Component& card_;
  std::vector<std::string>& not_kept_;
  Draft draft_;
  const ContentLine* role_ = nullptr;
  const ContentLine* address_ = nullptr;
};

bool is_group(const Component& card) {
  return equal_caseless(value_of(card, "KIND"), "group") || equal_caseless(value_of(card, "X-ADDRESSBOOKSERVER-KIND"), "group");
}

void read_one(const Component& card, Imported& out) {
  if (is_group(card)) {
    out.not_kept.push_back("KIND:group");
    return;
  }
  Draft draft = read_card(card, out.not_kept);
  std::string uid = value_of(card, "UID");
  if (uid.size() > kMaxUidBytes) draft.fail(card.line, FieldFault::TooLong, {}, "a UID of more than 1,024 bytes");
  draft.set_uid(std::move(uid));
  draft.replace(with_own_lines(contact_kind(), card, draft.fields(),
                               [&](const FieldTexts& fields) { return standard_card_lines(fields, version_of(card)); }));
  draft.deliver(out);
}

}  // namespace

Draft read_card(const Component& card, std::vector<std::string>& not_kept) { return CardReader(card, not_kept).read(); }

Result<Imported> read_vcard(std::string_view file) {
  const auto content = read_content(file);
  if (!content) return content.error();
  Imported out;
  bool any = false;
  for (const Component& card : content->components) {
    if (card.name != "VCARD") continue;
    any = true;
    read_one(card, out);
  }
  if (!any) return Error{Code::Invalid, "no contact in the file", "VCARD"};
  sort_not_kept(out);
  return out;
}

}  // namespace budstikke::formats
