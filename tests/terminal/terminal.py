#!/usr/bin/python3
"""A secretary's first use in a real terminal: bash inside tmux, in 60, 80 and 120 columns, in Danish.

Holds        Tables fit the screen, sentences are broken at blanks, the question before a removal waits for its answer, what is missing is
             asked for, a long list goes to the pager and leaves by q, nothing is coloured with NO_COLOR, and Tab completes nouns, verbs
             and records' names.
"""

import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from node import Checks, Node, arguments, environment  # noqa: E402

ROWS = 24
PROMPT = "klar$"


class Screen:
    """One terminal, with bash at a prompt."""

    opened = 0

    def __init__(self, node, columns, **more):
        Screen.opened += 1
        self.socket = f"{node.folder.name}-{Screen.opened}"  # its own: one that is being ended takes no new sessions
        env = environment(HOME=str(node.folder), BUDSTIKKE_HOME=str(node.home), LANG="da_DK.UTF-8", TERM="screen-256color",  **more)
        env.pop("LC_ALL")  # no Danish locale need exist: the name alone decides
        env["PATH"] = f"{node.bin}:{env['PATH']}"
        rc = node.folder / "bashrc"  # bash takes no PS1 from the environment when root runs it
        rc.write_text(f"PS1='{PROMPT} '\n")
        self.tmux("-f", "/dev/null", "-u", "new-session", "-d", "-x", str(columns), "-y", str(ROWS), f"bash --noprofile --rcfile {rc}", env=env)
        self.tmux("set-option", "-g", "status", "off")
        self.wait(PROMPT)
        self.columns = columns
        self.runs = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tmux("kill-server")

    def tmux(self, *args, env=None):
        ran = subprocess.run(["tmux", "-L", self.socket, *args], capture_output=True, check=False, env=env, timeout=20)
        return ran.stdout.decode(errors="replace")

    def text(self, *flags):
        return self.tmux("capture-pane", "-p", *flags)

    def wait(self, what, seconds=10):
        """The screen once `what` is on it, or as it is after that time."""
        until = time.monotonic() + seconds
        while what not in (shown := self.text()) and time.monotonic() < until:
            time.sleep(0.05)
        return shown

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def run(self, line):
        """A whole command, and what it left on a screen that was empty before; lines that were wrapped are joined."""
        self.runs += 1
        self.done = f"slut-{self.runs}-0"  # no earlier one is taken for it
        self.tmux("send-keys", "-l", f"clear; {line}; echo slut-{self.runs}-$?")
        self.keys("Enter")
        self.wait(self.done)
        time.sleep(0.1)
        return self.text("-J")


def widest(shown):
    """Of the lines with columns; sentences may go on in the next."""
    return max((len(line.rstrip()) for line in shown.splitlines() if "  " in line.strip() and not line.startswith(PROMPT)), default=0)


def check_tables(checks, node, columns):
    with Screen(node, columns, BUDSTIKKE_PAGER="cat") as screen:
        for command in ("begivenhed liste", "kontakt liste", "idé liste", "høring liste", "råd liste", "netværk liste", "kalender",
                        "konflikter", "rapport idéer"):
            shown = screen.run("budstikke " + command)
            if not checks.true(f"{columns} columns: {command} fits ({widest(shown)})", widest(shown) <= columns and screen.done in shown):
                print(shown)
        shown = screen.run("budstikke begivenhed liste")
        checks.true(f"{columns} columns: a heading in Danish", "titel" in shown and "start" in shown)


def check_sentences(checks, node):
    """What is said is broken at blanks, not by the terminal within a word."""
    with Screen(node, 60) as screen:
        for command in ("begivenhed tilføj --titel Prøve --start snart", "slet", "netværk medlemmer", "begivenhed slet 0000 --no-input"):
            joined = screen.run(f"budstikke {command} || true")
            checks.true(f"60 columns: {command} breaks no word", screen.done in joined and joined.split() == screen.text().split())


def check_first_use(checks, node):
    with Screen(node, 80) as screen:
        shown = screen.run("budstikke")
        checks.true("today is told with its weekday", "dag den" in shown and "budstikke hjælp" in shown)
        shown = screen.run('budstikke begivenhed tilføj --titel Kaffemøde --start "på torsdag kl. 9" --sted Biblioteket')
        checks.true("an event is saved and its day read back", "Gemt: begivenhed" in shown and "torsdag den" in shown and "kl. 09.00" in shown)
        short = node.json("event", "list", "--title", "Kaffemøde")[0]["short"]
        screen.keys("clear", "Enter")
        screen.tmux("send-keys", "-l", f"budstikke begivenhed slet {short}")
        screen.keys("Enter")
        checks.true("a removal asks", "(j/n)" in screen.wait("(j/n)"))
        screen.keys("n", "Enter")
        checks.true("a no does nothing", "Intet blev gjort." in screen.wait("Intet blev gjort."))
        checks.equal("it is still there", len(node.json("event", "list", "--title", "Kaffemøde")), 1)


def check_questions(checks, node):
    """What is missing is asked for, and Ctrl-D ends it."""
    with Screen(node, 80) as screen:
        home = node.folder / "nyt hjem"
        screen.tmux("send-keys", "-l", f"clear; budstikke --home '{home}' begynd")
        screen.keys("Enter")
        checks.true("the first run asks for the language", "Dansk eller engelsk?" in screen.wait("Danish or English?"))
        screen.keys("Enter")
        checks.true("and for the council", "Hvad hedder jeres råd?" in screen.wait("Hvad hedder"))
        screen.tmux("send-keys", "-l", "Ærø Integrationsråd")
        screen.keys("Enter")
        screen.wait("Enter: nej")
        screen.tmux("send-keys", "-l", "ingen adresse")
        screen.keys("Enter")
        checks.true("an address that is none is told of", "Det er ikke en adresse" in screen.wait("ikke en adresse"))
        screen.keys("Enter")
        checks.true("then for a ticket", "Har du fået en billet?" in screen.wait("ikke endnu"))
        screen.keys("Enter")
        checks.true("it ends with the next command", "Start knuden: budstikked" in screen.wait("Start knuden"))
        checks.true("and listens to nobody", 'listen = ""' in (home / "config.toml").read_text())
        before = len(node.json("event", "list"))
        for end in (["C-d"], ["Enter", "Enter", "Enter"]):
            screen.keys("clear", "Enter")
            screen.tmux("send-keys", "-l", "clear; budstikke begivenhed tilføj")
            screen.keys("Enter")
            screen.wait("titel (hvad det er):")
            screen.tmux("send-keys", "-l", "Spørgetime")
            screen.keys("Enter")
            screen.wait("start (")
            if end == ["C-d"]:
                screen.keys("C-d")
                checks.true("Ctrl-D ends it", "Intet blev gjort." in screen.wait("Intet blev gjort."))
                checks.equal("and nothing is saved", len(node.json("event", "list")), before)
                continue
            screen.tmux("send-keys", "-l", "i morgen kl. 25")
            screen.keys("Enter")
            screen.wait("budstikke:")
            screen.tmux("send-keys", "-l", "i morgen kl. 10")
            screen.keys(*end)
            checks.true("the answers are saved", "Gemt: begivenhed" in screen.wait("Gemt: begivenhed"))
        checks.equal("once", len(node.json("event", "list", "--title", "Spørgetime")), 1)


def check_pager(checks, node):
    with Screen(node, 80, PAGER="less -F") as screen:
        screen.tmux("send-keys", "-l", "clear; budstikke kontakt liste --all")
        screen.keys("Enter")
        shown = screen.wait("Person 05")
        checks.true("a long list stops at the first screen", "Person 01" in shown and "Person 40" not in shown)
        screen.keys("q")
        checks.true("and leaves by q", PROMPT in screen.wait(PROMPT, 3))


def check_colour(checks, node):
    for more, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        with Screen(node, 80, BUDSTIKKE_PAGER="cat", **more) as screen:
            screen.run("budstikke begivenhed liste")
            shown = screen.text("-e")
            checks.equal(f"colours with {more or 'nothing set'}", "\x1b[1m" in shown, coloured)


def check_completion(checks, node):
    with Screen(node, 80) as screen:
        screen.run("source <(budstikke completion bash)")
        for typed, wanted in (("budstikke begi", "budstikke begivenhed"), ("budstikke begivenhed lis", "budstikke begivenhed liste"),
                              ("budstikke begivenhed tilføj --tite", "--titel")):
            screen.run("true")
            screen.tmux("send-keys", "-l", typed)
            screen.keys("Tab")
            checks.true(f"Tab behind '{typed}'", wanted in screen.wait(wanted, 5))
            screen.keys("C-u")
        short = node.json("event", "list", "--title", "Sommerfest")[0]["short"]
        screen.run("true")
        screen.tmux("send-keys", "-l", "budstikke begivenhed vis sommerf")
        screen.keys("Tab")
        checks.true("Tab finds a record by its name", short in screen.wait(short, 5))


def main():
    args = arguments()
    if shutil.which("tmux") is None:
        sys.exit("tmux is not installed: scripts/install-deps")
    checks = Checks()
    with Node(args.bin.resolve()) as node:
        node.found("Region Syddanmark med et langt navn")
        node.text("event", "add", "--title", "Sommerfest for frivillige og nyankomne familier i hele kommunen", "--start", "2031-06-20 17:00",
                  "--place", "Kulturhuset ved havnen, store sal", "--type", "Fest")
        node.text("initiative", "add", "--title", "Venskabsfamilier på tværs af kommunens mange boligområder", "--area", "kultur", "--yes")
        node.text("hearing", "add", "--title", "Forslag til lov om ændring af integrationsloven og danskuddannelsesloven", "--authority",
                  "Udlændinge- og Integrationsministeriet", "--deadline", "2031-01-31")
        for number in range(1, 41):
            node.text("contact", "add", "--name", f"Person {number:02d} Ærø-Ørsted Ågård", "--organisation", "Integrationsrådet i Ærøskøbing", "--email",
                      f"person{number}@integrationsraad.example.dk", "--phone", "12 34 56 78")
        for columns in (60, 80, 120):
            check_tables(checks, node, columns)
        check_sentences(checks, node)
        check_first_use(checks, node)
        check_questions(checks, node)
        check_pager(checks, node)
        check_colour(checks, node)
        check_completion(checks, node)
    checks.finish()


if __name__ == "__main__":
    main()
