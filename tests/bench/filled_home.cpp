#include "tests/bench/filled_home.h"

#include "daemon/door/transport_key.h"
#include "daemon/home.h"
#include "protocol/node/node.h"
#include "store/lmdb_storage.h"
#include "tests/bench/contacts.h"
#include "tests/bench/figures.h"

namespace budstikke::bench {
namespace {

constexpr std::int64_t kDay = 24 * 3'600'000;
constexpr std::int64_t kEntryPause = 1'000;  // between two entries, in ms

class Filler {
 public:
  Filler(store::LmdbStorage& storage, const daemon::Home& home, std::uint64_t entries) : random_(Random::from_number(2026)) {
    using namespace std::chrono;
    const auto wall = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
    now_ = {Instant{1'000}, WallTime{wall - kDay - static_cast<std::int64_t>(entries) * kEntryPause}};
    const TransportPair transport = must(daemon::read_transport_key(home.transport_key().string()), "the transport key");
    NodeKeys keys{SigningKey::from_seed(must(home.identity_seed(), "the identity key")), transport.public_key};
    node_ = must(Node::load(storage, std::move(keys), storage.store_id(), daemon::random_seed()), "the node");
    if (node_->ledger().networks().empty()) {
      network_ = must(node_->create_network("Region Hovedstaden", now_), "the network").network;
      step();
    } else {
      network_ = node_->ledger().networks().begin()->first;
    }
  }

  // A newcomer as the founder's node sees it: an invitation, and a link that joins with it.
  void admit_author() {
    Network& network = *node_->ledger().find_network(network_);
    const TransportPair transport = draw_author();
    const SigningKey& identity = authors_.back().identity;
    const WallTime expires{now_.wall.ms + 7 * kDay};
    const std::vector<ReachableMember> reachable{{node_->transport(), "127.0.0.1:7420"}};
    const Ticket ticket = must(node_->invite(network, Role::Council, {}, expires, reachable, now_), "an invitation");
    const SigningKey key = ticket_signing_key(ticket.seed);
    JoinMessage join;
    join.network = network_;
    join.ticket = key.public_key();
    join.member = identity.public_key();
    join.transport = transport.public_key;
    join.ticket_signature = key.sign(Purpose::Admission, admission_message(network_, join.member, join.transport));
    join.certificate = identity.sign(Purpose::Certificate, certificate_message(network_, join.transport));
    const LinkId link{authors_.size()};
    node_->link_up(link, ticket_transport_key(ticket.seed).public_key, false, now_);
    node_->frame(link, encode(join), now_);
    node_->link_down(link, now_);
    step();
    require(network.membership.find(identity.public_key()) != nullptr, "an author was not admitted");
  }

  // Its keys and its log, which follow from the seed. The transport key is for its admission only.
  TransportPair draw_author() {
    const SigningKey identity = SigningKey::from_seed(random_.fixed<Seed>());
    TransportPair transport = TransportPair::from_secret(random_.fixed<Seed>());
    authors_.push_back({identity, LogId{identity.public_key(), Incarnation{random_.u64()}, LogClass::Data}});
    return transport;
  }

  std::size_t append_contact(std::size_t author) {
    const auto& [identity, id] = authors_[author];
    Ledger& ledger = node_->ledger();
    Network& network = *ledger.find_network(network_);
    Log& log = *must(ledger.open_log(network, id), "a log");
    Ledger::Place place;
    if (!log.row.tips.empty()) place = {log.row.tips.back().head, log.row.tips.back().number};
    now_.wall.ms += kEntryPause;
    const ChangeBytes change = new_contact(council_of(identity.public_key()), random_);
    const Bytes body = must(encode_body(place.head, LogClass::Data, now_.wall, {&change, 1}), "a body");
    EntryView entry;
    ByteReader reader(body);
    must(parse_entry(reader, LogClass::Data, entry), "an entry");
    entry.body = body;
    const Head head = must(extend(network_, id, place.head, entry), "a head");
    const Signature signature = identity.sign(Purpose::Entry, head.id);
    must(ledger.append(network, log, place, head, entry, signature), "an append");
    if (ledger.uncommitted_entries() >= kBatchEntries) step();
    return body.size();
  }

  void step() {
    must(node_->commit(now_), "a commit");
    if (node_->take_effects().fatal) throw std::runtime_error("the store failed");
  }

 private:
  struct Author {
    SigningKey identity;
    LogId log;
  };
  Random random_;
  Now now_{};
  std::unique_ptr<Node> node_;
  NetworkId network_;
  std::vector<Author> authors_;
};

Filling fill(const std::filesystem::path& folder, std::uint64_t entries, std::uint64_t authors, bool admitted) {
  const daemon::Home home = must(daemon::Home::open(folder), "the home");
  store::StorageOptions options;
  options.create = false;
  const auto storage = must(store::LmdbStorage::open(home.store(), options), "the store");
  Filler filler(*storage, home, entries);
  for (std::uint64_t i = 0; i < authors; ++i) admitted ? void(filler.draw_author()) : filler.admit_author();
  Filling filling;
  for (; filling.entries < entries; ++filling.entries) filling.body_bytes += filler.append_contact(filling.entries % authors);
  filler.step();
  return filling;
}

}  // namespace

Filling fill_home(const std::filesystem::path& folder, std::uint64_t entries, std::uint64_t authors) {
  return fill(folder, entries, authors, false);
}

Filling add_entries(const std::filesystem::path& folder, std::uint64_t entries, std::uint64_t authors) {
  return fill(folder, entries, authors, true);
}

}  // namespace budstikke::bench
