#include "cli/report.h"

#include <algorithm>
#include <filesystem>
#include <ostream>

#include "cli/commands/files.h"
#include "cli/html.h"
#include "cli/moments.h"
#include "protocol/base/text.h"
#include "protocol/formats/csv_table.h"
#include "protocol/records/check.h"

namespace budstikke::cli {
namespace {

enum class ReportForm : std::uint8_t { Plain, Csv, Html };

// nullopt has been reported.
std::optional<ReportForm> form_of(Context& context, const std::string& file) {
  const std::string ending = std::filesystem::path(file).extension().string();
  const std::string named = context.args().flag("format").value_or(ending.empty() ? "" : ending.substr(1));
  const std::string folded = fold_case(named);
  if (folded == "csv") return ReportForm::Csv;
  if (folded == "html" || folded == "htm") return ReportForm::Html;
  if (named.empty() && file.empty()) return ReportForm::Plain;
  context.fail(Trouble::ReportFormat, {named.empty() ? file : named});
  return std::nullopt;
}

// Black on white, and nothing but what is here: a page that can be printed, sent and kept. Its tables are wide, so it is printed
// across; words are never broken without a hyphen, and on a narrow screen each row is a block of lines, a heading before each
// cell.
constexpr std::string_view kStyle = R"(
@page { size: A4 landscape; margin: 15mm; }
body { font: 11pt/1.4 "Liberation Sans", Arial, sans-serif; color: #000; background: #fff; max-width: 265mm; margin: 0 auto; padding: 1em; }
h1 { font-size: 18pt; margin: 0 0 .3em; }
h2 { font-size: 13pt; margin: 1.5em 0 .4em; break-after: avoid; }
p { margin: .2em 0; }
table { border-collapse: collapse; width: 100%; margin-top: .8em; font-size: 9.5pt; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th, td { text-align: left; vertical-align: top; padding: 2pt 5pt; border-bottom: .5pt solid #888; hyphens: auto; }
thead th { border-bottom: 1pt solid #000; vertical-align: bottom; }
.n { text-align: right; }
td.n { white-space: nowrap; }
tr.marked th, tr.marked td { font-weight: bold; background: #eee; print-color-adjust: exact; }
tr.total th, tr.total td { border-top: 1pt solid #000; font-weight: bold; }
tbody th { font-weight: normal; }
footer { margin-top: 2em; font-size: 8.5pt; color: #444; }
@media print { body { padding: 0; max-width: none; } }
@media screen and (max-width: 40em) {
  table, tbody, tr, th, td { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { border-bottom: 1px solid #000; padding: .4em 0; }
  th, td, .n { border: 0; text-align: left; padding: 1pt 0; overflow-wrap: anywhere; white-space: normal; }
  tbody th { font-weight: bold; }
  td::before { content: attr(data-label) ": "; color: #444; }
  td:empty { display: none; }
}
)";

// What nobody has filled in takes no room on paper.
std::vector<std::size_t> shown_columns(const ReportTable& table) {
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (std::ranges::any_of(table.rows, [&](const ReportRow& row) { return !row.cells[i].text.empty(); })) shown.push_back(i);
  }
  return shown;
}

// Roles are said, since a browser may take a table whose rows are blocks for none.
std::string html_row(const ReportTable& table, const std::vector<std::size_t>& columns, const ReportRow& row) {
  std::string out = "<tr role=\"row\"";
  out += row.total ? " class=\"total\">" : row.marked ? " class=\"marked\">" : ">";
  for (const std::size_t i : columns) {
    const ReportColumn& column = table.columns[i];
    const std::string number = column.number ? " class=\"n\"" : "";
    const std::string text = escaped_html(row.cells[i].text);
    if (i == 0) {  // the first cell says what the row is of
      out += "<th role=\"rowheader\" scope=\"row\"" + number + ">" + text + "</th>";
    } else {
      out += "<td role=\"cell\"" + number + " data-label=\"" + escaped_html(column.heading) + "\">" + text + "</td>";
    }
  }
  return out + "</tr>\n";
}

std::string html_table(const ReportTable& table) {
  std::string out;
  const std::vector<std::size_t> columns = shown_columns(table);
  if (!table.heading.empty()) out += "<h2>" + escaped_html(table.heading) + "</h2>\n";
  out += "<table role=\"table\">\n<thead role=\"rowgroup\"><tr role=\"row\">";
  for (const std::size_t i : columns) {
    const ReportColumn& column = table.columns[i];
    out += std::string("<th role=\"columnheader\" scope=\"col\"") + (column.number ? " class=\"n\"" : "") + ">" +
           escaped_html(column.heading) + "</th>";
  }
  out += "</tr></thead>\n<tbody role=\"rowgroup\">\n";
  for (const ReportRow& row : table.rows) out += html_row(table, columns, row);
  return out + "</tbody>\n</table>\n";
}

// For programs; lists are told as people read them.
std::string plain_text_of(const ReportCell& cell) {
  return cell.value.if_array() != nullptr ? cell.text : text_of_value(cell.value);
}

Table plain_table(const ReportTable& report, bool terminal) {
  std::vector<std::string> headings;
  for (const ReportColumn& column : report.columns) headings.push_back(column.heading);
  Table table(std::move(headings));
  for (const ReportRow& row : report.rows) {
    if (row.total && !terminal) continue;
    std::vector<std::string> cells;
    for (const ReportCell& cell : row.cells) cells.push_back(terminal ? cell.text : plain_text_of(cell));
    table.row(std::move(cells));
  }
  return table;
}

void print_plain(Context& context, const Report& report) {
  const Io& io = context.io();
  const TableStyle style{.aligned = io.out_is_terminal, .columns = io.columns, .bold = context.colour()};
  std::string text;
  if (io.out_is_terminal) {
    text += report.title + "\n";
    for (const std::string& line : report.about) text += line + "\n";
  }
  for (const ReportTable& table : report.tables) {
    const Table plain = plain_table(table, io.out_is_terminal);
    if (plain.empty()) continue;
    if (!text.empty()) text += "\n";
    if (io.out_is_terminal && !table.heading.empty()) text += table.heading + "\n";
    text += plain.text(style);
  }
  context.page(text);
}

}  // namespace

ReportCell cell_of(std::string text) { return {text.empty() ? Value() : Value(text), text}; }

ReportCell cell_of(std::int64_t number) { return {Value(number), std::to_string(number)}; }

ReportCell date_cell(const std::string& stored, Language language, const std::string& missing) {
  return stored.empty() ? ReportCell{{}, missing} : ReportCell{Value(stored), short_moment(stored, language)};
}

std::string csv_of(const ReportTable& table, Language language) {
  const bool danish = language == Language::Danish;
  const char delimiter = danish ? ';' : ',';
  std::string out = danish ? "\xEF\xBB\xBF" : "";  // without BOM Excel takes it for Windows-1252
  std::vector<std::string> cells;
  for (const ReportColumn& column : table.columns) cells.push_back(column.heading);
  formats::append_row(out, cells, delimiter);
  for (const ReportRow& row : table.rows) {
    if (row.total) continue;
    cells.clear();
    for (const ReportCell& cell : row.cells) cells.push_back(formats::guarded(plain_text_of(cell)));
    formats::append_row(out, cells, delimiter);
  }
  return out;
}

std::string html_body_of(const Report& report) {
  std::string out;
  for (const std::string& line : report.about) out += "<p>" + escaped_html(line) + "</p>\n";
  for (const ReportTable& table : report.tables) {
    if (!table.rows.empty()) out += html_table(table);
  }
  return out;
}

std::string_view report_style() { return kStyle; }

std::string html_of(const Report& report, WallTime now, Language language) {
  const std::string title = escaped_html(report.title);
  std::string out = html_opening(language, report.title, "<style>" + std::string(kStyle) + "</style>");
  out += "<h1>" + title + "</h1>\n" + html_body_of(report);
  const std::string printed = "budstikke, " + long_moment(format_utc(now), language);
  return out + "<footer>" + escaped_html(printed) + "</footer>\n</body>\n</html>\n";
}

Value json_of(const Report& report, WallTime now) {
  Value document;
  document.set("report", report.name);
  document.set("time", format_utc(now));
  for (const auto& [key, value] : report.facts) document.set(key, value);
  for (const ReportTable& table : report.tables) {
    Value rows = Value::array();
    for (const ReportRow& row : table.rows) {
      if (row.total) continue;
      Value one = Value::map();
      for (std::size_t i = 0; i < row.cells.size(); ++i) one.set(table.columns[i].key, row.cells[i].value);
      rows.push(std::move(one));
    }
    document.set(table.key, std::move(rows));
  }
  return document;
}

int give_report(Context& context, const Report& report) {
  const std::string file = context.args().words.empty() ? std::string() : context.args().words[0];
  if (context.json() && file.empty() && !context.args().has("format")) {
    context.print(json_of(report, context.now()));
    return 0;
  }
  const std::optional<ReportForm> form = form_of(context, file);
  if (!form) return context.exit_code();
  if (*form == ReportForm::Plain) {
    print_plain(context, report);
    return 0;
  }
  const std::string text = *form == ReportForm::Csv ? csv_of(report.tables.front(), context.language())
                                                    : html_of(report, context.now(), context.language());
  return give_file(context, file.empty() ? "-" : file, text, Value::map(), context.say(Text::ReportWritten, {file}));
}

}  // namespace budstikke::cli
