#include "daemon/recovery.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <new>

#include "daemon/door/transport_key.h"
#include "daemon/networks_file.h"
#include "daemon/trial.h"
#include "protocol/base/checksum.h"
#include "store/file_system.h"
#include "store/place.h"
#include "store/private_file.h"
#include "store/salvage.h"

namespace budstikke::daemon {
namespace {

namespace fs = std::filesystem;

constexpr int kMostDeaths = 64;  // of salvaging children: there are three ways through each of some dozen tables
// The processor time of a child before it is taken to turn in circles: a million entries in 706 MB take it 5 s.
constexpr std::uint64_t kLeastSeconds = 60;
constexpr std::uint64_t kBytesPerSecond = 2 * 1024 * 1024;

// What a child tells its parent, in memory that both have.
struct ChildReport {
  bool done = false;
  bool failed = false;
  Code code = Code::Io;
  char text[512] = {};
  std::uint64_t sound = 0, damaged = 0;
  store::SalvageWatch watch;
};

class SharedReport {
 public:
  static Result<std::unique_ptr<SharedReport>> make() {
    void* memory = ::mmap(nullptr, sizeof(ChildReport), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return store::system_error(errno, "cannot share memory with a child process");
    return std::unique_ptr<SharedReport>(new SharedReport(new (memory) ChildReport));
  }
  ~SharedReport() { ::munmap(report_, sizeof(ChildReport)); }
  SharedReport(const SharedReport&) = delete;
  SharedReport& operator=(const SharedReport&) = delete;
  ChildReport& operator*() { return *report_; }
  ChildReport* operator->() { return report_; }

 private:
  explicit SharedReport(ChildReport* report) : report_(report) {}
  ChildReport* report_;
};

void tell(ChildReport& report, const Error& error) {
  report.failed = true;
  report.code = error.code;
  const std::string text = error.subject.empty() ? error.text : error.text + ": " + error.subject;
  std::strncpy(report.text, text.c_str(), sizeof report.text - 1);
}

// Runs `body` in a child process, with the report; false when the child died of it or turned in circles.
Result<bool> in_child(const fs::path& store, ChildReport& report, const std::function<void(ChildReport&)>& body) {
  report.done = report.failed = false;
  std::error_code unknown;
  const std::uintmax_t bytes = fs::file_size(store / "data.mdb", unknown);
  const std::uint64_t seconds = kLeastSeconds + (unknown ? 0 : bytes / kBytesPerSecond);
  Result<bool> lived = try_in_child(std::chrono::seconds(seconds), [&] {
    body(report);
    report.done = true;
  });
  if (!lived) return lived.error();
  return *lived && report.done;
}

constexpr const char* kDied = "using it ended the process";

// The file `networks` says which store it belongs to; a store that was begun anew gets a new file with it.
Status check_whose(const Home& home, const store::LmdbStorage& storage, const Recovery& recovery) {
  if (recovery.outcome == Recovery::Outcome::Begun) return done();
  const Result<KnownNetworks> known = read_networks_file(home.networks_file());
  if (!known || known->store == storage.store_id()) return done();  // one that cannot be read is written anew
  const Result<std::optional<View>> former = storage.get(Table::Meta, view_of(kFormerStoreIdKey));
  if (former && *former && same_bytes(**former, known->store)) return done();  // it got another id, and the list not yet
  return Error{Code::Conflict, "the store in " + home.store().string() +
                                   " is not the one that this home was last used with; put the right one back. If it is right, "
                                   "remove " +
                                   home.networks_file().string() + " and start again"};
}

// Nobody has looked at the pages that a store takes for free before it writes.
Status try_to_write(store::LmdbStorage& storage) {
  storage.use_reserve();
  Status written = storage.put(Table::Meta, view_of("trial"), {});
  if (written) written = storage.erase(Table::Meta, view_of("trial"));
  if (written) written = storage.commit();
  return !written && written.error().code == Code::Full ? done() : written;
}

// Empty when every row is sound, and the store can be written to; else what is wrong.
Result<std::string> look_at(const Home& home, const store::StorageOptions& options, ChildReport& report) {
  Result<bool> lived = in_child(home.store(), report, [&](ChildReport& told) {
    const Result<std::unique_ptr<store::LmdbStorage>> storage = store::LmdbStorage::open(home.store(), options);
    if (!storage) return tell(told, storage.error());
    const Result<store::Inspection> found = (*storage)->inspect();
    if (!found) return tell(told, found.error());
    told.sound = found->sound;
    told.damaged = found->damaged + found->lost;
    if (told.damaged > 0 || !check_whose(home, **storage, {})) return;
    if (Status written = try_to_write(**storage); !written) tell(told, written.error());
  });
  if (!lived) return lived.error();
  if (!*lived) return std::string(kDied);
  if (report.failed && report.code != Code::Damaged) return Error{report.code, report.text};
  if (report.failed) return std::string(report.text);
  return report.damaged == 0 ? std::string() : std::to_string(report.damaged) + " rows are damaged or cannot be found";
}

Result<bool> salvage_in_children(const Home& home, const store::StorageOptions& options, ChildReport& report,
                                 Recovery& recovery) {
  for (int deaths = 0; deaths < kMostDeaths; ++deaths) {
    Result<bool> lived = in_child(home.store(), report, [&](ChildReport& told) {
      const Result<store::Salvaged> salvaged = store::salvage(home.store(), options, told.watch);
      if (!salvaged) return tell(told, salvaged.error());
      told.sound = salvaged->rows;
      told.damaged = salvaged->left_out;
    });
    if (!lived) return lived.error();
    if (!*lived) {
      if (!report.watch.avoid_last_step()) return false;
      continue;
    }
    if (report.failed && report.code == Code::Damaged) return false;
    if (report.failed && report.code == Code::Full) {
      return Error{Code::Full, "the store in " + home.store().string() + " is damaged (" + recovery.reason +
                                   ") and to be salvaged: " + report.text + " there; make room, and start again"};
    }
    if (report.failed) return Error{report.code, report.text};
    if (Status placed = store::put_salvaged_in_place(home.store()); !placed) return placed.error();
    recovery.rows = report.sound;
    recovery.left_out = report.damaged;
    recovery.outcome = report.damaged == 0 ? Recovery::Outcome::Mended : Recovery::Outcome::Salvaged;
    return true;
  }
  return false;
}

Result<bool> salvage(const Home& home, const store::StorageOptions& options, ChildReport& report, Recovery& recovery) {
  const fs::path file = home.store() / "data.mdb";
  std::error_code failed;
  const std::uintmax_t size = fs::file_size(file, failed);
  if (failed) return store::system_error(failed.value(), "cannot ask for the length of " + file.string());
  Result<bool> salvaged = salvage_in_children(home, options, report, recovery);
  if (salvaged && *salvaged) return true;
  fs::resize_file(file, size, failed);  // it was lengthened to be read
  if (failed) return store::system_error(failed.value(), "cannot leave as it was: " + file.string());
  return salvaged;
}

// An empty store that knows its networks, and opens a new incarnation of this node's logs.
Status begin_anew(const Home& home, const store::StorageOptions& options, const std::string& reason) {
  Result<KnownNetworks> known = read_networks_file(home.networks_file());
  if (!known || known->networks.empty()) {
    return Error{Code::Damaged, "the store in " + home.store().string() + " is damaged beyond use (" + reason + "), and " +
                                    (known ? "this node is in no network" : known.error().text) + ". Put " +
                                    home.store().string() +
                                    " back from a backup; or move the home away, make a new one with init, and join again with a "
                                    "new ticket"};
  }
  store::StorageOptions fresh = options;
  fresh.new_store_id = known->store = StoreId::from(random_seed().view().first(StoreId::kSize));
  // First, so that the new store is ours whenever this is cut short; the damaged one is not taken for another node's, for it is
  // looked at again.
  if (Status written = write_networks_file(home.networks_file(), encode(*known)); !written) return written;
  std::vector<store::NewRow> rows;
  CountersRow counters;
  counters.incarnation = Incarnation{ByteReader(random_seed().view().first(8)).u64()};
  for (const NetworkRow& network : known->networks) {
    rows.push_back({Table::Networks, key_of(++counters.networks), encode(network)});
  }
  rows.push_back({Table::Meta, bytes_of(view_of("counters")), encode(counters)});
  return store::begin_empty(home.store(), fresh, rows);
}

Status recover(const Home& home, const store::StorageOptions& options, Recovery& recovery) {
  Result<std::unique_ptr<SharedReport>> report = SharedReport::make();
  if (!report) return report.error();
  Result<std::string> wrong = look_at(home, options, ***report);
  if (!wrong) return wrong.error();
  recovery.outcome = Recovery::Outcome::Sound;
  recovery.rows = (**report)->sound;
  if (wrong->empty()) return done();
  recovery.reason = *wrong;
  Result<bool> salvaged = salvage(home, options, ***report, recovery);
  if (!salvaged) return salvaged.error();
  if (*salvaged) return done();
  recovery.outcome = Recovery::Outcome::Begun;
  recovery.rows = 0;
  return begin_anew(home, options, recovery.reason);
}

fs::path end_note(const Home& home) { return home.folder() / "stopped"; }

constexpr std::uint8_t kEndNoteVersion = 1;
constexpr std::size_t kEndNoteBytes = 8 + 8 + 8;

std::uint64_t checksum_of_note(View bytes) { return row_checksum(0, view_of("stopped"), kEndNoteVersion, bytes); }

// nullopt: the last run did not end cleanly, or nobody knows.
std::optional<FileChange> take_end_note(const Home& home, bool ended_cleanly) {
  const Result<Bytes> note = store::read_small_file(end_note(home), kEndNoteBytes);
  if (!ended_cleanly || !note || note->size() != kEndNoteBytes) return std::nullopt;
  ByteReader reader(*note);
  FileChange left;
  left.inode = reader.u64();
  left.when = static_cast<std::int64_t>(reader.u64());
  if (reader.u64() != checksum_of_note(View(*note).first(16))) return std::nullopt;
  return left;
}

// Tells the node's next load that the store is not, or may not be, as this node left it; and notes where it lies now.
Status note_place(store::LmdbStorage& storage, const std::optional<StorePlace>& noted, const StorePlace& found,
                  bool begin_again) {
  if (!begin_again && noted == found) return done();
  storage.use_reserve();
  Status put = storage.put(Table::Meta, view_of(kPlaceKey), encode(found));
  if (put && begin_again) put = storage.put(Table::Meta, view_of(kRestoredKey), {});
  if (put) put = storage.commit();
  if (put) return put;
  storage.rollback();
  return begin_again || put.error().code != Code::Full ? put : done();  // on a disk that is full the next start notes it
}

Status look_at_place(const Home& home, OpenedStore& opened, const std::optional<FileChange>& left, const FileChange& changed) {
  const Result<StorePlace> found = store::place_of_file(home.store() / "data.mdb");
  if (!found) return found.error();
  const Result<std::optional<View>> row = opened.storage->get(Table::Meta, view_of(kPlaceKey));
  std::optional<StorePlace> noted;
  if (row && *row) {
    if (const Result<StorePlace> place = parse_place(**row)) noted = *place;
  }
  opened.moved = has_moved(noted, *found, left, changed);
  // Entries of our own may be among those that are missing: nothing must be appended behind a gap that nobody can fill.
  const bool has_lost = opened.recovery.outcome == Recovery::Outcome::Salvaged;
  if (Status status = note_place(*opened.storage, noted, *found, opened.moved != Moved::No || has_lost); !status) return status;
  std::error_code ignored;
  fs::remove(end_note(home), ignored);
  return done();
}

}  // namespace

void note_end(const Home& home) {
  const Result<FileChange> left = store::last_change_of(home.store() / "data.mdb");
  if (!left) return;
  Bytes note;
  ByteWriter writer(note);
  writer.u64(left->inode);
  writer.u64(static_cast<std::uint64_t>(left->when));
  writer.u64(checksum_of_note(note));
  std::error_code ignored;  // without it the next start looks at the store once more
  if (!store::write_private_file(end_note(home), note, store::Existing::Replace)) fs::remove(end_note(home), ignored);
}

Result<RunMarker> RunMarker::set(const Home& home) {
  const fs::path path = home.folder() / "running";
  // Looked for first: on a full disk nothing is made that could meet one.
  std::error_code failed;
  const fs::file_status found = fs::symlink_status(path, failed);
  if (fs::exists(found)) return RunMarker(path, true);
  if (found.type() != fs::file_type::not_found) {
    return store::system_error(failed.value(), "cannot look for " + path.string());
  }
  const Status made = store::write_private_file(path, {}, store::Existing::Refuse);
  // A disk that is full must not keep the daemon from answering.
  if (made || made.error().code == Code::Full) return RunMarker(path, false);
  if (made.error().code == Code::Conflict) return RunMarker(path, true);
  return made.error();
}

RunMarker::RunMarker(RunMarker&& other) noexcept
    : path_(std::exchange(other.path_, {})), was_there_(other.was_there_), stays_(other.stays_) {}

RunMarker::~RunMarker() {
  std::error_code ignored;  // if it stays, the next start looks at the store once more
  if (!path_.empty() && !stays_) fs::remove(path_, ignored);
}

Result<OpenedStore> open_store(const Home& home, const store::StorageOptions& options, bool look) {
  OpenedStore opened;
  const Result<FileChange> changed = store::last_change_of(home.store() / "data.mdb");  // before anything is written to it
  const std::optional<FileChange> left = changed ? take_end_note(home, !look) : std::nullopt;
  if (look) {
    if (Status recovered = recover(home, options, opened.recovery); !recovered) return recovered.error();
  }
  Result<std::unique_ptr<store::LmdbStorage>> storage = store::LmdbStorage::open(home.store(), options);
  if (!storage && storage.error().code == Code::Damaged && !look) {
    if (Status recovered = recover(home, options, opened.recovery); !recovered) return recovered.error();
    storage = store::LmdbStorage::open(home.store(), options);
  }
  if (!storage) return storage.error();
  if (Status ours = check_whose(home, **storage, opened.recovery); !ours) return ours.error();
  opened.storage = std::move(*storage);
  if (Status placed = look_at_place(home, opened, left, changed ? *changed : FileChange{}); !placed) return placed.error();
  return opened;
}

std::string text_of(const Recovery& recovery) {
  switch (recovery.outcome) {
    case Recovery::Outcome::Untouched:
    case Recovery::Outcome::Sound:
      return {};
    case Recovery::Outcome::Mended:
      return "the store was damaged and is written anew; nothing is missing: have the disk checked";
    case Recovery::Outcome::Salvaged:
      return "the store was damaged; what could not be read is fetched from the other nodes: have the disk checked";
    case Recovery::Outcome::Begun:
      return "the store was damaged beyond use and is begun anew; everything is fetched from the other nodes: have the disk "
             "checked";
  }
  return {};
}

std::string_view code_of(const Recovery& recovery) {
  switch (recovery.outcome) {
    case Recovery::Outcome::Untouched:
    case Recovery::Outcome::Sound:
      return {};
    case Recovery::Outcome::Mended:
      return "store-mended";
    case Recovery::Outcome::Salvaged:
      return "store-salvaged";
    case Recovery::Outcome::Begun:
      return "store-begun";
  }
  return {};
}

}  // namespace budstikke::daemon
