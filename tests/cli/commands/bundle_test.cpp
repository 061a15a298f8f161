// bundle write, bundle read and outbox, as the command line tells what the node says.
#include <doctest/doctest.h>

#include "protocol/base/text.h"
#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

const std::string kWritten = R"("sections":[{"network":"N","name":"Midtjylland","recipients":3,"entries":14,
  "without_key":[{"member":"ABCDEFGH","name":"Skive"}]}])";

std::string section(const std::string& more) {
  return R"({"network":"N","name":"Midtjylland","writer":"BCDEFGHJ","writer_name":"Odense","created":"2026-10-03T05:00:00Z",
            "whole":true,"known":0,"left_out":0,"missing":0,)" +
         more + "}";
}

}  // namespace

TEST_CASE("bundle write: the pieces become the file, and it says for whom it is") {
  FakeNode node;
  TempHome folder;
  const std::string file = folder.path() / "ud";
  node.answer("bundle.write", R"({"stream":7,)" + kWritten + "}");
  node.answer("bundle.next", R"({"data":"627564","done":false})");
  node.answer("bundle.next", R"({"data":"7374696b6b65","done":true,)" + kWritten + "}");
  const Ran ran = run_danish(node, {"bundt", "skriv", file, "--since", "Odense"});
  CHECK(ran.code == 0);
  CHECK(read_file(file) == "budstikke");
  CHECK_FALSE(std::filesystem::exists(file + ".part"));
  CHECK(ran.out == "Skrevet: " + file +
                       " (9 byte)\n"
                       "  Midtjylland: 14 logindførsler, forseglet til 2 andre knuder\n"
                       "  Skive (ABCDEF) kan ikke åbne det: dens knude har endnu ikke oplyst en nøgle at forsegle til\n");
  CHECK(node.requests().front().args.text("since") == "Odense");
}

TEST_CASE("bundle write: a node that fails half-way leaves the old file as it was") {
  FakeNode node;
  TempHome folder;
  const std::string file = folder.path() / "ud";
  write_file(file, "før");
  node.answer("bundle.write", R"({"stream":7,)" + kWritten + "}");
  node.refuse("bundle.next", ApiError::BundleStreamGone);
  CHECK(run_at(node, {"bundle", "write", file}).code == 1);
  CHECK(read_file(file) == "før");
  CHECK_FALSE(std::filesystem::exists(file + ".part"));
  CHECK(run_at(node, {"bundle", "write", file, "--since", "X", "--all"}).code == 2);
}

TEST_CASE("bundle read: what came, what the writer lacks, and how to answer") {
  FakeNode node;
  TempHome folder;
  const std::string file = folder.path() / "ind";
  write_file(file, std::string(300'000, 'x'));
  node.answer("bundle.read", R"({"stream":3})");
  node.answer("bundle.feed", "{}");
  node.answer("bundle.end", R"({"foreign":1,"sections":[)" + section(R"("added":2,"lacks":9,"unusable":0)") + "]}");
  const Ran ran = run_danish(node, {"bundt", "læs", file});
  CHECK(ran.code == 0);
  CHECK(contains(ran.out, "Midtjylland, skrevet af Odense 3. okt. 2026 kl. 07.00: 2 nye logindførsler\n"));
  CHECK(contains(ran.out, "  Odense mangler 9 logindførsler herfra. Skriv svaret: budstikke bundt skriv FIL --since BCDEFG\n"));
  CHECK(contains(ran.out, "1 del af bundtet er forseglet til andre"));
  std::string fed;
  for (const ApiRequest& request : node.requests()) {
    if (request.command == "bundle.feed") fed += std::string(text_of(*bytes_of_hex(request.args.text("data"))));
  }
  CHECK(fed == read_file(file));
}

TEST_CASE("bundle read: a gap, a refused part and damage are failures that say what stays") {
  FakeNode node;
  TempHome folder;
  const std::string file = folder.path() / "ind";
  write_file(file, "x");
  node.answer("bundle.read", R"({"stream":3})");
  node.answer("bundle.feed", "{}");
  node.answer("bundle.end", R"({"foreign":0,"sections":[)" + section(R"("added":0,"lacks":0,"unusable":2)") + "]}");
  const Ran gap = run_at(node, {"bundle", "read", file});
  CHECK(gap.code == 1);
  CHECK(contains(gap.out, "nothing new"));
  CHECK(contains(gap.err, "Ask Odense for a whole one: budstikke bundle write FILE --all"));

  FakeNode other;
  other.answer("bundle.read", R"({"stream":3})");
  other.answer("bundle.feed", "{}");
  other.answer("bundle.end",
               R"({"foreign":0,"sections":[)" + section(R"("added":1,"lacks":0,"unusable":0,"refused":"removed")") + "]}");
  const Ran refused = run_at(other, {"bundle", "read", file});
  CHECK(refused.code == 1);
  CHECK(contains(refused.out, "refused, since Odense was shut out of the network"));

  FakeNode damaged;
  damaged.answer("bundle.read", R"({"stream":3})");
  damaged.refuse("bundle.feed", ApiError::BundleDamaged);
  const Ran broken = run_at(damaged, {"bundle", "read", file, "--json"});
  CHECK(broken.code == 1);
  CHECK(contains(broken.err, "\"bundle-damaged\""));
  CHECK(run_at(damaged, {"bundle", "read", folder.path() / "mangler"}).code == 1);
}

TEST_CASE("outbox: where there is one entry or one other council, it is said of one, in both languages") {
  const auto told = [](int councils, int alone, int waiting) {
    FakeNode node;
    node.answer("outbox", R"({"networks":[{"network":"N","name":"Fyn","councils":)" + std::to_string(councils) + R"(,"alone":)" +
                              std::to_string(alone) + R"(,"waiting":)" + std::to_string(waiting) + R"(,"entries":[]}]})");
    return run_on_terminal(node, {"outbox"}).out + run_on_terminal(node, {"udbakke"}, "da").out;
  };
  CHECK(told(1, 0, 0) == "Fyn: at the other council\nFyn: hos det andet råd\n");
  CHECK(told(2, 0, 0) == "Fyn: at all 2 other councils\nFyn: hos alle 2 andre råd\n");
  CHECK(told(1, 1, 1) ==
        "Fyn: 1 log entry is only here; the other council is not known to have it. Do not close the machine\nyet\n"
        "Fyn: 1 logindførsel er kun her; det andet råd vides ikke at have den. Luk ikke maskinen endnu\n");
  CHECK(told(1, 2, 2) ==
        "Fyn: 2 log entries are only here; the other council is not known to have them. Do not close the\nmachine yet\n"
        "Fyn: 2 logindførsler er kun her; det andet råd vides ikke at have dem. Luk ikke maskinen endnu\n");
  CHECK(told(3, 1, 1) ==
        "Fyn: 1 log entry is only here; none of 3 other councils is known to have it. Do not close the\nmachine yet\n"
        "Fyn: 1 logindførsel er kun her; ingen af 3 andre råd vides at have den. Luk ikke maskinen endnu\n");
  CHECK(told(3, 0, 1) ==
        "Fyn: at least one other council has everything; 1 log entry is not known to be at all 3 yet\n"
        "Fyn: mindst ét andet råd har alt; 1 logindførsel vides ikke at være hos alle 3 endnu\n");
}

TEST_CASE("outbox: each entry with how many councils have it, and whether the machine may be closed") {
  FakeNode node;
  node.answer("outbox", R"({"networks":[{"network":"N","name":"Midtjylland","councils":4,"alone":1,"waiting":2,"entries":[
    {"time":"2026-10-03T05:00:00Z","councils":0,"without":["Odense","Skive"],"without_more":2,
     "changes":[{"kind":"event","id":"K3F9QXAA","short":"K3F9QX","title":"Møde"}]},
    {"time":"2026-10-03T04:00:00Z","councils":3,"without":["Skive"],
     "changes":[{"kind":"contact","id":"Q4T7WNAA","short":"Q4T7WN","title":"Mette"}]}]}]})");
  CHECK(run_at(node, {"outbox"}).out ==
        "Midtjylland\t2026-10-03T05:00:00Z\t0\t4\tK3F9QX\tMøde\n"
        "Midtjylland\t2026-10-03T04:00:00Z\t3\t4\tQ4T7WN\tMette\n");
  CHECK(run_at(node, {"outbox", "--limit", "0"}).code == 2);
  CHECK(run_at(node, {"outbox", "--limit", "5"}).code == 0);
  CHECK(node.last_request().args.integer("limit") == 5);
}
