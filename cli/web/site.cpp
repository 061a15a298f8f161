#include "cli/web/site.h"

#include <algorithm>
#include <sstream>

#include "cli/commands/agenda.h"
#include "cli/html.h"
#include "cli/records.h"
#include "cli/web/metrics.h"
#include "cli/web/page.h"
#include "cli/web/pages.h"
#include "cli/web/token.h"
#include "protocol/base/hash.h"
#include "protocol/base/text.h"

namespace budstikke::cli {
namespace {

constexpr std::string_view kHtmlType = "text/html; charset=utf-8";
constexpr std::string_view kPlainType = "text/plain; charset=utf-8";
constexpr std::string_view kStatementPath = "tilgaengelighed";

constexpr std::pair<const char*, const char*> kHeaders[] = {
    {"Content-Security-Policy",
     "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cache-Control", "no-store"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
};

// "/KEY/", which tells nothing of the token.
std::string key_of(std::string_view token) {
  constexpr std::size_t kKeyBytes = 10;
  const Hash derived = hash(Domain::Derived, {view_of("budstikke web "), view_of(token)});
  return "/" + fold_case(base32_of(derived.view().first(kKeyBytes))) + "/";
}

WebReply plain(int status, std::string text) { return {status, std::string(kPlainType), std::move(text)}; }

// The first of the reader's languages that there is a page in; browsers name them in the order of preference.
Language language_asked(const WebRequest& request, Language otherwise) {
  const auto named = [](std::string_view text) -> std::optional<Language> {
    if (text.starts_with("da")) return Language::Danish;
    return text.starts_with("en") ? std::optional(Language::English) : std::nullopt;
  };
  const auto given = request.query.find("lang");
  if (given != request.query.end() && named(given->second)) return *named(given->second);
  std::istringstream all(request.accept_language);
  for (std::string one; std::getline(all, one, ',');) {
    if (const std::optional<Language> language = named(fold_case(trim(one)))) return *language;
  }
  return otherwise;
}

std::string_view lang_code(Language language) { return language == Language::Danish ? "da" : "en"; }

// Lines that were told, without the program's name.
std::string told_html(const std::string& text) {
  constexpr std::string_view kProgram = "budstikke: ";
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::string words = trim(line);
    out += paragraph(words.starts_with(kProgram) ? words.substr(kProgram.size()) : words);
  }
  return out;
}

}  // namespace

// A context of its own for each request: what it says is for the page, and the node's link is as new as the request.
struct Site::Visit {
  std::ostringstream out, err;
  std::istringstream in;
  Io io;
  Context context;
  Visit(const Site& site, Language language)
      : io{.out = out, .err = err, .in = in, .env = site.context_.io().env, .run_daemon = {}, .now = site.now()},
        context(io, site.asks_, language) {}
};

// One request. `inside` is what follows /KEY/, if it begins so.
struct Site::Asked {
  const WebRequest& request;
  Language language;
  std::string lang;  // as the query has it, to be kept in links
  bool is_inside = false;
  bool is_let_in = false;
  std::string path;  // without the slash or the key before it
};

Site::Site(Context& context, HostNames hosts, std::string token)
    : context_(context), hosts_(std::move(hosts)), token_(std::move(token)), key_(key_of(token_)) {
  asks_.home = context.args().home;
}

WallTime Site::now() const { return context_.io().clock ? context_.io().clock() : context_.now(); }

bool Site::is_let_in(const WebRequest& request) const {
  constexpr std::string_view kBearer = "Bearer ";
  const std::string& given = request.authorization;
  if (given.starts_with(kBearer) && same_secret(std::string_view(given).substr(kBearer.size()), token_)) return true;
  return std::ranges::any_of(request.cookies, [&](const std::string& cookie) { return same_secret(cookie, token_); });
}

WebReply Site::answer(const WebRequest& request) const {
  Asked asked{request, language_asked(request, context_.language()), "", false, is_let_in(request), ""};
  const auto lang = request.query.find("lang");
  if (lang != request.query.end() && (lang->second == "da" || lang->second == "en")) asked.lang = lang->second;
  asked.is_inside = request.path.starts_with(key_);
  asked.path = request.path.substr(std::min(request.path.size(), asked.is_inside ? key_.size() : 1));
  WebReply reply = route(asked);
  for (const auto& [name, value] : kHeaders) reply.headers.emplace_back(name, value);
  return reply;
}

WebReply Site::route(const Asked& asked) const {
  const WebRequest& request = asked.request;
  if (request.hosts.size() != 1 || !hosts_.contain(request.hosts.front())) {
    return plain(403, std::string(wording(Text::WebBadHost, asked.language)) + "\n");
  }
  if (request.method != "GET" && request.method != "HEAD") {
    WebReply reply = plain(405, std::string(wording(Text::WebReadOnly, asked.language)) + "\n");
    reply.headers.emplace_back("Allow", "GET, HEAD");
    return reply;
  }
  if (request.has_body) return plain(413, std::string(wording(Text::WebReadOnly, asked.language)) + "\n");
  if (asked.path == kStatementPath) return statement(asked);
  if (asked.path == "metrics") return metrics(asked);
  if (!asked.is_inside) {
    if (asked.path == "style.css") return {200, "text/css; charset=utf-8", page_style()};
    if (asked.path == "health") return health();
    if (asked.path.empty()) return open(asked);
    return told(asked, 404, Text::WebNotThere, "");
  }
  if (!asked.is_let_in) return how_to_get_in(asked);
  for (const SitePage& which : site_pages()) {
    if (which.path == asked.path) return page(asked, which);
  }
  return told(asked, 404, Text::WebNotThere, "");
}

// The token is in no history and in no Referer after this.
WebReply Site::open(const Asked& asked) const {
  const auto given = asked.request.query.find("token");
  if (given == asked.request.query.end() || !same_secret(given->second, token_)) return how_to_get_in(asked);
  WebReply reply = plain(303, "");
  reply.headers = {{"Location", key_ + query_text({{"lang", asked.lang}})},
                   {"Set-Cookie", std::string(kWebCookie) + "=" + token_ + "; Path=" + key_ + "; HttpOnly; SameSite=Strict"}};
  return reply;
}

// Of the node's own words nothing is told to whom the page does not know.
WebReply Site::health() const {
  const std::variant<ApiReply, Trouble> answer =
      Visit(*this, Language::English).context.try_ask("status", Value::map(), kHealthTimeout);
  std::string reason;
  if (const auto* trouble = std::get_if<Trouble>(&answer)) {
    reason = text_of(*trouble);
  } else {
    const auto& reply = std::get<ApiReply>(answer);
    reason = reply.failure ? std::string(text_of(reply.failure->code)) : unhealthy_by(reply.result);
  }
  return plain(reason.empty() ? 200 : 503, (reason.empty() ? "ok" : reason) + "\n");
}

WebReply Site::metrics(const Asked& asked) const {
  if (!asked.is_let_in) {
    WebReply reply = plain(401, std::string(wording(Text::WebMetricsToken, asked.language)) + "\n");
    reply.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"budstikke\"");
    return reply;
  }
  Visit visit(*this, asked.language);
  Context& context = visit.context;
  const std::variant<ApiReply, Trouble> answer = context.try_ask("status", Value::map(), kHealthTimeout);
  const auto* reply = std::get_if<ApiReply>(&answer);
  const bool is_up = reply != nullptr && !reply->failure;
  std::optional<Value::Array> hearings;
  if (is_up && !reply->result.items("networks").empty()) hearings = fetch_everywhere(context, *find_kind(Kind::Hearing));
  return {200, std::string(kMetricsType),
          metrics_of(is_up ? &reply->result : nullptr, hearings.value_or(Value::Array{}), context.now())};
}

WebReply Site::framed(const Asked& asked, int status, const std::string& council, const std::string& title,
                      const std::string& body) const {
  Page page{.language = asked.language, .council = council, .title = title, .body = body, .now = now()};
  const std::string own = query_text({{"lang", asked.lang}});
  if (asked.is_inside && asked.is_let_in) {
    for (const SitePage& which : site_pages()) {
      page.menu.push_back({key_ + std::string(which.path) + own, std::string(wording(which.title, asked.language)),
                           status == 200 && which.path == asked.path});
    }
  }
  const std::string other(lang_code(asked.language == Language::Danish ? Language::English : Language::Danish));
  const auto kept = [&](const char* name) {
    const auto at = asked.request.query.find(name);
    return at != asked.request.query.end() ? at->second : std::string();
  };
  page.other_language = asked.request.path + query_text({{"lang", other}, {"month", kept("month")}, {"q", kept("q")}});
  page.statement = (asked.is_inside ? key_ : "/") + std::string(kStatementPath) + own;
  return {status, std::string(kHtmlType), html_of(page)};
}

WebReply Site::told(const Asked& asked, int status, Text title, const std::string& body) const {
  return framed(asked, status, "", std::string(wording(title, asked.language)), body);
}

// In both languages: nobody has said yet who reads it.
WebReply Site::how_to_get_in(const Asked& asked) const {
  std::string body;
  const Language other = asked.language == Language::Danish ? Language::English : Language::Danish;
  for (const Language language : {asked.language, other}) {
    body += "<section lang=\"" + std::string(lang_code(language)) + "\">\n<h2>" +
            escaped_html(wording(Text::WebHowToGetIn, language)) + "</h2>\n";
    body += paragraph(wording(Text::WebHowToGetInText, language)) + "</section>\n";
  }
  return framed(asked, 401, "", "budstikke", body);
}

WebReply Site::statement(const Asked& asked) const {
  std::string body;
  for (const auto& [heading, text] : {std::pair{Text::WebStatementWhat, Text::WebStatementWhatText},
                                      {Text::WebStatementTested, Text::WebStatementTestedText},
                                      {Text::WebStatementNot, Text::WebStatementNotText},
                                      {Text::WebStatementTell, Text::WebStatementTellText}}) {
    body += "<h2>" + escaped_html(wording(heading, asked.language)) + "</h2>\n" +
            paragraph(fill(wording(text, asked.language), {BUDSTIKKE_VERSION}));
  }
  return told(asked, 200, Text::WebStatement, body);
}

WebReply Site::page(const Asked& asked, const SitePage& which) const {
  Visit visit(*this, asked.language);
  Context& context = visit.context;
  const std::string title = context.say(which.title);
  const std::optional<Value> status = context.ask("status");
  if (!status) return told(asked, 503, Text::WebNoAnswerNow, told_html(visit.err.str()));
  const std::string council = status->text("council_name");
  if (status->items("networks").empty()) return framed(asked, 200, council, title, paragraph(context.say(Text::NoNetworks)));
  PageRequest request{context, visit.out, *status, asked.request.query, key_ + std::string(which.path), asked.lang};
  const std::optional<std::string> body = which.body(request);
  if (!body) return told(asked, 503, Text::WebNoAnswerNow, told_html(visit.err.str()));
  return framed(asked, 200, council, title, *body);
}

}  // namespace budstikke::cli
