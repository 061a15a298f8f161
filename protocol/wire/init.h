// What the home of a new node is made from, for `budstikked --init` and for the command line that runs it: both look at it by the
// same rules, and how the daemon ends says what went wrong, so that it can be told in the person's language.
#pragma once

#include <cstddef>
#include <string_view>

namespace budstikke {

inline constexpr std::size_t kMaxCouncilNameBytes = 200;  // a line of a list

bool is_council_name(std::string_view text);       // one line of plain text
bool is_municipality_code(std::string_view text);  // four digits
bool is_node_address(std::string_view text);       // host:port, also *:port

enum class InitExit : int {
  Done = 0,
  Failed = 1,        // what no other code tells: the daemon without --quiet says it
  Usage = 2,         // an option is missing or is not as above
  NoRoom = 72,       // the disk is full
  CannotWrite = 73,  // the system refused to make the folder or its files
  Taken = 78,        // there is something in the folder already
};

}  // namespace budstikke
