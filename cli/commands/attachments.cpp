// `KIND save` and `KIND open`: the files that a record names, and `document add FILE`.
#include <algorithm>
#include <array>
#include <filesystem>

#include "cli/attach.h"
#include "cli/commands/commands.h"
#include "cli/records.h"
#include "cli/sizes.h"
#include "protocol/base/text.h"

namespace budstikke::cli {
namespace {

namespace fs = std::filesystem;

// What a person reads, and what no program runs: anything else is saved, and looked at by who knows what it is.
constexpr std::array<std::string_view, 32> kShown = {
    "pdf", "odt",  "ods", "odp",  "odg", "doc", "docx", "xls",  "xlsx", "ppt", "pptx", "rtf", "txt", "md",   "csv", "png",
    "jpg", "jpeg", "gif", "webp", "bmp", "tif", "mp3",  "tiff", "ogg",  "wav", "mp4",  "m4a", "mov", "webm", "ics", "vcf"};

struct Named {
  Value::Array files;
  std::string network;
};

// The files of the record that the first word names. nullopt has been reported.
std::optional<Named> files_of(Context& context, const KindInfo& kind) {
  const std::optional<Value> reply = context.ask("record.show", named(kind, context.args().words[0]));
  if (!reply) return std::nullopt;
  const Value* record = reply->find("record");
  if (record == nullptr) {
    context.fail(Trouble::BadReply, {context.home().string()});
    return std::nullopt;
  }
  Named named{record->items("files"), record->text("network")};
  if (!named.files.empty()) return named;
  context.fail(Trouble::NoFiles, {record->text("short")});
  return std::nullopt;
}

// The one that the second word names, or the only one. nullptr has been reported.
const Value* chosen(Context& context, const Named& named, const std::string& word) {
  const Value* file = word.empty() ? &named.files.front() : attached(named.files, word);
  if (word.empty() && named.files.size() > 1) file = nullptr;
  if (file != nullptr) return file;
  std::string list;
  for (std::size_t i = 0; i < named.files.size(); ++i) {
    list += (list.empty() ? "" : ", ") + std::to_string(i + 1) + " " + named.files[i].text("name");
  }
  context.fail(Trouble::WhichFile, {list});
  return nullptr;
}

bool is_shown(const std::string& name) {
  const std::string ending = fold_case(fs::path(name).extension().string());
  return ending.size() > 1 && std::ranges::find(kShown, std::string_view(ending).substr(1)) != kShown.end();
}

// A folder of this person's alone, which goes when they log out where there is such a thing.
std::optional<fs::path> folder_to_show_in(Context& context) {
  const std::optional<std::string> session = context.io().env("XDG_RUNTIME_DIR");
  std::error_code error;
  const fs::path above = session && !session->empty() ? fs::path(*session) : fs::temp_directory_path(error);
  std::string pattern = (above / "budstikke-XXXXXX").string();
  if (!error && ::mkdtemp(pattern.data()) != nullptr) return pattern;
  context.fail(Trouble::CannotWrite, {above.string()});
  return std::nullopt;
}

}  // namespace

bool names_a_file(const KindInfo& kind) { return std::ranges::any_of(kind.fields, names_files); }

int save_files(Context& context, const KindInfo& kind) {
  const std::optional<Named> named = files_of(context, kind);
  if (!named) return context.exit_code();
  const std::vector<std::string>& words = context.args().words;
  const fs::path target = words.size() > 1 ? fs::path(words[1]) : fs::path(".");
  std::error_code error;
  const bool is_folder = fs::is_directory(target, error);
  if (!is_folder && named->files.size() > 1) return context.fail(Trouble::NoFolder, {target.string()});
  if (!is_folder && fs::exists(target, error) && !context.confirm(context.say(Text::ReplaceFileQuestion, {target.string()}))) {
    return context.exit_code();
  }
  Value saved = Value::array();
  for (const Value& file : named->files) {
    const fs::path path = is_folder ? free_name(target, file.text("name")) : target;
    if (!detach(context, file, named->network, path)) return context.exit_code();
    Value one = file;
    one.set("saved", path.lexically_normal().string());
    saved.push(std::move(one));
  }
  if (context.json()) {
    Value result;
    result.set("files", std::move(saved));
    context.print(result);
    return 0;
  }
  for (const Value& file : saved.items()) {
    if (context.quiet()) {
      context.line(file.text("saved"));
    } else {
      context.say_line(Text::FileSaved, {file.text("saved"), size_text(file.integer("size"), context.language())});
    }
  }
  return 0;
}

int open_file(Context& context, const KindInfo& kind) {
  const std::optional<Named> named = files_of(context, kind);
  if (!named) return context.exit_code();
  const std::vector<std::string>& words = context.args().words;
  const Value* file = chosen(context, *named, words.size() > 1 ? words[1] : "");
  if (file == nullptr) return context.exit_code();
  const std::string name = file->text("name");
  if (!name.empty() && !is_shown(name)) {
    const std::string noun(context.danish() ? kind.danish : kind.name);
    const std::string how = "budstikke " + noun + (context.danish() ? " gem " : " save ") + words[0];
    return context.fail(Trouble::NotOpened, {name, how});
  }
  const std::optional<fs::path> folder = folder_to_show_in(context);
  if (!folder) return context.exit_code();
  const fs::path path = *folder / name;
  std::error_code ignored;
  if (!detach(context, *file, named->network, path)) {
    fs::remove_all(*folder, ignored);
    return context.exit_code();
  }
  fs::permissions(path, fs::perms::owner_read, ignored);  // so that a program says that changes stay nowhere
  if (!context.io().open_file || !context.io().open_file(path.string())) {
    return context.fail(Trouble::NoOpener, {path.string()});
  }
  if (context.json()) {
    Value opened;
    opened.set("file", file->text("file"));
    opened.set("name", name);
    opened.set("path", path.string());
    context.print(opened);
  } else if (!context.quiet()) {
    context.say_line(Text::FileOpened, {name, path.string()});
  }
  return 0;
}

}  // namespace budstikke::cli
