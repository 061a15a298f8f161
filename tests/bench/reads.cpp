#include "tests/bench/reads.h"

#include <algorithm>

#include "tests/bench/api_client.h"
#include "tests/bench/figures.h"
#include "tests/bench/filled_home.h"
#include "tests/support/region.h"

namespace budstikke::bench {
namespace {

constexpr int kRoundTrips = 200;

Value args_of_list() {
  Value args;
  args.set("kind", "contact");
  args.set("limit", 500);
  return args;
}
Value args_of_watch() {
  Value args;
  args.set("since", "2000-01-01T00:00:00Z");
  args.set("limit", 200);
  return args;
}

struct Question {
  const char* command;
  Value (*args)();
  const char* rows;
  bool has_more;  // whether "more" tells if there is another page; else "next" does
};
constexpr Question kQuestions[] = {{"report.activity", Value::map, "councils", false},
                                   {"record.list", args_of_list, "records", false},
                                   {"watch", args_of_watch, "changes", true}};

ReadFigures ask_all(ApiClient& node, const Question& question) {
  ReadFigures figures;
  figures.command = question.command;
  Value args = question.args();
  const auto begun = Clock::now();
  for (bool more = true; more;) {
    const auto asked = Clock::now();
    const Value page = node.result(question.command, args);
    figures.longest_page = std::max(figures.longest_page, seconds_since(asked));
    figures.rows += page.items(question.rows).size();
    ++figures.pages;
    const std::string next = page.text("next");
    more = question.has_more ? page.boolean("more") : !next.empty();
    args.set("after", next);
  }
  figures.seconds = seconds_since(begun);
  return figures;
}

}  // namespace

ReadsFigures measure_reads(std::uint64_t entries, std::uint64_t authors) {
  tests::NodeUnderTest node("Ishøj");
  node.init();
  fill_home(node.home(), entries, authors);
  node.start();
  ApiClient client(node.home());
  ReadsFigures figures;
  figures.records = entries;
  std::vector<double> times;
  for (int i = 0; i < kRoundTrips; ++i) {
    const auto asked = Clock::now();
    client.result("status");
    times.push_back(seconds_since(asked));
  }
  figures.round_trip = percentile(times, 0.5);
  for (const Question& question : kQuestions) figures.reads.push_back(ask_all(client, question));
  node.stop();
  return figures;
}

}  // namespace budstikke::bench
