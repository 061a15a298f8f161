// What the pages show: today, the calendar, contacts, hearings, peers. What reports and lists make of the node's answers is shown
// as they make it.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <string_view>

#include "cli/context.h"

namespace budstikke::cli {

struct PageRequest {
  Context& context;
  std::ostringstream& said;  // where the context writes its lines
  const Value& status;       // the node's; it is in a network
  const std::map<std::string, std::string>& query;
  std::string own_path;  // of this page, for its links and forms
  std::string language;  // as the query has it: "da", "en" or empty
};

struct SitePage {
  std::string_view path;  // behind the site's own beginning
  Text title;
  std::optional<std::string> (*body)(PageRequest&);  // HTML; nullopt has been reported
};
std::span<const SitePage> site_pages();

// "?lang=da&month=2027-03", of those that are not empty; empty when all are.
std::string query_text(std::initializer_list<std::pair<std::string_view, std::string>> parameters);

}  // namespace budstikke::cli
