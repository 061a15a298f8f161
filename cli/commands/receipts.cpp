// `announcement receipts`: how far an announcement has come at each council: arrived, shown to somebody, confirmed.
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
  bool arrived = false;
  std::string shown = {};      // when; empty: not yet
  std::string confirmed = {};  // when; empty: not yet
};

void take_answers(std::map<std::string, Receipt>& by_council, const Value& record, std::string_view field,
                  std::string Receipt::*step) {
  const Value* answers = record.find("answers");
  if (answers == nullptr) return;
  for (const Value& answer : answers->items(field)) {
    Receipt& receipt = by_council[answer.text("council")];
    receipt.council = answer.text("council");
    receipt.name = answer.text("council_name");
    receipt.arrived = true;
    receipt.*step = answer.text("time");
  }
}

// Every council of the record's network but the one that announced, with how far it has come.
std::vector<Receipt> receipts_of(const Value& record, const Value& arrived) {
  std::map<std::string, Receipt> by_council;
  for (const Value& council : arrived.items("councils")) {
    const std::string id = council.text("council");
    by_council[id] = {id, council.text("name"), council.boolean("arrived")};
  }
  take_answers(by_council, record, "seen", &Receipt::shown);
  take_answers(by_council, record, "receipts", &Receipt::confirmed);
  std::vector<Receipt> receipts;
  for (auto& [council, receipt] : by_council) receipts.push_back(std::move(receipt));
  std::ranges::stable_sort(receipts, {}, [](const Receipt& receipt) { return sort_key(receipt.name); });
  return receipts;
}

Value time_value(const std::string& time) { return time.empty() ? Value() : Value(time); }

Value json_of_receipts(const std::vector<Receipt>& receipts) {
  Value list = Value::array();
  for (const Receipt& receipt : receipts) {
    Value row;
    row.set("council", receipt.council);
    row.set("council_name", receipt.name);
    row.set("arrived", receipt.arrived);
    row.set("shown", time_value(receipt.shown));
    row.set("confirmed", !receipt.confirmed.empty());
    row.set("time", time_value(receipt.confirmed));
    list.push(std::move(row));
  }
  return list;
}

Text step_text(const Receipt& receipt) {
  if (!receipt.confirmed.empty()) return Text::Confirmed;
  if (!receipt.shown.empty()) return Text::StepShown;
  return receipt.arrived ? Text::StepArrived : Text::StepUnknown;
}

}  // namespace

int receipts(Context& context, const KindInfo& kind) {
  const std::optional<Value> reply = context.ask("record.show", named(kind, context.args().words[0]));
  if (!reply) return context.exit_code();
  const Value* record = reply->find("record");
  if (record == nullptr) return context.fail(Trouble::BadReply, {context.home().string()});
  Value args = named(kind, record->text("id"));
  args.set("network", record->text("network"));
  const std::optional<Value> arrived = context.ask("record.arrived", std::move(args));
  if (!arrived) return context.exit_code();
  const std::vector<Receipt> found = receipts_of(*record, *arrived);
  if (context.json()) {
    context.print(json_of_receipts(found));
    return 0;
  }
  const bool terminal = context.io().out_is_terminal;
  Table table({context.say(Text::Council), context.say(Text::Receipt), context.say(Text::When)});
  for (const Receipt& receipt : found) {
    const std::string& time = receipt.confirmed.empty() ? receipt.shown : receipt.confirmed;
    table.row({receipt.name, context.say(step_text(receipt)), terminal ? short_moment(time, context.language()) : time});
  }
  const auto confirmed = std::ranges::count_if(found, [](const Receipt& receipt) { return !receipt.confirmed.empty(); });
  if (terminal) {
    context.say_line(found.size() == 1 ? Text::ReceiptCountOne : Text::ReceiptCount,
                     {std::to_string(confirmed), std::to_string(found.size())});
  }
  if (!table.empty()) context.print(table);
  return 0;
}

}  // namespace budstikke::cli
