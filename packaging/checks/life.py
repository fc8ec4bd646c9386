"""The packages' whole life in a clean Debian: built, installed, at work in their sandbox, upgraded, removed, purged."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from container import Container, base, wait
from report import Failure, require, run, say

ROOT = Path(__file__).resolve().parent.parent.parent
AGENT, COLLECTOR = "forewarn-agent", "forewarn-collector"
UNITS = (AGENT, COLLECTOR)
STATE = "/var/lib/forewarn-collector/forewarn.sqlite"


@dataclass
class Packages:
    folder: Path
    debs: dict
    programs: Path


def built():
    """What packaging/deb has made."""
    if os.geteuid() != 0:
        sys.exit("check-packages: booting a clean Debian needs root; --short does not")
    folder = ROOT / ".build/deb"
    debs = {name: next(folder.glob(f"{name}_*.deb"), None) for name in UNITS}
    if None in debs.values():
        sys.exit("check-packages: no packages in .build/deb; packaging/deb builds them")
    return Packages(folder, debs, folder / "forewarn/.build/release")


def build():
    begin = time.monotonic()
    print(run([ROOT / "packaging/deb"], timeout=7200), end="")
    say(f"  built in {time.monotonic() - begin:.0f} s")
    return built()


def checks(packages):
    def lintian():
        words = ["lintian", "--allow-root", "--fail-on", "error,warning", "--display-level", ">=warning"]
        done = subprocess.run([*words, *packages.folder.glob("*.changes")], capture_output=True, text=True)
        require(done.returncode == 0, f"lintian: {done.stdout}{done.stderr}")
        say("  lintian: no error, no warning")

    def whole_life():
        folder = ROOT / ".build/clean"
        root = base(folder, packages.debs.values())
        with tempfile.TemporaryDirectory() as scratch, Container(folder, root) as container:
            say(f"  booted in {container.boot_seconds:.1f} s")
            Life(container, packages, Path(scratch)).goes()
        shutil.rmtree(folder / "run")

    return [lintian, whole_life]


class Life:
    def __init__(self, container, packages, scratch):
        self.inside = container
        self.packages = packages
        self.scratch = scratch
        self.url = "http://localhost:8000"

    def goes(self):
        before = self.files()
        self.install()
        self.measures()
        self.reloads()
        self.takes_credentials()
        self.sees_more()
        self.rises_again()
        self.trains()
        self.upgrade()
        self.leaves(before)

    # MARK: Asking

    def get(self, path):
        words = ["curl", "-sS", "--fail", "--max-time", "20", "--cacert", "/etc/forewarn/ca.pem"]
        if not self.url.startswith("https"):
            words = words[:-2]
        return self.inside.does(*words, f"{self.url}{path}")

    def host(self):
        return json.loads(self.get("/api/v1/hosts/clean"))

    def hears(self, since):
        """Whether a sample that is newer has arrived."""
        try:
            return self.host()["latest"]["time"] > since
        except Failure:
            return False

    def arrives(self, seconds=60):
        now = time.time()
        return wait(seconds, "new sample at the collector", lambda: self.hears(now))

    def are_active(self):
        return all(self.inside.shows(unit, "ActiveState") == "active" for unit in UNITS)

    def files(self):
        """Every file but what a running system writes for itself."""
        skipped = {"proc", "sys", "dev", "run", "tmp", "root", "var/log", "var/cache", "var/tmp", "var/lib/dpkg"}
        skipped |= {"var/lib/systemd"}
        found = set()
        for folder, names, files in os.walk(self.inside.root):
            here = os.path.relpath(folder, self.inside.root)
            names[:] = [name for name in names if os.path.normpath(f"{here}/{name}") not in skipped]
            found |= {os.path.normpath(f"{here}/{name}") for name in names + files}
        return found

    # MARK: The story

    def install(self):
        for name, deb in self.packages.debs.items():
            shutil.copy(deb, self.inside.path(f"/root/{name}.deb"))
        begin = time.monotonic()
        self.inside.does("dpkg", "-i", *(f"/root/{name}.deb" for name in UNITS))
        seconds = time.monotonic() - begin
        wait(30, "active units", self.are_active)
        first = wait(60, "sample at the collector", lambda: self.hears(0))
        say(f"  dpkg -i of both: {seconds:.1f} s; both active, first sample at the collector {first:.1f} s later")
        for unit in UNITS:
            status = self.inside.status(unit)
            users = status["Uid"].split()
            safe = status["CapEff"] == status["CapBnd"] == "0" * 16 and status["NoNewPrivs"] == "1"
            require("0" not in users and safe and status["Seccomp"] == "2", f"{unit} is not confined: {status}")
            require(self.inside.tries("systemctl", "is-enabled", unit).stdout == "enabled\n", f"{unit} is not enabled")
            said = self.inside.tries("systemd-analyze", "verify", f"{unit}.service").stderr
            said = [line for line in said.splitlines() if "forewarn" in line and "man " not in line]
            require(not said, f"systemd-analyze verify: {said}")
        require(len(self.get("/vendor/dygraph.js")) > 50_000, "the dashboard's charts are not served")

    def measures(self):
        """Numbers that the sandbox could have hidden."""
        shutil.copy(self.inside.path("/bin/dash"), self.inside.path("/usr/bin/java"))
        self.inside.does(
            "systemd-run", "--quiet", "--unit=java", "--uid=nobody", "/usr/bin/java", "-c", "while :; do :; done")
        # A server whose three clients have hung up, and which has not noticed.
        hang = """
import socket, time
server = socket.create_server(("127.0.0.1", 7777))
held = []
for _ in range(3):
    with socket.create_connection(("127.0.0.1", 7777)):
        held.append(server.accept()[0])
time.sleep(600)
"""
        sockets = subprocess.Popen([*self.inside.enter("n"), sys.executable, "-c", hang])
        try:
            def seen():
                latest = self.host()["latest"]
                return (latest["java_cpu_pct"] or 0) > 5 and latest["front_close_wait"] == 3 and latest
            wait(60, "Java CPU of another user and sockets in CLOSE_WAIT", seen)
            latest = self.host()["latest"]
        finally:
            sockets.kill()
            sockets.wait(10)
            self.inside.does("systemctl", "stop", "java")
            self.inside.path("/usr/bin/java").unlink()
        missing = set(latest.get("missing", {}))
        require(missing == {"net_in_mb_s", "net_out_mb_s"}, f"missing: {latest.get('missing')}")
        use = os.statvfs(self.inside.root)
        used = use.f_blocks - use.f_bfree
        percent = 100 * used / (used + use.f_bavail)
        require(abs(latest["disk_usage_pct"] - percent) < 1, f"disk {latest['disk_usage_pct']}, found {percent}")
        doctor = self.inside.tries("runuser", "-u", "_forewarn-agent", "--", AGENT, "doctor")
        require(doctor.returncode == 3 and "failed" not in doctor.stdout, f"doctor: {doctor.stdout}")
        say(f"  inside the sandbox: another user's Java {latest['java_cpu_pct']} % CPU, 3 sockets in CLOSE_WAIT by netlink, "
            f"disk {latest['disk_usage_pct']} % as statvfs says; 12 of 14 metrics, for there is no network card")

    def reloads(self):
        for unit, words in ((AGENT, "read the configuration again"), (COLLECTOR, "model loaded")):
            before = self.inside.journal(unit).count(words)
            self.inside.does("systemctl", "reload", unit)
            wait(20, f"reload of {unit}", lambda: self.inside.journal(unit).count(words) > before)
            require(self.inside.shows(unit, "ActiveState") == "active", f"{unit} does not live on after its reload")
            require(self.inside.shows(unit, "NRestarts") == "0", f"{unit} was started again by its reload")

    def takes_credentials(self):
        """The shipped drop-ins: token, TLS key and a channel's secret stay root's files."""
        etc = self.inside.path("/etc/forewarn")
        run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
             "subjectAltName=DNS:localhost", "-keyout", etc / "collector.key", "-out", etc / "collector.pem"])
        shutil.copy(etc / "collector.pem", etc / "ca.pem")
        (etc / "agent.token").write_text("a-token-of-a-test\n")
        (etc / "slack.url").write_text("https://hooks.slack.example/services/T/B/x\n")
        for name in ("pagerduty.key", "mail.password"):
            (etc / name).write_text("x" * 32 + "\n")
        for file in etc.iterdir():
            if file.suffix in (".key", ".token", ".url", ".password"):
                file.chmod(0o600)
        edit(etc / "agent.yaml", ("token_credential: ~", "token_credential: token"), (
            "collector: http://127.0.0.1:8000", "collector: https://localhost:8000"),
            ("ca_file: ~", "ca_file: /etc/forewarn/ca.pem"))
        given = "/run/credentials/forewarn-collector.service"
        edit(etc / "collector.yaml", ("certificate: ~", f"certificate: {given}/tls.pem"), (
            "  key: ~", f"  key: {given}/tls.key"),
            ("channels: {}", "channels: {slack: {kind: slack, url_file: slack-url}}"))
        for name, drops in ((AGENT, ["token"]), (COLLECTOR, ["tls", "secrets"])):
            target = self.inside.path(f"/etc/systemd/system/{name}.service.d")
            target.mkdir()
            for drop in drops:
                shipped = self.inside.path(f"/usr/share/doc/{name}/examples/{drop}.conf")
                shutil.copy(shipped, target)
        self.inside.does("systemctl", "daemon-reload")
        self.inside.does("systemctl", "restart", *UNITS)
        self.url = "https://localhost:8000"
        wait(30, "active units", self.are_active)
        seconds = self.arrives()
        channels = self.get("/api/v1/channels") if self.has("/api/v1/channels") else "slack"
        require("slack" in channels, f"channels: {channels}")
        say(f"  token, TLS key and a channel's secret by LoadCredential: samples over TLS {seconds:.1f} s after the restart")

    def has(self, path):
        return path in self.get("/openapi.json")

    def sees_more(self):
        """Drop-ins that give a right: Java under a false name is seen, a port below 1024 is had."""
        shutil.copy(self.inside.path("/bin/dash"), self.inside.path("/usr/bin/java"))
        disguise = "exec -a app /usr/bin/java -c 'echo app >/proc/self/comm; while :; do :; done'"
        self.inside.does("systemd-run", "--quiet", "--unit=disguised", "--uid=nobody", "/bin/bash", "-c", disguise)
        self.arrives()
        self.arrives()
        blind = self.host()["latest"]["java_cpu_pct"]
        folders = {name: self.inside.path(f"/etc/systemd/system/{name}.service.d") for name in UNITS}
        etc = self.inside.path("/etc/forewarn/collector.yaml")
        before = etc.read_text()
        edit(etc, ("listen: 127.0.0.1:8000", "listen: 127.0.0.1:443"))
        for name, drop in ((AGENT, "java"), (COLLECTOR, "port")):
            shutil.copy(self.inside.path(f"/usr/share/doc/{name}/examples/{drop}.conf"), folders[name])
        self.inside.does("systemctl", "daemon-reload")
        self.inside.does("systemctl", "restart", *UNITS)
        wait(30, "active units", self.are_active)
        port = self.inside.shows(COLLECTOR, "StatusText").split(";")[0]
        require(port == "port 443", f"the collector listens at {port}")
        self.inside.does("rm", str(Path("/etc/systemd/system") / f"{COLLECTOR}.service.d/port.conf"))
        etc.write_text(before)
        self.inside.does("systemctl", "daemon-reload")
        self.inside.does("systemctl", "restart", COLLECTOR)
        wait(30, "active units", self.are_active)
        wait(60, "Java under a false name", lambda: self.hears(0) and (self.host()["latest"]["java_cpu_pct"] or 0) > 5)
        require(blind == 0, f"Java under a false name is seen without java.conf: {blind} %, so it is not needed")
        self.inside.does("systemctl", "stop", "disguised")
        self.inside.path("/usr/bin/java").unlink()
        (folders[AGENT] / "java.conf").unlink()
        self.inside.does("systemctl", "daemon-reload")
        self.inside.does("systemctl", "restart", AGENT)
        self.arrives()
        say("  java.conf shows another user's Java under a false name, which is 0 % without it; port.conf gives port 443")

    def rises_again(self):
        """A stopped process misses its watchdog; each further failure is waited after for longer."""
        drop = self.inside.path(f"/etc/systemd/system/{AGENT}.service.d/test.conf")
        drop.write_text("[Service]\nWatchdogSec=4\nTimeoutAbortSec=2\n")
        self.inside.does("systemctl", "daemon-reload")
        self.inside.does("systemctl", "restart", AGENT)
        self.inside.signal("STOP", AGENT)
        hung = wait(60, "restart by the watchdog", lambda: self.inside.shows(AGENT, "NRestarts") == "1")
        wait(30, "agent after its watchdog", self.are_active)
        gaps = []
        for number in (2, 3):
            self.inside.signal("KILL", AGENT)
            wait(10, "death", lambda: self.inside.shows(AGENT, "ActiveState") != "active")
            gaps.append(wait(60, "restart", self.are_active))
            require(self.inside.shows(AGENT, "NRestarts") == str(number), "NRestarts")
        require(gaps[0] > 4 and gaps[1] > gaps[0] + 3, f"no back-off: {gaps}")
        # A mistake in the configuration is not tried again.
        yaml = self.inside.path("/etc/forewarn/agent.yaml")
        good = yaml.read_text()
        yaml.write_text(good + "no_such_key: 1\n")
        self.inside.tries("systemctl", "restart", AGENT)
        wait(20, "failed unit", lambda: self.inside.shows(AGENT, "ActiveState") == "failed")
        require(self.inside.shows(AGENT, "NRestarts") == "0", "a mistake in the configuration is tried again")
        yaml.write_text(good)
        drop.unlink()
        self.inside.does("systemctl", "daemon-reload")
        begin = time.monotonic()
        self.inside.does("systemctl", "start", AGENT)
        require(time.monotonic() - begin < 6, "a person has to wait")
        self.arrives()
        say(f"  a hung agent is started again after {hung:.0f} s (WatchdogSec=4); after the next two kills it is back in "
            f"{gaps[0]:.0f} and {gaps[1]:.0f} s; a mistake in the configuration is not tried again")

    def trains(self):
        """The training process in the sandbox: its priorities are granted, and its model is taken."""
        etc = self.inside.path("/etc/forewarn/collector.yaml")
        before = etc.read_text()
        # The simulator knows no authority of ours: for as long as this takes, the collector speaks plainly.
        etc.write_text(re.sub(r"(certificate|key): /run/\S+", r"\1: ~", before))
        self.inside.does("systemctl", "restart", COLLECTOR)
        wait(30, "active units", self.are_active)
        self.inside.does(COLLECTOR, "simulate", "--past", "26h", "--for", "1s", timeout=300)
        edit(etc, ("enabled: false", "enabled: true"), ("every: 7d", "every: 10s"), (
            "    minutes: 30", "    minutes: 0.05"), ("min_hosts: 5", "min_hosts: 1"), ("min_days: 3", "min_days: 0"))
        self.inside.does("systemctl", "restart", COLLECTOR)
        wait(30, "active units", self.are_active)
        folder = "/var/lib/forewarn-collector/models/training"
        begin = time.monotonic()
        wait(120, "training process", lambda: "training began" in self.inside.journal(COLLECTOR))
        pid = re.findall(r"training began pid=(\d+)", self.inside.journal(COLLECTOR))[-1]
        stat = self.inside.tries("cat", f"/proc/{pid}/stat").stdout
        require(stat, "the training process could not be looked at")
        fields = stat.rsplit(")", 1)[1].split()
        require((fields[16], fields[38]) == ("19", "5"), f"training is not nice and idle: {fields[16]}, {fields[38]}")
        log = self.inside.path(f"{folder}/log")
        wait(400, "trained model", lambda: "training failed" in self.inside.journal(COLLECTOR) or len(
            json.loads(self.inside.does("curl", "-sS", "http://localhost:8000/api/v1/models"))["models"]) > 1)
        require("training failed" not in self.inside.journal(COLLECTOR), self.inside.journal(COLLECTOR)[-2000:])
        require("was not granted" not in (log.read_text() if log.exists() else ""), "a priority was not granted")
        say(f"  training by schedule in the sandbox: nice 19, CPU only when idle, its model on the shelf after "
            f"{time.monotonic() - begin:.0f} s")
        etc.write_text(before)
        self.inside.does("systemctl", "restart", COLLECTOR)
        wait(30, "active units", self.are_active)
        self.arrives()

    def upgrade(self):
        """A higher version with another shipped configuration over an edited one, the collector away meanwhile."""
        edits = {name: self.inside.path(f"/etc/forewarn/{name}.yaml").read_text() for name in ("agent", "collector")}
        for name in UNITS:
            run(["dpkg-deb", "-R", self.packages.debs[name], self.scratch / name])
            edit(self.scratch / name / "DEBIAN/control", ("Version: ", "Version: 1:"))
            shipped = next((self.scratch / name / "etc/forewarn").iterdir())
            shipped.write_text("# The next version's.\n" + shipped.read_text())
            run(["dpkg-deb", "--root-owner-group", "-b", self.scratch / name, self.inside.path(f"/root/{name}.deb")])
        first_seen = self.host()["first_seen"]
        begin_of_upgrade = time.time()
        self.inside.does("systemctl", "stop", COLLECTOR)
        keep = ["dpkg", "--force-confdef", "--force-confold", "-i"]
        begin = time.monotonic()
        self.inside.does(*keep, f"/root/{AGENT}.deb")
        seconds = time.monotonic() - begin
        time.sleep(12)
        waiting = int(re.search(r"(\d+) waiting", self.inside.shows(AGENT, "StatusText")).group(1))
        require(waiting > 0, "nothing waits in the spool while the collector is away")
        begin = time.monotonic()
        self.inside.does(*keep, f"/root/{COLLECTOR}.deb")
        seconds += time.monotonic() - begin
        wait(30, "active units", self.are_active)
        self.arrives()
        for name, text in edits.items():
            yaml = self.inside.path(f"/etc/forewarn/{name}.yaml")
            require(yaml.read_text() == text, f"the edited {name}.yaml is not what it was")
            require(yaml.with_suffix(".yaml.dpkg-dist").exists(), f"the new {name}.yaml is not offered")
        host = self.host()
        require(host["first_seen"] == first_seen, "the database begins anew")
        for boot in host["sequences"]:
            whole = boot["missing"] == 0 and boot["unexplained"] == 0
            require(whole, f"samples are missing: {boot}")
        times = self.sample_times(begin_of_upgrade - 10)
        gap = max(after - before for before, after in zip(times, times[1:]))
        require(gap < 9, f"{gap:.1f} s without a sample")
        say(f"  upgrade of both in {seconds:.1f} s, the collector away for its part: {waiting} records waited, none is "
            f"missing, at most {gap:.1f} s between two samples; edited configurations kept, the new ones beside them")
        for unit in UNITS:
            status = self.inside.status(unit)
            say(f"  {unit}: {int(status['VmRSS'].split()[0]) / 1024:.1f} MB resident, {status['Threads']} threads")

    def sample_times(self, since):
        path = self.inside.path(STATE)
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            rows = database.execute(
                "SELECT time_ms FROM sample JOIN host USING (server_id) WHERE name = 'clean' AND time_ms > ? ORDER BY 1",
                (int(since * 1000),))
            return [row[0] / 1000 for row in rows]

    def leaves(self, before):
        self.inside.does("dpkg", "-r", *UNITS)
        for name in ("agent", "collector"):
            require(self.inside.path(f"/etc/forewarn/{name}.yaml").exists(), "remove takes the configuration along")
            require(self.inside.path(f"/var/lib/forewarn-{name}").exists(), "remove takes the state along")
            require(not self.inside.path(f"/usr/bin/forewarn-{name}").exists(), "remove leaves the program")
        require(not self.inside.tries("pidof", *UNITS).stdout, "a program runs on")
        # What this test has put there itself.
        for file in self.inside.path("/etc/forewarn").iterdir():
            if ".yaml" not in file.name:
                file.unlink()
        for unit in UNITS:
            shutil.rmtree(self.inside.path(f"/etc/systemd/system/{unit}.service.d"))
        self.inside.does("dpkg", "--purge", *UNITS)
        left = sorted(path for path in self.files() - before if not re.match(r"etc/(\.pwd\.lock|[a-z]+-?)$", path))
        require(not left, f"purge leaves {left}")
        users = [line.split(":")[0] for line in self.inside.path("/etc/passwd").read_text().splitlines()]
        stay = sorted(user for user in users if user.startswith("_forewarn"))
        say(f"  remove keeps configuration and state; purge leaves no file; the users {', '.join(stay)} stay")


def edit(path, *changes):
    """Replaces what must be there."""
    text = path.read_text()
    for old, new in changes:
        require(old in text, f"{path.name} has no {old!r}")
        text = text.replace(old, new, 1)
    path.write_text(text)
