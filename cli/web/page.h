// The frame of a page: what stands around its content, in the reader's language, without a script.
//
// Source       WCAG 2.1 AA: the language is said, a link leads past the menu, headings go down by one, what has the focus is
// seen, nothing
//              is said by colour alone, all is there at a width of 320 pixels and on paper.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/text.h"
#include "protocol/base/time.h"

namespace budstikke::cli {

struct PageLink {
  std::string href;
  std::string text;
  bool current = false;
};

struct Page {
  Language language = Language::Danish;
  std::string council = {};         // whose page; empty before somebody has been let in
  std::string title = {};           // of the page, and its first heading
  std::vector<PageLink> menu = {};  // empty: none
  std::string body = {};            // HTML
  std::string other_language = {};  // where the same page is in the other one
  std::string statement = {};       // where the accessibility statement is
  WallTime now = {};
};

std::string html_of(const Page& page);
// For all pages.
std::string page_style();

std::string link_to(const PageLink& link);

}  // namespace budstikke::cli
