// What a search costs in an index of many records: texts of made-up Danish words, common ones often and rare ones seldom, and
// searches of the kinds people make.
#pragma once

#include <cstdint>

namespace budstikke::bench {

struct SearchFigures {
  std::uint64_t records = 0;
  double seconds_to_index = 0;
  std::uint64_t bytes = 0;  // of the file
  std::uint64_t searches = 0;
  std::uint64_t found = 0;            // searches that found something
  double p50 = 0, p99 = 0, most = 0;  // seconds
};

SearchFigures measure_searches(std::uint64_t records);

}  // namespace budstikke::bench
