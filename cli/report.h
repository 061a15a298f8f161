// A report: tables with a title and what is to be known about them, and the four forms it is given in.
//
// Shape        On a terminal aligned tables, elsewhere tab-separated lines of all tables, an empty line between; JSON one
//              document with the tables' keys; CSV the first table, in the form that Danish Excel takes (or with commas, in
//              English); HTML one page of its own, without scripts or anything from elsewhere, that prints on A4.
// Invariants   A cell has a value for programs (JSON, CSV and tabs) and a text for people. Texts from records are escaped in
//              HTML and guarded in CSV, where a spreadsheet would take them for formulas.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/context.h"

namespace budstikke::cli {

struct ReportColumn {
  const char* key;      // in JSON: stable
  std::string heading;  // in the reader's language
  bool number = false;  // set to the right
};

struct ReportCell {
  Value value;       // nil: there is none
  std::string text;  // for people
};
ReportCell cell_of(std::string text);
ReportCell cell_of(std::int64_t number);
// A date or time as stored, shown short; `missing` when empty.
ReportCell date_cell(const std::string& stored, Language language, const std::string& missing = {});

struct ReportRow {
  std::vector<ReportCell> cells;
  bool marked = false;  // stands out on the page: what the report is there to find
  bool total = false;   // the last row, of sums; programs add up themselves
};

struct ReportTable {
  const char* key;      // in JSON
  std::string heading;  // empty for the first
  std::vector<ReportColumn> columns;
  std::vector<ReportRow> rows = {};
};

struct Report {
  const char* name;  // in JSON: "activity"
  std::string title;
  std::vector<std::string> about;                    // lines below the title: whose, when, by which rule
  std::vector<std::pair<const char*, Value>> facts;  // the same for programs
  std::vector<ReportTable> tables;
};

std::string csv_of(const ReportTable& table, Language language);
std::string html_of(const Report& report, WallTime now, Language language);
// What stands below the title there, and the style sheet that goes with it, for a page that has more around it.
std::string html_body_of(const Report& report);
std::string_view report_style();
Value json_of(const Report& report, WallTime now);

// Gives it as the command line asks: --json, --format, or by the ending of the file that its first word names.
int give_report(Context& context, const Report& report);

}  // namespace budstikke::cli
