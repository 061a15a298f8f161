// What a start does about a store that may be damaged: look before anything relies on it, and leave one that can be used.
//
// When         The last run did not end cleanly (RunMarker), or the store is refused as damaged.
// How          A child process walks every row: a damaged page may end the process that reads it. If all is well, nothing is
//              done. Else child processes salvage what can be read (store/salvage.h), and the result takes the damaged file's
//              place.
//              If nothing can be had, a new, empty store does, with the networks that the file `networks` names, so that the node
//              fetches everything from the other members. The damaged file does not stay, for it may hold personal data that
//              is erased everywhere else later.
// Errors       Damaged: beyond use, and nothing says which networks this node was in; the file is left, since only people know
//              what it is worth. Conflict: the store is another node's. NotFound, Io, Full: as of opening it; nothing was
//              changed. None of them is mended by starting again.
// Cost         A look, measured beside other work: 0.04 s for 10,000 entries, 0.4 s for 100,000, 4.4 s for a million.
// Threads      To be called before there are any: it forks.
#pragma once

#include "daemon/home.h"
#include "store/lmdb_storage.h"

namespace budstikke::daemon {

// The file `running` in the home: there while a daemon runs, and after one that did not end cleanly.
class RunMarker {
 public:
  static Result<RunMarker> set(const Home& home);
  RunMarker(RunMarker&& other) noexcept;
  RunMarker& operator=(RunMarker&&) = delete;
  ~RunMarker();  // removes it, unless it is to stay; one that was there stays
  bool was_there() const { return was_there_; }
  void stay() { stays_ = true; }  // the next start shall look at the store
  void end_cleanly() { stays_ = false; }

 private:
  RunMarker(std::filesystem::path path, bool was_there) : path_(std::move(path)), was_there_(was_there), stays_(was_there) {}
  std::filesystem::path path_;
  bool was_there_;
  bool stays_;
};

struct Recovery {
  enum class Outcome : std::uint8_t {
    Untouched,  // it was not looked at: nothing gave a reason
    Sound,      // every row is there
    Mended,     // written anew; nothing is missing
    Salvaged,   // written anew; at least left_out rows are missing
    Begun,      // nothing could be read: an empty store, to be filled by the others
  };
  Outcome outcome = Outcome::Untouched;
  std::uint64_t rows = 0;
  std::uint64_t left_out = 0;
  std::string reason = {};  // what was wrong
};

struct OpenedStore {
  std::unique_ptr<store::LmdbStorage> storage;
  Recovery recovery;
  Moved moved = Moved::No;  // it was copied or put back: its mark tells the node, which begins again
};
// Whether the store lies where it was left is looked at as well, and where it lies noted in it.
Result<OpenedStore> open_store(const Home& home, const store::StorageOptions& options, bool look);

// The last thing of a run that ends cleanly: notes how the store's file is left (file `stopped` in the home), so that the next
// start sees whether anybody wrote to it. Without the note nothing follows.
void note_end(const Home& home);

// What a person is told of it; empty when there is nothing to tell.
std::string text_of(const Recovery& recovery);
std::string_view code_of(const Recovery& recovery);  // and as `status` has it

}  // namespace budstikke::daemon
