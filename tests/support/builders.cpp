#include "tests/support/builders.h"

#include <fstream>

#include "protocol/base/text.h"

namespace budstikke::tests {

Bytes hex(std::string_view digits) {
  std::string joined;
  for (char c : digits) {
    if (c != ' ' && c != '\n') joined += c;
  }
  std::optional<Bytes> bytes = bytes_of_hex(joined);
  require(bytes.has_value(), "a test's hexadecimal digits");
  return std::move(*bytes);
}

Bytes golden(const std::string& file, std::string_view title) {
  std::ifstream in(std::string(BUDSTIKKE_SOURCE_DIR) + "/tests/vectors/" + file);
  std::string line, digits;
  bool here = false;
  while (std::getline(in, line)) {
    if (line.starts_with("#")) {
      here = line == "# " + std::string(title);
    } else if (here) {
      digits += line;
    }
  }
  return hex(digits);
}

Person::Person(std::uint8_t number)
    : identity(SigningKey::from_seed(numbered<Seed>(number))),
      transport(TransportPair::from_secret(numbered<Seed>(number, 99))) {}

FoundOperation found_by(const Person& founder, const Person& recovery) {
  FoundOperation found;
  found.charter = {recovery.key(), founder.key(), WallTime{1'700'000'000'000}, numbered<Nonce>(7)};
  found.recovery_signature = recovery.identity.sign(Purpose::Charter, encode(found.charter));
  found.transport = founder.transport.public_key;
  found.certificate = founder.identity.sign(Purpose::Certificate, certificate_message(id_of(found.charter), found.transport));
  return found;
}

Founding::Founding(std::uint8_t founder_number, std::uint8_t recovery_number)
    : founder(founder_number),
      recovery(recovery_number),
      operation(found_by(founder, recovery)),
      network(id_of(operation.charter)) {}

InviteOperation invitation_of(const Person& ticket, Role role, const CouncilId& council) {
  return {ticket.key(), ticket.transport.public_key, role, council, WallTime{1'800'000'000'000}};
}

AdmitOperation admission_of(const NetworkId& network, const OperationId& invite, const Person& ticket, const Person& newcomer) {
  AdmitOperation admit;
  admit.invite = invite;
  admit.member = newcomer.key();
  admit.transport = newcomer.transport.public_key;
  admit.ticket_signature = ticket.identity.sign(Purpose::Admission, admission_message(network, admit.member, admit.transport));
  admit.certificate = newcomer.identity.sign(Purpose::Certificate, certificate_message(network, admit.transport));
  return admit;
}

Bytes body_of(const Head& head, LogClass log_class, WallTime stamp, std::span<const ChangeBytes> changes) {
  Result<Bytes> body = encode_body(head, log_class, stamp, changes);
  require(body.ok(), "a test's entry within the bounds");
  return std::move(*body);
}

Bytes as_version(Bytes body, std::uint8_t version) {
  body.front() = static_cast<std::uint8_t>((body.front() & 0x0F) | (version - 1) << 4);
  return body;
}

ChangeBytes contact_change(const CouncilId& council, std::uint8_t nonce, const Value::Array& values) {
  Skeleton skeleton;
  skeleton.record = {council, 2, numbered<Nonce>(nonce)};
  for (std::size_t i = 0; i < values.size(); ++i) {
    skeleton.operations.push_back({static_cast<std::uint8_t>(2 + i), OperationClass::Write});
  }
  return {encode(skeleton), encode_values(numbered<Salt>(nonce), values)};
}

std::string random_text(Random& random, std::size_t most_characters) {
  static constexpr std::string_view kCharacters[] = {"a", "Z", " ", "\n", "æ", "Å", "€", "😀"};
  std::string text;
  for (std::size_t i = random.below(most_characters + 1); i > 0; --i) text += kCharacters[random.below(std::size(kCharacters))];
  return text;
}

Value random_value(Random& random, std::size_t depth) {
  switch (random.below(depth > 0 ? 6 : 4)) {
    case 0:
      return {};
    case 1:
      return random.below(2) == 0;
    case 2: {  // of every width, both signs
      const auto magnitude = static_cast<std::int64_t>(random.u64() >> 1 >> random.below(63));
      return random.below(2) == 0 ? magnitude : -magnitude - 1;
    }
    case 3:
      return random_text(random, random.below(4) == 0 ? 300 : 12);
    case 4: {
      Value array = Value::array();
      for (std::uint64_t i = random.below(random.below(10) == 0 ? 40 : 5); i > 0; --i)
        array.push(random_value(random, depth - 1));
      return array;
    }
    default: {
      Value map = Value::map();
      for (std::uint64_t i = random.below(random.below(10) == 0 ? 40 : 5); i > 0; --i) {
        std::string key = "k" + std::to_string(i) + random_text(random, 3);  // before its value, whatever the compiler
        map.set(std::move(key), random_value(random, depth - 1));
      }
      return map;
    }
  }
}

}  // namespace budstikke::tests
