// What `check` looks at before the store: a table of checks, each of which tells what it found and, where something must be
// mended, by which command or deed.
//
// Shape        A finding is well, ill, or a note: nothing to mend here, as with a peer that is asleep. Its code is a stable
//              English word for programs; the rest is in the reader's words.
// Privacy      What is told can be mailed to somebody who helps: names of councils, addresses of nodes, files of the home.
//              Never a key, and nothing that a record holds but the councils' names.
// Cost         A look at the home's files, and the answer to `status`, for which kDoctorWait is waited.
#pragma once

#include <span>
#include <vector>

#include "cli/context.h"

namespace budstikke::cli {

inline constexpr Millis kDoctorWait{10'000};  // a node that needs longer for its status has a problem to tell of

enum class Health : std::uint8_t { Well, Note, Ill };

struct Finding {
  Health health = Health::Well;
  std::string_view code;
  std::string found;
  std::string mend = {};  // what to do; empty when there is nothing
};

struct Look {
  Context& context;
  const Value* status;  // nullptr when the node does not answer
};

struct DoctorCheck {
  std::string_view name;  // for programs
  Text title;
  bool asks_node;
  void (*look)(const Look&, std::vector<Finding>&);
};

std::span<const DoctorCheck> doctor_checks();

}  // namespace budstikke::cli
