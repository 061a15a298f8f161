// An index that finds documents by words: a file of its own (SQLite, FTS5), derived from the store, deleted and made anew at
// will.
//
// Shape        A document has an id, some plain properties to filter by, a title and a body. Words are compared by their Danish
//              stems, without regard to case and accents, with aa = å. A search asks four times, each time more loosely, until it
//              has found enough: all words, or words that begin so; words that they are a part of ("råd" in "integrationsråd");
//              words that are spelt nearly so; any of the words. What an earlier question finds comes first, the best of it
//              first.
// Invariants   Never the truth: whoever opens it compares mark() with what the mark should be, and clears it when they differ.
//              A file that is damaged or of another version is cleared by open(). After clear() nothing of what was in it is in
//              the folder any more.
// Errors       Io, Full: SQLite's own words. The caller clears the index, or does without.
// Cost         put(): about half a millisecond. find(): budstikke-bench --searches prints it. The memory of SQLite's pages is
// bounded (kSearchCacheBytes). Threads      One. Source       sqlite.org/fts5.html; snowballstem.org for the Danish stems.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "protocol/base/result.h"

namespace budstikke::store {

inline constexpr std::size_t kSearchCacheBytes = std::size_t{2} << 20;
inline constexpr std::size_t kMostSearchWords = 16;  // of a search; what is typed beyond them is not looked at

struct SearchDocument {
  std::string id;
  std::string network, kind, council, area;  // compared whole
  std::string date;                          // compared as text: "2026-10-20"; empty when there is none
  std::string title;
  std::string body;
};

struct SearchFilter {
  std::string kind = {}, area = {};                       // empty: any
  std::vector<std::string> networks = {}, councils = {};  // one of these; empty: any
  std::string since = {}, until = {};                     // of the date, both included
};

// A text in pieces; those that were searched for are marked.
struct SearchPiece {
  std::string text;
  bool is_hit = false;
};

struct SearchHit {
  std::string id;
  std::vector<SearchPiece> title;
  std::vector<SearchPiece> excerpt;  // of the body, around the words; empty when the body has none
  enum class Found : std::uint8_t { Words, Parts, Nearly, Some } how = Found::Words;
};

class SearchIndex {
 public:
  static Result<std::unique_ptr<SearchIndex>> open(const std::filesystem::path& file);
  ~SearchIndex();
  SearchIndex(const SearchIndex&) = delete;
  SearchIndex& operator=(const SearchIndex&) = delete;

  // Between begin() and commit(); what was not committed is gone after a crash.
  Status begin();
  Status put(const SearchDocument& document);  // over what had its id
  Status remove(const std::string& id);
  Status set_mark(const std::string& mark);
  Status commit();
  // What the last commit said that it holds; empty for a new index.
  Result<std::string> mark() const;
  Result<std::uint64_t> size() const;
  // Deletes the file and begins a new one.
  Status clear();

  Result<std::vector<SearchHit>> find(const std::string& words, const SearchFilter& filter, std::size_t limit) const;
  // The words of a text as they are compared, in order.
  std::vector<std::string> stems_of(const std::string& text) const;

 private:
  struct Database;
  explicit SearchIndex(std::filesystem::path file);
  Status open_file();
  std::filesystem::path file_;
  std::unique_ptr<Database> database_;
};

}  // namespace budstikke::store
