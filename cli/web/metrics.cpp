#include "cli/web/metrics.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>
#include <vector>

#include "cli/commands/united.h"
#include "cli/commands/wordings.h"
#include "cli/hearings.h"
#include "cli/moments.h"
#include "protocol/records/moment.h"

namespace budstikke::cli {
namespace {

struct Measured {
  const Value& status;
  std::vector<Value> networks;  // each union once
  const Value::Array& hearings;
  WallTime now;
};

using Labels = std::vector<std::pair<std::string_view, std::string>>;
using Add = std::function<void(const Labels&, std::int64_t)>;

// Between quotes there.
std::string label_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else {
      if (c == '\\' || c == '"') out += '\\';
      out += c;
    }
  }
  return out;
}

std::string sample(std::string_view name, const Labels& labels, std::int64_t value) {
  std::string line(name);
  for (const auto& [label, text] : labels) {
    line.append(line.size() == name.size() ? "{" : ",").append(label).append("=\"").append(label_text(text)).append("\"");
  }
  return line + (labels.empty() ? " " : "} ") + std::to_string(value) + "\n";
}

std::int64_t seconds_since(WallTime now, const std::string& time) {
  const std::optional<WallTime> then = parse_utc(time);
  return then ? std::max<std::int64_t>((now.ms - then->ms) / 1'000, 0) : 0;
}

std::int64_t in_store(const Measured& of, std::string_view key) {
  const Value* store = of.status.find("store");
  return store != nullptr ? store->integer(key) : 0;
}

void each_network(const Measured& of, const Add& add, const std::function<std::int64_t(const Value&)>& value) {
  for (const Value& network : of.networks) {
    add({{"network", short_id(network.text("id"))}, {"name", network.text("name")}}, value(network));
  }
}

void of_networks(const Measured& of, const Add& add, std::string_view key) {
  each_network(of, add, [&](const Value& network) { return network.integer(key); });
}

void each_peer(const Measured& of, const Add& add, const std::function<std::int64_t(const Value&)>& value) {
  for (const Value& peer : of.status.items("peers")) {
    add({{"network", short_id(peer.text("network"))}, {"peer", short_id(peer.text("member"))}, {"council", peer.text("name")}},
        value(peer));
  }
}

// A peer that has not been seen since the node began has been silent for so long at least.
std::int64_t silent_seconds(const Measured& of, const Value& peer) {
  const std::string seen = peer.text("last_seen");
  return seen.empty() ? of.status.integer("uptime_s") : seconds_since(of.now, seen);
}

void unanswered(const Measured& of, const Add& add, bool over) {
  const Day today = local_moment(moment_of(of.now)).day;
  add({}, std::ranges::count_if(of.hearings, [&](const Value& hearing) {
        return is_past_deadline(hearing, today) == over &&
               hearing_state_of(hearing, of.status.text("council")) == HearingState::Silent;
      }));
}

void trouble(const Measured& of, const Add& add) {
  const std::string code = of.status.text("trouble_code");
  if (!of.status.text("trouble").empty()) add({{"code", code.empty() ? "other" : code}}, 1);
}

struct Family {
  std::string_view name, type, help;
  void (*measure)(const Measured&, const Add&);
};

constexpr Family kFamilies[] = {
    {"budstikke_info", "gauge", "The version of the node's program; always 1.",
     [](const Measured& of, const Add& add) {
       add({{"version", of.status.text("version")}}, 1);
     }},
    {"budstikke_uptime_seconds", "gauge", "How long the node has been running.",
     [](const Measured& of, const Add& add) { add({}, of.status.integer("uptime_s")); }},
    {"budstikke_trouble", "gauge",
     "1 for what is wrong with the store, the door or the listening socket; no line when nothing is.", trouble},
    {"budstikke_clock_off_seconds", "gauge",
     "By how much this node's clock is ahead of the others' (negative: behind); 0 when it is right.",
     [](const Measured& of, const Add& add) {
       const Value* clock = of.status.find("clock");
       add({}, clock != nullptr ? clock->integer("off_s") : 0);
     }},
    {"budstikke_members", "gauge", "Members of the network.",
     [](const Measured& of, const Add& add) { of_networks(of, add, "members"); }},
    {"budstikke_records", "gauge", "Records of the network.",
     [](const Measured& of, const Add& add) { of_networks(of, add, "records"); }},
    {"budstikke_entries", "gauge", "Entries of the network's logs.",
     [](const Measured& of, const Add& add) { of_networks(of, add, "entries"); }},
    {"budstikke_missing_values", "gauge", "Changes whose values have not come yet.",
     [](const Measured& of, const Add& add) { of_networks(of, add, "missing"); }},
    {"budstikke_unknown_records", "gauge", "Records of kinds that this version does not know.",
     [](const Measured& of, const Add& add) { of_networks(of, add, "unknown"); }},
    {"budstikke_own_entries_alone", "gauge", "Own entries that no other council is known to hold.",
     [](const Measured& of, const Add& add) { of_networks(of, add, "own_alone"); }},
    {"budstikke_conflicts", "gauge", "Conflicts that wait for somebody to decide.",
     [](const Measured& of, const Add& add) { of_networks(of, add, "conflicts"); }},
    {"budstikke_oldest_conflict_seconds", "gauge", "How long the oldest of them has waited; 0 without any.",
     [](const Measured& of, const Add& add) {
       each_network(of, add, [&](const Value& network) { return seconds_since(of.now, network.text("conflict_since")); });
     }},
    {"budstikke_peer_connected", "gauge", "1 when there is a link with that member.",
     [](const Measured& of, const Add& add) {
       each_peer(of, add, [](const Value& peer) { return peer.boolean("connected") ? 1 : 0; });
     }},
    {"budstikke_peer_silent_seconds", "gauge", "Since that member was last heard; since the node's start when it was not.",
     [](const Measured& of, const Add& add) { each_peer(of, add, [&](const Value& peer) { return silent_seconds(of, peer); }); }},
    {"budstikke_peer_behind_entries", "gauge", "Entries that the member is not known to hold.",
     [](const Measured& of, const Add& add) { each_peer(of, add, [](const Value& peer) { return peer.integer("behind"); }); }},
    {"budstikke_hearings_unanswered", "gauge", "Hearings that this council has not answered and still can.",
     [](const Measured& of, const Add& add) { unanswered(of, add, false); }},
    {"budstikke_hearings_missed", "gauge", "Hearings whose deadline is over and that this council has not answered.",
     [](const Measured& of, const Add& add) { unanswered(of, add, true); }},
    {"budstikke_store_bytes", "gauge", "What the store takes on the disk.",
     [](const Measured& of, const Add& add) { add({}, in_store(of, "bytes")); }},
    {"budstikke_disk_free_bytes", "gauge", "What is free on the disk of the store.",
     [](const Measured& of, const Add& add) { add({}, in_store(of, "free_bytes")); }},
    {"budstikke_last_backup_seconds", "gauge", "Since the last backup was written; no line before the first.",
     [](const Measured& of, const Add& add) {
       const Value* last = of.status.find("last_backup");
       if (last != nullptr) add({}, seconds_since(of.now, last->text("at")));
     }},
    {"budstikke_scrub_rounds_total", "counter", "How often every row of the store was looked at since the node's start.",
     [](const Measured& of, const Add& add) { add({}, in_store(of, "scrub_rounds")); }},
    {"budstikke_scrub_errors_total", "counter", "Damaged rows found since the node's start, which were read from a second copy.",
     [](const Measured& of, const Add& add) { add({}, in_store(of, "damaged_rows")); }},
};

constexpr std::string_view kUp = "# HELP budstikke_up 1 when the node answers.\n# TYPE budstikke_up gauge\nbudstikke_up ";

}  // namespace

std::string metrics_of(const Value* status, const Value::Array& hearings, WallTime now) {
  std::string text = std::string(kUp) + (status != nullptr ? "1\n" : "0\n");
  if (status == nullptr) return text;
  const Measured measured{*status, networks_of(*status), hearings, now};
  for (const Family& family : kFamilies) {
    text.append("# HELP ").append(family.name).append(" ").append(family.help).append("\n");
    text.append("# TYPE ").append(family.name).append(" ").append(family.type).append("\n");
    family.measure(measured, [&](const Labels& labels, std::int64_t value) { text += sample(family.name, labels, value); });
  }
  return text;
}

std::string unhealthy_by(const Value& status) {
  constexpr std::array<std::string_view, 3> kStops = {"store-full", "no-door", "cannot-listen"};
  const std::string code = status.text("trouble_code");
  return std::ranges::find(kStops, code) != kStops.end() ? code : std::string();
}

}  // namespace budstikke::cli
