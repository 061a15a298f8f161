// The local API: what the command line asks a running node.
//
// Shape        One request, one reply, each one frame of canonical msgpack (pack.h) of at most kMaxApiBytes, over a ZeroMQ
//              DEALER (command line) to ROUTER (daemon) on the ipc socket `api.sock` in the home folder.
//                request  {"id": integer, "command": text, "args": map}
//                reply    {"id": integer, "result": map}  or  {"id": integer, "error": {"code", "message", "subject", "args"}}
//              Times are texts in UTC RFC 3339 with seconds ("2026-03-15T16:00:00Z"). Ids are base32: 52 letters for records,
//              members, councils, entries and networks. A record, network or council may be named by any unambiguous prefix
//              of at least 4 letters.
// Errors       `code` is one of ApiError's texts, `message` is English for the log, `subject` names the field, id or value,
//              `args` holds numbers and names for the translated text.
//
// Commands (args → result; `?` marks what may be left out, `network` is an id or label, default the first one joined):
//   status {}                         → {member, council, council_name, version, networks: [{id, name, role, members, records,
//                                        entries, missing, vector_digest, state_digest, membership_digest, conflicts,
//                                        councils, own_alone, own_waiting, reachable, brought_back, conflict_since?, unknown?,
//                                        removed?: REMOVED}], peers: [as peers], store: {bytes, format, free_bytes, scrub_rounds,
//                                        damaged_rows}, listen, trouble: text, trouble_code?, trouble_about?, uptime_s, keys: KEYS,
//                                        last_backup?: {at, file}}    by what backup.kept told
//                                        conflicts: all of record.conflicts; brought_back: those of type "removed" among them;
//                                        conflict_since: of the oldest; unknown: records of kinds that this version does not know,
//                                        when there are any; removed: when this node itself was shut out
//                                        own_alone, own_waiting: entries of this node that no other council, and that not every
//                                        one of the `councils` others, is known to hold; reachable: members that say where
//                                        held_back?: [{council, name, class, since, until, waiting}]: councils of which more came
//                                        than is taken at once; so many entries that peers hold wait, and some is taken from
//                                        `until` on
//                                        until?: when the own role ends, prolonged_by?: [name] of who can prolong it; term_end?: as
//                                        the own council's record has it, council_record?: its id
//                                        used_twice?: [{by, by_name, newcomers: [{member, name}]}]    tickets that let more than one
//                                        in, told to coordinators
//                                        withheld?: true while texts of before a restore are given to nobody; forks?: [{member,
//                                        council, name, incarnation, class, tips: [{seq, entry, time}]}]; and beside networks
//                                        two_stores?: [{member, council, name, stores: [id, id], told_by?, own: bool}]
//                                        clock?: {off_s, councils, council?, name?}    this node's clock is off (ahead by off_s), by
//                                        those of so many councils, or of this one, the only one linked; otherwise
//                                        clocks?: [{council, name, off_s}]    of whom it is off, ahead of this node's by off_s
//   peers {}                          → {peers: [{member, council, name, network, connected, in_sync, behind, known: bool, missing,
//                                        last_seen?, reason, detail?, since?, until?, clock_off_s?, address}]}    behind: entries that it is not known to
//                                        hold; without `known` it has never said what it holds; since: when dials began to fail;
//                                        clock_off_s: by how much its clock is ahead of this node's, when that is more than two
//                                        minutes either way
//                                        reason: refused-key, unreachable, timeout, handshake, bad-peer, no-address, not-linked,
//                                        version (of the protocol), dropped (this node let it go: detail), left-alone (this
//                                        node's door ended twice while it dealt with this peer: until; see daemon/door_watch.h)
//   outbox {network?, limit?: 1…200}  → {networks: [{network, name, councils, alone, waiting, entries: [{time, councils, without:
//                                        [name], without_more?, changes: [{kind, id, short, title?}], more_changes?}]}]}    what
//                                        this node wrote last, and how many other councils are known to hold it
//   undo {network?, look?: bool, seen?: mark}  → {network, name, time, mark, records: [UNDONE], councils, holders: [name],
//                                        holders_more?, passed_over?, written: bool}    takes back what this node wrote last, of
//                                        all networks; again what it wrote before that. passed_over: so many entries that it wrote
//                                        later, of which nothing can be taken back. `look` only tells; holders: the other councils, of so
//                                        many, that are known to have it; `seen` is the mark of what the person looked at
//   watch {after?: mark, kinds?: [kind…], network?, limit?: 1…200, timeout_ms?}  → {member, changes: [NEWS], next: mark, more: bool,
//                                        told_again_since?: time}    what came to this node after the mark, in order of arrival;
//                                        without a mark only one to go on from. Where there is nothing it waits, for up to a
//                                        minute. more: ask again at once; told_again_since: the mark was of another store, as
//                                        before a backup was put back, and what was written since then is told again
//   network.create {name}             → {id, name, recovery_key}       as it is to stand on paper (wire/recovery.h)
//   network.recover {key, network?}   → {network, name, role, shut_out: [{member, name}], recovery}    makes this node coordinator;
//                                        recovery: the text for network.take of nodes that hear of it no other way
//   network.take {recovery}           → {network, name, member, by_name}
//   network.merge {network?}          → {network, network_name, code, words}    a code for the other network's coordinator; words as
//                                        those of network.members
//   network.merge {network?, with: code or network, into?, look?: bool}  → {network, network_name, other, other_name, words?,
//                                        name, united: bool}    writes this network's half, and the other's where this node is one
//                                        of its coordinators, too; `look` only tells, without the last two
//   network.list {}                   → {networks: [{id, name, role, members, records, united_with?: [network]}]}    a union once
//   network.show {network?}           → {id, name, role, members, founder, founder_name, created, former_names: [name],
//                                        also_called?: [name], to_be_one_with?: [name] of networks that a coordinator here has
//                                        named and that have not named this one, membership_digest, vector_digest, state_digest}
//   network.members {network?}        → {members: [{member, council, name, role, until?, admitted_by, admitted_by_name, witness,
//                                        witness_name, admitted, recovered: bool, words, you, connected, last_seen?,
//                                        removed?: REMOVED}]}
//                                        words: 12 hex digits, shown as six words; empty for the founder
//   member.revoke {member, network?, look?: bool}  → {member, council, name, role, removed?}    a member is named by the start of
//                                        its id, or by its council's id or name where that has one; `look` only says who it is
//   member.readmit {member, network?} → {member, council, name, role}
//   member.role {member, role, until?: day or time, network?}  → {member, council, name, role, until?}
//   member.leave {network?, look?: bool, last?: bool}  → {network, name, council, role, last_coordinator: bool, waiting}
//                                        waiting: entries of this node that no other council is known to hold; `look` only tells;
//                                        `last` says that the last coordinator may leave
//   invite {network?, role?, until?: day or time, for?, council?, expires_s?}  → {ticket, expires, role, until?}    a further
//                                        device's role ends with its council's at the latest
//   key.rotate {now?: bool, timeout_ms?}  → KEYS    answers when the new transport key is in use, or timed out; now: who is off is
//                                        not waited for
//   key.passphrase {look?: bool, current?, new? | remove?: bool}  → KEYS    `look` only tells; current: where there is one
//   unlock {passphrase}               → {was_locked: bool}    the one command of a node whose keys are sealed: all others are
//                                        refused as `locked`
//   join {ticket}                     → {network, name, role, council, words}     answers when admitted or refused; up to 30 s
//   record.add {kind, fields: {name: [text…]}, network?}  → {id, short}
//   record.edit {kind, id, set?: {name: [text…]}, take?: {name: [text…]}}  → {id, short, changed: bool}
//                                        `set` of a register gives its value ("" clears it), of a set adds elements
//   record.remove {kind, id, seen?}  record.restore {kind, id, seen?}   → {id, short}
//   record.answer {kind, id, field, value}                → {id, short, changed}    rsvp, heads, receipts, seen, responses, …
//   record.answer {kind, id, answers: {field: text or nil}}  → {id, short, changed}    several at once; nil takes one's own back
//   record.arrived {kind, id, network?}  → {councils: [{council, name, arrived: bool}]}    of all others than the owner: whether
//                                        they are known to hold what the owner wrote in the record
//   record.comment {kind, id, text}                       → {id, short}
//   record.resolve {kind, id, field, choose?: 1… | combine?: true | value?: text, seen?}  → {id, short, changed, value?}
//                                        `choose` counts the values as record.conflicts lists them; `combine` joins texts, oldest
//                                        first; `seen` is the mark of what the person looked at: when anything has arrived since,
//                                        nothing is written (conflict-changed). Without it, what stands now is settled. The
//                                        answer holds what the field holds now.
//   record.show {kind, id, at?: time} → {record: RECORD}   with `at` as its authors' clocks had it by then (the whole second
//                                        included), also when it is removed now; not-yet when nothing was written by then
//   record.list {kind, filters?: {name: text}, removed?: bool, after?: id, limit?, network?}  → {records: [RECORD], next?: id}
//                                        by record id; filters are texts contained without regard to case; `after` continues;
//                                        `removed` gives those that are removed, which record.restore takes back
//   record.history {kind, id, limit?: 1…200, after?: mark}  → {id, short, kind, title, changes: [CHANGE], total, next?: mark}
//                                        newest first by stamp, the same at every node; also of removed records
//   record.conflicts {network?, after?: mark}  → {conflicts: [CONFLICT], next?: mark}
//   record.unknown {network?, after?: id}      → {records: [{id, short, kind: number, owner, owner_name, network, changed,
//                                        removed?: true, unknown: [UNKNOWN]}], next?: id}    of kinds that the node's table does
//                                        not know
//   record.import {kind, items: [{line, uid?, fields: {name: [text…]}}], network?, again?: bool, look?: bool}
//                                     → {results: [{line, outcome, id?, error?, elsewhere?: [{council, council_name, id, short,
//                                        title}], short?, title?, fields?: [{field, before: [text…], after: [text…]}]}]}
//                                        outcome: created, changed, unchanged, removed (was deleted here and stays so), erased
//                                        (likewise; with `again` it is made anew, as another record), refused (error as above);
//                                        elsewhere: other councils' records of the same item; `look` only says what would be
//                                        done, with the last three: before as the record has it now
//   file.begin {name, size, hash: hex, network?}  → {file: id, chunks, next}    says what the file is, or finds it; next: the first
//                                        chunk that is not here. A file is written before anything names it; hash: as b2sum -l 256
//   file.put {file, index, data: bytes}  → {next}    whole chunks of 32,512 bytes, at most 16, from the one that index counts
//   file.get {file, index}               → {data: bytes, next}    at most 16 chunks from that one on; who asks computes the hash
//   file.show {file}  file.want {file}   → FILE     want fetches what is not here from whoever has it
//   erase.records {ids: [id…], at_once?: bool, network?, look?: bool}  → {records: [{id, short, kind, owner, owner_name, network,
//                                        outcome, at_once, others: bool, title?}]}    of any kind, removed ones as well; kind is a
//                                        number where the table does not know it. All are erased, or none. outcome: erased, or
//                                        already; others: whether other councils wrote in it, whose values go a day later even
//                                        when asked for at once; `look` only says what would be done, with the title
//   subject.find {text, network?, after?: mark}  → {records: [SUBJECT], next?: mark}    everything here that mentions the text, in
//                                        whatever case, live or past, also in removed records; a page may hold none.
//                                        What was typed for a ticket (invite: for) is one of kind "ticket" on the first page, whose
//                                        id subject.erase takes: it is here alone, and goes at once
//   subject.erase {text, replacement, at_once?: bool, network, ids: [id…]}  → {records: [{id, short, kind, network,
//                                        outcome, left: [LEFT]}]}    outcome: erased (the whole record), redacted (what mentions
//                                        it; what else was written there was written again), nothing; nothing-to-erase, and
//                                        nothing written, when it would be that of all
//   search {words, kind?, council?, area?, since?, until?, network?, limit?: 1…100}  → {hits: [HIT], searched?, records?}
//                                        in all networks, the best first; council: a part of its name, or the start of its id;
//                                        since, until: of the day it is about; searched: how many records are looked through yet,
//                                        while the index is made
//   report.activity {network?, after?: mark, limit?}  → {network, name, councils: [ACTIVITY], next?: mark}    of so many records
//                                        after the mark; who asks adds up the pages
//   erase.status {network?, after?}   → {erasures: [ERASURE], next?}               the newest first
//   bundle.write {network?, since?: member, all?: bool}  → {stream, sections: [WRITTEN]}    what at least one of the members that
//                                        `since` names (all of a council's) is not known to hold, or with `all` everything;
//                                        without either what some member is not known to hold
//   bundle.next {stream}              → {data: hex, done: bool, sections?: [WRITTEN]}    the file, piece by piece; the sections when
//                                        it is done
//   bundle.read {}                    → {stream}
//   bundle.feed {stream, data: hex}   → {}                         at most 400,000 bytes a time; each piece is durable when it is
//                                        answered. bundle-damaged: args.added entries came whole before the damage, and stay
//   bundle.end {stream}               → {sections: [READ], foreign}    foreign: sections that are sealed to others
//   check {repair?: bool}             → {networks: [{id, name, entries, records, state_ok, vector_ok, differences: [text]}],
//                                        rows: {sound, damaged, lost}, repaired, healed_wanted, restart: bool, ok: bool}
//                                        reads every row and folds every record anew; `repair` writes what was found right and
//                                        asks other nodes for what is lost (healed_wanted: how much); restart: the rest a start mends
//   backup.begin {}                   → {stream}                  one at a time
//   backup.next {stream, at}          → {data: bytes, done: bool, bytes?, rows?, left_out?}    the file of daemon/backup_file.h from
//                                        there on, where the last piece ended; none yet when data is empty. Who leaves it for two
//                                        minutes loses it, and after 15 s to whoever begins another. left_out: rows that could not be
//                                        read; the last three when it is done
//   backup.kept {file}                → {}                        it lies there now: for `status`, which tells of the last one
//   config.show {}                    → {home, settings: [{key, value, origin, state, file_value?, file_origin?, reason?}], error?}
//                                        origin: FILE:LINE, or default; state: in-force, changed (the files say something else:
//                                        file_value, in force after a reload), failed (cannot be done: reason); error: what is wrong
//                                        with the files, where something is
//   config.reload {wait?: bool}       → {changed: [key…], listening?}    reads the configuration anew; wait: until the door
//                                        listens where it says, or cannot
//   sync {timeout_ms}                 → {in_sync: bool, peers: [as peers]}        dials at once; answers when in sync or timed
//   out
//
// RECORD: {id, short, kind, owner, owner_name, network, changed, uid? (of the file it was imported from here),
//          <field>: value or [values] for sets…,
//          conflicts: {field: [SAID…]},                                     only when there are any
//          seen: {field: mark},                                             with them
//          answers: {field: [SAID…]},                                       only for kinds that have answers
//          comments: [SAID…],                                               only when there are any
//          unknown: [UNKNOWN],                                              only when there are any
//          files: [FILE with field],                                        record.show only: those that its fields name
//          removed: {council, council_name, time},                          only of removed ones: the newest remove
//          edited_after_remove: true,                                       only when a concurrent edit brought it back
//          at: time}                                                        only when it was asked for
//         A field without a value is left out. Values are texts, integers (Number) or booleans (YesNo).
// FILE:   {file: id, name?, size?, hash?, chunks?, here?: how many of them are, erased?}    without a name: what it is has not come
// SAID:   {value, council, council_name, time, absent?, cut?}    `absent` is "missing" when the value is not here (erased, or not
//         fetched yet) and `value` then nil; `cut` is true when only the start of a text is given, since all would not fit; of
//         more than 50 the last one is {absent: "left-out", count}
// UNKNOWN: {field: number, class: register|flag|set|answers|comments, values: [value…], left_out?}    written by a newer version
// CONFLICT: {type: "field", id, short, kind, title, network, seen, permitted: bool, field, combinable: bool, values: [SAID…]}
//         or {type: "removed", id, short, kind, title, network, seen, permitted, owner_name, removed: [{council, council_name,
//         time}], edited: [SAID with field…]}: removed by some while others edited it, hence still here
//         `permitted` says whether this node's council may settle it.
// CHANGE: {time, member, member_short, council?, council_name?, operations: [{operation, field?, state, reason?, value?, absent?,
//         old?: [{value, absent?}], old_left_out?}]}    council is left out when the author is no member
//         operation: wrote, cleared, added, took-away, flagged, answered, commented, took-back, removed, restored, erased,
//         redacted, receipted, unknown
//         field: its name, or its number when the table does not know it; none for what concerns the whole record
//         state: live, overwritten, done (took away, took back, restored: they stand for nothing themselves), void
//         reason: of void ones: not-member, no-role, not-owner, not-shared, unknown-class, after-cut (its author was shut out)
//         absent: missing, erased, unreadable (its author wrote what is no value), unknown (of old values: too far back to be looked up)
// NEWS:    {time, network, network_name, kind, id, short, title, member, member_short, council?, council_name?, own: bool, created:
//         bool, operations: [as of CHANGE], mark}    own: this node wrote it; created: it made the record; mark: behind it. Without
//         what programs write by themselves, and what does not count
// UNDONE:  {id, short, kind, title?, does: removes|changes|nothing, later?, reason?, operations: [as of CHANGE, with kept?]}
//         removes: it was made in that entry; `later` changes that others have made since go with it. kept: why an operation stays:
//         overwritten, void, conflict, gone (what it was before is not here), for-good, already
// KEYS:    {passphrase: bool, transport: start of the key in use, change?: {stated?, latest?: time, waits_for: [{member, name}]}}
//         change: another transport key is stated, and taken into use once those know of it, and at `latest`
// ACTIVITY: {council, name, members, you: bool, last_written?, records, answers, last_seen?, connected: bool}    last_written: of
//         what stands now, without what nodes write by themselves; records: that it owns and that are not removed; answers: to
//         others' records, and comments; last_seen: when one of its nodes was last linked with this one, since that started
// REMOVED: {by, by_name, time, left: bool}    left: by itself
// WRITTEN: {network, name, recipients, without_key: [{member, name}], entries}    without_key: who has stated no key to seal it to
// READ:    {network, name, writer, writer_name, created, refused?: other-network|stranger|removed, whole: bool, added, known,
//         unusable, left_out, lacks, missing}    unusable: runs that follow what is not here; left_out: runs of members that were
//         shut out; lacks: entries that the writer is not known to hold; missing: entries that it holds and that are not here
// HIT:     {id, short, kind, network, owner, owner_name, changed, title: [PIECE], excerpt: [PIECE], found: words|parts|nearly|some}
//         found: by all words, by words that hold them, by words spelt nearly so, by some of the words; the excerpt is of the
//         record's other texts, empty when the title alone has it. PIECE: {text, hit: bool}
// SUBJECT: {id, short, kind, title?, owner, owner_name, network, network_name, removed?: true, action: as outcome of subject.erase,
//         changes: how many that would be destroyed, left: [LEFT], mentions: [{field, value, state: live|past, time, member,
//         council?, council_name?}]}    field: its name or number, or "import" for what an import keeps here of the file
// LEFT:    {council?, council_name?, changes, reason: not-permitted, newer-version}    what another council has to do, or its owner
// ERASURE: {erasure: its id in hex, network, id, short, kind, part?: true of a file's, what: "record" or "changes", changes?: how many, asked: time, by_member,
//         by?, by_name?, at_once, due?, destroyed?, expected, receipts, complete: bool, members: [OWING], members_left_out?,
//         removed_members: [OWING]}    due: when values are next to be destroyed here, destroyed: when the last were
// OWING:  {member, council, name, you, receipt?: time, last_heard?: time, connected}    those without a receipt first. Only a
//         receipt in the incarnation that the member last wrote in counts: a restored store owes its receipts anew
#pragma once

#include <optional>
#include <string>

#include "protocol/base/bytes.h"
#include "protocol/base/result.h"
#include "protocol/base/value.h"
#include "protocol/records/check.h"

namespace budstikke {

// clang-format off: grouped by exit code
enum class ApiError : std::uint8_t {
  // usage: exit 2
  UnknownCommand,
  UnknownKind,
  UnknownField,
  BadRequest,
  BadDate,
  BadNumber,
  BadEmail,
  BadUrl,
  BadZone,
  BadChoice,
  BadText,
  BadFileName,
  MissingValue,
  TooLong,
  FileTooLarge,
  BadTicket,
  BadRole,
  BadRecoveryKey,
  BadRecovery,
  BadPassphrase,
  BadMergeCode,
  NotASet,
  NotCombinable,
  // refused or failed: exit 1
  NoSearch,
  NoNetwork,
  AlreadyJoined,
  NoRoomForNetwork,
  TicketUsed,
  TicketExpired,
  TicketUnknown,
  Unreachable,
  Removed,
  Erased,
  NothingToRemove,
  NothingToUndo,
  NoConflict,
  NotRemoved,
  StoreFull,
  StoreFailed,
  Internal,
  NotAnswerable,
  ConflictChanged,
  ValueNotHere,
  FileNotHere,
  BundleDamaged,
  BundleNotForUs,
  BundleOtherNetwork,
  BundleStranger,
  BundleRemoved,
  BundleNoReader,
  BundleStreamGone,
  BackupFailed,
  BackupRunning,
  LastCoordinator,
  WrongRecoveryKey,
  HasThatRole,
  QuotaUsed,
  Locked,
  WrongPassphrase,
  WatchersFull,
  BadConfig,
  CannotListen,
  // not permitted: exit 4
  NotPermitted,
  NotOwner,
  HasLeft,
  RoleEnded,
  // no such thing, or ambiguous: exit 5
  NoSuchRecord,
  NoSuchNetwork,
  NoSuchCouncil,
  NoSuchMember,
  AmbiguousId,
  NotYet,
  NothingToErase,
  // timed out: exit 6
  TimedOut,
};
// clang-format on
inline constexpr std::size_t kApiErrorCount = static_cast<std::size_t>(ApiError::TimedOut) + 1;

std::string_view text_of(ApiError error);  // "unknown-field": lower case with dashes, stable
std::optional<ApiError> api_error(std::string_view text);
int exit_code_of(ApiError error);
ApiError api_error_of(FieldFault fault);  // why a value does not fit its field, as a refusal

struct ApiRequest {
  std::int64_t id = 0;
  std::string command;
  Value args = Value::map();
};

struct ApiFailure {
  ApiError code = ApiError::Internal;
  std::string message;
  std::string subject = {};
  Value args = Value::map();
};

struct ApiReply {
  std::int64_t id = 0;
  std::optional<ApiFailure> failure;
  Value result = Value::map();
};

Bytes encode(const ApiRequest& request);
Bytes encode(const ApiReply& reply);
Result<ApiRequest> decode_request(View frame);
Result<ApiReply> decode_reply(View frame);
Value value_of(const ApiFailure& failure);  // {"code", "message", "subject", "args"}

}  // namespace budstikke
