// The events of a calendar on standard input, as libical reads them: "title<tab>start" a line, the start in UTC or as a day. With
// an argument, each time that its rule gives (without exceptions).
#include <libical/ical.h>

#include <cstdio>
#include <iostream>
#include <iterator>
#include <string>

namespace {

std::string text_of(const icaltimetype& time) {
  char text[32];
  if (time.is_date) {
    std::snprintf(text, sizeof text, "%04d-%02d-%02d", time.year, time.month, time.day);
    return text;
  }
  const icaltimetype utc = icaltime_convert_to_zone(time, icaltimezone_get_utc_timezone());
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ", utc.year, utc.month, utc.day, utc.hour, utc.minute,
                utc.second);
  return text;
}

void print(icalcomponent* event, const icaltimetype& time) {
  std::cout << icalcomponent_get_summary(event) << '\t' << text_of(time) << '\n';
}

void print_each(icalcomponent* event) {
  const icaltimetype start = icalcomponent_get_dtstart(event);
  icalproperty* rule = icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY);
  if (rule == nullptr) return print(event, start);
  icalrecur_iterator* times = icalrecur_iterator_new(icalproperty_get_rrule(rule), start);
  for (icaltimetype time = icalrecur_iterator_next(times); icaltime_is_null_time(time) == 0;
       time = icalrecur_iterator_next(times)) {
    print(event, time);
  }
  icalrecur_iterator_free(times);
}

}  // namespace

int main(int argc, char**) {
  const std::string file{std::istreambuf_iterator<char>(std::cin), {}};
  icalcomponent* calendar = icalparser_parse_string(file.c_str());
  if (calendar == nullptr || icalcomponent_count_errors(calendar) != 0) {
    std::cerr << "libical cannot read the calendar\n";
    return 1;
  }
  for (icalcomponent* event = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT); event != nullptr;
       event = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT)) {
    if (argc > 1) {
      print_each(event);
    } else {
      print(event, icalcomponent_get_dtstart(event));
    }
  }
  icalcomponent_free(calendar);
  return 0;
}
