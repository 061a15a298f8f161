#include "protocol/base/pack.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <functional>

#include "protocol/base/limits.h"
#include "protocol/base/text.h"
#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

// A second writer of msgpack, which can choose a longer form than is needed wherever there is one.
class Writer {
 public:
  // `longer` is asked at every header that has a longer form, and says how many sizes to go up (0: the shortest form).
  explicit Writer(std::function<unsigned(unsigned choices)> longer) : longer_(std::move(longer)) {}
  Bytes out;

  void write(const Value& value) {
    if (const bool* flag = value.if_bool()) return put(*flag ? 0xC3 : 0xC2, 0, 0);
    if (const std::int64_t* number = value.if_integer()) return integer(*number);
    if (const std::string* text = value.if_text()) return str(*text);
    if (const Value::Array* array = value.if_array()) {
      header(array->size(), 16, 0x90, {0, 0xDC, 0xDD});
      for (const Value& item : *array) write(item);
    } else if (const Value::Map* map = value.if_map()) {
      header(map->size(), 16, 0x80, {0, 0xDE, 0xDF});
      for (const auto& [key, item] : *map) {
        str(key);
        write(item);
      }
    } else {
      put(0xC0, 0, 0);
    }
  }

 private:
  void put(unsigned tag, std::uint64_t argument, int width) {
    ByteWriter writer(out);
    writer.u8(static_cast<std::uint8_t>(tag));
    for (int i = width - 1; i >= 0; --i) writer.u8(static_cast<std::uint8_t>(argument >> (8 * i)));
  }
  void str(std::string_view text) {
    header(text.size(), 32, 0xA0, {0xD9, 0xDA, 0xDB});
    ByteWriter(out).raw(view_of(text));
  }
  // A length: fixed below `fixed_below`, else with 1, 2 or 4 bytes behind the tag (0: there is no such tag).
  void header(std::size_t size, std::size_t fixed_below, unsigned fixed_tag, std::array<unsigned, 3> tags) {
    std::vector<std::pair<unsigned, int>> forms;
    if (size < fixed_below) forms.emplace_back(fixed_tag | static_cast<unsigned>(size), 0);
    if (size <= 0xFF && tags[0] != 0) forms.emplace_back(tags[0], 1);
    if (size <= 0xFFFF) forms.emplace_back(tags[1], 2);
    forms.emplace_back(tags[2], 4);
    const auto& [tag, width] = forms[longer_(static_cast<unsigned>(forms.size()))];
    put(tag, size, width);
  }
  void integer(std::int64_t number) {
    std::vector<std::pair<unsigned, int>> forms;
    const std::int64_t most[] = {INT8_MAX, INT16_MAX, INT32_MAX, INT64_MAX};
    if (number >= 0) {
      if (number < 128) forms.emplace_back(static_cast<unsigned>(number), 0);
      if (number <= UINT8_MAX) forms.emplace_back(0xCC, 1);
      if (number <= UINT16_MAX) forms.emplace_back(0xCD, 2);
      if (number <= UINT32_MAX) forms.emplace_back(0xCE, 4);
      forms.emplace_back(0xCF, 8);
    } else if (number >= -32) {
      forms.emplace_back(static_cast<unsigned>(number) & 0xFF, 0);
    }
    for (int i = 0; i < 4; ++i) {  // the signed forms hold small positive numbers, too
      if (number <= most[i] && number >= -most[i] - 1) forms.emplace_back(0xD0 + i, 1 << i);
    }
    const auto& [tag, width] = forms[longer_(static_cast<unsigned>(forms.size()))];
    put(tag, static_cast<std::uint64_t>(number), width);
  }
  std::function<unsigned(unsigned)> longer_;
};

bool refused(std::string_view digits) {
  const Result<Value> value = unpack(hex(digits));
  return !value && value.error().code == Code::Malformed;
}

}  // namespace

TEST_CASE("pack: values have the bytes that the msgpack specification gives") {
  const std::pair<Value, std::string_view> kExamples[] = {{Value(), "c0"},
                                                          {false, "c2"},
                                                          {true, "c3"},
                                                          {0, "00"},
                                                          {127, "7f"},
                                                          {128, "cc80"},
                                                          {255, "ccff"},
                                                          {256, "cd0100"},
                                                          {65'535, "cdffff"},
                                                          {65'536, "ce00010000"},
                                                          {std::int64_t{4'294'967'296}, "cf0000000100000000"},
                                                          {INT64_MAX, "cf7fffffffffffffff"},
                                                          {-1, "ff"},
                                                          {-32, "e0"},
                                                          {-33, "d0df"},
                                                          {-128, "d080"},
                                                          {-129, "d1ff7f"},
                                                          {-32'769, "d2ffff7fff"},
                                                          {INT64_MIN, "d38000000000000000"},
                                                          {"", "a0"},
                                                          {"ø", "a2c3b8"},
                                                          {Value::array(), "90"},
                                                          {Value::map(), "80"},
                                                          {Value(Value::Array{1, Value()}), "9201c0"},
                                                          {Value(Value::Map{{"a", 1}}), "81a16101"}};
  for (const auto& [value, digits] : kExamples) {
    CHECK(hex_of(pack(value)) == digits);
    const Result<Value> read = unpack(hex(digits));
    REQUIRE_MESSAGE(read.ok(), digits);
    CHECK(*read == value);
  }
  CHECK(pack(std::string(31, 'x'))[0] == 0xBF);
  CHECK(pack(std::string(32, 'x'))[0] == 0xD9);
  CHECK(pack(std::string(256, 'x'))[0] == 0xDA);
  CHECK(pack(std::string(65'536, 'x'))[0] == 0xDB);
}

TEST_CASE("pack: random values come back, and a second writer gives the same bytes") {
  CHECK(rc::check("round trip", [](std::uint64_t seed) {
    Random random = Random::from_number(seed);
    const Value value = random_value(random, random.below(kMaxValueDepth + 1));
    const Bytes bytes = pack(value);
    const Result<Value> read = unpack(bytes);
    RC_ASSERT(read.ok());
    RC_ASSERT(*read == value);
    Writer shortest([](unsigned) { return 0u; });
    shortest.write(value);
    RC_ASSERT(shortest.out == bytes);
  }));
}

TEST_CASE("pack: a value with a longer form anywhere in it is refused") {
  CHECK(rc::check("longer forms", [](std::uint64_t seed) {
    Random random = Random::from_number(seed);
    const Value value = random_value(random, 3);
    std::size_t headers = 0;
    Writer counting([&](unsigned choices) { return headers += choices > 1 ? 1 : 0, 0u; });
    counting.write(value);
    if (headers == 0) return;
    std::size_t left = random.below(headers);  // which of them is written too long
    Writer longer(
        [&](unsigned choices) { return choices > 1 && left-- == 0 ? 1 + static_cast<unsigned>(random.below(choices - 1)) : 0u; });
    longer.write(value);
    RC_ASSERT(longer.out != counting.out);
    RC_ASSERT_FALSE(unpack(longer.out).ok());
  }));
}

TEST_CASE("pack: a value that is cut short or has bytes behind it is refused") {
  CHECK(rc::check("trailing and missing", [](std::uint64_t seed) {
    Random random = Random::from_number(seed);
    Bytes bytes = pack(random_value(random, 3));
    RC_ASSERT_FALSE(unpack(View(bytes).first(random.below(bytes.size()))).ok());
    bytes.push_back(static_cast<std::uint8_t>(random.u64()));
    RC_ASSERT_FALSE(unpack(bytes).ok());
  }));
}

TEST_CASE("pack: random bytes never do harm, and what is accepted is canonical") {
  CHECK(rc::check("noise", [](const std::vector<std::uint8_t>& bytes) {
    const Result<Value> value = unpack(bytes);
    if (value) RC_ASSERT(pack(*value) == bytes);
  }));
  for (unsigned first = 0; first < 256; ++first) {  // and every header with every next byte
    for (unsigned second = 0; second < 256; ++second) {
      const Bytes bytes{static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(second)};
      if (const Result<Value> value = unpack(bytes)) CHECK(pack(*value) == bytes);
    }
  }
}

TEST_CASE("pack: other encodings of the same value are refused") {
  CHECK(unpack(hex("05")).ok());
  for (std::string_view five :
       {"cc05", "cd0005", "ce00000005", "cf0000000000000005", "d005", "d10005", "d200000005", "d30000000000000005"}) {
    CHECK_MESSAGE(refused(five), five);
  }
  for (std::string_view other :
       {"d90161", "da000161", "db0000000161", "dc000105", "dd0000000105", "de0001a16105", "df00000001a16105", "d1ffff", "d0ff"}) {
    CHECK_MESSAGE(refused(other), other);
  }
}

TEST_CASE("pack: bytes are kept as they are, in their shortest form") {
  for (const std::size_t size : {0U, 1U, 255U, 256U, 65'535U, 65'536U}) {
    const Bytes content(size, 0xC4);
    const Bytes packed = pack(Value(content));
    CHECK(packed.size() == size + (size < 256 ? 2 : size < 65'536 ? 3 : 5));
    const Result<Value> value = unpack(packed);
    REQUIRE(value.ok());
    REQUIRE(value->if_bytes() != nullptr);
    CHECK(*value->if_bytes() == content);
    CHECK(value->if_text() == nullptr);
  }
  CHECK(unpack(Bytes{0xC4, 1, 0xFF}).ok());
  CHECK_FALSE(unpack(Bytes{0xC4, 2, 0xFF}).ok());
}

TEST_CASE("pack: types that no field has are refused") {
  for (std::string_view digits : {"c5000161", "c60000000161", "c7010161", "c800010161", "c90000000101 61", "d40100", "d5010000",
                                  "d60100000000", "d7ff0000000000000000", "d80100000000000000000000000000000000", "ca3f800000",
                                  "cb3ff0000000000000", "c1", "91c5000161", "91ca3f800000", "81a161d40100"}) {
    CHECK_MESSAGE(refused(digits), digits);
  }
  CHECK(refused("cf8000000000000000"));  // beyond 63 bits
  CHECK(refused("cfffffffffffffffff"));
}

TEST_CASE("pack: texts that are not UTF-8 are refused, as values and as keys") {
  for (std::string_view digits : {"a1ff", "a2c080", "a3eda080", "a1c3", "91a1ff", "81a1ff00", "81a161a1ff"})
    CHECK_MESSAGE(refused(digits), digits);
}

TEST_CASE("pack: map keys are texts, and each is there once") {
  CHECK(unpack(hex("82a16101a16202")).ok());
  for (std::string_view digits :
       {"82a16101a16102", "83a16101a16202a16101", "810102", "81c001", "81c301", "8190 01", "818001", "81a0", "81"}) {
    CHECK_MESSAGE(refused(digits), digits);
  }
}

TEST_CASE("pack: eight levels are read and nine refused") {
  Value value = 1;
  for (std::size_t i = 0; i < kMaxValueDepth; ++i)
    value = i % 2 == 0 ? Value(Value::Array{value}) : Value(Value::Map{{"k", value}});
  CHECK(unpack(pack(value)).ok());
  CHECK_FALSE(unpack(pack(Value(Value::Array{value}))).ok());
  CHECK_FALSE(unpack(pack(Value(Value::Map{{"k", value}}))).ok());
  CHECK(refused("9191919191919191 90"));
}

TEST_CASE("pack: empty input is refused") { CHECK(refused("")); }
