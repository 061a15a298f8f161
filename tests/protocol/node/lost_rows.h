// Stores that lose rows, and what a check says of them.
#pragma once

#include <doctest/doctest.h>

#include "tests/support/builders.h"
#include "tests/support/net.h"

namespace budstikke::tests {

inline std::vector<Bytes> keys_of(Net& net, std::size_t machine, Table table) {
  std::vector<Bytes> keys;
  REQUIRE(net.storage(machine).scan(table, {}, [&](View key, View) {
    keys.push_back(bytes_of(key));
    return true;
  }));
  return keys;
}

inline void lose(Net& net, std::size_t machine, Table table, const Bytes& key) {
  REQUIRE(net.storage(machine).erase(table, key));
}

// What a start after salvage finds.
inline void restart_to_rebuild(Net& net, std::size_t machine) {
  REQUIRE(net.storage(machine).put(Table::Meta, view_of(Ledger::kRebuildKey), {}));
  REQUIRE(net.storage(machine).commit());
  net.crash(machine);
}

// The row of an entry of this author's data log.
inline Bytes entry_key(Net& net, std::size_t machine, std::size_t author, std::uint64_t seq,
                       LogClass log_class = LogClass::Data) {
  for (const auto& [id, log] : net.network(machine).logs) {
    if (id.author != net.node(author).self() || id.log_class != log_class) continue;
    for (const Bytes& key : keys_of(net, machine, Table::Entries)) {
      const Result<std::optional<View>> row = net.storage(machine).get(Table::Entries, key);
      REQUIRE((row && *row));
      const Result<EntryRow> entry = parse_entry_row(**row);
      REQUIRE(entry.ok());
      if (entry->log == log.number && entry->seq == Seq{seq}) return key;
    }
  }
  FAIL("no such entry");
  return {};
}

// `waiting`: entries wait for one that was lost, which is all that may be said against the rest.
inline void check_sound(Net& net, std::size_t machine, bool waiting = false) {
  const Result<Ledger::Check> found = net.node(machine).ledger().check(net.network(machine));
  REQUIRE(found.ok());
  for (const std::string& difference : found->differences) {
    if (!waiting || difference.find(" entries wait for one that was damaged") == std::string::npos) FAIL_CHECK(difference);
  }
  CHECK(found->vector_ok == !waiting);
  CHECK(found->state_ok);
  CHECK(found->entries == net.network(machine).entries);
  CHECK(found->records == net.network(machine).records);
}

inline std::size_t rows_with(Net& net, std::size_t machine, const std::string& text) {
  std::size_t found = 0;
  REQUIRE(net.storage(machine).scan(Table::Entries, {}, [&](View, View payload) {
    if (text_of(payload).find(text) != std::string_view::npos) ++found;
    return true;
  }));
  return found;
}

// Two nodes in sync, with records of both, a conflict, a removed member and an erasure.
struct Rich {
  Rich() {
    for (std::size_t machine = 1; machine < 3; ++machine) net.connect(machine, 0);
    for (int i = 0; i < 40; ++i) records.push_back(net.write(i % 2 == 0 ? 0 : 1, "record " + std::to_string(i)));
    REQUIRE(net.converge());
    net.cut_all();
    const ChangeBytes share{encode(Skeleton{event, {{kSharedField, OperationClass::Raise}}}), encode_values(Salt{}, {Value()})};
    REQUIRE(net.node(0).write(net.network(0), {&share, 1}, net.now()));
    net.process(0);
    net.connect(1, 0);
    net.run();
    net.advance(std::chrono::seconds(1));
    net.cut_all();
    net.edit(0, event, "one");
    net.edit(1, event, "two");
    const RecordKey erased = net.write(0, "gone");
    const ChangeBytes erase{encode(Skeleton{erased, {{kEraseAtOnce, OperationClass::Erase}}}), encode_values(Salt{}, {Value()})};
    REQUIRE(net.node(0).write(net.network(0), {&erase, 1}, net.now()));
    net.process(0);
    net.edit(2, net.write(2, "late"), "later");
    net.connect(1, 0);
    net.connect(2, 1);
    net.run();
    net.advance(std::chrono::seconds(2));
    REQUIRE(net.node(0).remove_member(net.network(0), net.node(2).self(), net.now()));
    net.process(0);
    net.run();
    net.advance(std::chrono::seconds(2));
    REQUIRE(agree(net, 0, 1));
    net.cut_all();
  }
  Net net = Net::region(3);
  RecordKey event{council_of(net.node(0).self()), static_cast<std::uint8_t>(Kind::Event), numbered<Nonce>(9)};
  std::vector<RecordKey> records;
};

}  // namespace budstikke::tests
