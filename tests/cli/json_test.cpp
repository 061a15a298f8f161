#include "cli/json.h"

#include <doctest/doctest.h>

using namespace budstikke;
using namespace budstikke::cli;

TEST_CASE("json: keys keep their order and letters their form") {
  Value value;
  value.set("titel", "Åbent \"møde\"\n");
  value.set("antal", 3);
  value.set("ja", true);
  value.set("intet", Value());
  value.set("liste", Value(Value::Array{1, "to"}));
  CHECK(json_line_of(value) == R"({"titel":"Åbent \"møde\"\n","antal":3,"ja":true,"intet":null,"liste":[1,"to"]})");
}

TEST_CASE("json: a document is indented by two blanks") {
  Value value;
  value.set("a", Value(Value::Array{1}));
  CHECK(json_of(value) == "{\n  \"a\": [\n    1\n  ]\n}");
  CHECK(json_of(Value::array()) == "[]");
  CHECK(json_of(Value::map()) == "{}");
}

TEST_CASE("json: bytes that are not UTF-8 become the replacement character") {
  CHECK(json_line_of(Value("a\xFFz")) == "\"a\xEF\xBF\xBDz\"");
}

TEST_CASE("json: what was written is read back") {
  const std::optional<Value> value = value_of_json(R"({"b":[1,-2,true,null,"å"],"a":{}})");
  REQUIRE(value);
  CHECK(json_line_of(*value) == R"({"b":[1,-2,true,null,"å"],"a":{}})");
}

TEST_CASE("json: text that is not one document of our types is refused") {
  for (const char* text : {"", "{", "[1,]", "1.5", "{\"a\":1.5}", "[[0.1]]", "nul", "{} {}"}) CHECK_FALSE(value_of_json(text));
}
