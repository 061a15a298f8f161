// The search index: what Danish people type finds what they mean, the best first.
#include "store/search_index.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "store/danish_tokenizer.h"
#include "tests/support/home.h"

using namespace budstikke;
using namespace budstikke::store;
using budstikke::tests::TempHome;

namespace {

struct Text {
  const char* id;
  const char* kind;
  const char* title;
  const char* body;
};

// As councils write them, shortened.
constexpr Text kTexts[] = {
    {"venner", "initiative", "Venskabsfamilier",
     "Frivillige familier mødes med nyankomne flygtninge og følges med dem i hverdagen."},
    {"sprogcafe", "initiative", "Sprogcafé på biblioteket", "Dansk samtale hver torsdag med frivillige og kaffe."},
    {"lektie", "initiative", "Lektiehjælp i Vollsmose", "Pensionerede lærere hjælper skolebørn med lektierne."},
    {"mentor", "initiative", "Mentorordning for unge", "Unge får en mentor fra det lokale erhvervsliv og finder fritidsjob."},
    {"kvinder", "initiative", "Kvindenetværk og ligestilling",
     "Et netværk for kvinder om arbejde, sundhed og ligestilling mellem kønnene."},
    {"mangfoldighed", "initiative", "Mangfoldighedspris",
     "Prisen hædrer en virksomhed eller en forening som arbejder med mangfoldighed."},
    {"fodbold", "initiative", "Fodbold for alle", "Idrætsforeningen betaler kontingentet for børn fra udsatte boligområder."},
    {"bydel", "initiative", "Bydelsmødre i Aabenraa", "Bydelsmødre besøger isolerede kvinder i boligområdet."},
    {"tolk", "announcement", "Nye regler om tolkning", "Regler for tolkegebyr i sundhedsvæsenet fra 1. juli."},
    {"puljer", "announcement", "Puljer til integrationsindsatser", "Ansøgningsfristen for årets puljer er den 15. november."},
    {"konference", "announcement", "Landskonference for integrationsråd", "Alle råd inviteres til konference i Odense."},
    {"valg", "announcement", "Valg til integrationsrådene", "Vejledning om valg og udpegning af medlemmer efter kommunalvalget."},
    {"lov", "hearing", "Forslag til lov om ændring af integrationsloven",
     "Høring over lovforslag om danskuddannelse og selvforsørgelse."},
    {"skole", "hearing", "Høring om modtagelsesklasser",
     "Kommunen hører rådet om flytning af modtagelsesklasserne til én skole."},
    {"bolig", "hearing", "Ny boligpolitik", "Udkast til boligpolitik og fordeling af almene boliger."},
    {"sundhed", "hearing", "Sundhedspolitik 2027",
     "Udkast til kommunens sundhedspolitik; svar ønskes om etnisk lighed i sundhed."},
    {"dialog", "event", "Dialogmøde med borgmesteren", "Åbent møde på rådhuset om unge og uddannelse."},
    {"eid", "event", "Eid-fest i kulturhuset", "Fælles spisning, musik og børneaktiviteter."},
    {"temadag", "event", "Temadag om negativ social kontrol", "Oplæg om æresrelaterede konflikter og forebyggelse."},
    {"aabenthus", "event", "Åbent hus hos Røde Kors", "Kom og hør om at være frivillig i modtagelsen af flygtninge."},
    {"forretning", "document", "Forretningsorden for integrationsrådet", "Skabelon med regler om møder, referater og habilitet."},
    {"referat", "document", "Referat fra årsmødet", "Beretning, regnskab og valg af formand."},
    {"hoeringssvar", "document", "Eksempel på høringssvar", "Et godt høringssvar til kommunens skoleudvalg."},
    {"arbejde", "initiative", "Fra praktik til job",
     "Virksomhedspraktik og danskundervisning på arbejdspladsen, især i rengøring og it."},
    {"eu", "initiative", "EU-støttet projekt om ghettoer", "Projekt med støtte fra EU om tryghed i boligområder."},
    {"cykel", "initiative", "Cykelkursus for kvinder", "Kvinder lærer at cykle og får kendskab til færdselsreglerne."},
    {"madklub", "initiative", "Madklub på tværs", "Beboere laver mad fra deres hjemland; opskrifterne samles i en kogebog."},
    {"avis", "initiative", "Avis på fem sprog", "Rådet udgiver et nyhedsbrev på arabisk, somali, tyrkisk, farsi og dansk."},
    {"forening", "initiative", "Foreningsguide", "Guide til hvordan man starter en forening og søger kommunens lokaler."},
    {"aeldre", "initiative", "Ældre med minoritetsbaggrund", "Besøgsordning og plejehjem med plads til forskellige madvaner."},
};

struct Query {
  const char* words;
  std::vector<std::string> top;  // the first of what is found, in any order among themselves
};

// What secretaries type: inflections, compounds, typos, short words, without accents, several words.
const Query kQueries[] = {
    {"venskabsfamilie", {"venner"}},
    {"venskabsfamilierne", {"venner"}},
    {"flygtning", {"venner", "aabenthus"}},
    {"frivillig", {"venner", "sprogcafe", "aabenthus"}},
    {"sprogcafe", {"sprogcafe"}},
    {"sprogcafé", {"sprogcafe"}},
    {"bibliotek", {"sprogcafe"}},
    {"lektier", {"lektie"}},
    {"lektihjælp", {"lektie"}},
    {"lærer", {"lektie"}},
    {"unge", {"mentor", "dialog"}},
    {"fritidsjobs", {"mentor"}},
    {"kvinde", {"kvinder", "cykel", "bydel"}},
    {"ligestiling", {"kvinder"}},
    {"mangfoldig", {"mangfoldighed"}},
    {"pris", {"mangfoldighed"}},
    {"foldbold", {"fodbold"}},
    {"kontingent", {"fodbold"}},
    {"åbenrå", {"bydel"}},
    {"Aabenraa", {"bydel"}},
    {"bydelsmor", {"bydel"}},
    {"tolke", {"tolk"}},
    {"pulje", {"puljer"}},
    {"ansøgningsfrist", {"puljer"}},
    {"råd", {"konference"}},
    {"landskonferencer", {"konference"}},
    {"valget", {"valg", "referat"}},
    {"integrationslov", {"lov"}},
    {"høringer", {"skole", "lov"}},
    {"høringsvar", {"hoeringssvar"}},
    {"modtagelseklasser", {"skole"}},
    {"bolig", {"bolig", "bydel"}},
    {"sunhedspolitik", {"sundhed"}},
    {"borgmester", {"dialog"}},
    {"eid", {"eid"}},
    {"social kontrol", {"temadag"}},
    {"røde kors", {"aabenthus"}},
    {"forretningsordner", {"forretning"}},
    {"IT", {"arbejde"}},
    {"EU", {"eu"}},
    {"cykle", {"cykel"}},
    {"ældres", {"aeldre"}},
    {"arabiske nyhedsbreve", {"avis"}},
    {"forening lokale", {"forening"}},
    {"kvinder arbejde", {"kvinder"}},
};

SearchDocument document_of(const Text& text) { return {text.id, "N1", text.kind, "C1", "", "2026-10-20", text.title, text.body}; }

std::unique_ptr<SearchIndex> index_of_texts(const std::filesystem::path& file) {
  Result<std::unique_ptr<SearchIndex>> index = SearchIndex::open(file);
  REQUIRE(index.ok());
  REQUIRE((*index)->begin().ok());
  for (const Text& text : kTexts) REQUIRE((*index)->put(document_of(text)).ok());
  REQUIRE((*index)->commit().ok());
  return std::move(*index);
}

std::vector<std::string> ids(const Result<std::vector<SearchHit>>& hits) {
  REQUIRE(hits.ok());
  std::vector<std::string> found;
  for (const SearchHit& hit : *hits) found.push_back(hit.id);
  return found;
}

std::string marked(const std::vector<SearchPiece>& pieces) {
  std::string text;
  for (const SearchPiece& piece : pieces) text += piece.is_hit ? "<" + piece.text + ">" : piece.text;
  return text;
}

bool file_holds(const std::filesystem::path& file, const std::string& text) {
  std::ifstream in(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  return bytes.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("search: what people type finds what they mean among the first three") {
  const TempHome folder;
  const auto index = index_of_texts(folder.path() / "search");
  std::size_t right = 0;
  for (const Query& query : kQueries) {
    std::vector<std::string> first = ids(index->find(query.words, {}, 20));
    std::string all;
    for (const std::string& id : first) all += id + " ";
    if (first.size() > 3) first.resize(3);
    CAPTURE(query.words);
    CAPTURE(all);
    bool holds = true;
    for (const std::string& wanted : query.top) holds = holds && std::ranges::count(first, wanted) == 1;
    CHECK(holds);
    right += holds ? 1 : 0;
  }
  MESSAGE(right << " of " << std::size(kQueries) << " queries among " << std::size(kTexts) << " texts");
}

TEST_CASE("search: a stem is the same for a word's forms, its accents and aa") {
  const auto stem = [](const std::string& word) { return danish_stem(folded_word(word)); };
  CHECK(stem("høringerne") == stem("Høring"));
  CHECK(stem("rådets") == stem("råd"));
  CHECK(stem("Idéer") == stem("ide"));
  CHECK(stem("AABENRAA") == stem("Åbenrå"));
  CHECK(stem("Ældre") == stem("äldre"));
  CHECK(stem("Ø") == "ø");
  CHECK(stem(std::string(500, 'x')) == std::string(500, 'x'));
}

TEST_CASE("search: the words are marked in the title and in the sentence they stand in") {
  const TempHome folder;
  const auto index = index_of_texts(folder.path() / "search");
  const Result<std::vector<SearchHit>> hits = index->find("frivillige", {}, 10);
  REQUIRE(hits.ok());
  const auto venner = std::ranges::find(*hits, "venner", &SearchHit::id);
  REQUIRE(venner != hits->end());
  CHECK(marked(venner->title) == "Venskabsfamilier");
  CHECK(marked(venner->excerpt).starts_with("<Frivillige> familier mødes med nyankomne"));
  CHECK(venner->how == SearchHit::Found::Words);
  const Result<std::vector<SearchHit>> titled = index->find("Venskabsfamilier", {}, 10);
  REQUIRE(titled.ok());
  CHECK(marked(titled->front().title) == "<Venskabsfamilier>");
  CHECK(titled->front().excerpt.empty());
  const Result<std::vector<SearchHit>> mistyped = index->find("venskabsfmilier", {}, 10);
  REQUIRE(mistyped.ok());
  REQUIRE(!mistyped->empty());
  CHECK(mistyped->front().how == SearchHit::Found::Nearly);
}

TEST_CASE("search: filters leave out what is of another kind, council, area, network or time") {
  const TempHome folder;
  const auto index = index_of_texts(folder.path() / "search");
  REQUIRE(index->begin().ok());
  REQUIRE(index->put({"a", "N2", "event", "C2", "Idræt", "2026-01-05", "Fodboldstævne", ""}).ok());
  REQUIRE(index->put({"b", "N1", "event", "C2", "Sprog", "", "Fodboldskole", ""}).ok());
  REQUIRE(index->commit().ok());
  const auto found = [&](const SearchFilter& filter) {
    std::vector<std::string> of = ids(index->find("fodbold", filter, 10));
    std::ranges::sort(of);
    return of;
  };
  using Ids = std::vector<std::string>;
  CHECK(found({}) == Ids{"a", "b", "fodbold"});
  CHECK(found({.networks = {"N2"}}) == Ids{"a"});
  CHECK(found({.kind = "event"}) == Ids{"a", "b"});
  CHECK(found({.area = "IDRÆT", .councils = {"C0", "C2"}}) == Ids{"a"});
  CHECK(found({.since = "2026-02-01"}) == Ids{"fodbold"});
  CHECK(found({.until = "2026-02-01"}) == Ids{"a"});
  CHECK(found({.kind = "hearing"}).empty());
}

TEST_CASE("search: what is put again is found by its new words only, and what is removed by none") {
  const TempHome folder;
  const auto index = index_of_texts(folder.path() / "search");
  REQUIRE(index->begin().ok());
  REQUIRE(index->put({"eid", "N1", "event", "C1", "", "", "Nytårsfest", "Fyrværkeri"}).ok());
  REQUIRE(index->remove("fodbold").ok());
  REQUIRE(index->remove("never there").ok());
  REQUIRE(index->commit().ok());
  CHECK(ids(index->find("fyrværkeri", {}, 10)) == std::vector<std::string>{"eid"});
  CHECK(ids(index->find("spisning", {}, 10)).empty());
  CHECK(ids(index->find("fodbold", {}, 10)).empty());
  CHECK(*index->size() == std::size(kTexts) - 1);
}

TEST_CASE("search: nothing that is typed is more than words") {
  const TempHome folder;
  const auto index = index_of_texts(folder.path() / "search");
  for (const char* typed : {"", " ", "\"", "a\" OR", "*", "title:x", "NEAR(a b)", "-eid", "(", "eid AND",
                            "'; DROP TABLE texts; --", "\xff\xfe", "æ", "^eid", "{title}: eid", "eid + fest"}) {
    CAPTURE(typed);
    CHECK(index->find(typed, {}, 10).ok());
  }
  CHECK(ids(index->find("\"eid\" AND (fest", {}, 1)) == std::vector<std::string>{"eid"});
  std::string many;
  for (int i = 0; i < 5'000; ++i) many += "ord" + std::to_string(i) + " ";
  CHECK(index->find(many, {}, 10).ok());
  CHECK(index->find(std::string(100'000, 'x'), {}, 10).ok());
}

TEST_CASE("search: an index keeps its mark and its texts over a restart, and what was not committed is gone") {
  const TempHome folder;
  const std::filesystem::path file = folder.path() / "search";
  {
    const auto index = index_of_texts(file);
    CHECK(*index->mark() == "");
    REQUIRE(index->begin().ok());
    REQUIRE(index->set_mark("one").ok());
    REQUIRE(index->commit().ok());
    REQUIRE(index->begin().ok());
    REQUIRE(index->set_mark("two").ok());
    REQUIRE(index->remove("eid").ok());
  }
  struct stat info {};
  REQUIRE(::stat(file.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  Result<std::unique_ptr<SearchIndex>> again = SearchIndex::open(file);
  REQUIRE(again.ok());
  CHECK(*(*again)->mark() == "one");
  CHECK(*(*again)->size() == std::size(kTexts));
  CHECK(ids((*again)->find("eid", {}, 10)).size() == 1);
}

TEST_CASE("search: a file that is no index, of another version, or damaged is begun anew") {
  const TempHome folder;
  const std::filesystem::path file = folder.path() / "search";
  std::ofstream(file) << "this is no database, and it is long enough to have a header " << std::string(4'096, 'x');
  Result<std::unique_ptr<SearchIndex>> index = SearchIndex::open(file);
  REQUIRE(index.ok());
  CHECK(*(*index)->size() == 0);
  CHECK(*(*index)->mark() == "");
  index->reset();
  index_of_texts(file).reset();
  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  Result<std::unique_ptr<SearchIndex>> cut = SearchIndex::open(file);
  REQUIRE(cut.ok());
  REQUIRE((*cut)->begin().ok());  // either it was begun anew, or what is missing shows as an error and the caller clears it
  if (!(*cut)->put(document_of(kTexts[0])).ok()) CHECK((*cut)->clear().ok());
}

TEST_CASE("search: once it was cleared, nothing of what was in it is in the folder") {
  const TempHome folder;
  const std::filesystem::path file = folder.path() / "search";
  const auto index = index_of_texts(file);
  CHECK(file_holds(file, "Venskabsfamilier"));
  REQUIRE(index->clear().ok());
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    CHECK_FALSE(file_holds(entry.path(), "Venskabsfamilier"));
    CHECK_FALSE(file_holds(entry.path(), "venskabsfamili"));
  }
  CHECK(ids(index->find("venskabsfamilie", {}, 10)).empty());
  REQUIRE(index->begin().ok());
  REQUIRE(index->put(document_of(kTexts[0])).ok());
  REQUIRE(index->commit().ok());
  CHECK(ids(index->find("venskabsfamilie", {}, 10)).size() == 1);
}
