// Waiting for what other processes do. Tests never sleep for a fixed time and never assert how long something took.
#pragma once

#include <chrono>
#include <functional>

namespace budstikke::tests {

// Asks again and again, every `pause`, until `holds` answers true; false when it has not by `timeout`. It is asked once more at
// the very end, so a slow machine gets its whole time.
bool eventually(std::chrono::milliseconds timeout, const std::function<bool()>& holds,
                std::chrono::milliseconds pause = std::chrono::milliseconds(10));

}  // namespace budstikke::tests
