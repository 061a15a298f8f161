#include "daemon/api/copies.h"

#include "protocol/base/text.h"
#include "protocol/records/moment.h"

namespace budstikke::daemon {
namespace {

void set_member(Value& value, const Node& node, const Network& network, const MemberKey& key) {
  value.set("member", id_text(key));
  const Member* member = network.membership.find(key);
  if (member == nullptr) return;
  value.set("council", id_text(member->council));
  value.set("name", council_name(node, network, member->council));
}

// A network in which the member is known; nullptr when it is in none any more.
const Network* network_of(const Node& node, const MemberKey& member) {
  for (const auto& [id, network] : node.ledger().networks()) {
    if (network.membership.find(member) != nullptr) return &network;
  }
  return nullptr;
}

}  // namespace

void set_copies(Value& network_value, const Node& node, const Network& network) {
  if (network.withheld) network_value.set("withheld", true);
  Value forks = Value::array();
  for (const auto& [id, log] : network.logs) {
    if (log.tips().size() < 2) continue;
    Value fork;
    set_member(fork, node, network, id.author);
    Bytes incarnation;
    ByteWriter(incarnation).u64(id.incarnation.value);
    fork.set("incarnation", hex_of(incarnation));
    fork.set("class", id.log_class == LogClass::Membership ? "membership" : "data");
    Value tips = Value::array();
    for (const StoredTip& tip : log.tips()) {
      Value one;
      one.set("seq", tip.head.seq.value);
      one.set("entry", hex_of(tip.head.id));
      one.set("time", format_utc(tip.head.stamp));
      tips.push(std::move(one));
    }
    fork.set("tips", std::move(tips));
    forks.push(std::move(fork));
  }
  if (!forks.items().empty()) network_value.set("forks", std::move(forks));
}

void set_two_stores(Value& status, const Node& node) {
  Value all = Value::array();
  for (const auto& [member, two] : node.two_stores()) {
    const Network* network = network_of(node, member);
    if (network == nullptr) continue;
    Value one;
    set_member(one, node, *network, member);
    one.set("own", member == node.self());
    Value stores = Value::array();
    for (const StoreId& store : two.stores) stores.push(hex_of(store));
    one.set("stores", std::move(stores));
    if (!two.told_by.is_zero() && two.told_by != node.self()) one.set("told_by", id_text(two.told_by));
    all.push(std::move(one));
  }
  if (!all.items().empty()) status.set("two_stores", std::move(all));
}

}  // namespace budstikke::daemon
