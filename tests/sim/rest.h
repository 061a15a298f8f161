// When a healed world has come to rest, and who must agree then.
//
// Members      Every honest machine that runs and that the others take for a member. Whom most of the others shut out is none,
//              nor is a newcomer who was never let in. Nor who knows nobody but a liar, which may tell it whatever it likes.
// Rest         All of them have the same membership, vector and state; nothing waits to be committed, folded or destroyed.
// Lack         Of a value that any of them has, or any other honest disk whose machine is not out. It may last longer: digests do
// not show it.
#pragma once

#include <string>
#include <vector>

namespace budstikke::sim {

class World;
class Machine;

std::vector<Machine*> members_at_rest(World& world);
// Whether it knows that it has left or was shut out: then it has no links.
bool knows_it_is_out(Machine& machine);
// Empty when the world is at rest; else what it is that does not rest yet.
std::string unrest(World& world);
// Empty when nobody lacks such values.
std::string lack(World& world);

}  // namespace budstikke::sim
