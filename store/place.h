// The facts about a store's file that show whether it was copied (protocol/node/place.h), as this machine tells them.
//
// Shape        A machine's and a file system's ids are hashed, so that a store does not carry them about. A file system's UUID
//              is asked of the kernel, and else looked for among the names that udev gives to disks; where neither knows, the
//              number of statfs(2) counts, if the file system makes it from what lies on the disk rather than from the device.
// Errors       What cannot be found out is zero. Io: the file is not there.
#pragma once

#include <filesystem>

#include "protocol/node/place.h"

namespace budstikke::store {

Result<StorePlace> place_of_file(const std::filesystem::path& file);
Result<FileChange> last_change_of(const std::filesystem::path& file);

}  // namespace budstikke::store
