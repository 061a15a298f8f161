#include "tests/bench/visible.h"

#include <thread>

#include "tests/bench/api_client.h"
#include "tests/bench/figures.h"
#include "tests/bench/plain_lmdb.h"

namespace budstikke::bench {
namespace {

constexpr std::size_t kWarmUp = 5;
constexpr std::chrono::milliseconds kPause{5};  // between writes, so that each travels alone
constexpr double kVisiblePatience = 30;         // seconds

Value event_request(std::size_t number) {
  Value fields;
  const auto set = [&](const char* name, const std::string& text) {
    Value texts = Value::array();
    texts.push(text);
    fields.set(name, std::move(texts));
  };
  set("title", "Dialogmøde nr. " + std::to_string(number));
  set("start", "2026-12-01T16:00:00Z");
  set("place", "Rådhuset, mødelokale 2");
  Value args;
  args.set("kind", "event");
  args.set("fields", std::move(fields));
  return args;
}

bool shows(ApiClient& reader, const std::string& id) {
  Value args;
  args.set("kind", "event");
  args.set("id", id);
  return !reader.ask("record.show", std::move(args)).failure;
}

double one_commit(PlainLmdb& store, std::size_t number) {
  static const Bytes kRow(400, 1);
  const auto start = Clock::now();
  store.begin();
  store.append(0, number_key(number), kRow);
  store.commit();
  return seconds_since(start);
}

}  // namespace

VisibleFigures measure_visible(JoinedPair& pair, std::size_t writes) {
  ApiClient writer(pair.server().home());
  ApiClient reader(pair.newcomer().home());
  PlainLmdb plain;
  VisibleFigures figures;
  for (std::size_t i = 0; i < writes + kWarmUp; ++i) {
    std::this_thread::sleep_for(kPause);
    const auto requested = Clock::now();
    const std::string id = writer.result("record.add", event_request(i)).text("id");
    const auto acknowledged = Clock::now();
    while (!shows(reader, id)) {
      if (seconds_since(acknowledged) > kVisiblePatience) throw std::runtime_error("a write did not arrive");
    }
    const double from_commit = seconds_since(acknowledged);
    const double from_request = seconds_since(requested);
    const auto asked = Clock::now();
    shows(reader, id);
    const double question = seconds_since(asked);
    const double floor = one_commit(plain, i);
    if (i < kWarmUp) continue;
    figures.question.push_back(question);
    figures.floor.push_back(floor);
    figures.from_commit.push_back(from_commit);
    figures.from_request.push_back(from_request);
  }
  return figures;
}

}  // namespace budstikke::bench
