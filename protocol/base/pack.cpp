#include "protocol/base/pack.h"

#include <msgpack.hpp>

#include "protocol/base/limits.h"
#include "protocol/base/text.h"

namespace budstikke {
namespace {

struct Sink {  // the stream that msgpack's packer writes to
  Bytes& out;
  void write(const char* data, std::size_t size) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(data);
    out.insert(out.end(), bytes, bytes + size);
  }
};

void write(msgpack::packer<Sink>& packer, const Value& value) {
  if (const bool* flag = value.if_bool()) {
    packer.pack(*flag);
  } else if (const std::int64_t* number = value.if_integer()) {
    packer.pack_int64(*number);
  } else if (const std::string* text = value.if_text()) {
    packer.pack_str(static_cast<std::uint32_t>(text->size()));
    packer.pack_str_body(text->data(), static_cast<std::uint32_t>(text->size()));
  } else if (const Bytes* bytes = value.if_bytes()) {
    packer.pack_bin(static_cast<std::uint32_t>(bytes->size()));
    packer.pack_bin_body(reinterpret_cast<const char*>(bytes->data()), static_cast<std::uint32_t>(bytes->size()));
  } else if (const Value::Array* array = value.if_array()) {
    packer.pack_array(static_cast<std::uint32_t>(array->size()));
    for (const Value& item : *array) write(packer, item);
  } else if (const Value::Map* map = value.if_map()) {
    packer.pack_map(static_cast<std::uint32_t>(map->size()));
    for (const auto& [key, item] : *map) {
      packer.pack_str(static_cast<std::uint32_t>(key.size()));
      packer.pack_str_body(key.data(), static_cast<std::uint32_t>(key.size()));
      write(packer, item);
    }
  } else {
    packer.pack_nil();
  }
}

// Builds a Value while msgpack parses. Returning false from a visit stops the parse. Elements are appended as they are
// read, so a header that promises four billion of them costs nothing until they are there.
class Builder : public msgpack::null_visitor {
 public:
  bool visit_nil() { return put(Value()); }
  bool visit_boolean(bool value) { return put(value); }
  bool visit_positive_integer(std::uint64_t value) { return value <= INT64_MAX && put(static_cast<std::int64_t>(value)); }
  bool visit_negative_integer(std::int64_t value) { return put(value); }
  bool visit_str(const char* data, std::uint32_t size) {
    std::string_view text(data, size);
    if (!is_utf8(text)) return false;
    if (!open_.empty() && open_.back().expects_key) {
      open_.back().key = text;
      return true;
    }
    return put(text);
  }
  bool visit_float32(float) { return false; }
  bool visit_float64(double) { return false; }
  bool visit_bin(const char* data, std::uint32_t size) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(data);
    return put(Bytes(bytes, bytes + size));
  }
  bool visit_ext(const char*, std::uint32_t) { return false; }
  bool start_array(std::uint32_t) { return open(Value::array()); }
  bool end_array() { return close(); }
  bool start_map(std::uint32_t) { return open(Value::map()); }
  bool end_map() { return close(); }
  bool start_map_key() {
    open_.back().expects_key = true;
    open_.back().key.reset();
    return true;
  }
  bool end_map_key() {
    open_.back().expects_key = false;
    return open_.back().key.has_value();
  }
  void parse_error(std::size_t, std::size_t) {}
  void insufficient_bytes(std::size_t, std::size_t) {}

  std::optional<Value> take() { return std::move(root_); }

 private:
  struct Level {
    Value value;
    bool expects_key = false;
    std::optional<std::string> key = {};
  };
  bool put(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return true;
    }
    Level& level = open_.back();
    if (level.expects_key) return false;  // a key that is not text
    if (Value::Array* array = level.value.if_array()) {
      array->push_back(std::move(value));
      return true;
    }
    if (level.value.find(*level.key) != nullptr) return false;  // a repeated key
    level.value.if_map()->emplace_back(std::move(*level.key), std::move(value));
    return true;
  }
  bool open(Value container) {
    if (open_.size() >= kMaxValueDepth) return false;
    if (!open_.empty() && open_.back().expects_key) return false;
    open_.push_back({std::move(container)});
    return true;
  }
  bool close() {
    Value value = std::move(open_.back().value);
    open_.pop_back();
    return put(std::move(value));
  }
  std::vector<Level> open_;
  std::optional<Value> root_;
};

}  // namespace

void pack_into(Bytes& out, const Value& value) {
  Sink sink{out};
  msgpack::packer<Sink> packer(sink);
  write(packer, value);
}

Bytes pack(const Value& value) {
  Bytes out;
  pack_into(out, value);
  return out;
}

Result<Value> unpack(View bytes) {
  const Error refused{Code::Malformed, "not canonical msgpack"};
  try {
    Builder builder;
    std::size_t offset = 0;
    bool parsed = msgpack::parse(reinterpret_cast<const char*>(bytes.data()), bytes.size(), offset, builder);
    std::optional<Value> value = builder.take();
    if (!parsed || offset != bytes.size() || !value) return refused;
    Bytes again = pack(*value);  // the canonical form is what we would have written
    if (!same_bytes(again, bytes)) return refused;
    return std::move(*value);
  } catch (const std::exception&) {
    return refused;
  }
}

}  // namespace budstikke
