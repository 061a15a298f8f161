#!/usr/bin/python3
"""Every command as people and programs see it: pages of commands and answers, compared with those kept in this folder.

Pages        da/PAGE.txt and en/PAGE.txt: what a person reads; json/PAGE.txt: what a program does, the same in both languages. A line of
             "$ " is a command, "! " what went to standard error, "[2]" an exit code that is not 0.
Review       --update writes them anew; then `git diff` shows what changed for people.
Also holds   Every command of the tables appears as text, with --json, and with a mistake in it. No word of the English texts that is not
             also a Danish one stands in a Danish page. Words that both languages' tables have are listed in shared_words.txt; a new one
             is either added there or translated. JSON is as docs/json.md has it (json_keys.py).
"""

import os
import re
import shlex
import sys
import threading
import time
from pathlib import Path

from json_keys import check_keys
from world import FAKE, World, nodes

KINDS = ["council", "contact", "initiative", "event", "announcement", "hearing", "document", "plan"]
HERE = Path(__file__).resolve().parent
RECORD = re.compile(r"\b([0-9A-HJKMNP-TV-Z]{6})\b")


def quoted(word):
    return word if re.fullmatch(r"[\w@%+=:,./-]+", word) else shlex.quote(word)


class Book:
    """Writes the pages of one language."""

    def __init__(self, bin_dir, lang):
        self.world = World(bin_dir, lang)
        self.lang = lang
        self.pages = {}
        self.page = None
        self.at = None
        self.seen = {"text": set(), "json": set(), "mistake": set()}
        self.looked = []
        self.table = self.world.table()

    def to(self, page):
        self.page = self.pages.setdefault(page, [])

    def note(self, kind, args):
        if args and args[0] in self.table:
            verbs = self.table[args[0]]
            verb = args[1] if len(args) > 1 and args[1] in verbs else ""
            self.seen[kind].add((args[0], verb))

    def write(self, page, said, out, err, code):
        lines = ["$ budstikke " + " ".join(quoted(word) for word in said)]
        lines += out.splitlines()
        lines += ["! " + line for line in err.splitlines()]
        if code != 0:
            lines.append(f"[{code}]")
        page.append(lines)

    def run(self, *args, json=False, record=None, stem="REC", stdin="", quiet=False):
        """A command, and its answer on the page; with `record`, the record it names gets that name."""
        self.world.clock.tick()
        self.settle(args)
        said = self.world.said(list(args))
        shown = (["--json"] if json else []) + said
        ran = self.at.run(*shown, lang=self.lang, stdin=stdin)
        out, err = ran.stdout.decode(), ran.stderr.decode()
        self.note("json" if json else "mistake" if ran.returncode == 2 else "text", args)
        if record:
            self.remember(args, out, record)
        if not quiet:
            self.write(self.pages.setdefault("json/" + self.title, []) if json else self.page, shown, out, err, ran.returncode)
        return out

    def follow(self, name, change, *, json=False):
        """`watch`, while `change` is made: what it tells of it. It ends when it is told to."""
        self.world.clock.tick()
        said = self.world.said(["watch", "--name", name])
        shown = (["--json"] if json else []) + said
        following = self.at.begin(*shown, lang=self.lang)
        until = time.monotonic() + 20
        while not (known := list((self.at.folder / "state").rglob(f"*-{name}"))) and time.monotonic() < until:
            time.sleep(0.05)  # its mark is there once it looks
        if not known:
            raise RuntimeError("watch did not begin:\n" + "".join(text.decode() for text in following.communicate()))
        self.at.text(*change)
        out = os.read(following.stdout.fileno(), 65536)
        time.sleep(0.5)  # a line more would be too many
        following.terminate()
        rest, err = following.communicate(timeout=20)
        self.note("json" if json else "text", ["watch"])
        self.write(self.pages.setdefault("json/" + self.title, []) if json else self.page, shown, (out + rest).decode(), err.decode(), 0)

    def both(self, *args):
        """On a terminal, and as JSON: for commands that change nothing."""
        self.ask(*args)
        self.run(*args, json=True)

    def look(self, *args):
        """As JSON, on no page and without a step of the clock: answers that have more in them than those of the pages, for check_keys()."""
        ran = self.at.run("--json", *self.world.said(list(args)), lang=self.lang)
        self.looked.append((list(args), ran.stdout.decode(), ran.stderr.decode(), ran.returncode))

    def ask(self, *args, keys=""):
        """On a terminal, with an answer to each question."""
        self.world.clock.tick()
        self.settle(args)
        said = self.world.said(list(args))
        shown, code = self.at.on_terminal(*said, lang=self.lang, keys=keys)
        self.note("text", args)
        self.write(self.page, said, shown, "", code)

    def settle(self, args):
        """What tells who has what is asked once both have everything."""
        both = [node for node in self.world.nodes.values() if node.daemon is not None and node.daemon.poll() is None]
        if args and args[0] in ("undo", "bundle", "status", "peers", "outbox", "member", "report", "sync", "erase", "check") and len(both) == 2:
            for node in both:
                node.run("sync", "--wait", "--timeout", "3")

    @property
    def title(self):
        return next(name for name, page in self.pages.items() if page is self.page)

    def remember(self, args, out, name):
        short = RECORD.search(out)
        if not short:
            raise RuntimeError(f"no record in the answer to {args}: {out}")
        full = self.at.json(args[0], "show", short.group(1))["id"]
        self.world.names.learn(full, "REC")
        self.world.first = short.group(1)
        setattr(self, name, short.group(1))

    def learn_records(self):
        """Every record has a name, in the order they were written."""
        for kind in KINDS:
            for removed in ([], ["--removed"]):
                for record in sorted(self.at.json(kind, "list", *(removed or ["--all"])), key=lambda one: one.get("title") or one.get("name", "")):
                    self.world.names.learn(record["id"], "REC")

    def learn(self):
        for node in self.world.nodes.values():
            if node.daemon is not None and node.daemon.poll() is None:
                self.world.names.learn_from(node)

    def finish(self):
        """page → text."""
        self.learn()
        texts = {}
        for name, page in self.pages.items():
            where = (name if name.startswith("json/") else f"{self.lang}/{name}") + ".txt"
            texts[where] = self.world.names.hide("\n\n".join("\n".join(line.rstrip() for line in step) for step in page)) + "\n"
        self.world.close()
        return texts


def start(book, world):
    book.to("start")
    port = free_port(world.lang)
    here = world.node("here", "Ærø Integrationsråd", listen=f"127.0.0.1:{port}", advertise=f"127.0.0.1:{port}")
    book.at = here
    book.run("status")
    book.run("status", json=True)
    here.start()
    book.run("status")
    book.run()
    book.run("event", "list")
    book.run("network", "create", "Region Syddanmark", quiet=True)
    book.learn()
    book.run()
    book.run(json=True)
    book.run("invite", "--for", "REM", "--role", "national")
    ticket = here.text("invite", "--for", "REM", "--role", "national").splitlines()[-1]
    there = world.node("there", "Det Nationale Integrationsråd")
    there.start()
    book.at = there
    book.run("join", ticket)
    book.run("join", ticket)
    book.run("network", "create", "Danmark")
    here.text("sync", "--wait", "--timeout", "25")
    there.text("sync", "--wait", "--timeout", "25")
    book.learn()
    book.at = here
    book.both("invite", "list")
    book.run("member", "list")  # without a terminal: tabs, nothing cut, the same in both languages
    for args in (["network", "list"], ["network", "show"], ["network", "members"], ["member", "list"], ["status"], ["peers"], ["outbox"]):
        book.both(*args)
    return here, there


def free_port(lang):
    import socket
    for port in range(20000 + os.getpid() % 10000 + (500 if lang == "da" else 0), 32000):
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                one.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise RuntimeError("no free port")


def events(book):
    book.to("event")
    book.run("event", "add", "--title", "Dialogmøde om sprog", "--start", "15. marts kl. 17", "--end", "15-03-2027 19:00", "--place", "Rådhuset",
             "--description", "Kaffe fra kl. 16.30.\nAlle er velkomne.", record="dialogue")
    for said in ("i morgen 10", "på torsdag", "uge 43", "om 3 uger kl. 9.30", "24/12", "næste torsdag", "3/15/2027", "03/04/2027", "31. februar",
                 "snart", "tirsdag den 15. marts 2027", "15-03-27", "i morgen kl. 25"):
        book.run("event", "add", "--title", "Prøve: " + said, "--start", said)
    book.run("event", "add", "--title", "Fast møde", "--start", "2027-02-04 17:00", "--rrule", "FREQ=WEEKLY;COUNT=3", record="weekly")
    book.both("event", "list")
    book.both("event", "list", "--title", "fast")
    book.both("event", "show", book.dialogue)
    book.both("agenda")
    book.run("agenda", "--days", "60")
    book.run("event", "edit", book.dialogue, "--place", "Biblioteket", "--start", "16. marts kl. 17")
    book.run("event", "edit", book.dialogue, "--place", "Kulturhuset", json=True)
    book.run("event", "edit", book.dialogue, "--place", "Kulturhuset")
    book.both("event", "history", book.dialogue)
    book.run("event", "rsvp", book.dialogue, "yes", "--heads", "3")
    book.run("event", "rsvp", book.dialogue, "no", json=True)
    book.run("event", "comment", book.dialogue, "Vi tager kage med.")
    book.run("event", "comment", book.dialogue, "Og kaffe.", json=True)
    book.run("event", "show", book.dialogue)
    book.look("event", "show", book.dialogue)
    book.look("event", "show", book.dialogue, "--at", "2099")
    book.look("event", "history", book.dialogue, "--limit", "1")
    book.look("event", "export")
    book.look()
    book.run("event", "remove", book.weekly)
    book.ask("event", "remove", book.weekly, keys="n\n")
    book.ask("event", "remove", book.weekly, keys="j\n")
    book.run("event", "show", book.weekly)
    book.both("event", "list", "--removed")
    book.run("event", "restore", book.weekly)
    book.run("event", "remove", book.weekly, "--yes", json=True)
    book.run("event", "restore", book.weekly, json=True)
    book.ask("undo", keys="n\n")
    book.run("undo", "--dry-run")
    book.run("undo", "--dry-run", json=True)
    book.run("undo", "--yes", json=True)
    book.run("undo", "--yes")


def other_kinds(book, there):
    here = book.at
    book.to("kinds")
    book.run("contact", "add", "--name", "Åse Holm", "--email", "aase@example.dk", "--email", "post@example.dk", "--phone", "12 34 56 78", record="contact")
    book.run("contact", "add", "--name", "Ib", "--email", "ikke en adresse")
    book.both("contact", "list")
    book.both("contact", "show", book.contact)
    book.run("contact", "edit", book.contact, "--remove-email", "post@example.dk")
    book.run("initiative", "add", "--title", "Venskabsfamilier", "--area", "kultur", "--summary", "Familier spiser sammen", "--shared", "yes", record="idea")
    book.run("initiative", "add", "--title", "Venskabsfamilie", "--area", "noget andet", json=True)
    book.both("initiative", "list")
    book.both("initiative", "show", book.idea)
    book.run("document", "add", "--title", "Forretningsorden", "--version", "2", record="document")
    book.run("document", "show", book.document)
    book.run("plan", "add", "--year", "2027", "--title", "Årsplan", "--priorities", "Sprog", "--goals", "Flere møder", record="plan")
    book.run("plan", "show", book.plan)
    book.both("council", "list")
    book.run("hearing", "add", "--title", "Ny integrationslov", "--authority", "Ministeriet", "--received", "25. januar", "--deadline", "12. februar", record="hearing")
    book.both("hearing", "list")
    book.run("hearing", "draft", book.hearing, "Vi støtter forslaget.")
    book.run("hearing", "draft", book.hearing, "Vi støtter det.", json=True)
    book.run("hearing", "respond", book.hearing, "Vi støtter forslaget.")
    book.run("hearing", "respond", book.hearing, "--abstain", json=True)
    book.run("hearing", "outcome", book.hearing, "partly", "Noget kom med.")
    book.run("hearing", "outcome", book.hearing, "followed", json=True)
    book.both("hearing", "show", book.hearing)
    book.run("announcement", "add", "--title", "Konference")
    here.text("sync", "--wait", "--timeout", "25")
    book.at = there
    there.text("sync", "--wait", "--timeout", "25")
    book.run("initiative", "endorse", book.idea, "Det virker.")
    book.run("initiative", "endorse", book.idea, json=True)
    book.run("initiative", "lighthouse", book.idea)
    book.run("initiative", "lighthouse", book.idea, json=True)
    book.run("announcement", "add", "--title", "Konference i maj", "--category", "konference", "--valid-until", "1. maj", "--text", "Tilmeld jer.", record="news")
    there.text("sync", "--wait", "--timeout", "25")
    book.at = here
    here.text("sync", "--wait", "--timeout", "25")
    book.run("announcement", "show", book.news)
    book.run("announcement", "confirm", book.news)
    book.run("announcement", "confirm", book.news, json=True)
    here.text("sync", "--wait", "--timeout", "25")
    book.both("announcement", "receipts", book.news)
    book.run("initiative", "show", book.idea)
    book.look("initiative", "show", book.idea)
    book.look("search", "familier", "spiser", "støtter")
    book.look()


def searches(book):
    book.to("search")
    book.both("search", "venskab")
    book.ask("news")
    book.ask("news")
    book.both("remind")
    book.run("remind", "--mail", "sekretariatet")
    book.run("remind", "--mail", "sekretariat@raad.example.dk")
    book.run("news", "--since", "1. januar", json=True)
    book.run("news", "--since", "en dag")
    book.run()
    book.run("search", "sprgo")
    book.run("search", "intet som dette")
    book.run("search", "møde", "--kind", "event", "--since", "1. januar")
    book.run("search", "møde", "--since", "en dag")
    book.both("report", "activity")
    book.both("report", "hearings")
    book.both("report", "ideas")
    book.both("report", "today")
    book.run("report", "ideas", "x.pdf")


def watches(book):
    book.to("watch")
    book.follow("tavle", ["event", "edit", book.weekly, "--place", "Biblioteket"])
    book.follow("program", ["event", "edit", book.weekly, "--place", "Hallen"], json=True)
    book.run("watch", "--name", "ikke et navn")
    book.run("watch", "kage")
    book.run("watch", "kage", json=True)


def files(book):
    book.to("files")
    folder = book.at.folder
    table = folder / "kontakter.csv"
    table.write_text("navn;e-mail;telefon\nBiblioteket;bib@example.dk;65 31 00 00\nIb;ikke en adresse;\n")
    book.run("contact", "import", str(table))
    book.run("contact", "import", str(table), json=True)
    book.look("contact", "import", str(table), "--dry-run")
    book.run("contact", "import", str(folder / "ingen.csv"))
    book.run("contact", "export", str(folder / "ud.vcf"))
    book.run("plan", "export", "--format", "csv")
    book.run("contact", "export", str(folder / "ud.csv"), json=True)
    book.run("contact", "export", "x.ics")
    book.run("backup", str(folder / "kopi"))
    book.run("backup", str(folder / "kopi2"), json=True)
    book.run("backup", str(folder), "--keep", "2")
    book.run("backup", str(table), "--keep", "2")
    book.both("restore", str(folder / "kopi"), "--dry-run")
    book.run("restore", str(table), "--dry-run")
    book.look("backup", str(table), "--yes")
    book.look("backup", str(book.at.home / "kopi"))
    book.run("restore", str(folder / "kopi"), "--yes")
    book.run("restore", str(table), "--yes", json=True)
    book.run("bundle", "write", str(folder / "bundt"))
    book.run("bundle", "write", str(folder / "bundt2"), json=True)
    book.run("bundle", "read", str(folder / "bundt"))
    book.run("bundle", "read", str(table), json=True)
    book.both("check")
    book.run("completion", "fish")
    book.run("completion", "tcsh")
    book.run("completion", "tcsh", json=True)


def settings(book):
    book.to("settings")
    book.both("config", "show")
    drop_ins = book.at.home / "config.d"
    drop_ins.mkdir()
    (drop_ins / "10-it.toml").write_text('[network]\nfiles = "wanted"\n')
    book.ask("config", "show", "--origin")
    book.look("config", "show")
    book.run("daemon", "reload", "--wait")
    book.run("daemon", "reload", json=True)
    (drop_ins / "10-it.toml").write_text('[network]\nfiels = "wanted"\n')
    book.run("daemon", "reload", "--wait")
    book.run("daemon", "reload", json=True)
    book.run("config", "show", "--origin")
    (drop_ins / "10-it.toml").unlink()
    book.run("daemon", "reload")


def conflicts(book, here, there):
    book.to("conflicts")
    book.both("conflicts")
    book.both("event", "conflicts")
    for node, place in ((there, "Odense"), (here, "Nyborg")):
        here.stop()
        there.stop()
        book.world.clock.tick()
        node.start()
        node.text("initiative", "edit", book.idea, "--summary", f"Familier i {place}")
    there.start()
    here.text("sync", "--wait", "--timeout", "25")
    there.text("sync", "--wait", "--timeout", "25")
    book.both("conflicts")
    book.both("initiative", "conflicts")
    book.run("initiative", "show", book.idea)
    book.look("initiative", "show", book.idea)
    book.look("initiative", "export")
    book.run("resolve", book.idea, "summary")
    book.run("resolve", book.idea, "summary", "--choose", "9")
    book.run("initiative", "resolve", book.idea, "summary", "--choose", "1")
    book.run("initiative", "resolve", book.idea, "summary", "--choose", "1", json=True)
    book.run("resolve", book.idea, "summary", "--choose", "1")
    book.run("resolve", book.idea, "summary", "--choose", "1", json=True)
    book.both("unknown")


def documents(book):
    """Files that go with records."""
    book.to("attachments")
    paper, program = book.world.folder / "Forretningsorden.pdf", book.world.folder / "spil.exe"
    paper.write_bytes(b"%PDF-1.4 " + b"vedtaget " * 10000)
    program.write_bytes(b"MZ")
    book.run("document", "add", str(paper), "--category", "skabelon", record="paper")
    book.both("document", "show", book.paper)
    book.run("document", "save", book.paper, str(book.world.folder))
    book.run("document", "save", book.paper, str(book.world.folder), json=True)
    book.ask("document", "save", book.paper, str(paper), keys="n\n")
    book.run("event", "edit", book.dialogue, "--attachments", str(program), "--attachments", str(paper))
    book.run("event", "show", book.dialogue)
    book.run("event", "open", book.dialogue)
    book.run("event", "open", book.dialogue, "spil.exe")
    book.run("event", "open", book.dialogue, "spil.exe", json=True)
    book.run("event", "edit", book.dialogue, "--remove-attachments", "spil.exe", "--remove-attachments", "forretningsorden.pdf")
    book.run("document", "add", str(book.world.folder / "findes-ikke.pdf"))


def members(book):
    book.to("members")
    member = next(m for m in book.at.json("member", "list") if m["name"].startswith("Det"))["member"]
    book.run("invite", "--role", "council", "--for", "Nyborg", json=True)
    book.run("invite", "--role", "konge")
    letter = book.at.folder / "nyborg.html"
    book.run("invite", "--for", "Nyborg", "--save", str(letter))
    book.run("invite", "--for", "Nyborg", "--save", str(letter))
    book.look("export", "--subject", "Nyborg")  # what tickets are for
    book.run("join", f"@{letter}")
    book.run("join", f"@{book.at.folder / 'ingen.html'}")
    book.run("member", "role", member[:6], "council")
    book.run("member", "role", member[:6], "national", json=True)
    book.run("member", "handover")
    book.run("member", "handover", json=True)
    book.run("member", "rename", "Ærø Råd")
    book.run("member", "rename", "Ærø Integrationsråd", json=True)
    book.run("network", "rename", "Region Syd")
    book.run("network", "rename", "Region Syddanmark", json=True)
    book.run("network", "merge")
    book.run("network", "merge", json=True)
    book.run("network", "create", "Endnu et", json=True)
    book.run("network", "recover")
    book.run("network", "recover", json=True)
    book.run("key", "rotate")
    book.run("key", "rotate", json=True)
    book.run("key", "passphrase")
    book.run("key", "passphrase", json=True)
    book.run("unlock")
    book.run("unlock", json=True)
    book.run("join", "BUD1-0000")
    book.run("join", "BUD1-0000", json=True)
    book.run("init", "--council", "X")
    book.run("init", "--council", "X", json=True)
    book.run("sync")
    book.run("sync", json=True)
    book.ask("member", "revoke", member[:6], keys="Ærø\n\n")
    book.run("member", "revoke", member[:6])
    book.run("member", "revoke", member[:6], "--yes")
    book.both("member", "list")
    book.run("member", "readmit", member[:6])
    book.run("member", "revoke", member[:6], "--yes", json=True)
    book.run("member", "readmit", member[:6], json=True)
    book.ask("network", "merge", "Endnu et", "Region Syddanmark", keys="\n")
    book.run("member", "leave")
    book.run("member", "leave", "--yes", json=True)


def erasures(book):
    book.to("erase")
    book.both("erase", "status")
    book.run("export", "--subject", "Åse")
    book.run("export", "--subject", "Åse", json=True)
    book.ask("erase", book.contact, keys="n\n")
    book.run("erase", book.contact)
    book.run("erase", book.contact, "--yes")
    book.run("erase", book.contact, "--yes", json=True)
    book.ask("erase", "status")
    book.look("erase", "status")
    book.run("contact", "show", book.contact)


def terminal(book):
    """What a terminal can be told to be like, and what it asks."""
    book.to("terminal")
    book.ask("event", "list", "--title", "fast")
    book.ask("event", "list", "--title", "fast", "--plain")
    book.ask("event", "remove", book.weekly, "--no-input")
    book.ask("event", "add", keys="\nSpørgetime\nsnart\ni morgen kl. 10\nBiblioteket\n\n")
    book.ask("initiative", "add", keys="Madklub\nkultur\n\x04")
    book.ask("event", "comment", book.weekly, keys="Vi kommer.\n")
    book.ask("network", "create", keys="\x04")
    book.ask("join", keys="\x04")
    book.ask("init")
    book.run("event", "comment", book.weekly, "-", stdin="Vi kommer alle.\nMed kage.\n")
    book.run("event", "edit", book.weekly, "--description", f"@{book.at.folder / 'findes-ikke.txt'}")
    table = book.at.folder / "planer.csv"
    table.write_text("år;titel\n" + "".join(f"{year};Årsplan {year}\n" for year in range(2001, 2023)))
    book.ask("plan", "import", str(table), keys="\n")


def helps(book):
    book.to("help")
    book.run("help")
    book.run("help", json=True)
    for noun in book.table:
        book.run("help", noun)
        book.look("help", noun)
    book.run("help", "event", "add")
    book.run("help", "member", "revoke", json=True)
    book.run("help", "event", "lst")
    for asked in ([], ["event"], ["event", "add"], ["member", "revoke"]):
        book.run(*asked, "-h")
    book.run("help", "evnt")
    book.run("--version")
    book.run("--version", json=True)
    book.run("man", "status")


def mistakes(book):
    """Each command with an option it does not have."""
    book.to("mistakes")
    for noun, verbs in book.table.items():
        for verb in verbs or [""]:
            args = [noun] + ([verb] if verb else []) + ["--sludder=1"]
            book.run(*args)
            book.run(*args, json=True)
    book.run("evnt", "list")
    book.run("event", "lst")
    book.run("event", "show")
    book.run("event", "show", "ABCD", "EFGH")
    book.run("event", "show", "0000")
    book.run("event", "show", "0000", json=True)
    book.run("event", "add", "--title")
    book.run("event", "add")
    book.run("status", "--lang", "sv")
    book.run("web", "--listen", "0.0.0.0:7421")
    book.run("web", "--host", "http://raad.example.dk")


def write(bin_dir, lang, results):
    book = Book(bin_dir, lang)
    try:
        here, there = start(book, book.world)
        events(book)
        other_kinds(book, there)
        searches(book)
        files(book)
        conflicts(book, here, there)
        documents(book)
        helps(book)
        mistakes(book)
        erasures(book)
        terminal(book)
        watches(book)
        book.learn_records()
        members(book)
        settings(book)
        if book.at.daemon.poll() is not None:
            raise RuntimeError(f"the node ended by itself, with {book.at.daemon.returncode}")
        results[lang] = (book.finish(), book.table, book.seen, book.looked)
    except BaseException:
        for node in book.world.nodes.values():
            print(node.log()[-2000:], file=sys.stderr)
        book.world.close()
        raise


# --- words

def without_texts(page):
    """JSON without the commands, and without what is for people: the texts of errors, and examples."""
    return [line for line in page.splitlines() if not re.match(r'\$ |!? +"(message|hint|about|usage)"| +"budstikke ', line)]


def words_of(text):
    return {word.lower() for word in re.findall(r"[A-Za-zÆØÅæøåéÉ]{2,}", text)}


def literals(path):
    source = re.sub(r"//[^\n]*", "", path.read_text())
    texts = re.findall(r'"((?:[^"\\]|\\.)*)"', source)
    return "\n".join(text.replace("\\n", "\n") for text in texts if not text.startswith("cli/"))


def prose(text):
    """A page without what is neither language: commands, options, JSON, names of commands in backquotes."""
    text = re.sub(r"--[\w-]+|\{\d\}|https?://\S+|\S+…|\S+@\S+|\S+\.(dk|csv|ics|vcf|html|toml|fish)\b", " ", text)
    return re.sub(r"[A-ZÆØÅ]{2,}[0-9-]*[A-Z]*", " ", text)


def listed(name):
    lines = (HERE / name).read_text().splitlines()
    return {word for line in lines if not line.startswith("#") for word in line.split()}


def check_words(checks, pages):
    english, danish = (words_of(prose(literals(nodes.ROOT / f"cli/text_{lang}.cpp"))) for lang in ("en", "da"))
    both = listed("shared_words.txt")
    checks.equal("words that both languages' texts have are known to be both", sorted((english & danish) - both), [])
    # Programs' names, and what people wrote.
    names = listed("page_words.txt")
    for name, text in pages.items():
        if not name.startswith("da/"):
            continue
        told = "\n".join(line for line in text.splitlines() if not line.startswith("$ "))
        told = "\n".join(line for line in told.splitlines() if "\t" not in line)  # which are for programs
        found = sorted(word for word in words_of(prose(told)) if word in english - danish and word not in names)
        checks.equal(f"{name}: English words", found, [])


def check_table(checks, table, seen):
    commands = {(noun, verb) for noun, verbs in table.items() for verb in verbs or [""]}
    # It ends only when it is told to: tests/web.
    # A verb of a kind is the same command for all.
    generic = lambda pairs: {("KIND" if noun in KINDS else noun, verb) for noun, verb in pairs}  # noqa: E731
    for how, pairs in seen.items():
        missing = generic(commands) - generic(pairs) - {("web", "")}
        checks.equal(f"commands that no page shows ({how})", sorted(missing), [])


def main():
    args = nodes.arguments("--update")
    if FAKE is None:
        sys.exit("libfaketime is not installed: scripts/install-deps")
    checks = nodes.Checks()
    results = {}
    threads = [threading.Thread(target=write, args=(args.bin, lang, results)) for lang in ("da", "en")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(results) != 2:
        sys.exit("a world came to no end")
    pages = {}
    for lang in ("da", "en"):
        for name, text in results[lang][0].items():
            if not name.startswith("json/"):
                pages[name] = text
            elif lang == "en":
                pages[name] = text
                checks.equal(f"{name} is the same in Danish", without_texts(results["da"][0][name]), without_texts(text))
    if args.update:
        for folder in ("da", "en", "json"):
            for old in (HERE / folder).glob("*.txt"):
                old.unlink()
    for name, text in sorted(pages.items()):
        path = HERE / name
        if args.update:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        kept = path.read_text() if path.exists() else ""
        if not checks.true(f"{name} is as it is kept", kept == text):
            import difflib
            print("\n".join(list(difflib.unified_diff(kept.splitlines(), text.splitlines(), "kept", "now", lineterm=""))[:60]))
    kept = {f"{path.parent.name}/{path.name}" for folder in ("da", "en", "json") for path in (HERE / folder).glob("*.txt")}
    checks.equal("pages that nothing writes", sorted(kept - set(pages)), [])
    check_words(checks, pages)
    check_table(checks, results["en"][1], results["en"][2])
    check_keys(checks, {name: text for name, text in pages.items() if name.startswith("json/")}, results["da"][3] + results["en"][3])
    checks.finish()


if __name__ == "__main__":
    main()
