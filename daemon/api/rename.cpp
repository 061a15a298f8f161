// The API's commands that give a network, or the own council, another name. Both are records like any other, so that who is
// offline hears of it later, and the names that they had still find them.
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

Found<std::string> NetworkApi::name_for_network(const std::string& typed, const Network* renamed) const {
  Found<Value> value = typed_name(Kind::Network, typed);
  if (auto* failed = std::get_if<ApiFailure>(&value)) return std::move(*failed);
  const std::string name = *std::get<Value>(value).if_text();
  if (name.size() > kMaxLabelBytes) return failure(ApiError::TooLong, "at most 100 bytes", "name");  // it must fit a ticket
  for (const auto& [id, network] : node_.ledger().networks()) {
    if (&network != renamed && fold_case(network_name(node_, network)) == fold_case(name)) {
      return failure(ApiError::AlreadyJoined, "a network of this name is here", name);
    }
  }
  return name;
}

Answer NetworkApi::rename(const Value& args, Now now) {
  Found<Network*> found = find_network(node_, args.text("network"));
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  Network& network = *std::get<Network*>(found);
  Found<std::string> name = name_for_network(args.text("name"), &network);
  if (auto* failed = std::get_if<ApiFailure>(&name)) return std::move(*failed);
  const std::string former = network_name(node_, network);
  const Value value(std::get<std::string>(name));
  if (Status status = write_name(node_, network, network_record(), network_view(node_, network), value, now); !status) {
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
    if (own == nullptr || (only != nullptr && only != &network)) continue;
    const std::string former = council_name(node_, network, own->council);
    const Status status = write_name(node_, network, council_record(own->council), council_view(node_, network, own->council),
                                     std::get<Value>(name), now);
    if (!status) {  // where it is a reader, or out: elsewhere it may be renamed all the same
      refused = write_failure(node_, network, status.error(), now);
      continue;
    }
    result.set("former", former);
    networks.push(Value(network_name(node_, network)));
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
