// Councils that no link joins exchange bundles, as files that people carry: real daemons, and the command line that writes and
// reads.
#include <doctest/doctest.h>

#include "tests/integration/steps.h"

namespace budstikke::tests {
namespace {

// Three councils that have met, and have no link any more.
struct Carried {
  Region region{"Region Syddanmark"};
  NodeUnderTest& odense = region.add("Odense Integrationsråd", "coordinator", Reach::BehindProxy);
  NodeUnderTest& vejle = region.add("Vejle Integrationsråd", "council", Reach::DialsOnly);
  NodeUnderTest& kolding = region.add("Kolding Integrationsråd", "council", Reach::DialsOnly);
  TempHome stick;

  Carried() {
    REQUIRE(region.agrees());
    REQUIRE(odense.cli({"sync", "--wait"}).code == 0);  // it was told that they do
    region.cut();
  }
  std::string file(const std::string& name) const { return stick.path() / name; }
  nlohmann::json write(const NodeUnderTest& node, const std::string& name, const std::vector<std::string>& more = {}) const {
    return node.json(joined({"bundle", "write", file(name)}, more));
  }
  nlohmann::json read(const NodeUnderTest& node, const std::string& name, const std::vector<std::string>& more = {}) const {
    return node.json(joined({"bundle", "read", file(name)}, more));
  }
  // The code of the refusal, which must leave the node as it was.
  std::string refusal(const NodeUnderTest& node, const std::string& name) const {
    const std::int64_t before = entries(node);
    const Reply reply = node.cli({"bundle", "read", file(name), "--json"});
    CHECK(reply.code == 1);
    CHECK(entries(node) == before);
    return error_code(reply);
  }
};

std::vector<std::string> exports(const NodeUnderTest& node) {
  std::vector<std::string> found;
  for (const char* kind : {"council", "contact", "event", "initiative"}) found.push_back(node.text({kind, "export", "--json"}));
  return found;
}

}  // namespace

TEST_CASE("bundle: two councils without a link hold the same after a bundle and its reply") {
  Carried carried;
  auto& [region, odense, vejle, kolding, stick] = carried;
  add(odense, "event", {"--title", "Fællesmøde", "--start", "2027-02-02"});
  for (int i = 0; i < 20; ++i) add(vejle, "contact", {"--name", "Kontakt " + std::to_string(i)});
  CHECK(exports(odense) != exports(vejle));

  const nlohmann::json written = carried.write(odense, "ud", {"--since", "Vejle Integrationsråd"});
  CHECK(written.at("sections").at(0).at("entries") == 1);
  CHECK(written.at("sections").at(0).at("recipients") == 3);
  CHECK(written.at("sections").at(0).at("without_key").empty());
  const nlohmann::json read = carried.read(vejle, "ud", {"--reply", carried.file("svar")});
  const nlohmann::json& section = read.at("sections").at(0);
  CHECK(section.at("writer_name") == "Odense Integrationsråd");
  CHECK(section.at("added") == 1);
  CHECK(section.at("lacks") == 20);
  CHECK(read.at("reply").at("sections").at(0).at("entries") == 20);

  const std::string said = odense.text({"bundle", "read", carried.file("svar")});
  CHECK(said.find("written by Vejle Integrationsråd") != std::string::npos);
  CHECK(said.find("20 new log entries") != std::string::npos);
  CHECK(said.find("Vejle Integrationsråd has everything from here.") != std::string::npos);
  CHECK(exports(odense) == exports(vejle));
  CHECK(agreement_of(odense) == agreement_of(vejle));

  CHECK(carried.read(odense, "svar").at("sections").at(0).at("added") == 0);  // read again
  CHECK(carried.read(odense, "ud").at("sections").at(0).at("added") == 0);    // its own
  const std::string danish = vejle.text({"--lang", "da", "bundt", "læs", carried.file("ud")});
  CHECK(danish.find("intet nyt") != std::string::npos);
  CHECK(carried.read(kolding, "svar").at("sections").at(0).at("added") == 20);  // whoever gets the stick may read it
}

TEST_CASE("bundle: what is changed, cut short, something else or a stranger's is refused, and nothing of it stays") {
  Carried carried;
  auto& [region, odense, vejle, kolding, stick] = carried;
  add(odense, "event", {"--title", "Fællesmøde", "--start", "2027-02-02"});
  carried.write(odense, "hel", {"--since", "Vejle Integrationsråd"});
  const std::string whole = read_file(carried.file("hel"));
  for (std::size_t at : {std::size_t{3}, std::size_t{120}, whole.size() / 2, whole.size() - 30}) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    write_file(carried.file("ændret"), changed);
    CAPTURE(at);
    const std::string code = error_code(vejle.cli({"bundle", "read", carried.file("ændret"), "--json"}));
    CHECK((code == "bundle-damaged" || code == "bundle-not-for-us"));
    write_file(carried.file("kort"), whole.substr(0, at));
    CHECK(error_code(vejle.cli({"bundle", "read", carried.file("kort"), "--json"})) == "bundle-damaged");
  }
  write_file(carried.file("brev"), "Kære Vejle\n");
  CHECK(carried.refusal(vejle, "brev") == "bundle-damaged");
  CHECK(vejle.cli({"bundle", "read", carried.file("mangler")}).code == 1);
  CHECK(vejle.cli({"bundle", "write", carried.file("x"), "--since", "Ingen"}).code == 5);
  CHECK(vejle.cli({"bundle", "write", "/findes/ikke/x"}).code == 1);

  Region elsewhere("Region Nordjylland");
  NodeUnderTest& stranger = elsewhere.add("Thisted Integrationsråd", "coordinator");
  elsewhere.add("Aalborg Integrationsråd");
  REQUIRE(elsewhere.agrees());
  carried.write(stranger, "fremmed");
  CHECK(carried.refusal(vejle, "fremmed") == "bundle-not-for-us");
}

TEST_CASE("bundle: who was shut out can neither bring one nor read one, and an old one brings nothing erased back") {
  Carried carried;
  auto& [region, odense, vejle, kolding, stick] = carried;
  const std::string id = add(odense, "contact", {"--name", "Mette Hemmelig"});
  carried.write(odense, "før");
  carried.read(vejle, "før");
  CHECK(carried.read(kolding, "før").at("sections").at(0).at("added").get<std::int64_t>() > 0);
  add(kolding, "contact", {"--name", "For sent"});
  carried.write(kolding, "kolding");
  odense.text({"member", "revoke", "Kolding Integrationsråd", "--yes"});
  CHECK(carried.refusal(odense, "kolding") == "bundle-removed");
  odense.text({"erase", id, "--now", "--yes"});
  CHECK(carried.write(odense, "efter", {"--since", "Vejle Integrationsråd"}).at("sections").at(0).at("recipients") == 2);
  CHECK(carried.refusal(kolding, "efter") == "bundle-not-for-us");

  carried.read(vejle, "efter");
  CHECK(carried.refusal(vejle, "kolding") == "bundle-removed");
  carried.read(vejle, "før");
  CHECK(list(vejle, "contact").empty());
  CHECK(exports(odense) == exports(vejle));
}

TEST_CASE("bundle: the key it is sealed to lies in the home, for its owner alone") {
  Region region;
  NodeUnderTest& node = region.add("Ribe Integrationsråd", "coordinator");
  const std::filesystem::path key = node.home() / "keys" / "sealing.key";
  CHECK(std::filesystem::file_size(key) == 32);
  CHECK(std::filesystem::status(key).permissions() == std::filesystem::perms(0600));
  const Reply alone = node.cli({"bundle", "write", "/tmp/ingen", "--json"});
  CHECK(alone.code == 1);
  CHECK(error_code(alone) == "bundle-no-reader");
}

}  // namespace budstikke::tests
