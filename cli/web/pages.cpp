#include "cli/web/pages.h"

#include <algorithm>
#include <cctype>

#include "cli/commands/agenda.h"
#include "cli/commands/status.h"
#include "cli/commands/tables.h"
#include "cli/commands/trouble.h"
#include "cli/commands/united.h"
#include "cli/fields.h"
#include "cli/hearings.h"
#include "cli/html.h"
#include "cli/moments.h"
#include "cli/records.h"
#include "cli/report.h"
#include "cli/sizes.h"
#include "cli/web/page.h"
#include "protocol/base/text.h"

namespace budstikke::cli {
namespace {

constexpr std::size_t kMostContacts = 500;  // of a page
constexpr const char* kListedHearingFields[] = {"title", "authority", "received", "deadline", "outcome"};

std::string tables_html(std::vector<ReportTable> tables) { return html_body_of({"", "", {}, {}, std::move(tables)}); }

std::string parameter(const PageRequest& request, const char* name) {
  const auto at = request.query.find(name);
  return at != request.query.end() ? at->second : std::string();
}

// What the context has said since it was last asked, line by line.
std::vector<std::string> lines_said(PageRequest& request) {
  std::vector<std::string> lines;
  std::istringstream said(request.said.str());
  request.said.str("");
  for (std::string line; std::getline(said, line);) {
    if (std::string text = trim(line); !text.empty()) lines.push_back(std::move(text));
  }
  return lines;
}

std::string list_of(std::span<const std::string> lines, std::string_view of_class = {}) {
  if (lines.empty()) return {};
  std::string out = of_class.empty() ? "<ul>\n" : "<ul class=\"" + std::string(of_class) + "\">\n";
  for (const std::string& line : lines) out += "<li>" + escaped_html(line) + "</li>\n";
  return out + "</ul>\n";
}

std::optional<std::string> today_page(PageRequest& request) {
  const std::optional<Report> report = today_of(request.context, request.status);
  if (!report) return std::nullopt;
  print_warnings(request.context, request.status);
  return list_of(lines_said(request), "notes") + html_body_of(*report);
}

// --- Calendar --------------------------------------------------------------------------------------------------------

std::string text_of_month(const Day& month) { return text_of(month).substr(0, 7); }

// The first day of a month that lies so many months from another's.
Day month_away(const Day& month, int months) {
  const int count = month.year * 12 + (month.month - 1) + months;
  return {count / 12, count % 12 + 1, 1};
}

// The month that the query names, if the years around it exist, else this one.
Day month_asked(const PageRequest& request) {
  const std::optional<Moment> asked = parse_moment(parameter(request, "month"));
  const bool is_month = asked && asked->precision == Precision::Month && asked->day.year > 1 && asked->day.year < 9999;
  const Day day = is_month ? asked->day : local_moment(moment_of(request.context.now())).day;
  return {day.year, day.month, 1};
}

std::string month_links(const PageRequest& request, const Day& month) {
  const Context& context = request.context;
  const auto link = [&](const Day& to, Text text) {
    const std::string name = long_moment(text_of_month(to), context.language());
    return "<li>" +
           link_to({request.own_path + query_text({{"lang", request.language}, {"month", text_of_month(to)}}),
                    context.say(text, {name})}) +
           "</li>\n";
  };
  const Day today = local_moment(moment_of(context.now())).day;
  return "<nav aria-label=\"" + escaped_html(context.say(Text::WebMonths)) + "\">\n<ul>\n" +
         link(month_away(month, -1), Text::WebMonthBefore) + link({today.year, today.month, 1}, Text::WebMonthNow) +
         link(month_away(month, 1), Text::WebMonthNext) + "</ul>\n</nav>\n";
}

std::optional<std::string> calendar_page(PageRequest& request) {
  Context& context = request.context;
  const std::optional<std::vector<DatedRecords>> dated = fetch_dated(context);
  if (!dated) return std::nullopt;
  const Day month = month_asked(request);
  const Window window{month, {month.year, month.month, days_in_month(month.year, month.month)}};
  const std::string name = long_moment(text_of_month(month), context.language());
  const std::vector<AgendaItem> items = agenda_items(window, *dated);
  std::string out = month_links(request, month);
  if (items.empty()) return out + "<h2>" + escaped_html(name) + "</h2>\n" + paragraph(context.say(Text::WebNothingInMonth));
  return out + tables_html({agenda_table(context, name, items)});
}

// --- Contacts --------------------------------------------------------------------------------------------------------

// Everything that a person reads of a record, as one text to look for words in.
std::string searched_text(const Context& context, const KindInfo& kind, const Value& record) {
  std::string text = record.text("owner_name");
  for (const Field& field : kind.fields) {
    const Value* value = record.find(field.name);
    if (value != nullptr) text += "\n" + shown(field, *value, Style::Short, context.language());
  }
  return sort_key(text);
}

std::string search_form(const PageRequest& request, const std::string& words) {
  const Context& context = request.context;
  std::string out = "<form role=\"search\" method=\"get\" action=\"" + escaped_html(request.own_path) + "\">\n";
  if (!request.language.empty())
    out += "<input type=\"hidden\" name=\"lang\" value=\"" + escaped_html(request.language) + "\">\n";
  out += "<label for=\"q\">" + escaped_html(context.say(Text::WebSearchLabel)) + "</label>\n";
  out += "<input type=\"search\" id=\"q\" name=\"q\" maxlength=\"100\" value=\"" + escaped_html(words) + "\">\n";
  return out + "<button type=\"submit\">" + escaped_html(context.say(Text::WebSearch)) + "</button>\n</form>\n";
}

std::optional<std::string> contacts_page(PageRequest& request) {
  Context& context = request.context;
  const KindInfo& contact = *find_kind(Kind::Contact);
  std::optional<Value::Array> contacts = fetch_everywhere(context, contact);
  if (!contacts) return std::nullopt;
  const std::string typed = trim(parameter(request, "q"));
  std::istringstream words(sort_key(typed));
  for (std::string word; words >> word;) {
    std::erase_if(*contacts,
                  [&](const Value& one) { return searched_text(context, contact, one).find(word) == std::string::npos; });
  }
  order_for_people(contact, *contacts);
  const std::size_t found = contacts->size();
  contacts->resize(std::min(found, kMostContacts));
  const Text count = found > kMostContacts ? Text::WebContactsMore : Text::WebContactsFound;
  return search_form(request, typed) + "<p role=\"status\">" +
         escaped_html(context.say(count, {std::to_string(found), std::to_string(contacts->size())})) + "</p>\n" +
         tables_html({records_table(context, "contacts", "", contact, *contacts, kContactFields)});
}

// --- Hearings --------------------------------------------------------------------------------------------------------

// With what this node's council has answered; what nobody has, and is over, stands out.
ReportTable hearings_table(const Context& context, const Value& status, const Value::Array& hearings, Text heading, bool over) {
  ReportTable table =
      records_table(context, "hearings", context.say(heading), *find_kind(Kind::Hearing), hearings, kListedHearingFields);
  table.columns.push_back({"own_answer", context.say(Text::WebOwnAnswer)});
  for (std::size_t i = 0; i < hearings.size(); ++i) {
    const HearingState state = hearing_state_of(hearings[i], status.text("council"));
    const bool silent = state == HearingState::Silent;
    const Text said = state == HearingState::Answered ? Text::HearingAnswered
                      : silent                        ? Text::WebNoAnswer
                                                      : Text::HearingAbstained;
    table.rows[i].cells.push_back(cell_of(context.say(said)));
    table.rows[i].marked = silent && !over;
  }
  return table;
}

std::optional<std::string> hearings_page(PageRequest& request) {
  Context& context = request.context;
  const KindInfo& hearing = *find_kind(Kind::Hearing);
  std::optional<Value::Array> open = fetch_everywhere(context, hearing);
  if (!open) return std::nullopt;
  order_for_people(hearing, *open);
  const Day today = local_moment(moment_of(context.now())).day;
  Value::Array over;
  std::ranges::copy_if(*open, std::back_inserter(over), [&](const Value& one) { return is_past_deadline(one, today); });
  std::erase_if(*open, [&](const Value& one) { return is_past_deadline(one, today); });
  std::ranges::reverse(over);  // the latest first
  std::string out;
  if (open->empty()) out += paragraph(context.say(Text::WebNoOpenHearings));
  return out + tables_html({hearings_table(context, request.status, *open, Text::WebOpenHearings, false),
                            hearings_table(context, request.status, over, Text::WebPastHearings, true)});
}

// --- Peers -----------------------------------------------------------------------------------------------------------

std::optional<std::string> peers_page(PageRequest& request) {
  Context& context = request.context;
  print_warnings(context, request.status);
  std::string out = list_of(lines_said(request), "notes");
  ReportTable peers = peers_table(context, request.status);
  peers.heading.clear();  // it is the page's
  out += peers.rows.empty() ? paragraph(context.say(Text::NoPeers)) : tables_html({std::move(peers)});
  for (const Value& network : networks_of(request.status)) {
    print_network(context, request.status.text("member"), network);
    const std::vector<std::string> lines = lines_said(request);
    out += "<h2>" + escaped_html(lines.front()) + "</h2>\n" + list_of(std::span(lines).subspan(1));
  }
  const Value* store = request.status.find("store");
  const std::string bytes = size_text(store != nullptr ? store->integer("bytes") : 0, context.language());
  return out + paragraph(context.say(Text::StoreLine, {bytes}));
}

constexpr SitePage kSitePages[] = {{"", Text::WebToday, today_page},
                                   {"calendar", Text::WebCalendar, calendar_page},
                                   {"contacts", Text::SectionContacts, contacts_page},
                                   {"hearings", Text::ReportHearings, hearings_page},
                                   {"peers", Text::Peers, peers_page}};

// As HTML 4.01 and browsers write it.
std::string url_encoded(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte < 0x80 && (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_');
    if (plain) {
      out += c;
    } else {
      out.append({'%', kDigits[byte >> 4U], kDigits[byte & 15U]});
    }
  }
  return out;
}

}  // namespace

std::span<const SitePage> site_pages() { return kSitePages; }

std::string query_text(std::initializer_list<std::pair<std::string_view, std::string>> parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) {
    if (!value.empty()) text.append(text.empty() ? "?" : "&").append(name).append("=").append(url_encoded(value));
  }
  return text;
}

}  // namespace budstikke::cli
