#include "cli/watch_mark.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <system_error>
#include <utility>

#include "cli/commands/wordings.h"
#include "cli/state_folder.h"
#include "protocol/base/text.h"

namespace budstikke::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestMark = 256;

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

}  // namespace

bool is_watch_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !name.empty() && name.size() <= kLongestName && std::ranges::all_of(name, fits);
}

std::optional<WatchMark> WatchMark::open(Context& context, const std::string& member, const std::string& name) {
  const fs::path file = mark_file(context.io(), member, name), folder = file.parent_path();
  if (!folder.is_absolute() || !make_state_folder(folder)) {
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
