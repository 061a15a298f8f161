// The core's dealings with its configuration: what is in force, and the files read anew while it runs.
//
// Every key can change while the node runs. The door listens elsewhere when it is told to, and drops only those who came in;
// what others are to dial is written into the council's own record; the council's name is what this node calls itself, and goes
// into records only where they have none.
#include <algorithm>

#include "daemon/core.h"
#include "daemon/service_manager.h"

namespace budstikke::daemon {
namespace {

constexpr Millis kListenWait{15'000};  // a port in use is tried for 5 s before it is told

std::string origin_of(const ReadConfig& read, const std::string& key) {
  const auto found = read.origins.find(key);
  return found == read.origins.end() ? "default" : found->second;
}

ApiFailure bad_config(const Error& error) { return failure(ApiError::BadConfig, error.text, error.subject); }

std::vector<std::string> keys_that_differ(const Config& a, const Config& b) {
  std::vector<std::string> keys;
  for (const Setting& setting : settings()) {
    if (a.*(setting.member) != b.*(setting.member)) keys.push_back(setting.key());
  }
  return keys;
}

}  // namespace

// What the files say takes the place of what was in force, or nothing does. The keys that have another value now.
Result<std::vector<std::string>> Core::reload() {
  tell_service_manager(reloading_state());
  Result<ReadConfig> read = read_config(home_.folder());
  Status taken = read ? use_config(std::move(*read)) : Status(read.error());
  tell_service_manager("READY=1");
  if (!taken) {
    log(LogLevel::Error, "config-refused", {{"reason", taken.error().text}});
    return taken.error();
  }
  std::string changed;
  for (const std::string& key : reloaded_keys_) changed += (changed.empty() ? "" : ",") + key;
  log(LogLevel::Notice, "config-reloaded", {{"changed", changed}});
  return reloaded_keys_;
}

Status Core::use_config(ReadConfig read) {
  const Config before = home_.config();
  if (read.config.files != before.files && !read_only_) {  // a full disk cannot note it; the node that is loaded then does
    Status noted = node_->ledger().fetch_contents(read.config.files == "always");
    if (!noted) return noted;
  }
  reloaded_keys_ = keys_that_differ(before, read.config);
  home_.use(std::move(read));
  const Config& now = home_.config();
  if (now.listen != before.listen) {
    status_.listening.clear();
    listen_trouble_ = {};
    listen_is_due_ = !now.listen.empty();
    door_.send(Configure{now.listen, {}});
  }
  if (!read_only_) write_own_councils();
  redial(false);
  return done();
}

std::optional<Answer> Core::handle_config(const ApiRequest& request) {
  if (request.command == "config.show") return config_value();
  if (request.command != "config.reload") return std::nullopt;
  const Result<std::vector<std::string>> changed = reload();
  if (!changed) return bad_config(changed.error());
  return reloaded_value();
}

Value Core::reloaded_value() const {
  Value::Array changed;
  for (const std::string& key : reloaded_keys_) changed.emplace_back(key);
  Value result;
  result.set("changed", Value(std::move(changed)));
  if (!status_.listening.empty()) result.set("listening", status_.listening);
  return result;
}

// True when the answer waits for the door to listen where it was told to.
bool Core::wait_for_reload(const ApiServer::Incoming& incoming) {
  if (!incoming.request.args.boolean("wait")) return false;
  const Result<std::vector<std::string>> changed = reload();
  if (!changed) {
    replies_.push_back({incoming.client, ApiReply{incoming.request.id, bad_config(changed.error())}, {}});
    return true;
  }
  reloading_.push_back({incoming.client, incoming.request.id, now_.steady + kListenWait});
  return true;
}

void Core::settle_reloading() {
  std::erase_if(reloading_, [&](const Waiting& waiting) {
    if (listen_is_due_ && now_.steady < waiting.until) return false;
    ApiReply reply;
    reply.id = waiting.id;
    const bool listens = home_.config().listen.empty() || !status_.listening.empty();
    if (listens) {
      reply.result = reloaded_value();
    } else {
      const std::string why = listen_trouble_.empty() ? "the door has not answered yet" : listen_trouble_.text;
      reply.failure = failure(ApiError::CannotListen, why, home_.config().listen);
    }
    replies_.push_back({waiting.client, std::move(reply), {}});
    return true;
  });
}

Value Core::config_value() const {
  const Result<ReadConfig> files = read_config(home_.folder());
  const ReadConfig& used = home_.read_config();
  Value::Array rows;
  for (const Setting& setting : settings()) {
    const std::string& value = used.config.*(setting.member);
    const bool deaf = setting.member == &Config::listen && !value.empty() && !listen_trouble_.empty();
    const bool differs = files && files->config.*(setting.member) != value;
    Value row;
    row.set("key", setting.key());
    row.set("value", value);
    row.set("origin", origin_of(used, setting.key()));
    row.set("state", differs ? "changed" : deaf ? "failed" : "in-force");
    if (differs) {
      row.set("file_value", files->config.*(setting.member));
      row.set("file_origin", origin_of(*files, setting.key()));
    }
    if (deaf) row.set("reason", listen_trouble_.text);
    rows.push_back(std::move(row));
  }
  Value result;
  result.set("home", home_.folder().string());
  result.set("settings", Value(std::move(rows)));
  if (!files) result.set("error", files.error().text);
  return result;
}

// One line for `systemctl status`: no names.
void Core::tell_status() {
  std::string line =
      "networks: " + std::to_string(node_->ledger().networks().size()) + ", links: " + std::to_string(dialer_.links().size());
  if (!status_.listening.empty()) line += ", listening on " + status_.listening;
  if (read_only_) line += "; the disk is full: nothing can be written";
  if (!listen_trouble_.empty()) line += "; " + listen_trouble_.text;
  if (line == told_status_) return;
  told_status_ = line;
  tell_service_manager("STATUS=" + line);
}

}  // namespace budstikke::daemon
