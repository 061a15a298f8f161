#include "daemon/api/find.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "protocol/base/text.h"
#include "protocol/records/moment.h"

namespace budstikke::daemon {
namespace {

constexpr std::size_t kShortLetters = 6;
constexpr std::size_t kLeastLetters = 4;

// The smallest id whose base32 starts with `letters`.
RecordId first_with(const std::string& letters) {
  std::string padded = letters;
  padded.resize(52, '0');
  const std::optional<Bytes> bytes = bytes_of_base32(padded, RecordId::kSize);
  return bytes ? RecordId::from(*bytes) : RecordId{};
}

// `kind` may be nullptr: any.
Status collect(const Ledger& ledger, const Network& network, const KindInfo* kind, const std::string& letters,
               std::vector<std::pair<RecordNumber, RecordId>>& found) {
  const Bytes from = record_id_key(network.number, first_with(letters));
  std::optional<Error> failed;
  Status scanned = ledger.reader().scan(Table::RecordIds, from, [&](View key, View payload) {
    ByteReader reader(key);
    if (reader.u64() != network.number.value) return false;
    const RecordId id = reader.fixed<RecordId>();
    if (id_text(id).compare(0, letters.size(), letters) != 0) return false;
    const RecordNumber number{ByteReader(payload).u64()};
    Result<std::optional<RecordState>> state = ledger.record(number);
    if (!state) {
      failed = state.error();
      return false;
    }
    const bool is_there = *state && !(*state)->live.empty();
    const bool fits = is_there && (kind == nullptr || (*state)->key.kind == static_cast<std::uint8_t>(kind->kind));
    if (fits) found.emplace_back(number, id);
    return found.size() < 2;
  });
  return failed ? Status(*failed) : scanned;
}

Found<FoundRecord> find_in(Node& node, const KindInfo* kind, const std::string& letters, const std::string& network_name);

}  // namespace

Found<std::optional<RecordId>> id_after(const Value& args) {
  const std::string text = args.text("after");
  if (text.empty()) return std::optional<RecordId>();
  const std::optional<Bytes> bytes = bytes_of_base32(text, RecordId::kSize);
  if (!bytes) return failure(ApiError::BadRequest, "`after` is not an id", "after");
  return std::optional(RecordId::from(*bytes));
}

std::string id_text(View id) { return base32_of(id); }
std::string short_text(View id) { return base32_of(id).substr(0, kShortLetters); }

Found<Network*> find_network(Node& node, const std::string& name) {
  Network* first = nullptr;
  std::vector<Network*> found;
  const std::optional<std::string> letters = base32_letters(name);
  for (auto& [id, network] : node.ledger().networks()) {
    if (first == nullptr || network.number < first->number) first = &network;
    const bool by_name =
        fold_case(network_name(node, network)) == fold_case(name) || fold_case(network.row.label) == fold_case(name);
    const bool by_id = letters && letters->size() >= kLeastLetters && id_text(id).rfind(*letters, 0) == 0;
    if (by_name || by_id) found.push_back(&network);
  }
  if (first == nullptr) return failure(ApiError::NoNetwork, "this node is in no network yet");
  if (name.empty()) return first;
  if (found.empty()) {
    for (auto& [id, network] : node.ledger().networks()) {
      const std::vector<std::string> names = other_names(node, network);
      const auto is_it = [&](const std::string& other) { return fold_case(other) == fold_case(name); };
      if (std::any_of(names.begin(), names.end(), is_it)) found.push_back(&network);
    }
  }
  if (found.empty()) return failure(ApiError::NoSuchNetwork, "no network of that name or id", name);
  std::set<const Network*> unions;
  for (const Network* network : found) unions.insert(first_of_union(node, *network));
  if (unions.size() > 1) {  // one that is yet to be one with a network here is not what people mean
    std::erase_if(found, [&](const Network* network) { return node.self_in(*network) == nullptr; });
    std::erase_if(unions, [&](const Network* network) { return node.self_in(*network) == nullptr; });
  }
  if (unions.size() != 1) return failure(ApiError::AmbiguousId, "several networks fit", name);
  return found.size() == 1 ? found.front() : node.ledger().find_network((*unions.begin())->row.id);
}

bool is_awaited(const Node& node, const Network& network) {
  const auto& networks = node.ledger().networks();
  return node.self_in(network) == nullptr && std::any_of(networks.begin(), networks.end(), [&](const auto& here) {
           return here.second.membership.successors().contains(network.row.id);
         });
}

bool is_part_of(const Network& network, const Network* named) {
  return named == nullptr || named == &network || named->united.contains(network.row.id);
}

std::vector<const Network*> parts_of(const Node& node, const Network& network) {
  std::vector<const Network*> parts{&network};
  for (const NetworkId& id : network.united) parts.push_back(&node.ledger().networks().at(id));
  return parts;
}

const Network* first_of_union(const Node& node, const Network& network) {
  const Network* first = &network;
  for (const NetworkId& id : network.united) {
    const Network& other = node.ledger().networks().at(id);
    if (other.number < first->number) first = &other;
  }
  return first;
}

Found<FoundRecord> find_record(Node& node, const KindInfo& kind, const std::string& letters, const std::string& network) {
  return find_in(node, &kind, letters, network);
}

Found<FoundRecord> find_any_record(Node& node, const std::string& letters, const std::string& network) {
  return find_in(node, nullptr, letters, network);
}

namespace {

Found<FoundRecord> find_in(Node& node, const KindInfo* kind, const std::string& letters, const std::string& network_name) {
  const std::optional<std::string> canonical = base32_letters(letters);
  if (!canonical || canonical->size() < kLeastLetters || canonical->size() > 52) {
    return failure(ApiError::NoSuchRecord, "a record is named by at least 4 letters of its id", letters);
  }
  std::vector<Network*> networks;
  if (network_name.empty()) {
    for (auto& [id, network] : node.ledger().networks()) networks.push_back(&network);
  } else {
    Found<Network*> named = find_network(node, network_name);
    if (auto* failed = std::get_if<ApiFailure>(&named)) return std::move(*failed);
    networks.push_back(std::get<Network*>(named));
    for (const NetworkId& id : networks.front()->united) networks.push_back(node.ledger().find_network(id));
  }
  std::vector<std::pair<RecordNumber, RecordId>> found;
  Network* where = nullptr;
  for (Network* network : networks) {
    std::vector<std::pair<RecordNumber, RecordId>> here;
    if (Status status = collect(node.ledger(), *network, kind, *canonical, here); !status) return failure_of(status.error());
    // What two parts of a union both have is one record: that of the part which the node was in first.
    const bool is_again =
        here.size() == 1 && found.size() == 1 && here.front().second == found.front().second && is_part_of(*network, where);
    if (is_again && where->number < network->number) continue;
    if (is_again) found.clear();
    if (!here.empty()) where = network;
    found.insert(found.end(), here.begin(), here.end());
  }
  if (found.empty()) return failure(ApiError::NoSuchRecord, "no record has such an id", letters);
  if (found.size() > 1) return failure(ApiError::AmbiguousId, "several records fit; give more letters", letters);
  Result<std::optional<RecordState>> state = node.ledger().record(found.front().first);
  if (!state) return failure_of(state.error());
  return FoundRecord{where, found.front().first, found.front().second, std::move(**state)};
}

}  // namespace

RecordKey council_record(const CouncilId& council) { return {council, static_cast<std::uint8_t>(Kind::Council), Nonce{}}; }

RecordKey network_record() { return {CouncilId{}, static_cast<std::uint8_t>(Kind::Network), Nonce{}}; }

namespace {

constexpr std::size_t kNamesRead = 1'000;  // changes of a record that are looked through for a name that it had

std::optional<RecordState> state_of(const Node& node, const Network& network, const RecordKey& key) {
  Result<std::optional<RecordNumber>> number = node.ledger().find_record(network, id_of(key));
  if (!number || !*number) return std::nullopt;
  Result<std::optional<RecordState>> state = node.ledger().record(**number);
  return state ? std::move(*state) : std::nullopt;
}

std::optional<RecordView> view_in(const Node& node, const Network& network, const RecordKey& key) {
  const std::optional<RecordState> state = state_of(node, network, key);
  if (!state) return std::nullopt;
  Result<RecordView> view = node.ledger().view(*state);
  return view ? std::optional(std::move(*view)) : std::nullopt;
}

std::uint8_t name_field(const RecordKey& key) { return find_field(*find_kind(static_cast<Kind>(key.kind)), "name")->number; }

std::optional<std::string> name_in(const std::optional<RecordView>& view) {
  const Value* name = view ? view->shown(name_field(view->key)) : nullptr;
  return name != nullptr && name->if_text() != nullptr ? std::optional(*name->if_text()) : std::nullopt;
}

// Every name that a member validly wrote into the record, the newest to come here first; what cannot be read is left out.
std::vector<std::string> names_in(const Node& node, const Network& network, const RecordKey& key) {
  std::vector<std::string> names;
  const std::optional<RecordState> state = state_of(node, network, key);
  if (!state) return names;
  std::size_t read = 0;
  const Status walked = node.ledger().each_change(*state, [&](const ChangeRecord& record) {
    const std::vector<Operation>& operations = record.change.skeleton.operations;
    for (std::size_t i = 0; i < record.values.size() && record.change.author; ++i) {
      const std::string* name = record.values[i].if_text();
      const bool is_name = operations[i].field == name_field(key) && operations[i].operation_class == OperationClass::Write;
      if (!is_name || name == nullptr || !permitted(key, name_field(key), OperationClass::Write, *record.change.author, false))
        continue;
      if (std::find(names.begin(), names.end(), *name) == names.end()) names.push_back(*name);
    }
    return ++read < kNamesRead;
  });
  if (!walked) names.clear();  // a name is found by more than its past; `check` tells of damage
  return names;
}

}  // namespace

std::optional<RecordView> network_view(const Node& node, const Network& network) {
  return view_in(node, network, network_record());
}

namespace {

// Whether the network's record was given its name in place of another one, so on purpose: and not only because a union was to
// know what it was called all along.
bool is_renamed(const Node& node, const Network& network, const OperationId& written) {
  const std::optional<RecordState> state = state_of(node, network, network_record());
  if (!state) return false;
  bool renamed = false;
  const Status walked = node.ledger().each_change(*state, [&](const ChangeRecord& record) {
    const std::vector<Operation>& operations = record.change.skeleton.operations;
    for (std::size_t i = 0; i < operations.size(); ++i) {
      const OperationId id{record.change.source.entry, record.change.source.change, static_cast<std::uint8_t>(i)};
      renamed = renamed || (id == written && !operations[i].overwrites.empty());
    }
    return !renamed;
  });
  return walked && renamed;
}

}  // namespace

const Network* named_by(const Node& node, const Network& network) {
  const Network* named = nullptr;
  std::tuple<bool, WallTime, OperationId> best;
  for (const Network* part : parts_of(node, network)) {
    const std::optional<RecordView> view = network_view(node, *part);
    if (!name_in(view)) continue;
    const Candidate& written = view->of(name_field(view->key)).front();
    const std::tuple place(!network.united.empty() && is_renamed(node, *part, written.id), written.stamp, written.id);
    if (named != nullptr && place < best) continue;
    best = place;
    named = part;
  }
  return named;
}

OtherCouncils other_councils(const Node& node, const Network& network) {
  const Member* own = node.self_in(network);
  std::map<CouncilId, bool> is_linked;
  for (const auto& [key, member] : network.membership.members()) {
    if (!member.removed && (own == nullptr || member.council != own->council)) is_linked[member.council];
  }
  for (const PeerStatus& peer : node.peers()) {
    const Member* member = peer.network == network.row.id ? network.membership.find(peer.member) : nullptr;
    const auto council = member != nullptr ? is_linked.find(member->council) : is_linked.end();
    if (council != is_linked.end()) council->second = true;
  }
  const auto linked = std::count_if(is_linked.begin(), is_linked.end(), [](const auto& council) { return council.second; });
  return {is_linked.size(), static_cast<std::size_t>(linked)};
}

std::string network_name(const Node& node, const Network& network) {
  if (const Network* named = named_by(node, network)) return *name_in(network_view(node, *named));
  const Network& first = *first_of_union(node, network);
  return first.row.label.empty() ? short_text(first.row.id) : first.row.label;
}

std::vector<std::string> other_names(const Node& node, const Network& network) {
  std::vector<std::string> names;
  for (const Network* part : parts_of(node, network)) {
    std::vector<std::string> written = names_in(node, *part, network_record());
    if (!written.empty() || !network.united.empty()) written.push_back(part->row.label);
    names.insert(names.end(), written.begin(), written.end());
  }
  std::erase(names, network_name(node, network));
  std::vector<std::string> once;
  for (std::string& name : names) {
    if (!name.empty() && std::find(once.begin(), once.end(), name) == once.end()) once.push_back(std::move(name));
  }
  return once;
}

bool was_called(const Node& node, const Network& network, const CouncilId& council, const std::string& name) {
  for (const Network* part : parts_of(node, network)) {
    const std::vector<std::string> names = names_in(node, *part, council_record(council));
    const auto is_it = [&](const std::string& had) { return fold_case(had) == fold_case(name); };
    if (std::any_of(names.begin(), names.end(), is_it)) return true;
  }
  return false;
}

std::optional<RecordView> council_view_here(const Node& node, const Network& network, const CouncilId& council) {
  return view_in(node, network, council_record(council));
}

std::optional<RecordView> council_view(const Node& node, const Network& network, const CouncilId& council) {
  std::optional<RecordView> view;
  for (const Network* part : parts_of(node, network)) {
    if (!view) view = council_view_here(node, *part, council);
  }
  return view;
}

std::string council_name(const Node& node, const Network& network, const CouncilId& council) {
  return name_in(council_view(node, network, council)).value_or(short_text(council));
}

Found<CouncilId> find_council(const Node& node, const Network& network, const std::string& named) {
  const std::optional<std::string> letters = base32_letters(named);
  std::set<CouncilId> found;
  for (const auto& [key, member] : network.membership.members()) {
    const auto starts = [&](View id) {
      return letters && letters->size() >= kLeastLetters && id_text(id).rfind(*letters, 0) == 0;
    };
    const bool by_name = fold_case(council_name(node, network, member.council)) == fold_case(named);
    if (by_name || starts(member.council) || starts(key)) found.insert(member.council);
  }
  const bool is_former = found.empty();
  for (const auto& [key, member] : network.membership.members()) {
    if (is_former && was_called(node, network, member.council, named)) found.insert(member.council);
  }
  if (found.empty()) return failure(ApiError::NoSuchCouncil, "no council has such an id or name", named);
  if (found.size() > 1) return failure(ApiError::AmbiguousId, "several councils fit; name one by its own id", named);
  return *found.begin();
}

ApiFailure failure_of(const Error& error) {
  switch (error.code) {
    case Code::NotAllowed:
      return failure(ApiError::NotPermitted, error.text, error.subject);
    case Code::TooLarge:
      return failure(ApiError::TooLong, error.text, error.subject);
    case Code::Full:
      return failure(ApiError::StoreFull, error.text, error.subject);
    case Code::Io:
    case Code::Damaged:
      return failure(ApiError::StoreFailed, error.text, error.subject);
    case Code::Later:
      return failure(ApiError::QuotaUsed, error.text, error.subject);
    case Code::Conflict:
      return failure(ApiError::AlreadyJoined, error.text, error.subject);
    case Code::Malformed:
    case Code::Forged:
    case Code::Invalid:
    case Code::NotFound:
    case Code::Ambiguous:
      break;
  }
  return failure(ApiError::Internal, error.text, error.subject);
}

ApiFailure network_failure(const Error& error) {
  return error.code == Code::TooLarge ? failure(ApiError::NoRoomForNetwork, error.text, error.subject) : failure_of(error);
}

ApiFailure write_failure(const Node& node, const Network& network, const Error& error, Now now) {
  const Member* own = node.self_in(network);
  if (error.code != Code::NotAllowed || own == nullptr) return failure_of(error);
  for (const auto& [id, removal] : network.membership.removals()) {
    if (removal.member == own->key && removal.is_leave())
      return failure(ApiError::HasLeft, error.text, network_name(node, network));
  }
  if (!own->removed && own->role_has_ended(now.wall)) {
    ApiFailure ended = failure(ApiError::RoleEnded, error.text, format_utc(own->until));
    Value who = Value::array();
    for (const std::string& name : who_gives_roles(node, network, *own, now)) who.push(name);
    ended.args.set("who", std::move(who));
    ended.args.set("member", id_text(own->key));
    ended.args.set("role", text_of(own->role));
    return ended;
  }
  return failure_of(error);
}

std::vector<std::string> who_gives_roles(const Node& node, const Network& network, const Member& member, Now now) {
  constexpr std::size_t kMostNamed = 3;
  std::map<std::uint32_t, const Member*> by_seniority;
  for (const auto& [key, other] : network.membership.members()) {
    const bool may = !other.removed && !other.role_has_ended(now.wall) && network.membership.may_give_role(other, member);
    if (may) by_seniority.emplace(other.rank, &other);
  }
  std::vector<std::string> names;
  for (const auto& [rank, other] : by_seniority) {
    std::string name = council_name(node, network, other->council);
    const bool is_known = std::find(names.begin(), names.end(), name) != names.end();
    if (!is_known && names.size() < kMostNamed) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace budstikke::daemon
