#include "protocol/membership/operations.h"

namespace budstikke {
namespace {

constexpr std::uint8_t kCharterVersion = 1;
enum MembershipType : std::uint8_t {
  kFound = 1,
  kInvite = 2,
  kAdmit = 3,
  kRevoke = 4,
  kKeep = 5,
  kReadmit = 6,
  kSeal = 7,
  kLeave = 8,
  kRecover = 9,
  kRole = 10,
  kTransport = 11,
  kSuccessor = 12
};
static_assert(kSuccessor == kMembershipTypes);

constexpr std::string_view kRoles[] = {"", "coordinator", "council", "national", "reader"};

bool is_role(std::uint8_t role) { return role >= 1 && role < std::size(kRoles); }

WallTime read_time(ByteReader& reader) {
  const std::uint64_t ms = reader.u64();
  if (ms > INT64_MAX) reader.fail();
  return WallTime{static_cast<std::int64_t>(ms)};
}

FoundOperation read_found(ByteReader& reader) {
  FoundOperation found;
  if (reader.u8() != kCharterVersion) reader.fail();
  found.charter.recovery_key = reader.fixed<MemberKey>();
  found.charter.founder = reader.fixed<MemberKey>();
  found.charter.created = read_time(reader);
  found.charter.nonce = reader.fixed<Nonce>();
  found.recovery_signature = reader.fixed<Signature>();
  found.transport = reader.fixed<TransportKey>();
  found.certificate = reader.fixed<Signature>();
  return found;
}

InviteOperation read_invite(ByteReader& reader) {
  InviteOperation invite;
  invite.ticket = reader.fixed<MemberKey>();
  invite.ticket_transport = reader.fixed<TransportKey>();
  const std::uint8_t role = reader.u8();
  if (!is_role(role)) reader.fail();
  invite.role = static_cast<Role>(role);
  invite.council = reader.fixed<CouncilId>();
  invite.expires = read_time(reader);
  if (reader.left() == 0) return invite;
  invite.until = read_time(reader);
  if (invite.until.ms == 0) reader.fail();  // no end has one form
  return invite;
}

AdmitOperation read_admit(ByteReader& reader) {
  AdmitOperation admit;
  admit.invite = read_operation_id(reader);
  admit.member = reader.fixed<MemberKey>();
  admit.transport = reader.fixed<TransportKey>();
  admit.ticket_signature = reader.fixed<Signature>();
  admit.certificate = reader.fixed<Signature>();
  return admit;
}

RevokeOperation read_revoke(ByteReader& reader) {
  RevokeOperation revoke;
  revoke.member = reader.fixed<MemberKey>();
  revoke.keeps = reader.u16();
  return revoke;
}

KeepOperation read_keep(ByteReader& reader) {
  KeepOperation keep;
  keep.revoke = read_operation_id(reader);
  keep.incarnation = Incarnation{reader.u64()};
  const std::uint8_t log_class = reader.u8();
  if (log_class != 1 && log_class != 2) reader.fail();
  keep.log_class = static_cast<LogClass>(log_class);
  keep.seq = Seq{reader.u64()};
  if (keep.seq.value == 0) reader.fail();
  keep.entry = reader.fixed<EntryId>();
  keep.signature = reader.fixed<Signature>();
  return keep;
}

RecoverOperation read_recover(ByteReader& reader) {
  RecoverOperation recover;
  recover.number = reader.u32();
  if (recover.number == 0) reader.fail();
  recover.member = reader.fixed<MemberKey>();
  recover.council = reader.fixed<CouncilId>();
  recover.transport = reader.fixed<TransportKey>();
  recover.certificate = reader.fixed<Signature>();
  recover.recovery_signature = reader.fixed<Signature>();
  return recover;
}

RoleOperation read_role(ByteReader& reader) {
  RoleOperation change;
  change.member = reader.fixed<MemberKey>();
  const std::uint8_t role = reader.u8();
  if (!is_role(role)) reader.fail();
  change.role = static_cast<Role>(role);
  change.until = read_time(reader);
  change.keeps = reader.u16();
  return change;
}

TransportOperation read_transport(ByteReader& reader) {
  TransportOperation transport;
  transport.transport = reader.fixed<TransportKey>();
  transport.certificate = reader.fixed<Signature>();
  return transport;
}

}  // namespace

std::string_view text_of(Role role) { return kRoles[static_cast<std::size_t>(role)]; }

std::optional<Role> role_of(std::string_view text) {
  for (std::uint8_t role = 1; role < std::size(kRoles); ++role) {
    if (kRoles[role] == text) return static_cast<Role>(role);
  }
  return std::nullopt;
}

Bytes encode(const Charter& charter) {
  Bytes out;
  ByteWriter writer(out);
  writer.u8(kCharterVersion);
  writer.raw(charter.recovery_key);
  writer.raw(charter.founder);
  writer.u64(static_cast<std::uint64_t>(charter.created.ms));
  writer.raw(charter.nonce);
  return out;
}

NetworkId id_of(const Charter& charter) { return NetworkId::from(hash(Domain::Charter, View(encode(charter)))); }

namespace {

void write_found(ByteWriter& writer, const FoundOperation& found) {
  writer.raw(encode(found.charter));
  writer.raw(found.recovery_signature);
  writer.raw(found.transport);
  writer.raw(found.certificate);
}

}  // namespace

Bytes encode(const MembershipOperation& operation) {
  Bytes out;
  ByteWriter writer(out);
  if (const auto* found = std::get_if<FoundOperation>(&operation)) {
    writer.u8(kFound);
    write_found(writer, *found);
  } else if (const auto* invite = std::get_if<InviteOperation>(&operation)) {
    writer.u8(kInvite);
    writer.raw(invite->ticket);
    writer.raw(invite->ticket_transport);
    writer.u8(static_cast<std::uint8_t>(invite->role));
    writer.raw(invite->council);
    writer.u64(static_cast<std::uint64_t>(invite->expires.ms));
    if (invite->until.ms != 0) writer.u64(static_cast<std::uint64_t>(invite->until.ms));
  } else if (const auto* admit = std::get_if<AdmitOperation>(&operation)) {
    writer.u8(kAdmit);
    write_operation_id(out, admit->invite);
    writer.raw(admit->member);
    writer.raw(admit->transport);
    writer.raw(admit->ticket_signature);
    writer.raw(admit->certificate);
  } else if (const auto* revoke = std::get_if<RevokeOperation>(&operation)) {
    writer.u8(kRevoke);
    writer.raw(revoke->member);
    writer.u16(revoke->keeps);
  } else if (const auto* keep = std::get_if<KeepOperation>(&operation)) {
    writer.u8(kKeep);
    write_operation_id(out, keep->revoke);
    writer.u64(keep->incarnation.value);
    writer.u8(static_cast<std::uint8_t>(keep->log_class));
    writer.u64(keep->seq.value);
    writer.raw(keep->entry);
    writer.raw(keep->signature);
  } else if (const auto* readmit = std::get_if<ReadmitOperation>(&operation)) {
    writer.u8(kReadmit);
    write_operation_id(out, readmit->revoke);
  } else if (const auto* seal = std::get_if<SealOperation>(&operation)) {
    writer.u8(kSeal);
    writer.raw(seal->key);
  } else if (const auto* leave = std::get_if<LeaveOperation>(&operation)) {
    writer.u8(kLeave);
    writer.u16(leave->keeps);
  } else if (const auto* recover = std::get_if<RecoverOperation>(&operation)) {
    writer.u8(kRecover);
    writer.u32(recover->number);
    writer.raw(recover->member);
    writer.raw(recover->council);
    writer.raw(recover->transport);
    writer.raw(recover->certificate);
    writer.raw(recover->recovery_signature);
  } else if (const auto* role = std::get_if<RoleOperation>(&operation)) {
    writer.u8(kRole);
    writer.raw(role->member);
    writer.u8(static_cast<std::uint8_t>(role->role));
    writer.u64(static_cast<std::uint64_t>(role->until.ms));
    writer.u16(role->keeps);
  } else if (const auto* transport = std::get_if<TransportOperation>(&operation)) {
    writer.u8(kTransport);
    writer.raw(transport->transport);
    writer.raw(transport->certificate);
  } else if (const auto* successor = std::get_if<SuccessorOperation>(&operation)) {
    writer.u8(kSuccessor);
    write_found(writer, successor->other);
  }
  return out;
}

Result<MembershipOperation> parse_membership(View bytes) {
  ByteReader reader(bytes);
  const std::uint8_t type = reader.u8();
  if (reader.failed()) return Error{Code::Malformed, "an empty membership operation"};
  MembershipOperation operation = UnknownOperation{type};
  if (type == kFound) {
    operation = read_found(reader);
  } else if (type == kInvite) {
    operation = read_invite(reader);
  } else if (type == kAdmit) {
    operation = read_admit(reader);
  } else if (type == kRevoke) {
    operation = read_revoke(reader);
  } else if (type == kKeep) {
    operation = read_keep(reader);
  } else if (type == kReadmit) {
    operation = ReadmitOperation{read_operation_id(reader)};
  } else if (type == kSeal) {
    operation = SealOperation{reader.fixed<SealingKey>()};
  } else if (type == kLeave) {
    operation = LeaveOperation{reader.u16()};
  } else if (type == kRecover) {
    operation = read_recover(reader);
  } else if (type == kRole) {
    operation = read_role(reader);
  } else if (type == kTransport) {
    operation = read_transport(reader);
  } else if (type == kSuccessor) {
    operation = SuccessorOperation{read_found(reader)};
  } else {
    return operation;
  }
  if (!reader.done()) return Error{Code::Malformed, "a membership operation of the wrong length or role"};
  return operation;
}

bool founding_holds(const FoundOperation& found) {
  const Charter& charter = found.charter;
  const Bytes certified = certificate_message(id_of(charter), found.transport);
  return verify(charter.recovery_key, Purpose::Charter, encode(charter), found.recovery_signature) &&
         verify(charter.founder, Purpose::Certificate, certified, found.certificate);
}

Bytes certificate_message(const NetworkId& network, const TransportKey& transport) {
  Bytes message = bytes_of(network);
  ByteWriter(message).raw(transport);
  return message;
}

Bytes admission_message(const NetworkId& network, const MemberKey& member, const TransportKey& transport) {
  Bytes message = bytes_of(network);
  ByteWriter writer(message);
  writer.raw(member);
  writer.raw(transport);
  return message;
}

Bytes recovery_message(const NetworkId& network, const RecoverOperation& recover) {
  Bytes message = bytes_of(network);
  ByteWriter writer(message);
  writer.u32(recover.number);
  writer.raw(recover.member);
  writer.raw(recover.council);
  writer.raw(recover.transport);
  return message;
}

}  // namespace budstikke
