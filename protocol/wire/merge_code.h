// What one coordinator gives another so that their networks become one: the charter, and where a node of it is reached.
//
// Shape        "BUDM1-" and base32 of: charter operation 250 · reachable members (count 1, at most 4, each transport key 32 ·
//              address length 1 · address) · label length 1 (≤ 100) · label · check 4. Spaces, line breaks and hyphens
//              between letters, and their case, make no difference.
// Invariants   Nothing in it is secret, and it does nothing by itself: both coordinators must take the other's. But whoever
// alters it
//              on its way could name a key of its own; so both sides see nine words over all of it, to compare by telephone.
// Errors       Malformed with a text that says what is wrong.
#pragma once

#include <string>

#include "protocol/membership/operations.h"
#include "protocol/wire/ticket.h"

namespace budstikke {

struct MergeCode {
  FoundOperation founding;
  std::vector<ReachableMember> members;
  std::string label;  // what the network is called where the code was made
};

std::string encode(const MergeCode& code);
Result<MergeCode> parse_merge_code(std::string_view text);
// Nine bytes of it are compared as nine words.
Hash comparison_words(const MergeCode& code);

}  // namespace budstikke
