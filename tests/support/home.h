// Things a test borrows from the machine and gives back: folders and ports.
//
// Errors       What the system refuses is thrown as std::runtime_error, which fails the test and tells what was refused.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace budstikke::tests {

// A new, empty folder that only we may enter, removed with all that is in it when the object goes.
//
// Shape        /tmp/bs-XXXXXX whatever TMPDIR says: a path of an ipc socket may have 107 bytes, and homes lie in here.
// Invariants   Nothing is removed when the path was given by somebody else: objects are made only by creating a folder.
class TempHome {
 public:
  TempHome();
  ~TempHome();
  TempHome(const TempHome&) = delete;
  TempHome& operator=(const TempHome&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A TCP port of 127.0.0.1 on which nobody listens. No port is given twice by one process, and test programs that run side by
// side start at different ones; all lie below the ports that the system gives to outgoing connections.
std::uint16_t free_port();

void write_file(const std::filesystem::path& path, const std::string& content);
std::string read_file(const std::filesystem::path& path);

}  // namespace budstikke::tests
