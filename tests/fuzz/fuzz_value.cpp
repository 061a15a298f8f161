// The decoder of values: canonical msgpack. What it accepts has one encoding only, and one is what it accepted.
#include "protocol/base/limits.h"
#include "protocol/base/pack.h"
#include "protocol/base/text.h"
#include "protocol/records/file.h"
#include "tests/fuzz/fuzz.h"

using namespace budstikke;

namespace {

// `open` counts the arrays and maps around the value.
void check_value(const Value& value, std::size_t open) {
  if (value.if_array() != nullptr || value.if_map() != nullptr) {
    require(++open <= kMaxValueDepth, "an accepted value is no deeper than its bound");
  }
  if (const std::string* text = value.if_text()) require(is_utf8(*text), "an accepted text is UTF-8");
  for (const Value& item : value.items()) check_value(item, open);
  if (const Value::Map* map = value.if_map()) {
    for (const auto& [key, item] : *map) {
      require(is_utf8(key) && value.find(key) == &item, "an accepted key is UTF-8 and is there once");
      check_value(item, open);
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
  check_value(*value, 0);
  if (const std::optional<Chunk> chunk = parse_chunk(*value)) require(value_of(*chunk) == *value, "a chunk is its value");
  if (const std::string* text = value->if_text()) require(is_file_name(file_name_of(*text)), "of any text a file name is made");
  return 0;
}
