#include "daemon/home.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "daemon/door/transport_key.h"
#include "daemon/restore.h"
#include "protocol/base/hash.h"
#include "protocol/base/text.h"
#include "store/file_system.h"
#include "store/private_file.h"

namespace budstikke::daemon {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxSocketPath = 107;  // sun_path less its zero
constexpr mode_t kPrivateFolder = 0700;
constexpr const char* kSocketName = "api.sock";

Error home_error(const std::string& what, const fs::path& path) { return store::system_error(errno, what + " " + path.string()); }

Status write_new(const fs::path& path, View bytes) { return store::write_private_file(path, bytes, store::Existing::Refuse); }

// The first of the folders that systemd made for the service; empty when this is none.
std::string runtime_folder() {
  const char* folders = std::getenv("RUNTIME_DIRECTORY");
  const std::string all = folders != nullptr ? folders : "";
  return all.substr(0, all.find(':'));
}

bool somebody_listens(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() > kMaxSocketPath) return false;
  path.copy(address.sun_path, path.size());
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool listens = probe >= 0 && ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  if (probe >= 0) ::close(probe);
  return listens;
}

Status fill(const fs::path& folder, const Config& config, const std::function<Status(const fs::path&)>& make_store,
            const std::string& ticket) {
  if (Status status = store::make_private_folder(folder / "keys"); !status) return status;
  const Seed identity = random_seed();
  if (Status status = write_new(folder / "keys" / "identity.key", identity); !status) return status;
  const TransportPair transport = random_transport_pair();
  if (Status status = write_new(folder / "keys" / "transport.key", transport.secret); !status) return status;
  if (Status status = make_store(folder / "store"); !status) return status;
  if (Status status = ticket.empty() ? done() : write_new(folder / "ticket", view_of(ticket)); !status) return status;
  return write_new(folder / "config.toml", view_of(text_of(config)));  // last: its presence makes the folder a home
}

}  // namespace

Status Home::create(const fs::path& folder, const Config& config, const std::function<Status(const fs::path&)>& make_store,
                    const std::string& ticket) {
  std::error_code ignored;
  if (fs::exists(folder / "config.toml", ignored)) {
    return Error{Code::Conflict, folder.string() + " is a home already; choose another folder with --home"};
  }
  const bool existed = fs::exists(folder, ignored);
  if (existed && !fs::is_empty(folder, ignored)) {
    return Error{Code::Conflict, folder.string() + " is not empty; choose a new or empty folder with --home"};
  }
  if (!existed) {
    std::error_code failed;
    fs::create_directories(folder.parent_path().empty() ? fs::path(".") : folder.parent_path(), failed);
    if (Status status = store::make_private_folder(folder); !status) return status;
  } else if (::chmod(folder.c_str(), kPrivateFolder) != 0) {
    return home_error("cannot make private", folder);
  }
  Status filled = fill(folder, config, make_store, ticket);
  if (!filled) {  // nothing half-made stays behind
    for (const char* left : {"config.toml", "ticket", "store", "keys"}) fs::remove_all(folder / left, ignored);
    if (!existed) fs::remove(folder, ignored);
  }
  return filled;
}

Result<Home> Home::open(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::exists(folder / "config.toml", ignored) && !is_restore_due(folder)) {
    return Error{Code::NotFound,
                 folder.string() + " is not a home; make one with: budstikke --home " + folder.string() + " init --council NAME"};
  }
  Result<store::FolderLock> lock = store::FolderLock::take(folder);
  if (!lock) return lock.error();
  if (is_restore_due(folder)) {  // it was cut short after the point of no return
    if (Status finished = finish_restore(folder); !finished) return finished.error();
  }
  Result<ReadConfig> config = daemon::read_config(folder);
  if (!config) return config.error();
  return Home(folder, std::move(*config), std::move(*lock));
}

Result<ApiPlace> Home::api_socket() const {
  const fs::path pointer = folder_ / "api.path";
  const auto point_to = [&](const fs::path& path, bool for_group) -> Result<ApiPlace> {
    const Status written = store::write_private_file(pointer, view_of(path.native()), store::Existing::Replace);
    return written ? Result<ApiPlace>(ApiPlace{path.string(), for_group}) : written.error();
  };
  if (const std::string folder = runtime_folder(); !folder.empty()) {
    const fs::path path = fs::path(folder) / kSocketName;
    if (somebody_listens(path.string())) {
      return Error{Code::Conflict, "another node answers at " + path.string() + "; give each a RuntimeDirectory= of its own"};
    }
    return point_to(path, true);
  }
  const fs::path here = fs::absolute(folder_) / kSocketName;
  if (here.native().size() <= kMaxSocketPath) {
    std::error_code ignored;
    fs::remove(pointer, ignored);
    return ApiPlace{here.string()};
  }
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  const std::string base = runtime != nullptr && *runtime != '\0' ? runtime : "/tmp";
  const Hash name = hash(Domain::Derived, {view_of(here.native()), view_of("api socket")});
  const fs::path elsewhere = fs::path(base) / ("budstikke-" + std::to_string(::getuid()) + "-" + hex_of(name.view().first(8)));
  if (::mkdir(elsewhere.c_str(), kPrivateFolder) != 0 && errno != EEXIST) return home_error("cannot create", elsewhere);
  struct stat status {};
  if (::lstat(elsewhere.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != ::getuid() ||
      (status.st_mode & 077) != 0) {
    return Error{Code::Conflict, elsewhere.string() + " belongs to somebody else or is open to others; remove it"};
  }
  return point_to(elsewhere / kSocketName, false);
}

Result<Seed> Home::identity_seed() const { return keys_.read("identity"); }

Result<TransportPair> Home::transport_pair() const {
  if (!keys_.has_passphrase()) return read_transport_key(transport_key().string());  // as strict as the door that reads it
  const Result<Seed> secret = keys_.read("transport");
  return secret ? Result<TransportPair>(TransportPair::from_secret(*secret)) : secret.error();
}

Result<SealingPair> Home::sealing_pair() const {
  if (!keys_.has("sealing")) {
    if (Status status = keys_.write("sealing", random_seed(), store::Existing::Refuse); !status) return status.error();
  }
  Result<Seed> secret = keys_.read("sealing");
  return secret ? Result<SealingPair>(SealingPair::from_secret(*secret)) : secret.error();
}

}  // namespace budstikke::daemon
