// Replays a corpus through a fuzz target where libFuzzer is not at hand: `fuzz_NAME FOLDER-OR-FILE…`.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> inputs_of(int count, char** paths) {
  std::vector<fs::path> inputs;
  for (int i = 1; i < count; ++i) {
    if (fs::is_directory(paths[i])) {
      for (const auto& entry : fs::recursive_directory_iterator(paths[i])) {
        if (entry.is_regular_file()) inputs.push_back(entry.path());
      }
    } else {
      inputs.emplace_back(paths[i]);
    }
  }
  std::sort(inputs.begin(), inputs.end());  // the same order on every file system
  return inputs;
}

bool replay(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> read{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad()) {
    std::fprintf(stderr, "%s: cannot be read\n", path.c_str());
    return false;
  }
  // An allocation of exactly this size, so that a sanitizer sees the first byte read past the end.
  const std::vector<std::uint8_t> bytes(read.begin(), read.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<fs::path> inputs = inputs_of(argc, argv);
  for (const fs::path& input : inputs) {
    if (!replay(input)) return 1;
  }
  std::printf("%zu inputs, %zu accepted\n", inputs.size(), budstikke::fuzz::accepted_inputs);
  if (budstikke::fuzz::accepted_inputs < budstikke::fuzz::kLeastAccepted) {
    std::fprintf(stderr,
                 "at least %zu accepted inputs are needed: add some to the corpus (a target says so by accepted() of fuzz.h)\n",
                 budstikke::fuzz::kLeastAccepted);
    return 1;
  }
  return 0;
}
