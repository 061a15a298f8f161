// What the two kinds of link, incoming and dialled, tell the door and ask of it.
#pragma once

#include "daemon/door_messages.h"

namespace budstikke::daemon {

class LinkObserver {
 public:
  virtual ~LinkObserver() = default;
  virtual LinkNumber next_link() = 0;
  virtual void tell(const DoorMessage& message) = 0;
  // True while the core is behind with reading: links are not read either, and their senders wait.
  virtual bool is_congested() const = 0;
};

}  // namespace budstikke::daemon
