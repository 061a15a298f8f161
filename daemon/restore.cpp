#include "daemon/restore.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "daemon/backup.h"
#include "daemon/door/transport_key.h"
#include "daemon/networks_file.h"
#include "protocol/base/limits.h"
#include "protocol/records/moment.h"
#include "store/file_system.h"
#include "store/folder_lock.h"
#include "store/private_file.h"

namespace budstikke::daemon {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNewHome = "restoring";
constexpr const char* kCompleteMark = "complete";  // in it: where what was there goes, and whether there is a file `networks`
constexpr std::size_t kMostMarkBytes = 256;
constexpr const char* kPieces[] = {"store", "keys", "networks", "config.d", "config.toml"};  // the last makes the folder a home
constexpr std::uint64_t kRestoreBatchRows = 16'384;
constexpr std::uint64_t kRestoreBatchBytes = 8 * 1024 * 1024;

RestoreRefused refused(RestoreExit exit, std::string text) { return {exit, std::move(text)}; }

RestoreRefused cannot_write(const Error& error) { return refused(RestoreExit::CannotWrite, error.text); }

class OpenedBackup {
 public:
  static Result<std::unique_ptr<OpenedBackup>> open(const fs::path& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status {};
    if (fd < 0) return store::system_error(errno, "cannot read " + path.string());
    if (::fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
      return std::unique_ptr<OpenedBackup>(new OpenedBackup(fd, status.st_size));
    }
    ::close(fd);
    return Error{Code::Io, "not a file: " + path.string()};
  }
  ~OpenedBackup() { ::close(fd_); }
  OpenedBackup(const OpenedBackup&) = delete;
  OpenedBackup& operator=(const OpenedBackup&) = delete;

  std::int64_t bytes() const { return bytes_; }
  BackupReader reader() {
    ::lseek(fd_, 0, SEEK_SET);
    return BackupReader([this](std::span<std::uint8_t> into) -> Result<std::size_t> {
      std::size_t got = 0;
      while (got < into.size()) {
        const ssize_t size = ::read(fd_, into.data() + got, into.size() - got);
        if (size < 0) return store::system_error(errno, "cannot read the backup");
        if (size == 0) break;
        got += static_cast<std::size_t>(size);
      }
      return got;
    });
  }

 private:
  OpenedBackup(int fd, std::int64_t bytes) : fd_(fd), bytes_(bytes) {}
  int fd_;
  std::int64_t bytes_;
};

// Names a home may have; so that no file of a backup gets anywhere else.
bool is_file_of_home(const std::string& name) {
  if (name == "config.toml" || name == "networks") return true;
  if (const std::string inner = std::string(kDropInFolder) + "/"; name.starts_with(inner)) {
    return is_drop_in_name(std::string_view(name).substr(inner.size()));
  }
  const std::string key = name.starts_with("keys/") ? name.substr(5) : std::string();
  return !key.empty() && key.size() <= 64 && key[0] != '.' &&
         key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string::npos;
}

// Reads the whole file, and tells what it is. Damaged when it is not one that a home can be made of; Conflict when a later
// version wrote it.
Result<Value> check_backup(OpenedBackup& file) {
  BackupReader reader = file.reader();
  std::set<std::string> names;
  Value facts;
  for (;;) {
    Result<std::optional<BackupItem>> item = reader.next();
    if (!item) return item.error();
    if (!*item) break;
    if (auto* about = std::get_if<Value>(&**item)) {
      if (about->integer("store_format") > store::kStoreFormat) {
        return Error{Code::Conflict, "the backup was written by a later version of the program"};
      }
      facts = std::move(*about);
    }
    if (const auto* end = std::get_if<BackupEndItem>(&**item)) {
      facts.set("rows", end->rows);
      facts.set("left_out", end->left_out);
    }
    if (const auto* part = std::get_if<BackupFileItem>(&**item)) {
      if (!is_file_of_home(part->name) || !names.insert(part->name).second) {
        return Error{Code::Damaged, "the backup holds a file that no home has"};
      }
    }
  }
  for (const char* needed : {"config.toml", "keys/identity.key", "keys/transport.key"}) {
    if (!names.contains(needed)) return Error{Code::Damaged, std::string("the backup lacks ") + needed};
  }
  facts.set("bytes", file.bytes());
  return facts;
}

RestoreRefused not_whole(const Error& why) {
  const RestoreExit exit = why.code == Code::Damaged    ? RestoreExit::Damaged
                           : why.code == Code::Conflict ? RestoreExit::Newer
                                                        : RestoreExit::NoFile;
  return refused(exit, why.text);
}

// The list of networks names the store that it belongs to; one that cannot be read is written anew by the node.
std::optional<Bytes> networks_for(const StoreId& store, View bytes) {
  Result<KnownNetworks> known = parse_known_networks(bytes);
  if (!known) return std::nullopt;
  known->store = store;
  return encode(*known);
}

// Makes the new home; true when it has a file `networks`.
Result<bool> fill_new_home(const fs::path& folder, OpenedBackup& file) {
  store::StorageOptions options;
  options.new_store_id = StoreId::from(random_seed().view().first(StoreId::kSize));
  if (Status made = store::make_private_folder(folder); !made) return made.error();
  for (const std::string_view inner : {std::string_view("keys"), kDropInFolder}) {
    if (Status made = store::make_private_folder(folder / inner); !made) return made.error();
  }
  Result<std::unique_ptr<store::LmdbStorage>> storage = store::LmdbStorage::open(folder / "store", options);
  if (!storage) return storage.error();
  bool has_networks = false;
  std::uint64_t batch = 0;
  BackupReader reader = file.reader();
  for (;;) {
    Result<std::optional<BackupItem>> item = reader.next();
    if (!item) return item.error();
    if (!*item) break;
    Status put = done();
    if (const auto* part = std::get_if<BackupFileItem>(&**item)) {
      std::optional<Bytes> bytes = part->name == "networks" ? networks_for(options.new_store_id, part->bytes) : part->bytes;
      if (bytes) put = store::write_private_file(folder / part->name, *bytes, store::Existing::Refuse);
      has_networks = has_networks || (part->name == "networks" && bytes);
    } else if (const auto* row = std::get_if<BackupRowItem>(&**item); row != nullptr && !is_of_file(row->table, row->key)) {
      put = (*storage)->put(row->table, row->key, row->payload);
      if (put && (++batch % kRestoreBatchRows == 0 || (*storage)->uncommitted_bytes() >= kRestoreBatchBytes))
        put = (*storage)->commit();
    } else if (const auto* end = std::get_if<BackupEndItem>(&**item); end != nullptr && end->left_out > 0) {
      put = (*storage)->put(Table::Meta, view_of(store::kRebuildKey), Bytes{1});
    }
    if (!put) return put.error();
  }
  if (Status marked = (*storage)->put(Table::Meta, view_of(kRestoredKey), {}); !marked) return marked.error();
  if (Status committed = (*storage)->commit(); !committed) return committed.error();
  storage->reset();
  for (const fs::path& inner : {folder / "keys", folder / kDropInFolder, folder / "store", folder}) {
    if (Status synced = store::sync_directory(inner); !synced) return synced.error();
  }
  return has_networks;
}

bool holds_anything(const fs::path& folder) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().filename() != store::FolderLock::kFile) return true;
  }
  return false;
}

std::string aside_name(const fs::path& folder, WallTime now) {
  std::string time;  // 20261126T031500Z
  for (char c : format_utc(now)) {
    if (c != '-' && c != ':') time += c;
  }
  std::error_code ignored;
  std::string name = "replaced-" + time;
  for (int more = 2; fs::exists(folder / name, ignored); ++more) name = "replaced-" + time + "-" + std::to_string(more);
  return name;
}

std::optional<RestoreRefused> restore_into(const fs::path& folder, OpenedBackup& file, bool replace, WallTime now) {
  const Result<store::FolderLock> lock = store::FolderLock::take(folder);
  if (!lock && lock.error().code == Code::Conflict) return refused(RestoreExit::InUse, lock.error().text + "; stop it first");
  if (!lock) return cannot_write(lock.error());
  if (is_restore_due(folder)) {
    if (Status finished = finish_restore(folder); !finished) return cannot_write(finished.error());
  }
  if (holds_anything(folder) && !replace) {
    return refused(RestoreExit::Taken, "there is something in " + folder.string() + " already; with --replace it is put aside");
  }
  std::error_code failed;
  const fs::path fresh = folder / kNewHome;
  fs::remove_all(fresh, failed);
  if (failed) return cannot_write(store::system_error(failed.value(), "cannot remove " + fresh.string()));
  const Result<bool> has_networks = fill_new_home(fresh, file);
  if (!has_networks) {
    fs::remove_all(fresh, failed);
    return cannot_write(has_networks.error());
  }
  const std::string mark = aside_name(folder, now) + (*has_networks ? "\nnetworks\n" : "\n");
  const Status marked = store::write_private_file(fresh / kCompleteMark, view_of(mark), store::Existing::Refuse);
  if (!marked) {
    fs::remove_all(fresh, failed);
    return cannot_write(marked.error());
  }
  if (Status finished = finish_restore(folder); !finished) return cannot_write(finished.error());
  return std::nullopt;
}

}  // namespace

bool is_restore_due(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / kNewHome / kCompleteMark, ignored);
}

Status finish_restore(const fs::path& folder) {
  const fs::path fresh = folder / kNewHome;
  const Result<Bytes> mark = store::read_small_file(fresh / kCompleteMark, kMostMarkBytes);
  if (!mark) return mark.error();
  std::string aside(budstikke::text_of(*mark));
  const bool has_networks = aside.ends_with("\nnetworks\n");
  aside.resize(std::min(aside.find('\n'), aside.size()));
  if (!aside.starts_with("replaced-") || aside.find('/') != std::string::npos) {
    return Error{Code::Damaged, (fresh / kCompleteMark).string() + " cannot be read; restore once more"};
  }
  std::error_code failed;
  for (const std::string piece : kPieces) {
    // What still lies in the new home has not taken its place; what does not has, or there is none.
    const bool comes = fs::exists(fresh / piece, failed);
    const bool goes = comes || (piece == "networks" && !has_networks);
    if (goes && fs::exists(folder / piece, failed)) {
      fs::create_directory(folder / aside, failed);
      fs::permissions(folder / aside, fs::perms::owner_all, failed);
      if (!failed) fs::rename(folder / piece, folder / aside / piece, failed);
    }
    if (!failed && comes) fs::rename(fresh / piece, folder / piece, failed);
    if (failed) return store::system_error(failed.value(), "cannot put in its place: " + (folder / piece).string());
    if (Status synced = store::sync_directory(folder); !synced) return synced;
  }
  for (const char* left : {"running", "stopped"}) fs::remove(folder / left, failed);
  fs::remove_all(fresh, failed);
  if (failed) return store::system_error(failed.value(), "cannot remove " + fresh.string());
  return store::sync_directory(folder);
}

std::variant<Value, RestoreRefused> try_backup(const fs::path& file) {
  Result<std::unique_ptr<OpenedBackup>> opened = OpenedBackup::open(file);
  if (!opened) return refused(RestoreExit::NoFile, opened.error().text);
  Result<Value> whole = check_backup(**opened);
  if (!whole) return not_whole(whole.error());
  return std::move(*whole);
}

std::optional<RestoreRefused> restore_home(const fs::path& folder, const fs::path& file, bool replace, WallTime now) {
  Result<std::unique_ptr<OpenedBackup>> opened = OpenedBackup::open(file);
  if (!opened) return refused(RestoreExit::NoFile, opened.error().text);
  if (const Result<Value> whole = check_backup(**opened); !whole) return not_whole(whole.error());
  std::error_code failed;
  const bool existed = fs::exists(folder, failed);
  if (!existed) {
    if (folder.has_parent_path()) fs::create_directories(folder.parent_path(), failed);
    if (Status made = store::make_private_folder(folder); !made) return cannot_write(made.error());
  }
  struct stat owner {};
  if (::stat(folder.c_str(), &owner) != 0 || !S_ISDIR(owner.st_mode)) {
    return refused(RestoreExit::CannotWrite, "not a folder: " + folder.string());
  }
  if (owner.st_uid != ::geteuid()) {
    return refused(RestoreExit::NotYours, folder.string() + " belongs to another user; restore as that user");
  }
  std::optional<RestoreRefused> why = restore_into(folder, **opened, replace, now);
  if (why && !existed) {
    fs::remove(folder / store::FolderLock::kFile, failed);
    fs::remove(folder, failed);  // only if nothing is in it
  }
  return why;
}

}  // namespace budstikke::daemon
