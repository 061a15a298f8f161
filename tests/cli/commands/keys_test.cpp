// `key rotate`, `key passphrase`, `unlock`: what is asked for, what is said, and that nothing secret is shown.
#include <doctest/doctest.h>

#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

constexpr const char* kChanging = R"({"passphrase":false,"transport":"AAAA","change":{"stated":"2026-10-20T08:00:00Z",
  "latest":"2026-11-03T08:00:00Z","waits_for":[{"member":"M2M2M2M2","name":"Ishøj"},{"member":"M3M3M3M3","name":"Greve"}]}})";

Ran run_with(const FakeNode& node, std::vector<std::string> args, const std::string& in) {
  World world;
  world.in = in;
  args.insert(args.begin(), {"--home", node.home().string(), "--lang", "en"});
  return run_cli(args, world);
}

}  // namespace

TEST_CASE("key rotate: says that the new key is in use, or who must hear of it first, and what follows for backups") {
  FakeNode node;
  node.answer("key.rotate", R"({"passphrase":false,"transport":"AAAA"})");
  node.answer("key.rotate", kChanging);
  const Ran done = run_at(node, {"key", "rotate"});
  CHECK(done.code == 0);
  CHECK(contains(done.out, "The new transport key is in use.\n"));
  CHECK(contains(done.out, "Write a new backup"));
  CHECK_FALSE(node.last_request().args.boolean("now"));
  const Ran waits = run_danish(node, {"nøgle", "skift", "--now"});
  CHECK(contains(waits.out, "Den tages i brug når disse kender den: Ishøj, Greve; senest tirsdag den 3. november 2026"));
  CHECK(node.last_request().args.boolean("now"));
  CHECK(json(run_at(node, {"key", "rotate", "--json"}).out).find("change") != nullptr);
  CHECK(run_at(node, {"key", "rotate", "--quiet"}).out.empty());
}

TEST_CASE("key passphrase: the present one and the new one are lines of standard input, and shown nowhere") {
  FakeNode node;
  node.answer("key.passphrase", R"({"passphrase":false})");
  node.answer("key.passphrase", R"({"passphrase":true})");
  const Ran set = run_with(node, {"key", "passphrase"}, "ni violette elefanter\r\n");
  CHECK(set.code == 0);
  CHECK(contains(set.out, "budstikke unlock"));
  CHECK(args_of(node.requests()[0]) == R"({"look":true})");
  CHECK(args_of(node.last_request()) == R"({"new":"ni violette elefanter"})");
  CHECK_FALSE(contains(set.out + set.err, "elefanter"));

  const Ran changed = run_with(node, {"key", "passphrase"}, "ni violette elefanter\nfire graa gaes\n");
  CHECK(args_of(node.last_request()) == R"({"current":"ni violette elefanter","new":"fire graa gaes"})");
  const Ran removed = run_with(node, {"key", "passphrase", "--remove"}, "fire graa gaes\n");
  CHECK(contains(removed.out, "not sealed any more"));
  CHECK(args_of(node.last_request()) == R"({"current":"fire graa gaes","remove":true})");
  CHECK_FALSE(contains(changed.out + changed.err + removed.out + removed.err, "gaes"));
}

TEST_CASE("key passphrase: without a line nothing is done, and where there is none, none is taken away") {
  FakeNode node;
  node.answer("key.passphrase", R"({"passphrase":false})");
  CHECK(run_with(node, {"key", "passphrase"}, "").code == 1);
  CHECK(node.requests().size() == 1);
  const Ran none = run_with(node, {"key", "passphrase", "--remove"}, "");
  CHECK(none.code == 0);
  CHECK(contains(none.out, "have no passphrase"));
  CHECK(node.requests().size() == 2);
}

TEST_CASE("key passphrase: on a terminal it is typed twice, and the two must be the same") {
  FakeNode node;
  node.answer("key.passphrase", R"({"passphrase":false})");
  node.answer("key.passphrase", R"({"passphrase":true})");
  const Ran same = run_on_terminal(node, {"key", "passphrase"}, "en", "ni violette elefanter\nni violette elefanter\n");
  CHECK(same.code == 0);
  node.answer("key.passphrase", R"({"passphrase":false})");
  const std::size_t before = node.requests().size();
  FakeNode other;
  other.answer("key.passphrase", R"({"passphrase":false})");
  const Ran differ = run_on_terminal(other, {"key", "passphrase"}, "da", "ni violette elefanter\nni violette elefanterx\n");
  CHECK(differ.code == 2);
  CHECK(contains(differ.err, "ikke ens"));
  CHECK(other.requests().size() == 1);
  CHECK(node.requests().size() == before);
}

TEST_CASE("unlock: gives the passphrase, and is done when the node runs") {
  FakeNode node;
  node.answer("unlock", R"({"was_locked":true})");
  node.answer("unlock", R"({"was_locked":false})");
  node.answer("status", R"({"member":"M1"})");
  const Ran unlocked = run_with(node, {"unlock"}, "ni violette elefanter\n");
  CHECK(unlocked.code == 0);
  CHECK(unlocked.out == "Unlocked: the node is running.\n");
  CHECK(args_of(node.requests()[0]) == R"({"passphrase":"ni violette elefanter"})");
  CHECK(run_with(node, {"unlock"}, "ni violette elefanter\n").out == "The node is not locked.\n");
  FakeNode locked;
  locked.refuse("unlock", ApiError::WrongPassphrase);
  locked.refuse("status", ApiError::Locked);
  const Ran wrong = run_with(locked, {"unlock"}, "noget andet\n");
  CHECK(wrong.code == 1);
  CHECK_FALSE(contains(wrong.err, "andet"));
  CHECK(contains(run_danish(locked, {"tilstand"}).err, "budstikke lås-op"));
  CHECK(run_with(locked, {"unlock"}, "").code == 1);
}

TEST_CASE("status: a key that is on its way is told, with whom it waits for") {
  FakeNode node;
  node.answer("status",
              std::string(R"({"member":"M1","council_name":"Ballerup","version":"1","peers":[],"networks":[],"keys":)") +
                  kChanging + "}");
  CHECK(contains(run_at(node, {"status"}).out, "once these know of it: Ishøj, Greve; at the latest Tuesday 3 November 2026"));
}
