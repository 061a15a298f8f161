#include "protocol/node/place.h"

namespace budstikke {
namespace {

template <class Fact>
bool differs(const Fact& noted, const Fact& found) {
  return noted != Fact{} && found != Fact{} && noted != found;
}

}  // namespace

Bytes encode(const StorePlace& place) {
  Bytes out;
  ByteWriter writer(out);
  writer.raw(place.machine);
  writer.raw(place.file_system);
  writer.u64(place.file_system_id);
  writer.u64(place.inode);
  writer.u64(static_cast<std::uint64_t>(place.born));
  return out;
}

Result<StorePlace> parse_place(View bytes) {
  ByteReader reader(bytes);
  StorePlace place;
  place.machine = reader.fixed<Hash>();
  place.file_system = reader.fixed<Hash>();
  place.file_system_id = reader.u64();
  place.inode = reader.u64();
  place.born = static_cast<std::int64_t>(reader.u64());
  if (!reader.done()) return Error{Code::Damaged, "the row of the store's place"};
  return place;
}

Moved has_moved(const std::optional<StorePlace>& noted, const StorePlace& found, const std::optional<FileChange>& left,
                const FileChange& changed) {
  if (noted) {
    if (differs(noted->machine, found.machine)) return Moved::Machine;
    const bool has_uuids = noted->file_system != Hash{} && found.file_system != Hash{};
    if (differs(noted->file_system, found.file_system)) return Moved::FileSystem;
    if (!has_uuids && differs(noted->file_system_id, found.file_system_id)) return Moved::FileSystem;
    if (differs(noted->inode, found.inode) || differs(noted->born, found.born)) return Moved::File;
  }
  if (left && *left != changed) return Moved::Changed;
  return Moved::No;
}

std::string_view text_of(Moved moved) {
  switch (moved) {
    case Moved::No:
      break;
    case Moved::Machine:
      return "it was used on another machine";
    case Moved::FileSystem:
      return "it lay on another file system";
    case Moved::File:
      return "its file is a copy";
    case Moved::Changed:
      return "its file was written to since the program ended";
  }
  return {};
}

}  // namespace budstikke
