// The API's commands that write and read bundles. The command line reads and writes the file, since it is the person who may.
//
// Shape        A stream is one bundle being written or read; its number goes with each request. Pieces travel as hexadecimal
//              digits, from before the API had bytes: files.h sends those.
// Invariants   At most kMostStreams at a time; who leaves one for kIdle loses it to the next that asks.
//              What a feed brought is durable when it is answered. A refused or damaged bundle leaves nothing half-applied.
#pragma once

#include "daemon/api/find.h"
#include "protocol/node/bundle_reading.h"
#include "protocol/node/bundle_writing.h"

namespace budstikke::daemon {

class BundleApi {
 public:
  static constexpr std::size_t kMostStreams = 4;
  static constexpr Millis kIdle{60'000};
  static constexpr std::size_t kPieceBytes = 400'000;

  BundleApi(Node& node, const Home& home) : node_(node), home_(home) {}
  // nullopt when the command is not one of these.
  std::optional<Answer> handle(const std::string& command, const Value& args, Now now);

 private:
  struct Stream {
    Instant used;
    std::optional<BundleWriting> writing;
    std::optional<BundleReading> reading;
    Bytes pending = {};  // of what is written: made, and not taken yet
  };
  Answer write(const Value& args, Now now);
  Answer next(Stream& stream, std::int64_t number, Now now);
  Answer read(Now now);
  Answer feed(Stream& stream, std::int64_t number, const Value& args, Now now);
  Answer end(Stream& stream, std::int64_t number, Now now);
  Found<std::int64_t> open(Stream stream, Now now);
  Found<std::vector<MemberKey>> named_members(const std::vector<NetworkId>& networks, const std::string& named) const;
  Value written(const BundleWriting& writing) const;
  Value read_sections(const BundleReading& reading) const;
  std::string name_of(const Network& network, const MemberKey& member) const;

  Node& node_;
  const Home& home_;
  std::map<std::int64_t, Stream> streams_;
  std::int64_t last_ = 0;
};

}  // namespace budstikke::daemon
