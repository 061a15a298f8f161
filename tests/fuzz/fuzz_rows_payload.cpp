// The decoders of what rows hold. Input: which row (1 byte) ‖ payload. What is taken is written to the same bytes, and
// refers to nothing that is not there.
#include "protocol/node/rows.h"
#include "tests/fuzz/fuzz.h"

using namespace budstikke;

namespace {

void check_parts(const auto&) {}
void check_parts(const EntryRow& row) { require(!row.body.empty(), "a stored entry has a body"); }
void check_parts(const LogRow& row) {
  require(row.id.log_class == LogClass::Membership || row.id.log_class == LogClass::Data, "a stored log has a class");
}
void check_parts(const RecordRow& row) {
  for (const LiveOperation& operation : row.state.live) {
    require(operation.source < row.state.sources.size(), "a live operation comes from a source that is there");
  }
}

template <class Row>
void check(const Result<Row>& row, View payload) {
  if (!row) {
    require(row.error().code == Code::Damaged, "a refused row is damaged");
    return;
  }
  fuzz::accepted();
  Bytes again;
  if constexpr (std::is_same_v<Row, EntryRow> || std::is_same_v<Row, RecordRow>) {
    encode(*row, again);
  } else {
    again = encode(*row);
  }
  require(same_bytes(again, payload), "an accepted row has one encoding");
  check_parts(*row);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const View payload(data + 1, size - 1);
  switch (data[0] % 8) {
    case 0:
      check(parse_counters(payload), payload);
      break;
    case 1:
      check(parse_network(payload), payload);
      break;
    case 2:
      check(parse_log(payload), payload);
      break;
    case 3:
      check(parse_entry_row(payload), payload);
      break;
    case 4:
      check(parse_record(payload), payload);
      break;
    case 5:
      check(parse_erasure(payload), payload);
      break;
    case 6:
      check(parse_agreed(payload), payload);
      break;
    default:
      check(parse_former_key(payload), payload);
      break;
  }
  return 0;
}
