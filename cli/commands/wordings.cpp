#include "cli/commands/wordings.h"

#include <array>

#include "cli/moments.h"
#include "protocol/base/text.h"

namespace budstikke::cli {
namespace {

constexpr std::size_t kShortId = 6;

struct RoleName {
  std::string_view name;
  std::string_view danish;
};
constexpr std::array<RoleName, 4> kRoles = {
    {{"coordinator", "koordinator"}, {"council", "råd"}, {"national", "nationalt råd"}, {"reader", "læser"}}};

// The node's reasons are codes (wire/api.h); one that this version does not know is shown as it comes.
std::string reason_of(const Context& context, const std::string& code) {
  constexpr std::pair<std::string_view, Text> kPeerReasons[] = {
      {"refused-key", Text::PeerRefusedKey}, {"unreachable", Text::PeerUnreachable}, {"timeout", Text::PeerTimeout},
      {"handshake", Text::PeerHandshake},    {"bad-peer", Text::PeerBadKey},         {"no-address", Text::PeerNoAddress},
      {"not-linked", Text::PeerNotLinked},   {"version", Text::PeerVersion},         {"left-alone", Text::PeerLeftAlone}};
  for (const auto& [known, text] : kPeerReasons) {
    if (code == known) return context.say(text);
  }
  return code;
}

}  // namespace

std::string short_id(std::string_view id) { return std::string(id.substr(0, kShortId)); }

std::string role_word(std::string_view role, Language language) {
  for (const RoleName& known : kRoles) {
    if (known.name == role && language == Language::Danish) return std::string(known.danish);
  }
  return std::string(role);
}

std::string role_name(const Context& context, std::string_view role) { return role_word(role, context.language()); }

std::optional<std::string_view> role_of(std::string_view typed) {
  const std::string folded = fold_case(typed);
  for (const RoleName& known : kRoles) {
    if (folded == known.name || folded == fold_case(known.danish)) return known.name;
  }
  return folded == "national" || folded == "nationalt" ? std::optional<std::string_view>("national") : std::nullopt;
}

std::string prolonged_by(const Context& context, const Value::Array& names) {
  std::string who;
  for (const Value& name : names) {
    if (name.if_text() != nullptr) who += (who.empty() ? "" : ", ") + *name.if_text();
  }
  return who.empty() ? context.say(Text::HolderOfRecoveryKey) : who;
}

std::string peer_line(const Context& context, const Value& peer) {
  const std::int64_t behind = peer.integer("behind");
  std::string line = peer.text("name").empty() ? peer.text("address") : peer.text("name");
  line += ": ";
  if (peer.boolean("in_sync")) {
    line += context.say(Text::PeerInSync);
  } else if (behind > 0) {
    line += context.say(behind == 1 ? Text::PeerBehindOne : Text::PeerBehind, {std::to_string(behind)});
  } else if (!peer.boolean("connected") && peer.boolean("known")) {
    line += context.say(Text::PeerHadAll);
  } else {
    line += context.say(peer.boolean("connected") ? Text::PeerComparing : Text::PeerApart);
  }
  const std::string seen = peer.text("last_seen");
  if (!seen.empty()) {
    const std::string when = ago(context.now(), seen, context.language());
    line += " · " + context.say(peer.boolean("connected") ? Text::PeerSeen : Text::PeerLastSeen, {when});
  } else if (!peer.boolean("connected")) {
    line += " · " + context.say(Text::PeerNeverSeen);
  }
  if (peer.integer("missing") > 0) line += " · " + context.say(Text::PeerHasMore, {std::to_string(peer.integer("missing"))});
  if (const std::int64_t off = peer.integer("clock_off_s"); off != 0) {
    line += " · " + context.say(Text::PeerClockOff, {span_text(off < 0 ? -off : off, context.language())});
  }
  std::string reason = reason_of(context, peer.text("reason"));
  if (peer.boolean("connected") || reason.empty()) return line;
  if (reason == "dropped") reason = context.say(Text::PeerDropped, {peer.text("detail")});
  if (!peer.text("since").empty()) {
    reason += ", " + context.say(Text::PeerSince, {short_moment(peer.text("since"), context.language())});
  }
  return line + " (" + reason + ")";
}

}  // namespace budstikke::cli
