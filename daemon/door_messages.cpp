#include "daemon/door_messages.h"

namespace budstikke::daemon {
namespace {

constexpr std::size_t kUsualBytes = 128;

enum class Type : std::uint8_t {
  Configure = 1,
  Allow = 2,
  Dial = 3,
  Undial = 4,
  Send = 5,
  Drop = 6,
  Refuse = 7,
  Ready = 64,
  Listening = 65,
  ListenFailed = 66,
  Up = 67,
  Frame = 68,
  Down = 69,
  DialFailed = 70,
  Dialing = 71,
  Knocked = 72,
};

class MessageWriter : public ByteWriter {
 public:
  MessageWriter(Bytes& out, Type type) : ByteWriter(out) { u8(static_cast<std::uint8_t>(type)); }
  void flag(bool value) { u8(value ? 1 : 0); }
  void text(std::string_view value, std::size_t bytes_max) {
    require(value.size() <= bytes_max, "a text of a door message is too long");
    u16(static_cast<std::uint16_t>(value.size()));
    raw(view_of(value));
  }
};

struct Encoder {
  Bytes& out;

  void operator()(const Configure& message) const {
    MessageWriter writer(out, Type::Configure);
    writer.text(message.listen, kMaxAddressBytes);
    writer.u64(message.first_link.value);
  }
  void operator()(const Allow& message) const {
    require(message.keys.size() <= kMaxAllowedKeys, "too many allowed keys");
    out.reserve(5 + message.keys.size() * (TransportKey::kSize + 1));
    MessageWriter writer(out, Type::Allow);
    writer.u32(static_cast<std::uint32_t>(message.keys.size()));
    for (const AllowedKey& allowed : message.keys) {
      writer.raw(allowed.key);
      writer.flag(allowed.invitation);
    }
  }
  void operator()(const Dial& message) const {
    require(message.addresses.size() <= kMaxDialAddresses, "too many addresses of one peer");
    MessageWriter writer(out, Type::Dial);
    writer.raw(message.peer);
    writer.u8(static_cast<std::uint8_t>(message.addresses.size()));
    for (const std::string& address : message.addresses) writer.text(address, kMaxAddressBytes);
    writer.flag(message.client_secret.has_value());
    if (message.client_secret) writer.raw(*message.client_secret);
  }
  void operator()(const Undial& message) const { MessageWriter(out, Type::Undial).raw(message.peer); }
  void operator()(const Send& message) const { put_frame(message); }
  void operator()(const Drop& message) const { MessageWriter(out, Type::Drop).u64(message.link.value); }
  void operator()(const Refuse& message) const {
    require(message.hosts.size() <= kMaxRefusedHosts, "too many refused hosts");
    MessageWriter writer(out, Type::Refuse);
    writer.u8(static_cast<std::uint8_t>(message.hosts.size()));
    for (const std::string& host : message.hosts) writer.text(host, kMaxAddressBytes);
  }
  void operator()(const Ready& message) const {
    MessageWriter writer(out, Type::Ready);
    writer.u16(message.version);
    writer.raw(message.key);
  }
  void operator()(const Listening& message) const { MessageWriter(out, Type::Listening).text(message.address, kMaxAddressBytes); }
  void operator()(const ListenFailed& message) const {
    MessageWriter writer(out, Type::ListenFailed);
    writer.text(message.address, kMaxAddressBytes);
    writer.text(message.reason, kMaxReasonBytes);
  }
  void operator()(const Up& message) const {
    MessageWriter writer(out, Type::Up);
    writer.u64(message.link.value);
    writer.raw(message.peer);
    writer.flag(message.dialed);
    writer.text(message.address, kMaxAddressBytes);
  }
  void operator()(const Frame& message) const { put_frame(message); }
  void operator()(const Down& message) const {
    MessageWriter writer(out, Type::Down);
    writer.u64(message.link.value);
    writer.text(message.reason, kMaxReasonBytes);
  }
  void operator()(const DialFailed& message) const {
    MessageWriter writer(out, Type::DialFailed);
    writer.raw(message.peer);
    writer.text(message.address, kMaxAddressBytes);
    writer.u8(static_cast<std::uint8_t>(message.reason));
  }
  void operator()(const Dialing& message) const { MessageWriter(out, Type::Dialing).raw(message.peer); }
  void operator()(const Knocked& message) const { MessageWriter(out, Type::Knocked).text(message.address, kMaxAddressBytes); }

 private:
  void put_frame(const auto& message) const {
    require(message.frame.size() <= kMaxFrameBytes, "a frame is too long");
    ByteWriter writer(out);
    writer.raw(head_of(message));
    writer.raw(message.frame);
  }
};

class MessageReader : public ByteReader {
 public:
  using ByteReader::ByteReader;
  bool flag() {
    std::uint8_t value = u8();
    if (value > 1) fail();
    return value == 1;
  }
  std::string text(std::size_t bytes_max) {
    std::size_t size = u16();
    if (size > bytes_max) fail();
    return std::string(text_of(raw(failed() ? 0 : size)));
  }
  LinkNumber link() {
    LinkNumber number{u64()};
    if (!number) fail();  // zero means none
    return number;
  }
  View frame() {
    if (left() > kMaxFrameBytes) fail();
    return rest();
  }
};

Configure read_configure(MessageReader& reader) {
  std::string listen = reader.text(kMaxAddressBytes);
  return {std::move(listen), reader.link()};
}

Allow read_allow(MessageReader& reader) {
  std::size_t count = reader.u32();
  // Checked before anything is reserved: the list must fill the message exactly.
  if (count > kMaxAllowedKeys || reader.left() != count * (TransportKey::kSize + 1)) reader.fail();
  Allow message;
  message.keys.reserve(reader.failed() ? 0 : count);
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    TransportKey key = reader.fixed<TransportKey>();
    message.keys.push_back({key, reader.flag()});
  }
  return message;
}

Dial read_dial(MessageReader& reader) {
  Dial message;
  message.peer = reader.fixed<TransportKey>();
  std::size_t count = reader.u8();
  if (count > kMaxDialAddresses) reader.fail();
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) message.addresses.push_back(reader.text(kMaxAddressBytes));
  if (reader.flag()) message.client_secret = reader.fixed<Seed>();
  return message;
}

Refuse read_refuse(MessageReader& reader) {
  Refuse message;
  std::size_t count = reader.u8();
  if (count > kMaxRefusedHosts) reader.fail();
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) message.hosts.push_back(reader.text(kMaxAddressBytes));
  return message;
}

Ready read_ready(MessageReader& reader) {
  std::uint16_t version = reader.u16();
  return {version, reader.fixed<TransportKey>()};
}

ListenFailed read_listen_failed(MessageReader& reader) {
  std::string address = reader.text(kMaxAddressBytes);
  return {std::move(address), reader.text(kMaxReasonBytes)};
}

Up read_up(MessageReader& reader) {
  Up message;
  message.link = reader.link();
  message.peer = reader.fixed<TransportKey>();
  message.dialed = reader.flag();
  message.address = reader.text(kMaxAddressBytes);
  return message;
}

Down read_down(MessageReader& reader) {
  LinkNumber link = reader.link();
  return {link, reader.text(kMaxReasonBytes)};
}

DialFailed read_dial_failed(MessageReader& reader) {
  DialFailed message;
  message.peer = reader.fixed<TransportKey>();
  message.address = reader.text(kMaxAddressBytes);
  std::uint8_t reason = reader.u8();
  if (reason < static_cast<std::uint8_t>(DialFailure::RefusedKey) || reason > static_cast<std::uint8_t>(DialFailure::BadPeer)) {
    reader.fail();
  } else {
    message.reason = static_cast<DialFailure>(reason);
  }
  return message;
}

CoreMessage read_core_message(Type type, MessageReader& reader) {
  switch (type) {
    case Type::Configure:
      return read_configure(reader);
    case Type::Allow:
      return read_allow(reader);
    case Type::Dial:
      return read_dial(reader);
    case Type::Undial:
      return Undial{reader.fixed<TransportKey>()};
    case Type::Send: {
      LinkNumber link = reader.link();
      return Send{link, reader.frame()};
    }
    case Type::Drop:
      return Drop{reader.link()};
    case Type::Refuse:
      return read_refuse(reader);
    default:
      reader.fail();
      return Undial{};
  }
}

DoorMessage read_door_message(Type type, MessageReader& reader) {
  switch (type) {
    case Type::Ready:
      return read_ready(reader);
    case Type::Listening:
      return Listening{reader.text(kMaxAddressBytes)};
    case Type::ListenFailed:
      return read_listen_failed(reader);
    case Type::Up:
      return read_up(reader);
    case Type::Frame: {
      LinkNumber link = reader.link();
      return Frame{link, reader.frame()};
    }
    case Type::Down:
      return read_down(reader);
    case Type::DialFailed:
      return read_dial_failed(reader);
    case Type::Dialing:
      return Dialing{reader.fixed<TransportKey>()};
    case Type::Knocked:
      return Knocked{reader.text(kMaxAddressBytes)};
    default:
      reader.fail();
      return Ready{};
  }
}

std::array<std::uint8_t, 9> frame_head(Type type, LinkNumber link) {
  std::array<std::uint8_t, 9> head{static_cast<std::uint8_t>(type)};
  for (int i = 0; i < 8; ++i) head[static_cast<std::size_t>(i) + 1] = static_cast<std::uint8_t>(link.value >> (8 * (7 - i)));
  return head;
}

}  // namespace

Bytes encode(const CoreMessage& message) {
  Bytes out;
  out.reserve(kUsualBytes);
  std::visit(Encoder{out}, message);
  return out;
}

Bytes encode(const DoorMessage& message) {
  Bytes out;
  out.reserve(kUsualBytes);
  std::visit(Encoder{out}, message);
  return out;
}

Result<CoreMessage> decode_core_message(View bytes) {
  MessageReader reader(bytes);
  Type type{reader.u8()};
  CoreMessage message = read_core_message(type, reader);
  if (!reader.done()) return Error{Code::Malformed, "malformed message from core to door"};
  return message;
}

Result<DoorMessage> decode_door_message(View bytes) {
  MessageReader reader(bytes);
  Type type{reader.u8()};
  DoorMessage message = read_door_message(type, reader);
  if (!reader.done()) return Error{Code::Malformed, "malformed message from door to core"};
  return message;
}

std::array<std::uint8_t, 9> head_of(const Send& message) { return frame_head(Type::Send, message.link); }
std::array<std::uint8_t, 9> head_of(const Frame& message) { return frame_head(Type::Frame, message.link); }

std::string_view text_of(DialFailure reason) {
  switch (reason) {
    case DialFailure::RefusedKey:
      return "refused-key";
    case DialFailure::Unreachable:
      return "unreachable";
    case DialFailure::Timeout:
      return "timeout";
    case DialFailure::Handshake:
      return "handshake";
    case DialFailure::BadPeer:
      return "bad-peer";
  }
  return "unknown";
}

std::string clipped(std::string_view text, std::size_t bytes) { return std::string(text.substr(0, bytes)); }

}  // namespace budstikke::daemon
