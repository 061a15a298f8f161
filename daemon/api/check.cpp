#include "daemon/api/check.h"

#include "daemon/api/find.h"

namespace budstikke::daemon {
namespace {

struct Findings {
  Value networks = Value::array();
  store::Inspection rows;
  bool ok = true;
};

Result<Findings> look(Node& node, const store::LmdbStorage& storage) {
  Findings found;
  Result<store::Inspection> rows = storage.inspect();
  if (!rows) return rows.error();
  found.rows = *rows;
  found.ok = found.rows.clean();
  for (const auto& [id, network] : node.ledger().networks()) {
    Result<Ledger::Check> checked = node.ledger().check(network);
    if (!checked && checked.error().code != Code::Damaged) return checked.error();
    if (!checked) checked = Ledger::Check{0, 0, false, false, {checked.error().text}};
    Value value;
    value.set("id", id_text(id));
    value.set("name", network_name(node, network));
    value.set("entries", checked->entries);
    value.set("records", checked->records);
    value.set("state_ok", checked->state_ok);
    value.set("vector_ok", checked->vector_ok);
    Value differences = Value::array();
    for (const std::string& difference : checked->differences) differences.push(difference);
    value.set("differences", std::move(differences));
    found.networks.push(std::move(value));
    found.ok = found.ok && checked->state_ok && checked->vector_ok;
  }
  return found;
}

// Gives up rows that cannot be read: whatever they held is made anew or fetched again. Their number.
Result<std::uint64_t> give_up_damaged(store::LmdbStorage& storage) {
  std::uint64_t given_up = 0;
  for (std::uint8_t number = 1; number <= kTableCount; ++number) {
    const auto table = static_cast<Table>(number);
    std::vector<Bytes> keys;
    Status scanned = storage.scan(
        table, {}, [](View, View) { return true; },
        [&](View key) {
          if (!key.empty()) keys.push_back(bytes_of(key));  // one that cannot be read is lost: a start sees to it
        });
    if (!scanned && scanned.error().code != Code::Damaged) return scanned.error();
    for (const Bytes& key : keys) {
      if (Status status = storage.erase(table, key); !status) return status.error();
      ++given_up;
    }
  }
  return given_up;
}

std::uint64_t wanted(const Node& node) {
  std::uint64_t count = 0;
  for (const auto& [id, network] : node.ledger().networks()) {
    count += network.missing;
    for (const auto& [log_id, log] : network.logs) count += log.orphans.empty() ? 0 : 1;
  }
  return count;
}

}  // namespace

Answer check(Node& node, store::LmdbStorage& storage, const Value& args, Now now, bool& needs_restart) {
  if (Status status = node.commit(now); !status) return failure_of(status.error());  // what is looked at is what is on the disk
  Result<Findings> found = look(node, storage);
  if (!found) return failure_of(found.error());
  Value result;
  std::uint64_t repaired = 0;
  bool restart = false;
  if (args.boolean("repair") && !found->ok) {
    restart = found->rows.lost > 0;
    Result<std::uint64_t> given_up = give_up_damaged(storage);
    if (!given_up) return failure_of(given_up.error());
    if (Status status = node.rebuild(now); !status) return failure_of(status.error());
    // Entries of our own may be among those that are gone: nothing must be appended behind a gap that nobody can fill.
    if (Status status = node.ledger().renew_incarnation(Incarnation{node.random().u64()}); !status)
      return failure_of(status.error());
    repaired = *given_up;
    for (const Value& network : found->networks.items()) repaired += network.items("differences").size();
    found = look(node, storage);
    if (!found) return failure_of(found.error());
    needs_restart = restart = restart || !found->rows.clean();
  }
  result.set("repaired", repaired);
  result.set("healed_wanted", wanted(node));
  result.set("restart", restart);
  Value rows;
  rows.set("sound", found->rows.sound);
  rows.set("damaged", found->rows.damaged);
  rows.set("lost", found->rows.lost);
  result.set("networks", std::move(found->networks));
  result.set("rows", std::move(rows));
  result.set("ok", found->ok);
  return result;
}

}  // namespace budstikke::daemon
