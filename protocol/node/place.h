// Where a store lies, and whether it was copied or put back since it was last used. Then others may hold later entries of its
// logs, and another store may be writing in them: it goes on in a new incarnation (Node::begin_again).
//
// Shape        Facts about the store's file that last as long as nobody copies it: not a path, a device number or a time of
//              writing, which a rename, a restart, a check of the disk or a remount change. What a machine does not tell is zero.
// Errors       A place that cannot be told apart from another (a whole machine put back to a snapshot) counts as the same; then a
//              peer that shows later own entries tells (own_logs.cpp). A file whose owner or mode is changed while nobody runs
//              looks written to: a false alarm, which costs a new incarnation and nothing else.
// Determinism  A function of its arguments: whoever runs the node gathers the facts, a simulator makes them up.
#pragma once

#include <optional>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"

namespace budstikke {

inline constexpr std::string_view kPlaceKey = "place";  // of Table::Meta: the place of the file that holds this row
inline constexpr std::string_view kStoreIdKey = "store-id";
inline constexpr std::string_view kFormerStoreIdKey = "former-store-id";  // before it was put back or copied
inline constexpr std::string_view kRestoredKey = "restored";              // of Table::Meta: the next load is to begin again

struct StorePlace {
  Hash machine;                      // of its id
  Hash file_system;                  // of its UUID
  std::uint64_t file_system_id = 0;  // of statfs(2), where it comes from what lies on the disk
  std::uint64_t inode = 0;
  std::int64_t born = 0;  // when the file was made, in ns since 1970
  friend bool operator==(const StorePlace&, const StorePlace&) = default;
};
Bytes encode(const StorePlace& place);
Result<StorePlace> parse_place(View bytes);

// When a file last changed, name and permissions included, in ns since 1970. The system alone sets it, so it shows a file that
// was overwritten in its place, by an older copy of itself.
struct FileChange {
  std::uint64_t inode = 0;
  std::int64_t when = 0;
  friend bool operator==(const FileChange&, const FileChange&) = default;
};

enum class Moved : std::uint8_t {
  No,
  Machine,     // the store was used on another machine
  FileSystem,  // on another file system
  File,        // its file is another one: a copy
  Changed,     // its file was written to since the program ended
};

// `noted`: what the store says of itself; nullopt before anything was noted. `left`: how the last run left the file; nullopt when
// it did not end cleanly, so that nobody knows. `changed`: how it was found.
Moved has_moved(const std::optional<StorePlace>& noted, const StorePlace& found, const std::optional<FileChange>& left,
                const FileChange& changed);
inline bool has_moved(const StorePlace& noted, const StorePlace& found) {
  return has_moved(noted, found, std::nullopt, {}) != Moved::No;
}
std::string_view text_of(Moved moved);  // for the log; empty for No

}  // namespace budstikke
