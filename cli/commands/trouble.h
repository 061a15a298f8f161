// What is not well with a node, as its `status` tells: in the reader's words, with what to do.
#pragma once

#include <string>
#include <vector>

#include "cli/context.h"

namespace budstikke::cli {

// What the node itself reports: its disk, its store, its door. Empty when all is well.
std::string trouble_text(const Context& context, const Value& status);
void print_trouble(Context& context, const Value& status);
// Whose clock is off: ours, when others agree that it is; else theirs.
struct ClockText {
  bool own = false;
  std::string text;
};
std::vector<ClockText> clock_texts(const Context& context, const Value& status);
void print_clocks(Context& context, const Value& status);
// A line, indented, from 30 days before this node's role in a network ends, and once it has. `member` is this node.
void print_role_end(Context& context, const std::string& member, const Value& network);
// Likewise of the council's term, until its record has the end of the next one.
void print_term_end(Context& context, const Value& network);
// That another transport key is on its way, and whom it waits for.
void print_key_change(Context& context, const Value& status);
// All of these, of the node and of each of its networks.
void print_warnings(Context& context, const Value& status);

}  // namespace budstikke::cli
