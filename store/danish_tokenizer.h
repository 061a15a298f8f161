// The tokenizer `danish` for SQLite's FTS5: words as unicode61 splits them, folded as Danish names are compared, and stemmed.
// Of a query words are only folded: whoever asks has them stemmed, or means the beginning of a word as it is.
#pragma once

#include <sqlite3.h>

#include <string>
#include <vector>

#include "protocol/base/result.h"

namespace budstikke::store {

// Makes the tokenizer known to this connection, for as long as that lives.
Status add_danish_tokenizer(sqlite3* database);
// One word, folded but not stemmed: "Idéer" is "ideer", "Aabenraa" is "åbenrå".
std::string folded_word(const std::string& word);
// The stem of a folded word: of "høringerne" it is "høring".
std::string danish_stem(const std::string& folded);

}  // namespace budstikke::store
