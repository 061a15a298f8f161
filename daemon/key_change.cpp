#include "daemon/key_change.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "daemon/door/transport_key.h"
#include "protocol/base/limits.h"
#include "store/file_system.h"

namespace budstikke::daemon {
namespace {

constexpr std::string_view kNextKey = "transport-next";

}  // namespace

Result<KeyChange> KeyChange::found_in(const Home& home) {
  KeyChange change;
  if (!home.keys().has(kNextKey)) return change;
  const Result<Seed> secret = home.keys().read(kNextKey);
  if (!secret) return secret.error();
  change.next_ = TransportPair::from_secret(*secret).public_key;
  return change;
}

Status KeyChange::begin(const Home& home) {
  if (is_under_way()) return done();
  TransportPair pair = random_transport_pair();
  Status written = home.keys().write(kNextKey, pair.secret, store::Existing::Replace);
  wipe(pair.secret);
  if (written) next_ = pair.public_key;
  return written;
}

Status KeyChange::state(Node& node, Now now) const { return next_ ? node.state_transport(*next_, now) : done(); }

std::set<MemberKey> KeyChange::waits_for(const Node& node) const {
  return next_ ? node.unaware_of_transport() : std::set<MemberKey>();
}

std::optional<WallTime> KeyChange::stated(const Node& node) const {
  std::optional<WallTime> first;
  for (const auto& [id, network] : node.ledger().networks()) {
    const Member* own = node.self_in(network);
    if (own == nullptr || own->transport != next_) continue;
    first = std::min(first.value_or(own->transport_since), own->transport_since);
  }
  return first;
}

std::optional<WallTime> KeyChange::latest(const Node& node) const {
  const std::optional<WallTime> since = stated(node);
  return since ? std::optional(WallTime{since->ms + kKeyChangeLasts.count()}) : std::nullopt;
}

bool KeyChange::is_due(const Node& node, Now now) const {
  if (!next_ || node.ledger().has_uncommitted()) return false;
  bool is_member_everywhere = true;  // else its admission, by the former key, is still on its way here
  for (const auto& [id, network] : node.ledger().networks()) {
    const Member* own = node.self_in(network);
    if (own != nullptr && !own->removed && own->transport != *next_) return false;
    is_member_everywhere = is_member_everywhere && own != nullptr;
  }
  const std::set<MemberKey> unaware = waits_for(node);
  const std::optional<WallTime> end = latest(node);
  if ((unaware.empty() && is_member_everywhere) || (end && now.wall >= *end)) return true;
  if (!hurried_) return false;
  const std::vector<PeerStatus> linked = node.peers();
  const bool all_linked_know =
      std::none_of(linked.begin(), linked.end(), [&](const PeerStatus& peer) { return unaware.contains(peer.member); });
  return all_linked_know || now.steady >= *hurried_ + kLastNews;
}

Status KeyChange::take_into_use(const Home& home) {
  const std::filesystem::path next = home.keys().path_of(kNextKey), current = home.transport_key();
  if (std::rename(next.c_str(), current.c_str()) != 0) {
    return store::system_error(errno, "cannot put in its place: " + current.string());
  }
  next_.reset();
  hurried_.reset();
  return store::sync_directory(current.parent_path());
}

}  // namespace budstikke::daemon
