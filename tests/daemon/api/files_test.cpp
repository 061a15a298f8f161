// The API's commands about files, asked of nodes in memory.
#include "daemon/api/files.h"

#include "protocol/base/limits.h"
#include "protocol/base/text.h"
#include "tests/daemon/api/asked_net.h"
#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;
using namespace std::chrono_literals;

namespace {

struct WithFiles : AskedNet {
  explicit WithFiles(std::size_t councils = 2) : AskedNet(councils) {}

  static Bytes content(std::size_t size) {
    Random random = Random::from_number(size);
    Bytes bytes(size);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.below(256));
    return bytes;
  }
  static Value told(const std::string& name, View content) {
    Value args;
    args.set("name", name);
    args.set("size", std::uint64_t{content.size()});
    args.set("hash", hex_of(content_hash(content).view()));
    return args;
  }
  static Value piece(const std::string& file, std::size_t index, View content) {
    Value args;
    args.set("file", file);
    args.set("index", std::uint64_t{index});
    const std::size_t from = std::min(content.size(), index * kChunkBytes);
    const std::size_t bytes = std::min(content.size() - from, daemon::FileApi::kChunksPerPiece * kChunkBytes);
    args.set("data", bytes_of(content.subspan(from, bytes)));
    return args;
  }
  static Value of(const std::string& file) {
    Value args;
    args.set("file", file);
    return args;
  }
  // As the command line puts a file there.
  std::string add_file(std::size_t machine, const std::string& name, View content) {
    const Value begun = done(machine, "file.begin", told(name, content));
    const std::string file = begun.text("file");
    for (std::int64_t next = begun.integer("next"); next < begun.integer("chunks");) {
      next = done(machine, "file.put", piece(file, static_cast<std::size_t>(next), content)).integer("next");
    }
    return file;
  }
  Bytes read_file(std::size_t machine, const std::string& file) {
    Bytes content;
    const Value shown = done(machine, "file.show", of(file));
    for (std::int64_t next = 0; next < shown.integer("chunks");) {
      Value args = of(file);
      args.set("index", next);
      const Value got = done(machine, "file.get", args);
      const Bytes& data = *got.find("data")->if_bytes();
      content.insert(content.end(), data.begin(), data.end());
      next = got.integer("next");
    }
    return content;
  }
  std::string add_document(std::size_t machine, const std::string& title, const std::string& file) {
    Value fields, args;
    fields.set("title", Value::Array{Value(title)});
    fields.set("file", Value::Array{Value(file)});
    args.set("kind", "document");
    args.set("fields", std::move(fields));
    return done(machine, "record.add", args).text("id");
  }
  Value show_document(std::size_t machine, const std::string& id) {
    Value args;
    args.set("kind", "document");
    args.set("id", id);
    return *done(machine, "record.show", args).find("record");
  }
  Value erase(std::size_t machine, const std::string& id, bool look = false) {
    Value args;
    args.set("ids", Value::Array{Value(id)});
    args.set("look", look);
    return done(machine, "erase.records", args);
  }
  void meet() {
    for (std::size_t machine = 1; machine < net.size(); ++machine) net.connect(machine, 0);
    REQUIRE(net.converge());
    net.cut_all();
  }
};

}  // namespace

TEST_CASE("files: a document's file is shown with it and read at another council as it was put there") {
  WithFiles asked;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kChunkBytes, 17 * kChunkBytes + 5, 130 * kChunkBytes}) {
    CAPTURE(size);
    const Bytes content = WithFiles::content(size);
    const std::string file = asked.add_file(0, "Fil " + std::to_string(size) + ".pdf", content);
    const std::string document = asked.add_document(0, "Dokument " + std::to_string(size), file);
    asked.meet();
    const Value record = asked.show_document(1, document);
    CHECK(record.text("file") == file);
    REQUIRE(record.items("files").size() == 1);
    const Value& shown = record.items("files").front();
    CHECK(shown.text("field") == "file");
    CHECK(shown.text("name") == "Fil " + std::to_string(size) + ".pdf");
    CHECK(shown.integer("size") == static_cast<std::int64_t>(size));
    CHECK(shown.integer("here") == shown.integer("chunks"));
    CHECK(shown.text("hash") == hex_of(content_hash(content).view()));
    CHECK(asked.read_file(1, file) == content);
  }
}

TEST_CASE("files: adding the same again adds nothing, and one that was left half-way goes on where it stopped") {
  WithFiles asked;
  const Bytes content = WithFiles::content(40 * kChunkBytes);
  const Value begun = asked.done(0, "file.begin", WithFiles::told("Stor.pdf", content));
  CHECK(begun.integer("next") == 0);
  CHECK(begun.integer("chunks") == 40);
  const std::string file = begun.text("file");
  CHECK(asked.done(0, "file.put", WithFiles::piece(file, 0, content)).integer("next") == 16);
  CHECK(asked.done(0, "file.begin", WithFiles::told("Stor.pdf", content)).integer("next") == 16);
  CHECK(asked.add_file(0, "Stor.pdf", content) == file);
  const std::uint64_t entries = asked.net.network(0).entries;
  CHECK(asked.add_file(0, "Stor.pdf", content) == file);
  CHECK(asked.net.network(0).entries == entries);
  CHECK(asked.add_file(0, "Anden.pdf", content) != file);
}

TEST_CASE("files: what is no file, no piece of it, or another council's is refused and nothing is written") {
  WithFiles asked;
  const Bytes content = WithFiles::content(3 * kChunkBytes);
  Value told = WithFiles::told("../../etc/passwd", content);
  CHECK(asked.refusal(0, "file.begin", told) == "bad-file-name");
  told = WithFiles::told("a.pdf", content);
  told.set("size", static_cast<std::int64_t>(kMaxFileBytes) + 1);
  CHECK(asked.refusal(0, "file.begin", told) == "file-too-large");
  told.set("size", -1);
  CHECK(asked.refusal(0, "file.begin", told) == "bad-request");
  told = WithFiles::told("a.pdf", content);
  told.set("hash", "abc");
  CHECK(asked.refusal(0, "file.begin", told) == "bad-request");
  CHECK(asked.net.network(0).records == asked.net.network(1).records);

  const std::string file = asked.add_file(0, "a.pdf", content);
  asked.meet();
  const std::uint64_t entries = asked.net.network(0).entries;
  CHECK(asked.refusal(1, "file.put", WithFiles::piece(file, 0, content)) == "not-owner");
  Value args = WithFiles::piece(file, 0, content);
  args.set("index", 3);
  CHECK(asked.refusal(0, "file.put", args) == "bad-request");
  args = WithFiles::piece(file, 0, content);
  args.set("data", Bytes(5));
  CHECK(asked.refusal(0, "file.put", args) == "bad-request");
  args.set("data", "text");
  CHECK(asked.refusal(0, "file.put", args) == "bad-request");
  args.set("data", Bytes(4 * kChunkBytes));
  CHECK(asked.refusal(0, "file.put", args) == "bad-request");
  args = WithFiles::of(file);
  args.set("index", 3);
  CHECK(asked.refusal(0, "file.get", args) == "bad-request");
  const std::string document = asked.add_document(0, "Et dokument", file);
  CHECK(asked.refusal(0, "file.show", WithFiles::of(document)) == "no-such-record");
  CHECK(asked.refusal(0, "file.show", WithFiles::of("ZZZZZZZZ")) == "no-such-record");
  CHECK(asked.net.network(0).entries == entries + 1);
}

TEST_CASE("files: when wanted, a file is named at once and fetched once somebody asks for it") {
  WithFiles asked;
  REQUIRE(asked.net.node(1).ledger().fetch_contents(false).ok());
  const Bytes content = WithFiles::content(20 * kChunkBytes);
  const std::string file = asked.add_file(0, "Bilag.pdf", content);
  asked.add_document(0, "Bilag", file);
  asked.net.connect(1, 0);
  REQUIRE(asked.net.converge());
  const Value shown = asked.done(1, "file.show", WithFiles::of(file));
  CHECK(shown.text("name") == "Bilag.pdf");
  CHECK(shown.integer("here") == 0);
  Value args = WithFiles::of(file);
  args.set("index", 0);
  CHECK(asked.refusal(1, "file.get", args) == "file-not-here");
  asked.done(1, "file.want", WithFiles::of(file));
  asked.net.run();
  CHECK(asked.done(1, "file.want", WithFiles::of(file)).integer("here") == 20);
  CHECK(asked.read_file(1, file) == content);
}

TEST_CASE("files: what is here is counted as long as it may be, and of a record that names very many, so many are told of") {
  WithFiles asked;
  const std::string file = asked.add_file(0, "Bilag.pdf", WithFiles::content(20 * kChunkBytes));
  const Network& network = asked.net.network(0);
  std::size_t budget = 45;
  const auto shown = [&] { return daemon::file_value(asked.net.node(0), network, file, budget).value(); };
  CHECK(shown().integer("here") == 20);
  CHECK(shown().integer("here") == 20);
  CHECK(budget == 5);
  const Value uncounted = shown();
  CHECK(uncounted.find("here") == nullptr);
  CHECK(uncounted.integer("chunks") == 20);
  CHECK(budget == 5);

  RecordView forged;
  forged.key.kind = static_cast<std::uint8_t>(Kind::Event);
  const Field* attachments = find_field(*find_kind(Kind::Event), "attachments");
  for (int i = 0; i < 500; ++i) {
    Candidate named;
    named.value = Value(base32_of(bytes_of(view_of(std::string(31, 'A') + std::to_string(i % 10) + std::to_string(i)))));
    forged.values[attachments->number].push_back(std::move(named));
  }
  CHECK(daemon::files_named(asked.net.node(0), network, forged).value().items().size() == daemon::kShownFiles);
}

TEST_CASE("files: erasing a document erases its files, also former ones, and none that another record names") {
  WithFiles asked;
  const Bytes first = WithFiles::content(3 * kChunkBytes), second = WithFiles::content(2 * kChunkBytes);
  const std::string former = asked.add_file(0, "Udkast.pdf", first);
  const std::string latter = asked.add_file(0, "Endelig.pdf", second);
  const std::string document = asked.add_document(0, "Vedtægt", former);
  Value set, args;
  set.set("file", Value::Array{Value(latter)});
  args.set("kind", "document");
  args.set("id", document);
  args.set("set", std::move(set));
  asked.done(0, "record.edit", args);
  const std::string other = asked.add_document(0, "Vedtægt, kopi", latter);
  asked.meet();
  const Value looked = asked.erase(0, document, true);
  REQUIRE(looked.items("records").size() == 2);
  CHECK(looked.items("records")[1].text("kind") == "file");
  CHECK(looked.items("records")[1].text("title") == "Udkast.pdf");
  asked.erase(0, document);
  CHECK(asked.refusal(0, "file.show", WithFiles::of(former)) == "erased");
  CHECK(asked.read_file(0, latter) == second);
  std::size_t parts = 0, others = 0;
  const Value erasures = asked.done(0, "erase.status");
  for (const Value& erasure : erasures.items("erasures")) ++(erasure.boolean("part") ? parts : others);
  CHECK(parts == 1);
  CHECK(others == 2);
  asked.meet();
  asked.net.advance(kErasureDelay + 1min);
  CHECK(asked.refusal(1, "file.show", WithFiles::of(former)) == "erased");
  CHECK(asked.read_file(1, latter) == second);
  SUBCASE("and put there again it is a new one") {
    const std::string again = asked.add_file(0, "Udkast.pdf", first);
    CHECK(again != former);
    CHECK(asked.read_file(0, again) == first);
  }
  SUBCASE("the last record that names a file takes it along") {
    CHECK(asked.erase(0, other).items("records").size() == 2);
    CHECK(asked.refusal(0, "file.show", WithFiles::of(latter)) == "erased");
  }
  SUBCASE("a file can be erased by itself") {
    CHECK(asked.erase(0, latter).items("records").size() == 1);
    CHECK(asked.refusal(0, "file.show", WithFiles::of(latter)) == "erased");
    CHECK(asked.show_document(0, other).items("files").front().boolean("erased"));
  }
}

TEST_CASE("files: undo passes over the bytes of a file and takes the document back") {
  WithFiles asked;
  const std::string file = asked.add_file(0, "Referat.pdf", WithFiles::content(20 * kChunkBytes));
  const std::string document = asked.add_document(0, "Referat", file);
  const Value undone = asked.done(0, "undo");
  REQUIRE(undone.items("records").size() == 1);
  CHECK(undone.items("records").front().text("id") == document);
  CHECK(asked.refusal(0, "undo") == "nothing-to-undo");
}

TEST_CASE("files: whoever watches hears of the document and not of its pieces") {
  WithFiles asked;
  Value args;
  args.set("after", asked.done(0, "watch").text("next"));
  const std::string file = asked.add_file(0, "Referat.pdf", WithFiles::content(20 * kChunkBytes));
  const std::string document = asked.add_document(0, "Referat", file);
  const Value news = asked.done(0, "watch", args);
  REQUIRE(news.items("changes").size() == 1);
  CHECK(news.items("changes").front().text("id") == document);
}

TEST_CASE("files: the outbox tells of the document and not of thousands of pieces") {
  WithFiles asked;
  const std::string file = asked.add_file(0, "Referat.pdf", WithFiles::content(100 * kChunkBytes));
  asked.add_document(0, "Referat", file);
  const daemon::OutboxApi outbox(asked.net.node(0));
  const std::optional<daemon::Answer> answer = outbox.handle(asked.net.node(0), "outbox", Value::map());
  REQUIRE(answer);
  std::size_t of_files = 0, of_documents = 0;
  for (const Value& entry : std::get<Value>(*answer).items("networks").front().items("entries")) {
    for (const Value& change : entry.items("changes")) {
      of_files += change.text("kind") == "file" ? 1 : 0;
      of_documents += change.text("kind") == "document" ? 1 : 0;
    }
  }
  CHECK(of_documents == 1);
  CHECK(of_files == 0);
}
