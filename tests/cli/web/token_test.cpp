// The file that holds what opens the page.
#include "cli/web/token.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "cli/web/server.h"
#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

namespace fs = std::filesystem;

// At an address that is taken: the command ends behind the token.
Ran run_web(const FakeNode& node, std::map<std::string, std::string> env) {
  auto taken = cli::WebServer::start({"127.0.0.1", 0});
  REQUIRE(taken.index() == 0);
  World world{.env = std::move(env)};
  return run_cli({"--home", node.home().string(), "--json", "web", "--listen", text_of(std::get<0>(taken)->address())}, world);
}

mode_t mode_of(const fs::path& path) {
  struct stat is {};
  REQUIRE(::lstat(path.c_str(), &is) == 0);
  return is.st_mode & 07777U;
}

bool is_unfit(const FakeNode& node, const fs::path& folder) {
  const Ran ran = run_web(node, {{"RUNTIME_DIRECTORY", folder.string()}});
  return ran.code == 1 && contains(ran.err, "bad-token-file");
}

}  // namespace

TEST_CASE("web token: it is made where nobody else looks, and stays") {
  const FakeNode node;
  const TempHome state;
  const std::map<std::string, std::string> env = {{"XDG_STATE_HOME", (state.path() / "state").string()}};
  run_web(node, env);
  const fs::path file = state.path() / "state/budstikke/web/token";
  CHECK(mode_of(file) == 0600);
  CHECK(mode_of(file.parent_path()) == 0700);
  const std::string token = read_file(file);
  CHECK(token.size() == 49);
  run_web(node, env);
  CHECK(read_file(file) == token);
  const TempHome other;
  run_web(node, {{"XDG_STATE_HOME", other.path().string()}});
  CHECK(read_file(other.path() / "budstikke/web/token") != token);
  CHECK(contains(run_web(node, {}).err, "cannot-write"));  // no place is named
}

TEST_CASE("web token: a service has it in the folder that the system made for it") {
  const FakeNode node;
  const TempHome folder;
  run_web(node, {{"RUNTIME_DIRECTORY", folder.path().string() + ":/nowhere"}, {"HOME", "/nowhere"}});
  CHECK(mode_of(folder.path() / "token") == 0600);
}

TEST_CASE("web token: a file that others may read, that is a link, or that holds something else is not used") {
  const FakeNode node;
  const TempHome folder;
  const fs::path file = folder.path() / "token";
  for (const std::string& text :
       {std::string(), std::string("short"), std::string(48, 'A'), std::string(49, 'a'), std::string(9'000, 'a')}) {
    write_file(file, text);
    ::chmod(file.c_str(), 0600);
    CHECK(is_unfit(node, folder.path()));
  }
  write_file(file, std::string(48, 'a') + "\n");
  ::chmod(file.c_str(), 0640);
  CHECK(is_unfit(node, folder.path()));
  ::chmod(file.c_str(), 0600);
  CHECK_FALSE(is_unfit(node, folder.path()));
  fs::rename(file, folder.path() / "elsewhere");
  fs::create_symlink(folder.path() / "elsewhere", file);
  CHECK(is_unfit(node, folder.path()));
  fs::remove(file);
  fs::create_directory(file);
  CHECK(is_unfit(node, folder.path()));
}

TEST_CASE("web token: secrets are the same when every letter is") {
  CHECK(cli::same_secret("abc", "abc"));
  for (const char* other : {"", "ab", "abcd", "abd", "bbc", "ABC"}) CHECK_FALSE(cli::same_secret(other, "abc"));
  CHECK_FALSE(cli::same_secret(std::string("abc\0", 4), "abc"));
}

TEST_CASE("web: what cannot be shown is refused before anything is made") {
  const FakeNode node;
  CHECK(run_at(node, {"web", "--listen", "0.0.0.0:7421"}).code == 2);
  CHECK(contains(run_danish(node, {"side", "--listen", "example.dk:7421"}).err,
                 "Siden er kun for denne computer: example.dk:7421"));
  CHECK(run_at(node, {"web", "--host", "http://x"}).code == 2);
  CHECK(run_at(node, {"web", "--host", "good.example", "--host", "b:1"}).code == 2);
  CHECK(run_at(node, {"web", "now"}).code == 2);
  CHECK(run_cli({"--home", "/nonexistent", "web"}).code == 1);
}
