// Who is known to hold what this node holds: the members that are on its level. It is passed on, so that a node knows it also of
// those it has no link with.
//
// Shape        A bit for each member, by rank: equal levels mean equal memberships, and so equal ranks. Of each linked peer the
//              bits that it knows, too.
// Invariants   Everything is of one level; at another level everything begins anew. A bit once set stays.
// Trust        A hint: a member can claim it of others. Nothing is deleted or skipped because of it.
// Cost         A bit for each member, and as much for each link.
#pragma once

#include <map>

#include "protocol/base/bytes.h"
#include "protocol/node/effects.h"
#include "protocol/wire/messages.h"

namespace budstikke {

class Holders {
 public:
  // Forgets everything if what is known is of another level. This node is on it.
  void be_at(const DigestTag& level, std::uint32_t self);
  const DigestTag& level() const { return level_; }
  // The member at the other end of the link is on the level and knows that this node is. `anew`: it was not just now, so that what
  // it was told may have come too early. True when there may be something to tell.
  bool agrees(LinkId link, std::uint32_t rank, bool anew);
  // What a member that agrees says of all. Returns whom it is news of, in order; ranks from `members` on are passed over.
  std::vector<std::uint32_t> told(LinkId link, View bits, std::size_t members);
  // What the peer there is to be told; nothing when it knows all of it. It is taken to know it from now on.
  Bytes news_for(LinkId link);
  void link_down(LinkId link) { knows_.erase(link); }

 private:
  DigestTag level_;
  std::uint32_t self_ = 0;
  Bytes bits_;
  std::map<LinkId, Bytes> knows_;  // those who agree
};

}  // namespace budstikke
