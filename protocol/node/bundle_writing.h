// Writes a bundle: what others are not known to hold, as one stream of bytes that is made as it is taken.
//
// Shape        wire/bundle.h: a section for each network: opening, both vectors, runs of membership logs, those of data logs,
// end.
//              A membership log comes after those that admit its author, so that a reader who knows none of them takes all.
// Invariants   Sealed to every member of the section's network that has stated a key and was not removed, and to nobody else.
//              Values that an erasure reaches are not written, whether they are destroyed here yet or not.
// Errors       Of the store. NotFound when a network is gone meanwhile.
// Cost         A run in memory, and a place for each log that has something to write.
// Threads      As the node, which must outlive it. Writing to the node between two calls does no harm.
#pragma once

#include <deque>

#include "protocol/node/node.h"
#include "protocol/wire/bundle.h"

namespace budstikke {

class BundleWriting {
 public:
  struct Section {
    NetworkId network;
    std::size_t recipients = 0;           // keys that it is sealed to
    std::vector<MemberKey> without_key;   // members that have stated none: they cannot read it
    std::uint64_t entries = 0;            // written so far
    std::map<LogNumber, Seq> after = {};  // what is left out of a log, since all that were named hold it
    std::vector<LogId> logs = {};         // with something to write
  };
  // Everything, or what at least one of the members in `since` is not known to hold; those who are no members of a network count
  // for nothing in it.
  BundleWriting(Node& node, const std::vector<NetworkId>& networks, const std::vector<MemberKey>& since, bool all);
  const std::vector<Section>& sections() const { return sections_; }
  // At least `about` more bytes, or as many as are left; none when all were given.
  Result<Bytes> next(std::size_t about, Now now);
  bool is_complete() const { return at_ == sections_.size(); }

 private:
  void plan(Section& section, const Network& network, const std::vector<MemberKey>& since, bool all) const;
  void begin(const Network& network, Now now, Bytes& out);
  void add_vector(const Network& network, LogClass log_class, Bytes& out);
  Status add_run(Section& section, const Network& network, Bytes& out);
  void end(Bytes& out);

  Node& node_;
  std::vector<Section> sections_;
  std::size_t at_ = 0;
  std::optional<BundleSealer> sealer_;
  std::deque<Outgoing> left_;  // of this section
};

}  // namespace budstikke
