// What a fuzz target shares with whoever runs it.
//
// Shape        A target defines LLVMFuzzerTestOneInput, hands the bytes to one decoder, and calls accepted() when the decoder
//              took them. It may also check what must hold of accepted input (encoding it again gives the same bytes) by
//              require() of result.h, which ends the process: a finding. It always returns 0.
// Invariants   The corpus must hold at least kLeastAccepted inputs that are accepted, or the fuzzer would only ever see
//              the decoder's first refusals. The replay of the corpus, a unit test, holds this (replay.cpp).
#pragma once

#include <cstddef>
#include <cstdint>

namespace budstikke::fuzz {

inline constexpr std::size_t kLeastAccepted = 20;
inline std::size_t accepted_inputs = 0;
inline void accepted() { ++accepted_inputs; }

}  // namespace budstikke::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
