// Where the local page may listen, and under which names it answers.
#include "cli/web/address.h"

#include <doctest/doctest.h>

using namespace budstikke::cli;

namespace {

std::string read_address(std::string_view text) {
  const std::optional<LoopbackAddress> address = parse_loopback(text);
  return address ? text_of(*address) : "none";
}

}  // namespace

TEST_CASE("web: it listens at addresses of loopback alone") {
  CHECK(read_address("127.0.0.1:7421") == "127.0.0.1:7421");
  CHECK(read_address("127.3.2.1:0") == "127.3.2.1:0");
  CHECK(read_address("localhost:80") == "127.0.0.1:80");
  CHECK(read_address("[::1]:7421") == "[::1]:7421");
  CHECK(read_address("[0:0:0:0:0:0:0:1]:1") == "[::1]:1");
  for (const char* other : {"",
                            ":",
                            ":7421",
                            "7421",
                            "0.0.0.0:7421",
                            "192.168.1.2:7421",
                            "10.0.0.1:1",
                            "[::]:7421",
                            "::1:7421",
                            "[fe80::1]:1",
                            "127.0.0.1",
                            "127.0.0.1:",
                            "127.0.0.1:x",
                            "127.0.0.1:-1",
                            "127.0.0.1:65536",
                            "127.0.0.1: 1",
                            "127.1:80",
                            "raad.example.dk:80",
                            "[127.0.0.1]:80",
                            "[::ffff:127.0.0.1]:80",
                            "128.0.0.1:80",
                            "127.0.0.1:80/",
                            "localhost.:80",
                            "[::1]",
                            "[]:1",
                            "[:1"}) {
    CAPTURE(other);
    CHECK(read_address(other) == "none");
  }
}

TEST_CASE("web: it answers to its own names with their port, and to those that were allowed") {
  const HostNames names({"127.0.0.1", 7421}, {"Raad.example.dk"});
  for (const char* own : {"127.0.0.1:7421", "localhost:7421", "LOCALHOST:7421", "raad.example.dk", "raad.example.dk:443"}) {
    CAPTURE(own);
    CHECK(names.contain(own));
  }
  for (const char* other :
       {"", "127.0.0.1", "localhost", "127.0.0.1:80", "127.0.0.1:7421:7421", "127.0.0.1:74210", "evil.example",
        "evil.example:7421", "127.0.0.1.evil.example:7421", "localhost.:7421", "raad.example.dk:", "raad.example.dk:x",
        "raad.example.dk.:443", "x.raad.example.dk", "raad.example.dk:443@evil", "[::1]:7421"}) {
    CAPTURE(other);
    CHECK_FALSE(names.contain(other));
  }
  CHECK(HostNames({"::1", 7421}, {}).contain("[::1]:7421"));
  CHECK(HostNames({"127.0.0.1", 80}, {}).contain("localhost"));
}

TEST_CASE("web: the name of a computer has no port, no scheme and no blanks") {
  CHECK(is_host_name("raad.example.dk"));
  for (const char* other : {"", "raad.example.dk:443", "http://raad", "a b", "råd.dk", "a\n", "a_b"})
    CHECK_FALSE(is_host_name(other));
  CHECK_FALSE(is_host_name(std::string(254, 'a')));
}
