// What the store asks of the folder it lies in.
#pragma once

#include <filesystem>
#include <string>

#include "protocol/base/result.h"

namespace budstikke::store {

// Local      Memory maps and locks work as LMDB needs them.
// Temporary  They work, but what is written may go with a restart or a container: tmpfs, overlay.
// Remote     Locks or maps are not those of one machine (network, FUSE, shared folders): LMDB would corrupt the file.
enum class FileSystemKind : std::uint8_t { Local, Temporary, Remote };

struct FileSystem {
  FileSystemKind kind;
  std::string name;
};

FileSystem describe_file_system(unsigned long magic);  // statfs(2)'s f_type
Result<FileSystem> file_system_of(const std::filesystem::path& dir);

// Bytes that a program without privileges may still write there.
Result<std::uint64_t> free_bytes_of(const std::filesystem::path& dir);

// Makes the folder's entries (a file just created or renamed) durable.
Status sync_directory(const std::filesystem::path& dir);

// An Error with what failed and the system's own words: Full for "no room" (disk, quota, size limit), else Io.
Error system_error(int code, const std::string& what);

}  // namespace budstikke::store
