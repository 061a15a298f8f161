#include "cli/part_file.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "cli/state_folder.h"

namespace budstikke::cli {
namespace {

// Not every file system can refuse to rename over another file (exFAT, NFS); a second name is refused by all that have any, and
// a stick that has neither is looked at instead.
int rename_if_free(const std::string& part, const std::filesystem::path& file) {
  const int rc = ::renameat2(AT_FDCWD, part.c_str(), AT_FDCWD, file.c_str(), RENAME_NOREPLACE);
  if (rc == 0 || (errno != EINVAL && errno != ENOSYS)) return rc;
  if (::link(part.c_str(), file.c_str()) == 0) return ::unlink(part.c_str());
  if (errno == EEXIST || ::access(file.c_str(), F_OK) == 0) {
    errno = EEXIST;
    return -1;
  }
  return ::rename(part.c_str(), file.c_str());
}

// For mkostemp().
std::string hidden_name(const std::filesystem::path& file) {
  return (file.parent_path() / ("." + file.filename().string() + ".XXXXXX")).string();
}

}  // namespace

PartFile::PartFile(const std::filesystem::path& file) {
  std::error_code nowhere;  // the working folder is gone: then it cannot be opened either
  file_ = std::filesystem::absolute(file, nowhere);
  fd_ = ::open(file_.parent_path().c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, kOwnFile);
  if (fd_ >= 0) return;
  part_ = hidden_name(file_);
  fd_ = ::mkostemp(part_.data(), O_CLOEXEC);  // mode 0600
  if (fd_ < 0) {
    failed();
    part_.clear();
  }
}

PartFile::~PartFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!part_.empty()) ::unlink(part_.c_str());
}

bool PartFile::failed() {
  errno_ = errno;
  return false;
}

bool PartFile::write(View bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed();
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

bool PartFile::finish(bool may_replace) {
  if (::fsync(fd_) != 0) return failed();
  if (part_.empty()) {
    const std::string self = "/proc/self/fd/" + std::to_string(fd_);
    std::string name = hidden_name(file_);
    const int free_name = ::mkostemp(name.data(), O_CLOEXEC);  // that nothing has
    if (free_name < 0) return failed();
    ::close(free_name);
    ::unlink(name.c_str());
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) != 0) return failed();
    part_ = name;
  }
  const int rc = may_replace ? ::rename(part_.c_str(), file_.c_str()) : rename_if_free(part_, file_);
  if (rc != 0) return failed();
  part_.clear();
  const int folder = ::open(file_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return true;  // a folder that may be written and not read
  const bool synced = ::fsync(folder) == 0 || errno == EINVAL;
  if (!synced) failed();
  ::close(folder);
  return synced;
}

std::string PartFile::error() const { return std::error_code(errno_, std::generic_category()).message(); }

}  // namespace budstikke::cli
