#include "protocol/formats/csv.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <map>

#include "protocol/formats/csv_table.h"
#include "tests/protocol/formats/samples.h"

using namespace budstikke;
using namespace budstikke::formats;

namespace {

const KindInfo& kind_of(Kind kind) { return *find_kind(kind); }

Imported read_rows_of(Kind kind, std::string_view file) {
  const auto imported = read_csv(kind_of(kind), file, default_zone());
  REQUIRE(imported);
  return *imported;
}

FieldTexts row_of(Kind kind, std::string_view file) {
  const Imported imported = read_rows_of(kind, file);
  REQUIRE(imported.errors.empty());
  REQUIRE(imported.items.size() == 1);
  return imported.items.front().fields;
}

RowError error_of(Kind kind, std::string_view file) {
  const Imported imported = read_rows_of(kind, file);
  CHECK(imported.items.empty());
  REQUIRE(imported.errors.size() == 1);
  return imported.errors.front();
}

}  // namespace

TEST_CASE("csv table: quotes, line breaks and delimiters in cells are read") {
  const auto rows = read_rows("a;\"b;\"\"c\"\"\r\nd\";e\r\n\"\";x\n;\n", ';');
  REQUIRE(rows);
  REQUIRE(rows->size() == 3);
  CHECK((*rows)[0].cells == Texts{"a", "b;\"c\"\r\nd", "e"});
  CHECK((*rows)[1].line == 3);
  CHECK((*rows)[1].cells == Texts{"", "x"});
  CHECK((*rows)[2].cells == Texts{"", ""});
  CHECK(read_rows("", ';')->empty());
  CHECK(read_rows("a;b", ';')->front().cells == Texts{"a", "b"});
  CHECK(read_rows("a;b\r", ';')->front().cells == Texts{"a", "b"});
}

TEST_CASE("csv table: an open quote and text behind a closing one break their row") {
  CHECK(read_rows("\"a", ';')->front().broken);
  CHECK(read_rows("\"a\"b;c\n", ';')->front().broken);
  CHECK_FALSE(read_rows("a\"b\";c\n", ';')->front().broken);
}

TEST_CASE("csv table: more rows than the bound are refused") {
  CHECK(read_rows(std::string(kMaxCsvRows, '\n'), ';'));
  CHECK(read_rows(std::string(kMaxCsvRows + 1, '\n'), ';').error().code == Code::TooLarge);
}

TEST_CASE("csv table: guarding a cell can always be undone") {
  CHECK(guarded("=1") == "'=1");
  CHECK(guarded("+45") == "'+45");
  CHECK(guarded("'=1") == "''=1");
  CHECK(guarded("'t") == "'t");
  CHECK(guarded("") == "");
  CHECK(unguarded("'") == "'");
  CHECK(rc::check("guard", [] {
    const auto text =
        *rc::gen::container<std::string>(rc::gen::element('=', '+', '\'', '@', '\t', 'a', '\r', '-', ';', '"', '\n', ' '));
    RC_ASSERT(unguarded(guarded(text)) == text);
    std::string file;
    append_row(file, {text, "x", text}, ';');
    RC_ASSERT(read_rows(file, ';')->front().cells == (Texts{text, "x", text}));
  }));
}

TEST_CASE("csv: headings are understood in Danish and English, in any case") {
  const FieldTexts danish = row_of(Kind::Hearing, "Titel;MYNDIGHED;Sagsnr;frist\r\nSkole;Kommunen;7;15-03-2026\r\n");
  CHECK(first_of(danish, "title") == "Skole");
  CHECK(first_of(danish, "authority") == "Kommunen");
  CHECK(first_of(danish, "case") == "7");
  CHECK(first_of(danish, "deadline") == "2026-03-15");
  const FieldTexts english = row_of(Kind::Announcement, "title,valid_until\nA,2026-03-15\n");
  CHECK(first_of(english, "valid_until") == "2026-03-15");
  CHECK(first_of(row_of(Kind::Announcement, "title\tvalid until\nA\t2026\n"), "valid_until") == "2026");
  CHECK(first_of(row_of(Kind::Contact, "navn;E-mail\nA;a@b.dk\n"), "email") == "a@b.dk");
}

TEST_CASE("csv: a cell with several days and times is read one by one, and written so that it is read back") {
  const FieldTexts fields =
      row_of(Kind::Event, "titel;start;undtagen\r\nMøde;07-10-2026 17:00;21-10-2026 17:00|24. december 2026|juli 2027\r\n");
  const auto exceptions = values_of(fields, "exceptions");
  const Texts expected = {"2026-10-21T15:00:00Z", "2026-12-24", "2027-07"};
  CHECK(Texts(exceptions.begin(), exceptions.end()) == expected);
  const std::string written =
      write_csv(*find_kind(Kind::Event), std::vector{ExportRecord{std::string(52, 'A'), {}, fields}}, default_zone());
  const auto again = read_csv(*find_kind(Kind::Event), written, default_zone());
  REQUIRE(again);
  REQUIRE(again->items.size() == 1);
  const auto read = values_of(again->items.front().fields, "exceptions");
  CHECK(Texts(read.begin(), read.end()) == expected);
}

TEST_CASE("csv: no two fields of a kind share a heading, and id is free") {
  for (const KindInfo& kind : kinds()) {
    CAPTURE(kind.name);
    for (const Field& field : kind.fields) {
      if (!is_written(field)) continue;
      CAPTURE(field.name);
      CHECK(field_of_heading(kind, field.name) == &field);
      CHECK(field_of_heading(kind, field.danish) == &field);
    }
    CHECK(field_of_heading(kind, "id") == nullptr);
    CHECK(field_of_heading(kind, "") == nullptr);
  }
}

TEST_CASE("csv: Windows-1252, BOM and Excel's hint are read") {
  CHECK(first_of(row_of(Kind::Initiative,
                        "titel;r\xE5"
                        "d\r\nSm\xF8rrebr\xF8"
                        "d;K\xF8"
                        "ge\r\n"),
                 "origin") == "Køge");
  CHECK(first_of(row_of(Kind::Initiative, "\xEF\xBB\xBFtitel;råd\r\nx;Køge\r\n"), "origin") == "Køge");
  const Imported hinted = read_rows_of(Kind::Initiative, "sep=;\r\ntitel;råd\r\nx;Køge\r\n");
  REQUIRE(hinted.items.size() == 1);
  CHECK(hinted.items.front().line == 3);
}

TEST_CASE("csv: an empty cell says that there is none, a missing column says nothing") {
  const FieldTexts fields = row_of(Kind::Initiative, "titel;råd;mærker\r\nx;;\r\n");
  CHECK(speaks_of(fields, "origin"));
  CHECK(all_of(fields, "origin").empty());
  CHECK(speaks_of(fields, "tags"));
  CHECK_FALSE(speaks_of(fields, "status"));
  CHECK(speaks_of(row_of(Kind::Initiative, "titel;råd\r\nx\r\n"), "origin"));
}

TEST_CASE("csv: numbers, choices and yes or no are as people write them") {
  const FieldTexts fields = row_of(Kind::Initiative, "titel;budget;status;fælles;område\r\nx;12.500;I drift;SAND;kultur\r\n");
  CHECK(first_of(fields, "budget") == "12500");
  CHECK(first_of(fields, "status") == "running");
  CHECK(first_of(fields, "shared") == "yes");
  CHECK(first_of(fields, "area") == "Kulturelle arrangementer");
}

TEST_CASE("csv: several values of a set") {
  const FieldTexts fields = row_of(Kind::Contact,
                                   "navn;e-mail;telefon;sprog;lister\r\nA;a@b.dk, c@d.dk|a@b.dk;'+45 12345678|1234;dansk, "
                                   "arabisk|kurdisk;\"a\\|b|c\\\\\r\nd\\e\"\r\n");
  CHECK(all_of(fields, "email") == Texts{"a@b.dk", "c@d.dk"});
  CHECK(all_of(fields, "phone") == Texts{"+45 12345678", "1234"});
  CHECK(all_of(fields, "languages") == Texts{"dansk, arabisk", "kurdisk"});
  CHECK(all_of(fields, "lists") == Texts{"a|b", "c\\", "d\\e"});
  std::string many = "navn;sprog\r\nA;";
  for (int i = 0; i < 201; ++i) many += std::to_string(i) + "|";
  CHECK(error_of(Kind::Contact, many).why == FieldFault::TooLong);
}

TEST_CASE("csv: times are read in the row's zone") {
  CHECK(first_of(row_of(Kind::Event, "titel;start\r\nx;15-03-2026 17:00\r\n"), "start") == "2026-03-15T16:00:00Z");
  CHECK(first_of(row_of(Kind::Event, "titel;start;tidszone\r\nx;15-03-2026 17:00;Europe/London\r\n"), "start") ==
        "2026-03-15T17:00:00Z");
  const FieldTexts windows = row_of(Kind::Event, "titel;start;tidszone\r\nx;15-03-2026 17:00;Romance Standard Time\r\n");
  CHECK(first_of(windows, "zone") == "Europe/Copenhagen");
  CHECK(error_of(Kind::Event, "titel;start;tidszone\r\nx;15-03-2026 17:00;Europe/Nowhere\r\n").why == FieldFault::Zone);
  CHECK(first_of(row_of(Kind::Event, "titel;start;tidszone\r\nx;2026-03-15T16:00:00Z;Europe/Nowhere\r\n"), "start") ==
        "2026-03-15T16:00:00Z");
  CHECK(first_of(row_of(Kind::Hearing, "titel;frist\r\nx;15-03-2026 00:00\r\n"), "deadline") == "2026-03-15");
  CHECK(error_of(Kind::Hearing, "titel;frist\r\nx;15-03-2026 12:00\r\n").why == FieldFault::Date);
}

TEST_CASE("csv: one bad row among good ones is named with its line and field") {
  const Imported imported =
      read_rows_of(Kind::Hearing,
                   "titel;frist;myndighed\r\nA;15-03-2026;x\r\n\"to\r\nlinjer\";31-02-2026;x\r\n;;\r\nB;2026;x\r\n;"
                   "2026;x\r\nC;03/04/2026;\r\nD;;;;\r\nE;;;y\r\n\"F\"x;;\r\n");
  REQUIRE(imported.items.size() == 3);
  CHECK(imported.items[1].line == 6);
  CHECK(imported.items[2].line == 9);
  REQUIRE(imported.errors.size() == 5);
  CHECK(imported.errors[0].line == 3);
  CHECK(imported.errors[0].field == "deadline");
  CHECK(imported.errors[0].why == FieldFault::Date);
  CHECK(imported.errors[1].line == 7);
  CHECK(imported.errors[1].why == FieldFault::Empty);
  CHECK(imported.errors[1].field == "case");
  CHECK(imported.errors[2].line == 8);
  CHECK(imported.errors[3].line == 10);
  CHECK(imported.errors[3].why == FieldFault::Row);
  CHECK(imported.errors[4].line == 11);
  CHECK(imported.errors[4].why == FieldFault::Row);
}

TEST_CASE("csv: unknown columns are named, the second column of a register too") {
  const Imported imported = read_rows_of(Kind::Event, "titel;Bemærkning;emne;svar;id\r\nx;a;b;ja;7\r\n");
  CHECK(imported.not_kept == Texts{"Bemærkning", "emne", "svar"});
  CHECK(imported.items.front().uid.empty());
  CHECK(first_of(imported.items.front().fields, "title") == "x");
}

TEST_CASE("csv: the id column makes a row its own record") {
  const Imported imported = read_rows_of(Kind::Event, "titel;id\r\nx;" + sample_id(3) + "\r\n;" + sample_id(4) + "\r\n");
  REQUIRE(imported.items.size() == 2);
  CHECK(imported.items[0].uid == sample_id(3) + "@budstikke");
  CHECK(id_of_uid(imported.items[1].uid) == sample_id(4));
}

TEST_CASE("csv: a file without known heading, in UTF-16 or too large is refused as a whole") {
  const KindInfo& kind = kind_of(Kind::Event);
  CHECK(read_csv(kind, "", default_zone()).error().code == Code::Invalid);
  CHECK(read_csv(kind, "a;b\r\n1;2\r\n", default_zone()).error().subject == "headings");
  CHECK(read_csv(kind, "\xFF\xFE", default_zone()).error().code == Code::Invalid);
  CHECK(read_csv(kind, std::string(kMaxCsvBytes + 1, 'x'), default_zone()).error().code == Code::TooLarge);
  CHECK(read_csv(kind, "titel\n" + std::string(kMaxCsvRows, '\n'), default_zone()).error().code == Code::TooLarge);
}

TEST_CASE("csv: Danish Excel's form is written to the letter") {
  const ExportRecord record{sample_id(1),
                            {0},
                            {{"title", {"=SUM(A1)"}},
                             {"start", {"2026-03-15T16:00:00Z"}},
                             {"end", {"2026-03"}},
                             {"zone", {"Europe/Copenhagen"}},
                             {"description", {"To;\n\"linjer\""}},
                             {"cancelled", {"no"}}}};
  CHECK(write_csv(kind_of(Kind::Event), {&record, 1}, default_zone()) ==
        "\xEF\xBB\xBF"
        "fælles;titel;start;slut;hele "
        "dagen;tidszone;gentagelse;sted;beskrivelse;link;type;arrangør;aflyst;undtagen;inviterede;bilag;id\r\n"
        ";'=SUM(A1);15-03-2026 17:00;03-2026;;Europe/Copenhagen;;;\"To;\n\"\"linjer\"\"\";;;;nej;;;;" +
            sample_id(1) + "\r\n");
  CHECK(write_csv(kind_of(Kind::Event), {&record, 1}, default_zone(), CsvStyle::International) ==
        "shared,title,start,end,all_day,zone,rrule,place,description,url,type,organiser,cancelled,exceptions,invitees,"
        "attachments,id\r\n"
        ",'=SUM(A1),2026-03-15 17:00,2026-03,,Europe/Copenhagen,,,\"To;\n\"\"linjer\"\"\",,,,no,,,," +
            sample_id(1) + "\r\n");
}

TEST_CASE("csv: what local time cannot say is written as UTC") {
  const auto start = [](std::string_view text, std::string_view zone) {
    const ExportRecord record{sample_id(1), {0}, {{"start", {std::string(text)}}, {"zone", {std::string(zone)}}}};
    const std::string file = write_csv(kind_of(Kind::Event), {&record, 1}, default_zone());
    return file.substr(file.find("\r\n;;") + 4, text.size());
  };
  CHECK(start("2026-10-25T01:30:00Z", "Europe/Copenhagen") == "2026-10-25T01:30:00Z");
  CHECK(start("2026-10-25T00:30:00Z", "Europe/Nowhere") == "2026-10-25T00:30:00Z");
  CHECK(start("2026-10-25T00:30:00Z", "Europe/Copenhagen").starts_with("25-10-2026 02:30;"));
}

TEST_CASE("item: ids and UIDs are told apart") {
  CHECK(id_of_uid(uid_of(sample_id(9))) == sample_id(9));
  CHECK(id_of_uid("x@budstikke").empty());
  CHECK(id_of_uid(sample_id(9)).empty());
  CHECK(id_of_uid(std::string(52, 'U') + "@budstikke").empty());
  CHECK(id_of_uid(std::string(51, '0') + "1@budstikke").empty());
}
