#include "daemon/api/files.h"

#include <algorithm>
#include <set>

#include "daemon/api/render.h"
#include "protocol/base/limits.h"
#include "protocol/base/text.h"

namespace budstikke::daemon {
namespace {

constexpr auto kFileKindNumber = static_cast<std::uint8_t>(Kind::File);
constexpr unsigned kMostFileGenerations = 1'000;
constexpr std::uint64_t kChunkCost = kChunkBytes + 256;  // with its skeleton, for a quota

std::optional<FileInfo> told_info(const Value& args) {
  const std::optional<Bytes> digest = bytes_of_hex(args.text("hash"));
  const std::int64_t size = args.integer("size", -1);
  if (!digest || digest->size() != Hash::kSize || size < 0) return std::nullopt;
  return FileInfo{args.text("name"), static_cast<std::uint64_t>(size), Hash::from(*digest)};
}

Result<std::optional<FoundRecord>> found_at(const Ledger& ledger, Network& network, const RecordKey& key) {
  const RecordId id = id_of(key);
  Result<std::optional<RecordNumber>> number = ledger.find_record(network, id);
  if (!number) return number.error();
  if (!*number) return std::optional<FoundRecord>();
  Result<std::optional<RecordState>> state = ledger.record(**number);
  if (!state) return state.error();
  if (!*state) return std::optional<FoundRecord>();
  return std::optional(FoundRecord{&network, **number, id, std::move(**state)});
}

Result<std::optional<RecordState>> state_at(const Ledger& ledger, const Network& network, const RecordKey& key) {
  Result<std::optional<RecordNumber>> number = ledger.find_record(network, id_of(key));
  if (!number) return number.error();
  return *number ? ledger.record(**number) : std::optional<RecordState>();
}

// The ids of files that a value names.
void take_ids(const Value& value, std::set<std::string>& ids) {
  if (const std::string* id = value.if_text()) ids.insert(*id);
}

std::vector<const Field*> file_fields(std::uint8_t kind_number) {
  std::vector<const Field*> fields;
  const KindInfo* kind = find_kind(static_cast<Kind>(kind_number));
  if (kind == nullptr) return fields;
  for (const Field& field : kind->fields) {
    if (names_files(field)) fields.push_back(&field);
  }
  return fields;
}

// Every file that the record names or has named.
Result<std::set<std::string>> ever_named(const Ledger& ledger, const RecordState& state) {
  std::set<std::string> ids;
  const std::vector<const Field*> fields = file_fields(state.key.kind);
  if (fields.empty()) return ids;
  Status walked = ledger.each_change(state, [&](const ChangeRecord& record) {
    const std::vector<Operation>& operations = record.change.skeleton.operations;
    for (std::size_t i = 0; i < std::min(operations.size(), record.values.size()); ++i) {
      const bool is_named =
          std::any_of(fields.begin(), fields.end(), [&](const Field* field) { return field->number == operations[i].field; });
      if (is_named) take_ids(record.values[i], ids);
    }
    return true;
  });
  if (!walked) return walked.error();
  return ids;
}

// The files that this record names or ever named, and that none but these records names.
Result<std::vector<FoundRecord>> files_of_none_but(const Ledger& ledger, const FoundRecord& record,
                                                   const std::vector<const FoundRecord*>& these) {
  std::vector<FoundRecord> files;
  Result<std::set<std::string>> ids = ever_named(ledger, record.state);
  if (!ids) return ids.error();
  if (ids->empty()) return files;
  std::vector<RecordNumber> others;
  Status scanned = ledger.each_record(*record.network, [&](RecordNumber number, const RecordState& state) {
    const bool is_one = std::any_of(these.begin(), these.end(), [&](const auto* one) { return one->number == number; });
    if (!is_one && !state.is_erased() && !file_fields(state.key.kind).empty()) others.push_back(number);
    return true;
  });
  if (!scanned) return scanned.error();
  for (const RecordNumber number : others) {
    Result<std::optional<RecordState>> state = ledger.record(number);
    if (!state) return state.error();
    if (!*state) continue;
    Result<RecordView> view = ledger.view(**state);
    if (!view) return view.error();
    for (const Field* field : file_fields((*state)->key.kind)) {
      for (const Value& id : view->distinct(field->number)) {
        if (id.if_text() != nullptr) ids->erase(*id.if_text());
      }
    }
    if (ids->empty()) return files;
  }
  for (const std::string& id : *ids) {
    const std::optional<Bytes> bytes = bytes_of_base32(id, RecordId::kSize);
    if (!bytes) continue;
    Result<std::optional<RecordNumber>> number = ledger.find_record(*record.network, RecordId::from(*bytes));
    if (!number) return number.error();
    if (!*number) continue;
    Result<std::optional<RecordState>> state = ledger.record(**number);
    if (!state) return state.error();
    if (!*state || (*state)->key.kind != kFileKindNumber || (*state)->is_erased()) continue;
    files.push_back({record.network, **number, RecordId::from(*bytes), std::move(**state)});
  }
  return files;
}

// The records of a file's parts that are here.
Result<std::vector<FoundRecord>> parts_of_file(const Ledger& ledger, const FoundRecord& file) {
  std::vector<FoundRecord> parts;
  for (std::size_t part = 0; part < part_count(kMaxFileBytes); ++part) {  // also of one whose size is erased already
    Result<std::optional<FoundRecord>> found = found_at(ledger, *file.network, part_key(file.state.key, part));
    if (!found) return found.error();
    if (*found && !(*found)->state.is_erased()) parts.push_back(std::move(**found));
  }
  return parts;
}

}  // namespace

std::optional<Answer> FileApi::handle(const std::string& command, const Value& args, Now now) {
  if (command == "file.begin") return begin(args, now);
  if (command == "file.put") return put(args, now);
  if (command == "file.show") return show(args);
  if (command == "file.get") return get(args);
  if (command == "file.want") return want(args, now);
  return std::nullopt;
}

// --- In --------------------------------------------------------------------------------------------------------------

// The file's record in the first generation that was not erased.
Result<RecordKey> FileApi::place_for(const Network& network, const CouncilId& council, const FileInfo& info, bool& is_new) const {
  RecordKey key;
  for (unsigned generation = 0; generation < kMostFileGenerations; ++generation) {
    key = file_key(council, info, generation);
    Result<std::optional<RecordState>> state = state_at(node_.ledger(), network, key);
    if (!state) return state.error();
    is_new = !*state;
    if (is_new || !(*state)->is_erased()) break;
  }
  return key;
}

Result<std::size_t> FileApi::first_lacking(const Network& network, const RecordKey& file, const FileInfo& info) const {
  for (std::size_t part = 0; part < part_count(info.size); ++part) {
    Result<std::map<std::size_t, Bytes>> chunks = chunks_of(network, part_key(file, part), info);
    if (!chunks) return chunks.error();
    const std::size_t first = part * kChunksPerPart, end = std::min(first + kChunksPerPart, chunk_count(info.size));
    for (std::size_t index = first; index < end; ++index) {
      if (!chunks->contains(index)) return index;
    }
  }
  return chunk_count(info.size);
}

Answer FileApi::begin(const Value& args, Now now) {
  Found<Network*> found = find_network(node_, args.text("network"));
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  Network& network = *std::get<Network*>(found);
  const Member* own = node_.self_in(network);
  if (own == nullptr) return failure(ApiError::NoNetwork, "this node's membership has not arrived yet");
  const std::optional<FileInfo> info = told_info(args);
  if (!info) return failure(ApiError::BadRequest, "a file has a name, a size and a hash", "hash");
  if (!is_file_name(info->name)) return failure(ApiError::BadFileName, "no name that every system can store", info->name);
  if (info->size > kMaxFileBytes) {
    ApiFailure failed = failure(ApiError::FileTooLarge, "a file of more than 64 MiB", info->name);
    failed.args.set("size", info->size);
    failed.args.set("most", std::uint64_t{kMaxFileBytes});
    return failed;
  }
  bool is_new = false;
  Result<RecordKey> key = place_for(network, own->council, *info, is_new);
  if (!key) return failure_of(key.error());
  Result<std::size_t> next = is_new ? Result<std::size_t>(std::size_t{0}) : first_lacking(network, *key, *info);
  if (!next) return failure_of(next.error());
  const std::uint64_t lacking = chunk_count(info->size) - *next;
  if (Status room = node_.check_quota(network, LogClass::Data, lacking * kChunkCost, lacking, now); !room) {
    return write_failure(node_, network, room.error(), now);
  }
  if (is_new) {
    const ChangeBytes change = file_change(*key, *info, node_.random().fixed<Salt>());
    if (Status status = node_.write(network, {&change, 1}, now); !status) {
      return write_failure(node_, network, status.error(), now);
    }
  }
  Value result;
  result.set("file", id_text(id_of(*key)));
  result.set("chunks", std::uint64_t{chunk_count(info->size)});
  result.set("next", std::uint64_t{*next});
  return result;
}

Answer FileApi::put(const Value& args, Now now) {
  Found<Opened> found = open(args);
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  const Opened& file = std::get<Opened>(found);
  Network& network = *file.record.network;
  const Member* own = node_.self_in(network);
  if (own == nullptr) return failure(ApiError::NoNetwork, "this node's membership has not arrived yet");
  const RecordKey& key = file.record.state.key;
  if (own->council != key.council) {
    return failure(ApiError::NotOwner, "only the council that owns a file adds to it", council_name(node_, network, key.council));
  }
  const Value* data = args.find("data");
  const Bytes* bytes = data != nullptr ? data->if_bytes() : nullptr;
  const std::int64_t at = args.integer("index", -1);
  const std::size_t count = chunk_count(file.info.size);
  if (bytes == nullptr || at < 0 || static_cast<std::size_t>(at) >= count) {
    return failure(ApiError::BadRequest, "a piece of a file has an index and data", "data");
  }
  std::vector<ChangeBytes> changes;
  View left = *bytes;
  auto index = static_cast<std::size_t>(at);
  for (; !left.empty() && index < count && changes.size() < kChunksPerPiece; ++index) {
    const std::size_t size = chunk_bytes(file.info.size, index);
    if (left.size() < size) break;
    const RecordKey part = part_key(key, index / kChunksPerPart);
    changes.push_back(chunk_change(part, {index, bytes_of(left.first(size))}, node_.random().fixed<Salt>()));
    left = left.subspan(size);
  }
  if (!left.empty() || changes.empty()) return failure(ApiError::BadRequest, "a piece is of whole chunks", "data");
  if (Status status = node_.write(network, changes, now); !status) {
    return write_failure(node_, network, status.error(), now);
  }
  Value result;
  result.set("next", std::uint64_t{index});
  return result;
}

// --- Out -------------------------------------------------------------------------------------------------------------

Found<FileApi::Opened> FileApi::open(const Value& args) {
  Found<FoundRecord> found = find_any_record(node_, args.text("file"), args.text("network"));
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  FoundRecord& record = std::get<FoundRecord>(found);
  if (record.state.key.kind != kFileKindNumber) {
    return failure(ApiError::NoSuchRecord, "no file has such an id", args.text("file"));
  }
  if (record.state.is_erased()) return failure(ApiError::Erased, "this file has been erased for good", short_text(record.id));
  Result<RecordView> view = node_.ledger().view(record.state);
  if (!view) return failure_of(view.error());
  const std::optional<FileInfo> info = file_info(*view);
  if (!info) return failure(ApiError::FileNotHere, "what this file is has not come yet", short_text(record.id));
  return Opened{std::move(record), *info};
}

// Those of the right length, by their index; of two with the same the one that comes first.
Result<std::map<std::size_t, Bytes>> FileApi::chunks_of(const Network& network, const RecordKey& part,
                                                        const FileInfo& info) const {
  std::map<std::size_t, Bytes> chunks;
  Result<std::optional<RecordState>> state = state_at(node_.ledger(), network, part);
  if (!state) return state.error();
  if (!*state) return chunks;
  Status read = node_.ledger().each_chunk(**state, [&](const Source&, std::optional<Chunk> chunk) {
    const bool fits =
        chunk && chunk->index < chunk_count(info.size) && chunk->bytes.size() == chunk_bytes(info.size, chunk->index);
    if (fits) chunks.emplace(chunk->index, std::move(chunk->bytes));
    return true;
  });
  if (!read) return read.error();
  return chunks;
}

Answer FileApi::show(const Value& args) {
  Found<Opened> found = open(args);
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  const Opened& file = std::get<Opened>(found);
  std::size_t budget = kCountedChunks;
  Result<Value> value = file_value(node_, *file.record.network, id_text(file.record.id), budget);
  if (!value) return failure_of(value.error());
  return std::move(*value);
}

Answer FileApi::get(const Value& args) {
  Found<Opened> found = open(args);
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  const Opened& file = std::get<Opened>(found);
  const std::size_t count = chunk_count(file.info.size);
  const std::int64_t at = args.integer("index", -1);
  if (at < 0 || static_cast<std::size_t>(at) >= count) return failure(ApiError::BadRequest, "no such piece of the file", "index");
  const auto first = static_cast<std::size_t>(at);
  const std::size_t number = first / kChunksPerPart;
  const bool is_read = reading_ && reading_->file == file.record.id && reading_->number == number;
  if (!is_read || !reading_->chunks.contains(first)) {
    Result<std::map<std::size_t, Bytes>> chunks =
        chunks_of(*file.record.network, part_key(file.record.state.key, number), file.info);
    if (!chunks) return failure_of(chunks.error());
    reading_ = Part{file.record.id, number, std::move(*chunks)};
  }
  Bytes data;
  std::size_t index = first;
  for (; index < first + kChunksPerPiece; ++index) {
    const auto chunk = reading_->chunks.find(index);
    if (chunk == reading_->chunks.end()) break;
    data.insert(data.end(), chunk->second.begin(), chunk->second.end());
  }
  if (index == first) {
    reading_.reset();
    return failure(ApiError::FileNotHere, "this piece of the file has not come yet", file.info.name);
  }
  if (index == count) reading_.reset();
  Value result;
  result.set("data", std::move(data));
  result.set("next", std::uint64_t{index});
  return result;
}

Answer FileApi::want(const Value& args, Now now) {
  Found<Opened> found = open(args);
  if (auto* failed = std::get_if<ApiFailure>(&found)) return std::move(*failed);
  const Opened& file = std::get<Opened>(found);
  for (std::size_t part = 0; part < part_count(file.info.size); ++part) {
    Result<std::optional<RecordState>> state =
        state_at(node_.ledger(), *file.record.network, part_key(file.record.state.key, part));
    if (!state) return failure_of(state.error());
    if (!*state) continue;
    if (Status status = node_.want_contents(*file.record.network, **state, now); !status) return failure_of(status.error());
  }
  std::size_t budget = kCountedChunks;
  Result<Value> value = file_value(node_, *file.record.network, id_text(file.record.id), budget);
  if (!value) return failure_of(value.error());
  return std::move(*value);
}

// --- For others ------------------------------------------------------------------------------------------------------

Result<Value> file_value(const Node& node, const Network& network, const std::string& id, std::size_t& budget) {
  Value value;
  value.set("file", id);
  const std::optional<Bytes> bytes = bytes_of_base32(id, RecordId::kSize);
  if (!bytes) return value;
  const Ledger& ledger = node.ledger();
  Result<std::optional<RecordNumber>> number = ledger.find_record(network, RecordId::from(*bytes));
  if (!number) return number.error();
  const Result<std::optional<RecordState>> state = *number ? ledger.record(**number) : std::optional<RecordState>();
  if (!state) return state.error();
  if (!*state || (*state)->key.kind != kFileKindNumber) return value;
  Result<RecordView> view = ledger.view(**state);
  if (!view) return view.error();
  const std::optional<FileInfo> info = file_info(*view);
  if (!info) {
    if ((*state)->is_erased()) value.set("erased", true);
    return value;
  }
  std::size_t here = 0;
  bool is_counted = true;
  for (std::size_t part = 0; part < part_count(info->size) && is_counted; ++part) {
    Result<std::optional<RecordState>> of_part = state_at(ledger, network, part_key((*state)->key, part));
    if (!of_part) return of_part.error();
    if (!*of_part) continue;
    is_counted = (*of_part)->changes <= budget;
    if (!is_counted) break;
    budget -= (*of_part)->changes;
    Result<std::size_t> chunks = ledger.chunks_here(**of_part);
    if (!chunks) return chunks.error();
    here += *chunks;
  }
  const std::size_t count = chunk_count(info->size);
  value.set("name", info->name);
  value.set("size", info->size);
  value.set("hash", hex_of(info->hash.view()));
  value.set("chunks", std::uint64_t{count});
  if (is_counted) value.set("here", std::uint64_t{std::min(here, count)});
  return value;
}

Result<Value> files_named(const Node& node, const Network& network, const RecordView& view) {
  Value files = Value::array();
  std::size_t budget = kCountedChunks;
  for (const Field* field : file_fields(view.key.kind)) {
    const Value* shown = view.shown(field->number);
    const std::vector<Value> named = field->field_class == FieldClass::Set ? view.distinct(field->number)
                                     : shown != nullptr                    ? std::vector<Value>{*shown}
                                                                           : std::vector<Value>();
    Value::Array of_field;
    for (const Value& id : named) {
      if (id.if_text() == nullptr) continue;
      if (of_field.size() == kShownFiles) break;
      Result<Value> file = file_value(node, network, *id.if_text(), budget);
      if (!file) return file.error();
      file->set("field", field->name);
      of_field.push_back(std::move(*file));
    }
    std::stable_sort(of_field.begin(), of_field.end(),
                     [](const Value& a, const Value& b) { return fold_case(a.text("name")) < fold_case(b.text("name")); });
    for (Value& file : of_field) files.push(std::move(file));
  }
  return files;
}

Result<std::vector<GoesWith>> going_with(const Node& node, const std::vector<const FoundRecord*>& records) {
  std::vector<GoesWith> found;
  const auto is_new = [&](const FoundRecord& record) {
    const auto is_it = [&](const GoesWith& other) { return other.record.number == record.number; };
    return std::none_of(records.begin(), records.end(), [&](const auto* named) { return named->number == record.number; }) &&
           std::none_of(found.begin(), found.end(), is_it);
  };
  const auto add_parts = [&](const FoundRecord& file, bool is_of_these) -> Status {
    if (file.state.key.kind != kFileKindNumber) return done();
    Result<std::vector<FoundRecord>> parts = parts_of_file(node.ledger(), file);
    if (!parts) return parts.error();
    for (FoundRecord& part : *parts) {
      if (is_new(part)) found.push_back({std::move(part), true, is_of_these});
    }
    return done();
  };
  for (const FoundRecord* record : records) {
    if (Status status = add_parts(*record, true); !status) return status.error();
    Result<std::vector<FoundRecord>> files = files_of_none_but(node.ledger(), *record, records);
    if (!files) return files.error();
    for (FoundRecord& file : *files) {
      if (!is_new(file)) continue;
      found.push_back({file, false, false});
      if (Status status = add_parts(file, false); !status) return status.error();
    }
  }
  return found;
}

}  // namespace budstikke::daemon
