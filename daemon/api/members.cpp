// The API's commands about what members are and become: leaving, roles, recoveries, and who let whom in.
#include <algorithm>

#include "daemon/api/network.h"
#include "daemon/api/outbox.h"
#include "protocol/records/moment.h"
#include "protocol/wire/recovery.h"

namespace budstikke::daemon {
namespace {

// A day, or a moment, as the command line writes it; nullopt for anything else. A day is meant until its end.
std::optional<WallTime> end_of(const std::string& text) {
  const std::optional<Moment> moment = parse_moment(text);
  if (!moment || moment->precision != Precision::Time) return std::nullopt;
  return wall_time(moment->day, moment->seconds);
}

}  // namespace

// When a role is to end; zero: nothing was said.
std::optional<ApiFailure> NetworkApi::take_end(const Value& args, Now now, WallTime& until) {
  const std::string text = args.text("until");
  if (text.empty()) return std::nullopt;
  const std::optional<WallTime> end = end_of(text);
  if (!end) return failure(ApiError::BadDate, "not a time as in 2027-03-31T21:59:59Z", text);
  if (*end <= now.wall) return failure(ApiError::BadDate, "a role cannot end before it begins", text);
  until = *end;
  return std::nullopt;
}

// --- Who let whom in -------------------------------------------------------------------------------------------------

// `value` with what is known of how the member came in, and when it was last here.
Value NetworkApi::admission_of(const Network& network, const Member& member, Value value, Now now) const {
  const auto set_name = [&](const char* name, const MemberKey& key) {
    const Member* other = network.membership.find(key);
    value.set(name, other != nullptr ? council_name(node_, network, other->council) : std::string());
  };
  if (member.until.ms != 0) value.set("until", format_utc(member.until));
  value.set("admitted_by", member.parent.is_zero() ? std::string() : id_text(member.parent));
  set_name("admitted_by_name", member.parent);
  const LogId* log = member.parent.is_zero() ? nullptr : network.membership.log_of(member.admission_entry);
  value.set("witness", log != nullptr ? id_text(log->author) : std::string());
  set_name("witness_name", log != nullptr ? log->author : MemberKey{});
  value.set("admitted", format_utc(member.admitted));
  value.set("recovered", member.recovery != 0);
  const std::vector<PeerStatus> linked = node_.peers();
  const auto link = std::find_if(linked.begin(), linked.end(), [&](const PeerStatus& peer) {
    return peer.member == member.key && peer.network == network.row.id;
  });
  value.set("connected", link != linked.end());
  const std::optional<Instant> seen = link != linked.end() ? std::optional(link->heard) : dialer_.last_linked(member);
  if (seen) value.set("last_seen", format_utc(WallTime{now.wall.ms - (now.steady - *seen).count()}));
  return value;
}

// Tickets that let more than one in who is still there: two witnesses had not heard of each other.
Value NetworkApi::used_twice(const Network& network) const {
  Value tickets = Value::array();
  for (const auto& [id, invitation] : network.membership.invitations()) {
    Value newcomers = Value::array();
    for (const MemberKey& key : invitation.newcomers) {
      const Member* member = network.membership.find(key);
      if (member != nullptr && !member->removed) newcomers.push(member_value(network, *member));
    }
    if (newcomers.items().size() < 2) continue;
    const Member* by = network.membership.find(invitation.inviter);
    Value ticket;
    ticket.set("by", id_text(invitation.inviter));
    ticket.set("by_name", by != nullptr ? council_name(node_, network, by->council) : std::string());
    ticket.set("newcomers", std::move(newcomers));
    tickets.push(std::move(ticket));
  }
  return tickets;
}

// What `status` tells of the end of the own role and, as its council has it, of the term.
void NetworkApi::set_end(Value& value, const Network& network, const Member& own, Now now) const {
  static const std::uint8_t kTermEnd = find_field(*find_kind(Kind::Council), "term_end")->number;
  if (own.until.ms != 0) {
    value.set("until", format_utc(own.until));
    Value who = Value::array();
    for (const std::string& name : who_gives_roles(node_, network, own, now)) who.push(name);
    value.set("prolonged_by", std::move(who));
  }
  const std::optional<RecordView> council = council_view(node_, network, own.council);
  const Value* term_end = council ? council->shown(kTermEnd) : nullptr;
  if (term_end != nullptr && term_end->if_text() != nullptr) {
    value.set("term_end", *term_end->if_text());
    value.set("council_record", id_text(id_of(council_record(own.council))));
  }
}

// --- Leaving ---------------------------------------------------------------------------------------------------------

Answer NetworkApi::leave(const Value& args, Now now) {
  Found<Network*> found = find_network(node_, args.text("network"));
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  Network& network = *std::get<Network*>(found);
  const Member* own = node_.self_in(network);
  if (own == nullptr)
    return failure(ApiError::NoNetwork, "this node's membership has not arrived yet", network_name(node_, network));
  if (own->removed) return write_failure(node_, network, Error{Code::NotAllowed, "this node is out of the network already"}, now);
  Value result = member_value(network, *own);
  const bool is_last = node_.is_last_coordinator(network);
  result.set("network", id_text(network.row.id));
  result.set("network_name", network_name(node_, network));
  result.set("last_coordinator", is_last);
  result.set("waiting", OutboxApi(node_).spread_of(network).alone);
  if (args.boolean("look")) return result;
  if (is_last && !args.boolean("last")) {
    return failure(ApiError::LastCoordinator, "this is the network's last coordinator", network_name(node_, network));
  }
  if (Status status = node_.leave(network, now); !status) return failure_of(status.error());
  return result;
}

// --- Roles -----------------------------------------------------------------------------------------------------------

Answer NetworkApi::give_role(const Value& args, Now now) {
  Found<Network*> found = find_network(node_, args.text("network"));
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  Network& network = *std::get<Network*>(found);
  const std::optional<Role> role = role_of(args.text("role"));
  if (!role) return failure(ApiError::BadRole, "coordinator, council, national or reader", args.text("role"));
  WallTime until;
  if (std::optional<ApiFailure> failed = take_end(args, now, until)) return std::move(*failed);
  Found<const Member*> named = named_member(network, args.text("member"), false);
  if (auto* failed = std::get_if<ApiFailure>(&named)) return std::move(*failed);
  const MemberKey key = std::get<const Member*>(named)->key;
  if (Status status = node_.give_role(network, key, *role, until, now); !status) {
    if (status.error().code == Code::Conflict) {
      return failure(ApiError::HasThatRole, status.error().text,
                     council_name(node_, network, network.membership.find(key)->council));
    }
    return write_failure(node_, network, status.error(), now);
  }
  const Member* member = network.membership.find(key);
  if (member == nullptr || member->role != *role) {  // a change with a later stamp stands, as of a clock that runs ahead
    return failure(ApiError::Internal, "another change of the role is stamped later than this node's clock", args.text("member"));
  }
  Value result = member_value(network, *member);
  if (member->until.ms != 0) result.set("until", format_utc(member->until));
  return result;
}

// --- Recovering ------------------------------------------------------------------------------------------------------

Answer NetworkApi::recover(const Value& args, Now now) {
  Found<Network*> found = find_network(node_, args.text("network"));
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  const Result<Seed> key = parse_paper(args.text("key"));  // never in a message: what was typed may be all but right
  if (!key) return failure(ApiError::BadRecoveryKey, key.error().text);
  Network* whose = std::get<Network*>(found);
  Status recovered = Error{Code::Forged, "not the recovery key of any part of the network"};
  for (const Network* part : parts_of(node_, *std::get<Network*>(found))) {  // each part of a union has a key of its own
    whose = node_.ledger().find_network(part->row.id);
    recovered = node_.recover(*whose, *key, now);
    if (recovered || recovered.error().code != Code::Forged) break;
  }
  Network& network = *whose;
  if (!recovered) {
    if (recovered.error().code == Code::Forged)
      return failure(ApiError::WrongRecoveryKey, recovered.error().text, network_name(node_, network));
    return failure_of(recovered.error());
  }
  const std::optional<RecoverOperation> recovery = node_.recovery_of(network, node_.self());
  if (!recovery) return failure(ApiError::Internal, "the recovery does not count", network_name(node_, network));
  Value result;
  result.set("network", id_text(network.row.id));
  result.set("name", network_name(node_, network));
  result.set("role", text_of(node_.self_in(network)->role));
  Value shut_out = Value::array();
  for (const auto& [member_key, member] : network.membership.members()) {
    if (member.removed) shut_out.push(member_value(network, member));
  }
  result.set("shut_out", std::move(shut_out));
  result.set("recovery", encode(HandedRecovery{network.row.id, *recovery}));
  return result;
}

Answer NetworkApi::take_recovery(const Value& args, Now now) {
  const Result<HandedRecovery> handed = parse_handed_recovery(args.text("recovery"));
  if (!handed) return failure(ApiError::BadRecovery, handed.error().text);
  Network* network = node_.ledger().find_network(handed->network);
  if (network == nullptr)
    return failure(ApiError::NoSuchNetwork, "this node is not in the network", id_text(handed->network).substr(0, 6));
  if (Status status = node_.take_recovery(*network, handed->recover, now); !status) {
    if (status.error().code == Code::Forged) return failure(ApiError::BadRecovery, status.error().text);
    return failure_of(status.error());
  }
  const Member* member = network->membership.find(handed->recover.member);
  if (member == nullptr || member->recovery == 0)
    return failure(ApiError::Internal, "the recovery does not count", network_name(node_, *network));
  Value result = member_value(*network, *member);
  result.set("network", id_text(network->row.id));
  result.set("network_name", network_name(node_, *network));
  return result;
}

}  // namespace budstikke::daemon
