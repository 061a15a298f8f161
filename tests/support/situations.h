// What came up in the random histories of a test, counted: a random test that never met a concurrent remove has not tested one.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "tests/support/twin_fold.h"

namespace budstikke::tests {

enum class Situation : std::uint8_t {
  EditBesideRemove,    // a remove that saw something, and an edit it had not seen
  Hidden,              // a record that is removed
  Restored,            // a remove that was taken back
  AddBesideTake,       // a take of one element, and an add of its field that it had not seen
  WritesSideBySide,    // several live values of one register
  EqualSideBySide,     // several live writes of one value
  VoidOperation,       // one that its author had no right to
  ValidOverVoid,       // a valid operation that names a void one
  ReachedThroughVoid,  // something overwritten only because what named it was void and is overwritten
  SharedLater,         // an edit that is valid only since the owner shared
  NeverArrives,        // a reference to what is not there
  UnknownClass,
  UnknownField,
  UnknownKind,
  TwoDevicesAnswer,  // two live answers of one council in one field
  CommentTakenBack,
  OthersCommentNamed,  // a valid retract that names another council's comment
  NoStanding,          // an author who is no member
  ReaderWrites,
  CreationLate,     // an order in which the record's first change was not the first to come
  PredecessorLate,  // an order in which an operation came before one that it names
  Repeated,         // a change that came twice
};
inline constexpr std::size_t kSituations = 22;

class Situations {
 public:
  std::uint64_t cases = 0, orders = 0, operations = 0;

  void add(Situation what, std::uint64_t times = 1) { counts_[static_cast<std::size_t>(what)] += times; }
  // A history in the order of writing, and what the twin made of it. Each situation counts once a history.
  void count(const RecordKey& key, const std::vector<FoldChange>& written, const TwinState& twin);
  // One order in which its changes came.
  void count_order(const std::vector<FoldChange>& written, const std::vector<FoldChange>& order);
  // One line a situation, for the test's output.
  std::string table(const std::string& title) const;
  // Those that never came up, but for the ones that this test cannot have.
  std::vector<std::string> never(const std::vector<Situation>& without) const;

 private:
  std::array<std::uint64_t, kSituations> counts_{};
};

}  // namespace budstikke::tests
