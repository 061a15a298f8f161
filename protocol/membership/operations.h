// Membership operations: the only content of membership logs. They carry keys, council ids, roles and dates; no names, so
// that they never need to be erased.
//
// Shape        type 1, then:
//   1 charter  charter (version 1 · recovery key 32 · founder key 32 · created 8 · nonce 16) · recovery key's signature 64 ·
//              founder's transport key 32 · certificate 64
//   2 invite   ticket key 32 · ticket transport key 32 · role 1 · council 32 (zeroes: a new one) · expires 8 ·
//              until 8, only when the newcomer's role has an end
//   3 admit    invite 18 (operation id) · member key 32 · transport key 32 · ticket's signature 64 · certificate 64
//   4 revoke   member key 32 · number of keeps that belong to it 2
//   5 keep     revoke, leave or role 18 (an entry prefix of zeroes: of this very entry) · incarnation 8 · class 1 · seq 8 ·
//              entry id 32 · signature of that entry by its author 64
//   6 readmit  revoke or leave 18: the removal that it overrides
//   7 seal     sealing key 32: its author's, to which bundles are sealed; certified by the signature of the entry it is in
//   8 leave    number of keeps that belong to it 2: its author's logs end
//   9 recover  number 4 (≥ 1) · member key 32 · council 32 (zeroes: the key's own) · transport key 32 · certificate 64 ·
//              recovery key's signature 64
//  10 role     member key 32 · role 1 · until 8 (0: no end) · number of keeps that belong to it 2
//  11 transport  transport key 32 · certificate 64: its author's new one
//  12 successor  the charter of another network as in 1: its author's network and that one are to be one
//              A certificate is the member key's signature over network ‖ transport key; the ticket's signature is over
//              network ‖ member key ‖ transport key; the recovery key's is over the charter, or in a recovery over network ‖
//              number ‖ member key ‖ council ‖ transport key, for a purpose of its own.
// Errors       Malformed for a wrong length or role. A type this version does not know is kept and means nothing here.
#pragma once

#include <variant>

#include "protocol/base/sealing.h"
#include "protocol/base/signature.h"
#include "protocol/log/entry.h"

namespace budstikke {

enum class Role : std::uint8_t {
  Coordinator = 1,  // admits, and writes as a council
  Council = 2,
  National = 3,  // writes as a council, announces and marks lighthouses
  Reader = 4,    // writes nothing but receipts
};
std::string_view text_of(Role role);  // "coordinator", "council", "national", "reader"
std::optional<Role> role_of(std::string_view text);

struct Charter {
  MemberKey recovery_key;
  MemberKey founder;
  WallTime created;
  Nonce nonce;
};
inline constexpr std::size_t kCharterBytes = 89;
Bytes encode(const Charter& charter);
NetworkId id_of(const Charter& charter);

struct FoundOperation {
  Charter charter;
  Signature recovery_signature;
  TransportKey transport;
  Signature certificate;
};
struct InviteOperation {
  MemberKey ticket;
  TransportKey ticket_transport;
  Role role = Role::Council;
  CouncilId council;    // zero: the newcomer's own
  WallTime expires;     // held by witnesses, by their own clock; never a reason to call an admission void
  WallTime until = {};  // as of a role: zero, no end
};
struct AdmitOperation {
  OperationId invite;
  MemberKey member;
  TransportKey transport;
  Signature ticket_signature;
  Signature certificate;
};
// Takes a key out: every log of it ends before its first entry, but for those that keeps let end later.
struct RevokeOperation {
  MemberKey member;
  std::uint16_t keeps = 0;  // it counts once so many keeps of its author are there
};
// Lets one log of a revoked key end with the named entry; what comes after does not count.
struct KeepOperation {
  OperationId revoke;  // or the leave, or the role, that it belongs to
  Incarnation incarnation;
  LogClass log_class = LogClass::Data;
  Seq seq;
  EntryId entry;
  Signature signature;  // so that whoever gets the log has a signature for its new end
};
struct ReadmitOperation {
  OperationId revoke;
};
// States the author's own sealing key; of several the newest by (stamp, operation id) counts.
struct SealOperation {
  SealingKey key;
};
// Ends all logs of its author, but for those that keeps let end later; see membership.h for its membership logs.
struct LeaveOperation {
  std::uint16_t keeps = 0;  // it counts once so many keeps of its author are there
};
// Makes a key coordinator by the network's recovery key, more senior than the founder. Its signatures are all that it needs: it
// counts in anyone's log, since who has stolen a coordinator's key may have cut those of the key that it makes one.
struct RecoverOperation {
  std::uint32_t number = 1;  // of several recoveries the greater is more senior
  MemberKey member;
  CouncilId council;  // zero: the key's own. A further device of a council keeps acting for it.
  TransportKey transport;
  Signature certificate;
  Signature recovery_signature;
};
// Gives a key another role. What keeps name of its logs keeps the role that it had; what comes after has the new one.
struct RoleOperation {
  MemberKey member;
  Role role = Role::Council;
  WallTime until;           // zero: no end. Held by the member's own node, and never a reason to call an entry void.
  std::uint16_t keeps = 0;  // it counts once so many keeps of its author are there
};
// Its author's new transport key; of several the newest by (stamp, operation id) is current.
struct TransportOperation {
  TransportKey transport;
  Signature certificate;
};
// Half of an edge between two networks: they are one when a coordinator of each has written one that names the other.
struct SuccessorOperation {
  FoundOperation other;  // all that a node needs to begin to fetch it
};
struct UnknownOperation {
  std::uint8_t type = 0;
};
using MembershipOperation =
    std::variant<FoundOperation, InviteOperation, AdmitOperation, RevokeOperation, KeepOperation, ReadmitOperation, SealOperation,
                 LeaveOperation, RecoverOperation, RoleOperation, TransportOperation, SuccessorOperation, UnknownOperation>;
inline constexpr std::uint8_t kMembershipTypes = 12;  // known types are 1 to this

Bytes encode(const MembershipOperation& operation);  // of an unknown operation: empty
Result<MembershipOperation> parse_membership(View bytes);

// Whether both signatures over a charter are good.
bool founding_holds(const FoundOperation& found);

// The bytes that the signatures cover.
Bytes certificate_message(const NetworkId& network, const TransportKey& transport);
Bytes admission_message(const NetworkId& network, const MemberKey& member, const TransportKey& transport);
Bytes recovery_message(const NetworkId& network, const RecoverOperation& recover);

}  // namespace budstikke
