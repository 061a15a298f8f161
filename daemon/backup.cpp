#include "daemon/backup.h"

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

Result<std::unique_ptr<Backup>> Backup::begin(const Home& home, const store::LmdbStorage& storage, Value about) {
  std::unique_ptr<Backup> backup(new Backup());
  Result<std::vector<BackupFileItem>> files = files_of(home);
  if (!files) return files.error();
  Result<std::unique_ptr<StorageReader>> rows = storage.snapshot();
  if (!rows) return rows.error();
  backup->about_ = std::move(about);
  backup->files_ = std::move(*files);
  backup->rows_ = std::move(*rows);
  Backup* self = backup.get();
  self->thread_ = std::jthread([self](const std::stop_token& stop) {
    Result<BackupDone> result = self->write(stop);
    self->rows_.reset();  // its pages may be used again
    const std::lock_guard lock(self->mutex_);
    self->result_ = std::move(result);
  });
  return backup;
}

Backup::~Backup() = default;

Result<BackupPiece> Backup::take(std::size_t most) {
  BackupPiece piece;
  const std::lock_guard lock(mutex_);
  if (result_ && !*result_) return result_->error();
  const std::size_t size = std::min(most, waiting_.size() - waiting_from_);
  const auto from = waiting_.begin() + static_cast<std::ptrdiff_t>(waiting_from_);
  piece.data.assign(from, from + static_cast<std::ptrdiff_t>(size));
  waiting_from_ += size;
  taken_ += size;
  if (waiting_from_ == waiting_.size()) {
    waiting_.clear();
    waiting_from_ = 0;
    if (result_) piece.done = **result_;
  }
  room_.notify_one();
  return piece;
}

Status Backup::put(View bytes, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const bool goes_on = room_.wait(lock, stop, [&] { return waiting_.size() - waiting_from_ < kMostWaiting; });
  if (!goes_on || stop.stop_requested()) return Error{Code::Io, "the backup was given up"};
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(waiting_from_));
  waiting_from_ = 0;
  waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
  return done();
}

Result<BackupDone> Backup::write(const std::stop_token& stop) {
  BackupDone done;
  BackupWriter writer([&](View bytes) {
    done.bytes += bytes.size();
    return put(bytes, stop);
  });
  if (Status status = writer.begin(about_); !status) return status.error();
  for (const BackupFileItem& file : files_) {
    if (Status status = writer.file(file.name, file.bytes); !status) return status.error();
  }
  if (Status status = write_rows(writer, done); !status) return status.error();
  if (Status status = writer.end(done.rows, done.left_out); !status) return status.error();
  return done;
}

Status Backup::write_rows(BackupWriter& writer, BackupDone& done) const {
  for (std::uint8_t number = 1; number <= kTableCount; ++number) {
    const auto table = static_cast<Table>(number);
    Status written = budstikke::done();
    const Status scanned = rows_->scan(
        table, {},
        [&](View key, View payload) {
          if (is_of_file(table, key)) return true;
          written = writer.row(table, key, payload);
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
