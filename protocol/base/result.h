// Errors as values. A function that can fail returns Result<T>; callers return early.
//
// Errors       Every Code means one action of the caller, named beside it. The text is for the log, in English, and holds
//              no private data; what a user reads is made from the code by the command line in her own language.
// Invariants   value() and error() abort when asked for what is not there: that is a mistake of ours, never of a peer.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

namespace budstikke {

enum class Code : std::uint8_t {
  Malformed,   // the bytes break the layout: drop the message, and the peer that sent it
  Forged,      // a hash or signature does not hold: drop the peer
  TooLarge,    // a bound of limits.h is passed: drop the message; a local writer must shorten
  NotAllowed,  // the role or the owner does not permit it: tell the writer
  Invalid,     // a value a person gave does not fit its field: tell the writer which and why
  NotFound,    // no such thing: tell the asker
  Ambiguous,   // several things fit: ask for more letters
  Conflict,    // the state does not permit it now (already joined, ticket used, removed record): tell the asker
  Damaged,     // a stored row fails its checksum: do not use it, report it, heal it from a peer
  Io,          // the disk or a socket failed: stop before anything is acknowledged
  Full,        // no room: read-only until there is
  Later,       // others would hold it back for now: tell the writer when (the subject)
};

struct Error {
  Code code;
  std::string text;
  std::string subject = {};  // the field, id or name it is about, when there is one
};

[[noreturn]] inline void fail_hard(const char* what) {
  std::fprintf(stderr, "budstikke: internal error: %s\n", what);
  std::abort();
}

// Asserts our own invariants, in every build. Never reachable by input from outside.
inline void require(bool holds, const char* what) {
  if (!holds) fail_hard(what);
}

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & {
    require(ok(), "value() of a failed Result");
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    require(ok(), "value() of a failed Result");
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    require(ok(), "value() of a failed Result");
    return std::move(*std::get_if<0>(&state_));
  }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  const Error& error() const {
    require(!ok(), "error() of a successful Result");
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

struct Nothing {};
using Status = Result<Nothing>;
inline Status done() { return Nothing{}; }

}  // namespace budstikke
