#include "store/private_file.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "store/file_system.h"

namespace budstikke::store {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kPrivateMode = 0600;
constexpr mode_t kOthers = 077;

// The file's bytes; `others`: whether others than this user may have to do with it.
Result<Bytes> read_regular(const fs::path& file, std::size_t bytes_max, bool others) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0 && errno == ENOENT) return Error{Code::NotFound, "there is no file " + file.string()};
  if (fd < 0) return system_error(errno, "cannot read " + file.string());
  const std::unique_ptr<const int, void (*)(const int*)> closed(&fd, [](const int* open) { ::close(*open); });
  struct stat info {};
  if (::fstat(fd, &info) != 0) return system_error(errno, "cannot read " + file.string());
  const bool is_alone = info.st_uid == ::geteuid() && (info.st_mode & kOthers) == 0;
  if (!S_ISREG(info.st_mode)) return Error{Code::Conflict, file.string() + " is not a regular file"};
  if (!others && !is_alone) return Error{Code::Conflict, file.string() + " must be yours alone: chmod 600 " + file.string()};
  Bytes bytes(bytes_max + 1);
  std::size_t got = 0;
  while (got < bytes.size()) {
    const ssize_t size = ::read(fd, bytes.data() + got, bytes.size() - got);
    if (size < 0) return system_error(errno, "cannot read " + file.string());
    if (size == 0) break;
    got += static_cast<std::size_t>(size);
  }
  if (got > bytes_max) return Error{Code::TooLarge, file.string() + " is larger than it can be"};
  bytes.resize(got);
  return bytes;
}

// Gives the file its name unless another has it; EEXIST then.
int rename_if_free(const fs::path& part, const fs::path& file) {
  const int rc = ::renameat2(AT_FDCWD, part.c_str(), AT_FDCWD, file.c_str(), RENAME_NOREPLACE);
  if (rc == 0 || (errno != EINVAL && errno != ENOSYS)) return rc;
  // Not every file system can refuse to rename over another file (NFS, eCryptfs); a second name is refused by all that have any.
  if (::link(part.c_str(), file.c_str()) != 0) return -1;
  return ::unlink(part.c_str());
}

}  // namespace

Result<std::unique_ptr<PrivateFile>> PrivateFile::in_own_folder(const fs::path& file) {
  fs::path part = file;
  part += ".new";
  if (::unlink(part.c_str()) != 0 && errno != ENOENT) return system_error(errno, "cannot replace " + part.string());
  const int fd = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kPrivateMode);
  if (fd < 0) return system_error(errno, "cannot make " + part.string());
  return std::unique_ptr<PrivateFile>(new PrivateFile(file, std::move(part), fd));
}

PrivateFile::~PrivateFile() {
  ::close(fd_);
  if (!part_.empty()) ::unlink(part_.c_str());
}

Status PrivateFile::write(View bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(bytes_));
    if (written < 0) return system_error(errno, "cannot write " + file_.string());
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    bytes_ += static_cast<std::uint64_t>(written);
  }
  return done();
}

Status PrivateFile::finish(Existing existing) {
  if (::fsync(fd_) != 0) return system_error(errno, "cannot write " + file_.string());
  const int rc = existing == Existing::Replace ? ::rename(part_.c_str(), file_.c_str()) : rename_if_free(part_, file_);
  if (rc != 0 && errno == EEXIST) return Error{Code::Conflict, "there is such a file already", file_.string()};
  if (rc != 0) return system_error(errno, "cannot put in its place: " + file_.string());
  part_.clear();
  return sync_directory(file_.has_parent_path() ? file_.parent_path() : fs::path("."));
}

Status write_private_file(const fs::path& file, View bytes, Existing existing) {
  Result<std::unique_ptr<PrivateFile>> part = PrivateFile::in_own_folder(file);
  if (!part) return part.error();
  if (Status written = (*part)->write(bytes); !written) return written;
  return (*part)->finish(existing);
}

Result<Bytes> read_small_file(const fs::path& file, std::size_t bytes_max) { return read_regular(file, bytes_max, true); }

Result<Bytes> read_private_file(const fs::path& file, std::size_t bytes_max) { return read_regular(file, bytes_max, false); }

Status make_private_folder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), 0700) == 0) return done();
  return system_error(errno, "cannot make the folder " + folder.string());
}

}  // namespace budstikke::store
