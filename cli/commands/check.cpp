// `check`: whether the store holds what its log says, and every row of it can be read.
#include "cli/commands/commands.h"
#include "cli/progress.h"

namespace budstikke::cli {
namespace {

constexpr Millis kCheckTimeout{600'000};  // a million entries are read and folded anew

std::string count_of(const Value& from, std::string_view key) { return std::to_string(from.integer(key)); }

void print_report(Context& context, const Value& report, bool repair) {
  for (const Value& network : report.items("networks")) {
    const bool right = network.boolean("state_ok") && network.boolean("vector_ok");
    context.say_line(Text::CheckNetwork, {network.text("name"), count_of(network, "entries"), count_of(network, "records"),
                                          context.say(right ? Text::CheckRight : Text::CheckWrong)});
    for (const Value& difference : network.items("differences")) {
      if (difference.if_text() != nullptr) context.line("  " + *difference.if_text());
    }
  }
  if (const Value* rows = report.find("rows")) {
    context.say_line(Text::CheckRows, {count_of(*rows, "sound"), count_of(*rows, "damaged"), count_of(*rows, "lost")});
  }
  if (repair) context.say_line(Text::CheckRepaired, {count_of(report, "repaired"), count_of(report, "healed_wanted")});
  if (report.boolean("ok")) context.say_line(Text::CheckDone);
}

}  // namespace

int check(Context& context) {
  const bool repair = context.args().has("repair");
  Value args = Value::map();
  if (repair) args.set("repair", true);
  Progress progress(context, Text::ProgressCheck);
  progress.while_waiting([&] { progress.tell({progress.seconds()}); });
  const std::optional<Value> report = context.ask("check", std::move(args), kCheckTimeout);
  progress.clear();
  if (!report) return context.exit_code();
  if (context.json()) {
    context.print(*report);
  } else if (!context.quiet()) {
    print_report(context, *report, repair);
  }
  if (report->boolean("ok")) return 0;
  const Text next = !repair ? Text::CheckRepairHint : report->boolean("restart") ? Text::CheckRestartHint : Text::CheckLaterHint;
  return context.fail(Trouble::CheckFailed, {context.say(next)});
}

}  // namespace budstikke::cli
