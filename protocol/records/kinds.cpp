#include "protocol/records/kinds.h"

#include <algorithm>
#include <iterator>

namespace budstikke {
namespace kind_table {  // of its own, since the short words of the table are types elsewhere
namespace {

using enum FieldClass;
using enum FieldType;

// The seven areas of the councils' report of 2007, in its order, with short and English names.
constexpr Choice kAreas[] = {
    {"Beskæftigelse og ligestilling på arbejdsmarkedet", "beskæftigelse|arbejdsmarked|employment"},
    {"Unges uddannelse", "uddannelse|education"},
    {"Kriminalitet blandt unge", "kriminalitet|crime|youth crime"},
    {"Diskrimination", "diskrimination|discrimination"},
    {"Unges foreningsliv", "foreningsliv|unges deltagelse i foreningslivet|associations"},
    {"Kulturelle arrangementer", "kultur|culture|cultural events"},
    {"Kvinder og ligestilling", "ligestilling|kvinder|kvinder og ligestilling mellem kønnene|women|gender equality"},
};
constexpr Choice kInitiativeStatus[] = {
    {"proposed", "foreslået"}, {"running", "i drift|igangværende"}, {"done", "afsluttet|færdig"}, {"stopped", "stoppet|opgivet"}};
constexpr Choice kImportance[] = {{"low", "lav"}, {"normal", "normal"}, {"high", "høj|vigtig"}};
constexpr Choice kRsvp[] = {{"yes", "ja|kommer"}, {"no", "nej|kommer ikke"}, {"maybe", "måske"}};
constexpr Choice kReceipt[] = {{"confirmed", "bekræftet"}};
constexpr Choice kShown[] = {{"shown", "vist|set|læst"}};
constexpr Choice kEndorsed[] = {{"endorsed", "anbefalet|anbefales|støttet"}};
constexpr Choice kLighthouse[] = {{"lighthouse", "fyrtårn"}};
constexpr Choice kPosition[] = {{"answered", "svaret|besvaret"}, {"abstained", "undladt|undlader at svare|afstår"}};
constexpr Choice kOutcome[] = {{"followed", "fulgt|imødekommet"},
                               {"partly", "delvist fulgt|delvist|delvis"},
                               {"not", "ikke fulgt|ikke imødekommet|not followed"},
                               {"no-answer", "intet svar|ubesvaret|no answer"}};

// One row a line.
// clang-format off
constexpr Field kCouncil[] = {
    {2, "name", Register, Text, "navn", "", "FN", "råd", "the council's name", "rådets navn", {}, true, true},
    {3, "municipality", Register, Text, "kommunekode", "", "", "kommune|kode", "four-digit municipality code", "firecifret kommunekode", {}, true},
    {4, "region", Register, Text, "region", "", "", "", "the region it belongs to", "regionen det hører til", {}, true},
    {5, "term_end", Register, Date, "periode slut", "", "", "periode|valgperiode", "when the council's term ends", "hvornår rådets periode slutter"},
    {6, "chair", Register, Text, "formand", "", "", "formandskab", "who chairs the council", "hvem der er formand"},
    {7, "secretary", Register, Text, "sekretær", "", "", "sekretariat", "who to write to", "hvem man skriver til"},
    {8, "web", Register, Url, "hjemmeside", "", "URL", "web|www", "the council's web page", "rådets hjemmeside"},
    {9, "node", Set, Text, "knude", "", "", "", "where the council's nodes can be reached; kept by the program", "hvor rådets knuder kan nås; holdes af programmet"},
    {10, "email", Set, Email, "e-mail", "", "EMAIL", "email|mail", "where to write to the secretary", "hvor man skriver til sekretæren"},
    {11, "phone", Set, Phone, "telefon", "", "TEL", "tlf", "where to call the secretary", "hvor man ringer til sekretæren"},
    {12, "silent_since", Register, Date, "stille siden", "", "", "inaktiv siden|hviler siden", "since when the council has been at rest, as it says itself", "hvornår rådet gik i stå, som det selv siger"},
};

constexpr Field kContact[] = {
    {2, "name", Register, Text, "navn", "", "FN", "fulde navn|name|full name", "name of the person or office", "navn på person eller kontor", {}, true, true},
    {3, "role", Register, Text, "rolle", "", "TITLE", "titel|stilling|job title|title", "what they do", "hvad de laver", {}, true},
    {4, "organisation", Register, Text, "organisation", "", "ORG", "organisation|firma|råd|company", "where they do it", "hvor de gør det", {}, true},
    {5, "email", Set, Email, "e-mail", "", "EMAIL", "email|mail|e-mail-adresse|e-mail address", "e-mail address", "e-mailadresse", {}, true},
    {6, "phone", Set, Phone, "telefon", "", "TEL", "tlf|mobil|telefonnummer|mobile phone|business phone", "telephone number", "telefonnummer", {}, true},
    {7, "address", Register, LongText, "adresse", "", "ADR", "postadresse", "postal address", "postadresse"},
    {8, "languages", Set, Text, "sprog", "", "LANG", "sprog", "language they speak", "sprog de taler"},
    {9, "lists", Set, Text, "lister", "", "CATEGORIES", "liste|kategorier|grupper|categories", "mailing list they are on", "liste de står på"},
    {10, "notes", Register, LongText, "noter", "", "NOTE", "note|bemærkninger|notes", "anything else", "andet"},
    {11, "other_names", Set, Text, "andre navne", "", "NICKNAME", "kaldenavn|kaldenavne|nickname", "another name or spelling they are found by", "et andet navn eller en anden stavemåde de findes på"},
    {12, "other_roles", Set, Text, "andre roller", "", "ROLE", "roller|hverv", "what else they do", "hvad de ellers laver"},
    {13, "consent", Register, LongText, "samtykke", "", "", "samtykkenote", "what they agreed to have kept here, and when", "hvad de har sagt ja til at der står her, og hvornår"},
};

constexpr Field kInitiative[] = {
    {kSharedField, "shared", Flag, YesNo, "fælles", "", "", "delt", "may every council edit it", "må alle råd rette i det"},
    {2, "title", Register, Text, "titel", "", "", "navn|name", "what it is called", "hvad det hedder", {}, true, true},
    {3, "area", Register, Suggested, "område", "", "", "indsatsområde", "area of work", "indsatsområde", kAreas, true},
    {4, "origin", Register, Text, "råd", "", "", "oprindelse|fra|council", "the council it comes from", "rådet det kommer fra", {}, true},
    {5, "tags", Set, Text, "mærker", "", "", "emneord|tags", "free word to find it by", "frit ord at finde det på"},
    {6, "status", Register, Suggested, "status", "", "", "", "proposed, running, done, stopped", "foreslået, i drift, afsluttet, stoppet", kInitiativeStatus, true},
    {7, "summary", Register, Text, "resumé", "", "", "resume|kort", "in one line", "på én linje"},
    {8, "description", Register, LongText, "beskrivelse", "", "", "tekst", "what is done, and how", "hvad der gøres, og hvordan"},
    {9, "experiences", Register, LongText, "erfaringer", "", "", "erfaring", "what was learned", "hvad man lærte"},
    {10, "start", Register, Date, "start", "", "", "begyndt|fra dato", "when it began", "hvornår det begyndte"},
    {11, "end", Register, Date, "slut", "", "", "afsluttet dato|til dato", "when it ended", "hvornår det sluttede"},
    {12, "budget", Register, Number, "budget", "", "", "kr|beløb", "budget in kroner", "budget i kroner"},
    {13, "partners", Set, Text, "partnere", "", "", "samarbejdspartnere", "who it is done with", "hvem man samarbejder med"},
    {14, "comments", Comments, LongText, "kommentarer", "", "", "", "what others say", "hvad andre siger"},
    {15, "target_group", Set, Text, "målgruppe", "", "", "målgrupper|target groups", "whom it is for", "hvem det er for"},
    {16, "endorsements", Answers, Suggested, "anbefalinger", "", "", "", "which councils endorse it, and why", "hvilke råd der anbefaler det, og hvorfor", kEndorsed},
    {kLighthouseField, "lighthouse", Answers, Suggested, "fyrtårn", "", "", "", "the national council's mark for what others can learn from", "det nationale råds mærke for det som andre kan lære af", kLighthouse},
    {18, "same_as", Set, Record, "samme idé som", "", "", "", "an initiative with the same idea", "et initiativ med samme idé", {}, false, false, Kind::Initiative},
    {19, "attachments", Set, Record, "bilag", "", "", "", "a file that goes with it", "en fil der hører til", {}, false, false, Kind::File},
};

constexpr Field kEvent[] = {
    {kSharedField, "shared", Flag, YesNo, "fælles", "", "", "delt", "may every council edit it", "må alle råd rette i det"},
    {2, "title", Register, Text, "titel", "SUMMARY", "", "emne|overskrift|subject", "what it is", "hvad det er", {}, true, true},
    {3, "start", Register, Moment, "start", "DTSTART", "", "dato|begynder|startdato|start date", "when it starts", "hvornår det begynder", {}, true, true},
    {4, "end", Register, Moment, "slut", "DTEND", "", "slutter|slutdato|end date", "when it ends (all day: the last day)", "hvornår det slutter (heldags: sidste dag)"},
    {5, "all_day", Register, YesNo, "hele dagen", "", "", "heldag|all day event", "does it last whole days", "varer det hele dage"},
    {6, "zone", Register, Zone, "tidszone", "", "", "", "time zone the times are meant in", "tidszonen tiderne er ment i"},
    {7, "rrule", Register, Text, "gentagelse", "RRULE", "", "", "repetition, as in iCalendar", "gentagelse, som i iCalendar"},
    {8, "place", Register, Text, "sted", "LOCATION", "", "lokale|location", "where it is", "hvor det er", {}, true},
    {9, "description", Register, LongText, "beskrivelse", "DESCRIPTION", "", "tekst|description", "what it is about", "hvad det handler om"},
    {10, "url", Register, Url, "link", "URL", "", "web", "web page", "hjemmeside"},
    {11, "type", Register, Text, "type", "CATEGORIES", "", "kategori|categories", "meeting, conference, …", "møde, konference, …", {}, true},
    {12, "organiser", Register, Text, "arrangør", "ORGANIZER", "", "arrangeret af", "who holds it", "hvem der holder det"},
    {13, "cancelled", Register, YesNo, "aflyst", "", "", "", "is it cancelled", "er det aflyst"},
    {14, "rsvp", Answers, OneOf, "svar", "", "", "", "each council's answer: yes, no, maybe", "hvert råds svar: ja, nej, måske", kRsvp},
    {15, "comments", Comments, LongText, "kommentarer", "", "", "", "what others say", "hvad andre siger"},
    {16, "exceptions", Set, Moment, "undtagen", "EXDATE", "", "undtagelser|except", "a day on which it does not repeat", "en dag hvor den ikke gentages"},
    {17, "invitees", Set, Text, "inviterede", "", "", "deltagere|attendees|required attendees", "who is invited", "hvem der er inviteret"},
    {18, "heads", Answers, Number, "antal", "", "", "", "how many come from each council", "hvor mange der kommer fra hvert råd"},
    {19, "attachments", Set, Record, "bilag", "", "", "", "a file that goes with it", "en fil der hører til", {}, false, false, Kind::File},
};

constexpr Field kAnnouncement[] = {
    {2, "title", Register, Text, "titel", "", "", "overskrift", "headline", "overskrift", {}, true, true},
    {3, "category", Register, Text, "kategori", "", "", "", "news, conference, good examples, …", "nyhed, konference, gode eksempler, …", {}, true},
    {4, "importance", Register, Suggested, "vigtighed", "", "", "prioritet", "low, normal, high", "lav, normal, høj", kImportance, true},
    {5, "valid_until", Register, Date, "gælder til", "", "", "udløber|gyldig til", "the last day it matters", "sidste dag det har betydning", {}, true},
    {6, "text", Register, LongText, "tekst", "", "", "beskrivelse|indhold", "the announcement itself", "selve meddelelsen"},
    {7, "receipts", Answers, OneOf, "kvitteringer", "", "", "", "which councils have confirmed it", "hvilke råd der har bekræftet", kReceipt},
    {8, "audience", Set, Text, "målgruppe", "", "", "modtagere|målgrupper", "whom it concerns", "hvem det vedrører"},
    {9, "seen", Answers, OneOf, "vist", "", "", "", "at which councils it has been shown", "hos hvilke råd den er vist", kShown},
    {10, "attachments", Set, Record, "bilag", "", "", "", "a file that goes with it", "en fil der hører til", {}, false, false, Kind::File},
};

constexpr Field kHearing[] = {
    {2, "title", Register, Text, "titel", "", "", "emne", "what is heard", "hvad der høres om", {}, true, true},
    {3, "authority", Register, Text, "myndighed", "", "", "afsender", "who asks", "hvem der spørger", {}, true},
    {4, "case", Register, Text, "sagsnummer", "", "", "sag|sagsnr|journalnummer", "case number", "sagsnummer"},
    {5, "received", Register, Date, "modtaget", "", "", "", "when it came", "hvornår den kom"},
    {6, "deadline", Register, Date, "frist", "", "", "høringsfrist", "last day to answer", "sidste dag at svare", {}, true},
    {7, "description", Register, LongText, "beskrivelse", "", "", "tekst", "what it is about", "hvad den handler om"},
    {8, "responses", Answers, LongText, "svar", "", "", "", "each council's answer", "hvert råds svar"},
    {9, "addressees", Set, Text, "høringsparter", "", "", "adressater|høringspart", "who is asked", "hvem der er spurgt"},
    {10, "drafts", Answers, LongText, "udkast", "", "", "", "each council's draft of its answer", "hvert råds udkast til svar"},
    {11, "positions", Answers, OneOf, "stilling", "", "", "", "whether each council answered or abstained", "om hvert råd har svaret eller undladt det", kPosition},
    {12, "outcome", Register, OneOf, "resultat", "", "", "udfald", "what came of it: followed, partly, not, no-answer", "hvad der kom ud af det: fulgt, delvist fulgt, ikke fulgt, intet svar", kOutcome},
    {13, "outcome_note", Register, LongText, "begrundelse", "", "", "note om resultat", "what the authority said", "hvad myndigheden sagde"},
    {14, "attachments", Set, Record, "bilag", "", "", "", "a file that goes with it", "en fil der hører til", {}, false, false, Kind::File},
};

constexpr Field kDocument[] = {
    {kSharedField, "shared", Flag, YesNo, "fælles", "", "", "delt", "may every council edit it", "må alle råd rette i det"},
    {2, "title", Register, Text, "titel", "", "", "navn", "what it is called", "hvad det hedder", {}, true, true},
    {3, "category", Register, Text, "kategori", "", "", "type", "rules of procedure, template, minutes, …", "forretningsorden, skabelon, referat, …", {}, true},
    {4, "version", Register, Text, "version", "", "", "udgave", "which edition", "hvilken udgave", {}, true},
    {5, "language", Register, Text, "sprog", "", "", "", "language it is written in", "sproget det er skrevet på", {}, true},
    {6, "comments", Comments, LongText, "kommentarer", "", "", "", "what others say", "hvad andre siger"},
    {7, "based_on", Set, Record, "bygger på", "", "", "", "a document it was made from", "et dokument det er lavet ud fra", {}, false, false, Kind::Document},
    {8, "file", Register, Record, "fil", "", "", "", "the document itself, a file of at most 64 MiB", "selve dokumentet, en fil på højst 64 MiB", {}, false, false, Kind::File},
};

constexpr Field kPlan[] = {
    {2, "year", Register, Date, "år", "", "", "", "the year it is for", "året den gælder", {}, true, true},
    {3, "title", Register, Text, "titel", "", "", "navn", "what it is called", "hvad den hedder", {}, true},
    {4, "priorities", Set, Suggested, "indsatsområder", "", "", "prioriteter", "area the council puts first", "område rådet sætter først", kAreas, true},
    {5, "goals", Set, Text, "mål", "", "", "", "what the council wants to reach", "hvad rådet vil nå"},
    {6, "follow_up", Register, LongText, "opfølgning", "", "", "evaluering", "what became of it", "hvad det blev til"},
};

constexpr Field kNetwork[] = {
    {2, "name", Register, Text, "navn", "", "", "", "what the network is called", "hvad netværket hedder", {}, true, true},
};

constexpr Field kFile[] = {
    {kFileNameField, "name", Register, Text, "navn", "", "", "", "what the file is called", "hvad filen hedder", {}, true, true},
    {kFileSizeField, "size", Register, Number, "størrelse", "", "", "", "how many bytes it has", "hvor mange byte den har"},
    {kFileHashField, "hash", Register, Text, "kontrolsum", "", "", "", "what its content is known by", "hvad dens indhold kendes på"},
    {kChunksField, "chunks", Set, Content, "indhold", "", "", "", "its content, in pieces", "dens indhold, i stykker"},
};

constexpr KindInfo kKinds[] = {
    {Kind::Council, "council", "råd", "councils", "råd", false, "name", kCouncil},
    {Kind::Contact, "contact", "kontakt", "contacts", "kontakter", false, "name+organisation", kContact},
    {Kind::Initiative, "initiative", "idé", "initiatives", "idéer", true, "title+origin", kInitiative},
    {Kind::Event, "event", "begivenhed", "events", "begivenheder", true, "title+start", kEvent},
    {Kind::Announcement, "announcement", "meddelelse", "announcements", "meddelelser", false, "title", kAnnouncement},
    {Kind::Hearing, "hearing", "høring", "hearings", "høringer", false, "case|title+authority", kHearing},
    {Kind::Document, "document", "dokument", "documents", "dokumenter", true, "title+version", kDocument},
    {Kind::Plan, "plan", "plan", "plans", "planer", false, "year+title", kPlan},
};
constexpr KindInfo kFileKind = {Kind::File, "file", "fil", "files", "filer", false, "", kFile};
constexpr KindInfo kNetworkKind = {Kind::Network, "network", "netværk", "networks", "netværk", false, "name", kNetwork};
// clang-format on

consteval bool field_numbers_are_unique() {
  for (const KindInfo& kind : kKinds) {
    for (std::size_t i = 0; i < kind.fields.size(); ++i) {
      if ((kind.fields[i].number == kSharedField) != (kind.fields[i].field_class == Flag)) return false;
      for (std::size_t j = 0; j < i; ++j) {
        if (kind.fields[i].number == kind.fields[j].number || kind.fields[i].name == kind.fields[j].name) return false;
      }
    }
  }
  return true;
}
static_assert(field_numbers_are_unique());

}  // namespace
}  // namespace kind_table

std::span<const KindInfo> kinds() { return kind_table::kKinds; }

const KindInfo* find_kind(Kind kind) {
  for (const KindInfo& info : kind_table::kKinds) {
    if (info.kind == kind) return &info;
  }
  if (kind == Kind::File) return &kind_table::kFileKind;
  return kind == Kind::Network ? &kind_table::kNetworkKind : nullptr;
}

const KindInfo* find_any_kind(std::string_view name) {
  for (const KindInfo* info : {&kind_table::kFileKind, &kind_table::kNetworkKind}) {
    if (info->name == name) return info;
  }
  const auto at = std::find_if(std::begin(kind_table::kKinds), std::end(kind_table::kKinds),
                               [&](const KindInfo& info) { return info.name == name; });
  return at != std::end(kind_table::kKinds) ? at : nullptr;
}

bool is_listed(const KindInfo& kind) { return kind.kind != Kind::File && kind.kind != Kind::Network; }

const KindInfo* find_kind(std::string_view name_or_alias) {
  for (const KindInfo& info : kind_table::kKinds) {
    if (info.name == name_or_alias || info.danish == name_or_alias) return &info;
  }
  return nullptr;
}

const Field* find_field(const KindInfo& kind, std::uint8_t number) {
  for (const Field& field : kind.fields) {
    if (field.number == number) return &field;
  }
  return nullptr;
}

const Field* find_field(const KindInfo& kind, std::string_view name) {
  for (const Field& field : kind.fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

bool is_written(const Field& field) {
  return field.field_class != FieldClass::Answers && field.field_class != FieldClass::Comments;
}

}  // namespace budstikke
