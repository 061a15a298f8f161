// Core: the node's own keys. Another transport key (key_change.h), and the passphrase that seals them all (key_files.h).
#include <algorithm>

#include "daemon/core.h"
#include "protocol/records/moment.h"

namespace budstikke::daemon {
namespace {

constexpr Millis kKeyLook{250};          // how often it is looked whether all know of another key
constexpr Millis kOtherKeyLook{1'000};   // and whether another key than the own one is stated
constexpr Millis kKeyLookLater{60'000};  // after a step of the change failed
constexpr Millis kLongestRotationWait{60'000};

}  // namespace

// --- The door's key --------------------------------------------------------------------------------------------------

// A door reads the file itself, unless it is sealed.
void Core::hand_door_key() {
  if (!home_.keys().has_passphrase()) return door_.hand_key(std::nullopt);
  Result<TransportPair> pair = home_.transport_pair();
  if (pair) door_.hand_key(pair->secret);
  if (pair) wipe(pair->secret);
}

void Core::go_on_with_keys() {
  if (read_only_ || now_.steady < next_key_look_) return;
  next_key_look_ = now_.steady + (key_change_.is_under_way() ? kKeyLook : kOtherKeyLook);
  // After a backup of before was put back, this node hears of a key that it stated since and has no more. It states the one that
  // it has, of which others hear by whoever still lets it in, or by a bundle. Once in a run, since a copy that runs elsewhere
  // would answer in kind.
  const bool under_way = key_change_.is_under_way();
  const bool other_key_stated =
      std::any_of(node_->ledger().networks().begin(), node_->ledger().networks().end(), [&](const auto& network) {
        const Member* own = node_->self_in(network.second);
        return own != nullptr && !own->removed && own->transport != node_->transport();
      });
  if (!under_way && (!other_key_stated || std::exchange(restated_, true))) return;
  if (!under_way) log(LogLevel::Notice, "transport-key-stated-again");
  const Status stated = under_way ? key_change_.state(*node_, now_) : node_->state_transport(node_->transport(), now_);
  if (!stated) {
    limiter_.log(now_.steady, LogLevel::Warning, "transport-key-not-stated", stated.error().text,
                 {{"reason", stated.error().text}});
    next_key_look_ = now_.steady + kKeyLookLater;
    return;
  }
  if (under_way && !joining_ && key_change_.is_due(*node_, now_) && !change_door_key())
    next_key_look_ = now_.steady + kKeyLookLater;
}

// The links by the former key go with the door that had it, before any by the new one comes.
bool Core::change_door_key() {
  const Status taken = key_change_.take_into_use(home_);
  const Result<TransportPair> pair = taken ? home_.transport_pair() : Result<TransportPair>(taken.error());
  if (!pair) {
    limiter_.log(now_.steady, LogLevel::Error, "transport-key-not-changed", pair.error().text, {{"reason", pair.error().text}});
    return false;
  }
  hand_door_key();
  door_.restart(now_.steady);
  node_->use_transport(pair->public_key);
  log(LogLevel::Notice, "transport-key-changed", {{"key", short_name(pair->public_key)}});
  redial(true);
  return true;
}

// --- Requests --------------------------------------------------------------------------------------------------------

std::optional<Answer> Core::handle_keys(const ApiRequest& request) {
  if (request.command == "key.rotate") return rotate(request.args);
  if (request.command == "key.passphrase") return give_passphrase(request.args);
  if (request.command == "unlock") {
    Value result;
    result.set("was_locked", false);
    return result;
  }
  return std::nullopt;
}

Answer Core::rotate(const Value& args) {
  if (read_only_) return store_full();
  if (Status begun = key_change_.begin(home_); !begun) return failure_of(begun.error());
  if (args.boolean("now")) key_change_.hurry(now_.steady);
  if (Status stated = key_change_.state(*node_, now_); !stated) return failure_of(stated.error());
  next_key_look_ = now_.steady;
  return keys_value();
}

// Answers once the new key is in use, or the asker has waited enough.
bool Core::wait_for_rotation(const ApiServer::Incoming& incoming) {
  const Millis patience{
      std::clamp<std::int64_t>(incoming.request.args.integer("timeout_ms", 0), 0, kLongestRotationWait.count())};
  Answer begun = rotate(incoming.request.args);
  if (auto* failed = std::get_if<ApiFailure>(&begun)) {
    replies_.push_back({incoming.client, ApiReply{incoming.request.id, std::move(*failed)}, {}});
    return true;
  }
  rotating_.push_back({incoming.client, incoming.request.id, now_.steady + patience});
  return true;
}

void Core::settle_rotating() {
  std::erase_if(rotating_, [&](const Waiting& waiting) {
    if (key_change_.is_under_way() && now_.steady < waiting.until) return false;
    ApiReply reply;
    reply.id = waiting.id;
    reply.result = keys_value();
    replies_.push_back({waiting.client, std::move(reply), {}});
    return true;
  });
}

Answer Core::give_passphrase(const Value& args) {
  const std::string current = args.text("current"), wanted = args.text("new");
  KeyFiles& keys = home_.keys();
  if (args.boolean("look")) return keys_value();
  if (keys.has_passphrase()) {
    const Result<bool> right = keys.is_passphrase(current);
    if (!right) return failure_of(right.error());
    if (!*right) return failure(ApiError::WrongPassphrase, "this is not the passphrase of the keys");
  }
  const Status changed = args.boolean("remove") ? keys.remove_passphrase() : keys.set_passphrase(wanted);
  hand_door_key();
  if (changed) {
    const bool removed = args.boolean("remove");
    log(LogLevel::Notice, removed ? "passphrase-removed" : "passphrase-set");
    return keys_value();
  }
  if (changed.error().code == Code::Invalid) return failure(ApiError::BadPassphrase, changed.error().text);
  return failure_of(changed.error());
}

Value Core::keys_value() const {
  Value result;
  result.set("passphrase", home_.keys().has_passphrase());
  result.set("transport", short_name(node_->transport()));
  if (!key_change_.is_under_way()) return result;
  Value change;
  if (const std::optional<WallTime> stated = key_change_.stated(*node_)) change.set("stated", format_utc(*stated));
  if (const std::optional<WallTime> latest = key_change_.latest(*node_)) change.set("latest", format_utc(*latest));
  Value waits = Value::array();
  for (const MemberKey& key : key_change_.waits_for(*node_)) {
    for (const auto& [id, network] : node_->ledger().networks()) {
      const Member* member = network.membership.find(key);
      if (member == nullptr) continue;
      Value waited;
      waited.set("member", id_text(key));
      waited.set("name", council_name(*node_, network, member->council));
      waits.push(std::move(waited));
      break;
    }
  }
  change.set("waits_for", std::move(waits));
  result.set("change", std::move(change));
  return result;
}

}  // namespace budstikke::daemon
