// Dates and times as people read them: with weekday, in Danish or English, in Danish local time.
//
// Shape        Taken are the canonical texts of protocol/records/moment.h; a text that is none is given back as it is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/text.h"
#include "protocol/base/time.h"
#include "protocol/records/moment.h"

namespace budstikke::cli {

// "torsdag den 22. oktober 2026 kl. 17.00", "Thursday 22 October 2026 at 17:00"; "marts 2027" and "2027" for less.
std::string long_moment(std::string_view stored, Language language);
// "22. okt. 2026 kl. 17.00", "22 Oct 2026 17:00".
std::string short_moment(std::string_view stored, Language language);
// "for 2 min siden", "2 min ago"; a short date when it is more than a day.
std::string ago(WallTime now, std::string_view stored, Language language);

// "3 h 12 min", "3 t 12 min", "2 d 5 h": of how many seconds, in its two largest units.
std::string span_text(std::int64_t seconds, Language language);

struct LocalMoment {
  Day day;
  std::optional<int> minutes;  // since midnight; none for a whole day
};
LocalMoment local_moment(const Moment& moment);

std::string clock_text(int minutes);                               // "17:00"
std::string clock_for(std::string_view clock, Language language);  // "17.00" for a Danish reader

}  // namespace budstikke::cli
