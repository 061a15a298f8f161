#include "daemon/door/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace budstikke::daemon {
namespace {

struct Halves {
  std::string host;
  std::string port;
};

// Cuts at the last colon and takes brackets off; an IPv6 address without brackets is refused.
std::optional<Halves> cut(std::string_view text) {
  std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!bracketed && host.find(':') != std::string_view::npos) return std::nullopt;
  return Halves{std::string(host), std::string(text.substr(colon + 1))};
}

std::optional<int> port_number(std::string_view text) {
  int number = -1;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0 || number > 65'535) return std::nullopt;
  return number;
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ||
         c == ':' || c == '%';
}

bool is_host(std::string_view host) {
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), is_host_character);
}

std::string host_and_port(const std::string& host, const std::string& port) {
  bool is_v6 = host.find(':') != std::string::npos;
  return is_v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

std::string endpoint_of(const std::string& host, const std::string& port) { return "tcp://" + host_and_port(host, port); }

}  // namespace

std::optional<HostPort> split_address(std::string_view text) {
  std::optional<Halves> halves = cut(text);
  if (!halves || !is_host(halves->host)) return std::nullopt;
  std::optional<int> port = port_number(halves->port);
  if (!port || *port == 0) return std::nullopt;
  return HostPort{halves->host, std::to_string(*port)};
}

std::optional<std::string> numeric_endpoint(const HostPort& address) {
  std::array<unsigned char, 16> parsed;
  std::string bare = address.host.substr(0, address.host.find('%'));  // fe80::1%eth0
  bool is_numeric =
      ::inet_pton(AF_INET, bare.c_str(), parsed.data()) == 1 || ::inet_pton(AF_INET6, bare.c_str(), parsed.data()) == 1;
  if (!is_numeric) return std::nullopt;
  return endpoint_of(address.host, address.port);
}

std::string shown_address(std::string_view endpoint) {
  constexpr std::string_view kScheme = "tcp://";
  constexpr std::string_view kMapped = "::ffff:";
  if (endpoint.starts_with(kScheme)) endpoint.remove_prefix(kScheme.size());
  std::optional<Halves> halves = cut(endpoint);
  bool has_port = halves.has_value();
  std::string host = has_port ? halves->host : std::string(endpoint);
  if (host.starts_with(kMapped) && host.find('.') != std::string::npos) host.erase(0, kMapped.size());
  if (!has_port) return host;
  return host_and_port(host, halves->port);
}

std::optional<std::string> listen_endpoint(std::string_view text) {
  std::optional<Halves> halves = cut(text);
  if (!halves) return std::nullopt;
  std::string host = halves->host.empty() ? "*" : halves->host == "localhost" ? "127.0.0.1" : halves->host;
  if (host != "*" && !is_host(host)) return std::nullopt;
  if (halves->port == "*" || halves->port == "0") return endpoint_of(host, "*");
  std::optional<int> port = port_number(halves->port);
  if (!port) return std::nullopt;
  return endpoint_of(host, std::to_string(*port));
}

std::string host_of(const std::string& address) {
  std::string host = address.substr(0, address.rfind(':'));
  if (!host.starts_with('[') || !host.ends_with(']')) return host;
  host = host.substr(1, host.size() - 2);
  std::array<unsigned char, 16> parsed;
  if (::inet_pton(AF_INET6, host.substr(0, host.find('%')).c_str(), parsed.data()) != 1) return host;
  std::fill(parsed.begin() + 8, parsed.end(), static_cast<unsigned char>(0));
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET6, parsed.data(), text.data(), text.size());
  return std::string(text.data()) + "/64";
}

}  // namespace budstikke::daemon
