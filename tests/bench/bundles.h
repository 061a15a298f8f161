// What a bundle of everything costs the node that writes it, the node that reads it and the command that carries it.
//
// Errors       A bundle that does not bring every entry is thrown.
#pragma once

#include <chrono>
#include <cstdint>

namespace budstikke::bench {

// Memory is anonymous memory in bytes: what a program holds for itself, without the store's file, which it maps.
struct BundleSide {
  double seconds = 0;
  std::uint64_t rest = 0;     // of the node, before
  std::uint64_t most = 0;     // while it wrote or read
  std::uint64_t command = 0;  // the most of the command line
};

struct BundleFigures {
  std::uint64_t entries = 0;
  std::uint64_t body_bytes = 0;
  std::uint64_t file_bytes = 0;
  BundleSide write;
  BundleSide read;
};

// `settling`: until memory is called that at rest.
BundleFigures measure_bundles(std::uint64_t entries, std::uint64_t authors, std::chrono::seconds settling);

}  // namespace budstikke::bench
