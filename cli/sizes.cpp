#include "cli/sizes.h"

namespace budstikke::cli {

std::string size_text(std::int64_t bytes, Language language) {
  const bool danish = language == Language::Danish;
  if (bytes < 1'000) return std::to_string(bytes) + (danish ? " byte" : bytes == 1 ? " byte" : " bytes");
  if (bytes < 999'500) return std::to_string((bytes + 500) / 1'000) + " kB";
  const std::int64_t tenths = (bytes + 50'000) / 100'000;
  return std::to_string(tenths / 10) + (danish ? "," : ".") + std::to_string(tenths % 10) + " MB";
}

}  // namespace budstikke::cli
