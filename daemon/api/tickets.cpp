// The API's commands `invite` and `invite.list`: tickets, and what became of them.
//
// What a ticket is for (a name that the inviter typed) is kept at this node alone. Once the ticket is used or void, whoever lists
// the tickets next takes it away, with the next commit that writes; that of one that expired unused stays. No erasure reaches it.
#include <algorithm>
#include <tuple>

#include "daemon/api/network.h"
#include "protocol/base/text.h"
#include "protocol/records/moment.h"

namespace budstikke::daemon {
namespace {

constexpr std::int64_t kDefaultTicketSeconds = 7 * 24 * 3600;
constexpr std::int64_t kLongestTicketSeconds = 366 * 24 * 3600;
constexpr std::size_t kMostTickets = 500;  // of an answer

// Table::Local: "ticket " 7 · network number 8 · ticket key 32 → what it is for, as UTF-8
constexpr std::string_view kLabelPurpose = "ticket ";

Bytes label_key(NetworkNumber network, const MemberKey& ticket) {
  Bytes key = bytes_of(view_of(kLabelPurpose));
  ByteWriter writer(key);
  writer.u64(network.value);
  writer.raw(ticket);
  return key;
}

enum class TicketState : std::uint8_t { Open, Used, UsedTwice, Expired, Void };
constexpr std::string_view kTicketStates[] = {"open", "used", "used-twice", "expired", "void"};

TicketState state_of(const Network& network, const Invitation& invitation, Now now) {
  if (invitation.newcomers.size() > 1) return TicketState::UsedTwice;
  if (invitation.used) return TicketState::Used;
  const Member* inviter = network.membership.find(invitation.inviter);
  if (inviter == nullptr || inviter->removed) return TicketState::Void;  // such tickets let nobody in
  return now.wall > invitation.operation.expires ? TicketState::Expired : TicketState::Open;
}

// What was typed for it here; forgotten once it is of no use to the ticket any more.
Result<std::string> label_of(Node& node, const Network& network, const Invitation& invitation, TicketState state) {
  const Bytes key = label_key(network.number, invitation.operation.ticket);
  const Result<std::optional<View>> row = node.ledger().reader().get(Table::Local, key);
  if (!row) return row.error();
  if (!*row) return std::string();
  std::string label(text_of(**row));
  if (state == TicketState::Open || state == TicketState::Expired) return label;
  if (Status erased = node.ledger().storage().erase(Table::Local, key); !erased) return erased.error();
  return std::string();
}

}  // namespace

Answer NetworkApi::invite(const Value& args, Now now) {
  Found<Network*> found = find_network(node_, args.text("network"));
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  Network& network = *std::get<Network*>(found);
  const std::optional<Role> role = role_of(args.text("role", "council"));
  if (!role) return failure(ApiError::BadRole, "coordinator, council, national or reader", args.text("role"));
  CouncilId council;
  if (const std::string council_named = args.text("council"); !council_named.empty()) {
    Found<CouncilId> named = find_council(node_, network, council_named);
    if (auto* failed = std::get_if<ApiFailure>(&named)) return std::move(*failed);
    council = std::get<CouncilId>(named);
  }
  const std::int64_t seconds = args.integer("expires_s", kDefaultTicketSeconds);
  if (seconds < 1 || seconds > kLongestTicketSeconds) {
    return failure(ApiError::BadRequest, "a ticket lasts between a second and a year", "expires_s");
  }
  std::vector<ReachableMember> reachable = reachable_members(network);  // where the newcomer finds somebody
  if (reachable.empty()) {
    return failure(ApiError::Unreachable,
                   "nobody in the network says where it can be reached: set network.advertise in config.toml");
  }
  const std::string label = args.text("for");
  if (!is_clean_text(label, false) || label.size() > kMaxLabelBytes)
    return failure(ApiError::BadText, "at most 100 bytes of clean text", "for");
  const Member* own = node_.self_in(network);
  const WallTime expires{now.wall.ms + seconds * 1000};
  WallTime until;
  if (std::optional<ApiFailure> failed = take_end(args, now, until)) return std::move(*failed);
  // A further device is not there longer than the one that invites it, or an end would be none.
  const bool is_device = own != nullptr && own->role != Role::Coordinator && own->until.ms != 0;
  if (is_device && (until.ms == 0 || until > own->until)) until = own->until;
  Result<Ticket> ticket = node_.invite(network, *role, council, expires, std::move(reachable), now, until);
  if (!ticket) return write_failure(node_, network, ticket.error(), now);
  ticket->label = network_name(node_, network);
  const Bytes key = label_key(network.number, ticket_signing_key(ticket->seed).public_key());
  if (!label.empty()) {
    if (Status kept = node_.ledger().storage().put(Table::Local, key, view_of(label)); !kept) return failure_of(kept.error());
  }
  Value result;
  result.set("ticket", encode(*ticket));
  result.set("expires", format_utc(expires));
  result.set("role", text_of(*role));
  if (until.ms != 0) result.set("until", format_utc(until));
  return result;
}

Answer NetworkApi::invitations(const Value& args, Now now) {
  Found<Network*> found = find_network(node_, args.text("network"));
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  const Network& network = *std::get<Network*>(found);
  std::vector<std::pair<TicketState, const Invitation*>> all;
  for (const auto& [id, one] : network.membership.invitations()) all.emplace_back(state_of(network, one, now), &one);
  std::ranges::stable_sort(all, [](const auto& a, const auto& b) {
    return std::tuple(a.first, -a.second->operation.expires.ms) < std::tuple(b.first, -b.second->operation.expires.ms);
  });
  Value tickets = Value::array();
  for (const auto& [state, one] : all) {
    if (tickets.items().size() == kMostTickets) break;
    const Result<std::string> label = label_of(node_, network, *one, state);
    if (!label) return failure_of(label.error());
    const Member* inviter = network.membership.find(one->inviter);
    Value ticket;
    ticket.set("id", id_text(one->operation.ticket));
    ticket.set("state", kTicketStates[static_cast<std::size_t>(state)]);
    ticket.set("role", text_of(one->operation.role));
    ticket.set("expires", format_utc(one->operation.expires));
    if (one->operation.until.ms != 0) ticket.set("until", format_utc(one->operation.until));
    if (!label->empty()) ticket.set("for", *label);
    if (one->operation.council != CouncilId{}) ticket.set("council_name", council_name(node_, network, one->operation.council));
    ticket.set("by", id_text(one->inviter));
    ticket.set("by_name", inviter != nullptr ? council_name(node_, network, inviter->council) : short_text(one->inviter));
    ticket.set("you", one->inviter == node_.self());
    Value newcomers = Value::array();
    for (const MemberKey& key : one->newcomers) {
      const Member* member = network.membership.find(key);
      Value newcomer;
      newcomer.set("member", id_text(key));
      newcomer.set("name", member != nullptr ? council_name(node_, network, member->council) : short_text(key));
      newcomers.push(std::move(newcomer));
    }
    ticket.set("newcomers", std::move(newcomers));
    tickets.push(std::move(ticket));
  }
  Value result;
  result.set("tickets", std::move(tickets));
  return result;
}

}  // namespace budstikke::daemon
