// The tree of one log, call by call, and of whole networks.
#include "protocol/node/push_tree.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "protocol/base/limits.h"
#include "protocol/node/waits.h"
#include "tests/support/builders.h"
#include "tests/support/push_net.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

constexpr LinkId kA{1}, kB{2}, kC{3};
const MemberKey kSelf = numbered<MemberKey>(0xee);

LogId log_of(std::uint8_t author, std::uint64_t incarnation = 1) {
  return {numbered<MemberKey>(author), Incarnation{incarnation}, LogClass::Data};
}

// One node's tree, three links and a clock; what it does as text.
struct Tree {
  PushTree tree{kSelf};
  Instant now{1'000};
  std::vector<PushTree::Peer> peers{{kA, Seq{}}, {kB, Seq{}}, {kC, Seq{}}};

  std::string spread(const LogId& log, std::uint64_t tip) {
    std::string text;
    for (const PushTree::Send& send : tree.spread(log, Seq{tip}, peers, now)) text += name(send.link) + '>' + number(send.after);
    return text;
  }
  std::string said() {
    std::string text;
    for (const PushTree::Message& message : tree.take()) {
      const char* kinds[] = {"have", "graft", "prune"};
      text += name(message.link) + ' ' + kinds[static_cast<std::size_t>(message.kind)];
      for (const PushedLog& log : message.logs) text += ' ' + number(log.seq);
      text += ';';
    }
    return text;
  }
  std::string after(Millis wait) {
    now = now + wait;
    tree.tick(now);
    return said();
  }
  void told(LinkId link, const LogId& log, std::uint64_t tip, std::uint64_t here) {
    tree.told(link, {log, Seq{tip}}, Seq{here}, now);
  }
  static std::string name(LinkId link) { return std::string(1, static_cast<char>('@' + link.value)); }
  static std::string number(Seq seq) { return std::to_string(seq.value); }
};

}  // namespace

TEST_CASE("push tree: at first everything goes over every link") {
  Tree at;
  CHECK(at.spread(log_of(1), 3) == "A>0B>0C>0");
  CHECK(at.spread(log_of(1), 4) == "A>3B>3C>3");
  CHECK(at.spread(log_of(1), 4) == "");
  CHECK(at.after(kGraftWait) == "");
}

TEST_CASE("push tree: nothing goes back to whom it came from or who is known to hold it") {
  Tree at;
  at.peers[1].has = Seq{2};
  at.tree.brought(kA, log_of(1), Seq{2});
  CHECK(at.spread(log_of(1), 2) == "C>0");
}

TEST_CASE("push tree: who brings a thing twice is pruned, but not the source") {
  Tree at;
  at.tree.brought(kA, log_of(1), Seq{1});
  at.tree.repeated(kB, log_of(1), Seq{1});
  CHECK(at.said() == "B prune 1;");
  at.tree.repeated(kA, log_of(1), Seq{1});
  CHECK(at.said() == "");
  CHECK(at.tree.source_of(log_of(1)) == kA);
  at.tree.brought(kB, log_of(1), Seq{2});  // sent before the prune arrived, and quicker this time
  CHECK(at.tree.source_of(log_of(1)) == kB);
  at.tree.repeated(kA, log_of(1), Seq{2});
  CHECK(at.said() == "A prune 2;");
}

TEST_CASE("push tree: what came in a session first makes its pusher the source") {
  Tree at;
  at.tree.repeated(kB, log_of(1), Seq{5});
  CHECK(at.said() == "");
  CHECK(at.tree.source_of(log_of(1)) == kB);
}

TEST_CASE("push tree: the node's own log has no source, and whoever brings it is pruned") {
  Tree at;
  const LogId own{kSelf, Incarnation{1}, LogClass::Data};
  at.tree.repeated(kA, own, Seq{1});
  at.tree.brought(kB, own, Seq{2});
  CHECK_FALSE(at.tree.source_of(own).has_value());
  CHECK(at.said() == "A prune 1;");
}

TEST_CASE("push tree: a pruned link is told, all logs of one moment in one message") {
  Tree at;
  at.tree.pruned(kA, {log_of(1), Seq{1}});
  at.tree.pruned(kA, {log_of(2), Seq{1}});
  CHECK(at.spread(log_of(1), 2) == "B>0C>0");
  at.now = at.now + Millis(5);
  CHECK(at.spread(log_of(2), 9) == "B>0C>0");
  CHECK(at.spread(log_of(1), 3) == "B>2C>2");
  CHECK(at.after(kAnnounceWait - Millis(6)) == "");
  CHECK(at.tree.deadline() == at.now + Millis(1));
  CHECK(at.after(Millis(1)) == "A have 3 9;");
  CHECK(at.after(kGraftWait) == "");
}

TEST_CASE("push tree: the patient end tells later, and not at all when the other has told") {
  Tree at;
  at.peers[0].patient = at.peers[1].patient = true;
  at.tree.pruned(kA, {log_of(1), Seq{1}});
  at.tree.pruned(kB, {log_of(1), Seq{1}});
  at.spread(log_of(1), 2);
  CHECK(at.after(kAnnounceWait) == "");
  at.told(kA, log_of(1), 2, 2);
  CHECK(at.after(kAnnouncePatience - kAnnounceWait) == "B have 2;");
}

TEST_CASE("push tree: a peer without room for entries is told of them instead") {
  Tree at;
  at.peers[1].ready = false;
  CHECK(at.spread(log_of(1), 1) == "A>0C>0");
  CHECK(at.after(kAnnounceWait) == "B have 1;");
  at.tree.grafted(kB, {log_of(1), Seq{0}});
  at.peers[1].ready = true;
  CHECK(at.spread(log_of(1), 1) == "B>0");
}

TEST_CASE("push tree: what was told of and does not come is asked of those who told, one after another") {
  Tree at;
  at.tree.brought(kA, log_of(1), Seq{1});
  at.told(kB, log_of(1), 2, 1);
  at.told(kC, log_of(1), 2, 1);
  CHECK(at.after(kGraftWait - Millis(1)) == "");
  CHECK(at.after(Millis(1)) == "B graft 1;");
  CHECK(at.tree.source_of(log_of(1)) == kB);
  CHECK(at.after(kGraftWait) == "C graft 1;");
  CHECK(at.after(kGraftWait) == "");
  CHECK(at.tree.missing() == 0);  // left to a session
}

TEST_CASE("push tree: what comes in time is not asked for, however it came") {
  for (const bool by_push : {true, false}) {
    Tree at;
    at.tree.brought(kA, log_of(1), Seq{1});
    at.told(kB, log_of(1), 2, 1);
    at.now = at.now + Millis(100);
    if (by_push) at.tree.brought(kA, log_of(1), Seq{2});
    if (!by_push) at.tree.holds(kC, log_of(1), Seq{2});
    CHECK(at.tree.missing() == 0);
    CHECK(at.after(kGraftWait) == "");
  }
}

TEST_CASE("push tree: what is on its way is waited for, and what is lacking of it is still asked for") {
  Tree at;
  at.tree.brought(kA, log_of(1), Seq{1});
  at.told(kB, log_of(1), 9, 1);
  at.now = at.now + Millis(150);
  at.tree.brings(log_of(1), at.now);
  CHECK(at.after(Millis(60)) == "");
  at.tree.brought(kA, log_of(1), Seq{5});
  CHECK(at.after(kGraftWait) == "B graft 5;");
}

TEST_CASE("push tree: without a source it is asked for at once") {
  Tree at;
  at.told(kB, log_of(1), 2, 1);
  CHECK(at.after(Millis(0)) == "B graft 1;");
  at.tree.brought(kB, log_of(1), Seq{2});
  at.told(kC, log_of(1), 3, 2);
  CHECK(at.after(Millis(10)) == "");
  at.tree.link_down(kB);
  CHECK(at.tree.deadline() <= at.now);
  CHECK(at.after(Millis(0)) == "C graft 2;");
}

TEST_CASE("push tree: a graft makes a link eager from where the peer says it is") {
  Tree at;
  at.spread(log_of(1), 7);
  at.tree.pruned(kA, {log_of(1), Seq{7}});
  at.tree.grafted(kA, {log_of(1), Seq{4}});  // it lost some
  CHECK_FALSE(at.tree.is_lazy(kA, log_of(1)));
  CHECK(at.spread(log_of(1), 7) == "A>4");
}

TEST_CASE("push tree: a peer that lacks more than may be pushed gets nothing") {
  Tree at;
  CHECK(at.spread(log_of(1), kMaxPushedEntries + 1) == "");
  CHECK(at.spread(log_of(2), kMaxPushedEntries) == "A>0B>0C>0");
  CHECK(at.after(kAnnounceWait) == "");
}

TEST_CASE("push tree: a link that goes takes along all that was known of it") {
  Tree at;
  at.tree.pruned(kA, {log_of(1), Seq{1}});
  at.tree.repeated(kB, log_of(2), Seq{1});
  at.tree.repeated(kA, log_of(2), Seq{1});
  at.spread(log_of(1), 2);
  at.told(kA, log_of(3), 4, 0);
  for (const LinkId link : {kA, kB, kC}) at.tree.link_down(link);
  CHECK(at.after(kGraftWait) == "");
  CHECK(at.after(kGraftWait) == "");
  CHECK(at.tree.logs() == 0);
  CHECK(at.tree.missing() == 0);
  CHECK(at.spread(log_of(1), 2) == "A>0B>0C>0");
}

TEST_CASE("push tree: a peer that tells of logs without end does not fill the memory") {
  Tree at;
  for (std::uint64_t i = 0; i < 3 * kMaxAnnounced; ++i) at.told(kA, log_of(1, i), 1, 0);
  CHECK(at.tree.missing() == kMaxAnnounced);
  CHECK(at.tree.logs() == kMaxAnnounced);
  at.tree.tick(at.now);
  for (const PushTree::Message& message : at.tree.take()) CHECK(message.logs.size() <= kMaxPushedLogs);
  at.after(kGraftWait);
  CHECK(at.tree.missing() == 0);
  CHECK(at.tree.logs() == 0);  // none of them was ever here
}

TEST_CASE("push tree: many logs at once are told in messages of their greatest size") {
  Tree at;
  at.peers.resize(1);
  for (std::uint64_t i = 0; i < kMaxPushedLogs + 5; ++i) {
    at.tree.pruned(kA, {log_of(1, i), Seq{1}});
    at.spread(log_of(1, i), 2);
  }
  at.tree.tick(at.now);  // a full message does not wait
  const std::vector<PushTree::Message> messages = at.tree.take();
  REQUIRE(messages.size() == 2);
  CHECK(messages[0].logs.size() == kMaxPushedLogs);
  CHECK(messages[1].logs.size() == 5);
}

// --- Whole networks --------------------------------------------------------------------------------------------------

TEST_CASE("push network: when nothing fails every entry reaches every member, once") {
  for (const std::size_t members : {20, 100, 1'000}) {
    CAPTURE(members);
    PushNetOptions options;
    options.members = members;
    PushNet net(options);
    const PushFigures cold = net.broadcast(1);
    CHECK(cold.reached == cold.deliveries);
    const PushFigures warm = net.broadcast(2);
    CHECK(warm.reached == warm.deliveries);
    CHECK(warm.gaps == 0);
    CHECK(warm.payloads_per_delivery() < 1.05);
    CHECK(warm.messages_per_delivery() < 5);
    CHECK(warm.delays_max < 3 + std::log2(static_cast<double>(members)));
    const PushFigures chorus = net.chorus();
    CHECK(chorus.reached == chorus.deliveries);
    CHECK(chorus.messages_per_delivery() < 2);
    CHECK(net.missing() == 0);
  }
}

TEST_CASE("push network: when members vanish in the middle of a broadcast all others still get it, without summaries") {
  for (const std::size_t members : {20, 100, 1'000}) {
    CAPTURE(members);
    PushNetOptions options;
    options.members = members;
    PushNet net(options);
    net.broadcast(1);
    const PushFigures torn = net.broadcast_while_members_go(std::max<std::size_t>(1, members / 50));
    CHECK(torn.reached == torn.deliveries);
    CHECK(torn.grafts > 0);
    CHECK(torn.payloads_per_delivery() < 2);  // what was sent to the one that is gone is counted, too
    CHECK(torn.delays_max * PushNet::kLinkDelay < 1'000);
    const PushFigures after = net.broadcast(2);
    CHECK(after.reached == after.deliveries);
    CHECK(after.payloads_per_delivery() < 1.3);
  }
}

TEST_CASE("push network: the same seed gives the same figures") {
  const auto run = [] {
    PushNet net({});
    const PushFigures figures = net.broadcast(2);
    return std::pair(figures.payloads, figures.delays_mean);
  };
  CHECK(run() == run());
}
