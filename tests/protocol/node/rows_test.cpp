#include "protocol/node/rows.h"

#include <doctest/doctest.h>

#include "protocol/base/text.h"
#include "tests/protocol/node/rows_samples.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

// Reads a row of the named sample and writes it again; empty when it is refused as damaged.
Bytes again(const std::string& name, View bytes) {
  const auto checked = [](const auto& row) {
    if (!row) CHECK(row.error().code == Code::Damaged);
    return row.ok();
  };
  Bytes out;
  if (name == "meta counters") {
    const auto row = parse_counters(bytes);
    if (checked(row)) out = encode(*row);
  } else if (name == "network") {
    const auto row = parse_network(bytes);
    if (checked(row)) out = encode(*row);
  } else if (name == "log") {
    const auto row = parse_log(bytes);
    if (checked(row)) out = encode(*row);
  } else if (name == "entry") {
    const auto row = parse_entry_row(bytes);
    if (checked(row)) encode(*row, out);
  } else if (name == "meta agreed") {
    const auto row = parse_agreed(bytes);
    if (checked(row)) out = encode(*row);
  } else if (name == "meta former") {
    const auto row = parse_former_key(bytes);
    if (checked(row)) out = encode(*row);
  } else if (name == "meta quotas") {
    const auto row = Quotas::parse(bytes);
    if (checked(row)) out = row->encode();
  } else if (name == "erasure") {
    const auto row = parse_erasure(bytes);
    if (checked(row)) out = encode(*row);
  } else {
    const auto row = parse_record(bytes);
    if (checked(row)) encode(*row, out);
  }
  return out;
}

}  // namespace

TEST_CASE("rows: each has the bytes of tests/vectors/rows.hex") {
  for (const auto& [name, bytes] : row_samples()) {
    CHECK_MESSAGE(bytes == golden("rows.hex", name), name << ' ' << hex_of(bytes));
  }
}

TEST_CASE("rows: what is read is written to the same bytes") {
  for (const auto& [name, bytes] : row_samples()) {
    CAPTURE(name);
    CHECK(again(name, bytes) == bytes);
  }
}

TEST_CASE("rows: fields arrive as they were written") {
  const auto rows = row_samples();
  const Result<LogRow> log = parse_log(rows[2].second);
  REQUIRE(log.ok());
  CHECK(log->id == log_sample().id);
  CHECK(log->tips == log_sample().tips);
  const Result<RecordRow> record = parse_record(rows[4].second);
  REQUIRE(record.ok());
  CHECK(record->state.live == record_sample().state.live);
  CHECK(record->state.sources == record_sample().state.sources);
  CHECK(record->state.awaited == record_sample().state.awaited);
  CHECK(record->state.newest == record_sample().state.newest);
  CHECK(record->state.ever_shared);
}

TEST_CASE("rows: one cut short or with a byte too many is damaged") {
  for (const auto& [name, bytes] : row_samples()) {
    CAPTURE(name);
    const std::size_t shortest = name == "entry" ? bytes.size() - entry_body_sample().size() + 1 : bytes.size();
    for (std::size_t size = 0; size < shortest; ++size) CHECK(again(name, View(bytes).first(size)).empty());
    Bytes longer = bytes;
    longer.push_back(0);
    if (name != "entry") CHECK(again(name, longer).empty());  // an entry row ends with its body, whose length is its own
  }
}

TEST_CASE("rows: a count that the row cannot hold is damaged, and nothing is reserved for it") {
  Bytes record = row_samples()[4].second;
  const std::size_t sources = 8 + 32 + 1 + 16 + 9 + 4 + 4 + 1;
  for (int i = 0; i < 4; ++i) record[sources + static_cast<std::size_t>(i)] = 0xff;
  CHECK(again("record", record).empty());
}

TEST_CASE("rows: a live operation of a source that is not there is damaged") {
  RecordRow row = record_sample();
  row.state.live[0].source = 1;
  Bytes bytes;
  encode(row, bytes);
  CHECK(again("record", bytes).empty());
}

TEST_CASE("rows: a log of no class is damaged") {
  Bytes log = row_samples()[2].second;
  log[8 + 40] = 3;
  CHECK(again("log", log).empty());
}

TEST_CASE("rows: keys order as their numbers do") {
  CHECK(key_of(1).size() == 8);
  CHECK(key_of(255) < key_of(256));
  CHECK(checkpoint_key(LogNumber{1}, Seq{2}, EntryNumber{3}).size() == 24);
  CHECK(checkpoint_key(LogNumber{1}, Seq{255}, EntryNumber{9}) < checkpoint_key(LogNumber{1}, Seq{256}, EntryNumber{1}));
  CHECK(checkpoint_key(LogNumber{1}, Seq{UINT64_MAX}, EntryNumber{9}) < checkpoint_key(LogNumber{2}, Seq{0}, EntryNumber{}));
  CHECK(record_id_key(NetworkNumber{1}, {}).size() == 40);
  CHECK(bucket_key(NetworkNumber{1}, 255).size() == 9);
}
