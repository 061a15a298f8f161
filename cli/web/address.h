// Where the local web page listens, and under which names it may be asked for.
//
// Shape        "127.0.0.1:7421", "[::1]:7421" or "localhost:7421"; port 0 is any that is free.
// Invariants   Never an address that other computers reach: only 127.0.0.0/8 and ::1 are taken.
// Source       Names are checked since a page elsewhere can have its own name lead here ("DNS rebinding"): the browser then takes
// this
//              page for a part of that one, but still says by which name it asks.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace budstikke::cli {

struct LoopbackAddress {
  std::string host;  // in digits: "127.0.0.1", "::1"
  std::uint16_t port = 0;
  bool is_v6() const { return host.find(':') != std::string::npos; }
};
std::optional<LoopbackAddress> parse_loopback(std::string_view text);
std::string text_of(const LoopbackAddress& address);  // "[::1]:7421"

// Whether it can be the name of a computer: letters, digits, dots and hyphens.
bool is_host_name(std::string_view text);

// What may stand in `Host`: this computer's own names with the port, and whatever --host allows, with any port or none: there a
// server stands between, with a port of its own.
class HostNames {
 public:
  HostNames(const LoopbackAddress& address, const std::vector<std::string>& more);
  bool contain(std::string_view host) const;

 private:
  std::set<std::string> exact_;
  std::set<std::string> more_;
};

}  // namespace budstikke::cli
