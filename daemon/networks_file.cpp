#include "daemon/networks_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "protocol/base/checksum.h"
#include "protocol/base/limits.h"
#include "store/file_system.h"

namespace budstikke::daemon {
namespace {

constexpr std::string_view kMagic = "budstikke networks\n";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kMostFileBytes = 1024 * 1024;

std::uint64_t checksum_of(View bytes) { return row_checksum(0, view_of("networks"), kVersion, bytes); }

struct OpenFile {
  explicit OpenFile(int descriptor) : fd(descriptor) {}
  ~OpenFile() {
    if (fd >= 0) ::close(fd);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int fd;
};

}  // namespace

Bytes encode(const KnownNetworks& known) {
  Bytes bytes;
  ByteWriter writer(bytes);
  writer.raw(view_of(kMagic));
  writer.u8(kVersion);
  writer.raw(known.store);
  writer.u8(static_cast<std::uint8_t>(known.networks.size()));
  for (const NetworkRow& network : known.networks) {
    const Bytes row = encode(network);
    writer.u32(static_cast<std::uint32_t>(row.size()));
    writer.raw(row);
  }
  writer.u64(checksum_of(bytes));
  return bytes;
}

Result<KnownNetworks> parse_known_networks(View bytes) {
  const Error damaged{Code::Damaged, "the list of networks is damaged"};
  if (bytes.size() < kMagic.size() + 1 + StoreId::kSize + 1 + 8) return damaged;
  ByteReader sum(bytes.last(8));
  ByteReader reader(bytes.first(bytes.size() - 8));
  if (sum.u64() != checksum_of(bytes.first(bytes.size() - 8))) return damaged;
  if (budstikke::text_of(reader.raw(kMagic.size())) != kMagic || reader.u8() != kVersion) return damaged;
  KnownNetworks known;
  known.store = reader.fixed<StoreId>();
  const std::size_t count = reader.u8();
  if (count > kMaxNetworks) return damaged;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t size = reader.u32();
    if (size > reader.left()) return damaged;
    Result<NetworkRow> row = parse_network(reader.raw(size));
    if (!row) return row.error();
    known.networks.push_back(std::move(*row));
  }
  if (!reader.done()) return damaged;
  return known;
}

Result<KnownNetworks> read_networks_file(const std::filesystem::path& path) {
  const OpenFile file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (file.fd < 0 && errno == ENOENT) return Error{Code::NotFound, "there is no list of networks", path.string()};
  struct stat status {};
  if (file.fd < 0 || ::fstat(file.fd, &status) != 0) return store::system_error(errno, "cannot read " + path.string());
  if (!S_ISREG(status.st_mode) || status.st_size < 0 || static_cast<std::uint64_t>(status.st_size) > kMostFileBytes) {
    return Error{Code::Damaged, "the list of networks is damaged", path.string()};
  }
  Bytes bytes(static_cast<std::size_t>(status.st_size));
  const ssize_t got = ::read(file.fd, bytes.data(), bytes.size());
  if (got < 0) return store::system_error(errno, "cannot read " + path.string());
  bytes.resize(static_cast<std::size_t>(got));
  return parse_known_networks(bytes);
}

Status write_networks_file(const std::filesystem::path& path, View encoded) {
  std::filesystem::path fresh = path;
  fresh += ".new";
  {
    const OpenFile file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file.fd < 0) return store::system_error(errno, "cannot write " + fresh.string());
    const ssize_t written = ::write(file.fd, encoded.data(), encoded.size());
    if (written != static_cast<ssize_t>(encoded.size())) {
      return store::system_error(written < 0 ? errno : ENOSPC, "cannot write " + fresh.string());
    }
    if (::fsync(file.fd) != 0) return store::system_error(errno, "cannot write " + fresh.string());
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) return store::system_error(errno, "cannot replace " + path.string());
  return store::sync_directory(path.parent_path());
}

}  // namespace budstikke::daemon
