// What tickets that were made here are for: a name that the inviter typed, kept at this node alone.
//
// Shape        Table::Local: "ticket " 7 · network number 8 · ticket key 32 → the text, as UTF-8 (store/FORMAT.md).
// Lifetime     Until the ticket is used or void; else until it has been expired for kKeptExpired, or an erasure names it.
//              Whoever lists tickets changes nothing.
// Errors       As the store says them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/api/find.h"
#include "protocol/membership/membership.h"

namespace budstikke::daemon {

inline constexpr Millis kKeptExpired{std::int64_t{30} * 24 * 3'600'000};  // whoever invited may want to know who did not come

enum class TicketState : std::uint8_t { Open, Used, UsedTwice, Expired, Void };
TicketState state_of(const Network& network, const Invitation& invitation, Now now);

Status keep_label(Node& node, const Network& network, const MemberKey& ticket, std::string_view label);
Result<std::string> label_of(const Node& node, const Network& network, const MemberKey& ticket);  // empty: there is none
Status forget_label(Node& node, const Network& network, const MemberKey& ticket);
// Those of tickets for which they are of no use any more. Reads a row for each label there is.
Status forget_labels(Node& node, const Network& network, Now now);

struct TicketLabel {
  MemberKey ticket;
  std::string label;
};
Result<std::vector<TicketLabel>> labels_in(const Node& node, const Network& network);

}  // namespace budstikke::daemon
