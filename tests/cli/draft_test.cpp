// The form of a record: what is written is read back as no change, and what is wrong is named with its line.
#include "cli/draft.h"

#include <doctest/doctest.h>

#include <sstream>

#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::cli;
using namespace budstikke::tests;

namespace {

// A context that speaks to nobody.
struct Speaker {
  explicit Speaker(Language language = Language::Danish)
      : io{.out = out,
           .err = err,
           .in = in,
           .env = [](const std::string&) { return std::optional<std::string>(); },
           .run_daemon = {},
           .now = {}},
        context(io, args, language) {}
  std::ostringstream out, err;
  std::istringstream in;
  Io io;
  Arguments args;
  Context context;
};

const KindInfo& kind_of(const char* name) { return *find_kind(std::string_view(name)); }

// What the form, changed like this, is to write: {set, take}; the text "faults" where a line cannot be read.
std::string changed_in_form(Speaker& speaker, const char* kind, const Value& record,
                            const std::function<void(std::string&)>& edit) {
  const DraftValues values = draft_values(speaker.context, kind_of(kind), record);
  std::string text = draft_text(speaker.context, kind_of(kind), record, values);
  edit(text);
  const std::optional<Changes> changes = draft_changes(speaker.context, values, read_draft(speaker.context, kind_of(kind), text));
  if (!changes) return "faults";
  Value both;
  both.set("set", changes->set);
  both.set("take", changes->take);
  return tests::args_of(ApiRequest{0, "", both});
}

void replace(std::string& text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
}

const std::string kNoChange = R"({"set":{},"take":{}})";

const Value kEvent = json(R"({"id":"K3F9QXAAAA","short":"K3F9QX","kind":"event","title":"Dialogmøde",
  "start":"2026-10-22T15:00:00Z","description":"Første linje\n\n  rykket ind\n# ikke en bemærkning","shared":true,
  "exceptions":["2026-11-05"],"invitees":["Ballerup","Greve: begge"],
  "conflicts":{"place":[{"value":"Rådhuset","council":"B","council_name":"Ballerup","time":"2026-10-20T07:00:00Z"},
                        {"value":"Hallen","council":"G","council_name":"Greve","time":"2026-10-20T08:00:00Z"}]},
  "unknown":[{"field":77,"class":"register","values":["noget nyt"]}],"place":"Hallen"})");

}  // namespace

TEST_CASE("draft: the form is in the reader's language, says what is allowed, and holds every field that is written") {
  Speaker speaker;
  const DraftValues values = draft_values(speaker.context, kind_of("event"), kEvent);
  const std::string text = draft_text(speaker.context, kind_of("event"), kEvent, values);
  CHECK(text.starts_with("# begivenhed K3F9QX Dialogmøde\n# "));
  CHECK(contains(text, "\ntitel: Dialogmøde\n"));
  CHECK(contains(text, "\nstart: 22-10-2026 17:00\n"));
  CHECK(contains(text, "\nslut:\n"));
  CHECK(contains(text, "\nfælles: ja\n"));
  CHECK(contains(text, "\nbeskrivelse: |\n  Første linje\n\n    rykket ind\n  # ikke en bemærkning\n"));
  CHECK(contains(text, "\ninviterede: Ballerup\ninviterede: Greve: begge\n"));
  CHECK(contains(
      text, "#   Rådhuset  (Ballerup, 20. okt. 2026 kl. 09.00)\n#   Hallen  (Greve, 20. okt. 2026 kl. 10.00)\nsted: Hallen\n"));
  CHECK(contains(text, "ukendt felt 77 noget nyt"));
  CHECK_FALSE(contains(text, "\nsvar:"));  // is answered, not written
  for (const Field& field : kind_of("event").fields) {
    if (is_written(field)) CHECK(contains(text, "\n" + std::string(field.danish) + ":") != names_files(field));
  }
}

TEST_CASE("draft: what was not changed is not written, for every kind with every field filled and in both languages") {
  for (const Language language : {Language::Danish, Language::English}) {
    for (const KindInfo& kind : kinds()) {
      CAPTURE(kind.name);
      Value record;
      for (const Field& field : kind.fields) {
        if (!is_written(field)) continue;
        Value value("  en tekst: med #, | og\nto linjer  ");
        if (field.type == FieldType::Text) value = Value("|");
        if (field.type == FieldType::YesNo) value = Value(false);
        if (field.type == FieldType::Number) value = Value(std::int64_t{12'000});
        if (field.type == FieldType::Date) value = Value("2027-03");
        if (field.type == FieldType::Moment) value = Value("2027-03-31T15:00:30Z");
        if (!field.choices.empty()) value = Value(field.choices.front().value);
        record.set(field.name, field.field_class == FieldClass::Set ? Value(Value::Array{value, Value("b")}) : value);
      }
      Speaker speaker(language);
      CHECK(changed_in_form(speaker, std::string(kind.name).c_str(), record, [](std::string&) {}) == kNoChange);
      CHECK(changed_in_form(speaker, std::string(kind.name).c_str(), record,
                            [](std::string& text) {  // as other systems' editors save it
                              std::string other = "\xEF\xBB\xBF";
                              for (const char c : text) other += c == '\n' ? std::string("\r\n") : std::string(1, c);
                              text = other;
                            }) == kNoChange);
      CHECK(changed_in_form(speaker, std::string(kind.name).c_str(), record, [](std::string& text) { text.clear(); }) ==
            kNoChange);
      CHECK(speaker.err.str().empty());
    }
  }
}

TEST_CASE("draft: values are set, cleared, put in other words, added and taken away") {
  Speaker speaker;
  const auto after = [&](const std::string& from, const std::string& to) {
    return changed_in_form(speaker, "event", kEvent, [&](std::string& text) { replace(text, from, to); });
  };
  CHECK(after("sted: Hallen", "sted: Biblioteket") == R"({"set":{"place":["Biblioteket"]},"take":{}})");
  CHECK(after("sted: Hallen", "sted:") == R"({"set":{"place":[""]},"take":{}})");
  CHECK(after("sted: Hallen\n", "") == kNoChange);  // a line that is taken out leaves the field
  CHECK(after("sted: Hallen", "Place: Biblioteket") == R"({"set":{"place":["Biblioteket"]},"take":{}})");
  CHECK(after("22-10-2026 17:00", "torsdag den 22. oktober 2026 kl. 17") == kNoChange);  // the same in other words
  CHECK(after("22-10-2026 17:00", "23-10-2026 17:00") == R"({"set":{"start":["2026-10-23T15:00:00Z"]},"take":{}})");
  CHECK(after("fælles: ja", "fælles: nej") == R"({"set":{"shared":["no"]},"take":{}})");
  CHECK(after("inviterede: Ballerup", "inviterede: Ishøj") ==
        R"({"set":{"invitees":["Ishøj"]},"take":{"invitees":["Ballerup"]}})");
  CHECK(after("inviterede: Ballerup\ninviterede: Greve: begge", "inviterede:") ==
        R"({"set":{},"take":{"invitees":["Ballerup","Greve: begge"]}})");
  CHECK(after("  Første linje", "  Den første linje") ==
        R"({"set":{"description":["Den første linje\n\n  rykket ind\n# ikke en bemærkning"]},"take":{}})");
  CHECK(speaker.err.str().empty());
}

TEST_CASE("draft: every line that cannot be read is named, and nothing is written then") {
  Speaker speaker;
  CHECK(changed_in_form(speaker, "event", kEvent, [](std::string& text) {
          text = "titel: Et\nhvad er det her\nfarve: blå\nsvar: ja\ntitel: To\nstart: snart\nsted: Hallen\n";
        }) == "faults");
  const std::string said = speaker.err.str();
  CHECK(contains(said, "linje 2: det er hverken en bemærkning eller et navn med kolon efter\n"));
  CHECK(contains(said, "linje 3: et sådant felt findes ikke: farve\n"));
  CHECK(contains(said, "linje 4: et sådant felt findes ikke: svar\n"));
  CHECK(contains(said, "linje 5: titel har én værdi, og står her igen\n"));
  CHECK(contains(said, "linje 6: start\n"));
  CHECK_FALSE(contains(said, "linje 1:"));
  CHECK_FALSE(contains(said, "linje 7:"));
}
