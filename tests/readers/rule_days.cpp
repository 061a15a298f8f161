// The days of repetition rules as the command line walks them: reads "RULE FIRST LAST" a line, and writes the days, or "refused".
#include <iostream>
#include <sstream>

#include "cli/recurrence.h"

int main() {
  using namespace budstikke;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream in(line);
    std::string rule, first_text, last_text;
    in >> rule >> first_text >> last_text;
    const std::optional<Moment> first = parse_moment(first_text), last = parse_moment(last_text);
    if (!first || !last) {
      std::cerr << "not a rule and two days: " << line << '\n';
      return 1;
    }
    const auto days = cli::days_of_rule(rule, first->day, first->day, last->day);
    if (!days) std::cout << "refused";
    for (std::size_t i = 0; days && i < days->size(); ++i) std::cout << (i == 0 ? "" : " ") << text_of((*days)[i]);
    std::cout << '\n';
  }
  return 0;
}
