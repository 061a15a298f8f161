// Letting newcomers in, and being let in.
//
//   newcomer (link with the ticket's key)   join →   witness: any member that is online
//                                           ← admitted (the charter) | refused (why)
// The newcomer then closes the link and dials again with its own key, which the witness's admission has made a member's.
#include <algorithm>

#include "protocol/base/limits.h"
#include "protocol/node/node.h"

namespace budstikke {

Status Node::begin_join(const Ticket& ticket, Now now) {
  Network* known = ledger_->find_network(ticket.network);
  if (known != nullptr && self_in(*known) != nullptr) return Error{Code::Conflict, "already a member of this network"};
  if (known == nullptr && ledger_->networks().size() >= kMaxNetworks) {
    return Error{Code::TooLarge, "this node is in as many networks as it can be"};
  }
  if (ticket.members.empty()) return Error{Code::Invalid, "the ticket names nobody that can be reached"};
  joining_ = Joining{ticket, now.steady};
  for (auto& [id, link] : links_) {  // a member of another network that is linked already may witness too
    const bool named = std::any_of(ticket.members.begin(), ticket.members.end(),
                                   [&](const ReachableMember& member) { return member.transport == link.key; });
    if (named && link.phase == LinkPhase::Open) {
      ask_to_join(link);
      break;
    }
  }
  return done();
}

void Node::ask_to_join(Link& link) {
  const Ticket& ticket = joining_->ticket;
  JoinMessage join;
  join.network = ticket.network;
  const SigningKey ticket_key = ticket_signing_key(ticket.seed);
  join.ticket = ticket_key.public_key();
  join.member = self();
  join.transport = keys_.transport;
  join.ticket_signature = ticket_key.sign(Purpose::Admission, admission_message(ticket.network, join.member, join.transport));
  join.certificate = keys_.identity.sign(Purpose::Certificate, certificate_message(ticket.network, join.transport));
  if (link.phase == LinkPhase::Fresh) link.phase = LinkPhase::Joining;
  send(link, join);
}

// --- The witness -----------------------------------------------------------------------------------------------------

void Node::handle(Link& link, JoinMessage& join, Now now) {
  Network* network = ledger_->find_network(join.network);
  const Member* own = network == nullptr ? nullptr : self_in(*network);
  if (own == nullptr || own->removed) {
    send(link, RefusedMessage{Refusal::TicketUnknown});
    return;
  }
  const LinkId id = link.id;
  const std::optional<Refusal> refusal = admit(*network, link, join, now);
  if (!links_.contains(id)) return;  // its hello turned out not to be the new member's
  if (refusal) {
    send(link, RefusedMessage{*refusal});
    return;
  }
  send_durable(link, AdmittedMessage{join.network, network->row.charter});
}

std::optional<Refusal> Node::admit(Network& network, const Link& link, const JoinMessage& join, Now now) {
  const Invitation* invitation = network.membership.find_invitation(join.ticket);
  if (invitation == nullptr) return Refusal::TicketUnknown;
  const bool is_ticket_link = link.key == invitation->operation.ticket_transport;
  if (link.phase == LinkPhase::Invitation && !is_ticket_link) return Refusal::TicketUnknown;
  if (const Member* member = network.membership.find(join.member)) {
    // The answer to an earlier join was lost: the same newcomer hears it again.
    return member->transport == join.transport && !member->removed ? std::nullopt : std::optional(Refusal::KeyInUse);
  }
  const Member* inviter = network.membership.find(invitation->inviter);
  if (inviter == nullptr || inviter->removed) return Refusal::TicketUnknown;  // a stolen key's tickets let nobody in
  if (invitation->used) return Refusal::TicketUsed;
  if (now.wall > invitation->operation.expires) return Refusal::TicketExpired;
  if (!network.linked_by(join.transport).empty()) return Refusal::KeyInUse;
  AdmitOperation operation{invitation->id, join.member, join.transport, join.ticket_signature, join.certificate};
  if (!verify(join.ticket, Purpose::Admission, admission_message(join.network, join.member, join.transport),
              join.ticket_signature) ||
      !verify(join.member, Purpose::Certificate, certificate_message(join.network, join.transport), join.certificate)) {
    return Refusal::Malformed;
  }
  const MembershipOperation admission = operation;
  if (Status status = append_membership(network, {&admission, 1}, now); !status) {
    storage_failed(status.error(), nullptr);
    return Refusal::Malformed;
  }
  tell(EventKind::Admitted, join.network, join.member);
  return std::nullopt;
}

// --- The newcomer ----------------------------------------------------------------------------------------------------

void Node::handle(Link& link, AdmittedMessage& message, Now now) {
  if (!joining_ || message.network != joining_->ticket.network) return drop(link, "an admission nobody asked for");
  Result<Network*> network = ledger_->add_network(
      NetworkRow{message.network, std::move(message.founding), joining_->ticket.label, joining_->ticket.members});
  if (!network) {
    storage_failed(network.error(), &link);
    return;
  }
  joining_.reset();
  mark_urgent(now);
  tell(EventKind::Joined, (*network)->row.id, {});
  drop(link, "admitted: dials again with its own key");
}

void Node::handle(Link& link, RefusedMessage& message, Now) {
  if (!joining_) return drop(link, "a refusal nobody asked for");
  const NetworkId network = joining_->ticket.network;
  joining_.reset();
  tell(EventKind::JoinRefused, network, {});
  effects_.tell.back().refusal = message.reason;
  if (link.phase == LinkPhase::Joining) drop(link, "refused");
}

}  // namespace budstikke
