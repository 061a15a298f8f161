// The file `networks` in the home: what a node must know to fetch everything again from others when its store is lost.
//
// Shape        "budstikke networks\n" · version 1 · store id 16 · count 1 · per network: length 4 · the row of the store's table
//              `networks`, whose list of keys and addresses is of members that can be reached now · checksum 8, big-endian, as
//              of a row of the store (table 0, key "networks"). Mode 0600.
// Invariants   Written beside and renamed, so that it is whole or not there. It names the store it belongs to.
// Errors       NotFound: there is none. Damaged: not of this shape, or its checksum does not hold. Io, Full.
#pragma once

#include <filesystem>
#include <vector>

#include "protocol/node/rows.h"

namespace budstikke::daemon {

struct KnownNetworks {
  StoreId store;
  std::vector<NetworkRow> networks;
};
Bytes encode(const KnownNetworks& known);
Result<KnownNetworks> parse_known_networks(View bytes);

Result<KnownNetworks> read_networks_file(const std::filesystem::path& path);
Status write_networks_file(const std::filesystem::path& path, View encoded);

}  // namespace budstikke::daemon
