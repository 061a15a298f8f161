#include "protocol/base/bytes.h"

#include <doctest/doctest.h>

#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;

TEST_CASE("bytes: integers are written big-endian in the width the name says") {
  Bytes out;
  ByteWriter writer(out);
  writer.u8(0x01);
  writer.u16(0x0203);
  writer.u32(0x04050607);
  writer.u64(0x08090A0B0C0D0E0F);
  writer.raw(hex("aabb"));
  writer.raw({});
  CHECK(out == hex("01 0203 04050607 08090a0b0c0d0e0f aabb"));
}

TEST_CASE("bytes: what was written is read back, and the reader is done exactly at the end") {
  const Bytes bytes = hex("01 0203 04050607 08090a0b0c0d0e0f aabb cccccccccccccccccccccccccccccccc");
  ByteReader reader(bytes);
  CHECK(reader.u8() == 1);
  CHECK(reader.u16() == 0x0203);
  CHECK(reader.u32() == 0x04050607);
  CHECK(reader.u64() == 0x08090A0B0C0D0E0F);
  CHECK(bytes_of(reader.raw(2)) == hex("aabb"));
  CHECK(reader.left() == 16);
  CHECK_FALSE(reader.done());
  CHECK(reader.fixed<Nonce>() == numbered<Nonce>(0xCC));
  CHECK(reader.done());
  CHECK_FALSE(reader.failed());
}

TEST_CASE("bytes: a short read fails, gives zeroes, and so does every read after it") {
  const Bytes bytes = hex("ffffff");
  const auto check_failed = [](ByteReader& reader) {
    CHECK(reader.failed());
    CHECK_FALSE(reader.done());
    CHECK(reader.left() == 0);
    CHECK(reader.u8() == 0);
    CHECK(reader.u64() == 0);
    CHECK(reader.raw(1).empty());
    CHECK(reader.rest().empty());
    CHECK(reader.fixed<Hash>().is_zero());
    CHECK_FALSE(reader.done());
  };
  SUBCASE("of an integer") {
    ByteReader reader(bytes);
    CHECK(reader.u32() == 0);
    check_failed(reader);
  }
  SUBCASE("of raw bytes") {
    ByteReader reader(bytes);
    CHECK(reader.raw(4).empty());
    check_failed(reader);
  }
  SUBCASE("of a length that no memory could hold") {
    ByteReader reader(bytes);
    CHECK(reader.raw(SIZE_MAX).empty());
    check_failed(reader);
  }
  SUBCASE("of an identifier") {
    ByteReader reader(bytes);
    CHECK(reader.fixed<Nonce>().is_zero());
    check_failed(reader);
  }
  SUBCASE("said by the caller") {
    ByteReader reader(bytes);
    reader.fail();
    check_failed(reader);
  }
}

TEST_CASE("bytes: a reader of nothing is done, and rest() may be empty") {
  ByteReader reader({});
  CHECK(reader.done());
  CHECK(reader.rest().empty());
  CHECK(reader.raw(0).empty());
  CHECK(reader.done());
  reader.u8();
  CHECK_FALSE(reader.done());
}

TEST_CASE("bytes: same_bytes compares length and content") {
  CHECK(same_bytes({}, {}));
  CHECK(same_bytes(hex("0102"), hex("0102")));
  CHECK_FALSE(same_bytes(hex("0102"), hex("0103")));
  CHECK_FALSE(same_bytes(hex("0102"), hex("01")));
  CHECK_FALSE(same_bytes({}, hex("00")));
}

TEST_CASE("ids: they are ordered as unsigned bytes, and only exactly as many bytes make one") {
  CHECK(numbered<Hash>(1) < numbered<Hash>(0xFF));
  CHECK(numbered<Hash>(0x7F) < numbered<Hash>(0x80));
  CHECK(numbered<Hash>(5, 1) < numbered<Hash>(5, 2));
  CHECK(Hash{}.is_zero());
  CHECK_FALSE(numbered<Hash>(0, 1).is_zero());
  CHECK(Nonce::from(hex("0102")).is_zero());
  CHECK(Nonce::from(numbered<Hash>(9)).is_zero());
  CHECK(prefix_of(numbered<EntryId>(3, 4)) == numbered<EntryPrefix>(3));
}
