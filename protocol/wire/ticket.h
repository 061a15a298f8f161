// A ticket: the text that lets one node join one network.
//
// Shape        "BUD1-" and Crockford base32 of: seed 32 · network 32 · expires 8 · reachable members (count 1, each transport
//              key 32 · address length 1 · address) · label length 1 · label · check 4. Spaces, line breaks and the case of
//              letters make no difference, so that it survives an e-mail and a telephone.
//              From the seed follow the ticket's signing key and its CURVE key, whose public halves the invitation holds.
// Errors       parse_ticket: Malformed with a text that says what is wrong with it (not a ticket, a letter missing or wrong).
#pragma once

#include "protocol/base/result.h"
#include "protocol/base/signature.h"
#include "protocol/base/time.h"

namespace budstikke {

struct ReachableMember {
  TransportKey transport;
  std::string address;  // host:port
};

struct Ticket {
  Seed seed;
  NetworkId network;
  WallTime expires;
  std::vector<ReachableMember> members;  // at most 8
  std::string label;                     // what the network is called where the ticket was made; at most 100 bytes
};

std::string encode(const Ticket& ticket);
Result<Ticket> parse_ticket(std::string_view text);

SigningKey ticket_signing_key(const Seed& seed);
TransportPair ticket_transport_key(const Seed& seed);

}  // namespace budstikke
