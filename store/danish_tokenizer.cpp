#include "store/danish_tokenizer.h"

#include <libstemmer.h>

#include <array>
#include <memory>
#include <string_view>
#include <utility>

#include "protocol/base/text.h"

namespace budstikke::store {
namespace {

constexpr int kLongestStemmed = 64;  // bytes; longer words are no words

constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kPlainLetters = {{{"é", "e"},
                                                                                          {"è", "e"},
                                                                                          {"ê", "e"},
                                                                                          {"ë", "e"},
                                                                                          {"á", "a"},
                                                                                          {"à", "a"},
                                                                                          {"â", "a"},
                                                                                          {"í", "i"},
                                                                                          {"ï", "i"},
                                                                                          {"ó", "o"},
                                                                                          {"ô", "o"},
                                                                                          {"ú", "u"},
                                                                                          {"ü", "y"},
                                                                                          {"ö", "ø"},
                                                                                          {"ä", "æ"},
                                                                                          {"ç", "c"}}};

struct StemmerEnd {
  void operator()(sb_stemmer* stemmer) const { sb_stemmer_delete(stemmer); }
};

sb_stemmer* stemmer() {
  static const std::unique_ptr<sb_stemmer, StemmerEnd> danish(sb_stemmer_new("danish", "UTF_8"));
  return danish.get();
}

// What a connection's tokenizer needs of the one it wraps; lives as long as the connection.
struct Unicode {
  fts5_tokenizer tokenizer{};
  void* user = nullptr;
};

struct Wrapped {
  const fts5_tokenizer* tokenizer;
  Fts5Tokenizer* inner;
};

using TokenSink = int (*)(void*, int, const char*, int, int, int);
struct Passing {
  void* context;
  TokenSink sink;
  bool is_document;
};

int pass_token(void* given, int flags, const char* token, int size, int start, int end) {
  const auto* passing = static_cast<const Passing*>(given);
  std::string word = folded_word(std::string(token, static_cast<std::size_t>(size)));
  if (passing->is_document) word = danish_stem(word);
  return passing->sink(passing->context, flags, word.data(), static_cast<int>(word.size()), start, end);
}

int create_tokenizer(void* user, const char**, int, Fts5Tokenizer** made) {
  auto* unicode = static_cast<Unicode*>(user);
  auto wrapped = std::make_unique<Wrapped>(Wrapped{&unicode->tokenizer, nullptr});
  const char* options[] = {"remove_diacritics", "0"};
  const int code = unicode->tokenizer.xCreate(unicode->user, options, 2, &wrapped->inner);
  if (code == SQLITE_OK) *made = reinterpret_cast<Fts5Tokenizer*>(wrapped.release());
  return code;
}

void delete_tokenizer(Fts5Tokenizer* given) {
  const std::unique_ptr<Wrapped> wrapped(reinterpret_cast<Wrapped*>(given));
  wrapped->tokenizer->xDelete(wrapped->inner);
}

int tokenize(Fts5Tokenizer* given, void* context, int flags, const char* text, int size, TokenSink sink) {
  const auto* wrapped = reinterpret_cast<Wrapped*>(given);
  Passing passing{context, sink, (flags & FTS5_TOKENIZE_DOCUMENT) != 0};
  return wrapped->tokenizer->xTokenize(wrapped->inner, &passing, flags, text, size, pass_token);
}

fts5_api* api_of(sqlite3* database) {
  fts5_api* api = nullptr;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database, "SELECT fts5(?1)", -1, &statement, nullptr) == SQLITE_OK) {
    sqlite3_bind_pointer(statement, 1, &api, "fts5_api_ptr", nullptr);
    sqlite3_step(statement);
  }
  sqlite3_finalize(statement);
  return api;
}

}  // namespace

std::string folded_word(const std::string& word) {
  std::string folded = fold_case(word);
  for (const auto& [letter, plain] : kPlainLetters) {
    for (std::size_t at = folded.find(letter); at != std::string::npos; at = folded.find(letter, at)) {
      folded.replace(at, letter.size(), plain);
    }
  }
  return folded;
}

std::string danish_stem(const std::string& folded) {
  if (folded.size() > kLongestStemmed || stemmer() == nullptr) return folded;
  const auto* stem =
      sb_stemmer_stem(stemmer(), reinterpret_cast<const sb_symbol*>(folded.data()), static_cast<int>(folded.size()));
  if (stem == nullptr) return folded;
  return {reinterpret_cast<const char*>(stem), static_cast<std::size_t>(sb_stemmer_length(stemmer()))};
}

Status add_danish_tokenizer(sqlite3* database) {
  fts5_api* api = api_of(database);
  if (api == nullptr || stemmer() == nullptr) return Error{Code::Io, "this SQLite has no FTS5, or there is no Danish stemmer"};
  auto unicode = std::make_unique<Unicode>();
  fts5_tokenizer danish{create_tokenizer, delete_tokenizer, tokenize};
  int code = api->xFindTokenizer(api, "unicode61", &unicode->user, &unicode->tokenizer);
  if (code == SQLITE_OK) {
    code = api->xCreateTokenizer(api, "danish", unicode.get(), &danish, [](void* user) { delete static_cast<Unicode*>(user); });
    if (code == SQLITE_OK) unicode.release();
  }
  return code == SQLITE_OK ? done() : Status(Error{Code::Io, sqlite3_errmsg(database)});
}

}  // namespace budstikke::store
