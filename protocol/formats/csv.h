// Records of any kind as CSV, above all as Danish Excel saves and opens it.
//
// Shape        Read: UTF-8 with or without BOM, else Windows-1252; delimiter ';', ',' or TAB, whichever gives the header row most
//              known headings; a line "sep=;" before it is skipped. A heading is a field's name (with '_', '-' or space), its
//              Danish name or one of its further headings in the table of kinds, without regard to case. Blank rows are skipped.
//              Dates are as in dates.h, in the zone of the row's `zone`, else in the given one. Numbers, yes/no and choices are
//              as in check.h. Several values of a set are separated by '|' or a line break, e-mail addresses and telephone
//              numbers also by ','; "\|" and "\\" stand for '|' and '\' within a value.
//              The column `id` with one of our ids makes the row that record; other ids are not used.
//              Written, Danish: BOM, ';', Danish headings, dd-mm-yyyy [hh:mm] in local time, ja/nej, CRLF. International: no BOM,
//              ',', the fields' names, yyyy-mm-dd [hh:mm], yes/no, CRLF. Every register, flag and set of the kind has its column,
//              `id` is the last. What local time cannot say (the second of two equal hours in autumn, an unknown zone) is written
//              as UTC with 'Z'. A telephone number that begins with '+' gets the guard of csv_table.h.
//              Equal records give equal bytes.
// Not held     Answers and comments. In what is read also every column that has no known heading: named in `not_kept`.
// Errors       The file as a whole: TooLarge, Invalid (UTF-16, or no heading is known). Single rows: in `errors`; the others
// stand.
#pragma once

#include "protocol/formats/item.h"
#include "protocol/formats/zones.h"

namespace budstikke::formats {

enum class CsvStyle : std::uint8_t { Danish, International };

Result<Imported> read_csv(const KindInfo& kind, std::string_view file, const TimeZone& zone);
std::string write_csv(const KindInfo& kind, std::span<const ExportRecord> records, const TimeZone& zone,
                      CsvStyle style = CsvStyle::Danish);

// The field a column heading stands for; nullptr when none does.
const Field* field_of_heading(const KindInfo& kind, std::string_view heading);

}  // namespace budstikke::formats
