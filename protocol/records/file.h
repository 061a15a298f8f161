// Files: what a field that refers to Kind::File names, and how a content becomes operations like all others, so that it is
// replicated, verified, counted against its council's quota and erased as everything else is.
//
// Shape        A *file* is a record of kind `file` that says its name, size and hash. Its content stands in its *parts*, further
//              records of that kind, each with up to kChunksPerPart *chunks* in a set: two bytes which one of the file it is,
//              then its bytes. All keys follow from council, name and hash, so that adding a file again adds nothing.
// Invariants   Nobody but the owner adds a chunk. Whether the chunks are the file is told by its hash alone: whoever hands the
//              content to a person computes it (ContentHasher).
// Cost         A file of 64 MiB is 2,065 entries in 17 parts.
#pragma once

#include <optional>

#include "protocol/base/content_hash.h"
#include "protocol/records/kinds.h"
#include "protocol/records/view.h"

namespace budstikke {

struct FileInfo {
  std::string name;
  std::uint64_t size = 0;
  Hash hash;  // of the content: BLAKE2b-256 without key or personalisation, as `b2sum -l 256` prints it
};

// A name that any system can store a file under, and that leads nowhere else: no separators or control characters, and neither
// hidden nor reserved.
bool is_file_name(std::string_view name);
// The name without what a file name cannot have; "fil" when nothing is left.
std::string file_name_of(std::string_view name);

// A file that was erased stays so; when it is added again it is the next generation's.
RecordKey file_key(const CouncilId& council, const FileInfo& file, unsigned generation);
RecordKey part_key(const RecordKey& file, std::size_t part);

std::size_t chunk_count(std::uint64_t size);  // 0 of an empty file
std::size_t part_count(std::uint64_t size);
std::size_t chunk_bytes(std::uint64_t size, std::size_t index);  // how long this one is

// What a file's record says; nullopt when it says less, or what no file has.
std::optional<FileInfo> file_info(const RecordView& record);

struct Chunk {
  std::size_t index = 0;
  Bytes bytes;
};
Value value_of(const Chunk& chunk);
std::optional<Chunk> parse_chunk(const Value& element);  // nullopt for what is none

// The changes that say what a file is, and that bring one of its chunks.
ChangeBytes file_change(const RecordKey& file, const FileInfo& info, const Salt& salt);
ChangeBytes chunk_change(const RecordKey& part, const Chunk& chunk, const Salt& salt);

// Whether a change, by its skeleton, is of a file or a part of one.
bool is_of_file(View skeleton);
// Whether a change, by its skeleton, brings content: its values are asked for, and never go with a run.
bool is_content(View skeleton);

}  // namespace budstikke
