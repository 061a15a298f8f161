"""The world that transcripts are written in: two councils' nodes whose clock goes a minute at each step, and names for what is random.

Clock        libfaketime, read anew from a file at every question, so that daemon and command see the same time; steady time is real.
Names        Ids, digests, tickets, recovery keys, ports, folders and sizes differ from run to run. In what is kept each has a name of
             the same width as far as a table shows it: the first record is REC001 where its six letters stood.
"""

import datetime
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import node as nodes  # noqa: E402

BEGIN = datetime.datetime(2027, 2, 1, 9, 0)  # a Monday
FAKE = next((str(path) for path in Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)
NOUN_FLAGS = {}


# Words to read to each other: six or more of the list.
WORDS = re.findall(r'"([a-zæøå]+)"', (nodes.ROOT / "cli/words.cpp").read_text())
SPOKEN = re.compile(r"\b(?:(?:%s)\b ?){6,}(?<! )" % "|".join(WORDS))


# A time that is a little less than the minute at which the clock stands: what was measured by steady time.
JUST_BEFORE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:59Z")


def whole_minute(text):
    time = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ") + datetime.timedelta(seconds=1)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


class Clock:
    def __init__(self, path):
        self.path = path
        self.now = BEGIN
        self.tick()

    def tick(self, minutes=1):
        self.now += datetime.timedelta(minutes=minutes)
        other = self.path.with_suffix(".new")
        other.write_text(self.now.strftime("%Y-%m-%d %H:%M:%S"))
        other.replace(self.path)

    def environment(self):
        return {"LD_PRELOAD": FAKE, "FAKETIME_TIMESTAMP_FILE": str(self.path), "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                "NO_FAKE_STAT": "1"}  # a file that seems to change while the node is down makes it open new logs


class Names:
    """What is random, and what stands for it."""

    PATTERNS = [
        (re.compile(r"(--after|--seen) [0-9A-Z-]+"), r"\1 MARK"),
        (re.compile(r"\bBUD[A-Z]?1-[0-9A-Za-z-]+"), "BUD1-TICKET"),
        (re.compile(r"\bBUDM1[-0-9A-Za-z]+"), "BUDM1-CODE"),
        (re.compile(r"\b(?:[0-9A-Z]{4} ){13}[0-9A-Z]{4}\b"), "RECOVERY KEY"),
        (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
        (re.compile(r"/tmp/bs-[A-Za-z0-9_]+"), "/FOLDER"),
        (re.compile(r"\b[0-9a-f]{32,}\b"), "DIGEST"),
        (re.compile(r"\b[0-9.,]+ (KiB|MiB|kB|MB|KB)\b"), r"N \1"),
        (re.compile(r'"(bytes|size|free_bytes|scrub_rounds)": \d+'), r'"\1": N'),
        (re.compile(r'"uptime_s": \d+'), '"uptime_s": N'),
        (re.compile(r'"last_seen": "[0-9TZ:-]+"'), '"last_seen": "TIME"'),  # by steady time
        (re.compile(r'"(rows|sound)": \d+'), r'"\1": N'),
        (re.compile(r"\b\d+ (rows sound|rækker hele)"), r"N \1"),
        (re.compile(r'"transport": "[0-9a-f]+"'), '"transport": "KEY"'),
        (re.compile(r'"words": "[0-9a-f]{12,}"'), '"words": "DIGEST"'),
        (re.compile(r'"(seen|mark|next|after|operation|op)": ?"[0-9A-Z]{6,}"'), r'"\1": "MARK"'),
        (re.compile(r"\b[0-9A-HJKMNP-TV-Z]{52}\b"), "ID"),
    ]

    def __init__(self):
        self.known = {}

    def learn(self, full, stem):
        if full and full not in self.known:
            number = sum(1 for name in self.known.values() if name.startswith(stem)) + 1
            self.known[full] = f"{stem}{number:03d}"

    def learn_from(self, node):
        """Networks, members and records that the node holds now."""
        for network in node.json("network", "list"):
            self.learn(network["id"], "NET")
            for member in node.json("network", "members", network["id"]):
                self.learn(member["member"], "MEM")
                self.learn(member.get("council"), "COU")

    def hide(self, text):
        for full, name in self.known.items():
            text = text.replace(full, name + "-WHOLE")
            text = re.sub(rf"\b{full[:6]}\b", name, text)
        text = JUST_BEFORE.sub(lambda time: whole_minute(time.group()), text)
        text = SPOKEN.sub("ORD ORD ORD ORD ORD ORD", text)
        for pattern, name in self.PATTERNS:
            text = pattern.sub(name, text)
        return text


class World:
    def __init__(self, bin_dir, lang):
        self.lang = lang
        self.names = Names()
        self.first = None
        self.words = {}
        self.bin = Path(bin_dir)
        self.folder = Path(nodes.tempfile.mkdtemp(prefix="bs-", dir="/tmp"))
        self.clock = Clock(self.folder / "clock")
        self.nodes = {}
        self.log = {}  # page → text

    def close(self):
        for node in self.nodes.values():
            node.__exit__()
        nodes.shutil.rmtree(self.folder, ignore_errors=True)

    def node(self, name, council, **how):
        # The command and the daemon have the same clock; the node helper starts both with what environment() gives.
        node = ClockedNode(self, council, **how)
        self.nodes[name] = node
        return node

    # --- commands in the language of the world

    def table(self):
        """noun → verbs, in English, as completion offers them: every command that there is."""
        def offered(*words, lang="en"):
            ran = subprocess.run([self.bin / "budstikke", "__complete", "--lang", lang, *words, ""], capture_output=True, check=True,
                                 env=nodes.environment(HOME=str(self.folder)))
            return [line.split("\t")[0] for line in ran.stdout.decode().splitlines()]
        english, danish = offered(), offered(lang="da")
        verbs = {}
        for noun, noun_da in zip(english, danish):
            own, own_da = offered(noun), offered(noun_da, lang="da")
            are_verbs = len(own) == len(own_da) and own != ["bash", "zsh", "fish"] and noun not in ("watch", "man")
            verbs[noun] = own if are_verbs else []
            self.words[noun] = (noun_da, dict(zip(own, own_da)))
        return verbs

    def flags(self, noun, verb):
        key = (noun, verb)
        if key not in NOUN_FLAGS:
            noun_da, verbs = self.words[noun]
            lists = []
            for lang, words in (("en", (noun, verb)), ("da", (noun_da, verbs.get(verb, verb)))):
                ran = subprocess.run([self.bin / "budstikke", "__complete", "--lang", lang, *words, "--"], capture_output=True, check=True,
                                     env=nodes.environment(HOME=str(self.folder)))
                lists.append([line.split("\t")[0] for line in ran.stdout.decode().splitlines()])
            NOUN_FLAGS[key] = dict(zip(*lists))
        return NOUN_FLAGS[key]

    def said(self, args):
        """The command line as a reader of this language would write it."""
        if self.lang == "en" or not args or args[0] not in self.words:
            return list(args)
        noun_da, verbs = self.words[args[0]]
        verb = args[1] if len(args) > 1 else ""
        said = [noun_da] + [verbs.get(verb, verb) if at == 0 else word for at, word in enumerate(args[1:])]
        known = self.flags(args[0], verb) if verb in verbs else {}
        return [known.get(word, word) for word in said]


class ClockedNode(nodes.Node):
    def __init__(self, world, council, **how):
        self.world = world
        super().__init__(world.bin, council, **how)

    def start(self):
        with open(self.folder / "daemon.log", "ab") as log:
            self.daemon = subprocess.Popen([self.bin / "budstikked", "--home", self.home], stdout=log, stderr=log,
                                           env=nodes.environment(**self.world.clock.environment()))
        until = time.monotonic() + nodes.START_SECONDS
        while self.run("status").returncode != 0:
            if time.monotonic() > until or self.daemon.poll() is not None:
                raise RuntimeError("budstikked did not start:\n" + self.log())
            time.sleep(0.02)

    def run(self, *args, lang="en", stdin="", env=None, timeout=30):
        return super().run(*args, lang=lang, stdin=stdin, timeout=timeout, env={**self.world.clock.environment(), **(env or {})})

    def begin(self, *args, lang="en"):
        """A command that goes on until it is told to end."""
        return subprocess.Popen([self.bin / "budstikke", "--home", self.home, "--lang", lang, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env=nodes.environment(**self.place(), **self.world.clock.environment()))

    def on_terminal(self, *args, lang="en", keys="", columns=80, rows=50):
        """What a person sees who runs the command on a terminal and types `keys`, a line for each question."""
        import fcntl
        import struct
        import termios
        pid, fd = pty.fork()
        if pid == 0:
            fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))  # before the command asks for it
            env = nodes.environment(TERM="xterm", NO_COLOR="1", PAGER="cat", COLUMNS=str(columns), **self.place(), **self.world.clock.environment())
            os.execve(self.bin / "budstikke", ["budstikke", "--home", str(self.home), "--lang", lang, *args], env)
        shown, lines, until = b"", keys.splitlines(keepends=True), time.monotonic() + 20
        while time.monotonic() < until:
            ready, _, _ = select.select([fd], [], [], 0.3)
            if ready:
                try:
                    part = os.read(fd, 65536)
                except OSError:
                    break
                if not part:
                    break
                shown += part
            elif lines and shown.endswith(b" "):  # a question; what is typed before it would be echoed elsewhere
                os.write(fd, lines.pop(0).encode())
        else:
            os.kill(pid, signal.SIGKILL)  # it waits for an answer that nobody gives: its page shows where
        _, status = os.waitpid(pid, 0)
        os.close(fd)
        return shown.decode().replace("\r\n", "\n"), os.waitstatus_to_exitcode(status)
