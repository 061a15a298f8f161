#!/usr/bin/python3
"""Hundreds of hostile command lines, files and requests against a real node: whatever comes, each is answered within seconds, with a
reason when it is refused, and the node goes on as if nothing had been.

Counts       What is tried is counted by its bytes, so that none counts twice; there are at least LEAST.
Holds        An exit code of the table (no signal, no 134), a reason on standard error when it is not 0, well-formed JSON with --json, and
             no control character of the input reaches the terminal. At the end the same daemon runs, its records can be listed, and
             `check` finds nothing.
"""

import json
import os
import random
import socket
import struct
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from node import Checks, Node, arguments  # noqa: E402

LEAST = 500
MOST_SECONDS = 5
EXIT_CODES = {0, 1, 2, 3, 4, 5, 6}

TEXTS = [
    "", " ", "\t", "\n", "-", "--", "---", "--=", "-h-", "--x=y=z", "'", "\"", "\\", "`id`", "$(reboot)", ";", "|", "&&", "*", "../../etc/passwd",
    "/dev/zero", "/proc/self/mem", "%s%s%n", "{0}{1}{9}", "{}", "[]", "null", "NaN", "-1", "0", "00", "1e999", "0x10", "9" * 400, "-" + "9" * 30,
    "\u202eevil", "\u200b", "\ufeff", "e\u0301", "å" * 300, "\U0001f600" * 100, "A" * 30000, "\x1b[2J\x1b[31mrød", "\x07", "\x7f", "a\rb",
    "31-02-2027", "99-99-9999", "0000-00-00", "9999-12-31T23:59:59Z", "2027-03-28 02:30", "uge 54", "uge 0", "om 999 år", "om -1 dage", "næste torsdag",
    "i morgen " * 20, "15. marts kl. 99", "29/2", "<script>alert(1)</script>", "' OR 1=1 --", "a@b", "@", "mailto:", "javascript:1", "http://",
    "K3F9", "OIL0", "0" * 52, "Z" * 52, "ZZZZ", "FREQ=SECONDLY", "FREQ=YEARLY;INTERVAL=0", "FREQ=DAILY;COUNT=999999999999", "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2",
    "BUD1-", "BUD1-" + "A" * 5000, "BUDM1-x", "BUDR1-x", "\u0130stanbul", "ß", "NEAR/0 (\"", "\"unbalanced", "a* AND NOT b", "col:x", "^", "***",
]
RAW = [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"a\xffb", b"\xc0\xaf", b"\xe2\x80"]


def command_lines(event):
    """Each text at the places where texts are taken."""
    every = [text for text in TEXTS if "\0" not in text] + RAW
    for text in every:
        yield (text,)
        yield ("event", text)
        yield ("event", "add", "--title", text)
        yield ("event", "add", "--title", "x", "--start", text)
        yield ("event", "show", text)
        yield ("event", "edit", event, "--place", text)
        yield ("search", text)
        yield ("join", text)
    for text in every[:60]:
        yield ("event", "list", "--sort", text)
        yield ("agenda", "--days", text)
        yield ("event", "add", "--title", "x", "--start", "2027-01-01", "--rrule", text)
        yield ("hearing", "add", "--title", "x", "--deadline", text)
        yield ("contact", "add", "--name", "x", "--email", text)
        yield ("event", "history", event, "--after", text)
        yield ("resolve", event, text, "--choose", text)
        yield ("member", "role", text, text)
        yield ("network", "merge", text)
        yield ("undo", "--network", text, "--yes")
        yield ("erase", "--subject", text)
        yield ("invite", "--expires", text)


def calendars():
    begin, end = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", b"END:VCALENDAR\r\n"
    def event(lines): return begin + b"BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:x\r\n" + lines + b"\r\nEND:VEVENT\r\n" + end
    yield b""
    yield begin
    yield begin * 3000
    yield b"BEGIN:VEVENT\r\n" * 5000
    yield event(b"DTSTART:99999999T999999")
    yield event(b"DTSTART;TZID=" + b"A" * 9000 + b":20270101T000000")
    yield event(b"DTSTART:20270101\r\nRRULE:FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2")
    yield event(b"DTSTART:20270101\r\nRRULE:" + b"FREQ=DAILY;" * 800)
    yield event(b"DTSTART:20270101\r\nDURATION:P" + b"9" * 300 + b"D")
    yield event(b"DTSTART:20270101\r\n" + b"EXDATE:20270102\r\n" * 4000)
    yield event(b"RECURRENCE-ID:20270101\r\nRECURRENCE-ID:x")
    yield event(b"X-BUDSTIKKE-START:" + b"," * 9000)
    yield event(b"X-BUDSTIKKE-NONE:TITLE\r\nX-BUDSTIKKE-NONE:NONE")
    yield event(b"DESCRIPTION:\xff\xfe\x00\x01")
    yield event(b"DESCRIPTION:" + b"a\r\n " * 20000)
    yield b"\xff\xfeB\x00E\x00"
    yield os.urandom(4096)


def cards():
    def card(lines): return b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:x\r\n" + lines + b"\r\nEND:VCARD\r\n"
    yield b""
    yield b"BEGIN:VCARD\r\n" * 5000
    yield card(b"EMAIL:" + b"a" * 9000)
    yield card(b"PHOTO;ENCODING=b:" + b"QUJD" * 50000)
    yield card(b"N:;;;;;;;;;;;")
    yield card(b"ADR:" + b";" * 9000)
    yield card(b"TEL:+45\x0012")
    yield card(b"CATEGORIES:" + b"a," * 9000)
    yield card(b"X-BUDSTIKKE-EMAIL:ingen")
    yield card(b"UID:" + b"u" * 5000)


def tables():
    yield b""
    yield b"navn"
    yield b"navn;navn;navn\n1;2;3\n"
    yield b"navn;e-mail\n\"aldrig lukket;x\n"
    yield b";" * 60000
    yield b"navn\n" + b"x\n" * 30000
    yield b"navn\n" + b"\"" * 9999
    yield b"navn;id\nx;" + b"Z" * 52
    yield b"navn\n=HYPERLINK(\"http://x\")\n"
    yield b"navn\n" + b"a" * 200000
    yield b"\xef\xbb\xbf\xef\xbb\xbfnavn\nx\n"
    yield b"navn\r\rx\r"
    yield b"navn\0\nx\n"


def requests(seed):
    """What a program may send to the socket of the node."""
    draw = random.Random(seed)
    yield b""
    yield b"\x00" * 100
    yield b"\xff" * 70000
    yield b"\x81\xa7command\xa6status"
    yield b"\xdd\xff\xff\xff\xff"
    yield b"\xdf\xff\xff\xff\xff"
    yield b"\xc6\xff\xff\xff\xff"
    yield b"\x91" * 5000
    yield b"GET / HTTP/1.1\r\n\r\n"
    for _ in range(60):
        yield bytes(draw.randrange(256) for _ in range(draw.randrange(1, 400)))


class Tried:
    def __init__(self, checks):
        self.checks = checks
        self.all = set()
        self.slowest = 0.0

    def command(self, node, args):
        """One command line; --json for every other, since a program's answer must be well formed, too."""
        line = [arg if isinstance(arg, bytes) else arg.encode() for arg in args]
        if any(b"\0" in arg for arg in line):
            return
        key = b"\0".join(line)
        if key in self.all:
            return
        self.all.add(key)
        as_json = len(self.all) % 2 == 0
        began = time.monotonic()
        what = f"{'--json ' if as_json else ''}{b' '.join(line)[:120]!r}"
        try:
            ran = node.run(*(["--json"] if as_json else []), *line, timeout=MOST_SECONDS)
        except Exception as hung:  # noqa: BLE001 - whatever it is, it is told and the rest is tried
            self.checks.equal(what, type(hung).__name__, "an answer")
            return
        self.slowest = max(self.slowest, time.monotonic() - began)
        fine = ran.returncode in EXIT_CODES and (ran.returncode == 0 or ran.stderr.strip() != b"")
        fine = fine and b"\x1b" not in ran.stderr and b"\x07" not in ran.stderr
        if as_json and ran.returncode != 0 and fine:
            fine = is_error(ran.stderr)
        if not fine:
            self.checks.equal(what, (ran.returncode, ran.stderr[:200]), "a reason and a code of the table")
        else:
            self.checks.held += 1

    def file(self, node, kind, ending, content):
        if content in self.all:
            return
        self.all.add(ending.encode() + content)
        path = node.folder / f"hostile.{ending}"
        path.write_bytes(content)
        ran = node.run(kind, "import", str(path), timeout=30)
        fine = ran.returncode in EXIT_CODES and (ran.returncode == 0 or ran.stderr.strip() != b"")
        self.checks.true(f"{ending} of {len(content)} bytes, {content[:40]!r}: {ran.returncode} {ran.stderr[:120]!r}", fine)

    def request(self, path, content):
        self.all.add(b"request" + content)
        greeting = b"\xff" + struct.pack(">Q", 1) + b"\x7f\x03\x00NULL" + b"\0" * 48
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(MOST_SECONDS)
            link.connect(str(path))
            try:
                link.sendall(greeting + b"\x04\x19\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER")
                link.sendall(b"\x01\x00\x02" + struct.pack(">Q", len(content)) + content)
                link.settimeout(0.02)
                link.recv(4096)
            except OSError:
                pass  # it may hang up on us
        self.checks.held += 1


def is_error(stderr):
    try:
        error = json.loads(stderr)["error"]
    except (ValueError, KeyError, UnicodeDecodeError):
        return False
    return bool(error["code"] and error["message"])


def main():
    args = arguments()
    checks = Checks()
    tried = Tried(checks)
    with Node(args.bin) as node:
        node.found()
        event = node.json("event", "add", "--title", "Møde", "--start", "2027-01-01")["id"]
        pid = node.daemon.pid
        for line in command_lines(event):
            tried.command(node, line)
        for content in calendars():
            tried.file(node, "event", "ics", content)
        for content in cards():
            tried.file(node, "contact", "vcf", content)
        for content in tables():
            tried.file(node, "contact", "csv", content)
        for content in requests(7):
            tried.request(node.home / "api.sock", content)
        checks.equal("the same daemon runs", (node.daemon.poll(), node.daemon.pid), (None, pid))
        checks.true("the first record is as it was", node.json("event", "show", event)["title"] == "Møde")
        checks.equal("check", node.run("check").returncode, 0)
    print(f"{len(tried.all)} tried, the slowest command took {tried.slowest:.2f} s")
    checks.true(f"at least {LEAST} were tried", len(tried.all) >= LEAST)
    checks.finish()


if __name__ == "__main__":
    main()
