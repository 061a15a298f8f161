#include "daemon/backup.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "protocol/records/moment.h"
#include "store/file_system.h"
#include "store/private_file.h"

namespace budstikke::daemon {
namespace {

namespace fs = std::filesystem;

Result<std::vector<BackupFileItem>> files_of(const Home& home) {
  std::vector<std::string> names = {"config.toml"};
  std::error_code failed;
  if (fs::exists(home.networks_file(), failed)) names.emplace_back("networks");
  for (const fs::directory_entry& key : fs::directory_iterator(home.folder() / "keys", failed)) {
    if (key.is_regular_file(failed)) names.push_back("keys/" + key.path().filename().string());
  }
  if (failed) return store::system_error(failed.value(), "cannot read " + (home.folder() / "keys").string());
  const Result<std::vector<fs::path>> over = drop_ins(home.folder());
  if (!over) return over.error();
  for (const fs::path& file : *over) names.push_back(std::string(kDropInFolder) + "/" + file.filename().string());
  std::sort(names.begin(), names.end());
  std::vector<BackupFileItem> files;
  for (const std::string& name : names) {
    Result<Bytes> bytes = store::read_small_file(home.folder() / name, kMostBackupFileBytes);
    if (!bytes) return bytes.error();
    files.push_back({name, std::move(*bytes)});
  }
  return files;
}

bool is_backup(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  std::string begin(kBackupMagic.size(), '\0');
  const bool whole = fd >= 0 && ::read(fd, begin.data(), begin.size()) == static_cast<ssize_t>(begin.size());
  if (fd >= 0) ::close(fd);
  return whole && begin == kBackupMagic;
}

bool lies_within(const fs::path& file, const fs::path& folder) {
  std::error_code ignored;
  const fs::path inner = fs::weakly_canonical(file, ignored), outer = fs::weakly_canonical(folder, ignored);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

fs::path note_file(const Home& home) { return home.folder() / "last-backup"; }  // a time, a blank, a path
constexpr std::size_t kMostNoteBytes = 8 * 1024;

}  // namespace

std::optional<LastBackup> last_backup(const Home& home) {
  const Result<Bytes> note = store::read_small_file(note_file(home), kMostNoteBytes);
  if (!note) return std::nullopt;
  const std::string text(budstikke::text_of(*note));
  const std::size_t blank = text.find(' ');
  if (blank == std::string::npos || !parse_utc(text.substr(0, blank))) return std::nullopt;
  return LastBackup{text.substr(0, blank), text.substr(blank + 1)};
}

Status note_backup(const Home& home, const LastBackup& last) {
  return store::write_private_file(note_file(home), view_of(last.at + " " + last.file), store::Existing::Replace);
}

bool is_of_file(Table table, View key) {
  if (table != Table::Meta) return false;
  const std::string_view name = budstikke::text_of(key);
  return name == store::kFormatKey || name == kStoreIdKey || name == kFormerStoreIdKey || name == kPlaceKey ||
         name == store::kShredKey || name == kRestoredKey || name == "migration";
}

Result<std::unique_ptr<Backup>> Backup::begin(const Home& home, const store::LmdbStorage& storage, const fs::path& file,
                                              bool replace, Value about) {
  std::unique_ptr<Backup> backup(new Backup(file));
  std::error_code ignored;
  if (lies_within(file, home.folder())) {
    return Error{Code::Conflict, "a backup within the home would go with it; name a file elsewhere", file.string()};
  }
  if (fs::exists(fs::symlink_status(file, ignored))) {
    const bool may_go = replace && fs::is_regular_file(file, ignored) && is_backup(file);
    if (!may_go) return Error{Code::Conflict, "there is such a file already", file.string()};
  }
  Result<std::vector<BackupFileItem>> files = files_of(home);
  if (!files) return files.error();
  Result<std::unique_ptr<StorageReader>> rows = storage.snapshot();
  if (!rows) return rows.error();
  backup->replace_ = replace;
  backup->about_ = std::move(about);
  backup->files_ = std::move(*files);
  backup->rows_ = std::move(*rows);
  Backup* self = backup.get();
  self->thread_ = std::jthread([self](const std::stop_token& stop) {
    self->result_ = self->write(stop);
    self->rows_.reset();  // its pages may be used again
    self->finished_.store(true, std::memory_order_release);
  });
  return backup;
}

Backup::~Backup() = default;

Result<BackupDone> Backup::write(const std::stop_token& stop) const {
  Result<std::unique_ptr<store::PrivateFile>> part = store::PrivateFile::in_any_folder(file_);
  if (!part) return part.error();
  BackupWriter writer([&](View bytes) { return (*part)->write(bytes); });
  if (Status status = writer.begin(about_); !status) return status.error();
  for (const BackupFileItem& file : files_) {
    if (Status status = writer.file(file.name, file.bytes); !status) return status.error();
  }
  BackupDone done;
  if (Status status = write_rows(writer, stop, done); !status) return status.error();
  if (Status status = writer.end(done.rows, done.left_out); !status) return status.error();
  if (Status status = (*part)->finish(replace_ ? store::Existing::Replace : store::Existing::Refuse); !status)
    return status.error();
  done.bytes = (*part)->bytes();
  return done;
}

Status Backup::write_rows(BackupWriter& writer, const std::stop_token& stop, BackupDone& done) const {
  for (std::uint8_t number = 1; number <= kTableCount; ++number) {
    const auto table = static_cast<Table>(number);
    Status written = budstikke::done();
    const Status scanned = rows_->scan(
        table, {},
        [&](View key, View payload) {
          if (is_of_file(table, key)) return true;
          written = stop.stop_requested() ? Status(Error{Code::Io, "the node was stopped"}) : writer.row(table, key, payload);
          ++done.rows;
          return written.ok();
        },
        [&](View) { ++done.left_out; });
    if (!written) return written;
    if (!scanned) return scanned;
  }
  return budstikke::done();
}

}  // namespace budstikke::daemon
