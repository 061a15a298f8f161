#include "protocol/base/suggest.h"

#include <doctest/doctest.h>

using namespace budstikke;

namespace {
const std::vector<std::string> kVerbs = {"add", "list", "show", "edit", "remove", "tilføj", "råd"};
}

TEST_CASE("suggest: the nearest word within two steps is found") {
  CHECK(nearest("lst", kVerbs) == "list");
  CHECK(nearest("remvoe", kVerbs) == "remove");
  CHECK(nearest("tilfoj", kVerbs) == "tilføj");
  CHECK(nearest("SHOW", kVerbs) == "show");
  CHECK(nearest("raad", kVerbs) == "råd");
}

TEST_CASE("suggest: short words are only one step away") {
  CHECK(nearest("ad", kVerbs) == "add");
  CHECK(nearest("axy", kVerbs).empty());
}

TEST_CASE("suggest: nothing near, nothing said") {
  CHECK(nearest("kalender", kVerbs).empty());
  CHECK(nearest(std::string(1'000'000, 'x'), kVerbs).empty());
  CHECK(nearest("list", {}).empty());
}
