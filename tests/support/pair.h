// One node, and a member beside it whose frames the test makes by hand: for everything that an honest node never sends.
//
// Shape        The node is the founder. The member ("the peer") was admitted by it, and its link is the only one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/node/node.h"
#include "tests/support/memory_storage.h"

namespace budstikke::tests {

// Writes a log by hand: entries, their chain, and runs of them.
class Author {
 public:
  Author(const NetworkId& network, const SigningKey& key, LogClass log_class = LogClass::Data, std::uint64_t incarnation = 7);
  // Appends an entry with one change of a new contact; `size` is about how many bytes its value has.
  void append(std::size_t size = 10);
  void append(std::span<const ChangeBytes> changes, std::uint8_t version = kEntryVersion);
  // Entries first … last as one run and its parts, signed as they should be.
  std::vector<Message> run(std::uint64_t first, std::uint64_t last);
  RunMessage opened(std::uint64_t first, std::uint64_t last);  // the same, all in one message
  const LogId& log() const { return log_; }
  Tip tip() const { return {heads_.back().seq, heads_.back().id}; }
  const Head& head(std::uint64_t seq) const { return heads_[seq]; }
  Bytes& body(std::uint64_t seq) { return bodies_[seq - 1]; }
  WallTime clock{1'760'000'000'000};

 private:
  NetworkId network_;
  SigningKey key_;
  LogId log_;
  Random random_;
  std::vector<Head> heads_{Head{}};
  std::vector<Bytes> bodies_;
  std::vector<Bytes> payloads_;  // what the views of the messages made so far point into
};

class Pair {
 public:
  static constexpr LinkId kLink{1};
  explicit Pair(std::uint64_t seed = 1);
  Node& node() { return *node_; }
  Network& network() { return node_->ledger().networks().begin()->second; }
  MemoryStorage& storage() { return storage_; }
  const SigningKey& peer() const { return peer_; }
  const TransportKey& peer_transport() const { return peer_transport_.public_key; }
  Now now() const { return now_; }

  void dial();  // the peer dials; says nothing yet
  void hang_up();
  Hello hello();                  // what an honest peer with an empty store would say now, signed
  void sign(Hello& hello) const;  // after it was changed
  void open();                    // dial() and hello()
  void send(const Message& message) { send_frame(encode(message)); }
  void send(const std::vector<Message>& messages);
  void send_frame(Bytes frame);
  void advance(Millis time);  // lets time pass with one tick at its end
  void process();             // commits and collects what the node answers

  std::string answers();  // descriptions of what came since the last call, one per line
  std::vector<Bytes> frames() { return std::exchange(frames_, {}); }
  const std::optional<std::string>& dropped() const { return dropped_; }  // why the node dropped the link
  const std::vector<Event>& events() const { return events_; }
  std::uint64_t entries() { return network().entries; }

 private:
  Random random_;
  Now now_{Instant{1'000}, WallTime{1'760'000'000'000}};
  MemoryStorage storage_;
  SigningKey identity_;
  TransportPair transport_;
  SigningKey peer_;
  TransportPair peer_transport_;
  Nonce nonce_;
  std::unique_ptr<Node> node_;
  std::vector<Bytes> frames_;
  std::optional<std::string> dropped_;
  std::vector<Event> events_;
};

}  // namespace budstikke::tests
