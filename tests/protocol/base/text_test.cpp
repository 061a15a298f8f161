#include "protocol/base/text.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;

TEST_CASE("text: UTF-8 of every length at its limits is accepted") {
  for (std::string_view text : {"", "a", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                                "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "æøå ÆØÅ €😀"}) {
    CHECK_MESSAGE(is_utf8(text), hex_of(view_of(text)));
  }
  CHECK(is_utf8(std::string_view("\0", 1)));
}

TEST_CASE("text: what is not UTF-8 is refused, alone, before and after good text") {
  constexpr std::string_view kBad[] = {
      "\x80",              // a continuation without its lead
      "\xBF",              //
      "\xC3",              // cut short
      "\xE2\x82",          //
      "\xF0\x9F\x98",      //
      "\xC3\x28",          // a lead without continuation
      "\xE2\x28\xA1",      //
      "\xE2\x82\x28",      //
      "\xF0\x28\x8C\xBC",  //
      "\xF0\x90\x28\xBC",  //
      "\xF0\x90\x8C\x28",  //
      "\xC3\xC3",          //
      "\xC0\x80",          // overlong: zero in two bytes
      "\xC0\xAF",          // overlong '/'
      "\xC1\xBF",          //
      "\xE0\x80\xAF",      // overlong in three
      "\xE0\x9F\xBF",      //
      "\xF0\x80\x80\xAF",  // overlong in four
      "\xF0\x8F\xBF\xBF",  //
      "\xED\xA0\x80",      // surrogates
      "\xED\xAF\xBF",      //
      "\xED\xB0\x80",      //
      "\xED\xBF\xBF",      //
      "\xED\xA0\x80\xED\xB0\x80",
      "\xF4\x90\x80\x80",      // beyond U+10FFFF
      "\xF5\x80\x80\x80",      //
      "\xF8\x88\x80\x80\x80",  // five and six bytes
      "\xFC\x84\x80\x80\x80\x80",
      "\xFE",
      "\xFF",
  };
  for (std::string_view bad : kBad) {
    CHECK_FALSE_MESSAGE(is_utf8(bad), hex_of(view_of(bad)));
    CHECK_FALSE_MESSAGE(is_utf8("ø" + std::string(bad)), hex_of(view_of(bad)));
    CHECK_FALSE_MESSAGE(is_utf8(std::string(bad) + "ø"), hex_of(view_of(bad)));
    CHECK_FALSE_MESSAGE(is_clean_text(bad, true), hex_of(view_of(bad)));
  }
}

TEST_CASE("text: every code point is UTF-8 but the surrogates") {
  for (std::uint32_t c = 0; c <= 0x10FFFF; ++c) {
    std::string text;
    if (c < 0x80) {
      text = {static_cast<char>(c)};
    } else if (c < 0x800) {
      text = {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 63))};
    } else if (c < 0x10000) {
      text = {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 63)), static_cast<char>(0x80 | (c & 63))};
    } else {
      text = {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 63)),
              static_cast<char>(0x80 | (c >> 6 & 63)), static_cast<char>(0x80 | (c & 63))};
    }
    if (is_utf8(text) != (c < 0xD800 || c > 0xDFFF)) FAIL(c);
  }
}

TEST_CASE("text: clean text has no control characters and nothing that turns the direction") {
  CHECK(is_clean_text("Ærø Kommune – “møde” 😀", false));
  CHECK(is_clean_text("", false));
  for (std::string_view bad : {"\x01", "\x1B[2J", "\x08", "\x7F", "\r", "\xC2\x85", "\xC2\x80", "\xC2\x9F", "\xE2\x80\xAA",
                               "\xE2\x80\xAE", "\xE2\x81\xA6", "\xE2\x81\xA9"}) {
    CHECK_FALSE_MESSAGE(is_clean_text("a" + std::string(bad) + "b", true), hex_of(view_of(bad)));
  }
  CHECK_FALSE(is_clean_text(std::string_view("\0", 1), true));
  for (std::string_view lines : {"\n", "\t"}) {
    CHECK(is_clean_text("a" + std::string(lines) + "b", true));
    CHECK_FALSE(is_clean_text("a" + std::string(lines) + "b", false));
  }
  CHECK(is_clean_text("\xC2\xA0", false));
}

TEST_CASE("text: trim takes spaces and line ends at both ends only") {
  CHECK(trim("  a b \r\n\t") == "a b");
  CHECK(trim("") == "");
  CHECK(trim(" \n") == "");
  CHECK(trim("æ") == "æ");
}

TEST_CASE("text: fold_case makes Danish names equal whatever their case, and aa equal to å") {
  const auto same = [](std::string_view a, std::string_view b) { return fold_case(a) == fold_case(b); };
  CHECK(same("Ærø", "ærø"));
  CHECK(same("ÆRØ", "ærø"));
  CHECK(same("Aabenraa", "Åbenrå"));
  CHECK(same("AABENRAA", "åbenrå"));
  CHECK(same("aAbenrAa", "åbenrå"));
  CHECK(same("ÉTÜ", "étü"));
  CHECK(same("Aalborg", "ÅLBORG"));
  CHECK(fold_case("×") == "×");  // U+00D7 and U+00F7 are no pair of letters
  CHECK_FALSE(same("×", "÷"));
  CHECK_FALSE(same("ø", "o"));
  CHECK_FALSE(same("a", "å"));
  CHECK(fold_case("\xC3") == "\xC3");  // cut short: left as it is
  CHECK(fold_case("aaa") == "åa");
}

TEST_CASE("text: hexadecimal is lower case, two digits a byte, and nothing else is read") {
  CHECK(hex_of(hex("00ff7a")) == "00ff7a");
  CHECK(hex_of({}) == "");
  CHECK(bytes_of_hex("00ff7a") == hex("00ff7a"));
  CHECK(bytes_of_hex("") == Bytes{});
  for (std::string_view bad : {"0", "000", "0g", "FF", "0x", " 0", "0 ", "æ"})
    CHECK_FALSE_MESSAGE(bytes_of_hex(bad).has_value(), bad);
}

TEST_CASE("text: base32 has Crockford's letters, most significant bit first") {
  CHECK(base32_of({}) == "");
  CHECK(base32_of(hex("00")) == "00");
  CHECK(base32_of(hex("ff")) == "ZW");
  CHECK(base32_of(hex("0044 3214 c742 54b6 35cf")) ==
        "01234567"
        "89ABCDEF");
  CHECK(base32_of(hex("8465 3a56 d7c6 75be 77df")) ==
        "GHJKMNPQ"
        "RSTVWXYZ");
}

TEST_CASE("text: base32 is read in either case, with I and L as 1 and O as 0") {
  const Bytes bytes = hex("0044 3214 c742 54b6 35cf");
  for (std::string_view text :
       {"0123456789ABCDEF", "0123456789abcdef", "OI23456789abcdef", "oi23456789ABCDEF", "0l23456789ABCDEF", "oL23456789ABCDEF"}) {
    CHECK_MESSAGE(bytes_of_base32(text, 10) == bytes, text);
  }
}

TEST_CASE("text: base32 with a wrong letter, length or padding is refused") {
  CHECK(bytes_of_base32("ZW", 1) == hex("ff"));
  for (std::string_view bad : {"ZX", "ZY", "ZZ"}) CHECK_FALSE_MESSAGE(bytes_of_base32(bad, 1).has_value(), bad);  // padding bits
  for (std::string_view bad : {"", "Z", "ZWZ", "UW", "uW", "Z-", "Z ", "Z=", "Z\xC3"})
    CHECK_FALSE_MESSAGE(bytes_of_base32(bad, 1).has_value(), bad);
  CHECK(bytes_of_base32("", 0) == Bytes{});
  CHECK_FALSE(bytes_of_base32("0", 0).has_value());
  int accepted = 0;  // of all last letters, only those whose two lowest bits are zero stand
  for (char c : std::string_view("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
    accepted += bytes_of_base32(std::string("0") + c, 1).has_value() ? 1 : 0;
  CHECK(accepted == 8);
}

TEST_CASE("text: base32 of any bytes is read back, and no other canonical text gives them") {
  CHECK(rc::check("base32", [](const std::vector<std::uint8_t>& bytes) {
    const std::string text = base32_of(bytes);
    RC_ASSERT(bytes_of_base32(text, bytes.size()) == bytes);
    RC_ASSERT(base32_letters(text) == text);
    RC_ASSERT_FALSE(bytes_of_base32(text + "0", bytes.size()).has_value());
    RC_ASSERT(bytes_of_hex(hex_of(bytes)) == bytes);
  }));
}

TEST_CASE("text: the letters of a prefix are made canonical, and others refused") {
  CHECK(base32_letters("aloi") == "A101");
  CHECK(base32_letters("") == "");
  for (std::string_view bad : {"u", "A-B", "æ", "a b", "*"}) CHECK_FALSE_MESSAGE(base32_letters(bad).has_value(), bad);
}
