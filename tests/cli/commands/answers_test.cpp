// What a council says to records: rsvp, respond, draft, outcome, confirm, endorse, lighthouse; and who has not said anything.
#include <doctest/doctest.h>

#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

const std::string kAnswered = R"({"id":"K3F9QX","short":"K3F9QX","changed":true})";

const char* const kAsked = R"({"members":[{"council":"BBBB","name":"Ballerup","role":"council"},
  {"council":"IIII","name":"Ishøj","role":"coordinator"},{"council":"AAAA","name":"Aarhus","role":"council"},
  {"council":"BBBB","name":"Ballerup","role":"council"},{"council":"RRRR","name":"Rigsarkivet","role":"reader"},
  {"council":"UUUU","name":"Ude","role":"council","removed":{"by":"X"}}]})";

std::string args_after(std::vector<std::string> words, std::string_view command) {
  FakeNode node;
  node.answer(std::string(command), kAnswered);
  const Ran ran = run_at(node, std::move(words));
  CAPTURE(ran.err);
  CHECK(ran.code == 0);
  return args_of(node.last_request());
}

}  // namespace

TEST_CASE("answers: rsvp, respond and confirm, in either language") {
  FakeNode node;
  node.answer("record.answer", kAnswered);
  CHECK(run_danish(node, {"begivenhed", "svar", "K3F9", "måske"}).out == "Svaret: begivenhed K3F9QX: måske\n");
  CHECK(args_of(node.last_request()) == R"({"kind":"event","id":"K3F9","field":"rsvp","value":"maybe"})");
  CHECK(run_at(node, {"event", "rsvp", "K3F9", "JA"}).out == "Answered: event K3F9QX: yes\n");
  CHECK(run_at(node, {"hearing", "respond", "K3F9", "Vi er enige."}).out == "Answered: hearing K3F9QX: Vi er enige.\n");
  CHECK(args_of(node.last_request()) ==
        R"({"kind":"hearing","id":"K3F9","answers":{"responses":"Vi er enige.","positions":"answered"}})");
  CHECK(run_danish(node, {"meddelelse", "bekræft", "K3F9"}).out == "Svaret: meddelelse K3F9QX: bekræftet\n");
  CHECK(args_of(node.last_request()) == R"({"kind":"announcement","id":"K3F9","field":"receipts","value":"confirmed"})");
}

TEST_CASE("rsvp: says how many come, and a no takes the number back") {
  CHECK(args_after({"event", "rsvp", "K3F9", "yes", "--heads", "3"}, "record.answer") ==
        R"({"kind":"event","id":"K3F9","answers":{"rsvp":"yes","heads":"3"}})");
  CHECK(args_after({"event", "rsvp", "K3F9", "no"}, "record.answer") ==
        R"({"kind":"event","id":"K3F9","answers":{"rsvp":"no","heads":null}})");
  CHECK(args_after({"event", "rsvp", "K3F9", "--withdraw"}, "record.answer") ==
        R"({"kind":"event","id":"K3F9","answers":{"rsvp":null,"heads":null}})");
  FakeNode node;
  node.answer("record.answer", kAnswered);
  CHECK(run_danish(node, {"begivenhed", "svar", "K3F9", "ja", "--heads", "12"}).out == "Svaret: begivenhed K3F9QX: ja, 12\n");
  CHECK(run_at(node, {"event", "rsvp", "K3F9", "no", "--heads", "3"}).code == 2);
  CHECK(run_at(node, {"event", "rsvp", "K3F9", "yes", "--heads", "mange"}).code == 2);
  CHECK(run_at(node, {"event", "rsvp", "K3F9", "yes", "--withdraw"}).code == 2);
  CHECK(run_at(node, {"event", "rsvp", "K3F9"}).code == 2);
  CHECK(node.requests().size() == 1);  // what is refused here asks nothing of the node
}

TEST_CASE("event show: names the councils that are invited and have not answered") {
  const auto shown = [](const std::string& more, std::vector<std::string> words = {"begivenhed", "vis", "K3F9"}) {
    FakeNode node;
    node.answer("record.show", R"({"record":{"id":"K3F9QX","short":"K3F9QX","kind":"event","title":"Møde","start":"2026-11-01",
      "owner":"IIII","owner_name":"Ishøj","network":"N")" +
                                   more + "}}");
    node.answer("network.members", kAsked);
    return run_danish(node, std::move(words));
  };
  const std::string answered =
      R"(,"answers":{"rsvp":[{"council":"BBBB","council_name":"Ballerup","value":"yes","time":"2026-10-20T08:00:00Z"}]})";
  CHECK(contains(shown(answered).out, "Intet svar endnu: Aarhus\n"));  // who reads, is out, owns it or has answered is not asked
  CHECK(contains(shown(R"(,"invitees":["Ishøj","ballerup","Mette Hansen"])").out, "Intet svar endnu: Ballerup, Ishøj\n"));
  CHECK(contains(shown(R"(,"invitees":["Ishøj","ballerup"])" + answered).out, "Intet svar endnu: Ishøj\n"));
  CHECK_FALSE(contains(shown("").out, "Intet svar"));
  CHECK_FALSE(contains(shown(R"(,"cancelled":true)" + answered).out, "Intet svar"));
  CHECK_FALSE(contains(shown(R"(,"invitees":["Mette Hansen"])").out, "Intet svar"));
  const Value silent = json(shown(answered, {"event", "show", "K3F9", "--json"}).out);
  REQUIRE(silent.items("silent").size() == 1);
  CHECK(silent.items("silent")[0].text("council_name") == "Aarhus");
}

TEST_CASE("respond: a council answers, abstains, says that it answered elsewhere, or takes it back") {
  CHECK(args_after({"hearing", "respond", "K3F9", "--abstain"}, "record.answer") ==
        R"({"kind":"hearing","id":"K3F9","answers":{"positions":"abstained","responses":null}})");
  CHECK(args_after({"hearing", "respond", "K3F9", "Ikke vores.", "--abstain"}, "record.answer") ==
        R"({"kind":"hearing","id":"K3F9","answers":{"positions":"abstained","responses":"Ikke vores."}})");
  CHECK(args_after({"hearing", "respond", "K3F9", "--answered"}, "record.answer") ==
        R"({"kind":"hearing","id":"K3F9","field":"positions","value":"answered"})");
  CHECK(args_after({"hearing", "respond", "K3F9", "--withdraw"}, "record.answer") ==
        R"({"kind":"hearing","id":"K3F9","answers":{"responses":null,"positions":null}})");
  FakeNode node;
  node.answer("record.answer", R"({"id":"K3F9QX","short":"K3F9QX","changed":false})");
  CHECK(run_at(node, {"hearing", "respond", "K3F9", "--withdraw"}).out == "Nothing to change: hearing K3F9QX\n");
  CHECK(run_at(node, {"hearing", "respond", "K3F9", "--withdraw", "--abstain"}).code == 2);
  CHECK(run_at(node, {"hearing", "respond", "K3F9"}).code == 2);
  CHECK(contains(run_danish(node, {"høring", "svar", "K3F9"}).err, "budstikke høring svar ID"));
}

TEST_CASE("draft, endorse and lighthouse: each is one value of the council, with or without words") {
  CHECK(args_after({"hearing", "draft", "K3F9", "Et udkast."}, "record.answer") ==
        R"({"kind":"hearing","id":"K3F9","field":"drafts","value":"Et udkast."})");
  CHECK(args_after({"initiative", "endorse", "K3F9"}, "record.answer") ==
        R"({"kind":"initiative","id":"K3F9","field":"endorsements","value":"endorsed"})");
  CHECK(args_after({"idé", "anbefal", "K3F9", "Det virkede også her."}, "record.answer") ==
        R"({"kind":"initiative","id":"K3F9","field":"endorsements","value":"Det virkede også her."})");
  CHECK(args_after({"initiative", "endorse", "K3F9", "--withdraw"}, "record.answer") ==
        R"({"kind":"initiative","id":"K3F9","answers":{"endorsements":null}})");
  CHECK(args_after({"idé", "fyrtårn", "K3F9"}, "record.answer") ==
        R"({"kind":"initiative","id":"K3F9","field":"lighthouse","value":"lighthouse"})");
  FakeNode node;
  node.refuse("record.answer", ApiError::NotPermitted, "", "only a member in the role national may mark as a lighthouse it");
  CHECK(run_at(node, {"initiative", "lighthouse", "K3F9"}).code == 4);
  CHECK(run_at(node, {"plan", "endorse", "K3F9"}).code == 2);  // only initiatives are endorsed
}

TEST_CASE("outcome: what came of a hearing is one of four, with what the authority said") {
  CHECK(args_after({"hearing", "outcome", "K3F9", "partly", "§ 4 blev stående."}, "record.edit") ==
        R"({"kind":"hearing","id":"K3F9","set":{"outcome":["partly"],"outcome_note":["§ 4 blev stående."]}})");
  CHECK(args_after({"høring", "resultat", "K3F9", "intet svar"}, "record.edit") ==
        R"({"kind":"hearing","id":"K3F9","set":{"outcome":["no-answer"]}})");
  FakeNode node;
  node.answer("record.edit", kAnswered);
  CHECK(run_danish(node, {"høring", "resultat", "K3F9", "delvist"}).out == "Gemt: høring K3F9QX: delvist fulgt\n");
  const Ran refused = run_danish(node, {"høring", "resultat", "K3F9", "måske"});
  CHECK(refused.code == 2);
  CHECK(contains(refused.err, "fulgt, delvist fulgt, ikke fulgt, intet svar"));
}

TEST_CASE("hearing show: names who has answered, abstained, was late, and who has not said anything") {
  FakeNode node;
  node.answer("record.show", R"({"record":{"id":"K3F9QX","short":"K3F9QX","network":"N1","title":"Ny lov","received":"2026-10-01",
    "deadline":"2026-10-15","answers":{"responses":[
      {"council":"BBBB","council_name":"Ballerup","value":"Vi er enige.","time":"2026-10-16T10:00:00Z"}],
    "positions":[{"council":"AAAA","council_name":"Aarhus","value":"abstained","time":"2026-10-15T21:59:59Z"}],"drafts":[]}}})");
  node.answer("network.members", kAsked);
  node.answer("record.history", R"({"changes":[{"time":"2026-10-09T10:00:00Z","council_name":"Ishøj","operations":[
      {"operation":"wrote","field":"deadline","state":"live","value":"2026-10-15","old":[{"value":"2026-10-12"}]}]},
    {"time":"2026-10-08T10:00:00Z","council_name":"Ishøj","operations":[
      {"operation":"wrote","field":"deadline","state":"void","value":"2026-12-24","old":[{"value":"2026-10-09"}]},
      {"operation":"wrote","field":"title","state":"overwritten","value":"Lov","old":[{"value":"L"}]},
      {"operation":"wrote","field":"deadline","state":"overwritten","value":"2026-10-12","old":[{"value":"2026-10-09"}]}]},
    {"time":"2026-10-01T10:00:00Z","council_name":"Ishøj","operations":[
      {"operation":"wrote","field":"deadline","state":"overwritten","value":"2026-10-09"}]}]})");
  const Ran ran = run_at(node, {"hearing", "show", "K3F9"});
  CHECK(ran.code == 0);
  CHECK(contains(ran.out,
                 "responses:\n"
                 "  Ballerup: Vi er enige.  (16 Oct 2026 12:00, after the deadline)\n"
                 "  Aarhus: abstained  (15 Oct 2026 23:59)\n"
                 "No answer yet: Ishøj\n"
                 "The deadline was moved from 9 Oct 2026 to 12 Oct 2026 (Ishøj, 8 Oct 2026 12:00).\n"
                 "The deadline was moved from 12 Oct 2026 to 15 Oct 2026 (Ishøj, 9 Oct 2026 12:00).\n"
                 "Note: from the day it came to the deadline are 14 days."));
  const Ran plain = run_at(node, {"hearing", "show", "K3F9", "--json"});
  const Value whole = json(plain.out);
  CHECK(whole.text("title") == "Ny lov");  // JSON is the record, with who is silent
  REQUIRE(whole.items("silent").size() == 1);
  CHECK(whole.items("silent")[0].text("council_name") == "Ishøj");
}

TEST_CASE("hearing add: less than four weeks to answer is told on standard error, and it is saved all the same") {
  FakeNode node;
  node.answer("record.add", kAnswered);
  const Ran ran =
      run_danish(node, {"høring", "tilføj", "--titel", "X", "--modtaget", "2026-10-01", "--frist", "28. oktober 2026"});
  CHECK(ran.code == 0);
  CHECK(contains(ran.err, "er der 27 dage. Reglen er mindst fire uger"));
  CHECK(run_at(node, {"hearing", "add", "--title", "X", "--received", "2026-10-01", "--deadline", "2026-10-29"}).err.empty());
  CHECK(contains(run_at(node, {"hearing", "add", "--title", "X", "--deadline", "2026-11-16"}).err, "27 days"));  // from today
  CHECK(run_at(node, {"hearing", "add", "--title", "X", "--deadline", "2026-11-17"}).err.empty());
  CHECK(run_at(node, {"hearing", "add", "--title", "X", "--deadline", "november 2026"}).err.empty());  // not known to the day
}

TEST_CASE("receipts: every council but the announcer, by how far it has come") {
  FakeNode node;
  node.answer("record.show", R"({"record":{"id":"K3F9QX","owner":"NAT","network":"N1","answers":{"receipts":[
    {"council":"BBBB","council_name":"Ballerup","value":"confirmed","time":"2026-10-19T10:00:00Z"}],"seen":[
    {"council":"BBBB","council_name":"Ballerup","value":"shown","time":"2026-10-18T10:00:00Z"},
    {"council":"IIII","council_name":"Ishøj","value":"shown","time":"2026-10-19T11:00:00Z"}]}}})");
  node.answer("record.arrived", R"({"councils":[{"council":"BBBB","name":"Ballerup","arrived":true},
    {"council":"KKKK","name":"Køge","arrived":true},{"council":"OOOO","name":"Odder","arrived":false}]})");
  CHECK(run_danish(node, {"meddelelse", "kvitteringer", "K3F9"}).out ==
        "Ballerup\tbekræftet\t2026-10-19T10:00:00Z\n"
        "Ishøj\tvist\t2026-10-19T11:00:00Z\n"  // gone since, but it has seen it
        "Køge\tankommet\t\n"
        "Odder\tvides ikke at være ankommet\t\n");
  CHECK(args_of(node.last_request()) == R"({"kind":"announcement","id":"K3F9QX","network":"N1"})");
  const Value list = json(run_at(node, {"announcement", "receipts", "K3F9", "--json"}).out);
  REQUIRE(list.items().size() == 4);
  CHECK(list.items()[0].boolean("confirmed"));
  CHECK(list.items()[0].text("shown") == "2026-10-18T10:00:00Z");
  CHECK_FALSE(list.items()[1].boolean("confirmed", true));
  CHECK(list.items()[1].boolean("arrived"));
  CHECK(list.items()[2].boolean("arrived"));
  CHECK_FALSE(list.items()[3].boolean("arrived", true));
  CHECK(contains(run_on_terminal(node, {"announcement", "receipts", "K3F9"}).out, "1 of 4 councils have confirmed.\n"));
  FakeNode small;
  small.answer("record.show", R"({"record":{"id":"K3F9QX","owner":"NAT","network":"N1"}})");
  small.answer("record.arrived", R"({"councils":[{"council":"BBBB","name":"Ballerup","arrived":false}]})");
  CHECK(contains(run_on_terminal(small, {"announcement", "receipts", "K3F9"}).out, "0 of 1 council has confirmed.\n"));
  CHECK(contains(run_on_terminal(small, {"announcement", "receipts", "K3F9"}, "da").out, "0 af 1 råd har bekræftet.\n"));
}

TEST_CASE("announcement show: a person who is shown it is told that this is told, once; a program is shown it without") {
  const std::string record = R"({"record":{"id":"K3F9QX","short":"K3F9QX","owner":"NAT","owner_name":"REM","title":"Nyt",)";
  FakeNode node;
  node.answer("record.show", record + R"("answers":{"receipts":[],"seen":[]}}})");
  node.answer("status", R"({"council":"BBBB"})");
  node.answer("record.answer", kAnswered);
  CHECK(contains(run_on_terminal(node, {"meddelelse", "vis", "K3F9"}, "da").out,
                 "REM kan nu se at den er vist her. Bekræft den: budstikke meddelelse bekræft K3F9QX\n"));
  CHECK(args_of(node.last_request()) == R"({"kind":"announcement","id":"K3F9QX","field":"seen","value":"shown"})");
  CHECK_FALSE(contains(run_at(node, {"announcement", "show", "K3F9"}).out, "REM can see"));
  CHECK(node.last_request().command == "record.show");
  FakeNode again;
  again.answer("record.show", record + R"("answers":{"receipts":[],"seen":[{"council":"BBBB","value":"shown"}]}}})");
  again.answer("status", R"({"council":"BBBB"})");
  run_on_terminal(again, {"announcement", "show", "K3F9"});
  CHECK(again.last_request().command == "status");
  FakeNode reader;
  reader.answer("record.show", record + R"("answers":{"receipts":[],"seen":[]}}})");
  reader.answer("status", R"({"council":"BBBB"})");
  reader.refuse("record.answer", ApiError::NotPermitted);
  const Ran ran = run_on_terminal(reader, {"announcement", "show", "K3F9"});
  CHECK(ran.code == 0);  // whoever may only read can read
  CHECK(ran.err.empty());
}

TEST_CASE("initiative show: names the initiatives that are linked, from this side and from theirs") {
  const std::string other = "AAAAAA" + std::string(45, '7') + "0";
  FakeNode node;
  node.answer("record.show", R"({"record":{"id":"K3F9QX","short":"K3F9QX","network":"N1","title":"Lektiecafé","same_as":[")" +
                                 other + R"("]}})");
  node.answer("record.show", R"({"record":{"short":"AAAAAA","title":"Lektiehjælp"}})");
  node.answer("record.list", R"({"records":[{"short":"BBBBBB","title":"Lektieværksted","owner_name":"Ishøj"}]})");
  const Ran ran = run_danish(node, {"idé", "vis", "K3F9"});
  CHECK(contains(ran.out, "samme idé som:    AAAAAA  Lektiehjælp\n"));
  CHECK(contains(ran.out, "samme idé:        BBBBBB  Lektieværksted  (Ishøj)\n"));
  CHECK(args_of(node.last_request()) == R"({"filters":{"same_as":"K3F9QX"},"network":"N1","kind":"initiative","limit":200})");
}

TEST_CASE("add: a record that is named by the start of its id is written with the whole of it") {
  const std::string whole = "AAAAAA" + std::string(45, '7') + "0";
  FakeNode node;
  node.answer("record.show", R"({"record":{"id":")" + whole + R"(","short":"AAAAAA"}})");
  node.answer("record.add", kAnswered);
  CHECK(run_at(node, {"document", "add", "--title", "B", "--based-on", "AAAA"}).code == 0);
  CHECK(args_of(node.requests()[0]) == R"({"kind":"document","id":"AAAA"})");
  CHECK(args_of(node.last_request()) == R"({"kind":"document","fields":{"title":["B"],"based_on":[")" + whole + R"("]}})");
  FakeNode none;
  none.refuse("record.show", ApiError::NoSuchRecord, "AAAA");
  CHECK(run_at(none, {"document", "add", "--title", "B", "--based-on", "AAAA"}).code == 5);
}

TEST_CASE("event show: how many come in all") {
  FakeNode node;
  node.answer("record.show", R"({"record":{"short":"K3F9QX","title":"Fest","answers":{"rsvp":[],"heads":[
    {"council":"A","council_name":"Ballerup","value":3,"time":"2026-10-19T10:00:00Z"},
    {"council":"B","council_name":"Ishøj","value":4,"time":"2026-10-19T10:00:00Z"}]}}})");
  CHECK(contains(run_at(node, {"event", "show", "K3F9"}).out, "7 come in all, from 2 councils.\n"));
}
