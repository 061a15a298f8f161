#include "cli/words.h"

#include "protocol/base/bytes.h"
#include "protocol/base/text.h"

namespace budstikke::cli {
namespace {

// Any two differ by two letters or more, also when silent letters are left out, and no two long ones begin with the same four.
// clang-format off: as many on a line as fit
constexpr std::array<std::string_view, 256> kWords = {
    "ananas", "anker",  "ansigt", "apotek", "asfalt",  "august",  "avis",   "bageri", "ballon", "bambus", "banan",  "bark",
    "basun",  "bjælke", "blomst", "blyant", "bold",    "bonde",   "brev",   "brille", "bro",    "brød",   "busk",   "bustur",
    "bælte",  "cello",  "cement", "cirkus", "citron",  "cykel",   "dagbog", "damper", "dans",   "delfin", "drage",  "drøm",
    "dråbe",  "due",    "duft",   "dyne",   "dør",     "egern",   "ekko",   "elg",    "fabrik", "fakkel", "fasan",  "film",
    "fjeder", "fjord",  "flag",   "flaske", "flod",    "flyver",  "fløjte", "folk",   "forår",  "fredag", "fugl",   "fælled",
    "færge",  "får",    "gaffel", "gardin", "garn",    "gave",    "ged",    "giraf",  "glas",   "granit", "grotte", "guitar",
    "gulv",   "gynge",  "gærde",  "gås",    "hammer",  "harpe",   "havn",   "hest",   "himmel", "hjerte", "hjul",   "humle",
    "hus",    "hylde",  "hæk",    "hånd",   "indsø",   "insekt",  "jakke",  "januar", "jolle",  "juice",  "kaffe",  "kage",
    "kajak",  "kaktus", "kamel",  "kanin",  "kasket",  "kilde",   "kirke",  "kjole",  "klit",   "klokke", "klud",   "knap",
    "kniv",   "komet",  "kompas", "koral",  "krans",   "krone",   "krukke", "kugle",  "kurv",   "kvist",  "kyst",   "kæde",
    "køkken", "laks",   "lampe",  "lilje",  "linse",   "loft",    "lygte",  "lyng",   "lynlås", "læder",  "løg",    "lørdag",
    "løve",   "magnet", "majs",   "maleri", "mandel",  "marked",  "mast",   "melon",  "minut",  "mose",   "motor",  "musik",
    "myre",   "mælk",   "mølle",  "mønt",   "mørtel",  "natur",   "negl",   "nisse",  "nord",   "nylon",  "nøgle",  "ocean",
    "okse",   "olie",   "oliven", "onsdag", "ordbog",  "orgel",   "orkan",  "ost",    "padde",  "palme",  "papir",  "pensel",
    "perle",  "piano",  "pilot",  "plov",   "plæne",   "port",    "potte",  "prisme", "pude",   "pumpe",  "pølse",  "påske",
    "radise", "raket",  "regn",   "ribs",   "ridder",  "robot",   "rosin",  "rug",    "sadel",  "saft",   "salat",  "sand",
    "sejl",   "sild",   "sirup",  "skab",   "skole",   "skov",    "slange", "slot",   "smør",   "sne",    "sofa",   "sok",
    "sommer", "spade",  "spurv",  "stald",  "stige",   "storm",   "strand", "stue",   "suppe",  "svale",  "svamp",  "sværd",
    "sæbe",   "søndag", "tang",   "tavle",  "teater",  "telt",    "tiger",  "tomat",  "torn",   "torsk",  "trappe", "tromme",
    "træ",    "tunnel", "tæppe",  "tønde",  "uniform", "urskov",  "valnød", "vase",   "vej",    "vifte",  "vindue", "vinter",
    "violin", "vogn",   "vugge",  "vulkan", "xylofon", "yoghurt", "zebra",  "zink",   "æble",   "ærter",  "æske",   "ørken",
    "ørred",  "østers", "ådal",   "åkande",
};
// clang-format on

}  // namespace

const std::array<std::string_view, 256>& word_list() { return kWords; }

std::string words_of(std::string_view hex) {
  const std::optional<Bytes> bytes = bytes_of_hex(hex);
  if (!bytes) return std::string(hex);
  std::string words;
  for (const std::uint8_t byte : *bytes) words.append(words.empty() ? "" : " ").append(kWords[byte]);
  return words;
}

}  // namespace budstikke::cli
