#include "protocol/wire/api.h"

#include <doctest/doctest.h>

#include <set>

#include "protocol/base/limits.h"
#include "protocol/base/pack.h"

using namespace budstikke;

namespace {

Value request_value() {
  Value value;
  value.set("id", 7);
  value.set("command", "status");
  value.set("args", Value::map());
  return value;
}

std::string request_error(const Value& value) {
  const Result<ApiRequest> request = decode_request(pack(value));
  return request ? "none" : request.error().text;
}

}  // namespace

TEST_CASE("api: a request arrives as it was sent") {
  ApiRequest request{42, "record.add", {}};
  request.args.set("kind", "contact");
  const Result<ApiRequest> again = decode_request(encode(request));
  REQUIRE(again.ok());
  CHECK(again->id == 42);
  CHECK(again->command == "record.add");
  CHECK(again->args == request.args);
}

TEST_CASE("api: a reply arrives as it was sent, result or failure") {
  ApiReply reply;
  reply.id = 42;
  reply.result.set("id", "ABC");
  Result<ApiReply> again = decode_reply(encode(reply));
  REQUIRE(again.ok());
  CHECK(again->id == 42);
  CHECK_FALSE(again->failure.has_value());
  CHECK(again->result == reply.result);

  Value args;
  args.set("max", 200);
  reply.failure = ApiFailure{ApiError::TooLong, "too many values", "email", args};
  again = decode_reply(encode(reply));
  REQUIRE(again.ok());
  REQUIRE(again->failure.has_value());
  CHECK(again->failure->code == ApiError::TooLong);
  CHECK(again->failure->message == "too many values");
  CHECK(again->failure->subject == "email");
  CHECK(again->failure->args == args);
}

TEST_CASE("api: a request without command or arguments is refused") {
  CHECK(request_error(request_value()) == "none");
  const std::string why = "a request needs a command and a map of arguments";
  Value value = request_value();
  value.set("command", "");
  CHECK(request_error(value) == why);
  value = request_value();
  value.set("command", 3);
  CHECK(request_error(value) == why);
  value = request_value();
  value.set("args", Value::array());
  CHECK(request_error(value) == why);
  Value no_args;
  no_args.set("command", "status");
  CHECK(request_error(no_args) == why);
  CHECK(request_error(Value("text")) == "request is not a map");
  CHECK(request_error(Value::array()) == "request is not a map");
}

TEST_CASE("api: what is not canonical msgpack is refused") {
  Bytes frame = encode(ApiRequest{1, "status", Value::map()});
  frame.push_back(0xc0);
  CHECK(decode_request(frame).error().code == Code::Malformed);
  CHECK(decode_request(Bytes{}).error().code == Code::Malformed);
  CHECK(decode_reply(Bytes{0xc1}).error().code == Code::Malformed);
}

TEST_CASE("api: a frame that is too large is refused before it is read") {
  const Bytes frame(kMaxApiBytes + 1, 0xc0);
  CHECK(decode_request(frame).error().code == Code::TooLarge);
  CHECK(decode_reply(frame).error().code == Code::TooLarge);
}

TEST_CASE("api: a reply with neither result nor error is refused, an error of a newer node is internal") {
  Value value;
  value.set("id", 1);
  CHECK(decode_reply(pack(value)).error().text == "a reply needs a result or an error");
  value.set("result", 3);
  CHECK_FALSE(decode_reply(pack(value)).ok());
  Value error;
  error.set("code", "made-of-cheese");
  value.set("error", error);
  const Result<ApiReply> reply = decode_reply(pack(value));
  REQUIRE(reply.ok());
  CHECK(reply->failure->code == ApiError::Internal);
}

TEST_CASE("api: every error has a text of its own and an exit code of the contract") {
  std::set<std::string_view> texts;
  for (std::size_t i = 0; i < kApiErrorCount; ++i) {
    const auto error = static_cast<ApiError>(i);
    texts.insert(text_of(error));
    CHECK(api_error(text_of(error)) == error);
    CHECK(exit_code_of(error) >= 1);
    CHECK(exit_code_of(error) <= 6);
    CHECK(exit_code_of(error) != 3);  // "the daemon does not answer" is not the daemon's to say
  }
  CHECK(texts.size() == kApiErrorCount);
  CHECK(text_of(ApiError::NotPermitted) == "not-permitted");
  CHECK(exit_code_of(ApiError::NotPermitted) == 4);
  CHECK(text_of(ApiError::TimedOut) == "timed-out");
  CHECK(exit_code_of(ApiError::UnknownField) == 2);
  CHECK(exit_code_of(ApiError::AmbiguousId) == 5);
  CHECK_FALSE(api_error("no-such-error").has_value());
}
