// LMDB's list of free pages, read from outside. Internal to store/.
//
// Why          For the figure in `status`; and since a page that was allocated at the end of the file and given back in the
//              same transaction is never written, so that a sound file may end before its last page, but only in free ones.
#pragma once

#include <functional>

#include "store/environment.h"

namespace budstikke::store {

// Calls `each` with every free page of the newest commit. Damaged when the list makes no sense.
Status for_each_free_page(const Environment& env, const std::function<void(std::size_t page)>& each);

}  // namespace budstikke::store
