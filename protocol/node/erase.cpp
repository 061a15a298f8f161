// Carrying out erasures: destroy what is due, shred the store, and only then say so.
#include <algorithm>

#include "protocol/base/limits.h"
#include "protocol/node/node.h"
#include "protocol/node/waits.h"

namespace budstikke {

void Node::work_off_erasures(Now now) {
  bool destroyed = false;
  const WallTime next = ledger_->awaited().due;
  // Nothing waits longer than the delay: a clock that was ahead and fell back must not put it off for years. The last that is
  // due tells it, since one that came before it may be due soon.
  const WallTime last = ledger_->awaited().last;
  const bool fell_back = last.ms > kErasureDelay.count() && last.ms - kErasureDelay.count() > now.wall.ms;
  const bool due = next <= now.wall || fell_back;
  for (auto& [id, network] : ledger_->networks()) {
    if (!due) break;
    const Result<bool> some = ledger_->destroy_due(network, kDestroyedPerStep);
    if (!some) {
      storage_failed(some.error(), nullptr);
      return;
    }
    mark_urgent(now);
    if (*some) tell(EventKind::Destroyed, id, {});
    destroyed = destroyed || *some;
  }
  const bool again = shred_again_ && now.wall >= *shred_again_;
  if (destroyed || again) {
    storage_.use_reserve();
    storage_.shred();
    shred_again_ = WallTime{now.wall.ms + kShredAgain.count()};  // taken back by the first look at a store that is clean
    return;
  }
  if (storage_.shred_due()) {  // no room yet: nobody is told that anything is gone
    if (!shred_again_) shred_again_ = now.wall;
    return;
  }
  if (ledger_->has_uncommitted()) return;  // a shred may be among it
  shred_again_.reset();
  if (!ledger_->awaited().receipts) return;
  for (auto& [id, network] : ledger_->networks()) {
    if (Status status = give_receipts(network, now); !status) {
      storage_failed(status.error(), nullptr);
      return;
    }
  }
}

// One operation in the record of the own council names many erasures.
Status Node::give_receipts(Network& network, Now now) {
  const Member* own = self_in(network);
  std::vector<OperationId> ids = ledger_->unreceipted(network);
  if (own == nullptr || own->removed || ids.empty()) return done();
  ids.resize(std::min(ids.size(), kMaxOverwrites));
  Skeleton skeleton;
  skeleton.record = {own->council, static_cast<std::uint8_t>(Kind::Council), Nonce{}};
  skeleton.operations.push_back({0, OperationClass::Receipt, ids});
  const ChangeBytes change{encode(skeleton), encode_values(random_.fixed<Salt>(), {Value()})};
  storage_.use_reserve();
  if (Status status = append_local(network, LogClass::Data, {&change, 1}, now); !status) return status;
  return ledger_->note_receipts(network, ids);
}

}  // namespace budstikke
