#include "protocol/records/check.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <set>

#include "protocol/base/limits.h"
#include "protocol/base/text.h"

using namespace budstikke;

namespace {

Field field_of(FieldType type) {
  Field field{};
  field.number = 2;
  field.name = "sample";
  field.type = type;
  return field;
}

const Field& field_of(Kind kind, std::string_view name) { return *find_field(*find_kind(kind), name); }

std::string checked(const Field& field, std::string_view text) {
  const auto value = check_value(field, text);
  return value ? text_of_value(*value) : "REFUSED";
}

FieldFault fault_of(const Field& field, std::string_view text) {
  FieldError why;
  const auto value = check_value(field, text, &why);
  REQUIRE_FALSE(value);
  CHECK(why.field == field.name);
  CHECK(value.error().subject == field.name);
  CHECK(value.error().code == (why.fault == FieldFault::TooLong ? Code::TooLarge : Code::Invalid));
  return why.fault;
}

}  // namespace

TEST_CASE("check: a text is trimmed and kept on one line") {
  const Field field = field_of(FieldType::Text);
  CHECK(checked(field, "  Rådet i Ærø \r\n") == "Rådet i Ærø");
  CHECK(fault_of(field, "to\nlinjer") == FieldFault::Text);
  CHECK(fault_of(field, "en\ttabulator") == FieldFault::Text);
  CHECK(fault_of(field, "vendt \xE2\x80\xAE om") == FieldFault::Text);
  CHECK(fault_of(field, "latin \xE6") == FieldFault::Text);
  CHECK(fault_of(field, std::string_view("nul\0byte", 8)) == FieldFault::Text);
  CHECK(fault_of(field, " \n ") == FieldFault::Empty);
  CHECK(fault_of(field, "") == FieldFault::Empty);
}

TEST_CASE("check: a long text keeps its lines, with LF") {
  const Field field = field_of(FieldType::LongText);
  CHECK(checked(field, "\r\n1. linje\r\n\r\n\t3. linje\r4. linje\n") == "1. linje\n\n\t3. linje\n4. linje");
  CHECK(checked(field, std::string(kMaxTextBytes, 'x')).size() == kMaxTextBytes);
  CHECK(fault_of(field, std::string(kMaxTextBytes + 1, 'x')) == FieldFault::TooLong);
  CHECK(fault_of(field, "\x1B[31m") == FieldFault::Text);
}

TEST_CASE("check: decomposed Latin letters are composed, others stay") {
  const Field field = field_of(FieldType::Text);
  CHECK(checked(field, "A\xCC\x8Arhus") == "Århus");
  CHECK(checked(field, "Rene\xCC\x81 o\xCC\x88st") == "René öst");
  CHECK(checked(field, "x\xCC\x8A") == "x\xCC\x8A");
  CHECK(checked(field, "o\xCC\x8A") == "o\xCC\x8A");
  CHECK(checked(field, "\xCC\x8A") == "\xCC\x8A");
}

TEST_CASE("check: a number is whole, not negative, and may be grouped by threes") {
  const Field field = field_of(FieldType::Number);
  CHECK(*check_value(field, "12500")->if_integer() == 12'500);
  CHECK(checked(field, "0") == "0");
  CHECK(checked(field, "007") == "7");
  CHECK(checked(field, "12.500") == "12500");
  CHECK(checked(field, "1 234 567") == "1234567");
  CHECK(checked(field, "9223372036854775807") == "9223372036854775807");
  for (std::string_view text : {"-1", "+1", "1,5", "1.5", "12.50", "1.2345", ".500", "12.500 000", "1234.567", "1.234.56", "x",
                                "9223372036854775808", "1e3", "12.500,00", "1..500", "12. 500"}) {
    CAPTURE(text);
    CHECK(fault_of(field, text) == FieldFault::Number);
  }
}

TEST_CASE("check: yes and no are understood in both languages") {
  const Field field = field_of(FieldType::YesNo);
  for (std::string_view text : {"yes", "ja", "JA", "true", "SAND"}) CHECK(*check_value(field, text)->if_bool());
  for (std::string_view text : {"no", "nej", "Nej", "false", "FALSK"}) CHECK_FALSE(*check_value(field, text)->if_bool());
  CHECK(fault_of(field, "måske") == FieldFault::YesNo);
  CHECK(fault_of(field, "1") == FieldFault::YesNo);
}

TEST_CASE("check: a date has no time, a moment may") {
  CHECK(checked(field_of(FieldType::Date), "2027-03") == "2027-03");
  CHECK(checked(field_of(FieldType::Moment), "2027") == "2027");
  CHECK(checked(field_of(FieldType::Moment), "2027-03-31T15:00:00Z") == "2027-03-31T15:00:00Z");
  CHECK(fault_of(field_of(FieldType::Date), "2027-03-31T15:00:00Z") == FieldFault::Date);
  CHECK(fault_of(field_of(FieldType::Date), "31-03-2027") == FieldFault::Date);
  CHECK(fault_of(field_of(FieldType::Moment), "2027-02-30") == FieldFault::Date);
}

TEST_CASE("check: an e-mail address has one at and a domain") {
  const Field field = field_of(FieldType::Email);
  CHECK(checked(field, " Sekretariat@REM.Example ") == "Sekretariat@rem.example");
  CHECK(checked(field, "åse@ærø.dk") == "åse@ærø.dk");
  for (std::string_view text :
       {"x", "@x.dk", "a@", "a@b", "a@b@c.dk", "a b@c.dk", "a@.dk", "a@b.", "a@b..dk", "a,b@c.dk", "<a@b.dk>", "a|b@c.dk"}) {
    CAPTURE(text);
    CHECK(fault_of(field, text) == FieldFault::Email);
  }
  CHECK(fault_of(field, std::string(250, 'a') + "@b.dk") == FieldFault::Email);
}

TEST_CASE("check: a telephone number has at least four digits and no letters") {
  const Field field = field_of(FieldType::Phone);
  CHECK(checked(field, "+45 12  34 56 78") == "+45 12 34 56 78");
  CHECK(checked(field, "12.34.56.78") == "12 34 56 78");
  CHECK(checked(field, "(0045) 12-34") == "(0045) 12-34");
  CHECK(checked(field, ". 1234 .") == "1234");
  for (std::string_view text : {"123", "12 34 56 78 lok. 5", "tlf 12345678", "+++", "12/34/56"}) {
    CAPTURE(text);
    CHECK(fault_of(field, text) == FieldFault::Phone);
  }
  CHECK(fault_of(field, std::string(65, '1')) == FieldFault::Phone);
}

TEST_CASE("check: a web address is http, https or mailto") {
  const Field field = field_of(FieldType::Url);
  CHECK(checked(field, "https://kommune.dk/råd") == "https://kommune.dk/råd");
  CHECK(checked(field, "www.kommune.dk") == "https://www.kommune.dk");
  CHECK(checked(field, "MAILTO:a@b.dk") == "MAILTO:a@b.dk");
  for (std::string_view text :
       {"kommune.dk", "javascript:alert(1)", "file:///etc/passwd", "http://", "https://a b", "https://a\"b"}) {
    CAPTURE(text);
    CHECK(fault_of(field, text) == FieldFault::Url);
  }
}

TEST_CASE("check: a zone looks like a name of IANA's") {
  const Field field = field_of(FieldType::Zone);
  for (std::string_view text : {"Europe/Copenhagen", "UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+1"})
    CHECK(checked(field, text) == text);
  for (std::string_view text :
       {"Romance Standard Time", "/etc/passwd", "Europe/../x", "Europe//X", "Europe/", "localtime", "+01:00", "file:x"}) {
    CAPTURE(text);
    CHECK(fault_of(field, text) == FieldFault::Zone);
  }
  CHECK(fault_of(field, std::string(65, 'A')) == FieldFault::Zone);
}

TEST_CASE("check: one of several choices takes aliases in any case, and names the choices when none fits") {
  const Field& rsvp = field_of(Kind::Event, "rsvp");
  CHECK(checked(rsvp, "JA") == "yes");
  CHECK(checked(rsvp, "kommer ikke") == "no");
  CHECK(checked(rsvp, "Måske") == "maybe");
  FieldError why;
  CHECK_FALSE(check_value(rsvp, "tja", &why));
  CHECK(why.fault == FieldFault::Choice);
  CHECK(why.hint == "yes, no, maybe");
}

TEST_CASE("check: the id of a record is taken whole, in any case of its letters") {
  const Field field = field_of(FieldType::Record);
  const std::string id = std::string("K3F9QX") + std::string(45, '7') + "0";
  CHECK(checked(field, id) == id);
  CHECK(checked(field, "k3f9qx" + id.substr(6)) == id);
  for (const std::string& other : {id.substr(0, 6), id + "0", id.substr(0, 51) + "1", std::string(51, 'A') + "?"}) {
    CHECK(fault_of(field, other) == FieldFault::Record);
  }
}

TEST_CASE("check: a suggestion takes aliases, and lets other texts stand") {
  const Field& status = field_of(Kind::Initiative, "status");
  CHECK(checked(status, "I drift") == "running");
  CHECK(checked(status, "på pause") == "på pause");
  const Field& area = field_of(Kind::Initiative, "area");
  CHECK(checked(area, "Unges deltagelse i foreningslivet") == "Unges foreningsliv");
  CHECK(checked(area, "Demokrati og deltagelse") == "Demokrati og deltagelse");
}

TEST_CASE("check: no two choices of a field share a word, and what a Dane is shown is understood") {
  for (const KindInfo& kind : kinds()) {
    for (const Field& field : kind.fields) {
      std::set<std::string> words;
      for (const Choice& choice : field.choices) {
        CAPTURE(choice.value);
        CHECK(words.insert(fold_case(choice.value)).second);
        CHECK(checked(field, danish_text(field, choice.value)) == choice.value);
        std::string aliases(choice.aliases);
        for (std::size_t from = 0; from < aliases.size();) {
          const std::size_t to = std::min(aliases.find('|', from), aliases.size());
          CHECK(checked(field, aliases.substr(from, to - from)) == choice.value);
          words.insert(fold_case(aliases.substr(from, to - from)));
          from = to + 1;
        }
      }
    }
  }
}

TEST_CASE("check: values have Danish words") {
  CHECK(danish_text(field_of(FieldType::YesNo), "yes") == "ja");
  CHECK(danish_text(field_of(FieldType::YesNo), "no") == "nej");
  CHECK(danish_text(field_of(Kind::Initiative, "status"), "running") == "i drift");
  CHECK(danish_text(field_of(Kind::Initiative, "area"), "Diskrimination") == "Diskrimination");
  CHECK(danish_text(field_of(FieldType::Text), "running") == "running");
  CHECK(text_of_value(Value(true)) == "yes");
  CHECK(text_of_value(Value(12)) == "12");
  CHECK(text_of_value(Value()) == "");
}

TEST_CASE("check: the text of a checked value gives the same value") {
  CHECK(rc::check("checking twice", [] {
    const auto type = static_cast<FieldType>(*rc::gen::inRange(0, 12));
    const auto pieces = *rc::gen::container<std::vector<std::string>>(
        rc::gen::element<std::string>(" ", "\n", "a", "å", "A", "\xCC\x8A", "\xCC\x88", "1", "12", ".", "+", "-", "(", "@",
                                      "kom.dk", "www.", "https://", "2027", "-03", "ja", "/", "B"));
    std::string text;
    for (const std::string& piece : pieces) text += piece;
    const Field field = field_of(type);
    const auto once = check_value(field, text);
    if (!once) return;
    const auto twice = check_value(field, text_of_value(*once));
    RC_ASSERT(twice.ok());
    RC_ASSERT(*twice == *once);
  }));
}
