// What one run is made of: drawn from its seed, so that every seed is a world of its own.
//
// How          Each fault is in a run or not, and if it is, often or seldom: runs in which everything goes wrong at once find
//              other things than runs in which one thing goes wrong all the time.
// Source       Groce et al., "Swarm Testing" (2012); the ratios per seed of TigerBeetle's VOPR.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "protocol/base/random.h"
#include "protocol/base/time.h"
#include "tests/sim/faults.h"

namespace budstikke::sim {

struct Options {  // of one run
  std::uint64_t seed = 1;
  std::size_t nodes = 0;  // at the start; 0: drawn
  double years = 0;       // of simulated time; 0: a few days
  bool liar = false;      // one of the members lies, whatever the seed says of that
  bool members = true;    // in one world of two members leave, get other roles, recover the network and change their keys
  bool verbose = false;   // every step on standard error
};

// What people do.
enum class Deed : std::uint8_t {
  Create,
  Edit,
  Collect,  // sets
  Say,      // comments and answers
  Share,
  Remove,
  Restore,
  Burst,  // many entries, or large ones
  Erase,
  Redact,
  Invite,
  ShutOut,
  Readmit,
  Rebuild,
  Leave,
  GiveRole,
  Recover,       // makes itself coordinator by the key on paper
  NewTransport,  // states another transport key, and uses it once all have heard
  Attach,        // brings some of a file's content
  Count
};
inline constexpr std::size_t kDeeds = static_cast<std::size_t>(Deed::Count);
std::string_view name_of(Deed deed);

struct Plan {
  std::size_t machines = 3;  // at the start
  std::size_t machines_max = 6;
  std::size_t days = 2;
  Millis day{};    // how long people work and things go wrong
  Millis night{};  // what lies between two days
  Millis between_deeds{};
  std::array<std::uint32_t, kDeeds> deeds{};  // weights

  // Of frames: in 10,000.
  Millis delay_least{}, delay_most{};
  std::uint32_t lost = 0, twice = 0, early = 0;
  bool refuses_when_full = false;

  // Of everything else: the mean time between two of a kind; nullopt: never.
  std::array<std::optional<Millis>, kFaults> every{};
  bool versions = false;            // some machines have a later program
  std::optional<std::size_t> liar;  // the machine that lies; nullopt: none
  std::uint32_t when_wanted = 0;    // a bit for each machine, from the lowest: that fetches contents of files when wanted
};

Plan draw(const Options& options, Random& random);
// Which machines begin with a later program in some worlds, and when that changes; likewise from a stream of its own.
void draw_versions(Plan& plan, Random& random);
// How often members leave, get other roles, recover the network and change their keys; likewise.
void draw_members(const Options& options, Plan& plan, Random& random);
// How often files are brought, and who fetches them only when wanted; likewise.
void draw_files(Plan& plan, Random& random);
// One of the members in some worlds, and which lies it tells; from a stream of its own, so that the rest is as it would be.
void draw_liar(const Options& options, Plan& plan, Random& random);

}  // namespace budstikke::sim
