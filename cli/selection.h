// Which records `KIND list` shows beyond what the node filters, and in which order.
//
// Shape        `--FIELD-from X` and `--FIELD-to X` (-fra, -til) of dates and numbers, both included: a date counts from its
//              first to its last moment, so that "to 2026" takes in all of that year, and what is known by month only is
//              shown when any day of it fits. `--sort` takes a field, `owner` or `changed`.
// Invariants   Texts are ordered as Danes order them (sort_key), choices as the table of kinds lists them, sets by their first
//              element, answers by how many there are. Records without a value come last in either direction; equal ones stay in
//              the order that they had.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/context.h"
#include "protocol/records/kinds.h"

namespace budstikke::cli {

struct BoundFlag {
  const Field* field;
  bool from;
};
// The bound a flag names; nullopt when it is none.
std::optional<BoundFlag> bound_of_flag(const KindInfo& kind, std::string_view flag);

// One bound, in milliseconds of UTC for dates, else as the number is.
struct Bound {
  const Field* field;
  bool from;
  std::int64_t limit;
};
// Those on the command line. nullopt has been reported.
std::optional<std::vector<Bound>> read_bounds(Context& context, const KindInfo& kind);
bool is_within(const Value& record, const std::vector<Bound>& bounds);

struct Order {
  std::string key;               // of a record as the node gives it; empty: as order_for_people()
  const Field* field = nullptr;  // nullptr: a text that is no field
  bool descending = false;
};
// --sort and --descending. nullopt has been reported.
std::optional<Order> read_order(Context& context, const KindInfo& kind);
void put_in_order(const KindInfo& kind, const Order& order, Value::Array& records);

}  // namespace budstikke::cli
