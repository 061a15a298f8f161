#include "daemon/door/channel.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "daemon/door_messages.h"

namespace budstikke::daemon {
namespace {

constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kGatherBytes = 32 * 1024;  // shorter messages wait for flush() or for company
constexpr std::size_t kReadBytes = 192 * 1024;   // room for a few frames a read
constexpr int kSocketBufferBytes = 1024 * 1024;  // lets one side write while the other one is busy

void append_piece(std::array<iovec, 4>& pieces, std::size_t& count, View bytes) {
  if (!bytes.empty()) pieces[count++] = {const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
}

}  // namespace

Result<std::pair<Channel, Channel>> Channel::pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return Error{Code::Io, std::string("cannot make a socket pair: ") + std::strerror(errno)};
  }
  return std::pair(Channel(ends[0]), Channel(ends[1]));
}

Channel::Channel(int fd) : fd_(fd) {
  ::fcntl(fd_, F_SETFL, ::fcntl(fd_, F_GETFL) | O_NONBLOCK);
  // The kernel may grant less; then there are more, shorter writes.
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDBUF, &kSocketBufferBytes, sizeof kSocketBufferBytes);
}

Channel::Channel(Channel&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      broken_(other.broken_),
      out_(std::move(other.out_)),
      out_sent_(std::exchange(other.out_sent_, 0)),
      in_(std::move(other.in_)),
      in_begin_(std::exchange(other.in_begin_, 0)),
      in_end_(std::exchange(other.in_end_, 0)) {}

Channel& Channel::operator=(Channel&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(broken_, other.broken_);
  out_.swap(other.out_);
  std::swap(out_sent_, other.out_sent_);
  in_.swap(other.in_);
  std::swap(in_begin_, other.in_begin_);
  std::swap(in_end_, other.in_end_);
  return *this;
}

Channel::~Channel() {
  if (fd_ >= 0) ::close(fd_);
}

void Channel::send(View head, View body) {
  std::size_t size = head.size() + body.size();
  require(size <= kMaxDoorMessageBytes, "a door message is too long");
  std::array<std::uint8_t, kLengthBytes> length;
  for (std::size_t i = 0; i < kLengthBytes; ++i) length[i] = static_cast<std::uint8_t>(size >> (8 * (kLengthBytes - 1 - i)));
  if (size < kGatherBytes) {
    queue(length);
    queue(head);
    queue(body);
    if (backlog() >= kGatherBytes) write_with({}, {}, {});
  } else {
    write_with(length, head, body);
  }
}

Status Channel::flush() {
  if (backlog() > 0) write_with({}, {}, {});
  if (broken_) return Error{Code::Io, "the other end of the door's channel is gone"};
  return done();
}

// Writes what is queued and then the three pieces, and queues what the kernel does not take.
void Channel::write_with(View prefix, View head, View body) {
  std::array<iovec, 4> pieces;
  std::size_t count = 0;
  append_piece(pieces, count, View(out_).subspan(out_sent_));
  for (View piece : {prefix, head, body}) append_piece(pieces, count, piece);
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = count;
  ssize_t written = broken_ ? -1 : ::sendmsg(fd_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (written < 0 && errno != EAGAIN && errno != EINTR && errno != ENOBUFS && errno != ENOMEM) broken_ = true;
  std::size_t taken = written < 0 ? 0 : static_cast<std::size_t>(written);
  std::size_t from_queue = std::min(taken, backlog());
  out_sent_ += from_queue;
  taken -= from_queue;
  if (out_sent_ == out_.size()) {
    out_.clear();
    out_sent_ = 0;
  } else if (out_sent_ > out_.size() / 2) {
    out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(out_sent_));
    out_sent_ = 0;
  }
  for (View piece : {prefix, head, body}) {
    std::size_t skipped = std::min(taken, piece.size());
    taken -= skipped;
    if (!broken_) queue(piece.subspan(skipped));
  }
}

Result<std::optional<View>> Channel::receive() {
  for (;;) {
    std::size_t available = in_end_ - in_begin_;
    std::size_t wanted = kLengthBytes;
    if (available >= kLengthBytes) {
      ByteReader reader(View(in_).subspan(in_begin_, kLengthBytes));
      std::size_t size = reader.u32();
      if (size > kMaxDoorMessageBytes) return Error{Code::Malformed, "a message on the door's channel is too long"};
      wanted += size;
      if (available >= wanted) {
        View message = View(in_).subspan(in_begin_ + kLengthBytes, size);
        in_begin_ += wanted;
        return std::optional<View>(message);
      }
    }
    std::size_t before = available;
    if (Status read = read_more(wanted); !read) return read.error();
    if (in_end_ - in_begin_ == before) return std::optional<View>();
  }
}

// Makes room for a message of `wanted` bytes at the front of the buffer and reads what is there.
Status Channel::read_more(std::size_t wanted) {
  if (in_begin_ > 0) {
    std::memmove(in_.data(), in_.data() + in_begin_, in_end_ - in_begin_);
    in_end_ -= in_begin_;
    in_begin_ = 0;
  }
  std::size_t room = std::max(wanted, kReadBytes);
  if (in_.size() < room) in_.resize(room);
  ssize_t got = ::recv(fd_, in_.data() + in_end_, in_.size() - in_end_, MSG_DONTWAIT);
  if (got == 0) return Error{Code::Io, "the other end of the door's channel is gone"};
  if (got < 0 && errno != EAGAIN && errno != EINTR) {
    return Error{Code::Io, std::string("the door's channel failed: ") + std::strerror(errno)};
  }
  if (got > 0) in_end_ += static_cast<std::size_t>(got);
  return done();
}

}  // namespace budstikke::daemon
