#include "cli/web/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "protocol/base/text.h"

namespace budstikke::cli {
namespace {

constexpr std::size_t kLongestHostName = 253;

std::optional<std::uint16_t> port_of(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  return whole ? std::optional(port) : std::nullopt;
}

// In digits as the system writes them; empty when it is no address of loopback.
std::string loopback_host(std::string host) {
  constexpr std::uint8_t kLoopbackNet = 127;
  if (host == "localhost") host = "127.0.0.1";
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24U == kLoopbackNet ? host : std::string();
  in6_addr v6{};
  const bool is_loopback = ::inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
  return is_loopback ? "::1" : std::string();
}

}  // namespace

std::optional<LoopbackAddress> parse_loopback(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::optional<std::uint16_t> port = port_of(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  LoopbackAddress address{loopback_host(std::string(host)), port.value_or(0)};
  if (!port || address.host.empty() || address.is_v6() != bracketed) return std::nullopt;
  return address;
}

std::string text_of(const LoopbackAddress& address) {
  const std::string host = address.is_v6() ? "[" + address.host + "]" : address.host;
  return host + ":" + std::to_string(address.port);
}

bool is_host_name(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  };
  return !text.empty() && text.size() <= kLongestHostName && std::ranges::all_of(text, fits);
}

HostNames::HostNames(const LoopbackAddress& address, const std::vector<std::string>& more) {
  constexpr std::uint16_t kUsualPort = 80;  // which browsers leave out
  for (const std::string& host : {text_of(address), "localhost:" + std::to_string(address.port)}) {
    exact_.insert(host);
    if (address.port == kUsualPort) exact_.insert(host.substr(0, host.rfind(':')));
  }
  for (const std::string& name : more) more_.insert(fold_case(name));
}

bool HostNames::contain(std::string_view host) const {
  const std::string asked = fold_case(host);
  if (exact_.contains(asked)) return true;
  const std::size_t colon = asked.find(':');
  const bool has_port = colon != std::string::npos;
  return more_.contains(asked.substr(0, colon)) && (!has_port || port_of(std::string_view(asked).substr(colon + 1)));
}

}  // namespace budstikke::cli
