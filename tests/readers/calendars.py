#!/usr/bin/python3
"""Events that we export, as four other programs read them, and what comes back when these write them again.

Readers      python3-icalendar, python3-vobject, khal and libical (read_with_libical, a program of this folder).
Holds        Each reads as many events, the same titles with their Danish letters, the same instants on both nights when the clock
             changes, whole days, exceptions of a repeated event, and one of a series that was moved. What vobject and khal write again
             is imported into an empty node, whose export is the same bytes but for the lines that tell when; LOST lists the rest.
             Events repeated by the clocks of ten zones (FAR) take place when Python's own zone data says, over the next two nights that
             each zone has: also for readers that do not know the zone, and have our VTIMEZONE alone (icalendar, vobject, libical).
"""

import datetime
import os
import re
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import vobject
from dateutil.rrule import rrulestr

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from node import Checks, Node, arguments, environment  # noqa: E402

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
UTC = datetime.timezone.utc
# North and south of the equator, by Ramadan, on other weekdays, by two hours, by the half, on the last Thursday, and never.
FAR = ("Europe/London", "Europe/Dublin", "America/New_York", "America/Nuuk", "Australia/Sydney", "Australia/Lord_Howe",
       "Antarctica/Troll", "Africa/Casablanca", "Africa/Cairo", "Asia/Kolkata")
DAYS = 600  # from today: two nights of each kind, or nearly

# What a program drops or changes when it writes our file again: lines that begin so are left out of the comparison.
# khal gives every event without an end one, after an hour or a day; and since that event is then another than we wrote, what our own
# lines say of it (that it has no zone of its own, although it repeats by the Danish clock) is not believed any more.
LOST = {
    "vobject": (),
    "khal": ("DTEND", "X-BUDSTIKKE-ZONE"),
}


def nights(zone=COPENHAGEN, days=400):
    """The next night on which time is left out, and the next on which some comes twice; none in a zone that has none."""
    first = datetime.datetime.now(UTC).astimezone(zone).date() + datetime.timedelta(days=2)
    found = {}
    for day in (first + datetime.timedelta(days=after) for after in range(days)):
        noon = datetime.datetime.combine(day, datetime.time(12), zone)
        before = noon - datetime.timedelta(days=1)
        if noon.utcoffset() != before.utcoffset():
            found.setdefault("spring" if noon.utcoffset() > before.utcoffset() else "autumn", day)
    return tuple(found[night] for night in ("spring", "autumn") if night in found)


def write_far_events(node):
    """Weekly events of each zone, over each of its nights, and what the zone's clock says of them: (title, UTC)."""
    expected = []
    for name in FAR:
        zone = ZoneInfo(name)
        for night in nights(zone) or nights():
            title, first = f"{name} {night}", max(night - datetime.timedelta(days=14), datetime.date.today() + datetime.timedelta(days=1))
            times = [datetime.datetime.combine(first + datetime.timedelta(weeks=week), datetime.time(17), zone) for week in range(5)]
            expected += [(title, canonical(time)) for time in times]
            node.text("event", "add", "--title", title, "--start", canonical(times[0]), "--rrule", "FREQ=WEEKLY;COUNT=5", "--zone", name)
    return sorted(expected)


def by_blocks_alone(content):
    """The same calendar in zones that nobody has data of, but for Denmark's."""
    return re.sub(rb"(TZID[:=])(?!Europe/Copenhagen)", rb"\1Own ", content)


def local(day, clock, after=0):
    return f"{day + datetime.timedelta(days=after)} {clock}"


def write_events(node, spring, autumn):
    def add(title, start, end="", **more):
        flags = ["--title", title, "--start", start] + (["--end", end] if end else [])
        for name, value in more.items():
            for one in value if isinstance(value, list) else [value]:
                flags += [f"--{name.replace('_', '-')}", one]
        node.text("event", "add", *flags)

    add("Før springet æøå ÆØÅ", local(spring, "01:30"), local(spring, "03:30"))
    add("Efter springet", local(spring, "03:00"), local(spring, "04:00"))
    add("Nattevagt i sommertid", f"{autumn}T00:30:00Z", f"{autumn}T01:30:00Z")  # 02:30 for the first time to 02:30 for the second
    add("Over begge nætter", local(spring, "18:00", -14), local(spring, "20:00", -14), rrule="FREQ=WEEKLY;COUNT=5")
    add("Også den anden nat", local(autumn, "17:00", -14), rrule="FREQ=WEEKLY;COUNT=6", exceptions=local(autumn, "17:00", 7))
    add("Møde; med, tegn \\ og \"citat\"", local(autumn, "10:00", 3), place="Rådhuset, lokale 4; 1. sal",
        description="Første linje\nAnden linje: " + "blåbærgrød på Ærø " * 12, url="https://www.kommune.example/?a=b;c,d",
        organiser="Åse Ørsted", type="Møde", cancelled="nej")
    add("Temadag", str(autumn + datetime.timedelta(days=10)), all_day="ja")
    add("Lejr over tre dage", str(autumn + datetime.timedelta(days=12)), str(autumn + datetime.timedelta(days=14)), all_day="ja")
    add("Hver måned", str(spring.replace(day=3)), rrule="FREQ=MONTHLY;COUNT=4", all_day="ja", exceptions=str(spring.replace(day=3, month=5)))
    add("London kalder", f"{spring - datetime.timedelta(days=9)}T17:00:00Z", rrule="FREQ=WEEKLY;COUNT=3", zone="Europe/London")
    add("Aflyst møde", local(spring, "09:00", 30), cancelled="ja")
    moved = spring + datetime.timedelta(days=40)
    third = moved + datetime.timedelta(days=14)
    node.load("event", "ics", "\r\n".join([
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y//DA",
        "BEGIN:VEVENT", "UID:serie@kommune.example", "DTSTAMP:20260101T000000Z", "SUMMARY:Serie",
        f"DTSTART;TZID=Europe/Copenhagen:{moved:%Y%m%d}T170000", f"DTEND;TZID=Europe/Copenhagen:{moved:%Y%m%d}T190000",
        "RRULE:FREQ=WEEKLY;COUNT=4", "END:VEVENT",
        "BEGIN:VEVENT", "UID:serie@kommune.example", "DTSTAMP:20260101T000000Z", "SUMMARY:Serie, flyttet",
        f"RECURRENCE-ID;TZID=Europe/Copenhagen:{third:%Y%m%d}T170000",
        f"DTSTART;TZID=Europe/Copenhagen:{third:%Y%m%d}T183000", f"DTEND;TZID=Europe/Copenhagen:{third:%Y%m%d}T200000", "END:VEVENT",
        "END:VCALENDAR", ""]).encode())
    return 13


def ours(node):
    """Each time something takes place, as the agenda tells it: (title, local start)."""
    items = node.json("agenda", "--days", str(DAYS))
    return sorted((item["title"], f"{item['date']} {item.get('time', '')}".strip()) for item in items)


def shown(value):
    if isinstance(value, datetime.datetime):
        return value.astimezone(COPENHAGEN).strftime("%Y-%m-%d %H:%M")
    return value.isoformat()


def starts_of(records):
    """(title, start in UTC or the day) of each record, as the node tells it."""
    return sorted((record["title"], record["start"]) for record in records)


def canonical(value):
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime.datetime) else value.isoformat()


def read_with_icalendar(content):
    events = icalendar.Calendar.from_ical(content).walk("VEVENT")
    return sorted((str(event["SUMMARY"]), canonical(event.decoded("DTSTART"))) for event in events)


def far_times_with_icalendar(content):
    times = []
    for event in icalendar.Calendar.from_ical(content).walk("VEVENT"):
        start = event.decoded("DTSTART")
        for time in rrulestr(event["RRULE"].to_ical().decode(), dtstart=start.replace(tzinfo=None)):
            times.append((str(event["SUMMARY"]), canonical(start.tzinfo.localize(time))))  # a zone of pytz, by name or made of the block
    return sorted(times)


def far_times_with_vobject(content):
    events = vobject.readOne(content.decode()).vevent_list
    return sorted((event.summary.value, canonical(time)) for event in events for time in event.getrruleset())


def read_with_vobject(content):
    calendar = vobject.readOne(content.decode())
    starts = sorted((event.summary.value, canonical(event.dtstart.value)) for event in calendar.vevent_list)
    times = []
    for event in calendar.vevent_list:
        rules = event.getrruleset(addRDate=True)
        all_day = not isinstance(event.dtstart.value, datetime.datetime)
        for time in rules if rules is not None else [event.dtstart.value]:
            times.append((event.summary.value, shown(time.date() if all_day and isinstance(time, datetime.datetime) else time)))
    return calendar, starts, sorted(times)


def read_with_libical(bin_dir, content, *every):
    ran = subprocess.run([bin_dir / "read_with_libical", *every], input=content, capture_output=True, check=True)
    return sorted(tuple(line.split("\t")) for line in ran.stdout.decode().splitlines())


class Khal:
    """khal with one calendar in a folder of the test."""

    def __init__(self, folder):
        self.events = folder / "events"
        self.events.mkdir()
        self.config = folder / "khal.conf"
        self.config.write_text(
            f"[calendars]\n[[raad]]\npath = {self.events}\n[sqlite]\npath = {folder / 'khal.db'}\n[locale]\nlocal_timezone = Europe/Copenhagen\n"
            "default_timezone = Europe/Copenhagen\ntimeformat = %H:%M\ndateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\n"
            "datetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n")
        self.folder = folder

    def run(self, *args):
        ran = subprocess.run(["khal", "-c", self.config, *args], capture_output=True, check=False, timeout=120,
                             env=environment(HOME=str(self.folder), PYTHONWARNINGS="ignore"))
        if ran.returncode != 0:
            raise RuntimeError(f"khal {args}\n{ran.stdout.decode()}\n{ran.stderr.decode()}")
        return ran.stdout.decode()

    def load(self, content):
        path = self.folder / "export.ics"
        path.write_bytes(content)
        self.run("import", "--batch", "-a", "raad", str(path))

    def times(self):
        today = datetime.datetime.now(COPENHAGEN).date()
        lines = self.run("list", "--notstarted", "--day-format", "", "--format", "{title}\t{start-long-full}", today.isoformat(),
                         f"{DAYS}d").splitlines()
        days = (tuple(line.removesuffix(" 00:00").split("\t")) for line in lines if "\t" in line)
        return sorted(set(days))  # of what lasts several days it tells each

    def written(self):
        return [path.read_bytes() for path in sorted(self.events.glob("*.ics"))]


def without_times(content, lost):
    """The lines of an export but for those that tell when, and those that the other program is known to lose."""
    unfolded = content.decode().replace("\r\n ", "").split("\r\n")
    telling = ("DTSTAMP", "LAST-MODIFIED", "SEQUENCE") + lost
    return [line for line in unfolded if not line.startswith(telling)]


def comes_back(checks, args, program, files, exported):
    with Node(args.bin) as other:
        other.found("Region Nord")
        for content in files:
            counts = other.load("event", "ics", content)
            checks.equal(f"{program}: nothing is refused", counts["refused"], 0)
            checks.equal(f"{program}: everything is kept", counts["not_kept"], [])
        checks.equal(f"{program}: the same export", without_times(other.export("event", "ics"), LOST[program]),
                     without_times(exported, LOST[program]))


def far_zones(checks, args):
    with Node(args.bin) as node:
        node.found()
        expected = write_far_events(node)
        danish = sorted((title, shown(datetime.datetime.fromisoformat(time.replace("Z", "+00:00")))) for title, time in expected)
        checks.equal("far: budstikke itself", ours(node), danish)
        exported = node.export("event", "ics")
        checks.equal("far: a block for each zone", exported.count(b"BEGIN:VTIMEZONE"), 1 + len(FAR))
        for what, content in (("by name", exported), ("by our blocks alone", by_blocks_alone(exported))):
            checks.equal(f"far: icalendar, {what}", far_times_with_icalendar(content), expected)
            checks.equal(f"far: vobject, {what}", far_times_with_vobject(content), expected)
            checks.equal(f"far: libical, {what}", read_with_libical(args.bin, content, "every"), expected)
        khal = Khal(node.folder)
        khal.load(exported)
        checks.equal("far: khal", khal.times(), danish)
        again = node.load("event", "ics", exported)
        checks.equal("far: our own records", (again["created"], again["changed"]), (0, 0))


def main():
    args = arguments()
    checks = Checks()
    os.environ["TZ"] = "Europe/Copenhagen"
    with Node(args.bin) as node:
        node.found()
        spring, autumn = nights()
        print(f"nights: {spring}, {autumn}")
        count = write_events(node, spring, autumn)
        records = node.json("event", "list", "--all")
        exported = node.export("event", "ics")
        checks.equal("budstikke: records", len(records), count)
        checks.equal("budstikke: exported events", exported.count(b"BEGIN:VEVENT"), count)
        checks.equal("icalendar: starts", read_with_icalendar(exported), starts_of(records))
        checks.equal("libical: starts", read_with_libical(args.bin, exported), starts_of(records))
        calendar, starts, times = read_with_vobject(exported)
        checks.equal("vobject: starts", starts, starts_of(records))
        checks.equal("vobject: every time", times, ours(node))
        khal = Khal(node.folder)
        khal.load(exported)
        checks.equal("khal: every time", khal.times(), ours(node))
        comes_back(checks, args, "vobject", [calendar.serialize().encode()], exported)
        comes_back(checks, args, "khal", khal.written(), exported)
        again = node.load("event", "ics", calendar.serialize().encode())
        checks.equal("home again: our own records", (again["created"], again["unchanged"]), (0, count))
    far_zones(checks, args)
    checks.finish()


if __name__ == "__main__":
    main()
