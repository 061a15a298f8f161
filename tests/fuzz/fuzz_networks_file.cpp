// The decoder of the file `networks`. Input: what stands between its beginning and its checksum, since a fuzzer cannot guess the
// latter; the input is also taken as the whole file.
#include "daemon/networks_file.h"
#include "protocol/base/checksum.h"
#include "protocol/base/limits.h"
#include "tests/fuzz/fuzz.h"

using namespace budstikke;
using namespace budstikke::daemon;

namespace {

void check_accepted(View file, const KnownNetworks& known) {
  require(known.networks.size() <= kMaxNetworks, "no more networks than a node may be in");
  require(same_bytes(encode(known), file), "an accepted file is what encoding its content gives");
  Bytes longer = bytes_of(file);
  longer.insert(longer.end() - 8, 0);
  require(!parse_known_networks(longer).ok(), "a longer file is refused");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View input(data, size);
  if (const Result<KnownNetworks> known = parse_known_networks(input)) check_accepted(input, *known);
  Bytes file = bytes_of(view_of("budstikke networks\n\1"));
  file.insert(file.end(), input.begin(), input.end());
  ByteWriter(file).u64(row_checksum(0, view_of("networks"), 1, file));
  const Result<KnownNetworks> known = parse_known_networks(file);
  if (!known) return 0;
  fuzz::accepted();
  check_accepted(file, *known);
  return 0;
}
