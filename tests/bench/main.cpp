// budstikke-bench: how fast a region's data reaches a newcomer, and one write a neighbour, beside what the machine allows.
//
//   budstikke-bench [--quick] [--entries N] [--authors N] [--writes N] [--bundles | --searches | --reads]
//
// Prints one JSON document; with --bundles only what a bundle of all entries costs, with --searches only what a
// search in an index of as many records does, with --reads only what questions that go through all records do. Times are in
// seconds, milliseconds (_ms) or microseconds (_us); memory is anonymous memory in MiB. Ratios say how many times its floor a
// figure is. Runs the budstikked beside it, on 127.0.0.1, in folders under /tmp.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/bench/bundles.h"
#include "tests/bench/figures.h"
#include "tests/bench/floors.h"
#include "tests/bench/reads.h"
#include "tests/bench/reconnects.h"
#include "tests/bench/searches.h"
#include "tests/bench/usage.h"
#include "tests/bench/visible.h"

namespace budstikke::bench {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::uint64_t entries = 100'000;
  std::uint64_t authors = 20;
  std::size_t writes = 200;
  std::chrono::seconds settling{10};  // until memory is called idle
  bool only_bundles = false;
  bool only_searches = false;
  bool only_reads = false;
};

constexpr std::uint64_t kCountedEntries = 10'000;  // of the join whose bytes are counted

// Divided rather than multiplied, so that the shortest text of the result has no more digits.
double rounded(double value, int digits) {
  const double scale = std::pow(10.0, digits);
  return std::round(value * scale) / scale;
}
double micros(double seconds) { return rounded(seconds * 1e6, 2); }
double millis(double seconds) { return rounded(seconds * 1e3, 3); }
double ratio(double figure, double floor) { return rounded(figure / floor, 2); }
double mebibytes(std::uint64_t bytes) { return rounded(static_cast<double>(bytes) / (1 << 20), 1); }

// Programs that ran or wanted to, averaged over the last minute. More than the cores means that others slowed us down.
double load() {
  double averages[3] = {};
  return ::getloadavg(averages, 3) < 0 ? -1 : rounded(averages[0], 2);
}

Json shown(const Floors& floors) {
  return {{"blake2b_cpu_us_per_entry", micros(floors.blake2b)}, {"siphash_cpu_us_per_entry", micros(floors.siphash)},
          {"lmdb_us_per_entry", micros(floors.lmdb_batch)},     {"lmdb_cpu_us_per_entry", micros(floors.lmdb_batch_cpu)},
          {"curve_round_trip_ms", millis(floors.curve_trip)},   {"ed25519_verify_cpu_us", micros(floors.verify)}};
}

Json shown(const JoinFigures& join, const Floors& floors) {
  const auto entries = static_cast<double>(join.entries);
  const double each = join.seconds / entries;
  const FourPrograms& cpu = join.cpu_seconds;
  const double hashing = floors.blake2b + floors.siphash;
  return {{"entries", join.entries},
          {"seconds", rounded(join.seconds, 3)},
          {"seconds_from_request", rounded(join.seconds_from_request, 3)},
          {"entries_per_second", std::round(1 / each)},
          {"us_per_entry", micros(each)},
          {"ratio_to_hashing_and_lmdb", ratio(each, hashing + floors.lmdb_batch)},
          {"cpu_us_per_entry",
           {{"newcomer_core", micros(cpu.newcomer / entries)},
            {"newcomer_door", micros(cpu.newcomer_door / entries)},
            {"server_core", micros(cpu.server / entries)},
            {"server_door", micros(cpu.server_door / entries)}}},
          {"newcomer_core_cpu_ratio_to_hashing_and_lmdb", ratio(cpu.newcomer / entries, hashing + floors.lmdb_batch_cpu)},
          {"newcomer_core_memory_mib", mebibytes(join.core_memory)},
          {"newcomer_door_memory_mib", mebibytes(join.door_memory)}};
}

Json shown_wire(const JoinFigures& join) {
  const auto entries = static_cast<double>(join.entries);
  const double body = static_cast<double>(join.body_bytes) / entries;
  const double wire = static_cast<double>(join.wire_bytes) / entries;
  return {{"entries", join.entries},
          {"bytes_per_entry", rounded(wire, 1)},
          {"body_bytes_per_entry", rounded(body, 1)},
          {"ratio_to_bodies", rounded(wire / body, 3)}};
}

Json shown(const VisibleFigures& visible, const Floors& floors) {
  const double p50 = percentile(visible.from_commit, 0.5);
  const double commit = percentile(visible.floor, 0.5);
  return {{"writes", visible.from_commit.size()},
          {"p50_ms", millis(p50)},
          {"p90_ms", millis(percentile(visible.from_commit, 0.9))},
          {"p99_ms", millis(percentile(visible.from_commit, 0.99))},
          {"from_request_p50_ms", millis(percentile(visible.from_request, 0.5))},
          {"question_p50_ms", millis(percentile(visible.question, 0.5))},
          {"lmdb_one_row_commit_p50_ms", millis(commit)},
          {"ratio_to_commit_and_curve_trip", ratio(p50, commit + floors.curve_trip / 2)}};
}

// Of two nodes that agreed, parted and met again; what is not new is not there, since a figure that is zero was not measured.
Json shown(const std::vector<Reconnect>& reconnects) {
  Json rows = Json::array();
  for (const Reconnect& one : reconnects) {
    Json row;
    if (one.writers > 0) row = {{"writers", one.writers}, {"new_entries_each", one.entries}, {"body_bytes", one.body_bytes}};
    row["message_bytes"] = one.message_bytes;
    rows.push_back(std::move(row));
  }
  return rows;
}

// With the record and its id, of which each entry of the joined region made one, and everything else in the file.
Json shown_disk(JoinedPair& pair) {
  const std::uint64_t bytes = std::filesystem::file_size(pair.newcomer().home() / "store" / "data.mdb");
  return {{"entries", pair.join().entries},
          {"bytes_per_entry_with_its_record", rounded(static_cast<double>(bytes) / static_cast<double>(pair.join().entries), 1)}};
}

Json idle_memory(JoinedPair& pair, std::chrono::seconds settling) {
  std::this_thread::sleep_for(settling);
  const auto of = [](pid_t pid) { return mebibytes(tests::anonymous_memory_of(pid)); };
  return {{"newcomer_core_mib", of(pair.newcomer().daemon().pid())},
          {"newcomer_door_mib", of(door_of(pair.newcomer()))},
          {"server_core_mib", of(pair.server().daemon().pid())},
          {"server_door_mib", of(door_of(pair.server()))}};
}

Json shown(const BundleSide& side) {
  return {{"seconds", rounded(side.seconds, 3)},
          {"core_memory_at_rest_mib", mebibytes(side.rest)},
          {"core_memory_most_mib", mebibytes(side.most)},
          {"command_memory_most_mib", mebibytes(side.command)}};
}

Json shown(const BundleFigures& bundle) {
  return {{"entries", bundle.entries},
          {"body_bytes", bundle.body_bytes},
          {"file_bytes", bundle.file_bytes},
          {"write", shown(bundle.write)},
          {"read", shown(bundle.read)}};
}

Json shown(const SearchFigures& search) {
  return {{"records", search.records},           {"index_seconds", rounded(search.seconds_to_index, 3)},
          {"index_bytes", search.bytes},         {"searches", search.searches},
          {"searches_that_found", search.found}, {"p50_ms", millis(search.p50)},
          {"p99_ms", millis(search.p99)},        {"most_ms", millis(search.most)}};
}

Json shown(const ReadsFigures& figures) {
  Json shown = {{"records", figures.records}, {"status_p50_ms", millis(figures.round_trip)}};
  for (const ReadFigures& read : figures.reads) {
    shown[read.command] = {{"pages", read.pages},
                           {"rows", read.rows},
                           {"seconds", rounded(read.seconds, 3)},
                           {"us_per_record", micros(read.seconds / static_cast<double>(figures.records))},
                           {"longest_page_ms", millis(read.longest_page)},
                           {"longest_page_per_status", ratio(read.longest_page, figures.round_trip)}};
  }
  return shown;
}

Json measure(const Options& options) {
  Json document;
  if (options.only_reads) {
    document["reads"] = shown(measure_reads(options.entries, options.authors));
    return document;
  }
  if (options.only_searches) {
    document["search"] = shown(measure_searches(options.entries));
    return document;
  }
  if (options.only_bundles) {
    document["bundle"] = shown(measure_bundles(options.entries, options.authors, options.settling));
    return document;
  }
  const Floors floors = measure_floors(options.entries);
  document["floors"] = shown(floors);
  {
    JoinedPair pair(options.entries, options.authors, false);
    document["cold_join"] = shown(pair.join(), floors);
    document["disk"] = shown_disk(pair);
    document["idle_memory"] = idle_memory(pair, options.settling);
    document["write_to_visible"] = shown(measure_visible(pair, options.writes), floors);
    pair.newcomer().stop();
    pair.server().stop();
  }
  const JoinedPair counted(std::min(options.entries, kCountedEntries), options.authors, true);
  document["wire"] = shown_wire(counted.join());
  document["reconnect"] = shown(measure_reconnects());
  document["bundle"] = shown(measure_bundles(options.entries, options.authors, options.settling));
  document["search"] = shown(measure_searches(options.entries));
  document["reads"] = shown(measure_reads(options.entries, options.authors));
  return document;
}

// A figure that is zero or missing was not measured.
bool all_positive(const Json& document) {
  if (!document.is_structured()) return document.is_number() && document.get<double>() > 0;
  return std::all_of(document.begin(), document.end(), [](const Json& part) { return all_positive(part); });
}

void report(const Options& options) {
  Json document = {{"cores", std::thread::hardware_concurrency()}, {"load_before", load()}};
  const Json figures = measure(options);
  document["load_after"] = load();
  document.update(figures);
  std::puts(document.dump(2).c_str());
  if (!all_positive(figures)) throw std::runtime_error("a figure is not positive");
}

std::optional<Options> parse(int count, char** arguments) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string name = arguments[i];
    if (name == "--quick") {
      options = {10'000, 20, 20, std::chrono::seconds(1)};
      continue;
    }
    if (name == "--bundles") {
      options.only_bundles = true;
      continue;
    }
    if (name == "--reads") {
      options.only_reads = true;
      continue;
    }
    if (name == "--searches") {
      options.only_searches = true;
      continue;
    }
    const std::uint64_t value = i + 1 < count ? std::strtoull(arguments[++i], nullptr, 10) : 0;
    if (value == 0) return std::nullopt;
    if (name == "--entries") {
      options.entries = value;
    } else if (name == "--authors") {
      options.authors = value;
    } else if (name == "--writes") {
      options.writes = value;
    } else {
      return std::nullopt;
    }
  }
  return options;
}

}  // namespace
}  // namespace budstikke::bench

int main(int count, char** arguments) {
  const std::optional<budstikke::bench::Options> options = budstikke::bench::parse(count, arguments);
  if (!options) {
    std::fputs("usage: budstikke-bench [--quick] [--entries N] [--authors N] [--writes N] [--bundles | --searches | --reads]\n",
               stderr);
    return 2;
  }
  try {
    budstikke::bench::report(*options);
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "budstikke-bench: %s\n", failed.what());
    return 1;
  }
  return 0;
}
