// budstikke-push-scale: what pushing an entry costs and how fast it is at all, in networks of many sizes.
//
//   budstikke-push-scale [--quick] [--seed S] [--hosts IN_TEN]
//
// Prints one JSON document. `nodes`: whole nodes, 20 and 100. `trees`: PushTree and Partners alone, 20 to 10,000 members
// (--quick: to 1,000) with 20 authors. Times are in delays of one link (20 ms on average); figures for each delivery are for each
// entry and member that gets it. Ends with 1 when an entry did not reach everybody, with summaries and sessions left out.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "tests/support/push_net.h"
#include "tests/support/push_nodes.h"

namespace budstikke::tests {
namespace {

using Json = nlohmann::ordered_json;

struct ScaleOptions {
  bool quick = false;
  std::uint64_t seed = 1;
  std::size_t hosts_in_ten = 5;
};

double rounded(double value) { return std::round(value * 1'000) / 1'000; }

Json shown(const PushFigures& figures) {
  return {
      {"entries", figures.entries},
      {"deliveries", figures.deliveries},
      {"reached", figures.reached},
      {"hops", {{"mean", rounded(figures.hops_mean)}, {"max", figures.hops_max}}},
      {"link_delays",
       {{"mean", rounded(figures.delays_mean)}, {"p99", rounded(figures.delays_p99)}, {"max", rounded(figures.delays_max)}}},
      {"per_delivery",
       {{"payloads", rounded(figures.payloads_per_delivery())}, {"messages", rounded(figures.messages_per_delivery())}}},
      {"duplicates", figures.duplicates},
      {"gaps", figures.gaps},
      {"frames", {{"payload", figures.payloads}, {"have", figures.haves}, {"graft", figures.grafts}, {"prune", figures.prunes}}}};
}

Json shown(const WholeFigures& figures) {
  return {{"members", figures.members},
          {"links", figures.links},
          {"entries", figures.entries},
          {"all_agree", figures.all_agree},
          {"payloads_per_delivery", rounded(figures.runs_per_delivery())},
          {"frames",
           {{"run", figures.runs},
            {"have", figures.haves},
            {"graft", figures.grafts},
            {"prune", figures.prunes},
            {"summary", figures.summaries},
            {"vector", figures.vectors},
            {"want", figures.wants}}}};
}

bool complete(const PushFigures& figures) { return figures.reached == figures.deliveries; }

Json of_trees(std::size_t members, const ScaleOptions& options, bool& all_reached) {
  const auto start = std::chrono::steady_clock::now();
  PushNetOptions net_options;
  net_options.members = members;
  net_options.seed = options.seed;
  net_options.hosts_in_ten = options.hosts_in_ten;
  PushNet net(net_options);
  Json shape = {{"members", members}, {"links", net.links()}, {"most_links", net.links_max()}};
  const PushFigures cold = net.broadcast(1);
  const PushFigures warm = net.broadcast(3);
  const PushFigures chorus = net.chorus();
  const std::size_t go = std::clamp<std::size_t>(members / 20, 1, 10);
  const PushFigures torn = net.broadcast_while_members_go(go);
  const PushFigures after = net.broadcast(1);
  for (const PushFigures* figures : {&cold, &warm, &chorus, &torn, &after}) all_reached = all_reached && complete(*figures);
  shape.update({{"cold", shown(cold)},
                {"warm", shown(warm)},
                {"all_at_once", shown(chorus)},
                {"members_taken_away", go},
                {"while_taken_away", shown(torn)},
                {"after_that", shown(after)},
                {"seconds", rounded(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count())}});
  return shape;
}

int report(const ScaleOptions& options) {
  Json document = {
      {"seed", options.seed}, {"hosts_in_ten", options.hosts_in_ten}, {"nodes", Json::array()}, {"trees", Json::array()}};
  bool all_reached = true;
  for (const std::size_t members : {20, 100}) {
    const WholeFigures figures = push_through_whole_nodes(members, options.hosts_in_ten, 3, options.seed);
    all_reached = all_reached && figures.all_agree;
    document["nodes"].push_back(shown(figures));
  }
  for (const std::size_t members : {20, 100, 1'000, 10'000}) {
    if (members <= 1'000 || !options.quick) document["trees"].push_back(of_trees(members, options, all_reached));
  }
  std::puts(document.dump(2).c_str());
  return all_reached ? 0 : 1;
}

std::optional<ScaleOptions> parse(int count, char** arguments) {
  ScaleOptions options;
  for (int i = 1; i < count; ++i) {
    const std::string name = arguments[i];
    if (name == "--quick") {
      options.quick = true;
      continue;
    }
    const std::uint64_t value = i + 1 < count ? std::strtoull(arguments[++i], nullptr, 10) : 0;
    if (name == "--seed" && value > 0) {
      options.seed = value;
    } else if (name == "--hosts" && value > 0 && value <= 10) {
      options.hosts_in_ten = value;
    } else {
      return std::nullopt;
    }
  }
  return options;
}

}  // namespace
}  // namespace budstikke::tests

int main(int count, char** arguments) {
  const auto options = budstikke::tests::parse(count, arguments);
  if (!options) {
    std::fputs("usage: budstikke-push-scale [--quick] [--seed S] [--hosts IN_TEN]\n", stderr);
    return 2;
  }
  return budstikke::tests::report(*options);
}
