// A change of the node's transport key, from the wish to a door that has the new one.
//
// How          1. the new secret is made in keys/transport-next.key
//              2. the node states its public key in every network (PROTOCOL.md, operation 11); its door keeps the former one
//              3. once all members know of it (Node::unaware_of_transport), or a person will not wait, or after kKeyChangeLasts,
//              the
//                 file takes the place of keys/transport.key, by one rename, and the core begins again with another door
//              Others let both keys in until they have seen the new one, and 30 days at most. Who hears of it only after step 3
//              hears of it from other members, or by a bundle.
// Invariants   Whenever the process ends, the next one finds in the home where it was and goes on: before step 3 the door has
//              the former key, which everybody knows; after it the new one, which was stated and committed before.
// Errors       As of key files. Nothing is lost by one: the step is tried again.
#pragma once

#include <set>

#include "daemon/home.h"
#include "protocol/node/node.h"

namespace budstikke::daemon {

class KeyChange {
 public:
  static constexpr Millis kLastNews{5'000};  // for those with a link to hear of it, when a person will not wait for the others

  // The one that an earlier run has begun, if any.
  static Result<KeyChange> found_in(const Home& home);
  bool is_under_way() const { return next_.has_value(); }
  Status begin(const Home& home);
  void hurry(Instant now) { hurried_ = hurried_.value_or(now); }

  // States it wherever it was not stated yet. Durable after the next commit.
  Status state(Node& node, Now now) const;
  // Who must hear of it before it is taken into use.
  std::set<MemberKey> waits_for(const Node& node) const;
  // When it was first stated, and when it is taken into use at the latest; nullopt before.
  std::optional<WallTime> stated(const Node& node) const;
  std::optional<WallTime> latest(const Node& node) const;
  bool is_due(const Node& node, Now now) const;
  // Step 3's rename. There is none under way afterwards.
  Status take_into_use(const Home& home);

 private:
  std::optional<TransportKey> next_;
  std::optional<Instant> hurried_;  // when a person said so
};

}  // namespace budstikke::daemon
