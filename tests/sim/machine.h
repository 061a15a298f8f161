// One machine: a production node on a disk, with a clock, driven as daemon/core.cpp drives it.
//
// How          turn() hands the node one input, lets it do what its clock asks for, commits when it wants to, and only then
//              sends. What the daemon does about its store is done here by the same rules: a failed commit ends the process,
//              which starts again and looks at every row; a full disk makes it read-only; damaged rows are left out, and then
//              the node begins again, as it does when its store was put back or copied (protocol/node/place.h); a store that is
//              gone is begun anew from the list of networks.
// Invariants   Held after every turn: nothing that tells of a write has left before the write was durable.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "protocol/node/node.h"
#include "protocol/node/place.h"
#include "tests/sim/disk.h"

namespace budstikke::sim {

class World;

class Machine {
 public:
  Machine(World& world, std::size_t index, SigningKey identity, TransportPair transport);

  // --- Its life.
  void start();                               // loads the node from the disk
  void die(Millis until_started, bool look);  // the process is gone; what was not committed is lost
  void stop();                                // for good
  void sleep(Millis time);                    // suspended: hears nothing, and its links are gone
  void wake();
  bool is_up() const { return node_ != nullptr && !asleep_; }
  bool is_read_only() const { return read_only_; }
  bool takes_links() const { return is_up() && !read_only_; }
  std::uint64_t life() const { return life_; }  // changes with every start

  // Its program is replaced, by a later one or by this one; a later one makes everything that is derived anew.
  bool become(bool is_newer, Millis until_started);

  // Another transport key: it is stated now, and used once every member has heard of it.
  bool change_transport(TransportPair next);
  bool changes_transport() const { return next_transport_.has_value(); }

  // --- What happens to its disk. Each ends the process first.
  void wipe();
  void back_up() { backup_ = disk_.copy(); }
  bool has_backup() const { return backup_.has_value(); }
  enum class PutBack : std::uint8_t {
    Told,    // by a person who tells the node
    Copied,  // over the store, as another file
    Unseen,  // the whole machine, to a snapshot: nothing here shows it
  };
  void restore(PutBack how);  // the backup
  void fill_disk(bool full);
  bool damage_a_row(Random& random) { return disk_.damage_a_row(random); }
  void take_disk_of(const Machine& other, bool unseen);  // a clone; `unseen`: of the whole machine
  bool may_fork() const { return may_fork_; }            // its store was put back or copied, and nothing here showed it

  // --- Inputs.
  void hear(LinkId link, View frame);  // what its node is told next
  void turn(const std::function<void(Node&, Now)>& input = {});
  // What a person asks for: true when it was done and is durable.
  bool ask(const std::function<Status(Node&, Now)>& request);
  void join(const Ticket& ticket);
  void look_around();  // dials whom it should, and who did not refuse it lately
  void look_around_at_once();
  void dial_failed(const TransportKey& peer);
  bool lets_in(const TransportKey& shown) const;  // past its door

  // --- What it is.
  Node& node() { return *node_; }
  const Node& node() const { return *node_; }
  Disk& disk() { return disk_; }
  const Disk& disk() const { return disk_; }
  Now now() const;
  void set_clock(std::int64_t ahead_ms);
  std::int64_t clock_off_ms() const { return clock_off_ms_; }
  Instant clock_fell() const { return clock_fell_; }  // when it last noticed that it was set back
  Network* network();                                 // the first one that it is in; nullptr when there is none, or it is off
  const MemberKey& self() const { return identity_.public_key(); }
  const TransportKey& transport() const { return transport_.public_key; }
  const SigningKey& identity() const { return identity_; }
  const TransportPair& transport_pair() const { return transport_; }
  Hello signed_for(LinkId link, Hello hello) const;  // after it was changed
  bool is_joining() const { return ticket_.has_value(); }
  bool was_refused() const { return refused_; }
  std::size_t index() const { return index_; }

  bool listens = true;
  bool exists = true;  // until it is thrown away
  bool newer = false;  // its program is a later one, see newer.h
  bool lies = false;   // what its node sends goes through the world's liar, and judges demand nothing of it
  Millis takes_for_a_frame{};

 private:
  void settle();
  bool commit();
  bool take_effects();
  void send(LinkId link, Bytes frame);
  void take(const Event& event);
  void store_failed(const Error& error);
  void go_read_only();
  bool load(bool look);
  Status look_at_place(bool has_lost);
  void tick_later();
  void look_later(Millis wait);
  void note_networks();
  bool use_next_transport();

  World& world_;
  std::size_t index_;
  SigningKey identity_;
  TransportPair transport_;
  std::optional<TransportPair> next_transport_;
  StoreId store_;
  Disk disk_;
  std::unique_ptr<Node> node_;
  std::vector<NetworkRow> networks_;  // what its list of networks says
  std::optional<Disk::Copy> backup_;
  std::optional<Ticket> ticket_;
  Instant join_again_{};
  bool joining_ = false;
  struct BackOff {
    Instant until;
    Millis wait;
  };
  std::map<TransportKey, BackOff> back_off_;
  bool refused_ = false;
  bool asleep_ = false;
  std::int64_t clock_off_ms_ = 0;
  Instant clock_fell_{};
  bool fell_unnoticed_ = false;
  bool read_only_ = false;
  bool look_ = false;  // the last run did not end cleanly
  StorePlace place_;   // where its store's file lies
  bool may_fork_ = false;
  bool in_turn_ = false;
  std::uint64_t life_ = 0;
  std::uint64_t looks_ = 0;
  std::map<LinkId, Nonce> greeted_;  // by the hellos that it heard
  std::optional<Instant> tick_at_;
};

}  // namespace budstikke::sim
