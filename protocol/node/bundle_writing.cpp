#include "protocol/node/bundle_writing.h"

#include <algorithm>

#include "protocol/base/limits.h"
#include "protocol/node/ledger_parts.h"
#include "protocol/node/run_frames.h"

namespace budstikke {
namespace {

// Membership logs so that each follows those of its author's inviter and witness: whoever reads them in this order knows every
// author before its log comes. Then the data logs.
class WritingOrder {
 public:
  explicit WritingOrder(const Network& network) : network_(network) {
    for (const auto& [id, log] : network.logs) {
      if (!log.tips().empty()) of_author_[id.author].push_back(id);
    }
  }

  std::vector<LogId> run() {
    for (const auto& [author, logs] : of_author_) visit(author);
    std::vector<LogId> order = std::exchange(found_, {});
    for (const auto& [author, logs] : of_author_) add(logs, LogClass::Data, order);
    return order;
  }

 private:
  // Without recursion: an admission tree may be as deep as it has members.
  void visit(const MemberKey& first) {
    std::vector<std::pair<MemberKey, bool>> stack{{first, false}};
    while (!stack.empty()) {
      auto [author, is_ready] = stack.back();
      stack.pop_back();
      if (is_ready) {
        const auto logs = of_author_.find(author);
        if (logs != of_author_.end()) add(logs->second, LogClass::Membership, found_);
        continue;
      }
      if (!seen_.insert(author).second) continue;
      stack.push_back({author, true});
      const Member* member = network_.membership.find(author);
      if (member == nullptr) continue;
      if (!member->parent.is_zero()) stack.push_back({member->parent, false});
      const LogId* witness = network_.membership.log_of(member->admission_entry);
      if (witness != nullptr) stack.push_back({witness->author, false});
    }
  }

  static void add(const std::vector<LogId>& logs, LogClass log_class, std::vector<LogId>& to) {
    for (const LogId& id : logs) {
      if (id.log_class == log_class) to.push_back(id);
    }
  }

  const Network& network_;
  std::map<MemberKey, std::vector<LogId>> of_author_;
  std::set<MemberKey> seen_;
  std::vector<LogId> found_;
};

}  // namespace

BundleWriting::BundleWriting(Node& node, const std::vector<NetworkId>& networks, const std::vector<MemberKey>& since, bool all)
    : node_(node) {
  for (const NetworkId& id : networks) {
    const Network* network = node.ledger().find_network(id);
    if (network == nullptr) continue;
    sections_.push_back(Section{id, 0, {}, 0});
    plan(sections_.back(), *network, since, all);
  }
}

void BundleWriting::plan(Section& section, const Network& network, const std::vector<MemberKey>& since, bool all) const {
  for (const auto& [key, member] : network.membership.members()) {
    if (member.removed) continue;
    if (!member.sealing.is_zero()) {
      ++section.recipients;
    } else if (key != node_.self()) {
      section.without_key.push_back(key);
    }
  }
  std::vector<MemberKey> named;
  for (const MemberKey& key : since) {
    if (key != node_.self() && network.membership.find(key) != nullptr) named.push_back(key);
  }
  for (const LogId& id : WritingOrder(network).run()) {
    const Log& log = network.logs.at(id);
    Seq after = all || named.empty() ? Seq{} : log.tips().back().head.seq;
    for (const MemberKey& key : named) after = all ? Seq{} : std::min(after, node_.known_to_hold(network, key, log));
    if (after >= log.tips().back().head.seq) continue;
    section.after[log.number] = after;
    section.logs.push_back(id);
  }
}

Result<Bytes> BundleWriting::next(std::size_t about, Now now) {
  Bytes out;
  while (out.size() < about && !is_complete()) {
    Section& section = sections_[at_];
    const Network* network = node_.ledger().find_network(section.network);
    if (network == nullptr) return Error{Code::NotFound, "a network that a bundle was written of is gone"};
    if (!sealer_) {
      begin(*network, now, out);
    } else if (left_.empty()) {
      end(out);
    } else if (Status status = add_run(section, *network, out); !status) {
      return status.error();
    }
  }
  return out;
}

void BundleWriting::begin(const Network& network, Now now, Bytes& out) {
  Section& section = sections_[at_];
  std::vector<SealingKey> keys;
  for (const auto& [key, member] : network.membership.members()) {
    if (!member.removed && !member.sealing.is_zero()) keys.push_back(member.sealing);
  }
  sealer_.emplace(keys, node_.random());
  section.recipients = sealer_->recipients();
  ByteWriter(out).raw(sealer_->envelope());
  BundleOpening opening{node_.self(), now.wall, node_.summary_of(network), {}};
  opening.signature = node_.sign_bundle(opening_message(opening, sealer_->before()));
  sealer_->add(encode(opening), false, out);
  add_vector(network, LogClass::Membership, out);
  add_vector(network, LogClass::Data, out);
  for (const LogId& id : std::exchange(section.logs, {})) {
    const auto log = network.logs.find(id);
    if (log == network.logs.end()) continue;
    const Seq after = section.after.at(log->second.number);
    for (const StoredTip& tip : log->second.tips()) {
      const bool is_plain = log->second.tips().size() == 1;
      left_.push_back({network.row.id, id, after, is_plain ? std::nullopt : std::optional(tip.head.id)});
    }
  }
}

void BundleWriting::add_vector(const Network& network, LogClass log_class, Bytes& out) {
  VectorMessage message{network.row.id, log_class, false, {}};
  std::size_t bytes = kVectorHeaderBytes;
  for (const auto& [id, log] : network.logs) {
    if (id.log_class != log_class || log.tips().empty()) continue;
    const std::size_t more = LogId::kSize + 1 + log.tips().size() * Tip::kSize;
    if (message.logs.size() == kVectorLogsPerFrame || bytes + more > kMaxFrameBytes) {
      sealer_->add(encode(message), false, out);
      message.logs.clear();
      bytes = kVectorHeaderBytes;
    }
    message.logs.push_back({id, tips_of(log)});
    bytes += more;
  }
  message.last = true;
  sealer_->add(encode(message), false, out);
}

Status BundleWriting::add_run(Section& section, const Network& network, Bytes& out) {
  Outgoing& next = left_.front();
  const auto log = network.logs.find(*next.log);
  const StoredTip* tip = nullptr;
  if (log != network.logs.end()) {
    for (const StoredTip& candidate : log->second.tips()) {
      if (!next.branch || candidate.head.id == *next.branch) tip = &candidate;
    }
  }
  Result<std::optional<Ledger::StoredRun>> run = std::optional<Ledger::StoredRun>();
  if (tip != nullptr) run = node_.ledger().next_run(log->second, next.after, *tip);
  if (!run) return run.error();
  if (!*run) {
    left_.pop_front();
    return done();
  }
  if (Status status = node_.ledger().withhold_erased(network, log->second, **run); !status) return status;
  each_run_frame(network.row.id, *next.log, **run, [&](const Message& message) { sealer_->add(encode(message), false, out); });
  section.entries += (*run)->bodies.size();
  next.after = Seq{(*run)->first.value + (*run)->bodies.size() - 1};
  if (next.after >= tip->head.seq) left_.pop_front();
  return done();
}

void BundleWriting::end(Bytes& out) {
  BundleEnd ending{sealer_->frames() + 1, {}};
  ending.signature = node_.sign_bundle(end_message(ending, sealer_->before()));
  sealer_->add(encode(ending), true, out);
  sealer_.reset();
  ++at_;
}

}  // namespace budstikke
