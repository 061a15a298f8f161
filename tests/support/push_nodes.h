// Whole nodes in memory, linked as Partners chooses, that push to each other: what an entry costs when everything takes part.
//
// Shape        20 authors, or all members when there are fewer. Frames arrive in the order in which they were sent, and take no
// time. Cost         A hundred members join in a few seconds.
#pragma once

#include "tests/support/net.h"

namespace budstikke::tests {

struct WholeFigures {
  std::size_t members = 0, links = 0;
  std::uint64_t entries = 0;
  std::uint64_t runs = 0, haves = 0, grafts = 0, prunes = 0;  // frames, after the first entry of each author
  std::uint64_t summaries = 0, vectors = 0, wants = 0;        // likewise: sessions that pushes started, or their end
  std::uint64_t cold_runs = 0;                                // of the first entry of each author
  bool all_agree = false;                                     // before any summary was sent
  double runs_per_delivery() const {
    return static_cast<double>(runs) / static_cast<double>(entries) / static_cast<double>(members - 1);
  }
};

// Connects the members of `net` as Partners says; of ten, the first `hosts_in_ten` can be dialled. Returns the links' number.
std::size_t connect_partners(Net& net, std::size_t hosts_in_ten);

WholeFigures push_through_whole_nodes(std::size_t members, std::size_t hosts_in_ten, std::size_t rounds, std::uint64_t seed);

}  // namespace budstikke::tests
