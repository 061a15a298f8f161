#include "protocol/records/file.h"

#include <algorithm>

#include "protocol/base/limits.h"
#include "protocol/base/text.h"
#include "protocol/records/edit.h"

namespace budstikke {
namespace {

constexpr std::size_t kMaxNameBytes = 200;  // a file system takes 255, of which a copy's " (2)" and the like want some
constexpr std::string_view kForbidden = "/\\:*?\"<>|";
constexpr std::size_t kKindAt = CouncilId::kSize;                 // in a skeleton
constexpr std::size_t kFieldAt = kKindAt + 1 + Nonce::kSize + 1;  // of its first operation
constexpr auto kFileKind = static_cast<std::uint8_t>(Kind::File);

// CON, LPT1.txt and the like open devices where Windows stores them.
bool is_device(std::string_view name) {
  const std::string stem = fold_case(name.substr(0, name.find('.')));
  if (stem == "con" || stem == "prn" || stem == "aux" || stem == "nul") return true;
  return stem.size() == 4 && (stem.starts_with("com") || stem.starts_with("lpt")) && stem[3] >= '0' && stem[3] <= '9';
}

bool is_name_character(char c) { return static_cast<unsigned char>(c) >= 0x20 && kForbidden.find(c) == std::string_view::npos; }

}  // namespace

bool is_file_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes && name.front() != '.' && name.back() != '.' && trim(name) == name &&
         is_clean_text(name, false) && !is_device(name) && std::all_of(name.begin(), name.end(), is_name_character);
}

std::string file_name_of(std::string_view name) {
  std::string kept;
  for (const char c : name) kept += is_name_character(c) ? c : '_';
  if (kept.size() > kMaxNameBytes) {  // the ending tells what it is
    const std::size_t dot = kept.rfind('.');
    const std::string ending = dot != std::string::npos && kept.size() - dot <= 16 ? kept.substr(dot) : std::string();
    std::size_t end = kMaxNameBytes - ending.size();
    while (end > 0 && (static_cast<unsigned char>(kept[end]) & 0xC0U) == 0x80U) --end;
    kept = kept.substr(0, end) + ending;
  }
  kept = trim(kept);
  while (!kept.empty() && kept.front() == '.') kept.erase(0, 1);
  while (!kept.empty() && kept.back() == '.') kept.pop_back();
  kept = trim(kept);
  if (is_device(kept)) kept.insert(0, "_");
  return is_file_name(kept) ? kept : "fil";
}

RecordKey file_key(const CouncilId& council, const FileInfo& file, unsigned generation) {
  Bytes number;
  ByteWriter(number).u32(generation);
  const Hash digest = hash(Domain::Derived, {view_of("file"), file.hash.view(), View(number), view_of(file.name)});
  return {council, kFileKind, Nonce::from(digest.view().first(Nonce::kSize))};
}

RecordKey part_key(const RecordKey& file, std::size_t part) {
  Bytes number;
  ByteWriter(number).u16(static_cast<std::uint16_t>(part));
  const Hash digest = hash(Domain::Derived, {view_of("part"), file.nonce.view(), View(number)});
  return {file.council, kFileKind, Nonce::from(digest.view().first(Nonce::kSize))};
}

std::size_t chunk_count(std::uint64_t size) { return static_cast<std::size_t>((size + kChunkBytes - 1) / kChunkBytes); }

std::size_t part_count(std::uint64_t size) { return (chunk_count(size) + kChunksPerPart - 1) / kChunksPerPart; }

std::size_t chunk_bytes(std::uint64_t size, std::size_t index) {
  const std::uint64_t from = std::min<std::uint64_t>(size, std::uint64_t{index} * kChunkBytes);
  return static_cast<std::size_t>(std::min<std::uint64_t>(size - from, kChunkBytes));
}

std::optional<FileInfo> file_info(const RecordView& record) {
  const Value* name = record.shown(kFileNameField);
  const Value* size = record.shown(kFileSizeField);
  const Value* digest = record.shown(kFileHashField);
  if (name == nullptr || size == nullptr || digest == nullptr) return std::nullopt;
  const std::string* letters = digest->if_text();
  const std::optional<Bytes> bytes = letters != nullptr ? bytes_of_hex(*letters) : std::nullopt;
  if (name->if_text() == nullptr || !is_file_name(*name->if_text())) return std::nullopt;
  if (size->if_integer() == nullptr || *size->if_integer() < 0 || !bytes || bytes->size() != Hash::kSize) return std::nullopt;
  const auto length = static_cast<std::uint64_t>(*size->if_integer());
  if (length > kMaxFileBytes) return std::nullopt;
  return FileInfo{*name->if_text(), length, Hash::from(*bytes)};
}

Value value_of(const Chunk& chunk) {
  Bytes element;
  ByteWriter writer(element);
  writer.u16(static_cast<std::uint16_t>(chunk.index));
  writer.raw(chunk.bytes);
  return element;
}

std::optional<Chunk> parse_chunk(const Value& element) {
  const Bytes* bytes = element.if_bytes();
  if (bytes == nullptr || bytes->size() < 2) return std::nullopt;
  ByteReader reader(*bytes);
  const std::size_t index = reader.u16();
  return Chunk{index, bytes_of(View(*bytes).subspan(2))};
}

ChangeBytes file_change(const RecordKey& file, const FileInfo& info, const Salt& salt) {
  ChangeBuilder builder(file, nullptr);
  builder.write(kFileNameField, info.name);
  builder.write(kFileSizeField, info.size);
  builder.write(kFileHashField, hex_of(info.hash.view()));
  return builder.finish(salt);
}

ChangeBytes chunk_change(const RecordKey& part, const Chunk& chunk, const Salt& salt) {
  ChangeBuilder builder(part, nullptr);
  builder.add(kChunksField, value_of(chunk));
  return builder.finish(salt);
}

bool is_of_file(View skeleton) { return skeleton.size() > kFieldAt && skeleton[kKindAt] == kFileKind; }

bool is_content(View skeleton) { return is_of_file(skeleton) && skeleton[kFieldAt] == kChunksField; }

}  // namespace budstikke
