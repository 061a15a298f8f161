// A program of the same user that talks to the local socket as it should not.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <zmq.h>

#include <fstream>

#include "protocol/base/limits.h"
#include "protocol/base/random.h"
#include "protocol/wire/api.h"
#include "tests/siege/besieged.h"
#include "tests/support/process.h"
#include "tests/support/wait.h"

namespace budstikke::siege {
namespace {

using namespace std::chrono_literals;

// Noise, requests that are cut or changed in one place, and whole ones that ask for what is not there.
Bytes hostile_request(Random& random) {
  constexpr const char* kCommands[] = {"record.add",  "record.list",  "record.edit", "invite",  "join",   "member.revoke",
                                       "bundle.feed", "subject.find", "check",       "nothing", "backup.next", "record.import"};
  Value args;
  args.set("kind", random.below(2) == 0 ? "contact" : std::string(random.below(2'000), 'x'));
  args.set("id", std::string(1 + random.below(80), 'a'));
  args.set("file", "../../etc/passwd");
  args.set("ticket", std::string(random.below(5'000), 'Q'));
  args.set("stream", static_cast<std::int64_t>(random.u64() >> 1));
  args.set("data", std::string(random.below(10'000), 'f'));
  Value nested = Value::array();
  for (int depth = 0; depth < 6; ++depth) {
    Value outer = Value::array();
    outer.push(std::move(nested));
    nested = std::move(outer);
  }
  args.set(random.below(2) == 0 ? "fields" : "items", std::move(nested));
  Bytes request = encode(
      ApiRequest{static_cast<std::int64_t>(random.below(1'000)), kCommands[random.below(std::size(kCommands))], std::move(args)});
  switch (random.below(5)) {
    case 0:
      request.resize(random.below(request.size()));
      break;
    case 1:
      request[random.below(request.size())] ^= static_cast<std::uint8_t>(1 + random.below(255));
      break;
    case 2:
      request.assign(random.below(70'000), 0);
      for (std::uint8_t& byte : request) byte = static_cast<std::uint8_t>(random.u64());
      break;
    case 3:
      request = {0xdd, 0xff, 0xff, 0xff, 0xff};
      break;
    default:
      break;
  }
  return request;
}

// Connects and leaves at once, now and then after a few bytes.
bool connect_and_leave(const std::string& path, Random& random) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const bool connected = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const Bytes noise(random.below(100), 0x7f);
  if (connected && random.below(3) == 0) [[maybe_unused]]
    const ssize_t sent = ::send(fd, noise.data(), noise.size(), MSG_NOSIGNAL);
  ::close(fd);
  return connected;
}

std::string api_socket_of(const std::filesystem::path& home) {
  std::ifstream file(home / "api.path");
  std::string named;
  return file && std::getline(file, named) && !named.empty() ? named : (home / "api.sock").string();
}

}  // namespace

void hostile_requests(const Strength& strength, Report& report) {
  constexpr std::size_t kRequests = 500;
  Besieged besieged;
  report.expect(besieged.region().agrees(), "the nodes do not agree before anything has happened");
  const std::filesystem::path home = besieged.host().home();
  const pid_t core = besieged.host().daemon().pid();
  const nlohmann::json status = besieged.host().json({"status"});
  Random random = Random::from_number(2026);
  const auto flood = [&](std::size_t requests, std::size_t connections) {
    daemon::ZmqContext context;
    {
      daemon::ZmqSocket socket = bench::must(daemon::ZmqSocket::open(context, ZMQ_DEALER), "a socket");
      bench::must(socket.connect("ipc://" + api_socket_of(home)), "the local socket");
      for (std::size_t i = 0; i < requests; ++i) {
        daemon::ZmqMessage request{View(hostile_request(random))};
        while (socket.send(request, false) == daemon::Sent::Full) socket.wait_for_input(10ms);
        daemon::ZmqMessage answer;
        while (socket.receive(answer)) {
        }
      }
    }
    std::size_t connected = 0;
    for (std::size_t i = 0; i < connections; ++i) connected += connect_and_leave(api_socket_of(home), random) ? 1 : 0;
    return connected;
  };
  flood(kRequests / 5, 200);  // what is grown once, as buffers are
  tests::eventually(10s, [&] { return descriptors_of(core) < 200; });
  besieged.begin();
  const std::uint64_t descriptors = descriptors_of(core), memory = tests::anonymous_memory_of(core);
  report.figures["requests"] = kRequests;
  report.figures["connections"] = flood(kRequests, strength.of<std::size_t>(2'000, 10'000));
  const bool closed = tests::eventually(20s, [&] { return descriptors_of(core) <= descriptors + 4; });
  report.figures["descriptors_more"] = static_cast<std::int64_t>(descriptors_of(core)) - static_cast<std::int64_t>(descriptors);
  const double grown = (static_cast<double>(tests::anonymous_memory_of(core)) - static_cast<double>(memory)) / kMib;
  report.figures["memory_growth_mib"] = grown;
  report.expect(closed, "descriptors of those who left are still open");
  report.expect(grown < 16, "memory grew by more than 16 MiB");
  report.expect(besieged.host().daemon().pid() == core, "the daemon is another one");
  const nlohmann::json after = besieged.host().json({"status"});
  report.expect(after.at("networks").at(0).at("members") == status.at("networks").at(0).at("members"),
                "a request that is none changed who is a member");
  besieged.end(report);
}

}  // namespace budstikke::siege
