#include "tests/sim/liar.h"

#include "protocol/node/run_frames.h"
#include "tests/sim/world.h"

namespace budstikke::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kMostArmed = 6;

}  // namespace

Liar::Liar(World& world, Machine& machine) : world_(world), machine_(machine), random_(world.stream()) {}

const MemberKey& Liar::key() const { return machine_.self(); }

Network* Liar::network() const { return machine_.network(); }

std::vector<Lines::Peer> Liar::peers() const { return world_.lines.peers_of(machine_.index()); }

void Liar::told(Fault lie, const std::string& how) {
  world_.counts.add(lie);
  world_.trace.add(world_.now, World::name(machine_.index()) + " lies: " + std::string(name_of(lie)) + how);
}

void Liar::send(LinkId link, const Message& message) {
  Bytes frame = encode(message);
  if (frame.size() <= kMaxFrameBytes) world_.lines.send(machine_.index(), link, std::move(frame));
}

// --- When ------------------------------------------------------------------------------------------------------------

void Liar::tell(Fault lie) {
  if (!machine_.is_up() || machine_.is_read_only() || network() == nullptr) return;
  const bool at_once = random_.below(2) == 0;
  switch (lie) {
    case Fault::LieVector:
      if (at_once) return say_vector();
      break;
    case Fault::LieLevel:
      if (at_once) return say_level();
      break;
    case Fault::LieRelay:
      if (at_once) return say_run();
      break;
    case Fault::LieSilence:
      if (world_.now >= silent_until_) drips_ = random_.below(2) == 0;
      if (world_.now >= silent_until_ && drips_) drip();
      silent_until_ = world_.now + Millis(10'000 + random_.below(110'000));
      return;
    case Fault::LieFork:
      return fork();
    case Fault::LieFlood:
      return flood();
    case Fault::LieFuture:
      return write_future();
    case Fault::LieRight:
      return write_wild();
    case Fault::LieHolders:
      return say_holders();
    case Fault::LieStores:
      return say_stores();
    case Fault::LieTicket:
      return share_ticket();
    default:
      break;
  }
  armed_[lie] = std::min(armed_[lie] + 1 + random_.below(3), kMostArmed);
}

void Liar::be_honest() {
  armed_.clear();
  silent_until_ = world_.now;
}

bool Liar::takes_up(Fault lie) {
  const auto armed = armed_.find(lie);
  if (armed == armed_.end() || armed->second == 0) return false;
  --armed->second;
  return true;
}

// --- What passes -----------------------------------------------------------------------------------------------------

void Liar::hear(LinkId link, View frame) {
  Result<Message> message = decode(frame);
  if (!message) return;
  Heard& heard = heard_[link];
  if (const auto* hello = std::get_if<Hello>(&*message)) {
    for (const NetworkHello& network : hello->networks) {
      heard.level = network.level;
      if (network.summary) heard.summary = network.summary;
    }
  } else if (const auto* summary = std::get_if<SummaryMessage>(&*message); summary != nullptr && !summary->networks.empty()) {
    heard.summary = summary->networks.front();
    heard.level = level_of(*heard.summary);
  } else if (const auto* level = std::get_if<LevelMessage>(&*message); level != nullptr && !level->networks.empty()) {
    heard.level = level->networks.front().level;
  } else if (auto* want = std::get_if<WantMessage>(&*message)) {
    heard.wants = std::move(want->wants);
    heard.drops = 0;
  }
}

void Liar::pass(LinkId link, Bytes frame) {
  Result<Message> message = decode(frame);
  require(message.ok(), "a node's frame that is no message");
  if (keeps_silent(*message)) return;
  for (Bytes& said : altered(link, *message, frame)) {
    if (!said.empty() && said.size() <= kMaxFrameBytes) world_.lines.send(machine_.index(), link, std::move(said));
  }
}

// What a peer asked for.
bool Liar::is_silent(const Message& message) const {
  if (world_.now >= silent_until_) return false;
  return std::holds_alternative<RunMessage>(message) || std::holds_alternative<PartMessage>(message) ||
         std::holds_alternative<ShortRunMessage>(message) || std::holds_alternative<DoneMessage>(message) ||
         std::holds_alternative<ValuesMessage>(message);
}

bool Liar::keeps_silent(const Message& message) {
  if (!is_silent(message)) return false;
  told(Fault::LieSilence);
  return true;
}

// Just enough, again and again, not to be taken for dead: of a run that the peer waits for, one entry at a time and never the
// last; or runs that it has, of a log that it waits for.
void Liar::drip() {
  const std::uint64_t silence = ++silence_;
  const auto drop = [this, silence](const auto& again) -> void {
    if (silence != silence_ || world_.now >= silent_until_) return;
    if (machine_.is_up() && network() != nullptr) {
      for (const Lines::Peer& peer : peers()) drip_over(peer.link);
    }
    world_.events.add(world_.now + 10s + Millis(random_.below(15'000)), [again] { again(again); });
  };
  world_.events.add(world_.now + 10s, [drop] { drop(drop); });
}

void Liar::drip_over(LinkId link) {
  const Ledger& ledger = machine_.node().ledger();
  Heard& heard = heard_[link];
  for (const Want& want : heard.wants) {
    const Log* log = machine_.node().ledger().find_log(*network(), want.log);
    if (log == nullptr || log->tips().empty()) continue;
    const StoredTip& tip = log->tips().front();
    const Result<std::optional<Ledger::StoredRun>> wanted = ledger.next_run(*log, want.after, tip);
    const Result<std::optional<Ledger::StoredRun>> first = ledger.next_run(*log, Seq{0}, tip);
    const auto said = [&](const Message& message) { send(link, message); };
    if (wanted && *wanted && (**wanted).bodies.size() > heard.drops + 1) {
      const Ledger::StoredRun& run = **wanted;
      if (heard.drops == 0) {
        said(RunMessage{network()->row.id, want.log, run.first, static_cast<std::uint16_t>(run.bodies.size()), run.end,
                        run.signature, run.bodies.front()});
      } else {
        said(PartMessage{run.bodies[heard.drops]});
      }
      ++heard.drops;
      return told(Fault::LieSilence, ", a drop");
    }
    if (heard.drops == 0 && first && *first && (**first).first.value + (**first).bodies.size() - 1 <= want.after.value) {
      each_run_frame(network()->row.id, want.log, **first, said);
      return told(Fault::LieSilence, ", what was known");
    }
  }
}

}  // namespace budstikke::sim
