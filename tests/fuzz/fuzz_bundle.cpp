// A bundle from anybody, and one whose frames a member made up: nothing that is read may harm the node, and what is accepted is
// what was sealed.
//
// Shape        Byte 0 even: the rest is a file. Odd: the rest is frames, each with its length before it in two bytes, which are
//              sealed and signed as they should be, by a member.
#include <algorithm>

#include "protocol/base/limits.h"
#include "protocol/node/bundle_reading.h"
#include "protocol/node/bundle_writing.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/builders.h"
#include "tests/support/pair.h"

using namespace budstikke;

namespace {

const SealingPair& own_pair() {
  static const SealingPair pair = SealingPair::from_secret(Seed{});
  return pair;
}

void read_file(View file) {
  tests::Pair pair;
  BundleReading reading(pair.node(), own_pair());
  if (reading.feed(file, pair.now()) && reading.finish(pair.now())) fuzz::accepted();
  pair.process();
}

Bytes sealed(tests::Pair& pair, View frames) {
  Random random = Random::from_number(1);
  BundleSealer sealer({own_pair().public_key}, random);
  Bytes file = sealer.envelope();
  BundleOpening opening{pair.peer().public_key(), pair.now().wall, {pair.network().row.id, {}, {}, {}}, {}};
  opening.signature = pair.peer().sign(Purpose::Bundle, opening_message(opening, sealer.before()));
  sealer.add(encode(opening), false, file);
  ByteReader reader(frames);
  while (reader.left() > 2) {
    const std::size_t size = std::min<std::size_t>(reader.u16(), std::min(reader.left(), kMaxFrameBytes));
    if (size > 0) sealer.add(reader.raw(size), false, file);
  }
  BundleEnd end{sealer.frames() + 1, {}};
  end.signature = pair.peer().sign(Purpose::Bundle, end_message(end, sealer.before()));
  sealer.add(encode(end), true, file);
  return file;
}

void read_frames(View frames) {
  tests::Pair pair;
  const Bytes file = sealed(pair, frames);
  BundleReading reading(pair.node(), own_pair());
  const Status fed = reading.feed(file, pair.now());
  if (fed) {
    require(reading.finish(pair.now()).ok() && reading.sections().size() == 1, "a bundle that a member ended is whole");
    require(reading.sections()[0].is_whole, "a bundle that a member ended is whole");
    fuzz::accepted();
  }
  pair.process();
  pair.node().ledger().refresh_vectors();
  const Result<Ledger::Check> check = pair.node().ledger().check(pair.network());
  require(check.ok() && check->state_ok && check->vector_ok, "what is derived is right whatever came");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const View input(data + 1, size - 1);
  if (data[0] % 2 == 0) {
    read_file(input);
  } else {
    read_frames(input);
  }
  return 0;
}
