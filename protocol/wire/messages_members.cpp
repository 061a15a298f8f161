// Messages about members: joining, and which store acts for one.
#include "protocol/wire/messages_parts.h"

namespace budstikke {

void write_message(Bytes& out, const JoinMessage& join) {
  ByteWriter writer(out);
  writer.u8(kJoin);
  writer.raw(join.network);
  writer.raw(join.ticket);
  writer.raw(join.member);
  writer.raw(join.transport);
  writer.raw(join.ticket_signature);
  writer.raw(join.certificate);
}

JoinMessage read_join(ByteReader& reader) {
  JoinMessage join;
  join.network = reader.fixed<NetworkId>();
  join.ticket = reader.fixed<MemberKey>();
  join.member = reader.fixed<MemberKey>();
  join.transport = reader.fixed<TransportKey>();
  join.ticket_signature = reader.fixed<Signature>();
  join.certificate = reader.fixed<Signature>();
  return join;
}

void write_message(Bytes& out, const AdmittedMessage& admitted) {
  ByteWriter writer(out);
  writer.u8(kAdmitted);
  writer.raw(admitted.network);
  writer.u16(static_cast<std::uint16_t>(admitted.founding.size()));
  writer.raw(admitted.founding);
}

AdmittedMessage read_admitted(ByteReader& reader) {
  AdmittedMessage admitted;
  admitted.network = reader.fixed<NetworkId>();
  admitted.founding = bytes_of(reader.raw(reader.u16()));
  return admitted;
}

void write_message(Bytes& out, const RefusedMessage& refused) {
  ByteWriter writer(out);
  writer.u8(kRefused);
  writer.u8(static_cast<std::uint8_t>(refused.reason));
}

RefusedMessage read_refused(ByteReader& reader) {
  const std::uint8_t reason = reader.u8();
  if (reason < 1 || reason > 5) reader.fail();
  return {static_cast<Refusal>(reason)};
}

void write_message(Bytes& out, const StoreMessage& message) {
  ByteWriter writer(out);
  writer.u8(kStore);
  writer.raw(message.member);
  writer.raw(message.store);
  writer.raw(message.other);
}

StoreMessage read_store(ByteReader& reader) {
  StoreMessage message;
  message.member = reader.fixed<MemberKey>();
  message.store = reader.fixed<StoreId>();
  message.other = reader.fixed<StoreId>();
  if (message.store.is_zero() || message.store == message.other) reader.fail();
  return message;
}

}  // namespace budstikke
