#include "protocol/wire/ticket.h"

#include "protocol/base/hash.h"
#include "protocol/base/limits.h"
#include "protocol/base/text.h"

namespace budstikke {
namespace {

constexpr std::string_view kStart = "BUD1-";
constexpr std::size_t kCheckBytes = 4;
constexpr std::size_t kMaxReachable = 8;
constexpr std::size_t kMaxLabelBytes = 100;

Seed derived(const Seed& seed, std::string_view purpose) {
  return Seed::from(hash(Domain::Derived, {seed.view(), view_of(purpose)}));
}

Bytes check_of(View body) {
  const Hash digest = hash(Domain::Derived, {body, view_of("ticket check")});
  return bytes_of(digest.view().first(kCheckBytes));
}

std::optional<Ticket> parse_ticket_body(View body) {
  ByteReader reader(body);
  Ticket ticket;
  ticket.seed = reader.fixed<Seed>();
  ticket.network = reader.fixed<NetworkId>();
  const std::uint64_t expires = reader.u64();
  const std::size_t count = reader.u8();
  if (expires > INT64_MAX || count > kMaxReachable) return std::nullopt;
  ticket.expires = WallTime{static_cast<std::int64_t>(expires)};
  for (std::size_t i = 0; i < count; ++i) {
    ReachableMember member;
    member.transport = reader.fixed<TransportKey>();
    member.address = text_of(reader.raw(reader.u8()));
    if (!is_clean_text(member.address, false)) return std::nullopt;
    ticket.members.push_back(std::move(member));
  }
  ticket.label = text_of(reader.raw(reader.u8()));
  if (!reader.done() || !is_clean_text(ticket.label, false) || ticket.label.size() > kMaxLabelBytes) return std::nullopt;
  return ticket;
}

}  // namespace

std::string encode(const Ticket& ticket) {
  Bytes body;
  ByteWriter writer(body);
  writer.raw(ticket.seed);
  writer.raw(ticket.network);
  writer.u64(static_cast<std::uint64_t>(ticket.expires.ms));
  writer.u8(static_cast<std::uint8_t>(ticket.members.size()));
  for (const ReachableMember& member : ticket.members) {
    writer.raw(member.transport);
    writer.u8(static_cast<std::uint8_t>(member.address.size()));
    writer.raw(view_of(member.address));
  }
  writer.u8(static_cast<std::uint8_t>(ticket.label.size()));
  writer.raw(view_of(ticket.label));
  writer.raw(check_of(body));
  return std::string(kStart) + base32_of(body);
}

Result<Ticket> parse_ticket(std::string_view text) {
  std::string letters;
  for (char c : text) {
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') letters += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  }
  if (letters.size() > kMaxTicketBytes * 2 || letters.rfind(kStart, 0) != 0) {
    return Error{Code::Malformed, "this is not a ticket: a ticket starts with BUD1-"};
  }
  letters.erase(0, kStart.size());
  const std::size_t size = letters.size() * 5 / 8;
  const std::optional<Bytes> bytes = bytes_of_base32(letters, size);
  if (!bytes || size < kCheckBytes) return Error{Code::Malformed, "the ticket has a letter too few, too many or wrong"};
  const View body = View(*bytes).first(size - kCheckBytes);
  if (!same_bytes(check_of(body), View(*bytes).last(kCheckBytes))) {
    return Error{Code::Malformed, "the ticket has a letter too few, too many or wrong"};
  }
  std::optional<Ticket> ticket = parse_ticket_body(body);
  if (!ticket) return Error{Code::Malformed, "the ticket was made by a newer or another program"};
  return std::move(*ticket);
}

SigningKey ticket_signing_key(const Seed& seed) { return SigningKey::from_seed(derived(seed, "ticket signing key")); }

TransportPair ticket_transport_key(const Seed& seed) { return TransportPair::from_secret(derived(seed, "ticket transport key")); }

}  // namespace budstikke
