#include "tests/bench/floors.h"

#include <time.h>
#include <zmq.h>

#include <array>
#include <thread>

#include "daemon/zmq_socket.h"
#include "protocol/base/checksum.h"
#include "protocol/base/hash.h"
#include "protocol/base/limits.h"
#include "protocol/base/random.h"
#include "tests/bench/figures.h"
#include "tests/bench/plain_lmdb.h"

namespace budstikke::bench {
namespace {

// What the rows of one new contact weigh with their checksums, and how large what is hashed for it is.
constexpr std::size_t kEntryRow = 400, kRecordRow = 225, kRecordIdKey = 40, kRecordIdRow = 17;
constexpr std::size_t kHashed[] = {49, 220, 74 + 32, 32, 160, 184};  // record id, values, leaf, root, header, state
constexpr int kTrips = 2'000;
constexpr std::size_t kTripBytes = 300;

double cpu_seconds() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

template <class Work>
double cpu_seconds_each(int count, Work work) {
  const double start = cpu_seconds();
  for (int i = 0; i < count; ++i) work();
  return (cpu_seconds() - start) / count;
}

double hashing_floor(Bytes& bytes) {
  Hash last;
  return cpu_seconds_each(50'000, [&] {
    for (std::size_t size : kHashed) {
      last = hash(Domain::Leaf, View(bytes).first(size));
      bytes[0] = last.bytes[0];  // each depends on the one before, so that none is left out
    }
  });
}

double checksum_floor(const Bytes& bytes) {
  std::uint64_t last = 0;
  const double seconds = cpu_seconds_each(100'000, [&] {
    for (std::size_t size : {kEntryRow, kRecordRow, kRecordIdRow}) {
      last ^= row_checksum(static_cast<std::uint8_t>(last), View(bytes).first(8), 1, View(bytes).first(size));
    }
  });
  return last == 0 ? 0 : seconds;  // uses the sums, so that they are computed
}

void measure_lmdb_batches(std::uint64_t entries, const Bytes& bytes, Random& random, Floors& floors) {
  PlainLmdb store;
  std::vector<std::array<std::uint8_t, kRecordIdKey>> ids(entries);
  for (auto& id : ids) random.fill(id);
  const auto start = Clock::now();
  const double cpu_start = cpu_seconds();
  for (std::uint64_t first = 0; first < entries; first += kBatchEntries) {
    const std::uint64_t end = std::min<std::uint64_t>(entries, first + kBatchEntries);
    store.begin();
    for (std::uint64_t i = first; i < end; ++i) {
      const Bytes key = number_key(i);
      store.append(0, key, View(bytes).first(kEntryRow));
      store.append(1, key, View(bytes).first(kRecordRow));
    }
    const auto batch = ids.begin() + static_cast<std::ptrdiff_t>(first);
    std::sort(batch, ids.begin() + static_cast<std::ptrdiff_t>(end));
    for (std::uint64_t i = first; i < end; ++i) store.put(2, ids[i], View(bytes).first(kRecordIdRow));
    store.commit();
  }
  floors.lmdb_batch = seconds_since(start) / static_cast<double>(entries);
  floors.lmdb_batch_cpu = (cpu_seconds() - cpu_start) / static_cast<double>(entries);
}

TransportPair key_pair(Random& random) { return TransportPair::from_secret(random.fixed<Seed>()); }

// A server that sends everything back, until it is sent an empty message.
void echo(daemon::ZmqSocket& server) {
  daemon::ZmqMessage id, body;
  while (server.receive_waiting(id) && server.receive_waiting(body)) {
    if (body.size() == 0) return;
    server.send(id, true);
    server.send(body, false);
  }
}

double curve_floor(const Bytes& bytes, Random& random) {
  const TransportPair ours = key_pair(random), theirs = key_pair(random);
  const daemon::ZmqContext there, here;
  daemon::ZmqSocket server = must(daemon::ZmqSocket::open(there, ZMQ_ROUTER), "a socket");
  daemon::ZmqSocket client = must(daemon::ZmqSocket::open(here, ZMQ_DEALER), "a socket");
  must(server.set(ZMQ_CURVE_SERVER, 1), "CURVE");
  must(server.set(ZMQ_CURVE_SECRETKEY, theirs.secret.view()), "CURVE");
  must(client.set(ZMQ_CURVE_SERVERKEY, theirs.public_key.view()), "CURVE");
  must(client.set(ZMQ_CURVE_PUBLICKEY, ours.public_key.view()), "CURVE");
  must(client.set(ZMQ_CURVE_SECRETKEY, ours.secret.view()), "CURVE");
  must(server.bind("tcp://127.0.0.1:*"), "bind");
  must(client.connect(server.last_endpoint()), "connect");
  std::thread thread([&] { echo(server); });
  std::vector<double> samples;
  daemon::ZmqMessage answer;
  for (int i = 0; i < kTrips; ++i) {
    const auto start = Clock::now();
    client.send(View(bytes).first(kTripBytes), false);
    client.receive_waiting(answer);
    if (i > 0) samples.push_back(seconds_since(start));  // the first one waits for the handshake
  }
  client.send(View(), false);
  thread.join();
  return percentile(samples, 0.5);
}

double verify_floor(Random& random) {
  const SigningKey key = SigningKey::from_seed(random.fixed<Seed>());
  const Hash id = random.fixed<Hash>();
  const Signature signature = key.sign(Purpose::Entry, id);
  bool all = true;
  const double seconds = cpu_seconds_each(1'000, [&] { all = verify(key.public_key(), Purpose::Entry, id, signature) && all; });
  if (!all) throw std::runtime_error("a signature does not hold");
  return seconds;
}

}  // namespace

Floors measure_floors(std::uint64_t entries) {
  Random random = Random::from_number(7);
  Bytes bytes(1024);
  random.fill(bytes);
  Floors floors;
  floors.blake2b = hashing_floor(bytes);
  floors.siphash = checksum_floor(bytes);
  measure_lmdb_batches(entries, bytes, random, floors);
  floors.curve_trip = curve_floor(bytes, random);
  floors.verify = verify_floor(random);
  return floors;
}

}  // namespace budstikke::bench
