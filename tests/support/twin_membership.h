// The membership's slow twin: the rule of PROTOCOL.md as questions that are asked anew each time, with nothing remembered.
//
// Cost         Exponential in the depth of who removed whom; for cases of a few dozen operations.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "protocol/membership/membership.h"

namespace budstikke::tests {

// One operation, with the place of its entry.
struct TwinStep {
  NetworkId network;
  MemberKey author;
  OperationId id;
  EntryId entry;
  EntryId previous;  // zero: the log's first
  Incarnation incarnation;
  WallTime stamp;
  MembershipOperation operation;
};

using Keeps = std::map<KeptLog, Tip>;

// What both must agree on, in a form that can be compared and printed.
struct MembershipPicture {
  std::vector<std::string> lines;  // members in order of seniority, invitations, removals, roles
  std::size_t members = 0, removals = 0, leaves = 0, roles = 0, recoveries = 0, rotations = 0;
  std::set<NetworkId> united;  // with which other networks it is one; only the twin knows
  bool operator==(const MembershipPicture& other) const { return lines == other.lines; }
};

MembershipPicture picture_of(const Membership& membership);
// Steps of this network, and of others that may be one with it.
MembershipPicture twin_of(const NetworkId& network, const std::vector<TwinStep>& steps);

}  // namespace budstikke::tests
