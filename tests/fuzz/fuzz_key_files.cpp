// The decoders of sealed keys and of their lock. Input: one file.
#include "daemon/key_files.h"
#include "protocol/base/limits.h"
#include "tests/fuzz/fuzz.h"

using namespace budstikke;
using namespace budstikke::daemon;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View input(data, size);
  const Result<KeyLock> lock = parse_key_lock(input);
  if (lock) {
    fuzz::accepted();
    require(same_bytes(encode(*lock), input), "an accepted lock is what encoding it gives");
    require(lock->cost.passes >= 1 && lock->cost.passes <= kPassphrasePassesMax, "a lock asks for passes that end");
    require(lock->cost.memory_kib >= 8 && lock->cost.memory_kib <= kPassphraseMemoryKibMax,
            "a lock asks for memory that there is");
  }
  const Result<SealedSecret> sealed = parse_sealed_secret(input);
  if (!sealed) return 0;
  fuzz::accepted();
  require(!lock, "no file is both");
  require(same_bytes(encode(*sealed), input), "an accepted key is what encoding it gives");
  require(!open_box(sealed->box, Seed{}, sealed->nonce), "no key is sealed under zeroes");
  return 0;
}
