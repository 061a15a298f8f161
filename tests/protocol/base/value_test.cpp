#include "protocol/base/value.h"

#include <doctest/doctest.h>

using namespace budstikke;

TEST_CASE("value: a value is what it was made from, and nothing else") {
  CHECK(Value().is_nil());
  CHECK(*Value(true).if_bool());
  CHECK(*Value(7).if_integer() == 7);
  CHECK(*Value(std::int64_t{-1}).if_integer() == -1);
  CHECK(*Value("ø").if_text() == "ø");
  CHECK(Value(0).if_bool() == nullptr);
  CHECK(Value(false).if_integer() == nullptr);
  CHECK(Value("").if_array() == nullptr);
  CHECK_FALSE(Value(0) == Value(false));
  CHECK_FALSE(Value("") == Value());
  CHECK_FALSE(Value::array() == Value::map());
}

TEST_CASE("value: set() keeps the order of insertion and replaces an earlier value of the key") {
  Value map;
  map.set("b", 1);
  map.set("a", 2);
  map.set("b", "three");
  REQUIRE(map.if_map() != nullptr);
  REQUIRE(map.if_map()->size() == 2);
  CHECK(map.if_map()->front().first == "b");
  CHECK(map.text("b") == "three");
  CHECK(map.integer("a") == 2);
}

TEST_CASE("value: what is absent or of another type gives the fallback") {
  Value map = Value::map();
  map.set("flag", true);
  map.set("list", Value(Value::Array{1, 2}));
  CHECK(map.find("absent") == nullptr);
  CHECK(map.text("flag", "fallback") == "fallback");
  CHECK(map.integer("absent", -5) == -5);
  CHECK(map.boolean("flag"));
  CHECK(map.boolean("list", true));
  CHECK(map.items("list").size() == 2);
  CHECK(map.items("flag").empty());
  CHECK(map.items("absent").empty());
  CHECK(map.items().empty());
  CHECK(Value(3).find("x") == nullptr);
  CHECK(Value().text("x", "y") == "y");
}

TEST_CASE("value: push() makes an array of nil") {
  Value list;
  list.push(1);
  list.push("two");
  CHECK(list == Value(Value::Array{1, "two"}));
}
