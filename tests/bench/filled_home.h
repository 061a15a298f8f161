// A home whose store holds a region as it looks after years: members admitted by a founder, and what each of them wrote.
//
// Shape        The home must have been made by `init`, and no daemon may run in it; it becomes the founder's. Every author has
//              a key and an admission of its own. Entries hold one new contact each, and arrive author by turn, so that one
//              author's entries lie scattered over the store, as they do where many write.
// Determinism  Keys, contacts and stamps follow from the number of authors and entries; the network's id does not.
#pragma once

#include <cstdint>
#include <filesystem>

namespace budstikke::bench {

struct Filling {
  std::uint64_t entries = 0;
  std::uint64_t body_bytes = 0;  // of all entries, as they are sent
};

Filling fill_home(const std::filesystem::path& home, std::uint64_t entries, std::uint64_t authors);
// The entries of a home that was filled with as many authors and none.
Filling add_entries(const std::filesystem::path& home, std::uint64_t entries, std::uint64_t authors);

}  // namespace budstikke::bench
