#include "cli/client.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::cli;
using namespace budstikke::tests;

namespace {

Trouble trouble_of(const std::variant<ApiReply, Trouble>& answer) {
  REQUIRE(std::holds_alternative<Trouble>(answer));
  return std::get<Trouble>(answer);
}

constexpr Millis kWait{5'000};

}  // namespace

TEST_CASE("client: a reply comes back to its request") {
  FakeNode node;
  node.answer("status", R"({"council_name":"Ballerup"})");
  Client client(node.home());
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.ask("status", Value::map(), kWait);
    REQUIRE(std::holds_alternative<ApiReply>(answer));
    CHECK(std::get<ApiReply>(answer).result.text("council_name") == "Ballerup");
  }
}

TEST_CASE("client: a folder without a config.toml is no home") {
  const TempHome folder;
  Client client(folder.path());
  CHECK(trouble_of(client.ask("status", Value::map(), kWait)) == Trouble::NoHome);
  Client nowhere(folder.path() / "missing");
  CHECK(trouble_of(nowhere.ask("status", Value::map(), kWait)) == Trouble::NoHome);
}

TEST_CASE("client: a home without a socket, or with one nobody listens at, is not running") {
  const TempHome folder;
  write_file(folder.path() / "config.toml", "");
  Client without(folder.path());
  CHECK(trouble_of(without.ask("status", Value::map(), kWait)) == Trouble::NotRunning);
  write_file(folder.path() / "api.sock", "left behind");
  Client left(folder.path());
  CHECK(trouble_of(left.ask("status", Value::map(), kWait)) == Trouble::NotRunning);
}

TEST_CASE("client: api.path names the socket of a home whose path is too long") {
  FakeNode node;
  node.answer("status", R"({"ok":true})");
  const TempHome folder;
  const auto deep = folder.path() / std::string(120, 'x');
  std::filesystem::create_directory(deep);
  write_file(deep / "config.toml", "");
  Client unnamed(deep);
  CHECK(trouble_of(unnamed.ask("status", Value::map(), kWait)) == Trouble::NotRunning);
  write_file(deep / "api.path", (node.home() / "api.sock").string() + "\n");
  Client named(deep);
  CHECK(std::holds_alternative<ApiReply>(named.ask("status", Value::map(), kWait)));
}

TEST_CASE("client: a request that is too large is refused here") {
  FakeNode node;
  Client client(node.home());
  Value args;
  args.set("text", std::string(2'000'000, 'x'));
  const auto answer = client.ask("record.comment", args, kWait);
  REQUIRE(std::holds_alternative<ApiReply>(answer));
  CHECK(std::get<ApiReply>(answer).failure->code == ApiError::TooLong);
  CHECK(node.requests().empty());
}

TEST_CASE("client: no answer in time is no reply") {
  FakeNode node;
  node.hold();
  Client client(node.home());
  CHECK(trouble_of(client.ask("status", Value::map(), Millis(20))) == Trouble::NoReply);
}

TEST_CASE("client: an answer that is no reply is told apart") {
  FakeNode node;
  node.babble();
  Client client(node.home());
  CHECK(trouble_of(client.ask("status", Value::map(), kWait)) == Trouble::BadReply);
}
