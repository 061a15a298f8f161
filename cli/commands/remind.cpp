// `remind`: which dates come near without an answer of this council; with --mail to people who do not look here every day.
//
// Each is mailed on its seventh, second and last day, by whoever is run once a day. The day that was mailed last is kept as a
// mark, after the mail program took the mail: a computer that was off has the days between told when it is on again, a second
// run on one day mails nothing, and a mail that could not be handed over is tried again by the next run.
#include <algorithm>
#include <set>

#include "cli/commands/commands.h"
#include "cli/commands/needs.h"
#include "cli/moments.h"
#include "cli/watch_mark.h"
#include "protocol/base/text.h"
#include "protocol/records/check.h"

namespace budstikke::cli {
namespace {

constexpr std::int64_t kRemindDays[] = {7, 2, 0};
constexpr std::int64_t kShownDays = 7;
constexpr std::int64_t kLongestGap = 60;  // what is older than that is not news to anybody
constexpr std::size_t kMostAddresses = 20;
constexpr std::size_t kLongestMailLine = 300;        // columns; a line of a mail may have 998 bytes (RFC 5322, 2.1.1)
constexpr std::string_view kRemindName = "remind.";  // no watch can have a name with a full stop
constexpr const char* kMailProgram = "/usr/sbin/sendmail -t -i";

// What still waits and has a date, without what comes later than `days`.
std::vector<Need> dated_needs(const std::vector<Need>& needs, std::int64_t days) {
  std::vector<Need> found;
  std::ranges::copy_if(needs, std::back_inserter(found),
                       [&](const Need& need) { return need.days_left.value_or(days + 1) <= days; });
  std::ranges::stable_sort(found, {}, [](const Need& need) { return *need.days_left; });
  return found;
}

// Whether one of its days came behind the last that was mailed: `gap` days ago.
bool is_due(const Need& need, std::int64_t gap) {
  return std::ranges::any_of(kRemindDays,
                             [&](std::int64_t day) { return *need.days_left <= day && day < *need.days_left + gap; });
}

// The addresses of --mail, each once. nullopt has been reported.
std::optional<std::set<std::string>> addresses_of(Context& context, const std::string& given) {
  std::set<std::string> addresses;
  for (std::size_t at = 0; at <= given.size();) {
    const std::size_t end = std::min(given.find(',', at), given.size());
    const std::string address(trim(std::string_view(given).substr(at, end - at)));
    // They stand in a header: plain ASCII, without what would begin another one.
    const bool plain = std::ranges::all_of(address, [](char c) { return c > ' ' && c < 0x7f; });
    if (!plain || !is_email(address) || address.front() == '-') {
      context.fail(ApiError::BadEmail, address);
      return std::nullopt;
    }
    addresses.insert(address);
    at = end + 1;
  }
  if (addresses.size() <= kMostAddresses) return addresses;
  context.fail(ApiError::TooLong, "--mail");
  return std::nullopt;
}

std::string joined(const std::set<std::string>& addresses) {
  std::string text;
  for (const std::string& address : addresses) text += (text.empty() ? "" : ", ") + address;
  return text;
}

// Several timers may mail to several people.
std::string mark_name(const std::set<std::string>& addresses) {
  std::string name(kRemindName);
  for (const char c : joined(addresses)) name += c == '/' ? '_' : c == ' ' ? '-' : c;
  constexpr std::size_t kMostBytes = 200;  // of a file's name; longer lists share a mark by how they begin
  return name.substr(0, kMostBytes);
}

std::string mail_of(const Context& context, const std::string& to, const std::string& council, const std::vector<Need>& needs) {
  std::string mail = "To: " + to + "\nSubject: " + context.say(Text::RemindSubject, {std::to_string(needs.size())}) +
                     "\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n"
                     "Auto-Submitted: auto-generated\n\n";
  const auto line = [&](const std::string& text) { mail += cut_to_width(text, kLongestMailLine) + "\n"; };
  line(context.say(Text::RemindOpening, {council}));
  for (const Need& need : needs) {
    line("");
    line("- " + need.text);
    line("    " + need.command);
  }
  line("");
  line(context.say(Text::RemindClosing));
  return mail;
}

// How many days ago the last mail was; 1 when there was none, so that only what has its day today is told.
std::int64_t gap_since(const std::string& mark, const Day& today) {
  const std::optional<Moment> last =
      mark.size() == 8 ? parse_moment(mark.substr(0, 4) + "-" + mark.substr(4, 2) + "-" + mark.substr(6)) : std::nullopt;
  if (!last) return 1;
  return std::clamp<std::int64_t>(day_number(today) - day_number(last->day), 0, kLongestGap);
}

int send(Context& context, const std::string& council, const std::string& member, const std::vector<Need>& needs) {
  const std::optional<std::set<std::string>> addresses = addresses_of(context, *context.args().flag("mail"));
  if (!addresses) return context.exit_code();
  std::optional<WatchMark> mark = WatchMark::open(context, member, mark_name(*addresses));
  if (!mark) return context.exit_code();
  const Day today = local_moment(moment_of(context.now())).day;
  std::vector<Need> due = dated_needs(needs, kShownDays);
  std::erase_if(due, [&, gap = gap_since(mark->mark(), today)](const Need& need) { return !is_due(need, gap); });
  if (!due.empty()) {
    const std::string program = context.io().env("BUDSTIKKE_SENDMAIL").value_or(kMailProgram);
    const int code = context.io().run_program(program, mail_of(context, joined(*addresses), council, due));
    if (code != 0) return context.fail(Trouble::MailFailed, {program, std::to_string(code)});
  }
  std::string date;
  for (const char c : text_of(today)) date += c == '-' ? "" : std::string(1, c);
  if (!mark->write(context, date)) return context.exit_code();
  if (context.json()) {
    Value document;
    document.set("mailed", json_of_needs(due));
    context.print(document);
  } else if (!context.quiet()) {
    due.empty() ? context.say_line(Text::RemindNothingToMail)
                : context.say_line(Text::RemindMailed, {std::to_string(due.size()), joined(*addresses)});
  }
  return 0;
}

}  // namespace

int remind(Context& context) {
  const std::optional<Value> status = context.ask("status");
  if (!status) return context.exit_code();
  const std::optional<std::vector<DatedRecords>> dated = fetch_dated(context);
  if (!dated) return context.exit_code();
  const std::vector<Need> needs = needs_of(context, *status, *dated, std::nullopt);
  if (context.args().has("mail")) return send(context, status->text("council_name"), status->text("member"), needs);
  const std::vector<Need> soon = dated_needs(needs, kShownDays);
  if (context.json()) {
    context.print(json_of_needs(soon));
  } else if (soon.empty()) {
    context.say_line(Text::RemindNothing);
  } else {
    print_needs(context, soon);
  }
  return 0;
}

}  // namespace budstikke::cli
