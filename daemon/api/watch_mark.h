// Where somebody who watches has come to, as the text that `watch` gives and takes back.
//
// Shape        Base32 of: store id 16 · time 8 · entry number, and in the lowest bit whether things are told again 8 · changes of
//              that entry 2. Big-endian.
// Errors       nullopt for a text that is none.
#pragma once

#include <optional>
#include <string>

#include "protocol/node/ledger.h"

namespace budstikke::daemon {

struct WatchMark {
  StoreId store;
  WallTime time;  // of the clock when it was given; when `again`, since when something is told
  Ledger::ArrivalMark at;
  bool again = false;  // of what was here before the mark: another store gave the one before, or somebody asked since a time
  friend bool operator==(const WatchMark&, const WatchMark&) = default;
};

std::string text_of(const WatchMark& mark);
std::optional<WatchMark> parse_watch_mark(const std::string& text);

}  // namespace budstikke::daemon
