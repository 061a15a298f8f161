#include "daemon/log.h"

#include <doctest/doctest.h>

namespace budstikke::daemon {

TEST_CASE("log: a line has its priority, its event and its fields") {
  CHECK(log_line(LogLevel::Info, "door-ready", {{"pid", 4711}, {"end", "exit code 78"}}) ==
        "<6>event=door-ready pid=4711 end=\"exit code 78\"\n");
  CHECK(log_line(LogLevel::Info, "started", {}) == "<6>event=started\n");
}

TEST_CASE("log: bytes from outside cannot break a line or another field") {
  CHECK(log_line(LogLevel::Error, "x", {{"a", "b c=d\n<0>event=forged"}}) == "<3>event=x a=\"b c=d\\x0a<0>event=forged\"\n");
  CHECK(log_line(LogLevel::Error, "x", {{"a", "say \"hi\" \\"}}) == "<3>event=x a=\"say \\\"hi\\\" \\\\\"\n");
  CHECK(log_line(LogLevel::Error, "x", {{"a", "\x1b[2J\xc3\xa6"}}) == "<3>event=x a=\"\\x1b[2J\\xc3\\xa6\"\n");
  CHECK(log_line(LogLevel::Error, "x", {{"a", ""}}) == "<3>event=x a=\"\"\n");
}

TEST_CASE("log: a peer is shown by the first eight digits of its key") {
  TransportKey key;
  key.bytes[0] = 0xAB;
  key.bytes[3] = 0x01;
  CHECK(short_name(key) == "ab000001");
}

TEST_CASE("log limiter: one line per event and source in ten seconds, with the number held back") {
  LogLimiter limiter;
  CHECK(limiter.admit({0}, "refused", "a") == 0);
  CHECK(limiter.admit({1}, "refused", "a") == -1);
  CHECK(limiter.admit({2}, "refused", "b") == 0);
  CHECK(limiter.admit({3}, "other", "a") == 0);
  CHECK(limiter.admit({9'999}, "refused", "a") == -1);
  CHECK(limiter.admit({10'000}, "refused", "a") == 2);
  CHECK(limiter.admit({20'000}, "refused", "a") == 0);
}

TEST_CASE("log limiter: many sources are forgotten, the oldest first") {
  LogLimiter limiter;
  for (std::size_t i = 0; i <= LogLimiter::kMaxSources; ++i) {
    CHECK(limiter.admit({static_cast<std::int64_t>(i)}, "refused", std::to_string(i)) == 0);
  }
  CHECK(limiter.admit({2'000}, "refused", std::to_string(LogLimiter::kMaxSources)) == -1);
  CHECK(limiter.admit({2'000}, "refused", "0") == 0);
}

}  // namespace budstikke::daemon
