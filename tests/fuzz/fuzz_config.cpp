// The reader of the configuration. Input: a file; it is then also read over one that is well.
#include "daemon/config.h"
#include "protocol/base/text.h"
#include "tests/fuzz/fuzz.h"

using namespace budstikke;
using namespace budstikke::daemon;

namespace {

void check_read(const ReadConfig& read) {
  for (const Setting& setting : settings()) {
    const std::string& value = read.config.*(setting.member);
    const bool is_named = read.origins.contains(setting.key());
    require(!is_named || setting.takes(value), "a value fits its key");
    require(is_clean_text(value, false) || value.empty(), "a value is plain text");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  ReadConfig read;
  const Status added = add_config(read, text, "config.toml");
  check_read(read);
  if (!added) {
    require(added.error().code == Code::Invalid, "a file that is refused is told to be invalid");
    require(added.error().text.starts_with("config.toml:"), "where it is wrong is told");
    return 0;
  }
  fuzz::accepted();
  Config whole = read.config;
  if (whole.council.empty()) whole.council = "x";
  ReadConfig again;
  require(add_config(again, text_of(whole), "again.toml").ok(), "what was read can be written and read");
  for (const Setting& setting : settings()) {
    require(again.config.*(setting.member) == whole.*(setting.member), "and is the same");
  }
  return 0;
}
