// The API's command `check`, asked of a node over a store on disk.
#include "daemon/api/check.h"

#include "daemon/api/records.h"
#include "store/tables.h"
#include "tests/store/raw.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

constexpr Now kChecked{Instant{1'000}, WallTime{1'790'000'000'000}};

// A node that founded a network, and the number of the entry that it wrote last.
struct Checked {
  Checked() { load(); }

  void load() {
    node.reset();
    storage.reset();
    storage = must_open(home.path());
    Result<std::unique_ptr<Node>> loaded =
        Node::load(*storage, {SigningKey::from_seed(Seed{}), TransportKey{}}, storage->store_id(), Seed{});
    REQUIRE(loaded.ok());
    node = std::move(*loaded);
    if (node->ledger().networks().empty()) REQUIRE(node->create_network("Region Syddanmark", kChecked).ok());
  }
  void add(const std::string& name) {
    Value fields, args;
    fields.set("name", Value::Array{Value(name)});
    args.set("kind", "contact");
    args.set("fields", std::move(fields));
    daemon::RecordsApi records(*node);
    const std::optional<daemon::Answer> answer = records.handle("record.add", args, kChecked);
    REQUIRE((answer && std::holds_alternative<Value>(*answer)));
    REQUIRE(node->commit(kChecked).ok());
  }
  Value check(bool repair) {
    Value args = Value::map();
    args.set("repair", repair);
    daemon::Answer answer = daemon::check(*node, *storage, args, kChecked, needs_restart);
    const ApiFailure* failed = std::get_if<ApiFailure>(&answer);
    CAPTURE((failed != nullptr ? failed->message : std::string()));
    REQUIRE(failed == nullptr);
    REQUIRE(node->commit(kChecked).ok());
    return std::get<Value>(answer);
  }
  // Does something to the store's file that LMDB does not notice, and loads the node again.
  template <class Body>
  void spoil(Body body) {
    node.reset();
    storage.reset();
    with_raw(home.path(), body);
    load();
  }
  Bytes last_entry() const {
    Bytes last;
    REQUIRE(storage->scan(Table::Entries, {}, [&](View key, View) {
      last = bytes_of(key);
      return true;
    }));
    return last;
  }
  std::uint64_t logs() const {
    std::uint64_t count = 0;
    for (const auto& [id, log] : node->ledger().networks().begin()->second.logs)
      count += id.log_class == LogClass::Data && !log.row.tips.empty() ? 1 : 0;
    return count;
  }

  TempHome home;
  std::unique_ptr<store::LmdbStorage> storage;
  std::unique_ptr<Node> node;
  bool needs_restart = false;
};

}  // namespace

TEST_CASE("check: a store that is well is said to be, with every key, and nothing is written") {
  Checked checked;
  checked.add("Et");
  const Incarnation incarnation = checked.node->ledger().incarnation();
  const Value report = checked.check(true);
  CHECK(report.boolean("ok"));
  CHECK(report.find("rows")->integer("damaged") == 0);
  for (const char* key : {"repaired", "healed_wanted"}) {
    REQUIRE(report.find(key) != nullptr);
    CHECK(report.integer(key) == 0);
  }
  CHECK_FALSE(report.boolean("restart", true));
  CHECK(checked.node->ledger().incarnation() == incarnation);
}

TEST_CASE("check: where an entry of our own is gone its log ends before, and what is written then goes into another") {
  Checked checked;
  checked.add("Et");
  checked.add("To");
  const Bytes lost = checked.last_entry();
  checked.spoil([&](MDB_txn* txn) { raw_damage(txn, "entries", lost); });
  const Value found = checked.check(false);
  CHECK_FALSE(found.boolean("ok", true));
  CHECK(found.find("rows")->integer("damaged") == 1);
  const Value repaired = checked.check(true);
  CHECK(repaired.boolean("ok"));
  CHECK(repaired.integer("repaired") >= 1);
  CHECK_FALSE(checked.needs_restart);
  CHECK(checked.logs() == 1);
  checked.add("Tre");  // others may hold the lost entry: another one of the same number would fork the log
  CHECK(checked.logs() == 2);
  CHECK(checked.check(false).boolean("ok"));
}

TEST_CASE("check: a row whose key makes no sense is left to a start, and keeps nothing else from being mended") {
  Checked checked;
  checked.add("Et");
  const Bytes lost = checked.last_entry();
  checked.spoil([&](MDB_txn* txn) {
    raw_put(txn, "conflicts", Table::Conflicts, Bytes(100, 7), {});
    raw_damage(txn, "entries", lost);
  });
  const Value repaired = checked.check(true);
  CHECK_FALSE(repaired.boolean("ok", true));
  CHECK(repaired.boolean("restart"));
  CHECK(checked.needs_restart);
  CHECK(repaired.find("rows")->integer("damaged") == 1);
  CHECK(repaired.integer("repaired") >= 1);
}
