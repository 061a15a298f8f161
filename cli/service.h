// The node that a computer has as a service: where its home lies, and the socket over which the members of its group may ask it.
//
// Shape        As configs/packaging/budstikked.service has it. The home is the service's own user's: who is only in the group sees
//              the socket, and nothing else.
#pragma once

#include <string_view>

namespace budstikke::cli {

inline constexpr std::string_view kServiceHome = "/var/lib/budstikke";
inline constexpr std::string_view kServiceSocket = "/run/budstikke/api.sock";

}  // namespace budstikke::cli
