// What an import gives and an export takes: records as texts, between the table of kinds and the file formats.
//
// Shape        Fields are pairs of a field's name (kinds.h) and canonical texts (check.h, moment.h; "yes" or "no" for a bool).
//              In an Item every field that the file speaks of is there: with no values when the file says that there is none
//              (an empty cell, an event without a place). A field that is not there is one the file says nothing about, such
//              as one for which a table has no column. A register has at most one value.
// Invariants   An Item is whole: each of its values fits its field. One bad value keeps its item out, and is in `errors`.
//              Re-importing an export finds its own record: its uid is "<52 base32 letters>@budstikke".
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/base/time.h"
#include "protocol/records/check.h"
#include "protocol/records/kinds.h"

namespace budstikke::formats {

using FieldTexts = std::vector<std::pair<std::string, std::vector<std::string>>>;

struct Item {
  std::size_t line = 0;  // where it begins in the file, from 1
  std::string uid;       // empty when the file gives none; for one of a series UID#RECURRENCE-ID, the latter canonical
  FieldTexts fields;
};

struct RowError {
  std::size_t line = 0;
  FieldFault why = FieldFault::Row;
  std::string field;    // the field's name, or empty when the item as a whole cannot be read
  std::string message;  // English; never holds the text itself
};

struct Imported {
  std::vector<Item> items;
  std::vector<RowError> errors;
  std::vector<std::string> not_kept;  // properties, components or column headings that no field holds; sorted, each once
};

struct ExportRecord {
  std::string id;    // base32 of the record id, 52 letters
  WallTime changed;  // when the record last changed
  FieldTexts fields;
  std::string uid = {};  // what the file it was imported from called it; empty, or one of a series: "<id>@budstikke" is written
};
std::string uid_of(const ExportRecord& record);

// The values under a field's name; empty when there are none.
std::span<const std::string> values_of(const FieldTexts& fields, std::string_view name);
std::string_view first_of(const FieldTexts& fields, std::string_view name);  // the first value, or empty
bool speaks_of(const FieldTexts& fields, std::string_view name);

// "<id>@budstikke", and back: the id in capital letters, or empty when the text is no such uid.
std::string uid_of(std::string_view id);
std::string id_of_uid(std::string_view uid);

// Equal values, where sets may be in any order and a field without values is as good as none.
bool same_fields(const KindInfo& kind, const FieldTexts& a, const FieldTexts& b);

// Collects what a file says about one item, checks each value, and delivers the item or the reasons why not.
class Draft {
 public:
  Draft(const KindInfo& kind, std::size_t line) : kind_(kind) { item_.line = line; }
  void set_uid(std::string uid) { item_.uid = std::move(uid); }
  const std::string& uid() const { return item_.uid; }
  // The file speaks of this field, whether or not a value follows.
  void mention(std::string_view field);
  // One value of a field of the kind. Blank text only mentions the field; line breaks in a one-line text become spaces; a
  // second value of a register and a repeated value of a set are left out.
  void add(std::string_view field, std::string_view text, std::size_t line);
  void fail(std::size_t line, FieldFault why, std::string_view field, std::string message);
  const FieldTexts& fields() const { return item_.fields; }
  void replace(FieldTexts fields) { item_.fields = std::move(fields); }
  bool failed() const { return !errors_.empty(); }
  // Moves the item, or its errors, to the end of `out`. An item with neither uid nor what its kind is known by (the
  // natural_key of the table of kinds) is refused as Empty.
  void deliver(Imported& out);

 private:
  const KindInfo& kind_;
  Item item_;
  std::vector<RowError> errors_;
};

void sort_not_kept(Imported& imported);

}  // namespace budstikke::formats
