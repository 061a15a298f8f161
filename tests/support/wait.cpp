#include "tests/support/wait.h"

#include <thread>

namespace budstikke::tests {

bool eventually(std::chrono::milliseconds timeout, const std::function<bool()>& holds, std::chrono::milliseconds pause) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  while (std::chrono::steady_clock::now() < end) {
    if (holds()) return true;
    std::this_thread::sleep_for(pause);
  }
  return holds();
}

}  // namespace budstikke::tests
