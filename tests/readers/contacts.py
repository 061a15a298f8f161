#!/usr/bin/python3
"""Contacts that we export, as python3-vobject and khard read them, and what comes back when these write them again."""

import subprocess
import sys
from pathlib import Path

import vobject

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from node import Checks, Node, arguments, environment  # noqa: E402

# Lines that a program drops when it writes our file again.
LOST = {"vobject": (), "khard": ()}

CONTACTS = [
    {"name": "Åse Holm Sørensen", "role": "Sekretær; barsel, til maj", "organisation": "Ærø Kommune", "email": ["åse@ærø.example", "post@kommune.example"],
     "phone": ["+45 12 34 56 78", "87 65 43 21"], "address": "Rådhusgade 1, 2. th\n5970 Ærøskøbing", "languages": ["dansk", "ar"],
     "lists": ["Bestyrelsen", "Nyt; bredt"], "notes": "Første linje\nAnden: \"citat\" og \\ " + "blåbærgrød " * 20,
     "other-names": ["Åse Sørensen"], "other-roles": ["Kasserer"], "consent": "Ja, d. 1. maj"},
    {"name": "Biblioteket", "organisation": "Nyborg, Integrationsråd; øst", "phone": ["65 31 00 00"]},
    {"name": "Ng", "email": ["n@example.dk"]},
    {"name": "李小龍 👋", "notes": "Øl"},
]


def write_contacts(node):
    for contact in CONTACTS:
        flags = []
        for name, value in contact.items():
            for one in value if isinstance(value, list) else [value]:
                flags += [f"--{name}", one]
        node.text("contact", "add", *flags)


def facts(name, emails, phones, organisation, role):
    return name, sorted(emails), sorted(phones), organisation, role


def ours(node):
    return sorted(facts(c["name"], c.get("email", []), c.get("phone", []), c.get("organisation", ""), c.get("role", ""))
                  for c in node.json("contact", "list"))


def values(card, name):
    return [line.value for line in card.contents.get(name, [])]


def read_with_vobject(content):
    cards = list(vobject.readComponents(content.decode()))
    read = sorted(facts(card.fn.value, values(card, "email"), values(card, "tel"), "".join(sum(values(card, "org"), [])),
                        "".join(values(card, "title"))) for card in cards)
    return cards, read


class Khard:
    """khard with one address book in a folder of the test, a file for each card."""

    def __init__(self, folder, cards):
        self.folder = folder
        for book in ("raad", "kopi"):
            (folder / book).mkdir()
        for number, card in enumerate(cards):
            (folder / "raad" / f"{number}.vcf").write_bytes(card)
        self.config = folder / "khard.conf"
        self.config.write_text("[addressbooks]\n" + "".join(f"[[{book}]]\npath = {folder / book}\n" for book in ("raad", "kopi"))
                               + "[general]\ndefault_action = list\neditor = /bin/true\nmerge_editor = /bin/true\n")

    def run(self, *args):
        ran = subprocess.run(["khard", "-c", self.config, *args], input=b"", capture_output=True, check=False, timeout=60,
                             env=environment(HOME=str(self.folder), PYTHONWARNINGS="ignore"))
        if ran.returncode != 0:
            raise RuntimeError(f"khard {args}\n{ran.stdout.decode()}\n{ran.stderr.decode()}")
        return ran.stdout.decode()

    def column(self, command, name):
        """(what it is, whose it is) of each line."""
        lines = self.run(command, "-a", "raad", "--parsable").splitlines()
        return sorted(tuple(line.split("\t")[:2]) for line in lines if "\t" in line)

    def names(self):
        return sorted(line.split("\t")[1] for line in self.run("list", "-a", "raad", "--parsable").splitlines())

    def written(self):
        self.run("copy", "-a", "raad", "-A", "kopi")
        return [path.read_bytes() for path in sorted((self.folder / "kopi").glob("*.vcf"))]


def without_times(content, lost):
    lines = content.decode().replace("\r\n ", "").split("\r\n")
    return [line for line in lines if not line.startswith(("REV",) + lost)]


def comes_back(checks, args, program, content, exported):
    with Node(args.bin) as other:
        other.found("Region Nord")
        counts = other.load("contact", "vcf", content)
        checks.equal(f"{program}: nothing is refused", counts["refused"], 0)
        checks.equal(f"{program}: everything is kept", counts["not_kept"], [])
        checks.equal(f"{program}: the same export", without_times(other.export("contact", "vcf"), LOST[program]),
                     without_times(exported, LOST[program]))


def main():
    args = arguments()
    checks = Checks()
    with Node(args.bin) as node:
        node.found()
        write_contacts(node)
        exported = node.export("contact", "vcf")
        cards, read = read_with_vobject(exported)
        checks.equal("vobject: contacts", read, ours(node))
        text = b"".join(card.serialize().encode() for card in cards)
        comes_back(checks, args, "vobject", text, exported)

        parts = [part + b"END:VCARD\r\n" for part in exported.split(b"END:VCARD\r\n")[:-1]]
        khard = Khard(node.folder, parts)
        checks.equal("khard: names", khard.names(), sorted(contact["name"] for contact in CONTACTS))
        for command, field in (("email", "email"), ("phone", "phone")):
            wanted = sorted((value, contact["name"]) for contact in CONTACTS for value in contact.get(field, []))
            checks.equal(f"khard: {command}", khard.column(command, field), wanted)
        again = node.load("contact", "vcf", text)
        checks.equal("home again: our own records", (again["created"], again["unchanged"]), (0, len(CONTACTS)))
    checks.finish()


if __name__ == "__main__":
    main()
