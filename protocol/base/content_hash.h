// The hash by which the content of a file is known, in pieces as it comes: BLAKE2b with 32 bytes of output and neither key nor
// personalisation, so that anybody can compute it (`b2sum -l 256`). Everything else is hashed by hash.h.
#pragma once

#include <array>

#include "protocol/base/ids.h"

namespace budstikke {

class ContentHasher {
 public:
  ContentHasher();
  void add(View bytes);
  Hash finish();  // once

 private:
  alignas(64) std::array<std::uint8_t, 384> state_{};  // libsodium's
};
Hash content_hash(View content);

}  // namespace budstikke
