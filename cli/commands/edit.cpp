// `KIND edit`: fields by flags, or on a terminal without any the whole record in the person's editor (cli/draft.h).
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <istream>
#include <iterator>
#include <ostream>

#include "cli/commands/commands.h"
#include "cli/draft.h"
#include "cli/fields.h"
#include "cli/records.h"
#include "protocol/base/text.h"

namespace budstikke::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kNoSuchProgram = 127;
constexpr std::string_view kUsualEditor = "editor";  // what Debian's alternatives name
constexpr int kUsageError = 2;                       // what another value may mend

Value edit_args(const KindInfo& kind, const std::string& id, const Changes& changes) {
  Value args = named(kind, id);
  if (!changes.set.if_map()->empty()) args.set("set", changes.set);
  if (!changes.take.if_map()->empty()) args.set("take", changes.take);
  return args;
}

int tell_edited(Context& context, const KindInfo& kind, const Value& reply, const Changes& changes) {
  const bool changed = reply.boolean("changed");
  print_done(context, changed ? Text::Saved : Text::Unchanged, kind, reply, reading_of(changes, context.language()));
  return 0;
}

// A file in the folder for such, that nobody else can read. It stays unless it is removed.
class DraftFile {
 public:
  static std::optional<DraftFile> make(Context& context, const std::string& text) {
    constexpr std::string_view kEnding = ".txt";
    std::string path = (fs::path(context.io().env("TMPDIR").value_or("/tmp")) / "budstikke-XXXXXX").string();
    path += kEnding;
    const int fd = ::mkstemps(path.data(), static_cast<int>(kEnding.size()));  // mode 0600
    const bool written = fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    if (fd >= 0 && ::close(fd) == 0 && written) return DraftFile(path);
    context.fail(Trouble::CannotWrite, {path});
    return std::nullopt;
  }
  const std::string& path() const { return path_; }
  void remove() const {
    std::error_code ignored;  // one that cannot be removed lies in a folder that is emptied
    fs::remove(path_, ignored);
  }
  std::optional<std::string> read() const {
    std::ifstream in(path_, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(in), {});
    return in ? std::optional(std::move(text)) : std::nullopt;
  }

 private:
  explicit DraftFile(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

class Editing {
 public:
  Editing(Context& context, const KindInfo& kind) : context_(context), kind_(kind) {}

  int run() {
    const std::optional<Value> record = fetch();
    if (!record) return context_.exit_code();
    short_ = record->text("short");
    before_ = draft_values(context_, kind_, *record);
    file_ = DraftFile::make(context_, draft_text(context_, kind_, *record, before_));
    if (!file_) return context_.exit_code();
    for (;;) {
      if (const std::optional<int> ended = edit_once()) return *ended;
      const bool again = is_yes(context_.answer_to(context_.say(Text::AskEditAgain)).value_or(""));
      if (!again) return context_.fail(Trouble::DraftLeft, {file_->path()});
    }
  }

 private:
  std::optional<Value> fetch() {
    const std::optional<Value> reply = context_.ask("record.show", named(kind_, context_.args().words[0]));
    if (!reply) return std::nullopt;
    const Value* record = reply->find("record");
    if (record != nullptr) return *record;
    context_.fail(Trouble::BadReply, {context_.home().string()});
    return std::nullopt;
  }

  // The exit code; nullopt when the person may mend what was told.
  std::optional<int> edit_once() {
    const std::string editor = editor_of();
    const int code = context_.io().run_editor(editor, file_->path());
    if (code == kNoSuchProgram) {
      file_->remove();
      return context_.fail(Trouble::NoEditor, {editor});
    }
    if (code != 0) return context_.fail(Trouble::EditorFailed, {std::to_string(code), file_->path()});
    const std::optional<std::string> text = file_->read();
    if (!text) return context_.fail(Trouble::NoFile, {file_->path()});
    const std::optional<Changes> changes = draft_changes(context_, before_, read_draft(context_, kind_, *text));
    if (!changes) return std::nullopt;
    if (changes->empty()) {
      file_->remove();
      context_.say_line(Text::Unchanged, {noun_of(kind_, context_.language()) + " " + short_});
      return 0;
    }
    return send(*changes);
  }

  std::optional<int> send(const Changes& changes) {
    const std::optional<Value> record = fetch();
    if (!record) return keep(context_.exit_code());
    if (tell_changed_meanwhile(changes, draft_values(context_, kind_, *record))) return std::nullopt;
    const std::optional<ApiReply> reply = context_.ask_reply("record.edit", edit_args(kind_, record->text("id"), changes));
    if (!reply) return keep(context_.exit_code());
    if (reply->failure) {
      const int code = context_.fail(*reply->failure);
      return code == kUsageError ? std::nullopt : std::optional(keep(code));
    }
    file_->remove();
    return tell_edited(context_, kind_, reply->result, changes);
  }

  // What the person did not see when the form was made is told before it is written over.
  bool tell_changed_meanwhile(const Changes& changes, const DraftValues& now) {
    bool any = false;
    for (const auto& [field, texts] : now) {
      const bool is_written_now = changes.set.find(field->name) != nullptr || changes.take.find(field->name) != nullptr;
      if (!is_written_now || texts == before_.at(field)) continue;
      any = true;
      std::string values;
      for (const DraftText& text : texts) values += (values.empty() ? "" : ", ") + text.typed;
      if (values.empty()) values = context_.say(Text::EmptyValue);
      before_[field] = texts;  // of the other fields the form still holds what it began with
      context_.tell(Text::EditMeanwhile, {label_of(*field, context_.language()), values});
    }
    return any;
  }

  int keep(int code) {
    const Wording words = wording(Trouble::DraftLeft, context_.language());
    context_.tell("  " + fill(words.hint, {file_->path()}));
    return code;
  }

  std::string editor_of() const {
    for (const char* name : {"VISUAL", "EDITOR"}) {
      if (const std::string given = trim(context_.io().env(name).value_or("")); !given.empty()) return given;
    }
    return std::string(kUsualEditor);
  }

  Context& context_;
  const KindInfo& kind_;
  std::string short_;
  DraftValues before_;  // what the person has seen
  std::optional<DraftFile> file_;
};

}  // namespace

int edit(Context& context, const KindInfo& kind) {
  const std::optional<Changes> changes = read_changes(context, kind, true);
  if (!changes) return context.exit_code();
  if (changes->empty()) {
    const Io& io = context.io();
    const bool has_editor = io.out_is_terminal && io.in_is_terminal && io.run_editor && !context.json();
    if (has_editor) return Editing(context, kind).run();
    return context.fail(Trouble::NothingGiven, {noun_of(kind, context.language()), std::string(kind.name)});
  }
  const std::optional<Value> reply = context.ask("record.edit", edit_args(kind, context.args().words[0], *changes));
  return reply ? tell_edited(context, kind, *reply, *changes) : context.exit_code();
}

}  // namespace budstikke::cli
