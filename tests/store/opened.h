// What every test of the store begins with.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "store/lmdb_storage.h"
#include "tests/support/home.h"

namespace budstikke::tests {

inline store::StorageOptions small_options() {
  store::StorageOptions options;
  options.map_bytes = 256 * 1024 * 1024;
  options.reserve_bytes = 0;
  options.new_store_id = StoreId::from(view_of("sixteen letters!"));
  return options;
}

inline Result<std::unique_ptr<store::LmdbStorage>> open_store(const std::filesystem::path& dir,
                                                              const store::StorageOptions& options = small_options()) {
  return store::LmdbStorage::open(dir, options);
}

inline std::unique_ptr<store::LmdbStorage> must_open(const std::filesystem::path& dir,
                                                     const store::StorageOptions& options = small_options()) {
  Result<std::unique_ptr<store::LmdbStorage>> opened = open_store(dir, options);
  if (!opened) FAIL("the store does not open: " << opened.error().text);
  return std::move(*opened);
}

inline Bytes number_key(std::uint64_t number) {
  Bytes key;
  ByteWriter(key).u64(number);
  return key;
}

// A payload that follows from its number, so that a reader can tell whether it is the right one.
inline Bytes payload_of(std::uint64_t number, std::size_t size = 200) {
  Bytes payload(size);
  std::uint64_t state = number * 0x9e3779b97f4a7c15 + 1;
  for (std::uint8_t& byte : payload) {
    state = state * 6364136223846793005 + 1442695040888963407;
    byte = static_cast<std::uint8_t>(state >> 56);
  }
  return payload;
}

inline std::string text_at(const StorageReader& reader, Table table, std::string_view key) {
  const Result<std::optional<View>> row = reader.get(table, view_of(key));
  if (!row) return "error: " + row.error().text;
  return *row ? std::string(text_of(**row)) : "nothing";
}

inline std::filesystem::path data_file(const std::filesystem::path& dir) { return dir / "data.mdb"; }

}  // namespace budstikke::tests
