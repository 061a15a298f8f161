// The person's own folder for what commands keep from one run to the next: `budstikke` in XDG_STATE_HOME, else in ~/.local/state.
// What lies there tells what somebody reads or opens it to them, so nobody else may look: folders are 0700, files 0600.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "cli/io.h"

namespace budstikke::cli {

inline constexpr mode_t kOwnFile = 0600;

// Empty: the environment names no place for it.
std::filesystem::path state_folder(const Io& io);
// Makes a folder right below it, and what it lies in.
bool make_state_folder(const std::filesystem::path& folder);
// Whether the text is on the disk, in this file.
bool write_durably(const std::filesystem::path& file, const std::string& text);
// Whether the names in a folder are on the disk.
bool sync_folder(const std::filesystem::path& folder);

}  // namespace budstikke::cli
