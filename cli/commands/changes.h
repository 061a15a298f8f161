// A change that has come here, as `watch` and `news` show it.
#pragma once

#include <string>

#include "cli/context.h"

namespace budstikke::cli {

class ChangeLines {
 public:
  // On a terminal "14.02  Ballerup  begivenhed K3F9QX Dialogmøde: sted: Rådhuset → Biblioteket", below its day when that is
  // another one than before, and what was done on a line of its own when it does not fit; else a row with tabs. Empty: the node
  // is newer than this program, which does not know the kind.
  std::string of(Context& context, const Value& change);

 private:
  std::string day_;
};

}  // namespace budstikke::cli
