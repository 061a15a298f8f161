#include <algorithm>

#include "protocol/base/text.h"
#include "protocol/formats/own_lines.h"
#include "protocol/formats/vcard_card.h"
#include "protocol/records/moment.h"

namespace budstikke::formats {
namespace {

// FN is mandatory: what the reader would put for a missing name is written in its place.
std::string_view display_name(const FieldTexts& fields) {
  for (std::string_view field : {"name", "organisation", "email", "role", "phone"}) {
    if (const std::string_view text = first_of(fields, field); !text.empty()) return text;
  }
  return "-";
}

// "Åse Holm Sørensen" is family Sørensen, given Åse Holm; one word alone is a family name.
std::string structured_name(std::string_view name) {
  const std::size_t space = name.rfind(' ');
  const std::string_view family = space == std::string_view::npos ? name : name.substr(space + 1);
  const std::string_view given = space == std::string_view::npos ? std::string_view{} : name.substr(0, space);
  return "N:" + escape_text(family) + ';' + escape_text(given) + ";;;";
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (true) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

bool is_town_line(std::string_view line) {  // "1057 København K"
  const bool code = line.size() > 5 && std::all_of(line.begin(), line.begin() + 4, [](char c) { return c >= '0' && c <= '9'; });
  return code && line[4] == ' ' && line[5] != ' ' && line[5] != '\t';
}

// An address whose last line, or last but one, is postal code and town goes into the parts of ADR; any other is all street.
std::string address_line(std::string_view address) {
  const std::vector<std::string_view> lines = lines_of(address);
  std::size_t town = lines.size() - 1;
  if (!is_town_line(lines[town]) && town > 0) --town;
  const std::string begin = "ADR;TYPE=WORK:;;";
  if (!is_town_line(lines[town])) return begin + escape_text(address) + ";;;;";
  const std::string_view street =
      town == 0 ? std::string_view{} : address.substr(0, static_cast<std::size_t>(lines[town].data() - address.data()) - 1);
  const std::string_view country = town + 1 < lines.size() ? lines[town + 1] : std::string_view{};
  return begin + escape_text(street) + ';' + escape_text(lines[town].substr(5)) + ";;" + std::string(lines[town].substr(0, 4)) +
         ';' + escape_text(country);
}

// A number of 4.0 is a URI when that can be read back as the same text, which it can for "+45 12 34 56 78".
std::string phone_line(std::string_view phone, VcardVersion version) {
  const bool as_uri = version == VcardVersion::V4 && phone.starts_with('+') &&
                      phone.find_first_not_of("0123456789 ", 1) == std::string_view::npos;
  if (!as_uri) return "TEL;TYPE=VOICE:" + escape_text(phone);
  std::string number(phone);
  std::replace(number.begin(), number.end(), ' ', '-');
  return "TEL;VALUE=uri;TYPE=voice:tel:" + number;
}

bool is_language_tag(std::string_view text) {  // "da", "ar", "pt-BR": RFC 5646's plainest forms
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const bool form = text.size() == 2 || text.size() == 3 || (text.size() == 5 && text[2] == '-');
  return form && std::all_of(text.begin(), text.end(), [&](char c) { return is_letter(c) || (c == '-' && text.size() == 5); });
}

std::string escaped_list(std::span<const std::string> values) {
  std::string list;
  for (const std::string& value : values) list.append(list.empty() ? "" : ",").append(escape_text(value));
  return list;
}

FieldTexts fields_of_card(const std::string& head, const std::string& lines) {
  const auto content = read_content("BEGIN:VCARD\r\n" + head + lines + "END:VCARD\r\n");
  if (!content || content->components.empty()) return {};  // larger than a file may be: every field gets its X line
  std::vector<std::string> not_kept;
  return read_card(content->components.front(), not_kept).fields();
}

std::string stamp_of(WallTime time) {  // 20270331T150000Z
  std::string text = format_utc(time);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

void append_card(std::string& out, const ExportRecord& contact, VcardVersion version) {
  const bool v4 = version == VcardVersion::V4;
  const std::string head = v4 ? "VERSION:4.0\r\n" : "VERSION:3.0\r\n";
  const std::string standard = standard_card_lines(contact.fields, version);
  out += "BEGIN:VCARD\r\n" + head;
  append_line(out, (v4 ? "UID;VALUE=text:" : "UID:") + escape_text(uid_of(contact)));
  append_line(out, "REV:" + stamp_of(contact.changed));
  out += standard;
  append_own_lines(out, contact_kind(), contact.fields, fields_of_card(head, standard));
  out += "END:VCARD\r\n";
}

}  // namespace

const KindInfo& contact_kind() {
  const KindInfo* kind = find_kind(Kind::Contact);
  require(kind != nullptr, "no contacts in the table of kinds");
  return *kind;
}

VcardVersion version_of(const Component& card) {
  for (const ContentLine& line : card.lines) {
    if (line.name == "VERSION") return trim(line.value).starts_with('4') ? VcardVersion::V4 : VcardVersion::V3;
  }
  return VcardVersion::V3;
}

std::string standard_card_lines(const FieldTexts& fields, VcardVersion version) {
  std::string out;
  const std::string_view name = display_name(fields), address = first_of(fields, "address");
  append_text(out, "FN", name);
  append_line(out, structured_name(name));
  append_text(out, "ORG", first_of(fields, "organisation"));
  append_text(out, "TITLE", first_of(fields, "role"));
  // Without a TITLE the first ROLE would be read as the role.
  if (!first_of(fields, "role").empty()) {
    for (const std::string& role : values_of(fields, "other_roles")) append_text(out, "ROLE", role);
  }
  const auto names = values_of(fields, "other_names");
  if (!names.empty()) append_line(out, "NICKNAME:" + escaped_list(names));
  for (const std::string& email : values_of(fields, "email")) {
    append_text(out, version == VcardVersion::V4 ? "EMAIL" : "EMAIL;TYPE=INTERNET", email);
  }
  for (const std::string& phone : values_of(fields, "phone")) append_line(out, phone_line(phone, version));
  if (!address.empty()) append_line(out, address_line(address));
  for (const std::string& language : values_of(fields, "languages")) {
    if (version == VcardVersion::V4 && is_language_tag(language)) append_line(out, "LANG:" + language);
  }
  const auto lists = values_of(fields, "lists");
  if (!lists.empty()) append_line(out, "CATEGORIES:" + escaped_list(lists));
  append_text(out, "NOTE", first_of(fields, "notes"));
  return out;
}

std::string write_vcard(std::span<const ExportRecord> contacts, VcardVersion version) {
  std::string out;
  for (const ExportRecord& contact : contacts) append_card(out, contact, version);
  return out;
}

}  // namespace budstikke::formats
