// `network merge`: a code of this network for the other's coordinator, or the taking of theirs.
#include "cli/commands/commands.h"
#include "cli/words.h"
#include "protocol/base/text.h"

namespace budstikke::cli {
namespace {

bool is_merge_code(const std::string& word) {
  std::string start = trim(word).substr(0, 5);
  return fold_case(start) == "budm1";
}

// One word that is no code is a network; a second is what to be one with.
Value merge_args(const Context& context) {
  const std::vector<std::string>& words = context.args().words;
  Value args = context.with_network(Value::map());
  if (words.size() == 2 || (words.size() == 1 && !is_merge_code(words[0]))) args.set("network", words[0]);
  if (words.size() == 2 || (words.size() == 1 && is_merge_code(words[0]))) args.set("with", trim(words.back()));
  if (const std::optional<std::string> into = context.args().flag("into")) args.set("into", *into);
  return args;
}

int give_code(Context& context, Value args) {
  std::optional<Value> reply = context.ask("network.merge", std::move(args));
  if (!reply) return context.exit_code();
  reply->set("words", words_of(reply->text("words")));
  if (context.json()) {
    context.print(*reply);
    return 0;
  }
  if (!context.quiet()) {
    context.say_line(Text::MergeCodeNext);
    context.line("  " + reply->text("words"));
    context.say_line(Text::MergeCodeThen);
  }
  context.line(reply->text("code"));
  return 0;
}

}  // namespace

int network_merge(Context& context) {
  Value args = merge_args(context);
  if (args.find("with") == nullptr) return give_code(context, std::move(args));
  Value look = args;
  look.set("look", true);
  const std::optional<Value> found = context.ask("network.merge", std::move(look));
  if (!found) return context.exit_code();
  const std::string words = found->text("words");  // none when both networks' coordinator is this node
  const std::string compare = words.empty() ? words : context.say(Text::AskMergeWords, {words_of(words)});
  const std::string network = found->text("network_name");
  const std::string question = context.say(Text::AskMerge, {network, found->text("other_name"), compare});
  if (!context.confirm_by_name(question, network)) return context.exit_code();
  const std::optional<Value> reply = context.ask("network.merge", std::move(args));
  if (!reply) return context.exit_code();
  if (context.json()) {
    context.print(*reply);
  } else if (!context.quiet() && reply->boolean("united")) {
    context.say_line(Text::Merged, {reply->text("network_name"), reply->text("other_name"), reply->text("name")});
  } else if (!context.quiet()) {
    context.say_line(Text::MergeSaid, {reply->text("network_name"), reply->text("other_name")});
  }
  return 0;
}

}  // namespace budstikke::cli
