#include "tests/support/pair.h"

#include "protocol/base/limits.h"
#include "tests/support/net.h"

namespace budstikke::tests {

// --- Author ----------------------------------------------------------------------------------------------------------

Author::Author(const NetworkId& network, const SigningKey& key, LogClass log_class, std::uint64_t incarnation)
    : network_(network),
      key_(key),
      log_{key.public_key(), Incarnation{incarnation}, log_class},
      random_(Random::from_number(incarnation)) {}

void Author::append(std::size_t size) {
  Skeleton skeleton;
  skeleton.record = {council_of(key_.public_key()), static_cast<std::uint8_t>(Kind::Contact), random_.fixed<Nonce>()};
  skeleton.operations.push_back({2, OperationClass::Write});
  const ChangeBytes change{encode(skeleton), encode_values(random_.fixed<Salt>(), {Value(std::string(size, 'x'))})};
  append(std::span(&change, 1));
}

void Author::append(std::span<const ChangeBytes> changes, std::uint8_t version) {
  Result<Bytes> body = encode_body(heads_.back(), log_.log_class, clock, changes);
  require(body.ok(), "an entry that does not fit");
  body->front() = static_cast<std::uint8_t>((body->front() & 0x0F) | (version - 1) << 4);
  EntryView entry;
  ByteReader reader(*body);
  require(parse_entry(reader, log_.log_class, entry).ok(), "an entry that cannot be read");
  Result<Head> head = extend(network_, log_, heads_.back(), entry);
  require(head.ok(), "an entry that does not follow");
  heads_.push_back(*head);
  bodies_.push_back(std::move(*body));
}

RunMessage Author::opened(std::uint64_t first, std::uint64_t last) {
  Bytes payload;
  for (std::uint64_t seq = first; seq <= last; ++seq) ByteWriter(payload).raw(body(seq));
  payloads_.push_back(std::move(payload));
  const EntryId& end = heads_[last].id;
  return {network_,        log_, Seq{first}, static_cast<std::uint16_t>(last - first + 1), end, key_.sign(Purpose::Entry, end),
          payloads_.back()};
}

std::vector<Message> Author::run(std::uint64_t first, std::uint64_t last) {
  std::vector<Message> messages;
  RunMessage head = opened(first, last);
  Bytes payload;
  for (std::uint64_t seq = first; seq <= last; ++seq) {
    ByteWriter(payload).raw(body(seq));
    if (seq != last && payload.size() + body(seq + 1).size() + kRunHeaderBytes <= kMaxFrameBytes) continue;
    payloads_.push_back(std::exchange(payload, {}));
    if (messages.empty()) {
      head.entries = payloads_.back();
      messages.push_back(head);
    } else {
      messages.push_back(PartMessage{payloads_.back()});
    }
  }
  return messages;
}

// --- Pair ------------------------------------------------------------------------------------------------------------

Pair::Pair(std::uint64_t seed)
    : random_(Random::from_number(seed)),
      identity_(SigningKey::from_seed(random_.fixed<Seed>())),
      transport_(TransportPair::from_secret(random_.fixed<Seed>())),
      peer_(SigningKey::from_seed(random_.fixed<Seed>())),
      peer_transport_(TransportPair::from_secret(random_.fixed<Seed>())),
      nonce_(random_.fixed<Nonce>()) {
  const Seed node_seed = random_.fixed<Seed>();  // one by one: compilers differ in which argument of a call they work out first
  const StoreId store = random_.fixed<StoreId>();
  Result<std::unique_ptr<Node>> node = Node::load(storage_, NodeKeys{identity_, transport_.public_key}, store, node_seed);
  require(node.ok(), "a node that does not load");
  node_ = std::move(*node);
  require(node_->create_network("Region Øst", now_).ok(), "a network that cannot be founded");
  Result<Ticket> ticket = node_->invite(network(), Role::Council, {}, WallTime{now_.wall.ms + 1'000}, {}, now_);
  require(ticket.ok(), "an invitation that is not allowed");
  const NetworkId id = network().row.id;
  JoinMessage join{id, ticket_signing_key(ticket->seed).public_key(), peer_.public_key(), peer_transport(), {}, {}};
  join.ticket_signature =
      ticket_signing_key(ticket->seed).sign(Purpose::Admission, admission_message(id, join.member, join.transport));
  join.certificate = peer_.sign(Purpose::Certificate, certificate_message(id, join.transport));
  node_->link_up(kLink, ticket_transport_key(ticket->seed).public_key, false, now_);
  send(join);
  node_->link_down(kLink, now_);
  process();
  require(network().membership.members().size() == 2, "the peer was not admitted");
  frames_.clear();
  events_.clear();
}

void Pair::dial() {
  dropped_.reset();
  node_->link_up(kLink, peer_transport(), false, now_);
  process();
}

void Pair::hang_up() {
  node_->link_down(kLink, now_);
  process();
}

Hello Pair::hello() {
  Hello hello;
  hello.nonce = nonce_;
  hello.time = now_.wall;
  hello.networks.push_back(in_full({network().row.id, {}, {}, {}}));
  sign(hello);
  return hello;
}

void Pair::sign(Hello& hello) const {
  hello.signature = peer_.sign(Purpose::Hello, hello_message(hello, {}, peer_transport(), transport_.public_key));
}

void Pair::open() {
  dial();
  send(hello());
}

void Pair::send(const std::vector<Message>& messages) {
  for (const Message& message : messages) send(message);
}

void Pair::send_frame(Bytes frame) {
  node_->frame(kLink, std::move(frame), now_);
  process();
}

void Pair::advance(Millis time) {
  now_.steady = now_.steady + time;
  now_.wall.ms += time.count();
  node_->tick(now_);
  process();
}

void Pair::process() {
  for (bool more = true; more;) {
    more = node_->wants_commit(now_);
    if (more) require(node_->commit(now_).ok(), "a commit that fails");
    Effects effects = node_->take_effects();
    require(!effects.fatal, "a store that fails");
    for (SendFrame& frame : effects.send) frames_.push_back(std::move(frame.frame));
    for (DropLink& drop : effects.drop) dropped_ = std::move(drop.reason);
    events_.insert(events_.end(), effects.tell.begin(), effects.tell.end());
  }
}

std::string Pair::answers() {
  std::string lines;
  for (const Bytes& frame : frames()) lines += describe(frame) + '\n';
  return lines;
}

}  // namespace budstikke::tests
