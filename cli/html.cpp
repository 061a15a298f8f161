#include "cli/html.h"

namespace budstikke::cli {

std::string escaped_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string paragraph(std::string_view text) { return "<p>" + escaped_html(text) + "</p>\n"; }

std::string html_opening(Language language, std::string_view title, std::string_view head) {
  std::string out = "<!DOCTYPE html>\n<html lang=\"" + std::string(language == Language::Danish ? "da" : "en") + "\">\n<head>\n";
  out += "<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  return out + "<title>" + escaped_html(title) + "</title>\n" + std::string(head) + "\n</head>\n<body>\n";
}

}  // namespace budstikke::cli
