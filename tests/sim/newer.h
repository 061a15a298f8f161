// Machines with a later version of the program, beside others that have this one, and machines whose program is replaced in the
// middle of a run.
//
// Simulated    What a later program may say to this one. Its hello offers a protocol version more. It writes entries of later
//              versions, in data and membership logs, and in entries of this version kinds, fields and classes of operations that
//              this one does not have. An upgrade ends the process, and the next one makes everything that is derived anew, over
//              crashes and full disks, as a program does that knows more. After a downgrade a machine goes on in its own logs
//              behind entries that it does not understand any more.
// Not          What a later program makes of all this: it is linked from the same code here, so that what is void to this program
//              is void to it. That a table of kinds with more in it works beside this one is held by tests/integration, with
//              programs that have one (tests/next); what nodes do that understand a later class is for the version that brings
//              one.
#pragma once

#include <vector>

#include "protocol/node/node.h"

namespace budstikke::sim {

class World;
class Machine;

class Newer {
 public:
  explicit Newer(World& world);
  void write(Machine& machine);  // something that only a later program would

 private:
  ChangeBytes change(const CouncilId& own);
  Status append(Machine& machine, Node& node, LogClass log_class, std::uint8_t version, const std::vector<ChangeBytes>& changes,
                Now now);

  World& world_;
  Random random_;
  std::vector<RecordKey> records_;
  std::vector<OperationId> operations_;
};

// A frame as a later program would send it.
Bytes as_newer(const Machine& machine, LinkId link, Bytes frame);

}  // namespace budstikke::sim
