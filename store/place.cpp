#include "store/place.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "protocol/base/hash.h"
#include "store/file_system.h"

namespace budstikke::store {
namespace {

namespace fs = std::filesystem;

// linux/fs.h has this from 6.9 on.
struct KernelUuid {
  std::uint8_t length;
  std::uint8_t bytes[16];
};
constexpr unsigned long kGetUuid = _IOR(0x15, 0, KernelUuid);

// Those whose number in statfs(2) comes from the UUID in their first blocks; others make it from the device's number, which may
// be another after a restart.
constexpr unsigned long kLastingNumbers[] = {0xef53, 0x9123683e, 0xf2f52010};  // ext4, btrfs, f2fs

constexpr std::int64_t nanoseconds(std::int64_t seconds, std::uint32_t rest) { return seconds * 1'000'000'000 + rest; }

Hash machine() {
  for (const char* path : {"/etc/machine-id", "/var/lib/dbus/machine-id"}) {
    std::ifstream file(path);
    std::string id;
    if (std::getline(file, id) && id.size() >= 16 && id.size() <= 128) {
      return hash(Domain::Derived, {view_of(id), view_of("machine of a store")});
    }
  }
  return {};
}

Hash hash_of_uuid(View bytes) { return hash(Domain::Derived, {bytes, view_of("file system of a store")}); }

// "3e6be9de-8139-11d1-9106-a43f08d823a6" as the kernel's 16 bytes; shorter ones, of other kinds of file systems, as they are.
Bytes bytes_of_uuid(const std::string& text) {
  Bytes bytes;
  std::string digits;
  for (char c : text) {
    if (c != '-') digits += c;
  }
  const bool is_hex = digits.size() == 32 && digits.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
  if (!is_hex) return bytes_of(view_of(text));
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

Hash file_system_uuid(int fd, const struct stat& info) {
  KernelUuid uuid{};
  if (::ioctl(fd, kGetUuid, &uuid) == 0 && uuid.length == sizeof uuid.bytes) return hash_of_uuid(uuid.bytes);
  std::error_code failed;
  for (const fs::directory_entry& disk : fs::directory_iterator("/dev/disk/by-uuid", failed)) {
    struct stat device {};
    if (::stat(disk.path().c_str(), &device) != 0 || !S_ISBLK(device.st_mode) || device.st_rdev != info.st_dev) continue;
    return hash_of_uuid(bytes_of_uuid(disk.path().filename().string()));
  }
  return {};
}

std::uint64_t file_system_number(int fd) {
  struct statfs info {};
  if (::fstatfs(fd, &info) != 0) return 0;
  for (unsigned long lasting : kLastingNumbers) {
    if (lasting != (static_cast<unsigned long>(info.f_type) & 0xffffffffUL)) continue;
    std::uint32_t halves[2];
    static_assert(sizeof info.f_fsid == sizeof halves);
    std::memcpy(halves, &info.f_fsid, sizeof halves);
    return std::uint64_t{halves[0]} << 32 | halves[1];
  }
  return 0;
}

}  // namespace

Result<StorePlace> place_of_file(const fs::path& file) {
  struct statx facts {};
  if (::statx(AT_FDCWD, file.c_str(), AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME, &facts) != 0) {
    return system_error(errno, "cannot ask for " + file.string());
  }
  StorePlace place;
  place.machine = machine();
  place.inode = facts.stx_ino;
  if ((facts.stx_mask & STATX_BTIME) != 0) place.born = nanoseconds(facts.stx_btime.tv_sec, facts.stx_btime.tv_nsec);
  const int fd = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);  // not the file: LMDB's locks would go
  struct stat info {};
  if (fd >= 0 && ::fstat(fd, &info) == 0) {
    place.file_system = file_system_uuid(fd, info);
    place.file_system_id = file_system_number(fd);
  }
  if (fd >= 0) ::close(fd);
  return place;
}

Result<FileChange> last_change_of(const fs::path& file) {
  struct stat info {};
  if (::lstat(file.c_str(), &info) != 0) return system_error(errno, "cannot ask for " + file.string());
  return FileChange{info.st_ino, nanoseconds(info.st_ctim.tv_sec, static_cast<std::uint32_t>(info.st_ctim.tv_nsec))};
}

}  // namespace budstikke::store
