#include "protocol/node/bundle_reading.h"

#include <algorithm>

#include "protocol/base/limits.h"

namespace budstikke {

Status BundleReading::feed(View bytes, Now now) {
  if (failed_) return *failed_;
  opener_.feed(bytes);
  for (;;) {
    Result<BundleOpener::Step> step = opener_.next();
    Status status = step ? done() : Status(step.error());
    if (step && step->what == BundleOpener::What::More) return done();
    if (step && step->what == BundleOpener::What::Foreign) ++foreign_;
    if (step && step->what == BundleOpener::What::Begun) is_open_ = has_ended_ = false;
    if (step && step->what == BundleOpener::What::Frame) status = take(std::move(step->frame), now);
    if (step && step->what == BundleOpener::What::Ended && !has_ended_) {
      status = Error{Code::Malformed, "the bundle is cut short: its end is missing"};
    }
    if (status) continue;
    failed_ = status.error();
    return status;
  }
}

Status BundleReading::finish(Now now) {
  if (failed_) return *failed_;
  node_.sync_soon(now);
  return opener_.finish();
}

Status BundleReading::take(Bytes frame, Now now) {
  if (!is_open_) return open(frame);
  if (has_ended_) return Error{Code::Malformed, "a bundle that goes on after its end"};
  if (is_bundle_end(frame)) return end(frame, now);
  if (sections_.back().refused != Refused::No) return done();
  Result<Message> message = decode(frame);
  if (!message) return message.error();
  if (auto* vector = std::get_if<VectorMessage>(&*message)) return take_vector(*vector);
  const bool is_run = std::holds_alternative<RunMessage>(*message) || std::holds_alternative<PartMessage>(*message);
  if (!is_run) return Error{Code::Malformed, "a message that has no place in a bundle"};
  return take_run(*message, std::move(frame), now);
}

Status BundleReading::open(View frame) {
  const Result<BundleOpening> opening = decode_opening(frame);
  if (!opening) return opening.error();
  is_open_ = true;
  vector_.clear();
  receiver_ = RunReceiver();
  within_run_ = false;
  sections_.push_back({opening->holds.network, opening->writer, opening->created, judge(*opening)});
  return done();
}

BundleReading::Refused BundleReading::judge(const BundleOpening& opening) const {
  const Network* network = node_.ledger().find_network(opening.holds.network);
  const Member* own = network != nullptr ? node_.self_in(*network) : nullptr;
  if (own == nullptr || own->removed) return Refused::Network;
  const Member* writer = network->membership.find(opening.writer);
  if (writer == nullptr) return Refused::Stranger;
  const Bytes message = opening_message(opening, opener_.before());
  if (!verify(opening.writer, Purpose::Bundle, message, opening.signature)) return Refused::Unsigned;
  return writer->removed ? Refused::Removed : Refused::No;
}

Status BundleReading::take_vector(VectorMessage& message) {
  if (message.network != sections_.back().network) return Error{Code::Malformed, "a bundle's section of two networks"};
  for (LogTips& log : message.logs) vector_[log.log] = std::move(log.tips);
  if (vector_.size() > 2 * kMaxLogsPerVector) return Error{Code::Malformed, "a vector with too many logs"};
  return done();
}

Status BundleReading::take_run(const Message& message, Bytes frame, Now now) {
  Section& section = sections_.back();
  const Network* network = node_.ledger().find_network(section.network);
  if (network == nullptr) return Error{Code::NotFound, "the bundle's network is gone"};
  const auto* run = std::get_if<RunMessage>(&message);
  if (run != nullptr && run->network != section.network) return Error{Code::Malformed, "a bundle's section of two networks"};
  if (run == nullptr && !within_run_) return Error{Code::Malformed, "a part of no run"};
  const bool is_cut = run != nullptr && network->membership.cut_of(run->log).has_value();
  const std::uint64_t before = network->entries;
  Result<RunReceiver::Progress> progress = node_.take_bundle_run(receiver_, message, std::move(frame), now);
  if (!progress) return progress.error();
  within_run_ = true;
  section.added += network->entries - before;
  if (progress->outcome == RunReceiver::Outcome::Known) ++section.known;
  if (progress->outcome == RunReceiver::Outcome::Unwanted) ++(is_cut ? section.left_out : section.unusable);
  return done();
}

Status BundleReading::end(View frame, Now now) {
  Section& section = sections_.back();
  const Result<BundleEnd> ending = decode_end(frame);
  if (!ending) return ending.error();
  has_ended_ = true;
  if (section.refused != Refused::No) return done();
  const bool is_signed = verify(section.writer, Purpose::Bundle, end_message(*ending, opener_.before()), ending->signature);
  if (!is_signed || ending->frames != opener_.frames()) {
    return Error{Code::Forged, "the bundle is not as its writer ended it"};
  }
  section.is_whole = true;
  const Network* network = node_.ledger().find_network(section.network);
  for (const auto& [id, tips] : vector_) {
    if (network == nullptr || network->membership.cut_of(id)) continue;
    const auto log = network->logs.find(id);
    const bool is_here = log != network->logs.end() && !log->second.row.tips.empty();
    const Seq own = is_here ? log->second.row.tips.back().head.seq : Seq{};
    if (tips.back().seq > own) section.missing += tips.back().seq.value - own.value;
  }
  if (network == nullptr || section.writer == node_.self()) return done();
  const WallTime when = std::min(section.created, now.wall);  // a clock that is ahead must not outdo what is learnt later
  node_.learn_holding(*network, section.writer, when, positions_in(*network, vector_));
  return done();
}

}  // namespace budstikke
