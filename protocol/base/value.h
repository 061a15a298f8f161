// A plain value: what a field holds, and what the local API sends.
//
// Shape        nil, bool, signed 64-bit integer, UTF-8 text, bytes, array, or map with text keys kept in the order of insertion.
//              Field values use nil, bool, integer and text only, and bytes for what a file holds.
// Invariants   Texts are valid UTF-8 wherever a value came out of `unpack`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/base/bytes.h"

namespace budstikke {

class Value {
 public:
  using Array = std::vector<Value>;
  using Map = std::vector<std::pair<std::string, Value>>;

  Value() = default;
  Value(bool value) : data_(value) {}
  Value(std::int64_t value) : data_(value) {}
  Value(int value) : data_(std::int64_t{value}) {}
  Value(std::uint64_t value) : data_(static_cast<std::int64_t>(value)) {}
  Value(std::string value) : data_(std::move(value)) {}
  Value(std::string_view value) : data_(std::string(value)) {}
  Value(const char* value) : data_(std::string(value)) {}
  Value(Bytes value) : data_(std::move(value)) {}
  Value(Array value) : data_(std::move(value)) {}
  Value(Map value) : data_(std::move(value)) {}
  static Value array() { return Value(Array{}); }
  static Value map() { return Value(Map{}); }

  bool is_nil() const { return data_.index() == 0; }
  const bool* if_bool() const { return std::get_if<bool>(&data_); }
  const std::int64_t* if_integer() const { return std::get_if<std::int64_t>(&data_); }
  const std::string* if_text() const { return std::get_if<std::string>(&data_); }
  const Bytes* if_bytes() const { return std::get_if<Bytes>(&data_); }
  const Array* if_array() const { return std::get_if<Array>(&data_); }
  const Map* if_map() const { return std::get_if<Map>(&data_); }
  Array* if_array() { return std::get_if<Array>(&data_); }
  Map* if_map() { return std::get_if<Map>(&data_); }

  // Map access. find() of anything that is not a map, or of an absent key, is nullptr. set() makes a nil value a map, and
  // replaces an earlier value of the key.
  const Value* find(std::string_view key) const;
  void set(std::string_view key, Value value);
  // Convenience over find(): the text, integer or bool under the key, or the fallback when absent or of another type.
  std::string text(std::string_view key, std::string_view fallback = {}) const;
  std::int64_t integer(std::string_view key, std::int64_t fallback = 0) const;
  bool boolean(std::string_view key, bool fallback = false) const;
  // The elements under the key, or of this array itself; empty when absent or not an array.
  const Array& items(std::string_view key) const;
  const Array& items() const;
  // Array access: makes a nil value an array.
  void push(Value value);

  friend bool operator==(const Value&, const Value&) = default;

 private:
  std::variant<std::monostate, bool, std::int64_t, std::string, Array, Map, Bytes> data_;
};

}  // namespace budstikke
