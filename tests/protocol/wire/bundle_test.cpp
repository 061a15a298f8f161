#include "protocol/wire/bundle.h"

#include <doctest/doctest.h>

#include "protocol/base/limits.h"
#include "tests/protocol/wire/samples.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

SealingPair sealing_pair(std::uint8_t number) { return SealingPair::from_secret(numbered<Seed>(number)); }

const SealingPair kReader = sealing_pair(9);

BundleOpening sample_opening() {
  const Samples samples;
  const NetworkSummary holds{samples.network, numbered<DigestTag>(0x11), numbered<DigestTag>(0x22), numbered<DigestTag>(0x33)};
  BundleOpening opening{samples.founder.public_key(), WallTime{1'760'000'000'000}, holds, {}};
  opening.signature = samples.founder.sign(Purpose::Bundle, opening_message(opening, numbered<Hash>(0x44)));
  return opening;
}

BundleEnd sample_end() {
  BundleEnd end{3, {}};
  end.signature = Samples().founder.sign(Purpose::Bundle, end_message(end, numbered<Hash>(0x55)));
  return end;
}

// A section with these frames, sealed to the keys.
Bytes section(const std::vector<std::string>& frames, const std::vector<SealingKey>& keys = {kReader.public_key},
              std::uint64_t seed = 1) {
  Random random = Random::from_number(seed);
  BundleSealer sealer(keys, random);
  Bytes out = sealer.envelope();
  for (std::size_t i = 0; i < frames.size(); ++i) sealer.add(view_of(frames[i]), i + 1 == frames.size(), out);
  return out;
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// What a reader makes of the bytes, fed in steps: "section", frames, "foreign", "end", and the error that ended it.
std::string read(const Bytes& bytes, std::size_t step = 1'000'000) {
  BundleOpener opener(kReader);
  std::string read;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    opener.feed(View(bytes).subspan(at, std::min(step, bytes.size() - at)));
    for (;;) {
      Result<BundleOpener::Step> next = opener.next();
      if (!next) return read + "! " + next.error().text;
      if (next->what == BundleOpener::What::More) break;
      if (next->what == BundleOpener::What::Begun) read += "section ";
      if (next->what == BundleOpener::What::Foreign) read += "foreign ";
      if (next->what == BundleOpener::What::Frame) read += std::string(text_of(next->frame)) + ' ';
      if (next->what == BundleOpener::What::Ended) read += "end ";
    }
  }
  const Status finished = opener.finish();
  return finished ? read : read + "! " + finished.error().text;
}

bool is_refused_in_bundle(const std::string& read) { return read.find('!') != std::string::npos; }

}  // namespace

TEST_CASE("bundle: opening and end are golden, and what is read encodes to the same bytes") {
  const Bytes opening = encode(sample_opening()), end = encode(sample_end());
  CHECK(opening == golden("messages.hex", "bundle opening"));
  CHECK(end == golden("messages.hex", "bundle end"));
  REQUIRE(decode_opening(opening).ok());
  CHECK(encode(*decode_opening(opening)) == opening);
  REQUIRE(decode_end(end).ok());
  CHECK(encode(*decode_end(end)) == end);
  CHECK(is_bundle_end(end));
  CHECK_FALSE(is_bundle_end(opening));
}

TEST_CASE("bundle: the envelope to the key of seed 09s is golden") {
  Random random = Random::from_number(1);
  CHECK(BundleSealer({kReader.public_key}, random).envelope() == golden("messages.hex", "bundle envelope"));
}

TEST_CASE("bundle: an opening or end that is cut short, longer, or of another type is refused") {
  for (Bytes bytes : {encode(sample_opening()), encode(sample_end())}) {
    const auto refused = [](View frame) { return !decode_opening(frame) && !decode_end(frame); };
    for (std::size_t size = 0; size < bytes.size(); ++size) CHECK(refused(View(bytes).first(size)));
    bytes.push_back(0);
    CHECK(refused(bytes));
    bytes.pop_back();
    bytes[0] = 4;
    CHECK(refused(bytes));
  }
}

TEST_CASE("bundle: neither opening nor end is a message on a link") {
  CHECK_FALSE(decode(encode(sample_opening())).ok());
  CHECK_FALSE(decode(encode(sample_end())).ok());
}

TEST_CASE("bundle: its frames come back in order, in whatever steps the file is read") {
  const Bytes bytes = section({"en", "to", "tre"}) + section({"fire"}, {kReader.public_key}, 2);
  for (std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{100}, bytes.size()}) {
    CHECK(read(bytes, step) == "section en to tre end section fire end ");
  }
}

TEST_CASE("bundle: a section that is sealed to others is passed over") {
  const Bytes foreign = section({"hemmeligt"}, {sealing_pair(8).public_key, sealing_pair(7).public_key});
  CHECK(read(foreign + section({"en"}), 11) == "foreign section en end ");
  CHECK(read(section({"en"}) + foreign) == "section en end foreign ");
  CHECK(read(section({"en"}, {sealing_pair(8).public_key, kReader.public_key})) == "section en end ");
}

TEST_CASE("bundle: recipients without a possible key are left out") {
  Random random = Random::from_number(1);
  CHECK(BundleSealer({SealingKey{}, kReader.public_key}, random).recipients() == 1);
}

TEST_CASE("bundle: one that is cut short anywhere is refused, and so is an empty file") {
  const Bytes bytes = section({"en", "to"}) + section({"tre"}, {kReader.public_key}, 2);
  const std::size_t first = section({"en", "to"}).size();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CAPTURE(size);
    CHECK(is_refused_in_bundle(read(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)))) == (size != first));
  }
}

TEST_CASE("bundle: one bit changed anywhere is noticed, and no frame is ever another than was written") {
  const Bytes bytes = section({"en", "to"});
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    CAPTURE(i);
    Bytes changed = bytes;
    changed[i] ^= 0x10;
    const std::string found = read(changed);
    const bool is_foreign = found.rfind("foreign", 0) == 0;  // the sealed key no longer opens
    CHECK((is_refused_in_bundle(found) || is_foreign));
    for (const std::string word : {"en ", "to "}) {
      const std::size_t at = found.find("section ");
      if (at != std::string::npos) CHECK(std::string("section en to end ").find(found.substr(0, found.find('!'))) == 0);
    }
  }
}

TEST_CASE("bundle: a piece longer than a frame, and bytes behind the last, are refused") {
  Random random = Random::from_number(1);
  BundleSealer sealer({kReader.public_key}, random);
  Bytes bytes = sealer.envelope();
  ByteWriter(bytes).u32(kMaxFrameBytes + kPieceOverhead + 1);
  CHECK(is_refused_in_bundle(read(bytes)));
  Bytes after = section({"en"});
  after.resize(after.size() - 4);
  ByteWriter(after).u32(20);
  CHECK(is_refused_in_bundle(read(after)));
}

TEST_CASE("bundle: a file that is something else, or of a later version, says so") {
  CHECK(read(bytes_of(view_of("%PDF-1.4"))) == "! this is no bundle");
  CHECK(read({}) == "! this is no bundle: the file is empty");
  Bytes later = section({"en"});
  later[16] = 2;
  CHECK(read(later).find("version 2") != std::string::npos);
}

TEST_CASE("bundle: writer and reader agree on the hash before every frame") {
  Random random = Random::from_number(3);
  BundleSealer sealer({kReader.public_key}, random);
  Bytes bytes = sealer.envelope();
  std::vector<Hash> before;
  for (const char* frame : {"en", "to"}) {
    before.push_back(sealer.before());
    sealer.add(view_of(frame), std::string_view(frame) == "to", bytes);
  }
  BundleOpener opener(kReader);
  opener.feed(bytes);
  REQUIRE(opener.next()->what == BundleOpener::What::Begun);
  for (const Hash& expected : before) {
    REQUIRE(opener.next()->what == BundleOpener::What::Frame);
    CHECK(opener.before() == expected);
  }
  CHECK(opener.frames() == 2);
}
