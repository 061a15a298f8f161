// What a peer can do with hellos, levels, vectors and short runs that it makes up.
#include "protocol/base/limits.h"
#include "tests/protocol/node/parted.h"
#include "tests/support/builders.h"
#include "tests/support/pair.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

// --- What a peer can do ----------------------------------------------------------------------------------------------

TEST_CASE("hello: an agreement that a peer makes up brings it no more than news, and the levels bring the rest") {
  Pair pair;
  pair.dial();
  Hello hello = pair.hello();
  NetworkHello& own = hello.networks.front();
  own.summary.reset();
  own.level = numbered<DigestTag>(1);
  own.agreed = level_of(pair.node().summary_of(pair.network()));
  pair.sign(hello);
  pair.send(hello);
  CHECK(pair.answers() == "hello 1 networks\n");  // it says that it is ahead, and is waited for
  CHECK_FALSE(pair.dropped().has_value());
  pair.advance(46s);
  CHECK(pair.answers() == "level\n");
  pair.send(LevelMessage{{{tag_of(pair.network().row.id), numbered<DigestTag>(2)}}});
  CHECK(pair.answers() == "summary\n");
  for (int i = 0; i < 50; ++i) pair.send(LevelMessage{{{tag_of(pair.network().row.id), numbered<DigestTag>(2)}}});
  CHECK(pair.answers().empty());  // no news
}

TEST_CASE("hello: levels of networks that are not shared are passed over") {
  Pair pair;
  pair.dial();
  Hello hello = pair.hello();
  hello.networks.front() = {numbered<NetworkTag>(1), numbered<DigestTag>(1), numbered<DigestTag>(2), std::nullopt};
  pair.sign(hello);
  pair.send(hello);
  pair.send(LevelMessage{{{numbered<NetworkTag>(1), numbered<DigestTag>(3)}}});
  CHECK(pair.answers() == "hello 1 networks\n");
  CHECK_FALSE(pair.dropped().has_value());
}

TEST_CASE("vector: one of news adds to what is known, and within the bound of a vector") {
  Pair pair;
  pair.open();
  pair.answers();
  const NetworkId network = pair.network().row.id;
  VectorMessage vector{network, LogClass::Data, true, {}, true};
  for (std::uint64_t frame = 0; frame < 2 * kMaxLogsPerVector / kVectorLogsPerFrame; ++frame) {
    vector.logs.clear();
    for (std::uint64_t i = 0; i < kVectorLogsPerFrame; ++i) {
      const LogId log{numbered<MemberKey>(3), Incarnation{frame * kVectorLogsPerFrame + i}, LogClass::Data};
      vector.logs.push_back({log, {{Seq{1}, {}}}});
    }
    pair.send(vector);
    REQUIRE_FALSE(pair.dropped().has_value());
  }
  vector.logs.resize(1);
  vector.logs[0].log.incarnation = Incarnation{UINT64_MAX};
  pair.send(vector);
  CHECK(pair.dropped() == "a vector with too many logs");
}

// --- Short runs ------------------------------------------------------------------------------------------------------

namespace {

ShortRunMessage shortened(const RunMessage& run) { return {tag_of(run.network), run.log, run.first, run.signature, run.entries}; }

}  // namespace

TEST_CASE("short run: it is stored, once, and one that overlaps brings what is new") {
  Pair pair;
  pair.open();
  const std::uint64_t before = pair.entries();
  Author log(pair.network().row.id, pair.peer());
  for (int i = 0; i < 6; ++i) log.append();
  pair.send(shortened(log.opened(1, 3)));
  CHECK(pair.entries() == before + 3);
  pair.send(shortened(log.opened(1, 3)));
  pair.send(shortened(log.opened(2, 3)));
  CHECK(pair.entries() == before + 3);
  pair.send(shortened(log.opened(2, 6)));
  CHECK(pair.entries() == before + 6);
  CHECK_FALSE(pair.dropped().has_value());
}

TEST_CASE("short run: a signature that does not hold costs the link from the start, and is passed over later on") {
  Pair pair;
  pair.open();
  Author log(pair.network().row.id, pair.peer());
  for (int i = 0; i < 4; ++i) log.append();
  ShortRunMessage run = shortened(log.opened(1, 2));
  run.signature.bytes[0] ^= 1;
  const std::uint64_t before = pair.entries();
  pair.send(run);
  CHECK(pair.dropped() == "a run that does not lead to its end");
  pair.open();
  pair.send(shortened(log.opened(1, 2)));
  run = shortened(log.opened(3, 4));
  run.signature.bytes[0] ^= 1;
  pair.answers();
  pair.send(run);
  CHECK_FALSE(pair.dropped().has_value());
  CHECK(pair.entries() == before + 2);
  CHECK(pair.answers() == "summary\n");
}

TEST_CASE("short run: a gap, and an author who is no member, are answered by a summary") {
  Pair pair;
  pair.open();
  const std::uint64_t before = pair.entries();
  Author log(pair.network().row.id, pair.peer());
  for (int i = 0; i < 4; ++i) log.append();
  pair.answers();
  pair.send(shortened(log.opened(3, 4)));
  CHECK(pair.answers() == "summary\n");
  Author stranger(pair.network().row.id, SigningKey::from_seed(numbered<Seed>(9)));
  stranger.append();
  pair.send(shortened(stranger.opened(1, 1)));
  CHECK(pair.answers() == "summary\n");
  CHECK_FALSE(pair.dropped().has_value());
  CHECK(pair.entries() == before);
}

TEST_CASE("short run: more than 256 entries, one across a checkpoint, one within another run and no entry are refused") {
  const auto dropped = [](auto send) {
    Pair pair;
    pair.open();
    const std::uint64_t before = pair.entries();
    Author log(pair.network().row.id, pair.peer());
    for (int i = 0; i < 300; ++i) log.append();
    send(pair, log);
    CHECK(pair.entries() == before);
    return pair.dropped().value_or("");
  };
  CHECK(dropped([](Pair& pair, Author& log) { pair.send(shortened(log.opened(1, 257))); }) == "a run that crosses a checkpoint");
  CHECK(dropped([](Pair& pair, Author& log) {
          Bytes repeated;
          for (int i = 0; i < 257; ++i) ByteWriter(repeated).raw(log.body(1));
          ShortRunMessage many = shortened(log.opened(1, 256));
          many.entries = repeated;
          pair.send(many);
        }) == "a run with more entries than it says");
  CHECK(dropped([](Pair& pair, Author& log) {
          std::vector<Message> run = log.run(1, 256);
          RunMessage open = std::get<RunMessage>(run.front());
          open.entries = log.body(1);
          pair.send(open);
          pair.send(shortened(log.opened(1, 2)));
        }) == "a run opened before the one before was complete");
  CHECK(dropped([](Pair& pair, Author& log) {
          ShortRunMessage none = shortened(log.opened(1, 1));
          none.entries = {};
          pair.send_frame(encode(none));
        }) == "a frame that is no message");
}
