// The API's command `undo`, asked of nodes in memory.
#include "daemon/api/undo.h"

#include "tests/daemon/api/asked_net.h"
#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

// Two councils that write in an event that both may edit.
struct Shared : AskedNet {
  Shared() : AskedNet(2) {}

  std::string add(std::size_t machine, std::string_view title) {
    Value fields, args;
    fields.set("title", Value::Array{Value(title)});
    fields.set("start", Value::Array{Value("2027-03-31")});
    fields.set("shared", Value::Array{Value("ja")});
    args.set("kind", "event");
    args.set("fields", std::move(fields));
    net.advance(1s);
    return done(machine, "record.add", std::move(args)).text("id");
  }
  static Value named(const std::string& id) {
    Value args;
    args.set("kind", "event");
    args.set("id", id);
    return args;
  }
  void edit(std::size_t machine, const std::string& id, std::string_view how, std::string_view field, std::string_view text) {
    Value fields, args = named(id);
    fields.set(field, Value::Array{Value(text)});
    args.set(how, std::move(fields));
    net.advance(1s);
    done(machine, "record.edit", std::move(args));
  }
  void meet() {
    net.connect(1, 0);
    REQUIRE(net.converge());
    net.advance(1s);
    net.cut_all();
  }
  Value shown(std::size_t machine, const std::string& id) { return *done(machine, "record.show", named(id)).find("record"); }
  Value look(std::size_t machine) {
    Value args;
    args.set("look", true);
    return done(machine, "undo", args);
  }
  Value undo(std::size_t machine) {
    net.advance(1s);
    return done(machine, "undo");
  }
};

Value operation_of(const Value& reply) { return reply.items("records").at(0).items("operations").at(0); }

}  // namespace

TEST_CASE("undo: what was written gets the value that it had, and looking changes nothing") {
  Shared net;
  const std::string id = net.add(0, "Møde");
  net.edit(0, id, "set", "place", "Rådhuset");
  net.edit(0, id, "set", "place", "Biblioteket");
  const std::uint64_t before = net.net.network(0).entries;
  const Value looked = net.look(0);
  CHECK(net.net.network(0).entries == before);
  CHECK_FALSE(looked.boolean("written"));
  CHECK(looked.items("records").at(0).text("does") == "changes");
  CHECK(operation_of(looked).text("value") == "Biblioteket");
  CHECK(looked.integer("councils") == 1);
  CHECK(looked.items("holders").empty());
  CHECK(net.undo(0).boolean("written"));
  CHECK(net.shown(0, id).text("place") == "Rådhuset");
  net.meet();
  CHECK(net.shown(1, id).text("place") == "Rådhuset");
}

TEST_CASE("undo: again takes back what was written before, until there is nothing, and what is written then comes first") {
  Shared net;
  const std::string id = net.add(0, "Møde");
  net.edit(0, id, "set", "place", "Rådhuset");
  net.edit(0, id, "set", "place", "Biblioteket");
  net.undo(0);
  net.undo(0);
  CHECK(net.shown(0, id).text("place").empty());
  net.edit(0, id, "set", "place", "Hallen");
  CHECK(operation_of(net.look(0)).text("value") == "Hallen");
  net.undo(0);
  CHECK(net.shown(0, id).text("place").empty());
  const Value made = net.undo(0);  // the event itself
  CHECK(made.items("records").at(0).text("does") == "removes");
  CHECK(net.refusal(0, "record.show", Shared::named(id)) == "removed");
  CHECK(net.refusal(0, "undo") == "nothing-to-undo");
}

TEST_CASE("undo: elements, flags, comments, answers, removals and restorations go back as well") {
  Shared net;
  const std::string id = net.add(0, "Møde");
  Value answer = Shared::named(id), comment = Shared::named(id);
  SUBCASE("a flag") {
    net.edit(0, id, "set", "cancelled", "ja");
    net.undo(0);
    CHECK_FALSE(net.shown(0, id).boolean("cancelled"));
  }
  SUBCASE("an answer that was changed gets the one before, and the first one goes") {
    for (const char* said : {"yes", "no"}) {
      Value answers;
      answers.set("rsvp", said);
      answer.set("answers", std::move(answers));
      net.net.advance(1s);
      net.done(0, "record.answer", answer);
    }
    net.undo(0);
    CHECK(net.shown(0, id).find("answers")->items("rsvp").at(0).text("value") == "yes");
    net.undo(0);
    CHECK(net.shown(0, id).find("answers")->items("rsvp").empty());
  }
  SUBCASE("a removal, and a restoration") {
    net.done(0, "record.remove", Shared::named(id));
    net.undo(0);
    CHECK(net.shown(0, id).text("title") == "Møde");
    net.done(0, "record.remove", Shared::named(id));
    net.net.advance(1s);
    net.done(0, "record.restore", Shared::named(id));
    net.undo(0);
    CHECK(net.refusal(0, "record.show", Shared::named(id)) == "removed");
  }
  SUBCASE("elements of a set, and a comment") {
    Value fields, args;
    fields.set("name", Value::Array{Value("Kontoret")});
    args.set("kind", "contact");
    args.set("fields", std::move(fields));
    const std::string contact = net.done(0, "record.add", args).text("id");
    const auto change = [&](std::string_view how, std::string_view text) {
      Value in, edit;
      in.set("email", Value::Array{Value(text)});
      edit.set("kind", "contact");
      edit.set("id", contact);
      edit.set(how, std::move(in));
      net.net.advance(1s);
      net.done(0, "record.edit", edit);
    };
    const auto emails = [&] {
      Value args_of_show;
      args_of_show.set("kind", "contact");
      args_of_show.set("id", contact);
      return net.done(0, "record.show", args_of_show).find("record")->items("email").size();
    };
    change("set", "a@example.dk");
    net.undo(0);
    CHECK(emails() == 0);
    change("set", "b@example.dk");
    change("take", "b@example.dk");
    net.undo(0);
    CHECK(emails() == 1);
    Value idea_fields, idea;
    idea_fields.set("title", Value::Array{Value("Lektiehjælp")});
    idea.set("kind", "initiative");
    idea.set("fields", std::move(idea_fields));
    comment = Value::map();
    comment.set("kind", "initiative");
    comment.set("id", net.done(0, "record.add", idea).text("id"));
    comment.set("text", "hov");
    net.net.advance(1s);
    net.done(0, "record.comment", comment);
    net.undo(0);
    CHECK(net.done(0, "record.show", comment).find("record")->find("comments") == nullptr);
  }
}

TEST_CASE("undo: what another council wrote over it stays, and is said to") {
  Shared net;
  const std::string id = net.add(0, "Møde");
  net.meet();
  net.edit(1, id, "set", "place", "Rådhuset");
  net.meet();
  net.edit(0, id, "set", "place", "Hallen");
  net.meet();
  const Value looked = net.look(1);
  CHECK(operation_of(looked).text("kept") == "overwritten");
  CHECK(looked.items("records").at(0).text("does") == "nothing");
  CHECK(looked.items("holders").size() == 1);
  CHECK_FALSE(net.undo(1).boolean("written"));
  CHECK(net.shown(1, id).text("place") == "Hallen");
}

TEST_CASE("undo: an entry of which nothing can be taken back is passed over, which is counted, and not come back to") {
  Shared net;
  const std::string id = net.add(0, "Møde");
  net.edit(0, id, "set", "type", "Kursus");
  net.edit(0, id, "set", "place", "Rådhuset");
  net.meet();
  net.edit(1, id, "set", "place", "Hallen");
  net.meet();
  const Value looked = net.look(0);
  CHECK(looked.integer("passed_over") == 1);
  CHECK(operation_of(looked).text("field") == "type");
  Value args;
  args.set("seen", looked.text("mark"));
  net.net.advance(1s);
  CHECK(net.done(0, "undo", args).boolean("written"));
  CHECK(net.shown(0, id).text("type").empty());
  CHECK(net.shown(0, id).text("place") == "Hallen");
  const Value made = net.look(0);
  CHECK(made.integer("passed_over") == 0);  // it lies behind what was taken back
  CHECK(made.items("records").at(0).text("does") == "removes");
}

TEST_CASE("undo: what was written before hundreds of others' changes is taken back as any") {
  constexpr int kLater = 205;
  Shared net;
  const std::string id = net.add(0, "Møde");
  net.edit(0, id, "set", "type", "Kursus");
  net.meet();
  for (int i = 0; i < kLater; ++i) net.edit(1, id, "set", "place", "Sted " + std::to_string(i));
  net.meet();
  CHECK(operation_of(net.look(0)).text("value") == "Kursus");
  CHECK(net.undo(0).boolean("written"));
  CHECK(net.shown(0, id).text("type").empty());
}

TEST_CASE("undo: a field in conflict is left to whoever settles it") {
  Shared net;
  const std::string id = net.add(0, "Møde");
  net.meet();
  net.edit(0, id, "set", "place", "Rådhuset");
  net.edit(1, id, "set", "place", "Hallen");
  net.meet();
  CHECK(operation_of(net.look(1)).text("kept") == "conflict");
  CHECK_FALSE(net.undo(1).boolean("written"));
}

TEST_CASE("undo: what was made goes as a whole, and what others have added to it is counted") {
  Shared net;
  const std::string id = net.add(0, "Møde");
  net.meet();
  net.edit(1, id, "set", "place", "Hallen");
  net.meet();
  CHECK(net.look(0).items("records").at(0).integer("later") == 1);
  net.undo(0);
  net.meet();
  CHECK(net.refusal(1, "record.show", Shared::named(id)) == "removed");
}

TEST_CASE("undo: what people write in their council's record for the first time is taken back, and not what came before it") {
  Shared net;
  const std::string id = net.add(0, "Møde");
  const CouncilId own = net.net.node(0).self_in(net.net.network(0))->council;
  net.config.council = "Ishøj Integrationsråd";
  daemon::RecordsApi records(net.net.node(0));
  REQUIRE(records.write_own_council(net.net.network(0), net.config, net.net.now_of(0)));
  net.net.process(0);
  CHECK(net.look(0).items("records").at(0).text("id") == id);  // what the program wrote is passed over
  Value set, edit;
  set.set("chair", Value::Array{Value("Formanden")});
  edit.set("kind", "council");
  edit.set("id", daemon::id_text(id_of(daemon::council_record(own))));
  edit.set("set", std::move(set));
  net.net.advance(1s);
  net.done(0, "record.edit", edit);
  CHECK(operation_of(net.look(0)).text("value") == "Formanden");
  net.undo(0);
  CHECK(net.done(0, "record.show", edit).find("record")->text("chair").empty());
  CHECK(net.shown(0, id).text("title") == "Møde");
}

TEST_CASE("undo: an older look is refused, and what the program writes is never taken back") {
  Shared net;
  CHECK(net.refusal(0, "undo") == "nothing-to-undo");  // the councils' own records are there
  const std::string id = net.add(0, "Møde");
  const std::string seen = net.look(0).text("mark");
  net.edit(0, id, "set", "place", "Rådhuset");
  Value args;
  args.set("seen", seen);
  CHECK(net.refusal(0, "undo", args) == "conflict-changed");
  CHECK(net.shown(0, id).text("place") == "Rådhuset");
}
