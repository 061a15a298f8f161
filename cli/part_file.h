// A file that a person is given whole or not at all: written without a name, made durable, and then given its own.
//
// Invariants   Mode 0600. Nothing is overwritten that the caller did not say may be. What was not finished is not left behind, also
//              when the process is killed; only where the file system knows no file without a name (FAT, NFS), a hidden one beside
//              it may be, then.
// Errors       The system's reason in `errno`, kept in error(); EEXIST where the name was taken meanwhile.
#pragma once

#include <filesystem>
#include <string>

#include "protocol/base/bytes.h"

namespace budstikke::cli {

class PartFile {
 public:
  explicit PartFile(const std::filesystem::path& file);
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  bool is_open() const { return fd_ >= 0; }
  bool write(View bytes);         // more of it
  bool finish(bool may_replace);  // makes it durable under its name
  std::string error() const;      // why the last of these failed

 private:
  bool failed();
  std::filesystem::path file_;
  std::string part_;  // its name for now; empty: it has none, or has its own
  int fd_ = -1;
  int errno_ = 0;
};

}  // namespace budstikke::cli
