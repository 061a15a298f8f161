// Short ways to make the protocol's values in tests, all of them determined by small numbers; and the golden bytes.
//
// Shape        numbered<T>(n) is an identifier whose bytes are all n, so that it is easy to find in a dump; numbered<T>(n, m)
//              ends in another byte. A Person is an identity with the keys a member has, made from its number.
// Determinism  Everything is a function of the arguments.
#pragma once

#include <string>
#include <string_view>

#include "protocol/base/random.h"
#include "protocol/membership/membership.h"

namespace budstikke::tests {

template <class FixedType>
FixedType numbered(std::uint8_t number) {
  FixedType value;
  value.bytes.fill(number);
  return value;
}
template <class FixedType>
FixedType numbered(std::uint8_t number, std::uint8_t last) {
  FixedType value = numbered<FixedType>(number);
  value.bytes.back() = last;
  return value;
}

inline OperationId operation_id(std::uint8_t entry, std::uint8_t change = 0, std::uint8_t position = 0) {
  return {numbered<EntryPrefix>(entry), change, position};
}

// The bytes written as hexadecimal digits, with spaces where they help a reader.
Bytes hex(std::string_view digits);

// The golden bytes called `title` in tests/vectors/FILE: the lines of hexadecimal digits below the comment line "# TITLE".
// Empty when there are none.
Bytes golden(const std::string& file, std::string_view title);

struct Person {
  explicit Person(std::uint8_t number);
  SigningKey identity;
  TransportPair transport;
  const MemberKey& key() const { return identity.public_key(); }
  CouncilId council() const { return council_of(key()); }
};

// A network that a person founded; its recovery key is that of number 200, or 201 for another network.
struct Founding {
  explicit Founding(std::uint8_t founder_number = 1, std::uint8_t recovery_number = 200);
  Person founder;
  Person recovery;
  FoundOperation operation;
  NetworkId network;
};

FoundOperation found_by(const Person& founder, const Person& recovery);
// An invitation whose ticket is person `ticket`'s keys.
InviteOperation invitation_of(const Person& ticket, Role role, const CouncilId& council = {});
AdmitOperation admission_of(const NetworkId& network, const OperationId& invite, const Person& ticket, const Person& newcomer);

// A body with the changes given, as encode_body writes it; stops the test program when a bound is passed.
Bytes body_of(const Head& head, LogClass log_class, WallTime stamp, std::span<const ChangeBytes> changes);
// The same body as an author with a later program would mark it, up to version 16.
Bytes as_version(Bytes body, std::uint8_t version);
// A data change that writes `values` of field 2 and up to the contact with this nonce.
ChangeBytes contact_change(const CouncilId& council, std::uint8_t nonce, const Value::Array& values);

// A random value of at most `depth` nested containers.
Value random_value(Random& random, std::size_t depth);
std::string random_text(Random& random, std::size_t most_characters);

template <class T>
void shuffle(std::vector<T>& items, Random& random) {
  for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random.below(i)]);
}

}  // namespace budstikke::tests
