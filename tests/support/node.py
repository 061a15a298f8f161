"""A real node for the tests that are scripts: budstikked with a home of its own under /tmp, and the command line at it.

Shape        Programs are those of the build that --bin names; nothing listens unless a test says so. Commands are given without --home.
Invariants   Nothing is left running and no folder is left over, however the test ends.
Errors       What must not fail here (a start) raises with both outputs of the program. run() never raises for an exit code.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 20


def arguments(*flags):
    """The command line of a test: --bin DIR, and the flags it has itself."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=Path, default=ROOT / "build/release/bin")
    for flag in flags:
        parser.add_argument(flag, action="store_true")
    return parser.parse_args()


def environment(**more):
    """What a command sees of the environment: as little as possible, so that a test runs alike everywhere."""
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "TZ": "Europe/Copenhagen", "LC_ALL": "C.UTF-8", **more}


class Node:
    def __init__(self, bin_dir, council="Ærø Integrationsråd", listen="", advertise=""):
        self.bin = Path(bin_dir)
        self.council = council
        self.folder = Path(tempfile.mkdtemp(prefix="bs-", dir="/tmp"))
        self.home = self.folder / "home"
        self.daemon = None
        self.text("init", "--council", council, "--listen", listen, "--advertise", advertise)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        with open(self.folder / "daemon.log", "ab") as log:
            self.daemon = subprocess.Popen([self.bin / "budstikked", "--home", self.home], stdout=log, stderr=log, env=environment())
        until = time.monotonic() + START_SECONDS
        while self.run("status").returncode != 0:
            if time.monotonic() > until or self.daemon.poll() is not None:
                raise RuntimeError("budstikked did not start:\n" + self.log())
            time.sleep(0.02)

    def stop(self):
        if self.daemon is None:
            return
        self.daemon.terminate()
        try:
            self.daemon.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            self.daemon.wait()
            raise RuntimeError("budstikked did not stop:\n" + self.log()) from None

    def log(self):
        return (self.folder / "daemon.log").read_text(errors="replace")

    def run(self, *args, lang="en", stdin="", env=None, timeout=30):
        """Runs the command; arguments may be bytes or text."""
        line = [self.bin / "budstikke", "--home", self.home, "--lang", lang, *args]
        given = stdin if isinstance(stdin, bytes) else stdin.encode()
        return subprocess.run(line, input=given, capture_output=True, env=environment(**self.place(), **(env or {})), timeout=timeout, check=False)

    def place(self):
        """Where a command keeps what is the person's: here, too."""
        return {"XDG_STATE_HOME": str(self.folder / "state")}

    def text(self, *args, **how):
        """As run(), of which success is expected: standard output."""
        ran = self.run(*args, **how)
        if ran.returncode != 0:
            raise RuntimeError(f"{self.council}: {args} ended with {ran.returncode}\n{ran.stdout.decode()}\n{ran.stderr.decode()}")
        return ran.stdout.decode()

    def json(self, *args):
        return json.loads(self.text("--json", *args))

    def found(self, network="Region Syd"):
        self.text("network", "create", network)
        return self

    def export(self, kind, form):
        """The exported file's bytes, as another program would read it."""
        return self.run(kind, "export", "-", "--format", form).stdout

    def load(self, kind, form, content):
        """Imports the bytes; the counts that --json gives, or an exception."""
        path = self.folder / f"import.{form}"
        path.write_bytes(content)
        return self.json(kind, "import", str(path))


def apart(one, other):
    """What of a long answer is not in the other, else its beginning."""
    if isinstance(one, list) and isinstance(other, list):
        one = [part for part in one if part not in other]
    return repr(one)[:1000]


class Checks:
    """Counts what holds; a failure is told at once, and the test goes on."""

    def __init__(self):
        self.held = 0
        self.failed = 0

    def equal(self, what, got, wanted):
        if got == wanted:
            self.held += 1
            return True
        self.failed += 1
        print(f"FAILED {what}\n  got    {apart(got, wanted)}\n  wanted {apart(wanted, got)}", file=sys.stderr)
        return False

    def true(self, what, holds):
        return self.equal(what, bool(holds), True)

    def finish(self):
        print(f"{self.held} hold, {self.failed} failed")
        sys.exit(1 if self.failed or not self.held else 0)
