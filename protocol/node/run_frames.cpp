#include "protocol/node/run_frames.h"

#include "protocol/base/limits.h"

namespace budstikke {

void each_run_frame(const NetworkId& network, const LogId& log, const Ledger::StoredRun& run,
                    const std::function<void(const Message&)>& each) {
  const std::vector<Bytes>& bodies = run.bodies;
  Bytes payload;
  payload.reserve(kMaxFrameBytes);
  bool opened = false;
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    payload.insert(payload.end(), bodies[i].begin(), bodies[i].end());
    const bool full = i + 1 == bodies.size() || payload.size() + bodies[i + 1].size() + kRunHeaderBytes > kMaxFrameBytes;
    if (!full) continue;
    Message message = PartMessage{payload};
    if (!opened) {
      message = RunMessage{network, log, run.first, static_cast<std::uint16_t>(bodies.size()), run.end, run.signature, payload};
    }
    opened = true;
    each(message);
    payload.clear();
  }
}

}  // namespace budstikke
