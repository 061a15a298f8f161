#include "tests/bench/searches.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "protocol/base/random.h"
#include "store/search_index.h"
#include "tests/bench/figures.h"
#include "tests/support/home.h"

namespace budstikke::bench {
namespace {

constexpr std::size_t kVocabulary = 20'000;
constexpr std::size_t kWordsOfBody = 40, kWordsOfTitle = 4;
constexpr std::size_t kSearches = 1'000;
constexpr std::size_t kBatch = 2'000;

constexpr const char* kParts[] = {
    "integration", "råd",    "sprog",  "skole",   "bolig", "sundhed", "kvinde", "ungdom",     "arbejde", "forening",
    "frivillig",   "mentor", "lektie", "kultur",  "fest",  "møde",    "høring", "lov",        "politik", "netværk",
    "familie",     "barn",   "idræt",  "fodbold", "cykel", "mad",     "avis",   "tolk",       "valg",    "dialog",
    "kommune",     "region", "borger", "leder",   "plan",  "budget",  "pris",   "konference", "kursus",  "hjælp"};
constexpr const char* kEndings[] = {"", "en", "er", "erne", "ens", "s"};

// Words of one to three parts and a syllable that tells them apart, in an order in which the first are the commonest.
std::vector<std::string> vocabulary(Random& random) {
  constexpr const char* kSyllables[] = {"",   "ba", "de", "fi", "go", "hu", "ky", "læ",
                                        "mø", "nå", "pe", "ri", "so", "tu", "vy", "bro"};
  std::set<std::string> known;
  std::vector<std::string> words;
  while (words.size() < kVocabulary) {
    std::string word;
    for (std::uint64_t parts = 1 + random.below(3); parts > 0; --parts) word += kParts[random.below(std::size(kParts))];
    word = kSyllables[random.below(std::size(kSyllables))] + word;
    if (known.insert(word).second) words.push_back(std::move(word));
  }
  return words;
}

// The nth is drawn about 1/n as often as the first, as in any language.
const std::string& draw(const std::vector<std::string>& words, Random& random) {
  const double u = static_cast<double>(random.below(1'000'000)) / 1'000'000;
  return words[static_cast<std::size_t>(std::pow(static_cast<double>(words.size()), u)) - 1];
}

std::string text_of(const std::vector<std::string>& words, std::size_t count, Random& random) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i)
    text += (i == 0 ? "" : " ") + draw(words, random) + kEndings[random.below(std::size(kEndings))];
  return text;
}

// A word, another form of it, one with a letter missing, a part of it, or two.
std::string search_for(const std::vector<std::string>& words, Random& random) {
  std::string word = words[random.below(words.size())];
  switch (random.below(5)) {
    case 0:
      return word;
    case 1:
      return word + "erne";
    case 2:
      word.erase(word.find_first_of("aeilnrst", 1), 1);
      return word;
    case 3:
      return kParts[random.below(std::size(kParts))];
    default:
      return draw(words, random) + " " + word;
  }
}

}  // namespace

SearchFigures measure_searches(std::uint64_t records) {
  SearchFigures figures;
  figures.records = records;
  const tests::TempHome folder;
  const std::filesystem::path file = folder.path() / "search";
  const std::unique_ptr<store::SearchIndex> opened = must(store::SearchIndex::open(file), "the search index");
  store::SearchIndex& index = *opened;
  Random random = Random::from_number(1);
  const std::vector<std::string> words = vocabulary(random);
  const auto start = Clock::now();
  for (std::uint64_t i = 0; i < records; ++i) {
    if (i % kBatch == 0) must(index.begin(), "begin");
    const store::SearchDocument document{"record" + std::to_string(i),
                                         "network",
                                         i % 3 == 0 ? "event" : "initiative",
                                         "council" + std::to_string(i % 98),
                                         "",
                                         "2026-10-20",
                                         text_of(words, kWordsOfTitle, random),
                                         text_of(words, kWordsOfBody, random)};
    must(index.put(document), "put");
    if (i % kBatch == kBatch - 1 || i + 1 == records) must(index.commit(), "commit");
  }
  figures.seconds_to_index = seconds_since(start);
  figures.bytes = std::filesystem::file_size(file);
  std::vector<double> times;
  for (std::size_t i = 0; i < kSearches; ++i) {
    const std::string typed = search_for(words, random);
    const auto begun = Clock::now();
    const std::vector<store::SearchHit> hits = must(index.find(typed, {}, 20), "a search");
    times.push_back(seconds_since(begun));
    figures.found += hits.empty() ? 0 : 1;
  }
  figures.searches = kSearches;
  figures.p50 = percentile(times, 0.5);
  figures.p99 = percentile(times, 0.99);
  figures.most = percentile(times, 1);
  return figures;
}

}  // namespace budstikke::bench
