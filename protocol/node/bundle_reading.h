// Reads a bundle into a node: the runs in it go the way of those that come over a link, and nothing else of it is taken.
//
// Invariants   A section counts only when a member wrote it, as in a session: one by a stranger, by a key that was removed, or of
//              another network is refused before anything of it is used. Every run is verified whole before any of it is stored.
//              What the writer says it holds is believed once the section's end is there and signed.
// Errors       Malformed, Forged: what was written is not what is here; reading ends. The runs before it were verified and stay,
//              as sections() says. Else of the store.
// Cost         A frame and a run in memory, whatever the size of the file. Call feed() with at most a MiB at a time, and commit
//              in between.
// Threads      As the node, which must outlive it.
#pragma once

#include "protocol/node/node.h"
#include "protocol/wire/bundle.h"

namespace budstikke {

class BundleReading {
 public:
  enum class Refused : std::uint8_t {
    No,
    Network,   // of a network that this node is not in, or whose members are not known here yet
    Stranger,  // by a key that is no member here
    Removed,   // by a member that was shut out
    Unsigned,  // not signed by the member that it names
  };
  struct Section {
    NetworkId network;
    MemberKey writer;
    WallTime created;
    Refused refused = Refused::No;
    bool is_whole = false;       // read to its signed end
    std::uint64_t added = 0;     // entries that were not here
    std::uint64_t known = 0;     // runs that were here
    std::uint64_t unusable = 0;  // runs that follow what is not here, or whose author is not known
    std::uint64_t left_out = 0;  // runs that a removal leaves out
    std::uint64_t missing = 0;   // entries that the writer holds and that are not here, once it is whole
  };
  BundleReading(Node& node, const SealingPair& own) : node_(node), opener_(own) {}
  Status feed(View bytes, Now now);
  // To be called when the file has ended.
  Status finish(Now now);
  const std::vector<Section>& sections() const { return sections_; }
  std::size_t foreign() const { return foreign_; }  // sections that are sealed to others

 private:
  Status take(Bytes frame, Now now);
  Status open(View frame);
  Refused judge(const BundleOpening& opening) const;
  Status take_vector(VectorMessage& message);
  Status take_run(const Message& message, Bytes frame, Now now);
  Status end(View frame, Now now);

  Node& node_;
  BundleOpener opener_;
  std::vector<Section> sections_;
  std::size_t foreign_ = 0;
  bool is_open_ = false;  // the section's opening was read
  bool has_ended_ = false;
  std::map<LogId, std::vector<Tip>> vector_;  // as the writer says
  RunReceiver receiver_;
  bool within_run_ = false;
  std::optional<Error> failed_;
};

}  // namespace budstikke
