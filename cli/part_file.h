// A file that a person is given whole or not at all: written beside its name, made durable, and then given it.
//
// Invariants   Mode 0600. Nothing is overwritten that the caller did not say may be. What was not finished is not left behind.
// Errors       The system's reason in `errno`, kept in error(); EEXIST where the name was taken meanwhile.
#pragma once

#include <filesystem>
#include <string>

#include "protocol/base/bytes.h"

namespace budstikke::cli {

class PartFile {
 public:
  explicit PartFile(std::filesystem::path file);
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
  std::string part_;  // empty once it has its name
  int fd_ = -1;
  int errno_ = 0;
};

}  // namespace budstikke::cli
