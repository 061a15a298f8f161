// The table of kinds: every kind of record with its fields, once. Commands, validation, import, export and help are driven
// by it; adding a field is one line in kinds.cpp.
//
// Shape        Kind and field numbers are what is sent; they are never reused. Field numbers are unique within a kind.
// Invariants   What a record *is* to older nodes (which operations count) never depends on this table but for the few rules
//              that rights.h names: unknown kinds and fields are kept and folded by their operation classes alone.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace budstikke {

enum class Kind : std::uint8_t {
  Council = 1,
  Contact = 2,
  Initiative = 3,
  Event = 4,
  Announcement = 5,
  Hearing = 6,
  Document = 7,
  Plan = 8,
  File = 9,       // what documents and attachments refer to, and its parts: see file.h
  Network = 255,  // one record of each network, which is no council's: from the top, since those that people add count up
};

// How a field's operations combine. See fold.h.
enum class FieldClass : std::uint8_t {
  Register,  // one value; concurrent writes are kept side by side
  Set,       // many values; an add wins over a concurrent take
  Flag,      // a yes/no whose value is in the skeleton, since rights depend on it; otherwise a register
  Answers,   // one register per council
  Comments,  // a list that only grows, each taken back only by its author
};

// What a value may be. See check.h for the canonical text of each.
enum class FieldType : std::uint8_t {
  Text,      // one line
  LongText,  // several lines
  Number,    // an integer, 0 or more
  YesNo,
  Date,    // 2027 | 2027-03 | 2027-03-31
  Moment,  // as Date, or 2027-03-31T15:00:00Z
  Email,
  Phone,
  Url,
  Zone,       // an IANA time zone name
  OneOf,      // one of `choices`
  Suggested,  // text for which `choices` are suggestions with aliases; other values stand
  Record,     // the id of a record of the kind `refers_to`, whole
  Content,    // what a file holds: written by the program alone
};

// One accepted value of a OneOf or Suggested field: what is stored, and what else is understood when typed or imported.
// The aliases are separated by '|'; the first alias is the Danish word that is shown to a Danish reader.
struct Choice {
  std::string_view value;
  std::string_view aliases;
};

struct Field {
  std::uint8_t number;
  std::string_view name;  // in JSON, and with '-' for '_' as flag; stable
  FieldClass field_class;
  FieldType type;
  std::string_view danish;       // column heading and label in Danish
  std::string_view ical;         // property of an iCalendar component, or empty
  std::string_view vcard;        // property of a vCard, or empty
  std::string_view headers;      // further column headings understood in CSV, lower case, separated by '|'
  std::string_view help;         // one line, English
  std::string_view help_danish;  // one line, Danish
  std::span<const Choice> choices = {};
  bool in_list = false;   // a column of `KIND list`
  bool required = false;  // a record is not added without it
  Kind refers_to{};       // of a Record: the kind it is of
};

struct KindInfo {
  Kind kind;
  std::string_view name;    // the noun of the command line: stable
  std::string_view danish;  // its Danish alias
  std::string_view plural;  // for texts: "events"
  std::string_view plural_danish;
  bool shareable;                // has a `shared` flag: every council may edit once the owner has set it
  std::string_view natural_key;  // fields, separated by '+', that identify an imported item without a UID
  std::span<const Field> fields;
};

inline constexpr std::uint8_t kSharedField = 1;       // in every kind that has one
inline constexpr std::uint8_t kLighthouseField = 17;  // of initiatives: rights.h has a row of its own for it

// Of kind `file`; whether values go with a run depends on the last: see file.h.
inline constexpr std::uint8_t kFileNameField = 2;
inline constexpr std::uint8_t kFileSizeField = 3;
inline constexpr std::uint8_t kFileHashField = 4;
inline constexpr std::uint8_t kChunksField = 5;

std::span<const KindInfo> kinds();                          // that people add and list: all but File and Network
const KindInfo* find_kind(Kind kind);                       // any
const KindInfo* find_kind(std::string_view name_or_alias);  // one of kinds()
const KindInfo* find_any_kind(std::string_view name);       // any, by its English name alone
bool is_listed(const KindInfo& kind);                       // whether it is one of kinds()
const Field* find_field(const KindInfo& kind, std::uint8_t number);
const Field* find_field(const KindInfo& kind, std::string_view name);
// Whether it names files.
inline bool names_files(const Field& field) { return field.type == FieldType::Record && field.refers_to == Kind::File; }
// Whether it holds values that people write and files hold: registers, flags and sets, but neither answers nor comments.
bool is_written(const Field& field);

}  // namespace budstikke
