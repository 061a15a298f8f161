// Small files that are this user's alone and have one content or another, never half of one: keys, lists, marks; and the larger
// ones that are written piece by piece in the same way.
//
// Invariants   Mode 0600. A file is written under another name, made durable and then given its own: whenever the process or the
//              machine stops, it has its old content or the new one.
// Errors       Conflict: there is such a file already, or it is not this user's alone, with what to do. NotFound: there is none.
//              Full, Io: the system's own words. TooLarge: more than the caller takes.
// Threads      Two writers of one file must not run at once: lock the folder (folder_lock.h).
#pragma once

#include <filesystem>
#include <memory>

#include "protocol/base/bytes.h"
#include "protocol/base/result.h"

namespace budstikke::store {

enum class Existing : std::uint8_t { Replace, Refuse };

class PrivateFile {
 public:
  // In a folder that is the program's own: as NAME.new, over whatever an earlier try left there.
  static Result<std::unique_ptr<PrivateFile>> in_own_folder(const std::filesystem::path& file);
  ~PrivateFile();  // what was not given its name goes
  PrivateFile(const PrivateFile&) = delete;
  PrivateFile& operator=(const PrivateFile&) = delete;

  Status write(View bytes);          // more of it
  Status finish(Existing existing);  // makes it durable under its name
  std::uint64_t bytes() const { return bytes_; }

 private:
  PrivateFile(std::filesystem::path file, std::filesystem::path part, int fd)
      : file_(std::move(file)), part_(std::move(part)), fd_(fd) {}
  std::filesystem::path file_;
  std::filesystem::path part_;  // empty once it has its name
  int fd_;
  std::uint64_t bytes_ = 0;
};

// In a folder that is the program's own.
Status write_private_file(const std::filesystem::path& file, View bytes, Existing existing);

// The whole of a regular file, which no symbolic link leads to, of at most so many bytes.
Result<Bytes> read_small_file(const std::filesystem::path& file, std::size_t bytes_max);
// The same of one that must be this user's alone.
Result<Bytes> read_private_file(const std::filesystem::path& file, std::size_t bytes_max);

Status make_private_folder(const std::filesystem::path& folder);  // Io when there is one

}  // namespace budstikke::store
