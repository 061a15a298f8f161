// Whether a store was copied or put back, from what is noted and what is found.
#include "protocol/node/place.h"

#include <doctest/doctest.h>

#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

const StorePlace kNoted{numbered<Hash>(1), numbered<Hash>(2), 3, 4, 5};
constexpr FileChange kLeft{4, 1'000};

Moved moved(const StorePlace& found, const std::optional<FileChange>& left = kLeft, const FileChange& changed = kLeft) {
  return has_moved(kNoted, found, left, changed);
}

template <class Change>
Moved with(Change change) {
  StorePlace found = kNoted;
  change(found);
  return moved(found);
}

}  // namespace

TEST_CASE("place: the same machine, file system and file are no move") { CHECK(moved(kNoted) == Moved::No); }

TEST_CASE("place: each fact that differs is a move") {
  CHECK(with([](StorePlace& place) { place.machine = numbered<Hash>(9); }) == Moved::Machine);
  CHECK(with([](StorePlace& place) { place.file_system = numbered<Hash>(9); }) == Moved::FileSystem);
  CHECK(with([](StorePlace& place) { place.inode = 9; }) == Moved::File);
  CHECK(with([](StorePlace& place) { place.born = 9; }) == Moved::File);
}

TEST_CASE("place: the number of a file system counts only where it tells no UUID") {
  const auto other_number = [](StorePlace& place) { place.file_system_id = 9; };
  CHECK(with(other_number) == Moved::No);
  CHECK(with([&](StorePlace& place) {
          other_number(place);
          place.file_system = {};
        }) == Moved::FileSystem);
}

TEST_CASE("place: what a machine does not tell is no move, neither now nor when it was noted") {
  CHECK(with([](StorePlace& place) { place = StorePlace{}; }) == Moved::No);
  CHECK(has_moved(StorePlace{}, kNoted, kLeft, kLeft) == Moved::No);
  CHECK(has_moved(std::nullopt, kNoted, std::nullopt, kLeft) == Moved::No);
}

TEST_CASE("place: a file that was overwritten in its place is a move, if the last run ended cleanly") {
  CHECK(moved(kNoted, kLeft, {4, 1'001}) == Moved::Changed);
  CHECK(moved(kNoted, kLeft, {5, 1'000}) == Moved::Changed);
  CHECK(moved(kNoted, std::nullopt, {4, 1'001}) == Moved::No);
  CHECK(has_moved(std::nullopt, kNoted, kLeft, {4, 1'001}) == Moved::Changed);
}

TEST_CASE("place: its row is read as it was written, and in no other length") {
  const Bytes row = encode(kNoted);
  const Result<StorePlace> read = parse_place(row);
  REQUIRE(read.ok());
  CHECK(*read == kNoted);
  CHECK_FALSE(parse_place(View(row).first(row.size() - 1)).ok());
  Bytes longer = row;
  longer.push_back(0);
  CHECK_FALSE(parse_place(longer).ok());
}

TEST_CASE("place: every move says what it was") {
  CHECK(text_of(Moved::No).empty());
  for (Moved moved : {Moved::Machine, Moved::FileSystem, Moved::File, Moved::Changed}) CHECK_FALSE(text_of(moved).empty());
}
