// A change: what one entry does to one record. It has two halves. The skeleton says which record, which operations and what
// they overwrite; it is never dropped. The values say what was written; they can be erased, and everything that decides
// liveness, rights, vectors and digests works without them.
//
// Shape        skeleton  council 32 · kind 1 · nonce 16 · operation count 1 · operations
//              operation field 1 · class 1 · overwrite count 2 · overwrites 18 each
//              values    salt 16 · canonical msgpack array with one element per operation (nil where the class carries none)
//              leaf      H(Leaf, skeleton ‖ H(Values, values)); of a membership change H(Leaf, skeleton)
// Invariants   Values are opaque to replication: their hash is checked, their msgpack only where it is read, so that nodes
//              which hold them and nodes which do not accept the same entries.
// Errors       parse_skeleton: Malformed for wrong lengths, zero operations, unknown trailing bytes. An operation class this
//              version does not know is no error: it is kept, forwarded and does nothing.
#pragma once

#include <optional>

#include "protocol/base/hash.h"
#include "protocol/base/result.h"
#include "protocol/base/value.h"

namespace budstikke {

enum class OperationClass : std::uint8_t {
  Write = 1,   // a register's value
  Add = 2,     // an element of a set
  Take = 3,    // takes set elements away: overwrites their adds
  Raise = 4,   // a flag becomes yes; in the skeleton, since rights depend on it
  Lower = 5,   // a flag becomes no
  Answer = 6,  // the author's council's answer
  Comment = 7,
  Retract = 8,   // takes comments of the author's council back
  Remove = 9,    // hides the record; names the live operations it saw
  Restore = 10,  // takes removes back
  Erase = 11,    // destroys all values of the record, also those yet to arrive; names nothing
  Redact = 12,   // destroys the values of the changes it names
  Receipt = 13,  // in the council's own record: the erasures it names are carried out at its author's node
};

inline constexpr std::uint8_t kOperationClasses = 13;  // classes that this version knows are 1 to this

// Which operation: the first 16 bytes of its entry's id, the change's position in the entry, its own in the change.
struct OperationId {
  EntryPrefix entry;
  std::uint8_t change = 0;
  std::uint8_t position = 0;
  static constexpr std::size_t kSize = 18;
  friend auto operator<=>(const OperationId&, const OperationId&) = default;
};

struct Operation {
  std::uint8_t field = 0;  // 0 for Remove and Restore, which concern the whole record
  OperationClass operation_class{};
  std::vector<OperationId> overwrites = {};
};

// What a record is called: its owner, kind and a number that is random or derived from an imported item.
struct RecordKey {
  CouncilId council;
  std::uint8_t kind = 0;
  Nonce nonce;
  friend bool operator==(const RecordKey&, const RecordKey&) = default;
};
RecordId id_of(const RecordKey& key);
CouncilId council_of(const MemberKey& first_key);

struct Skeleton {
  RecordKey record;
  std::vector<Operation> operations;
};

void write_operation_id(Bytes& out, const OperationId& id);
OperationId read_operation_id(ByteReader& reader);
Bytes encode(const Skeleton& skeleton);
Result<Skeleton> parse_skeleton(View bytes);
// True exactly when parse_skeleton would succeed; allocates nothing.
bool is_skeleton(View bytes);

// Salt and values, ready to be hashed and sent. `values` has one element per operation.
Bytes encode_values(const Salt& salt, const Value::Array& values);
// Damaged when the msgpack is not canonical or its length is not `operations`: a mistake of the author that costs only the
// values, which are then shown as unreadable.
Result<Value::Array> parse_values(View bytes, std::size_t operations);

Hash values_hash(View values);
Hash leaf_of(View skeleton, const Hash& values_hash);
Hash leaf_of_membership(View skeleton);

}  // namespace budstikke
