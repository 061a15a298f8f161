// Bits that rot in data.mdb while a real node is off: it starts, never answers wrongly, fetches what is lost, and agrees again.
#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "protocol/base/random.h"
#include "tests/support/region.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

// Flips single bits all over the file.
void flip(const std::filesystem::path& file, Random& random, int bits) {
  const std::uint64_t size = std::filesystem::file_size(file);
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  for (int i = 0; i < bits; ++i) {
    const auto at = static_cast<std::streamoff>(8192 + random.below(size - 8192));  // not the head pages: a test of their own
    stream.seekg(at);
    char byte = 0;
    stream.read(&byte, 1);
    byte = static_cast<char>(byte ^ (1 << random.below(8)));
    stream.seekp(at);
    stream.write(&byte, 1);
  }
  REQUIRE(stream.good());
}

}  // namespace

TEST_CASE("damage: flipped bits in a stopped node's store are found at its start and healed from a peer") {
  Region region;
  NodeUnderTest& ishoj = region.add("Ishøj Integrationsråd");
  NodeUnderTest& ballerup = region.add("Ballerup Integrationsråd");
  for (int i = 0; i < 40; ++i) {
    NodeUnderTest& node = i % 2 == 0 ? ishoj : ballerup;
    node.text({"contact", "add", "--name", "Kontakt " + std::to_string(i), "--notes", std::string(400, 'x')});
  }
  REQUIRE(region.agrees());
  const std::string records = ishoj.text({"contact", "export", "--json"});
  Random random = Random::from_number(20261);
  int sound = 0, healed = 0;
  constexpr int kRounds = 8;
  for (int round = 0; round < kRounds; ++round) {
    CAPTURE(round);
    ballerup.kill9();  // as a machine that breaks down; so the next start looks at every row
    flip(ballerup.home() / "store" / "data.mdb", random, 4 + round * 4);
    ballerup.start();
    REQUIRE(region.agrees());
    CHECK(ballerup.text({"contact", "export", "--json"}) == records);
    CHECK(ballerup.json({"check"})["ok"] == true);
    const std::string log = ballerup.daemon().err();
    (log.find("store-recovered") != std::string::npos ? healed : sound) += 1;
  }
  MESSAGE(kRounds << " rounds of 4 to 32 flipped bits: " << healed << " stores healed, " << sound
                  << " harmless; 0 wrong answers");
  CHECK(healed > 0);
  ballerup.text({"contact", "add", "--name", "Efter"});
  REQUIRE(region.agrees());
}
