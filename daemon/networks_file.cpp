#include "daemon/networks_file.h"

#include "protocol/base/checksum.h"
#include "protocol/base/limits.h"
#include "store/private_file.h"

namespace budstikke::daemon {
namespace {

constexpr std::string_view kMagic = "budstikke networks\n";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kMostFileBytes = 1024 * 1024;

std::uint64_t checksum_of(View bytes) { return row_checksum(0, view_of("networks"), kVersion, bytes); }

}  // namespace

Bytes encode(const KnownNetworks& known) {
  Bytes bytes;
  ByteWriter writer(bytes);
  writer.raw(view_of(kMagic));
  writer.u8(kVersion);
  writer.raw(known.store);
  writer.u8(static_cast<std::uint8_t>(known.networks.size()));
  for (const NetworkRow& network : known.networks) {
    const Bytes row = encode(network);
    writer.u32(static_cast<std::uint32_t>(row.size()));
    writer.raw(row);
  }
  writer.u64(checksum_of(bytes));
  return bytes;
}

Result<KnownNetworks> parse_known_networks(View bytes) {
  const Error damaged{Code::Damaged, "the list of networks is damaged"};
  if (bytes.size() < kMagic.size() + 1 + StoreId::kSize + 1 + 8) return damaged;
  ByteReader sum(bytes.last(8));
  ByteReader reader(bytes.first(bytes.size() - 8));
  if (sum.u64() != checksum_of(bytes.first(bytes.size() - 8))) return damaged;
  if (budstikke::text_of(reader.raw(kMagic.size())) != kMagic || reader.u8() != kVersion) return damaged;
  KnownNetworks known;
  known.store = reader.fixed<StoreId>();
  const std::size_t count = reader.u8();
  if (count > kMaxNetworks) return damaged;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t size = reader.u32();
    if (size > reader.left()) return damaged;
    Result<NetworkRow> row = parse_network(reader.raw(size));
    if (!row) return row.error();
    known.networks.push_back(std::move(*row));
  }
  if (!reader.done()) return damaged;
  return known;
}

Result<KnownNetworks> read_networks_file(const std::filesystem::path& path) {
  const Result<Bytes> bytes = store::read_small_file(path, kMostFileBytes);
  if (bytes) return parse_known_networks(*bytes);
  switch (bytes.error().code) {
    case Code::NotFound:
      return Error{Code::NotFound, "there is no list of networks", path.string()};
    case Code::TooLarge:
    case Code::Conflict:
      return Error{Code::Damaged, "the list of networks is damaged", path.string()};
    default:
      return bytes.error();
  }
}

Status write_networks_file(const std::filesystem::path& path, View encoded) {
  return store::write_private_file(path, encoded, store::Existing::Replace);
}

}  // namespace budstikke::daemon
