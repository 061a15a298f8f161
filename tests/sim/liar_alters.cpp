// What a liar makes of its node's messages.
#include "tests/sim/liar.h"
#include "tests/sim/world.h"

namespace budstikke::sim {

std::vector<Bytes> Liar::altered(LinkId link, Message& message, View frame) {
  if (takes_up(Fault::LieGarbage)) {
    told(Fault::LieGarbage);
    return {garbage(frame)};
  }
  if (auto* hello = std::get_if<Hello>(&message)) {
    if (alter_hello(link, *hello)) return {encode(message)};
  } else if (std::holds_alternative<SummaryMessage>(message) || std::holds_alternative<LevelMessage>(message)) {
    if (alter_level(link, message)) return {encode(message)};
  } else if (auto* vector = std::get_if<VectorMessage>(&message)) {
    if (takes_up(Fault::LieVector)) {
      alter_vector(*vector);
      told(Fault::LieVector);
      return {encode(message)};
    }
  } else if (auto* values = std::get_if<ValuesMessage>(&message)) {
    if (takes_up(Fault::LieValues)) {
      alter_values(*values);
      told(Fault::LieValues, ", other answers");
      return {encode(message)};
    }
  }
  if (const auto* run = std::get_if<RunMessage>(&message)) heard_[link].run = run->log.log_class;
  const bool is_run = std::holds_alternative<RunMessage>(message) || std::holds_alternative<PartMessage>(message) ||
                      std::holds_alternative<ShortRunMessage>(message);
  if (is_run && armed_[Fault::LieValues] > 0 && withhold_values(link, message)) {
    takes_up(Fault::LieValues);
    told(Fault::LieValues, ", withheld");
    return {encode(message)};
  }
  if (is_run && takes_up(Fault::LieRelay)) {
    told(Fault::LieRelay);
    return alter_run(link, message, frame);
  }
  return {bytes_of(frame)};
}

Bytes Liar::garbage(View frame) {
  Bytes bytes = bytes_of(frame);
  switch (random_.below(4)) {
    case 0:
      bytes.resize(1 + random_.below(bytes.size()));
      break;
    case 1:
      bytes.push_back(static_cast<std::uint8_t>(random_.below(256)));
      break;
    case 2:
      bytes[0] = static_cast<std::uint8_t>(random_.below(40));
      break;
    default:
      for (std::uint64_t i = 1 + random_.below(3); i > 0; --i) {
        bytes[random_.below(bytes.size())] ^= static_cast<std::uint8_t>(1 << random_.below(8));
      }
      break;
  }
  return bytes;
}

// --- Digests ---------------------------------------------------------------------------------------------------------

DigestTag Liar::false_level(LinkId link) {
  const std::optional<DigestTag>& heard = heard_[link].level;
  return heard && random_.below(3) != 0 ? *heard : random_.fixed<DigestTag>();  // mostly: that it holds the same
}

NetworkSummary Liar::false_summary(LinkId link, const NetworkId& network) {
  const std::optional<NetworkSummary>& heard = heard_[link].summary;
  NetworkSummary summary{network, random_.fixed<DigestTag>(), random_.fixed<DigestTag>(), random_.fixed<DigestTag>()};
  if (!heard) return summary;
  if (random_.below(3) != 0) summary.membership = heard->membership;
  if (random_.below(3) != 0) summary.vector = heard->vector;
  if (random_.below(3) == 0) summary.state = heard->state;
  if (random_.below(4) == 0) summary.state = {};  // pending, for ever
  return summary;
}

bool Liar::alter_hello(LinkId link, Hello& hello) {
  if (hello.networks.empty() || !takes_up(Fault::LieLevel)) return false;
  const NetworkId id = network() != nullptr ? network()->row.id : NetworkId{};
  for (NetworkHello& one : hello.networks) {
    if (random_.below(2) == 0) {
      one = in_full(false_summary(link, id));
      continue;
    }
    one.summary.reset();
    one.level = false_level(link);
    one.agreed.reset();
    if (random_.below(2) == 0) one.agreed = random_.below(2) == 0 ? false_level(link) : level_of(false_summary(link, id));
    if (one.agreed == one.level) one.agreed.reset();
  }
  hello = machine_.signed_for(link, hello);
  told(Fault::LieLevel, " in a hello");
  return true;
}

bool Liar::alter_level(LinkId link, Message& message) {
  if (!takes_up(Fault::LieLevel)) return false;
  if (auto* level = std::get_if<LevelMessage>(&message)) {
    for (NetworkLevel& one : level->networks) one.level = false_level(link);
  } else {
    for (NetworkSummary& one : std::get<SummaryMessage>(message).networks) one = false_summary(link, one.network);
  }
  told(Fault::LieLevel);
  return true;
}

// --- Vectors ---------------------------------------------------------------------------------------------------------

void Liar::alter_vector(VectorMessage& message) {
  std::erase_if(message.logs, [&](const LogTips&) { return random_.below(6) == 0; });
  for (LogTips& log : message.logs) {
    Tip& last = log.tips.back();
    switch (random_.below(5)) {
      case 0:
        last.seq = Seq{last.seq.value + 1 + random_.below(5)};
        break;
      case 1:
        last.seq = Seq{UINT64_MAX - random_.below(3)};
        break;
      case 2:
        last.id = random_.fixed<EntryId>();
        break;
      case 3:
        while (log.tips.size() < kMaxTips) {
          log.tips.push_back({Seq{log.tips.back().seq.value + 1 + random_.below(3)}, random_.fixed<EntryId>()});
          if (log.tips.back().seq.value < 10) log.tips.pop_back();
          if (random_.below(3) == 0) break;
        }
        break;
      default:
        break;
    }
  }
  for (std::uint64_t more = random_.below(20); more > 0 && message.logs.size() < kVectorLogsPerFrame; --more) {
    LogId log = some_log();
    if (random_.below(2) == 0) log.incarnation = Incarnation{random_.u64()};
    log.log_class = message.log_class;
    message.logs.push_back({log, {{Seq{1 + random_.below(300)}, random_.fixed<EntryId>()}}});
  }
}

// --- Entries ---------------------------------------------------------------------------------------------------------

// Leaves the values of others' entries out, as if they had been erased. False when there are none.
bool Liar::withhold_values(LinkId link, Message& message) {
  View* entries = nullptr;
  if (auto* run = std::get_if<RunMessage>(&message)) entries = &run->entries;
  if (auto* part = std::get_if<PartMessage>(&message)) entries = &part->entries;
  if (auto* run = std::get_if<ShortRunMessage>(&message)) entries = &run->entries;
  const auto* short_run = std::get_if<ShortRunMessage>(&message);
  const LogClass log_class = short_run != nullptr ? short_run->log.log_class : heard_[link].run;
  if (log_class != LogClass::Data) return false;
  bool withheld = false;
  Bytes payload;
  ByteReader reader(*entries);
  EntryView entry;
  while (reader.left() > 0) {
    const std::size_t before = reader.left();
    if (!parse_entry(reader, log_class, entry)) return false;
    entry.body = entries->subspan(entries->size() - before, before - reader.left());
    for (ChangeView& change : entry.changes) {
      if (change.state != ValuesState::Inline || random_.below(2) == 0) continue;
      change.values_hash = values_hash(change.values);
      change.state = ValuesState::Absent;
      withheld = true;
    }
    ByteWriter(payload).raw(encode_stored(entry));
  }
  if (!withheld) return false;
  payload_ = std::move(payload);
  *entries = payload_;
  return true;
}

std::vector<Bytes> Liar::alter_run(LinkId link, Message& message, View frame) {
  auto* run = std::get_if<RunMessage>(&message);
  auto* short_run = std::get_if<ShortRunMessage>(&message);
  const View entries = run != nullptr         ? run->entries
                       : short_run != nullptr ? short_run->entries
                                              : std::get<PartMessage>(message).entries;
  const std::size_t before = frame.size() - entries.size();
  switch (random_.below(8)) {
    case 0:  // it stays away, and what belongs to it comes
      return {};
    case 1:
      return {bytes_of(frame), bytes_of(frame)};
    case 2: {
      const Message instead = PartMessage{entries};
      return {encode(instead)};
    }
    case 3:
      if (run != nullptr) run->end = random_.fixed<EntryId>();
      if (short_run != nullptr) short_run->signature = random_.fixed<Signature>();
      return {encode(message)};
    case 4:
      if (run != nullptr) run->first = Seq{run->first.value + 1 + random_.below(3)};
      if (short_run != nullptr) short_run->first = Seq{1 + random_.below(short_run->first.value + 2)};
      return {encode(message)};
    case 5:
      if (run != nullptr) run->log.author = some_member();
      if (short_run != nullptr) short_run->log.author = some_member();
      return {encode(message)};
    case 6:  // signed by the liar, who has no say in it
      if (run != nullptr) run->signature = machine_.identity().sign(Purpose::Entry, run->end);
      if (run != nullptr) run->count = static_cast<std::uint16_t>(1 + random_.below(kMaxRunEntries));
      return {encode(message)};
    default: {
      Bytes bytes = bytes_of(frame);
      bytes[before + random_.below(entries.size())] ^= static_cast<std::uint8_t>(1 << random_.below(8));
      heard_[link].run = LogClass::Data;
      return {bytes};
    }
  }
}

void Liar::alter_values(ValuesMessage& message) {
  for (ValuesAnswer& answer : message.answers) {
    if (random_.below(3) == 0) continue;
    answer.presence = static_cast<ValuesPresence>(1 + random_.below(4));
    answer.values.clear();
    if (answer.presence != ValuesPresence::Here) continue;
    answer.values.resize(Salt::kSize + random_.below(300));
    random_.fill(answer.values);
  }
  if (random_.below(4) == 0 && message.answers.size() < kMaxAskedValues) message.answers.push_back({ValuesPresence::Erased, {}});
}

}  // namespace budstikke::sim
