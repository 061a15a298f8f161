// What a node knows of one connection. Plain state; the parts of Node act on it.
#pragma once

#include <deque>

#include "protocol/node/effects.h"
#include "protocol/node/run_receiver.h"

namespace budstikke {

enum class LinkPhase : std::uint8_t {
  Fresh,       // no hello yet
  Invitation,  // the peer's key is an open invitation's: it may only join
  Joining,     // we asked to join through it
  Open,        // hellos exchanged
};

// What was asked of the peer for one log, and what came of it so far.
struct Asked {
  Seq after;
  Instant brought;          // when something new of it last came, or it was asked for
  bool progressed = false;  // something new came
  bool branched = false;    // what came continues from a branch that is not here
  bool declined = false;    // its author's quota is used up: the peer was told to send no more of it for now
};

// What we know of the peer in one network that we share.
struct PeerNetwork {
  std::map<LogId, std::vector<Tip>> tips;                   // what it holds, as far as we know
  bool tips_known = false;                                  // a vector, or equal digests, has told
  std::map<LogId, std::vector<Tip>> incoming[2];            // vectors that are not complete yet, by class
  std::optional<DigestTag> level;                           // the last it told, by itself or as a summary
  std::optional<DigestTag> membership;                      // the digest, as far as that tells it
  std::optional<DigestTag> level_sent;                      // the last it was told
  bool sent_in_full = false;                                // as a summary
  std::optional<DigestTag> agreed_sent;                     // what our hello named as agreed
  bool agreed = false;                                      // the last levels were equal, and that was told
  std::optional<AgreedRow> remembered;                      // what is remembered of it, once its hello has come
  std::optional<DigestTag> vector_sent[2];                  // our digest when it was last sent our vector, by class
  std::map<LogId, Asked> asked;                             // logs under way to us on this link
  bool asking = false;                                      // a want has no done yet
  Instant brought;                                          // of what was asked for, when new entries of other councils last came
  std::set<LogId> from_start;                               // on another branch than ours: to be asked for from the start
  std::set<LogId> fruitless;                                // asked for in vain: not again before the peer sends a new vector
  std::vector<Ledger::MissingValue> asked_values;           // values under way to us, in the order in which they were asked for
  ChangeLink values_after;                                  // the peer was asked for those up to here
  std::set<RecordNumber> lacks;                             // parts of files that it did not have when it was asked
  Instant lacks_since;                                      // the first of them
  bool left_to_others = false;                              // something was not asked of it, since another peer was
  bool values_go_on = false;                                // some came: the next are asked for once these are durable
  std::uint64_t values_epoch = 0;                           // the ledger's missing_epoch() when this pass over them began
  Instant values_asked;                                     // when it began
  std::optional<BucketsMessage> buckets;                    // the peer's, to be compared
  std::optional<Instant> buckets_compared;                  // when its last were
  std::optional<std::pair<DigestTag, DigestTag>> differed;  // own and its state digest when buckets were last sent
};

// Something the peer asked for, or that is pushed to it: a log from `after` on; or, without a log, the done of a want.
struct Outgoing {
  NetworkId network;
  std::optional<LogId> log;
  Seq after;
  std::optional<EntryId> branch;  // the tip to lead to, when the log has forked
  bool is_news = false;           // the peer agreed on what is before it
  bool is_asked = false;          // the peer wants it
};

struct Link {
  LinkId id;
  TransportKey key;
  bool dialed = false;
  LinkPhase phase = LinkPhase::Fresh;
  Nonce nonce;
  std::optional<Hello> hello;       // the peer's
  Millis clock{};                   // the peer's wall clock less our steady one, by what it said last
  Millis clock_told{};              // our wall clock less our steady one, when the peer was last told of it
  std::optional<MemberKey> member;  // the peer, once its hello's signature was checked against a membership
  std::map<NetworkId, PeerNetwork> networks;
  RunReceiver receiver;
  std::deque<Outgoing> outbox;
  std::int64_t credit = 0;       // bytes of runs that may still be sent
  std::uint32_t uncredited = 0;  // bytes of runs received and not yet credited
  Instant heard;                 // when a frame last came
  std::optional<StoreId> other;  // another store of the same member, on a younger link: both run, if this one answers
  Instant progressed;            // when something asked for last came
};

inline std::size_t index_of(LogClass log_class) { return log_class == LogClass::Membership ? 0 : 1; }

}  // namespace budstikke
