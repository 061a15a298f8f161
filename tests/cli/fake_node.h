// A node that answers what a test has scripted, over the real socket, and the command line run against it.
//
// Shape        `answer` and `refuse` add to a command's script; the last reply of a script is given again and again. A command
//              without a script is refused as unknown-command.
// Threads      The node answers in a thread of its own until it goes; `requests` is for when a command has ended.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "cli/io.h"
#include "protocol/wire/api.h"
#include "tests/support/home.h"

namespace budstikke::tests {

// A Value from JSON text, for readable scripts. Ends the process when it is not JSON.
Value json(std::string_view text);

class FakeNode {
 public:
  FakeNode();  // makes a home with a config.toml and listens there
  ~FakeNode();
  FakeNode(const FakeNode&) = delete;
  FakeNode& operator=(const FakeNode&) = delete;

  void answer(const std::string& command, std::string_view result);
  void answer_value(const std::string& command, Value result);  // what JSON cannot say
  void refuse(const std::string& command, ApiError code, const std::string& subject = {}, const std::string& message = {});
  void delay(const std::string& command, Millis time);  // its answers come only then
  void hold() { mode_ = Mode::Silent; }                 // takes requests and never answers
  void babble() { mode_ = Mode::Nonsense; }             // answers what is no reply
  std::vector<ApiRequest> requests();
  ApiRequest last_request();
  std::filesystem::path home() const { return folder_.path(); }

 private:
  enum class Mode { Scripted, Silent, Nonsense };
  void serve(const std::stop_token& stop);
  Bytes reply_to(View frame);
  TempHome folder_;
  std::atomic<Mode> mode_ = Mode::Scripted;
  std::mutex mutex_;
  std::map<std::string, std::vector<ApiReply>> scripts_;
  std::map<std::string, Millis> delays_;
  std::vector<ApiRequest> requests_;
  void* context_ = nullptr;
  void* socket_ = nullptr;
  std::jthread thread_;
};

// One run of the command line: what it wrote and its exit code.
struct Ran {
  int code = 0;
  std::string out;
  std::string err;
};

// The world of a run. Time stands still at Tuesday 20 October 2026, 10:00 in Denmark.
struct World {
  std::map<std::string, std::string> env = {};
  bool terminal = false;  // both standard input and output
  std::size_t columns = 0;
  std::string in = {};
  int daemon_code = 0;  // what `budstikked` ends with; -1: it is not there
  std::vector<std::string> daemon_args = {};
  std::string daemon_out = {};
  std::size_t rows = 0;
  bool has_pager = true;
  std::vector<std::pair<std::string, std::string>> paged = {};  // commands, with what they were given
  bool has_opener = true;
  std::vector<std::string> opened = {};  // files
  std::function<int(const std::string& input)> program = {};    // stands in for programs that are run
  std::vector<int> program_codes = {};                          // what programs end with, the last one again and again; none: 0
  std::vector<std::pair<std::string, std::string>> programs = {};  // that were run, with their input
  std::vector<std::int64_t> slept_ms = {};
  std::function<int(const std::string& command, const std::string& file)> editor = {};
  bool err_is_terminal = false;
  cli::Reach reached = cli::Reach::Silent;  // what answers at an address
  std::vector<std::string> dialed = {};
  Millis later{};  // than the time above
  Millis step{};  // how far the clock goes on each time it is looked at
};

Ran run_cli(const std::vector<std::string>& args, World& world);
Ran run_cli(const std::vector<std::string>& args);
// With --home of the node, in English; `danish` in Danish.
Ran run_at(const FakeNode& node, std::vector<std::string> args);
Ran run_danish(const FakeNode& node, std::vector<std::string> args);
Ran run_on_terminal(const FakeNode& node, std::vector<std::string> args, const std::string& language = "en",
                    const std::string& in = "");

bool contains(const std::string& text, std::string_view part);
std::string args_of(const ApiRequest& request);  // as JSON on one line

}  // namespace budstikke::tests
