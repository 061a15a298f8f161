// Members: who is there and how they came in, roles, leaving, handing over and recovering.
#include <doctest/doctest.h>

#include "cli/json.h"
#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

constexpr const char* kMembership = R"({"members":[
  {"member":"M1M1M1M1","council":"C1","name":"Ballerup","role":"coordinator","admitted":"2026-10-01T10:00:00Z","words":"","you":true,
   "admitted_by":"","admitted_by_name":"","witness":"","witness_name":"","connected":false,"recovered":false},
  {"member":"M2M2M2M2","council":"C2","name":"Ishøj","role":"council","admitted":"2026-10-02T10:00:00Z","words":"","you":false,
   "admitted_by":"M1M1M1M1","admitted_by_name":"Ballerup","witness":"M1M1M1M1","witness_name":"Ballerup",
   "connected":false,"recovered":false,
   "removed":{"by":"M1","by_name":"Ballerup","time":"2026-10-03T10:00:00Z","left":false}},
  {"member":"M3M3M3M3","council":"C3","name":"Solrød","role":"reader","until":"2026-11-30T22:59:59Z",
   "admitted":"2026-10-02T11:00:00Z","words":"","you":false,"admitted_by":"M1M1M1M1","admitted_by_name":"Ballerup",
   "witness":"M2M2M2M2","witness_name":"Ishøj","connected":true,"last_seen":"2026-10-20T07:58:00Z","recovered":true},
  {"member":"M4M4M4M4","council":"C4","name":"Greve","role":"council","admitted":"2026-10-02T12:00:00Z","words":"","you":false,
   "admitted_by":"M1M1M1M1","admitted_by_name":"Ballerup","witness":"M1M1M1M1","witness_name":"Ballerup",
   "connected":false,"recovered":false,
   "removed":{"by":"M4M4M4M4","by_name":"Greve","time":"2026-10-05T10:00:00Z","left":true}}]})";

constexpr const char* kOwn = R"({"member":"M1M1M1M1","council":"C1","name":"Ballerup","role":"council","network":"NET",
  "network_name":"Hovedstaden","last_coordinator":false,"waiting":0})";

}  // namespace

TEST_CASE("member list: who let each in and through whom, until when, and who is gone and why") {
  FakeNode node;
  node.answer("network.members", kMembership);
  CHECK(run_danish(node, {"medlem", "liste"}).out ==
        "M1M1M1\tBallerup\tkoordinator\t\t2026-10-01T10:00:00Z\t\t\tdenne knude\n"
        "M4M4M4\tGreve\tråd\t\t2026-10-02T12:00:00Z\tBallerup\t\tudmeldt 2026-10-05T10:00:00Z\n"
        "M2M2M2\tIshøj\tråd\t\t2026-10-02T10:00:00Z\tBallerup\t\tudelukket 2026-10-03T10:00:00Z af Ballerup\n"
        "M3M3M3\tSolrød\tlæser\t2026-11-30T22:59:59Z\t2026-10-02T11:00:00Z\tBallerup, gennem Ishøj\t2026-10-20T07:58:00Z\t"
        "koordinator ved gendannelsesnøglen\n");
  const Ran seen = run_on_terminal(node, {"member", "list"});
  CHECK(contains(seen.out, "M2M2M2  Ishøj, council, shut out 3 Oct 2026 12:00 by Ballerup\n"));
  CHECK(contains(seen.out, "M3M3M3  Solrød, reader until 30 Nov 2026 23:59, coordinator by the recovery key\n"));
  CHECK(contains(seen.out, ", let in by Ballerup, through Ishøj, last seen 2 min ago\n"));
  CHECK(json(run_at(node, {"member", "list", "--json"}).out).items()[3].text("witness_name") == "Ishøj");
}

TEST_CASE("member role: the role in either language, with or without an end") {
  FakeNode node;
  node.answer("member.role", R"({"member":"M2M2M2M2","council":"C2","name":"Ishøj","role":"reader"})");
  node.answer("member.role",
              R"({"member":"M2M2M2M2","council":"C2","name":"Ishøj","role":"council","until":"2027-03-31T21:59:59Z"})");
  CHECK(run_danish(node, {"medlem", "rolle", "Ishøj", "læser"}).out ==
        "Ishøj (M2M2M2) er nu: læser. Det der er skrevet indtil nu, beholder den rolle det havde.\n");
  CHECK(args_of(node.last_request()) == R"({"member":"Ishøj","role":"reader"})");
  const Ran until = run_at(node, {"member", "role", "M2M2", "council", "--until", "31-03-2027", "--network", "Hoved"});
  CHECK(until.out ==
        "Ishøj (M2M2M2) is now: council, until Wednesday 31 March 2027 at 23:59. What it wrote before keeps the role it had.\n");
  CHECK(node.last_request().args.text("until") == "2027-03-31T21:59:59Z");
  CHECK(node.last_request().args.text("network") == "Hoved");
  CHECK(run_at(node, {"member", "role", "M2M2", "king"}).code == 2);
  CHECK(contains(run_at(node, {"member", "role", "M2M2", "reader", "--until", "sometime"}).err, "until"));
  CHECK(run_at(node, {"member", "role", "M2M2"}).code == 2);
}

TEST_CASE("member role: who may not, and whom that changes nothing for, is told") {
  FakeNode node;
  node.refuse("member.role", ApiError::HasThatRole, "Ishøj");
  const Ran same = run_danish(node, {"medlem", "rolle", "Ishøj", "råd"});
  CHECK(same.code == 1);
  CHECK(contains(same.err, "Medlemmet har den rolle i forvejen: Ishøj"));
}

TEST_CASE("member leave: says what stays and what would be lost, and asks") {
  FakeNode node;
  node.answer("member.leave", kOwn);
  const Ran asked = run_on_terminal(node, {"member", "leave"}, "en", "n\n");
  CHECK(asked.code == 1);
  CHECK(contains(asked.err, "Leave Hovedstaden? What this node has written stays with the others"));
  CHECK(node.last_request().args.boolean("look"));
  CHECK(run_at(node, {"member", "leave"}).code == 1);  // not on a terminal, and nobody said --yes
  const Ran left = run_danish(node, {"medlem", "forlad", "--yes"});
  CHECK(left.out == "Udmeldt: Hovedstaden. En koordinator kan lukke knuden ind igen: budstikke medlem genoptag M1M1M1\n");
  CHECK_FALSE(node.last_request().args.boolean("look"));
  CHECK(node.last_request().args.boolean("last"));
  const Ran yes = run_on_terminal(node, {"member", "leave"}, "en", "y\n");  // which is no name
  CHECK(yes.code == 1);
  CHECK(contains(yes.err, "Write the name Hovedstaden to do it (Enter: no): "));
  CHECK(contains(yes.err, "That is not the name."));
  CHECK(node.last_request().args.boolean("look"));
  CHECK(run_on_terminal(node, {"member", "leave"}, "en", "Fyn\n  hovedstaden\n").code == 0);
  CHECK_FALSE(node.last_request().args.boolean("last"));
}

TEST_CASE("member leave: entries that no other council has are counted in the question") {
  FakeNode node;
  node.answer("member.leave", R"({"member":"M1","name":"Ballerup","role":"council","network":"NET","network_name":"Hovedstaden",
    "last_coordinator":false,"waiting":3})");
  CHECK(contains(run_on_terminal(node, {"medlem", "forlad"}, "da", "n\n").err,
                 "Forlad Hovedstaden? 3 af denne knudes poster er endnu ikke hos noget andet råd"));
}

TEST_CASE("member leave: the last coordinator is warned, also on a terminal, and must say --yes") {
  FakeNode node;
  node.answer("member.leave", R"({"member":"M1M1M1M1","name":"Ballerup","role":"coordinator","network":"NET",
    "network_name":"Hovedstaden","last_coordinator":true,"waiting":0})");
  const Ran refused = run_on_terminal(node, {"medlem", "forlad"}, "da", "j\n");
  CHECK(refused.code == 1);
  CHECK(contains(refused.err, "Denne knude er den sidste koordinator i: Hovedstaden"));
  CHECK(contains(refused.err, "gendannelsesnøglen"));
  CHECK(node.last_request().args.boolean("look"));
  CHECK(run_at(node, {"member", "leave", "--yes"}).code == 0);
  CHECK(node.last_request().args.boolean("last"));
}

TEST_CASE("member handover: a ticket for the own council in the own role, alone on the last line") {
  FakeNode node;
  node.answer("network.members", kMembership);
  node.answer("invite", R"({"ticket":"BUD1-TICKET","expires":"2026-10-27T08:00:00Z","role":"coordinator"})");
  const Ran ran = run_at(node, {"member", "handover"});
  CHECK(ran.code == 0);
  CHECK(contains(ran.out, "this node ends its part: budstikke member leave\nBUD1-TICKET\n"));
  CHECK(args_of(node.last_request()) == R"({"role":"coordinator","council":"C1"})");
  CHECK(run_danish(node, {"medlem", "overdrag", "--quiet", "--expires", "2d"}).out == "BUD1-TICKET\n");
  CHECK(node.last_request().args.integer("expires_s") == 172'800);
}

TEST_CASE("network recover: the key comes from standard input and never stands on the command line") {
  FakeNode node;
  node.answer("network.show", R"({"id":"NETNET","name":"Hovedstaden"})");
  node.answer("network.recover", R"({"network":"NETNET","name":"Hovedstaden","role":"coordinator","recovery":"BUDR1-TEXT",
    "shut_out":[{"member":"M2M2M2M2","name":"Ishøj"},{"member":"M3M3M3M3","name":"Greve"}]})");
  World world;
  world.in = "AAAA BBBB\n";
  const Ran ran = run_cli({"network", "recover", "--home", node.home().string(), "--lang", "en"}, world);
  CHECK(ran.code == 0);
  CHECK(contains(ran.err, "The recovery key makes this node coordinator of Hovedstaden"));
  CHECK(ran.out ==
        "This node is now coordinator of Hovedstaden, before all others.\n"
        "Shut out now: Ishøj, Greve. To take that back: budstikke member readmit M2M2M2\n"
        "See who is there, and shut out whose key was stolen: budstikke member list, budstikke member revoke ID\n"
        "Nodes that have shut this one out hear of it only from others. If one does not, send it this line: budstikke network "
        "recover --given\n"
        "  BUDR1-TEXT\n");
  CHECK_FALSE(contains(ran.out + ran.err, "AAAA"));
  CHECK(args_of(node.last_request()) == R"({"network":"NETNET","key":"AAAA BBBB"})");
  world.in = "\n";
  CHECK(run_cli({"network", "recover", "--home", node.home().string()}, world).code == 1);
  world.in = "";
  CHECK(run_cli({"network", "recover", "--home", node.home().string()}, world).code == 1);
  CHECK(run_at(node, {"network", "recover", "AAAA"}).code == 2);
}

TEST_CASE("network recover: a key that is mistyped, and one of another network, are told apart without being shown") {
  FakeNode node;
  node.answer("network.show", R"({"id":"NETNET","name":"Hovedstaden"})");
  node.refuse("network.recover", ApiError::BadRecoveryKey);
  node.refuse("network.recover", ApiError::WrongRecoveryKey, "Hovedstaden");
  World world;
  world.in = "AAAA\n";
  const Ran mistyped = run_cli({"network", "recover", "--home", node.home().string(), "--lang", "da"}, world);
  CHECK(mistyped.code == 2);
  CHECK(contains(mistyped.err, "Det er ikke en hel gendannelsesnøgle\n"));
  const Ran wrong = run_cli({"network", "recover", "--home", node.home().string(), "--lang", "da"}, world);
  CHECK(wrong.code == 1);
  CHECK(contains(wrong.err, "ikke den til: Hovedstaden"));
  CHECK_FALSE(contains(mistyped.err + wrong.err, "AAAA"));
}

TEST_CASE("network recover: the line of another node's recovery is handed to this one") {
  FakeNode node;
  node.answer("network.take", R"({"network":"NETNET","network_name":"Hovedstaden","member":"M2","name":"Ishøj"})");
  CHECK(run_danish(node, {"netværk", "genskab", "--given", "BUDR1-TEXT"}).out ==
        "Ishøj er nu koordinator for Hovedstaden, ved gendannelsesnøglen.\n");
  CHECK(args_of(node.last_request()) == R"({"recovery":"BUDR1-TEXT"})");
}

TEST_CASE("status: a role's end is told from thirty days before, and after it; so is a ticket that let two in, and a leave") {
  FakeNode node;
  const auto status = [&](const std::string& more) {
    FakeNode fresh;
    fresh.answer("status", R"({"member":"M1M1M1M1","council":"C1","council_name":"Ballerup","version":"1","peers":[],"networks":[
      {"id":"NET","name":"Hovedstaden","role":"council","members":2,"records":1,"entries":1,"conflicts":0)" +
                               more + "}]}");
    return run_danish(fresh, {"tilstand"}).out;
  };
  CHECK_FALSE(contains(status(R"(,"until":"2026-11-20T22:59:59Z")"), "rolle udl"));
  CHECK(
      contains(status(R"(,"until":"2026-11-10T22:59:59Z","prolonged_by":["Ishøj","Greve"])"),
               "Jeres rolle udløber tirsdag den 10. november 2026 kl. 23.59. Den kan forlænges af Ishøj, Greve: budstikke medlem "
               "rolle M1M1M1 råd --until DATO"));
  CHECK(
      contains(status(R"(,"until":"2026-10-10T21:59:59Z","prolonged_by":[])"), "Jeres rolle udløb lørdag den 10. oktober 2026"));
  CHECK(contains(status(R"(,"until":"2026-10-10T21:59:59Z","prolonged_by":[])"), "af den der har gendannelsesnøglen"));
  CHECK_FALSE(contains(status(R"(,"term_end":"2026-11-30","council_record":"K1K1K1K1")"), "periode"));
  CHECK(contains(
      status(R"(,"term_end":"2026-11-10","council_record":"K1K1K1K1")"),
      "Jeres råds periode slutter tirsdag den 10. november 2026. Skal en andens knude tage over: budstikke medlem overdrag"));
  CHECK(contains(status(R"(,"term_end":"2026-10","council_record":"K1K1K1K1")"), "Jeres råds periode slutter oktober 2026"));
  CHECK(contains(
      status(R"(,"term_end":"2025","council_record":"K1K1K1K1")"),
      "Jeres råds periode sluttede 2025. Skal en andens knude tage over: budstikke medlem overdrag. Fortsætter I: budstikke "
      "råd ret K1K1K1 --periode-slut DATO"));
  CHECK(contains(status(R"(,"used_twice":[{"by":"M1","by_name":"Ballerup","newcomers":[{"member":"M2M2M2M2","name":"Ishøj"},
    {"member":"M3M3M3M3","name":"Greve"}]}])"),
                 "En billet fra Ballerup har lukket flere ind: Ishøj (M2M2M2), Greve (M3M3M3). Hvis kun én skulle med: budstikke "
                 "medlem udeluk M3M3M3"));
  CHECK(contains(status(R"(,"removed":{"by":"M1","by_name":"Ballerup","time":"2026-10-10T10:00:00Z","left":true})"),
                 "Denne knude forlod netværket 10. okt. 2026 kl. 12.00"));
}

TEST_CASE("budstikke alone: tells of a role and a term that end, as status does") {
  FakeNode node;
  node.answer("status", R"({"member":"M1M1M1M1","council":"C1","council_name":"Ballerup","version":"1","peers":[],"networks":[
    {"id":"NET","name":"Hovedstaden","role":"council","members":2,"records":1,"entries":1,"conflicts":0,
     "until":"2026-11-10T22:59:59Z","prolonged_by":["Ishøj"],"term_end":"2026-11-10","council_record":"K1K1K1K1"}]})");
  node.answer("network.list", R"({"networks":[{"id":"NET"}]})");
  node.answer("record.list", R"({"records":[]})");
  const std::string out = run_at(node, {}).out;
  CHECK(contains(out,
                 "Your role ends Tuesday 10 November 2026 at 23:59. It can be prolonged by Ishøj: budstikke member role M1M1M1"));
  CHECK(contains(out, "Your council's term ends Tuesday 10 November 2026."));
}

TEST_CASE("a role that has ended: the refusal names who can prolong it, and what they type") {
  FakeNode node;
  node.answer("invite", R"({"ticket":"BUD1-T","expires":"2026-10-27T08:00:00Z","role":"reader","until":"2027-03-31T21:59:59Z"})");
  const Ran invited = run_at(node, {"invite", "--role", "reader", "--until", "31-03-2027"});
  CHECK(contains(invited.out, "Ticket for one node with the role reader until Wednesday 31 March 2027 at 23:59, good until"));
  CHECK(node.last_request().args.text("until") == "2027-03-31T21:59:59Z");
  CHECK(run_at(node, {"invite", "--until", "snart"}).code == 2);
}
