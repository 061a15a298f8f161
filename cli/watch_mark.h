// How far a watch has told, kept in a file, so that it goes on there when it is started again.
//
// Shape        One line: a mark as the node gives them. It lies in `budstikke/watch` in the person's state folder
//              (XDG_STATE_HOME, else ~/.local/state), one file for each member and name: not in the home, which a restore
//              replaces. Beside it a file that is locked as long as somebody watches under that name.
// Invariants   The file holds a whole mark, the one before or the next, whatever happens: it is written beside, put on the
//              disk, and then takes the other's place.
// Errors       Reported through the context: WatchRunning, BadMark (the file holds none), CannotWrite.
#pragma once

#include <optional>
#include <string>

#include "cli/context.h"

namespace budstikke::cli {

class WatchMark {
 public:
  // nullopt has been reported.
  static std::optional<WatchMark> open(Context& context, const std::string& member, const std::string& name);
  // The mark that open() would find, without taking the name; nullopt: none, or it cannot be read.
  static std::optional<std::string> peek(const Io& io, const std::string& member, const std::string& name);
  WatchMark(WatchMark&& other) noexcept;
  WatchMark& operator=(WatchMark&&) = delete;
  ~WatchMark();  // gives the name free

  // Empty: nothing was told under this name yet.
  const std::string& mark() const { return mark_; }
  const std::filesystem::path& file() const { return file_; }
  // False has been reported.
  bool write(Context& context, const std::string& mark);

 private:
  WatchMark(std::filesystem::path file, int lock) : file_(std::move(file)), lock_(lock) {}
  std::filesystem::path file_;
  int lock_;
  std::string mark_;
};

// Whether it can be the name of a watch.
bool is_watch_name(std::string_view name);

}  // namespace budstikke::cli
