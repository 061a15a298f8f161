// The table of kinds as a later version of the program may have it: the one that ships, a field more and a kind more. Linked into
// budstikked-next and budstikke-next before the library, which then does not bring its own. No other code differs.
#include "protocol/records/kinds.h"

#include <vector>

// Under other names, so that the table that ships can be read here and is written only once.
#define kinds shipped_kinds
#define find_kind shipped_find_kind
#include "protocol/records/kinds.cpp"  // NOLINT(bugprone-suspicious-include): its table is not in its header
#undef kinds
#undef find_kind

namespace budstikke {
namespace kind_table {
namespace {

constexpr auto kRoomKind = static_cast<Kind>(10);
constexpr Choice kBooking[] = {{"yes", "ja"}, {"no", "nej"}};

constexpr Field kSponsor = {77, "sponsor", Register, Text, "sponsor", "", "", "", "who pays", "hvem der betaler"};

// One of each class.
constexpr Field kRoom[] = {
    {kSharedField, "shared", Flag, YesNo, "fælles", "", "", "", "may every council edit it", "må alle råd rette i det"},
    {2, "name", Register, Text, "navn", "", "", "", "what it is called", "hvad det hedder", {}, true, true},
    {3, "seats", Register, Number, "pladser", "", "", "", "how many it seats", "hvor mange der er plads til", {}, true},
    {4, "equipment", Set, Text, "udstyr", "", "", "", "what is in it", "hvad der er i det"},
    {5, "bookings", Answers, OneOf, "bookinger", "", "", "", "which councils use it", "hvilke råd der bruger det", kBooking},
    {6, "comments", Comments, LongText, "kommentarer", "", "", "", "what others say", "hvad andre siger"},
};

std::vector<KindInfo> later_kinds() {
  static const std::vector<Field> event = [] {
    const KindInfo& shipped = *shipped_find_kind(Kind::Event);
    std::vector<Field> fields(shipped.fields.begin(), shipped.fields.end());
    fields.push_back(kSponsor);
    return fields;
  }();
  std::vector<KindInfo> all(shipped_kinds().begin(), shipped_kinds().end());
  for (KindInfo& kind : all) {
    if (kind.kind == Kind::Event) kind.fields = event;
  }
  all.push_back({kRoomKind, "room", "lokale", "rooms", "lokaler", true, "name", kRoom});
  return all;
}

}  // namespace
}  // namespace kind_table

std::span<const KindInfo> kinds() {
  static const std::vector<KindInfo> all = kind_table::later_kinds();
  return all;
}

const KindInfo* find_kind(Kind kind) {
  for (const KindInfo& info : kinds()) {
    if (info.kind == kind) return &info;
  }
  return kind == Kind::Network ? shipped_find_kind(kind) : nullptr;
}

const KindInfo* find_kind(std::string_view name_or_alias) {
  for (const KindInfo& info : kinds()) {
    if (info.name == name_or_alias || info.danish == name_or_alias) return &info;
  }
  return nullptr;
}

}  // namespace budstikke
