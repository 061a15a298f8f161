#include "daemon/core.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "daemon/api/activity.h"
#include "daemon/api/check.h"
#include "daemon/api/ticket_labels.h"
#include "protocol/base/limits.h"
#include "protocol/base/text.h"
#include "protocol/records/moment.h"
#include "store/file_system.h"

namespace budstikke::daemon {
namespace {

constexpr Millis kLongestSyncWait{600'000};
constexpr Millis kLongestWatch{60'000};    // who waits for news asks again; one that went away is forgotten by then
constexpr std::size_t kMostWatching = 64;  // programs that wait for news at the same time: a person has a few
constexpr Millis kFileCheck{10'000};       // is data.mdb still the file we opened?
constexpr Millis kBackupLeft{15'000};      // whoever wants another one need not wait for who was cut off
constexpr Millis kBackupIdle{120'000};     // who writes it, onto a slow stick, has gone away by then
constexpr std::size_t kBackupPieceBytes = 512 * 1024;
constexpr Millis kMaintenance{60'000};        // readers that died
constexpr std::size_t kFramesPerRound = 256;  // so that requests are not kept waiting by a flood of frames
constexpr std::size_t kRequestsPerRound = 256;
// The store gives the memory of its changed pages back when it is reopened: during a bulk join after so many entries, and
// after one, or whenever this much was written, once nothing was written for a while.
constexpr std::uint64_t kReopenAfter = 4 * kBatchEntries;
constexpr std::uint64_t kReopenWhenQuiet = kBatchEntries / 16;
constexpr Millis kQuiet{2'000};

Now read_clocks() {
  const auto read = [](clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return std::int64_t{time.tv_sec} * 1'000 + time.tv_nsec / 1'000'000;
  };
  // The steady one that goes on while the machine sleeps: when a laptop is opened again, what it waited for is due, it knows how
  // long ago peers were seen, and takes nobody's clock for wrong.
  return {Instant{read(CLOCK_BOOTTIME)}, WallTime{read(CLOCK_REALTIME)}};
}

Error cannot_be_used(const Home& home, const Error& why) {
  const std::string file = (home.store() / "data.mdb").string();
  return Error{Code::Damaged, "the store lacks what a node cannot do without (" + why.text + "). Put " + file +
                                  " back from a backup; or empty it (truncate -s 0 " + file +
                                  ") and start again: everything that the other nodes hold is then fetched from them"};
}

// What a person should know of a store that was copied or put back.
constexpr const char* kBeganAgain =
    "this node goes on in new logs; what it wrote later comes back from the others, and until it has met one it gives nobody "
    "the texts of before, since they may be erased";
constexpr const char* kStopOne = "two computers act with the same key: stop one of them; budstikke status says more";

std::string short_key(const MemberKey& key) { return hex_of(key.view().first(4)); }

}  // namespace

// --- Opening ---------------------------------------------------------------------------------------------------------

Result<std::unique_ptr<Core>> Core::open(Home home, const std::string& door_program) {
  sigset_t ending;
  sigemptyset(&ending);
  for (int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&ending, number);
  const int signals = ::signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals < 0) return Error{Code::Io, "signalfd"};

  Result<RunMarker> marker = RunMarker::set(home);
  if (!marker) return marker.error();
  store::StorageOptions options;
  options.create = false;  // `--init` made it: a store that is gone must be noticed, not silently begun anew
  Result<OpenedStore> opened = open_store(home, options, marker->was_there());
  Result<std::unique_ptr<Node>> node = opened ? load(home, *opened->storage) : Result<std::unique_ptr<Node>>(opened.error());
  if (opened && !node && node.error().code == Code::Damaged && opened->recovery.outcome == Recovery::Outcome::Untouched) {
    opened->storage.reset();
    opened = open_store(home, options, true);
    if (opened) node = load(home, *opened->storage);
  }
  if (!opened) return opened.error();
  if (!node) return node.error().code == Code::Damaged ? cannot_be_used(home, node.error()) : node.error();
  if (opened->moved != Moved::No) {
    log(LogLevel::Warning, "store-moved", {{"reason", text_of(opened->moved)}, {"then", kBeganAgain}});
  }
  for (const std::string& warning : opened->storage->warnings()) log(LogLevel::Warning, "store-warning", {{"reason", warning}});

  Result<KeyChange> key_change = KeyChange::found_in(home);
  if (!key_change) return key_change.error();
  Result<ApiPlace> socket = home.api_socket();
  if (!socket) return socket.error();
  auto context = std::make_unique<ZmqContext>(1);
  Result<ApiServer> api = ApiServer::open(*context, *socket);
  if (!api) return api.error();
  return std::unique_ptr<Core>(new Core(std::move(home), std::move(*opened), std::move(*marker), std::move(*node),
                                        std::move(*key_change), std::move(*api), door_program, std::move(context), signals));
}

Core::Core(Home home, OpenedStore opened, RunMarker marker, std::unique_ptr<Node> node, KeyChange key_change, ApiServer api,
           const std::string& door_program, std::unique_ptr<ZmqContext> context, int signals)
    : context_(std::move(context)),
      home_(std::move(home)),
      marker_(std::move(marker)),
      storage_(std::move(opened.storage)),
      recovery_(std::move(opened.recovery)),
      api_(std::move(api)),
      door_(door_program, home_.transport_key().string()),
      search_(home_.search_index()),
      signals_(signals),
      key_change_(std::move(key_change)) {
  hand_door_key();
  use_node(std::move(node));
  now_ = read_clocks();
  remember_networks();
  status_.started = now_.steady;
  status_.store_format = store::kStoreFormat;
  store_trouble_ = {std::string(code_of(recovery_)), text_of(recovery_), {}};
  if (!store_trouble_.empty()) {
    log(LogLevel::Error, "store-recovered",
        {{"found", store_trouble_.text},
         {"reason", recovery_.reason},
         {"rows", recovery_.rows},
         {"left_out", recovery_.left_out}});
  }
}

Core::~Core() { ::close(signals_); }

// --- The loop --------------------------------------------------------------------------------------------------------

int Core::run() {
  marker_.stay();
  const int code = loop();
  backup_.reset();  // stops it
  if (code == 0) note_end(home_);
  if (code == 0 && !look_at_next_start_) marker_.end_cleanly();
  return code;
}

int Core::loop() {
  listen_is_due_ = !home_.config().listen.empty();
  door_.send(Configure{home_.config().listen, {}});
  tell_allowed_keys();
  write_own_councils();
  read_ticket();
  redial(false);
  log(LogLevel::Info, "started", {{"member", short_key(node_->self())}, {"version", BUDSTIKKE_VERSION}});
  tell_service_manager("READY=1");  // the API's socket is there, and the first round answers
  bool busy = true;                 // a first round without waiting starts the door
  while (take_signals()) {
    if (!busy) wait();
    now_ = read_clocks();
    watchdog_.feed(now_.steady);
    busy = take_door_messages();
    busy = take_requests() || busy;
    if (!read_only_) node_->tick(now_);  // it may want to write: what is due to be destroyed waits for room
    settle_waiting();
    if (store_failed_) return kExitStore;
    if (!read_only_ && (node_->wants_commit(now_) || !replies_.empty()) && !commit()) return kExitStore;
    if (!apply_effects()) return kExitStore;
    settle_watching();
    for (const Reply& reply : replies_) api_.reply(reply.client, reply.reply);
    replies_.clear();
    door_.flush();
    if (!housekeeping()) return kExitStore;
  }
  log(LogLevel::Info, "stopping");
  tell_service_manager("STOPPING=1");
  if (!read_only_ && !node_->keep_holdings(now_)) return kExitStore;
  return read_only_ || commit() ? 0 : kExitStore;
}

void Core::wait() {
  Instant until = std::min({door_.deadline(), next_file_check_, watchdog_.deadline()});
  if (!read_only_) until = std::min(until, node_->deadline(now_));
  for (const Watching& waiting : watching_) until = std::min(until, waiting.until);
  for (const Waiting& waiting : syncing_) until = std::min(until, waiting.until);
  if (joining_) until = std::min(until, joining_->until);
  if (!ticket_.empty() && !joining_ && !read_only_) until = std::min(until, next_ticket_try_);
  for (const Waiting& waiting : rotating_) until = std::min(until, waiting.until);
  for (const Waiting& waiting : reloading_) until = std::min(until, waiting.until);
  if (key_change_.is_under_way()) until = std::min(until, next_key_look_);
  if (backup_) until = std::min(until, backup_->used + kBackupIdle);
  if (read_only_) until = std::min(until, next_room_check_);
  if (const std::optional<Instant> search = search_.deadline(now_, last_written_ + kQuiet); search && !read_only_)
    until = std::min(until, *search);
  if (may_reopen_when_quiet()) until = std::min(until, last_written_ + kQuiet);
  now_ = read_clocks();
  const std::int64_t left = std::clamp<std::int64_t>(until.ms - now_.steady.ms, 0, 60'000);
  short door_events = POLLIN;
  if (door_.wants_write()) door_events |= POLLOUT;
  pollfd fds[] = {{door_.fd(), door_events, 0}, {api_.poll_fd(), POLLIN, 0}, {signals_, POLLIN, 0}};
  if (api_.has_input()) return;  // the API's descriptor only tells of changes
  ::poll(fds, std::size(fds), static_cast<int>(left));
}

// False: asked to end.
bool Core::take_signals() {
  signalfd_siginfo info{};
  while (::read(signals_, &info, sizeof info) == sizeof info) {
    if (info.ssi_signo != SIGHUP) return false;
    [[maybe_unused]] const auto logged = reload();
  }
  return true;
}

// True when something is left to do at once.
bool Core::take_door_messages() {
  for (std::size_t i = 0; i < kFramesPerRound; ++i) {
    const std::optional<DoorMessage> message = door_.receive(now_.steady);
    if (!message) return false;
    take(*message);
    if (node_->wants_commit(now_)) return true;
  }
  return true;
}

void Core::take(const DoorMessage& message) {
  if (const auto* frame = std::get_if<Frame>(&message)) {
    node_->frame(LinkId{frame->link.value}, bytes_of(frame->frame), now_);
  } else if (const auto* up = std::get_if<Up>(&message); up != nullptr && read_only_) {
    door_.send(daemon::Drop{up->link});  // on its way when the store became full
  } else if (up != nullptr) {
    dialer_.link_up(LinkId{up->link.value}, {up->peer, up->dialed, up->address}, now_.steady);
    log(LogLevel::Info, "link-up", {{"peer", short_name(up->peer)}, {"dialed", up->dialed ? 1 : 0}});
    node_->link_up(LinkId{up->link.value}, up->peer, up->dialed, now_);
    status_.dialed_in = status_.dialed_in || !up->dialed;
    if (!up->dialed) redial(false);
  } else if (const auto* down = std::get_if<Down>(&message)) {
    const Dialer::Link* link = dialer_.find(LinkId{down->link.value});
    const bool came_in = link != nullptr && !link->dialed;
    if (link != nullptr) log(LogLevel::Info, "link-down", {{"peer", short_name(link->peer)}, {"reason", down->reason}});
    dialer_.link_down(LinkId{down->link.value}, now_.steady);
    node_->link_down(LinkId{down->link.value}, now_);
    if (came_in) redial(false);
  } else if (const auto* failed = std::get_if<DialFailed>(&message)) {
    dialer_.failed(*failed, now_.steady);
    if (dialer_.links().empty()) redial(false);  // others may answer
    limiter_.log(now_.steady, LogLevel::Info, "dial-failed", short_name(failed->peer),
                 {{"peer", short_name(failed->peer)}, {"reason", text_of(failed->reason)}});
  } else if (const auto* listening = std::get_if<Listening>(&message)) {
    status_.listening = listening->address;
    listen_is_due_ = false;
    log(LogLevel::Info, "listening", {{"address", listening->address}});
  } else if (const auto* not_listening = std::get_if<ListenFailed>(&message)) {
    status_.listening.clear();
    listen_is_due_ = false;
    listen_trouble_ = {"cannot-listen", "cannot listen on " + not_listening->address + ": " + not_listening->reason,
                       not_listening->address + " (" + not_listening->reason + ")"};
    log(LogLevel::Error, "listen-failed", {{"address", not_listening->address}, {"reason", not_listening->reason}});
  }
  if (std::holds_alternative<Listening>(message)) listen_trouble_ = {};
}

// --- Requests --------------------------------------------------------------------------------------------------------

bool Core::take_requests() {
  for (std::size_t i = 0; i < kRequestsPerRound; ++i) {
    std::optional<ApiServer::Incoming> incoming = api_.receive();
    if (!incoming) return false;
    answer(*incoming);
  }
  return true;
}

void Core::answer(const ApiServer::Incoming& incoming) {
  const ApiRequest& request = incoming.request;
  if (request.command.starts_with("backup.")) {  // none is answered again: a piece is given once
    replies_.push_back({incoming.client, answer_backup(request), {}});
    return;
  }
  if (request.command == "watch" && watch(incoming)) return;
  if (request.command == "config.reload" && wait_for_reload(incoming)) return;
  if (read_only_) return answer_alone(incoming.client, request);
  if (request.command == "join" && join(incoming)) return;
  if (request.command == "key.rotate" && wait_for_rotation(incoming)) return;
  if (request.command == "sync" && !node_->ledger().networks().empty()) {
    const Millis patience{std::clamp<std::int64_t>(request.args.integer("timeout_ms", 10'000), 0, kLongestSyncWait.count())};
    syncing_.push_back({incoming.client, request.id, now_.steady + patience});
    redial(true);
    node_->sync_now(now_);
    return;
  }
  ApiReply reply;
  reply.id = request.id;
  fill_reply(request, reply);
  replies_.push_back({incoming.client, std::move(reply), request});
  // A local write dials at once: a peer that slept may be back.
  if (node_->ledger().has_uncommitted()) redial(true);
}

void Core::fill_reply(const ApiRequest& request, ApiReply& reply) {
  const CoreTrouble door_trouble{"no-door", door_.trouble(), door_.trouble()};
  status_.door = &door_.watch();
  status_.trouble = {};
  const CoreTrouble* troubles[] = {&store_trouble_, &door_trouble, &listen_trouble_, &ticket_trouble_};  // the worst first
  for (const CoreTrouble* trouble : troubles) {
    if (status_.trouble.empty()) status_.trouble = *trouble;
  }
  const std::vector<std::string> refused =
      status_.trouble.empty() ? door_.watch().refused_hosts(now_.steady) : std::vector<std::string>{};
  if (!refused.empty()) {
    status_.trouble = {"host-left-alone",
                       "the door ended twice while " + refused.front() + " was connecting; it is cut off for a day",
                       refused.front()};
  }
  status_.store_bytes = storage_->bytes_on_disk();
  const Result<std::uint64_t> room = store::free_bytes_of(home_.store());
  status_.free_bytes = room ? *room : 0;
  status_.scrub_rounds = scrub_.rounds();
  status_.damaged_rows = storage_->rescued();
  std::optional<Answer> answer;
  if (request.command == "check") {
    answer = check(*node_, *storage_, request.args, now_, look_at_next_start_);
    search_.use(*node_);
    network_api_.emplace(*node_, dialer_, home_.config(), status_);  // it counted records that may have other numbers now
  }
  if (!answer) answer = records_->handle(request.command, request.args, now_);
  if (!answer) answer = network_api_->handle(request.command, request.args, now_);
  if (!answer) answer = erase_->handle(request.command, request.args, now_);
  if (!answer) answer = files_->handle(request.command, request.args, now_);
  if (!answer) answer = bundles_->handle(request.command, request.args, now_);
  if (!answer) answer = outbox_->handle(*node_, request.command, request.args);
  if (!answer) answer = report_activity(*node_, dialer_, request.command, request.args, now_);
  if (!answer) answer = undo_->handle(request.command, request.args, now_);
  if (!answer) answer = watch_->handle(request.command, request.args, now_);
  if (!answer) answer = search_.handle(request.command, request.args, now_);
  if (!answer) answer = handle_keys(request);
  if (!answer) answer = handle_config(request);
  if (!answer && request.command == "sync") answer = failure(ApiError::NoNetwork, "this node is in no network yet");
  if (!answer) answer = failure(ApiError::UnknownCommand, "no such command", request.command);
  if (auto* failed = std::get_if<ApiFailure>(&*answer)) {
    reply.failure = std::move(*failed);
  } else {
    reply.result = std::move(std::get<Value>(*answer));
    if (request.command == "status") {
      reply.result.set("keys", keys_value());
      if (const std::optional<LastBackup> last = last_backup(home_)) {
        Value backup;
        backup.set("at", last->at);
        backup.set("file", last->file);
        reply.result.set("last_backup", std::move(backup));
      }
    }
  }
  if (request.command == "check") remember_networks();
  networks_changed_ = networks_changed_ || node_->ledger().has_uncommitted();
}

// The file goes to whoever asked for it, piece by piece: that person may write where this process may not.
ApiReply Core::answer_backup(const ApiRequest& request) {
  ApiReply reply;
  reply.id = request.id;
  if (request.command == "backup.begin") {
    begin_backup(reply);
  } else if (request.command == "backup.next") {
    continue_backup(request.args, reply);
  } else if (request.command == "backup.kept") {
    const LastBackup last{format_utc(now_.wall), request.args.text("file")};
    if (const Status noted = note_backup(home_, last); !noted) reply.failure = failure_of(noted.error());
  } else {
    reply.failure = failure(ApiError::UnknownCommand, "no such command", request.command);
  }
  return reply;
}

void Core::begin_backup(ApiReply& reply) {
  if (backup_ && now_.steady < backup_->used + kBackupLeft) {
    reply.failure = failure(ApiError::BackupRunning, "a backup is being written");
    return;
  }
  if (backup_) log(LogLevel::Warning, "backup-left");
  backup_.reset();
  Value about;
  about.set("created", format_utc(now_.wall));
  about.set("version", BUDSTIKKE_VERSION);
  about.set("store_format", std::int64_t{store::kStoreFormat});
  about.set("council", home_.config().council);
  about.set("member", id_text(node_->self()));
  Result<std::unique_ptr<Backup>> backup = Backup::begin(home_, *storage_, std::move(about));
  if (!backup) {
    reply.failure = failure(ApiError::BackupFailed, backup.error().text);
    return;
  }
  log(LogLevel::Info, "backup-begun");
  backup_.emplace(RunningBackup{++last_backup_, now_.steady, std::move(*backup)});
  reply.result.set("stream", backup_->stream);
}

void Core::continue_backup(const Value& args, ApiReply& reply) {
  const bool is_this = backup_ && args.integer("stream") == backup_->stream;
  if (!is_this || args.integer("at") != static_cast<std::int64_t>(backup_->backup->taken())) {
    reply.failure = failure(ApiError::BackupFailed, "there is no such backup any more, or not from there on");
    return;
  }
  backup_->used = now_.steady;
  Result<BackupPiece> piece = backup_->backup->take(kBackupPieceBytes);
  if (!piece) {
    reply.failure = failure(ApiError::BackupFailed, piece.error().text);
    log(LogLevel::Warning, "backup-failed", {{"reason", piece.error().text}});
    backup_.reset();
    return;
  }
  reply.result.set("data", std::move(piece->data));
  reply.result.set("done", piece->done.has_value());
  if (!piece->done) return;
  reply.result.set("bytes", piece->done->bytes);
  reply.result.set("rows", piece->done->rows);
  reply.result.set("left_out", piece->done->left_out);
  if (piece->done->left_out > 0) {
    log(LogLevel::Warning, "backup-lacks-rows", {{"left_out", piece->done->left_out}});
  }
  log(LogLevel::Notice, "backup-written", {{"bytes", piece->done->bytes}});
  backup_.reset();
}

void Core::settle_waiting() {
  if (backup_ && now_.steady >= backup_->used + kBackupIdle) {
    log(LogLevel::Warning, "backup-left");
    backup_.reset();
  }
  settle_rotating();
  settle_reloading();
  if (joining_ && joined_) {
    const Network* network = node_->ledger().find_network(*joined_);
    if (network != nullptr && node_->self_in(*network) != nullptr) finish_join(std::nullopt, network);
  }
  if (joining_ && now_.steady >= joining_->until) {
    finish_join(failure(ApiError::Unreachable, "nobody that the ticket names answered in time"), nullptr);
  }
  std::erase_if(watching_, [&](Watching& waiting) {
    if (now_.steady < waiting.until) return false;
    ApiReply reply;
    reply.id = waiting.request.id;
    fill_reply(waiting.request, reply);
    replies_.push_back({waiting.client, std::move(reply), std::move(waiting.request)});
    return true;
  });
  if (syncing_.empty()) return;
  const bool in_sync = network_api_->in_sync();
  std::erase_if(syncing_, [&](const Waiting& waiting) {
    if (!in_sync && now_.steady < waiting.until) return false;
    ApiReply reply;
    reply.id = waiting.id;
    reply.result.set("in_sync", in_sync);
    reply.result.set("peers", network_api_->peers(now_));
    replies_.push_back({waiting.client, std::move(reply), {}});
    return true;
  });
}

// False when it is to be answered at once, as other requests are.
bool Core::watch(const ApiServer::Incoming& incoming) {
  const ApiRequest& request = incoming.request;
  const Millis patience{std::clamp<std::int64_t>(request.args.integer("timeout_ms", 0), 0, kLongestWatch.count())};
  if (patience == Millis{}) return false;
  const std::optional<Answer> answer = watch_->handle(request.command, request.args, now_);
  if (!answer || WatchApi::has_news(*answer)) return false;
  if (watching_.size() == kMostWatching) {
    replies_.push_back({incoming.client,
                        ApiReply{request.id, failure(ApiError::WatchersFull, "as many programs as can watch this node already do",
                                                     std::to_string(kMostWatching))},
                        {}});
    return true;
  }
  watching_.push_back({incoming.client, request, now_.steady + patience});
  return true;
}

// After the commit: whoever watches does not cause one for each little thing that arrives, and sees only what stays.
void Core::settle_watching() {
  const Ledger& ledger = node_->ledger();
  if (watching_.empty() || ledger.has_uncommitted() || ledger.newest_arrival() == watched_) return;
  watched_ = ledger.newest_arrival();
  std::erase_if(watching_, [&](Watching& waiting) {
    ApiReply reply;
    reply.id = waiting.request.id;
    fill_reply(waiting.request, reply);
    if (!reply.failure && !WatchApi::has_news(reply.result)) {
      waiting.request.args.set("after", reply.result.text("next"));  // what nobody wants is not looked at again
      return false;
    }
    replies_.push_back({waiting.client, std::move(reply), {}});
    return true;
  });
}

// --- Effects ---------------------------------------------------------------------------------------------------------

bool Core::apply_effects() {
  for (int round = 0; round < 8; ++round) {  // applying an event may cause a few more effects
    Effects effects = node_->take_effects();
    if (effects.fatal && !take_store_error(*effects.fatal)) return false;
    if (effects.fatal) continue;  // the node is another one now
    const bool nothing = effects.send.empty() && effects.drop.empty() && effects.tell.empty();
    if (nothing) return true;
    for (const Event& event : effects.tell) {
      if (event.kind == EventKind::MembersChanged) tell_allowed_keys();  // before a newcomer is answered
    }
    for (const SendFrame& frame : effects.send) door_.send(Send{LinkNumber{frame.link.value}, frame.frame});
    for (const DropLink& drop : effects.drop) {
      limiter_.log(now_.steady, LogLevel::Info, "link-dropped", drop.reason, {{"reason", drop.reason}});
      dialer_.dropped(drop.link, drop.reason);
      door_.send(daemon::Drop{LinkNumber{drop.link.value}});
    }
    for (const Event& event : effects.tell) apply(event);
    if (!read_only_ && node_->wants_commit(now_) && !commit()) return false;
  }
  return true;
}

void Core::apply(const Event& event) {
  const std::string network = hex_of(event.network.view().first(4));
  switch (event.kind) {
    case EventKind::LinkOpen:
      log(LogLevel::Info, "link-open", {{"member", short_key(event.member)}});
      for (LinkId link : dialer_.take_crowd(*node_)) node_->ask_to_leave(link);
      forget_drops(event);
      break;
    case EventKind::InSync:
      networks_changed_ = true;
      if (!read_only_) store_trouble_ = {};  // what was lost is here again
      log(LogLevel::Info, "in-sync", {{"member", short_key(event.member)}, {"network", network}});
      if (!read_only_) write_own_councils();  // what waited for the council's record
      redial(false);
      break;
    case EventKind::MembersChanged:
      networks_changed_ = true;
      log(LogLevel::Info, "members-changed", {{"network", network}});
      redial(false);
      break;
    case EventKind::Admitted:
      log(LogLevel::Notice, "admitted", {{"member", short_key(event.member)}, {"network", network}});
      break;
    case EventKind::Joined:
      joined_ = event.network;
      tell_allowed_keys();
      dialer_.clear_ticket();
      redial(true);
      break;
    case EventKind::JoinRefused: {
      constexpr ApiError kErrors[] = {ApiError::Internal,      ApiError::TicketUnknown, ApiError::TicketUsed,
                                      ApiError::TicketExpired, ApiError::AlreadyJoined, ApiError::BadTicket};
      finish_join(failure(kErrors[static_cast<std::size_t>(event.refusal)], "the network refused the ticket"), nullptr);
      break;
    }
    case EventKind::BecameMember: {
      Network* joined = node_->ledger().find_network(event.network);
      if (joined == nullptr) break;
      if (Status status = records_->write_own_council(*joined, home_.config(), now_); !status) {
        log(LogLevel::Warning, "own-council-not-written", {{"reason", status.error().text}});
      }
      redial(false);
      break;
    }
    case EventKind::StateDiffers:
      limiter_.log(now_.steady, LogLevel::Error, "state-differs", network + event.detail,
                   {{"member", short_key(event.member)}, {"network", network}, {"detail", event.detail}});
      break;
    case EventKind::Removed:
      limiter_.log(now_.steady, LogLevel::Warning, "removed-from-network", network, {{"network", network}});
      break;
    case EventKind::Destroyed:
      search_.values_destroyed();
      log(LogLevel::Notice, "values-destroyed", {{"network", network}});
      break;
    case EventKind::ForkSeen:
      limiter_.log(now_.steady, LogLevel::Warning, "fork-seen", network,
                   {{"member", short_key(event.member)}, {"network", network}, {"what", kStopOne}});
      break;
    case EventKind::OwnElsewhere:
      networks_changed_ = true;  // the store has another id
      limiter_.log(now_.steady, LogLevel::Warning, "store-put-back", network, {{"network", network}, {"then", kBeganAgain}});
      break;
    case EventKind::StoresSeen:
      limiter_.log(now_.steady, LogLevel::Warning, "two-stores", short_key(event.member),
                   {{"member", short_key(event.member)}, {"told_by", event.detail}, {"what", kStopOne}});
      break;
    case EventKind::ValuesReleased:
      log(LogLevel::Notice, "texts-given-again", {{"network", network}});
      break;
    case EventKind::HeldBack:
      limiter_.log(
          now_.steady, LogLevel::Warning, "held-back", short_key(event.member),
          {{"member", short_key(event.member)},
           {"network", network},
           {"what", "more came of its council than is taken at once; it is asked for again; budstikke status says more"}});
      break;
    case EventKind::Crowded:
      leave_crowd(event.member);
      break;
    case EventKind::Damaged:
      limiter_.log(now_.steady, LogLevel::Error, "row-damaged", network, {{"detail", event.detail}});
      break;
  }
}

// Whoever has said who it is speaks our language: why its last link ended is of no interest any more.
void Core::forget_drops(const Event& event) {
  const Network* network = node_->ledger().find_network(event.network);
  const Member* member = network != nullptr ? network->membership.find(event.member) : nullptr;
  if (member != nullptr) dialer_.forget_drop(member->transport);
}

void Core::tell_allowed_keys() {
  if (read_only_) return;  // whoever came in could not be listened to
  Allow allow;
  std::map<TransportKey, bool> keys;
  for (const auto& [id, network] : node_->ledger().networks()) {
    for (const auto& [invite_id, invitation] : network.membership.invitations()) {
      // A used one too, until it expires: who lost the answer may ask again, and who comes second is told why it is refused.
      if (now_.wall <= invitation.operation.expires) keys.try_emplace(invitation.operation.ticket_transport, true);
    }
    for (const auto& [key, member] : network.membership.members()) {
      if (key == node_->self() || (member.removed && network.linked_by(member.transport).empty())) continue;
      keys[member.transport] = false;
      if (!member.former.is_zero() && network.trusts(member.former)) keys[member.former] = false;
    }
    for (const ReachableMember& member : network.row.bootstrap) {
      if (network.trusts(member.transport)) keys[member.transport] = false;
    }
  }
  for (const auto& [key, invitation] : keys) allow.keys.push_back({key, invitation});
  door_.send(allow);
}

void Core::redial(bool again) {
  if (read_only_) return;
  for (const CoreMessage& message : dialer_.refresh(*node_, again, now_.steady)) door_.send(message);
}

void Core::leave_crowd(const MemberKey& host) {
  for (const auto& [id, network] : node_->ledger().networks()) {
    const Member* member = network.membership.find(host);
    if (member == nullptr || !dialer_.crowded(*node_, member->transport, now_.steady)) continue;
    log(LogLevel::Info, "left-a-crowd", {{"peer", short_name(member->transport)}});
    return redial(false);
  }
}

bool Core::may_reopen_when_quiet() const {
  return entries_since_reopen_ >= kReopenWhenQuiet && !node_->ledger().has_uncommitted();
}

void Core::forget_ticket_labels() {
  for (const auto& [id, network] : node_->ledger().networks()) {
    if (const Status forgotten = forget_labels(*node_, network, now_); !forgotten) {
      log(LogLevel::Warning, "ticket-labels-kept", {{"reason", forgotten.error().text}});
    }
  }
}

bool Core::housekeeping() {
  look_for_room();
  report_shred();
  write_networks();
  if (!read_only_ && !node_->ledger().has_uncommitted()) search_.work(now_, last_written_ + kQuiet);
  go_on_with_keys();
  try_ticket();
  if (now_.steady >= next_file_check_) {
    next_file_check_ = now_.steady + kFileCheck;
    if (Status status = storage_->check_file(); !status) return take_store_error(status.error());
    if (Status sound = read_only_ ? done() : scrub_.step(*storage_); !sound) return take_store_error(sound.error());
    redial(false);  // a council may have moved
    tell_status();
  }
  if (now_.steady >= next_maintenance_) {
    next_maintenance_ = now_.steady + kMaintenance;
    report_rescued();
    if (!read_only_) forget_ticket_labels();
    networks_changed_ = true;  // members may have moved
    if (Status status = storage_->maintain(); !status)
      log(LogLevel::Warning, "store-maintenance", {{"reason", status.error().text}});
  }
  if (backup_) return true;  // it reads what a reopened store would not let go
  const bool is_bulk = entries_since_reopen_ >= kReopenAfter && !node_->ledger().has_uncommitted();
  if (is_bulk || (may_reopen_when_quiet() && now_.steady >= last_written_ + kQuiet)) {
    entries_since_reopen_ = 0;
    if (Status status = storage_->reopen(); !status) return take_store_error(status.error());
  }
  return true;
}

}  // namespace budstikke::daemon
