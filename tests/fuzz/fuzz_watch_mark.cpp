// The decoder of marks of `watch`. The input is taken twice: as the text of a mark, and as the bytes that such a text stands for.
#include "daemon/api/watch_mark.h"
#include "protocol/base/text.h"
#include "tests/fuzz/fuzz.h"

using namespace budstikke;
using namespace budstikke::daemon;

namespace {

void check(const std::string& text) {
  const std::optional<WatchMark> mark = parse_watch_mark(text);
  if (!mark) return;
  fuzz::accepted();
  require(mark->time.ms >= 0, "an accepted mark has a time");
  require(parse_watch_mark(text_of(*mark)) == mark, "an accepted mark is the same mark when it is given again");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View input(data, size);
  check(std::string(text_of(input)));
  check(base32_of(input));
  return 0;
}
