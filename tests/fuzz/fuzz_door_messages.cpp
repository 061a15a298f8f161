// The decoders of what core and door tell each other. Input: a message; each decoder is asked.
// What it takes encodes to the same bytes (encode() holds the bounds of texts, lists and frames), and names links by numbers.
#include "daemon/door_messages.h"
#include "tests/fuzz/fuzz.h"

using namespace budstikke;
using namespace budstikke::daemon;

namespace {

struct Check {
  void operator()(const Configure& message) const { require(bool(message.first_link), "links are numbered from 1"); }
  void operator()(const DialFailed& message) const { require(text_of(message.reason) != "unknown", "a dial fails for a reason"); }
  void operator()(const auto& message) const {
    if constexpr (requires { message.link; }) require(bool(message.link), "a link has a number");
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View bytes(data, size);
  const Result<CoreMessage> core = decode_core_message(bytes);
  const Result<DoorMessage> door = decode_door_message(bytes);
  require(!core || !door, "no message belongs to both directions");
  if (core) require(same_bytes(encode(*core), bytes), "a message to the door has one encoding");
  if (door) require(same_bytes(encode(*door), bytes), "a message to the core has one encoding");
  if (core) std::visit(Check{}, *core);
  if (door) std::visit(Check{}, *door);
  if (core || door) fuzz::accepted();
  return 0;
}
