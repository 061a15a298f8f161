#include "protocol/formats/vcard.h"

#include <doctest/doctest.h>

#include "tests/protocol/formats/samples.h"

using namespace budstikke;
using namespace budstikke::formats;

namespace {

std::string card(std::string_view lines, std::string_view version = "3.0") {
  return "BEGIN:VCARD\r\nVERSION:" + std::string(version) + "\r\n" + std::string(lines) + "END:VCARD\r\n";
}

Imported read_cards(std::string_view file) {
  const auto imported = read_vcard(file);
  REQUIRE(imported);
  return *imported;
}

FieldTexts card_fields(std::string_view lines, std::string_view version = "3.0") {
  const Imported imported = read_cards(card(lines, version));
  REQUIRE(imported.errors.empty());
  REQUIRE(imported.items.size() == 1);
  return imported.items.front().fields;
}

std::string written_card(FieldTexts fields, VcardVersion version = VcardVersion::V3) {
  const ExportRecord record{sample_id(1), {1'806'505'200'000}, std::move(fields)};
  return write_vcard({&record, 1}, version);
}

}  // namespace

TEST_CASE("vcard: a card of 4.0 finds its fields") {
  const FieldTexts fields = card_fields(
      "FN:Ishøj Integrationsråd\r\nORG:Ishøj "
      "Kommune;Borgerservice\r\nTITLE:Integrationsråd\r\nEMAIL;TYPE=work:raad@ishoj.example\r\n"
      "TEL;VALUE=uri;TYPE=\"voice,work\":tel:+45-12-34-56-78;ext=5\r\nADR;TYPE=work:;;Store Torv 20;Ishøj;;2635;Danmark\r\n"
      "LANG;PREF=1:da\r\nLANG:ar\r\nCATEGORIES:råd,Hovedstaden\\, øst\r\nNOTE:En\\nto\r\n",
      "4.0");
  CHECK(first_of(fields, "name") == "Ishøj Integrationsråd");
  CHECK(first_of(fields, "organisation") == "Ishøj Kommune, Borgerservice");
  CHECK(first_of(fields, "role") == "Integrationsråd");
  CHECK(all_of(fields, "email") == Texts{"raad@ishoj.example"});
  CHECK(all_of(fields, "phone") == Texts{"+45 12 34 56 78"});
  CHECK(first_of(fields, "address") == "Store Torv 20\n2635 Ishøj\nDanmark");
  CHECK(all_of(fields, "languages") == Texts{"da", "ar"});
  CHECK(all_of(fields, "lists") == Texts{"råd", "Hovedstaden, øst"});
  CHECK(first_of(fields, "notes") == "En\nto");
}

TEST_CASE("vcard: a card of 2.1 with quoted-printable and bare parameters is read") {
  const FieldTexts fields = card_fields(
      "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:S=C3=B8rensen;=C3=85se;;;\r\nTEL;WORK;VOICE:12 34 56 78\r\nTEL;CELL:+45 87 65 "
      "43 21\r\n"
      "NOTE;ENCODING=QUOTED-PRINTABLE:f=F8rste =\r\n linje=0D=0Aanden\r\nADR;HOME:;;Vej 1;By;;1000;\r\nADR;WORK:;;Torv "
      "2;Byen;;2000;\r\n",
      "2.1");
  CHECK(first_of(fields, "name") == "Åse Sørensen");
  CHECK(all_of(fields, "phone") == Texts{"12 34 56 78", "+45 87 65 43 21"});
  CHECK(first_of(fields, "notes") == "første  linje\nanden");
  CHECK(first_of(fields, "address") == "Torv 2\n2000 Byen");
  CHECK_FALSE(speaks_of(fields, "languages"));
}

TEST_CASE("vcard: a name is found where there is one") {
  CHECK(first_of(card_fields("FN:A B\r\nN:B;A\r\n"), "name") == "A B");
  CHECK(first_of(card_fields("FN:\r\nN:B;A;M;Dr.;jr.\r\n"), "name") == "Dr. A M B jr.");
  CHECK(first_of(card_fields("ORG:Kommune;Råd\r\n"), "name") == "Kommune, Råd");
  CHECK(first_of(card_fields("EMAIL:mailto:a@b.dk\r\n"), "name") == "a@b.dk");
}

TEST_CASE("vcard: groups of properties and repeated values are taken in") {
  const FieldTexts fields =
      card_fields("FN:x\r\nitem1.TEL:12345678\r\nitem1.X-ABLABEL:kontor\r\nTEL:12345678\r\nNOTE:a\r\nNOTE:b\r\nROLE:formand\r\n");
  CHECK(all_of(fields, "phone") == Texts{"12345678"});
  CHECK(first_of(fields, "notes") == "a\nb");
  CHECK(first_of(fields, "role") == "formand");
}

TEST_CASE("vcard: what cannot be kept is named, and a group is no contact") {
  const Imported imported =
      read_cards(card("FN:x\r\nTITLE:a\r\nROLE:b\r\nBDAY:19700101\r\nPHOTO;ENCODING=b:AAAA\r\n "
                      "AAAA\r\nKIND:individual\r\nADR:;;a;;;;\r\nADR:;;b;;;;\r\n") +
                 card("FN:gruppe\r\nKIND:group\r\nMEMBER:urn:uuid:1\r\n", "4.0") + card("FN:kontor\r\nKIND:org\r\n", "4.0"));
  CHECK(imported.not_kept == Texts{"ADR", "BDAY", "KIND:group", "PHOTO"});
  REQUIRE(imported.items.size() == 2);
}

TEST_CASE("vcard: a further role and other names are kept, and written where they are looked for") {
  const FieldTexts fields = card_fields("FN:x\r\nTITLE:a\r\nROLE:b\r\nROLE:c\r\nNICKNAME:Mo,Moh\\, jr.\r\n");
  CHECK(first_of(fields, "role") == "a");
  CHECK(all_of(fields, "other_roles") == Texts{"b", "c"});
  CHECK(all_of(fields, "other_names") == Texts{"Mo", "Moh, jr."});
  const std::string written = write_vcard(std::vector{ExportRecord{std::string(52, 'A'), {}, fields}});
  for (const char* line : {"TITLE:a\r\n", "ROLE:b\r\n", "ROLE:c\r\n", "NICKNAME:Mo,Moh\\, jr.\r\n"}) {
    CHECK(written.find(line) != std::string::npos);
  }
  CHECK(written.find("X-BUDSTIKKE-OTHER") == std::string::npos);
  const FieldTexts without_title = card_fields("FN:x\r\nROLE:b\r\nROLE:c\r\n");
  CHECK(first_of(without_title, "role") == "b");
  CHECK(all_of(without_title, "other_roles") == Texts{"c"});
}

TEST_CASE("vcard: one bad card among good ones is named with its line") {
  const Imported imported = read_cards(card("FN:x\r\nEMAIL:ingen\r\n") + card("UID:2@x\r\nFN:god\r\n") +
                                       card("NOTE:uden navn\r\n") + card("FN:rod\r\nrod\r\n") + "BEGIN:VCARD\r\nFN:afbrudt\r\n");
  REQUIRE(imported.items.size() == 1);
  CHECK(imported.items.front().uid == "2@x");
  CHECK(imported.items.front().line == 6);
  REQUIRE(imported.errors.size() == 4);
  CHECK(imported.errors[0].line == 4);
  CHECK(imported.errors[0].why == FieldFault::Email);
  CHECK(imported.errors[0].field == "email");
  CHECK(imported.errors[1].why == FieldFault::Empty);
  CHECK(imported.errors[2].line == 18);
  CHECK(imported.errors[2].why == FieldFault::Row);
  CHECK(imported.errors[3].why == FieldFault::Row);
}

TEST_CASE("vcard: a file without card, in UTF-16 or too large is refused as a whole") {
  CHECK(read_vcard("").error().code == Code::Invalid);
  CHECK(read_vcard("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n").error().code == Code::Invalid);
  CHECK(read_vcard("\xFE\xFF").error().code == Code::Invalid);
  CHECK(read_vcard(std::string(1'048'577, ' ')).error().code == Code::TooLarge);
}

TEST_CASE("vcard: a UID of more than 1,024 bytes is refused") {
  CHECK(read_cards(card("FN:x\r\nUID:" + std::string(1'025, 'u') + "\r\n")).errors.front().why == FieldFault::TooLong);
}

TEST_CASE("vcard: 3.0 is written to the letter") {
  CHECK(written_card({{"name", {"Åse Sørensen"}},
                      {"role", {"sekretær"}},
                      {"organisation", {"Rådet; Ærø"}},
                      {"email", {"a@b.dk"}},
                      {"phone", {"+45 12 34 56 78"}},
                      {"address", {"Torvet 1\n0800 Byen\nDanmark"}},
                      {"languages", {"dansk", "da"}},
                      {"lists", {"a,b", "c"}},
                      {"notes", {"En\nto"}}}) ==
        "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:" + sample_id(1) +
            "@budstikke\r\nREV:20270331T150000Z\r\nFN:Åse Sørensen\r\nN:Sørensen;Åse;;;\r\n"
            "ORG:Rådet\\; Ærø\r\nTITLE:sekretær\r\nEMAIL;TYPE=INTERNET:a@b.dk\r\nTEL;TYPE=VOICE:+45 12 34 56 78\r\n"
            "ADR;TYPE=WORK:;;Torvet "
            "1;Byen;;0800;Danmark\r\nCATEGORIES:a\\,b,c\r\nNOTE:En\\nto\r\nX-BUDSTIKKE-LANGUAGES:dansk\r\nX-BUDSTIKKE-LANGUAGES:da\r\nEND:VCARD\r\n");
}

TEST_CASE("vcard: 4.0 is written to the letter") {
  CHECK(written_card(
            {{"name", {"Rådet"}}, {"email", {"a@b.dk"}}, {"phone", {"+45 12 34 56 78", "12 34 56 78"}}, {"languages", {"da"}}},
            VcardVersion::V4) ==
        "BEGIN:VCARD\r\nVERSION:4.0\r\nUID;VALUE=text:" + sample_id(1) +
            "@budstik\r\n ke\r\nREV:20270331T150000Z\r\nFN:Rådet\r\nN:Rådet;;;;\r\nEMAIL:a@b.dk\r\n"
            "TEL;VALUE=uri;TYPE=voice:tel:+45-12-34-56-78\r\nTEL;TYPE=VOICE:12 34 56 78\r\nLANG:da\r\nEND:VCARD\r\n");
}
