// The keys of a home: with and without a passphrase, and whatever stops the change from the one to the other.
#include "daemon/key_files.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <map>

#include "protocol/base/limits.h"
#include "tests/support/home.h"

using namespace budstikke;
using namespace budstikke::daemon;
using namespace budstikke::tests;
namespace fs = std::filesystem;

namespace {

constexpr const char* kFirst = "ni violette elefanter";
constexpr const char* kSecond = "fire grå gæs i en sø";
constexpr const char* kKeyNames[] = {"identity", "sealing", "transport"};

Seed secret_of(std::size_t number) {
  Seed seed;
  seed.bytes.fill(static_cast<std::uint8_t>(0x61 + number));
  return seed;
}

// Three keys in a folder of their own.
struct Keys {
  TempHome folder;
  KeyFiles files{folder.path()};
  Keys() {
    for (std::size_t i = 0; i < 3; ++i) REQUIRE(files.write(kKeyNames[i], secret_of(i), store::Existing::Refuse).ok());
  }
  KeyFiles anew() const { return KeyFiles(folder.path()); }
  std::string content(const std::string& name) const { return read_file(folder.path() / name); }
  std::map<std::string, std::string> all() const {
    std::map<std::string, std::string> contents;
    for (const auto& entry : fs::directory_iterator(folder.path())) {
      contents[entry.path().filename().string()] = read_file(entry.path());
    }
    return contents;
  }
  void put(const std::map<std::string, std::string>& contents) {
    for (const auto& entry : fs::directory_iterator(folder.path())) fs::remove(entry.path());
    for (const auto& [name, bytes] : contents) {
      write_file(folder.path() / name, bytes);
      fs::permissions(folder.path() / name, fs::perms::owner_read | fs::perms::owner_write);
    }
  }
};

bool reads_all(const KeyFiles& files) {
  for (std::size_t i = 0; i < 3; ++i) {
    const Result<Seed> secret = files.read(kKeyNames[i]);
    if (!secret || *secret != secret_of(i)) return false;
  }
  return true;
}

Code code_of(const Status& status) { return status.error().code; }

}  // namespace

TEST_CASE("key files: without a passphrase they hold the 32 bytes, and with one nothing that is in them") {
  Keys keys;
  CHECK_FALSE(keys.files.has_passphrase());
  CHECK(keys.content("identity.key") == std::string(32, 'a'));
  CHECK_FALSE(*keys.files.is_passphrase(kFirst));
  REQUIRE(keys.files.set_passphrase(kFirst).ok());
  CHECK(keys.files.has_passphrase());
  CHECK_FALSE(keys.files.is_locked());
  CHECK(reads_all(keys.files));
  for (const auto& [name, bytes] : keys.all()) {
    for (const char letter : {'a', 'b', 'c'}) CHECK(bytes.find(std::string(8, letter)) == std::string::npos);
    struct stat info {};
    REQUIRE(::stat((keys.folder.path() / name).c_str(), &info) == 0);
    CHECK((info.st_mode & 07777) == 0600);
  }
  CHECK(keys.all().size() == 4);

  KeyFiles locked = keys.anew();
  CHECK(locked.is_locked());
  CHECK(locked.read("identity").error().code == Code::NotAllowed);
  CHECK(code_of(locked.write("other", secret_of(7), store::Existing::Refuse)) == Code::NotAllowed);
  CHECK(code_of(locked.set_passphrase(kSecond)) == Code::NotAllowed);
  CHECK(code_of(locked.remove_passphrase()) == Code::NotAllowed);
  CHECK(code_of(locked.unlock(kSecond)) == Code::NotAllowed);
  CHECK(locked.is_locked());
  REQUIRE(locked.unlock(kFirst).ok());
  CHECK(reads_all(locked));

  // Another passphrase is another lock, and nothing else.
  const std::map<std::string, std::string> before = keys.all();
  REQUIRE(locked.set_passphrase(kSecond).ok());
  for (const auto& [name, bytes] : keys.all()) CHECK((bytes == before.at(name)) == (name != "lock"));
  CHECK_FALSE(*locked.is_passphrase(kFirst));
  CHECK(*locked.is_passphrase(kSecond));

  REQUIRE(locked.write("other", secret_of(7), store::Existing::Refuse).ok());
  CHECK(*locked.read("other") == secret_of(7));
  CHECK(keys.content("other.key").size() > 32);
  REQUIRE(locked.remove_passphrase().ok());
  CHECK_FALSE(locked.has_passphrase());
  CHECK(reads_all(keys.anew()));
  CHECK(keys.content("other.key") == std::string(32, 'h'));
}

TEST_CASE("key files: a passphrase is neither short nor endless") {
  Keys keys;
  CHECK(code_of(keys.files.set_passphrase(std::string(kPassphraseBytesMin - 1, 'x'))) == Code::Invalid);
  CHECK(code_of(keys.files.set_passphrase(std::string(kPassphraseBytesMax + 1, 'x'))) == Code::Invalid);
  CHECK_FALSE(keys.files.has_passphrase());
  CHECK(keys.files.set_passphrase(std::string(kPassphraseBytesMin, 'x')).ok());
}

TEST_CASE("key files: wherever setting or taking away a passphrase stops, the passphrase opens them, or they need none") {
  Keys keys;
  const std::map<std::string, std::string> open = keys.all();
  REQUIRE(keys.files.set_passphrase(kFirst).ok());
  const std::map<std::string, std::string> sealed = keys.all();
  // The lock comes first and goes last; of the keys any number may be sealed.
  for (int of_eight = 0; of_eight < 8; ++of_eight) {
    CAPTURE(of_eight);
    std::map<std::string, std::string> between{{"lock", sealed.at("lock")}};
    for (int i = 0; i < 3; ++i) {
      const std::string name = std::string(kKeyNames[i]) + ".key";
      between[name] = (of_eight >> i & 1) != 0 ? sealed.at(name) : open.at(name);
    }
    between["identity.key.new"] = open.at("identity.key");  // which was being written
    keys.put(between);
    KeyFiles again = keys.anew();
    CHECK(again.is_locked());
    REQUIRE(again.unlock(kFirst).ok());
    CHECK(reads_all(again));
    REQUIRE(again.seal_all().ok());
    CHECK(reads_all(again));
    for (const auto& [name, bytes] : keys.all()) CHECK(bytes.size() != 32);
    CHECK_FALSE(keys.all().contains("identity.key.new"));
  }
}

TEST_CASE("key files: a file that is damaged, or was sealed elsewhere, is told, with what to do") {
  Keys keys, others;
  REQUIRE(keys.files.set_passphrase(kFirst).ok());
  REQUIRE(others.files.set_passphrase(kFirst).ok());
  const fs::path identity = keys.files.path_of("identity");
  const std::string whole = read_file(identity);
  const auto refused = [&](const std::string& content) {
    write_file(identity, content);
    const Result<Seed> secret = keys.files.read("identity");
    if (secret) return false;
    CHECK(secret.error().code == Code::Damaged);
    CHECK(secret.error().text.find(identity.string()) != std::string::npos);
    return secret.error().text.find("backup") != std::string::npos;
  };
  for (const std::size_t at : {0UL, 14UL, 15UL, 40UL, whole.size() - 1}) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    CHECK(refused(flipped));
  }
  CHECK(refused(whole + "x"));
  CHECK(refused(whole.substr(0, whole.size() - 1)));
  CHECK(refused(""));
  CHECK(refused(others.content("identity.key")));
  write_file(identity, whole);
  CHECK(reads_all(keys.files));

  const fs::path lock = keys.folder.path() / "lock";
  const std::string whole_lock = read_file(lock);
  write_file(lock, whole_lock.substr(1));
  CHECK(code_of(keys.anew().unlock(kFirst)) == Code::Damaged);
  std::string costly = whole_lock;
  costly[16] = '\x7f';  // passes
  write_file(lock, costly);
  CHECK(code_of(keys.anew().unlock(kFirst)) == Code::Damaged);
  fs::remove(lock);
  CHECK(keys.anew().read("identity").error().text.find("lock") != std::string::npos);
}

TEST_CASE("key files: what others may read, or what is no file, is refused") {
  Keys keys;
  REQUIRE(keys.files.set_passphrase(kFirst).ok());
  for (const char* name : {"identity.key", "lock"}) {
    fs::permissions(keys.folder.path() / name, fs::perms::group_read, fs::perm_options::add);
    KeyFiles again = keys.anew();
    const Status unlocked = again.unlock(kFirst);
    const Status read = unlocked ? Status(again.read("identity").error()) : unlocked;
    CHECK(code_of(read) == Code::Conflict);
    CHECK(read.error().text.find("chmod 600") != std::string::npos);
    fs::permissions(keys.folder.path() / name, fs::perms::group_read, fs::perm_options::remove);
  }
}
