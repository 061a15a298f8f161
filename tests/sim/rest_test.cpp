// Who must agree in a healed world, in the cases that are hardest to tell.
#include "tests/sim/rest.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/sim/workload.h"
#include "tests/sim/world.h"

using namespace budstikke;
using namespace budstikke::sim;
using namespace std::chrono_literals;

// As seed 485 with a liar once played it. A copy of the founder is linked with everybody, so nobody dials the founder's key
// again, which would reach either of the two; and the only honest member that the other one knows, it has shut out itself.
TEST_CASE("rest: of two with one key, who has shut out the only honest member that it knows need not agree") {
  World world(Options{.seed = 1, .nodes = 3});
  Workload(world).found();
  Machine& founder = *world.machines[0];
  Machine& member = *world.machines[1];
  Machine& liar = *world.machines[2];
  member.listens = true;
  liar.listens = false;
  world.make_liar(liar);
  for (const std::size_t other : {1, 2}) {  // while the copy meets all others
    world.lines.block(0, other, true);
    world.lines.block(other, 0, true);
  }
  const Machine& copy = world.add_clone(founder, true);
  world.run_for(2min);
  const MemberKey key = member.self();
  REQUIRE(founder.ask([&](Node& node, Now now) { return node.remove_member(*founder.network(), key, now); }));
  world.lines.unblock_all();
  world.run_for(2min);
  const std::vector<Machine*> members = members_at_rest(world);
  CHECK(std::find(members.begin(), members.end(), &founder) == members.end());
  CHECK(std::find(members.begin(), members.end(), &member) != members.end());
  CHECK(std::find(members.begin(), members.end(), &copy) != members.end());
  CHECK(unrest(world) == "");
}

// Who shuts out somebody who has not heard of it has the last word all the same.
TEST_CASE("rest: who has shut out the only other member must agree with itself alone") {
  World world(Options{.seed = 1, .nodes = 3});
  Workload(world).found();
  Machine& founder = *world.machines[0];
  Machine& member = *world.machines[1];
  world.make_liar(*world.machines[2]);
  for (const std::size_t other : {1, 2}) {
    world.lines.block(0, other, true);
    world.lines.block(other, 0, true);
  }
  world.run_for(2min);
  const MemberKey key = member.self();
  REQUIRE(founder.ask([&](Node& node, Now now) { return node.remove_member(*founder.network(), key, now); }));
  CHECK(members_at_rest(world) == std::vector<Machine*>{&founder});
}
