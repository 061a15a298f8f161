#include "cli/state_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <system_error>

namespace budstikke::cli {
namespace fs = std::filesystem;

fs::path state_folder(const Io& io) {
  const auto given = [&](const char* name) { return io.env(name).value_or(""); };
  if (const std::string state = given("XDG_STATE_HOME"); !state.empty()) return fs::path(state) / "budstikke";
  if (const std::string home = given("HOME"); !home.empty()) return fs::path(home) / ".local/state/budstikke";
  return {};
}

bool make_state_folder(const fs::path& folder) {
  constexpr mode_t kOwnFolder = 0700;
  std::error_code error;
  fs::create_directories(folder.parent_path().parent_path(), error);
  for (const fs::path& own : {folder.parent_path(), folder}) {
    if (::mkdir(own.c_str(), kOwnFolder) != 0 && !fs::is_directory(own, error)) return false;
  }
  return true;
}

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

}  // namespace budstikke::cli
