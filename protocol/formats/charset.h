// The characters of a file that a person hands us: UTF-8, or else Windows-1252, which older Excel and Outlook write.
//
// Shape        A byte order mark at the front is dropped. Bytes that are not valid UTF-8 as a whole are taken as
//              Windows-1252 as a whole (ISO-8859-1 is read by the same table, as browsers do).
// Errors       Invalid for UTF-16, which Excel calls "Unicode text": it must be saved again as UTF-8.
#pragma once

#include <string>
#include <string_view>

#include "protocol/base/result.h"

namespace budstikke::formats {

Result<std::string> utf8_of_file(std::string_view bytes);
std::string utf8_of_windows_1252(std::string_view bytes);

}  // namespace budstikke::formats
