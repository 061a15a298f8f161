// `check`: whether this node is well: what doctor.h looks at, and then whether the store holds what its log says, and every row
// of it can be read.
#include "cli/commands/commands.h"
#include "cli/commands/doctor.h"
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
}

// What the checks found: told as they are made, or kept for `--json`, in whose document everything is in English.
class Findings {
 public:
  explicit Findings(Context& context)
      : context_(context), words_(context.io(), context.args(), context.json() ? Language::English : context.language()) {}

  void look(const Value* status) {
    for (const DoctorCheck& check : doctor_checks()) {
      if (check.asks_node != (status != nullptr)) continue;
      std::vector<Finding> found;
      check.look({words_, status}, found);
      for (const Finding& one : found) tell(check, one);
    }
  }
  void tell_no_answer(Trouble trouble) {
    for (const DoctorCheck& check : doctor_checks()) {
      if (check.name == "node") tell(check, {Health::Ill, text_of(trouble), words_.say(Text::DoctorNodeSilent)});
    }
  }
  std::size_t ill() const { return ill_; }
  Value list() && { return std::move(list_); }

 private:
  void tell(const DoctorCheck& check, const Finding& one) {
    constexpr std::string_view kSigns[] = {"OK", "- ", "! "};
    if (one.health == Health::Ill) ++ill_;
    if (context_.json()) {
      Value value;
      value.set("name", check.name);
      value.set("ok", one.health != Health::Ill);
      value.set("found", one.code);
      value.set("text", one.found);
      value.set("mend", one.mend);
      list_.push(std::move(value));
    } else if (!context_.quiet()) {
      context_.line(std::string(kSigns[static_cast<std::size_t>(one.health)]) + " " + words_.say(check.title) + ": " + one.found);
      if (!one.mend.empty()) context_.line("     " + one.mend);
    }
  }
  Context& context_;
  Context words_;
  Value list_ = Value::array();
  std::size_t ill_ = 0;
};

int without_node(Context& context, Findings& findings) {
  if (!context.json()) return context.exit_code();
  Value document;
  document.set("checks", std::move(findings).list());
  document.set("ok", false);
  context.print(document);
  return context.exit_code();
}

}  // namespace

int check(Context& context) {
  const bool repair = context.args().has("repair");
  Findings findings(context);
  const bool home = is_home(context.home());
  if (home) findings.look(nullptr);
  const auto answered = context.try_ask("status", Value::map(), kDoctorWait);
  if (const Trouble* trouble = std::get_if<Trouble>(&answered)) {
    if (home) findings.tell_no_answer(*trouble);
    context.fail(*trouble, {context.home().string()});
    return home ? without_node(context, findings) : context.exit_code();
  }
  const ApiReply& status = std::get<ApiReply>(answered);
  if (status.failure) {
    context.fail(*status.failure);
    return without_node(context, findings);
  }
  findings.look(&status.result);
  Value args = Value::map();
  if (repair) args.set("repair", true);
  Progress progress(context, Text::ProgressCheck);
  progress.while_waiting([&] { progress.tell({progress.seconds()}); });
  std::optional<Value> report = context.ask("check", std::move(args), kCheckTimeout);
  progress.clear();
  if (!report) return context.exit_code();
  const bool sound = report->boolean("ok");
  if (context.json()) {
    report->set("checks", std::move(findings).list());
    context.print(*report);
  } else if (!context.quiet()) {
    print_report(context, *report, repair);
    if (sound && findings.ill() == 0) context.say_line(Text::CheckDone);
  }
  if (!sound) {
    const Text next = !repair                      ? Text::CheckRepairHint
                      : report->boolean("restart") ? Text::CheckRestartHint
                                                   : Text::CheckLaterHint;
    return context.fail(Trouble::CheckFailed, {context.say(next)});
  }
  return findings.ill() == 0 ? 0 : context.fail(Trouble::CheckIll, {std::to_string(findings.ill())});
}

}  // namespace budstikke::cli
