// Byte strings, and the two small classes that write and read the fixed binary layouts of PROTOCOL.md.
//
// Shape        Integers are big-endian (network order) and of the width that the name says; nothing is padded.
// Errors       ByteReader never reads past its end: the first short read sets `failed()`, and every later read gives zeroes
//              or an empty view. The caller reads a whole layout and asks `done()` once: true only if nothing failed and no
//              byte is left over, so trailing bytes are always refused.
// Cost         No allocation in ByteReader; ByteWriter appends to one vector.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace budstikke {

using Bytes = std::vector<std::uint8_t>;
using View = std::span<const std::uint8_t>;

inline View view_of(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }
inline std::string_view text_of(View bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
inline Bytes bytes_of(View bytes) { return {bytes.begin(), bytes.end()}; }
inline bool same_bytes(View a, View b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

// Appends big-endian fields to a byte string. `out` may be reused between layouts to save allocations.
class ByteWriter {
 public:
  explicit ByteWriter(Bytes& out) : out_(out) {}
  void u8(std::uint8_t value) { out_.push_back(value); }
  void u16(std::uint16_t value) { put(value, 2); }
  void u32(std::uint32_t value) { put(value, 4); }
  void u64(std::uint64_t value) { put(value, 8); }
  void raw(View bytes) {
    const std::size_t at = out_.size();
    out_.resize(at + bytes.size());
    if (!bytes.empty()) std::memcpy(out_.data() + at, bytes.data(), bytes.size());
  }

 private:
  void put(std::uint64_t value, std::size_t width) {
    const std::size_t at = out_.size();
    out_.resize(at + width);
    for (std::size_t i = 0; i < width; ++i) out_[at + i] = static_cast<std::uint8_t>(value >> (8 * (width - 1 - i)));
  }
  Bytes& out_;
};

// Reads big-endian fields from bytes that somebody else keeps alive.
class ByteReader {
 public:
  explicit ByteReader(View bytes) : bytes_(bytes) {}
  std::uint8_t u8() { return static_cast<std::uint8_t>(get(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(get(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(get(4)); }
  std::uint64_t u64() { return get(8); }
  View raw(std::size_t count) {
    if (count > bytes_.size()) {
      fail();
      return {};
    }
    View taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return taken;
  }
  template <class Fixed>
  Fixed fixed() {
    Fixed value;
    View taken = raw(Fixed::kSize);
    if (!taken.empty()) std::memcpy(value.bytes.data(), taken.data(), Fixed::kSize);
    return value;
  }
  View rest() { return raw(bytes_.size()); }
  void fail() {
    failed_ = true;
    bytes_ = {};
  }
  bool failed() const { return failed_; }
  bool done() const { return !failed_ && bytes_.empty(); }
  std::size_t left() const { return bytes_.size(); }

 private:
  std::uint64_t get(int width) {
    View taken = raw(static_cast<std::size_t>(width));
    std::uint64_t value = 0;
    for (std::uint8_t byte : taken) value = value << 8 | byte;
    return value;
  }
  View bytes_;
  bool failed_ = false;
};

}  // namespace budstikke
