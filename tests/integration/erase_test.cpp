// What is erased is in no byte of any file of any node: read while the daemons run, whoever was away, was killed, was restored
// from a backup or joined later.
#include <doctest/doctest.h>

#include <cstdio>
#include <thread>

#include "tests/integration/steps.h"
#include "tests/support/wait.h"

namespace budstikke::tests {
namespace {

using namespace std::chrono_literals;

const std::string kSecret = "Mette Hemmelighed";
const std::string kPart = "emmelighe";

struct Searched {
  std::size_t files = 0, bytes = 0, hits = 0;
};

std::size_t count_in(const std::string& content, const std::string& needle) {
  std::size_t found = 0;
  for (std::size_t at = content.find(needle); at != std::string::npos; at = content.find(needle, at + 1)) ++found;
  return found;
}

// All files under the home, as they are on the disk now.
Searched search(const NodeUnderTest& node, const std::vector<std::string>& needles) {
  Searched searched;
  for (const auto& file : std::filesystem::recursive_directory_iterator(node.home())) {
    if (!file.is_regular_file()) continue;
    const std::string content = read_file(file.path());
    ++searched.files;
    searched.bytes += content.size();
    for (const std::string& needle : needles) searched.hits += count_in(content, needle);
  }
  return searched;
}

// The 16 bytes before the values of a change that wrote the text alone.
std::string salt_of(const NodeUnderTest& node, const std::string& text) {
  const std::string content = read_file(node.home() / "store" / "data.mdb");
  const std::string values = std::string("\x91") + static_cast<char>(0xa0U | text.size()) + text;
  const std::size_t at = content.find(values);
  return at == std::string::npos || at < 16 ? std::string() : content.substr(at - 16, 16);
}

// Whether every erasure that the node knows of has this many receipts at least.
bool is_receipted(const NodeUnderTest& node, std::int64_t by, std::size_t erasures = 1) {
  const nlohmann::json status = node.json({"erase", "status"});
  if (status.size() < erasures) return false;
  for (const nlohmann::json& erasure : status) {
    if (erasure.at("receipts").get<std::int64_t>() < by) return false;
  }
  return true;
}

struct Erased {
  Region region{"Region Midtjylland"};
  NodeUnderTest& skive = region.add("Skive Integrationsråd", "coordinator");
  NodeUnderTest& viborg = region.add("Viborg Integrationsråd");
  NodeUnderTest& holstebro = region.add("Holstebro Integrationsråd");
  Searched searched;

  std::size_t hits(const NodeUnderTest& node, std::vector<std::string> more = {}) {
    more.insert(more.end(), {kSecret, kPart});
    const Searched of_node = search(node, more);
    searched.files += of_node.files;
    searched.bytes += of_node.bytes;
    return of_node.hits;
  }
  ~Erased() { std::printf("searched %zu files, %zu bytes\n", searched.files, searched.bytes); }
};

std::string long_text(std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += "Talte med " + kSecret + " om sprog. ";
  return text;
}

std::string card_of(const std::string& notes) {
  return "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:urn:uuid:8f3c2a10-77aa-4a1e-9d3b-0b6b1f0c9a01\r\nFN:" + kSecret +
         "\r\nEMAIL:mette.hemmelighed@example.dk\r\nNOTE:" + notes + "\r\nEND:VCARD\r\n";
}

std::string id_of_contact(const NodeUnderTest& node) { return list(node, "contact").at(0).at("id"); }

}  // namespace

TEST_CASE("erase: neither text nor salt is left in any file of any node, and nobody who was away brings it back") {
  Erased erased;
  auto& [region, skive, viborg, holstebro, searched] = erased;
  // Viborg's second device, which will be away.
  NodeUnderTest device("Viborg Integrationsråd");
  device.listen("");
  device.advertise("");
  device.init();
  device.start();
  const std::string council = viborg.json({"status"}).at("council");
  const std::string invitation = viborg.text({"invite", "--council", council});
  device.text({"join", invitation.substr(invitation.rfind('\n') + 1)});

  const TempHome files;
  write_file(files.path() / "kort.vcf", card_of("Ring til " + kSecret));
  viborg.text({"contact", "import", files.path() / "kort.vcf"});
  const std::string contact = id_of_contact(viborg);
  viborg.text({"contact", "edit", contact, "--notes", long_text(21'000), "--address", long_text(9'000)});
  viborg.text({"contact", "edit", contact, "--notes", kSecret});
  const std::string event =
      add(viborg, "event",
          {"--title", "Cafe", "--start", "2027-03-31", "--shared", "ja", "--place", "Salen", "--description", long_text(500)});
  REQUIRE(region.agrees());
  holstebro.text({"event", "comment", event, "Hils " + kSecret});
  holstebro.text({"event", "edit", event, "--place", "Hos " + kSecret});
  REQUIRE(region.agrees());
  REQUIRE(eventually(20s, [&] { return agreement_of(device) == agreement_of(viborg); }));
  const std::string salt = salt_of(skive, kSecret);
  REQUIRE(salt.size() == 16);
  for (const NodeUnderTest* node : {&skive, &viborg, &holstebro, &device}) {
    REQUIRE(erased.hits(*node) > 40);
    REQUIRE(search(*node, {salt}).hits > 0);
  }

  // The device edits the record while it stands alone, and a copy of Holstebro's home is put aside.
  for (NodeUnderTest* node : {&skive, &viborg, &holstebro}) node->stop();
  device.text({"contact", "edit", contact, "--notes", "Uden forbindelse: " + kSecret});
  device.stop();
  const TempHome backup;
  std::filesystem::copy(holstebro.home(), backup.path(), std::filesystem::copy_options::recursive);
  for (NodeUnderTest* node : {&skive, &viborg, &holstebro}) node->start();
  REQUIRE(region.agrees());

  // Each council makes its own words go; Viborg's contact goes whole. What is another's to do is told.
  const Reply left = holstebro.cli({"erase", "--subject", "mette HEMMELIGHED", "--now", "--yes"});
  CHECK(left.code == 4);
  CHECK(left.err.find("Viborg") != std::string::npos);
  const Reply done = viborg.cli({"erase", "--subject", "mette HEMMELIGHED", "--now", "--yes"});
  CAPTURE(done.err);
  CHECK(done.code == 0);
  REQUIRE(eventually(15s, [&] { return is_receipted(viborg, 3, 2) && is_receipted(skive, 3, 2); }));
  for (const NodeUnderTest* node : {&skive, &viborg, &holstebro}) {
    CAPTURE(node->council());
    CHECK(erased.hits(*node, {salt}) == 0);
  }
  CHECK(error_code(skive.cli({"--json", "contact", "show", contact})) == "erased");
  CHECK(error_code(viborg.cli({"--json", "contact", "edit", contact, "--notes", "x"})) == "erased");
  CHECK(field(skive, "event", event, "place") == "Hos [erased]");
  CHECK(field(skive, "event", event, "title") == "Cafe");
  CHECK(show(skive, "event", event).at("comments").at(0).at("value") == "Hils [erased]");
  const nlohmann::json again = viborg.json({"contact", "import", files.path() / "kort.vcf"});
  CHECK(again.at("erased") == 1);
  CHECK(erased.hits(viborg, {salt}) == 0);

  // The device comes back with its edit.
  device.start();
  REQUIRE(eventually(20s, [&] { return is_receipted(viborg, 4, 2) && agreement_of(device) == agreement_of(viborg); }));
  for (const NodeUnderTest* node : {&skive, &viborg, &holstebro, &device}) {
    CAPTURE(node->home());
    CHECK(erased.hits(*node, {salt}) == 0);
    CHECK(error_code(node->cli({"--json", "contact", "show", contact})) == "erased");
  }

  // A newcomer, and a home put back from before the erasure.
  const NodeUnderTest& lemvig = region.add("Lemvig Integrationsråd");
  holstebro.stop();
  std::filesystem::remove_all(holstebro.home());
  std::filesystem::copy(backup.path(), holstebro.home(), std::filesystem::copy_options::recursive);
  REQUIRE(erased.hits(holstebro) > 0);
  holstebro.start();
  REQUIRE(region.agrees());
  REQUIRE(eventually(
      15s, [&] { return erased.hits(holstebro, {salt}) == 0; }, 200ms));
  CHECK(erased.hits(lemvig, {salt}) == 0);
  CHECK(error_code(holstebro.cli({"--json", "contact", "show", contact})) == "erased");
  CHECK(error_code(lemvig.cli({"--json", "contact", "show", contact})) == "erased");
  CHECK(eventually(15s, [&] { return is_receipted(skive, 5, 2); }));
  CHECK(searched.files > 0);
}

TEST_CASE("erase: a daemon that is killed while it destroys ends without the text, and with its receipt") {
  Erased erased;
  auto& [region, skive, viborg, holstebro, searched] = erased;
  std::vector<std::string> contacts;
  for (int i = 0; i < 4; ++i) {
    contacts.push_back(add(viborg, "contact", {"--name", "Nr. " + std::to_string(i), "--notes", long_text(20'000)}));
  }
  REQUIRE(region.agrees());
  for (std::size_t i = 0; i < contacts.size(); ++i) {
    viborg.text({"erase", contacts[i], "--now", "--yes"});
    std::this_thread::sleep_for(std::chrono::milliseconds(8 * i * i));
    holstebro.kill9();
    holstebro.start();
  }
  REQUIRE(eventually(20s, [&] { return is_receipted(skive, 3, contacts.size()); }));
  for (const NodeUnderTest* node : {&skive, &viborg, &holstebro}) CHECK(erased.hits(*node) == 0);
}

}  // namespace budstikke::tests
