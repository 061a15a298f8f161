// A whole node against a member that says anything at any time. The input is a list of steps, each a byte for what is done, with
// arguments behind it; the member's signatures are real, so that what is wrong lies deeper than the first check. A step with
// its top bit set changes one byte of each frame it sends.
//
// Held: the node never aborts, its store never fails, a run from a link never leaves more than its share waiting to be sent, and
// what it holds at the end is signed, is what the member wrote, whatever was changed on the way, can be sent on in runs that a
// receiver takes, and is what a restart from its store gives.
#include <algorithm>

#include "protocol/base/limits.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/builders.h"
#include "tests/support/pair.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

constexpr int kMaxSteps = 64;
constexpr std::uint64_t kMaxEntries = 600;
constexpr std::size_t kMaxAnswerBytes = kLinkCreditBytes + kMaxRunBytes + 2 * kMaxEntryBytes + 16 * kMaxFrameBytes;

class Session {
 public:
  explicit Session(View input)
      : input_(input), logs_{log(LogClass::Data, 7), log(LogClass::Data, 8), log(LogClass::Membership, 7)} {}

  void play() {
    for (int steps = 0; steps < kMaxSteps && input_.left() > 0; ++steps) {
      const std::uint8_t code = input_.u8();
      changes_ = (code & 0x80) != 0;
      step(code & 0x7f);
      std::size_t bytes = 0;
      for (const Bytes& frame : pair_.frames()) bytes += frame.size();
      require(bytes <= kMaxAnswerBytes, "an answer larger than its bound");
      require(pair_.node().ledger().uncommitted_bytes() <= kBatchBytes + kMaxRunBytes * 4, "a batch larger than its bound");
    }
    check_tips();
    check_restart();
    check_runs();
    if (took_entries_) fuzz::accepted();
  }

 private:
  Author log(LogClass log_class, std::uint64_t incarnation) {
    return Author(pair_.network().row.id, pair_.peer(), log_class, incarnation);
  }

  void send(const Message& message) {
    Bytes frame = encode(message);
    if (changes_) {
      const std::size_t at = input_.u16() % frame.size();
      frame[at] ^= static_cast<std::uint8_t>(input_.u8() | 1);
    }
    pair_.send_frame(std::move(frame));
  }

  void step(std::uint8_t what) {
    const NetworkId network = pair_.network().row.id;
    Author& author = logs_[input_.u8() % std::size(logs_)];
    if (what == 0x7e) return send_store();  // nearly all inputs of before it mean what they meant
    if (what == 0x7f) return send(ClockMessage{WallTime{std::int64_t{input_.u16()} << 47 | input_.u16()}});
    switch (what % 20) {
      case 0:
        return pair_.dial();
      case 1:
        return send(pair_.hello());
      case 2:
        return pair_.open();
      case 3:
        return append(author);
      case 4:
      case 5:
        return send_run(author);
      case 6:
        return pair_.advance(Millis(input_.u16()));
      case 7:
        return write();
      case 8:
        return send(VectorMessage{network, author.log().log_class, input_.u8() % 8 != 0, {{author.log(), {tip_of(author)}}}});
      case 9:
        return send(VectorMessage{network, author.log().log_class, true, {}});
      case 10:
        return send(WantMessage{network, wants()});
      case 11:
        return send(DoneMessage{network});
      case 12:
        return send(SummaryMessage{{pair_.node().summary_of(pair_.network())}});
      case 13:
        return send(CreditMessage{static_cast<std::uint32_t>(input_.u16()) << 16 | input_.u16()});
      case 14:
        return pair_.send_frame(bytes_of(input_.raw(std::min<std::size_t>(input_.u8(), input_.left()))));
      case 15:
        return pair_.hang_up();
      case 16:
        return send(short_hello());
      case 17:
        return send(LevelMessage{{{tag_of(network), level()}}});
      case 18:
        return send_short_run(author);
      default:
        return send(VectorMessage{network, author.log().log_class, true, {{author.log(), {tip_of(author)}}}, true});
    }
  }

  // Now the node's own, now one that it had, now none that ever was.
  DigestTag level() {
    const std::uint8_t which = input_.u8();
    if (which % 4 == 3) return DigestTag{};
    if (which % 4 == 0 || levels_.empty()) {
      levels_.push_back(level_of(pair_.node().summary_of(pair_.network())));
      return levels_.back();
    }
    return levels_[which / 4u % levels_.size()];
  }

  Hello short_hello() {
    Hello hello = pair_.hello();
    NetworkHello& own = hello.networks.front();
    own.summary.reset();
    own.level = level();
    if (const DigestTag agreed = level(); agreed != own.level) own.agreed = agreed;
    pair_.sign(hello);
    return hello;
  }

  static Tip tip_of(const Author& author) {
    const Tip tip = author.tip();
    return tip.seq.value > 0 ? tip : Tip{Seq{1}, {}};
  }

  void append(Author& author) {
    const std::uint64_t count = 1 + input_.u8() % 64;
    const std::size_t size = input_.u8() * std::size_t{100};
    for (std::uint64_t i = 0; i < count && author.tip().seq.value < kMaxEntries; ++i) {
      if (author.log().log_class == LogClass::Data) {
        author.append(size);
      } else {
        const ChangeBytes unknown{Bytes(1 + size % 200, static_cast<std::uint8_t>(size)), {}};
        author.append(std::span(&unknown, 1));
      }
    }
  }

  void send_run(Author& author) {
    const std::uint64_t last = author.tip().seq.value;
    if (last == 0) return;
    const std::uint64_t first = 1 + input_.u16() % last;
    const std::uint64_t count = std::min<std::uint64_t>(last - first + 1, 1 + input_.u8());
    const std::uint64_t before = pair_.entries();
    for (const Message& message : author.run(first, first + count - 1)) send(message);
    took_entries_ = took_entries_ || pair_.entries() > before;
  }

  void send_short_run(Author& author) {
    const std::uint64_t last = author.tip().seq.value;
    if (last == 0) return;
    const std::uint64_t first = 1 + input_.u16() % last;
    const RunMessage run = author.opened(first, std::min<std::uint64_t>(last, first + input_.u8()));
    if (run.entries.size() + kShortRunHeaderBytes > kMaxFrameBytes) return;
    const std::uint64_t before = pair_.entries();
    send(ShortRunMessage{tag_of(run.network), run.log, run.first, run.signature, run.entries});
    took_entries_ = took_entries_ || pair_.entries() > before;
  }

  std::vector<Want> wants() {
    std::vector<Want> wants;
    for (const auto& [id, log] : pair_.network().logs) {
      if (wants.size() < 20) wants.push_back({id, Seq{input_.u8() % 32u}});
    }
    return wants;
  }

  // Two stores, of the peer, of the node itself, or of a stranger.
  void send_store() {
    const MemberKey members[] = {pair_.node().self(), logs_[0].log().author, numbered<MemberKey>(input_.u8())};
    const MemberKey& member = members[input_.u8() % std::size(members)];
    const std::uint8_t store = static_cast<std::uint8_t>(1 + input_.u8() % 8), other = input_.u8() % 8;
    send(StoreMessage{member, numbered<StoreId>(store), other == store ? StoreId{} : numbered<StoreId>(other)});
  }

  void write() {
    Skeleton skeleton{{pair_.node().self_in(pair_.network())->council, 2, pair_.node().random().fixed<Nonce>()},
                      {{2, OperationClass::Write}}};
    const ChangeBytes change{encode(skeleton), encode_values({}, {Value("x")})};
    require(pair_.node().write(pair_.network(), {&change, 1}, pair_.now()).ok(), "a write that is refused");
    pair_.process();
  }

  // A tip's id covers every byte of the log before it.
  void check_tips() {
    for (const auto& [id, log] : pair_.network().logs) {
      for (const StoredTip& tip : log.row.tips) {
        require(verify(id.author, Purpose::Entry, tip.head.id, tip.signature), "a tip that its author did not sign");
        require(id.author != pair_.peer().public_key() || is_written(id, tip.head), "an entry that the member did not write");
      }
    }
  }

  bool is_written(const LogId& id, const Head& head) const {
    return std::any_of(std::begin(logs_), std::end(logs_), [&](const Author& author) {
      return author.log() == id && head.seq <= author.tip().seq && author.head(head.seq.value) == head;
    });
  }

  void check_restart() {
    require(pair_.node().commit(pair_.now()).ok(), "a commit that fails");
    pair_.process();
    const NetworkSummary summary = pair_.node().summary_of(pair_.network());
    Result<std::unique_ptr<Ledger>> ledger = Ledger::load(pair_.storage(), {});
    require(ledger.ok(), "a store that does not load");
    const Network& network = (*ledger)->networks().begin()->second;
    require(tag_of((*ledger)->membership_digest(network)) == summary.membership &&
                tag_of(network.data_vector.value()) == summary.vector && tag_of(network.state_digest()) == summary.state,
            "a restart that finds something else");
    require(network.membership.members().size() == pair_.network().membership.members().size(), "a restart that knows others");
  }

  void check_runs() {
    for (const auto& [id, log] : pair_.network().logs) {
      for (const StoredTip& tip : log.row.tips) {
        for (Seq at{0}; at < tip.head.seq;) at = after_next_run(log, at, tip);
      }
    }
  }

  Seq after_next_run(const Log& log, Seq at, const StoredTip& tip) {
    Result<std::optional<Ledger::StoredRun>> run = pair_.node().ledger().next_run(log, at, tip);
    require(run.ok() && run->has_value(), "a log that cannot be sent on");
    std::size_t bytes = 0;
    for (const Bytes& body : (*run)->bodies) bytes += body.size();
    require((*run)->bodies.size() <= kMaxRunEntries && bytes <= kMaxRunBytes + 2 * kMaxEntryBytes, "a run that nobody takes");
    require(verify(log.row.id.author, Purpose::Entry, (*run)->end, (*run)->signature), "a run whose end is not signed");
    return Seq{at.value + (*run)->bodies.size()};
  }

  ByteReader input_;
  Pair pair_;
  Author logs_[3];
  std::vector<DigestTag> levels_;
  bool changes_ = false;
  bool took_entries_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Session(View(data, size)).play();
  return 0;
}
