#include "cli/commands/trouble.h"

#include "cli/commands/copies.h"
#include "cli/commands/united.h"
#include "cli/commands/wordings.h"
#include "cli/moments.h"

namespace budstikke::cli {
namespace {

constexpr std::int64_t kRemindedDays = 30;

}  // namespace

// In the reader's words where the code is known.
std::string trouble_text(const Context& context, const Value& status) {
  constexpr std::pair<std::string_view, Text> kKnown[] = {{"store-full", Text::TroubleStoreFull},
                                                          {"store-mended", Text::TroubleStoreMended},
                                                          {"store-salvaged", Text::TroubleStoreSalvaged},
                                                          {"store-begun", Text::TroubleStoreBegun},
                                                          {"no-door", Text::TroubleNoDoor},
                                                          {"cannot-listen", Text::TroubleCannotListen},
                                                          {"host-left-alone", Text::TroubleHostLeftAlone},
                                                          {"ticket-waits", Text::TroubleTicketWaits},
                                                          {"ticket-refused", Text::TroubleTicketRefused}};
  std::string text = status.text("trouble");
  if (text.empty()) return text;
  for (const auto& [code, words] : kKnown) {
    if (status.text("trouble_code") == code) text = context.say(words, {status.text("trouble_about")});
  }
  return text;
}

void print_trouble(Context& context, const Value& status) {
  const std::string text = trouble_text(context, status);
  if (!text.empty()) context.say_line(Text::TroubleLine, {text});
}

std::vector<ClockText> clock_texts(const Context& context, const Value& status) {
  std::vector<ClockText> texts;
  const auto off_by = [&](const Value& clock) {
    const std::int64_t off = clock.integer("off_s");
    return context.say(off < 0 ? Text::ClockBehind : Text::ClockAhead, {span_text(off < 0 ? -off : off, context.language())});
  };
  if (const Value* own = status.find("clock")) {
    const std::int64_t councils = own->integer("councils");
    const std::string by = councils == 1 ? own->text("name") : std::to_string(councils);
    texts.push_back({true, context.say(councils == 1 ? Text::ClockOwnOne : Text::ClockOwn, {off_by(*own), by})});
  }
  for (const Value& clock : status.items("clocks")) {
    texts.push_back({false, context.say(Text::ClockTheirs, {clock.text("name"), off_by(clock)})});
  }
  return texts;
}

void print_clocks(Context& context, const Value& status) {
  for (const ClockText& clock : clock_texts(context, status)) context.say_line(Text::TroubleLine, {clock.text});
}

void print_role_end(Context& context, const std::string& member, const Value& network) {
  const std::optional<Moment> until = parse_moment(network.text("until"));
  if (!until) return;
  const std::int64_t left = wall_time(until->day, until->seconds).ms - context.now().ms;
  if (left > kRemindedDays * 86'400'000) return;
  const std::string when = long_moment(network.text("until"), context.language());
  context.line("  " + context.say(left > 0 ? Text::RoleEnds : Text::RoleHasEnded,
                                  {when, short_id(member), role_name(context, network.text("role")),
                                   prolonged_by(context, network.items("prolonged_by"))}));
}

// A term that is given as a month or year ends with it.
void print_term_end(Context& context, const Value& network) {
  const std::string stored = network.text("term_end");
  const std::optional<Moment> end = parse_moment(stored);
  if (!end || network.find("removed") != nullptr) return;
  const std::int64_t left = wall_time(last_day(*end), 0).ms + 86'400'000 - context.now().ms;
  if (left > kRemindedDays * 86'400'000) return;
  context.line("  " + context.say(left > 0 ? Text::TermEnds : Text::TermHasEnded,
                                  {long_moment(stored, context.language()), short_id(network.text("council_record"))}));
}

void print_key_change(Context& context, const Value& status) {
  const Value* keys = status.find("keys");
  if (keys != nullptr && keys->find("change") != nullptr) context.line(key_change_line(context, *keys));
}

void print_warnings(Context& context, const Value& status) {
  print_trouble(context, status);
  print_clocks(context, status);
  print_two_stores(context, status);
  print_key_change(context, status);
  for (const Value& network : networks_of(status)) {
    print_role_end(context, status.text("member"), network);
    print_term_end(context, network);
  }
}

}  // namespace budstikke::cli
