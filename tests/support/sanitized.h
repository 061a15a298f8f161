// How much of an exhaustive test is run: all of it in a build that ships, a fraction under a sanitizer.
//
// Shape        `one_in(N)` is the step from one point to the next, and what a number of rounds is divided by: 1 without a
//              sanitizer, N with one. First points are always taken.
//              A case that is long everywhere, and whose parts other cases run as well, is left to the release build:
//              TEST_CASE("…" * doctest::skip(kSanitized)).
// Source       A sanitizer makes each process and each step some 3 to 20 times slower, and is there to see what code does to
//              memory: the same code runs at every tenth point as at every one. That each point comes out right is held by the
//              release build, which skips none.
#pragma once

#include <cstdint>

namespace budstikke::tests {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)  // g++
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)  // clang++
inline constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
inline constexpr bool kSanitized = false;
#endif

constexpr std::uint64_t one_in(std::uint64_t points) { return kSanitized ? points : 1; }

}  // namespace budstikke::tests
