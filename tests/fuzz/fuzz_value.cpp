// The decoder of values: canonical msgpack. What it accepts has one encoding only, and one is what it accepted.
#include "protocol/base/pack.h"
#include "protocol/base/text.h"
#include "tests/fuzz/fuzz.h"

using namespace budstikke;

namespace {

void check_texts(const Value& value) {
  if (const std::string* text = value.if_text()) require(is_utf8(*text), "an accepted text is UTF-8");
  for (const Value& item : value.items()) check_texts(item);
  if (const Value::Map* map = value.if_map()) {
    for (const auto& [key, item] : *map) {
      require(is_utf8(key) && value.find(key) == &item, "an accepted key is UTF-8 and is there once");
      check_texts(item);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View input(data, size);
  const Result<Value> value = unpack(input);
  if (!value) return 0;
  fuzz::accepted();
  require(same_bytes(pack(*value), input), "an accepted value encodes to the same bytes");
  check_texts(*value);
  return 0;
}
