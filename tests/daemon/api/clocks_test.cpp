// Whose clock is said to be off, and what peers and status tell of it.
#include "daemon/api/clocks.h"

#include "tests/daemon/api/asked_net.h"
#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;
using daemon::ClockVerdict;
using daemon::judge_clocks;
using daemon::PeerClock;

namespace {

CouncilId council(std::uint8_t number) { return numbered<CouncilId>(number); }

// Own ahead of theirs by so much, by so many councils; 0 and 0 when it is not said.
bool own_is_off(const ClockVerdict& verdict, Millis ahead, std::size_t councils) {
  return verdict.own_ahead == ahead && verdict.agreeing.size() == councils && (councils == 0 || verdict.off.empty());
}

}  // namespace

TEST_CASE("clocks: where all are within two minutes nobody's is off") {
  CHECK(own_is_off(judge_clocks({}), 0ms, 0));
  const ClockVerdict verdict = judge_clocks({{council(1), 120s}, {council(2), -120s}});
  CHECK(own_is_off(verdict, 0ms, 0));
  CHECK(verdict.off.empty());
}

TEST_CASE("clocks: this node's is off when two councils agree with each other and nobody with it") {
  CHECK(own_is_off(judge_clocks({{council(1), 3h}, {council(2), 3h + 120s}}), -(3h + 120s), 2));
  CHECK(own_is_off(judge_clocks({{council(1), 3h}, {council(2), 3h + 1min}, {council(3), -9h}}), -(3h + 1min), 2));
  CHECK(own_is_off(judge_clocks({{council(1), 121s}, {council(2), 122s}, {council(3), 123s}}), -122s, 3));
  CHECK(own_is_off(judge_clocks({{council(1), -1h}, {council(2), -1h}, {council(3), 2h}, {council(4), 2h}, {council(5), 2h}}),
                   -2h, 3));  // whom most believe
}

TEST_CASE("clocks: this node's is off when all who are linked are of one council and agree") {
  CHECK(own_is_off(judge_clocks({{council(1), -121s}}), 121s, 1));
  CHECK(own_is_off(judge_clocks({{council(1), -1h}, {council(1), -1h}}), 1h, 1));
}

TEST_CASE("clocks: one that agrees with this node is enough for the others to be off") {
  const ClockVerdict verdict =
      judge_clocks({{council(1), 0s}, {council(2), 3h}, {council(3), 3h}, {council(3), -4h}, {council(3), 1s}});
  CHECK(own_is_off(verdict, 0ms, 0));
  CHECK(verdict.off == std::vector<PeerClock>{{council(2), 3h}, {council(3), -4h}});
}

TEST_CASE("clocks: where nobody agrees with anybody it cannot be told, and each is named") {
  const ClockVerdict verdict = judge_clocks({{council(2), 3h}, {council(1), 3h + 121s}});
  CHECK(own_is_off(verdict, 0ms, 0));
  CHECK(verdict.off == std::vector<PeerClock>{{council(1), 3h + 121s}, {council(2), 3h}});
  const ClockVerdict devices = judge_clocks({{council(1), 3h}, {council(1), -3h}, {council(1), 3h}});
  CHECK(own_is_off(devices, 0ms, 0));
  CHECK(devices.off == std::vector<PeerClock>{{council(1), -3h}});
}

TEST_CASE("clocks: peers and status tell of those that are off, and of this node's own as soon as it is set wrong") {
  AskedNet asked(3);
  Net& net = asked.net;
  net.set_clock(2, 3h + 12min);
  for (const auto& [from, to] : {std::pair{1, 0}, {2, 0}, {2, 1}}) net.connect(from, to);
  REQUIRE(net.converge());
  const auto off_at = [&](std::size_t machine, std::size_t of) -> std::optional<std::int64_t> {
    const Value told = asked.done(machine, "peers");
    for (const Value& peer : told.items("peers")) {
      const Value* off = peer.find("clock_off_s");
      if (peer.text("member") == daemon::id_text(net.node(of).self()) && off != nullptr) return peer.integer("clock_off_s");
    }
    return std::nullopt;
  };
  constexpr std::int64_t kOff = 3 * 3'600 + 12 * 60;
  CHECK(off_at(0, 2) == kOff);
  CHECK(off_at(0, 1) == std::nullopt);
  CHECK(off_at(2, 0) == -kOff);
  const Value right = asked.done(0, "status");
  CHECK(right.find("clock") == nullptr);
  REQUIRE(right.items("clocks").size() == 1);
  CHECK(right.items("clocks")[0].text("council") == daemon::id_text(net.node(2).self_in(net.network(2))->council));
  CHECK(right.items("clocks")[0].integer("off_s") == kOff);
  const Value wrong = asked.done(2, "status");
  REQUIRE(wrong.find("clock") != nullptr);
  CHECK(wrong.find("clock")->integer("off_s") == kOff);
  CHECK(wrong.find("clock")->integer("councils") == 2);
  CHECK(wrong.find("clocks") == nullptr);

  net.set_clock(2, 0h);  // nothing has been said yet
  CHECK(asked.done(2, "status").find("clock") == nullptr);
  CHECK(off_at(2, 0) == std::nullopt);
  net.advance(1min);
  CHECK(asked.done(0, "status").find("clocks") == nullptr);
  net.cut_all();
  net.set_clock(2, -1h);
  CHECK(asked.done(2, "status").find("clock") == nullptr);  // of who is not linked nothing is known
}
