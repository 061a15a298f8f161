// Makes a home again from a backup (backup_file.h).
//
// How          The whole file is checked first; then the new home is made in restoring/ within the folder, with a store of
//              its own, and marked complete. From then on it takes the place of what was there, piece by piece; whoever finds a
//              complete one (the next start, the next restore) goes on. So there is never half a home. What was there before is
//              not thrown away, since it may hold what nobody else has: it lies in replaced-TIME/ until a person removes it.
//              The store begins again when it is started (Node::begin_again): another node may have later entries of it.
// Errors       A refusal names the exit that the program ends with. Nothing was changed then, unless the disk failed once the new
//              home was complete: the next start goes on with it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>

#include "protocol/base/result.h"
#include "protocol/base/time.h"
#include "protocol/base/value.h"
#include "protocol/wire/restore.h"

namespace budstikke::daemon {

struct RestoreRefused {
  RestoreExit exit;
  std::string text;
};

// `replace`: what is in the folder may be put aside. `now` names where it goes. nullopt: done.
std::optional<RestoreRefused> restore_home(const std::filesystem::path& folder, const std::filesystem::path& file, bool replace,
                                           WallTime now);

// Reads the whole file as restore_home() does, and makes nothing. What it says of itself (Core::begin_backup), and of it:
// bytes · rows · left_out, those that could not be read when it was written.
std::variant<Value, RestoreRefused> try_backup(const std::filesystem::path& file);

// Whether a complete new home waits in the folder, and lets it take its place. For whoever has locked the home.
bool is_restore_due(const std::filesystem::path& folder);
Status finish_restore(const std::filesystem::path& folder);

}  // namespace budstikke::daemon
