// Frames in words, for transcripts.
#include "tests/support/net.h"

namespace budstikke::tests {
namespace {

std::string_view class_of(LogClass log_class) { return log_class == LogClass::Membership ? "membership" : "data"; }

struct Describer {
  std::string operator()(const Hello& hello) { return "hello " + std::to_string(hello.networks.size()) + " networks"; }
  std::string operator()(const VectorMessage& vector) {
    return (vector.changed_only ? "changed " : "vector ") + std::string(class_of(vector.log_class)) + ' ' +
           std::to_string(vector.logs.size()) + " logs";
  }
  std::string operator()(const WantMessage& want) {
    std::string text = "want";
    for (const Want& one : want.wants)
      text += ' ' + std::string(class_of(one.log.log_class)) + '>' + std::to_string(one.after.value);
    return text;
  }
  std::string operator()(const RunMessage& run) {
    return "run " + std::string(class_of(run.log.log_class)) + ' ' + std::to_string(run.first.value) + '-' +
           std::to_string(run.first.value + run.count - 1);
  }
  std::string operator()(const PartMessage&) { return "part"; }
  std::string operator()(const DoneMessage&) { return "done"; }
  std::string operator()(const CreditMessage&) { return "credit"; }
  std::string operator()(const SummaryMessage&) { return "summary"; }
  std::string operator()(const LevelMessage&) { return "level"; }
  std::string operator()(const ShortRunMessage& run) {
    return "short run " + std::string(class_of(run.log.log_class)) + " from " + std::to_string(run.first.value);
  }
  std::string operator()(const ClockMessage&) { return "clock"; }
  std::string operator()(const JoinMessage&) { return "join"; }
  std::string operator()(const AdmittedMessage&) { return "admitted"; }
  std::string operator()(const AskValuesMessage& ask) { return "ask values " + std::to_string(ask.wanted.size()); }
  std::string operator()(const ValuesMessage& values) {
    std::string text = "values";
    for (const ValuesAnswer& answer : values.answers) text += ' ' + std::to_string(static_cast<int>(answer.presence));
    return text;
  }
  std::string operator()(const HaveMessage& have) { return "have" + list(have.logs); }
  std::string operator()(const GraftMessage& graft) { return "graft" + list(graft.logs); }
  std::string operator()(const PruneMessage& prune) { return "prune" + list(prune.logs); }
  std::string operator()(const CrowdedMessage&) { return "crowded"; }
  std::string operator()(const HoldersMessage& holders) { return "holders " + std::to_string(holders.members.size()); }
  static std::string list(const std::vector<PushedLog>& logs) {
    std::string text;
    for (const PushedLog& one : logs)
      text += ' ' + std::string(class_of(one.log.log_class)) + '>' + std::to_string(one.seq.value);
    return text;
  }
  std::string operator()(const BucketsMessage&) { return "buckets"; }
  std::string operator()(const BucketMessage& bucket) { return "bucket " + std::to_string(bucket.records.size()) + " records"; }
  std::string operator()(const StoreMessage& store) { return store.other.is_zero() ? "store" : "two stores"; }
  std::string operator()(const RefusedMessage& refused) { return "refused " + std::to_string(static_cast<int>(refused.reason)); }
};

}  // namespace

std::string describe(View frame) {
  Result<Message> message = decode(frame);
  return message ? std::visit(Describer{}, *message) : "no message";
}

}  // namespace budstikke::tests
