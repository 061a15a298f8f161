// The API's commands `invite` and `invite.list`: tickets, and what became of them.
#include <algorithm>
#include <tuple>

#include "daemon/api/network.h"
#include "daemon/api/ticket_labels.h"
#include "protocol/base/text.h"
#include "protocol/records/moment.h"

namespace budstikke::daemon {
namespace {

constexpr std::int64_t kDefaultTicketSeconds = 7 * 24 * 3600;
constexpr std::int64_t kLongestTicketSeconds = 366 * 24 * 3600;
constexpr std::size_t kMostTickets = 500;  // of an answer

constexpr std::string_view kTicketStates[] = {"open", "used", "used-twice", "expired", "void"};

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
  if (!label.empty()) {
    const MemberKey key = ticket_signing_key(ticket->seed).public_key();
    if (Status kept = keep_label(node_, network, key, label); !kept) return failure_of(kept.error());
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
    const Result<std::string> label = label_of(node_, network, one->operation.ticket);
    if (!label) return failure_of(label.error());
    const Member* inviter = network.membership.find(one->inviter);
    Value ticket;
    ticket.set("id", id_text(one->operation.ticket));
    ticket.set("state", kTicketStates[static_cast<std::size_t>(state)]);
    ticket.set("role", text_of(one->operation.role));
    ticket.set("expires", format_utc(one->operation.expires));
    if (one->operation.until.ms != 0) ticket.set("until", format_utc(one->operation.until));
    const bool is_of_use = state == TicketState::Open || state == TicketState::Expired;
    if (is_of_use && !label->empty()) ticket.set("for", *label);
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
