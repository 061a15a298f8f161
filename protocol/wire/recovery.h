// A network's recovery key as it stands on paper, and a recovery as it is handed on to who can be reached no other way.
//
// Shape        On paper: Crockford base32 of key 32 · check 3, 56 letters in 14 groups of four.
//              Handed on: "BUDR1-" and base32 of network 32 · recover operation 229 · check 4.
//              Spaces, line breaks and hyphens between letters, and their case, make no difference.
// Errors       Malformed with a text that says what is wrong. Three bytes of check let one mistyping in 16 million pass, and what
//              passes is not the network's key all the same.
#pragma once

#include <string>

#include "protocol/membership/operations.h"

namespace budstikke {

std::string paper_of(const Seed& recovery_key);
Result<Seed> parse_paper(std::string_view text);

struct HandedRecovery {
  NetworkId network;
  RecoverOperation recover;
};
std::string encode(const HandedRecovery& handed);
Result<HandedRecovery> parse_handed_recovery(std::string_view text);

}  // namespace budstikke
