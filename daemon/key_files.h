// The secret keys of a home, and the passphrase that may seal them.
//
// Shape        keys/NAME.key holds the 32 bytes of a secret, or, when they are sealed:
//                "budstikke key\n" · version 1 (= 1) · nonce 24 · box 48, under the lock key
//              keys/lock, which is there while the keys have a passphrase:
//                "budstikke lock\n" · version 1 (= 1) · passes 4 · memory in KiB 4 · salt 16 · nonce 24 · box 48
//              Its box holds the lock key, 32 random bytes, under the key that is stretched from the passphrase
//              (base/passphrase.h). So another passphrase is one file written anew, and a passphrase costs one stretching
//              whatever it seals.
// Invariants   All are files of this user alone (store/private_file.h), and whole whenever the machine stops. With a
//              passphrase set or taken away half-way the lock is there, and keys that are not sealed are read as they are and
//              sealed once the passphrase is known: seal_all(). The passphrase is kept nowhere; the lock key in memory only.
// Errors       NotAllowed: not this passphrase, or none was given yet. Damaged: a file is not of this shape, or not sealed under
//              this lock. Full: the machine has not the memory to look. Conflict, Io, NotFound as of private files.
// Cost         unlock() and set_passphrase() take as long as limits.h says.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "protocol/base/passphrase.h"
#include "protocol/base/result.h"
#include "store/private_file.h"

namespace budstikke::daemon {

struct KeyLock {
  StretchCost cost;
  PassphraseSalt salt;
  BoxNonce nonce;
  Box box;
};
Bytes encode(const KeyLock& lock);
Result<KeyLock> parse_key_lock(View bytes);

struct SealedSecret {
  BoxNonce nonce;
  Box box;
};
Bytes encode(const SealedSecret& sealed);
Result<SealedSecret> parse_sealed_secret(View bytes);

class KeyFiles {
 public:
  explicit KeyFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}

  bool has_passphrase() const;
  bool is_locked() const { return has_passphrase() && lock_key_ == nullptr; }
  Status unlock(std::string_view passphrase);
  // Whether it is the passphrase that there is; false where there is none.
  Result<bool> is_passphrase(std::string_view passphrase) const;

  std::filesystem::path path_of(std::string_view name) const { return folder_ / (std::string(name) + ".key"); }
  bool has(std::string_view name) const;
  Result<Seed> read(std::string_view name) const;
  // Sealed, where the keys have a passphrase.
  Status write(std::string_view name, const Seed& secret, store::Existing existing) const;

  // Gives the keys a passphrase, or another one. Not while they are locked. Invalid for one that is too short or too long.
  Status set_passphrase(std::string_view passphrase);
  Status remove_passphrase();
  Status seal_all() const;

 private:
  struct LockKey {
    Seed key;
    ~LockKey() { wipe(key); }
  };
  Result<KeyLock> read_lock() const;
  Status each_key(const std::function<Status(const std::string& name)>& take) const;

  std::filesystem::path folder_;
  std::unique_ptr<LockKey> lock_key_;  // while it is known
};

}  // namespace budstikke::daemon
