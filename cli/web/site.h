// The local web page: what it answers to each request, and whom it lets in.
//
// Shape        /             with ?token=… sets the cookie and leads on to the pages; without it tells how to get in (401)
//              /KEY/…        the pages; KEY follows from the token, so nobody can name it who does not know that
//              /metrics      with the cookie's KEY before it, or with `Authorization: Bearer TOKEN`
//              /health       for anybody: 200, or 503 with a code of why
//              /tilgaengelighed, /style.css   for anybody
// Policy       GET and HEAD alone, no bodies, and only under the names that were allowed. Nothing is stored by browsers, nothing
// comes from
//              elsewhere, no script runs, no other page can show this one in a frame.
// Source       The cookie's Path is /KEY/: browsers do not tell the ports of a computer apart, so with "/" it would go to
// whatever other
//              users of the computer have listening.
#pragma once

#include <string>

#include "cli/context.h"
#include "cli/web/address.h"
#include "cli/web/server.h"

namespace budstikke::cli {

struct SitePage;

inline constexpr Millis kHealthTimeout{5'000};  // monitoring does not wait for long

class Site {
 public:
  // `context` is the command's own: its home, language and world. It stays valid for as long as the site.
  Site(Context& context, HostNames hosts, std::string token);
  WebReply answer(const WebRequest& request) const;
  // What opens the page: "/?token=…".
  std::string opening() const { return "/?token=" + token_; }

 private:
  struct Asked;  // one request, with what was found out about it
  struct Visit;
  WebReply route(const Asked& asked) const;
  WebReply open(const Asked& asked) const;
  WebReply health() const;
  WebReply metrics(const Asked& asked) const;
  WebReply statement(const Asked& asked) const;
  WebReply told(const Asked& asked, int status, Text title, const std::string& body) const;
  WebReply how_to_get_in(const Asked& asked) const;
  WebReply page(const Asked& asked, const SitePage& which) const;
  WebReply framed(const Asked& asked, int status, const std::string& council, const std::string& title,
                  const std::string& body) const;
  bool is_let_in(const WebRequest& request) const;
  WallTime now() const;
  Context& context_;
  Arguments asks_;  // what every request has of the command line
  HostNames hosts_;
  std::string token_;
  std::string key_;  // "/KEY/"
};

}  // namespace budstikke::cli
