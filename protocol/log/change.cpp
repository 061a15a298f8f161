#include "protocol/log/change.h"

#include "protocol/base/limits.h"
#include "protocol/base/pack.h"

namespace budstikke {

RecordId id_of(const RecordKey& key) {
  std::uint8_t bytes[CouncilId::kSize + 1 + Nonce::kSize];
  std::memcpy(bytes, key.council.bytes.data(), CouncilId::kSize);
  bytes[CouncilId::kSize] = key.kind;
  std::memcpy(bytes + CouncilId::kSize + 1, key.nonce.bytes.data(), Nonce::kSize);
  return RecordId::from(hash(Domain::Record, View(bytes)));
}

CouncilId council_of(const MemberKey& first_key) { return CouncilId::from(hash(Domain::Council, first_key.view())); }

void write_operation_id(Bytes& out, const OperationId& id) {
  ByteWriter writer(out);
  writer.raw(id.entry);
  writer.u8(id.change);
  writer.u8(id.position);
}

OperationId read_operation_id(ByteReader& reader) {
  OperationId id;
  id.entry = reader.fixed<EntryPrefix>();
  id.change = reader.u8();
  id.position = reader.u8();
  return id;
}

Bytes encode(const Skeleton& skeleton) {
  Bytes out;
  ByteWriter writer(out);
  writer.raw(skeleton.record.council);
  writer.u8(skeleton.record.kind);
  writer.raw(skeleton.record.nonce);
  writer.u8(static_cast<std::uint8_t>(skeleton.operations.size()));
  for (const Operation& operation : skeleton.operations) {
    writer.u8(operation.field);
    writer.u8(static_cast<std::uint8_t>(operation.operation_class));
    writer.u16(static_cast<std::uint16_t>(operation.overwrites.size()));
    for (const OperationId& id : operation.overwrites) write_operation_id(out, id);
  }
  return out;
}

Result<Skeleton> parse_skeleton(View bytes) {
  ByteReader reader(bytes);
  Skeleton skeleton;
  skeleton.record.council = reader.fixed<CouncilId>();
  skeleton.record.kind = reader.u8();
  skeleton.record.nonce = reader.fixed<Nonce>();
  const std::size_t count = reader.u8();
  if (reader.failed() || count == 0) return Error{Code::Malformed, "a skeleton without operations"};
  skeleton.operations.resize(count);
  for (Operation& operation : skeleton.operations) {
    operation.field = reader.u8();
    operation.operation_class = static_cast<OperationClass>(reader.u8());
    const std::size_t overwrites = reader.u16();
    if (overwrites > kMaxOverwrites || overwrites * OperationId::kSize > reader.left()) {
      return Error{Code::Malformed, "an operation that overwrites more than it names"};
    }
    operation.overwrites.resize(overwrites);
    for (OperationId& id : operation.overwrites) id = read_operation_id(reader);
  }
  if (!reader.done()) return Error{Code::Malformed, "a skeleton of the wrong length"};
  return skeleton;
}

bool is_skeleton(View bytes) {
  ByteReader reader(bytes);
  reader.raw(CouncilId::kSize + 1 + Nonce::kSize);
  const std::size_t count = reader.u8();
  if (reader.failed() || count == 0) return false;
  for (std::size_t i = 0; i < count; ++i) {
    reader.u16();  // field and class
    const std::size_t overwrites = reader.u16();
    if (overwrites > kMaxOverwrites) return false;
    reader.raw(overwrites * OperationId::kSize);
  }
  return reader.done();
}

Bytes encode_values(const Salt& salt, const Value::Array& values) {
  Bytes out = bytes_of(salt);
  pack_into(out, Value(values));
  return out;
}

Result<Value::Array> parse_values(View bytes, std::size_t operations) {
  const Error unreadable{Code::Damaged, "values that are not one canonical element per operation"};
  if (bytes.size() < Salt::kSize) return unreadable;
  Result<Value> value = unpack(bytes.subspan(Salt::kSize));
  if (!value) return unreadable;
  Value::Array* array = value->if_array();
  if (array == nullptr || array->size() != operations) return unreadable;
  for (const Value& element : *array) {  // what a field holds: never an array or a map
    if (element.if_array() != nullptr || element.if_map() != nullptr) return unreadable;
  }
  return std::move(*array);
}

Hash values_hash(View values) { return hash(Domain::Values, values); }

Hash leaf_of(View skeleton, const Hash& values) { return hash(Domain::Leaf, {skeleton, values.view()}); }

Hash leaf_of_membership(View skeleton) { return hash(Domain::Leaf, skeleton); }

}  // namespace budstikke
