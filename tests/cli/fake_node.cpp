#include "tests/cli/fake_node.h"

#include <zmq.h>

#include <algorithm>
#include <sstream>

#include "cli/json.h"
#include "cli/run.h"

namespace budstikke::tests {
namespace {

constexpr int kPollMs = 10;  // how soon the node notices that it is to end

// The frames of one message; empty when none came.
std::vector<Bytes> receive(void* socket) {
  std::vector<Bytes> frames;
  int more = 1;
  while (more != 0) {
    zmq_msg_t message;
    zmq_msg_init(&message);
    if (zmq_msg_recv(&message, socket, 0) < 0) return {};
    const auto* data = static_cast<const std::uint8_t*>(zmq_msg_data(&message));
    frames.emplace_back(data, data + zmq_msg_size(&message));
    more = zmq_msg_more(&message);
    zmq_msg_close(&message);
  }
  return frames;
}

}  // namespace

Value json(std::string_view text) {
  const std::optional<Value> value = cli::value_of_json(text);
  require(value.has_value(), "a script is JSON");
  return *value;
}

FakeNode::FakeNode() : context_(zmq_ctx_new()), socket_(zmq_socket(context_, ZMQ_ROUTER)) {
  write_file(folder_.path() / "config.toml", "# made by a test\n");
  const int linger = 0, wait = kPollMs;
  zmq_setsockopt(socket_, ZMQ_LINGER, &linger, sizeof linger);
  zmq_setsockopt(socket_, ZMQ_RCVTIMEO, &wait, sizeof wait);
  const std::string endpoint = "ipc://" + (folder_.path() / "api.sock").string();
  require(zmq_bind(socket_, endpoint.c_str()) == 0, "the fake node listens");
  thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
}

FakeNode::~FakeNode() {
  thread_.request_stop();
  thread_.join();
  zmq_close(socket_);
  zmq_ctx_term(context_);
}

void FakeNode::serve(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const std::vector<Bytes> frames = receive(socket_);
    if (frames.size() != 2) continue;
    const Bytes reply = mode_ == Mode::Nonsense ? Bytes{1, 2, 3} : reply_to(frames[1]);
    if (mode_ == Mode::Silent) continue;
    zmq_send(socket_, frames[0].data(), frames[0].size(), ZMQ_SNDMORE);
    zmq_send(socket_, reply.data(), reply.size(), 0);
  }
}

Bytes FakeNode::reply_to(View frame) {
  const std::lock_guard lock(mutex_);
  const Result<ApiRequest> request = decode_request(frame);
  if (!request) return encode(ApiReply{0, ApiFailure{ApiError::BadRequest, request.error().text}});
  requests_.push_back(*request);
  if (const auto delay = delays_.find(request->command); delay != delays_.end()) std::this_thread::sleep_for(delay->second);
  auto script = scripts_.find(request->command);
  if (script == scripts_.end()) {
    return encode(ApiReply{request->id, ApiFailure{ApiError::UnknownCommand, "no script", request->command}});
  }
  ApiReply reply = script->second.front();
  if (script->second.size() > 1) script->second.erase(script->second.begin());
  reply.id = request->id;
  return encode(reply);
}

void FakeNode::delay(const std::string& command, Millis time) {
  const std::lock_guard lock(mutex_);
  delays_[command] = time;
}

void FakeNode::answer(const std::string& command, std::string_view result) {
  const std::lock_guard lock(mutex_);
  scripts_[command].push_back(ApiReply{0, std::nullopt, json(result)});
}

void FakeNode::answer_value(const std::string& command, Value result) {
  const std::lock_guard lock(mutex_);
  scripts_[command].push_back(ApiReply{0, std::nullopt, std::move(result)});
}

void FakeNode::refuse(const std::string& command, ApiError code, const std::string& subject, const std::string& message) {
  const std::lock_guard lock(mutex_);
  scripts_[command].push_back(ApiReply{0, ApiFailure{code, message, subject}});
}

std::vector<ApiRequest> FakeNode::requests() {
  const std::lock_guard lock(mutex_);
  return requests_;
}

ApiRequest FakeNode::last_request() {
  const std::lock_guard lock(mutex_);
  return requests_.empty() ? ApiRequest{} : requests_.back();
}

Ran run_cli(const std::vector<std::string>& args, World& world) {
  std::ostringstream out, err;
  std::istringstream in(world.in);
  cli::Io io{.out = out,
             .err = err,
             .in = in,
             .out_is_terminal = world.terminal,
             .in_is_terminal = world.terminal,
             .columns = world.columns,
             .env = [&](const std::string& name) -> std::optional<std::string> {
               const auto at = world.env.find(name);
               return at == world.env.end() ? std::nullopt : std::optional(at->second);
             },
             .run_daemon = [&](const std::vector<std::string>& daemon_args) -> std::optional<cli::DaemonRun> {
               world.daemon_args = daemon_args;
               if (world.daemon_code < 0) return std::nullopt;
               return cli::DaemonRun{world.daemon_code, world.daemon_out};
             },
             .now = WallTime{1'792'483'200'000 + world.later.count()},
             .rows = world.rows,
             .run_pager =
                 [&](const std::string& command, const std::string& text) {
                   if (world.has_pager) world.paged.emplace_back(command, text);
                   return world.has_pager;
                 },
             .open_file =
                 [&](const std::string& path) {
                   if (world.has_opener) world.opened.push_back(path);
                   return world.has_opener;
                 },
             .err_is_terminal = world.err_is_terminal,
             .elapsed = [&, time = Millis{}]() mutable { return time += world.step; },
             .sleep = [&](Millis time) { world.slept_ms.push_back(time.count()); },
             .run_program =
                 [&](const std::string& command, const std::string& input) {
                   world.programs.emplace_back(command, input);
                   if (world.program) return world.program(input);
                   if (world.program_codes.empty()) return 0;
                   return world.program_codes[std::min(world.programs.size(), world.program_codes.size()) - 1];
                 },
             .run_editor = [&](const std::string& command, const std::string& file) { return world.editor(command, file); },
             .reach =
                 [&](const std::string& address) {
                   world.dialed.push_back(address);
                   return world.reached;
                 }};
  const int code = cli::run(args, io);
  return {code, out.str(), err.str()};
}

Ran run_cli(const std::vector<std::string>& args) {
  World world;
  return run_cli(args, world);
}

Ran run_at(const FakeNode& node, std::vector<std::string> args) {
  args.insert(args.begin(), {"--home", node.home().string()});
  return run_cli(args);
}

Ran run_danish(const FakeNode& node, std::vector<std::string> args) {
  args.insert(args.begin(), {"--lang", "da"});
  return run_at(node, std::move(args));
}

Ran run_on_terminal(const FakeNode& node, std::vector<std::string> args, const std::string& language, const std::string& in) {
  args.insert(args.begin(), {"--home", node.home().string(), "--lang", language});
  World world{.env = {{"NO_COLOR", "1"}}, .terminal = true, .columns = 100, .in = in};
  return run_cli(args, world);
}

std::string args_of(const ApiRequest& request) { return cli::json_line_of(request.args); }

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace budstikke::tests
