// Every bound of the protocol, with its reason. Whatever passes one is refused with a message that names it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace budstikke {

// --- Frames. libzmq buffers up to ZMQ_MAXMSGSIZE of a stranger's bytes before it knows the key, so it is kept at 64 KiB
//     per connection; under CURVE 65,503 bytes of plaintext fit (33 bytes of overhead).
inline constexpr std::size_t kMaxWireFrameBytes = 65'536;
inline constexpr std::size_t kMaxFrameBytes = 65'503;

// --- Entries. An entry with its run header must fit one frame.
inline constexpr std::size_t kMaxEntryBytes = 48 * 1024;   // sum of skeletons and values
inline constexpr std::size_t kMaxValuesBytes = 32 * 1024;  // one change's salt and values
inline constexpr std::size_t kMaxChanges = 255;            // per entry: the operation id has one byte for it
inline constexpr std::size_t kMaxOperations = 255;         // per change: likewise
inline constexpr std::size_t kMaxOverwrites = 1024;        // ids one operation may name
static_assert(kMaxEntryBytes + 15 * 1024 < kMaxFrameBytes, "an entry, its lengths and a run header fit one frame");

// --- Runs. A checkpoint at the latest after this much, so that a run can be verified in bounded memory.
inline constexpr std::size_t kMaxRunEntries = 256;
inline constexpr std::size_t kMaxRunBytes = 256 * 1024;

// --- Logs.
inline constexpr std::size_t kMaxTips = 16;      // branches of one forked log that count
inline constexpr std::size_t kMaxKeptTips = 64;  // and that are kept: others came later, and count instead of them
inline constexpr std::size_t kMaxLogsPerVector = 65'536;

// --- Values: msgpack of nil, bool, integer, text and (API only) arrays and maps.
inline constexpr std::size_t kMaxValueDepth = 8;
inline constexpr std::size_t kMaxTextBytes = 24 * 1024;  // one text of one field
inline constexpr std::size_t kMaxSetElements = 200;      // elements of one set field of one record

// --- Links. A peer may have this much unacknowledged under way to us; both queues of a link hold it.
inline constexpr std::uint32_t kLinkCreditBytes = 2 * 1024 * 1024;
static_assert(kLinkCreditBytes / kMaxFrameBytes <= 64, "the window fits a queue of 64 messages");
inline constexpr std::size_t kMaxWantsPerMessage = 512;
// Bodies sent unasked to a peer that comes back. Others may send it the same, while to ask costs some 300 bytes for each log.
inline constexpr std::size_t kMaxNewsBytes = 16 * 1024;
inline constexpr std::size_t kMaxAskedValues = 64;       // changes whose values one message asks for or brings
inline constexpr std::size_t kMaxPushedLogs = 512;       // logs that one message about pushes names
inline constexpr std::uint64_t kMaxPushedEntries = 256;  // of one log: a peer that lacks more is left to a session
inline constexpr std::size_t kMaxAnnounced = 4096;       // logs that peers told of, and that are waited for
inline constexpr std::size_t kMaxNetworks = 16;          // networks one node may be in
// Networks that were named and are not one with any here: more are left out until these are, so that no coordinator fills up all
// the networks that its members' nodes can be in.
inline constexpr std::size_t kMaxAwaitedNetworks = 4;
static_assert(kMaxAwaitedNetworks < kMaxNetworks, "there is room for the own ones");
inline constexpr std::size_t kMaxMembers = 20'000;       // keys in one network's membership

// --- Batches. The store keeps the pages of an open transaction in memory: 16,384 small entries cost about 16 MB.
inline constexpr std::size_t kBatchEntries = 16'384;
inline constexpr std::size_t kBatchBytes = 12 * 1024 * 1024;
inline constexpr std::chrono::milliseconds kBatchWait{200};  // longest time a synchronised entry waits for its batch

// --- Quotas (protocol/node/quota.h): what of one council's writing is taken at once, and by the day. A day's bytes are
//     8,000 small entries: ten people who each save something every minute of a working day write 4,800. The burst is 432 MB: a
//     first import of 100,000 records of 540 bytes, each in an entry of its own, costs 254 MB. An entry costs more than its
//     bytes (its rows take 1,142 on the disk, and a check and a fold of some 10 µs), and a log more than an entry: at most 200
//     of a council at once, and eight more a day, where kMaxLogsPerVector would be the end of a network.
inline constexpr std::size_t kQuotaBytesADay = 17'280'000;
inline constexpr std::chrono::milliseconds kQuotaBurst{2'160'000'000};  // as much at once as else in 25 days
inline constexpr std::chrono::milliseconds kQuotaReserve{86'400'000};   // a day's bytes of it, for erasures: kept by who writes
inline constexpr std::chrono::milliseconds kQuotaRoom{2 * 3'600'000};   // what was held back goes on with two hours' bytes
inline constexpr std::size_t kQuotaEntryBytes = 2'000;
inline constexpr std::size_t kQuotaLogBytes = 2'000'000;
inline constexpr std::size_t kQuotaMembershipTimes = 4;  // all operations are decided anew with every one that comes

// --- Files. A chunk's entry fits eight pages of the store, and the values of two one frame.
inline constexpr std::size_t kMaxFileBytes = 64 * 1024 * 1024;
inline constexpr std::size_t kChunkBytes = 32'512;
inline constexpr std::size_t kChunksPerPart = 128;  // a record's row is written again with each operation
inline constexpr std::size_t kAskedContents = 2;    // of kMaxAskedValues: more would not fit the frame that answers

// --- The local API.
inline constexpr std::size_t kMaxApiBytes = 1024 * 1024;
inline constexpr std::size_t kMaxImportItems = 200;  // items per import request

// --- Tickets.
inline constexpr std::size_t kMaxTicketBytes = 2560;  // eight members with addresses of 255 bytes, and a label

// --- Erasing. How long values that others wrote are kept after they were erased, so that a stolen key can be undone.
inline constexpr std::chrono::milliseconds kErasureDelay{24 * 3'600'000};
inline constexpr std::size_t kDestroyedPerStep = 1024;    // values taken out in one commit
inline constexpr std::size_t kMostReceiptChanges = 4096;  // of a council's record, looked through for receipts
inline constexpr std::size_t kFoldedPerStep = 512;        // records folded anew in one step, after the membership changed

// --- Transport keys. A former one carries links until the new one was seen, and on 30 days at most: who was away learns of it.
inline constexpr std::uint32_t kFormerKeyDays = 30;
// The node itself takes the new one into use once all members know of it, and after 14 days at the latest: who was away longer
// hears of it from others, or by a bundle.
inline constexpr std::chrono::milliseconds kKeyChangeLasts{1'209'600'000};
static_assert(kKeyChangeLasts < std::chrono::hours(24 * kFormerKeyDays), "the former one is given up before others refuse it");

// --- The passphrase of a node's keys. Argon2id with 128 MiB and three passes, measured: 0.6 s of a core. An old office PC takes
//     some times that, once a start, and has the memory; whoever guesses needs as much for each guess.
inline constexpr std::size_t kPassphraseBytesMin = 10;
inline constexpr std::size_t kPassphraseBytesMax = 1024;
inline constexpr std::uint32_t kPassphraseMemoryKib = 128 * 1024;
inline constexpr std::uint32_t kPassphrasePasses = 3;
inline constexpr std::uint32_t kPassphraseMemoryKibMax = 1024 * 1024;  // a file that asks for more is damaged, or hostile
inline constexpr std::uint32_t kPassphrasePassesMax = 16;

// --- Clock. A log's stamps never go back; a clock this far behind the log's last stamp opens a new incarnation.
inline constexpr std::chrono::milliseconds kMaxClockStepBack{3'600'000};

}  // namespace budstikke
