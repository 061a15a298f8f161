// What this node writes itself.
#include <algorithm>

#include "protocol/base/limits.h"
#include "protocol/node/node.h"
#include "protocol/node/waits.h"
#include "protocol/records/erasure.h"
#include "protocol/records/refusal.h"

namespace budstikke {
namespace {

constexpr const char* kRoleHasEnded = "this node's role in the network has ended; a coordinator can prolong it";

constexpr std::size_t kPackedEntryBytes = 32 * 1024;  // how full an entry of many changes is made

bool only_erases(const ChangeBytes& change) {
  const Result<Skeleton> skeleton = parse_skeleton(change.skeleton);
  return skeleton && std::all_of(skeleton->operations.begin(), skeleton->operations.end(), [](const Operation& operation) {
           return operation.operation_class == OperationClass::Erase || operation.operation_class == OperationClass::Redact;
         });
}

// A redaction that reaches nothing would be sent, kept and shown to people for ever, and erase nothing. A change by nobody who
// has a standing is not here for now, and may be again.
Status check_reach(const Ledger& ledger, const RecordState* state, const Operation& redaction, const Standing& own) {
  bool reaches = false;
  const auto look = [&](const ChangeRecord& record) {
    const Source& source = record.change.source;
    const OperationId id{source.entry, source.change, 0};
    const auto& author = record.change.author;
    const bool named = std::find(redaction.overwrites.begin(), redaction.overwrites.end(), id) != redaction.overwrites.end();
    reaches = named && (!author || may_redact(state->key, own, author->council));
    return !reaches;
  };
  if (state != nullptr) {
    if (Status walked = ledger.each_change(*state, look); !walked) return walked;
  }
  return reaches ? done()
                 : Error{Code::NotFound,
                         "a redaction that reaches nothing: no change that it names is here and this council's to erase"};
}

std::size_t size_of(const ChangeBytes& change) { return change.skeleton.size() + change.values.size(); }

// How many of these changes, from the first on, go into one entry.
std::size_t packed(std::span<const ChangeBytes> changes) {
  std::size_t count = 1, bytes = size_of(changes[0]);
  while (count < changes.size() && count < kMaxChanges && bytes + size_of(changes[count]) <= kPackedEntryBytes) {
    bytes += size_of(changes[count++]);
  }
  return count;
}

}  // namespace

Result<Node::Created> Node::create_network(const std::string& label, Now now) {
  const Seed recovery = random_.fixed<Seed>();
  const SigningKey recovery_key = SigningKey::from_seed(recovery);
  FoundOperation found;
  found.charter = Charter{recovery_key.public_key(), self(), now.wall, random_.fixed<Nonce>()};
  const NetworkId id = id_of(found.charter);
  found.recovery_signature = recovery_key.sign(Purpose::Charter, encode(found.charter));
  found.transport = keys_.transport;
  found.certificate = keys_.identity.sign(Purpose::Certificate, certificate_message(id, keys_.transport));
  Result<Network*> network = ledger_->add_network(NetworkRow{id, encode(MembershipOperation(found)), label, {}});
  if (!network) return network.error();
  const MembershipOperation founding = found;
  if (Status status = append_membership(**network, {&founding, 1}, now); !status) return status.error();
  return Created{id, recovery};
}

Result<Ticket> Node::invite(Network& network, Role role, const CouncilId& council, WallTime expires,
                            std::vector<ReachableMember> reachable, Now now, WallTime until) {
  const Member* own = self_in(network);
  if (own == nullptr || own->removed || !network.membership.may_invite(*own, role, council)) {
    return Error{Code::NotAllowed, "only a coordinator invites others than further devices of the own council"};
  }
  if (own->role_has_ended(now.wall)) return Error{Code::NotAllowed, kRoleHasEnded};
  if (Status status = check_quota(network, LogClass::Membership, sizeof(InviteOperation), 1, now); !status) return status.error();
  Ticket ticket{random_.fixed<Seed>(), network.row.id, expires, std::move(reachable), network.row.label};
  InviteOperation operation;
  operation.ticket = ticket_signing_key(ticket.seed).public_key();
  operation.ticket_transport = ticket_transport_key(ticket.seed).public_key;
  operation.role = role;
  operation.council = council;
  operation.expires = expires;
  operation.until = until;
  const MembershipOperation invitation = operation;
  if (Status status = append_membership(network, {&invitation, 1}, now); !status) return status.error();
  return ticket;
}

Status Node::append_membership(Network& network, std::span<const MembershipOperation> operations, Now now, WallTime later_than) {
  std::vector<ChangeBytes> changes;
  for (const MembershipOperation& operation : operations) changes.push_back({encode(operation), {}});
  if (Status status = append_local(network, LogClass::Membership, changes, now, later_than); !status) return status;
  settle(network);
  return done();
}

Status Node::remove_member(Network& network, const MemberKey& key, Now now) {
  const Member* own = self_in(network);
  const Member* member = network.membership.find(key);
  if (member == nullptr || member->removed) return Error{Code::NotFound, "there is no such member"};
  if (own == nullptr || own->removed || !network.membership.may_remove(*own, *member)) {
    return Error{Code::NotAllowed, "only a coordinator removes others than further devices of the own council"};
  }
  if (own->role_has_ended(now.wall)) return Error{Code::NotAllowed, kRoleHasEnded};
  return append_everywhere(network, key, [&](std::uint16_t keeps) { return RevokeOperation{key, keeps}; }, now);
}

EntryId Node::own_tip(const Network& network, LogClass log_class) const {
  const auto log = network.logs.find({self(), ledger_->incarnation(), log_class});
  return log == network.logs.end() || log->second.row.tips.empty() ? EntryId{} : log->second.row.tips.back().head.id;
}

Status Node::readmit(Network& network, const OperationId& id, Now now) {
  const auto removal = network.membership.removals().find(id);
  if (removal == network.membership.removals().end()) return Error{Code::NotFound, "there is no such removal"};
  const Member* own = self_in(network);
  const Member* by = network.membership.find(removal->second.by);
  const bool is_senior = own != nullptr && by != nullptr && own->role == Role::Coordinator && own->rank < by->rank;
  const bool is_own = own != nullptr && own->key == removal->second.by && !removal->second.is_leave();
  if (own == nullptr || own->removed || (!is_own && !is_senior)) {
    return Error{Code::NotAllowed, "only who removed a member, or a more senior coordinator, takes it back"};
  }
  if (own->role_has_ended(now.wall)) return Error{Code::NotAllowed, kRoleHasEnded};
  const MembershipOperation operation = ReadmitOperation{id};
  return append_membership(network, {&operation, 1}, now);
}

Status Node::may_write(Network& network, std::span<const ChangeBytes> changes, Now now) const {
  const Member* own = self_in(network);
  if (own == nullptr) return Error{Code::NotAllowed, "this node is not a member of the network"};
  if (own->removed)
    return Error{Code::NotAllowed, "this node's key was removed from the network; what it writes would not count"};
  const bool erases = std::all_of(changes.begin(), changes.end(), only_erases);
  if (!erases && own->role_has_ended(now.wall)) return Error{Code::NotAllowed, kRoleHasEnded};
  for (const ChangeBytes& change : changes) {
    if (size_of(change) > kMaxEntryBytes || change.values.size() > kMaxValuesBytes) {
      return Error{Code::TooLarge, "the change is too large for one entry"};
    }
    if (Status status = check_rights(network, {own->council, own->role}, change); !status) return status;
  }
  std::uint64_t bytes = 0, entries = 0;
  for (const ChangeBytes& change : changes) bytes += size_of(change);
  for (auto left = changes; !left.empty(); left = left.subspan(packed(left))) ++entries;
  return erases ? done() : check_quota(network, LogClass::Data, bytes, entries, now);
}

Status Node::write(Network& network, std::span<const ChangeBytes> changes, Now now) {
  if (Status status = may_write(network, changes, now); !status) return status;
  const bool erases = std::all_of(changes.begin(), changes.end(), only_erases);
  while (!changes.empty()) {
    if (erases) storage_.use_reserve();  // on a disk that is full erasing still works
    const std::size_t count = packed(changes);
    if (Status status = append_local(network, LogClass::Data, changes.first(count), now); !status) return status;
    changes = changes.subspan(count);
  }
  return done();
}

// The same rule by which every peer will judge it, and what its own tables know.
Status Node::check_rights(const Network& network, const Standing& own, const ChangeBytes& change) const {
  Result<Skeleton> skeleton = parse_skeleton(change.skeleton);
  if (!skeleton) return skeleton.error();
  std::optional<RecordState> current;
  Result<std::optional<RecordNumber>> number = ledger_->find_record(network, id_of(skeleton->record));
  if (!number) return number.error();
  if (*number) {
    Result<std::optional<RecordState>> state = ledger_->record(**number);
    if (!state) return state.error();
    current = std::move(*state);
  }
  const RecordState* state = current ? &*current : nullptr;
  const auto standing_of = [this](LogNumber log) { return ledger_->standing_of(log); };
  if (Status status = check_local(*skeleton, own, state, standing_of); !status) return status;
  for (const Operation& operation : skeleton->operations) {
    if (operation.operation_class != OperationClass::Redact) continue;
    if (Status status = check_reach(*ledger_, state, operation, own); !status) return status;
  }
  return done();
}

Status Node::append_local(Network& network, LogClass log_class, std::span<const ChangeBytes> changes, Now now,
                          WallTime later_than) {
  ledger_->set_time(now.wall);  // the delay of what is erased begins now, also where nothing ticks since the disk is full
  if (shown_later_own()) {
    if (Status status = begin_again(); !status) return status;
  }
  const WallTime clock{std::max(now.wall.ms, later_than.ms == INT64_MAX ? INT64_MAX : later_than.ms + 1)};
  LogId id{self(), ledger_->incarnation(), log_class};
  if (const Log* log = ledger_->find_log(network, id); log != nullptr) {
    // A clock that fell far behind would stamp everything alike until it catches up, and what follows a damaged entry does not
    // count until that is healed: a fresh log starts with the new time, and counts.
    const std::vector<StoredTip>& tips = log->row.tips;
    const bool is_behind = !tips.empty() && tips.back().head.stamp.ms - clock.ms > kMaxClockStepBack.count();
    if (is_behind || !log->orphans.empty()) {
      if (Status status = ledger_->renew_incarnation(Incarnation{random_.u64()}); !status) return status;
      id.incarnation = ledger_->incarnation();
    }
  }
  Result<Log*> log = ledger_->open_log(network, id);
  if (!log) return log.error();
  Ledger::Place place;
  if (!(*log)->row.tips.empty()) place = {(*log)->row.tips.back().head, (*log)->row.tips.back().number};
  const WallTime stamp = std::max(clock, place.head.stamp);
  Result<Bytes> body = encode_body(place.head, log_class, stamp, changes);
  if (!body) return body.error();
  EntryView entry;
  ByteReader reader(*body);
  if (Status status = parse_entry(reader, log_class, entry); !status) return status;  // what peers would refuse is refused here
  entry.body = *body;
  Result<Head> head = extend(network.row.id, id, place.head, entry);
  if (!head) return head.error();
  const Signature signature = keys_.identity.sign(Purpose::Entry, head->id);
  Result<Ledger::Place> appended = ledger_->append(network, **log, place, *head, entry, signature);
  if (!appended) {
    storage_failed(appended.error(), nullptr);
    return appended.error();
  }
  to_push_[{network.row.id, id}] = true;
  mark_urgent(now);
  settle_at_ = now.steady + kSettleWait;
  return done();
}

}  // namespace budstikke
