// Bundles: what nodes say to each other in a session, as a file, for where no link leads. PROTOCOL.md says what each part is for.
//
// Shape        file      sections, one for each network
//              section   mark 16 ("budstikke bundle") · version 1 (= 1) · ephemeral key 32 · count 2 (≥ 1) · sealed keys 48 each
//              ·
//                        stream header 24 · pieces · zeroes 4
//              piece     length 4 (18…65,520) · sealed frame (base/sealing.h)
//              frames    opening, then vectors, runs and parts as on a link, then the end
//              A section is sealed to the members of its network, so that who is in one of them reads nothing of the other.
// Invariants   Frames come in the order in which they were written, whole and unchanged, or not at all. The hash over
//              everything before a frame is kept on both sides: opening and end are signed over it.
// Errors       Malformed: no bundle, cut short, or not what was written; nothing of it may be used from there on.
// Cost         One piece in memory at a time, and an envelope of at most 960 KB.
#pragma once

#include "protocol/base/random.h"
#include "protocol/base/sealing.h"
#include "protocol/wire/messages.h"

namespace budstikke {

// 24 opening: who wrote the section, when, and what it held of the network then.
struct BundleOpening {
  MemberKey writer;
  WallTime created;
  NetworkSummary holds;
  Signature signature;  // the writer's, over all before it ‖ hash of the envelope
};
// 25 end: nothing is missing.
struct BundleEnd {
  std::uint64_t frames = 0;  // opening and end included
  Signature signature;       // the writer's, over all before it ‖ hash over all frames before
};
Bytes encode(const BundleOpening& opening);
Bytes encode(const BundleEnd& end);
Result<BundleOpening> decode_opening(View frame);
Result<BundleEnd> decode_end(View frame);
bool is_bundle_end(View frame);

// What the signatures cover.
Bytes opening_message(const BundleOpening& opening, const Hash& envelope);
Bytes end_message(const BundleEnd& end, const Hash& before);

// Writes one section.
class BundleSealer {
 public:
  // Keys that are no one's are left out; recipients() says how many are left. Without any, nobody can open the section.
  BundleSealer(const std::vector<SealingKey>& recipients, Random& random);
  std::size_t recipients() const { return recipients_; }
  const Bytes& envelope() const { return envelope_; }  // what the section begins with
  const Hash& before() const { return before_; }       // over the envelope and the frames so far
  std::uint64_t frames() const { return frames_; }
  void add(View frame, bool last, Bytes& out);

 private:
  Bytes envelope_;
  std::size_t recipients_ = 0;
  Hash before_;
  std::uint64_t frames_ = 0;
  std::optional<SealedStream> stream_;
};

// Reads a file: hand it bytes as they come, then take what they hold until it wants more.
class BundleOpener {
 public:
  explicit BundleOpener(const SealingPair& own) : own_(own) {}
  enum class What : std::uint8_t {
    More,     // than is here
    Begun,    // a section that can be read
    Foreign,  // one that is sealed to others: it is passed over
    Frame,
    Ended,  // a section that was read
  };
  struct Step {
    What what = What::More;
    Bytes frame = {};
  };
  void feed(View bytes);
  Result<Step> next();
  // To be asked when the file has ended: whether it may.
  Status finish() const;
  const Hash& before() const { return before_; }       // over everything before the frame that came last
  std::uint64_t frames() const { return frames_; }     // of this section, the last one included
  bool is_at_start() const { return sections_ == 0; }  // no section began yet

 private:
  enum class Place : std::uint8_t { Between, Within, Finished, Passing };
  Result<Step> begin();
  Result<Step> piece();
  View left() const { return View(buffer_).subspan(at_); }

  SealingPair own_;
  Bytes buffer_;
  std::size_t at_ = 0;
  Place place_ = Place::Between;
  std::size_t sections_ = 0;
  Hash before_;
  Hash after_;
  std::uint64_t frames_ = 0;
  std::optional<SealedStream> stream_;
};

}  // namespace budstikke
