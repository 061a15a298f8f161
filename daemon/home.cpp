#include "daemon/home.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "daemon/door/transport_key.h"
#include "daemon/restore.h"
#include "protocol/base/hash.h"
#include "protocol/base/text.h"

namespace budstikke::daemon {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxSocketPath = 107;  // sun_path less its zero
constexpr mode_t kPrivateFile = 0600;
constexpr mode_t kPrivateFolder = 0700;

Error system_error(const std::string& what, const fs::path& path) {
  return Error{errno == ENOSPC ? Code::Full : Code::Io, what + " " + path.string() + ": " + std::strerror(errno)};
}

Status sync_folder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return system_error("cannot open", folder);
  const int rc = ::fsync(fd);
  ::close(fd);
  return rc == 0 ? done() : Status(system_error("cannot sync", folder));
}

// Writes a new file whole and durably; refuses one that exists.
Status write_new(const fs::path& path, View bytes) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kPrivateFile);
  if (fd < 0) return system_error("cannot create", path);
  const ssize_t written = ::write(fd, bytes.data(), bytes.size());
  const bool kept = written == static_cast<ssize_t>(bytes.size()) && ::fsync(fd) == 0;
  const int reason = errno;
  ::close(fd);
  errno = reason;
  return kept ? sync_folder(path.parent_path()) : Status(system_error("cannot write", path));
}

Result<Seed> read_key(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return system_error("cannot read", path);
  struct stat status {};
  Seed seed;
  const bool known = ::fstat(fd, &status) == 0;
  const ssize_t size = ::read(fd, seed.bytes.data(), Seed::kSize);
  ::close(fd);
  if (!known || !S_ISREG(status.st_mode) || status.st_uid != ::geteuid() || (status.st_mode & 077) != 0) {
    return Error{Code::Conflict, path.string() + " must be yours alone: chmod 600 " + path.string()};
  }
  if (size != static_cast<ssize_t>(Seed::kSize) || status.st_size != static_cast<off_t>(Seed::kSize)) {
    return Error{Code::Damaged, path.string() + " is not 32 bytes long; put it back from a backup"};
  }
  return seed;
}

Status make_folder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), kPrivateFolder) == 0) return done();
  return system_error("cannot create the folder", folder);
}

Status fill(const fs::path& folder, const Config& config, const std::function<Status(const fs::path&)>& make_store) {
  if (Status status = make_folder(folder / "keys"); !status) return status;
  const Seed identity = random_seed();
  if (Status status = write_new(folder / "keys" / "identity.key", identity); !status) return status;
  const TransportPair transport = random_transport_pair();
  if (Status status = write_new(folder / "keys" / "transport.key", transport.secret); !status) return status;
  if (Status status = make_store(folder / "store"); !status) return status;
  return write_new(folder / "config.toml", view_of(text_of(config)));  // last: its presence makes the folder a home
}

}  // namespace

Status Home::create(const fs::path& folder, const Config& config, const std::function<Status(const fs::path&)>& make_store) {
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
    if (Status status = make_folder(folder); !status) return status;
  } else if (::chmod(folder.c_str(), kPrivateFolder) != 0) {
    return system_error("cannot make private", folder);
  }
  Status filled = fill(folder, config, make_store);
  if (!filled) {  // nothing half-made stays behind
    for (const char* left : {"config.toml", "store", "keys"}) fs::remove_all(folder / left, ignored);
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
  const fs::path lock_path = folder / "lock";
  const int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kPrivateFile);
  if (lock < 0) return system_error("cannot open", lock_path);
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock);
    return Error{Code::Conflict, "another budstikked runs in " + folder.string()};
  }
  if (is_restore_due(folder)) {  // it was cut short after the point of no return
    if (Status finished = finish_restore(folder); !finished) {
      ::close(lock);
      return finished.error();
    }
  }
  Result<Config> config = read_config(folder / "config.toml");
  if (!config) {
    ::close(lock);
    return config.error();
  }
  return Home(folder, std::move(*config), lock);
}

Home::Home(Home&& other) noexcept
    : folder_(std::move(other.folder_)), config_(std::move(other.config_)), lock_(std::exchange(other.lock_, -1)) {}

Home::~Home() {
  if (lock_ >= 0) ::close(lock_);
}

Result<std::string> Home::api_socket() const {
  const fs::path here = fs::absolute(folder_) / "api.sock";
  const fs::path pointer = folder_ / "api.path";
  if (here.native().size() <= kMaxSocketPath) {
    std::error_code ignored;
    fs::remove(pointer, ignored);
    return here.string();
  }
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  const std::string base = runtime != nullptr && *runtime != '\0' ? runtime : "/tmp";
  const Hash name = hash(Domain::Derived, {view_of(here.native()), view_of("api socket")});
  const fs::path elsewhere = fs::path(base) / ("budstikke-" + std::to_string(::getuid()) + "-" + hex_of(name.view().first(8)));
  if (::mkdir(elsewhere.c_str(), kPrivateFolder) != 0 && errno != EEXIST) return system_error("cannot create", elsewhere);
  struct stat status {};
  if (::lstat(elsewhere.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != ::getuid() ||
      (status.st_mode & 077) != 0) {
    return Error{Code::Conflict, elsewhere.string() + " belongs to somebody else or is open to others; remove it"};
  }
  const std::string path = (elsewhere / "api.sock").string();
  std::error_code ignored;
  fs::remove(pointer, ignored);
  if (Status written = write_new(pointer, view_of(path)); !written) return written.error();
  return path;
}

Result<Seed> Home::identity_seed() const { return read_key(folder_ / "keys" / "identity.key"); }

Result<SealingPair> Home::sealing_pair() const {
  const fs::path path = folder_ / "keys" / "sealing.key";
  std::error_code ignored;
  if (!fs::exists(path, ignored)) {
    const fs::path beside = folder_ / "keys" / "sealing.key.new";  // the name is never that of half a key
    fs::remove(beside, ignored);
    if (Status status = write_new(beside, random_seed()); !status) return status.error();
    if (::rename(beside.c_str(), path.c_str()) != 0) return system_error("cannot rename", beside);
    if (Status status = sync_folder(path.parent_path()); !status) return status.error();
  }
  Result<Seed> secret = read_key(path);
  return secret ? Result<SealingPair>(SealingPair::from_secret(*secret)) : secret.error();
}

}  // namespace budstikke::daemon
