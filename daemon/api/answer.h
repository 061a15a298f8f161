// What a request of the local API is answered with, and what handlers share.
#pragma once

#include <functional>
#include <variant>

#include "daemon/home.h"
#include "protocol/node/node.h"
#include "protocol/records/edit.h"
#include "protocol/wire/api.h"

namespace budstikke::daemon {

using Answer = std::variant<Value, ApiFailure>;

inline ApiFailure failure(ApiError code, std::string message, std::string subject = {}) {
  return {code, std::move(message), std::move(subject)};
}

// How an error of the node is told to the person who asked.
ApiFailure failure_of(const Error& error);
// Of what adds a network: as failure_of(), and that there is no room for another one.
ApiFailure network_failure(const Error& error);
// Of a write: as failure_of(), and why this node may write nothing at all, when that is so.
ApiFailure write_failure(const Node& node, const Network& network, const Error& error, Now now);

}  // namespace budstikke::daemon
