// What core and door tell each other, over the socket pair that the core makes when it starts its door (door/channel.h).
//
// Shape        One byte of type, then the fields in the order of the struct, as ByteWriter writes them; a text is u16 length
//              and bytes, a list is a count (u8 addresses, u32 keys) and its elements, an optional is one byte 0 or 1 and, if 1,
//              the value. The bytes are private to one version of the two programs, which are installed together: Ready
//              carries the version, and a core refuses a door of another one.
// Errors       Malformed for an unknown type, a length out of bounds, a flag that is not 0 or 1, a missing or a left-over
//              byte. Neither side writes such bytes, so the reader ends the connection: the core restarts its door, the
//              door exits.
// Ownership    Send and Frame hold a view of somebody else's bytes: when decoded, of the buffer they were decoded from.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/limits.h"
#include "protocol/base/result.h"
#include "protocol/base/signature.h"

namespace budstikke::daemon {

inline constexpr std::uint16_t kDoorVersion = 2;
inline constexpr std::string_view kHandedKey = "-";  // in place of a key file: the secret comes first of all over the channel
inline constexpr std::size_t kMaxDialAddresses = 8;
inline constexpr std::size_t kMaxRefusedHosts = 64;
inline constexpr std::size_t kMaxAddressBytes = 256;
inline constexpr std::size_t kMaxReasonBytes = 256;
inline constexpr std::size_t kMaxAllowedKeys = 65'536;
// The longest message is a full Allow: type, count, and 33 bytes a key.
inline constexpr std::size_t kMaxDoorMessageBytes = 1 + 4 + kMaxAllowedKeys * (TransportKey::kSize + 1);
static_assert(kMaxFrameBytes + 9 < kMaxDoorMessageBytes);

// One connection with a peer whose key is proven. Numbers are never used twice in the life of a core, also over several doors.
using LinkNumber = Number<struct LinkNumberTag>;

// --- core to door

// Where to listen: "host:port", "[::1]:7420", "*:7420"; port 0 or `*` takes a free one. Empty: do not listen, only dial.
struct Configure {
  std::string listen;
  LinkNumber first_link{1};  // links are numbered from here
  friend bool operator==(const Configure&, const Configure&) = default;
};
struct AllowedKey {
  TransportKey key;
  bool invitation = false;  // a ticket's key, which anyone who saw the ticket may use: fewer links at a time
  friend bool operator==(const AllowedKey&, const AllowedKey&) = default;
};
// The keys that may come in, all of them; the list before is forgotten, and links that came in by a key left out are cut.
struct Allow {
  std::vector<AllowedKey> keys;
  friend bool operator==(const Allow&, const Allow&) = default;
};
// Keep a link with this peer: dial now, and again with growing pauses whenever there is none. A repeated Dial replaces
// addresses, dials at once if there is no link, and leaves a live link alone unless the client key changes.
struct Dial {
  TransportKey peer;
  std::vector<std::string> addresses;  // "host:port", tried in turn
  std::optional<Seed> client_secret;   // a key to come with other than the node's own: a ticket's
  friend bool operator==(const Dial&, const Dial&) = default;
};
struct Undial {  // closes the link and stops dialling
  TransportKey peer;
  friend bool operator==(const Undial&, const Undial&) = default;
};
// Frames of one link arrive in order and at most once. What is sent to a link that has gone is lost, and Down tells of it.
struct Send {
  LinkNumber link;
  View frame;
};
// Cuts a link. Frames sent before are still given a moment to leave; nothing that arrives is passed on any more. A dialled
// peer is dialled again after a pause: to end that, send Undial.
struct Drop {
  LinkNumber link;
  friend bool operator==(const Drop&, const Drop&) = default;
};
// The hosts whose connections are cut as soon as they are there, all of them; the list before is forgotten.
struct Refuse {
  std::vector<std::string> hosts;  // as host_of() names them
  friend bool operator==(const Refuse&, const Refuse&) = default;
};
using CoreMessage = std::variant<Configure, Allow, Dial, Undial, Send, Drop, Refuse>;

// --- door to core

// The door has read its key and proven to itself that strangers are refused.
struct Ready {
  std::uint16_t version = kDoorVersion;
  TransportKey key;  // the public key of the key file
  friend bool operator==(const Ready&, const Ready&) = default;
};
struct Listening {
  std::string address;  // with the real port
  friend bool operator==(const Listening&, const Listening&) = default;
};
// Reported once; the door keeps trying and reports Listening when it succeeds.
struct ListenFailed {
  std::string address;
  std::string reason;
  friend bool operator==(const ListenFailed&, const ListenFailed&) = default;
};
// A link is there. An incoming one is reported with its first frame: ZeroMQ tells of it no earlier, so diallers speak first.
struct Up {
  LinkNumber link;
  TransportKey peer;
  bool dialed = false;
  std::string address;  // numeric address and port of the other end
  friend bool operator==(const Up&, const Up&) = default;
};
struct Frame {
  LinkNumber link;
  View frame;
};
struct Down {
  LinkNumber link;
  std::string reason;
  friend bool operator==(const Down&, const Down&) = default;
};
enum class DialFailure : std::uint8_t {
  RefusedKey = 1,   // the peer does not know the key we come with
  Unreachable = 2,  // no such name or address, or nobody listens there
  Timeout = 3,      // no answer in time
  Handshake = 4,    // something else answers there, or it holds another key than the one dialled
  BadPeer = 5,      // our own key, or one that no peer can have; not dialled and not tried again
};
// One attempt failed. The next address is tried, and after the last one all of them again after a pause.
struct DialFailed {
  TransportKey peer;
  std::string address;
  DialFailure reason = DialFailure::Unreachable;
  friend bool operator==(const DialFailed&, const DialFailed&) = default;
};
// Both are written at once, before anything else is done: should the door not survive it, the core knows whom it dealt with.
struct Dialing {  // a connection to this peer is begun
  TransportKey peer;
  friend bool operator==(const Dialing&, const Dialing&) = default;
};
struct Knocked {  // a connection came in; nothing is proven yet
  std::string address;
  friend bool operator==(const Knocked&, const Knocked&) = default;
};
using DoorMessage = std::variant<Ready, Listening, ListenFailed, Up, Frame, Down, DialFailed, Dialing, Knocked>;

Bytes encode(const CoreMessage& message);
Bytes encode(const DoorMessage& message);
Result<CoreMessage> decode_core_message(View bytes);
Result<DoorMessage> decode_door_message(View bytes);
// Type and link of a Send or Frame; the frame's bytes follow. For senders that do not want to copy the frame.
std::array<std::uint8_t, 9> head_of(const Send& message);
std::array<std::uint8_t, 9> head_of(const Frame& message);

using budstikke::text_of;
std::string_view text_of(DialFailure reason);
// The first `bytes` of a text; encode() requires texts within their bounds.
std::string clipped(std::string_view text, std::size_t bytes);

}  // namespace budstikke::daemon
