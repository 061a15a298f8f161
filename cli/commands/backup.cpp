// `backup` and `restore`: a whole home in one file, and a home from such a file.
#include <algorithm>
#include <charconv>
#include <fstream>
#include <vector>

#include "cli/commands/commands.h"
#include "cli/commands/wordings.h"
#include "cli/moments.h"
#include "cli/part_file.h"
#include "cli/progress.h"
#include "cli/sizes.h"
#include "protocol/base/pack.h"
#include "protocol/records/moment.h"
#include "protocol/wire/restore.h"

namespace budstikke::cli {
namespace {

namespace fs = std::filesystem;

constexpr Millis kBackupTimeout{120'000};  // a piece, of a node on a slow disk that is busy
constexpr Millis kNextLook{20};            // when the node has not read on yet
constexpr int kMostKept = 10'000;
constexpr std::string_view kSeriesEnding = ".bak";

// The daemon's program may have another working folder than the person.
std::string whole_path(const std::string& file) {
  std::error_code failed;
  const fs::path path = fs::absolute(file, failed).lexically_normal();
  return failed ? file : path.string();
}

bool is_backup(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string begin(kBackupMagic.size(), '\0');
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && in.read(begin.data(), static_cast<std::streamsize>(begin.size())) &&
         begin == kBackupMagic;
}

bool lies_within(const fs::path& file, const fs::path& folder) {
  std::error_code ignored;
  const fs::path inner = fs::weakly_canonical(file, ignored), outer = fs::weakly_canonical(folder, ignored);
  return !outer.empty() && std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

// Takes the backup from the node into the file, piece by piece; what the node says at its end. Nothing has been reported.
std::optional<Value> take_backup(Context& context, PartFile& part, const std::string& file) {
  const std::optional<Value> begun = context.ask("backup.begin");
  if (!begun) return std::nullopt;
  Progress progress(context, Text::ProgressBackup);
  std::int64_t written = 0;
  for (;;) {
    progress.tell({size_text(written, context.language())});
    Value args;
    args.set("stream", begun->integer("stream"));
    args.set("at", written);
    std::optional<Value> piece = context.ask("backup.next", std::move(args), kBackupTimeout);
    if (!piece) return std::nullopt;
    const Value* data = piece->find("data");
    const Bytes* bytes = data != nullptr ? data->if_bytes() : nullptr;
    if (bytes == nullptr) {
      context.fail(Trouble::BadReply, {context.home().string()});
      return std::nullopt;
    }
    if (!part.write(*bytes)) {
      context.fail(ApiError::BackupFailed, file, {}, part.error());
      return std::nullopt;
    }
    written += static_cast<std::int64_t>(bytes->size());
    if (piece->boolean("done")) return piece;
    if (bytes->empty() && context.io().sleep) context.io().sleep(kNextLook);
  }
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

// The node knows of a backup once it lies where it is to. False has been reported.
bool tell_kept(Context& context, const std::string& file) {
  Value args;
  args.set("file", file);
  return context.ask("backup.kept", std::move(args)).has_value();
}

// In a folder: a series of backups, one name for each moment, so that several nodes may share it and the names sort by time.
std::string series_of(const Value& status) { return "budstikke-" + short_id(status.text("member")) + "-"; }

std::string name_in_series(const std::string& series, WallTime now) {
  std::string time;  // 20261126T031500Z
  for (const char c : format_utc(now)) time += c == '-' || c == ':' ? "" : std::string(1, c);
  return series + time.substr(0, time.find('.')) + std::string(kSeriesEnding);
}

bool is_in_series(const std::string& name, const std::string& series) {
  constexpr std::string_view kForm = "00000000T000000Z";
  if (!name.starts_with(series) || name.size() != series.size() + kForm.size() + kSeriesEnding.size()) return false;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const char c = name[series.size() + i];
    if (kForm[i] == '0' ? c < '0' || c > '9' : c != kForm[i]) return false;
  }
  return name.ends_with(kSeriesEnding);
}

// How many of the series went, so that this one and the newest of the others are left, `keep` in all: also where a clock that was
// wrong has given others later names. nullopt has been reported.
std::optional<std::size_t> remove_others(Context& context, const fs::path& written, const std::string& series, std::size_t keep) {
  const fs::path folder = written.parent_path();
  std::vector<std::string> names;
  std::error_code failed;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, failed)) {
    std::error_code gone;
    std::string name = entry.path().filename().string();
    if (entry.path() != written && is_in_series(name, series) && fs::is_regular_file(entry.symlink_status(gone)))
      names.push_back(std::move(name));
  }
  std::ranges::sort(names, std::greater<>());
  std::size_t removed = 0;
  for (std::size_t i = keep - 1; i < names.size() && !failed; ++i) removed += fs::remove(folder / names[i], failed) ? 1 : 0;
  if (!failed) return removed;
  context.fail(Trouble::CannotWrite, {folder.string()});
  return std::nullopt;
}

// How many backups are to stay, by --keep; 0: all of them. nullopt has been reported.
std::optional<std::size_t> kept(Context& context, bool folder) {
  const std::optional<std::string> given = context.args().flag("keep");
  if (!given) return 0;
  int keep = 0;
  const auto [end, error] = std::from_chars(given->data(), given->data() + given->size(), keep);
  if (error != std::errc() || end != given->data() + given->size() || keep < 1 || keep > kMostKept) {
    context.fail(ApiError::BadNumber, *given);
  } else if (!folder) {
    context.fail(Trouble::NotAFolder, {context.args().words[0]});
  } else {
    return static_cast<std::size_t>(keep);
  }
  return std::nullopt;
}

// `restore --dry-run`: whether a home could be made of the file; makes none.
int try_restore(Context& context, const std::string& file) {
  const std::optional<DaemonRun> ran =
      context.io().run_daemon({"--home", context.home().string(), "--restore", file, "--dry-run", "--quiet"});
  if (!ran) return context.fail(Trouble::NoDaemonProgram);
  if (ran->code != 0) return tell_refused(context, static_cast<RestoreExit>(ran->code), file);
  Result<Value> facts = unpack(view_of(ran->out));
  if (!facts) return context.fail(Trouble::RestoreFailed, {context.home().string()});
  if (context.json()) {
    facts->set("file", file);
    context.print(*facts);
  } else if (!context.quiet()) {
    context.say_line(Text::BackupWhole, {file, size_text(facts->integer("bytes"), context.language())});
    context.say_line(Text::BackupWholeOf,
                     {facts->text("council"), long_moment(facts->text("created"), context.language()), facts->text("version")});
    const std::int64_t left_out = facts->integer("left_out");
    if (left_out > 0) context.say_line(Text::BackupWholeLeftOut, {std::to_string(left_out)});
  }
  return 0;
}

}  // namespace

int backup(Context& context) {
  fs::path path = whole_path(context.args().words[0]);
  std::error_code ignored;
  const bool in_folder = fs::is_directory(path, ignored);
  const std::optional<std::size_t> keep = kept(context, in_folder);
  if (!keep) return context.exit_code();
  std::string series;
  if (in_folder) {
    const std::optional<Value> status = context.ask("status");
    if (!status) return context.exit_code();
    series = series_of(*status);
    path /= name_in_series(series, context.now());
  }
  const std::string file = path.string();
  const bool exists = fs::exists(fs::symlink_status(file, ignored));
  if (lies_within(file, context.home())) return context.fail(Trouble::BackupInHome, {file});
  if (exists && !is_backup(file)) return context.fail(Trouble::BackupOverOther, {file});
  if (exists && !context.confirm(context.say(Text::AskBackupOver, {file}))) return context.exit_code();
  PartFile part(file);
  if (!part.is_open()) return context.fail(ApiError::BackupFailed, file, {}, part.error());
  const std::optional<Value> done = take_backup(context, part, file);
  if (!done) return context.exit_code();
  if (!part.finish(exists)) return context.fail(ApiError::BackupFailed, file, {}, part.error());
  const std::optional<std::size_t> removed =
      *keep > 0 ? remove_others(context, path, series, *keep) : std::optional<std::size_t>(0);
  if (!tell_kept(context, file) || !removed) return context.exit_code();
  const std::int64_t left_out = done->integer("left_out");
  if (context.json()) {
    Value document;
    document.set("file", file);
    for (const char* fact : {"bytes", "rows", "left_out"}) document.set(fact, done->integer(fact));
    document.set("removed", static_cast<std::int64_t>(*removed));
    context.print(document);
  } else if (!context.quiet()) {
    context.say_line(Text::BackupDone, {file, size_text(done->integer("bytes"), context.language())});
    context.say_line(Text::BackupSecret);
    if (left_out > 0) context.say_line(Text::BackupLeftOut, {std::to_string(left_out)});
    if (*removed > 0) context.say_line(Text::BackupOlderGone, {std::to_string(*removed), std::to_string(*keep)});
  }
  return 0;
}

int restore_home(Context& context) {
  context.use_own_home();
  const std::string file = whole_path(context.args().words[0]);
  if (context.args().dry_run()) return try_restore(context, file);
  const fs::path home = context.home();
  const std::string before = put_aside(home);
  std::vector<std::string> daemon_args = {"--home", home.string(), "--restore", file, "--quiet"};
  if (holds_something(home)) {
    if (!context.confirm(context.say(Text::AskRestore, {home.string()}))) return context.exit_code();
    daemon_args.emplace_back("--replace");
  }
  const std::optional<DaemonRun> ran = context.io().run_daemon(daemon_args);
  if (!ran) return context.fail(Trouble::NoDaemonProgram);
  if (ran->code != 0) return tell_refused(context, static_cast<RestoreExit>(ran->code), file);
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
