#!/usr/bin/python3
"""A node as the package's service runs it, and the people of the computer: a secretary in its group, who needs no sudo for anything of
every day, and somebody who is not, who is refused.

Shape        Three users of the system that exist here alone: the script goes into a mount namespace of its own, with its own /run,
             /var/lib and /etc/passwd, and the node sees the rest of the disk read-only, as ProtectSystem=strict has it. Needs root.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from node import START_SECONDS, Checks, arguments, environment  # noqa: E402

INSIDE = "BUDSTIKKE_SERVICE_TEST"
SERVICE, SECRETARY, OTHER = 61001, 61002, 61003
HOME = Path("/var/lib/budstikke")
SOCKET = Path("/run/budstikke/api.sock")
PROGRAMS = Path("/run/bin")
PEOPLE = Path("/run/people")
ADDRESS = "127.0.0.1:" + str(18_000 + os.getpid() % 10_000)


def mount(*words):
    subprocess.run(["mount", *words], check=True)


def make_computer(bin_dir):
    mount("--make-rprivate", "/")
    for folder in ("/run", "/var/lib"):
        mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", folder)
    users = {"budstikke": SERVICE, "sekretaer": SECRETARY, "anden": OTHER}
    for name, more in (("passwd", [f"{user}:x:{number}:{number}::{PEOPLE / user}:/bin/sh" for user, number in users.items()]),
                       ("group", [f"budstikke:x:{SERVICE}:sekretaer", f"sekretaer:x:{SECRETARY}:", f"anden:x:{OTHER}:"])):
        own = Path("/run") / name
        own.write_text((Path("/etc") / name).read_text().rstrip("\n") + "\n" + "\n".join(more) + "\n")
        mount("--bind", str(own), f"/etc/{name}")
    PROGRAMS.mkdir()
    for program in ("budstikke", "budstikked", "budstikke-door"):
        shutil.copy2(bin_dir / program, PROGRAMS / program)
    for folder, number, mode in ((HOME, SERVICE, 0o700), (SOCKET.parent, SERVICE, 0o750), (PEOPLE / "sekretaer", SECRETARY, 0o700),
                                 (PEOPLE / "anden", OTHER, 0o700)):
        folder.mkdir(parents=True)
        os.chmod(folder, mode)
        os.chown(folder, number, number)


class Person:
    def __init__(self, name, number, groups):
        self.name, self.number, self.groups = name, number, groups
        self.home = PEOPLE / name

    def run(self, *args, stdin="", json_=False):
        line = [PROGRAMS / "budstikke", *(["--json"] if json_ else []), *map(str, args)]
        env = environment(USER=self.name)
        env["HOME"] = str(self.home)
        return subprocess.run(line, input=stdin.encode(), capture_output=True, check=False, timeout=60, cwd=self.home, env=env, user=self.number,
                              group=self.number, extra_groups=self.groups, umask=0o022)

    def json(self, *args):
        ran = self.run(*args, json_=True)
        if ran.returncode != 0:
            raise RuntimeError(f"{args}: {ran.stderr.decode()}")
        return json.loads(ran.stdout.decode())


class Service:
    """The node, as the unit starts it."""

    def __init__(self):
        self.ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.ready.bind("/run/notify")
        os.chmod("/run/notify", 0o777)
        self.ready.settimeout(START_SECONDS)
        self.process = None

    def start(self):
        confined = f"mount -o remount,bind,ro / && exec setpriv --reuid {SERVICE} --regid {SERVICE} --clear-groups \"$@\""
        env = environment(NOTIFY_SOCKET="/run/notify", RUNTIME_DIRECTORY=str(SOCKET.parent), STATE_DIRECTORY=str(HOME))
        self.forget()
        with open("/run/log", "ab") as log:
            self.process = subprocess.Popen(["unshare", "-m", "sh", "-c", confined, "sh", PROGRAMS / "budstikked", "--home", HOME], stdout=log,
                                            stderr=log, env=env, cwd="/")
        while b"READY=1" not in self.ready.recv(4096):
            pass

    def forget(self):
        """What was told before, such as that it was ready again after a reload."""
        self.ready.setblocking(False)
        try:
            while self.ready.recv(4096):
                pass
        except BlockingIOError:
            pass
        self.ready.settimeout(START_SECONDS)

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(START_SECONDS)
        self.process = None


def other_council(secretary):
    """A node of another council that joins with the secretary's ticket; its process."""
    secretary.json("network", "create", "Region Syd")
    ticket = secretary.run("invite", "--for", "Ballerup").stdout.decode().split()[-1]
    line = [PROGRAMS / "budstikke", "--home", "/run/second"]
    subprocess.run([*line, "init", "--council", "Ballerup Integrationsråd", "--listen", ""], check=True, capture_output=True, env=environment())
    with open("/run/log2", "wb") as log:
        node = subprocess.Popen([PROGRAMS / "budstikked", "--home", "/run/second"], stdout=log, stderr=log, env=environment())
    until = time.monotonic() + START_SECONDS
    while subprocess.run([*line, "status"], capture_output=True, check=False, env=environment()).returncode != 0 and time.monotonic() < until:
        time.sleep(0.05)
    subprocess.run([*line, "join", ticket], check=True, capture_output=True, env=environment())
    secretary.run("sync", "--wait", "--timeout", "20")
    return node


def check_every_day(checks, secretary):
    """Everything that a secretary does, without sudo and without --home."""
    files = secretary.home / "filer"
    files.mkdir()
    os.chown(files, SECRETARY, SECRETARY)
    (files / "kontakter.csv").write_text("navn;e-mail\nBiblioteket;bib@example.dk\n")
    (files / "program.pdf").write_bytes(b"%PDF-1.4 et program")
    for path in files.iterdir():
        os.chmod(path, 0o600)
        os.chown(path, SECRETARY, SECRETARY)

    def does(*args, stdin="", code=0):
        ran = secretary.run(*args, stdin=stdin)
        checks.equal(f"the secretary may: {' '.join(map(str, args))}: {ran.stderr.decode()}", ran.returncode, code)
        return ran.stdout.decode()

    does("status")
    does()
    does("invite", "--for", "Ballerup")
    does("invite", "list")
    does("network", "list")
    does("network", "show")
    does("member", "list")
    does("member", "rename", "Ærø Integrationsråd")
    for noun in ("council", "contact", "initiative", "event", "announcement", "hearing", "document", "plan"):
        does(noun, "list")
    does("contact", "import", files / "kontakter.csv")
    does("contact", "export", files / "ud.vcf")
    event = json.loads(secretary.run("event", "add", "--title", "Dialogmøde", "--start", "i morgen 17", json_=True).stdout)["id"]
    does("event", "edit", event, "--place", "Rådhuset")
    does("event", "show", event)
    does("event", "rsvp", event, "yes")
    does("event", "history", event)
    does("event", "edit", event, "--attachments", files / "program.pdf")
    does("event", "save", event, files / "gemt.pdf")
    does("event", "remove", event, "--yes")
    does("event", "restore", event)
    does("document", "add", files / "program.pdf")
    does("undo", "--yes")
    for words in (["agenda"], ["search", "dialogmøde"], ["news"], ["conflicts"], ["peers"], ["outbox"], ["unknown"], ["sync"], ["erase", "status"],
                  ["config", "show", "--origin"], ["report", "today", files / "i-dag.html"], ["report", "activity", files / "raad.csv"],
                  ["report", "hearings", files / "h.html"], ["report", "ideas", files / "i.html"], ["export", "--subject", "Biblioteket"],
                  ["daemon", "reload", "--wait"], ["check"], ["help"], ["man"], ["completion", "bash"]):
        does(*words)
    does("bundle", "write", files / "raad.bundle", "--all")
    does("bundle", "read", files / "raad.bundle")
    does("backup", files / "raad.kopi")
    does("backup", files / "raad.kopi", "--yes")
    does("key", "rotate", "--now")
    does("key", "passphrase", stdin="fire ord til nøglen\n")
    offered = secretary.run("__complete", "event", "show", "").stdout.decode()
    checks.true("Tab completes ids: " + offered, event[:6] in offered)
    does("erase", event, "--yes")
    for name in ("ud.vcf", "gemt.pdf", "i-dag.html", "raad.csv", "raad.bundle", "raad.kopi"):
        checks.equal(f"{name} is the secretary's", (files / name).stat().st_uid, SECRETARY)
    checks.equal("the backup is theirs alone", (files / "raad.kopi").stat().st_mode & 0o777, 0o600)
    does("--home", HOME, "status")


def check_locked(checks, service, secretary):
    service.stop()
    service.start()
    checks.equal("a locked node says so", json.loads(secretary.run("status", json_=True).stderr)["error"]["code"], "locked")
    checks.equal("the secretary unlocks it", secretary.run("unlock", stdin="fire ord til nøglen\n").returncode, 0)
    checks.equal("and removes the passphrase", secretary.run("key", "passphrase", "--remove", stdin="fire ord til nøglen\n").returncode, 0)


def check_refused(checks, secretary, other):
    for words in (["status"], ["--home", HOME, "status"], ["check"]):
        ran = other.run(*words)
        checks.equal(f"somebody else: {words}: {ran.stderr.decode()}", ran.returncode, 3)
        checks.true("is told to join the group", "sudo adduser $USER budstikke" in ran.stderr.decode())
    told = other.run("--lang", "da", "tilstand").stderr.decode()
    checks.true("in Danish, too: " + told, "ikke i dens gruppe" in told)
    for person in (secretary, other):
        for path in ("config.toml", "keys/identity.key", "api.path"):
            ran = subprocess.run(["cat", HOME / path], capture_output=True, check=False, user=person.number, group=person.number,
                                 extra_groups=person.groups)
            checks.true(f"{person.name} cannot read {path}", ran.returncode != 0)
    strange = other.run("--home", PEOPLE / "sekretaer", "status")
    checks.equal("a home of somebody else is told of", b"may not look into" in strange.stderr, True)


def check_configuration(checks, service, secretary):
    drop_in = HOME / "config.d" / "10-it.toml"
    drop_in.parent.mkdir()
    os.chown(drop_in.parent, SERVICE, SERVICE)
    drop_in.write_text('[network]\nfiles = "wanted"\n')
    reload_ = ["setpriv", "--reuid", str(SERVICE), "--regid", str(SERVICE), "--clear-groups", PROGRAMS / "budstikke", "--home", HOME, "daemon", "reload",
               "--wait"]
    checks.equal("ExecReload", subprocess.run(reload_, check=False, capture_output=True, env=environment()).returncode, 0)
    shown = {row["key"]: row["value"] for row in secretary.json("config", "show")["settings"]}
    checks.equal("the drop-in is in force", shown["network.files"], "wanted")
    drop_in.write_text("[network]\nlistne = 1\n")
    checks.equal("ExecReload of a bad file", subprocess.run(reload_, check=False, capture_output=True, env=environment()).returncode, 1)
    service.stop()
    with open("/run/refused", "wb") as log:
        started = subprocess.run([PROGRAMS / "budstikked", "--home", HOME], stdout=log, stderr=log, check=False, user=SERVICE, group=SERVICE,
                                 extra_groups=[], env=environment(RUNTIME_DIRECTORY=str(SOCKET.parent)), timeout=START_SECONDS)
    checks.equal("a start with a bad file", started.returncode, 78)
    drop_in.unlink()


def check_stopped(checks, secretary):
    ran = secretary.run("status")
    checks.equal("a service that is stopped: " + ran.stderr.decode(), ran.returncode, 3)
    checks.true("is told how to start", "sudo systemctl start budstikked" in ran.stderr.decode())


def check_own_home(checks, secretary):
    """Who wants a node of their own beside the service has it."""
    made = secretary.run("init", "--council", "Min egen", "--listen", "")
    checks.equal("init makes an own home: " + made.stderr.decode(), made.returncode, 0)
    checks.true("in the person's folder", (secretary.home / ".local/share/budstikke/config.toml").is_file())
    checks.true("which is the one from then on", str(secretary.home) in secretary.run("status").stderr.decode())


def test(bin_dir):
    checks = Checks()
    make_computer(bin_dir)
    secretary = Person("sekretaer", SECRETARY, [SERVICE])
    other = Person("anden", OTHER, [])
    made = subprocess.run([PROGRAMS / "budstikke", "--home", HOME, "init", "--council", "Ærø Integrationsråd", "--listen", ADDRESS,
                           "--advertise", ADDRESS], capture_output=True,
                          check=False, user=SERVICE, group=SERVICE, extra_groups=[], env=environment())
    checks.equal("init as the service's user: " + made.stderr.decode(), made.returncode, 0)
    checks.true("tells of systemctl and the group", b"systemctl start" in made.stdout and b"adduser" in made.stdout)
    check_stopped(checks, secretary)
    service = Service()
    second = None
    try:
        service.start()
        second = other_council(secretary)
        checks.equal("the socket's mode", oct(SOCKET.stat().st_mode & 0o7777), oct(0o660))
        check_every_day(checks, secretary)
        check_locked(checks, service, secretary)
        check_refused(checks, secretary, other)
        check_configuration(checks, service, secretary)
        check_stopped(checks, secretary)
        check_own_home(checks, secretary)
    finally:
        service.stop()
        if second:
            second.terminate()
            second.wait(START_SECONDS)
        if checks.failed:
            print(Path("/run/log").read_text(errors="replace"), file=sys.stderr)
    checks.finish()


def main():
    args = arguments()
    if os.environ.get(INSIDE):
        return test(args.bin.resolve())
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode != 0:
        print("SKIPPED: needs root, for users and a mount namespace of its own")
        return None
    line = ["unshare", "-m", sys.executable, "-B", __file__, "--bin", str(args.bin)]
    sys.exit(subprocess.run(line, check=False, env={**os.environ, INSIDE: "1"}).returncode)


if __name__ == "__main__":
    main()
