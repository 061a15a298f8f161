// The core: one loop around the node. It owns the store, the identity key and the local API; its door owns every TCP socket.
//
// The loop     wait for the door, the API, a signal or the node's deadline; hand what came to the node; commit when something
//              must be durable; then, and only then, send frames and answer requests. Everything that waits at the same time
//              shares one commit.
// Invariants   An answer to a request that wrote is sent after its commit. An answer never shows what is not committed.
// Errors       A store that is full makes the core read-only until there is room (core_store.cpp). One that fails to commit, or
//              in which a damaged row is met, ends the process without an answer (exit 74): it starts again from the last
//              commit, once every row was looked at.
// Threads      One; ZeroMQ's own thread moves API frames.
#pragma once

#include <list>
#include <optional>

#include "daemon/api/bundle.h"
#include "daemon/api/erase.h"
#include "daemon/api/files.h"
#include "daemon/api/network.h"
#include "daemon/api/outbox.h"
#include "daemon/api/records.h"
#include "daemon/api/undo.h"
#include "daemon/api/watch.h"
#include "daemon/api_server.h"
#include "daemon/backup.h"
#include "daemon/door_link.h"
#include "daemon/key_change.h"
#include "daemon/log.h"
#include "daemon/networks_file.h"
#include "daemon/recovery.h"
#include "daemon/scrub.h"
#include "daemon/search.h"
#include "daemon/service_manager.h"

namespace budstikke::daemon {

class Core {
 public:
  static constexpr int kExitStore = 74;  // EX_IOERR: the store failed

  static Result<std::unique_ptr<Core>> open(Home home, const std::string& door_program);
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;
  // Runs until SIGTERM or SIGINT (0), or until it cannot go on. SIGHUP: reads the configuration anew.
  int run();

 private:
  struct Reply;

  Core(Home home, OpenedStore opened, RunMarker marker, std::unique_ptr<Node> node, KeyChange key_change, ApiServer api,
       const std::string& door_program, std::unique_ptr<ZmqContext> context, int signals);

  int loop();
  void wait();
  bool take_door_messages();
  void take(const DoorMessage& message);
  bool take_requests();
  void answer(const ApiServer::Incoming& incoming);
  void fill_reply(const ApiRequest& request, ApiReply& reply);
  ApiReply answer_backup(const ApiRequest& request);
  void begin_backup(ApiReply& reply);
  void continue_backup(const Value& args, ApiReply& reply);
  void settle_waiting();
  bool watch(const ApiServer::Incoming& incoming);
  void settle_watching();
  bool apply_effects();
  void apply(const Event& event);
  void forget_drops(const Event& event);
  void tell_allowed_keys();
  void redial(bool again);
  void leave_crowd(const MemberKey& host);
  bool housekeeping();
  void forget_ticket_labels();
  bool may_reopen_when_quiet() const;
  bool take_signals();

  // core_join.cpp
  bool join(const ApiServer::Incoming& incoming);
  std::optional<ApiFailure> begin_join(std::string_view text, const ApiServer::Client& client, std::int64_t id);
  void end_join(bool cancelled);
  void finish_join(const std::optional<ApiFailure>& failed, const Network* network);
  void read_ticket();
  void try_ticket();
  void ticket_failed(const ApiFailure& failed);
  void drop_ticket();

  // core_keys.cpp
  std::optional<Answer> handle_keys(const ApiRequest& request);
  Answer rotate(const Value& args);
  Answer give_passphrase(const Value& args);
  bool wait_for_rotation(const ApiServer::Incoming& incoming);
  void settle_rotating();
  void hand_door_key();
  void go_on_with_keys();
  bool change_door_key();
  Value keys_value() const;

  // core_config.cpp
  Result<std::vector<std::string>> reload();
  Status use_config(ReadConfig read);
  std::optional<Answer> handle_config(const ApiRequest& request);
  Value reloaded_value() const;
  bool wait_for_reload(const ApiServer::Incoming& incoming);
  void settle_reloading();
  Value config_value() const;
  void tell_status();

  // core_store.cpp
  static Result<std::unique_ptr<Node>> load(const Home& home, store::LmdbStorage& storage);
  void use_node(std::unique_ptr<Node> node);
  void write_own_councils();
  bool commit();
  bool take_store_error(const Error& error);
  bool enter_read_only(const Error& full);
  bool forget_uncommitted();
  ApiFailure store_full() const;
  void close_links();
  void answer_alone(const ApiServer::Client& client, const ApiRequest& request);
  void look_for_room();
  void report_shred();
  void report_rescued();
  void write_networks();
  void remember_networks();

  std::unique_ptr<ZmqContext> context_;
  Home home_;
  RunMarker marker_;  // goes after the store is closed, and before the home is given up
  std::unique_ptr<store::LmdbStorage> storage_;
  Recovery recovery_;
  std::unique_ptr<Node> node_;
  ApiServer api_;
  DoorLink door_;
  Dialer dialer_;
  std::optional<RecordsApi> records_;  // made anew with the node
  std::optional<NetworkApi> network_api_;
  std::optional<EraseApi> erase_;
  std::optional<FileApi> files_;
  std::optional<BundleApi> bundles_;
  std::optional<OutboxApi> outbox_;
  std::optional<UndoApi> undo_;
  std::optional<WatchApi> watch_;
  Search search_;
  LogLimiter limiter_;
  CoreStatus status_;
  CoreTrouble listen_trouble_;
  CoreTrouble store_trouble_;
  int signals_;
  Now now_{};

  struct Reply {
    ApiServer::Client client;
    ApiReply reply;
    std::optional<ApiRequest> request;  // to be answered again if what it saw is not committed
  };
  std::vector<Reply> replies_;  // sent after the commit that ends the round

  // Requests that wait for something to happen.
  struct Waiting {
    ApiServer::Client client;
    std::int64_t id = 0;
    Instant until;
  };
  std::list<Waiting> syncing_;
  std::optional<Waiting> joining_;  // without a client: by the ticket in the home
  std::string ticket_;              // which that is; empty once it was used or refused
  Instant next_ticket_try_{};
  CoreTrouble ticket_trouble_;
  std::list<Waiting> rotating_;
  std::list<Waiting> reloading_;
  std::vector<std::string> reloaded_keys_;  // that the last reload changed
  bool listen_is_due_ = false;              // the door was told where to listen, and has not said yet whether it can
  Watchdog watchdog_;
  std::string told_status_;
  struct Watching {
    ApiServer::Client client;
    ApiRequest request;
    Instant until;
  };
  std::list<Watching> watching_;      // at most kMostWatching
  Ledger::ArrivalMark watched_ = {};  // up to there it was looked whether they have news
  struct RunningBackup {
    std::int64_t stream = 0;
    Instant used;
    std::unique_ptr<Backup> backup;
  };
  std::int64_t last_backup_ = 0;
  std::optional<RunningBackup> backup_;
  std::optional<NetworkId> joined_;  // admitted; its membership is on the way
  Instant next_file_check_{};
  Instant next_maintenance_{};
  std::uint64_t entries_since_reopen_ = 0;
  Instant last_written_{};

  bool store_failed_ = false;  // the process ends
  bool read_only_ = false;     // the store is full
  std::uint64_t room_wanted_ = 0;
  Millis room_check_{};
  Instant next_room_check_{};
  Instant relieved_{-60'000};        // when room was last found
  bool look_at_next_start_ = false;  // rows are lost that only a start can salvage
  std::uint64_t rescued_ = 0;
  KeyChange key_change_;
  Instant next_key_look_{};
  bool restated_ = false;  // the own key, after another one was found stated
  Scrub scrub_;
  bool networks_changed_ = true;  // the file `networks` may say something else than the node
  Bytes networks_written_;
};

}  // namespace budstikke::daemon
