// Those who know an address, perhaps a public key, and nothing else.
#include <poll.h>
#include <zmq.h>

#include <thread>

#include "daemon/door/connections.h"
#include "daemon/door/curve_socket.h"
#include "daemon/door/monitor.h"
#include "protocol/base/random.h"
#include "protocol/wire/ticket.h"
#include "tests/bench/usage.h"
#include "tests/siege/besieged.h"
#include "tests/siege/crowd.h"
#include "tests/support/process.h"
#include "tests/support/wait.h"

namespace budstikke::siege {
namespace {

using namespace std::chrono_literals;

constexpr double kMostGrowthMib = 80;  // of the door, whatever strangers do
// For what is closed when the time for a handshake is over, on a machine that is busy with all this.
constexpr std::chrono::milliseconds kHandshakeOver = daemon::kHandshakePatience + 15s;

double grown_mib(pid_t process, std::uint64_t before) {
  return (static_cast<double>(tests::anonymous_memory_of(process)) - static_cast<double>(before)) / kMib;
}

// Does `attack` over and over in a thread of its own, for a time, and gives how often.
template <class Attack>
std::uint64_t repeat_for(std::chrono::seconds time, const Attack& attack) {
  const auto start = Clock::now();
  std::uint64_t count = 0;
  while (Clock::now() - start < time) count += attack();
  return count;
}

// The event that ends it; 0 when none comes in a second.
int end_of_handshake(daemon::SocketMonitor& monitor) {
  for (const auto start = Clock::now(); seconds_since(start) < 1;) {
    pollfd readable{monitor.poll_fd(), POLLIN, 0};
    ::poll(&readable, 1, 10);
    while (std::optional<daemon::SocketEvent> event = monitor.next()) {
      if (event->id == ZMQ_EVENT_HANDSHAKE_SUCCEEDED || event->id == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) return event->id;
      if (event->id == ZMQ_EVENT_CLOSED || event->id == ZMQ_EVENT_DISCONNECTED) return event->id;
    }
  }
  return 0;
}

TransportKey key_of(const tests::NodeUnderTest& node) {
  Result<Ticket> ticket = parse_ticket(tests::ticket_from(node, "Ingen"));
  return bench::must(std::move(ticket), "the ticket").members.at(0).transport;
}

}  // namespace

void held_connections(const Strength& strength, Report& report) {
  Besieged besieged;
  besieged.begin();
  const pid_t door = door_of(besieged.host());
  const std::uint64_t before = tests::anonymous_memory_of(door);
  Crowd crowd(besieged.host().port());
  const std::size_t opened = crowd.open(strength.of<std::size_t>(3'000, 10'000));
  report.figures["opened"] = opened;
  report.figures["held"] = crowd.alive();
  report.expect(opened > daemon::Connections::kMostStrangers, "too few connections could be opened for this to tell anything");
  const double growth = grown_mib(door, before);
  std::this_thread::sleep_for(strength.of(3s, 60s));
  const std::size_t held = crowd.alive();
  report.figures["held_to_the_end"] = held;
  report.expect(held <= daemon::Connections::kMostStrangers, "more strangers are held than may be");
  report.figures["door_memory_at_most_mib"] = growth;
  report.expect(growth < kMostGrowthMib, "the door grew by more than 80 MiB");
  crowd.leave();
  besieged.end(report);
}

void no_descriptors(const Strength& strength, Report& report) {
  Besieged besieged(256);
  besieged.begin();
  std::uint64_t opened = 0;
  const std::uint64_t rounds = repeat_for(strength.of(6s, 60s), [&] {
    Crowd crowd(besieged.host().port());
    opened += crowd.open(600);
    std::this_thread::sleep_for(500ms);
    return std::uint64_t{1};
  });
  report.figures["rounds"] = rounds;
  report.figures["opened"] = opened;
  report.figures["closings"] = lines_of(besieged.host(), "listen-failed");
  report.figures["door_ends"] = lines_of(besieged.host(), "door-ended");
  besieged.end(report);
}

void slow_connections(const Strength& strength, Report& report) {
  Besieged besieged;
  besieged.begin();
  Crowd crowd(besieged.host().port());
  const auto opened = Clock::now();
  const std::size_t opened_count = crowd.open(strength.of<std::size_t>(200, 1'000));
  report.figures["opened"] = opened_count;
  report.expect(opened_count > 0, "no connection could be opened");
  const std::string greeting = curve_greeting();
  for (std::size_t at = 0; crowd.alive() > 0 && Clock::now() - opened < kHandshakeOver; ++at) {
    crowd.send(std::string_view(greeting).substr(at % greeting.size(), 1));
    std::this_thread::sleep_for(250ms);
  }
  report.figures["all_closed_s"] = seconds_since(opened);
  report.figures["allowed_s"] = std::chrono::duration<double>(daemon::kHandshakePatience).count();
  report.expect(crowd.alive() == 0, "slow connections live on behind the time for a handshake");
  besieged.end(report);
}

void garbage_hellos(const Strength& strength, Report& report) {
  Besieged besieged;
  besieged.begin();
  const pid_t door = door_of(besieged.host());
  const double cpu_before = bench::cpu_seconds_of(door);
  const auto start = Clock::now();
  Random random = Random::from_number(11);
  const std::uint64_t hellos = repeat_for(strength.of(5s, 60s), [&] {
    Bytes noise(194);
    random.fill(noise);
    Crowd one(besieged.host().port());
    if (one.open(1) == 0) return std::uint64_t{0};
    one.send(curve_greeting() + command_frame("\x05HELLO" + std::string(noise.begin(), noise.end())));
    return std::uint64_t{1};
  });
  const double seconds = seconds_since(start);
  report.figures["hellos_per_s"] = static_cast<double>(hellos) / seconds;
  report.figures["door_cpu_share"] = (bench::cpu_seconds_of(door) - cpu_before) / seconds;
  report.expect(hellos > 0, "no connection could be opened");
  besieged.end(report);
}

void unknown_keys(const Strength& strength, Report& report) {
  Besieged besieged;
  const TransportKey server = key_of(besieged.host());
  besieged.begin();
  const pid_t door = door_of(besieged.host());
  const double cpu_before = bench::cpu_seconds_of(door);
  const std::size_t links = lines_of(besieged.host(), "link-up");
  const auto start = Clock::now();
  const daemon::ZmqContext context;
  Random random = Random::from_number(13);
  std::uint64_t passed = 0;
  const std::uint64_t handshakes = repeat_for(strength.of(5s, 60s), [&] {
    const TransportPair stranger = TransportPair::from_secret(random.fixed<Seed>());
    daemon::ZmqSocket client = bench::must(daemon::open_curve_client(context, server, stranger), "a client");
    daemon::SocketMonitor monitor = bench::must(daemon::SocketMonitor::open(context, client), "its monitor");
    bench::must(client.connect("tcp://" + besieged.host().address()), "connect");
    const int end = end_of_handshake(monitor);
    if (end == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) ++passed;
    return std::uint64_t{end == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH};
  });
  const double seconds = seconds_since(start);
  report.figures["handshakes_per_s"] = static_cast<double>(handshakes) / seconds;
  report.figures["door_cpu_share"] = (bench::cpu_seconds_of(door) - cpu_before) / seconds;
  report.figures["strangers_let_in"] = passed;
  report.expect(handshakes > 0, "no handshake came to its end");
  report.expect(passed == 0 && lines_of(besieged.host(), "link-up") == links, "a stranger was let in");
  besieged.end(report);
}

void early_frames(const Strength& strength, Report& report) {
  Besieged besieged;
  besieged.begin();
  const pid_t door = door_of(besieged.host());
  const std::uint64_t before = tests::anonymous_memory_of(door);
  Crowd crowd(besieged.host().port());
  const std::size_t opened = crowd.open(1'000);
  report.expect(opened > daemon::Connections::kMostStrangers, "too few connections could be opened for this to tell anything");
  crowd.send(curve_greeting() + command_frame(std::string(60'000, '\x05'), 64'000));
  bench::MemoryWatch watch({door});
  std::this_thread::sleep_for(strength.of(2s, 10s));
  const double growth = (static_cast<double>(watch.most()[0]) - static_cast<double>(before)) / kMib;
  report.figures["opened"] = opened;
  report.figures["door_memory_at_most_mib"] = growth;
  report.expect(growth < kMostGrowthMib, "the door grew by more than 80 MiB");

  Crowd boasters(besieged.host().port());
  report.figures["boasters"] = boasters.open(20);
  boasters.send(curve_greeting() + command_frame("\x05HELLO", std::uint64_t{1} << 30));
  report.expect(boasters.gone_within(kHandshakeOver), "who announces a frame of a GiB is not closed");
  crowd.leave();
  besieged.end(report);
}

void other_protocols(const Strength& strength, Report& report) {
  Besieged besieged;
  besieged.begin();
  std::string null_greeting = curve_greeting();
  null_greeting.replace(12, 5, std::string("NULL\0", 5));
  std::string plain_greeting = curve_greeting();
  plain_greeting.replace(12, 5, "PLAIN");
  const std::string openings[] = {
      "GET / HTTP/1.1\r\nHost: budstikke\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "SSH-2.0-OpenSSH_9.2\r\n",
      "EHLO budstikke\r\n",
      std::string("\x16\x03\x01\x00\x2a\x01\x00\x00\x26\x03\x03", 11) + std::string(36, 'r'),  // TLS
      std::string("\x01\x00", 2),                                                              // ZMTP 1.0, anonymous
      std::string("\xFF\0\0\0\0\0\0\0\x01\x7F\x01\x00\x00\x00", 14),                           // ZMTP 2.0
      null_greeting,
      plain_greeting + command_frame("\x05HELLO\x01u\x01p"),
      curve_greeting() + command_frame("\x07WELCOME" + std::string(160, 'w')),
      curve_greeting() + std::string("\x00\x05hello", 7),  // a message before the handshake
      std::string(4096, '\0'),
      std::string(4096, '\xFF'),
      std::string(),
  };
  const int rounds = strength.of(3, 50);
  const std::size_t lines_before = lines_of(besieged.host(), "handshake-failed");
  Crowd crowd(besieged.host().port());
  std::size_t opened = 0;
  for (int round = 0; round < rounds; ++round) {
    for (const std::string& opening : openings) {
      Crowd one(besieged.host().port());
      opened += one.open(1);
      one.send(opening);
      std::this_thread::sleep_for(5ms);
    }
  }
  // Once more, and waiting for what the door does of its own.
  for (const std::string& opening : openings) {
    Crowd one(besieged.host().port());
    opened += one.open(1);
    one.send(opening);
    crowd.open(1);
  }
  report.expect(crowd.gone_within(kHandshakeOver), "a connection that says nothing is not closed");
  report.figures["connections"] = opened;
  report.expect(opened > 0, "no connection could be opened");
  report.figures["lines"] = lines_of(besieged.host(), "handshake-failed") - lines_before;
  report.expect(report.figures["lines"].get<std::size_t>() <= 20, "the log is filled by strangers");
  besieged.end(report);
}

}  // namespace budstikke::siege
