#include "cli/commands/changes.h"

#include "cli/commands/past.h"
#include "cli/fields.h"
#include "cli/moments.h"

namespace budstikke::cli {
namespace {

std::string done_text(const Context& context, const KindInfo& kind, const Value& change) {
  std::string done;
  if (change.boolean("created")) done = context.say(Text::WatchNew);
  for (const Value& operation : change.items("operations")) {
    if (change.boolean("created") && operation.text("operation") != "commented") continue;
    done += (done.empty() ? "" : "; ") + operation_text(context, kind, operation);
  }
  return done;
}

}  // namespace

std::string ChangeLines::of(Context& context, const Value& change) {
  const KindInfo* kind = find_kind(std::string_view(change.text("kind")));
  if (kind == nullptr) return {};
  const std::string done = done_text(context, *kind, change);
  if (!context.io().out_is_terminal) {
    Table table({"", "", "", "", "", ""});
    table.row({change.text("time"), change.text("council_name"), change.text("kind"), change.text("short"), change.text("title"),
               done});
    return table.text({});
  }
  const std::optional<Moment> time = parse_moment(change.text("time"));
  const LocalMoment at = local_moment(time.value_or(Moment{}));
  std::string lines;
  if (std::string day = text_of(at.day); day != day_) {
    day_ = std::move(day);
    lines = long_moment(day_, context.language()) + "\n";
  }
  const std::string what = clock_for(clock_text(at.minutes.value_or(0)), context.language()) + "  " +
                           change.text("council_name") + "  " + noun_of(*kind, context.language()) + " " + change.text("short") +
                           " " + change.text("title") + ":";
  const std::size_t columns = context.io().columns;
  if (columns == 0 || display_width(what + " " + done) <= columns) return lines + what + " " + done + "\n";
  return lines + cut_to_width(what, columns) + "\n" + cut_to_width("       " + done, columns) + "\n";
}

}  // namespace budstikke::cli
