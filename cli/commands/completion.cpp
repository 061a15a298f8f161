// `completion`: the lines that make a shell complete commands.
#include "cli/completion.h"

#include "cli/commands/commands.h"

namespace budstikke::cli {

int completion(Context& context) {
  const std::string_view script = completion_script(context.args().words[0]);
  if (script.empty()) return context.fail(ApiError::BadChoice, context.args().words[0], context.say(Text::CompletionShells));
  context.io().out << script;
  return 0;
}

}  // namespace budstikke::cli
