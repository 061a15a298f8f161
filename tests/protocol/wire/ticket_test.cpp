#include "protocol/wire/ticket.h"

#include <doctest/doctest.h>

#include "protocol/base/hash.h"
#include "protocol/base/limits.h"
#include "protocol/base/text.h"
#include "tests/protocol/wire/samples.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

constexpr const char* kNotOne = "this is not a ticket: a ticket starts with BUD1-";
constexpr const char* kMistyped = "the ticket has a letter too few, too many or wrong";
constexpr const char* kOther = "the ticket was made by a newer or another program";

std::string error_of(const std::string& text) {
  const Result<Ticket> ticket = parse_ticket(text);
  return ticket ? "none" : ticket.error().text;
}

// A ticket's letters over any body, with the check it should have.
std::string letters_of(Bytes body) {
  const Hash check = hash(Domain::Derived, {View(body), view_of("ticket check")});
  ByteWriter(body).raw(check.view().first(4));
  return "BUD1-" + base32_of(body);
}

Bytes body_of(const std::string& text) {
  const std::string letters = text.substr(5);
  Bytes body = *bytes_of_base32(letters, letters.size() * 5 / 8);
  body.resize(body.size() - 4);
  return body;
}

}  // namespace

TEST_CASE("ticket: what is written is read") {
  const Ticket ticket = Samples().ticket();
  const Result<Ticket> again = parse_ticket(encode(ticket));
  REQUIRE(again.ok());
  CHECK(again->seed == ticket.seed);
  CHECK(again->network == ticket.network);
  CHECK(again->expires == ticket.expires);
  REQUIRE(again->members.size() == 1);
  CHECK(again->members[0].transport == ticket.members[0].transport);
  CHECK(again->members[0].address == "node.example.dk:7420");
  CHECK(again->label == "Region Øst");
}

TEST_CASE("ticket: nobody reachable and no label are no error, eight and a long label neither") {
  Ticket ticket = Samples().ticket();
  ticket.members.clear();
  ticket.label.clear();
  CHECK(parse_ticket(encode(ticket)).ok());
  ticket.members.resize(8, {{}, std::string(60, 'a')});
  ticket.label = std::string(100, 'x');
  CHECK(parse_ticket(encode(ticket)).ok());
}

TEST_CASE("ticket: spaces, line breaks, case and letters that look alike make no difference") {
  const std::string text = encode(Samples().ticket());
  std::string typed;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i % 5 == 0) typed += i % 10 == 0 ? "\r\n" : " \t";
    char c = text[i];
    if (i > 5 && c == '0') c = 'o';
    if (i > 5 && c == '1') c = 'l';
    typed += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  const Result<Ticket> again = parse_ticket(typed);
  REQUIRE(again.ok());
  CHECK(encode(*again) == text);
}

TEST_CASE("ticket: what is none is named so") {
  CHECK(error_of("") == kNotOne);
  CHECK(error_of("hello") == kNotOne);
  CHECK(error_of("BUD2-AAAA") == kNotOne);
  CHECK(error_of("BUD1-" + std::string(kMaxTicketBytes * 2, 'A')) == kNotOne);
}

TEST_CASE("ticket: any letter that is wrong, missing or doubled is noticed") {
  const std::string text = encode(Samples().ticket());
  CHECK(error_of("BUD1-") == kMistyped);
  CHECK(error_of(text + "A") == kMistyped);
  CHECK(error_of(text + "U") == kMistyped);
  for (std::size_t i = 5; i < text.size(); ++i) {
    CAPTURE(i);
    std::string wrong = text;
    wrong[i] = wrong[i] == 'A' ? 'B' : 'A';
    CHECK(error_of(wrong) == kMistyped);
    wrong = text;
    wrong.erase(i, 1);
    CHECK(error_of(wrong) == kMistyped);
    wrong = text;
    wrong.insert(i, 1, text[i]);
    CHECK(error_of(wrong) == kMistyped);
    wrong = text;
    wrong[i] = '!';
    CHECK(error_of(wrong) == kMistyped);
  }
}

TEST_CASE("ticket: one of another make, though its check holds, is refused with that reason") {
  const Bytes body = body_of(encode(Samples().ticket()));
  CHECK(error_of(letters_of(body)) == "none");
  Bytes longer = body;
  longer.push_back(0);
  CHECK(error_of(letters_of(longer)) == kOther);
  Bytes shorter = body;
  shorter.pop_back();
  CHECK(error_of(letters_of(shorter)) == kOther);
  Bytes late = body;
  late[64] = 0x80;  // expires after the end of time
  CHECK(error_of(letters_of(late)) == kOther);
  Bytes many = body;
  many[72] = 9;
  CHECK(error_of(letters_of(many)) == kOther);
  Ticket unclean = Samples().ticket();
  unclean.label = "two\nlines";
  CHECK(error_of(encode(unclean)) == kOther);
  unclean.label = std::string(101, 'x');
  CHECK(error_of(encode(unclean)) == kOther);
}

TEST_CASE("ticket: from the seed follow both keys, and another seed gives others") {
  CHECK(ticket_signing_key(seed_of(6)).public_key() == ticket_signing_key(seed_of(6)).public_key());
  CHECK_FALSE(ticket_signing_key(seed_of(6)).public_key() == ticket_signing_key(seed_of(7)).public_key());
  CHECK_FALSE(same_bytes(ticket_transport_key(seed_of(6)).public_key, ticket_signing_key(seed_of(6)).public_key()));
  CHECK_FALSE(ticket_transport_key(seed_of(6)).public_key == ticket_transport_key(seed_of(7)).public_key);
}
