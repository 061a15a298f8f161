#include "daemon/key_files.h"

#include <unistd.h>

#include <cerrno>

#include "daemon/door/transport_key.h"
#include "protocol/base/limits.h"
#include "store/file_system.h"

namespace budstikke::daemon {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLockMagic = "budstikke lock\n";
constexpr std::string_view kKeyMagic = "budstikke key\n";
constexpr std::uint8_t kKeyFileVersion = 1;
constexpr std::size_t kLockBytes = kLockMagic.size() + 1 + 4 + 4 + PassphraseSalt::kSize + BoxNonce::kSize + Box::kSize;
constexpr std::size_t kSealedBytes = kKeyMagic.size() + 1 + BoxNonce::kSize + Box::kSize;
static_assert(kSealedBytes > Seed::kSize, "the two shapes of a key file differ in length");

template <class Drawn>
Drawn draw() {
  return Drawn::from(random_seed().view().first(Drawn::kSize));
}

std::string lock_file_of(const fs::path& folder) { return (folder / "lock").string(); }

Error wrong_size(const fs::path& path) {
  return {Code::Damaged, path.string() + " is not 32 bytes long; put it back from a backup"};
}

}  // namespace

// --- Shapes ----------------------------------------------------------------------------------------------------------

Bytes encode(const KeyLock& lock) {
  Bytes bytes;
  ByteWriter writer(bytes);
  writer.raw(view_of(kLockMagic));
  writer.u8(kKeyFileVersion);
  writer.u32(lock.cost.passes);
  writer.u32(lock.cost.memory_kib);
  writer.raw(lock.salt);
  writer.raw(lock.nonce);
  writer.raw(lock.box);
  return bytes;
}

Result<KeyLock> parse_key_lock(View bytes) {
  ByteReader reader(bytes);
  const bool begins = budstikke::text_of(reader.raw(kLockMagic.size())) == kLockMagic && reader.u8() == kKeyFileVersion;
  KeyLock lock;
  lock.cost.passes = reader.u32();
  lock.cost.memory_kib = reader.u32();
  lock.salt = reader.fixed<PassphraseSalt>();
  lock.nonce = reader.fixed<BoxNonce>();
  lock.box = reader.fixed<Box>();
  const StretchCost& cost = lock.cost;
  const bool is_payable = cost.passes >= 1 && cost.passes <= kPassphrasePassesMax && cost.memory_kib >= 8 &&
                          cost.memory_kib <= kPassphraseMemoryKibMax;
  if (!begins || !reader.done() || !is_payable) return Error{Code::Damaged, "the lock of the keys is damaged"};
  return lock;
}

Bytes encode(const SealedSecret& sealed) {
  Bytes bytes;
  ByteWriter writer(bytes);
  writer.raw(view_of(kKeyMagic));
  writer.u8(kKeyFileVersion);
  writer.raw(sealed.nonce);
  writer.raw(sealed.box);
  return bytes;
}

Result<SealedSecret> parse_sealed_secret(View bytes) {
  ByteReader reader(bytes);
  const bool begins = budstikke::text_of(reader.raw(kKeyMagic.size())) == kKeyMagic && reader.u8() == kKeyFileVersion;
  SealedSecret sealed;
  sealed.nonce = reader.fixed<BoxNonce>();
  sealed.box = reader.fixed<Box>();
  if (!begins || !reader.done()) return Error{Code::Damaged, "a sealed key is damaged"};
  return sealed;
}

// --- The passphrase --------------------------------------------------------------------------------------------------

bool KeyFiles::has_passphrase() const {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(lock_file_of(folder_), ignored));
}

Result<KeyLock> KeyFiles::read_lock() const {
  const std::string path = lock_file_of(folder_);
  Result<Bytes> bytes = store::read_private_file(path, kLockBytes);
  if (!bytes && bytes.error().code != Code::TooLarge) return bytes.error();
  Result<KeyLock> lock =
      bytes ? parse_key_lock(*bytes) : Result<KeyLock>(Error{Code::Damaged, "the lock of the keys is damaged"});
  if (!lock) return Error{Code::Damaged, path + ": " + lock.error().text + "; put the home back from a backup"};
  return lock;
}

Status KeyFiles::unlock(std::string_view passphrase) {
  const Result<KeyLock> lock = read_lock();
  if (!lock) return lock.error();
  std::optional<Seed> stretched = stretch(passphrase, lock->salt, lock->cost);
  if (!stretched) return Error{Code::Full, "there is not enough free memory to try the passphrase"};
  std::optional<Seed> key = open_box(lock->box, *stretched, lock->nonce);
  wipe(*stretched);
  if (!key) return Error{Code::NotAllowed, "this is not the passphrase of the keys"};
  lock_key_ = std::make_unique<LockKey>(LockKey{*key});
  wipe(*key);
  return done();
}

Result<bool> KeyFiles::is_passphrase(std::string_view passphrase) const {
  if (!has_passphrase()) return false;
  KeyFiles again(folder_);
  const Status opened = again.unlock(passphrase);
  if (opened) return true;
  return opened.error().code == Code::NotAllowed ? Result<bool>(false) : opened.error();
}

Status KeyFiles::set_passphrase(std::string_view passphrase) {
  if (passphrase.size() < kPassphraseBytesMin) return Error{Code::Invalid, "a passphrase has at least 10 letters"};
  if (passphrase.size() > kPassphraseBytesMax) return Error{Code::Invalid, "a passphrase has at most 1024 bytes"};
  if (is_locked()) return Error{Code::NotAllowed, "the keys are locked"};
  auto key = std::make_unique<LockKey>(LockKey{lock_key_ != nullptr ? lock_key_->key : random_seed()});
  KeyLock lock{{kPassphrasePasses, kPassphraseMemoryKib}, draw<PassphraseSalt>(), draw<BoxNonce>(), {}};
  std::optional<Seed> stretched = stretch(passphrase, lock.salt, lock.cost);
  if (!stretched) return Error{Code::Full, "there is not enough free memory for a passphrase"};
  lock.box = seal_box(key->key, *stretched, lock.nonce);
  wipe(*stretched);
  const Status written = store::write_private_file(lock_file_of(folder_), encode(lock), store::Existing::Replace);
  if (!written) return written;
  lock_key_ = std::move(key);
  return seal_all();
}

// While a file is still sealed the lock stays, so that whatever stops this the passphrase is still of use.
Status KeyFiles::remove_passphrase() {
  if (!has_passphrase()) return done();
  if (is_locked()) return Error{Code::NotAllowed, "the keys are locked"};
  const Status opened = each_key([&](const std::string& name) -> Status {
    Result<Seed> secret = read(name);
    if (!secret) return secret.error();
    Status written = store::write_private_file(path_of(name), *secret, store::Existing::Replace);
    wipe(*secret);
    return written;
  });
  if (!opened) return opened;
  if (::unlink(lock_file_of(folder_).c_str()) != 0) return store::system_error(errno, "cannot remove " + lock_file_of(folder_));
  lock_key_.reset();
  return store::sync_directory(folder_);
}

Status KeyFiles::seal_all() const {
  if (lock_key_ == nullptr) return done();
  std::error_code failed;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_, failed)) {
    // What was being written when the machine stopped, as of a passphrase that was being taken away.
    if (entry.path().extension() == ".new") fs::remove(entry.path(), failed);
  }
  if (failed) return store::system_error(failed.value(), "cannot clear " + folder_.string());
  return each_key([&](const std::string& name) -> Status {
    const Result<Bytes> bytes = store::read_private_file(path_of(name), kSealedBytes);
    if (!bytes) return bytes.error();
    if (bytes->size() != Seed::kSize) return done();
    return write(name, Seed::from(*bytes), store::Existing::Replace);
  });
}

Status KeyFiles::each_key(const std::function<Status(const std::string& name)>& take) const {
  std::error_code failed;
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_, failed)) {
    if (entry.path().extension() == ".key") names.push_back(entry.path().stem().string());
  }
  if (failed) return store::system_error(failed.value(), "cannot read " + folder_.string());
  for (const std::string& name : names) {
    if (Status status = take(name); !status) return status;
  }
  return done();
}

// --- Keys ------------------------------------------------------------------------------------------------------------

bool KeyFiles::has(std::string_view name) const {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path_of(name), ignored));
}

Result<Seed> KeyFiles::read(std::string_view name) const {
  const fs::path path = path_of(name);
  const Result<Bytes> bytes = store::read_private_file(path, kSealedBytes);
  if (!bytes) return bytes.error().code == Code::TooLarge ? wrong_size(path) : bytes.error();
  if (bytes->size() == Seed::kSize) return Seed::from(*bytes);
  const Result<SealedSecret> sealed = parse_sealed_secret(*bytes);
  if (!sealed) return wrong_size(path);
  if (lock_key_ == nullptr && !has_passphrase()) {
    return Error{Code::Damaged,
                 path.string() + " is sealed, and " + lock_file_of(folder_) + " is not there; put the home back from a backup"};
  }
  if (lock_key_ == nullptr) return Error{Code::NotAllowed, "the keys are locked: their passphrase was not given yet"};
  const std::optional<Seed> secret = open_box(sealed->box, lock_key_->key, sealed->nonce);
  if (!secret)
    return Error{Code::Damaged, path.string() + " is not sealed under this home's lock; put the home back from a backup"};
  return *secret;
}

Status KeyFiles::write(std::string_view name, const Seed& secret, store::Existing existing) const {
  if (!has_passphrase()) return store::write_private_file(path_of(name), secret, existing);
  if (lock_key_ == nullptr) return Error{Code::NotAllowed, "the keys are locked: their passphrase was not given yet"};
  const auto nonce = draw<BoxNonce>();
  return store::write_private_file(path_of(name), encode(SealedSecret{nonce, seal_box(secret, lock_key_->key, nonce)}), existing);
}

}  // namespace budstikke::daemon
