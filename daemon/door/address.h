// Network addresses as people write them: "host:port", with an IPv6 host in brackets.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace budstikke::daemon {

struct HostPort {
  std::string host;  // without brackets
  std::string port;  // 1 to 65535
  friend bool operator==(const HostPort&, const HostPort&) = default;
};

// nullopt when there is no port, the port is no number, or the host is empty or holds other characters than names and
// addresses have.
std::optional<HostPort> split_address(std::string_view text);
// The ZeroMQ endpoint of a numeric address, nullopt when the host is a name.
std::optional<std::string> numeric_endpoint(const HostPort& address);
// An address as it is shown: without "tcp://", and an IPv4 one without its IPv6 clothing ("[::ffff:192.0.2.7]:7420").
std::string shown_address(std::string_view endpoint);
// The ZeroMQ endpoint to listen at: a missing host or `*` is every interface, "localhost" the IPv4 loopback, port 0 or `*` a
// free port. nullopt when the text is no such address.
std::optional<std::string> listen_endpoint(std::string_view text);

// What of a numeric "host:port" tells hosts apart: who has one address of IPv6 mostly has 2⁶⁴ of them, so of those it is the
// network, "2001:db8:1:2::/64".
std::string host_of(const std::string& address);

}  // namespace budstikke::daemon
