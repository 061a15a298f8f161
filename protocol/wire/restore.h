// What the command line knows of backups; and how `budstikked --restore` ends, which it runs and tells in the person's language.
#pragma once

#include <string_view>

namespace budstikke {

inline constexpr std::string_view kBackupMagic = "budstikke backup\n";  // what a backup begins with (daemon/backup_file.h)

enum class RestoreExit : int {
  Done = 0,
  Failed = 1,        // the system refused something, as the log says
  Damaged = 65,      // the file is damaged, or no backup
  NoFile = 66,       // it cannot be read
  CannotWrite = 73,  // nor may the home be written, or there is no room
  InUse = 75,        // a daemon runs in the home
  Newer = 76,        // a later version of the program wrote the file
  NotYours = 77,     // the home belongs to another user
  Taken = 78,        // there is something in the home's folder already
};

}  // namespace budstikke
