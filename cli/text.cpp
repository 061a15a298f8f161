#include "cli/text.h"

#include <algorithm>

#include "cli/text_tables.h"

namespace budstikke::cli {
namespace {

struct TroubleCode {
  Trouble id;
  std::string_view text;
  int exit_code;
};

constexpr std::array<TroubleCode, kTroubleCount> kCodes = {{
    {Trouble::NotRunning, "not-running", 3},
    {Trouble::NoReply, "no-reply", 3},
    {Trouble::BadReply, "bad-reply", 1},
    {Trouble::NoHome, "no-home", 1},
    {Trouble::NoDaemonProgram, "no-daemon", 1},
    {Trouble::UnknownFlag, "unknown-option", 2},
    {Trouble::UnexpectedValue, "unexpected-value", 2},
    {Trouble::BadLanguage, "bad-language", 2},
    {Trouble::BadDuration, "bad-duration", 2},
    {Trouble::GivenTwice, "given-twice", 2},
    {Trouble::NotTogether, "not-together", 2},
    {Trouble::MissingFlag, "missing-option", 2},
    {Trouble::MissingArgument, "missing-argument", 2},
    {Trouble::TooManyArguments, "too-many-arguments", 2},
    {Trouble::NothingGiven, "nothing-given", 2},
    {Trouble::NothingToTake, "nothing-to-take", 2},
    {Trouble::NeedsYes, "needs-yes", 1},
    {Trouble::Declined, "declined", 1},
    {Trouble::NoFile, "no-file", 1},
    {Trouble::CannotWrite, "cannot-write", 1},
    {Trouble::FileNotHere, "file-on-its-way", 6},
    {Trouble::FileNotAsSaid, "file-not-as-said", 1},
    {Trouble::NoFiles, "no-files", 5},
    {Trouble::WhichFile, "which-file", 2},
    {Trouble::NoFolder, "no-folder", 1},
    {Trouble::NotAFolder, "not-a-folder", 2},
    {Trouble::NotOpened, "not-opened", 1},
    {Trouble::NoOpener, "no-opener", 1},
    {Trouble::BadFile, "bad-file", 1},
    {Trouble::UnknownFormat, "unknown-format", 2},
    {Trouble::FormatNotForKind, "format-not-for-kind", 2},
    {Trouble::SomeRefused, "some-refused", 1},
    {Trouble::CheckFailed, "check-failed", 1},
    {Trouble::CheckIll, "check-ill", 1},
    {Trouble::NotABackup, "not-a-backup", 1},
    {Trouble::NewerBackup, "newer-backup", 1},
    {Trouble::HomeTaken, "home-taken", 1},
    {Trouble::InitFailed, "init-failed", 1},
    {Trouble::HomeInUse, "home-in-use", 1},
    {Trouble::HomeOfAnother, "home-of-another", 1},
    {Trouble::RestoreFailed, "restore-failed", 1},
    {Trouble::SubjectLeft, "subject-left", 4},
    {Trouble::SubjectNowhere, "nothing-mentions-it", 5},
    {Trouble::BundleSeveralWriters, "bundle-several-writers", 1},
    {Trouble::BundlePartRefused, "bundle-part-refused", 1},
    {Trouble::BundleGap, "bundle-gap", 1},
    {Trouble::PassphrasesDiffer, "passphrases-differ", 2},
    {Trouble::ReportFormat, "report-format", 2},
    {Trouble::WatchRunning, "watch-running", 1},
    {Trouble::BadName, "bad-name", 2},
    {Trouble::NoTextFile, "no-text-file", 1},
    {Trouble::NotUtf8, "not-utf-8", 2},
    {Trouble::NoTextThere, "no-text", 2},
    {Trouble::BadMunicipality, "bad-municipality", 2},
    {Trouble::BadAddress, "bad-address", 2},
    {Trouble::FolderTaken, "folder-taken", 1},
    {Trouble::FolderRefused, "folder-refused", 1},
    {Trouble::FolderNoRoom, "folder-no-room", 1},
    {Trouble::BadMark, "bad-mark", 1},
    {Trouble::ExecFailed, "exec-failed", 1},
    {Trouble::MailFailed, "mail-failed", 1},
    {Trouble::TicketNotSaved, "ticket-not-saved", 1},
    {Trouble::NoEditor, "no-editor", 1},
    {Trouble::EditorFailed, "editor-failed", 1},
    {Trouble::DraftLeft, "draft-left", 1},
    {Trouble::BackupInHome, "backup-in-home", 1},
    {Trouble::BackupOverOther, "not-a-backup-there", 1},
    {Trouble::NotInGroup, "not-in-group", 3},
    {Trouble::ServiceStopped, "service-stopped", 3},
    {Trouble::HomeNotYours, "home-not-yours", 1},
    {Trouble::ConfigUnusable, "config-unusable", 1},
    {Trouble::NotLoopback, "not-loopback", 2},
    {Trouble::BadHostName, "bad-host-name", 2},
    {Trouble::CannotServe, "cannot-serve", 1},
    {Trouble::BadTokenFile, "bad-token-file", 1},
}};

consteval bool codes_are_in_order() {
  for (std::size_t i = 0; i < kCodes.size(); ++i) {
    if (static_cast<std::size_t>(kCodes[i].id) != i || kCodes[i].text.empty()) return false;
  }
  return true;
}
static_assert(codes_are_in_order());

// Of "day|days" the one that goes with the number.
std::string_view word_for(std::string_view words, std::string_view number) {
  const std::size_t bar = std::min(words.find('|'), words.size());
  return number == "1" ? words.substr(0, bar) : words.substr(std::min(bar + 1, words.size()));
}

const Tables& tables(Language language) { return language == Language::Danish ? danish() : english(); }

}  // namespace

std::string_view text_of(Trouble trouble) { return kCodes[static_cast<std::size_t>(trouble)].text; }

int exit_code_of(Trouble trouble) { return kCodes[static_cast<std::size_t>(trouble)].exit_code; }

std::string_view wording(Text text, Language language) { return tables(language).texts[static_cast<std::size_t>(text)].text; }

Wording wording(ApiError error, Language language) { return tables(language).errors[static_cast<std::size_t>(error)].wording; }

Wording wording(Trouble trouble, Language language) {
  return tables(language).troubles[static_cast<std::size_t>(trouble)].wording;
}

std::string fill(std::string_view pattern, std::initializer_list<std::string> parts) {
  constexpr std::string_view kLastPlace = ": {0}";
  const bool nothing = parts.size() == 0 || parts.begin()->empty();
  if (nothing && pattern.ends_with(kLastPlace)) pattern.remove_suffix(kLastPlace.size());
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const std::string_view rest = pattern.substr(i);
    const std::size_t end = rest.find('}');
    const bool place = rest[0] == '{' && end != std::string_view::npos && end >= 2 && (rest[2] == '}' || rest[2] == ':');
    if (!place) {
      text += pattern[i];
      continue;
    }
    const auto number = static_cast<std::size_t>(rest[1] - '0');
    const std::string part = number < parts.size() ? *(parts.begin() + number) : std::string();
    text += end == 2 ? part : word_for(rest.substr(3, end - 3), part);
    i += end;
  }
  return text;
}

}  // namespace budstikke::cli
