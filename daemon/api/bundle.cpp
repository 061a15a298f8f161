#include "daemon/api/bundle.h"

#include <algorithm>

#include "protocol/base/text.h"
#include "protocol/records/moment.h"

namespace budstikke::daemon {
namespace {

std::string_view code_of(BundleReading::Refused refused) {
  switch (refused) {
    case BundleReading::Refused::Network:
      return "other-network";
    case BundleReading::Refused::Removed:
      return "removed";
    case BundleReading::Refused::Stranger:
    case BundleReading::Refused::Unsigned:
      return "stranger";
    case BundleReading::Refused::No:
      break;
  }
  return {};
}

ApiFailure refusal_of(const BundleReading::Section& section, const std::string& network, const std::string& writer) {
  switch (section.refused) {
    case BundleReading::Refused::Network:
      return failure(ApiError::BundleOtherNetwork, "the bundle is of a network that this node is not in", network);
    case BundleReading::Refused::Unsigned:
      return failure(ApiError::BundleDamaged, "the bundle is not as the member that it names signed it", writer);
    case BundleReading::Refused::Removed:
      return failure(ApiError::BundleRemoved, "the bundle was written by a member that was shut out", writer);
    default:
      return failure(ApiError::BundleStranger, "the bundle was written by a key that is no member here", writer);
  }
}

std::uint64_t added_by(const BundleReading& reading) {
  std::uint64_t added = 0;
  for (const BundleReading::Section& section : reading.sections()) added += section.added;
  return added;
}

ApiFailure stream_gone() {
  return failure(ApiError::BundleStreamGone, "the node has begun anew, or others wanted to write or read bundles meanwhile");
}

}  // namespace

std::optional<Answer> BundleApi::handle(const std::string& command, const Value& args, Now now) {
  if (command == "bundle.write") return write(args, now);
  if (command == "bundle.read") return read(now);
  if (command != "bundle.next" && command != "bundle.feed" && command != "bundle.end") return std::nullopt;
  const std::int64_t number = args.integer("stream");
  const auto at = streams_.find(number);
  if (at == streams_.end()) return stream_gone();
  Stream& stream = at->second;
  stream.used = now.steady;
  if (command == "bundle.next" && stream.writing) return next(stream, number, now);
  if (command == "bundle.feed" && stream.reading) return feed(stream, number, args, now);
  if (command == "bundle.end" && stream.reading) return end(stream, number, now);
  return failure(ApiError::BadRequest, "a stream that goes the other way", "stream");
}

Found<std::int64_t> BundleApi::open(Stream stream, Now now) {
  if (streams_.size() >= kMostStreams) {
    std::erase_if(streams_, [&](const auto& other) { return now.steady - other.second.used > kIdle; });
  }
  if (streams_.size() >= kMostStreams) {
    return failure(ApiError::BundleStreamGone, "as many bundles as can be are being written or read; try again in a minute");
  }
  stream.used = now.steady;
  streams_.emplace(++last_, std::move(stream));
  return last_;
}

std::string BundleApi::name_of(const Network& network, const MemberKey& key) const {
  const Member* member = network.membership.find(key);
  return member != nullptr ? council_name(node_, network, member->council) : short_text(key);
}

// --- Writing ---------------------------------------------------------------------------------------------------------

// The members that a council's name or id, or a member's id fits, in any of the networks.
Found<std::vector<MemberKey>> BundleApi::named_members(const std::vector<NetworkId>& networks, const std::string& named) const {
  const std::optional<std::string> letters = base32_letters(named);
  const auto starts = [&](View id) { return letters && letters->size() >= 4 && id_text(id).rfind(*letters, 0) == 0; };
  std::set<MemberKey> keys;
  std::set<CouncilId> councils;
  for (const NetworkId& id : networks) {
    const Network* network = node_.ledger().find_network(id);
    for (const auto& [key, member] : network->membership.members()) {
      if (member.removed || key == node_.self()) continue;
      const bool by_name = fold_case(council_name(node_, *network, member.council)) == fold_case(named);
      if (!by_name && !starts(key) && !starts(member.council)) continue;
      keys.insert(key);
      councils.insert(member.council);
    }
  }
  if (keys.empty()) return failure(ApiError::NoSuchMember, "no other member has such an id or name", named);
  if (councils.size() > 1) return failure(ApiError::AmbiguousId, "several councils fit", named);
  return std::vector<MemberKey>(keys.begin(), keys.end());
}

Answer BundleApi::write(const Value& args, Now now) {
  std::vector<NetworkId> networks;
  if (const std::string named = args.text("network"); !named.empty()) {
    Found<Network*> found = find_network(node_, named);
    if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
    for (const Network* part : parts_of(node_, *std::get<Network*>(found))) networks.push_back(part->row.id);
  } else {
    for (const auto& [id, network] : node_.ledger().networks()) {
      const Member* own = node_.self_in(network);
      if (own != nullptr && !own->removed) networks.push_back(id);
    }
  }
  if (networks.empty()) return failure(ApiError::NoNetwork, "this node is in no network yet");
  std::vector<MemberKey> since;
  if (const std::string named = args.text("since"); !named.empty()) {
    Found<std::vector<MemberKey>> found = named_members(networks, named);
    if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
    since = std::move(std::get<std::vector<MemberKey>>(found));
    std::erase_if(networks, [&](const NetworkId& id) {  // nothing of a network for somebody who is not in it
      const Membership& membership = node_.ledger().find_network(id)->membership;
      return std::none_of(since.begin(), since.end(), [&](const MemberKey& key) { return membership.find(key) != nullptr; });
    });
  } else {
    for (const NetworkId& id : networks) {
      for (const auto& [key, member] : node_.ledger().find_network(id)->membership.members()) {
        if (!member.removed) since.push_back(key);
      }
    }
  }
  Stream stream;
  stream.writing.emplace(node_, networks, since, args.boolean("all"));
  const auto has_reader = [](const BundleWriting::Section& section) { return section.recipients > 1; };  // besides this node
  if (std::none_of(stream.writing->sections().begin(), stream.writing->sections().end(), has_reader)) {
    return failure(ApiError::BundleNoReader, "no other member has stated a key to seal the bundle to");
  }
  Value result;
  result.set("sections", written(*stream.writing));
  Found<std::int64_t> number = open(std::move(stream), now);
  if (auto* failed = std::get_if<ApiFailure>(&number)) return std::move(*failed);
  result.set("stream", std::get<std::int64_t>(number));
  return result;
}

Answer BundleApi::next(Stream& stream, std::int64_t number, Now now) {
  while (stream.pending.size() < kPieceBytes && !stream.writing->is_complete()) {
    const Result<Bytes> more = stream.writing->next(kPieceBytes - stream.pending.size(), now);
    if (!more) return failure_of(more.error());
    ByteWriter(stream.pending).raw(*more);
  }
  const std::size_t size = std::min(stream.pending.size(), kPieceBytes);
  Value result;
  result.set("data", hex_of(View(stream.pending).first(size)));
  stream.pending.erase(stream.pending.begin(), stream.pending.begin() + static_cast<std::ptrdiff_t>(size));
  const bool is_done = stream.pending.empty() && stream.writing->is_complete();
  result.set("done", is_done);
  if (is_done) {
    result.set("sections", written(*stream.writing));
    streams_.erase(number);
  }
  return result;
}

Value BundleApi::written(const BundleWriting& writing) const {
  Value sections = Value::array();
  for (const BundleWriting::Section& section : writing.sections()) {
    const Network* network = node_.ledger().find_network(section.network);
    if (network == nullptr) continue;
    Value without = Value::array();
    for (const MemberKey& key : section.without_key) {
      Value member;
      member.set("member", id_text(key));
      member.set("name", name_of(*network, key));
      without.push(std::move(member));
    }
    Value value;
    value.set("network", id_text(section.network));
    value.set("name", network_name(node_, *network));
    value.set("recipients", std::uint64_t{section.recipients});
    value.set("without_key", std::move(without));
    value.set("entries", section.entries);
    sections.push(std::move(value));
  }
  return sections;
}

// --- Reading ---------------------------------------------------------------------------------------------------------

Answer BundleApi::read(Now now) {
  if (node_.ledger().networks().empty()) return failure(ApiError::NoNetwork, "this node is in no network yet");
  Result<SealingPair> own = home_.sealing_pair();
  if (!own) return failure(ApiError::StoreFailed, own.error().text);
  Stream stream;
  stream.reading.emplace(node_, *own);
  Found<std::int64_t> number = open(std::move(stream), now);
  if (auto* failed = std::get_if<ApiFailure>(&number)) return std::move(*failed);
  Value result;
  result.set("stream", std::get<std::int64_t>(number));
  return result;
}

Answer BundleApi::feed(Stream& stream, std::int64_t number, const Value& args, Now now) {
  const std::optional<Bytes> data = bytes_of_hex(args.text("data"));
  if (!data || data->size() > kPieceBytes) return failure(ApiError::BadRequest, "no piece of a bundle", "data");
  const Status fed = stream.reading->feed(*data, now);
  if (fed) return Value::map();
  const bool is_bundle = fed.error().code == Code::Malformed || fed.error().code == Code::Forged;
  ApiFailure failed = is_bundle ? failure(ApiError::BundleDamaged, fed.error().text) : failure_of(fed.error());
  failed.args.set("added", added_by(*stream.reading));
  streams_.erase(number);
  return failed;
}

Answer BundleApi::end(Stream& stream, std::int64_t number, Now now) {
  BundleReading ended = std::move(*stream.reading);
  streams_.erase(number);
  if (const Status finished = ended.finish(now); !finished) {
    ApiFailure failed = failure(ApiError::BundleDamaged, finished.error().text);
    failed.args.set("added", added_by(ended));
    return failed;
  }
  bool any = false;
  for (const BundleReading::Section& section : ended.sections()) any = any || section.is_whole;
  if (!any && ended.sections().empty()) {
    return failure(ApiError::BundleNotForUs, "the bundle is not sealed to this node");
  }
  if (!any) {
    const BundleReading::Section& first = ended.sections().front();
    return refusal_of(first, short_text(first.network), short_text(first.writer));
  }
  Value result;
  result.set("sections", read_sections(ended));
  result.set("foreign", std::uint64_t{ended.foreign()});
  return result;
}

Value BundleApi::read_sections(const BundleReading& reading) const {
  Value sections = Value::array();
  for (const BundleReading::Section& section : reading.sections()) {
    const Network* network = node_.ledger().find_network(section.network);
    Value value;
    value.set("network", id_text(section.network));
    value.set("name", network != nullptr ? network_name(node_, *network) : short_text(section.network));
    value.set("writer", id_text(section.writer));
    value.set("writer_name", network != nullptr ? name_of(*network, section.writer) : short_text(section.writer));
    value.set("created", format_utc(section.created));
    if (section.refused != BundleReading::Refused::No) value.set("refused", code_of(section.refused));
    value.set("whole", section.is_whole);
    value.set("added", section.added);
    value.set("known", section.known);
    value.set("unusable", section.unusable);
    value.set("left_out", section.left_out);
    const bool is_other = network != nullptr && section.is_whole && section.writer != node_.self();
    value.set("lacks", is_other ? node_.not_known_to_hold(*network, section.writer) : std::uint64_t{0});
    value.set("missing", section.missing);
    sections.push(std::move(value));
  }
  return sections;
}

}  // namespace budstikke::daemon
