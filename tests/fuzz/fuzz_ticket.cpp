// The decoder of tickets. A fuzzer cannot guess the check at a ticket's end, so the input is taken twice: as the text of a
// ticket, and as the bytes before the check, to which the right one is put.
#include "protocol/base/hash.h"
#include "protocol/base/text.h"
#include "protocol/wire/ticket.h"
#include "tests/fuzz/fuzz.h"

using namespace budstikke;

namespace {

// What people may have done to the text: blanks, line breaks, small letters, I and L for 1, O for 0.
std::string canonical(std::string_view text) {
  std::string letters;
  for (char c : text) {
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') letters += c;
  }
  const std::size_t start = std::min<std::size_t>(5, letters.size());
  return "BUD1-" + base32_letters(std::string_view(letters).substr(start)).value_or("");
}

void check(std::string_view text) {
  const Result<Ticket> ticket = parse_ticket(text);
  if (!ticket) return;
  fuzz::accepted();
  require(encode(*ticket) == canonical(text), "an accepted ticket encodes to the same text");
  require(ticket->members.size() <= 8 && ticket->label.size() <= 100 && ticket->expires.ms >= 0,
          "an accepted ticket is within the bounds");
  require(is_clean_text(ticket->label, false), "an accepted ticket has a label that can be shown");
  for (const ReachableMember& member : ticket->members) {
    require(is_clean_text(member.address, false), "an accepted ticket has addresses that can be shown");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View input(data, size);
  check(text_of(input));
  Bytes body = bytes_of(input);
  const Hash digest = hash(Domain::Derived, {input, view_of("ticket check")});
  ByteWriter(body).raw(digest.view().first(4));
  check("BUD1-" + base32_of(body));
  return 0;
}
