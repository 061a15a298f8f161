#include "cli/web/page.h"

#include "cli/html.h"
#include "cli/moments.h"
#include "cli/report.h"
#include "protocol/records/moment.h"

namespace budstikke::cli {
namespace {

// Contrasts, each to its ground: #00457c on white 9.9, white on #00457c 9.9, #444 on white 9.7, black on #eee 18.
constexpr std::string_view kFrameStyle = R"(
a { color: #00457c; }
a:focus-visible, input:focus-visible, button:focus-visible, main:focus-visible { outline: 3px solid #00457c; outline-offset: 2px; }
.skip { position: absolute; left: -999em; }
.skip:focus { position: static; display: inline-block; padding: .5em; }
header { border-bottom: 2px solid #00457c; margin-bottom: 1em; }
header p { font-weight: bold; }
nav ul, .notes { list-style: none; margin: .3em 0; padding: 0; display: flex; flex-wrap: wrap; }
nav a { display: inline-block; padding: .5em .7em; min-height: 1.4em; }
nav a[aria-current] { background: #00457c; color: #fff; text-decoration: none; }
.notes { display: block; }
.notes li { border-left: 4px solid #00457c; padding: .2em .6em; margin: .3em 0; }
form { margin: .6em 0; }
label { display: block; font-weight: bold; }
input, button { font: inherit; padding: .4em .6em; border: 1px solid #444; max-width: 100%; box-sizing: border-box; }
button { background: #00457c; color: #fff; }
main { overflow-wrap: break-word; }
footer p { margin: .3em 0; }
@media print { .skip, nav, form, footer a { display: none; } a { color: #000; text-decoration: none; } }
)";

std::string_view code_of(Language language) { return language == Language::Danish ? "da" : "en"; }

std::string menu_of(const Page& page) {
  if (page.menu.empty()) return {};
  std::string out = "<nav aria-label=\"" + escaped_html(wording(Text::WebMenu, page.language)) + "\">\n<ul>\n";
  for (const PageLink& link : page.menu) out += "<li>" + link_to(link) + "</li>\n";
  return out + "</ul>\n</nav>\n";
}

}  // namespace

std::string link_to(const PageLink& link) {
  return "<a href=\"" + escaped_html(link.href) + "\"" + (link.current ? " aria-current=\"page\"" : "") + ">" +
         escaped_html(link.text) + "</a>";
}

std::string html_of(const Page& page) {
  const Language other = page.language == Language::Danish ? Language::English : Language::Danish;
  const std::string other_code(code_of(other));
  const std::string council = escaped_html(page.council), title = escaped_html(page.title);
  const auto say = [&](Text text) { return escaped_html(wording(text, page.language)); };
  std::string out = html_opening(page.language, page.title + " – " + (page.council.empty() ? "budstikke" : page.council),
                                 "<link rel=\"stylesheet\" href=\"/style.css\">");
  out += "<a class=\"skip\" href=\"#main\">" + say(Text::WebSkip) + "</a>\n";
  out += "<header>\n<p>" + (council.empty() ? "budstikke" : council) + "</p>\n" + menu_of(page) + "</header>\n";
  out += "<main id=\"main\" tabindex=\"-1\">\n<h1>" + title + "</h1>\n" + page.body + "</main>\n<footer>\n";
  if (!page.other_language.empty()) {
    out += "<p><a lang=\"" + other_code + "\" hreflang=\"" + other_code + "\" href=\"" + escaped_html(page.other_language) +
           "\">" + escaped_html(wording(Text::WebThisLanguage, other)) + "</a></p>\n";
  }
  if (!page.statement.empty()) {
    out += "<p><a href=\"" + escaped_html(page.statement) + "\">" + say(Text::WebStatement) + "</a></p>\n";
  }
  return out + paragraph("budstikke, " + long_moment(format_utc(page.now), page.language)) + "</footer>\n</body>\n</html>\n";
}

std::string page_style() { return std::string(report_style()).append(kFrameStyle); }

}  // namespace budstikke::cli
