// The simulated world, seed by seed. Every promise holds in all of them, every fault strikes in some, and a seed is a world that
// can be seen again: `budstikke_sim --seed S`.
#include "tests/sim/simulation.h"

#include <doctest/doctest.h>

#include <cstdio>

#include "tests/sim/summary.h"
#include "tests/support/sanitized.h"

using namespace budstikke::sim;

namespace {

constexpr std::uint64_t kSeeds = 300 / budstikke::tests::one_in(10);

// Seeds in which a promise was broken once, and what was wrong. The first ones are worlds of a simulator in which nobody left.
struct Once {
  std::uint64_t seed;
  const char* what;
  bool liar = false;  // whatever the seed says of that
  bool members = false;
};
constexpr Once kOnce[] = {
    {15, "what came before a lost entry on one branch of a log counted, although nobody was told of it"},
    {23, "a log that a removal cuts could not be sent by a node that held more of it, which stopped at every request for it"},
    {78, "a founder whose own membership log lost an entry took everybody for a stranger, and was never told again"},
    {108, "the signature of a checkpoint was lost with a damaged row, and its log could not be sent any more"},
    {112, "a checkpoint came again after its row was damaged, and its former signature led to an entry that is not there"},
    {113, "a clock that fell back was not noticed when another erasure was due soon, and what was erased stayed for longer"},
    {128, "an erasure that was written on a full disk began to wait only when there was room, and let its values in meanwhile"},
    {485, "(the judge:) one of two with one key, whom nobody dialled, was to tell others of a member that it had shut out", true},
    {95, "(the judge:) the last that listened left, and those who were left could not meet", false, true},
    {1161, "(the judge:) who was readmitted after all others had changed their transport keys could dial nobody", false, true},
};

void hold(const Report& report) {
  if (!report.failure) return;
  std::fprintf(stderr, "%s\n", report.last_steps.c_str());
  FAIL_CHECK(command_of(report.options) << ": " << *report.failure);
}

}  // namespace

TEST_CASE("simulation: every promise holds in every world, and everything is done and goes wrong in some") {
  Summary summary;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Report report = run(Options{seed});
    hold(report);
    summary.add(report);
  }
  std::fputs(summary.text().c_str(), stdout);
  CHECK(summary.folded() > 0);
  CHECK(summary.destroyed() > 0);
  if (budstikke::tests::kSanitized) return;  // too few worlds for every fault
  for (std::string_view name : summary.faults().never()) FAIL_CHECK("a fault that never struck: " << name);
  for (std::size_t i = 0; i < kDeeds; ++i) {
    const auto deed = static_cast<Deed>(i);
    if (summary.of(deed) == 0) FAIL_CHECK("what nobody ever did: " << name_of(deed));
  }
}

TEST_CASE("simulation: worlds in which a promise was broken once") {
  if (budstikke::tests::kSanitized) return;
  for (const Once& once : kOnce) {
    CAPTURE(once.what);
    hold(run(Options{.seed = once.seed, .liar = once.liar, .members = once.members}));
  }
}

TEST_CASE("simulation: the same seed is the same world, and another one is not") {
  const Report report = run(Options{7}), again = run(Options{7}), other = run(Options{8});
  CHECK(report.trace_hash == again.trace_hash);
  CHECK(report.steps == again.steps);
  CHECK(json_of(report) == json_of(again));
  CHECK(report.trace_hash != other.trace_hash);
}
