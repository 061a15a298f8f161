// `init`: has the daemon make a home folder; it alone knows what one holds.
#include "cli/commands/commands.h"

namespace budstikke::cli {

int init(Context& context) {
  const Arguments& args = context.args();
  if (!args.has("council")) return context.fail(Trouble::MissingFlag, {"--council"});
  std::error_code unreadable;  // then the daemon says so
  if (std::filesystem::exists(context.home() / "config.toml", unreadable)) {
    return context.fail(Trouble::HomeTaken, {context.home().string()});
  }
  std::vector<std::string> daemon_args = {"--home", context.home().string(), "--init"};
  for (const char* name : {"council", "municipality", "listen", "advertise"}) {
    if (const std::optional<std::string> value = args.flag(name)) {
      daemon_args.push_back(std::string("--") + name);
      daemon_args.push_back(*value);
    }
  }
  if (context.json()) daemon_args.emplace_back("--quiet");
  const std::optional<int> code = context.io().run_daemon(daemon_args);
  if (!code) return context.fail(Trouble::NoDaemonProgram);
  if (*code != 0 && context.json()) return context.fail(Trouble::InitFailed, {context.home().string()});
  if (*code != 0) return *code;  // the daemon has said why
  if (context.json()) {
    Value made;
    made.set("home", context.home().string());
    made.set("council", *args.flag("council"));
    context.print(made);
  } else if (!context.quiet()) {
    context.say_line(Text::InitDone, {context.home().string()});
    context.say_line(Text::InitNext, {context.home().string()});
  }
  return 0;
}

}  // namespace budstikke::cli
