// `network create|list|show|members|rename`, and `member rename`.
#include "cli/commands/commands.h"
#include "cli/commands/wordings.h"
#include "cli/councils.h"
#include "cli/moments.h"
#include "cli/words.h"

namespace budstikke::cli {
namespace {

// The network is named by a word or by --network.
Value network_args(const Context& context) {
  Value args = context.with_network(Value::map());
  if (!context.args().words.empty()) args.set("network", context.args().words[0]);
  return args;
}

std::string joined_names(const Value& reply, const char* key) {
  std::string names;
  for (const Value& name : reply.items(key)) {
    if (const std::string* text = name.if_text()) names += (names.empty() ? "" : ", ") + *text;
  }
  return names;
}

Value with_words(const Value& reply) {
  Value members = Value::array();
  for (Value& member : by_name(reply.items("members"))) {
    member.set("words", words_of(member.text("words")));
    members.push(std::move(member));
  }
  return members;
}

}  // namespace

int network_create(Context& context) {
  Value args;
  args.set("name", context.args().words[0]);
  const std::optional<Value> reply = context.ask("network.create", std::move(args));
  if (!reply) return context.exit_code();
  if (context.json()) {
    context.print(*reply);
    return 0;
  }
  context.say_line(Text::NetworkCreated, {reply->text("name"), short_id(reply->text("id"))});
  context.say_line(Text::RecoveryKey);
  context.line("  " + reply->text("recovery_key"));
  context.say_line(Text::NetworkNext);
  return 0;
}

int network_list(Context& context) {
  const std::optional<Value> reply = context.ask("network.list");
  if (!reply) return context.exit_code();
  if (context.json()) {
    context.print(Value(reply->items("networks")));
    return 0;
  }
  Table table({"ID", context.say(Text::Name), context.say(Text::Role), context.say(Text::Members), context.say(Text::Records)});
  for (const Value& network : reply->items("networks")) {
    table.row({short_id(network.text("id")), network.text("name"), role_name(context, network.text("role")),
               std::to_string(network.integer("members")), std::to_string(network.integer("records"))});
  }
  if (table.empty() && context.io().out_is_terminal) context.say_line(Text::NoNetworks);
  if (!table.empty()) context.print(table);
  return 0;
}

int network_show(Context& context) {
  const std::optional<Value> reply = context.ask("network.show", network_args(context));
  if (!reply) return context.exit_code();
  if (context.json()) {
    context.print(*reply);
    return 0;
  }
  context.say_line(Text::NetworkLine, {reply->text("name"), role_name(context, reply->text("role"))});
  context.say_line(Text::NetworkMembersLine, {std::to_string(reply->integer("members"))});
  context.say_line(Text::NetworkFounded, {reply->text("founder_name"), long_moment(reply->text("created"), context.language())});
  for (const auto& [key, text] : {std::pair("to_be_one_with", Text::NetworkToBeOneWith),
                                  {"also_called", Text::NetworkAlsoCalled},
                                  {"former_names", Text::NetworkFormerNames}}) {
    if (const std::string names = joined_names(*reply, key); !names.empty()) context.say_line(text, {names});
  }
  context.line("ID: " + reply->text("id"));
  for (const char* digest : {"membership_digest", "vector_digest", "state_digest"}) {
    context.line(std::string(digest) + ": " + reply->text(digest));
  }
  return 0;
}

int network_rename(Context& context) {
  const std::vector<std::string>& words = context.args().words;
  Value args = context.with_network(Value::map());
  if (words.size() > 1) args.set("network", words[0]);
  args.set("name", words.back());
  const std::optional<Value> reply = context.ask("network.rename", std::move(args));
  if (!reply) return context.exit_code();
  if (context.json()) {
    context.print(*reply);
  } else if (!context.quiet()) {
    context.say_line(Text::NetworkRenamed, {reply->text("former"), reply->text("name")});
  }
  return 0;
}

int member_rename(Context& context) {
  Value args = context.with_network(Value::map());
  args.set("name", context.args().words[0]);
  const std::optional<Value> reply = context.ask("member.rename", std::move(args));
  if (!reply) return context.exit_code();
  if (context.json()) {
    context.print(*reply);
  } else if (!context.quiet()) {
    context.say_line(Text::CouncilRenamed, {reply->text("former"), reply->text("name"), joined_names(*reply, "networks")});
  }
  return 0;
}

int network_members(Context& context) {
  const std::optional<Value> reply = context.ask("network.members", network_args(context));
  if (!reply) return context.exit_code();
  const Value members = with_words(*reply);
  if (context.json()) {
    context.print(members);
    return 0;
  }
  if (context.io().out_is_terminal) {  // the words are there to be read out, so none is cut
    for (const Value& member : members.items()) {
      context.line(member.text("name") + ", " + role_name(context, member.text("role")) +
                   (member.boolean("you") ? ", " + context.say(Text::You) : ""));
      const std::string admitted = short_moment(member.text("admitted"), context.language());
      context.line("  " + context.say(Text::Admitted) + " " + admitted);
      if (!member.text("words").empty()) context.line("  " + context.say(Text::Words) + ": " + member.text("words"));
    }
    return 0;
  }
  Table table({context.say(Text::Name), context.say(Text::Role), context.say(Text::Admitted), context.say(Text::Words), ""});
  for (const Value& member : members.items()) {
    table.row({member.text("name"), role_name(context, member.text("role")), member.text("admitted"), member.text("words"),
               member.boolean("you") ? context.say(Text::You) : ""});
  }
  context.print(table);
  return 0;
}

}  // namespace budstikke::cli
