#include "tests/siege/besieged.h"

#include <filesystem>

#include "tests/bench/joined_pair.h"
#include "tests/bench/usage.h"
#include "tests/support/process.h"

namespace budstikke::siege {
namespace {

constexpr std::chrono::milliseconds kBetweenQuestions{20};
constexpr std::chrono::milliseconds kBetweenWrites{100};
constexpr std::chrono::milliseconds kBetweenLooks{5};
constexpr double kDeliveryPatience = 180;  // seconds

double in_ms(double seconds) { return std::round(seconds * 1e5) / 100; }

}  // namespace

pid_t door_of(tests::NodeUnderTest& node) { return bench::door_of(node); }

std::uint64_t descriptors_of(pid_t process) {
  std::error_code error;
  std::uint64_t count = 0;
  for (std::filesystem::directory_iterator at("/proc/" + std::to_string(process) + "/fd", error), end; !error && at != end;
       at.increment(error)) {
    ++count;
  }
  return count;
}

std::string write_contact(ApiClient& writer, std::size_t number) {
  Value names = Value::array();
  names.push("Kontor nr. " + std::to_string(number));
  Value fields, args;
  fields.set("name", std::move(names));
  args.set("kind", "contact");
  args.set("fields", std::move(fields));
  return writer.result("record.add", std::move(args)).text("id");
}

bool has_contact(ApiClient& reader, const std::string& id) {
  Value args;
  args.set("kind", "contact");
  args.set("id", id);
  return !reader.ask("record.show", std::move(args)).failure;
}

std::size_t lines_of(tests::NodeUnderTest& node, const std::string& event) {
  const std::string log = node.daemon().err();
  const std::string wanted = "event=" + event;
  std::size_t count = 0;
  for (std::size_t at = log.find(wanted); at != std::string::npos; at = log.find(wanted, at + 1)) ++count;
  return count;
}

Besieged::Besieged(std::uint64_t descriptors) {
  tests::NodeUnderTest& host = region_.add("Rønne Integrationsråd");
  host.limit_descriptors(descriptors);
  host.stop();
  host.start();
  region_.add("Nexø Integrationsråd", "council", tests::Reach::DialsOnly);
  if (!region_.agrees()) throw std::runtime_error("the two nodes do not agree before anything has happened");
}

Besieged::~Besieged() {
  stopping_ = true;
  if (asking_.joinable()) asking_.join();
  if (delivering_.joinable()) delivering_.join();
}

void Besieged::begin() {
  door_memory_ = tests::anonymous_memory_of(door_of(host()));
  asking_ = std::thread([this] { ask(); });
  delivering_ = std::thread([this] { deliver(); });
}

void Besieged::fail(const std::string& what) {
  const std::lock_guard lock(mutex_);
  failures_.push_back(what);
}

void Besieged::ask() try {
  ApiClient client(host().home());
  while (!stopping_) {
    const auto asked = Clock::now();
    client.result("status");
    answers_.push_back(seconds_since(asked));
    std::this_thread::sleep_for(kBetweenQuestions);
  }
} catch (const std::exception& error) {
  fail(std::string("the host does not answer: ") + error.what());
}

void Besieged::deliver() try {
  ApiClient writer(host().home());
  ApiClient reader(member().home());
  for (std::size_t number = 1; !stopping_; ++number) {
    const std::string id = write_contact(writer, number);
    const auto acknowledged = Clock::now();
    while (!has_contact(reader, id)) {
      if (seconds_since(acknowledged) > kDeliveryPatience) throw std::runtime_error("what was written did not arrive");
      std::this_thread::sleep_for(kBetweenLooks);
    }
    deliveries_.push_back(seconds_since(acknowledged));
    std::this_thread::sleep_for(kBetweenWrites);
  }
} catch (const std::exception& error) {
  fail(error.what());
}

void Besieged::end(Report& report) {
  const std::uint64_t door_memory = host().running() ? tests::anonymous_memory_of(door_of(host())) : 0;
  stopping_ = true;
  asking_.join();
  delivering_.join();
  report.failures.insert(report.failures.end(), failures_.begin(), failures_.end());
  report.expect(host().running(), "the host has ended");
  report.expect(member().running(), "the member has ended");
  if (host().running() && member().running()) report.expect(region_.agrees(), "the two nodes do not agree afterwards");
  report.figures["answers"] = answers_.size();
  report.figures["answer_p50_ms"] = in_ms(bench::percentile(answers_, 0.5));
  report.figures["answer_p99_ms"] = in_ms(bench::percentile(answers_, 0.99));
  report.figures["deliveries"] = deliveries_.size();
  report.figures["delivery_p50_ms"] = in_ms(bench::percentile(deliveries_, 0.5));
  report.figures["delivery_p99_ms"] = in_ms(bench::percentile(deliveries_, 0.99));
  report.figures["delivery_max_ms"] = in_ms(bench::percentile(deliveries_, 1));
  report.figures["door_memory_growth_mib"] = (static_cast<double>(door_memory) - static_cast<double>(door_memory_)) / kMib;
}

}  // namespace budstikke::siege
