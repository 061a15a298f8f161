#include "protocol/formats/content_lines.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "protocol/base/text.h"
#include "protocol/formats/charset.h"

using namespace budstikke;
using namespace budstikke::formats;

namespace {

Component only(std::string_view text) {
  const auto content = read_content(text);
  REQUIRE(content);
  REQUIRE(content->components.size() == 1);
  return content->components.front();
}

std::string wrapped(std::string_view lines) { return "BEGIN:X\r\n" + std::string(lines) + "END:X\r\n"; }

}  // namespace

TEST_CASE("content lines: name, group, parameters and value are told apart") {
  const Component component = only(wrapped("item1.tel;TYPE=home,\"a;b:c\";Pref=1;VOICE:12 34: 56\r\n"));
  REQUIRE(component.lines.size() == 1);
  const ContentLine& line = component.lines.front();
  CHECK(line.line == 2);
  CHECK(line.name == "TEL");
  CHECK(line.value == "12 34: 56");
  REQUIRE(line.parameters.size() == 4);
  CHECK(line.parameter("TYPE") == "home");
  CHECK(line.parameters[1].value == "a;b:c");
  CHECK(line.parameter("PREF") == "1");
  CHECK(line.parameters[3].value == "VOICE");
  CHECK(line.parameter("ABSENT").empty());
}

TEST_CASE("content lines: folded lines join, by space and by tab, with CRLF and with LF") {
  const Component component = only(wrapped("A:en lang\r\n  linje\r\nB:to\n\t linjer\r\nC:\r\n \r\n x\r\n"));
  REQUIRE(component.lines.size() == 3);
  CHECK(component.lines[0].value == "en lang linje");
  CHECK(component.lines[1].value == "to linjer");
  CHECK(component.lines[1].line == 4);
  CHECK(component.lines[2].value == "x");
}

TEST_CASE("content lines: a quoted-printable line goes on after an equals sign") {
  const Component component = only(wrapped("NOTE;ENCODING=QUOTED-PRINTABLE:f=C3=\r\n=B8rst=\r\n slut\r\nB:x=\r\nC:y\r\n"));
  REQUIRE(component.lines.size() == 3);
  CHECK(component.lines[0].value == "f=C3=B8rst slut");
  CHECK(component.lines[1].value == "x=");
}

TEST_CASE("content lines: control characters are dropped, BOM and Windows-1252 are read") {
  const std::string text =
      "\xEF\xBB\xBF"
      "BEGIN:X\r\nA:a\x01"
      "b\x7F\tc\r\nEND:X\r\n";
  CHECK(only(text).lines.front().value == "ab\tc");
  CHECK(only(std::string_view("BEGIN:X\nA;TZID=Z\0\0:x\nEND:X\n", 28)).lines.front().parameter("TZID") == "Z");
  CHECK(only("BEGIN:X\nA:r\xE5"
             "d \x80\nEND:X\n")
            .lines.front()
            .value == "råd €");
}

TEST_CASE("content lines: carets in parameters are RFC 6868") {
  CHECK(only(wrapped("A;CN=a^nb^'c^^d^e:x\r\n")).lines.front().parameter("CN") == "a\nb\"c^d^e");
}

TEST_CASE("content lines: components nest") {
  const Component outer = only("BEGIN:A\nBEGIN:b\nX:1\nEND:B\nBEGIN:C\nEND:C\nEND:A\n");
  CHECK(outer.broken == 0);
  REQUIRE(outer.components.size() == 2);
  CHECK(outer.components[0].name == "B");
  CHECK(outer.components[0].line == 2);
  CHECK(outer.components[0].lines.size() == 1);
}

TEST_CASE("content lines: what cannot be read breaks only the component it stands in") {
  for (std::string_view bad : {"no colon\n", ":no name\n", "A;CN=\"open:x\n", "A;X=1\n", "A B:x\n", ".:x\n", "END:Q\n"}) {
    CAPTURE(bad);
    const Component outer = only("BEGIN:A\nBEGIN:B\n" + std::string(bad) + "END:B\nBEGIN:B\nX:1\nEND:B\nEND:A\n");
    REQUIRE(outer.components.size() == 2);
    CHECK(outer.components[0].broken == 3);
    CHECK(outer.components[1].broken == 0);
    CHECK(outer.broken == 0);
  }
}

TEST_CASE("content lines: a component without its end is broken") {
  const Component outer = only("BEGIN:A\nBEGIN:B\nX:1\nEND:A\n");
  CHECK(outer.broken == 0);
  CHECK(outer.components.front().broken == 4);
  CHECK(only("BEGIN:A\nX:1\n").broken == 2);
}

TEST_CASE("content lines: lines outside every component are noticed") {
  const auto content = read_content("X:1\nBEGIN:A\nEND:A\n");
  REQUIRE(content);
  CHECK(content->stray == 1);
  CHECK(read_content("")->components.empty());
}

TEST_CASE("content lines: every bound holds, and one more is refused") {
  const auto repeat = [](std::size_t count, std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += text;
    return out;
  };
  const auto code_of = [](const Result<Content>& content) { return content ? std::string("ok") : content.error().subject; };
  CHECK(code_of(read_content(std::string(kMaxContentBytes, '\n'))) == "ok");
  CHECK(code_of(read_content(std::string(kMaxContentBytes + 1, '\n'))) == "file");
  CHECK(code_of(read_content(repeat(kMaxContentLines, "A:1\n"))) == "ok");
  CHECK(code_of(read_content(repeat(kMaxContentLines + 1, "A:1\n"))) == "lines");
  CHECK(code_of(read_content(repeat(kMaxComponents, "BEGIN:A\nEND:A\n"))) == "ok");
  CHECK(code_of(read_content(repeat(4'999, "BEGIN:A\nEND:A\n") + "BEGIN:A\nBEGIN:A\n")) == "components");
  CHECK(code_of(read_content(repeat(kMaxNesting, "BEGIN:A\n"))) == "ok");
  CHECK(code_of(read_content(repeat(kMaxNesting + 1, "BEGIN:A\n"))) == "nesting");
  CHECK(code_of(read_content("BEGIN:A\n" + repeat(3'000,
                                                  "BEGIN:B\n"
                                                  "BEGIN:B\nEND:B\nEND:B\n"))) == "components");
  CHECK(code_of(read_content("\xFF\xFE"
                             "B")) == "encoding");
}

TEST_CASE("content lines: written lines are at most 75 octets and never cut a letter") {
  CHECK(rc::check("fold and unfold", [] {
    const auto letters =
        *rc::gen::container<std::vector<std::string>>(200, rc::gen::element<std::string>("a", "ø", "€", "👋", " "));
    std::string value;
    for (const std::string& letter : letters) value += letter;
    std::string out;
    append_line(out, "A:" + value);
    for (std::size_t from = 0; from < out.size();) {
      const std::size_t to = out.find("\r\n", from);
      RC_ASSERT(to - from <= kMaxLineBytes);
      RC_ASSERT(is_utf8(std::string_view(out).substr(from, to - from)));
      from = to + 2;
    }
    RC_ASSERT(read_content(wrapped(out))->components.front().lines.front().value == value);
  }));
}

TEST_CASE("content lines: escapes are undone") {
  CHECK(escape_text("a;b,c\\d\ne") == "a\\;b\\,c\\\\d\\ne");
  CHECK(unescape_text("a\\;b\\,c\\\\d\\ne\\Nf\\xg\\") == "a;b,c\\d\ne\nfxg\\");
  CHECK(split_value("a\\,b,c,,\\\\,d", ',') == std::vector<std::string>{"a\\,b", "c", "", "\\\\", "d"});
  CHECK(parameter_text("Råd: \"A\", ^B") == "\"Råd: 'A', ^^B\"");
  CHECK(rc::check("escape and back", [](const std::string& text) { RC_ASSERT(unescape_text(escape_text(text)) == text); }));
}

TEST_CASE("charset: Windows-1252 has its own high characters") {
  CHECK(utf8_of_windows_1252("\xC6\xD8\xC5\xE6\xF8\xE5 \x80 \x93x\x94 \x81") == "ÆØÅæøå € “x” \xEF\xBF\xBD");
  CHECK(*utf8_of_file("\xEF\xBB\xBFråd") == "råd");
  CHECK(*utf8_of_file("r\xE5"
                      "d") == "råd");
  CHECK_FALSE(utf8_of_file("\xFE\xFF"));
}
