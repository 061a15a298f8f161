#include "cli/progress.h"

#include <ostream>

namespace budstikke::cli {

Progress::~Progress() {
  clear();
  context_.before_report({});
  if (waits_) context_.while_waiting({});
}

bool Progress::is_wanted() const {
  const Io& io = context_.io();
  return io.err_is_terminal && io.elapsed && !context_.quiet() && io.env("TERM").value_or("") != "dumb";
}

void Progress::tell(std::initializer_list<std::string> parts) {
  if (!is_wanted()) return;
  const Millis now = context_.io().elapsed();
  if (now < next_) return;
  next_ = now + kShownEvery;
  is_shown_ = true;
  context_.before_report([this] { clear(); });
  const std::string line = context_.say(text_, parts);
  const std::size_t columns = context_.io().columns;
  context_.io().err << '\r' << (columns > 1 ? cut_to_width(line, columns - 1) : line) << "\033[K" << std::flush;
}

void Progress::clear() {
  if (is_shown_) context_.io().err << "\r\033[K" << std::flush;
  is_shown_ = false;
}

std::string Progress::seconds() const { return std::to_string(context_.io().elapsed().count() / 1'000); }

void Progress::while_waiting(std::function<void()> call) {
  if (!is_wanted()) return;
  context_.while_waiting(std::move(call));
  waits_ = true;
}

}  // namespace budstikke::cli
