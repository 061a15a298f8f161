#include "protocol/base/content_hash.h"

#include <doctest/doctest.h>

#include "protocol/base/text.h"

using namespace budstikke;

TEST_CASE("content hash: a content is known by the hash that b2sum -l 256 prints") {
  CHECK(hex_of(content_hash({}).view()) == "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
  CHECK(hex_of(content_hash(view_of("abc")).view()) == "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
  ContentHasher pieces;
  for (const char* piece : {"a", "", "b", "c"}) pieces.add(view_of(piece));
  CHECK(pieces.finish() == content_hash(view_of("abc")));
}
