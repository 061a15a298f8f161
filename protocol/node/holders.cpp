#include "protocol/node/holders.h"

namespace budstikke {
namespace {

bool has_bit(View bits, std::size_t at) { return at / 8 < bits.size() && (bits[at / 8] >> (at % 8) & 1) != 0; }

bool set_bit(Bytes& bits, std::size_t at) {
  if (has_bit(bits, at)) return false;
  if (at / 8 >= bits.size()) bits.resize(at / 8 + 1);
  bits[at / 8] = static_cast<std::uint8_t>(bits[at / 8] | 1 << (at % 8));
  return true;
}

}  // namespace

void Holders::be_at(const DigestTag& level, std::uint32_t self) {
  if (level != level_) {
    bits_.clear();
    knows_.clear();
  }
  level_ = level;
  self_ = self;
  set_bit(bits_, self);
}

bool Holders::agrees(LinkId link, std::uint32_t rank, bool anew) {
  Bytes& knows = knows_[link];
  const bool is_first = knows.empty();
  if (anew) knows.clear();
  set_bit(knows, self_);
  set_bit(knows, rank);
  return set_bit(bits_, rank) || is_first || anew;
}

std::vector<std::uint32_t> Holders::told(LinkId link, View bits, std::size_t members) {
  std::vector<std::uint32_t> news;
  const auto at = knows_.find(link);
  if (at == knows_.end()) return news;
  Bytes& knows = at->second;
  for (std::uint32_t rank = 0; rank < members && rank / 8 < bits.size(); ++rank) {
    if (!has_bit(bits, rank)) continue;
    set_bit(knows, rank);
    if (set_bit(bits_, rank)) news.push_back(rank);
  }
  return news;
}

Bytes Holders::news_for(LinkId link) {
  const auto knows = knows_.find(link);
  if (knows == knows_.end()) return {};
  for (std::size_t rank = 0; rank < 8 * bits_.size(); ++rank) {
    if (!has_bit(bits_, rank) || has_bit(knows->second, rank)) continue;
    knows->second = bits_;
    return bits_;
  }
  return {};
}

}  // namespace budstikke
