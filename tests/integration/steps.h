// What the end-to-end tests do again and again at a node, as a person would.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/region.h"

namespace budstikke::tests {

inline std::vector<std::string> joined(std::vector<std::string> words, const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// Adds a record and gives its full id.
inline std::string add(const NodeUnderTest& node, const std::string& kind, const std::vector<std::string>& fields) {
  return node.text(joined({kind, "add", "--quiet"}, fields));
}

inline nlohmann::json show(const NodeUnderTest& node, const std::string& kind, const std::string& id) {
  return node.json({kind, "show", id});
}

inline nlohmann::json list(const NodeUnderTest& node, const std::string& kind) { return node.json({kind, "list", "--all"}); }

// A text field of a record; empty when it has none.
inline std::string field(const NodeUnderTest& node, const std::string& kind, const std::string& id, const std::string& name) {
  return show(node, kind, id).value(name, std::string());
}

inline nlohmann::json network_status(const NodeUnderTest& node) { return node.json({"status"}).at("networks").at(0); }
inline std::int64_t entries(const NodeUnderTest& node) { return network_status(node).at("entries").get<std::int64_t>(); }

// The id of the `council` record of the node's own council.
inline std::string own_council_record(const NodeUnderTest& node) {
  for (const nlohmann::json& council : list(node, "council")) {
    if (council.value("name", std::string()) == node.council()) return council.at("id");
  }
  return {};
}

// The code of the error that a command ended with, as `--json` tells it; empty when it printed no such document.
inline std::string error_code(const Reply& reply) {
  const nlohmann::json document = nlohmann::json::parse(reply.err, nullptr, false);
  return document.is_object() && document.contains("error") ? document["error"].value("code", std::string()) : std::string();
}

}  // namespace budstikke::tests
