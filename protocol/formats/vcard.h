// Contacts as vCard: 2.1, 3.0 and 4.0 are read, 3.0 (which every program takes) and 4.0 are written.
//
// Shape        Read: each VCARD is one item. FN is the name; without it N, else ORG, else the first address. TITLE (else ROLE)
//              is the role, further ROLEs are other roles; the units of ORG are joined by ", "; a line of an address's own is
//              made of each part of ADR, with postal code and town on one. Quoted-printable and CHARSET of 2.1 are decoded,
//              groups (item1.TEL) ignored, "tel:" and "mailto:" taken off. The first ADR counts, one with TYPE=WORK before
//              others; several NOTEs become one. Written: always FN and N, REV from the record's last change. Equal records give
//              equal bytes.
// Not held     What the standard lines cannot say goes into X-BUDSTIKKE lines (own_lines.h), such as languages in 3.0.
//              Of others' files: photos, birthdays, the TYPEs of numbers and what else is not in the table of kinds is not kept,
//              and named in `not_kept`, TYPEs and other programs' own X- properties excepted. A group (KIND:group) is no contact.
// Errors       The file as a whole: TooLarge, Invalid (UTF-16, or no VCARD in it). Single cards: in `errors`.
#pragma once

#include "protocol/formats/item.h"

namespace budstikke::formats {

enum class VcardVersion : std::uint8_t { V3, V4 };

Result<Imported> read_vcard(std::string_view file);
std::string write_vcard(std::span<const ExportRecord> contacts, VcardVersion version = VcardVersion::V3);

}  // namespace budstikke::formats
