#include "cli/moments.h"

#include <doctest/doctest.h>

using namespace budstikke;
using namespace budstikke::cli;

constexpr Language kDanish = Language::Danish;
constexpr Language kEnglish = Language::English;

TEST_CASE("moments: times are read out with weekday, in Danish local time") {
  CHECK(long_moment("2026-10-22T15:00:00Z", kDanish) == "torsdag den 22. oktober 2026 kl. 17.00");
  CHECK(long_moment("2026-10-22T15:00:00Z", kEnglish) == "Thursday 22 October 2026 at 17:00");
  CHECK(long_moment("2026-12-31T23:30:00Z", kDanish) == "fredag den 1. januar 2027 kl. 00.30");  // winter time, next day
}

TEST_CASE("moments: a date says as much as it knows") {
  CHECK(long_moment("2026-10-25", kDanish) == "søndag den 25. oktober 2026");
  CHECK(long_moment("2026-10", kDanish) == "oktober 2026");
  CHECK(long_moment("2026-10", kEnglish) == "October 2026");
  CHECK(long_moment("2026", kDanish) == "2026");
  CHECK(long_moment("en dag", kDanish) == "en dag");
}

TEST_CASE("moments: columns get the short form") {
  CHECK(short_moment("2026-10-22T15:00:00Z", kDanish) == "22. okt. 2026 kl. 17.00");
  CHECK(short_moment("2026-10-22T15:00:00Z", kEnglish) == "22 Oct 2026 17:00");
  CHECK(short_moment("2026-05-01", kDanish) == "1. maj 2026");
  CHECK(short_moment("", kDanish) == "");
}

TEST_CASE("moments: a span is said in its two largest units, to the nearest minute") {
  CHECK(span_text(29, kEnglish) == "0 min");
  CHECK(span_text(121, kDanish) == "2 min");
  CHECK(span_text(3'570, kEnglish) == "1 h");
  CHECK(span_text(3 * 3'600 + 12 * 60 - 1, kEnglish) == "3 h 12 min");
  CHECK(span_text(3 * 3'600 + 12 * 60, kDanish) == "3 t 12 min");
  CHECK(span_text(2 * 86'400 + 5 * 3'600 + 59 * 60, kDanish) == "2 d 5 t");
  CHECK(span_text(86'400, kEnglish) == "1 d");
  CHECK(span_text(INT64_MAX, kEnglish) == "106751991167300 d 15 h");
}

TEST_CASE("moments: how long ago is said in the largest unit that fits") {
  const WallTime now = *parse_utc("2026-10-20T08:00:00Z");
  CHECK(ago(now, "2026-10-20T07:59:58Z", kDanish) == "lige nu");
  CHECK(ago(now, "2026-10-20T08:00:30Z", kEnglish) == "just now");  // a clock that is ahead
  CHECK(ago(now, "2026-10-20T07:59:30Z", kDanish) == "for 30 s siden");
  CHECK(ago(now, "2026-10-20T07:58:00Z", kDanish) == "for 2 min siden");
  CHECK(ago(now, "2026-10-20T05:00:00Z", kEnglish) == "3 h ago");
  CHECK(ago(now, "2026-10-03T05:00:00Z", kDanish) == "3. okt. 2026 kl. 07.00");
}
