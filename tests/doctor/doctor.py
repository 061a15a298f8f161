#!/usr/bin/python3
"""`check` at two real nodes, at which one thing after another is broken: it is named, with what mends it, and gone when it is mended.

Broken       The mode of a key and of the home, the clock (libfaketime), the room on the disk (the store's file made to seem larger than
             the disk), the other node, and the node itself.
Holds        What is printed can be mailed: nothing of a contact, and no key, stands in it.
"""

import json
import os
import shlex
import socket
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import node as nodes  # noqa: E402
from node import Checks, Node, arguments  # noqa: E402

FAKE = next((str(path) for path in Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)
PERSON = ("Sofie Eksempelsen", "sofie@kommune.example", "12 34 56 78")
WAIT_SECONDS = 30


class ClockedNode(Node):
    """A node whose computer's clock is off, as the command sees it, too."""

    off = ""

    def clock(self):
        return {"LD_PRELOAD": FAKE, "FAKETIME": self.off, "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"} if self.off else {}

    def start(self):
        with open(self.folder / "daemon.log", "ab") as log:
            self.daemon = subprocess.Popen([self.bin / "budstikked", "--home", self.home], stdout=log, stderr=log,
                                           env=nodes.environment(**self.clock()))
        eventually(lambda: self.run("status").returncode == 0)

    def run(self, *args, env=None, **how):
        return super().run(*args, env={**self.clock(), **(env or {})}, **how)

    def start_with_clock(self, off):
        self.stop()
        self.off = off
        self.start()


def eventually(holds):
    until = time.monotonic() + WAIT_SECONDS
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


def free_port():
    with socket.socket() as at:
        at.bind(("127.0.0.1", 0))
        return at.getsockname()[1]


class Doctor:
    def __init__(self, checks):
        self.checks = checks
        self.said = b""

    def visit(self, node):
        """The exit code, and name → codes found, each after "!" when it is not well; and what would mend it."""
        plain = node.run("check", lang="da")
        ran = node.run("check", "--json")
        self.said += plain.stdout + plain.stderr + ran.stdout + ran.stderr
        self.checks.equal("the same exit code in text and JSON", plain.returncode, ran.returncode)
        found, mends = {}, []
        for one in json.loads(ran.stdout)["checks"]:
            found.setdefault(one["name"], []).append(("" if one["ok"] else "!") + one["found"])
            mends += [one["mend"]] if one["mend"] and not one["ok"] else []
        self.checks.equal("a line with ! for each that is not well", plain.stdout.count(b"\n!  ") + plain.stdout.startswith(b"!  "),
                          sum(code.startswith("!") for codes in found.values() for code in codes))
        return ran.returncode, found, mends

    def expect(self, what, at, code, **wanted):
        returned, found, mends = self.visit(at)
        self.checks.equal(f"{what}: exit code", returned, code)
        self.checks.equal(f"{what}: found", {name: found.get(name) for name in wanted}, wanted)
        return mends


def linked(node):
    return any(peer["connected"] for peer in node.json("status")["peers"])


def break_and_mend(doctor, host, guest):
    doctor.expect("host, well", host, 0, keys=["private"], disk=["room"], node=["answers"], clock=["agrees"], reachable=["dialed-in"],
                  peer=["linked"], trouble=None)
    doctor.expect("guest, well", guest, 0, reachable=["dials-out"], peer=["linked"])

    for path, mode in ((guest.home / "keys/identity.key", 0o644), (guest.home / "keys", 0o750), (guest.home, 0o755)):
        path.chmod(mode)
        mends = doctor.expect(f"{path.name} open", guest, 1, keys=["!mode"])
        subprocess.run(shlex.split(mends[0]), check=True)
        doctor.expect(f"{path.name} mended", guest, 0, keys=["private"])

    guest.start_with_clock("-3h")
    doctor.checks.true("linked again", eventually(lambda: linked(guest)))
    doctor.expect("clock three hours behind", guest, 1, clock=["!off"])
    guest.start_with_clock("")
    doctor.checks.true("linked once more", eventually(lambda: linked(guest)))
    doctor.expect("clock set", guest, 0, clock=["agrees"])

    host.stop()
    doctor.checks.true("apart", eventually(lambda: not linked(guest)))
    doctor.expect("a peer that is asleep", guest, 0, peer=["not-linked"], clock=["not-known"])

    guest.stop()
    doctor.expect("no node", guest, 3, keys=["private"], disk=["room"], node=["!not-running"])
    store = guest.home / "store/data.mdb"
    size = store.stat().st_size
    os.truncate(store, 1 << 43)  # 8 TiB of nothing
    doctor.expect("a store larger than the disk's room", guest, 3, disk=["!little-room"])
    os.truncate(store, size)
    guest.start()
    doctor.expect("up again", guest, 0, disk=["room"])


def main():
    args = arguments()
    if FAKE is None:
        sys.exit("libfaketime is not installed: scripts/install-deps")
    checks = Checks()
    doctor = Doctor(checks)
    address = f"127.0.0.1:{free_port()}"
    with ClockedNode(args.bin, "Odense Integrationsråd", listen=address, advertise=address) as host:
        host.found()
        doctor.expect("alone", host, 0, reachable=["answers"], backup=["none"], clock=["not-known"], peer=None)
        with ClockedNode(args.bin, "Nyborg Integrationsråd") as guest:
            guest.text("join", host.text("invite", "--for", "Nyborg").splitlines()[-1], timeout=60)
            host.text("contact", "add", "--name", PERSON[0], "--email", PERSON[1], "--phone", PERSON[2])
            checks.true("linked", eventually(lambda: linked(guest) and linked(host)))
            secrets = [path.read_bytes().hex().encode() for node in (host, guest) for path in (node.home / "keys").glob("*.key")]
            break_and_mend(doctor, host, guest)
    checks.true("keys were looked for", len(secrets) > 4)
    for secret in (*(text.encode() for text in PERSON), *secrets):
        checks.true("nothing of a person, and no key", secret not in doctor.said)
    checks.finish()


if __name__ == "__main__":
    main()
