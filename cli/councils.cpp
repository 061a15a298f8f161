#include "cli/councils.h"

#include <algorithm>
#include <map>

#include "cli/records.h"
#include "protocol/base/text.h"

namespace budstikke::cli {

std::optional<std::vector<CouncilName>> councils_of(Context& context, const std::string& network) {
  Value args = Value::map();
  if (!network.empty()) args.set("network", network);
  const std::optional<Value> members = context.ask("network.members", std::move(args));
  if (!members) return std::nullopt;
  std::map<std::string, CouncilName> by_id;
  for (const Value& member : members->items("members")) {
    if (member.find("removed") != nullptr || member.text("role") == "reader") continue;
    by_id[member.text("council")] = {member.text("council"), member.text("name")};
  }
  std::vector<CouncilName> councils;
  for (auto& [id, council] : by_id) councils.push_back(std::move(council));
  std::ranges::stable_sort(councils, {}, [](const CouncilName& council) { return sort_key(council.name); });
  return councils;
}

Value::Array by_name(Value::Array members) {
  const auto key = [](const Value& member) { return std::pair(fold_case(member.text("name")), member.text("member")); };
  std::ranges::sort(members, {}, key);
  return members;
}

std::string names_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace budstikke::cli
