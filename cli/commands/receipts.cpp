// `announcement receipts`: which councils have confirmed an announcement, and which have not.
#include <algorithm>
#include <map>

#include "cli/commands/commands.h"
#include "cli/fields.h"
#include "cli/moments.h"
#include "cli/records.h"

namespace budstikke::cli {
namespace {

struct Receipt {
  std::string council;
  std::string name;
  std::string time;  // empty: not confirmed
};

// Every council of the record's network but the one that announced, with its receipt when there is one.
std::vector<Receipt> receipts_of(const Value& record, const Value& members) {
  std::map<std::string, Receipt> by_council;
  for (const Value& member : members.items("members")) {
    const std::string council = member.text("council");
    if (council != record.text("owner")) by_council[council] = {council, member.text("name"), ""};
  }
  if (const Value* answers = record.find("answers")) {
    for (const Value& receipt : answers->items("receipts")) {
      const std::string council = receipt.text("council");
      by_council[council] = {council, receipt.text("council_name"), receipt.text("time")};
    }
  }
  std::vector<Receipt> receipts;
  for (auto& [council, receipt] : by_council) receipts.push_back(std::move(receipt));
  std::ranges::sort(receipts, {}, [](const Receipt& receipt) { return sort_key(receipt.name); });
  return receipts;
}

Value json_of_receipts(const std::vector<Receipt>& receipts) {
  Value list = Value::array();
  for (const Receipt& receipt : receipts) {
    Value row;
    row.set("council", receipt.council);
    row.set("council_name", receipt.name);
    row.set("confirmed", !receipt.time.empty());
    row.set("time", receipt.time.empty() ? Value() : Value(receipt.time));
    list.push(std::move(row));
  }
  return list;
}

}  // namespace

int receipts(Context& context, const KindInfo& kind) {
  const std::optional<Value> reply = context.ask("record.show", named(kind, context.args().words[0]));
  if (!reply) return context.exit_code();
  const Value* record = reply->find("record");
  if (record == nullptr) return context.fail(Trouble::BadReply, {context.home().string()});
  Value network;
  network.set("network", record->text("network"));
  const std::optional<Value> members = context.ask("network.members", std::move(network));
  if (!members) return context.exit_code();
  const std::vector<Receipt> found = receipts_of(*record, *members);
  if (context.json()) {
    context.print(json_of_receipts(found));
    return 0;
  }
  const bool terminal = context.io().out_is_terminal;
  Table table({context.say(Text::Council), context.say(Text::Receipt), context.say(Text::When)});
  for (const Receipt& receipt : found) {
    const bool confirmed = !receipt.time.empty();
    table.row({receipt.name, context.say(confirmed ? Text::Confirmed : Text::NotConfirmed),
               terminal && confirmed ? short_moment(receipt.time, context.language()) : receipt.time});
  }
  const auto confirmed = std::ranges::count_if(found, [](const Receipt& receipt) { return !receipt.time.empty(); });
  if (terminal) {
    context.say_line(found.size() == 1 ? Text::ReceiptCountOne : Text::ReceiptCount,
                     {std::to_string(confirmed), std::to_string(found.size())});
  }
  if (!table.empty()) context.print(table);
  return 0;
}

}  // namespace budstikke::cli
