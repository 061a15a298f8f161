// erase, erase status, erase --subject, export --subject and member.
#include <doctest/doctest.h>

#include "cli/json.h"
#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

constexpr const char* kErased = R"({"records":[
  {"id":"K3F9QXAAAA","short":"K3F9QX","kind":"contact","owner_name":"Ballerup","network":"NET","outcome":"erased",
   "at_once":true,"others":false,"title":"Mette"},
  {"id":"Q9Q9Q9AAAA","short":"Q9Q9Q9","kind":42,"owner_name":"Ballerup","network":"NET","outcome":"already","at_once":true,
   "others":true}]})";

constexpr const char* kEraseStatus = R"({"erasures":[{"erasure":"ab01","network":"NET","id":"K3F9QXAAAA","short":"K3F9QX",
  "kind":"contact","what":"record","asked":"2026-10-19T10:00:00Z","by_member":"MMMMMMMM","by":"C1","by_name":"Ballerup",
  "at_once":false,"due":"2026-10-20T10:00:00Z","expected":2,"receipts":1,"complete":false,
  "members":[{"member":"M2M2M2M2","council":"C2","name":"Ishøj","you":false,"connected":false,"last_heard":"2026-10-20T07:00:00Z"},
             {"member":"M1M1M1M1","council":"C1","name":"Ballerup","you":true,"connected":false,"receipt":"2026-10-19T10:00:01Z"}],
  "removed_members":[{"member":"M3M3M3M3","council":"C3","name":"Greve","you":false,"connected":false}]}]})";

constexpr const char* kFound = R"({"records":[{"id":"K3F9QXAAAA","short":"K3F9QX","kind":"contact","title":"Mette Hansen",
  "owner_name":"Ballerup","network":"NET","network_name":"Hovedstaden","action":"erased","changes":2,"left":[],
  "mentions":[{"field":"name","value":"Mette Hansen","state":"live","time":"2026-10-19T10:00:00Z","member":"M1",
               "council_name":"Ballerup"},
              {"field":"notes","value":"Mette Hansen igen","state":"past","time":"2026-10-18T10:00:00Z","member":"M1",
               "council_name":"Ballerup"}]}]})";
constexpr const char* kLeft = R"({"records":[{"id":"P1P1P1AAAA","short":"P1P1P1","kind":"event","title":"Cafe",
  "owner_name":"Ishøj","network":"NET","network_name":"Hovedstaden","action":"nothing","changes":0,
  "left":[{"council":"C2","council_name":"Ishøj","changes":1,"reason":"not-permitted"}],
  "mentions":[{"field":"description","value":"Med Mette Hansen","state":"live","time":"2026-10-19T10:00:00Z","member":"M2",
               "council_name":"Ishøj"}]}]})";

}  // namespace

TEST_CASE("erase: asks on a terminal what it is about, and needs --yes elsewhere") {
  FakeNode node;
  node.answer("erase.records", kErased);
  const Ran asked = run_on_terminal(node, {"erase", "K3F9", "Q9Q9", "--now"}, "en", "n\n");
  CHECK(asked.code == 1);
  CHECK(contains(asked.out, "contact K3F9QX  Mette  (Ballerup)"));
  CHECK(contains(asked.out, "unknown kind 42 Q9Q9Q9"));
  CHECK(contains(asked.out, "what\nothers wrote after 24 hours"));
  CHECK(contains(asked.err, "nothing brings it back"));
  REQUIRE(node.requests().size() == 1);
  CHECK(node.last_request().args.boolean("look"));
  const Ran refused = run_at(node, {"erase", "K3F9", "--json"});
  CHECK(refused.code == 1);
  CHECK(contains(refused.err, "needs-yes"));
  CHECK(node.requests().size() == 1);
}

TEST_CASE("erase: says what is erased, when it is destroyed and where to see who has done so") {
  FakeNode node;
  node.answer("erase.records", kErased);
  const Ran ran = run_danish(node, {"udslet", "K3F9", "Q9Q9", "--now", "--yes"});
  CHECK(ran.code == 0);
  CHECK(contains(ran.out, "Udslettet: kontakt K3F9QX\n"));
  CHECK(contains(ran.out, "Allerede udslettet: ukendt slags 42 Q9Q9Q9\n"));
  CHECK(contains(ran.out, "budstikke udslet tilstand"));
  CHECK(node.last_request().args.boolean("at_once"));
  CHECK(node.last_request().args.items("ids").size() == 2);
  CHECK_FALSE(node.last_request().args.boolean("look"));
  CHECK(run_at(node, {"erase", "K3F9", "--yes", "--quiet"}).out == "K3F9QXAAAA\nQ9Q9Q9AAAA\n");
  CHECK_FALSE(node.last_request().args.boolean("at_once"));
  CHECK(json(run_at(node, {"erase", "K3F9", "--yes", "--json"}).out).items().size() == 2);
}

TEST_CASE("erase: needs ids or a subject, and not both") {
  FakeNode node;
  CHECK(run_at(node, {"erase"}).code == 2);
  CHECK(run_at(node, {"erase", "K3F9", "--subject", "Mette"}).code == 2);
  CHECK(node.requests().empty());
}

TEST_CASE("erase: what the rules do not permit is refused with the node's reason and 4") {
  FakeNode node;
  node.refuse("erase.records", ApiError::NotPermitted, "K3F9QX", "contact K3F9QX belongs to council ABCDEF");
  const Ran ran = run_at(node, {"erase", "K3F9", "--yes"});
  CHECK(ran.code == 4);
  CHECK(contains(ran.err, "belongs to council ABCDEF"));
}

TEST_CASE("erase status: names who owes a receipt and when they were last heard of, and who is not expected to") {
  FakeNode node;
  node.answer("erase.status", kEraseStatus);
  const Ran ran = run_on_terminal(node, {"erase", "status"});
  CHECK(contains(ran.out, "contact K3F9QX: asked for by Ballerup, 19 Oct 2026 12:00\n"));
  CHECK(contains(ran.out, "  to be destroyed here 20 Oct 2026 12:00\n"));
  CHECK(contains(ran.out, "  1 of 2 nodes have confirmed"));
  CHECK(contains(ran.out, "  not yet: Ishøj (M2M2M2), last heard of 1 h ago\n"));
  CHECK(contains(ran.out, "not expected to: Greve\n"));
  const Ran rows = run_at(node, {"erase", "status"});
  CHECK(contains(rows.out, "K3F9QX\tcontact\trecord\tBallerup\t2026-10-19T10:00:00Z\t2026-10-20T10:00:00Z\t\tIshøj\t-\t"));
  CHECK(contains(rows.out, "\tGreve\tremoved\t"));
  CHECK(json(run_at(node, {"erase", "status", "--json"}).out).items()[0].integer("receipts") == 1);
  CHECK(contains(run_danish(node, {"udslet", "tilstand"}).out, "Ballerup"));
}

TEST_CASE("erase status: pages are put together, and none at all is said") {
  FakeNode node;
  node.answer("erase.status", R"({"erasures":[{"erasure":"ab","kind":"plan","members":[]}],"next":"ab"})");
  node.answer("erase.status", R"({"erasures":[{"erasure":"cd","kind":"plan","members":[]}]})");
  node.answer("erase.status", R"({"erasures":[]})");
  CHECK(json(run_at(node, {"erase", "status", "--json"}).out).items().size() == 2);
  CHECK(node.last_request().args.text("after") == "ab");
  CHECK(contains(run_on_terminal(node, {"erase", "status"}).out, "Nothing has been erased."));
}

TEST_CASE("erase --subject: shows where it is mentioned and what is done, and looks again whether anything is left") {
  FakeNode node;
  node.answer("subject.find", kFound);
  node.answer("subject.find", R"({"records":[]})");
  node.answer("subject.erase", R"({"records":[{"id":"K3F9QXAAAA","outcome":"erased","left":[]}]})");
  const Ran ran = run_danish(node, {"udslet", "--subject", "Mette Hansen", "--now", "--yes"});
  CHECK(ran.code == 0);
  CHECK(contains(ran.out, "kontakt K3F9QX  Mette Hansen  (Ballerup)\n"));
  CHECK(contains(ran.out, "noter, tidligere\n"));
  CHECK(contains(ran.out, "hele posten udslettes"));
  CHECK(contains(ran.out, "Tag det også ud af de filer"));
  const std::vector<ApiRequest> requests = node.requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests[1].command == "subject.erase");
  CHECK(requests[1].args.text("replacement") == "[udslettet]");
  CHECK(requests[1].args.boolean("at_once"));
  CHECK(requests[1].args.text("network") == "NET");
  REQUIRE(requests[1].args.items("ids").size() == 1);
  CHECK(requests[1].args.items("ids")[0] == Value("K3F9QXAAAA"));
}

TEST_CASE("erase --subject: what another council has to do is named, and the exit code is 4") {
  FakeNode node;
  node.answer("subject.find", kLeft);
  const Ran ran = run_at(node, {"erase", "--subject", "Mette Hansen", "--yes"});
  CHECK(ran.code == 4);
  CHECK(contains(ran.out, "to be done by Ishøj (changes: 1)"));
  CHECK(contains(ran.err, "your council may not do: Ishøj"));
  const Ran as_json = run_at(node, {"erase", "--subject", "Mette Hansen", "--yes", "--json"});
  CHECK(json(as_json.out).items("left").size() == 1);
  CHECK(contains(as_json.err, "subject-left"));
}

TEST_CASE("erase --subject: of many records, those of which another has erased it meanwhile are done") {
  const auto page = [](int first, int last) {
    std::string records;
    for (int i = first; i <= last; ++i) {
      records += (i == first ? "" : ",") + std::string(R"({"id":"K)") + std::to_string(i) +
                 R"(","short":"K","kind":"contact","title":"Mette Hansen","owner_name":"Ballerup","network":"NET",)"
                 R"("network_name":"Hovedstaden","action":"erased","changes":1,"left":[],"mentions":[]})";
    }
    return R"({"records":[)" + records + "]}";
  };
  FakeNode node;
  node.answer("subject.find", page(100, 250));
  node.answer("subject.find", R"({"records":[]})");
  node.answer("subject.erase", R"({"records":[{"id":"K100","outcome":"erased","left":[]}]})");
  node.refuse("subject.erase", ApiError::NothingToErase, "ids");
  const Ran ran = run_at(node, {"erase", "--subject", "Mette Hansen", "--yes", "--json"});
  CHECK(ran.code == 0);
  CHECK(ran.err.empty());
  CHECK(json(ran.out).items("records").size() == 1);
  CHECK(json(ran.out).items("left").empty());
  CHECK(node.requests().size() == 4);
}

TEST_CASE("erase --subject: one that nothing mentions is refused, and nothing is asked") {
  FakeNode node;
  node.answer("subject.find", R"({"records":[]})");
  const Ran ran = run_at(node, {"erase", "--subject", "Ingen"});
  CHECK(ran.code == 5);
  CHECK(ran.out.empty());
  CHECK(contains(ran.err, "Nothing here mentions it: Ingen\n"));
  CHECK_FALSE(contains(ran.err, "export"));
  CHECK(contains(run_danish(node, {"udslet", "--subject", "Ingen"}).err, "Intet her nævner det: Ingen\n"));
  CHECK(contains(run_at(node, {"erase", "--subject", "Ingen", "--json"}).err, "\"nothing-mentions-it\""));
  for (const ApiRequest& request : node.requests()) CHECK(request.command == "subject.find");
}

TEST_CASE("export --subject: one document of everything, with a record's mentions of several pages together") {
  FakeNode node;
  std::string first(kFound);
  first.insert(first.size() - 1, R"(,"next":"7.2")");
  node.answer("subject.find", first);
  node.answer("subject.find", kFound);
  const Value document = json(run_at(node, {"export", "--subject", "Mette Hansen", "--json"}).out);
  CHECK(document.text("subject") == "Mette Hansen");
  REQUIRE(document.items("records").size() == 1);
  CHECK(document.items("records")[0].items("mentions").size() == 4);
  CHECK(node.last_request().args.text("after") == "7.2");
  const Ran text = run_danish(node, {"indsigt", "--subject", "Mette Hansen"});
  CHECK(contains(text.out, "Alt hos denne knude der nævner Mette Hansen, tirsdag den 20. oktober 2026"));
  CHECK(contains(text.out, "  noter: Mette Hansen igen  (tidligere; Ballerup, 18. okt. 2026"));
  CHECK(run_at(node, {"export"}).code == 2);
}

TEST_CASE("member: revoke asks who is meant, and readmit takes it back") {
  FakeNode node;
  const char* member = R"({"member":"M2M2M2M2","council":"C2","name":"Ishøj","role":"council"})";
  node.answer("member.revoke", member);
  node.answer("member.readmit", member);
  const Ran declined = run_on_terminal(node, {"member", "revoke", "M2M2"}, "en", "n\n");
  CHECK(declined.code == 1);
  CHECK(contains(declined.err, "Shut Ishøj (M2M2M2) (council) out"));
  CHECK(node.last_request().args.boolean("look"));
  CHECK(run_at(node, {"member", "revoke", "M2M2"}).code == 1);
  CHECK(run_on_terminal(node, {"member", "revoke", "M2M2"}, "en", "\n").code == 1);
  CHECK(node.last_request().args.boolean("look"));
  CHECK(run_on_terminal(node, {"medlem", "udeluk", "M2M2"}, "da", "Ishøj\n").out == "Udelukket: Ishøj (M2M2M2)\n");
  CHECK_FALSE(node.last_request().args.boolean("look"));
  CHECK(run_danish(node, {"medlem", "udeluk", "M2M2", "--yes"}).out == "Udelukket: Ishøj (M2M2M2)\n");
  CHECK_FALSE(node.last_request().args.boolean("look"));
  CHECK(run_at(node, {"member", "readmit", "M2M2"}).out == "Let in again: Ishøj (M2M2M2)\n");
}

TEST_CASE("erase: its help, that of member and of export give examples in both languages") {
  CHECK(contains(run_cli({"erase", "--help"}).out, "  budstikke erase --subject \"Mette Hansen\"\n"));
  CHECK(contains(run_cli({"--lang", "da", "udslet", "--help"}).out, "  budstikke udslet K3F9QX Q4T7WN --now\n"));
  CHECK(contains(run_cli({"help", "export"}).out, "--subject \"Mette Hansen\" --json\n"));
  CHECK(contains(run_cli({"--lang", "da", "medlem", "--help"}).out, "  budstikke medlem udeluk BZ5B86\n"));
}

TEST_CASE("erase status: a member that is connected, and this node itself, are told from one that was last heard of") {
  FakeNode node;
  node.answer("erase.status", R"({"erasures":[{"erasure":"ab","kind":"plan","short":"K3F9QX","what":"changes","changes":1,
    "expected":2,"receipts":0,"members":[
      {"member":"M1M1M1M1","name":"Ballerup","you":true,"connected":false,"last_heard":"2026-10-20T08:00:00Z"},
      {"member":"M2M2M2M2","name":"Ishøj","you":false,"connected":true,"last_heard":"2026-10-20T08:00:00Z"}]}]})");
  const Ran ran = run_on_terminal(node, {"erase", "status"}, "da");
  CHECK(contains(ran.out, "plan K3F9QX, gamle ændringer: 1; bedt om"));
  CHECK(contains(ran.out, "  endnu ikke: Ballerup (M1M1M1), denne knude\n"));
  CHECK(contains(ran.out, "  endnu ikke: Ishøj (M2M2M2), forbundet nu\n"));
}

TEST_CASE("erase --subject: a name of one letter is refused with what to give") {
  FakeNode node;
  node.refuse("subject.find", ApiError::MissingValue, "text");
  const Ran ran = run_at(node, {"erase", "--subject", "x", "--yes"});
  CHECK(ran.code == 2);
  CHECK(contains(ran.err, "--subject\n  Give at least two letters"));
}
