#include "store/pending_rows.h"

#include <algorithm>

#include "protocol/base/checksum.h"

namespace budstikke::store {
namespace {

constexpr std::size_t kFewSlots = 1024;  // an index up to this size is kept for the next batch

}  // namespace

void PendingRows::set(View key, View payload) {
  std::string copy(text_of(payload));  // first: it may lie in a row that row_for() moves
  Row& row = row_for(key);
  row.erased = false;
  row.payload = std::move(copy);
}

void PendingRows::erase(View key) {
  Row& row = row_for(key);
  row.erased = true;
  row.payload.clear();
}

const PendingRows::Row* PendingRows::find(View key) const {
  if (rows_.empty()) return nullptr;
  const std::uint32_t found = slots_[slot_of(key)];
  return found == 0 ? nullptr : &rows_[found - 1];
}

std::vector<const PendingRows::Row*> PendingRows::sorted() const {
  std::vector<const Row*> order;
  order.reserve(rows_.size());
  for (const Row& row : rows_) order.push_back(&row);
  std::sort(order.begin(), order.end(), [](const Row* a, const Row* b) { return text_of(a->key()) < text_of(b->key()); });
  return order;
}

void PendingRows::clear() {
  rows_.clear();
  if (slots_.size() <= kFewSlots) {
    std::fill(slots_.begin(), slots_.end(), 0);
    return;
  }
  rows_.shrink_to_fit();
  slots_ = {};
}

std::size_t PendingRows::slot_of(View key) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = keyed_hash(secret_, key) & mask;
  while (slots_[slot] != 0 && !same_bytes(rows_[slots_[slot] - 1].key(), key)) slot = (slot + 1) & mask;
  return slot;
}

PendingRows::Row& PendingRows::row_for(View key) {
  require(!key.empty() && key.size() <= kMaxKeyBytes, "pending row: length of the key");
  if (2 * (rows_.size() + 1) > slots_.size()) grow();
  const std::size_t slot = slot_of(key);
  if (slots_[slot] == 0) {
    Row row{{}, static_cast<std::uint8_t>(key.size()), false, {}};
    std::memcpy(row.key_bytes.data(), key.data(), key.size());
    rows_.push_back(std::move(row));
    slots_[slot] = static_cast<std::uint32_t>(rows_.size());
  }
  return rows_[slots_[slot] - 1];
}

void PendingRows::grow() {
  slots_.assign(slots_.empty() ? 64 : 2 * slots_.size(), 0);
  for (std::size_t i = 0; i < rows_.size(); ++i) slots_[slot_of(rows_[i].key())] = static_cast<std::uint32_t>(i + 1);
}

}  // namespace budstikke::store
