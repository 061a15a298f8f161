// Along which links new entries go at once: for every log a tree, rooted at its author, that grows out of who was first.
//
// The idea     At first every link is eager: what is new is sent over it. Whoever gets a thing twice asks the later of the two
//              links to be lazy (prune). Over a lazy link the peer is only told what is here (have), many logs in one message.
//              Who was told of something and does not get it in time asks for it there (graft), which makes that link eager.
//              So each node ends up with one source for each log, the one that was quickest, and finds another when it fails.
// Driven       Made with the key of the node it is of, whose own logs have no source. spread() when entries became durable; the
// calls named after what peers did; tick() at deadline(); then take().
//              One object serves one network. It knows links, logs, sequence numbers and time, and nothing of what is in them.
// Invariants   A link is eager unless its peer pruned it. What a source brought twice does not prune it, or nobody would be left.
//              Nothing is guaranteed: whatever is forgotten or given up here is found by comparing digests, see PROTOCOL.md 12.
// Bounds       Of each log that was pushed, a few bytes a link, until the link goes; at most kMaxAnnounced announced logs that
//              are not here; of what peers are to be told, one number a log and link.
// Determinism  Same calls, same answers.
// Cost         Logarithmic in the logs pushed, linear in links. link_down() looks at every log.
// Source       Leitão, Pereira and Rodrigues, "Epidemic Broadcast Trees" (2007); iroh-gossip's src/proto/plumtree.rs. Different
//              here: a tree for each log instead of one for all; one sequence number instead of a list of message ids; no cache
//              of messages, since everything is in the store; and a log whose source is gone is grafted without waiting.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "protocol/node/effects.h"

namespace budstikke {

class PushTree {
 public:
  explicit PushTree(const MemberKey& self) : self_(self) {}

  // A link that new entries may go over.
  struct Peer {
    LinkId link;
    Seq has;               // what it is known to hold of the log, by whatever way
    bool ready = true;     // false: it has no room for entries now, and is only told of them
    bool patient = false;  // the end of the link that lets the other tell first: one of the two is enough
  };
  struct Send {
    LinkId link;
    Seq after;  // everything from here to the tip
  };
  enum class Kind : std::uint8_t { Have, Graft, Prune };
  struct Message {
    LinkId link;
    Kind kind;
    std::vector<PushedLog> logs;  // have, prune: what is here. graft: the last that is here
  };

  // --- What happens here.
  // Entries of `log` up to `tip` are here and durable. Returns over which links to send them; over the others they are announced.
  std::vector<Send> spread(const LogId& log, Seq tip, std::span<const Peer> peers, Instant now);
  // Entries up to `tip` came over this link in another way than by a push.
  void holds(LinkId link, const LogId& log, Seq tip);
  void link_down(LinkId link);

  // --- What a peer did.
  void brought(LinkId link, const LogId& log, Seq tip);                  // a push, with something new in it
  void repeated(LinkId link, const LogId& log, Seq tip);                 // a push of what was all here already
  void brings(const LogId& log, Instant now);                            // a push that is not complete yet
  void told(LinkId link, const PushedLog& what, Seq here, Instant now);  // have; `here`: what this node holds of the log
  void grafted(LinkId link, const PushedLog& what);                      // graft: to be followed by spread() to this link
  void pruned(LinkId link, const PushedLog& what);                       // prune

  // --- Time, and what is to be sent.
  void tick(Instant now);
  Instant deadline() const { return next_; }
  std::vector<Message> take();  // each with at most kMaxPushedLogs logs

  // --- For tests and measurements.
  std::optional<LinkId> source_of(const LogId& log) const;
  bool is_lazy(LinkId link, const LogId& log) const;
  std::size_t logs() const { return logs_.size(); }
  std::size_t missing() const { return missing_.size(); }

 private:
  struct End {  // of one log at one link
    LinkId link;
    Seq has;
    bool lazy = false;
  };
  struct Branches {
    Seq here;
    LinkId source;  // none: it is written here, or nobody in particular brings it
    std::vector<End> ends;
  };
  struct Missing {
    Seq tip;
    Instant due;
    std::vector<LinkId> tellers;  // in the order in which they told, and not asked yet
  };
  struct Queue {
    Instant due;
    std::map<LogId, Seq> logs;
  };
  static End& end_of(Branches& branches, LinkId link);
  static End& note(Branches& branches, LinkId link, Seq has);
  void announce(LinkId link, const LogId& log, Seq tip, Instant due);
  void arrive(const LogId& log, Branches& branches, Seq tip);
  void tell_those_due(Instant now);
  void graft_what_is_due(Instant now);
  bool graft_next(const LogId& log, Missing& missing);
  void say(LinkId link, Kind kind, const PushedLog& what);

  MemberKey self_;
  std::map<LogId, Branches> logs_;
  std::map<LogId, Missing> missing_;
  std::map<LinkId, Queue> queues_;
  std::vector<Message> out_;
  Instant next_ = kNever;  // or earlier than needed
};

}  // namespace budstikke
