// X-BUDSTIKKE lines: what iCalendar and vCard have no place for, so that re-importing our own export gives equal records.
//
// Shape        X-BUDSTIKKE-<FIELD>:value with the field's name in capitals and '-' for '_', a line for each value; the value is
// TEXT.
//              X-BUDSTIKKE-NONE:<FIELD> says that the record has none, although the standard lines read as one. Others that write
//              our file again keep only the first of several values of a line that they do not know (vobject), and take a line
//              without a value for an error (libical); the reader takes "value,value" and an empty value, too, as earlier
//              versions wrote them.
// Invariants   The writer reads its own standard lines as any reader would and adds one X line for each field that would come
//              out different: most records need none. The reader believes the X lines only while they still say the same as
//              the standard lines beside them; a file whose standard lines somebody edited is read by these alone.
#pragma once

#include <functional>

#include "protocol/formats/content_lines.h"
#include "protocol/formats/item.h"

namespace budstikke::formats {

// The standard lines for fields, each ended by CRLF, without BEGIN, END, UID and time stamps.
using StandardLines = std::function<std::string(const FieldTexts&)>;

bool is_own_line(const ContentLine& line);
// Appends the X lines that make `derived`, which is what the standard lines read as, into `actual`.
void append_own_lines(std::string& out, const KindInfo& kind, const FieldTexts& actual, const FieldTexts& derived);
// The fields with the component's X lines taken in, or as they are when these are stale, broken or absent.
FieldTexts with_own_lines(const KindInfo& kind, const Component& component, const FieldTexts& fields,
                          const StandardLines& standard);

}  // namespace budstikke::formats
