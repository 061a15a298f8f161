#include "tests/support/written.h"

#include <algorithm>

namespace budstikke::tests {

Written::Written(Founding founded) : founding(std::move(founded)) { write(founding.founder, {founding.operation}); }

OperationId Written::write(const Person& author, std::vector<MembershipOperation> operations, std::optional<WallTime> stamp,
                           Incarnation incarnation) {
  Tip& tip = tips_[{author.key(), incarnation}];
  Bytes name = bytes_of(founding.network);
  ByteWriter writer(name);
  writer.raw(author.key());
  writer.u64(incarnation.value);
  writer.u64(tip.seq.value + 1);
  writer.raw(tip.id);
  for (const MembershipOperation& operation : operations) writer.raw(encode(operation));  // branches differ by what they hold
  const EntryId entry = EntryId::from(hash(Domain::Header, View(name)));
  const WallTime when = stamp.value_or(WallTime{static_cast<std::int64_t>(1 + ends.size())});
  std::uint8_t change = 0;
  for (MembershipOperation& operation : operations) {
    steps.push_back({founding.network, author.key(), {prefix_of(entry), change++, 0}, entry, tip.id, incarnation, when, std::move(operation)});
  }
  ends.push_back(steps.size());
  tip = Tip{Seq{tip.seq.value + 1}, entry};
  return {prefix_of(entry), 0, 0};
}

void Written::join(const Person& inviter, const Person& newcomer, Role role, const CouncilId& council) {
  const Person ticket(static_cast<std::uint8_t>(100 + newcomer.key().bytes[0] % 50));
  const OperationId invite = write(inviter, {invitation_of(ticket, role, council)});
  write(inviter, {admission_of(founding.network, invite, ticket, newcomer)});
}

KeepOperation Written::keep(const Person& member, const OperationId& of, Incarnation incarnation) const {
  const Tip end = tip(member, incarnation);
  return {of, incarnation, LogClass::Membership, end.seq, end.id, member.identity.sign(Purpose::Entry, end.id)};
}

RecoverOperation Written::recovery(const Person& member, std::uint32_t number, const CouncilId& council) const {
  RecoverOperation recover{number, member.key(), council, member.transport.public_key, {}, {}};
  recover.certificate = member.identity.sign(Purpose::Certificate, certificate_message(founding.network, recover.transport));
  recover.recovery_signature = founding.recovery.identity.sign(Purpose::Recovery, recovery_message(founding.network, recover));
  return recover;
}

TransportOperation Written::rotation(const Person& member, std::uint8_t number) const {
  const TransportKey key = TransportPair::from_secret(numbered<Seed>(number, 77)).public_key;
  return {key, member.identity.sign(Purpose::Certificate, certificate_message(founding.network, key))};
}

Tip Written::tip(const Person& author, Incarnation incarnation) const {
  const auto at = tips_.find({author.key(), incarnation});
  return at == tips_.end() ? Tip{} : at->second;
}

const TwinStep* Written::last_removal() const {
  const auto at = std::find_if(steps.rbegin(), steps.rend(), [](const TwinStep& step) {
    return std::holds_alternative<RevokeOperation>(step.operation) || std::holds_alternative<LeaveOperation>(step.operation) ||
           std::holds_alternative<RoleOperation>(step.operation);
  });
  return at == steps.rend() ? nullptr : &*at;
}

void Written::add_entry(Membership& to, std::size_t entry) const {
  for (std::size_t i = entry == 0 ? 0 : ends[entry - 1]; i < ends[entry]; ++i) {
    const TwinStep& step = steps[i];
    to.add_entry({step.author, step.incarnation, LogClass::Membership}, step.entry, step.previous);
    to.add(step.author, step.id, step.entry, step.stamp, step.operation);
  }
}

Membership Written::membership() const {
  Membership members(founding.network);
  for (std::size_t entry = 0; entry < entries(); ++entry) add_entry(members, entry);
  members.settle();
  return members;
}

}  // namespace budstikke::tests
