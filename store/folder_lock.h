// That one process at a time uses a home folder.
//
// Shape        An flock on the file `lock` in it, which stays when the process ends, however it ends; the lock does not.
// Errors       Conflict: a process has it. Io, Full: the file cannot be made.
#pragma once

#include <filesystem>
#include <utility>

#include "protocol/base/result.h"

namespace budstikke::store {

class FolderLock {
 public:
  static constexpr const char* kFile = "lock";

  static Result<FolderLock> take(const std::filesystem::path& folder);
  FolderLock(FolderLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace budstikke::store
