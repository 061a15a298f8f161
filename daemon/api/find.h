// Finds what a person names: networks, records and councils by prefix, label or name.
#pragma once

#include "daemon/api/answer.h"

namespace budstikke::daemon {

template <class T>
using Found = std::variant<T, ApiFailure>;

// The network named by an id's prefix, its name, or the label that it was joined under, else by a name that it had; the first one
// joined when `name` is empty.
Found<Network*> find_network(Node& node, const std::string& name);

struct FoundRecord {
  Network* network;
  RecordNumber number;
  RecordId id;
  RecordState state;
};
// The record of `kind` whose id starts with these letters (at least 4), in the named network or any.
Found<FoundRecord> find_record(Node& node, const KindInfo& kind, const std::string& letters, const std::string& network);

// As find_record(), of any kind, also of one that this version does not know.
Found<FoundRecord> find_any_record(Node& node, const std::string& letters, const std::string& network);

// The fixed nonce of a council's own record.
RecordKey council_record(const CouncilId& council);
// What the council's own record calls it, here or in a network that is one with this; its first letters when there is none (yet).
std::string council_name(const Node& node, const Network& network, const CouncilId& council);
// The network of a union that this node was in first: the one that stands for the union where people name or list one.
const Network* first_of_union(const Node& node, const Network& network);
// Whether a coordinator here wants to be one with it, and it is not yet: this node only waits for it.
bool is_awaited(const Node& node, const Network& network);
// Whether it is the network that a person named, or one with it; any is when nobody named one.
bool is_part_of(const Network& network, const Network* named);
// The network and those that are one with it.
std::vector<const Network*> parts_of(const Node& node, const Network& network);
// The record that names a network, and what people call it: what stands there, or the label that it was made or joined under.
RecordKey network_record();
// Of a union the name that was written last, in any of its networks.
std::string network_name(const Node& node, const Network& network);
std::optional<RecordView> network_view(const Node& node, const Network& network);
// The other councils of the network, and how many of them have a node that is linked now: who hears of a write at once.
struct OtherCouncils {
  std::size_t all = 0;
  std::size_t linked = 0;
};
OtherCouncils other_councils(const Node& node, const Network& network);
// The part of a union whose record gives its name; nullptr while none has one.
const Network* named_by(const Node& node, const Network& network);
// Names that a network had or that a conflict hides, the newest first, each once; without the one that is shown.
std::vector<std::string> other_names(const Node& node, const Network& network);
// The council that has this name, or whose id, or the id of one of whose nodes, starts with these letters (at least 4); if there
// is none, the one that had this name. Also one all of whose nodes are out: it may come back.
Found<CouncilId> find_council(const Node& node, const Network& network, const std::string& named);
// Whether a council has had this name, in any spelling of its letters' case.
bool was_called(const Node& node, const Network& network, const CouncilId& council, const std::string& name);
// The view of a council's own record, here or in a network that is one with this; nullopt when there is none.
std::optional<RecordView> council_view(const Node& node, const Network& network, const CouncilId& council);
std::optional<RecordView> council_view_here(const Node& node, const Network& network, const CouncilId& council);

// The names of the councils whose nodes can give the member another role, or prolong it, the most senior first; at most three.
std::vector<std::string> who_gives_roles(const Node& node, const Network& network, const Member& member, Now now);

// Where a page that is in order of ids goes on: behind the `after` of a request; nullopt without one.
Found<std::optional<RecordId>> id_after(const Value& args);

std::string id_text(View id);     // base32, whole
std::string short_text(View id);  // its first 6 letters

}  // namespace budstikke::daemon
