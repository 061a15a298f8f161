// Records as the node gives them: fetched page by page, ordered and named for people.
#pragma once

#include <optional>
#include <string>

#include "cli/context.h"
#include "protocol/records/kinds.h"

namespace budstikke::cli {

inline constexpr int kPageRecords = 200;  // records asked for at a time; the node may send fewer

// Every record that `record.list` with these arguments gives, in order of id. A failure has been reported.
std::optional<Value::Array> fetch_records(Context& context, const KindInfo& kind, Value args = Value::map());

// The field whose text names a record: the first line of text that lists show.
const Field* title_field(const KindInfo& kind);
std::string title_of(const KindInfo& kind, const Value& record);
// The field lists are ordered by: the first date that lists show, else the title.
void order_for_people(const KindInfo& kind, Value::Array& records);
// A text that sorts as Danes expect: without regard to case, æ ø å last, aa as å, ä as æ, ö as ø, ü as y, other accents as none.
std::string sort_key(std::string_view text);

// `{kind, id}`, how a command names one record to the node.
Value named(const KindInfo& kind, const std::string& id);

// "Gemt: begivenhed K3F9QX…" for a reply with `id` and `short`; the full id alone when quiet; the reply itself as JSON.
void print_done(Context& context, Text text, const KindInfo& kind, const Value& reply, const std::string& reading = {});

}  // namespace budstikke::cli
