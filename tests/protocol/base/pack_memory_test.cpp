// What unpack() may cost: this file counts the bytes that the program asks the allocator for.
#include <doctest/doctest.h>

#include <cstdlib>
#include <new>

#include "protocol/base/pack.h"
#include "protocol/base/text.h"
#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

thread_local std::size_t allocated = 0;  // bytes asked for since it was last set to 0

Bytes repeated(std::string_view unit, std::size_t times) {
  Bytes bytes;
  for (std::size_t i = 0; i < times; ++i) ByteWriter(bytes).raw(hex(unit));
  return bytes;
}

}  // namespace

// Not inlined, or the compiler sees free() meet the memory of a `new` and warns of a mismatch that is none.
[[gnu::noinline]] void* operator new(std::size_t size) {
  allocated += size;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

TEST_CASE("pack: a length that is only claimed reserves nothing") {
  const Bytes kBombs[] = {hex("ddffffffff"),
                          hex("dd02000000"),
                          hex("dcffff"),
                          hex("dfffffffff"),
                          hex("deffff"),
                          hex("dbffffffff"),
                          hex("daffff61"),
                          hex("c6ffffffff"),
                          hex("c9ffffffff01"),
                          repeated("ddffffffff", 200),
                          repeated("dfffffffffa161", 200),
                          repeated("91", 1'000'000),
                          repeated("81a161", 300'000),
                          repeated("dd00000001", 200'000)};
  for (const Bytes& bomb : kBombs) {
    allocated = 0;
    const bool read = unpack(bomb).ok();
    const std::size_t cost = allocated;
    CHECK_FALSE(read);
    CHECK_MESSAGE(cost < 16 * 1024, hex_of(View(bomb).first(3)));
  }
}

TEST_CASE("pack: memory stays within a bound per byte of input") {
  Bytes nils = hex("dd000fffff");
  nils.resize(5 + 0xFFFFF, 0xC0);
  allocated = 0;
  const bool read = unpack(nils).ok();
  const std::size_t cost = allocated;
  CHECK(read);
  CHECK(cost < 5 * sizeof(Value) * nils.size());  // the array, doubled as it grew, and the copy that is compared
}
