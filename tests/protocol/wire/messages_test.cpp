#include "protocol/wire/messages.h"

#include <doctest/doctest.h>

#include <set>

#include "protocol/base/limits.h"
#include "protocol/base/text.h"
#include "tests/protocol/wire/samples.h"
#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

bool is_refused(const Bytes& frame, Code code = Code::Malformed) {
  const Result<Message> message = decode(frame);
  return !message && message.error().code == code;
}

Bytes sample(const std::string& name) {
  const Samples samples;
  for (const auto& [message_name, message] : samples.messages()) {
    if (message_name == name) return encode(message);
  }
  FAIL("no sample of that name");
  return {};
}

template <class T>
bool survives(const T& message) {
  const Bytes frame = encode(message);
  const Result<Message> again = decode(frame);
  return again && std::holds_alternative<T>(*again) && encode(*again) == frame;
}

}  // namespace

TEST_CASE("messages: each has the bytes of tests/vectors/messages.hex") {
  const Samples samples;
  const auto messages = samples.messages();
  CHECK(messages.size() == std::variant_size_v<Message>);
  for (const auto& [name, message] : messages) {
    CHECK_MESSAGE(encode(message) == golden("messages.hex", name), name << ' ' << hex_of(encode(message)));
  }
}

TEST_CASE("messages: what is decoded is encoded to the same bytes") {
  const Samples samples;
  for (const auto& [name, message] : samples.messages()) {
    CAPTURE(name);
    const Bytes frame = encode(message);
    const Result<Message> again = decode(frame);
    REQUIRE(again.ok());
    CHECK(again->index() == message.index());
    CHECK(encode(*again) == frame);
  }
  CHECK(survives(WantMessage{}));
  CHECK(survives(SummaryMessage{}));
  CHECK(survives(VectorMessage{}));
  CHECK(survives(CreditMessage{UINT32_MAX}));
  CHECK(survives(AdmittedMessage{}));
}

TEST_CASE("messages: fields arrive as they were sent") {
  const Samples samples;
  const auto messages = samples.messages();
  const Bytes frame = encode(messages[1].second);
  const Result<Message> again = decode(frame);
  REQUIRE(again.ok());
  CHECK(std::get<VectorMessage>(*again).logs == std::get<VectorMessage>(messages[1].second).logs);
  const Bytes run_frame = encode(messages[3].second);
  const Result<Message> run = decode(run_frame);
  REQUIRE(run.ok());
  CHECK(std::get<RunMessage>(*run).log == samples.log);
  CHECK(std::get<RunMessage>(*run).end == samples.second_head.id);
  CHECK(same_bytes(std::get<RunMessage>(*run).entries, samples.first));
  CHECK(verify(samples.founder.public_key(), Purpose::Entry, samples.second_head.id, std::get<RunMessage>(*run).signature));
}

TEST_CASE("messages: every message that is cut short is refused") {
  const Samples samples;
  for (const auto& [name, message] : samples.messages()) {
    const Bytes frame = encode(message);
    // Where a run or part is cut within its entries is for the reader of entries to find.
    const std::size_t whole = name == "run"         ? kRunHeaderBytes + 1
                              : name == "short run" ? kShortRunHeaderBytes + 1
                              : name == "part"      ? 2
                                                    : frame.size();
    for (std::size_t size = 0; size < whole; ++size) {
      CAPTURE(name);
      CAPTURE(size);
      CHECK(is_refused(Bytes(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size))));
    }
  }
}

TEST_CASE("messages: a byte too many is refused") {
  const Samples samples;
  for (const auto& [name, message] : samples.messages()) {
    if (name == "run" || name == "short run" || name == "part") continue;
    CAPTURE(name);
    Bytes frame = encode(message);
    frame.push_back(0);
    CHECK(is_refused(frame));
  }
}

TEST_CASE("messages: an unknown type is refused") {
  CHECK(is_refused({}));
  CHECK(is_refused({0}));
  CHECK(is_refused({24}));
  CHECK(is_refused({255, 1, 2, 3}));
}

TEST_CASE("messages: a frame larger than a frame may be is refused before it is read") {
  Bytes frame = sample("part");
  frame.resize(kMaxFrameBytes);
  CHECK(decode(frame).ok());
  frame.resize(kMaxFrameBytes + 1);
  CHECK(is_refused(frame, Code::TooLarge));
}

TEST_CASE("hello: more networks than a node may be in are refused") {
  Hello hello;
  hello.networks.resize(kMaxNetworks);
  CHECK(survives(hello));
  hello.networks.resize(kMaxNetworks + 1);
  CHECK(is_refused(encode(hello)));
}

TEST_CASE("hello: a form of a network that is none, and an agreement that is the level itself, are refused") {
  Hello hello;
  hello.networks.push_back({numbered<NetworkTag>(1), numbered<DigestTag>(2), std::nullopt, std::nullopt});
  CHECK(survives(hello));
  constexpr std::size_t kForm = 1 + 2 + 16 + 16 + 8 + 1;
  Bytes frame = encode(hello);
  frame[kForm] = 3;
  CHECK(is_refused(frame));
  hello.networks[0].agreed = numbered<DigestTag>(3);
  CHECK(survives(hello));
  hello.networks[0].agreed = hello.networks[0].level;  // one state, one encoding
  CHECK(is_refused(encode(hello)));
}

TEST_CASE("hello and clock: a time for which there is no number is refused, and one before 1970 told as 1970") {
  for (const WallTime time : {WallTime{0}, WallTime{INT64_MAX}}) {
    Hello hello;
    hello.time = time;
    CHECK(survives(hello));
    CHECK(survives(ClockMessage{time}));
  }
  Bytes frame = sample("clock");
  frame[1] = 0x80;
  CHECK(is_refused(frame));
  frame = sample("hello");
  frame[1 + 2 + 16 + 16] = 0x80;
  CHECK(is_refused(frame));
  CHECK(encode(ClockMessage{WallTime{-1}}) == encode(ClockMessage{WallTime{0}}));
}

TEST_CASE("hello: a network in full has the level that its summary has") {
  const Samples samples;
  const Bytes frame = sample("hello");
  const Result<Message> hello = decode(frame);
  REQUIRE(hello.ok());
  const NetworkHello& network = std::get<Hello>(*hello).networks[0];
  REQUIRE(network.summary.has_value());
  CHECK(network.network == tag_of(samples.network));
  CHECK(network.level == level_of(*network.summary));
  CHECK_FALSE(network.agreed.has_value());
}

TEST_CASE("level: it changes with every digest and with the network, and with nothing else") {
  const NetworkSummary summary{numbered<NetworkId>(1), numbered<DigestTag>(2), numbered<DigestTag>(3), numbered<DigestTag>(4)};
  const auto with = [&](auto change) {
    NetworkSummary changed = summary;
    change(changed);
    return level_of(changed);
  };
  std::set<DigestTag> levels{level_of(summary)};
  levels.insert(with([](NetworkSummary& one) { one.network = numbered<NetworkId>(9); }));
  levels.insert(with([](NetworkSummary& one) { one.membership = numbered<DigestTag>(9); }));
  levels.insert(with([](NetworkSummary& one) { one.vector = numbered<DigestTag>(9); }));
  levels.insert(with([](NetworkSummary& one) { one.state = numbered<DigestTag>(9); }));
  levels.insert(with([](NetworkSummary& one) { std::swap(one.vector, one.state); }));
  CHECK(levels.size() == 6);
  CHECK(with([](NetworkSummary&) {}) == level_of(summary));
}

TEST_CASE("level: more networks than a node may be in are refused") {
  LevelMessage message;
  message.networks.resize(kMaxNetworks);
  CHECK(survives(message));
  message.networks.resize(kMaxNetworks + 1);
  CHECK(is_refused(encode(message)));
}

TEST_CASE("holders: somebody is named, in as few bytes as there can be, and no more than may be members") {
  HoldersMessage message{numbered<NetworkTag>(1), numbered<DigestTag>(2), {1}};
  CHECK(survives(message));
  message.members.assign(kMaxMembers / 8, 0xff);
  CHECK(survives(message));
  message.members.push_back(1);
  CHECK(is_refused(encode(message)));
  message.members = {1, 0};
  CHECK(is_refused(encode(message)));
  message.members.clear();
  CHECK(is_refused(encode(message)));
}

TEST_CASE("hello: the signed bytes are the message without its signature, what it answers, and both keys, the sender's first") {
  const Samples samples;
  const auto messages = samples.messages();
  const Hello& hello = std::get<Hello>(messages[0].second);
  const Bytes message = hello_message(hello, {}, samples.founder_transport, samples.newcomer_transport);
  Bytes expected = encode(messages[0].second);
  expected.resize(expected.size() - Signature::kSize);
  ByteWriter(expected).raw(Nonce{});
  ByteWriter(expected).raw(samples.founder_transport);
  ByteWriter(expected).raw(samples.newcomer_transport);
  CHECK(message == expected);
  CHECK(verify(samples.founder.public_key(), Purpose::Hello, message, hello.signature));
  CHECK_FALSE(verify(samples.founder.public_key(), Purpose::Hello,
                     hello_message(hello, {}, samples.newcomer_transport, samples.founder_transport), hello.signature));
  const Bytes answering = hello_message(hello, numbered<Nonce>(1), samples.founder_transport, samples.newcomer_transport);
  CHECK_FALSE(verify(samples.founder.public_key(), Purpose::Hello, answering, hello.signature));
}

TEST_CASE("summary: more networks than a node may be in are refused") {
  SummaryMessage summary;
  summary.networks.resize(kMaxNetworks + 1);
  CHECK(is_refused(encode(summary)));
}

TEST_CASE("vector: a class that is none, and one that is not that of its logs, are refused") {
  Bytes frame = sample("vector");
  frame[33] = 3;
  CHECK(is_refused(frame));
  frame[33] = 0;
  CHECK(is_refused(frame));
  frame[33] = 1;  // membership, over data logs
  CHECK(is_refused(frame));
}

TEST_CASE("vector: a mark that is neither more, last nor changed is refused") {
  Bytes frame = sample("vector");
  for (std::uint8_t mark : {0, 1, 2}) {
    frame[34] = mark;
    const Result<Message> vector = decode(frame);
    REQUIRE(vector.ok());
    CHECK(std::get<VectorMessage>(*vector).changed_only == (mark == 2));
    CHECK(encode(*vector) == frame);
  }
  frame[34] = 3;
  CHECK(is_refused(frame));
}

TEST_CASE("vector: more logs than a frame may name are refused") {
  const Samples samples;
  VectorMessage vector{samples.network, LogClass::Data, true, {}};
  vector.logs.resize(kVectorLogsPerFrame, {samples.log, {{Seq{1}, {}}}});
  CHECK(survives(vector));
  vector.logs.push_back(vector.logs.front());
  CHECK(is_refused(encode(vector)));
}

TEST_CASE("vector: a log without tips and one with too many are refused") {
  const Samples samples;
  VectorMessage vector{samples.network, LogClass::Data, true, {{samples.log, {}}}};
  CHECK(is_refused(encode(vector)));
  for (std::size_t i = 0; i < kMaxTips; ++i) vector.logs[0].tips.push_back({Seq{i + 1}, {}});
  CHECK(survives(vector));
  vector.logs[0].tips.push_back({Seq{100}, {}});
  CHECK(is_refused(encode(vector)));
}

TEST_CASE("vector: tips that are not sorted, repeated or of no entry are refused") {
  const Samples samples;
  const auto with = [&](std::vector<Tip> tips) {
    return encode(VectorMessage{samples.network, LogClass::Data, true, {{samples.log, std::move(tips)}}});
  };
  const Tip low{Seq{4}, numbered<EntryId>(1)}, high{Seq{4}, numbered<EntryId>(2)};
  CHECK_FALSE(is_refused(with({low, high})));
  CHECK(is_refused(with({high, low})));
  CHECK(is_refused(with({low, low})));
  CHECK(is_refused(with({{Seq{0}, numbered<EntryId>(1)}})));
}

TEST_CASE("want: more logs than one want may name, and a log of no class, are refused") {
  const Samples samples;
  WantMessage want{samples.network, {}};
  want.wants.resize(kMaxWantsPerMessage, {samples.log, Seq{0}});
  CHECK(survives(want));
  want.wants.push_back(want.wants.front());
  CHECK(is_refused(encode(want)));
  Bytes frame = sample("want");
  frame[1 + 32 + 2 + 40] = 3;
  CHECK(is_refused(frame));
}

TEST_CASE("run: no entries, too many, and positions that overflow are refused") {
  const Samples samples;
  const auto messages = samples.messages();
  RunMessage run = std::get<RunMessage>(messages[3].second);
  const auto refused_with = [&](auto change) {
    RunMessage changed = run;
    change(changed);
    return is_refused(encode(changed));
  };
  CHECK_FALSE(refused_with([](RunMessage& r) { r.count = kMaxRunEntries; }));
  CHECK(refused_with([](RunMessage& r) { r.count = 0; }));
  CHECK(refused_with([](RunMessage& r) { r.count = kMaxRunEntries + 1; }));
  CHECK(refused_with([](RunMessage& r) { r.first = Seq{0}; }));
  CHECK(refused_with([](RunMessage& r) { r.first = Seq{UINT64_MAX}; }));
  CHECK(refused_with([](RunMessage& r) { r.first = Seq{UINT64_MAX - kMaxRunEntries + 1}; }));
  CHECK_FALSE(refused_with([](RunMessage& r) { r.first = Seq{UINT64_MAX - kMaxRunEntries}; }));
  CHECK(refused_with([](RunMessage& r) { r.entries = {}; }));
  CHECK(refused_with([](RunMessage& r) { r.log.log_class = static_cast<LogClass>(3); }));
}

TEST_CASE("short run: no entries, and positions that overflow, are refused") {
  const Samples samples;
  const ShortRunMessage run{tag_of(samples.network), samples.log, Seq{1}, {}, samples.first};
  const auto refused_with = [&](auto change) {
    ShortRunMessage changed = run;
    change(changed);
    return is_refused(encode(changed));
  };
  CHECK(survives(run));
  CHECK(refused_with([](ShortRunMessage& r) { r.first = Seq{0}; }));
  CHECK(refused_with([](ShortRunMessage& r) { r.first = Seq{UINT64_MAX - kMaxRunEntries + 1}; }));
  CHECK_FALSE(refused_with([](ShortRunMessage& r) { r.first = Seq{UINT64_MAX - kMaxRunEntries}; }));
  CHECK(refused_with([](ShortRunMessage& r) { r.entries = {}; }));
  CHECK(refused_with([](ShortRunMessage& r) { r.log.log_class = static_cast<LogClass>(3); }));
}

TEST_CASE("part: one without an entry is refused") { CHECK(is_refused({5})); }

TEST_CASE("admitted: a founding operation of another length than it says is refused") {
  Bytes frame = sample("admitted");
  frame[34] ^= 1;
  CHECK(is_refused(frame));
}

TEST_CASE("have, graft and prune: no logs, more than they may name, and numbers that no entry has are refused") {
  const Samples samples;
  const std::vector<PushedLog> most(kMaxPushedLogs, {samples.log, Seq{1}});
  std::vector<PushedLog> too_many = most;
  too_many.push_back(most.front());
  CHECK(survives(HaveMessage{samples.network, most}));
  CHECK(survives(GraftMessage{samples.network, most}));
  CHECK(survives(PruneMessage{samples.network, most}));
  CHECK(encode(Message(HaveMessage{samples.network, most})).size() <= kMaxFrameBytes);
  CHECK(is_refused(encode(Message(HaveMessage{samples.network, too_many}))));
  CHECK(is_refused(encode(Message(GraftMessage{samples.network, too_many}))));
  CHECK(is_refused(encode(Message(PruneMessage{samples.network, too_many}))));
  CHECK(is_refused(encode(Message(HaveMessage{samples.network, {}}))));
  CHECK(is_refused(encode(Message(HaveMessage{samples.network, {{samples.log, Seq{0}}}}))));
  CHECK(survives(PruneMessage{samples.network, {{samples.log, Seq{0}}}}));
  CHECK(survives(GraftMessage{samples.network, {{samples.log, Seq{0}}}}));
  Bytes frame = sample("have");
  frame[1 + 32 + 2 + 40] = 3;  // a class that is none
  CHECK(is_refused(frame));
}

TEST_CASE("refused: a reason that is none is refused") {
  CHECK(is_refused({11, 0}));
  CHECK(is_refused({11, 6}));
  CHECK_FALSE(is_refused({11, 5}));
}

TEST_CASE("store: none at all, and twice the same, are refused") {
  const StoreMessage both{numbered<MemberKey>(1), numbered<StoreId>(2), numbered<StoreId>(3)};
  CHECK(survives(both));
  CHECK(survives(StoreMessage{both.member, both.store, {}}));
  CHECK(is_refused(encode(StoreMessage{both.member, {}, both.other})));
  CHECK(is_refused(encode(StoreMessage{both.member, both.store, both.store})));
}
