// The content lines that iCalendar and vCard share: folding, escapes, parameters, and components between BEGIN and END.
//
// Shape        A line is [group.]NAME;PARAMETER=value,"value":value. Lines end in CRLF or LF and are folded by a line break and
//              one space or tab; a quoted-printable line of vCard 2.1 goes on after a '=' at its end. Names come out in upper
//              case. Control characters other than tab are dropped, empty lines are skipped.
// Invariants   read_content is total: any bytes give a result. What cannot be read breaks only the component it stands in,
//              which says so by `broken`. A component that an outer END or the end of the file closes is broken.
// Errors       TooLarge when one of the bounds below is passed, Invalid for UTF-16; nothing else.
// Cost         Linear in the file.
// Source       RFC 5545 3.1, RFC 6350 3.2 and 3.3, RFC 6868 (^ in parameter values), vCard 2.1 (bare parameters).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/result.h"

namespace budstikke::formats {

// A council's calendar of ten years is under a tenth of these; they bound what a hostile file can cost.
inline constexpr std::size_t kMaxContentBytes = 1024 * 1024;
inline constexpr std::size_t kMaxContentLines = 10'000;
inline constexpr std::size_t kMaxComponents = 5'000;
inline constexpr std::size_t kMaxNesting = 4;
inline constexpr std::size_t kMaxUidBytes = 1'024;
inline constexpr std::size_t kMaxLineBytes = 75;  // written, without the line break

struct Parameter {
  std::string name;  // TYPE=a,b gives two; the bare HOME of vCard 2.1 is TYPE=HOME
  std::string value;
};

struct ContentLine {
  std::size_t line = 0;  // where it begins in the file, from 1
  std::string name;
  std::vector<Parameter> parameters;
  std::string value;  // unfolded, escapes still in place

  // The first value of a parameter, or empty.
  std::string_view parameter(std::string_view wanted) const;
};

struct Component {
  std::string name;
  std::size_t line = 0;
  std::size_t broken = 0;  // the first line in it that could not be read; 0 when all could
  std::vector<ContentLine> lines;
  std::vector<Component> components;
};

struct Content {
  std::vector<Component> components;
  std::size_t stray = 0;  // the first line outside every component; 0 when there is none
};

Result<Content> read_content(std::string_view file);

// The value of the first line of that name in a component, without spaces around it and escapes still in place; empty when there
// is none.
std::string value_of(const Component& component, std::string_view name);

// TEXT values: backslash, comma, semicolon and line break.
std::string escape_text(std::string_view text);
std::string unescape_text(std::string_view value);
// Splits at separators that are not escaped; the parts keep their escapes.
std::vector<std::string> split_value(std::string_view value, char separator);
// A parameter value, quoted where it must be. A double quote becomes a single one: RFC 6868's ^' is shown raw by common readers.
std::string parameter_text(std::string_view text);
// Appends one line, folded so that no more than kMaxLineBytes stand on a line and no UTF-8 sequence is cut.
void append_line(std::string& out, std::string_view line);
// Appends a property with a TEXT value; nothing when the text is empty.
void append_text(std::string& out, std::string_view property, std::string_view text);

}  // namespace budstikke::formats
