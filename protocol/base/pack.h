// Canonical msgpack: the one place that meets msgpack.
//
// Shape        nil, bool, integer, str and bin in their shortest form, array, map with text keys. No floats or ext types. One
//              value has exactly one encoding.
// Errors       unpack() refuses (Malformed) anything that is not the canonical encoding of one value: longer forms,
//              trailing bytes, repeated map keys, invalid UTF-8, unknown types, more than kMaxValueDepth levels.
// Cost         unpack() never reserves memory for a length that the remaining bytes cannot hold: at most one element of
//              bookkeeping per byte of input.
#pragma once

#include "protocol/base/bytes.h"
#include "protocol/base/result.h"
#include "protocol/base/value.h"

namespace budstikke {

Bytes pack(const Value& value);
void pack_into(Bytes& out, const Value& value);
Result<Value> unpack(View bytes);

}  // namespace budstikke
