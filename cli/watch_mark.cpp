#include "cli/watch_mark.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <system_error>
#include <utility>

#include "cli/commands/wordings.h"
#include "protocol/base/text.h"

namespace budstikke::cli {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kOwnFolder = 0700, kOwnFile = 0600;  // marks tell what somebody reads
constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestMark = 256;

// Empty: the environment names no place for it.
fs::path state_folder(const Io& io) {
  const auto given = [&](const char* name) { return io.env(name).value_or(""); };
  if (const std::string state = given("XDG_STATE_HOME"); !state.empty()) return fs::path(state) / "budstikke";
  if (const std::string home = given("HOME"); !home.empty()) return fs::path(home) / ".local/state/budstikke";
  return {};
}

fs::path mark_file(const Io& io, const std::string& member, const std::string& name) {
  return state_folder(io) / "watch" / (short_id(member) + "-" + name);
}

// Empty: the file holds no mark.
std::string read_mark(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string line(kLongestMark, '\0');
  in.read(line.data(), static_cast<std::streamsize>(line.size()));
  line.resize(static_cast<std::size_t>(in.gcount()));
  if (line.size() == kLongestMark) return {};
  const std::string mark = trim(line);
  const bool is_mark = std::ranges::all_of(mark, [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
  return is_mark ? mark : std::string();
}

bool make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder.parent_path().parent_path(), error);
  for (const fs::path& own : {folder.parent_path(), folder}) {
    if (::mkdir(own.c_str(), kOwnFolder) != 0 && !fs::is_directory(own, error)) return false;
  }
  return true;
}

// Whether the text is on the disk, in this file.
bool write_durably(const fs::path& file, const std::string& text) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kOwnFile);
  if (fd < 0) return false;
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  return ::close(fd) == 0 && written;
}

bool sync_folder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool synced = ::fsync(fd) == 0;
  return ::close(fd) == 0 && synced;
}

}  // namespace

bool is_watch_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !name.empty() && name.size() <= kLongestName && std::ranges::all_of(name, fits);
}

std::optional<WatchMark> WatchMark::open(Context& context, const std::string& member, const std::string& name) {
  const fs::path file = mark_file(context.io(), member, name), folder = file.parent_path();
  if (!folder.is_absolute() || !make_folder(folder)) {
    context.fail(Trouble::CannotWrite, {file.string()});
    return std::nullopt;
  }
  const int lock = ::open((file.string() + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kOwnFile);
  if (lock < 0) {
    context.fail(Trouble::CannotWrite, {file.string() + ".lock"});
    return std::nullopt;
  }
  WatchMark opened(file, lock);
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    context.fail(Trouble::WatchRunning, {name});
    return std::nullopt;
  }
  std::error_code error;
  if (!fs::exists(file, error) && !error) return opened;
  opened.mark_ = read_mark(file);
  if (opened.mark_.empty()) {
    context.fail(Trouble::BadMark, {file.string()});
    return std::nullopt;
  }
  return opened;
}

std::optional<std::string> WatchMark::peek(const Io& io, const std::string& member, const std::string& name) {
  std::string mark = read_mark(mark_file(io, member, name));
  return mark.empty() ? std::nullopt : std::optional(std::move(mark));
}

WatchMark::WatchMark(WatchMark&& other) noexcept
    : file_(std::move(other.file_)), lock_(std::exchange(other.lock_, -1)), mark_(std::move(other.mark_)) {}

WatchMark::~WatchMark() {
  if (lock_ >= 0) ::close(lock_);
}

bool WatchMark::write(Context& context, const std::string& mark) {
  if (mark == mark_) return true;
  const fs::path beside = file_.string() + ".part";
  std::error_code error;
  bool written = write_durably(beside, mark + "\n");
  if (written) fs::rename(beside, file_, error);
  written = written && !error && sync_folder(file_.parent_path());
  if (written) mark_ = mark;
  if (!written) context.fail(Trouble::CannotWrite, {file_.string()});
  return written;
}

}  // namespace budstikke::cli
