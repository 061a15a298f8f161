#include "protocol/formats/content_lines.h"

#include <algorithm>

#include "protocol/base/text.h"
#include "protocol/formats/charset.h"

namespace budstikke::formats {
namespace {

bool is_name_char(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

// RFC 6868: ^n is a line break, ^' a double quote, ^^ a caret.
std::string decode_carets(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = text[i] == '^' && i + 1 < text.size() ? text[i + 1] : '\0';
    if (next == 'n' || next == '\'' || next == '^') {
      out += next == 'n' ? '\n' : next == '\'' ? '"' : '^';
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

// The unfolded lines of a file, one after another.
class LineSource {
 public:
  explicit LineSource(std::string_view text) : rest_(text) {}

  // False at the end of the file. `number` is where the line begins.
  bool next(std::string& line, std::size_t& number) {
    line.clear();
    while (line.empty()) {
      if (rest_.empty()) return false;
      number = line_number_ + 1;
      append_physical(line);
    }
    while (!rest_.empty()) {
      if (line.back() == '=' && is_quoted_printable(line)) {  // before the fold: a space after it is text
        line.pop_back();
      } else if (rest_.front() == ' ' || rest_.front() == '\t') {
        rest_.remove_prefix(1);
      } else {
        break;
      }
      append_physical(line);
    }
    return true;
  }

 private:
  void append_physical(std::string& line) {
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    for (char c : rest_.substr(0, end)) {
      if ((static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) || c == '\t') line += c;
    }
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++line_number_;
  }
  // Looks at the beginning only: it is asked again for every line that is joined on.
  static bool is_quoted_printable(std::string_view line) {
    constexpr std::size_t kHeadBytes = 256;
    const std::string head = upper(line.substr(0, std::min(line.find(':'), kHeadBytes)));
    return head.find("QUOTED-PRINTABLE") != std::string::npos;
  }
  std::string_view rest_;
  std::size_t line_number_ = 0;
};

// One parameter value at text[at], quoted or not; false when a quote is not closed.
bool take_parameter_value(std::string_view text, std::size_t& at, std::string& value) {
  if (at < text.size() && text[at] == '"') {
    const std::size_t end = text.find('"', at + 1);
    if (end == std::string_view::npos) return false;
    value = decode_carets(text.substr(at + 1, end - at - 1));
    at = end + 1;
    return true;
  }
  const std::size_t end = text.find_first_of(",;:", at);
  if (end == std::string_view::npos) return false;
  value = decode_carets(text.substr(at, end - at));
  at = end;
  return true;
}

// The parameters from text[at], which is ';', to the ':' before the value.
bool take_parameters(std::string_view text, std::size_t& at, std::vector<Parameter>& parameters) {
  while (at < text.size() && text[at] == ';') {
    const std::size_t begin = ++at;
    while (at < text.size() && is_name_char(text[at])) ++at;
    std::string name = upper(text.substr(begin, at - begin));
    if (at == text.size() || text[at] != '=') {  // vCard 2.1: TEL;HOME;VOICE:…
      if (!name.empty()) parameters.push_back({"TYPE", std::move(name)});
      continue;
    }
    do {
      std::string value;
      if (!take_parameter_value(text, ++at, value)) return false;
      parameters.push_back({name, std::move(value)});
    } while (at < text.size() && text[at] == ',');
  }
  return at < text.size() && text[at] == ':';
}

bool parse_line(std::string_view text, ContentLine& out) {
  std::size_t at = 0, begin = 0;
  while (at < text.size() && (is_name_char(text[at]) || (text[at] == '.' && begin == 0))) {
    if (text[at] == '.') begin = at + 1;  // a group: item1.TEL
    ++at;
  }
  if (at == begin) return false;
  out.name = upper(text.substr(begin, at - begin));
  if (!take_parameters(text, at, out.parameters)) return false;
  out.value = text.substr(at + 1);
  return true;
}

// Builds the tree of components from its lines.
class TreeBuilder {
 public:
  Status add(std::string_view text, std::size_t number) {
    ContentLine line;
    line.line = number;
    if (!parse_line(text, line)) {
      mark_broken(number);
    } else if (line.name == "BEGIN") {
      return begin(line);
    } else if (line.name == "END") {
      end(upper(trim(line.value)), number);
    } else if (open_.empty()) {
      mark_broken(number);
    } else {
      open_.back().lines.push_back(std::move(line));
    }
    return done();
  }
  Content finish(std::size_t last_line) {
    while (!open_.empty()) {
      mark_broken(last_line);
      close();
    }
    return std::move(content_);
  }

 private:
  Status begin(const ContentLine& line) {
    if (++count_ > kMaxComponents) return Error{Code::TooLarge, "more than 5,000 components", "components"};
    if (open_.size() == kMaxNesting) return Error{Code::TooLarge, "components nested more than 4 deep", "nesting"};
    open_.push_back({upper(trim(line.value)), line.line, 0, {}, {}});
    return done();
  }
  void end(const std::string& name, std::size_t number) {
    std::size_t depth = open_.size();
    while (depth > 0 && open_[depth - 1].name != name) --depth;
    if (depth == 0) return mark_broken(number);
    while (open_.size() > depth) {
      mark_broken(number);
      close();
    }
    close();
  }
  void close() {
    Component component = std::move(open_.back());
    open_.pop_back();
    (open_.empty() ? content_.components : open_.back().components).push_back(std::move(component));
  }
  void mark_broken(std::size_t number) {
    std::size_t& place = open_.empty() ? content_.stray : open_.back().broken;
    if (place == 0) place = number;
  }
  Content content_;
  std::vector<Component> open_;
  std::size_t count_ = 0;
};

}  // namespace

std::string_view ContentLine::parameter(std::string_view wanted) const {
  for (const Parameter& parameter : parameters) {
    if (parameter.name == wanted) return parameter.value;
  }
  return {};
}

Result<Content> read_content(std::string_view file) {
  if (file.size() > kMaxContentBytes) return Error{Code::TooLarge, "the file is larger than 1 MiB", "file"};
  const auto text = utf8_of_file(file);
  if (!text) return text.error();
  LineSource source(*text);
  TreeBuilder tree;
  std::string line;
  std::size_t number = 0, count = 0;
  while (source.next(line, number)) {
    if (++count > kMaxContentLines) return Error{Code::TooLarge, "the file has more than 10,000 lines", "lines"};
    if (const Status status = tree.add(line, number); !status) return status.error();
  }
  return tree.finish(number);
}

std::string escape_text(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == ',' || c == ';') out += '\\';
    out += c;
  }
  return out;
}

std::string unescape_text(std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '\\' || i + 1 == value.size()) {
      out += value[i];
      continue;
    }
    const char next = value[++i];
    out += next == 'n' || next == 'N' ? '\n' : next;
  }
  return out;
}

std::vector<std::string> split_value(std::string_view value, char separator) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == separator) {
      parts.emplace_back();
      continue;
    }
    parts.back() += value[i];
    if (value[i] == '\\' && i + 1 < value.size()) parts.back() += value[++i];
  }
  return parts;
}

std::string parameter_text(std::string_view text) {
  std::string plain;
  for (char c : text) {
    if (c == '^') plain += '^';
    plain += c == '"' ? '\'' : c == '\n' ? ' ' : c;
  }
  return plain.find_first_of(":;,") == std::string::npos ? plain : '"' + plain + '"';
}

void append_line(std::string& out, std::string_view line) {
  std::size_t used = 0;
  for (std::size_t at = 0; at < line.size();) {
    std::size_t width = 1;
    while (at + width < line.size() && (static_cast<unsigned char>(line[at + width]) & 0xC0) == 0x80) ++width;
    if (used + width > kMaxLineBytes) {
      out += "\r\n ";
      used = 1;
    }
    out += line.substr(at, width);
    used += width;
    at += width;
  }
  out += "\r\n";
}

void append_text(std::string& out, std::string_view property, std::string_view text) {
  if (!text.empty()) append_line(out, std::string(property) + ':' + escape_text(text));
}

std::string value_of(const Component& component, std::string_view name) {
  for (const ContentLine& line : component.lines) {
    if (line.name == name) return trim(line.value);
  }
  return {};
}

}  // namespace budstikke::formats
