#include "daemon/api/ticket_labels.h"

#include <algorithm>

namespace budstikke::daemon {
namespace {

constexpr std::string_view kLabelPurpose = "ticket ";

Bytes label_prefix(const Network& network) {
  Bytes key = bytes_of(view_of(kLabelPurpose));
  ByteWriter(key).u64(network.number.value);
  return key;
}

Bytes label_key(const Network& network, const MemberKey& ticket) {
  Bytes key = label_prefix(network);
  ByteWriter(key).raw(ticket);
  return key;
}

}  // namespace

TicketState state_of(const Network& network, const Invitation& invitation, Now now) {
  if (invitation.newcomers.size() > 1) return TicketState::UsedTwice;
  if (invitation.used) return TicketState::Used;
  const Member* inviter = network.membership.find(invitation.inviter);
  if (inviter == nullptr || inviter->removed) return TicketState::Void;  // such tickets let nobody in
  return now.wall > invitation.operation.expires ? TicketState::Expired : TicketState::Open;
}

Status keep_label(Node& node, const Network& network, const MemberKey& ticket, std::string_view label) {
  return node.ledger().storage().put(Table::Local, label_key(network, ticket), view_of(label));
}

Result<std::string> label_of(const Node& node, const Network& network, const MemberKey& ticket) {
  const Result<std::optional<View>> row = node.ledger().reader().get(Table::Local, label_key(network, ticket));
  if (!row) return row.error();
  return *row ? std::string(budstikke::text_of(**row)) : std::string();
}

Status forget_label(Node& node, const Network& network, const MemberKey& ticket) {
  return node.ledger().storage().erase(Table::Local, label_key(network, ticket));
}

Result<std::vector<TicketLabel>> labels_in(const Node& node, const Network& network) {
  std::vector<TicketLabel> labels;
  const Bytes prefix = label_prefix(network);
  const Status scanned = node.ledger().reader().scan(Table::Local, prefix, [&](View key, View payload) {
    if (!std::ranges::equal(key.first(std::min(prefix.size(), key.size())), prefix)) return false;
    if (key.size() == prefix.size() + MemberKey::kSize) {
      labels.push_back({MemberKey::from(key.subspan(prefix.size())), std::string(budstikke::text_of(payload))});
    }
    return true;
  });
  return scanned ? Result<std::vector<TicketLabel>>(std::move(labels)) : scanned.error();
}

Status forget_labels(Node& node, const Network& network, Now now) {
  const Result<std::vector<TicketLabel>> labels = labels_in(node, network);
  if (!labels) return labels.error();
  for (const TicketLabel& one : *labels) {
    const auto& invitations = network.membership.invitations();
    const auto at =
        std::ranges::find_if(invitations, [&](const auto& made) { return made.second.operation.ticket == one.ticket; });
    if (at == invitations.end()) continue;  // not counted just now
    const TicketState state = state_of(network, at->second, now);
    const bool expired = state == TicketState::Expired && now.wall.ms - at->second.operation.expires.ms > kKeptExpired.count();
    if (state == TicketState::Open || (state == TicketState::Expired && !expired)) continue;
    if (Status forgotten = forget_label(node, network, one.ticket); !forgotten) return forgotten;
  }
  return done();
}

}  // namespace budstikke::daemon
