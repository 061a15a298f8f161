// The home folder of one node: where its files are, who may read them, and that only one daemon uses it at a time.
//
// Shape        config.toml and config.d/*.toml (config.h) · keys/identity.key (32-byte seed) · keys/transport.key (32 bytes, read
// by the door) ·
//              keys/sealing.key (32 bytes, made when it is missing) · keys/transport-next.key (while the transport key is being
//              changed: key_change.h) · keys/lock (when the keys have a passphrase: key_files.h) · store/ ·
//              networks (what must be known to fetch everything again) · running (while a daemon runs, or when it did not end
//              cleanly) · stopped (how the last run left the store's file, when it did) · last-backup (backup.h) · ticket (from
//              `init`, until it was used) · restoring/, replaced-TIME/ (restore.h)
//              · api.sock (or api.path, naming a path elsewhere) · lock. Folders 0700, keys 0600. A NAME.new is of a
//              file that was being written when the machine stopped (store/private_file.h).
// Errors       Everything is refused with a text that names the file and what to do; an Io error carries the system's reason.
#pragma once

#include <filesystem>
#include <functional>

#include "daemon/config.h"
#include "daemon/key_files.h"
#include "protocol/base/result.h"
#include "protocol/base/sealing.h"
#include "store/folder_lock.h"

namespace budstikke::daemon {

struct ApiPlace {
  std::string path;
  bool for_group = false;  // whoever is in the folder's group may ask, not this user alone
};

class Home {
 public:
  // Makes a new home; `make_store` makes the store in the folder it is given. Conflict when there is a home already; nothing
  // is left behind when it fails. With a ticket the node joins its network by itself.
  static Status create(const std::filesystem::path& folder, const Config& config,
                       const std::function<Status(const std::filesystem::path&)>& make_store, const std::string& ticket = {});
  // Opens an existing home and locks it. NotFound when the folder is no home, Conflict when a daemon runs in it.
  static Result<Home> open(const std::filesystem::path& folder);

  const Config& config() const { return config_.config; }
  const ReadConfig& read_config() const { return config_; }
  // From now on this is what the node goes by.
  void use(ReadConfig config) { config_ = std::move(config); }
  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path store() const { return folder_ / "store"; }
  std::filesystem::path search_index() const { return folder_ / "search"; }  // derived: may be deleted while no node runs
  std::filesystem::path ticket_file() const { return folder_ / "ticket"; }
  std::filesystem::path networks_file() const { return folder_ / "networks"; }
  std::filesystem::path transport_key() const { return keys_.path_of("transport"); }
  KeyFiles& keys() { return keys_; }
  const KeyFiles& keys() const { return keys_; }
  // Where the API socket goes. Of a service, as RUNTIME_DIRECTORY tells, in that folder and for its group; else in the home. When
  // the path is too long for a socket, a short folder is made elsewhere. api.path names what does not lie in the home.
  // Conflict: another node answers there.
  Result<ApiPlace> api_socket() const;
  // The keys; NotAllowed while they are locked.
  Result<Seed> identity_seed() const;
  Result<TransportPair> transport_pair() const;
  // To which bundles are sealed. Made anew when it is missing, as in homes of earlier programs: others are told of the new one.
  Result<SealingPair> sealing_pair() const;

 private:
  Home(std::filesystem::path folder, ReadConfig config, store::FolderLock lock)
      : folder_(std::move(folder)), config_(std::move(config)), keys_(folder_ / "keys"), lock_(std::move(lock)) {}
  std::filesystem::path folder_;
  ReadConfig config_;
  KeyFiles keys_;
  store::FolderLock lock_;
};

}  // namespace budstikke::daemon
