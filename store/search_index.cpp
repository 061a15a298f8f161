#include "store/search_index.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <functional>
#include <set>

#include "protocol/base/text.h"
#include "store/danish_tokenizer.h"

namespace budstikke::store {
namespace {

constexpr int kSearchFormat = 1;               // of the file; another one is cleared
constexpr std::size_t kMostAlternatives = 40;  // words that one word of a search may stand for
constexpr std::size_t kShortestPart = 3;       // letters; what has fewer is part of nearly everything
constexpr std::size_t kExcerptWords = 12;
constexpr std::size_t kExcerptBefore = 3;  // words in front of the first hit

constexpr const char* kTables = R"sql(
  CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
  CREATE TABLE documents(number INTEGER PRIMARY KEY, id TEXT UNIQUE, network TEXT, kind TEXT, council TEXT, area TEXT, date TEXT);
  CREATE TABLE words(stem TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE VIRTUAL TABLE texts USING fts5(title, body, tokenize = 'danish');
)sql";

Error sqlite_error(sqlite3* database) {
  const Code code = sqlite3_errcode(database) == SQLITE_FULL ? Code::Full : Code::Io;
  return Error{code, std::string("search index: ") + sqlite3_errmsg(database)};
}

// One prepared statement, reset when it goes out of sight of its user.
class Statement {
 public:
  Statement(sqlite3* database, const std::string& sql) : database_(database) {
    if (sqlite3_prepare_v2(database, sql.c_str(), -1, &statement_, nullptr) != SQLITE_OK) statement_ = nullptr;
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(const std::string& text) {
    if (statement_ != nullptr) {
      sqlite3_bind_text(statement_, ++bound_, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
    }
    return *this;
  }
  Statement& bind(std::int64_t number) {
    if (statement_ != nullptr) sqlite3_bind_int64(statement_, ++bound_, number);
    return *this;
  }
  // True for a row, false at the end.
  Result<bool> step() {
    if (statement_ == nullptr) return sqlite_error(database_);
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return sqlite_error(database_);
  }
  Status run() {
    Result<bool> row = step();
    return row ? done() : Status(row.error());
  }
  std::string text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return bytes == nullptr ? std::string()
                            : std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
  }
  std::int64_t number(int column) const { return sqlite3_column_int64(statement_, column); }

 private:
  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

std::string quoted(const std::string& word) {
  std::string text = "\"";
  for (const char c : word) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + "\"";
}

bool is_word_byte(char c) { return static_cast<unsigned char>(c) >= 0x80 || std::isalnum(static_cast<unsigned char>(c)) != 0; }

std::u32string letters_of(const std::string& text) {
  std::u32string letters;
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    const std::size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    char32_t letter = first;
    for (std::size_t i = 1; i < size && at + i < text.size(); ++i)
      letter = letter << 8U | static_cast<unsigned char>(text[at + i]);
    letters += letter;  // only compared, so any one number for each letter will do
    at += size;
  }
  return letters;
}

// Letters to change, add, leave out or swap with their neighbour; at most `most` + 1.
std::size_t distance(const std::u32string& a, const std::u32string& b, std::size_t most) {
  const std::size_t longer = std::max(a.size(), b.size()), shorter = std::min(a.size(), b.size());
  if (longer - shorter > most) return most + 1;
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    std::size_t least = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) now[j] = std::min(now[j], before[j - 2] + 1);
      least = std::min(least, now[j]);
    }
    if (least > most) return most + 1;
    before.swap(last);
    last.swap(now);
  }
  return last[b.size()];
}

// Where a word of a text is.
struct WordPlace {
  std::size_t begin;
  std::size_t end;
};

std::vector<WordPlace> places_of_words(const std::string& text) {
  std::vector<WordPlace> places;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_word_byte(text[end])) ++end;
    if (end > at) places.push_back({at, end});
    at = end + 1;
  }
  return places;
}

std::string on_one_line(std::string text) {
  for (char& c : text) c = c == '\n' || c == '\t' ? ' ' : c;
  return text;
}

using IsHit = std::function<bool(const std::string& word)>;

// The text from one word to another in pieces, with those marked that are hits.
std::vector<SearchPiece> marked_pieces(const std::string& text, const std::vector<WordPlace>& words, std::size_t first,
                                       std::size_t last, const IsHit& is_hit) {
  std::vector<SearchPiece> pieces;
  std::string plain = first > 0 ? "…" : text.substr(0, words.empty() ? text.size() : words[first].begin);
  for (std::size_t i = first; i < last; ++i) {
    const std::string word = text.substr(words[i].begin, words[i].end - words[i].begin);
    if (is_hit(word)) {
      if (!plain.empty()) pieces.push_back({on_one_line(std::move(plain)), false});
      plain.clear();
      pieces.push_back({word, true});
    } else {
      plain += word;
    }
    const std::size_t next = i + 1 < words.size() ? words[i + 1].begin : text.size();
    if (i + 1 < last || last == words.size()) plain += text.substr(words[i].end, next - words[i].end);
  }
  while (!plain.empty() && std::isspace(static_cast<unsigned char>(plain.back())) != 0) plain.pop_back();
  if (last < words.size()) plain += "…";
  if (!plain.empty()) pieces.push_back({on_one_line(std::move(plain)), false});
  return pieces;
}

std::vector<SearchPiece> marked_title(const std::string& title, const IsHit& is_hit) {
  const std::vector<WordPlace> words = places_of_words(title);
  return marked_pieces(title, words, 0, words.size(), is_hit);
}

// Around the most hits that are near each other; empty without any.
std::vector<SearchPiece> excerpt_of(const std::string& body, const IsHit& is_hit) {
  const std::vector<WordPlace> words = places_of_words(body);
  std::vector<std::size_t> hits;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (is_hit(body.substr(words[i].begin, words[i].end - words[i].begin))) hits.push_back(i);
  }
  if (hits.empty()) return {};
  std::size_t best = 0, most = 0;
  for (std::size_t i = 0, j = 0; i < hits.size(); ++i) {
    while (j < hits.size() && hits[j] < hits[i] + kExcerptWords) ++j;
    if (j - i > most) best = hits[i], most = j - i;
  }
  const std::size_t first = best > kExcerptBefore ? best - kExcerptBefore : 0;
  return marked_pieces(body, words, first, std::min(words.size(), first + kExcerptWords), is_hit);
}

struct Ended {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};

}  // namespace

struct SearchIndex::Database {
  std::unique_ptr<sqlite3, Ended> handle;

  Status run(const char* sql) const {
    return sqlite3_exec(handle.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK ? done() : Status(sqlite_error(handle.get()));
  }
  Result<std::int64_t> number(const std::string& sql) const {
    Statement statement(handle.get(), sql);
    Result<bool> row = statement.step();
    if (!row) return row.error();
    return *row ? statement.number(0) : 0;
  }
};

SearchIndex::SearchIndex(std::filesystem::path file) : file_(std::move(file)), database_(std::make_unique<Database>()) {}
SearchIndex::~SearchIndex() = default;

// --- The file --------------------------------------------------------------------------------------------------------

Result<std::unique_ptr<SearchIndex>> SearchIndex::open(const std::filesystem::path& file) {
  std::unique_ptr<SearchIndex> index(new SearchIndex(file));
  Status opened = index->open_file();
  Result<std::int64_t> format = opened ? index->database_->number("PRAGMA user_version") : Result<std::int64_t>(opened.error());
  Result<std::int64_t> sound = format ? index->database_->number("SELECT count(*) FROM documents") : format;
  if (!sound || *format != kSearchFormat) {
    if (Status cleared = index->clear(); !cleared) return cleared.error();
  }
  return index;
}

Status SearchIndex::open_file() {
  sqlite3* handle = nullptr;
  // Only this user reads what the records hold; SQLite gives its journal the same mode.
  const int made = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (made < 0) return Error{errno == ENOSPC ? Code::Full : Code::Io, file_.string() + ": " + std::strerror(errno)};
  ::close(made);
  const int code = sqlite3_open_v2(file_.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  database_->handle.reset(handle);
  if (code != SQLITE_OK) return handle != nullptr ? sqlite_error(handle) : Error{Code::Io, "search index: no memory"};
  if (Status added = add_danish_tokenizer(handle); !added) return added;
  const std::string cache = "PRAGMA cache_size = -" + std::to_string(kSearchCacheBytes / 1024);
  // Without a write-ahead log there is one file. A write that a crash cuts short is undone; one that the disk lost shows in the
  // mark.
  if (Status set = database_->run("PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = NORMAL; PRAGMA mmap_size = 0"); !set)
    return set;
  return database_->run(cache.c_str());
}

Status SearchIndex::clear() {
  database_->handle.reset();
  for (const char* ending : {"", "-journal", "-wal", "-shm"}) {
    std::error_code failed;
    std::filesystem::remove(file_.string() + ending, failed);
    if (failed) return Error{Code::Io, "search index: " + file_.string() + ending + ": " + failed.message()};
  }
  if (Status opened = open_file(); !opened) return opened;
  const std::string format = "PRAGMA user_version = " + std::to_string(kSearchFormat);
  if (Status made = database_->run(kTables); !made) return made;
  return database_->run(format.c_str());
}

// --- Writing ---------------------------------------------------------------------------------------------------------

Status SearchIndex::begin() { return database_->run("BEGIN IMMEDIATE"); }
Status SearchIndex::commit() { return database_->run("COMMIT"); }

Status SearchIndex::put(const SearchDocument& document) {
  sqlite3* handle = database_->handle.get();
  if (Status removed = remove(document.id); !removed) return removed;
  Statement plain(handle, "INSERT INTO documents(id, network, kind, council, area, date) VALUES(?, ?, ?, ?, ?, ?)");
  plain.bind(document.id).bind(document.network).bind(document.kind).bind(document.council);
  if (Status put = plain.bind(fold_case(document.area)).bind(document.date).run(); !put) return put;
  Statement texts(handle, "INSERT INTO texts(rowid, title, body) VALUES(?, ?, ?)");
  texts.bind(sqlite3_last_insert_rowid(handle)).bind(document.title).bind(document.body);
  if (Status put = texts.run(); !put) return put;
  std::set<std::string> stems;
  for (const std::string* text : {&document.title, &document.body}) {
    for (std::string& stem : stems_of(*text)) stems.insert(std::move(stem));
  }
  for (const std::string& stem : stems) {
    if (Status put = Statement(handle, "INSERT OR IGNORE INTO words(stem) VALUES(?)").bind(stem).run(); !put) return put;
  }
  return done();
}

Status SearchIndex::remove(const std::string& id) {
  sqlite3* handle = database_->handle.get();
  Statement find(handle, "SELECT number FROM documents WHERE id = ?");
  Result<bool> row = find.bind(id).step();
  if (!row) return row.error();
  if (!*row) return done();
  const std::int64_t number = find.number(0);
  if (Status gone = Statement(handle, "DELETE FROM texts WHERE rowid = ?").bind(number).run(); !gone) return gone;
  return Statement(handle, "DELETE FROM documents WHERE number = ?").bind(number).run();
}

Status SearchIndex::set_mark(const std::string& mark) {
  return Statement(database_->handle.get(), "INSERT OR REPLACE INTO meta(name, value) VALUES('mark', ?)").bind(mark).run();
}

Result<std::string> SearchIndex::mark() const {
  Statement statement(database_->handle.get(), "SELECT value FROM meta WHERE name = 'mark'");
  Result<bool> row = statement.step();
  if (!row) return row.error();
  return *row ? statement.text(0) : std::string();
}

Result<std::uint64_t> SearchIndex::size() const {
  Result<std::int64_t> count = database_->number("SELECT count(*) FROM documents");
  if (!count) return count.error();
  return static_cast<std::uint64_t>(*count);
}

std::vector<std::string> SearchIndex::stems_of(const std::string& text) const {
  std::vector<std::string> stems;
  for (const WordPlace& place : places_of_words(text)) {
    stems.push_back(danish_stem(folded_word(text.substr(place.begin, place.end - place.begin))));
  }
  return stems;
}

// --- Finding ---------------------------------------------------------------------------------------------------------

namespace {

using How = SearchHit::Found;

// What a search asks FTS5 for, more loosely each time.
class Question {
 public:
  Question(sqlite3* database, const std::string& words) : database_(database) {
    for (const WordPlace& place : places_of_words(words)) {
      if (words_.size() == kMostSearchWords) break;
      const std::string folded = folded_word(words.substr(place.begin, place.end - place.begin));
      words_.push_back({folded, danish_stem(folded), {}, {}});
    }
  }

  bool empty() const { return words_.empty(); }

  // The text to match; empty when this way adds nothing.
  Result<std::string> match(How how) {
    if (how == How::Parts || how == How::Nearly) {
      if (Status looked = look_up(); !looked) return looked.error();
    }
    std::string all;
    for (const Word& word : words_) {
      std::string one = quoted(word.stem);
      if (letters_of(word.folded).size() >= kShortestPart) one += " OR " + quoted(word.folded) + "*";
      if (how != How::Words) {
        for (const std::string& stem : word.parts) one += " OR " + quoted(stem);
      }
      if (how == How::Nearly || how == How::Some) {
        for (const std::string& stem : word.near) one += " OR " + quoted(stem);
      }
      all += (all.empty() ? "" : how == How::Some ? " OR " : " AND ") + ("(" + one + ")");
    }
    return all;
  }

  // Whether a word of a text is one that this way finds.
  bool is_hit(const std::string& typed, How how) const {
    const std::string folded = folded_word(typed), stem = danish_stem(folded);
    return std::ranges::any_of(words_, [&](const Word& word) {
      const bool long_enough = letters_of(word.folded).size() >= kShortestPart;
      if (stem == word.stem || (long_enough && folded.starts_with(word.folded))) return true;
      if (how != How::Words && std::ranges::count(word.parts, stem) > 0) return true;
      return (how == How::Nearly || how == How::Some) && std::ranges::count(word.near, stem) > 0;
    });
  }

 private:
  struct Word {
    std::string folded, stem;
    std::vector<std::string> parts;  // stems that hold it
    std::vector<std::string> near;   // stems that are spelt nearly so
  };

  static std::size_t most_mistakes(std::size_t letters) { return letters < 4 ? 0 : letters < 8 ? 1 : 2; }

  // One walk over all words that any document has.
  Status look_up() {
    if (looked_up_) return done();
    looked_up_ = true;
    std::vector<std::u32string> letters;
    for (const Word& word : words_) letters.push_back(letters_of(word.stem));
    Statement statement(database_, "SELECT stem FROM words");
    for (;;) {
      Result<bool> row = statement.step();
      if (!row) return row.error();
      if (!*row) return done();
      const std::string stem = statement.text(0);
      std::u32string stem_letters;
      for (std::size_t i = 0; i < words_.size(); ++i) {
        Word& word = words_[i];
        if (letters[i].size() >= kShortestPart && stem.size() > word.stem.size() && stem.find(word.stem) != std::string::npos) {
          if (word.parts.size() < kMostAlternatives) word.parts.push_back(stem);
        } else if (const std::size_t most = most_mistakes(letters[i].size()); most > 0 && word.near.size() < kMostAlternatives) {
          if (stem_letters.empty()) stem_letters = letters_of(stem);
          if (distance(letters[i], stem_letters, most) <= most) word.near.push_back(stem);
        }
      }
    }
  }

  sqlite3* database_;
  std::vector<Word> words_;
  bool looked_up_ = false;
};

}  // namespace

Result<std::vector<SearchHit>> SearchIndex::find(const std::string& words, const SearchFilter& filter, std::size_t limit) const {
  sqlite3* handle = database_->handle.get();
  std::vector<SearchHit> hits;
  std::set<std::string> found;
  Question question(handle, words);
  if (question.empty()) return hits;
  const std::pair<const char*, std::string> filters[] = {{"kind = ?", filter.kind},
                                                         {"area = ?", fold_case(filter.area)},
                                                         {"date >= ?", filter.since},
                                                         {"date <> '' AND date <= ?", filter.until}};
  std::string best = "SELECT texts.rowid, id FROM texts JOIN documents ON number = texts.rowid WHERE texts MATCH ?";
  for (const auto& [condition, value] : filters) {
    if (!value.empty()) best += std::string(" AND ") + condition;
  }
  const std::pair<const char*, const std::vector<std::string>*> one_of[] = {{" AND network IN (?", &filter.networks},
                                                                            {" AND council IN (?", &filter.councils}};
  for (const auto& [condition, values] : one_of) {
    for (std::size_t i = 0; i < values->size(); ++i) best += i == 0 ? condition : ", ?";
    if (!values->empty()) best += ")";
  }
  best += " AND rank MATCH 'bm25(8.0, 1.0)' ORDER BY rank LIMIT ?";
  for (const How how : {How::Words, How::Parts, How::Nearly, How::Some}) {
    if (hits.size() >= limit || (how == How::Some && !hits.empty())) break;
    Result<std::string> match = question.match(how);
    if (!match) return match.error();
    Statement ranked(handle, best);
    ranked.bind(*match);
    for (const auto& [condition, value] : filters) {
      if (!value.empty()) ranked.bind(value);
    }
    for (const auto& [condition, values] : one_of) {
      for (const std::string& value : *values) ranked.bind(value);
    }
    ranked.bind(static_cast<std::int64_t>(limit));
    for (;;) {
      Result<bool> row = ranked.step();
      if (!row) return row.error();
      if (!*row || hits.size() >= limit) break;
      if (!found.insert(ranked.text(1)).second) continue;
      Statement texts(handle, "SELECT title, body FROM texts WHERE rowid = ?");
      Result<bool> there = texts.bind(ranked.number(0)).step();
      if (!there) return there.error();
      const IsHit is_hit = [&](const std::string& word) { return question.is_hit(word, how); };
      hits.push_back({ranked.text(1), marked_title(texts.text(0), is_hit), excerpt_of(texts.text(1), is_hit), how});
    }
  }
  return hits;
}

}  // namespace budstikke::store
