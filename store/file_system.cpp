#include "store/file_system.h"

#include <fcntl.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace budstikke::store {
namespace {

struct Known {
  unsigned long magic;
  FileSystemKind kind;
  const char* name;
};

// From linux/magic.h and statfs(2); those that are not in the header stand in the kernel's own folders.
constexpr Known kKnown[] = {
    {0x01021994, FileSystemKind::Temporary, "tmpfs"},
    {0x858458f6, FileSystemKind::Temporary, "ramfs"},
    {0x794c7630, FileSystemKind::Temporary, "overlay"},
    {0x61756673, FileSystemKind::Temporary, "aufs"},
    {0x00006969, FileSystemKind::Remote, "NFS"},
    {0x0000517b, FileSystemKind::Remote, "SMB"},
    {0xff534d42, FileSystemKind::Remote, "CIFS"},
    {0xfe534d42, FileSystemKind::Remote, "SMB2"},
    {0x65735546, FileSystemKind::Remote, "FUSE"},
    {0x01021997, FileSystemKind::Remote, "9P"},
    {0x5346414f, FileSystemKind::Remote, "AFS"},
    {0x6b414653, FileSystemKind::Remote, "kAFS"},
    {0x73757245, FileSystemKind::Remote, "Coda"},
    {0x0000564c, FileSystemKind::Remote, "NCP"},
    {0x00c36400, FileSystemKind::Remote, "Ceph"},
    {0x01161970, FileSystemKind::Remote, "GFS2"},
    {0x7461636f, FileSystemKind::Remote, "OCFS2"},
    {0x0bd00bd0, FileSystemKind::Remote, "Lustre"},
    {0x47504653, FileSystemKind::Remote, "GPFS"},
    {0x786f4256, FileSystemKind::Remote, "VirtualBox shared folder"},
    {0xbacbacbc, FileSystemKind::Remote, "VMware shared folder"},
};

}  // namespace

FileSystem describe_file_system(unsigned long magic) {
  for (const Known& known : kKnown) {
    if (known.magic == (magic & 0xffffffffUL)) return {known.kind, known.name};
  }
  return {FileSystemKind::Local, "local"};
}

Result<FileSystem> file_system_of(const std::filesystem::path& dir) {
  struct statfs info {};
  if (::statfs(dir.c_str(), &info) != 0) return system_error(errno, "cannot ask for the file system of " + dir.string());
  return describe_file_system(static_cast<unsigned long>(info.f_type));
}

Result<std::uint64_t> free_bytes_of(const std::filesystem::path& dir) {
  struct statvfs info {};
  if (::statvfs(dir.c_str(), &info) != 0) return system_error(errno, "cannot ask for the free space of " + dir.string());
  return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
}

Status sync_directory(const std::filesystem::path& dir) {
  const int fd = ::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return system_error(errno, "cannot open the folder " + dir.string());
  const int rc = ::fsync(fd);
  const int code = errno;
  ::close(fd);
  if (rc != 0) return system_error(code, "cannot sync the folder " + dir.string());
  return done();
}

Error system_error(int code, const std::string& what) {
  const bool full = code == ENOSPC || code == EDQUOT || code == EFBIG;
  return Error{full ? Code::Full : Code::Io, what + ": " + std::generic_category().message(code)};
}

}  // namespace budstikke::store
