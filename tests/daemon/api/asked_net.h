// The API of nodes in memory, asked as the daemon asks it: the command goes to whoever knows it, and what it wrote is sent.
#pragma once

#include <doctest/doctest.h>

#include "daemon/api/activity.h"
#include "daemon/api/erase.h"
#include "daemon/api/files.h"
#include "daemon/api/network.h"
#include "daemon/api/records.h"
#include "daemon/api/undo.h"
#include "daemon/api/watch.h"
#include "tests/support/net.h"

namespace budstikke::tests {

struct AskedNet {
  explicit AskedNet(std::size_t councils) : net(Net::region(councils)) {}

  daemon::Answer ask(std::size_t machine, const std::string& command, const Value& args = Value::map()) {
    daemon::RecordsApi records(net.node(machine));
    daemon::NetworkApi network(net.node(machine), dialer, config, core);
    daemon::EraseApi erase(net.node(machine), dialer);
    std::optional<daemon::Answer> answer = records.handle(command, args, net.now_of(machine));
    if (!answer) answer = network.handle(command, args, net.now_of(machine));
    if (!answer) answer = erase.handle(command, args, net.now_of(machine));
    if (!answer) answer = daemon::FileApi(net.node(machine)).handle(command, args, net.now_of(machine));
    if (!answer) answer = daemon::report_activity(net.node(machine), dialer, command, args, net.now_of(machine));
    if (!answer) answer = daemon::WatchApi(net.node(machine)).handle(command, args, net.now_of(machine));
    const daemon::OutboxApi outbox(net.node(machine));
    if (!answer) answer = daemon::UndoApi(net.node(machine), outbox).handle(command, args, net.now_of(machine));
    net.process(machine);
    REQUIRE(answer.has_value());
    return std::move(*answer);
  }
  // What is answered, which must not be a refusal.
  Value done(std::size_t machine, const std::string& command, const Value& args = Value::map()) {
    daemon::Answer answer = ask(machine, command, args);
    const ApiFailure* failed = std::get_if<ApiFailure>(&answer);
    CAPTURE((failed != nullptr ? failed->message : std::string()));
    REQUIRE(failed == nullptr);
    return std::get<Value>(answer);
  }
  // The code of the refusal; "none" when it was done.
  std::string refusal(std::size_t machine, const std::string& command, const Value& args = Value::map()) {
    const daemon::Answer answer = ask(machine, command, args);
    const ApiFailure* failed = std::get_if<ApiFailure>(&answer);
    return failed != nullptr ? std::string(text_of(failed->code)) : "none";
  }

  Net net;
  daemon::Dialer dialer;
  daemon::Config config;
  daemon::CoreStatus core;
};

}  // namespace budstikke::tests
