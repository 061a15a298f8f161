// Files that go with records: document add FILE, save, open; against a scripted node.
#include <doctest/doctest.h>

#include <filesystem>

#include "protocol/base/limits.h"
#include "protocol/base/text.h"
#include "protocol/records/file.h"
#include "tests/cli/fake_node.h"

using namespace budstikke;
using namespace budstikke::tests;
namespace fs = std::filesystem;

namespace {

const std::string kSavedFileId = "F" + std::string(50, 'A') + "0";
const std::string kSecondFileId = "G" + std::string(50, 'A') + "0";

std::string content_of_size(std::size_t size) {
  std::string content(size, 'x');
  for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<char>('a' + i * 7 % 26);
  return content;
}

// FILE of wire/api.h, as JSON.
std::string file_json(const std::string& id, const std::string& name, const std::string& content, std::size_t here = 1'000'000) {
  const std::size_t chunks = chunk_count(content.size());
  return R"({"file":")" + id + R"(","field":"file","name":")" + name + R"(","size":)" + std::to_string(content.size()) +
         R"(,"hash":")" + hex_of(content_hash(view_of(content)).view()) + R"(","chunks":)" + std::to_string(chunks) +
         R"(,"here":)" + std::to_string(std::min(here, chunks)) + "}";
}

std::string record_json(const std::string& files) {
  return R"({"record":{"id":"K3F9QXAAAA","short":"K3F9QX","kind":"document","owner":"O","owner_name":"Ishøj","network":"NETID",
    "changed":"2026-10-20T07:00:00Z","title":"Vedtægt","file":")" +
         kSavedFileId + R"(","files":[)" + files + "]}}";
}

Value piece_of(const std::string& content, std::size_t next) {
  Value value;
  value.set("data", bytes_of(view_of(content)));
  value.set("next", std::uint64_t{next});
  return value;
}

// A node with one document, whose file it has.
void script_document(FakeNode& node, const std::string& name, const std::string& content) {
  node.answer("record.show", record_json(file_json(kSavedFileId, name, content)));
  node.answer_value("file.get", piece_of(content, chunk_count(content.size())));
}

}  // namespace

TEST_CASE("attachments: document add FILE sends it in pieces and names the document after it") {
  FakeNode node;
  const TempHome folder;
  const std::string content = content_of_size(20 * kChunkBytes + 3);
  const std::string path = (folder.path() / "Forretningsorden 2027.pdf").string();
  write_file(path, content);
  node.answer("file.begin", R"({"file":")" + kSavedFileId + R"(","chunks":21,"next":0})");
  node.answer("file.put", R"({"next":16})");
  node.answer("file.put", R"({"next":21})");
  node.answer("record.add", R"({"id":"K3F9QXAAAA","short":"K3F9QX","changed":true})");
  const Ran ran = run_danish(node, {"dokument", "tilføj", path, "--kategori", "skabelon", "--network", "Region"});
  CHECK(ran.code == 0);
  CHECK(ran.out == "Gemt: dokument K3F9QX\n");
  const std::vector<ApiRequest> requests = node.requests();
  REQUIRE(requests.size() == 4);
  CHECK(requests[0].args.text("name") == "Forretningsorden 2027.pdf");
  CHECK(requests[0].args.text("hash") == hex_of(content_hash(view_of(content)).view()));
  std::string sent;
  for (const std::size_t piece : {1U, 2U}) {
    CHECK(requests[piece].args.text("network") == "Region");
    sent += text_of(*requests[piece].args.find("data")->if_bytes());
  }
  CHECK(sent == content);
  CHECK(args_of(requests[3]) == R"({"kind":"document","fields":{"category":["skabelon"],"file":[")" + kSavedFileId +
                                    R"("],"title":["Forretningsorden 2027"]},"network":"Region"})");
}

TEST_CASE("attachments: what is there already is not sent again, and a title that is given stands") {
  FakeNode node;
  const TempHome folder;
  const std::string path = (folder.path() / "a.pdf").string();
  write_file(path, "hej");
  node.answer("file.begin", R"({"file":")" + kSavedFileId + R"(","chunks":1,"next":1})");
  node.answer("record.add", R"({"id":"K3F9QXAAAA","short":"K3F9QX","changed":true})");
  CHECK(run_at(node, {"document", "add", "--title", "T", "--file", path}).code == 0);
  CHECK(node.requests().size() == 2);
  CHECK(args_of(node.last_request()) == R"({"kind":"document","fields":{"title":["T"],"file":[")" + kSavedFileId + R"("]}})");
  CHECK(run_at(node, {"document", "add", path, "--file", path}).code == 2);
}

TEST_CASE("attachments: a file that cannot be read or is too large is refused before anything is sent") {
  FakeNode node;
  const TempHome folder;
  CHECK(run_at(node, {"document", "add", (folder.path() / "none.pdf").string()}).code == 1);
  CHECK(run_at(node, {"document", "add", folder.path().string()}).code == 1);
  const fs::path large = folder.path() / "film.mp4";
  write_file(large, "");
  fs::resize_file(large, kMaxFileBytes + 1);
  const Ran ran = run_danish(node, {"dokument", "tilføj", large.string()});
  CHECK(ran.code == 2);
  CHECK(contains(ran.err, "Filen er for stor: " + large.string() + " (67,1 MB)"));
  CHECK(node.requests().empty());
  CHECK(run_at(node, {"event", "add", "fil.pdf"}).code == 2);  // only documents are a file
}

TEST_CASE("attachments: show names the files with their size, and says what is not here") {
  FakeNode node;
  node.answer("record.show", record_json(file_json(kSavedFileId, "Vedtægt.pdf", content_of_size(18'400))));
  const Ran whole = run_danish(node, {"dokument", "vis", "K3F9QX"});
  CHECK(contains(whole.out, "fil:              Vedtægt.pdf (18 kB)\n"));
  CHECK(contains(whole.out, "Hent: budstikke dokument gem K3F9QX\n"));
  FakeNode other;
  other.answer("record.show", record_json(file_json(kSavedFileId, "Vedtægt.pdf", content_of_size(4 * kChunkBytes), 1)));
  CHECK(contains(run_danish(other, {"dokument", "vis", "K3F9QX"}).out, "Vedtægt.pdf (130 kB, 25 % af den er hentet)\n"));
  FakeNode absent;
  absent.answer("record.show", record_json(R"({"file":")" + kSavedFileId + R"(","field":"file"})"));
  CHECK(contains(run_at(absent, {"document", "show", "K3F9QX"}).out, "what it is has not come yet"));
}

TEST_CASE("attachments: save writes the file, and never over another one unasked") {
  FakeNode node;
  const TempHome folder;
  const std::string content = content_of_size(50'000);
  script_document(node, "Vedtægt.pdf", content);
  const std::string home = folder.path().string();
  CHECK(run_danish(node, {"dokument", "gem", "K3F9QX", home}).out == "Gemt: " + home + "/Vedtægt.pdf (50 kB)\n");
  CHECK(read_file(folder.path() / "Vedtægt.pdf") == content);
  CHECK(run_danish(node, {"dokument", "gem", "K3F9QX", home}).out == "Gemt: " + home + "/Vedtægt (2).pdf (50 kB)\n");
  const std::string named = home + "/andet.pdf";
  CHECK(run_at(node, {"document", "save", "K3F9QX", named}).code == 0);
  write_file(named, "mit eget");
  CHECK(run_at(node, {"document", "save", "K3F9QX", named}).code == 1);
  CHECK(read_file(named) == "mit eget");
  CHECK(run_at(node, {"document", "save", "K3F9QX", named, "--yes"}).code == 0);
  CHECK(read_file(named) == content);
  const Value said = json(run_at(node, {"document", "save", "K3F9QX", named, "--yes", "--json"}).out);
  CHECK(said.items("files").front().text("saved") == named);
  for (const auto& file : fs::directory_iterator(folder.path())) CHECK(file.path().extension() != ".part");
}

TEST_CASE("attachments: a content that is not what it was put there as reaches nobody") {
  FakeNode node;
  const TempHome folder;
  node.answer("record.show", record_json(file_json(kSavedFileId, "Vedtægt.pdf", "det rigtige")));
  node.answer_value("file.get", piece_of("det falske!", 1));
  const std::string target = (folder.path() / "v.pdf").string();
  const Ran ran = run_at(node, {"document", "save", "K3F9QX", target});
  CHECK(ran.code == 1);
  CHECK(contains(ran.err, "not what was put there"));
  CHECK_FALSE(fs::exists(target));
  CHECK_FALSE(fs::exists(target + ".part"));
}

TEST_CASE("attachments: a file that is not here is waited for while some of it comes, and not longer") {
  const std::string content = content_of_size(3 * kChunkBytes);
  const TempHome folder;
  const std::string target = (folder.path() / "v.pdf").string();
  FakeNode node;
  node.answer("record.show", record_json(file_json(kSavedFileId, "Vedtægt.pdf", content, 0)));
  for (const std::size_t here : {0U, 1U, 3U}) node.answer("file.want", file_json(kSavedFileId, "Vedtægt.pdf", content, here));
  node.answer_value("file.get", piece_of(content, 3));
  CHECK(run_at(node, {"document", "save", "K3F9QX", target}).code == 0);
  CHECK(read_file(target) == content);
  FakeNode alone;
  alone.answer("record.show", record_json(file_json(kSavedFileId, "Vedtægt.pdf", content, 0)));
  alone.answer("file.want", file_json(kSavedFileId, "Vedtægt.pdf", content, 1));
  World world;
  const Ran ran = run_cli({"--home", alone.home().string(), "--lang", "da", "dokument", "gem", "K3F9QX", target + "2"}, world);
  CHECK(ran.code == 6);
  CHECK(contains(ran.err, "Vedtægt.pdf er ikke kommet hertil endnu; 33 % af den er"));
  CHECK(world.slept_ms.size() >= 50);
  CHECK(world.slept_ms.size() <= 120);
  CHECK_FALSE(fs::exists(target + "2"));
}

TEST_CASE("attachments: open shows a document in a folder of one's own, and nothing that could be a program") {
  FakeNode node;
  const TempHome folder;
  script_document(node, "Vedtægt.pdf", "hej");
  World world{.env = {{"XDG_RUNTIME_DIR", folder.path().string()}}};
  const std::vector<std::string> open = {"--home", node.home().string(), "--lang", "en", "document", "open", "K3F9QX"};
  const Ran ran = run_cli(open, world);
  CHECK(ran.code == 0);
  REQUIRE(world.opened.size() == 1);
  CHECK(read_file(world.opened.front()) == "hej");
  CHECK(world.opened.front().starts_with(folder.path().string() + "/budstikke-"));
  CHECK((fs::status(fs::path(world.opened.front()).parent_path()).permissions() &
         (fs::perms::group_all | fs::perms::others_all)) == fs::perms::none);
  world.has_opener = false;
  CHECK(contains(run_cli(open, world).err, "BUDSTIKKE_OPENER"));

  for (const char* name : {"spil.exe", "script.sh", "Genvej.desktop", "side.html", "makro.docm", "ingen", "a.pdf.lnk"}) {
    FakeNode hostile;
    script_document(hostile, name, "hej");
    World wary{.env = {{"XDG_RUNTIME_DIR", folder.path().string()}}};
    const Ran refused = run_cli({"--home", hostile.home().string(), "--lang", "en", "document", "open", "K3F9QX"}, wary);
    CHECK_MESSAGE(refused.code == 1, name);
    CHECK(contains(refused.err, "budstikke document save K3F9QX"));
    CHECK(wary.opened.empty());
  }
}

TEST_CASE("attachments: of several files open asks which, and save takes all into a folder") {
  FakeNode node;
  const TempHome folder;
  node.answer("record.show",
              record_json(file_json(kSavedFileId, "Program.pdf", "hej") + "," + file_json(kSecondFileId, "Kort.png", "hej")));
  node.answer_value("file.get", piece_of("hej", 1));
  const Ran ran = run_at(node, {"event", "open", "K3F9QX"});
  CHECK(ran.code == 2);
  CHECK(contains(ran.err, "1 Program.pdf, 2 Kort.png"));
  for (const char* named : {"2", "kort.png", "GAAAA"}) {
    World world{.env = {{"XDG_RUNTIME_DIR", folder.path().string()}}};
    CHECK(run_cli({"--home", node.home().string(), "event", "open", "K3F9QX", named}, world).code == 0);
    REQUIRE(world.opened.size() == 1);
    CHECK(world.opened.front().ends_with("/Kort.png"));
  }
  CHECK(run_at(node, {"event", "open", "K3F9QX", "3"}).code == 2);
  CHECK(run_at(node, {"event", "save", "K3F9QX", (folder.path() / "none").string()}).code == 1);
  CHECK(run_at(node, {"event", "save", "K3F9QX", folder.path().string()}).code == 0);
  CHECK(fs::exists(folder.path() / "Program.pdf"));
  CHECK(fs::exists(folder.path() / "Kort.png"));
  FakeNode empty;
  empty.answer("record.show", record_json(""));
  CHECK(run_at(empty, {"event", "open", "K3F9QX"}).code == 5);
}

TEST_CASE("attachments: edit puts a file into the record's own network, and takes one away by its name") {
  FakeNode node;
  const TempHome folder;
  const std::string path = (folder.path() / "ny.pdf").string();
  write_file(path, "ny");
  node.answer("record.show", record_json(file_json(kSavedFileId, "Program.pdf", "hej")));
  node.answer("file.begin", R"({"file":")" + kSecondFileId + R"(","chunks":1,"next":0})");
  node.answer("file.put", R"({"next":1})");
  node.answer("record.edit", R"({"id":"K3F9QXAAAA","short":"K3F9QX","changed":true})");
  CHECK(run_at(node, {"event", "edit", "K3F9QX", "--attachments", path, "--remove-attachments", "program.pdf"}).code == 0);
  CHECK(args_of(node.last_request()) == R"({"kind":"event","id":"K3F9QX","set":{"attachments":[")" + kSecondFileId +
                                            R"("]},"take":{"attachments":[")" + kSavedFileId + R"("]}})");
  for (const ApiRequest& request : node.requests()) {
    if (request.command.starts_with("file.")) CHECK(request.args.text("network") == "NETID");
  }
}
