// The API's command that makes two networks one: a code of this one for the other's coordinator, and the taking of the other's.
// Each side takes the other's code; what they are together, its name and its records, is in find.h.
#include "daemon/api/network.h"
#include "protocol/base/text.h"

namespace budstikke::daemon {
namespace {

// Three words more than a newcomer has: while a code is on its way, somebody could look for another with the same words.
constexpr std::size_t kMergeWordBytes = 9;
constexpr std::size_t kMergeMembers = 4;

std::string words_in(const MergeCode& code) { return hex_of(comparison_words(code).view().first(kMergeWordBytes)); }

}  // namespace

// This node first, then others that say where they are.
std::vector<ReachableMember> NetworkApi::reachable_members(const Network& network) const {
  std::vector<ReachableMember> reachable;
  const Member* own = node_.self_in(network);
  if (!config_.advertise.empty()) reachable.push_back({node_.transport(), config_.advertise});
  if (!config_.advertise.empty() && own != nullptr && own->transport != node_.transport()) {
    reachable.push_back({own->transport, config_.advertise});  // its door may have that one when somebody comes
  }
  for (const auto& [key, member] : network.membership.members()) {
    if (key == node_.self() || member.removed) continue;
    for (const std::string& address : addresses_of(node_, network, member)) {
      if (reachable.size() < kMergeMembers) reachable.push_back({member.transport, address});
    }
  }
  return reachable;
}

// Of a union, the part whose coordinator this node is by that part's own operations: only there it has a word in what it is one
// with.
Found<Network*> NetworkApi::where_coordinator(Network& network) {
  for (const Network* part : parts_of(node_, network)) {
    if (part->membership.is_own_coordinator(node_.self())) return node_.ledger().find_network(part->row.id);
  }
  return failure(ApiError::NotPermitted, "only a coordinator of the network makes it one with another",
                 network_name(node_, network));
}

Answer NetworkApi::merge_code(Network& network, Now now) {
  if (Status status = keep_name(network, now); !status) return write_failure(node_, network, status.error(), now);
  // This node itself comes also without an address: it may only dial, and whoever it dials must know its key.
  MergeCode code{network.founding, reachable_members(network), network_name(node_, network)};
  if (config_.advertise.empty()) {
    if (code.members.size() == kMergeMembers) code.members.pop_back();
    code.members.push_back({node_.transport(), {}});
  }
  Value result;
  result.set("network", id_text(network.row.id));
  result.set("network_name", network_name(node_, network));
  result.set("code", encode(code));
  result.set("words", words_in(code));
  return result;
}

// A network that was never renamed is called by its own members as the tickets called it that let them in: the name is written
// down, so that it finds the network for the others, too. When the code is made, so before the other side can write down what the
// two are to be called.
Status NetworkApi::keep_name(Network& network, Now now) {
  if (network_view(node_, network)) return done();
  return write_network_name(network, network_name(node_, network), now);
}

std::optional<ApiFailure> NetworkApi::unite_with(Network& network, const MergeCode& code, Now now) {
  const Status united = node_.unite(network, code.founding, code.members, now);
  if (!united && united.error().code == Code::TooLarge) return network_failure(united.error());
  if (!united) return write_failure(node_, network, united.error(), now);
  Network* other = node_.ledger().find_network(id_of(code.founding.charter));
  if (other == nullptr || !other->row.label.empty()) return std::nullopt;
  other->row.label = code.label;  // until it says itself what it is called
  if (Status status = node_.ledger().rewrite_network(*other); !status) return failure_of(status.error());
  return std::nullopt;
}

Answer NetworkApi::merge(const Value& args, Now now) {
  Found<Network*> found = find_network(node_, args.text("network"));
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  Found<Network*> own = where_coordinator(*std::get<Network*>(found));
  if (auto* failed = std::get_if<ApiFailure>(&own)) return std::move(*failed);
  Network& network = *std::get<Network*>(own);
  const std::string with = args.text("with");
  if (with.empty()) return merge_code(network, now);

  MergeCode code;
  Network* here = nullptr;  // both of whose coordinators are at this node
  if (const Result<MergeCode> parsed = parse_merge_code(with)) {
    code = *parsed;
  } else {
    Found<Network*> other = find_network(node_, with);
    if (std::holds_alternative<ApiFailure>(other)) return failure(ApiError::BadMergeCode, parsed.error().text);
    other = where_coordinator(*std::get<Network*>(other));
    if (auto* failed = std::get_if<ApiFailure>(&other)) return std::move(*failed);
    here = std::get<Network*>(other);
    code = {here->founding, {}, network_name(node_, *here)};
  }
  const NetworkId other_id = id_of(code.founding.charter);
  if (other_id == network.row.id || network.united.contains(other_id)) {
    return failure(ApiError::AlreadyJoined, "the two are one already", code.label);
  }
  std::string into = args.text("into");
  if (!into.empty()) {
    Found<std::string> name = name_for_network(into, &network, &other_id);
    if (auto* failed = std::get_if<ApiFailure>(&name)) return std::move(*failed);
    into = std::get<std::string>(name);
  }
  Value result;
  result.set("network", id_text(network.row.id));
  result.set("network_name", network_name(node_, network));
  result.set("other", id_text(other_id));
  result.set("other_name", code.label);
  if (here == nullptr) result.set("words", words_in(code));
  if (args.boolean("look")) return result;
  if (here != nullptr) {
    for (Network* one : {&network, here}) {
      if (Status status = keep_name(*one, now); !status) return write_failure(node_, *one, status.error(), now);
    }
  }
  if (std::optional<ApiFailure> failed = unite_with(network, code, now)) return std::move(*failed);
  if (here != nullptr) {
    const MergeCode back{network.founding, {}, network_name(node_, network)};
    if (std::optional<ApiFailure> failed = unite_with(*here, back, now)) return std::move(*failed);
  }
  if (!into.empty()) {
    if (Status status = write_network_name(network, into, now); !status)
      return write_failure(node_, network, status.error(), now);
  }
  result.set("name", network_name(node_, network));
  result.set("united", network.united.contains(other_id));
  return result;
}

}  // namespace budstikke::daemon
