#include "daemon/door_messages.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "protocol/base/text.h"

namespace budstikke::daemon {
namespace {

template <class FixedType>
FixedType filled(std::uint8_t byte) {
  FixedType value;
  value.bytes.fill(byte);
  return value;
}

std::string repeated(std::string_view hex, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += hex;
  return all;
}

// Encodes to exactly these bytes, decodes to the same again, and no shorter or longer string of bytes decodes.
template <class Message, class Variant, class Decode>
void check_golden(const Message& message, const std::string& hex, Decode decode) {
  Bytes bytes = encode(Variant{message});
  CHECK(hex_of(bytes) == hex);
  auto decoded = decode(View(bytes));
  REQUIRE(decoded);
  CHECK(encode(Variant{*decoded}) == bytes);
  REQUIRE(std::holds_alternative<Message>(*decoded));
  constexpr bool kHasFrame = std::is_same_v<Message, Send> || std::is_same_v<Message, Frame>;
  if constexpr (kHasFrame) return;
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(decode(View(bytes).first(size)));
  bytes.push_back(0);
  CHECK_FALSE(decode(View(bytes)));
}

template <class Message>
void core_golden(const Message& message, const std::string& hex) {
  check_golden<Message, CoreMessage>(message, hex, decode_core_message);
  CHECK_FALSE(decode_door_message(*bytes_of_hex(hex)));
}

template <class Message>
void door_golden(const Message& message, const std::string& hex) {
  check_golden<Message, DoorMessage>(message, hex, decode_door_message);
  CHECK_FALSE(decode_core_message(*bytes_of_hex(hex)));
}

bool core_refuses(const std::string& hex) { return !decode_core_message(*bytes_of_hex(hex)); }
bool door_refuses(const std::string& hex) { return !decode_door_message(*bytes_of_hex(hex)); }

}  // namespace

TEST_CASE("door messages: golden bytes from core to door") {
  core_golden(Configure{"*:7420", LinkNumber{9}},
              "0100062a3a37343230"
              "0000000000000009");
  core_golden(Configure{"", LinkNumber{1}},
              "010000"
              "0000000000000001");
  core_golden(Allow{}, "0200000000");
  core_golden(Allow{{{filled<TransportKey>(0xAA), false}, {filled<TransportKey>(0xBB), true}}},
              "0200000002" + repeated("aa", 32) + "00" + repeated("bb", 32) + "01");
  core_golden(Dial{filled<TransportKey>(0xAA), {"a:1", "b:2"}, std::nullopt}, "03" + repeated("aa", 32) +
                                                                                  "02"
                                                                                  "0003613a31"
                                                                                  "0003623a32"
                                                                                  "00");
  core_golden(Dial{filled<TransportKey>(0xAA), {}, filled<Seed>(0xCC)}, "03" + repeated("aa", 32) + "0001" + repeated("cc", 32));
  core_golden(Undial{filled<TransportKey>(0xAA)}, "04" + repeated("aa", 32));
  core_golden(Send{LinkNumber{258}, view_of("xyz")},
              "050000000000000102"
              "78797a");
  core_golden(Send{LinkNumber{1}, {}}, "050000000000000001");
  core_golden(Drop{LinkNumber{0xFFFFFFFFFFFFFFFF}}, "06ffffffffffffffff");
  core_golden(Refuse{}, "0700");
  core_golden(Refuse{{"a", "b:1::/64"}},
              "0702000161"
              "0008623a313a3a2f3634");
}

TEST_CASE("door messages: golden bytes from door to core") {
  door_golden(Ready{1, filled<TransportKey>(0xAA)}, "400001" + repeated("aa", 32));
  door_golden(Listening{"[::]:7420"}, "4100095b3a3a5d3a37343230");
  door_golden(ListenFailed{"a:1", "why"}, "420003613a310003776879");
  door_golden(Up{LinkNumber{7}, filled<TransportKey>(0xAA), true, "b:2"}, "430000000000000007" + repeated("aa", 32) +
                                                                              "01"
                                                                              "0003623a32");
  door_golden(Frame{LinkNumber{7}, view_of("xyz")},
              "440000000000000007"
              "78797a");
  door_golden(Down{LinkNumber{7}, "gone"},
              "450000000000000007"
              "0004676f6e65");
  door_golden(DialFailed{filled<TransportKey>(0xAA), "b:2", DialFailure::Handshake}, "46" + repeated("aa", 32) +
                                                                                         "0003623a32"
                                                                                         "04");
  door_golden(Dialing{filled<TransportKey>(0xAA)}, "47" + repeated("aa", 32));
  door_golden(Knocked{"b:2"}, "480003623a32");
}

TEST_CASE("door messages: unknown types and an empty message are refused") {
  for (const char* hex : {"", "00", "08", "3f", "49", "ff"}) {
    CHECK(core_refuses(hex));
    CHECK(door_refuses(hex));
  }
}

TEST_CASE("door messages: link number zero is refused") {
  CHECK(
      core_refuses("010000"
                   "0000000000000000"));
  CHECK(core_refuses("050000000000000000"));
  CHECK(core_refuses("060000000000000000"));
  CHECK(door_refuses("430000000000000000" + repeated("aa", 32) + "000000"));
  CHECK(door_refuses("440000000000000000"));
  CHECK(door_refuses("4500000000000000000000"));
}

TEST_CASE("door messages: a flag that is neither 0 nor 1 is refused") {
  CHECK(core_refuses("0200000001" + repeated("aa", 32) + "02"));
  CHECK(core_refuses("03" + repeated("aa", 32) + "0002"));
  CHECK(door_refuses("430000000000000007" + repeated("aa", 32) + "020000"));
}

TEST_CASE("door messages: texts, lists and frames out of bounds are refused") {
  CHECK(core_refuses("010101" + repeated("61", 257) + "0000000000000001"));
  CHECK(core_refuses("03" + repeated("aa", 32) + "09" + repeated("0000", 9) + "00"));
  CHECK(core_refuses("0200010001" + repeated(repeated("aa", 32) + "00", 65'537)));
  CHECK(core_refuses("02ffffffff"));
  CHECK(core_refuses("0200000002" + repeated("aa", 32) + "00"));
  CHECK(core_refuses("050000000000000001" + repeated("61", kMaxFrameBytes + 1)));
  CHECK_FALSE(core_refuses("050000000000000001" + repeated("61", kMaxFrameBytes)));
  CHECK(door_refuses("440000000000000001" + repeated("61", kMaxFrameBytes + 1)));
  CHECK(door_refuses("410101" + repeated("61", 257)));
  CHECK(door_refuses("4500000000000000070101" + repeated("61", 257)));
}

TEST_CASE("door messages: an unknown reason of a failed dial is refused") {
  CHECK(door_refuses("46" + repeated("aa", 32) + "000000"));
  CHECK(door_refuses("46" + repeated("aa", 32) + "000006"));
}

TEST_CASE("door messages: the longest list of keys fits a message") {
  Allow message;
  message.keys.resize(kMaxAllowedKeys);
  Bytes bytes = encode(CoreMessage{message});
  CHECK(bytes.size() == kMaxDoorMessageBytes);
  auto decoded = decode_core_message(bytes);
  REQUIRE(decoded);
  CHECK(std::get<Allow>(*decoded) == message);
}

TEST_CASE("door messages: whatever bytes decode encode to the same bytes") {
  CHECK(rc::check([](std::vector<std::uint8_t> bytes) {
    if (!bytes.empty()) bytes[0] = static_cast<std::uint8_t>(bytes[0] % 7 + (bytes[0] & 64));
    if (auto core = decode_core_message(bytes)) RC_ASSERT(encode(*core) == bytes);
    if (auto door = decode_door_message(bytes)) RC_ASSERT(encode(*door) == bytes);
  }));
}

TEST_CASE("door messages: a reason has a stable name, and long texts are clipped") {
  CHECK(text_of(DialFailure::RefusedKey) == "refused-key");
  CHECK(text_of(DialFailure::Unreachable) == "unreachable");
  CHECK(text_of(DialFailure::Timeout) == "timeout");
  CHECK(text_of(DialFailure::Handshake) == "handshake");
  CHECK(text_of(DialFailure::BadPeer) == "bad-peer");
  CHECK(clipped("abcdef", 3) == "abc");
  CHECK(clipped("ab", 3) == "ab");
}

}  // namespace budstikke::daemon
