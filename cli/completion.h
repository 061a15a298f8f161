// What a half-typed command line may go on with, for the shells. `budstikke __complete WORDS…` prints it, the last word being the
// one that is typed; `budstikke completion bash|zsh|fish` prints the few lines that make a shell ask.
//
// Shape        One candidate a line, then a tab and what it is, where there is something to say. What can follow is read from
//              the tables of commands and kinds, and from their usage: ID, MEMBER, NETWORK, ROLE, FIELD, KIND, NOUN and words
//              with '|' between them have candidates, FILE and the others have none, so that the shell offers files. A name
//              of a record may be typed where its id goes: `event show Åb` finds the meeting.
// Errors       None: where the node does not answer, there are no candidates.
// Cost         One to nine questions to the node for ids, each waited for at most kCompletionTimeout.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/io.h"
#include "cli/text.h"
#include "protocol/base/time.h"

namespace budstikke::cli {

inline constexpr Millis kCompletionTimeout{300};  // a person waits for it with a finger on the key

struct Candidate {
  std::string text;
  std::string about = {};
};

// Those that go with the last of `words`, in order.
std::vector<Candidate> candidates_for(Io& io, const std::vector<std::string>& words);

// The lines for a shell; empty for one that is not known.
std::string_view completion_script(std::string_view shell);

}  // namespace budstikke::cli
