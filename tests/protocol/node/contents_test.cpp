// Contents of files: never in runs, asked for in pieces of one peer each, always or when somebody wants them, and erased like all
// else.
#include <doctest/doctest.h>

#include "protocol/base/limits.h"
#include "protocol/node/waits.h"
#include "protocol/records/edit.h"
#include "protocol/records/file.h"
#include "tests/support/builders.h"
#include "tests/support/net.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

Bytes random_content(std::size_t size, std::uint64_t seed = 7) {
  Random random = Random::from_number(seed);
  Bytes content(size);
  for (std::uint8_t& byte : content) byte = static_cast<std::uint8_t>(random.below(256));
  return content;
}

// Writes the file as its council's, as the daemon does.
RecordKey write_file(Net& net, std::size_t machine, const std::string& name, View content) {
  Node& node = net.node(machine);
  Network& network = net.network(machine);
  const FileInfo info{name, content.size(), content_hash(content)};
  const RecordKey file = file_key(node.self_in(network)->council, info, 0);
  std::vector<ChangeBytes> changes = {file_change(file, info, Salt{})};
  for (std::size_t i = 0; i < chunk_count(content.size()); ++i) {
    const View bytes = content.subspan(i * kChunkBytes, chunk_bytes(content.size(), i));
    changes.push_back(
        chunk_change(part_key(file, i / kChunksPerPart), {i, bytes_of(bytes)}, numbered<Salt>(static_cast<std::uint8_t>(i))));
  }
  REQUIRE(node.write(network, changes, net.now()).ok());
  net.process(machine);
  return file;
}

std::optional<RecordState> stored_state(Net& net, std::size_t machine, const RecordKey& key) {
  const Ledger& ledger = net.node(machine).ledger();
  const Result<std::optional<RecordNumber>> number = ledger.find_record(net.network(machine), id_of(key));
  REQUIRE(number.ok());
  if (!*number) return std::nullopt;
  Result<std::optional<RecordState>> state = ledger.record(**number);
  REQUIRE(state.ok());
  return std::move(*state);
}

// What the machine has of it, in order; chunks that are not there are left out.
Bytes content_at(Net& net, std::size_t machine, const RecordKey& file, std::size_t size) {
  std::map<std::size_t, Bytes> chunks;
  for (std::size_t part = 0; part < part_count(size); ++part) {
    const std::optional<RecordState> state = stored_state(net, machine, part_key(file, part));
    if (!state) continue;
    REQUIRE(net.node(machine)
                .ledger()
                .each_chunk(*state,
                            [&](const Source&, std::optional<Chunk> chunk) {
                              if (chunk) chunks[chunk->index] = std::move(chunk->bytes);
                              return true;
                            })
                .ok());
  }
  Bytes content;
  for (const auto& [index, bytes] : chunks) content.insert(content.end(), bytes.begin(), bytes.end());
  return content;
}

std::string file_name_at(Net& net, std::size_t machine, const RecordKey& file) {
  const std::optional<RecordState> state = stored_state(net, machine, file);
  if (!state) return {};
  const Result<RecordView> view = net.node(machine).ledger().view(*state);
  REQUIRE(view.ok());
  const std::optional<FileInfo> info = file_info(*view);
  return info ? info->name : std::string();
}

void fetch_when_wanted(Net& net, std::size_t machine) {
  REQUIRE(net.node(machine).ledger().fetch_contents(false).ok());
  net.process(machine);
}

void want_file(Net& net, std::size_t machine, const RecordKey& file, std::size_t size) {
  for (std::size_t part = 0; part < part_count(size); ++part) {
    const std::optional<RecordState> state = stored_state(net, machine, part_key(file, part));
    if (state) REQUIRE(net.node(machine).want_contents(net.network(machine), *state, net.now()).ok());
  }
  net.process(machine);
  net.run();
}

void erase_file(Net& net, std::size_t machine, const RecordKey& file, std::size_t size) {
  std::vector<ChangeBytes> changes;
  const auto add = [&](const RecordKey& key) {
    changes.push_back({encode(Skeleton{key, {{kEraseAtOnce, OperationClass::Erase}}}), encode_values(Salt{}, {Value()})});
  };
  add(file);
  for (std::size_t part = 0; part < part_count(size); ++part) add(part_key(file, part));
  REQUIRE(net.node(machine).write(net.network(machine), changes, net.now()).ok());
  net.process(machine);
}

bool store_holds(const MemoryStorage& storage, View bytes) {
  bool found = false;
  for (std::uint8_t table = 1; table <= kTableCount; ++table) {
    REQUIRE(storage.scan(static_cast<Table>(table), {}, [&](View, View payload) {
      found = found || text_of(payload).find(text_of(bytes)) != std::string_view::npos;
      return true;
    }));
  }
  return found;
}

bool checks_out(Net& net, std::size_t machine) {
  const Result<Ledger::Check> found = net.node(machine).ledger().check(net.network(machine));
  REQUIRE(found.ok());
  for (const std::string& difference : found->differences) MESSAGE(difference);
  return found->vector_ok && found->state_ok;
}

}  // namespace

TEST_CASE("contents: a file arrives at everybody, byte for byte, and its bytes go with no run") {
  Net net = Net::region(3);
  for (std::size_t machine = 1; machine < net.size(); ++machine) net.connect(machine, 0);
  const Bytes content = random_content(10 * kChunkBytes + 17);
  const std::size_t before = net.frames("values");
  const RecordKey file = write_file(net, 1, "Høringssvar.pdf", content);
  REQUIRE(net.converge());
  for (std::size_t machine = 0; machine < net.size(); ++machine) {
    CHECK(content_at(net, machine, file, content.size()) == content);
    CHECK(content_hash(content_at(net, machine, file, content.size())) == content_hash(content));
    CHECK(file_name_at(net, machine, file) == "Høringssvar.pdf");
    CHECK(checks_out(net, machine));
  }
  CHECK(net.frames("values") - before >= 2 * (11 + 1) / 2);  // two chunks a frame, to two others
}

TEST_CASE("contents: of several peers that have it each is asked for another piece, and none sends what another does") {
  Net net = Net::region(5);
  for (std::size_t machine = 1; machine < 4; ++machine) net.connect(machine, 0);
  const Bytes content = random_content(40 * kChunkBytes);
  const RecordKey file = write_file(net, 0, "billede.jpg", content);
  REQUIRE((net.run(), net.advance(1min), content_at(net, 3, file, content.size()) == content));
  net.cut_all();
  std::vector<Net::Cable> cables;
  for (std::size_t machine = 0; machine < 4; ++machine) cables.push_back(net.connect(4, machine));
  net.shuffle();
  net.run();
  REQUIRE((net.advance(2min), content_at(net, 4, file, content.size()) == content));
  std::uint64_t bytes = 0;
  for (const Net::Cable cable : cables) {
    CHECK(net.bytes(cable) > content.size() / 20);  // each had its share
    bytes += net.bytes(cable);
  }
  CHECK(bytes < content.size() * 5 / 4);
}

TEST_CASE("contents: when wanted, nothing is fetched and nothing is missing until somebody asks") {
  Net net = Net::region(2);
  fetch_when_wanted(net, 1);
  net.connect(1, 0);
  const Bytes content = random_content(3 * kChunkBytes);
  const RecordKey file = write_file(net, 0, "Referat.odt", content);
  REQUIRE(net.converge());
  CHECK(file_name_at(net, 1, file) == "Referat.odt");
  CHECK(content_at(net, 1, file, content.size()).empty());
  CHECK(net.network(1).missing == 0);
  CHECK(checks_out(net, 1));
  net.crash(1);  // the setting outlasts a start
  net.connect(1, 0);
  net.run();
  net.advance(1min);
  CHECK(content_at(net, 1, file, content.size()).empty());
  want_file(net, 1, file, content.size());
  CHECK(content_at(net, 1, file, content.size()) == content);
  CHECK(checks_out(net, 1));
  SUBCASE("and all that is not here, once it is to be fetched always") {
    const RecordKey other = write_file(net, 0, "Dagsorden.odt", random_content(kChunkBytes, 9));
    REQUIRE(net.converge());
    REQUIRE(content_at(net, 1, other, kChunkBytes).empty());
    REQUIRE(net.node(1).ledger().fetch_contents(true).ok());
    net.process(1);
    CHECK(checks_out(net, 1));
    net.advance(1min);
    CHECK(content_at(net, 1, other, kChunkBytes).size() == kChunkBytes);
  }
}

TEST_CASE("contents: a node that fetches when wanted fetches what a peer asks it for, and hands it on") {
  Net net = Net::region(3);
  fetch_when_wanted(net, 0);  // between the two others
  fetch_when_wanted(net, 2);
  net.connect(1, 0);
  net.connect(2, 0);
  const Bytes content = random_content(130 * kChunkBytes);
  const RecordKey file = write_file(net, 1, "Vejledning.pdf", content);
  REQUIRE(net.converge());
  REQUIRE(content_at(net, 2, file, content.size()).empty());
  for (int looks = 0; looks < 200 && content_at(net, 2, file, content.size()) != content; ++looks) {  // as a person who waits
    want_file(net, 2, file, content.size());
    net.advance(500ms);
  }
  CHECK(content_at(net, 2, file, content.size()) == content);
  CHECK(checks_out(net, 0));
}

TEST_CASE("contents: what came before a link broke is not fetched again") {
  Net net = Net::region(2);
  auto cable = net.connect(1, 0);
  const Bytes content = random_content(60 * kChunkBytes);
  const RecordKey file = write_file(net, 0, "Plakat.pdf", content);
  std::uint64_t bytes = 0;
  int breaks = 0;
  while (content_at(net, 1, file, content.size()) != content) {
    for (int i = 0; i < 30 && net.step(); ++i) {
    }
    bytes += net.bytes(cable);
    net.cut(cable);
    if (breaks % 3 == 0) net.crash(1);
    cable = net.connect(1, 0);
    REQUIRE(++breaks < 60);
  }
  CHECK(breaks > 2);
  CHECK(bytes + net.bytes(cable) < content.size() * 3 / 2);
}

TEST_CASE("contents: nobody has it for now; the others are asked seldom, and it comes once somebody has") {
  Net net = Net::region(4);
  std::vector<Net::Cable> cables;
  for (std::size_t machine = 1; machine < 4; ++machine) cables.push_back(net.connect(machine, 0));
  for (std::size_t machine = 2; machine < 4; ++machine) cables.push_back(net.connect(machine, 1));
  const Bytes content = random_content(200 * kChunkBytes);
  for (const Net::Cable cable : cables) {  // entries travel, and no values
    net.withhold(cable, [](std::size_t, const Message& message) { return !std::holds_alternative<ValuesMessage>(message); });
  }
  const RecordKey file = write_file(net, 0, "Film.mp4", content);
  net.run();
  net.advance(1s);
  net.cut_all();
  for (std::size_t machine = 2; machine < 4; ++machine) net.connect(machine, 1);  // the author sleeps
  net.run();
  const std::size_t before = net.frames("ask values");
  net.advance(10min);
  CHECK(net.frames("ask values") - before < 200);
  CHECK(content_at(net, 2, file, content.size()).empty());
  net.connect(1, 0);
  net.run();
  REQUIRE(net.converge(kValuesAgain + 3min));
  for (std::size_t machine = 0; machine < 4; ++machine) CHECK(content_at(net, machine, file, content.size()) == content);
}

TEST_CASE("contents: an erased file is destroyed everywhere, and is not fetched by who never had it") {
  Net net = Net::region(3);
  fetch_when_wanted(net, 2);
  for (std::size_t machine = 1; machine < 3; ++machine) net.connect(machine, 0);
  const Bytes content = random_content(5 * kChunkBytes);
  const RecordKey file = write_file(net, 0, "Personale.xlsx", content);
  REQUIRE(net.converge());
  REQUIRE(content_at(net, 1, file, content.size()) == content);
  erase_file(net, 0, file, content.size());
  REQUIRE(net.converge());
  net.advance(kErasureDelay + 1min);
  for (std::size_t machine = 0; machine < 3; ++machine) {
    CHECK(content_at(net, machine, file, content.size()).empty());
    CHECK(file_name_at(net, machine, file).empty());
    CHECK(net.network(machine).missing == 0);
    CHECK(checks_out(net, machine));
    CHECK_FALSE(store_holds(net.storage(machine), View(content).first(64)));
  }
  want_file(net, 2, file, content.size());
  CHECK(net.network(2).missing == 0);
}

TEST_CASE("contents: a chunk that is not what its entry says costs the link, and another peer gives the right one") {
  Net net = Net::region(3);
  const auto lying = net.connect(2, 0);
  const Bytes content = random_content(2 * kChunkBytes);
  net.withhold(lying, [](std::size_t, const Message& message) { return !std::holds_alternative<ValuesMessage>(message); });
  const RecordKey file = write_file(net, 0, "Brev.docx", content);
  net.run();
  net.advance(1s);
  ValuesMessage lie{net.network(0).row.id, {}};
  lie.answers.push_back({ValuesPresence::Here, encode_values(Salt{}, {value_of(Chunk{0, Bytes(kChunkBytes, 1)})})});
  net.inject(lying, 2, encode(Message(lie)));
  net.run();
  CHECK_FALSE(net.is_up(lying));
  net.connect(2, 0);
  net.connect(1, 0);
  REQUIRE(net.converge());
  CHECK(content_at(net, 2, file, content.size()) == content);
}
