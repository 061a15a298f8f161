// The decoder of what comes over a link: what it takes, encodes to the same bytes.
#include "protocol/base/limits.h"
#include "protocol/wire/messages.h"
#include "tests/fuzz/fuzz.h"

using namespace budstikke;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View frame(data, size);
  const Result<Message> message = decode(frame);
  if (!message) {
    require(message.error().code == (size > kMaxFrameBytes ? Code::TooLarge : Code::Malformed), "a refusal says why");
    return 0;
  }
  fuzz::accepted();
  require(size <= kMaxFrameBytes, "what is accepted fits a frame");
  require(same_bytes(encode(*message), frame), "an accepted message has one encoding");
  return 0;
}
