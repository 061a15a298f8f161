#include "protocol/records/file.h"

#include <doctest/doctest.h>

#include <set>

#include "protocol/base/limits.h"
#include "protocol/base/text.h"
#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;

TEST_CASE("file: chunks and parts cover every size exactly") {
  const std::uint64_t part = std::uint64_t{kChunkBytes} * kChunksPerPart;
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{kChunkBytes - 1}, std::uint64_t{kChunkBytes},
                                   std::uint64_t{kChunkBytes + 1}, part - 1, part, part + 1, std::uint64_t{kMaxFileBytes}}) {
    std::uint64_t covered = 0;
    for (std::size_t index = 0; index < chunk_count(size); ++index) {
      CHECK(chunk_bytes(size, index) > 0);
      covered += chunk_bytes(size, index);
    }
    CHECK(covered == size);
    CHECK(chunk_bytes(size, chunk_count(size)) == 0);
    CHECK(part_count(size) * kChunksPerPart >= chunk_count(size));
    CHECK((size == 0 || (part_count(size) - 1) * kChunksPerPart < chunk_count(size)));
  }
  CHECK(chunk_count(kMaxFileBytes) == 2'065);  // as PROTOCOL.md says
  CHECK(part_count(kMaxFileBytes) == 17);
}

TEST_CASE("file: a chunk comes back from its change, and two go into one frame of values") {
  const Chunk chunk{300, Bytes(kChunkBytes, 0xAB)};
  const RecordKey part = part_key(file_key(numbered<CouncilId>(1), {"a.pdf", 1, {}}, 0), 2);
  const ChangeBytes change = chunk_change(part, chunk, numbered<Salt>(1));
  CHECK(change.values.size() <= kMaxValuesBytes);
  CHECK(change.values.size() + change.skeleton.size() <= kMaxEntryBytes);
  CHECK(kAskedContents * (change.values.size() + 3) + 35 <= kMaxFrameBytes);
  const Result<Value::Array> values = parse_values(change.values, 1);
  REQUIRE(values.ok());
  const std::optional<Chunk> read = parse_chunk(values->front());
  REQUIRE(read);
  CHECK(read->index == 300);
  CHECK(read->bytes == chunk.bytes);
  for (const Value& other : {Value(), Value("text"), Value(Bytes{1}), Value(7)}) CHECK_FALSE(parse_chunk(other));
}

TEST_CASE("file: only changes of chunks bring content") {
  const RecordKey file = file_key(numbered<CouncilId>(1), {"a.pdf", 1, {}}, 0);
  CHECK(is_content(chunk_change(part_key(file, 0), {0, {1}}, {}).skeleton));
  CHECK_FALSE(is_content(file_change(file, {"a.pdf", 1, {}}, {}).skeleton));
  CHECK(is_of_file(file_change(file, {"a.pdf", 1, {}}, {}).skeleton));
  RecordKey contact = file;
  contact.kind = static_cast<std::uint8_t>(Kind::Contact);
  CHECK_FALSE(is_content(encode(Skeleton{contact, {{kChunksField, OperationClass::Add}}})));
  const Bytes whole = chunk_change(part_key(file, 0), {0, {1}}, {}).skeleton;
  CHECK_FALSE(is_content(View(whole).first(50)));
  CHECK_FALSE(is_content({}));
}

TEST_CASE("file: what a file is follows from council, name, content and generation") {
  const FileInfo info{"Referat.pdf", 5, content_hash(view_of("hello"))};
  std::set<Bytes> nonces;
  const auto add = [&](const RecordKey& key) { CHECK(nonces.insert(bytes_of(key.nonce.view())).second); };
  const RecordKey file = file_key(numbered<CouncilId>(1), info, 0);
  add(file);
  add(file_key(file.council, info, 1));
  add(file_key(file.council, {"referat.pdf", 5, info.hash}, 0));
  add(file_key(file.council, {info.name, 5, content_hash(view_of("hullo"))}, 0));
  for (std::size_t part = 0; part < 17; ++part) add(part_key(file, part));
  CHECK(file_key(file.council, info, 0) == file);
}

TEST_CASE("file: names that lead elsewhere, or that some system cannot store, are none") {
  for (const char* name : {"Referat.pdf", "Høringssvar – Ishøj (2).odt", "a", "console.txt", "Ærø & Samsø.xlsx", "100 %.pdf"}) {
    CHECK_MESSAGE(is_file_name(name), name);
    CHECK_MESSAGE(file_name_of(name) == name, name);
  }
  for (const char* name : {"",
                           ".",
                           "..",
                           "../etc/passwd",
                           "/etc/passwd",
                           "a/b",
                           "a\\b",
                           "C:x",
                           ".bashrc",
                           "a.",
                           " a",
                           "a ",
                           "a\nb",
                           "a\x7f",
                           "CON",
                           "nul.txt",
                           "com1",
                           "LPT9.pdf",
                           "a|b",
                           "a*",
                           "a?",
                           "a\"b",
                           "<a>",
                           "a\xE2\x80\xAE"
                           "fdp.exe",
                           "a\xFF"}) {
    CHECK_MESSAGE(!is_file_name(name), name);
    CHECK_MESSAGE(is_file_name(file_name_of(name)), name);
  }
  const std::string lengthy = std::string(300, 'a') + ".pdf";
  CHECK_FALSE(is_file_name(lengthy));
  CHECK(file_name_of(lengthy).ends_with("a.pdf"));
  std::string letters;
  for (int i = 0; i < 150; ++i) letters += "ø";
  CHECK(is_file_name(file_name_of(letters + ".pdf")));
}

TEST_CASE("file: what a record says of a file is taken only whole and within bounds") {
  const FileInfo info{"Referat.pdf", 5, content_hash(view_of("hello"))};
  const auto says = [](const Value& name, const Value& size, const Value& digest) {
    RecordView view;
    Candidate candidate;
    const auto put = [&](std::uint8_t field, const Value& value) {
      candidate.value = value;
      candidate.field = field;
      view.values[field] = {candidate};
    };
    put(kFileNameField, name);
    put(kFileSizeField, size);
    put(kFileHashField, digest);
    return file_info(view);
  };
  const Value digest(hex_of(info.hash.view()));
  const std::optional<FileInfo> good = says(info.name, 5, digest);
  REQUIRE(good);
  CHECK(good->name == info.name);
  CHECK(good->size == 5);
  CHECK(good->hash == info.hash);
  CHECK(says(info.name, static_cast<std::int64_t>(kMaxFileBytes), digest));
  CHECK_FALSE(says(info.name, static_cast<std::int64_t>(kMaxFileBytes) + 1, digest));
  CHECK_FALSE(says(info.name, -1, digest));
  CHECK_FALSE(says(info.name, "5", digest));
  CHECK_FALSE(says("../x", 5, digest));
  CHECK_FALSE(says(7, 5, digest));
  CHECK_FALSE(says(info.name, 5, "abcd"));
  CHECK_FALSE(says(info.name, 5, Value()));
  CHECK_FALSE(file_info(RecordView{}));
}
