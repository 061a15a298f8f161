#include "daemon/door_link.h"

#include <signal.h>

#include <algorithm>

#include "daemon/door/address.h"
#include "daemon/log.h"

namespace budstikke::daemon {
namespace {

constexpr Millis kLastBreath{100};    // between the end of a door's channel and the end of its process
constexpr Millis kReadyWait{10'000};  // it proves its own fail-closed mode first: long, on a computer that has just woken

// Whether it ended by its own fault; not when somebody, or a system out of memory, ended it.
bool is_abort(const std::string& end) {
  for (int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE}) {
    if (end == "killed by signal " + std::to_string(signal)) return true;
  }
  return false;
}

}  // namespace

DoorLink::DoorLink(std::string program, std::string key_file) : program_(std::move(program)), key_file_(std::move(key_file)) {}

// --- towards the door

void DoorLink::send(const CoreMessage& message) {
  remember(message);
  if (door_) pass_on(message);
}

void DoorLink::flush() {
  // A failure shows in the next receive(), which replaces the door.
  if (door_) [[maybe_unused]]
    Status flushed = door_->channel.flush();
}

void DoorLink::remember(const CoreMessage& message) {
  if (const Configure* configure = std::get_if<Configure>(&message)) {
    configure_ = *configure;
  } else if (const Allow* allow = std::get_if<Allow>(&message)) {
    allow_ = *allow;
  } else if (const Dial* dial = std::get_if<Dial>(&message)) {
    dials_[dial->peer] = *dial;
  } else if (const Undial* undial = std::get_if<Undial>(&message)) {
    dials_.erase(undial->peer);
    watch_.undial(undial->peer);
  }
}

void DoorLink::pass_on(const CoreMessage& message) {
  if (const Send* send = std::get_if<Send>(&message)) {
    require(send->frame.size() <= kMaxFrameBytes, "a frame is too long");
    if (links_.contains(send->link)) door_->channel.send(head_of(*send), send->frame);
  } else if (const Drop* drop = std::get_if<Drop>(&message)) {
    if (links_.contains(drop->link)) door_->channel.send(encode(message));
  } else if (const Dial* dial = std::get_if<Dial>(&message)) {
    if (watch_.may_dial(dial->peer, now_)) door_->channel.send(encode(message));
  } else if (const Configure* configure = std::get_if<Configure>(&message)) {
    door_->channel.send(encode(CoreMessage{Configure{configure->listen, next_link_}}));
  } else {
    door_->channel.send(encode(message));
  }
}

// --- from the door

std::optional<DoorMessage> DoorLink::receive(Instant now) {
  if (now != std::exchange(now_, now)) look_at_watch();
  if (ended_.empty() && !door_ && now >= next_start_) start(now);
  if (ended_.empty() && door_) {
    Result<std::optional<DoorMessage>> message = read_door();
    if (message) return std::move(*message);
    replace_door(now, message.error().text);
  }
  if (ended_.empty()) return std::nullopt;
  LinkNumber link = ended_.front();
  ended_.pop_front();
  return Down{link, "the door ended"};
}

Result<std::optional<DoorMessage>> DoorLink::read_door() {
  Result<std::optional<View>> bytes = door_->channel.receive();
  if (!bytes) return bytes.error();
  if (*bytes) {
    Result<DoorMessage> message = decode_door_message(**bytes);
    if (!message) return message.error();
    if (Status noted = note(*message); !noted) return noted.error();
    watch(*message);
    return std::optional<DoorMessage>(std::move(*message));
  }
  if (Status flushed = door_->channel.flush(); !flushed) return flushed.error();
  if (door_->channel.backlog() > kMaxBacklog) return Error{Code::Full, "the door does not read what it is told"};
  return std::optional<DoorMessage>();
}

Status DoorLink::note(const DoorMessage& message) {
  if (const Ready* ready = std::get_if<Ready>(&message)) {
    if (ready->version != kDoorVersion) return Error{Code::Malformed, "the door is of another version than this program"};
    trouble_.clear();
    door_->is_ready = true;
    log(LogLevel::Info, "door-ready", {{"pid", door_->child.pid()}, {"key", short_name(ready->key)}});
  } else if (const Up* up = std::get_if<Up>(&message)) {
    if (up->link < next_link_) return Error{Code::Malformed, "the door used a link's number twice"};
    next_link_ = LinkNumber{up->link.value + 1};
    links_.insert(up->link);
  } else if (const Frame* frame = std::get_if<Frame>(&message)) {
    if (!links_.contains(frame->link)) return Error{Code::Malformed, "the door passed on a frame of no link"};
  } else if (const Down* down = std::get_if<Down>(&message)) {
    if (links_.erase(down->link) == 0) return Error{Code::Malformed, "the door told twice of a link's end"};
  }
  return done();
}

// --- whom it is dealing with

void DoorLink::watch(const DoorMessage& message) {
  if (const Dialing* dialing = std::get_if<Dialing>(&message)) {
    watch_.dialing(dialing->peer, now_);
  } else if (const DialFailed* failed = std::get_if<DialFailed>(&message)) {
    watch_.answered(failed->peer, now_);
  } else if (const Knocked* knocked = std::get_if<Knocked>(&message)) {
    watch_.knocked(host_of(knocked->address), now_);
  } else if (const Up* up = std::get_if<Up>(&message)) {
    up->dialed ? watch_.answered(up->peer, now_) : watch_.proven(host_of(up->address), now_);
  }
}

// Passes on the dials whose turn it is, and which hosts are left alone now.
void DoorLink::look_at_watch() {
  if (!door_) return;
  if (now_ - door_->started >= kStableDoor) watch_.lasted(now_);
  const bool is_slow = !door_->is_ready && now_ - door_->started >= kReadyWait;
  if (is_slow && trouble_.empty()) trouble_ = "the door has started, and is not ready";
  while (const std::optional<TransportKey> peer = watch_.next_dial(now_)) {
    const auto dial = dials_.find(*peer);
    if (dial != dials_.end()) door_->channel.send(encode(CoreMessage{dial->second}));
  }
  std::vector<std::string> refused = watch_.refused_hosts(now_);
  if (refused == refused_) return;
  refused_ = std::move(refused);
  pass_on(Refuse{refused_});
}

// --- starting and replacing

void DoorLink::start(Instant now) {
  Result<std::pair<Channel, Channel>> ends = Channel::pair();
  const std::string key = handed_key_ ? std::string(kHandedKey) : key_file_;
  Result<Child> child = ends ? Child::start(program_, {"--key", key}, ends->second.fd()) : Result<Child>(ends.error());
  if (!child) {
    trouble_ = child.error().text;
    log(LogLevel::Error, "door-not-started", {{"reason", trouble_}});
    schedule_start(now);
    return;
  }
  door_.emplace(Running{std::move(*child), std::move(ends->first), now});
  if (handed_key_) door_->channel.send(*handed_key_);  // before everything else
  tell_all();
}

void DoorLink::schedule_start(Instant now) {
  next_start_ = now + pause_;
  pause_ = std::min(pause_ * 2, kLongestPause);
}

// The allowed keys before the address, so that no member is refused because it was quick.
void DoorLink::tell_all() {
  refused_ = watch_.refused_hosts(now_);
  if (!refused_.empty()) pass_on(Refuse{refused_});
  if (allow_) pass_on(*allow_);
  pass_on(configure_);
  for (const auto& [peer, dial] : dials_) pass_on(dial);
}

void DoorLink::take_blame(Instant now) {
  const std::optional<DoorWatch::Blamed> blamed = watch_.died(now);
  if (!blamed) return;
  const std::string who = blamed->peer ? short_name(*blamed->peer) : blamed->host;
  if (blamed->is_left_alone) {
    log(LogLevel::Error, "left-alone",
        {{blamed->peer ? "peer" : "host", who},
         {"what", "the door ended twice while it dealt with it: it is left alone for 24 hours; its operator should look at it"}});
  } else {
    log(LogLevel::Warning, "door-ended-with", {{blamed->peer ? "peer" : "host", who}});
  }
}

void DoorLink::restart(Instant now) {
  if (!door_) return;            // the next one has the key of now
  door_->child.signal(SIGKILL);  // it has no state
  replace_door(now, "another one takes its place", true);
  pause_ = kFirstPause;
  next_start_ = now;
}

void DoorLink::replace_door(Instant now, const std::string& reason, bool is_wanted) {
  Running dead = std::move(*door_);
  door_.reset();
  pid_t pid = dead.child.pid();
  std::string end = dead.child.ended(kLastBreath).value_or("killed by the core");
  if (now - dead.started >= kStableDoor) pause_ = kFirstPause;
  if (is_abort(end)) take_blame(now);
  if (!is_wanted) trouble_ = "the door ended: " + end;
  if (is_wanted) {
    log(LogLevel::Info, "door-replaced", {{"pid", pid}});
  } else {
    log(LogLevel::Warning, "door-ended", {{"pid", pid}, {"end", end}, {"reason", reason}, {"restart_ms", pause_.count()}});
  }
  schedule_start(now);
  ended_.assign(links_.begin(), links_.end());
  links_.clear();
}

}  // namespace budstikke::daemon
