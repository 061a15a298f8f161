#include "tests/support/packet_net.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace budstikke::tests {
namespace {

constexpr std::size_t kMostPacketBytes = 2048;  // a TUN device's MTU is 1500

[[noreturn]] void refuse(const std::string& what) { throw std::runtime_error(what + ": " + std::strerror(errno)); }

int own_network() {
  const int fd = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  if (fd < 0) refuse("/proc/thread-self/ns/net");
  return fd;
}

void control(int fd, unsigned long request, ifreq& device, const char* what) {
  if (::ioctl(fd, request, &device) != 0) refuse(what);
}

ifreq device_named(const char* name) {
  ifreq device{};
  std::strncpy(device.ifr_name, name, sizeof device.ifr_name - 1);
  return device;
}

void bring_up(int socket, const char* name) {
  ifreq device = device_named(name);
  control(socket, SIOCGIFFLAGS, device, "SIOCGIFFLAGS");
  device.ifr_flags = static_cast<short>(device.ifr_flags | IFF_UP | IFF_RUNNING);
  control(socket, SIOCSIFFLAGS, device, "SIOCSIFFLAGS");
}

void set_address(int socket, const char* name, unsigned long request, const std::string& text) {
  ifreq device = device_named(name);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  ::inet_pton(AF_INET, text.c_str(), &address.sin_addr);
  std::memcpy(&device.ifr_addr, &address, sizeof address);
  control(socket, request, device, "the address of a TUN device");
}

// A new network with one device, for a thread that ends after it.
std::pair<int, int> make_host(const std::string& address) {
  if (::unshare(CLONE_NEWNET) != 0) refuse("a network namespace");
  const int network = own_network();
  const int device = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (device < 0) refuse("/dev/net/tun");
  ifreq tun = device_named("bs0");
  tun.ifr_flags = IFF_TUN | IFF_NO_PI;
  control(device, TUNSETIFF, tun, "TUNSETIFF");
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) refuse("socket");
  bring_up(socket, "lo");
  set_address(socket, "bs0", SIOCSIFADDR, address);
  set_address(socket, "bs0", SIOCSIFNETMASK, "255.255.255.0");
  bring_up(socket, "bs0");
  ::close(socket);
  return {network, device};
}

}  // namespace

bool PacketNet::available() {
  if (::geteuid() != 0) return false;
  bool works = false;
  std::thread([&] {
    try {
      const auto [network, device] = make_host(address(0));
      works = true;
      ::close(device);
      ::close(network);
    } catch (const std::runtime_error&) {  // a container may have the one and not the other
    }
  }).join();
  return works;
}

PacketNet::PacketNet(std::uint32_t seed) : random_(seed) {
  hosts_.reserve(kMostHosts);  // the switch looks at them while more are added
  wake_fd_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake_fd_ < 0) refuse("eventfd");
  thread_ = std::thread([this] { run(); });
}

PacketNet::~PacketNet() {
  stopping_ = true;
  wake();
  thread_.join();
  for (const Host& host : hosts_) {
    ::close(host.device);
    ::close(host.network);
  }
  ::close(wake_fd_);
}

std::size_t PacketNet::add() {
  const std::size_t number = hosts_.size();
  if (number == kMostHosts) throw std::runtime_error("too many hosts");
  Host made;
  std::string refused;
  std::thread([&] {
    try {
      std::tie(made.network, made.device) = make_host(address(number));
    } catch (const std::runtime_error& error) {
      refused = error.what();
    }
  }).join();
  if (!refused.empty()) throw std::runtime_error(refused);
  {
    const std::lock_guard lock(mutex_);
    hosts_.push_back(made);
  }
  wake();
  return number;
}

void PacketNet::set(std::size_t from, std::size_t to, Path path) {
  const std::lock_guard lock(mutex_);
  paths_.at(from).at(to) = path;
}

void PacketNet::set_all(Path path) {
  const std::lock_guard lock(mutex_);
  for (auto& row : paths_) row.fill(path);
}

void PacketNet::wake() {
  const std::uint64_t one = 1;
  if (::write(wake_fd_, &one, sizeof one) < 0 && errno != EAGAIN) refuse("eventfd");
}

// --- The switch ------------------------------------------------------------------------------------------------------

void PacketNet::run() {
  std::vector<pollfd> polled;
  while (!stopping_) {
    polled.assign(1, {wake_fd_, POLLIN, 0});
    {
      const std::lock_guard lock(mutex_);
      for (const Host& host : hosts_) polled.push_back({host.device, POLLIN, 0});
    }
    int timeout = -1;
    if (!delayed_.empty()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(delayed_.begin()->first - Clock::now());
      timeout = static_cast<int>(std::max<std::int64_t>(left.count(), 0));
    }
    if (::poll(polled.data(), polled.size(), timeout) < 0 && errno != EINTR) return;
    if (polled[0].revents != 0) {
      std::uint64_t count = 0;
      while (::read(wake_fd_, &count, sizeof count) > 0) {
      }
    }
    for (std::size_t host = 0; host + 1 < polled.size(); ++host) {
      if (polled[host + 1].revents != 0) take(host);
    }
    deliver_due();
  }
}

void PacketNet::take(std::size_t from) {
  std::array<char, kMostPacketBytes> buffer;
  for (;;) {
    const ssize_t size = ::read(hosts_[from].device, buffer.data(), buffer.size());
    if (size < 20) return;                // none left, or no IP packet
    if ((buffer[0] >> 4) != 4) continue;  // the kernel's own, of IPv6
    if (buffer[16] != 10 || buffer[17] != 77) continue;
    const std::size_t to = static_cast<std::size_t>(static_cast<unsigned char>(buffer[19])) - 1;
    Path path;
    {
      const std::lock_guard lock(mutex_);
      if (to >= hosts_.size()) continue;
      path = paths_[from][to];
    }
    if (!path.open || std::uniform_real_distribution<double>(0, 1)(random_) < path.loss) continue;
    Packet packet{to, std::string(buffer.data(), static_cast<std::size_t>(size))};
    if (path.delay.count() == 0) {
      deliver(packet);
    } else {
      delayed_.emplace(Clock::now() + path.delay, std::move(packet));
    }
  }
}

void PacketNet::deliver_due() {
  while (!delayed_.empty() && delayed_.begin()->first <= Clock::now()) {
    deliver(delayed_.begin()->second);
    delayed_.erase(delayed_.begin());
  }
}

// A device that takes no more loses the packet, as a full queue on the way would.
void PacketNet::deliver(const Packet& packet) {
  if (::write(hosts_[packet.to].device, packet.bytes.data(), packet.bytes.size()) > 0) bytes_ += packet.bytes.size();
}

// --- Inside ----------------------------------------------------------------------------------------------------------

PacketNet::Inside::Inside(const PacketNet& net, std::size_t host) : before_(own_network()) {
  const std::lock_guard lock(net.mutex_);
  if (::setns(net.hosts_.at(host).network, CLONE_NEWNET) != 0) refuse("setns");
}

PacketNet::Inside::~Inside() {
  ::setns(before_, CLONE_NEWNET);
  ::close(before_);
}

}  // namespace budstikke::tests
