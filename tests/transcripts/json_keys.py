#!/usr/bin/python3
"""docs/json.md and what the programs give as JSON, held together: transcripts.py has it look at what it is given; run alone, at the pages kept.

Tables       A heading of `commands`, or a shape's name in capitals; below it rows of | `path`? | type | meaning |. A shape that a type names
             stands at that path. Several tables of one command are its several answers, of which one must fit.
Holds        Each object of an answer has every key that its table has without "?", and none that it has not. Every command of the pages is
             there, and every error has a code of the table, with its exit code; that table is the one of the programs.
"""

import itertools
import json
import re
import shlex
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import node as nodes  # noqa: E402

HERE = Path(__file__).resolve().parent
PAGE = nodes.ROOT / "docs/json.md"
ROW = re.compile(r"\| `([^`]+)`(\?)? \| (.*?) \|")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|TIME")  # the latter as a page has those that differ from run to run
SCALARS = {"text": str, "id": str, "ids": str, "time": str, "date": str, "day": str, "clock": str, "number": int, "true": bool, "null": type(None)}
CLASSES = {"FIELD": ("register", "flag"), "SET": ("set",), "ANSWER": ("answers",)}  # of fields, by what stands for them in a path


class Place:
    """What is said of the values in one place of an answer."""

    def __init__(self):
        self.keys = {}  # name → Place
        self.element = None
        self.optional = False
        self.type = ""


def fits(value, what):
    """Whether a scalar is of a type, as far as that says: `as the field` does not."""
    words = re.findall(r"\w+", re.sub(r"as the field.*", "", what))
    if value is None:
        return "null" in what
    if "time" in words and isinstance(value, str):
        return TIME.fullmatch(value) is not None
    types = [SCALARS[word] for word in words if word in SCALARS]
    return not types or type(value) in types


class Documented:
    """docs/json.md, read."""

    def __init__(self, text):
        self.commands = {}  # "network list" → [Place], one for each form of the answer
        self.shapes = {}
        self.codes = {}  # code → exit code
        self.without = set()  # what the section on commands without a document names
        self.kinds = {}  # name → class → names of fields
        protocol = (nodes.ROOT / "protocol/PROTOCOL.md").read_text()
        for kind, field, of_class in re.findall(r"^\| \d+ (\w+) \| \d+ \| (\w+) \| (\w+) \|", protocol, re.M):
            self.kinds.setdefault(kind, {}).setdefault(of_class, []).append(field)
        for section in re.split(r"^##+ ", text, flags=re.M)[1:]:
            heading, _, body = section.partition("\n")
            root = Place()
            for path, optional, what in ROW.findall(body):
                self.add(root, path, bool(optional), what)
            if heading == "Without a document":
                self.without = set(re.findall(r"`([^`]+)`", body))
            elif heading == "Errors":
                rows = re.findall(r"^\| (\d) \| [^|]* \| (.*) \|$", body, re.M)
                self.codes = {code: int(number) for number, codes in rows for code in re.findall(r"[\w-]+", codes)}
            elif re.fullmatch("[A-Z]+", heading):
                self.shapes[heading] = root
            for command in re.findall(r"`([^`]+)`", heading):
                self.commands.setdefault(" ".join(self.words_of(command)), []).append(root)

    @staticmethod
    def words_of(command):
        """A command's own words, without its arguments."""
        return itertools.takewhile(lambda word: word == "KIND" or word.isalpha() and word.islower(), command.split())

    @staticmethod
    def add(root, path, optional, what):
        at = root
        named = root
        for name in re.findall(r"\w+|\[\]", path):
            if name == "[]":
                at.element = at.element or Place()
                at = at.element
            else:
                at = named = at.keys.setdefault(name, Place())
        named.optional = named.optional or optional
        at.type = what

    def meant(self, place):
        """The places that make up one: itself, and the shapes that stand there; each with the keys that are left out."""
        found = [(place, frozenset())]
        for shape in re.findall(r"[A-Z]{2,}", place.type):
            left_out = frozenset(re.findall(r"`(\w+)`", place.type.partition(" without ")[2]))
            if shape in self.shapes:
                found += [(at, left_out | more) for at, more in self.meant(self.shapes[shape])]
        return found

    def names(self, key, kind):
        """What a key of a table stands for."""
        if key not in CLASSES:
            return [key]
        return [field for of_class in CLASSES[key] for field in self.kinds.get(kind, {}).get(of_class, [])]

    def complaints(self, value, places, kind, at="", left_out=frozenset()):
        """What of a value is not as documented."""
        meant = [(one, left_out | more) for place in places for one, more in self.meant(place)]
        if any(one.type == "anything" for one, _ in meant):
            return []
        if isinstance(value, list):
            elements = [one.element for one, _ in meant if one.element]
            if not elements:
                return [f"{at}: a list that is not documented"]
            gone = frozenset().union(*(more for _, more in meant))
            return [told for one in value for told in self.complaints(one, elements, kind, at + "[]", gone)]
        known, gone = {}, set()
        for one, more in meant:
            gone |= more
            for key, child in one.keys.items():
                for name in self.names(key, kind):
                    known.setdefault(name, []).append(child)
        known = {name: children for name, children in known.items() if name not in gone}
        if not isinstance(value, dict):
            return [] if not known and all(fits(value, one.type) for one, _ in meant) else [f"{at}: of another type: {value}"]
        told = [f"{at}.{name}: absent" for name, children in known.items() if name not in value and not any(child.optional for child in children)]
        for name, inner in value.items():
            if name not in known:
                told.append(f"{at}.{name}: not documented")
            else:
                told += self.complaints(inner, known[name], kind, f"{at}.{name}", frozenset(gone))
        return told

    def forms(self, said):
        """The name of a command as it is documented, and the forms of its answer; None where nothing is said of it."""
        words = ["KIND" if i == 0 and word in self.kinds else word for i, word in enumerate(said)]
        for names in ([said[:2], words[:2], said[:1]] if said else [["budstikke"]]):
            name = " ".join(names)
            if name in self.commands or name in self.without:
                return name, self.commands.get(name, [])
        return None


def steps(page):
    """The commands of a page: words, standard output, standard error, exit code."""
    for step in re.split(r"^\$ budstikke --json", page, flags=re.M)[1:]:
        first, *lines = step.rstrip().split("\n")
        code = re.fullmatch(r"\[(\d+)\]", lines[-1]) if lines else None
        lines = lines[:-1] if code else lines
        out = "\n".join(line for line in lines if not line.startswith("! "))
        err = "\n".join(line[2:] for line in lines if line.startswith("! "))
        yield shlex.split(first), out, err, int(code.group(1)) if code else 0


def valued(text):
    """The document; numbers that a page does not keep stand there as a bare N."""
    return json.loads(re.sub(r"(?<=: )N(?=,?$)", "0", text, flags=re.M))


def check_answer(checks, documented, said, out, err, code):
    command = "budstikke --json " + " ".join(said)
    forms = documented.forms(said)
    if not checks.true(f"{command}: docs/json.md has it", forms is not None):
        return
    if out.strip() and forms[1]:
        value = valued(out)
        kind = said[0] if said and said[0] in documented.kinds else None
        told = [documented.complaints(value, [form], kind) for form in forms[1]]
        checks.equal(f"{command}: as docs/json.md has it", sorted(set(min(told, key=len))), [])
    if err.strip():
        error = valued(err)
        checks.equal(f"{command}: what an error has", [list(error), sorted(error["error"])], [["error"], ["code", "hint", "message"]])
        checks.equal(f"{command}: the exit code of {error['error']['code']}", documented.codes.get(error["error"]["code"]), code)
    checks.true(f"{command}: says something", out.strip() or err.strip())


def check_keys(checks, pages, looked=()):
    """`pages`: name → text; `looked`: further answers, as steps() gives them."""
    documented = Documented(PAGE.read_text())
    named = set()
    for page in pages.values():
        for said, out, err, code in steps(page):
            check_answer(checks, documented, said, out, err, code)
            named.add((documented.forms(said) or [""])[0])
    for said, out, err, code in looked:
        check_answer(checks, documented, said, out, err, code)
    checks.equal("commands of docs/json.md that no page has", sorted(set(documented.commands) - named), [])
    types = "\n".join(re.findall(r"\]\(#(\w+)\)", PAGE.read_text()))
    checks.equal("shapes that nothing has", sorted(shape for shape in documented.shapes if shape.lower() not in types.split()), [])
    tables = [("protocol/wire/api.cpp", r'\{"([a-z-]+)", (\d)\}'), ("cli/text.cpp", r'\{Trouble::\w+, "([a-z-]+)", (\d)\}')]
    codes = {code: int(number) for file, row in tables for code, number in re.findall(row, (nodes.ROOT / file).read_text())}
    checks.equal("codes of errors", sorted(documented.codes.items()), sorted(codes.items()))


def main():
    checks = nodes.Checks()
    check_keys(checks, {path.name: path.read_text() for path in sorted((HERE / "json").glob("*.txt"))})
    checks.finish()


if __name__ == "__main__":
    main()
