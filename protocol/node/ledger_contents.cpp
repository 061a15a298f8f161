// Contents of files: values that never go with a run and are asked for instead; all of them, or those that somebody wants.
//
// How          A change that brings content is in Table::Missing like any other whose values are not here, where contents are
//              fetched always. Where they are fetched when wanted, it is there once a person, or a peer, has asked for it.
#include "protocol/node/ledger_parts.h"
#include "protocol/records/file.h"

namespace budstikke {

Status Ledger::load_contents() {
  Result<std::optional<View>> row = storage_.get(Table::Meta, view_of(kContentsKey));
  if (!row) return row.error();
  fetches_contents_ = !row->has_value();
  return done();
}

Status Ledger::fetch_contents(bool always) {
  if (always == fetches_contents_) return done();
  fetches_contents_ = always;
  dirty_ = true;
  Status noted =
      always ? storage_.erase(Table::Meta, view_of(kContentsKey)) : storage_.put(Table::Meta, view_of(kContentsKey), {});
  if (!noted) return noted;
  for (auto& [id, network] : networks_) {
    std::vector<RecordNumber> parts;  // a store may not be changed while it is scanned
    Status scanned = each_record(network, [&](RecordNumber number, const RecordState& state) {
      if (state.key.kind == static_cast<std::uint8_t>(Kind::File)) parts.push_back(number);
      return true;
    });
    if (!scanned) return scanned;
    for (const RecordNumber number : parts) {
      Result<std::optional<RecordState>> state = record(number);
      if (!state) return state.error();
      if (!*state) continue;
      Status walked = each_value(**state, [&](const ChangeLink& change, Held held, const std::vector<Reached>&) {
        return held == Held::Here ? done() : set_missing(network, change, held == Held::Wanted);
      });
      if (!walked) return walked;
    }
  }
  return done();
}

Result<std::size_t> Ledger::chunks_here(const RecordState& part) const {
  std::size_t here = 0;
  Status walked = each_value(part, [&](const ChangeLink&, Held held, const std::vector<Reached>& reached) {
    here += held == Held::Here && reached.empty() ? 1 : 0;
    return done();
  });
  if (!walked) return walked.error();
  return here;
}

Status Ledger::want_contents(Network& network, const RecordState& part) {
  return each_value(part, [&](const ChangeLink& change, Held held, const std::vector<Reached>&) {
    return held == Held::Left ? set_missing(network, change, true) : done();
  });
}

Result<bool> Ledger::want_content(Network& network, const AskedValues& asked) {
  if (fetches_contents_) return false;
  const auto log = network.logs.find(asked.log);
  if (log == network.logs.end()) return false;
  Result<std::vector<Place>> places = places_at(log->second, asked.seq);
  if (!places) return places.error();
  for (const Place& place : *places) {
    if (place.head.id != asked.entry) continue;
    Result<EntryRow> row = entry_row(place.number);
    if (!row) return row.error();
    EntryView entry;
    if (Status status = parse_stored_entry(row->body, LogClass::Data, entry); !status) return status.error();
    if (asked.change >= entry.changes.size() || !is_content(entry.changes[asked.change].skeleton)) return false;
    Result<std::optional<RecordState>> part = record(row->links[asked.change].record);
    if (!part) return part.error();
    if (!*part) return false;
    const std::uint64_t before = network.missing;
    if (Status status = want_contents(network, **part); !status) return status.error();
    return network.missing != before;
  }
  return false;
}

Status Ledger::withhold_contents(const Log& log, StoredRun& run) const {
  if (log.row.id.log_class != LogClass::Data) return done();
  for (Bytes& body : run.bodies) {
    EntryView entry;
    if (Status status = parse_stored_entry(body, LogClass::Data, entry); !status) return status;
    bool withheld = false;
    for (ChangeView& change : entry.changes) {
      if (change.state != ValuesState::Inline || !is_content(change.skeleton)) continue;
      change.values_hash = values_hash(change.values);
      change.state = ValuesState::Absent;
      withheld = true;
    }
    if (withheld) body = encode_stored(entry);
  }
  return done();
}

Status Ledger::each_chunk(const RecordState& part, const std::function<bool(const Source&, std::optional<Chunk>)>& each) const {
  for (const LiveOperation& operation : part.live) {
    if (operation.field != kChunksField || operation.operation_class != OperationClass::Add) continue;
    const Source& source = part.sources[operation.source];
    const std::optional<Value::Array> values = values_at(part, source);
    const bool is_here = values && operation.position < values->size();
    if (!each(source, is_here ? parse_chunk((*values)[operation.position]) : std::nullopt)) break;
  }
  return done();
}

}  // namespace budstikke
