#include "cli/commands/files.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <istream>
#include <iterator>
#include <ostream>

#include "cli/fields.h"
#include "protocol/base/text.h"

namespace budstikke::cli {
namespace {

struct FormatName {
  std::string_view name;
  Format format;
};
constexpr std::array<FormatName, 7> kFormats = {{{"csv", Format::Csv},
                                                 {"ics", Format::Ical},
                                                 {"vcf", Format::Vcard},
                                                 {"json", Format::Json},
                                                 {"ical", Format::Ical},
                                                 {"vcard", Format::Vcard},
                                                 {"txt", Format::Csv}}};

std::optional<Format> format_named(std::string_view name) {
  const std::string folded = fold_case(name);
  const auto at = std::ranges::find(kFormats, folded, &FormatName::name);
  return at == kFormats.end() ? std::nullopt : std::optional(at->format);
}

bool holds(Format format, const KindInfo& kind) {
  if (format == Format::Ical) return kind.kind == Kind::Event;
  if (format == Format::Vcard) return kind.kind == Kind::Contact;
  return true;
}

}  // namespace

std::string_view name_of(Format format) { return std::ranges::find(kFormats, format, &FormatName::format)->name; }

std::optional<Format> format_of(Context& context, const KindInfo& kind, const std::string& file, std::optional<Format> fallback) {
  const std::optional<std::string> given = context.args().flag("format");
  const std::string ending = std::filesystem::path(file).extension().string();
  std::optional<Format> format = fallback;
  if (given) {
    format = format_named(*given);
  } else if (ending.size() > 1) {
    format = format_named(std::string_view(ending).substr(1));
  }
  if (!format) {
    context.fail(Trouble::UnknownFormat, {given ? *given : file});
    return std::nullopt;
  }
  if (holds(*format, kind)) return format;
  const std::string plural(context.danish() ? kind.plural_danish : kind.plural);
  context.fail(Trouble::FormatNotForKind, {std::string(name_of(*format)), plural});
  return std::nullopt;
}

std::optional<std::string> read_file(Context& context, const std::string& file) {
  std::string text;
  if (file == "-") {
    text.assign(std::istreambuf_iterator<char>(context.io().in), {});
    return text;
  }
  std::error_code error;
  std::ifstream in(file, std::ios::binary);
  if (!in || !std::filesystem::is_regular_file(file, error)) {
    context.fail(Trouble::NoFile, {file});
    return std::nullopt;
  }
  text.assign(std::istreambuf_iterator<char>(in), {});
  if (!in.bad()) return text;
  context.fail(Trouble::NoFile, {file});
  return std::nullopt;
}

int give_file(Context& context, const std::string& file, const std::string& text, const Value& facts, const std::string& said) {
  if (file == "-") {
    context.io().out << text;
    return 0;
  }
  if (!write_file(context, file, text)) return context.exit_code();
  if (context.json()) {
    Value done;
    done.set("file", file);
    for (const auto& [key, value] : *facts.if_map()) done.set(key, value);
    context.print(done);
  } else if (!context.quiet()) {
    context.line(said);
  }
  return 0;
}

bool write_file(Context& context, const std::string& file, const std::string& text) {
  const std::string beside = file + ".part";
  std::error_code error;
  std::ofstream out(beside, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (out) std::filesystem::rename(beside, file, error);
  if (out && !error) return true;
  std::error_code ignored;  // nothing can be done about a remainder that cannot be removed either
  std::filesystem::remove(beside, ignored);
  context.fail(Trouble::CannotWrite, {file});
  return false;
}

}  // namespace budstikke::cli
