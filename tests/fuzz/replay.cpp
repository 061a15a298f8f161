// Holds of a replay of the corpus (libFuzzer's `-runs=0`) what fuzz.h demands: enough inputs that are accepted.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/fuzz/fuzz.h"

namespace {

void refuse_a_poor_corpus() {
  using namespace budstikke::fuzz;
  std::printf("%zu inputs accepted\n", accepted_inputs);
  std::fflush(stdout);
  if (accepted_inputs >= kLeastAccepted) return;
  std::fprintf(stderr,
               "at least %zu accepted inputs are needed: add some to the corpus (a target says so by accepted() of fuzz.h)\n",
               kLeastAccepted);
  std::_Exit(1);
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  for (int i = 1; i < *argc; ++i) {
    if (std::strcmp((*argv)[i], "-runs=0") == 0) return std::atexit(refuse_a_poor_corpus);
  }
  return 0;
}
