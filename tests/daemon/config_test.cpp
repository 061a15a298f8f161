#include "daemon/config.h"

#include <doctest/doctest.h>

#include "tests/support/home.h"

using namespace budstikke;
using namespace budstikke::daemon;
using namespace budstikke::tests;
namespace fs = std::filesystem;

namespace {

// Why a file is refused; empty when it is taken.
std::string refusal(std::string_view text) {
  ReadConfig read;
  const Status added = add_config(read, text, "config.toml");
  return added ? std::string() : added.error().text;
}

void put(const fs::path& file, std::string_view text) {
  fs::create_directories(file.parent_path());
  write_file(file, std::string(text));
}

constexpr std::string_view kCouncil = "[council]\nname = \"Ærø Integrationsråd\"\n";

}  // namespace

TEST_CASE("config: what a new home is given is read back, and explains itself") {
  const Config written{
      .council = "Råd \"A\\B\"", .municipality = "0492", .listen = "", .advertise = "raad.example.dk:7420", .files = "wanted"};
  const std::string text = text_of(written);
  ReadConfig read;
  REQUIRE(add_config(read, text, "config.toml").ok());
  for (const Setting& setting : settings()) {
    CHECK(read.config.*(setting.member) == written.*(setting.member));
    CHECK(read.origins.contains(setting.key()));
  }
  CHECK(text_of(Config()).ends_with("\n# files = \"always\"\n"));  // what stands as it is need not be said
  CHECK(text.find("man budstikked") != std::string::npos);
  CHECK(text.find("configs/") == std::string::npos);  // which whoever installed the package does not have
}

TEST_CASE("config: a key that no file names has its default, and no origin") {
  TempHome home;
  put(home.path() / "config.toml", kCouncil);
  const Result<ReadConfig> read = read_config(home.path());
  REQUIRE(read.ok());
  CHECK(read->config.listen == "*:7420");
  CHECK(read->config.files == "always");
  CHECK_FALSE(read->origins.contains("network.listen"));
  CHECK(read->origins.at("council.name") == (home.path() / "config.toml").string() + ":2");
}

TEST_CASE("config: drop-ins are read in the order of their names, and the later wins key by key") {
  TempHome home;
  put(home.path() / "config.toml", std::string(kCouncil) + "[network]\nlisten = \"*:1\"\nadvertise = \"a.example.dk:1\"\n");
  put(home.path() / "config.d" / "20-it.toml", "[network]\n\nlisten = \"*:20\"\n");
  put(home.path() / "config.d" / "10-it.toml", "[network]\nlisten = \"*:10\"\nfiles = \"wanted\"\n");
  put(home.path() / "config.d" / "30-it.toml.bak", "this is not read");
  put(home.path() / "config.d" / ".40-it.toml", "nor is this");
  const Result<ReadConfig> read = read_config(home.path());
  REQUIRE(read.ok());
  CHECK(read->config.listen == "*:20");
  CHECK(read->config.files == "wanted");
  CHECK(read->config.advertise == "a.example.dk:1");
  CHECK(read->origins.at("network.listen") == (home.path() / "config.d" / "20-it.toml").string() + ":3");
  CHECK(read->origins.at("network.files") == (home.path() / "config.d" / "10-it.toml").string() + ":3");
}

TEST_CASE("config: an error in a drop-in names that file, line and column") {
  TempHome home;
  put(home.path() / "config.toml", kCouncil);
  put(home.path() / "config.d" / "10.toml", "[network]\nlistne = \"\"\n");
  const Result<ReadConfig> read = read_config(home.path());
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().text ==
        (home.path() / "config.d" / "10.toml").string() + ":2:1: unknown key 'network.listne'; did you mean 'network.listen'?");
}

TEST_CASE("config: an unknown key is refused with the nearest there is") {
  CHECK(refusal("[network]\nadvertize = \"\"\n") ==
        "config.toml:2:1: unknown key 'network.advertize'; did you mean 'network.advertise'?");
  CHECK(refusal("[council]\nlisten = \"\"\n") == "config.toml:2:1: unknown key 'council.listen'; did you mean 'network.listen'?");
  CHECK(refusal("listen = \"\"\n") == "config.toml:1:1: unknown key 'listen'; did you mean 'network.listen'?");
  CHECK(refusal("[netvork]\nfiles = \"\"\n") == "config.toml:2:1: unknown key 'netvork.files'; did you mean 'network.files'?");
  CHECK(refusal("[other]\n") == "config.toml:1:2: unknown key 'other'; man budstikked has all keys");
  CHECK(refusal("[network]\n\"\\u001b[2J\" = \"\"\n") == "config.toml:2:1: unknown key 'network.?'; man budstikked has all keys");
}

TEST_CASE("config: a value that does not fit is refused where it stands, with what fits") {
  CHECK(refusal("[network]\nfiles = \"never\"\n") == "config.toml:2:9: 'network.files' takes \"always\" or \"wanted\"");
  CHECK(refusal("[network]\nlisten = \"7420\"\n") == "config.toml:2:10: 'network.listen' takes host:port, or \"\" for none");
  CHECK(refusal("[network]\nlisten = 7420\n") == "config.toml:2:10: 'network.listen' takes a text in quotes");
  CHECK(refusal("[council]\nmunicipality = \"183\"\n") ==
        "config.toml:2:16: 'council.municipality' takes the municipality's four-digit code, for example \"0183\"");
  CHECK(refusal("[council]\nname = \"\"\n").find("'council.name' takes one line") != std::string::npos);
  CHECK(refusal("[council\n").starts_with("config.toml:1:"));
  CHECK(refusal("[/a]\n").starts_with("config.toml:1:2:"));
  CHECK(refusal("[råd]\n").starts_with("config.toml:1:3:"));
  CHECK(refusal(std::string(kMostConfigBytes + 1, '\n')) == "config.toml: too large for a configuration");
}

TEST_CASE("config: what cannot be read, has no council or a name of its own making is refused") {
  TempHome home;
  CHECK(read_config(home.path()).error().text.find("cannot read " + (home.path() / "config.toml").string()) == 0);
  put(home.path() / "config.toml", "[network]\nfiles = \"wanted\"\n");
  CHECK(read_config(home.path()).error().text.find("council.name is missing") != std::string::npos);
  put(home.path() / "config.d" / "10.toml", kCouncil);  // which may stand in any of them
  CHECK(read_config(home.path()).ok());
  put(home.path() / "config.d" / "øre.toml", kCouncil);
  CHECK(read_config(home.path()).error().text.find("rename it") != std::string::npos);
}
