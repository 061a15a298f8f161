// What monitoring is told of a node: whether it is well, and figures in the text form of Prometheus.
//
// Shape        `budstikke_…`, in seconds and bytes, `_total` for what only grows; every name, with what it is, is a row of one
// table.
//              Labels are short ids, as people use them, and the name that goes with each.
// Source       https://prometheus.io/docs/instrumenting/exposition_formats, version 0.0.4.
#pragma once

#include <string>
#include <string_view>

#include "protocol/base/time.h"
#include "protocol/base/value.h"

namespace budstikke::cli {

inline constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

// `status` is the node's answer, nullptr when there is none; `hearings` all that it has.
std::string metrics_of(const Value* status, const Value::Array& hearings, WallTime now);

// Why the node cannot do its work, as a stable code: `store-full`, `no-door` or `cannot-listen`; empty when it can.
std::string unhealthy_by(const Value& status);

}  // namespace budstikke::cli
