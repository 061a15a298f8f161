// The tables of one language, and what the compiler holds them to.
#pragma once

#include <array>

#include "cli/text.h"

namespace budstikke::cli {

struct TextRow {
  Text id;
  std::string_view text;
};
struct ErrorRow {
  ApiError id;
  Wording wording;
};
struct TroubleRow {
  Trouble id;
  Wording wording;
};

struct Tables {
  const std::array<TextRow, kTextCount>& texts;
  const std::array<ErrorRow, kApiErrorCount>& errors;
  const std::array<TroubleRow, kTroubleCount>& troubles;
};
const Tables& english();
const Tables& danish();

constexpr bool is_said(std::string_view text) { return !text.empty(); }
constexpr bool is_said(const Wording& wording) { return !wording.message.empty(); }

// Whether every row stands at the place of its id and says something.
template <std::size_t kSize>
consteval bool is_whole(const std::array<TextRow, kSize>& rows) {
  for (std::size_t i = 0; i < kSize; ++i) {
    if (static_cast<std::size_t>(rows[i].id) != i || !is_said(rows[i].text)) return false;
  }
  return true;
}
template <class Row, std::size_t kSize>
consteval bool is_whole(const std::array<Row, kSize>& rows) {
  for (std::size_t i = 0; i < kSize; ++i) {
    if (static_cast<std::size_t>(rows[i].id) != i || !is_said(rows[i].wording)) return false;
  }
  return true;
}

}  // namespace budstikke::cli
