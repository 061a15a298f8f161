// `bundle write` and `bundle read`: what a USB stick or an e-mail carries between councils that no link joins.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <ostream>

#include "cli/commands/commands.h"
#include "cli/commands/wordings.h"
#include "cli/moments.h"
#include "cli/progress.h"
#include "cli/sizes.h"
#include "protocol/base/text.h"

namespace budstikke::cli {
namespace {

constexpr std::size_t kBundlePiece = 256 * 1024;
constexpr Millis kBundleTimeout{120'000};  // a piece that many records are folded for, on a slow disk

struct Written {
  std::int64_t bytes = 0;
  Value sections;
};

// Whether what was written is on the disk: a stick may be pulled out as soon as we say so.
bool is_on_disk(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool synced = ::fsync(fd) == 0;
  return ::close(fd) == 0 && synced;
}

// All pieces of a bundle into a file; a failure was reported and is without a value.
std::optional<Value> fetch_pieces(Context& context, std::int64_t stream, std::ofstream& out, std::int64_t& bytes) {
  Value args;
  args.set("stream", stream);
  Progress progress(context, Text::ProgressBundle);
  for (;;) {
    progress.tell({size_text(bytes, context.language())});
    std::optional<Value> piece = context.ask("bundle.next", args, kBundleTimeout);
    if (!piece) return std::nullopt;
    const std::optional<Bytes> data = bytes_of_hex(piece->text("data"));
    if (!data) {
      context.fail(Trouble::BadReply, {context.home().string()});
      return std::nullopt;
    }
    out.write(reinterpret_cast<const char*>(data->data()), static_cast<std::streamsize>(data->size()));
    bytes += static_cast<std::int64_t>(data->size());
    if (!out || piece->boolean("done")) return piece;
  }
}

// Writes a bundle beside the file's place first: half a bundle never has its name.
std::optional<Written> write_bundle(Context& context, const std::string& file, Value args) {
  const std::optional<Value> opened = context.ask("bundle.write", std::move(args), kBundleTimeout);
  if (!opened) return std::nullopt;
  const std::string beside = file + ".part";
  std::ofstream out(beside, std::ios::binary | std::ios::trunc);
  Written written;
  std::optional<Value> last;
  if (out) last = fetch_pieces(context, opened->integer("stream"), out, written.bytes);
  const bool was_told = out.good() && !last;
  out.close();
  std::error_code error;
  if (last && out && is_on_disk(beside)) {
    std::filesystem::rename(beside, file, error);
    if (!error) {
      written.sections = Value(last->items("sections"));
      return written;
    }
  }
  std::filesystem::remove(beside, error);
  if (!was_told) context.fail(Trouble::CannotWrite, {file});
  return std::nullopt;
}

void print_written(Context& context, const std::string& file, const Written& written) {
  context.say_line(Text::BundleWritten, {file, size_text(written.bytes, context.language())});
  for (const Value& section : written.sections.items()) {
    const std::int64_t others = section.integer("recipients") - 1;  // this node's own key is among them
    const std::int64_t entries = section.integer("entries");
    context.line("  " + context.say(entries == 0 ? Text::BundleSectionEmpty : Text::BundleSection,
                                    {section.text("name"), std::to_string(entries), std::to_string(others)}));
    for (const Value& member : section.items("without_key")) {
      context.line("  " + context.say(Text::BundleWithoutKey, {member.text("name"), short_id(member.text("member"))}));
    }
  }
}

Value json_of_written(const std::string& file, const Written& written) {
  Value document;
  document.set("file", file);
  document.set("bytes", written.bytes);
  document.set("sections", written.sections);
  return document;
}

// Feeds the node the whole file; false when a failure was reported.
bool feed(Context& context, std::int64_t stream, std::istream& in, const std::string& file) {
  std::error_code unknown;
  const std::string whole = size_text(static_cast<std::int64_t>(std::filesystem::file_size(file, unknown)), context.language());
  Progress progress(context, Text::ProgressBundleRead);
  std::int64_t read = 0;
  std::string piece(kBundlePiece, '\0');
  for (;;) {
    progress.tell({size_text(read, context.language()), whole});
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const auto size = static_cast<std::size_t>(in.gcount());
    if (in.bad()) {
      context.fail(Trouble::NoFile, {file});
      return false;
    }
    if (size == 0) return true;
    Value args;
    args.set("stream", stream);
    args.set("data", hex_of(view_of(std::string_view(piece).substr(0, size))));
    const std::optional<ApiReply> reply = context.ask_reply("bundle.feed", std::move(args), kBundleTimeout);
    if (!reply) return false;
    read += static_cast<std::int64_t>(size);
    if (!reply->failure) continue;
    progress.clear();
    context.fail(*reply->failure);
    const std::int64_t added = reply->failure->args.integer("added");
    if (added > 0 && !context.json()) context.tell("  " + context.say(Text::BundleKept, {std::to_string(added)}));
    return false;
  }
}

Text refusal_text(const std::string& code) {
  if (code == "other-network") return Text::BundleRefusedNetwork;
  return code == "removed" ? Text::BundleRefusedRemoved : Text::BundleRefusedStranger;
}

void print_section(Context& context, const Value& section, bool has_reply) {
  const std::string writer = section.text("writer_name");
  const std::string created = short_moment(section.text("created"), context.language());
  if (!section.text("refused").empty()) {
    return context.say_line(refusal_text(section.text("refused")), {section.text("name"), writer, created});
  }
  const std::int64_t added = section.integer("added");
  context.say_line(added == 0 ? Text::BundleNothingNew : Text::BundleRead,
                   {section.text("name"), writer, created, std::to_string(added)});
  const auto detail = [&](Text text, std::string_view count) {
    if (section.integer(count) > 0) context.line("  " + context.say(text, {std::to_string(section.integer(count)), writer}));
  };
  detail(Text::BundleMissing, "missing");
  detail(Text::BundleLeftOut, "left_out");
  if (has_reply) return;
  const std::int64_t lacks = section.integer("lacks");
  if (lacks == 0) {
    context.line("  " + context.say(Text::BundleLacksNothing, {writer}));
  } else {
    context.line("  " + context.say(Text::BundleLacks, {writer, std::to_string(lacks), short_id(section.text("writer"))}));
  }
}

// The members that wrote what was read, without repeats.
std::vector<std::string> writers_of(const Value& report) {
  std::vector<std::string> writers;
  for (const Value& section : report.items("sections")) {
    const std::string writer = section.text("writer");
    const bool is_known = std::find(writers.begin(), writers.end(), writer) != writers.end();
    if (section.text("refused").empty() && !is_known) writers.push_back(writer);
  }
  return writers;
}

}  // namespace

int bundle_write(Context& context) {
  const std::optional<std::string> since = context.args().flag("since");
  const bool all = context.args().has("all");
  if (since && all) return context.fail(Trouble::NotTogether, {"--since", "--all"});
  Value args = context.with_network(Value::map());
  if (since) args.set("since", *since);
  if (all) args.set("all", true);
  const std::string& file = context.args().words[0];
  const std::optional<Written> written = write_bundle(context, file, std::move(args));
  if (!written) return context.exit_code();
  if (context.json()) {
    context.print(json_of_written(file, *written));
  } else if (!context.quiet()) {
    print_written(context, file, *written);
  }
  return 0;
}

int bundle_read(Context& context) {
  const std::string& file = context.args().words[0];
  std::error_code error;
  std::ifstream in(file, std::ios::binary);
  if (!in || !std::filesystem::is_regular_file(file, error)) return context.fail(Trouble::NoFile, {file});
  const std::optional<Value> opened = context.ask("bundle.read");
  if (!opened || !feed(context, opened->integer("stream"), in, file)) return context.exit_code();
  Value args;
  args.set("stream", opened->integer("stream"));
  const std::optional<ApiReply> ended = context.ask_reply("bundle.end", args, kBundleTimeout);
  if (!ended) return context.exit_code();
  if (ended->failure) {
    context.fail(*ended->failure);
    const std::int64_t added = ended->failure->args.integer("added");
    if (added > 0 && !context.json()) context.tell("  " + context.say(Text::BundleKept, {std::to_string(added)}));
    return context.exit_code();
  }
  Value report = ended->result;
  const std::optional<std::string> reply_file = context.args().flag("reply");
  if (!context.json() && !context.quiet()) {
    for (const Value& section : report.items("sections")) print_section(context, section, reply_file.has_value());
    if (report.integer("foreign") > 0) context.say_line(Text::BundleForeign, {std::to_string(report.integer("foreign"))});
  }
  if (reply_file) {
    const std::vector<std::string> writers = writers_of(report);
    Value wanted;
    wanted.set("since", writers.front());
    if (writers.size() > 1) return context.fail(Trouble::BundleSeveralWriters, {*reply_file});
    const std::optional<Written> written = write_bundle(context, *reply_file, std::move(wanted));
    if (!written) return context.exit_code();
    if (context.json()) {
      report.set("reply", json_of_written(*reply_file, *written));
    } else if (!context.quiet()) {
      print_written(context, *reply_file, *written);
    }
  }
  if (context.json()) context.print(report);
  for (const Value& section : report.items("sections")) {
    if (!section.text("refused").empty()) return context.fail(Trouble::BundlePartRefused);
    if (section.integer("unusable") > 0) return context.fail(Trouble::BundleGap, {section.text("writer_name")});
  }
  return 0;
}

}  // namespace budstikke::cli
