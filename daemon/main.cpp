// budstikked: runs one node in the foreground, or makes its home.
//
// Usage        budstikked --home DIR [--passphrase-fd N]     of a node whose keys are sealed: daemon/locked.h
//              budstikked --home DIR --init --council NAME [--municipality CODE] [--listen ADDR] [--advertise ADDR]
//                         [--ticket TEXT] [--quiet]
//                                                                                exit codes: protocol/wire/init.h
//              budstikked --home DIR --restore FILE [--replace | --dry-run] [--quiet]       exit codes: protocol/wire/restore.h
//              budstikked --home DIR --check      says what the configuration is, and starts nothing
// Exit codes   0 done · 1 refused or failed · 2 wrong usage · 74 the store failed · 78 a file in the home is not as it must be
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string_view>

#include "daemon/core.h"
#include "daemon/door/transport_key.h"
#include "daemon/locked.h"
#include "daemon/restore.h"
#include "protocol/base/pack.h"
#include "protocol/wire/init.h"
#include "protocol/wire/ticket.h"

namespace {

using namespace budstikke;
using namespace budstikke::daemon;

constexpr int kExitRefused = 1;
constexpr int kExitUsage = 2;
constexpr int kExitHome = 78;  // EX_CONFIG: do not restart before somebody has looked

struct Options {
  std::string home;
  bool init = false;
  bool version = false;
  bool replace = false;
  bool dry_run = false;
  bool check = false;
  bool quiet = false;  // the caller says what the exit code means
  std::string restore;
  std::string passphrase_fd;
  std::string ticket;
  Config config;
};

int complain(int code, const std::string& text, bool quiet = false) {
  if (!quiet) std::fprintf(stderr, "budstikked: %s\n", text.c_str());
  return code;
}

// An error's text, and what it is about where the text does not say it.
std::string told(const Error& error) {
  const bool is_said = error.subject.empty() || error.text.find(error.subject) != std::string::npos;
  return is_said ? error.text : error.text + ": " + error.subject;
}

Result<Options> parse(int argc, char** argv) {
  Options options;
  if (const char* home = std::getenv("BUDSTIKKE_HOME")) options.home = home;
  const std::pair<std::string_view, std::string*> texts[] = {{"--home", &options.home},
                                                             {"--restore", &options.restore},
                                                             {"--passphrase-fd", &options.passphrase_fd},
                                                             {"--ticket", &options.ticket},
                                                             {"--council", &options.config.council},
                                                             {"--municipality", &options.config.municipality},
                                                             {"--listen", &options.config.listen},
                                                             {"--advertise", &options.config.advertise}};
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const std::pair<std::string_view, bool*> switches[] = {{"--init", &options.init},       {"--version", &options.version},
                                                           {"--check", &options.check},     {"--replace", &options.replace},
                                                           {"--dry-run", &options.dry_run}, {"--quiet", &options.quiet}};
    const auto on =
        std::find_if(std::begin(switches), std::end(switches), [&](const auto& one) { return one.first == argument; });
    if (on != std::end(switches)) {
      *on->second = true;
      continue;
    }
    std::string* text = nullptr;
    for (const auto& [name, member] : texts) {
      if (argument == name) text = member;
    }
    if (text == nullptr) return Error{Code::Invalid, "unknown option " + std::string(argument)};
    if (++i == argc) return Error{Code::Invalid, std::string(argument) + " needs a value"};
    *text = argv[i];
  }
  const std::string& fd = options.passphrase_fd;
  if (fd.size() > 4 || fd.find_first_not_of("0123456789") != std::string::npos) {
    return Error{Code::Invalid, "--passphrase-fd takes the number of an open descriptor"};
  }
  if (options.home.empty() && !options.version) return Error{Code::Invalid, "which home? give --home DIR or set BUDSTIKKE_HOME"};
  return options;
}

InitExit exit_of(const Error& error) {
  switch (error.code) {
    case Code::Conflict:
      return InitExit::Taken;
    case Code::Io:
      return InitExit::CannotWrite;
    case Code::Full:
      return InitExit::NoRoom;
    default:
      return InitExit::Failed;
  }
}

int init(const Options& options) {
  const Config& config = options.config;
  if (config.council.empty()) return complain(kExitUsage, "--council NAME is needed", options.quiet);
  if (!is_council_name(config.council)) {
    return complain(kExitUsage, "the council's name must be one line of plain text of at most 200 bytes", options.quiet);
  }
  if (!config.municipality.empty() && !is_municipality_code(config.municipality)) {
    return complain(kExitUsage, "--municipality takes the four-digit code, for example 0183", options.quiet);
  }
  for (const std::string& address : {config.listen, config.advertise}) {
    if (!address.empty() && !is_node_address(address))
      return complain(kExitUsage, "not an address (host:port): " + address, options.quiet);
  }
  if (const Result<Ticket> ticket = parse_ticket(options.ticket); !options.ticket.empty() && !ticket) {
    return complain(kExitUsage, ticket.error().text, options.quiet);
  }
  Status made = Home::create(
      options.home, config,
      [](const std::filesystem::path& folder) -> Status {
        store::StorageOptions fresh;
        fresh.new_store_id = StoreId::from(random_seed().view().first(StoreId::kSize));
        Result<std::unique_ptr<store::LmdbStorage>> storage = store::LmdbStorage::open(folder, fresh);
        return storage ? done() : Status(storage.error());
      },
      options.ticket);
  return made ? 0 : complain(static_cast<int>(exit_of(made.error())), told(made.error()), options.quiet);
}

// Writes what the backup is: for the command line, which runs this, as canonical msgpack.
int try_restore(const Options& options) {
  const auto tried = try_backup(options.restore);
  if (const auto* refused = std::get_if<RestoreRefused>(&tried)) {
    return complain(static_cast<int>(refused->exit), refused->text, options.quiet);
  }
  const Value& facts = std::get<Value>(tried);
  if (!options.quiet) {
    std::printf("budstikked: whole; written %s by %s, %lld bytes\n", facts.text("created").c_str(), facts.text("version").c_str(),
                static_cast<long long>(facts.integer("bytes")));
    return 0;
  }
  const Bytes encoded = pack(facts);
  const bool written = std::fwrite(encoded.data(), 1, encoded.size(), stdout) == encoded.size() && std::fflush(stdout) == 0;
  return written ? 0 : static_cast<int>(RestoreExit::Failed);
}

int restore(const Options& options) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const WallTime wall{std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
  const std::optional<RestoreRefused> refused = restore_home(options.home, options.restore, options.replace, wall);
  if (!refused) return static_cast<int>(RestoreExit::Done);
  return complain(static_cast<int>(refused->exit), refused->text, options.quiet);
}

int check(const Options& options) {
  const Result<ReadConfig> read = read_config(options.home);
  if (!read) return complain(kExitHome, told(read.error()), options.quiet);
  for (const Setting& setting : settings()) {
    const auto origin = read->origins.find(setting.key());
    std::printf("%s = %s  # %s\n", setting.key().c_str(), toml_text(read->config.*(setting.member)).c_str(),
                origin == read->origins.end() ? "default" : origin->second.c_str());
  }
  return 0;
}

// Every thread inherits this, so that no call anywhere is interrupted; the loop reads the signals from a descriptor.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP}) sigdelset(&all, fault);
  require(::pthread_sigmask(SIG_SETMASK, &all, nullptr) == 0, "pthread_sigmask");
}

std::string door_program() {
  std::error_code failed;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", failed);
  return (self.parent_path() / "budstikke-door").string();
}

// No memory image on disk with a key in it. The limit is for files; what hands images to a program (core_pattern with a pipe)
// regards only that the process may not be read.
void refuse_images() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);
}

// Opens sealed keys, by what the start was given or by whoever comes to unlock them. False: asked to end before.
Result<bool> unlock(Home& home, const Options& options) {
  const int fd = options.passphrase_fd.empty() ? -1 : std::stoi(options.passphrase_fd);
  Result<std::string> given = passphrase_given(fd);  // also of keys that are not sealed: it is nobody else's
  if (!given) return given.error();
  if (home.keys().is_locked() && !given->empty()) {
    const Status unlocked = home.keys().unlock(*given);
    if (!unlocked) log(LogLevel::Error, "not-unlocked", {{"reason", unlocked.error().text + ", as given with the start"}});
  }
  wipe(*given);
  Result<bool> goes_on = home.keys().is_locked() ? wait_until_unlocked(home) : Result<bool>(true);
  if (!goes_on || !*goes_on) return goes_on;
  if (const Status sealed = home.keys().seal_all(); !sealed) {
    log(LogLevel::Warning, "keys-not-sealed", {{"reason", sealed.error().text}});
  }
  return true;
}

int run(const Options& options) {
  block_signals();
  Result<Home> home = Home::open(options.home);
  if (!home) return complain(home.error().code == Code::Conflict ? kExitRefused : kExitHome, told(home.error()));
  const Result<bool> goes_on = unlock(*home, options);
  if (!goes_on) return complain(kExitHome, told(goes_on.error()));
  if (!*goes_on) return 0;
  Result<std::unique_ptr<Core>> core = Core::open(std::move(*home), door_program());
  if (!core) {  // a store that is not as it must be is not mended by starting again
    const Code code = core.error().code;
    const bool home_is_wrong = code == Code::Damaged || code == Code::Conflict || code == Code::NotFound;
    return complain(home_is_wrong ? kExitHome : kExitRefused, told(core.error()));
  }
  return (*core)->run();
}

}  // namespace

int main(int argc, char** argv) {
  Result<Options> options = parse(argc, argv);
  if (!options) return complain(kExitUsage, options.error().text);
  if (options->version) {
    std::printf("budstikked %s\n", BUDSTIKKE_VERSION);
    return 0;
  }
  ::umask(0077);
  refuse_images();
  if (options->check) return check(*options);
  if (!options->restore.empty()) return options->dry_run ? try_restore(*options) : restore(*options);
  return options->init ? init(*options) : run(*options);
}
