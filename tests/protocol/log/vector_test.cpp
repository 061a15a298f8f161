#include "protocol/log/vector.h"

#include <doctest/doctest.h>

#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;

TEST_CASE("vector: the hash of a log's tips is golden") {
  const LogId log{numbered<MemberKey>(0xB2), Incarnation{0x0102030405060708}, LogClass::Data};
  const std::vector<Tip> tips{{Seq{5}, numbered<EntryId>(0x55)}, {Seq{6}, numbered<EntryId>(0x44)}};
  CHECK(bytes_of(tips_hash(log, tips)) == golden("log.hex", "hash of the tips 5 of 55s and 6 of 44s of the data log above"));
  CHECK(bytes_of(tips_hash(log, std::span(tips).first(1))) == golden("log.hex", "hash of its first tip alone"));
}

TEST_CASE("vector: log, seq, id and order of tips all count") {
  const LogId log{numbered<MemberKey>(1), Incarnation{1}, LogClass::Data};
  const std::vector<Tip> tips{{Seq{5}, numbered<EntryId>(5)}, {Seq{6}, numbered<EntryId>(4)}};
  const Hash before = tips_hash(log, tips);
  CHECK(before != tips_hash({log.author, Incarnation{2}, log.log_class}, tips));
  CHECK(before != tips_hash({log.author, log.incarnation, LogClass::Membership}, tips));
  for (const std::vector<Tip>& other : {std::vector<Tip>{tips[1], tips[0]},
                                        {tips[0]},
                                        {tips[0], {Seq{7}, tips[1].id}},
                                        {tips[0], {tips[1].seq, numbered<EntryId>(4, 5)}}}) {
    CHECK(before != tips_hash(log, other));
  }
}

TEST_CASE("vector: tips are ordered by seq, then by id") {
  CHECK(Tip{Seq{1}, numbered<EntryId>(9)} < Tip{Seq{2}, numbered<EntryId>(1)});
  CHECK(Tip{Seq{2}, numbered<EntryId>(1)} < Tip{Seq{2}, numbered<EntryId>(2)});
}
