// What a new home is made from.
#include "protocol/wire/init.h"

#include <doctest/doctest.h>

#include <string>

using namespace budstikke;

TEST_CASE("init: a council's name is one line that says something") {
  CHECK(is_council_name("Ærø Integrationsråd"));
  CHECK(is_council_name(std::string(kMaxCouncilNameBytes, 'x')));
  CHECK_FALSE(is_council_name(std::string(kMaxCouncilNameBytes + 1, 'x')));
  for (const char* text : {"", "  ", "to\nlinjer", "\xff", "\033[31m"}) CHECK_FALSE(is_council_name(text));
}

TEST_CASE("init: a municipality has four digits") {
  CHECK(is_municipality_code("0151"));
  for (const char* text : {"", "151", "01511", "015a", "-151"}) CHECK_FALSE(is_municipality_code(text));
}

TEST_CASE("init: an address is a host and a port") {
  for (const char* text : {"*:7420", "127.0.0.1:1", "koege.example.dk:65535", "[::1]:7420"}) CHECK(is_node_address(text));
  for (const char* text :
       {"", ":7420", "koege", "koege:", "koege:65536", "koege:999999999999", "koege:-1", "to ord:7420", "k\n:1"}) {
    CHECK_FALSE(is_node_address(text));
  }
  CHECK_FALSE(is_node_address(std::string(300, 'x') + ":1"));
}
