#include "daemon/door/transport_key.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace budstikke::daemon {
namespace {

Status check_file(const std::string& path, const struct stat& info) {
  const char* wrong = !S_ISREG(info.st_mode)               ? "is not a regular file"
                      : info.st_uid != ::geteuid()         ? "belongs to another user"
                      : (info.st_mode & 07777) != 0600     ? "must have mode 0600 (chmod 600)"
                      : info.st_size != off_t{Seed::kSize} ? "does not hold a key of 32 bytes"
                                                           : nullptr;
  if (wrong != nullptr) return Error{Code::Conflict, "the transport key file " + path + " " + wrong, path};
  return done();
}

Result<TransportPair> read_from(int fd, const std::string& path) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return Error{Code::Io, "cannot read " + path + ": " + std::strerror(errno), path};
  if (Status checked = check_file(path, info); !checked) return checked.error();
  Seed secret;
  if (::read(fd, secret.bytes.data(), Seed::kSize) != ssize_t{Seed::kSize}) {
    return Error{Code::Io, "cannot read " + path, path};
  }
  TransportPair pair = TransportPair::from_secret(secret);
  sodium_memzero(secret.bytes.data(), Seed::kSize);
  return pair;
}

}  // namespace

Result<TransportPair> read_transport_key(const std::string& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return Error{Code::Io, "cannot read the transport key file " + path + ": " + std::strerror(errno), path};
  Result<TransportPair> pair = read_from(fd, path);
  ::close(fd);
  return pair;
}

Seed random_seed() {
  Seed seed;
  ssize_t got = -1;
  do got = ::getrandom(seed.bytes.data(), Seed::kSize, 0);
  while (got < 0 && errno == EINTR);
  require(got == ssize_t{Seed::kSize}, "getrandom");
  return seed;
}

TransportPair random_transport_pair() { return TransportPair::from_secret(random_seed()); }

bool is_possible_key(const TransportKey& key) {
  Seed any_secret;  // whichever it is, a point of small order gives zero, which libsodium reports
  any_secret.bytes.fill(1);
  std::array<std::uint8_t, crypto_scalarmult_BYTES> shared;
  return crypto_scalarmult(shared.data(), any_secret.bytes.data(), key.bytes.data()) == 0;
}

}  // namespace budstikke::daemon
