// remind, against a scripted node. Today is Tuesday 20 October 2026, 10:00 in Denmark.
#include <doctest/doctest.h>

#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

constexpr const char* kRemindStatus =
    R"({"member":"MMMMMMMM","council":"OWN","council_name":"Ærø","peers":[],"networks":[{"id":"N","name":"Syd","role":"council"}]})";

std::string hearing_due(const std::string& title, const std::string& deadline) {
  return R"({"id":")" + title + R"(","short":"HHHHHH","network":"N","owner":"X","owner_name":"Odense","title":")" + title +
         R"(","deadline":")" + deadline + R"("})";
}

// Answers as many runs as are asked for.
void scripted(FakeNode& node, const std::string& hearings, int runs = 1) {
  node.answer("status", kRemindStatus);
  node.answer("network.list", R"({"networks":[{"id":"N"}]})");
  for (int i = 0; i < runs; ++i) {
    node.answer("record.list", R"({"records":[]})");
    node.answer("record.list", R"({"records":[)" + hearings + "]}");
    node.answer("record.list", R"({"records":[]})");
  }
}

struct Mailer {
  Ran run(FakeNode& node, std::vector<std::string> args, std::int64_t days = 0) {
    args.insert(args.begin(), {"--home", node.home().string(), "--lang", "da"});
    world.env["XDG_STATE_HOME"] = state.path().string();
    world.later = Millis{days * 86'400'000};
    return run_cli(args, world);
  }
  const std::string& last_mail() const { return world.programs.back().second; }
  TempHome state;
  World world;
};

}  // namespace

TEST_CASE("remind: shows what waits with its last day within a week, the nearest first, and what is over it") {
  FakeNode node;
  scripted(node, hearing_due("Om en uge", "2026-10-27") + "," + hearing_due("Senere", "2026-10-28") + "," +
                     hearing_due("I morgen", "2026-10-21") + "," + hearing_due("For sent", "2026-10-19"));
  Mailer mailer;
  const Ran ran = mailer.run(node, {"påmind"});
  CHECK(ran.code == 0);
  CHECK(ran.out.find("For sent") < ran.out.find("I morgen"));
  CHECK(ran.out.find("I morgen") < ran.out.find("Om en uge"));
  CHECK(contains(ran.out, "budstikke høring svar HHHHHH"));
  CHECK_FALSE(contains(ran.out, "Senere"));
  FakeNode quiet;
  scripted(quiet, hearing_due("Senere", "2026-10-28"), 2);
  CHECK(contains(mailer.run(quiet, {"remind"}).out, "Intet af det der venter på jer"));
  CHECK(mailer.run(quiet, {"remind", "--json"}).out == "[]\n");
  CHECK(mailer.world.programs.empty());
}

TEST_CASE("remind --mail: each date is mailed 7, 2 and 0 days before, once, whatever days the computer was off") {
  // Deadline 30 October; the run of a day, and whether it mails.
  const std::pair<std::int64_t, bool> days[] = {{0, false}, {2, false}, {3, true},  {3, false}, {4, false},
                                                {8, true},  {9, false}, {10, true}, {11, false}};
  Mailer mailer;
  for (const auto& [day, mails] : days) {
    CAPTURE(day);
    FakeNode node;
    scripted(node, hearing_due("Boligplan", "2026-10-30"));
    const std::size_t before = mailer.world.programs.size();
    CHECK(mailer.run(node, {"remind", "--mail", "sekretariat@raad.example.dk"}, day).code == 0);
    CHECK(mailer.world.programs.size() == before + (mails ? 1 : 0));
  }
  // Off from the first day until after the deadline: told once, as over.
  Mailer asleep;
  FakeNode first, after;
  scripted(first, hearing_due("Boligplan", "2026-10-30"));
  scripted(after, hearing_due("Boligplan", "2026-10-30"), 2);
  CHECK(asleep.run(first, {"remind", "--mail", "a@raad.example.dk"}).code == 0);
  CHECK(asleep.world.programs.empty());
  CHECK(asleep.run(after, {"remind", "--mail", "a@raad.example.dk"}, 12).code == 0);
  CHECK(contains(asleep.last_mail(), "2 dage over fristen"));
  CHECK(contains(asleep.run(after, {"remind", "--mail", "a@raad.example.dk"}, 13).out, "intet er sendt"));
}

TEST_CASE("remind --mail: the mail is one that any mail program takes, and nothing in a title can add to its head") {
  FakeNode node;
  scripted(node, hearing_due("Boligplan\\nBcc: alle@example.dk", "2026-10-20"));
  Mailer mailer;
  const Ran ran = mailer.run(node, {"remind", "--mail", "b@raad.example.dk, a@raad.example.dk,b@raad.example.dk"});
  CHECK(ran.code == 0);
  CHECK(contains(ran.out, "1 frist er sendt til a@raad.example.dk, b@raad.example.dk."));
  CHECK(mailer.world.programs.back().first == "/usr/sbin/sendmail -t -i");
  const std::string head = mailer.last_mail().substr(0, mailer.last_mail().find("\n\n"));
  CHECK(head ==
        "To: a@raad.example.dk, b@raad.example.dk\nSubject: Budstikke: 1 frist kommer snart\nMIME-Version: 1.0\nContent-Type: "
        "text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\nAuto-Submitted: auto-generated");
  CHECK(contains(mailer.last_mail(), "\n\nDet venter på svar fra Ærø:\n\n- høring: Boligplan"));
  CHECK(contains(mailer.last_mail(), "(frist i dag)"));
}

TEST_CASE("remind --mail: a mail that is not taken is tried again by the next run") {
  FakeNode node;
  scripted(node, hearing_due("Boligplan", "2026-10-22"), 2);
  Mailer mailer;
  mailer.world.env["BUDSTIKKE_SENDMAIL"] = "msmtp -t";
  mailer.world.program_codes = {127, 0};
  const Ran failed = mailer.run(node, {"remind", "--mail", "a@raad.example.dk"});
  CHECK(failed.code == 1);
  CHECK(contains(failed.err, "msmtp -t endte med 127"));
  CHECK(mailer.run(node, {"remind", "--mail", "a@raad.example.dk", "--json"}).code == 0);
  CHECK(mailer.world.programs.size() == 2);
}

TEST_CASE("remind --mail: what is no address is refused before anything is mailed") {
  for (const std::string& bad :
       {std::string(), std::string("a@raad.example.dk\nBcc: x@example.dk"), std::string("æ@raad.example.dk"),
        std::string("-t@raad.example.dk"), std::string("a@raad.example.dk,"), std::string("navn")}) {
    CAPTURE(bad);
    FakeNode node;
    scripted(node, hearing_due("Boligplan", "2026-10-20"));
    Mailer mailer;
    CHECK(mailer.run(node, {"remind", "--mail", bad}).code == 2);
    CHECK(mailer.world.programs.empty());
  }
}
