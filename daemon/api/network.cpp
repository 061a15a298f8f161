#include "daemon/api/network.h"

#include <algorithm>

#include "daemon/api/clocks.h"
#include "daemon/api/copies.h"
#include "daemon/api/outbox.h"
#include "protocol/base/text.h"
#include "protocol/records/moment.h"
#include "protocol/wire/recovery.h"

namespace budstikke::daemon {
namespace {

constexpr std::size_t kWordBytes = 6;

std::uint64_t members_of(const Network& network) {
  const auto& members = network.membership.members();
  return static_cast<std::uint64_t>(
      std::count_if(members.begin(), members.end(), [](const auto& member) { return !member.second.removed; }));
}

// Entries that a member without any would lack.
std::uint64_t total_of(const Network& network) {
  std::uint64_t total = 0;
  for (const auto& [id, log] : network.logs) total += log.tips().empty() ? 0 : log.tips().back().head.seq.value;
  return total;
}

// When a second value came to stand beside the first; what was written before stands alone no longer.
WallTime second_of(const std::vector<Candidate>& values) {
  std::vector<std::int64_t> stamps;
  for (const Candidate& value : values) stamps.push_back(value.stamp.ms);
  std::ranges::sort(stamps);
  return WallTime{stamps.size() > 1 ? stamps[1] : 0};
}

WallTime first_of(const std::vector<Candidate>& changes) {
  const auto first = std::ranges::min_element(changes, {}, [](const Candidate& change) { return change.stamp.ms; });
  return first != changes.end() ? first->stamp : WallTime{};
}

std::string role_here(const Node& node, const Network& network) {
  const Member* own = node.self_in(network);
  return own != nullptr ? std::string(text_of(own->role)) : std::string();
}

}  // namespace

std::optional<Answer> NetworkApi::handle(const std::string& command, const Value& args, Now now) {
  if (command == "status") return status(now);
  if (command == "peers") {
    Value result;
    result.set("peers", peers(now));
    return result;
  }
  if (command == "network.create") return create(args, now);
  if (command == "network.list") return list_networks();
  if (command == "network.show") return show(args);
  if (command == "network.members") return members(args, now);
  if (command == "network.recover") return recover(args, now);
  if (command == "network.take") return take_recovery(args, now);
  if (command == "invite") return invite(args, now);
  if (command == "invite.list") return invitations(args, now);
  if (command == "member.revoke") return revoke(args, now);
  if (command == "member.readmit") return readmit(args, now);
  if (command == "member.role") return give_role(args, now);
  if (command == "member.leave") return leave(args, now);
  if (command == "network.rename") return rename(args, now);
  if (command == "network.merge") return merge(args, now);
  if (command == "member.rename") return rename_council(args, now);
  return std::nullopt;
}

// --- Status ----------------------------------------------------------------------------------------------------------

Result<NetworkApi::Undecided> NetworkApi::undecided_in(const Network& network) const {
  Undecided undecided;
  std::optional<Error> failed;
  Status scanned = node_.ledger().each_conflicted(network, [&](RecordNumber, const RecordState& state) {
    const KindInfo* kind = find_kind(static_cast<Kind>(state.key.kind));
    if (kind == nullptr || !is_listed(*kind)) return true;  // two names of a network are told by `network.show`
    Result<RecordView> view = node_.ledger().view(state);
    if (!view) {
      failed = view.error();
      return false;
    }
    const auto count = [&](std::uint64_t& counter, WallTime since) {
      ++counter;
      if (!undecided.since || since < *undecided.since) undecided.since = since;
    };
    for (const Field& field : kind->fields) {
      if (view->in_conflict(field.number)) count(undecided.conflicts, second_of(view->alternatives(field.number)));
    }
    if (view->edited_after_remove) {
      count(undecided.brought_back, std::max(first_of(view->removed_by), first_of(view->kept_by)));
    }
    return true;
  });
  if (failed) return *failed;
  if (!scanned) return scanned.error();
  undecided.conflicts += undecided.brought_back;
  return undecided;
}

// Members, this node among them, that say where others can dial them.
std::uint64_t NetworkApi::reachable_in(const Network& network) const {
  std::uint64_t reachable = 0;
  for (const auto& [key, member] : network.membership.members()) {
    if (!member.removed && !addresses_of(node_, network, member).empty()) ++reachable;
  }
  return reachable;
}

Answer NetworkApi::status(Now now) const {
  Value networks = Value::array();
  std::string council, own_name = config_.council;
  for (const auto& [id, network] : node_.ledger().networks()) {
    if (is_awaited(node_, network)) continue;
    const NetworkSummary summary = node_.summary_of(network);  // brings the vector digests up to date
    Value value;
    value.set("id", id_text(summary.network));
    value.set("name", network_name(node_, network));
    value.set("role", role_here(node_, network));
    value.set("members", members_of(network));
    value.set("records", network.records);
    value.set("entries", network.entries);
    value.set("missing", network.missing);
    if (!network.united.empty()) {
      Value parts = Value::array();
      for (const NetworkId& other : network.united) parts.push(Value(id_text(other)));
      value.set("united_with", std::move(parts));
    }
    value.set("vector_digest", hex_of(network.data_vector.value()));
    value.set("state_digest", hex_of(network.state_digest()));
    value.set("membership_digest", hex_of(node_.ledger().membership_digest(network)));
    const Result<Undecided> undecided = undecided_in(network);
    if (!undecided) return failure_of(undecided.error());  // a count that leaves damage out would be a wrong answer
    value.set("conflicts", undecided->conflicts);
    value.set("brought_back", undecided->brought_back);
    if (undecided->since) value.set("conflict_since", format_utc(*undecided->since));
    const Result<std::uint64_t> unknown = unknown_.count(node_.ledger(), network);
    if (!unknown) return failure_of(unknown.error());
    if (*unknown > 0) value.set("unknown", *unknown);
    const OutboxApi::Spread spread = OutboxApi(node_).spread_of(network);
    value.set("councils", std::uint64_t{spread.councils});
    value.set("own_alone", spread.alone);
    value.set("own_waiting", spread.waiting);
    value.set("reachable", reachable_in(network));
    const Member* own = node_.self_in(network);
    if (own != nullptr) {
      council = id_text(own->council);
      own_name = council_name(node_, network, own->council);
      if (own_name == short_text(own->council)) own_name = config_.council;  // no name is here yet
    }
    if (own != nullptr && own->removed) value.set("removed", removal_of(network, own->key));
    if (own != nullptr && !own->removed) set_end(value, network, *own, now);
    if (own != nullptr && !own->removed && own->role == Role::Coordinator) {
      if (Value twice = used_twice(network); !twice.items().empty()) value.set("used_twice", std::move(twice));
    }
    set_copies(value, node_, network);
    if (Value held = held_back(network); !held.items().empty()) value.set("held_back", std::move(held));
    networks.push(std::move(value));
  }
  Value store;
  store.set("bytes", status_.store_bytes);
  store.set("format", std::int64_t{status_.store_format});
  store.set("free_bytes", status_.free_bytes);
  store.set("scrub_rounds", status_.scrub_rounds);
  store.set("damaged_rows", status_.damaged_rows);
  Value result;
  result.set("member", id_text(node_.self()));
  result.set("council", council.empty() ? id_text(council_of(node_.self())) : council);
  result.set("council_name", own_name);
  result.set("version", BUDSTIKKE_VERSION);
  result.set("networks", std::move(networks));
  result.set("peers", peers(now));
  result.set("store", std::move(store));
  set_two_stores(result, node_);
  set_clocks(result, node_, now);
  result.set("listen", status_.listening);
  result.set("advertise", config_.advertise);
  result.set("dialed_in", status_.dialed_in);
  result.set("trouble", status_.trouble.text);
  if (!status_.trouble.empty()) {
    result.set("trouble_code", status_.trouble.code);
    result.set("trouble_about", status_.trouble.about);
  }
  result.set("uptime_s", (now.steady - status_.started).count() / 1000);
  return result;
}

// Councils whose quota is used up here.
Value NetworkApi::held_back(const Network& network) const {
  Value all = Value::array();
  for (const HeldBack& held : node_.held_back()) {
    if (held.network != network.row.id) continue;
    Value one;
    one.set("council", id_text(held.council));
    one.set("name", council_name(node_, network, held.council));
    one.set("class", held.log_class == LogClass::Membership ? "membership" : "data");
    one.set("since", format_utc(held.since));
    one.set("until", format_utc(held.until));
    one.set("waiting", held.waiting);
    all.push(std::move(one));
  }
  return all;
}

// Over all parts of a union.
NetworkApi::PeerStanding NetworkApi::standing_of(const std::vector<PeerStatus>& linked, const Network& network,
                                                 const MemberKey& key) const {
  PeerStanding standing;
  for (const Network* part : parts_of(node_, network)) {
    const auto at = std::find_if(linked.begin(), linked.end(), [&](const PeerStatus& status) {
      return status.member == key && status.network == part->row.id;
    });
    const bool connected = at != linked.end();
    if (connected) standing.linked = &*at;
    standing.in_sync = standing.in_sync && connected && at->in_sync;
    const std::uint64_t lacks = connected ? at->behind : node_.not_known_to_hold(*part, key);
    const bool is_known = connected || lacks < total_of(*part);  // of who has said nothing, nothing can be said
    standing.known = standing.known && is_known;
    standing.behind += is_known ? lacks : 0;
    standing.missing += connected ? at->missing : 0;
  }
  return standing;
}

Value NetworkApi::peers(Now now) const {
  Value peers = Value::array();
  const std::vector<PeerStatus> linked = node_.peers();
  for (const auto& [id, network] : node_.ledger().networks()) {
    if (&network != first_of_union(node_, network)) continue;
    for (const auto& [key, member] : network.membership.members()) {
      if (key == node_.self() || member.removed) continue;
      Value peer;
      peer.set("member", id_text(key));
      peer.set("council", id_text(member.council));
      peer.set("name", council_name(node_, network, member.council));
      peer.set("network", id_text(id));
      const PeerStanding standing = standing_of(linked, network, key);
      const PeerStatus* at = standing.linked;
      const bool connected = at != nullptr;
      peer.set("connected", connected);
      peer.set("in_sync", standing.in_sync);
      peer.set("behind", standing.behind);
      peer.set("known", standing.known);
      peer.set("missing", standing.missing);
      std::string reason, address;
      const std::string dropped = dialer_.last_drop(member.transport);
      const std::optional<Instant> seen = connected ? std::optional(at->heard) : dialer_.last_linked(member);
      if (seen) peer.set("last_seen", format_utc(WallTime{now.wall.ms - (now.steady - *seen).count()}));
      if (connected) {
        if (const Dialer::Link* link = dialer_.find(at->link)) address = link->address;
        set_clock(peer, *at, now);
      } else if (const auto until =
                     status_.door != nullptr ? status_.door->left_alone_until(member.transport, now.steady) : std::nullopt) {
        reason = "left-alone";
        peer.set("until", format_utc(WallTime{now.wall.ms + (*until - now.steady).count()}));
      } else if (dropped.starts_with("speaks protocol versions")) {
        reason = "version";
        peer.set("detail", dropped);
      } else if (const DialFailed* failed = dialer_.failure(member.transport)) {
        reason = text_of(failed->reason);
        address = failed->address;
        if (const std::optional<Instant> since = dialer_.failing_since(member.transport)) {
          peer.set("since", format_utc(WallTime{now.wall.ms - (now.steady - *since).count()}));
        }
      } else if (!dropped.empty()) {
        reason = "dropped";
        peer.set("detail", dropped);
      } else {
        const std::vector<std::string> known = addresses_of(node_, network, member);
        reason = known.empty() ? "no-address" : "not-linked";
        if (!known.empty()) address = known.front();
      }
      peer.set("reason", reason);
      peer.set("address", address);
      peers.push(std::move(peer));
    }
  }
  return peers;
}

bool NetworkApi::in_sync() const {
  const std::vector<PeerStatus> linked = node_.peers();
  for (const auto& [id, network] : node_.ledger().networks()) {
    bool agrees = false;
    for (const PeerStatus& peer : linked) {
      if (peer.network != id) continue;
      if (!peer.in_sync) return false;
      agrees = true;
    }
    if (!agrees && members_of(network) > 1) return false;
  }
  return true;
}

// --- Networks --------------------------------------------------------------------------------------------------------

Answer NetworkApi::create(const Value& args, Now now) {
  Found<std::string> checked = name_for_network(args.text("name"), nullptr);
  if (auto* failed = std::get_if<ApiFailure>(&checked)) return std::move(*failed);
  const std::string name = std::get<std::string>(checked);
  Result<Node::Created> created = node_.create_network(name, now);
  if (!created) return network_failure(created.error());
  Value result;
  result.set("id", id_text(created->network));
  result.set("name", name);
  result.set("recovery_key", paper_of(created->recovery));
  return result;
}

Answer NetworkApi::list_networks() const {
  Value networks = Value::array();
  for (const auto& [id, network] : node_.ledger().networks()) {
    if (&network != first_of_union(node_, network) || is_awaited(node_, network)) continue;  // a union is one network for people
    Value value, parts = Value::array();
    std::uint64_t records = network.records;
    for (const NetworkId& other : network.united) {
      parts.push(Value(id_text(other)));
      records += node_.ledger().networks().at(other).records;
    }
    value.set("id", id_text(id));
    value.set("name", network_name(node_, network));
    value.set("role", role_here(node_, network));
    value.set("members", members_of(network));
    value.set("records", records);
    if (!parts.items().empty()) value.set("united_with", std::move(parts));
    networks.push(std::move(value));
  }
  Value result;
  result.set("networks", std::move(networks));
  return result;
}

Answer NetworkApi::show(const Value& args) const {
  Found<Network*> found = find_network(node_, args.text("network"));
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  const Network& network = *std::get<Network*>(found);
  const NetworkSummary summary = node_.summary_of(network);  // brings the vector digests up to date
  Value result;
  result.set("id", id_text(summary.network));
  result.set("name", network_name(node_, network));
  result.set("role", role_here(node_, network));
  result.set("members", members_of(network));
  const MemberKey& founder = network.founding.charter.founder;
  const Member* founding_member = network.membership.find(founder);
  result.set("founder", id_text(founder));
  result.set("founder_name",
             founding_member != nullptr ? council_name(node_, network, founding_member->council) : short_text(founder));
  result.set("created", format_utc(network.founding.charter.created));
  Value former = Value::array(), also = Value::array();
  const Network* named = named_by(node_, network);
  const std::optional<RecordView> view = network_view(node_, named != nullptr ? *named : network);
  const std::uint8_t field = find_field(*find_kind(Kind::Network), "name")->number;
  const std::vector<Value> now_called = view && view->in_conflict(field) ? view->distinct(field) : std::vector<Value>{};
  for (const std::string& name : other_names(node_, network)) {
    const bool is_still = std::find(now_called.begin(), now_called.end(), Value(name)) != now_called.end();
    (is_still ? also : former).push(Value(name));
  }
  Value awaited = Value::array();
  for (const auto& [other, half] : network.membership.successors()) {
    const auto there = node_.ledger().networks().find(other);
    if (network.united.contains(other)) continue;
    awaited.push(Value(there != node_.ledger().networks().end() ? network_name(node_, there->second) : short_text(other)));
  }
  if (!awaited.items().empty()) result.set("to_be_one_with", std::move(awaited));
  if (!also.items().empty()) result.set("also_called", std::move(also));
  result.set("former_names", std::move(former));
  result.set("membership_digest", hex_of(node_.ledger().membership_digest(network)));
  result.set("vector_digest", hex_of(network.data_vector.value()));
  result.set("state_digest", hex_of(network.state_digest()));
  return result;
}

std::string NetworkApi::words_of(const Network& network, const Member& member) const {
  const Member* inviter = network.membership.find(member.parent);
  if (inviter == nullptr) return {};
  return hex_of(comparison_words(network.row.id, *inviter, member).view().first(kWordBytes));
}

Answer NetworkApi::members(const Value& args, Now now) const {
  Found<Network*> found = find_network(node_, args.text("network"));
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  const Network& network = *std::get<Network*>(found);
  Value members = Value::array();
  for (const auto& [key, member] : network.membership.members()) {
    Value value = admission_of(network, member, member_value(network, member), now);
    value.set("words", words_of(network, member));
    value.set("you", key == node_.self());
    if (member.removed) value.set("removed", removal_of(network, key));
    members.push(std::move(value));
  }
  Value result;
  result.set("members", std::move(members));
  return result;
}

Value NetworkApi::member_value(const Network& network, const Member& member) const {
  Value value;
  value.set("member", id_text(member.key));
  value.set("council", id_text(member.council));
  value.set("name", council_name(node_, network, member.council));
  value.set("role", text_of(member.role));
  return value;
}

// {by, by_name, time} of the first removal that counts.
Value NetworkApi::removal_of(const Network& network, const MemberKey& key) const {
  const Removal* first = nullptr;
  for (const auto& [id, removal] : network.membership.removals()) {
    if (removal.member == key && (first == nullptr || removal.when < first->when)) first = &removal;
  }
  Value value = Value::map();
  if (first == nullptr) return value;
  const Member* by = network.membership.find(first->by);
  value.set("by", id_text(first->by));
  value.set("by_name", by != nullptr ? council_name(node_, network, by->council) : short_text(first->by));
  value.set("time", format_utc(first->when));
  value.set("left", first->is_leave());
  return value;
}

Found<const Member*> NetworkApi::named_member(const Network& network, const std::string& named, bool removed) const {
  const std::optional<std::string> letters = base32_letters(named);
  std::vector<const Member*> found;
  for (const auto& [key, member] : network.membership.members()) {
    if (member.removed != removed) continue;
    const auto starts = [&](View id) { return letters && letters->size() >= 4 && id_text(id).rfind(*letters, 0) == 0; };
    const bool by_name = fold_case(council_name(node_, network, member.council)) == fold_case(named);
    if (by_name || starts(key) || starts(member.council)) found.push_back(&member);
  }
  if (found.empty()) {  // by a name that its council had
    for (const auto& [key, member] : network.membership.members()) {
      if (member.removed == removed && was_called(node_, network, member.council, named)) found.push_back(&member);
    }
  }
  if (found.empty()) return failure(ApiError::NoSuchMember, "no member has such an id or name", named);
  if (found.size() > 1) return failure(ApiError::AmbiguousId, "several members fit; name one by its own id", named);
  return found.front();
}

Answer NetworkApi::revoke(const Value& args, Now now) {
  Found<Network*> found = find_network(node_, args.text("network"));
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  Network& network = *std::get<Network*>(found);
  Found<const Member*> named = named_member(network, args.text("member"), false);
  if (auto* failed = std::get_if<ApiFailure>(&named)) return std::move(*failed);
  const MemberKey key = std::get<const Member*>(named)->key;
  Value result = member_value(network, *std::get<const Member*>(named));
  if (args.boolean("look")) return result;
  if (Status status = node_.remove_member(network, key, now); !status) return write_failure(node_, network, status.error(), now);
  if (const Member* member = network.membership.find(key); member != nullptr && member->removed) {
    result.set("removed", removal_of(network, key));
  }
  return result;
}

Answer NetworkApi::readmit(const Value& args, Now now) {
  Found<Network*> found = find_network(node_, args.text("network"));
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  Network& network = *std::get<Network*>(found);
  Found<const Member*> named = named_member(network, args.text("member"), true);
  if (auto* failed = std::get_if<ApiFailure>(&named)) return std::move(*failed);
  const MemberKey key = std::get<const Member*>(named)->key;
  std::vector<OperationId> removals;  // each must be taken back
  for (const auto& [id, removal] : network.membership.removals()) {
    if (removal.member == key) removals.push_back(id);
  }
  for (const OperationId& id : removals) {
    if (Status status = node_.readmit(network, id, now); !status) return write_failure(node_, network, status.error(), now);
  }
  const Member* member = network.membership.find(key);
  if (member == nullptr || member->removed) return failure(ApiError::Internal, "the removal still stands", args.text("member"));
  return member_value(network, *member);
}

Value NetworkApi::joined(const Network& network) const {
  Value result;
  result.set("network", id_text(network.row.id));
  result.set("name", network_name(node_, network));
  const Member* own = node_.self_in(network);
  if (own == nullptr) return result;
  result.set("role", text_of(own->role));
  if (own->until.ms != 0) result.set("until", format_utc(own->until));
  result.set("council", id_text(own->council));
  result.set("words", words_of(network, *own));
  return result;
}

}  // namespace budstikke::daemon
