// Small wordings that several commands share.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/context.h"

namespace budstikke::cli {

// The letters of an id that people use.
std::string short_id(std::string_view id);

// "koordinator" for "coordinator"; what is not known is given back as it is.
std::string role_name(const Context& context, std::string_view role);
std::string role_word(std::string_view role, Language language);
// The role a person named, in either language.
std::optional<std::string_view> role_of(std::string_view typed);

// Who can prolong a role: the councils named, or the holder of the recovery key.
std::string prolonged_by(const Context& context, const Value::Array& names);

// What `status` and `key rotate` tell of another transport key that is on its way; empty without one. In keys.cpp.
std::string key_change_line(const Context& context, const Value& keys);

// What is wrong with a configuration, as the node says it, in the reader's language. In config.cpp.
std::string config_fault(const std::string& error, Language language);

// Who has what this node wrote last: "hos alle 4 andre råd". In outbox.cpp.
std::string spread_line(const Context& context, std::int64_t alone, std::int64_t waiting, std::int64_t councils);

// "Ballerup Integrationsråd: har alt · set for 2 min siden".
std::string peer_line(const Context& context, const Value& peer);

}  // namespace budstikke::cli
