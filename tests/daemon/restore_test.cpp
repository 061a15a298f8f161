// A home from a backup: whole or not at all, whatever lies in its place and whenever it is cut short.
#include "daemon/restore.h"

#include <doctest/doctest.h>

#include <set>

#include "daemon/backup.h"
#include "daemon/networks_file.h"
#include "daemon/recovery.h"
#include "tests/support/home.h"
#include "tests/support/wait.h"

using namespace budstikke;
using namespace budstikke::daemon;
using namespace budstikke::tests;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr WallTime kWhen{1'790'000'000'000};

store::StorageOptions options_of(std::uint8_t number = 1) {
  store::StorageOptions options;
  options.map_bytes = 256 * 1024 * 1024;
  options.new_store_id.bytes.fill(number);
  return options;
}

void make_home(const fs::path& folder, const std::string& council, std::uint8_t number = 1) {
  Config config;
  config.council = council;
  REQUIRE(Home::create(folder, config, [&](const fs::path& store) -> Status {
            const auto storage = store::LmdbStorage::open(store, options_of(number));
            return storage ? done() : Status(storage.error());
          }).ok());
}

std::unique_ptr<store::LmdbStorage> store_of(const fs::path& folder) {
  auto storage = store::LmdbStorage::open(folder / "store", options_of());
  REQUIRE(storage.ok());
  return std::move(*storage);
}

std::string council_of_home(const fs::path& folder) {
  const Result<Home> home = Home::open(folder);
  return home ? home->config().council : "none";
}

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename().string());
  names.erase("lock");
  return names;
}

// What belongs to a run, or to the file system it lies on, and not to the node. Any other file that a home ever gets must be in
// a backup.
const std::set<std::string> kNotInBackups = {"lock",     "running",        "stopped",    "api.sock",
                                             "api.path", "store/lock.mdb", "last-backup", "ticket"};

std::set<std::string> files_of_node(const fs::path& home) {
  std::set<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(home)) {
    const std::string name = fs::relative(entry.path(), home).string();
    if (!entry.is_directory() && !kNotInBackups.contains(name)) names.insert(name);
  }
  return names;
}

// A home with a few rows, and a backup of it.
class BackedUp {
 public:
  BackedUp() {
    make_home(home, "Ærø Integrationsråd");
    fs::create_directory(home / "config.d");
    write_file(home / "config.d" / "10-it.toml", "[network]\nfiles = \"wanted\"\n");
    auto storage = store_of(home);
    for (std::uint8_t i = 1; i <= 100; ++i) REQUIRE(storage->put(Table::Entries, Bytes{i}, Bytes(300, i)).ok());
    REQUIRE(storage->put(Table::RecordIds, Bytes(40, 7), Bytes{1}).ok());
    REQUIRE(storage->put(Table::Meta, view_of(kPlaceKey), Bytes{1}).ok());
    REQUIRE(storage->commit().ok());
    REQUIRE(write_networks_file(home / "networks", encode(KnownNetworks{storage->store_id(), {}})).ok());
    Result<Home> opened = Home::open(home);
    REQUIRE(opened.ok());
    REQUIRE(opened->sealing_pair().ok());
    REQUIRE(back_up(*opened, *storage, file) == "done");
  }

  static std::string back_up(const Home& opened, const store::LmdbStorage& storage, const fs::path& into) {
    Value about;
    about.set("store_format", std::int64_t{store::kStoreFormat});
    const auto backup = Backup::begin(opened, storage, about);
    if (!backup) return backup.error().text;
    std::string whole;
    Result<BackupPiece> piece = BackupPiece{};
    REQUIRE(eventually(20s, [&] {
      piece = (*backup)->take(1'000);
      if (!piece) return true;
      whole += budstikke::text_of(piece->data);
      return piece->done.has_value();
    }));
    if (!piece) return piece.error().text;
    CHECK(piece->done->bytes == whole.size());
    CHECK((*backup)->taken() == whole.size());
    write_file(into, whole);
    return "done";
  }

  TempHome temporary;
  fs::path home = temporary.path() / "home", file = temporary.path() / "kopi";
};

std::string tried(const fs::path& file) {
  const auto outcome = try_backup(file);
  const auto* refused = std::get_if<RestoreRefused>(&outcome);
  return refused == nullptr ? "whole" : std::to_string(static_cast<int>(refused->exit));
}

std::string restore(const fs::path& folder, const fs::path& file, bool replace = false) {
  const std::optional<RestoreRefused> refused = restore_home(folder, file, replace, kWhen);
  return refused ? std::to_string(static_cast<int>(refused->exit)) : "done";
}

}  // namespace

TEST_CASE("restore: a new home holds what the old one did, and is marked as restored") {
  BackedUp backed_up;
  const fs::path folder = backed_up.temporary.path() / "deep" / "er" / "home";
  REQUIRE(restore(folder, backed_up.file) == "done");
  CHECK(council_of_home(folder) == "Ærø Integrationsråd");
  CHECK(files_of_node(folder) == std::set<std::string>{"config.d/10-it.toml", "config.toml", "keys/identity.key",
                                                       "keys/sealing.key", "keys/transport.key", "networks", "store/data.mdb"});
  for (const std::string& name : files_of_node(folder)) {
    CAPTURE(name);
    CHECK((fs::status(folder / name).permissions() & fs::perms::all) == (fs::perms::owner_read | fs::perms::owner_write));
    if (name == "store/data.mdb" || name == "networks") continue;  // the same rows in another file; the store's id
    CHECK(read_file(folder / name) == read_file(backed_up.home / name));
  }
  CHECK(names_in(folder) == std::set<std::string>{"config.d", "config.toml", "keys", "networks", "store"});
  const auto storage = store_of(folder);
  for (std::uint8_t i = 1; i <= 100; ++i) {
    const auto row = storage->get(Table::Entries, Bytes{i});
    REQUIRE((row && *row));
    CHECK(same_bytes(**row, Bytes(300, i)));
  }
  CHECK(storage->get(Table::RecordIds, Bytes(40, 7))->has_value());
  CHECK(storage->get(Table::Meta, view_of(kRestoredKey))->has_value());
  CHECK_FALSE(storage->get(Table::Meta, view_of(kPlaceKey))->has_value());
  CHECK(storage->store_id() != store_of(backed_up.home)->store_id());
  CHECK(read_networks_file(folder / "networks")->store == storage->store_id());
}

TEST_CASE("restore: what is in the folder is replaced only when asked, and kept beside") {
  BackedUp backed_up;
  const fs::path other = backed_up.temporary.path() / "other";
  make_home(other, "Fanø Integrationsråd", 2);
  const std::set<std::string> before = names_in(other);
  CHECK(restore(other, backed_up.file) == "78");
  CHECK(names_in(other) == before);
  CHECK(council_of_home(other) == "Fanø Integrationsråd");
  REQUIRE(restore(other, backed_up.file, true) == "done");
  CHECK(council_of_home(other) == "Ærø Integrationsråd");
  const fs::path aside = other / "replaced-20260921T141320Z";
  CHECK(names_in(aside) == std::set<std::string>{"config.toml", "keys", "store"});
  CHECK(read_config(aside)->config.council == "Fanø Integrationsråd");
  REQUIRE(restore(other, backed_up.file, true) == "done");  // a second time in the same second
  CHECK(fs::exists(other / "replaced-20260921T141320Z-2" / "store" / "data.mdb"));
}

TEST_CASE("restore: a file that is damaged, cut short, or none changes nothing") {
  BackedUp backed_up;
  const fs::path folder = backed_up.temporary.path() / "new";
  const std::string whole = read_file(backed_up.file);
  const fs::path bad = backed_up.temporary.path() / "bad";
  for (const std::string& content :
       {whole.substr(0, whole.size() - 1), whole.substr(0, 18), whole + "x", std::string("no backup"), std::string()}) {
    write_file(bad, content);
    CHECK(restore(folder, bad) == "65");
    CHECK(tried(bad) == "65");
  }
  std::string flipped = whole;
  flipped[whole.size() / 2] = static_cast<char>(flipped[whole.size() / 2] ^ 1);
  write_file(bad, flipped);
  CHECK(restore(folder, bad) == "65");
  flipped = whole;
  flipped[17] = 9;
  write_file(bad, flipped);
  CHECK(restore(folder, bad) == "76");
  CHECK(tried(bad) == "76");
  CHECK(tried(backed_up.temporary.path() / "nowhere") == "66");
  CHECK(restore(folder, backed_up.temporary.path() / "nowhere") == "66");
  CHECK(restore(folder, backed_up.temporary.path()) == "66");
  CHECK_FALSE(fs::exists(folder));
}

TEST_CASE("restore: a trial tells what the file is, and makes nothing") {
  BackedUp backed_up;
  const auto before = names_in(backed_up.temporary.path());
  const auto outcome = try_backup(backed_up.file);
  const auto* facts = std::get_if<Value>(&outcome);
  REQUIRE(facts != nullptr);
  CHECK(facts->integer("rows") == 101);
  CHECK(facts->integer("left_out") == 0);
  CHECK(facts->integer("bytes") == static_cast<std::int64_t>(fs::file_size(backed_up.file)));
  CHECK(facts->integer("store_format") == store::kStoreFormat);
  CHECK(names_in(backed_up.temporary.path()) == before);
}

TEST_CASE("backup: the home remembers the last one, whatever its name; a note that is none counts as none") {
  BackedUp backed_up;
  Result<Home> home = Home::open(backed_up.home);
  REQUIRE(home.ok());
  CHECK_FALSE(last_backup(*home));
  REQUIRE(note_backup(*home, {"2026-11-26T03:15:00Z", "/mnt/en kopi\nmed alt"}).ok());
  REQUIRE(last_backup(*home));
  CHECK(last_backup(*home)->at == "2026-11-26T03:15:00Z");
  CHECK(last_backup(*home)->file == "/mnt/en kopi\nmed alt");
  for (const std::string& none :
       {std::string(), std::string("i går /mnt"), std::string("2026-11-26T03:15:00Z"), std::string(9000, 'x')}) {
    write_file(backed_up.home / "last-backup", none);
    CHECK_FALSE(last_backup(*home));
  }
}

TEST_CASE("restore: a home in which a daemon runs is left alone") {
  BackedUp backed_up;
  const Result<Home> running = Home::open(backed_up.home);
  REQUIRE(running.ok());
  const std::set<std::string> before = names_in(backed_up.home);
  CHECK(restore(backed_up.home, backed_up.file, true) == "75");
  CHECK(names_in(backed_up.home) == before);
}

TEST_CASE("restore: cut short at any step, the next start finds the old home or the new one, whole") {
  BackedUp backed_up;
  const char* const pieces[] = {"store", "keys", "networks", "config.d", "config.toml"};
  for (int steps = 0; steps <= 10; ++steps) {  // each piece goes aside, and then comes
    CAPTURE(steps);
    const fs::path fresh = backed_up.temporary.path() / ("fresh" + std::to_string(steps));
    const fs::path folder = backed_up.temporary.path() / ("home" + std::to_string(steps));
    REQUIRE(restore(fresh, backed_up.file) == "done");
    make_home(folder, "Fanø Integrationsråd", 2);
    write_file(folder / "networks", "of before");
    fs::create_directory(folder / "config.d");
    write_file(folder / "config.d" / "20.toml", "[council]\nname = \"Fanø Integrationsråd\"\n");  // would count over what comes
    fs::create_directory(folder / "restoring");
    for (const char* piece : pieces) fs::rename(fresh / piece, folder / "restoring" / piece);
    CHECK(council_of_home(folder) == "Fanø Integrationsråd");  // not marked complete: it never was
    write_file(folder / "restoring" / "complete", "replaced-then\nnetworks\n");
    fs::create_directory(folder / "replaced-then");
    for (int step = 0; step < steps; ++step) {
      const char* piece = pieces[step / 2];
      if (step % 2 == 0) fs::rename(folder / piece, folder / "replaced-then" / piece);
      if (step % 2 == 1) fs::rename(folder / "restoring" / piece, folder / piece);
    }
    CHECK(council_of_home(folder) == "Ærø Integrationsråd");
    CHECK(read_file(folder / "replaced-then" / "networks") == "of before");
    CHECK(read_config(folder / "replaced-then")->config.council == "Fanø Integrationsråd");
    CHECK_FALSE(fs::exists(folder / "restoring"));
    CHECK(store_of(folder)->get(Table::Entries, Bytes{1})->has_value());
  }
}

TEST_CASE("backup: one that is not taken waits, and ends when it is given up") {
  BackedUp backed_up;
  auto storage = store_of(backed_up.home);
  for (std::uint8_t i = 1; i <= 200; ++i) REQUIRE(storage->put(Table::Entries, Bytes{i, i}, Bytes(60'000, i)).ok());
  REQUIRE(storage->commit().ok());
  Result<Home> home = Home::open(backed_up.home);
  REQUIRE(home.ok());
  auto backup = Backup::begin(*home, *storage, Value::map());
  REQUIRE(backup.ok());
  std::size_t taken = 0;
  REQUIRE(eventually(20s, [&] { return (taken += (*backup)->take(1'000'000)->data.size()) > 2'000'000; }));
  CHECK_FALSE((*backup)->take(10)->done);
  backup->reset();  // does not hang, though most of it was never taken
}

TEST_CASE("place: a home that is copied, or put back over itself, is noticed at the next start; what is not is not") {
  BackedUp backed_up;
  const auto start = [](const fs::path& folder, bool look = false) {
    Result<Home> home = Home::open(folder);
    REQUIRE(home.ok());
    store::StorageOptions options = options_of();
    options.create = false;
    auto opened = open_store(*home, options, look);
    REQUIRE(opened.ok());
    const bool told = opened->storage->get(Table::Meta, view_of(kRestoredKey))->has_value();
    if (told) {
      REQUIRE(opened->storage->erase(Table::Meta, view_of(kRestoredKey)).ok());
      REQUIRE(opened->storage->commit().ok());
    }
    REQUIRE(opened->storage->put(Table::Local, Bytes{1}, Bytes{2}).ok());
    REQUIRE(opened->storage->commit().ok());
    CHECK(told == (opened->moved != Moved::No));
    opened->storage.reset();
    note_end(*home);
    return opened->moved;
  };
  const fs::path home = backed_up.home, copy = backed_up.temporary.path() / "copy", other = backed_up.temporary.path() / "other";
  (void)start(home);  // notes where it lies
  CHECK(start(home) == Moved::No);
  CHECK(start(home, true) == Moved::No);
  fs::rename(home, other);
  CHECK(start(other) == Moved::No);
  fs::rename(other, home);
  fs::copy(home, copy, fs::copy_options::recursive);
  CHECK(start(home) == Moved::No);
  CHECK(start(copy) == Moved::File);
  CHECK(start(copy) == Moved::No);
  // An older copy is written over the files, which stay the same files.
  fs::copy(home, other, fs::copy_options::recursive);
  CHECK(start(home) == Moved::No);
  for (const char* name : {"store/data.mdb", "stopped", "networks"}) {
    fs::copy_file(other / name, home / name, fs::copy_options::overwrite_existing);
  }
  CHECK(start(home) == Moved::Changed);
  CHECK(start(home) == Moved::No);
}
