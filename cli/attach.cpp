#include "cli/attach.h"

#include <algorithm>
#include <fstream>

#include "cli/progress.h"
#include "cli/sizes.h"
#include "protocol/base/limits.h"
#include "protocol/base/text.h"
#include "protocol/records/file.h"

namespace budstikke::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kChunksAtOnce = 16;  // as many as the node takes
constexpr Millis kLook{500};               // between two looks at how much of a file has come
constexpr int kLooksWithoutNews = 60;      // half a minute

std::optional<Bytes> content_at(Context& context, const std::string& path) {
  std::error_code error;
  const fs::path file(path);
  const std::uintmax_t size = fs::is_regular_file(file, error) ? fs::file_size(file, error) : 0;
  std::ifstream in(file, std::ios::binary);
  if (error || !in || !fs::is_regular_file(file, error)) {
    context.fail(Trouble::NoFile, {path});
    return std::nullopt;
  }
  if (size > kMaxFileBytes) {
    context.fail(ApiError::FileTooLarge, path + " (" + size_text(static_cast<std::int64_t>(size), context.language()) + ")");
    return std::nullopt;
  }
  Bytes content(static_cast<std::size_t>(size));
  in.read(reinterpret_cast<char*>(content.data()), static_cast<std::streamsize>(content.size()));
  if (static_cast<std::uintmax_t>(in.gcount()) == size && in.peek() == std::char_traits<char>::eof()) return content;
  context.fail(Trouble::NoFile, {path});  // it became shorter or longer meanwhile
  return std::nullopt;
}

Value of_file(const std::string& id, const std::string& network) {
  Value args;
  args.set("file", id);
  if (!network.empty()) args.set("network", network);
  return args;
}

// Asks for what is not here until all is; false when nothing more comes, and that was said.
bool wait_for(Context& context, const Value& file, const std::string& network) {
  std::int64_t before = -1;
  Progress progress(context, Text::ProgressDetach);
  const std::string whole = size_text(file.integer("size"), context.language());
  for (int looks = 0; looks < kLooksWithoutNews; ++looks) {
    const std::optional<Value> now = context.ask("file.want", of_file(file.text("file"), network));
    if (!now) return false;
    const std::int64_t here = now->integer("here");
    if (here >= now->integer("chunks")) return true;
    if (here > before) looks = 0;
    before = here;
    const std::int64_t bytes = std::min(file.integer("size"), here * static_cast<std::int64_t>(kChunkBytes));
    progress.tell({file.text("name"), size_text(bytes, context.language()), whole});
    if (context.io().sleep) context.io().sleep(kLook);
  }
  const std::int64_t chunks = std::max<std::int64_t>(file.integer("chunks"), 1);
  context.fail(Trouble::FileNotHere, {file.text("name"), std::to_string(std::max<std::int64_t>(before, 0) * 100 / chunks)});
  return false;
}

// Writes it to `beside` and compares its hash. False has been reported.
bool write_content(Context& context, const Value& file, const std::string& network, const fs::path& beside) {
  std::ofstream out(beside, std::ios::binary | std::ios::trunc);
  ContentHasher hasher;
  const std::int64_t chunks = file.integer("chunks");
  for (std::int64_t index = 0; out && index < chunks;) {
    Value args = of_file(file.text("file"), network);
    args.set("index", index);
    const std::optional<Value> piece = context.ask("file.get", std::move(args));
    if (!piece) return false;
    const Value* data = piece->find("data");
    const Bytes* bytes = data != nullptr ? data->if_bytes() : nullptr;
    const std::int64_t next = piece->integer("next");
    if (bytes == nullptr || next <= index) {
      context.fail(Trouble::BadReply, {context.home().string()});
      return false;
    }
    hasher.add(*bytes);
    out.write(reinterpret_cast<const char*>(bytes->data()), static_cast<std::streamsize>(bytes->size()));
    index = next;
  }
  out.close();
  if (!out) {
    context.fail(Trouble::CannotWrite, {beside.string()});
    return false;
  }
  if (hex_of(hasher.finish().view()) == file.text("hash")) return true;
  context.fail(Trouble::FileNotAsSaid, {file.text("name")});
  return false;
}

}  // namespace

std::optional<std::string> attach(Context& context, const std::string& path, const std::string& network) {
  const std::optional<Bytes> content = content_at(context, path);
  if (!content) return std::nullopt;
  Value args;
  args.set("name", file_name_of(fs::path(path).filename().string()));
  args.set("size", std::uint64_t{content->size()});
  args.set("hash", hex_of(content_hash(*content).view()));
  if (!network.empty()) args.set("network", network);
  const std::optional<Value> begun = context.ask("file.begin", std::move(args));
  if (!begun) return std::nullopt;
  const std::string id = begun->text("file"), name = fs::path(path).filename().string();
  const std::string whole = size_text(static_cast<std::int64_t>(content->size()), context.language());
  Progress progress(context, Text::ProgressAttach);
  const std::size_t chunks = chunk_count(content->size());
  for (auto index = static_cast<std::size_t>(std::max<std::int64_t>(begun->integer("next"), 0)); index < chunks;) {
    const std::size_t from = index * kChunkBytes, end = std::min(content->size(), from + kChunksAtOnce * kChunkBytes);
    Value piece = of_file(id, network);
    piece.set("index", std::uint64_t{index});
    piece.set("data", bytes_of(View(*content).subspan(from, end - from)));
    const std::optional<Value> put = context.ask("file.put", std::move(piece));
    if (!put) return std::nullopt;
    const auto next = static_cast<std::size_t>(std::max<std::int64_t>(put->integer("next"), 0));
    if (next <= index) {
      context.fail(Trouble::BadReply, {context.home().string()});
      return std::nullopt;
    }
    index = next;
    progress.tell({name, size_text(static_cast<std::int64_t>(end), context.language()), whole});
  }
  return id;
}

const Value* attached(const Value::Array& files, const std::string& named) {
  const std::string folded = fold_case(named);
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (std::to_string(i + 1) == named || fold_case(files[i].text("name")) == folded) return &files[i];
  }
  const std::optional<std::string> letters = base32_letters(named);
  if (!letters || letters->size() < 4) return nullptr;
  for (const Value& file : files) {
    if (file.text("file").starts_with(*letters)) return &file;
  }
  return nullptr;
}

bool detach(Context& context, const Value& file, const std::string& network, const fs::path& target) {
  if (file.boolean("erased")) {
    context.fail(ApiError::Erased, file.text("file").substr(0, 6));
    return false;
  }
  if (file.text("name").empty()) {  // its record has not come yet
    context.fail(ApiError::FileNotHere, file.text("file").substr(0, 6));
    return false;
  }
  const bool lacks = file.find("here") != nullptr && file.integer("here") < file.integer("chunks");
  if (lacks && !wait_for(context, file, network)) return false;
  const fs::path beside = target.string() + ".part";
  std::error_code error;
  bool written = write_content(context, file, network, beside);
  if (written) {
    fs::rename(beside, target, error);
    written = !error;
    if (!written) context.fail(Trouble::CannotWrite, {target.string()});
  }
  std::error_code ignored;  // nothing can be done about a remainder that cannot be removed either
  if (!written) fs::remove(beside, ignored);
  return written;
}

std::string described(const Context& context, const Value& file) {
  if (file.boolean("erased")) return context.say(Text::FileErased);
  if (file.text("name").empty()) return context.say(Text::FileUnknown);
  std::string text = file.text("name") + " (" + size_text(file.integer("size"), context.language());
  const std::int64_t chunks = file.integer("chunks"), here = file.integer("here", chunks);  // not counted: nothing is said of it
  if (here == 0 && chunks > 0) text += ", " + context.say(Text::FileElsewhere);
  if (here > 0 && here < chunks) text += ", " + context.say(Text::FilePartly, {std::to_string(here * 100 / chunks)});
  return text + ")";
}

fs::path free_name(const fs::path& folder, const std::string& name) {
  const fs::path plain = folder / name;
  std::error_code error;
  if (!fs::exists(plain, error)) return plain;
  const std::string stem = plain.stem().string(), ending = plain.extension().string();
  for (int number = 2;; ++number) {
    const fs::path other = folder / (stem + " (" + std::to_string(number) + ")" + ending);
    if (!fs::exists(other, error)) return other;
  }
}

}  // namespace budstikke::cli
