#!/usr/bin/python3
"""Thousands of random repetition rules, walked by us (rule_days) and by python3-dateutil.

Seed         --seed N, by default one of the day; it is printed, and the same seed gives the same rules.
Differs      Where a rule does not fit its own first day, that day counts all the same for us, as for calendar programs; dateutil leaves
             it out. Not drawn, since the two differ for a reason: an ordinal in BYDAY counts within the month for us also when
             FREQ=YEARLY has no BYMONTH; dateutil finds nothing when BYDAY mixes "MO" and "2TU"; and BYSETPOS counts for it within what
             is left of the first week, for RFC 5545 within the whole week.
"""

import argparse
import datetime
import random
import subprocess
import sys
from pathlib import Path

from dateutil.rrule import rrulestr

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from node import ROOT, Checks  # noqa: E402

RULES = 3200
YEARS = {"DAILY": 1, "WEEKLY": 2, "MONTHLY": 4, "YEARLY": 9}  # how far each is walked
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def some(draw, values, most):
    return draw.sample(values, draw.randint(1, most))


def rule(draw, first):
    freq = draw.choice(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
    parts = [f"FREQ={freq}"]
    if draw.random() < 0.5:
        parts.append(f"INTERVAL={draw.randint(1, 5)}")
    by_month = draw.random() < 0.25 or (freq == "YEARLY" and draw.random() < 0.6)
    if by_month:
        parts.append("BYMONTH=" + ",".join(map(str, sorted(some(draw, range(1, 13), 3)))))
    chosen = draw.random()
    has_days = True
    if chosen < 0.45:
        ordinals = freq == "MONTHLY" or (freq == "YEARLY" and by_month)
        if ordinals and draw.random() < 0.6:
            days = [f"{draw.choice([1, 2, 3, 4, 5, -1, -2])}{day}" for day in some(draw, WEEKDAYS, 2)]
        else:
            days = some(draw, WEEKDAYS, 4)
        parts.append("BYDAY=" + ",".join(days))
    elif chosen < 0.65 and freq != "WEEKLY":  # with WEEKLY the standard forbids it
        parts.append("BYMONTHDAY=" + ",".join(map(str, some(draw, [*range(1, 32), -1, -2, -5], 3))))
    else:
        has_days = False
    whole = freq in ("MONTHLY", "YEARLY") or (freq == "WEEKLY" and first.weekday() == 0)
    if has_days and whole and draw.random() < 0.25:
        parts.append("BYSETPOS=" + ",".join(map(str, some(draw, [1, 2, 3, -1, -2], 2))))
    ends = draw.random()
    if ends < 0.3:
        parts.append(f"COUNT={draw.randint(1, 40)}")
    elif ends < 0.5:
        parts.append(f"UNTIL={first + datetime.timedelta(days=draw.randint(0, 1200)):%Y%m%d}")
    if draw.random() < 0.1:
        parts.append("WKST=MO")
    return ";".join(parts)


def theirs(text, first, last):
    """What dateutil finds, and the first day in any case: then it is one of those that COUNT counts."""
    start = datetime.datetime.combine(first, datetime.time())
    endless = ";".join(part for part in text.split(";") if not part.startswith("COUNT="))
    count = next((int(part[6:]) for part in text.split(";") if part.startswith("COUNT=")), None)
    days = [first]
    for time in rrulestr(endless, dtstart=start):
        if time.date() > last or (count and len(days) >= count):
            break
        if time.date() > first:
            days.append(time.date())
    return days


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=Path, default=ROOT / "build/release/bin")
    parser.add_argument("--seed", type=int, default=datetime.date.today().toordinal())
    args = parser.parse_args()
    print(f"seed {args.seed}")
    draw = random.Random(args.seed)
    checks = Checks()
    drawn = []
    for _ in range(RULES):
        first = datetime.date(2024, 1, 1) + datetime.timedelta(days=draw.randint(0, 1500))
        text = rule(draw, first)
        years = YEARS[text.split(";")[0].removeprefix("FREQ=")]
        drawn.append((text, first, first + datetime.timedelta(days=366 * years)))
    lines = "".join(f"{text} {first} {last}\n" for text, first, last in drawn)
    ran = subprocess.run([args.bin / "rule_days"], input=lines.encode(), capture_output=True, check=True, timeout=60)
    found = ran.stdout.decode().split("\n")[:-1]
    checks.equal("an answer to each rule", len(found), RULES)
    for (text, first, last), ours in zip(drawn, found):
        checks.equal(f"{text} from {first}", ours, " ".join(str(day) for day in theirs(text, first, last)))
    checks.finish()


if __name__ == "__main__":
    main()
