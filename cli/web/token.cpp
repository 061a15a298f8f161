#include "cli/web/token.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "cli/state_folder.h"
#include "protocol/base/text.h"

namespace budstikke::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTokenBytes = 24;
constexpr std::size_t kTokenLetters = 2 * kTokenBytes;

// Empty: there is no place for it.
fs::path token_folder(const Io& io) {
  const std::string given = io.env("RUNTIME_DIRECTORY").value_or("");  // of several, divided by colons, the first
  if (!given.empty()) return given.substr(0, given.find(':'));
  const fs::path state = state_folder(io);
  return state.empty() ? state : state / "web";
}

// Empty: the system has none to give.
std::string new_token() {
  std::array<std::uint8_t, kTokenBytes> bytes{};
  const bool filled = ::getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size());
  return filled ? hex_of(bytes) : std::string();
}

// Whether a file that was not there is there now, on the disk.
bool write_new(const fs::path& file, const std::string& text) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kOwnFile);
  if (fd < 0) return false;
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  return ::close(fd) == 0 && written && sync_folder(file.parent_path());
}

// Empty: it is not one, not the person's own, or others may read it.
std::string read_token(const fs::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return {};
  struct stat is {};
  std::array<char, kTokenLetters + 2> text{};
  const bool own = ::fstat(fd, &is) == 0 && S_ISREG(is.st_mode) && is.st_uid == ::geteuid() && (is.st_mode & 077U) == 0;
  const ssize_t size = own ? ::read(fd, text.data(), text.size()) : -1;
  ::close(fd);
  if (size < 0) return {};
  std::string token = trim(std::string_view(text.data(), static_cast<std::size_t>(size)));
  const bool is_token = token.size() == kTokenLetters &&
                        std::ranges::all_of(token, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  return is_token ? token : std::string();
}

}  // namespace

std::optional<TokenFile> token_of(Context& context) {
  const fs::path folder = token_folder(context.io());
  const fs::path file = folder / "token";
  const bool is_made_for_us = context.io().env("RUNTIME_DIRECTORY").has_value();
  if (!folder.is_absolute() || (!is_made_for_us && !make_state_folder(folder))) {
    context.fail(Trouble::CannotWrite, {file.string()});
    return std::nullopt;
  }
  std::error_code error;
  if (fs::symlink_status(file, error).type() == fs::file_type::not_found) {
    const std::string token = new_token();
    if (token.empty() || (!write_new(file, token + "\n") && errno != EEXIST)) {
      context.fail(Trouble::CannotWrite, {file.string()});
      return std::nullopt;
    }
  }
  TokenFile found{file, read_token(file)};
  if (!found.token.empty()) return found;
  context.fail(Trouble::BadTokenFile, {file.string()});
  return std::nullopt;
}

bool same_secret(std::string_view given, std::string_view secret) {
  if (given.size() != secret.size()) return false;  // how long it is, is known
  volatile unsigned char differs = 0;
  for (std::size_t i = 0; i < secret.size(); ++i) {
    differs =
        static_cast<unsigned char>(differs | (static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(secret[i])));
  }
  return differs == 0;
}

}  // namespace budstikke::cli
