// Two nodes that have agreed and parted, what each remembers of the other, and what it costs them to meet again.
//
// Bytes are those of all frames that both nodes hand to their link from its first hello on, until both know that they agree.
// CURVE's handshake, its 33 bytes a frame and TCP are not counted.
#pragma once

#include <doctest/doctest.h>

#include "tests/support/net.h"

namespace budstikke::tests {

inline constexpr std::uint64_t kIdleBytes = 2 * (108 + 25);

// A region whose members hold the same, and of which the first two have agreed and are apart.
inline Net parted(std::size_t members = 2) {
  Net net = Net::region(members);
  const auto cable = net.connect(1, 0);
  net.run();
  net.advance(std::chrono::seconds(1));
  net.cut(cable);
  net.transcript();
  return net;
}

// A link of the first two, until both know what has become of it.
inline Net::Cable meet(Net& net) {
  const auto cable = net.connect(1, 0);
  net.run();
  net.advance(Millis(600));
  return cable;
}

inline std::uint64_t body_bytes(Net& net, std::size_t machine) {
  std::uint64_t bytes = 0;
  Status scanned = net.storage(machine).scan(Table::Entries, {}, [&](View, View payload) {
    const Result<EntryRow> row = parse_entry_row(payload);
    REQUIRE(row.ok());
    bytes += row->body.size();
    return true;
  });
  REQUIRE(scanned.ok());
  return bytes;
}

inline std::optional<AgreedRow> stored_agreement(Net& net, std::size_t machine, std::size_t with) {
  const Bytes key = agreed_key(net.network(machine).number, net.node(with).self());
  const Result<std::optional<View>> payload = net.storage(machine).get(Table::Meta, key);
  REQUIRE(payload.ok());
  if (!*payload) return std::nullopt;
  const Result<AgreedRow> row = parse_agreed(**payload);
  REQUIRE(row.ok());
  return *row;
}

inline void store_agreement(Net& net, std::size_t machine, std::size_t with, const AgreedRow& row) {
  const Bytes key = agreed_key(net.network(machine).number, net.node(with).self());
  REQUIRE(net.storage(machine).put(Table::Meta, key, encode(row)).ok());
  REQUIRE(net.storage(machine).commit().ok());
  net.crash(machine);  // it starts with this
}

inline std::size_t count_agreements(Net& net, std::size_t machine) {
  std::size_t count = 0;
  Status scanned = net.storage(machine).scan(Table::Meta, view_of(kAgreedPrefix), [&](View key, View) {
    const bool is_one = text_of(key).starts_with(kAgreedPrefix);
    count += is_one ? 1 : 0;
    return is_one;
  });
  REQUIRE(scanned.ok());
  return count;
}

inline DigestTag level_at(Net& net, std::size_t machine) { return level_of(net.node(machine).summary_of(net.network(machine))); }

inline bool is_ahead_of_its_store(Net& net, std::size_t machine, std::size_t with) {
  const std::optional<AgreedRow> row = stored_agreement(net, machine, with);
  return row && row->last.value > net.storage(machine).rows(Table::Entries);
}

inline bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace budstikke::tests
