// A node whose keys are sealed, until somebody gives their passphrase.
//
// How          Whoever starts it may give it: by a descriptor (--passphrase-fd), or as systemd does, by the credential
//              "budstikke.passphrase". Else the node waits with its local socket open, on which nothing is answered but
//              `unlock`; every other command is told that the node is locked, and how to unlock it.
// Invariants   The passphrase is in no log, error or answer. No socket, thread or key is left of the waiting: whoever goes on may
//              fork.
// Errors       As of KeyFiles::unlock(), and of the socket.
#pragma once

#include "daemon/home.h"

namespace budstikke::daemon {

// What was given with the start; empty: nothing. `fd` < 0: none was named. Invalid when what was named cannot be read.
Result<std::string> passphrase_given(int fd);

// False: asked to end (SIGTERM, SIGINT, which must be blocked).
Result<bool> wait_until_unlocked(Home& home);

}  // namespace budstikke::daemon
