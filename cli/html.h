// Text as a part of an HTML page.
#pragma once

#include <string>
#include <string_view>

namespace budstikke::cli {

// With &, <, > and both quotes as entities: it can stand between tags and in a quoted attribute, whatever it is.
std::string escaped_html(std::string_view text);

}  // namespace budstikke::cli
