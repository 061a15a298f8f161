#include "cli/commands/search.h"

#include <charconv>

#include "cli/commands/commands.h"
#include "cli/fields.h"
#include "cli/names.h"
#include "cli/records.h"

namespace budstikke::cli {
namespace {

constexpr int kSimilarShown = 3;
constexpr std::size_t kIndent = 8;

std::string plain(const Value& hit, std::string_view part) {
  std::string text;
  for (const Value& piece : hit.items(part)) text += piece.text("text");
  return text;
}

// With what was searched for in bold, cut to the width that is left.
std::string marked(const Context& context, const Value& hit, std::string_view part, std::size_t columns) {
  const bool is_cut = columns > 0 && display_width(plain(hit, part)) > columns;
  std::string text;
  std::size_t left = is_cut ? columns - 1 : SIZE_MAX;  // the last is the ellipsis
  for (const Value& piece : hit.items(part)) {
    std::string shown_part = piece.text("text");
    const std::size_t width = display_width(shown_part);
    if (width > left)
      shown_part = cut_to_width(shown_part + "  ", left + 1);  // the blanks: it is cut where it would just fit, too
    text += piece.boolean("hit") && context.colour() ? "\033[1m" + shown_part + "\033[0m" : shown_part;
    if (width > left) break;
    left -= width;
  }
  return text;
}

std::string noun_of_hit(const Context& context, const Value& hit) {
  const KindInfo* kind = find_kind(std::string_view(hit.text("kind")));
  return kind != nullptr ? noun_of(*kind, context.language()) : hit.text("kind");
}

std::optional<int> limit_of(Context& context) {
  const std::string given = context.args().flag("limit").value_or("20");
  int limit = 0;
  const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), limit);
  if (error == std::errc() && end == given.data() + given.size() && limit >= 1 && limit <= 100) return limit;
  context.fail(ApiError::BadNumber, given);
  return std::nullopt;
}

// What the flags narrow the search to; nullopt has been reported.
std::optional<Value> filters_of_search(Context& context) {
  Value args = context.with_network(Value::map());
  const std::optional<int> limit = limit_of(context);
  if (!limit) return std::nullopt;
  args.set("limit", *limit);
  if (const std::optional<std::string> kind = context.args().flag("kind")) {
    const KindInfo* info = kind_named(*kind);
    if (info == nullptr) {
      context.fail(ApiError::UnknownKind, *kind, did_you_mean(context, *kind, noun_names()));
      return std::nullopt;
    }
    args.set("kind", info->name);
  }
  if (const std::optional<std::string> council = context.args().flag("council")) args.set("council", *council);
  if (const std::optional<std::string> area = context.args().flag("area")) {
    const Field* field = find_field(*find_kind(Kind::Initiative), "area");
    const Result<Value> value = check_value(*field, *area);
    args.set("area", value ? text_of_value(*value) : *area);
  }
  for (const auto& [name, edge] : {std::pair{"since", Edge::First}, {"until", Edge::Last}}) {
    const std::optional<std::string> typed = context.args().flag(name);
    if (!typed) continue;
    const std::optional<std::string> day =
        date_given(context, "--" + std::string(name), *typed, edge == Edge::First ? Lean::Back : Lean::Ahead, edge);
    if (!day) return std::nullopt;
    args.set(name, *day);
  }
  return args;
}

void print_rows(Context& context, const Value& reply) {
  Table table({"ID", "", "", "", ""});
  for (const Value& hit : reply.items("hits")) {
    table.row({hit.text("short"), hit.text("kind"), hit.text("owner_name"), plain(hit, "title"), plain(hit, "excerpt")});
  }
  if (!table.empty()) context.print(table);
}

}  // namespace

void print_hit(Context& context, const Value& hit) {
  const std::size_t columns = context.io().columns;
  const std::string start = hit.text("short") + "  " + noun_of_hit(context, hit) + ": ";
  const std::string owner = " (" + hit.text("owner_name") + ")";
  const std::size_t taken = display_width(start) + display_width(owner);
  context.line(start + marked(context, hit, "title", columns > taken ? columns - taken : 0) + owner);
  if (hit.items("excerpt").empty()) return;
  context.line(std::string(kIndent, ' ') + marked(context, hit, "excerpt", columns > kIndent ? columns - kIndent : 0));
}

bool confirm_despite_similar(Context& context, const KindInfo& kind, const std::string& title) {
  if (!context.io().in_is_terminal || context.json() || context.quiet() || context.args().yes || title.empty()) return true;
  Value args;
  args.set("words", title);
  args.set("kind", kind.name);
  args.set("limit", kSimilarShown);
  const std::optional<ApiReply> reply = context.ask_reply("search", std::move(args));
  if (!reply || reply->failure) return true;  // adding is what was asked for
  Value::Array similar;
  for (const Value& hit : reply->result.items("hits")) {
    if (hit.text("found") != "some") similar.push_back(hit);
  }
  if (similar.empty()) return true;
  context.say_line(Text::SimilarFound);
  for (const Value& hit : similar) print_hit(context, hit);
  return context.confirm(context.say(Text::AskAddSimilar));
}

int search(Context& context) {
  std::optional<Value> args = filters_of_search(context);
  if (!args) return context.exit_code();
  std::string words;
  for (const std::string& word : context.args().words) words += (words.empty() ? "" : " ") + word;
  args->set("words", words);
  const std::optional<Value> reply = context.ask("search", std::move(*args));
  if (!reply) return context.exit_code();
  if (context.json()) {
    context.print(*reply);
    return 0;
  }
  if (!context.io().out_is_terminal) {
    print_rows(context, *reply);
    return 0;
  }
  const Value::Array& hits = reply->items("hits");
  if (hits.empty()) context.say_line(Text::SearchNothing, {words});
  if (!hits.empty() && hits.front().text("found") != "words") context.say_line(Text::SearchNearly, {words});
  for (const Value& hit : hits) print_hit(context, hit);
  if (reply->find("records") != nullptr) {
    context.say_line(Text::SearchNotDone,
                     {std::to_string(reply->integer("searched")), std::to_string(reply->integer("records"))});
  }
  return 0;
}

}  // namespace budstikke::cli
