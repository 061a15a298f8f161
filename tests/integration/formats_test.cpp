// Every kind, in every format that carries it: written at one node, exported, imported into an empty node of another region.
#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "protocol/formats/item.h"
#include "tests/integration/steps.h"

namespace budstikke::tests {
namespace {

// A node that may write the kind, alone in its region but for who must have let it in.
struct Author {
  Region region;
  NodeUnderTest* node;
};

void found(Author& author, const KindInfo& kind) {
  const std::string council = "Ærø Integrationsråd";  // both authors are called so, since councils are told apart by name
  const bool national = kind.kind == Kind::Announcement;
  author.node = &author.region.add(national ? "Nyborg Integrationsråd" : council);
  if (national) author.node = &author.region.add(council, "national");
  REQUIRE(author.region.agrees());
}

// A value of the field's type that formats trip over; different for different `edition`s.
std::string sample(const Field& field, const std::string& edition) {
  const bool first = edition == "A";
  switch (field.type) {
    case FieldType::Text:
      return "=Ø; \"citat\", a\\b | " + edition;
    case FieldType::LongText:
      return "Første linje\nanden; linje, " + edition;
    case FieldType::Number:
      return first ? "12000" : "0";
    case FieldType::YesNo:
      return first ? "ja" : "nej";
    case FieldType::Date:
      return first ? "2027-03-31" : "2027-05";
    case FieldType::Moment:
      return first ? "31-03-2027 17:00" : "01-04-2027 09:30";
    case FieldType::Email:
      return "åse." + edition + "@kommune.example";
    case FieldType::Phone:
      return first ? "+45 12 34 56 78" : "(0045) 87-65";
    case FieldType::Url:
      return "https://www.kommune.example/?q=" + edition + ";b,c";
    case FieldType::Zone:
      return first ? "Europe/Copenhagen" : "Europe/London";
    case FieldType::OneOf:
    case FieldType::Suggested:
      return std::string(field.choices[first ? 0 : 1].value);
    case FieldType::Record:
    case FieldType::Content:
      return std::string(51, first ? 'A' : 'B') + '0';
  }
  return {};
}

std::string flag(const std::string& prefix, const Field& field) {
  std::string name = "--" + prefix + std::string(field.name);
  std::replace(name.begin() + 2, name.end(), '_', '-');
  return name;
}

bool keeps_name(const KindInfo& kind, const Field& field) { return kind.kind == Kind::Council && field.name == "name"; }

// The record with every field filled, as `add` writes it; a council has its record already.
std::string write_whole(const NodeUnderTest& node, const KindInfo& kind) {
  std::vector<std::string> fields;
  for (const Field& field : kind.fields) {
    if (!is_written(field) || keeps_name(kind, field) || field.name == "rrule" || field.name == "end") continue;
    if (kind.kind == Kind::Event && field.name == "all_day") continue;  // it has a time of day
    fields = joined(fields, {flag("", field), sample(field, "A")});
    if (field.field_class == FieldClass::Set) fields = joined(fields, {flag("", field), sample(field, "B")});
  }
  if (kind.kind == Kind::Event) fields = joined(fields, {"--end", "31-03-2027 19:00", "--rrule", "FREQ=WEEKLY;COUNT=3"});
  if (kind.kind != Kind::Council) return add(node, std::string(kind.name), fields);
  const std::string id = own_council_record(node);
  node.text(joined({"council", "edit", id}, fields));
  return id;
}

// A record of which nothing is known but what must be.
void write_bare(const NodeUnderTest& node, const KindInfo& kind) {
  std::vector<std::string> fields;
  for (const Field& field : kind.fields) {
    if (field.required) fields = joined(fields, {flag("", field), sample(field, "B")});
  }
  add(node, std::string(kind.name), fields);
}

// Then as people change it: a value replaced, one cleared, one taken from a set.
void edit_all(const NodeUnderTest& node, const KindInfo& kind, const std::string& id) {
  std::vector<std::string> changes;
  bool cleared = false;
  for (const Field& field : kind.fields) {
    if (!is_written(field)) continue;
    if (field.field_class == FieldClass::Set) {
      changes = joined(changes, {flag("remove-", field), sample(field, "A")});
    } else if (field.type == FieldType::Text && !field.required && field.name != "rrule") {
      changes = joined(changes, {flag("", field), cleared ? sample(field, "B") : std::string()});
      cleared = true;
    }
  }
  node.text(joined({std::string(kind.name), "edit", id}, changes));
}

// What a file carries of the kind's records: their fields, whoever owns them and whatever their ids are.
nlohmann::json content(const NodeUnderTest& node, const KindInfo& kind) {
  std::vector<nlohmann::json> contents;
  for (const nlohmann::json& record : list(node, std::string(kind.name))) {
    if (kind.kind == Kind::Council && record.at("name") != node.council()) continue;
    nlohmann::json fields = nlohmann::json::object();
    for (const Field& field : kind.fields) {
      const std::string name(field.name);
      if (is_written(field) && record.contains(name)) fields[name] = record.at(name);
      if (fields.contains(name) && fields[name].is_array()) std::sort(fields[name].begin(), fields[name].end());
    }
    contents.push_back(fields);
  }
  std::sort(contents.begin(), contents.end());
  return contents;
}

// Imports, of which success is expected, and gives the counts: created, changed, unchanged.
std::vector<int> import(const NodeUnderTest& node, const KindInfo& kind, const std::string& file) {
  const nlohmann::json counts = node.json({std::string(kind.name), "import", file});
  CHECK(counts.at("refused") == 0);
  CHECK(counts.at("not_kept").empty());
  return {counts.at("created"), counts.at("changed"), counts.at("unchanged")};
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

std::vector<std::string> endings(const KindInfo& kind) {
  std::vector<std::string> all = {"csv"};
  if (kind.kind == Kind::Event) all.emplace_back("ics");
  if (kind.kind == Kind::Contact) all.emplace_back("vcf");
  return all;
}

// An exported file without the lines that tell when, which differ between the node that wrote and the one that imported.
std::string without_times(const std::string& text) {
  std::istringstream in(text);
  std::string kept;
  for (std::string line; std::getline(in, line);) {
    const bool is_time = line.starts_with("DTSTAMP") || line.starts_with("LAST-MODIFIED") || line.starts_with("SEQUENCE") ||
                         line.starts_with("REV");
    if (!is_time) kept += line + "\n";
  }
  return kept;
}

// Written and edited here, exported, imported into an empty node, imported again, and brought back home.
void round_trip(const KindInfo& kind, const std::string& ending) {
  Author here{Region("Region Syddanmark"), nullptr}, there{Region("Region Sjælland"), nullptr};
  found(here, kind);
  found(there, kind);
  const std::string id = write_whole(*here.node, kind);
  edit_all(*here.node, kind, id);
  if (kind.kind != Kind::Council) write_bare(*here.node, kind);
  TempHome folder;
  const std::string name(kind.name);
  const std::string file = folder.path() / (name + "." + ending);
  here.node->text({name, "export", file});

  const int records = static_cast<int>(content(*here.node, kind).size());
  const std::vector<int> created = kind.kind == Kind::Council ? std::vector{0, 1, 0} : std::vector{records, 0, 0};
  CHECK(import(*there.node, kind, file) == created);
  CHECK(content(*there.node, kind) == content(*here.node, kind));
  if (kind.kind != Kind::Council) {  // whose record is the importing council's own
    const std::string again = folder.path() / (name + "-again." + ending);
    there.node->text({name, "export", again});
    CHECK(without_times(read_file(again)) == without_times(read_file(file)));
  }
  const std::int64_t after = entries(*there.node);
  CHECK(import(*there.node, kind, file) == std::vector{0, 0, records});
  CHECK(entries(*there.node) == after);
  CHECK(import(*here.node, kind, file) == std::vector{0, 0, records});  // its own records, by their ids
}

const Field& last_text(const KindInfo& kind) {
  const Field* last = nullptr;
  for (const Field& field : kind.fields) {
    const bool text = field.type == FieldType::Text || field.type == FieldType::LongText || field.type == FieldType::Url;
    if (is_written(field) && field.field_class == FieldClass::Register && text && field.name != "rrule") last = &field;
  }
  REQUIRE(last != nullptr);
  return *last;
}

void change_one_cell(const KindInfo& kind) {
  Author author;
  found(author, kind);
  const NodeUnderTest& node = *author.node;
  const std::string name(kind.name);
  const std::string id = write_whole(node, kind);
  const Field& field = last_text(kind);
  const std::string text = field.type == FieldType::Url ? "https://kommune.example/1" : "Kun denne celle 1";
  const std::string other = text.substr(0, text.size() - 1) + "2";
  node.text({name, "edit", id, flag("", field), text});
  TempHome folder;
  const std::string file = folder.path() / (name + ".csv");
  node.text({name, "export", file});
  import(node, kind, file);
  nlohmann::json before = show(node, name, id);
  const std::int64_t entries_before = entries(node);

  write_file(file, replaced(read_file(file), text, other));
  CHECK(import(node, kind, file).at(1) == 1);
  CHECK(entries(node) == entries_before + 1);
  nlohmann::json after = show(node, name, id);
  CHECK(before.at(std::string(field.name)) == text);
  CHECK(after.at(std::string(field.name)) == other);
  for (const char* key : {field.name.data(), "changed"}) {
    before.erase(key);
    after.erase(key);
  }
  CHECK(after == before);
}

}  // namespace

TEST_CASE("formats: changing one cell of a table changes one field of one record") {
  for (const KindInfo& kind : kinds()) {
    SUBCASE(std::string(kind.name).c_str()) { change_one_cell(kind); }
  }
}

TEST_CASE("formats: what people changed since the last import stays when the file is imported again") {
  Author author;
  found(author, *find_kind(Kind::Contact));
  const NodeUnderTest& node = *author.node;
  TempHome folder;
  const std::string file = folder.path() / "kontakter.csv";
  write_file(file, "navn;organisation;rolle;noter\nKontoret;Ærø Kommune;Sekretariat;gammel\nBiblioteket;Ærø Kommune;;\n");
  node.text({"contact", "import", file});
  const std::string office = node.json({"contact", "list", "--name", "Kontoret"}).at(0).at("id");
  const std::string library = node.json({"contact", "list", "--name", "Biblioteket"}).at(0).at("id");
  node.text({"contact", "edit", office, "--role", "Hovedkontor"});
  node.text({"contact", "remove", library, "--yes"});

  write_file(file, "navn;organisation;rolle;noter\nKontoret;Ærø Kommune;Sekretariat;ny\nBiblioteket;Ærø Kommune;;\n");
  const nlohmann::json counts = node.json({"contact", "import", file});
  CHECK(counts.at("changed") == 1);
  CHECK(counts.at("removed") == 1);
  CHECK(field(node, "contact", office, "role") == "Hovedkontor");
  CHECK(field(node, "contact", office, "notes") == "ny");
  CHECK(list(node, "contact").size() == 1);
}

TEST_CASE("formats: every kind comes through a file into an empty node, and importing it again changes nothing") {
  for (const KindInfo& kind : kinds()) {
    for (const std::string& ending : endings(kind)) {
      SUBCASE((std::string(kind.name) + " as " + ending).c_str()) { round_trip(kind, ending); }
    }
  }
}

}  // namespace budstikke::tests
