#include "protocol/base/sealing.h"

#include <doctest/doctest.h>

#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

SealingPair pair_of(std::uint8_t number) { return SealingPair::from_secret(numbered<Seed>(number)); }

const ContentKey kContent = numbered<ContentKey>(0x77);
const StreamHeader kHeader = numbered<StreamHeader>(0x55);

std::vector<Bytes> sealed(const std::vector<std::string>& pieces) {
  SealedStream stream(kContent, kHeader);
  std::vector<Bytes> out;
  for (std::size_t i = 0; i < pieces.size(); ++i) out.push_back(stream.seal(view_of(pieces[i]), i + 1 == pieces.size()));
  return out;
}

}  // namespace

TEST_CASE("sealing: a sealed key is opened by its recipient, and by nobody else") {
  const SealingPair ephemeral = pair_of(1), recipient = pair_of(2), other = pair_of(3);
  const std::optional<SealedKey> key = seal_key(kContent, ephemeral, recipient.public_key);
  REQUIRE(key.has_value());
  CHECK(KeyOpener::of(ephemeral.public_key, recipient)->open(*key) == kContent);
  CHECK_FALSE(KeyOpener::of(ephemeral.public_key, other)->open(*key).has_value());
  CHECK_FALSE(KeyOpener::of(other.public_key, recipient)->open(*key).has_value());
  for (std::size_t i = 0; i < SealedKey::kSize; ++i) {
    SealedKey changed = *key;
    changed.bytes[i] ^= 0x20;
    CHECK_FALSE(KeyOpener::of(ephemeral.public_key, recipient)->open(changed).has_value());
  }
}

TEST_CASE("sealing: a key of small order is no one's, neither as recipient nor as ephemeral key") {
  SealingKey one;
  one.bytes[0] = 1;
  const Bytes of_order_eight = hex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800");
  for (const SealingKey& bad : {SealingKey{}, one, SealingKey::from(of_order_eight)}) {
    CHECK_FALSE(seal_key(kContent, pair_of(1), bad).has_value());
    CHECK_FALSE(KeyOpener::of(bad, pair_of(2)).has_value());
  }
}

TEST_CASE("sealing: a stream gives its pieces back in order, and says which is the last") {
  const std::vector<Bytes> pieces = sealed({"en", "", "tre"});
  CHECK(pieces[0].size() == 2 + kPieceOverhead);
  SealedStream reader(kContent, kHeader);
  std::vector<std::string> read;
  std::vector<bool> last;
  for (const Bytes& piece : pieces) {
    const std::optional<SealedStream::Opened> opened = reader.open(piece);
    REQUIRE(opened.has_value());
    read.emplace_back(text_of(opened->piece));
    last.push_back(opened->last);
  }
  CHECK(read == std::vector<std::string>{"en", "", "tre"});
  CHECK(last == std::vector<bool>{false, false, true});
}

TEST_CASE("sealing: a piece that is changed, moved, repeated, left out or of another stream is refused") {
  const std::vector<Bytes> pieces = sealed({"en", "to", "tre"});
  for (std::size_t i = 0; i < pieces[0].size(); ++i) {
    Bytes changed = pieces[0];
    changed[i] ^= 1;
    CHECK_FALSE(SealedStream(kContent, kHeader).open(changed).has_value());
  }
  CHECK_FALSE(SealedStream(kContent, kHeader).open(pieces[1]).has_value());
  SealedStream reader(kContent, kHeader);
  REQUIRE(reader.open(pieces[0]).has_value());
  CHECK_FALSE(reader.open(pieces[0]).has_value());
  CHECK_FALSE(reader.open(pieces[2]).has_value());
  CHECK(reader.open(pieces[1]).has_value());
  CHECK_FALSE(SealedStream(numbered<ContentKey>(0x78), kHeader).open(pieces[0]).has_value());
  CHECK_FALSE(SealedStream(kContent, numbered<StreamHeader>(0x56)).open(pieces[0]).has_value());
  CHECK_FALSE(SealedStream(kContent, kHeader).open(View(pieces[0]).first(kPieceOverhead - 1)).has_value());
}
