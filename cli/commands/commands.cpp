#include "cli/commands/commands.h"

#include <algorithm>

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
    {"init", "begynd|klargør", "", "", "--council NAME [--municipality CODE] [--listen ADDRESS] [--advertise ADDRESS]",
     "--council NAVN [--municipality KODE] [--listen ADRESSE] [--advertise ADRESSE]", 0, 0,
     "council|municipality|listen|advertise", Text::InitSummary, init},
    {"network", "netværk", "create", "opret", "NAME", "NAVN", 1, 1, "", Text::NetworkCreateSummary, network_create},
    {"network", "netværk", "list", "liste|vis-alle", "", "", 0, 0, "", Text::NetworkListSummary, network_list},
    {"network", "netværk", "show", "vis", "[NETWORK]", "[NETVÆRK]", 0, 1, "network", Text::NetworkShowSummary, network_show},
    {"network", "netværk", "members", "medlemmer", "[NETWORK]", "[NETVÆRK]", 0, 1, "network", Text::NetworkMembersSummary,
     network_members},
    {"network", "netværk", "merge", "sammenlæg", "[NETWORK] [CODE] [--into NAME] [--yes]", "[NETVÆRK] [KODE] [--into NAVN] [--yes]",
     0, 2, "network|into", Text::NetworkMergeSummary, network_merge},
    {"network", "netværk", "rename", "omdøb", "[NETWORK] NAME", "[NETVÆRK] NAVN", 1, 2, "network", Text::NetworkRenameSummary,
     network_rename},
    {"network", "netværk", "recover", "genskab", "[--network N] | --given TEXT", "[--network N] | --given TEKST", 0, 0,
     "network|given", Text::NetworkRecoverSummary, network_recover},
    {"member", "medlem", "list", "liste", "[--network N]", "[--network N]", 0, 0, "network", Text::MemberListSummary,
     member_list},
    {"member", "medlem", "revoke", "udeluk", "MEMBER [--network N] [--yes]", "MEDLEM [--network N] [--yes]", 1, 1, "network",
     Text::MemberRevokeSummary, member_revoke},
    {"member", "medlem", "readmit", "genoptag", "MEMBER [--network N]", "MEDLEM [--network N]", 1, 1, "network",
     Text::MemberReadmitSummary, member_readmit},
    {"member", "medlem", "role", "rolle", "MEMBER ROLE [--until DATE] [--network N]", "MEDLEM ROLLE [--until DATO] [--network N]",
     2, 2, "until|network", Text::MemberRoleSummary, member_role},
    {"member", "medlem", "leave", "forlad|udmeld", "[--network N] [--yes]", "[--network N] [--yes]", 0, 0, "network",
     Text::MemberLeaveSummary, member_leave},
    {"member", "medlem", "rename", "omdøb", "NAME [--network N]", "NAVN [--network N]", 1, 1, "network",
     Text::MemberRenameSummary, member_rename},
    {"member", "medlem", "handover", "overdrag", "[--expires 7d] [--network N]", "[--expires 7d] [--network N]", 0, 0,
     "expires|network", Text::MemberHandoverSummary, member_handover},
    {"invite", "inviter", "", "", "[--network N] [--role ROLE] [--until DATE] [--for NAME | --council COUNCIL] [--expires 7d]",
     "[--network N] [--role ROLLE] [--until DATO] [--for NAVN | --council RÅD] [--expires 7d]", 0, 0,
     "network|role|until|for|council|expires", Text::InviteSummary, invite},
    {"join", "tilslut|deltag", "", "", "TICKET", "BILLET", 1, 1, "", Text::JoinSummary, join},
    {"key", "nøgle", "rotate", "skift", "[--now]", "[--now]", 0, 0, "now", Text::KeyRotateSummary, key_rotate},
    {"key", "nøgle", "passphrase", "adgangskode", "[--remove]", "[--remove]", 0, 0, "remove", Text::KeyPassphraseSummary,
     key_passphrase},
    {"unlock", "lås-op", "", "", "", "", 0, 0, "", Text::UnlockSummary, unlock},
    {"status", "tilstand", "", "", "", "", 0, 0, "", Text::StatusSummary, status},
    {"peers", "forbindelser|naboer", "", "", "", "", 0, 0, "", Text::PeersSummary, peers},
    {"outbox", "udbakke|afsendt", "", "", "[--limit 20] [--network N]", "[--limit 20] [--network N]", 0, 0, "limit|network",
     Text::OutboxSummary, outbox},
    {"undo", "fortryd", "", "", "[--dry-run] [--yes] [--network N]", "[--dry-run] [--yes] [--network N]", 0, 0, "dry-run|network",
     Text::UndoSummary, undo},
    {"news", "nyt|nyheder", "", "", "[--since DATE] [--network N]", "[--since DATO] [--network N]", 0, 0, "since|network",
     Text::NewsSummary, news},
    {"watch", "følg|hold-øje", "", "", "[KIND…] [--exec PROGRAM] [--name NAME] [--network N]",
     "[NAVNEORD…] [--exec PROGRAM] [--name NAVN] [--network N]", 0, kMostKinds, "exec|name|network", Text::WatchSummary, watch},
    {"conflicts", "konflikter", "", "", "[--network N]", "[--network N]", 0, 0, "network", Text::ConflictsSummary, conflicts},
    {"resolve", "afgør|løs", "", "", "ID FIELD --choose N | --combine | --value V [--seen MARK]",
     "ID FELT --choose N | --combine | --value V [--seen MÆRKE]", 2, 2, "choose|combine|value|seen", Text::ResolveSummary,
     resolve},
    {"unknown", "ukendt|ukendte", "", "", "[--network N]", "[--network N]", 0, 0, "network", Text::UnknownSummary, unknown},
    {"sync", "synkroniser", "", "", "[--wait] [--timeout SECONDS]", "[--wait] [--timeout SEKUNDER]", 0, 0, "wait|timeout",
     Text::SyncSummary, sync},
    {"bundle", "bundt|pakke", "write", "skriv|gem", "FILE [--since MEMBER | --all] [--network N]",
     "FIL [--since MEDLEM | --all] [--network N]", 1, 1, "since|all|network", Text::BundleWriteSummary, bundle_write},
    {"bundle", "bundt|pakke", "read", "læs|indlæs", "FILE [--reply FILE]", "FIL [--reply FIL]", 1, 1, "reply",
     Text::BundleReadSummary, bundle_read},
    {"check", "tjek|kontroller", "", "", "[--repair]", "[--repair]", 0, 0, "repair", Text::CheckSummary, check},
    {"backup", "sikkerhedskopi|sikkerhedskopier", "", "", "FILE [--yes]", "FIL [--yes]", 1, 1, "", Text::BackupSummary, backup},
    {"restore", "gendan", "", "", "FILE [--yes]", "FIL [--yes]", 1, 1, "", Text::RestoreHomeSummary, restore_home},
    {"agenda", "kalender", "", "", "[--days 30]", "[--days 30]", 0, 0, "days|network", Text::AgendaSummary, agenda},
    {"search", "søg|find", "", "", "WORDS… [--kind KIND] [--council NAME] [--area AREA] [--since DATE] [--until DATE] [--limit 20]",
     "ORD… [--kind NAVNEORD] [--council NAVN] [--area OMRÅDE] [--since DATO] [--until DATO] [--limit 20]", 1, kMostIds,
     "kind|council|area|since|until|limit|network", Text::SearchSummary, search},
    {"report", "rapport", "activity", "aktivitet", "[FILE] [--days 60] [--format csv|html] [--network N]",
     "[FIL] [--days 60] [--format csv|html] [--network N]", 0, 1, "days|format|network", Text::ReportActivitySummary,
     report_activity},
    {"report", "rapport", "hearings", "høringer",
     "[FILE] [--since DATE] [--until DATE] [--council NAME] [--format csv|html] [--network N]",
     "[FIL] [--since DATO] [--until DATO] [--council NAVN] [--format csv|html] [--network N]", 0, 1,
     "since|until|council|format|network", Text::ReportHearingsSummary, report_hearings},
    {"report", "rapport", "ideas", "idéer|ideer|initiatives|initiativer", "[FILE] [--format csv|html] [--network N]",
     "[FIL] [--format csv|html] [--network N]", 0, 1, "format|network", Text::ReportIdeasSummary, report_ideas},
    {"erase", "udslet", "status", "tilstand", "[--network N]", "[--network N]", 0, 0, "network", Text::EraseStatusSummary,
     erase_status},
    {"erase", "udslet", "", "", "ID… | --subject TEXT [--now] [--network N] [--yes]",
     "ID… | --subject TEKST [--now] [--network N] [--yes]", 0, kMostIds, "now|network|subject", Text::EraseSummary, erase},
    {"export", "eksporter|indsigt", "", "", "--subject TEXT [--network N]", "--subject TEKST [--network N]", 0, 0,
     "subject|network", Text::ExportSubjectSummary, export_subject},
    {"completion", "fuldførelse", "", "", "bash|zsh|fish", "bash|zsh|fish", 1, 1, "", Text::CompletionSummary, completion},
    {"man", "håndbog", "", "", "[NOUN]", "[NAVNEORD]", 0, 1, "", Text::ManSummary, man},
    {"help", "hjælp", "", "", "[KIND]", "[NAVNEORD]", 0, 2, "", Text::HelpSummary, help},
};

constexpr KindVerb kKindVerbs[] = {
    {"add", "tilføj|opret", "--FIELD VALUE …", "--FELT VÆRDI …", 0, 0, "network", FieldFlags::Values, all_but<Kind::Document>,
     Text::AddSummary, add},
    {"add", "tilføj|opret", "[FILE] --FIELD VALUE …", "[FIL] --FELT VÆRDI …", 0, 1, "network", FieldFlags::Values,
     only<Kind::Document>, Text::AddFileSummary, add},
    {"list", "liste",
     "[--all | --removed] [--FIELD TEXT …] [--FIELD-from X] [--FIELD-to X] [--owner NAME] [--sort FIELD [--descending]]",
     "[--all | --removed] [--FELT TEKST …] [--FELT-fra X] [--FELT-til X] [--owner NAVN] [--sort FELT [--descending]]", 0, 0,
     "all|removed|network|owner|sort|descending|overdue", FieldFlags::Filters, always, Text::ListSummary, list},
    {"show", "vis", "ID [--at TIME]", "ID [--at TIDSPUNKT]", 1, 1, "at", FieldFlags::None, always, Text::ShowSummary, show},
    {"history", "historik", "ID [--limit 20 | --all] [--after MARK]", "ID [--limit 20 | --all] [--after MÆRKE]", 1, 1,
     "limit|all|after", FieldFlags::None, always, Text::HistorySummary, history},
    {"edit", "ret|rediger", "ID [--FIELD VALUE …] [--remove-FIELD VALUE …]", "ID [--FELT VÆRDI …] [--fjern-FELT VÆRDI …]", 1, 1, "",
     FieldFlags::Values, always, Text::EditSummary, edit},
    {"remove", "slet|fjern", "ID [--yes] [--seen MARK]", "ID [--yes] [--seen MÆRKE]", 1, 1, "seen", FieldFlags::None, always,
     Text::RemoveSummary, remove},
    {"restore", "gendan", "ID [--seen MARK]", "ID [--seen MÆRKE]", 1, 1, "seen", FieldFlags::None, always, Text::RestoreSummary,
     restore},
    {"rsvp", "svar", "ID yes|no|maybe [--heads N] | ID --withdraw", "ID ja|nej|måske [--heads N] | ID --withdraw", 1, 2,
     "heads|withdraw", FieldFlags::None, only<Kind::Event>, Text::RsvpSummary, rsvp},
    {"confirm", "bekræft", "ID", "ID", 1, 1, "", FieldFlags::None, only<Kind::Announcement>, Text::ConfirmSummary, confirm},
    {"receipts", "kvitteringer", "ID", "ID", 1, 1, "", FieldFlags::None, only<Kind::Announcement>, Text::ReceiptsSummary,
     receipts},
    {"save", "gem", "ID [FOLDER | FILE] [--yes]", "ID [MAPPE | FIL] [--yes]", 1, 2, "", FieldFlags::None, names_a_file,
     Text::SaveSummary, save_files},
    {"open", "åbn", "ID [NUMBER]", "ID [NUMMER]", 1, 2, "", FieldFlags::None, names_a_file, Text::OpenSummary, open_file},
    {"respond", "svar", "ID [TEXT] [--answered | --abstain | --withdraw]", "ID [TEKST] [--answered | --abstain | --withdraw]", 1,
     2, "answered|abstain|withdraw", FieldFlags::None, only<Kind::Hearing>, Text::RespondSummary, respond},
    {"draft", "udkast", "ID TEXT | ID --withdraw", "ID TEKST | ID --withdraw", 1, 2, "withdraw", FieldFlags::None,
     only<Kind::Hearing>, Text::DraftSummary, draft},
    {"outcome", "resultat", "ID followed|partly|not|no-answer [TEXT]", "ID fulgt|delvist|\"ikke fulgt\"|\"intet svar\" [TEKST]",
     2, 3, "", FieldFlags::None, only<Kind::Hearing>, Text::OutcomeSummary, outcome},
    {"endorse", "anbefal", "ID [TEXT] | ID --withdraw", "ID [TEKST] | ID --withdraw", 1, 2, "withdraw", FieldFlags::None,
     only<Kind::Initiative>, Text::EndorseSummary, endorse},
    {"lighthouse", "fyrtårn", "ID [TEXT] | ID --withdraw", "ID [TEKST] | ID --withdraw", 1, 2, "withdraw", FieldFlags::None,
     only<Kind::Initiative>, Text::LighthouseSummary, lighthouse},
    {"comment", "kommenter", "ID TEXT", "ID TEKST", 2, 2, "", FieldFlags::None, has_comments, Text::CommentSummary, comment},
    {"conflicts", "konflikter", "", "", 0, 0, "network", FieldFlags::None, always, Text::KindConflictsSummary, kind_conflicts},
    {"resolve", "afgør|løs", "ID FIELD --choose N | --combine | --value V [--seen MARK]",
     "ID FELT --choose N | --combine | --value V [--seen MÆRKE]", 2, 2, "choose|combine|value|seen", FieldFlags::None, always,
     Text::ResolveSummary, kind_resolve},
    {"import", "importer|indlæs", "FILE [--format csv|ics|vcf] [--dry-run] [--again]",
     "FIL [--format csv|ics|vcf] [--prøv] [--again]", 1, 1, "format|network|again|dry-run|prøv", FieldFlags::None, always,
     Text::ImportSummary, import_file},
    {"export", "eksporter|gem-som", "[FILE] [--format csv|ics|vcf|json]", "[FIL] [--format csv|ics|vcf|json]", 0, 1,
     "format|network", FieldFlags::None, always, Text::ExportSummary, export_file},
};

}  // namespace

std::span<const Command> commands() { return kCommands; }

std::span<const KindVerb> kind_verbs() { return kKindVerbs; }

}  // namespace budstikke::cli
