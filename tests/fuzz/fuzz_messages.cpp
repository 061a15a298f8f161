// The decoder of what comes over a link: what it takes encodes to the same bytes, and is within the bounds of PROTOCOL.md.
#include "protocol/base/limits.h"
#include "protocol/wire/messages.h"
#include "tests/fuzz/fuzz.h"

using namespace budstikke;

namespace {

struct Bounds {
  void operator()(const Hello& hello) const {
    require(hello.networks.size() <= kMaxNetworks, "no more networks than a node may be in");
    require(hello.time.ms >= 0, "a clock stands where there is a number for it");
    for (const NetworkHello& network : hello.networks) {
      require(network.agreed != network.level, "what is agreed is named when it is another level");
      require(!network.summary || (network.level == level_of(*network.summary) && !network.agreed), "a summary has its level");
    }
  }
  void operator()(const LevelMessage& message) const {
    require(message.networks.size() <= kMaxNetworks, "no more networks than a node may be in");
  }
  void operator()(const VectorMessage& message) const {
    require(message.log_class == LogClass::Membership || message.log_class == LogClass::Data, "a vector is of one class");
    require(message.logs.size() <= kVectorLogsPerFrame, "a vector has no more logs than a frame may");
    for (const LogTips& log : message.logs) {
      require(log.log.log_class == message.log_class, "a vector has logs of its class only");
      require(!log.tips.empty() && log.tips.size() <= kMaxTips, "a log of a vector has a tip, and no more than count");
      for (std::size_t i = 0; i < log.tips.size(); ++i) {
        require(log.tips[i].seq.value > 0 && (i == 0 || log.tips[i - 1] < log.tips[i]), "tips count from 1 and are sorted");
      }
    }
  }
  void operator()(const WantMessage& message) const {
    require(message.wants.size() <= kMaxWantsPerMessage, "a want asks for no more than it may");
  }
  void operator()(const RunMessage& run) const {
    require(run.count > 0 && run.count <= kMaxRunEntries && !run.entries.empty(), "a run has entries, and no more than it may");
    require(run.first.value > 0 && run.first.value + run.count > run.first.value, "a run's numbers do not run over");
  }
  void operator()(const ShortRunMessage& run) const {
    require(!run.entries.empty() && run.first.value > 0 && run.first.value + kMaxRunEntries > run.first.value,
            "a short run has entries, and its numbers do not run over");
  }
  void operator()(const PartMessage& part) const { require(!part.entries.empty(), "a part brings something"); }
  void operator()(const SummaryMessage& message) const { check(message.networks); }
  void operator()(const RefusedMessage& refused) const {
    require(refused.reason >= Refusal::TicketUnknown && refused.reason <= Refusal::Malformed, "a refusal has a reason there is");
  }
  void operator()(const AskValuesMessage& ask) const {
    require(!ask.wanted.empty() && ask.wanted.size() <= kMaxAskedValues, "values are asked for, and no more than may be");
    for (const AskedValues& wanted : ask.wanted) {
      require(wanted.log.log_class == LogClass::Data && wanted.seq.value > 0, "only data entries have values");
    }
  }
  void operator()(const ValuesMessage& message) const {
    require(!message.answers.empty() && message.answers.size() <= kMaxAskedValues, "values answer something");
    for (const ValuesAnswer& answer : message.answers) {
      const bool here = answer.presence == ValuesPresence::Here;
      require(here ? answer.values.size() >= Salt::kSize && answer.values.size() <= kMaxValuesBytes : answer.values.empty(),
              "values that are here have a size they may have");
    }
  }
  void operator()(const BucketsMessage& message) const { require(message.buckets.size() == kBuckets, "buckets are all there"); }
  void operator()(const BucketMessage& message) const {
    require(message.records.size() <= kBucketRecordsPerFrame, "a bucket has no more records than a frame may");
    for (std::size_t i = 0; i < message.records.size(); ++i) {
      require(message.records[i].id.bytes[0] == message.bucket, "records are of their bucket");
      require(i == 0 || message.records[i - 1].id < message.records[i].id, "records ascend");
    }
  }
  void operator()(const ClockMessage& clock) const {
    require(clock.time.ms >= 0, "a clock stands where there is a number for it");
  }
  void operator()(const HaveMessage& message) const { check(message.logs, Seq{1}); }
  void operator()(const GraftMessage& message) const { check(message.logs, Seq{0}); }
  void operator()(const PruneMessage& message) const { check(message.logs, Seq{0}); }
  void operator()(const HoldersMessage& message) const {
    require(!message.members.empty() && message.members.size() <= kMaxMembers / 8,
            "somebody holds it, and no more than may be members");
    require(message.members.back() != 0, "the members are told in as few bytes as there can be");
  }
  void operator()(const StoreMessage& store) const {
    require(!store.store.is_zero() && store.store != store.other, "a member's stores are two, or one");
  }
  void operator()(const auto&) const {}  // every value of its fields is possible

 private:
  static void check(const std::vector<PushedLog>& logs, Seq least) {
    require(!logs.empty() && logs.size() <= kMaxPushedLogs, "a message about pushes names a log, and no more than it may");
    for (const PushedLog& log : logs) require(log.seq >= least, "what is held counts from 1");
  }
  static void check(const std::vector<NetworkSummary>& networks) {
    require(networks.size() <= kMaxNetworks, "no more networks than a node may be in");
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View frame(data, size);
  const Result<Message> message = decode(frame);
  if (!message) {
    require(message.error().code == (size > kMaxFrameBytes ? Code::TooLarge : Code::Malformed), "a refusal says why");
    return 0;
  }
  fuzz::accepted();
  require(size <= kMaxFrameBytes, "what is accepted fits a frame");
  require(same_bytes(encode(*message), frame), "an accepted message has one encoding");
  std::visit(Bounds{}, *message);
  return 0;
}
