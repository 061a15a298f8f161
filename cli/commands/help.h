// What `help` and the manual pages are made of: lines from the tables of commands, verbs and fields, in the reader's language.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/context.h"
#include "protocol/records/kinds.h"

namespace budstikke::cli {

struct HelpLine {
  std::string left;  // a command or option and what follows it
  std::string right;
  std::vector<std::string> examples = {};  // whole command lines
};

std::vector<HelpLine> command_lines(const Context& context, std::string_view noun);  // of all nouns when it is empty
std::vector<HelpLine> kind_lines(const Context& context);
std::vector<HelpLine> option_lines(const Context& context);
std::vector<HelpLine> verb_lines(const Context& context, const KindInfo& kind);
std::vector<HelpLine> field_lines(const Context& context, const KindInfo& kind);

bool has_long_text(const KindInfo& kind);  // in a field that people write

std::vector<std::string> examples_of(const std::vector<HelpLine>& lines);
std::vector<std::string> overview_examples(const Context& context);

// Help of what the words name: everything, a noun, or one command. With -h the short form. Gives the exit code.
int help_for(Context& context, const std::vector<std::string>& words);

}  // namespace budstikke::cli
