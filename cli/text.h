// Everything the command line says, in English and in Danish.
//
// Shape        Each language is one file (text_en.cpp, text_da.cpp) with a table per enumeration; the compiler refuses a table
//              that misses a row, or has rows out of order, or an empty text. {0}, {1}… are places for names and numbers. Where
//              a pattern ends in ": {0}" and there is nothing to put there, the colon goes with it.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "protocol/wire/api.h"

namespace budstikke::cli {

enum class Language : std::uint8_t { English, Danish };

// clang-format off: grouped by where they are said
enum class Text : std::uint8_t {
  // Results of commands.
  Saved,
  Unchanged,
  Removed,
  Restored,
  Answered,
  Commented,
  Resolved,
  AskRemove,
  // Starting and joining.
  InitDone,
  InitNext,
  NetworkCreated,
  RecoveryKey,
  NetworkNext,
  Invited,
  Joined,
  JoinedCouncil,
  CompareWords,
  // Networks and members.
  NetworkLine,
  NetworkMembersLine,
  NetworkFounded,
  NetworkCounts,
  NetworkMissing,
  NoNetworks,
  Name,
  Role,
  Members,
  Records,
  Admitted,
  Words,
  You,
  // The node and its peers.
  StatusLine,
  StoreLine,
  ListenLine,
  TroubleLine,
  Peers,
  NoPeers,
  PeerInSync,
  PeerBehindOne,
  PeerBehind,
  PeerComparing,
  PeerApart,
  PeerSeen,
  PeerLastSeen,
  PeerNeverSeen,
  PeerRefusedKey,
  PeerUnreachable,
  PeerTimeout,
  PeerHandshake,
  PeerBadKey,
  PeerNoAddress,
  PeerNotLinked,
  PeersInSync,
  InSync,
  SyncStarted,
  // Records.
  Owner,
  Changed,
  Comments,
  Council,
  Receipt,
  When,
  Confirmed,
  NotConfirmed,
  ReceiptCount,
  NoRecords,
  NothingRemoved,
  RemovedByHeading,
  RemovedWhenHeading,
  NothingToCome,
  EditedAfterRemove,
  ShownAsOf,
  RemovedByThen,
  UnknownField,
  // Conflicts.
  ConflictMark,
  ConflictIn,
  ConflictCount,
  ConflictCountOne,
  NoConflicts,
  EmptyValue,
  NotHere,
  AndMore,
  CombineWith,
  WriteAnother,
  NotYoursToSettle,
  TheOwner,
  BroughtBack,
  RemovedBy,
  EditedBy,
  KeepIt,
  RemoveAgain,
  KindHeading,
  FieldHeading,
  ValueHeading,
  PastWrote,
  PastCleared,
  PastAdded,
  PastTookAway,
  PastFlagged,
  PastAnswered,
  PastCommented,
  PastTookBack,
  PastRemoved,
  PastRestored,
  PastUnknown,
  PastLive,
  PastOverwritten,
  PastVoid,
  VoidNotMember,
  VoidNoRole,
  VoidNotOwner,
  VoidNotShared,
  VoidUnknownClass,
  ValueUnreadable,
  ValueTooFar,
  HistoryOlder,
  HistoryMarkHint,
  UnknownLine,
  UnknownWhy,
  UnknownCount,
  NothingUnknown,
  CheckNetwork,
  CheckRight,
  CheckWrong,
  CheckRows,
  CheckRepaired,
  CheckDone,
  CheckRepairHint,
  CheckLaterHint,
  // The agenda.
  AgendaHeading,
  MoreInAgenda,
  DeadlineMark,
  ExpiresMark,
  CancelledMark,
  // Files.
  ImportCounts,
  ImportLine,
  ImportNotKept,
  ImportRow,
  Exported,
  // What to do next about a value.
  DateHint,
  NoSuchDayHint,
  NoSuchTimeHint,
  MonthFirstHint,
  UnclearDateHint,
  ShortYearHint,
  WrongWeekdayHint,
  NoTimeHint,
  ChoicesHint,
  PhoneHint,
  DidYouMean,
  FieldsHint,
  // Help.
  HelpIntro,
  HelpCommands,
  HelpKinds,
  HelpKindPointer,
  HelpOptions,
  HelpFields,
  HelpSets,
  HelpExamples,
  HelpExampleInit,
  HelpExampleAgenda,
  HelpPointer,
  OptionHome,
  OptionJson,
  OptionLang,
  OptionQuiet,
  OptionYes,
  OptionVersion,
  // Summaries of commands, for help.
  InitSummary,
  NetworkCreateSummary,
  NetworkListSummary,
  NetworkShowSummary,
  NetworkMembersSummary,
  InviteSummary,
  JoinSummary,
  StatusSummary,
  PeersSummary,
  ConflictsSummary,
  UnknownSummary,
  KindConflictsSummary,
  ResolveSummary,
  SyncSummary,
  CheckSummary,
  AgendaSummary,
  HelpSummary,
  AddSummary,
  ListSummary,
  ShowSummary,
  HistorySummary,
  EditSummary,
  RemoveSummary,
  RestoreSummary,
  RsvpSummary,
  ConfirmSummary,
  ReceiptsSummary,
  RespondSummary,
  CommentSummary,
  ImportSummary,
  ExportSummary,
};
// clang-format on
inline constexpr std::size_t kTextCount = static_cast<std::size_t>(Text::ExportSummary) + 1;

// What goes wrong before a request reaches the node, or with its answer. Refusals of the node are ApiError.
enum class Trouble : std::uint8_t {
  NotRunning,
  NoReply,
  BadReply,
  NoHome,
  NoDaemonProgram,
  UnknownFlag,
  UnexpectedValue,
  BadLanguage,
  BadDuration,
  GivenTwice,
  NotTogether,
  MissingFlag,
  MissingArgument,
  TooManyArguments,
  NothingGiven,
  NothingToTake,
  NeedsYes,
  Declined,
  NoFile,
  CannotWrite,
  BadFile,
  UnknownFormat,
  FormatNotForKind,
  SomeRefused,
  CheckFailed,
};
inline constexpr std::size_t kTroubleCount = static_cast<std::size_t>(Trouble::CheckFailed) + 1;

std::string_view text_of(Trouble trouble);  // "not-running": stable
int exit_code_of(Trouble trouble);

// What went wrong, and what to do next.
struct Wording {
  std::string_view message;
  std::string_view hint;
};

std::string_view wording(Text text, Language language);
Wording wording(ApiError error, Language language);
Wording wording(Trouble trouble, Language language);

// The pattern with its places filled; what is missing counts as empty.
std::string fill(std::string_view pattern, std::initializer_list<std::string> parts);

}  // namespace budstikke::cli
