// `backup` and `restore`: a whole home in one file, and a home from such a file.
#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/commands/wordings.h"
#include "cli/progress.h"
#include "cli/sizes.h"
#include "protocol/wire/restore.h"

namespace budstikke::cli {
namespace {

namespace fs = std::filesystem;

constexpr Millis kBackupTimeout{3'600'000};  // a million entries onto a slow stick

// The node and the daemon's program have other working folders than the person.
std::string whole_path(const std::string& file) {
  std::error_code failed;
  const fs::path path = fs::absolute(file, failed).lexically_normal();
  return failed ? file : path.string();
}

// How much there is of a backup that is being written: beside its name, which it gets when it is whole.
std::int64_t written_so_far(const fs::path& file) {
  const std::string begin = "." + file.filename().string() + ".";
  std::uintmax_t most = 0;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(file.parent_path(), ignored)) {
    if (!entry.path().filename().string().starts_with(begin)) continue;
    const std::uintmax_t bytes = entry.file_size(ignored);
    if (!ignored) most = std::max(most, bytes);
  }
  return static_cast<std::int64_t>(most);
}

// Where the daemon has put what was in the home: the newest of the folders that it names so.
std::string put_aside(const fs::path& home) {
  std::string newest;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(home, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("replaced-")) newest = std::max(newest, name);
  }
  return newest.empty() ? newest : (home / newest).string();
}

bool holds_something(const fs::path& home) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(home, ignored)) {
    if (entry.path().filename() != "lock") return true;
  }
  return false;
}

int tell_refused(Context& context, RestoreExit exit, const std::string& file) {
  const std::string home = context.home().string();
  switch (exit) {
    case RestoreExit::Damaged:
      return context.fail(Trouble::NotABackup, {file});
    case RestoreExit::NoFile:
      return context.fail(Trouble::NoFile, {file});
    case RestoreExit::CannotWrite:
      return context.fail(Trouble::CannotWrite, {home});
    case RestoreExit::InUse:
      return context.fail(Trouble::HomeInUse, {home});
    case RestoreExit::Newer:
      return context.fail(Trouble::NewerBackup, {file});
    case RestoreExit::NotYours:
      return context.fail(Trouble::HomeOfAnother, {home});
    case RestoreExit::Done:
    case RestoreExit::Failed:
    case RestoreExit::Taken:
      break;
  }
  return context.fail(Trouble::RestoreFailed, {home});
}

}  // namespace

int backup(Context& context) {
  const std::string file = whole_path(context.args().words[0]);
  std::error_code ignored;
  const bool exists = fs::exists(fs::symlink_status(file, ignored));
  if (exists && !context.confirm(context.say(Text::AskBackupOver, {file}))) return context.exit_code();
  Value args;
  args.set("file", file);
  if (exists) args.set("replace", true);
  Progress progress(context, Text::ProgressBackup);
  progress.while_waiting([&] { progress.tell({size_text(written_so_far(file), context.language())}); });
  const std::optional<Value> done = context.ask("backup", std::move(args), kBackupTimeout);
  progress.clear();
  if (!done) return context.exit_code();
  if (context.json()) {
    context.print(*done);
  } else if (!context.quiet()) {
    context.say_line(Text::BackupDone, {done->text("file"), size_text(done->integer("bytes"), context.language())});
    context.say_line(Text::BackupSecret);
    const std::int64_t left_out = done->integer("left_out");
    if (left_out > 0) context.say_line(Text::BackupLeftOut, {std::to_string(left_out)});
  }
  return 0;
}

int restore_home(Context& context) {
  const std::string file = whole_path(context.args().words[0]);
  const fs::path home = context.home();
  const std::string before = put_aside(home);
  std::vector<std::string> daemon_args = {"--home", home.string(), "--restore", file, "--quiet"};
  if (holds_something(home)) {
    if (!context.confirm(context.say(Text::AskRestore, {home.string()}))) return context.exit_code();
    daemon_args.emplace_back("--replace");
  }
  const std::optional<int> code = context.io().run_daemon(daemon_args);
  if (!code) return context.fail(Trouble::NoDaemonProgram);
  if (*code != 0) return tell_refused(context, static_cast<RestoreExit>(*code), file);
  const std::string aside = put_aside(home);
  const bool has_aside = aside != before;
  if (context.json()) {
    Value done;
    done.set("home", home.string());
    done.set("file", file);
    if (has_aside) done.set("put_aside", aside);
    context.print(done);
  } else if (!context.quiet()) {
    context.say_line(Text::RestoreDone, {home.string(), file});
    if (has_aside) context.say_line(Text::RestoreAside, {aside});
    context.say_line(Text::RestoreNext, {home.string()});
  }
  return 0;
}

}  // namespace budstikke::cli
