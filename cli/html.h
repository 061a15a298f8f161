// Pages of HTML, and text as a part of them.
#pragma once

#include <string>
#include <string_view>

#include "cli/text.h"

namespace budstikke::cli {

// With &, <, > and both quotes as entities: it can stand between tags and in a quoted attribute, whatever it is.
std::string escaped_html(std::string_view text);

// "<p>…</p>" around the text.
std::string paragraph(std::string_view text);
// How every page begins, up to <body>: in UTF-8, as wide as the screen it is on. `head` is what else belongs there, as HTML.
std::string html_opening(Language language, std::string_view title, std::string_view head);

}  // namespace budstikke::cli
