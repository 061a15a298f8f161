#include "cli/commands/commands.h"

#include <algorithm>

#include "cli/fields.h"
#include "cli/names.h"
#include "cli/selection.h"

namespace budstikke::cli {
namespace {

bool always(const KindInfo&) { return true; }

template <Kind kKind>
bool only(const KindInfo& kind) {
  return kind.kind == kKind;
}

template <Kind kKind>
bool all_but(const KindInfo& kind) {
  return kind.kind != kKind;
}

bool has_comments(const KindInfo& kind) {
  return std::ranges::any_of(kind.fields, [](const Field& field) { return field.field_class == FieldClass::Comments; });
}

constexpr std::size_t kMostIds = 200;   // as many as one request takes
constexpr std::size_t kMostKinds = 16;  // more than there are

constexpr Command kCommands[] = {
    {"init", "begynd|klargør|kom-i-gang", "", "",
     "--council NAME [--municipality CODE] [--listen ADDRESS] [--advertise ADDRESS] [--ticket TICKET] [--language da|en]",
     "--council NAVN [--municipality KODE] [--listen ADRESSE] [--advertise ADRESSE] [--ticket BILLET] [--language da|en]", 0, 0,
     "council|municipality|listen|advertise|ticket|language", Text::InitSummary, Text::InitExamples, init},
    {"network", "netværk", "create", "opret", "NAME", "NAVN", 1, 1, "", Text::NetworkCreateSummary, Text::NetworkCreateExamples,
     network_create, Text::AskNetworkName},
    {"network", "netværk", "list", "liste|vis-alle", "", "", 0, 0, "", Text::NetworkListSummary, Text::NetworkListExamples,
     network_list},
    {"network", "netværk", "show", "vis", "[NETWORK]", "[NETVÆRK]", 0, 1, "network", Text::NetworkShowSummary,
     Text::NetworkShowExamples, network_show},
    {"network", "netværk", "members", "medlemmer", "[NETWORK]", "[NETVÆRK]", 0, 1, "network", Text::NetworkMembersSummary,
     Text::NetworkMembersExamples, network_members},
    {"network", "netværk", "merge", "sammenlæg", "[NETWORK] [CODE] [--into NAME] [--yes]",
     "[NETVÆRK] [KODE] [--into NAVN] [--yes]", 0, 2, "network|into", Text::NetworkMergeSummary, Text::NetworkMergeExamples,
     network_merge},
    {"network", "netværk", "rename", "omdøb", "[NETWORK] NAME", "[NETVÆRK] NAVN", 1, 2, "network", Text::NetworkRenameSummary,
     Text::NetworkRenameExamples, network_rename},
    {"network", "netværk", "recover", "genskab", "[--network N] | --given TEXT", "[--network N] | --given TEKST", 0, 0,
     "network|given", Text::NetworkRecoverSummary, Text::NetworkRecoverExamples, network_recover},
    {"member", "medlem", "list", "liste", "[--network N]", "[--network N]", 0, 0, "network", Text::MemberListSummary,
     Text::MemberListExamples, member_list},
    {"member", "medlem", "revoke", "udeluk", "MEMBER [--network N] [--yes]", "MEDLEM [--network N] [--yes]", 1, 1, "network",
     Text::MemberRevokeSummary, Text::MemberRevokeExamples, member_revoke},
    {"member", "medlem", "readmit", "genoptag", "MEMBER [--network N]", "MEDLEM [--network N]", 1, 1, "network",
     Text::MemberReadmitSummary, Text::MemberReadmitExamples, member_readmit},
    {"member", "medlem", "role", "rolle", "MEMBER ROLE [--until DATE] [--network N]", "MEDLEM ROLLE [--until DATO] [--network N]",
     2, 2, "until|network", Text::MemberRoleSummary, Text::MemberRoleExamples, member_role},
    {"member", "medlem", "leave", "forlad|udmeld", "[--network N] [--yes]", "[--network N] [--yes]", 0, 0, "network",
     Text::MemberLeaveSummary, Text::MemberLeaveExamples, member_leave},
    {"member", "medlem", "rename", "omdøb", "NAME [--network N]", "NAVN [--network N]", 1, 1, "network",
     Text::MemberRenameSummary, Text::MemberRenameExamples, member_rename},
    {"member", "medlem", "handover", "overdrag", "[--expires 7d] [--network N]", "[--expires 7d] [--network N]", 0, 0,
     "expires|network", Text::MemberHandoverSummary, Text::MemberHandoverExamples, member_handover},
    {"invite", "inviter", "list", "liste", "[--network N]", "[--network N]", 0, 0, "network", Text::InviteListSummary,
     Text::InviteListExamples, invite_list},
    {"invite", "inviter", "", "",
     "[--network N] [--role ROLE] [--until DATE] [--for NAME | --council COUNCIL] [--expires 7d] [--qr] "
     "[--save FILE]",
     "[--network N] [--role ROLLE] [--until DATO] [--for NAVN | --council RÅD] [--expires 7d] [--qr] [--save FIL]", 0, 0,
     "network|role|until|for|council|expires|qr|save", Text::InviteSummary, Text::InviteExamples, invite},
    {"join", "tilslut|deltag", "", "", "TICKET | @FILE | -", "BILLET | @FIL | -", 1, 1, "", Text::JoinSummary, Text::JoinExamples,
     join, Text::AskTicket},
    {"key", "nøgle", "rotate", "skift", "[--now]", "[--now]", 0, 0, "now", Text::KeyRotateSummary, Text::KeyRotateExamples,
     key_rotate},
    {"key", "nøgle", "passphrase", "adgangskode", "[--remove]", "[--remove]", 0, 0, "remove", Text::KeyPassphraseSummary,
     Text::KeyPassphraseExamples, key_passphrase},
    {"unlock", "lås-op", "", "", "", "", 0, 0, "", Text::UnlockSummary, Text::UnlockExamples, unlock},
    {"status", "tilstand", "", "", "", "", 0, 0, "", Text::StatusSummary, Text::StatusExamples, status},
    {"peers", "forbindelser|naboer", "", "", "", "", 0, 0, "", Text::PeersSummary, Text::PeersExamples, peers},
    {"outbox", "udbakke|afsendt", "", "", "[--limit 20] [--network N]", "[--limit 20] [--network N]", 0, 0, "limit|network",
     Text::OutboxSummary, Text::OutboxExamples, outbox},
    {"undo", "fortryd", "", "", "[--dry-run] [--yes] [--network N]", "[--prøv] [--yes] [--network N]", 0, 0,
     "dry-run|prøv|network", Text::UndoSummary, Text::UndoExamples, undo},
    {"news", "nyt|nyheder", "", "", "[--since DATE] [--network N]", "[--since DATO] [--network N]", 0, 0, "since|network",
     Text::NewsSummary, Text::NewsExamples, news},
    {"remind", "påmind|frister", "", "", "[--mail ADDRESS,…] [--network N]", "[--mail ADRESSE,…] [--network N]", 0, 0,
     "mail|network", Text::RemindSummary, Text::RemindExamples, remind},
    {"watch", "følg|hold-øje", "", "", "[KIND…] [--exec PROGRAM] [--name NAME] [--network N]",
     "[NAVNEORD…] [--exec PROGRAM] [--name NAVN] [--network N]", 0, kMostKinds, "exec|name|network", Text::WatchSummary,
     Text::WatchExamples, watch},
    {"web", "side|webside", "", "", "[--listen 127.0.0.1:7421] [--host NAME …]", "[--listen 127.0.0.1:7421] [--host NAVN …]", 0,
     0, "listen|host", Text::WebSummary, Text::WebExamples, web},
    {"conflicts", "konflikter", "", "", "[--network N]", "[--network N]", 0, 0, "network", Text::ConflictsSummary,
     Text::ConflictsExamples, conflicts},
    {"resolve", "afgør|løs", "", "", "ID FIELD --choose N | --combine | --value V [--seen MARK]",
     "ID FELT --choose N | --combine | --value V [--seen MÆRKE]", 2, 2, "choose|combine|value|seen", Text::ResolveSummary,
     Text::ResolveExamples, resolve},
    {"unknown", "ukendt|ukendte", "", "", "[--network N]", "[--network N]", 0, 0, "network", Text::UnknownSummary,
     Text::UnknownExamples, unknown},
    {"sync", "synkroniser", "", "", "[--wait] [--timeout SECONDS]", "[--wait] [--timeout SEKUNDER]", 0, 0, "wait|timeout",
     Text::SyncSummary, Text::SyncExamples, sync},
    {"bundle", "bundt|pakke", "write", "skriv|gem", "FILE [--since MEMBER | --all] [--network N]",
     "FIL [--since MEDLEM | --all] [--network N]", 1, 1, "since|all|network", Text::BundleWriteSummary, Text::BundleWriteExamples,
     bundle_write},
    {"bundle", "bundt|pakke", "read", "læs|indlæs", "FILE [--reply FILE]", "FIL [--reply FIL]", 1, 1, "reply",
     Text::BundleReadSummary, Text::BundleReadExamples, bundle_read},
    {"check", "tjek|kontroller", "", "", "[--repair]", "[--repair]", 0, 0, "repair", Text::CheckSummary, Text::CheckExamples,
     check},
    {"config", "konfig|konfiguration|indstillinger", "show", "vis", "[--origin]", "[--oprindelse]", 0, 0, "origin|oprindelse",
     Text::ConfigShowSummary, Text::ConfigShowExamples, config_show},
    {"daemon", "dæmon", "reload", "genindlæs", "[--wait]", "[--vent]", 0, 0, "wait|vent", Text::DaemonReloadSummary,
     Text::DaemonReloadExamples, daemon_reload},
    {"backup", "sikkerhedskopi|sikkerhedskopier", "", "", "FILE [--yes] | FOLDER [--keep N]", "FIL [--yes] | MAPPE [--keep N]", 1,
     1, "keep", Text::BackupSummary, Text::BackupExamples, backup},
    {"restore", "gendan", "", "", "FILE [--dry-run] [--yes]", "FIL [--prøv] [--yes]", 1, 1, "dry-run|prøv",
     Text::RestoreHomeSummary, Text::RestoreHomeExamples, restore_home},
    {"agenda", "kalender", "", "", "[--days 30] [--network N]", "[--days 30] [--network N]", 0, 0, "days|network",
     Text::AgendaSummary, Text::AgendaExamples, agenda},
    {"search", "søg|find", "", "",
     "WORDS… [--kind KIND] [--council NAME] [--area AREA] [--since DATE] [--until DATE] [--limit 20] [--network N]",
     "ORD… [--kind NAVNEORD] [--council NAVN] [--area OMRÅDE] [--since DATO] [--until DATO] [--limit 20] [--network N]", 1,
     kMostIds, "kind|council|area|since|until|limit|network", Text::SearchSummary, Text::SearchExamples, search},
    {"report", "rapport", "activity", "aktivitet", "[FILE] [--days 60] [--format csv|html] [--network N]",
     "[FIL] [--days 60] [--format csv|html] [--network N]", 0, 1, "days|format|network", Text::ReportActivitySummary,
     Text::ReportActivityExamples, report_activity},
    {"report", "rapport", "hearings", "høringer",
     "[FILE] [--since DATE] [--until DATE] [--council NAME] [--format csv|html] [--network N]",
     "[FIL] [--since DATO] [--until DATO] [--council NAVN] [--format csv|html] [--network N]", 0, 1,
     "since|until|council|format|network", Text::ReportHearingsSummary, Text::ReportHearingsExamples, report_hearings},
    {"report", "rapport", "ideas", "idéer|ideer|initiatives|initiativer", "[FILE] [--format csv|html] [--network N]",
     "[FIL] [--format csv|html] [--network N]", 0, 1, "format|network", Text::ReportIdeasSummary, Text::ReportIdeasExamples,
     report_ideas},
    {"report", "rapport", "today", "i-dag|overblik", "[FILE] [--format csv|html] [--network N]",
     "[FIL] [--format csv|html] [--network N]", 0, 1, "format|network", Text::ReportTodaySummary, Text::ReportTodayExamples,
     report_today},
    {"erase", "udslet", "status", "tilstand", "[--network N]", "[--network N]", 0, 0, "network", Text::EraseStatusSummary,
     Text::EraseStatusExamples, erase_status},
    {"erase", "udslet", "", "", "ID… | --subject TEXT [--now] [--network N] [--yes]",
     "ID… | --subject TEKST [--now] [--network N] [--yes]", 0, kMostIds, "now|network|subject", Text::EraseSummary,
     Text::EraseExamples, erase},
    {"export", "eksporter|indsigt", "", "", "--subject TEXT [--network N]", "--subject TEKST [--network N]", 0, 0,
     "subject|network", Text::ExportSubjectSummary, Text::ExportSubjectExamples, export_subject},
    {"completion", "fuldførelse", "", "", "bash|zsh|fish", "bash|zsh|fish", 1, 1, "", Text::CompletionSummary,
     Text::CompletionExamples, completion},
    {"man", "håndbog", "", "", "[NOUN]", "[NAVNEORD]", 0, 1, "", Text::ManSummary, Text::ManCommandExamples, man},
    {"help", "hjælp", "", "", "[NOUN] [VERB]", "[NAVNEORD] [UDSAGNSORD]", 0, 2, "", Text::HelpSummary, Text::HelpCommandExamples,
     help},
};

constexpr KindVerb kKindVerbs[] = {
    {"add", "tilføj|opret", "--FIELD VALUE … [--network N]", "--FELT VÆRDI … [--network N]", 0, 0, "network", FieldFlags::Values,
     all_but<Kind::Document>, Text::AddSummary, Text::AddExamples, add},
    {"add", "tilføj|opret", "[FILE] --FIELD VALUE … [--network N]", "[FIL] --FELT VÆRDI … [--network N]", 0, 1, "network",
     FieldFlags::Values, only<Kind::Document>, Text::AddFileSummary, Text::AddFileExamples, add},
    {"list", "liste",
     "[--all | --removed] [--FIELD TEXT …] [--FIELD-from X] [--FIELD-to X] [--owner NAME] [--sort FIELD [--descending]] "
     "[--network N]",
     "[--all | --removed] [--FELT TEKST …] [--FELT-fra X] [--FELT-til X] [--owner NAVN] [--sort FELT [--descending]] "
     "[--network N]",
     0, 0, "all|removed|network|owner|sort|descending", FieldFlags::Filters, all_but<Kind::Hearing>, Text::ListSummary,
     Text::ListExamples, list},
    {"list", "liste",
     "[--all | --removed | --overdue] [--FIELD TEXT …] [--FIELD-from X] [--FIELD-to X] [--owner NAME] [--sort FIELD "
     "[--descending]] [--network N]",
     "[--all | --removed | --overdue] [--FELT TEKST …] [--FELT-fra X] [--FELT-til X] [--owner NAVN] [--sort FELT "
     "[--descending]] [--network N]",
     0, 0, "all|removed|overdue|network|owner|sort|descending", FieldFlags::Filters, only<Kind::Hearing>, Text::ListSummary,
     Text::ListHearingsExamples, list},
    {"show", "vis", "ID [--at TIME]", "ID [--at TIDSPUNKT]", 1, 1, "at", FieldFlags::None, always, Text::ShowSummary,
     Text::ShowExamples, show},
    {"history", "historik", "ID [--limit 20 | --all] [--after MARK]", "ID [--limit 20 | --all] [--after MÆRKE]", 1, 1,
     "limit|all|after", FieldFlags::None, always, Text::HistorySummary, Text::HistoryExamples, history},
    {"edit", "ret|rediger", "ID [--FIELD VALUE …] [--remove-FIELD VALUE …]", "ID [--FELT VÆRDI …] [--fjern-FELT VÆRDI …]", 1, 1,
     "", FieldFlags::Values, always, Text::EditSummary, Text::EditExamples, edit},
    {"remove", "slet|fjern", "ID [--yes] [--seen MARK]", "ID [--yes] [--seen MÆRKE]", 1, 1, "seen", FieldFlags::None, always,
     Text::RemoveSummary, Text::RemoveExamples, remove},
    {"restore", "gendan", "ID [--seen MARK]", "ID [--seen MÆRKE]", 1, 1, "seen", FieldFlags::None, always, Text::RestoreSummary,
     Text::RestoreExamples, restore},
    {"rsvp", "svar", "ID yes|no|maybe [--heads N] | ID --withdraw", "ID ja|nej|måske [--heads N] | ID --withdraw", 1, 2,
     "heads|withdraw", FieldFlags::None, only<Kind::Event>, Text::RsvpSummary, Text::RsvpExamples, rsvp},
    {"confirm", "bekræft", "ID", "ID", 1, 1, "", FieldFlags::None, only<Kind::Announcement>, Text::ConfirmSummary,
     Text::ConfirmExamples, confirm},
    {"receipts", "kvitteringer", "ID", "ID", 1, 1, "", FieldFlags::None, only<Kind::Announcement>, Text::ReceiptsSummary,
     Text::ReceiptsExamples, receipts},
    {"save", "gem", "ID [FOLDER | FILE] [--yes]", "ID [MAPPE | FIL] [--yes]", 1, 2, "", FieldFlags::None, names_a_file,
     Text::SaveSummary, Text::SaveExamples, save_files},
    {"open", "åbn", "ID [NUMBER]", "ID [NUMMER]", 1, 2, "", FieldFlags::None, names_a_file, Text::OpenSummary, Text::OpenExamples,
     open_file},
    {"respond", "svar", "ID [TEXT] [--answered | --abstain | --withdraw]", "ID [TEKST] [--answered | --abstain | --withdraw]", 1,
     2, "answered|abstain|withdraw", FieldFlags::None, only<Kind::Hearing>, Text::RespondSummary, Text::RespondExamples, respond},
    {"draft", "udkast", "ID TEXT | ID --withdraw", "ID TEKST | ID --withdraw", 1, 2, "withdraw", FieldFlags::None,
     only<Kind::Hearing>, Text::DraftSummary, Text::DraftExamples, draft},
    {"outcome", "resultat", "ID followed|partly|not|no-answer [TEXT]", "ID fulgt|delvist|\"ikke fulgt\"|\"intet svar\" [TEKST]",
     2, 3, "", FieldFlags::None, only<Kind::Hearing>, Text::OutcomeSummary, Text::OutcomeExamples, outcome},
    {"endorse", "anbefal", "ID [TEXT] | ID --withdraw", "ID [TEKST] | ID --withdraw", 1, 2, "withdraw", FieldFlags::None,
     only<Kind::Initiative>, Text::EndorseSummary, Text::EndorseExamples, endorse},
    {"lighthouse", "fyrtårn", "ID [TEXT] | ID --withdraw", "ID [TEKST] | ID --withdraw", 1, 2, "withdraw", FieldFlags::None,
     only<Kind::Initiative>, Text::LighthouseSummary, Text::LighthouseExamples, lighthouse},
    {"comment", "kommenter", "ID TEXT", "ID TEKST", 2, 2, "", FieldFlags::None, has_comments, Text::CommentSummary,
     Text::CommentExamples, comment, Text::AskComment},
    {"conflicts", "konflikter", "[--network N]", "[--network N]", 0, 0, "network", FieldFlags::None, always,
     Text::KindConflictsSummary, Text::KindConflictsExamples, kind_conflicts},
    {"resolve", "afgør|løs", "ID FIELD --choose N | --combine | --value V [--seen MARK]",
     "ID FELT --choose N | --combine | --value V [--seen MÆRKE]", 2, 2, "choose|combine|value|seen", FieldFlags::None, always,
     Text::ResolveSummary, Text::KindResolveExamples, kind_resolve},
    {"import", "importer|indlæs", "FILE [--format csv|ics|vcf] [--dry-run] [--again] [--network N]",
     "FIL [--format csv|ics|vcf] [--prøv] [--again] [--network N]", 1, 1, "format|network|again|dry-run|prøv", FieldFlags::None,
     always, Text::ImportSummary, Text::ImportExamples, import_file},
    {"export", "eksporter|gem-som", "[FILE] [--format csv|ics|vcf|json] [--network N]",
     "[FIL] [--format csv|ics|vcf|json] [--network N]", 0, 1, "format|network", FieldFlags::None, always, Text::ExportSummary,
     Text::ExportExamples, export_file},
};

bool is_among(std::string_view flags, std::string_view flag) { return !flags.empty() && is_named(flag, "", flags); }

bool is_field_flag(const KindInfo& kind, FieldFlags fields, std::string_view flag) {
  if (fields == FieldFlags::None) return false;
  const Field* field = field_of_flag(kind, flag);
  if (field == nullptr && fields == FieldFlags::Values) field = field_taken_by(kind, flag);
  if (field == nullptr && fields == FieldFlags::Filters) return bound_of_flag(kind, flag).has_value();
  return field != nullptr && (fields == FieldFlags::Filters || is_written(*field));
}

}  // namespace

std::span<const Command> commands() { return kCommands; }

std::span<const KindVerb> kind_verbs() { return kKindVerbs; }

const Command* find_command(std::span<const std::string> words) {
  for (const Command& command : kCommands) {
    if (words.empty() || !is_named(words[0], command.noun, command.noun_danish)) continue;
    if (command.verb.empty()) return &command;
    if (words.size() > 1 && is_named(words[1], command.verb, command.verb_danish)) return &command;
  }
  return nullptr;
}

const KindVerb* find_verb(const KindInfo& kind, std::string_view typed) {
  for (const KindVerb& verb : kKindVerbs) {
    if (verb.applies(kind) && is_named(typed, verb.name, verb.danish)) return &verb;
  }
  return nullptr;
}

bool takes_flag(const Command& command, std::string_view flag) { return is_among(command.flags, flag); }

bool takes_flag(const KindVerb& verb, const KindInfo& kind, std::string_view flag) {
  return is_among(verb.flags, flag) || is_field_flag(kind, verb.fields, flag);
}

}  // namespace budstikke::cli
