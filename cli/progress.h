// What is under way, for somebody who waits at a terminal: one line of counts on standard error, written over and over, and gone
// when it is done.
//
// Shape        Nothing is shown before kShownAfter, and nothing at all where standard error is no terminal, with --quiet, or on
//              one that cannot write a line over ("dumb").
// Invariants   The line is gone once the object is: what is said next begins at the start of an empty line.
#pragma once

#include <initializer_list>
#include <string>

#include "cli/context.h"

namespace budstikke::cli {

class Progress {
 public:
  static constexpr Millis kShownAfter{500};
  static constexpr Millis kShownEvery{200};

  Progress(Context& context, Text text) : context_(context), text_(text) {}
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // How far it is; shown when the last time is long enough ago.
  void tell(std::initializer_list<std::string> parts);
  // Takes the line away, before something else is said.
  void clear();
  bool is_wanted() const;
  std::string seconds() const;  // since the command began
  // Calls `call` now and then while the node is awaited, until this goes.
  void while_waiting(std::function<void()> call);

 private:
  Context& context_;
  Text text_;
  Millis next_ = kShownAfter;
  bool is_shown_ = false;
  bool waits_ = false;
};

}  // namespace budstikke::cli
