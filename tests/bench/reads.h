// What the questions cost that go through many records: a report, what is new, a list.
//
// Shape        Each is asked page by page, as the command line does it. The longest page is how long everybody else who asks the
//              node waits.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace budstikke::bench {

struct ReadFigures {
  std::string command;
  std::size_t pages = 0;
  std::size_t rows = 0;  // that came
  double seconds = 0;
  double longest_page = 0;  // seconds
};

struct ReadsFigures {
  std::uint64_t records = 0;
  double round_trip = 0;  // seconds: the floor, a question that reads no record
  std::vector<ReadFigures> reads;
};

ReadsFigures measure_reads(std::uint64_t entries, std::uint64_t authors);

}  // namespace budstikke::bench
