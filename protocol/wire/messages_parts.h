// What the files of messages*.cpp share: the types' numbers, and what writes and reads each message.
//
// Errors       A reader that meets what is no message of its type fails the ByteReader; what it gives then is not used.
#pragma once

#include "protocol/wire/messages.h"

namespace budstikke {

enum MessageType : std::uint8_t {
  kHello = 1,
  kVector,
  kWant,
  kRun,
  kPart,
  kDone,
  kCredit,
  kSummary,
  kJoin,
  kAdmitted,
  kRefused,
  kAskValues,
  kValues,
  kBucketDigests,
  kBucket,
  kLevel,
  kShortRun,
  kClock,
  kHave = 20,
  kGraft,
  kPrune,
  kCrowded,
  kHolders = 26,
  kStore = 28,
};

// Each with its type's byte.
void write_message(Bytes& out, const Hello& hello);
void write_message(Bytes& out, const VectorMessage& message);
void write_message(Bytes& out, const WantMessage& message);
void write_message(Bytes& out, const RunMessage& run);
void write_message(Bytes& out, const PartMessage& part);
void write_message(Bytes& out, const DoneMessage& message);
void write_message(Bytes& out, const CreditMessage& credit);
void write_message(Bytes& out, const SummaryMessage& summary);
void write_message(Bytes& out, const JoinMessage& join);
void write_message(Bytes& out, const AdmittedMessage& admitted);
void write_message(Bytes& out, const RefusedMessage& refused);
void write_message(Bytes& out, const AskValuesMessage& message);
void write_message(Bytes& out, const ValuesMessage& message);
void write_message(Bytes& out, const BucketsMessage& message);
void write_message(Bytes& out, const BucketMessage& message);
void write_message(Bytes& out, const LevelMessage& message);
void write_message(Bytes& out, const ShortRunMessage& run);
void write_message(Bytes& out, const ClockMessage& message);
void write_message(Bytes& out, const HaveMessage& message);
void write_message(Bytes& out, const GraftMessage& message);
void write_message(Bytes& out, const PruneMessage& message);
void write_message(Bytes& out, const CrowdedMessage&);
void write_message(Bytes& out, const HoldersMessage& message);
void write_message(Bytes& out, const StoreMessage& message);

// Each after its type's byte.
Hello read_hello(ByteReader& reader);
VectorMessage read_vector(ByteReader& reader);
WantMessage read_want(ByteReader& reader);
RunMessage read_run(ByteReader& reader);
PartMessage read_part(ByteReader& reader);
DoneMessage read_done(ByteReader& reader);
CreditMessage read_credit(ByteReader& reader);
SummaryMessage read_summary(ByteReader& reader);
JoinMessage read_join(ByteReader& reader);
AdmittedMessage read_admitted(ByteReader& reader);
RefusedMessage read_refused(ByteReader& reader);
AskValuesMessage read_ask_values(ByteReader& reader);
ValuesMessage read_values(ByteReader& reader);
BucketsMessage read_buckets(ByteReader& reader);
BucketMessage read_bucket(ByteReader& reader);
LevelMessage read_level(ByteReader& reader);
ShortRunMessage read_short_run(ByteReader& reader);
ClockMessage read_clock(ByteReader& reader);
HaveMessage read_have(ByteReader& reader);
GraftMessage read_graft(ByteReader& reader);
PruneMessage read_prune(ByteReader& reader);
CrowdedMessage read_crowded(ByteReader& reader);
HoldersMessage read_holders(ByteReader& reader);
StoreMessage read_store(ByteReader& reader);

LogId read_log(ByteReader& reader);

}  // namespace budstikke
