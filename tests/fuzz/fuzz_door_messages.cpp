// The decoders of what core and door tell each other. Input: a message; each decoder is asked.
#include "daemon/door_messages.h"
#include "tests/fuzz/fuzz.h"

using namespace budstikke;
using namespace budstikke::daemon;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View bytes(data, size);
  const Result<CoreMessage> core = decode_core_message(bytes);
  const Result<DoorMessage> door = decode_door_message(bytes);
  require(!core || !door, "no message belongs to both directions");
  if (core) require(same_bytes(encode(*core), bytes), "a message to the door has one encoding");
  if (door) require(same_bytes(encode(*door), bytes), "a message to the core has one encoding");
  if (core || door) fuzz::accepted();
  return 0;
}
