// The file formats that import reads and export writes, chosen by --format or by the ending of the file's name.
#pragma once

#include <optional>
#include <string>

#include "cli/context.h"
#include "protocol/records/kinds.h"

namespace budstikke::cli {

enum class Format : std::uint8_t { Csv, Ical, Vcard, Json };

std::string_view name_of(Format format);  // "csv"
// The format of a file; `fallback` when neither --format nor the name tells. Refused (and reported) when it is unknown or
// does not hold this kind: iCalendar is for events, vCard for contacts.
std::optional<Format> format_of(Context& context, const KindInfo& kind, const std::string& file, std::optional<Format> fallback);

// The whole file; "-" is standard input. nullopt has been reported.
std::optional<std::string> read_file(Context& context, const std::string& file);
// Writes a file and says so: with `said`, or as a document that names it before the facts. Standard output for "-", and nothing
// is said. The exit code.
int give_file(Context& context, const std::string& file, const std::string& text, const Value& facts, const std::string& said);
// Written beside it first and then renamed, so that a failure leaves the old file. False has been reported.
bool write_file(Context& context, const std::string& file, const std::string& text);

}  // namespace budstikke::cli
