#include "protocol/records/kinds.h"

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>

#include "protocol/base/text.h"

using namespace budstikke;

namespace {

std::vector<std::string> parts_of(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

// Kind numbers, field numbers, names and classes are what is sent and stored. A line may be added here, never changed.
struct Golden {
  int kind;
  std::string_view name;
  std::string_view fields;  // number:name:class — R register, S set, F flag, A answers, C comments
};
constexpr Golden kGolden[] = {
    {1, "council",
     "2:name:R 3:municipality:R 4:region:R 5:term_end:R 6:chair:R 7:secretary:R 8:web:R 9:node:S "
     "10:email:S 11:phone:S 12:silent_since:R"},
    {2, "contact",
     "2:name:R 3:role:R 4:organisation:R 5:email:S 6:phone:S 7:address:R 8:languages:S 9:lists:S 10:notes:R "
     "11:other_names:S 12:other_roles:S 13:consent:R"},
    {3, "initiative",
     "1:shared:F 2:title:R 3:area:R 4:origin:R 5:tags:S 6:status:R 7:summary:R 8:description:R 9:experiences:R 10:start:R "
     "11:end:R "
     "12:budget:R 13:partners:S 14:comments:C 15:target_group:S 16:endorsements:A 17:lighthouse:A 18:same_as:S 19:attachments:S"},
    {4, "event",
     "1:shared:F 2:title:R 3:start:R 4:end:R 5:all_day:R 6:zone:R 7:rrule:R 8:place:R 9:description:R 10:url:R 11:type:R "
     "12:organiser:R 13:cancelled:R 14:rsvp:A 15:comments:C 16:exceptions:S 17:invitees:S 18:heads:A 19:attachments:S"},
    {5, "announcement",
     "2:title:R 3:category:R 4:importance:R 5:valid_until:R 6:text:R 7:receipts:A 8:audience:S 9:seen:A 10:attachments:S"},
    {6, "hearing",
     "2:title:R 3:authority:R 4:case:R 5:received:R 6:deadline:R 7:description:R 8:responses:A "
     "9:addressees:S 10:drafts:A 11:positions:A 12:outcome:R 13:outcome_note:R 14:attachments:S"},
    {7, "document", "1:shared:F 2:title:R 3:category:R 4:version:R 5:language:R 6:comments:C 7:based_on:S 8:file:R"},
    {8, "plan", "2:year:R 3:title:R 4:priorities:S 5:goals:S 6:follow_up:R"},
    {9, "file", "2:name:R 3:size:R 4:hash:R 5:chunks:S"},
};

char letter_of(FieldClass field_class) {
  switch (field_class) {
    case FieldClass::Register:
      return 'R';
    case FieldClass::Set:
      return 'S';
    case FieldClass::Flag:
      return 'F';
    case FieldClass::Answers:
      return 'A';
    case FieldClass::Comments:
      return 'C';
  }
  return '?';
}

}  // namespace

TEST_CASE("kinds: numbers, names and classes are golden, and every field has its line here") {
  for (const Golden& golden : kGolden) {
    const KindInfo* kind = find_kind(static_cast<Kind>(golden.kind));
    REQUIRE(kind != nullptr);
    CHECK(kind->name == golden.name);
    std::string fields;
    for (const Field& field : kind->fields) {
      fields += (fields.empty() ? "" : " ") + std::to_string(field.number) + ":" + std::string(field.name) + ":" +
                letter_of(field.field_class);
    }
    CHECK(fields == golden.fields);
  }
  CHECK(kinds().size() + 1 == std::size(kGolden));  // files are added and listed by nobody
}

TEST_CASE("kinds: every kind and field is found by its numbers and names, and no other is") {
  for (const KindInfo& kind : kinds()) {
    CHECK(find_kind(kind.kind) == &kind);
    CHECK(find_kind(kind.name) == &kind);
    CHECK(find_kind(kind.danish) == &kind);
    for (const Field& field : kind.fields) {
      CHECK(find_field(kind, field.number) == &field);
      CHECK(find_field(kind, field.name) == &field);
    }
    CHECK(find_field(kind, std::uint8_t{0}) == nullptr);
    CHECK(find_field(kind, std::uint8_t{200}) == nullptr);
    CHECK(find_field(kind, "") == nullptr);
  }
  CHECK(find_kind(static_cast<Kind>(0)) == nullptr);
  CHECK(find_kind(static_cast<Kind>(77)) == nullptr);
  CHECK(find_kind("") == nullptr);
  REQUIRE(find_kind(Kind::Network) != nullptr);  // which nobody adds or lists
  CHECK(find_kind(Kind::Network)->kind == Kind::Network);
  CHECK(find_kind("network") == nullptr);
  REQUIRE(find_kind(Kind::File) != nullptr);
  CHECK(find_kind("file") == nullptr);
  CHECK(find_any_kind("file") == find_kind(Kind::File));
  CHECK(find_any_kind("event") == find_kind(Kind::Event));
  CHECK(find_any_kind("begivenhed") == nullptr);
  CHECK_FALSE(is_listed(*find_kind(Kind::File)));
  CHECK(find_kind("Event") == nullptr);
}

TEST_CASE("kinds: no name or alias of a kind is another's") {
  std::map<std::string, Kind> owners;
  for (const KindInfo& kind : kinds()) {
    for (std::string_view name : {kind.name, kind.danish, kind.plural, kind.plural_danish}) {
      CHECK_FALSE(name.empty());
      const auto [at, is_new] = owners.emplace(fold_case(name), kind.kind);
      CHECK_MESSAGE(at->second == kind.kind, name);
    }
  }
}

TEST_CASE("kinds: no name, Danish name or column heading of a field is another's of its kind") {
  for (const KindInfo& kind : kinds()) {
    std::map<std::string, std::string_view> owners;
    for (const Field& field : kind.fields) {
      std::vector<std::string> headings = parts_of(field.headers, '|');
      headings.emplace_back(field.name);
      headings.emplace_back(field.danish);
      for (const std::string& heading : headings) {
        const auto [at, is_new] = owners.emplace(fold_case(heading), field.name);
        CHECK_MESSAGE(at->second == field.name, kind.name, ": ", heading, " is of ", at->second, " and of ", field.name);
      }
    }
  }
}

TEST_CASE("kinds: no iCalendar or vCard property is of two fields") {
  for (const KindInfo& kind : kinds()) {
    std::set<std::string_view> properties;
    for (const Field& field : kind.fields) {
      for (std::string_view property : {field.ical, field.vcard}) {
        if (!property.empty()) CHECK_MESSAGE(properties.insert(property).second, property);
      }
    }
  }
}

TEST_CASE("kinds: no value or alias of a choice is another's of its field") {
  for (const KindInfo& kind : kinds()) {
    for (const Field& field : kind.fields) {
      const bool has_choices = field.type == FieldType::OneOf || field.type == FieldType::Suggested;
      CHECK_MESSAGE(has_choices == !field.choices.empty(), field.name);
      std::map<std::string, std::string_view> owners;
      for (const Choice& choice : field.choices) {
        std::vector<std::string> words = parts_of(choice.aliases, '|');
        CHECK_MESSAGE(!words.empty(), choice.value);
        words.emplace_back(choice.value);
        for (const std::string& word : words) {
          const auto [at, is_new] = owners.emplace(fold_case(word), choice.value);
          CHECK_MESSAGE(at->second == choice.value, word);
        }
      }
    }
  }
}

TEST_CASE("kinds: every field has a label and help in both languages, in clean text") {
  for (const KindInfo& kind : kinds()) {
    for (const Field& field : kind.fields) {
      for (std::string_view text : {field.name, field.danish, field.help, field.help_danish}) {
        CHECK_MESSAGE(!text.empty(), field.name);
        CHECK_MESSAGE(is_clean_text(text, false), field.name);
      }
      CHECK_MESSAGE(field.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos, field.name);
      for (const std::string& heading : parts_of(field.headers, '|')) CHECK_MESSAGE(!heading.empty(), field.name);
    }
  }
}

TEST_CASE("kinds: a natural key is made of fields of the kind that hold one value") {
  for (const KindInfo& kind : kinds()) {
    CHECK_FALSE(kind.natural_key.empty());
    for (const std::string& alternative : parts_of(kind.natural_key, '|')) {
      for (const std::string& name : parts_of(alternative, '+')) {
        const Field* field = find_field(kind, name);
        REQUIRE_MESSAGE(field != nullptr, kind.name, ": ", name);
        CHECK_MESSAGE(field->field_class == FieldClass::Register, name);
      }
    }
  }
}
