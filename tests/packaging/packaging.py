#!/usr/bin/python3
"""The manual pages and what is installed: every page is there in both languages and without a warning of mandoc, the files are where
Debian expects them, the installed programs run, and lintian finds no error in the package."""

import argparse
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from node import ROOT, Checks, environment  # noqa: E402


def run(*line, **how):
    return subprocess.run([str(word) for word in line], capture_output=True, check=False, timeout=280, **how)


def nouns_of(budstikke):
    """As completion offers them: every noun of the tables."""
    lines = run(budstikke, "__complete", "--lang", "en", "", env=environment()).stdout.decode().splitlines()
    return [line.split("\t")[0] for line in lines]


def check_pages(checks, share, nouns):
    pages = sorted(path for path in (share / "man").rglob("*.[18].gz"))
    wanted = {"man1/budstikke.1", "man8/budstikked.8", "man8/budstikke-door.8", *(f"man1/budstikke-{noun}.1" for noun in nouns)}
    for folder in ("", "da/"):
        found = {str(path.relative_to(share / "man" / folder)).removesuffix(".gz") for path in pages if (path.parent.parent.name == "da") == bool(folder)}
        checks.equal(f"manual pages in {folder or 'en'}", found, wanted)
    for page in pages:
        if page.name == "budstikke-door.8.gz":
            continue  # refers to another
        lint = run("mandoc", "-T", "lint", "-W", "warning", page)
        checks.equal(f"mandoc of {page.relative_to(share)}", lint.stdout.decode() + lint.stderr.decode(), "")
    danish = re.sub(".\x08", "", run("mandoc", "-T", "utf8", share / "man/da/man1/budstikke.1.gz").stdout.decode())
    for heading in ("NAVN", "SLUTKODER", "MILJØ", "EKSEMPLER"):
        checks.true(f"the Danish page has {heading}", heading in danish)


def check_files(checks, usr):
    for path in ("bin/budstikke", "bin/budstikked", "bin/budstikke-door", "lib/systemd/system/budstikked.service", "lib/systemd/system/budstikke-web.service", "lib/sysusers.d/budstikke.conf",
                 "share/bash-completion/completions/budstikke", "share/zsh/vendor-completions/_budstikke",
                 "share/fish/vendor_completions.d/budstikke.fish", "share/doc/budstikke/README.md", "share/doc/budstikke/json.md", "share/doc/budstikke/log.md",
                 "share/doc/budstikke/copyright", "share/doc/budstikke/budstikked.toml", "share/doc/budstikke/alerts.yml"):
        checks.true(f"{path} is installed", (usr / path).is_file() and (usr / path).stat().st_size > 0)
    # The installed command finds the daemon beside it.
    home = usr.parent / "home"
    made = run(usr / "bin/budstikke", "--home", home, "init", "--council", "Ærø", "--listen", "", env=environment())
    checks.equal("the installed programs make a home", (made.returncode, (home / "config.toml").is_file()), (0, True))


def check_keys(checks, usr):
    """Every key of the configuration is in the daemon's manual page."""
    home = usr.parent / "home"  # that check_files() made
    said = run(usr / "bin/budstikked", "--home", home, "--check", env=environment())
    keys = re.findall(r"^(\S+) = ", said.stdout.decode(), re.M)
    checks.equal("budstikked --check", (said.returncode, len(keys) > 3), (0, True))
    for language in ("en", "da"):
        page = run(usr / "bin/budstikke", "--lang", language, "man", "budstikked", env=environment()).stdout.decode()
        checks.equal(f"keys in the page ({language})", re.findall(r'^\.B "((?:council|network)\..*)"', page, re.M), keys)


def check_service(checks, usr):
    unit = usr / "lib/systemd/system/budstikked.service"
    lines = unit.read_text().splitlines()
    for line in ("Type=notify", "StateDirectoryMode=0700", "RuntimeDirectory=budstikke", "RuntimeDirectoryMode=0750", "RestartPreventExitStatus=78",
                 "ExecReload=/usr/bin/budstikke --home /var/lib/budstikke daemon reload --wait", "WatchdogSec=180"):
        checks.true(f"the service has {line}", line in lines)
    if shutil.which("systemd-analyze") is None:
        print("systemd-analyze is not installed: the service is not verified")
        return
    plain = usr.parent / "budstikked.service"  # with programs that are there
    plain.write_text(unit.read_text().replace("/usr/bin/", f"{usr}/bin/"))
    verified = run("systemd-analyze", "verify", "--man=no", plain)
    checks.equal("systemd-analyze verify: " + verified.stderr.decode(), [line for line in verified.stderr.decode().splitlines()
                                                                        if "budstikked.service" in line], [])
    for name in ("budstikked", "budstikke-web"):
        unit = usr / f"lib/systemd/system/{name}.service"
        rated = run("systemd-analyze", "security", "--offline=true", "--no-pager", unit).stdout.decode().strip().splitlines()
        checks.true(f"{name} is confined well: " + (rated[-1] if rated else "no answer"), rated and " OK " in rated[-1] + " ")


def check_timers(checks, usr):
    """What the timers' units run is a command line of the command that is installed: usage is looked at before a node is asked."""
    units = usr / "lib/systemd/system"
    for name in ("backup", "remind"):
        timer = (units / f"budstikke-{name}.timer").read_text()
        checks.true(f"{name}: a computer that was off does it later", "Persistent=true" in timer and "OnCalendar=" in timer)
        service = (units / f"budstikke-{name}.service").read_text()
        settings = dict(re.findall(r"(BUDSTIKKE_\w+)=(\S*)", re.search(r"^Environment=(.*)$", service, re.M)[1]))
        settings["BUDSTIKKE_MAIL"] = "sekretariat@raad.example.dk"
        words = shlex.split(re.sub(r"\$\{(\w+)\}", lambda found: settings[found[1]], re.search(r"^ExecStart=(.*)$", service, re.M)[1]))
        words[0] = str(usr / words[0].removeprefix("/usr/"))
        words[words.index("--home") + 1] = str(usr.parent / "home")  # which check_files() made, and in which no node runs
        words = [str(usr) if word == settings.get("BUDSTIKKE_BACKUPS") else word for word in words]
        ran = run(*words, env=environment())
        checks.equal(f"{name}: its command asks a node: {ran.stderr.decode()}", ran.returncode, 3)
    offered = (usr.parent / "etc/default/budstikke").read_text()
    checks.true("each setting is explained", all(f"#{key}=" in offered for key in ("BUDSTIKKE_BACKUPS", "BUDSTIKKE_BACKUPS_KEPT", "BUDSTIKKE_MAIL", "BUDSTIKKE_LANG")))
    if shutil.which("systemd-analyze") is not None:
        verified = run("systemd-analyze", "verify", "--man=no", *sorted(units.glob("budstikke-*.timer")))
        complaints = [line for line in verified.stderr.decode().splitlines() if "budstikke" in line and "not executable" not in line]
        checks.equal("systemd takes the timers", complaints, [])


def check_package(checks, build, folder):
    made = run("cpack", "--config", build / "CPackConfig.cmake", "-B", folder)
    packages = list(folder.glob("*.deb"))
    if not checks.equal("cpack makes one package: " + made.stderr.decode()[-500:], len(packages), 1):
        return
    linted = run("lintian", "--allow-root", "--fail-on", "error", "--tag-display-limit", "0", packages[0])
    errors = [line for line in linted.stdout.decode().splitlines() if line.startswith("E:")]
    checks.equal("lintian's errors", errors, [])
    checks.equal("lintian ran: " + linted.stderr.decode()[-300:], linted.returncode, 0)
    print("\n".join(line for line in linted.stdout.decode().splitlines() if line.startswith("W:")))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=Path, default=ROOT / "build/release/bin")
    args = parser.parse_args()
    missing = [tool for tool in ("mandoc", "lintian", "cpack") if shutil.which(tool) is None]
    if missing:
        sys.exit(f"not installed: {', '.join(missing)}; see scripts/install-deps")
    checks = Checks()
    build = args.bin.resolve().parent
    folder = Path(tempfile.mkdtemp(prefix="bs-", dir="/tmp"))
    try:
        installed = run("cmake", "--install", build, "--prefix", "/usr", env={**environment(), "DESTDIR": str(folder / "root")})
        checks.equal("cmake --install: " + installed.stderr.decode()[-500:], installed.returncode, 0)
        usr = folder / "root/usr"
        check_files(checks, usr)
        check_pages(checks, usr / "share", nouns_of(usr / "bin/budstikke"))
        check_keys(checks, usr)
        check_service(checks, usr)
        check_timers(checks, usr)
        check_package(checks, build, folder / "deb")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    checks.finish()


if __name__ == "__main__":
    main()
