#include "daemon/api/subject_text.h"

#include "protocol/base/limits.h"
#include "protocol/base/text.h"

namespace budstikke::daemon {
namespace {

// The end of the letter that starts at `at`.
std::size_t next_letter(std::string_view text, std::size_t at) {
  ++at;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++at;
  return at;
}

// How many bytes from `at` on are the subject; 0 when they are not. Folding joins letters, so a piece is folded as it grows,
// until it is the subject or cannot become it.
std::size_t occurrence(std::string_view text, std::size_t at, const std::string& folded) {
  for (std::size_t end = at; end < text.size();) {
    end = next_letter(text, end);
    const std::string piece = fold_case(text.substr(at, end - at));
    if (piece == folded) return end - at;
    const bool can_become = folded.starts_with(piece) || (end - at == 1 && piece == "a");  // "a" may become "å"
    const bool last_may_join = piece.ends_with('a') && folded.starts_with(std::string_view(piece).substr(0, piece.size() - 1));
    if (!can_become && !last_may_join) return 0;
  }
  return 0;
}

}  // namespace

bool mentions(std::string_view text, const std::string& folded) { return fold_case(text).find(folded) != std::string::npos; }

std::string without(const std::string& text, const std::string& folded, const std::string& replacement) {
  std::string kept;
  for (std::size_t at = 0; at < text.size();) {
    if (const std::size_t length = occurrence(text, at, folded); length > 0) {
      kept += replacement;
      at += length;
      continue;
    }
    const std::size_t next = next_letter(text, at);
    kept.append(text, at, next - at);
    at = next;
  }
  return kept.size() > kMaxTextBytes || mentions(kept, folded) ? replacement : kept;
}

}  // namespace budstikke::daemon
