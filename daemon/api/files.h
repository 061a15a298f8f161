// The API's commands about files: a content comes in and goes out in pieces of a few chunks, so that no request holds much.
//
// Shape        What a file is, and where it stands, tells protocol/records/file.h. Whoever asks computes the hash: the node only
//              hands out what it has, and a content that is not what its hash says must reach nobody.
// Invariants   A file is written before anything that names it, so that nothing names half a file of this node's. A file that was
//              begun and not finished goes on where it stopped when it is added again.
// Cost         file.get keeps one part of a file (at most 4 MiB) between requests; file.show reads the file's rows, not its
// bytes.
#pragma once

#include "daemon/api/find.h"
#include "protocol/records/file.h"

namespace budstikke::daemon {

class FileApi {
 public:
  static constexpr std::size_t kChunksPerPiece = 16;  // of a request or an answer: half of kMaxApiBytes

  explicit FileApi(Node& node) : node_(node) {}
  // nullopt when the command is not one of these.
  std::optional<Answer> handle(const std::string& command, const Value& args, Now now);

 private:
  struct Opened {
    FoundRecord record;
    FileInfo info;
  };
  Answer begin(const Value& args, Now now);
  Answer put(const Value& args, Now now);
  Answer show(const Value& args);
  Answer get(const Value& args);
  Answer want(const Value& args, Now now);
  Found<Opened> open(const Value& args);
  Result<RecordKey> place_for(const Network& network, const CouncilId& council, const FileInfo& info, bool& is_new) const;
  Result<std::size_t> first_lacking(const Network& network, const RecordKey& file, const FileInfo& info) const;
  Result<std::map<std::size_t, Bytes>> chunks_of(const Network& network, const RecordKey& part, const FileInfo& info) const;

  Node& node_;
  struct Part {
    RecordId file;
    std::size_t number = 0;
    std::map<std::size_t, Bytes> chunks;  // by their index in the file
  };
  std::optional<Part> reading_;
};

// What is known here of the file: {file, name?, size?, hash?, chunks, here?}; without a name what it is has not come, or is
// erased. To count what is `here` reads a row for each chunk: `budget` is how many may be read, and what they were is taken from
// it; a file that has more is not counted. kCountedChunks is enough for three of the largest files.
inline constexpr std::size_t kCountedChunks = 6'300;
Result<Value> file_value(const Node& node, const Network& network, const std::string& id, std::size_t& budget);
// The files that the record names, field by field in order of their names, for whoever shows it: [{field, …file_value}]. Of a set
// that names more than kShownFiles, so many: our own writers do not write more.
inline constexpr std::size_t kShownFiles = 200;
Result<Value> files_named(const Node& node, const Network& network, const RecordView& view);

// What goes with these records when they are erased: the files that they name or ever named and that no other record names now,
// and the parts of files. Looks at all records, about 10 µs each, when they name any.
struct GoesWith {
  FoundRecord record;
  bool is_part = false;
  bool is_of_these = false;  // a part of a file that is one of the records
};
Result<std::vector<GoesWith>> going_with(const Node& node, const std::vector<const FoundRecord*>& records);

}  // namespace budstikke::daemon
