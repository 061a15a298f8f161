#include "cli/long_text.h"

#include <fstream>
#include <istream>

#include "protocol/base/limits.h"
#include "protocol/base/text.h"

namespace budstikke::cli {
namespace {

constexpr std::size_t kMostRead = 2 * kMaxTextBytes;  // what is left out of it may be half; the field has the last word

// As much as may be needed to see that it is too much. nullopt: it cannot be read.
std::optional<std::string> read_some(std::istream& in) {
  std::string text(kMostRead + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return std::nullopt;
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

void leave_out_what_editors_add(std::string& text) {
  constexpr std::string_view kMarkOfByteOrder = "\xEF\xBB\xBF";
  if (text.starts_with(kMarkOfByteOrder)) text.erase(0, kMarkOfByteOrder.size());
  std::erase(text, '\r');
  text.erase(text.find_last_not_of(" \t\n") + 1);
}

}  // namespace

std::optional<std::string> long_text(Context& context, const std::string& subject, const std::string& given) {
  if (given.starts_with("@@")) return given.substr(1);
  const bool is_input = given == "-";
  if (!is_input && !given.starts_with('@')) return given;
  const std::string file = is_input ? given : given.substr(1);
  std::ifstream opened;
  if (!is_input) opened.open(file, std::ios::binary);
  std::optional<std::string> text;
  if (is_input || opened) text = read_some(is_input ? context.io().in : opened);
  if (!text) {
    context.fail(Trouble::NoTextFile, {file});
    return std::nullopt;
  }
  if (text->size() > kMostRead) {
    context.fail(ApiError::TooLong, subject + " " + given);
    return std::nullopt;
  }
  if (!is_utf8(*text)) {
    context.fail(Trouble::NotUtf8, {subject + " " + given});
    return std::nullopt;
  }
  leave_out_what_editors_add(*text);
  if (!text->empty()) return text;
  context.fail(Trouble::NoTextThere, {subject + " " + given});
  return std::nullopt;
}

}  // namespace budstikke::cli
