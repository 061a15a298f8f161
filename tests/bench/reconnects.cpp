#include "tests/bench/reconnects.h"

#include <stdexcept>

#include "tests/bench/contacts.h"
#include "tests/support/net.h"

namespace budstikke::bench {
namespace {

std::uint64_t body_bytes_at(tests::Net& net, std::size_t machine) {
  std::uint64_t bytes = 0;
  Status scanned = net.storage(machine).scan(Table::Entries, {}, [&](View, View payload) {
    const Result<EntryRow> row = parse_entry_row(payload);
    bytes += row ? row->body.size() : 0;
    return true;
  });
  if (!scanned) throw std::runtime_error(scanned.error().text);
  return bytes;
}

void write_contacts(tests::Net& net, std::size_t machine, std::uint64_t count, Random& random) {
  Network& network = net.network(machine);
  for (std::uint64_t i = 0; i < count; ++i) {
    const ChangeBytes contact = new_contact(net.node(machine).self_in(network)->council, random);
    Status written = net.node(machine).write(network, {&contact, 1}, net.now());
    if (!written) throw std::runtime_error(written.error().text);
    net.process(machine);
  }
}

// A link of the two, until both know what has become of it.
tests::Net::Cable connected(tests::Net& net) {
  const tests::Net::Cable cable = net.connect(1, 0);
  net.run();
  net.advance(Millis(600));
  return cable;
}

Reconnect measure_reconnect(int writers, std::uint64_t entries) {
  tests::Net net = tests::Net::region(2);
  net.cut(connected(net));
  Random random = Random::from_number(1);
  const std::uint64_t before = body_bytes_at(net, 0);
  for (int machine = 0; machine < writers; ++machine) write_contacts(net, static_cast<std::size_t>(machine), entries, random);
  const tests::Net::Cable cable = connected(net);
  if (!net.agree()) throw std::runtime_error("two nodes that met again do not agree");
  return {entries, writers, body_bytes_at(net, 0) - before, net.bytes(cable)};
}

}  // namespace

std::vector<Reconnect> measure_reconnects() {
  std::vector<Reconnect> measured{measure_reconnect(0, 0)};
  for (int writers : {1, 2}) {
    for (std::uint64_t entries : {1, 10, 100, 1'000}) measured.push_back(measure_reconnect(writers, entries));
  }
  return measured;
}

}  // namespace budstikke::bench
