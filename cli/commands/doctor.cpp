#include "cli/commands/doctor.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "cli/commands/trouble.h"
#include "cli/commands/wordings.h"
#include "cli/moments.h"
#include "cli/sizes.h"
#include "protocol/records/moment.h"

namespace budstikke::cli {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kOfOthers = 077;

// What must belong to one user alone: the home, the folder of its keys, and everything in that.
std::vector<fs::path> secret_paths(const fs::path& home) {
  std::vector<fs::path> paths = {home, home / "keys"};
  std::error_code failed;
  for (fs::directory_iterator at(home / "keys", failed), end; !failed && at != end; at.increment(failed))
    paths.push_back(at->path());
  std::ranges::sort(paths);
  return paths;
}

// As a shell takes it for one word.
std::string word(const fs::path& path) {
  std::string quoted = "'";
  for (const char c : path.string()) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  const bool plain = path.string().find_first_of(" \t\n'\"\\$`&|;<>()*?[]{}~#!") == std::string::npos;
  return plain ? path.string() : quoted + "'";
}

void look_at_keys(const Look& look, std::vector<Finding>& out) {
  const fs::path& home = look.context.home();
  struct stat of_home {};
  if (::stat(home.c_str(), &of_home) != 0 || ::access((home / "keys").c_str(), R_OK | X_OK) != 0) {
    out.push_back({Health::Note, "not-visible", look.context.say(Text::DoctorKeysNotVisible, {(home / "keys").string()})});
    return;
  }
  const auto ill = [&](std::string_view code, Text found, const fs::path& path, std::string mend) {
    out.push_back({Health::Ill, code, look.context.say(found, {path.string()}), std::move(mend)});
  };
  for (const fs::path& path : secret_paths(home)) {
    struct stat info = of_home;  // which may be reached by a symbolic link; what is in it may not
    if (path != home && ::lstat(path.c_str(), &info) != 0) continue;  // it has just gone
    const bool folder = path == home || path == home / "keys";
    if (!(folder ? S_ISDIR(info.st_mode) : S_ISREG(info.st_mode))) {
      ill("no-plain-file", Text::DoctorKeysNoFile, path, look.context.say(Text::DoctorKeysNoFileMend));
    } else if (info.st_uid != of_home.st_uid) {
      ill("owner", Text::DoctorKeysOwner, path, "chown --reference=" + word(home) + " " + word(path));
    } else if ((info.st_mode & kOfOthers) != 0) {
      ill("mode", Text::DoctorKeysMode, path, (folder ? "chmod 700 " : "chmod 600 ") + word(path));
    }
  }
  if (out.empty()) out.push_back({Health::Well, "private", look.context.say(Text::DoctorKeysPrivate)});
}

void look_at_disk(const Look& look, std::vector<Finding>& out) {
  const fs::path store = look.context.home() / "store";
  std::error_code no_space, no_size;
  const fs::space_info space = fs::space(store, no_space);
  const std::uintmax_t size = fs::file_size(store / "data.mdb", no_size);
  if (no_space || no_size) {
    out.push_back({Health::Note, "not-visible", look.context.say(Text::DoctorDiskNotVisible, {store.string()})});
    return;
  }
  const std::string store_text = size_text(static_cast<std::int64_t>(size), look.context.language());
  if (space.available > size) {
    out.push_back({Health::Well, "room", look.context.say(Text::DoctorDiskRoom, {store_text})});
    return;
  }
  const std::string free = size_text(static_cast<std::int64_t>(space.available), look.context.language());
  out.push_back({Health::Ill, "little-room", look.context.say(Text::DoctorDiskLittle, {free, store_text}),
                 look.context.say(Text::DoctorDiskMend, {store.string()})});
}

void look_at_version(const Look& look, std::vector<Finding>& out) {
  const std::string version = look.status->text("version");
  if (version == BUDSTIKKE_VERSION) {
    out.push_back({Health::Well, "answers", look.context.say(Text::DoctorNodeAnswers, {version})});
  } else {
    out.push_back({Health::Ill, "other-version", look.context.say(Text::DoctorNodeOther, {version, BUDSTIKKE_VERSION}),
                   look.context.say(Text::DoctorNodeMend)});
  }
}

void look_at_trouble(const Look& look, std::vector<Finding>& out) {
  // What the node has dealt with itself: somebody should know, but nothing stands still until they do.
  constexpr std::string_view kDealtWith[] = {"store-mended", "store-salvaged", "store-begun", "host-left-alone"};
  const std::string text = trouble_text(look.context, *look.status);
  if (text.empty()) return;
  const bool dealt_with = std::ranges::find(kDealtWith, look.status->text("trouble_code")) != std::end(kDealtWith);
  out.push_back({dealt_with ? Health::Note : Health::Ill, dealt_with ? "dealt-with" : "trouble", text});
}

void look_at_clock(const Look& look, std::vector<Finding>& out) {
  for (const ClockText& clock : clock_texts(look.context, *look.status)) {
    out.push_back({clock.own ? Health::Ill : Health::Note, clock.own ? "off" : "theirs-off", clock.text});
  }
  if (!out.empty()) return;
  const Value::Array& peers = look.status->items("peers");
  if (std::ranges::any_of(peers, [](const Value& peer) { return peer.boolean("connected"); })) {
    out.push_back({Health::Well, "agrees", look.context.say(Text::DoctorClockAgrees)});
  } else {
    out.push_back({Health::Note, "not-known", look.context.say(Text::DoctorClockUnknown)});
  }
}

// What answers at the address that others are told to dial. A router may refuse its own people that way in and let others take
// it: so nothing is ill for sure.
void look_at_advertised(const Look& look, const std::string& advertised, std::vector<Finding>& out) {
  const Context& context = look.context;
  struct Outcome {
    Reach reach;
    std::string_view code;
    Text found;
  };
  static constexpr Outcome kOutcomes[] = {{Reach::Node, "answers", Text::DoctorReachAnswers},
                                          {Reach::Other, "other", Text::DoctorReachOther},
                                          {Reach::Refused, "refused", Text::DoctorReachRefused},
                                          {Reach::Silent, "silent", Text::DoctorReachSilent},
                                          {Reach::NoAddress, "no-address", Text::DoctorReachNoAddress}};
  const Reach seen = look.context.io().reach(advertised);
  for (const Outcome& outcome : kOutcomes) {
    if (outcome.reach != seen) continue;
    const bool well = seen == Reach::Node;
    out.push_back({well ? Health::Well : Health::Note, outcome.code, context.say(outcome.found, {advertised}),
                   well ? std::string() : context.say(Text::DoctorReachMend, {advertised.substr(advertised.rfind(':') + 1)})});
  }
}

// From inside it can be seen that others come in, and not why nobody does.
void look_at_reach(const Look& look, std::vector<Finding>& out) {
  const Context& context = look.context;
  const std::string advertised = look.status->text("advertise");
  if (!advertised.empty()) {
    if (look.status->text("listen").empty()) {
      out.push_back({Health::Ill, "not-listening", context.say(Text::DoctorReachDeaf, {advertised}),
                     context.say(Text::DoctorReachDeafMend)});
    } else if (look.status->boolean("dialed_in")) {
      out.push_back({Health::Well, "dialed-in", context.say(Text::DoctorReachIn, {advertised})});
    } else {
      look_at_advertised(look, advertised, out);
    }
    return;
  }
  for (const Value& network : look.status->items("networks")) {
    if (network.find("removed") != nullptr || network.integer("members") < 2) continue;
    const std::int64_t hosts = network.integer("reachable");
    if (hosts == 0) {
      out.push_back({Health::Ill, "nobody", network.text("name") + ": " + context.say(Text::NobodyReachable)});
    } else {
      out.push_back(
          {Health::Well, "dials-out", network.text("name") + ": " + context.say(Text::DoctorReachOut, {std::to_string(hosts)})});
    }
  }
  if (out.empty()) out.push_back({Health::Note, "alone", context.say(Text::DoctorReachAlone)});
}

void look_at_peers(const Look& look, std::vector<Finding>& out) {
  for (const Value& peer : look.status->items("peers")) {
    const bool linked = peer.boolean("connected");
    out.push_back({linked ? Health::Well : Health::Note, linked ? "linked" : "not-linked", peer_line(look.context, peer)});
  }
}

constexpr std::int64_t kOldBackupMs = std::int64_t{14} * 24 * 3'600'000;

// Not ill in any case: what a node has written is with the others; but somebody should know before the disk breaks.
void look_at_backup(const Look& look, std::vector<Finding>& out) {
  const Value* last = look.status->find("last_backup");
  const std::optional<WallTime> at = last == nullptr ? std::nullopt : parse_utc(last->text("at"));
  if (!at) {
    out.push_back({Health::Note, "none", look.context.say(Text::DoctorBackupNone), look.context.say(Text::DoctorBackupMend)});
    return;
  }
  const std::string when = long_moment(last->text("at"), look.context.language()), file = last->text("file");
  if (look.context.now().ms - at->ms <= kOldBackupMs) {
    out.push_back({Health::Well, "recent", look.context.say(Text::DoctorBackupNew, {when, file})});
  } else {
    out.push_back(
        {Health::Note, "old", look.context.say(Text::DoctorBackupOld, {when, file}), look.context.say(Text::DoctorBackupMend)});
  }
}

constexpr DoctorCheck kDoctorChecks[] = {
    {"keys", Text::DoctorKeys, false, look_at_keys},   {"disk", Text::DoctorDisk, false, look_at_disk},
    {"node", Text::DoctorNode, true, look_at_version}, {"trouble", Text::DoctorTrouble, true, look_at_trouble},
    {"clock", Text::DoctorClock, true, look_at_clock}, {"reachable", Text::DoctorReach, true, look_at_reach},
    {"peer", Text::DoctorPeer, true, look_at_peers},   {"backup", Text::DoctorBackup, true, look_at_backup},
};

}  // namespace

std::span<const DoctorCheck> doctor_checks() { return kDoctorChecks; }

}  // namespace budstikke::cli
