#!/usr/bin/python3
"""`budstikke web` at a real node: who is let in, that each page is fit to be read by anybody, that the figures are as Prometheus takes them,
and that hundreds of hostile requests leave page and node as they were.

Structure    What a program can hold of WCAG 2.1 AA: the language is said, one h1 and no level left out, tables have headings with a scope,
             fields have labels, the first link leads to the content, ids are there once, links say something, nothing inline.
"""

import http.client
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from node import ROOT, Checks, Node, arguments, environment  # noqa: E402

PAGES = ("", "calendar", "contacts", "hearings", "peers")
LEAST_HOSTILE = 300
HOSTILE = "<img src=x onerror=alert(1)>\"'&"
WAIT_SECONDS = 20


def eventually(holds):
    until = time.monotonic() + WAIT_SECONDS
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


class Web:
    """The command, begun at a port that is free."""

    def __init__(self, node, *flags):
        self.out = node.folder / "web.out"
        line = [node.bin / "budstikke", "--home", node.home, "--lang", "da", "web", "--listen", "127.0.0.1:0", *flags]
        with open(self.out, "wb") as out:
            self.process = subprocess.Popen(line, stdout=out, stderr=subprocess.STDOUT, env=environment(**node.place()))
        told = None
        until = time.monotonic() + WAIT_SECONDS
        while told is None and time.monotonic() < until and self.process.poll() is None:
            told = re.search(r"http://127\.0\.0\.1:(\d+)/\?token=([0-9a-f]{48})\n", self.out.read_text())
            time.sleep(0.02)
        if told is None:
            raise RuntimeError("budstikke web did not begin: " + self.out.read_text())
        self.port, self.token = int(told.group(1)), told.group(2)
        self.key = self.ask("/?token=" + self.token, cookie=False).headers["Location"]

    def ask(self, path, method="GET", cookie=True, language="da", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_SECONDS)
        given = {"Accept-Language": language, **({"Cookie": "budstikke=" + self.token} if cookie else {}), **headers}
        connection.request(method, path, headers=given)
        reply = connection.getresponse()
        reply.body = reply.read()
        connection.close()
        return reply

    def page(self, path, **how):
        reply = self.ask(self.key + path, **how)
        return reply.status, reply.body.decode()

    def raw(self, data):
        """What comes back for these bytes, however they are broken."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=WAIT_SECONDS) as line:
            line.settimeout(0.25)
            came = b""
            try:
                line.sendall(data)
                line.shutdown(socket.SHUT_WR)
                while part := line.recv(65536):
                    came += part
            except OSError:
                pass
            return came

    def health(self):
        reply = self.ask("/health", cookie=False)
        return reply.status, reply.body

    def descriptors(self):
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def memory(self):
        return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text()).group(1))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(WAIT_SECONDS)


class Structure(HTMLParser):
    """What is wrong with a page for who cannot see it, or has no mouse."""

    VOID = {"meta", "link", "input", "br", "img"}

    def __init__(self, text):
        super().__init__()
        self.wrong, self.levels, self.ids, self.labels, self.fields, self.links, self.open = [], [], [], [], [], [], []
        self.first_link, self.link_text, self.language = None, None, None
        self.feed(text)
        self.close()
        if self.open:
            self.wrong.append(f"not closed: {self.open}")
        if self.levels[:1] != [1] or self.levels.count(1) != 1 or any(b > a + 1 for a, b in zip(self.levels, self.levels[1:])):
            self.wrong.append(f"headings: {self.levels}")
        if len(set(self.ids)) != len(self.ids):
            self.wrong.append(f"ids: {self.ids}")
        if not self.first_link or self.first_link[1:] not in self.ids:
            self.wrong.append(f"no way past the menu: {self.first_link}")
        self.wrong += [f"no label: {field}" for field in self.fields if field not in self.labels]

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag not in self.VOID:
            self.open.append(tag)
        if tag in ("script", "style", "iframe", "object", "img", "svg", "base") or any(name.startswith("on") or name == "style" for name in given):
            self.wrong.append(f"not to be here: {tag} {given}")
        if tag == "html":
            self.language = given.get("lang")
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag == "th" and given.get("scope") not in ("col", "row"):
            self.wrong.append("a heading of a table without scope")
        if tag == "input" and given.get("type") != "hidden":
            self.fields.append(given.get("id"))
        if tag == "label":
            self.labels.append(given.get("for"))
        if tag == "nav" and not given.get("aria-label"):
            self.wrong.append("a menu without a name")
        if tag == "a":
            self.first_link = self.first_link or given.get("href")
            self.links.append(given.get("href"))
            self.link_text = ""
        if "id" in given:
            self.ids.append(given["id"])

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"closed out of order: {tag}")
        if tag == "a" and not self.link_text.strip():
            self.wrong.append("a link that says nothing")

    def handle_data(self, data):
        if self.link_text is not None:
            self.link_text += data


def fill(node):
    node.found("Region Syd")
    node.text("event", "add", "--title", HOSTILE, "--start", "i morgen 17", "--place", "Rådhuset")
    node.text("hearing", "add", "--title", HOSTILE, "--deadline", "om 3 uger")
    node.text("hearing", "add", "--title", "Forbi", "--deadline", "1-1-2026")
    node.text("contact", "add", "--name", HOSTILE, "--email", "post@example.dk", "--organisation", "Biblioteket")


def check_begin(checks, node, web):
    place = node.folder / "state/budstikke/web/token"
    checks.equal("the token's file", (place.read_text(), place.stat().st_mode & 0o777), (web.token + "\n", 0o600))
    checks.true("the token is in no list of processes", web.token.encode() not in Path(f"/proc/{web.process.pid}/cmdline").read_bytes())
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines() if f":{web.port:04X} 00000000:0000 0A" in line]
    checks.equal("it listens at loopback alone", [line[1] for line in listening], [f"0100007F:{web.port:04X}"])
    again = node.run("--json", "web", "--listen", f"127.0.0.1:{web.port}")
    checks.equal("a second one at the port", (again.returncode, b"cannot-serve" in again.stderr), (1, True))


def check_entry(checks, web):
    reply = web.ask("/?token=" + web.token, cookie=False)
    checks.equal("the token leads on", (reply.status, reply.headers["Set-Cookie"], reply.body),
                 (303, f"budstikke={web.token}; Path={web.key}; HttpOnly; SameSite=Strict", b""))
    for path in ("/", "/?token=", "/?token=" + "0" * 48, web.key, web.key + "contacts"):
        reply = web.ask(path, cookie=False)
        checks.equal(f"{path[:9]} without the token", (reply.status, b"post@example.dk" in reply.body, b'<section lang="en">' in reply.body), (401, False, True))
    bearer = web.ask("/metrics", cookie=False, Authorization="Bearer " + web.token)
    checks.equal("the figures by a header", bearer.status, 200)
    checks.equal("the figures without", web.ask("/metrics", cookie=False).status, 401)
    for host in ("evil.example", f"evil.example:{web.port}", "127.0.0.1:1", ""):
        checks.true(f"the name {host!r} is refused", web.ask(web.key, Host=host).status in (400, 403))
    two = web.raw(b"GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nHost: evil\r\nCookie: budstikke=%s\r\n\r\n" % (web.key.encode(), web.port, web.token.encode()))
    checks.true("two names are refused", b" 400 " in two[:20] or b" 403 " in two[:20])
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
        checks.equal(method, web.ask(web.key, method=method).status, 405)


def check_pages(checks, web):
    for language in ("da", "en"):
        for path in (*PAGES, "tilgaengelighed", "none"):
            status, text = web.page(path, language=language)
            seen = Structure(text)
            checks.equal(f"{language} {path}", (status, seen.language, seen.wrong), (404 if path == "none" else 200, language, []))
            checks.true(f"{language} {path} keeps what was written as text", "<img" not in text)
            head = web.ask(web.key + path, method="HEAD", language=language)
            checks.equal(f"HEAD {path}", (head.status, head.body), (status, b""))
            for link in seen.links:
                if not link.startswith("#"):
                    checks.true(f"{path} leads to {link}", web.ask(link).status in (200, 404))
    status, today = web.page("")
    checks.true("what waits is there", "&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;" in today)
    checks.true("a contact is found", "1 kontakt." in web.page("contacts?q=BIBLIOTEK+onerror")[1])
    checks.true("and none that is not", "0 kontakter." in web.page("contacts?q=%00%3Cb%3E")[1])
    checks.true("what is no UTF-8 is not looked for", "1 kontakt." in web.page("contacts?q=%ff")[1])
    checks.true("without the token the statement can be read", web.ask("/tilgaengelighed", cookie=False).status == 200)
    for path in ("/", "/tilgaengelighed"):
        checks.equal(f"{path} for who is outside", Structure(web.ask(path, cookie=False).body.decode()).wrong, [])


def check_metrics(checks, web):
    text = web.ask(web.key + "metrics").body.decode()
    names, series = {}, []
    for line in text.splitlines():
        if line.startswith("# "):
            word, name, rest = line[2:].split(" ", 2)
            names.setdefault(name, {})[word] = rest
            continue
        found = re.fullmatch(r'(budstikke_[a-z_]+)((?:\{(?:[a-z]+="(?:[^"\\\n]|\\.)*",?)+\})?) (-?\d+)', line)
        if checks.true(f"a line of figures: {line}", found):
            checks.true(f"{line} is explained", set(names.get(found.group(1), ())) == {"HELP", "TYPE"})
            series.append(found.group(1) + found.group(2))
    checks.equal("each series once", len(series), len(set(series)))
    rules = ROOT / "configs/alerts.yml"
    asked = set(re.findall(r"\bbudstikke_[a-z_]+", "\n".join(re.findall(r"expr: (.*)", rules.read_text()))))
    checks.true("there are alerts", len(asked) > 5)
    checks.equal("what alerts ask for that is not there", asked - set(names), set())
    if shutil.which("promtool"):
        checks.equal("promtool on the rules", subprocess.run(["promtool", "check", "rules", rules], capture_output=True, check=False).returncode, 0)
        checks.equal("promtool on the figures", subprocess.run(["promtool", "check", "metrics"], input=text.encode(), capture_output=True, check=False).stderr, b"")


def hostile(web):
    """Requests as nobody decent sends them."""
    draw = random.Random(20)
    host = b"Host: 127.0.0.1:%d\r\n" % web.port
    cookie = b"Cookie: budstikke=" + web.token.encode() + b"\r\n"
    def get(path, headers=b"", version=b"HTTP/1.1"): return b"GET " + path + b" " + version + b"\r\n" + host + cookie + headers + b"\r\n"
    yield from (b"", b"\r\n\r\n", b"\0" * 500, b"\xff" * 500, b"GET", b"GET /\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00" + os.urandom(200), b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    for path in (b"/%00", b"/health%00x", b"//", b"/../../etc/passwd", b"/..%2f..%2fetc/passwd", b"/%2e%2e/", b"/%", b"/%zz", b"/%c0%ae", b"http://evil/",
                 b"*", b"/?" + b"a=b&" * 3000, b"/" + b"a" * 20000, b"/?token=" + b"a" * 20000, b"/?token=%00", b"/?token&token=&=token", b"/\x7f", b"/?q=\xff\xfe", b"/;x", b"/#"):
        for version in (b"HTTP/1.1", b"HTTP/1.0", b"HTTP/0.9", b"HTTP/9.9", b"ICY"):
            yield get(path, version=version)
        yield get(web.key.encode() + path)
    for name in (b"Content-Length: 5\r\n", b"Content-Length: -1\r\n", b"Content-Length: 99999999999999999999\r\n", b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: x\r\n",
                 b"Content-Length: 5\r\nContent-Length: 6\r\n", b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"Expect: 100-continue\r\nContent-Length: 9\r\n",
                 b"Range: bytes=0-0,1-1,2-2\r\n", b"Upgrade: websocket\r\nConnection: Upgrade\r\n", b"Connection: keep-alive, close\r\n", b"Accept-Language: " + b"da," * 4000 + b"\r\n",
                 b"Authorization: Bearer\r\n", b"Authorization: Bearer " + b"a" * 9000 + b"\r\n", b"Cookie: budstikke=a; budstikke=b; =; ;;\r\n", b"Cookie: " + b"a=b;" * 3000 + b"\r\n",
                 b": x\r\n", b"X\r\n", b"X: \0\r\n", b" X: folded\r\n", b"X: a\r\n b\r\n", b"x: y\r\n" * 2000, b"X: " + b"y" * 40000 + b"\r\n", b"X:\n\n"):
        for path in (b"/", b"/health", web.key.encode()):
            yield get(path, name)
            yield get(path, name) + b"hello" * 10
    for month in (b"2027-00", b"99999-01", b"2027-1e9", b"-2027-01", b"2027-01-01T00:00:00Z", b"%0d%0aSet-Cookie:%20x=y", b"%3Cscript%3E", b"%f0%9f%98%80"):
        for page, name in ((b"calendar", b"month"), (b"contacts", b"q"), (b"", b"lang")):
            yield get(web.key.encode() + page + b"?" + name + b"=" + month)
    yield get(b"/") * 300
    for _ in range(60):
        whole = bytearray(get(web.key.encode() + b"contacts?q=a"))
        for _ in range(draw.randrange(1, 6)):
            whole[draw.randrange(len(whole))] = draw.randrange(256)
        yield bytes(whole)


def check_hostile(checks, node, web):
    tried = {bytes(data) for data in hostile(web)}
    checks.true(f"{len(tried)} hostile requests are enough", len(tried) >= LEAST_HOSTILE)
    web.raw(b"GET /health HTTP/1.0\r\n\r\n")
    descriptors, memory = web.descriptors(), web.memory()
    for data in sorted(tried):
        came = web.raw(data)
        for status in re.findall(rb"^HTTP/1\.[01] (\d+)", came, re.M):
            checks.true(f"{data[:60]!r} is answered with {status}", int(status) != 500)
        if b"Set-Cookie: x" in came.partition(b"\r\n\r\n")[0] or b"<script" in came:
            checks.true(f"{data[:80]!r} comes back as it was", False)
    checks.equal("the page goes on", (web.process.poll(), web.health()), (None, (200, b"ok\n")))
    checks.true("it holds no more descriptors", eventually(lambda: web.descriptors() <= descriptors + 2))
    checks.true(f"nor much more memory: {web.memory() - memory} KiB", web.memory() < memory + 8192)
    checks.equal("the node goes on", (node.daemon.poll(), node.run("check").returncode in (0, 1)), (None, True))


def check_crowd(checks, web):
    """More connections than it takes, of whom none says anything, keep nobody out for longer than their time."""
    crowd = [socket.create_connection(("127.0.0.1", web.port), timeout=WAIT_SECONDS) for _ in range(80)]
    began = time.monotonic()
    checks.equal("behind a silent crowd", web.health(), (200, b"ok\n"))
    print(f"answered behind 80 silent connections after {time.monotonic() - began:.1f} s")
    for line in crowd:
        line.close()


def check_without_node(checks, node, web):
    node.stop()
    checks.equal("without a node", web.health(), (503, b"not-running\n"))
    status, text = web.page("peers")
    checks.equal("a page without a node", (status, "Knuden kører ikke" in text, Structure(text).wrong), (503, True, []))
    checks.true("the figures say so", b"budstikke_up 0\n" in web.ask(web.key + "metrics").body)
    node.start()
    checks.true("with the node again, once it has its door", eventually(lambda: web.health() == (200, b"ok\n")))
    checks.equal("a page with the node again", web.page("peers")[0], 200)


def main():
    args = arguments()
    checks = Checks()
    with Node(args.bin) as node:
        web = Web(node)
        try:
            alone = web.page("")
            checks.equal("in no network yet", (alone[0], "budstikke netværk opret" in alone[1]), (200, True))
            fill(node)
            check_begin(checks, node, web)
            check_entry(checks, web)
            check_pages(checks, web)
            check_metrics(checks, web)
            check_hostile(checks, node, web)
            check_crowd(checks, web)
            check_without_node(checks, node, web)
            checks.equal("it ends when it is told to", web.stop(), -signal.SIGTERM)
        finally:
            if web.process.poll() is None:
                web.process.kill()
                web.process.wait()
    checks.finish()


if __name__ == "__main__":
    main()
