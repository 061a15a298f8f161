#include "tests/bench/bundles.h"

#include <nlohmann/json.hpp>
#include <thread>

#include "tests/bench/figures.h"
#include "tests/bench/joined_pair.h"
#include "tests/bench/usage.h"

namespace budstikke::bench {
namespace {

constexpr std::chrono::minutes kBundlePatience{30};

BundleSide run_watched(tests::NodeUnderTest& node, std::vector<std::string> arguments, std::chrono::seconds settling) {
  std::this_thread::sleep_for(settling);
  BundleSide side;
  side.rest = tests::anonymous_memory_of(node.daemon().pid());
  arguments.insert(arguments.begin(), {"--home", node.home().string()});
  const auto begun = Clock::now();
  tests::Process command({tests::program("budstikke").string(), arguments});
  const MemoryWatch memory({node.daemon().pid(), command.pid()});
  const std::optional<int> code = command.wait(kBundlePatience);
  side.seconds = seconds_since(begun);
  if (code != 0) throw std::runtime_error("a bundle command failed\n" + command.err() + node.daemon().err());
  side.most = memory.most()[0];
  side.command = memory.most()[1];
  return side;
}

}  // namespace

BundleFigures measure_bundles(std::uint64_t entries, std::uint64_t authors, std::chrono::seconds settling) {
  JoinedPair pair(0, authors, false);  // each knows the other's key; neither holds anything
  tests::NodeUnderTest& writer = pair.server();
  tests::NodeUnderTest& reader = pair.newcomer();
  reader.stop();
  writer.stop();
  const Filling filling = add_entries(writer.home(), entries, authors);
  const tests::TempHome folder;
  const std::string file = folder.path() / "bundle";
  BundleFigures figures{filling.entries, filling.body_bytes, 0, {}, {}};
  writer.start();
  figures.write = run_watched(writer, {"bundle", "write", file, "--all"}, settling);
  writer.stop();
  figures.file_bytes = std::filesystem::file_size(file);
  reader.start();
  figures.read = run_watched(reader, {"bundle", "read", file}, settling);
  const auto held = reader.json({"status"})["networks"][0]["entries"].get<std::uint64_t>();
  if (held < entries) throw std::runtime_error("the reader of a bundle holds fewer entries than its writer");
  reader.stop();
  return figures;
}

}  // namespace budstikke::bench
