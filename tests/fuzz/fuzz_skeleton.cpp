// The decoder of skeletons, and the check of their shape that allocates nothing: they must agree.
#include "protocol/base/limits.h"
#include "protocol/log/change.h"
#include "tests/fuzz/fuzz.h"

using namespace budstikke;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View input(data, size);
  const Result<Skeleton> skeleton = parse_skeleton(input);
  require(skeleton.ok() == is_skeleton(input), "is_skeleton says what parse_skeleton does");
  if (!skeleton) return 0;
  fuzz::accepted();
  require(same_bytes(encode(*skeleton), input), "an accepted skeleton encodes to the same bytes");
  require(!skeleton->operations.empty() && skeleton->operations.size() <= kMaxOperations,
          "an accepted skeleton is within the bounds");
  for (const Operation& operation : skeleton->operations) {
    require(operation.overwrites.size() <= kMaxOverwrites, "an accepted operation names no more than it may");
  }
  return 0;
}
