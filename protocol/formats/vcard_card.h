// One VCARD, between vcard_read.cpp and vcard_write.cpp: the standard lines for a contact's fields, and the fields of such lines.
//
// Invariants   Reading what standard_card_lines wrote and writing it again gives the same lines; own_lines.h rests on that.
#pragma once

#include "protocol/formats/content_lines.h"
#include "protocol/formats/vcard.h"

namespace budstikke::formats {

const KindInfo& contact_kind();
// Reads a card's standard lines; what it cannot keep is added to `not_kept`.
Draft read_card(const Component& card, std::vector<std::string>& not_kept);
// From FN (or what stands in for it) and N on, without VERSION, UID and REV.
std::string standard_card_lines(const FieldTexts& fields, VcardVersion version);
VcardVersion version_of(const Component& card);  // 2.1 counts as 3.0

}  // namespace budstikke::formats
