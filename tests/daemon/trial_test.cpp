#include "daemon/trial.h"

#include <doctest/doctest.h>
#include <time.h>

#include <cstdlib>

using namespace budstikke::daemon;
using namespace std::chrono_literals;

namespace {

bool lives(std::chrono::seconds processor_time, const std::function<void()>& body) {
  const budstikke::Result<bool> lived = try_in_child(processor_time, body);
  REQUIRE(lived.ok());
  return *lived;
}

}  // namespace

TEST_CASE("trial: what dies is told from what comes to its end") {
  CHECK(lives(5s, [] {}));
  CHECK_FALSE(lives(5s, [] { std::abort(); }));
  CHECK_FALSE(lives(5s, [] { *static_cast<volatile int*>(nullptr) = 1; }));
}

TEST_CASE("trial: what turns in circles is ended, and what waits longer than that for a disk is not") {
  CHECK_FALSE(lives(1s, [] {
    const volatile bool turns = true;
    while (turns) {
    }
  }));
  CHECK(lives(1s, [] {
    const timespec wait{2, 500'000'000};
    ::nanosleep(&wait, nullptr);
  }));
}
