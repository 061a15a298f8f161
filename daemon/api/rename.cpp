// The API's commands that give a network, or the own council, another name. Both are records like any other, so that who is
// offline hears of it later, and the names that they had still find them.
#include <algorithm>

#include "daemon/api/network.h"
#include "daemon/api/records.h"
#include "protocol/base/limits.h"
#include "protocol/base/text.h"

namespace budstikke::daemon {
namespace {

// Writes a name where another stands, or several do.
Status write_name(Node& node, Network& network, const RecordKey& key, const std::optional<RecordView>& view, const Value& name,
                  Now now) {
  ChangeBuilder builder(key, view ? &*view : nullptr);
  builder.write(find_field(*find_kind(static_cast<Kind>(key.kind)), "name")->number, name);
  if (builder.empty()) return done();
  const ChangeBytes change = builder.finish(node.random().fixed<Salt>());
  return node.write(network, {&change, 1}, now);
}

// As a person typed it, in the field's canonical form.
Found<Value> typed_name(Kind kind, const std::string& typed) {
  if (trim(typed).empty()) return failure(ApiError::MissingValue, "a name is needed", "name");
  return value_for(*find_field(*find_kind(kind), "name"), Value(typed));
}

}  // namespace

Found<std::string> NetworkApi::name_for_network(const std::string& typed, const Network* renamed,
                                                const NetworkId* to_be_one) const {
  Found<Value> value = typed_name(Kind::Network, typed);
  if (auto* failed = std::get_if<ApiFailure>(&value)) return std::move(*failed);
  const std::string name = *std::get<Value>(value).if_text();
  if (name.size() > kMaxLabelBytes) return failure(ApiError::TooLong, "at most 100 bytes", "name");  // it must fit a ticket
  for (const auto& [id, network] : node_.ledger().networks()) {
    const bool is_one = renamed != nullptr && (renamed->united.contains(id) || renamed->membership.successors().contains(id));
    if (is_one || (to_be_one != nullptr && *to_be_one == id)) continue;
    if (&network != renamed && fold_case(network_name(node_, network)) == fold_case(name)) {
      return failure(ApiError::AlreadyJoined, "a network of this name is here", name);
    }
  }
  return name;
}

// In every part of a union that has a name: so each is overwritten knowingly, whatever clock it was stamped by.
Status NetworkApi::write_network_name(Network& network, const std::string& name, Now now) {
  bool is_written = false;
  for (const Network* part : parts_of(node_, network)) {
    const std::optional<RecordView> view = network_view(node_, *part);
    if (!view) continue;
    Network& named = *node_.ledger().find_network(part->row.id);
    if (Status status = write_name(node_, named, network_record(), view, Value(name), now); !status) return status;
    is_written = true;
  }
  return is_written ? done() : write_name(node_, network, network_record(), std::nullopt, Value(name), now);
}

Answer NetworkApi::rename(const Value& args, Now now) {
  Found<Network*> found = find_network(node_, args.text("network"));
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  Network& network = *std::get<Network*>(found);
  Found<std::string> name = name_for_network(args.text("name"), &network);
  if (auto* failed = std::get_if<ApiFailure>(&name)) return std::move(*failed);
  const std::string former = network_name(node_, network);
  if (Status status = write_network_name(network, std::get<std::string>(name), now); !status) {
    return write_failure(node_, network, status.error(), now);
  }
  Value result;
  result.set("id", id_text(network.row.id));
  result.set("name", network_name(node_, network));
  result.set("former", former);
  return result;
}

Answer NetworkApi::rename_council(const Value& args, Now now) {
  Found<Value> name = typed_name(Kind::Council, args.text("name"));
  if (auto* failed = std::get_if<ApiFailure>(&name)) return std::move(*failed);
  Network* only = nullptr;
  if (const std::string named = args.text("network"); !named.empty()) {
    Found<Network*> found = find_network(node_, named);
    if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
    only = std::get<Network*>(found);
  }
  Value result, networks = Value::array();
  std::optional<ApiFailure> refused;
  for (auto& [id, network] : node_.ledger().networks()) {
    const Member* own = node_.self_in(network);
    if (own == nullptr || !is_part_of(network, only)) continue;
    const std::optional<RecordView> view = council_view_here(node_, network, own->council);
    if (!view && council_view(node_, network, own->council)) continue;  // it stands in another part of the union
    const std::string former = council_name(node_, network, own->council);
    const Status status = write_name(node_, network, council_record(own->council), view, std::get<Value>(name), now);
    if (!status) {  // where it is a reader, or out: elsewhere it may be renamed all the same
      refused = write_failure(node_, network, status.error(), now);
      continue;
    }
    result.set("former", former);
    const Value where(network_name(node_, network));
    const bool is_said = std::find(networks.items().begin(), networks.items().end(), where) != networks.items().end();
    if (!is_said) networks.push(where);  // it may stand in two of one union
  }
  if (networks.items().empty()) {
    if (refused) return std::move(*refused);
    return failure(ApiError::NoNetwork, "this node is in no network yet");
  }
  result.set("name", std::get<Value>(name));
  result.set("networks", std::move(networks));
  return result;
}

}  // namespace budstikke::daemon
