// Core: the store, from opening it to what is done when it is full or fails.
//
// A full disk      Everything uncommitted is forgotten: the node is loaded anew from what was committed, its links are closed,
//                  and whoever waited for the write is told how much room is needed. The daemon goes on read-only: requests that
//                  only read are answered; one that writes is let try, since what is small and frees room may use the reserve,
//                  and is refused with the same words when the disk will not take it. Nobody is dialled or let in, as
//                  whatever a peer sends would have to be written. When there is room again, all this ends by itself.
// A failing disk   The process ends (74) and leaves its marker, so that the next start looks at every row first.
#include <algorithm>

#include "daemon/core.h"
#include "daemon/door/transport_key.h"
#include "store/file_system.h"

namespace budstikke::daemon {
namespace {

constexpr Millis kRoomCheck{2'000};
constexpr Millis kLongestRoomCheck{60'000};
constexpr Millis kShortRelief{60'000};        // room that lasts no longer was none: the next look is later
constexpr std::size_t kReachableMembers = 8;  // of each network, in the file `networks`

std::string megabytes(std::uint64_t bytes) { return std::to_string((bytes + 999'999) / 1'000'000) + " MB"; }

}  // namespace

// --- The node --------------------------------------------------------------------------------------------------------

Result<std::unique_ptr<Node>> Core::load(const Home& home, store::LmdbStorage& storage) {
  Result<Seed> identity = home.identity_seed();
  if (!identity) return identity.error();
  Result<TransportPair> transport = home.transport_pair();
  if (!transport) return transport.error();
  Result<SealingPair> sealing = home.sealing_pair();
  if (!sealing) return sealing.error();
  NodeKeys keys{SigningKey::from_seed(*identity), transport->public_key, sealing->public_key};
  Result<std::unique_ptr<Node>> node = Node::load(storage, std::move(keys), storage.store_id(), random_seed());
  if (!node) return node;
  if (Status status = (*node)->ledger().fetch_contents(home.config().files == "always"); !status) return status.error();
  return node;
}

void Core::use_node(std::unique_ptr<Node> node) {
  network_api_.reset();  // all refer to the node that goes
  bundles_.reset();
  files_.reset();
  undo_.reset();
  watch_.reset();
  outbox_.reset();
  records_.reset();
  node_ = std::move(node);
  records_.emplace(*node_);
  search_.use(*node_);
  network_api_.emplace(*node_, dialer_, home_.config(), status_);
  erase_.emplace(*node_, dialer_);
  files_.emplace(*node_);
  bundles_.emplace(*node_, home_);
  outbox_.emplace(*node_);
  undo_.emplace(*node_, *outbox_);
  watch_.emplace(*node_);
}

void Core::write_own_councils() {
  for (auto& [id, network] : node_->ledger().networks()) {  // the address may have changed in the configuration
    if (Status status = records_->write_own_council(network, home_.config(), now_); !status) {
      log(LogLevel::Warning, "own-council-not-written", {{"reason", status.error().text}});
    }
  }
}

// --- Committing ------------------------------------------------------------------------------------------------------

bool Core::commit() {
  if (node_->ledger().uncommitted_entries() > 0) last_written_ = now_.steady;
  entries_since_reopen_ += node_->ledger().uncommitted_entries();
  const Status committed = node_->commit(now_);
  return committed ? true : take_store_error(committed.error());
}

// False when the process must end.
bool Core::take_store_error(const Error& error) {
  if (error.code == Code::Full) return enter_read_only(error);
  log(LogLevel::Error, "store-failed", {{"reason", error.text}});
  store_failed_ = true;
  return false;
}

bool Core::enter_read_only(const Error& full) {
  const bool again = read_only_ || now_.steady < relieved_ + kShortRelief;
  room_check_ = again ? std::min(room_check_ * 2, kLongestRoomCheck) : kRoomCheck;
  next_room_check_ = now_.steady + room_check_;
  room_wanted_ = std::max(room_wanted_, storage_->bytes_wanted());
  if (!forget_uncommitted()) return false;
  if (!read_only_) log(LogLevel::Error, "read-only", {{"reason", full.text}, {"wanted", room_wanted_}});
  read_only_ = true;
  store_trouble_ = {std::string(text_of(ApiError::StoreFull)), store_full().message, store_full().subject};
  close_links();
  std::vector<Reply> replies = std::exchange(replies_, {});
  if (joining_) replies_.push_back({joining_->client, ApiReply{joining_->id, store_full()}, {}});
  joining_.reset();
  dialer_.clear_ticket();
  for (const Waiting& waiting : syncing_) replies_.push_back({waiting.client, ApiReply{waiting.id, store_full()}, {}});
  syncing_.clear();
  for (Reply& reply : replies) {  // none was sent, and some would show what is forgotten
    if (reply.request) {
      answer_alone(reply.client, *reply.request);
    } else {
      replies_.push_back({reply.client, ApiReply{reply.reply.id, store_full()}, {}});
    }
  }
  return !store_failed_;
}

bool Core::forget_uncommitted() {
  storage_->rollback();
  Result<std::unique_ptr<Node>> node = load(home_, *storage_);
  if (!node) {
    log(LogLevel::Error, "store-failed", {{"reason", node.error().text}});
    store_failed_ = true;
    return false;
  }
  use_node(std::move(*node));
  return true;
}

ApiFailure Core::store_full() const {
  const std::string where = megabytes(room_wanted_) + " (" + home_.store().string() + ")";  // the same in every language
  return failure(ApiError::StoreFull,
                 "the disk is full: " + where + " must be free; make room there, and writing goes on by itself", where);
}

void Core::close_links() {
  std::vector<LinkId> links;
  for (const auto& [link, state] : dialer_.links()) links.push_back(link);
  for (LinkId link : links) door_.send(daemon::Drop{LinkNumber{link.value}});
  for (const CoreMessage& message : dialer_.stop()) door_.send(message);
  door_.send(Allow{});
}

// A request while the store takes nothing: it is answered, or committed and answered, or refused, before the next one.
void Core::answer_alone(const ApiServer::Client& client, const ApiRequest& request) {
  ApiReply reply;
  reply.id = request.id;
  if (request.command == "join" || request.command == "sync") {
    reply.failure = store_full();
  } else {
    fill_reply(request, reply);
    if (storage_->has_uncommitted() || node_->ledger().uncommitted_entries() > 0) {
      const Status committed = node_->commit(now_);
      if (!committed && committed.error().code != Code::Full) take_store_error(committed.error());
      if (!committed) reply = ApiReply{request.id, store_full()};
      if (!committed && !store_failed_) forget_uncommitted();
    } else if (reply.failure && reply.failure->code == ApiError::StoreFull) {
      reply.failure = store_full();
    }
  }
  if (!store_failed_) replies_.push_back({client, std::move(reply), {}});
}

void Core::look_for_room() {
  if (!read_only_ || now_.steady < next_room_check_) return;
  next_room_check_ = now_.steady + room_check_;
  const Result<std::uint64_t> left = store::free_bytes_of(home_.store());
  if (!left || *left < room_wanted_) return;
  log(LogLevel::Notice, "read-only-ended", {{"free", *left}});
  read_only_ = false;
  relieved_ = now_.steady;
  room_wanted_ = 0;
  store_trouble_ = {};
  write_own_councils();
  tell_allowed_keys();
  redial(true);
}

// --- Upkeep ----------------------------------------------------------------------------------------------------------

// What was erased and could not be destroyed yet, for want of room or since somebody read. The node tries again.
void Core::report_shred() {
  const std::optional<Error>& trouble = storage_->shred_trouble();
  if (!trouble || !storage_->shred_due()) return;
  limiter_.log(now_.steady, LogLevel::Warning, "erased-text-remains", trouble->text, {{"reason", trouble->text}});
}

// Rows that were read from their second copy are a sign of a disk that begins to fail.
void Core::report_rescued() {
  const std::uint64_t rescued = storage_->rescued();
  if (rescued > rescued_) log(LogLevel::Warning, "rows-read-from-copies", {{"rows", rescued - rescued_}});
  rescued_ = rescued;
}

// What the store has lost of its membership, or never had as an old state of it was put back, takes nobody out of sight.
void Core::remember_networks() {
  const Result<KnownNetworks> known = read_networks_file(home_.networks_file());
  if (!known) return;  // there is none before the first network, and one that cannot be read is written anew
  for (const NetworkRow& network : known->networks) {
    const Status remembered = node_->remember(network.id, network.bootstrap, now_);
    if (!remembered) log(LogLevel::Warning, "networks-not-remembered", {{"reason", remembered.error().text}});
  }
}

void Core::write_networks() {
  if (!networks_changed_ || read_only_ || node_->ledger().has_uncommitted()) return;
  networks_changed_ = false;
  KnownNetworks known{storage_->store_id(), {}};
  for (const auto& [id, network] : node_->ledger().networks()) {
    NetworkRow row = network.row;
    std::vector<ReachableMember> reachable;
    for (const auto& [key, member] : network.membership.members()) {
      if (key == node_->self() || member.removed || reachable.size() == kReachableMembers) continue;
      const std::vector<std::string> addresses = addresses_of(*node_, network, member);
      if (!addresses.empty()) reachable.push_back({member.transport, addresses.front()});
    }
    for (ReachableMember& member : row.bootstrap) {  // of whom the membership does not say where they are, or anything at all
      const bool is_there = std::any_of(reachable.begin(), reachable.end(),
                                        [&](const ReachableMember& other) { return other.transport == member.transport; });
      if (network.trusts(member.transport) && !is_there && reachable.size() < kReachableMembers) reachable.push_back(member);
    }
    row.bootstrap = std::move(reachable);
    known.networks.push_back(std::move(row));
  }
  Bytes encoded = encode(known);
  if (encoded == networks_written_) return;
  if (Status written = write_networks_file(home_.networks_file(), encoded); !written) {
    limiter_.log(now_.steady, LogLevel::Warning, "networks-not-written", "networks", {{"reason", written.error().text}});
    return;
  }
  networks_written_ = std::move(encoded);
}

}  // namespace budstikke::daemon
