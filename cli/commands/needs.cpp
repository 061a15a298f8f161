#include "cli/commands/needs.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "cli/fields.h"
#include "cli/hearings.h"
#include "cli/moments.h"
#include "cli/records.h"
#include "cli/settle.h"

namespace budstikke::cli {
namespace {

constexpr std::int64_t kDaysAhead = 14;    // of events
constexpr std::int64_t kDaysOverdue = 28;  // a hearing that nobody answered for so long is past
constexpr std::size_t kShownOfASort = 5;

std::int64_t days_until(WallTime now, std::string_view stored) {
  const std::optional<Moment> moment = parse_moment(stored);
  if (!moment) return 0;
  return day_number(local_moment(*moment).day) - day_number(local_moment(moment_of(now)).day);
}

std::string days_left_text(const Context& context, std::int64_t days) {
  if (days == 0) return context.say(Text::DueToday);
  if (days == 1) return context.say(Text::DueTomorrow);
  if (days == -1) return context.say(Text::OverdueOne);
  return days > 0 ? context.say(Text::DaysLeft, {std::to_string(days)}) : context.say(Text::Overdue, {std::to_string(-days)});
}

// What a record asks of the council that has not said anything to it.
class Unanswered {
 public:
  Unanswered(const Context& context, const Value& status) : context_(context), council_(status.text("council")) {
    for (const Value& network : status.items("networks")) {
      if (network.text("role") == "reader") reads_only_.insert(network.text("id"));
    }
  }

  std::optional<Need> announcement(const KindInfo& kind, const Value& record) const {
    const std::string until = record.text("valid_until");
    if (is_own(record) || has_answered(record, "receipts")) return std::nullopt;
    if (!until.empty() && days_until(context_.now(), until) < 0) return std::nullopt;
    Need found = need(kind, record, record.text("owner_name"), "confirm", "");
    if (!until.empty()) found.days_left = days_until(context_.now(), until);
    return found;
  }

  std::optional<Need> hearing(const KindInfo& kind, const Value& record) const {
    if (only_reads(record) || hearing_state_of(record, council_) != HearingState::Silent) return std::nullopt;
    const std::string deadline = record.text("deadline");
    if (deadline.empty()) return need(kind, record, context_.say(Text::NoDeadline), "respond", context_.say(Text::TextPlace));
    const std::int64_t left = days_until(context_.now(), deadline);
    if (left < -kDaysOverdue) return std::nullopt;
    Need found = need(kind, record, days_left_text(context_, left), "respond", context_.say(Text::TextPlace));
    found.days_left = left;
    return found;
  }

  std::optional<Need> event(const KindInfo& kind, const Value& record) const {
    if (only_reads(record) || is_own(record) || record.boolean("cancelled") || has_answered(record, "rsvp")) return std::nullopt;
    const std::string start = record.text("start");
    if (!parse_moment(start)) return std::nullopt;
    const std::int64_t left = days_until(context_.now(), start);
    if (left < 0 || left > kDaysAhead) return std::nullopt;
    Need found = need(kind, record, short_moment(start, context_.language()), "rsvp", context_.say(Text::RsvpPlace));
    found.days_left = left;
    return found;
  }

 private:
  bool is_own(const Value& record) const { return record.text("owner") == council_; }
  bool only_reads(const Value& record) const { return reads_only_.contains(record.text("network")); }

  bool has_answered(const Value& record, std::string_view field) const {
    const Value* answers = record.find("answers");
    return answers != nullptr &&
           std::ranges::any_of(answers->items(field), [&](const Value& said) { return said.text("council") == council_; });
  }

  Need need(const KindInfo& kind, const Value& record, const std::string& about, std::string_view verb,
            const std::string& place) const {
    Need found;
    found.what = kind.name;
    found.id = record.text("id");
    found.short_id = record.text("short");
    found.text = noun_of(kind, context_.language()) + ": " + title_of(kind, record) + " (" + about + ")";
    found.command = command_for(context_, kind, verb) + " " + found.short_id + (place.empty() ? "" : " " + place);
    return found;
  }

  const Context& context_;
  std::string council_;
  std::set<std::string> reads_only_;  // networks
};

using Asks = std::optional<Need> (Unanswered::*)(const KindInfo&, const Value&) const;
struct Asking {
  Kind kind;
  Asks asks;
  const char* by;  // the field that orders them
};
constexpr Asking kAsking[] = {{Kind::Announcement, &Unanswered::announcement, "valid_until"},
                              {Kind::Hearing, &Unanswered::hearing, "deadline"},
                              {Kind::Event, &Unanswered::event, "start"}};

void add_unanswered(std::vector<Need>& needs, const Asking& asking, const Unanswered& unanswered, const DatedRecords& dated) {
  std::vector<std::tuple<bool, std::string, std::string, const Value*>> order;  // without a date last
  for (const Value& record : dated.records) {
    const std::string date = record.text(asking.by);
    order.emplace_back(date.empty(), date, record.text("id"), &record);
  }
  std::ranges::sort(order);
  for (const auto& [undated, date, id, record] : order) {
    if (std::optional<Need> need = (unanswered.*asking.asks)(*dated.kind, *record)) needs.push_back(std::move(*need));
  }
}

// A council has everything as soon as one of its computers has.
std::int64_t councils_behind(const Value& status) {
  std::map<std::string, bool> has_all;
  for (const Value& peer : status.items("peers")) {
    if (peer.text("council") != status.text("council")) has_all[peer.text("council")] |= peer.boolean("in_sync");
  }
  return std::ranges::count(has_all, false, [](const auto& council) { return council.second; });
}

struct Counted {
  std::string_view what;
  Text one;
  Text many;
  Text command;
};
constexpr Counted kConflicts{"conflicts", Text::NeedConflict, Text::NeedConflicts, Text::CommandConflicts};
constexpr Counted kUnknown{"unknown", Text::NeedUnknownOne, Text::NeedUnknown, Text::CommandUnknown};
constexpr Counted kNews{"news", Text::NeedNewsOne, Text::NeedNews, Text::CommandNews};
constexpr Counted kManyNews{"news", Text::NeedNewsMore, Text::NeedNewsMore, Text::CommandNews};
constexpr Counted kPeers{"peers", Text::NeedPeer, Text::NeedPeers, Text::CommandPeers};
constexpr Counted kOutbox{"outbox", Text::NeedOutboxOne, Text::NeedOutbox, Text::CommandOutbox};

void add_count(const Context& context, std::vector<Need>& needs, const Counted& counted, std::int64_t count) {
  if (count == 0) return;
  Need need;
  need.what = counted.what;
  need.text = context.say(count == 1 ? counted.one : counted.many, {std::to_string(count)});
  need.command = context.say(counted.command);
  need.count = count;
  needs.push_back(std::move(need));
}

}  // namespace

std::vector<Need> needs_of(const Context& context, const Value& status, const std::vector<DatedRecords>& dated,
                           const std::optional<NewsCount>& news) {
  std::vector<Need> needs;
  const Unanswered unanswered(context, status);
  for (const Asking& asking : kAsking) {
    for (const DatedRecords& of_kind : dated) {
      if (of_kind.kind->kind == asking.kind) add_unanswered(needs, asking, unanswered, of_kind);
    }
  }
  std::int64_t conflicts = 0, unknown = 0, alone = 0;
  for (const Value& network : status.items("networks")) {
    conflicts += network.integer("conflicts");
    unknown += network.integer("unknown");
    if (network.integer("councils") > 0) alone += network.integer("own_alone");
  }
  add_count(context, needs, kConflicts, conflicts);
  add_count(context, needs, kUnknown, unknown);
  if (news) add_count(context, needs, news->more ? kManyNews : kNews, news->changes);
  add_count(context, needs, kPeers, councils_behind(status));
  add_count(context, needs, kOutbox, alone);
  return needs;
}

Value json_of_needs(const std::vector<Need>& needs) {
  Value list = Value::array();
  for (const Need& need : needs) {
    Value row;
    row.set("what", need.what);
    if (!need.id.empty()) row.set("id", need.id);
    if (!need.short_id.empty()) row.set("short", need.short_id);
    if (need.days_left) row.set("days_left", *need.days_left);
    if (need.count) row.set("count", *need.count);
    row.set("text", need.text);
    row.set("command", need.command);
    list.push(std::move(row));
  }
  return list;
}

void print_needs(Context& context, const std::vector<Need>& needs) {
  const std::size_t columns = context.io().columns;
  std::map<std::string_view, std::size_t> shown;
  for (auto need = needs.begin(); need != needs.end(); ++need) {
    if (++shown[need->what] > kShownOfASort) continue;
    const std::string text = "  " + need->text;
    const std::string line = text + ": " + need->command;
    if (columns == 0 || display_width(line) <= columns) {
      context.line(line);
    } else {
      context.line(cut_to_width(text, columns));
      context.line("      " + need->command);  // never cut: it is there to be copied
    }
    const bool last_of_sort = need + 1 == needs.end() || (need + 1)->what != need->what;
    if (shown[need->what] == kShownOfASort && !last_of_sort) {
      const auto all = std::ranges::count(needs, need->what, &Need::what);
      context.line("  " + context.say(Text::AndMore, {std::to_string(all - static_cast<std::ptrdiff_t>(kShownOfASort))}));
    }
  }
}

}  // namespace budstikke::cli
