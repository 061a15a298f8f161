#include "protocol/node/holdings.h"

#include <algorithm>

namespace budstikke {
namespace {

// Table::Local: "holds " 6 · network number 8 · member key 32 → time 8 · count 4 · (log number 8 · seq 8) each
constexpr std::string_view kHoldsPurpose = "holds ";
constexpr std::size_t kHoldsKeyBytes = 6 + 8 + MemberKey::kSize;
constexpr std::size_t kPositionBytes = 16;

std::optional<Positions> read_positions(ByteReader& reader) {
  const std::size_t count = reader.u32();
  if (reader.failed() || count * kPositionBytes != reader.left()) return std::nullopt;
  Positions positions(count);
  for (auto& [log, seq] : positions) {
    log.value = reader.u64();
    seq.value = reader.u64();
  }
  return std::is_sorted(positions.begin(), positions.end()) ? std::optional(std::move(positions)) : std::nullopt;
}

void add_all(Positions& to, const Positions& more) {
  Positions both;
  both.reserve(to.size() + more.size());
  auto a = to.begin();
  auto b = more.begin();
  while (a != to.end() || b != more.end()) {
    if (b == more.end() || (a != to.end() && a->first < b->first)) {
      both.push_back(*a++);
    } else if (a == to.end() || b->first < a->first) {
      both.push_back(*b++);
    } else {
      both.emplace_back(a->first, std::max(a->second, b->second));
      ++a, ++b;
    }
  }
  to = std::move(both);
}

}  // namespace

Seq position_of(const Positions& positions, LogNumber log) {
  const auto at = std::lower_bound(positions.begin(), positions.end(), std::pair(log, Seq{}));
  return at != positions.end() && at->first == log ? at->second : Seq{};
}

Positions positions_in(const Network& network, const std::map<LogId, std::vector<Tip>>& tips) {
  Positions positions;
  for (const auto& [id, branches] : tips) {
    const auto log = network.logs.find(id);
    if (log != network.logs.end() && branches.size() == 1) positions.emplace_back(log->second.number, branches.front().seq);
  }
  std::sort(positions.begin(), positions.end());
  return positions;
}

Status Holdings::load(const Ledger& ledger) {
  return ledger.reader().scan(Table::Local, view_of(kHoldsPurpose), [&](View key, View payload) {
    if (key.size() < kHoldsPurpose.size() || !same_bytes(key.first(kHoldsPurpose.size()), view_of(kHoldsPurpose))) return false;
    if (key.size() != kHoldsKeyBytes) return true;
    ByteReader name(key.subspan(kHoldsPurpose.size()));
    const NetworkNumber network{name.u64()};
    const auto member = name.fixed<MemberKey>();
    ByteReader reader(payload);
    Known known;
    known.when = WallTime{static_cast<std::int64_t>(reader.u64())};
    if (std::optional<Positions> has = read_positions(reader)) {
      known.has = std::move(*has);
      known_.emplace(Key{network, member}, std::move(known));
    }
    return true;
  });
}

void Holdings::learn(const Network& network, const MemberKey& member, WallTime when, Positions has) {
  const Key key{network.number, member};
  Known& known = known_[key];
  if (when < known.when) {
    add_all(has, known.has);
    when = known.when;
  }
  if (known.has == has && known.when == when) return;
  known = Known{when, std::move(has)};
  unkept_.insert(key);
}

void Holdings::add(const Network& network, const MemberKey& member, const Positions& has) {
  const Key key{network.number, member};
  Known& known = known_[key];
  Positions both = known.has;
  add_all(both, has);
  if (both == known.has) return;
  known.has = std::move(both);
  unkept_.insert(key);
}

const Holdings::Known* Holdings::find(const Network& network, const MemberKey& member) const {
  const auto at = known_.find({network.number, member});
  return at == known_.end() ? nullptr : &at->second;
}

Status Holdings::keep(Ledger& ledger) {
  for (const Key& key : std::exchange(unkept_, {})) {
    Bytes name = bytes_of(view_of(kHoldsPurpose));
    ByteWriter(name).u64(key.first.value);
    ByteWriter(name).raw(key.second);
    const Known& known = known_.at(key);
    Bytes row;
    ByteWriter writer(row);
    writer.u64(static_cast<std::uint64_t>(known.when.ms));
    writer.u32(static_cast<std::uint32_t>(known.has.size()));
    for (const auto& [log, seq] : known.has) {
      writer.u64(log.value);
      writer.u64(seq.value);
    }
    if (Status status = ledger.storage().put(Table::Local, name, row); !status) return status;
  }
  return done();
}

}  // namespace budstikke
