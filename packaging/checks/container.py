"""A clean Debian 12, made once by debootstrap and booted by systemd-nspawn: systemd is its first process, and it has no
network but its own loopback."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from report import Failure, require, run, say

MIRROR = "http://deb.debian.org/debian"
# dbus as any server has it; curl asks the collector; libjs-dygraphs is recommended.
INCLUDED = "systemd,systemd-sysv,dbus,curl,ca-certificates,libjs-dygraphs,systemd-timesyncd"


def base(folder, packages):
    """The root that every run copies: Debian and what the packages depend on."""
    root = folder / "root"
    stamp = folder / "made-for"
    wanted = " ".join(sorted(depends_on(packages)))
    if not root.exists() or not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(root, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        begin = time.monotonic()
        run(["debootstrap", "--variant=minbase", f"--include={INCLUDED}", "bookworm", root, MIRROR], timeout=1800)
        apt = ["chroot", root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
        run([*apt, "install", "-y", "-qq", "--no-install-recommends", *wanted.split()], timeout=900)
        run([*apt, "clean"])
        stamp.write_text(wanted)
        say(f"  a clean Debian 12 by debootstrap: {time.monotonic() - begin:.0f} s, kept for the next time")
    return root


def depends_on(packages):
    """The first choice of each dependency."""
    for package in packages:
        for part in run(["dpkg-deb", "-f", package, "Depends"]).split(","):
            yield part.split("|")[0].split("(")[0].strip()


class Container:
    """A copy of the base that runs until the end of `with`."""

    def __init__(self, folder, root):
        self.folder = folder
        self.root = folder / "run"
        shutil.rmtree(self.root, ignore_errors=True)
        run(["cp", "-a", "--reflink=auto", root, self.root], timeout=300)
        # debootstrap left this machine's name in it.
        self.path("/etc/hostname").write_text("clean\n")

    def __enter__(self):
        words = [
            "systemd-nspawn", "--quiet", f"--directory={self.root}", "--boot", "--private-network", "--register=no",
            "--keep-unit", "--machine=forewarn",
        ]
        self.console = open(self.folder / "console.log", "wb")
        begin = time.monotonic()
        self.process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=self.console, stderr=self.console, start_new_session=True)
        self.leader = None
        try:
            wait(60, "a booted container", self.is_up)
        except Failure:
            self.__exit__()
            raise
        self.boot_seconds = time.monotonic() - begin
        return self

    def is_up(self):
        require(self.process.poll() is None, f"systemd-nspawn ended; {self.folder}/console.log says why")
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        if not children:
            return False
        self.leader = int(children[0])
        state = self.tries("systemctl", "is-system-running").stdout.strip()
        return state in ("running", "degraded")

    def __exit__(self, *_):
        if self.process.poll() is None:
            # Its first process shuts down in order: systemd(1), SIGRTMIN+4.
            if self.leader:
                os.kill(self.leader, signal.SIGRTMIN + 4)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                if self.leader:
                    os.kill(self.leader, signal.SIGKILL)
                self.process.kill()
                self.process.wait(30)
        self.console.close()

    def enter(self, spaces="muinp"):
        """The words that begin a command inside."""
        return ["nsenter", f"--target={self.leader}", *(f"-{space}" for space in spaces), "--"]

    def tries(self, *words, timeout=120):
        return subprocess.run([*self.enter(), *words], capture_output=True, text=True, timeout=timeout)

    def does(self, *words, timeout=120):
        return run([*self.enter(), *words], timeout=timeout)

    def signal(self, name, unit):
        """A minimal Debian has no kill(1) but the shell's."""
        self.does("sh", "-c", f"kill -{name} {self.shows(unit, 'MainPID')}")

    def shows(self, unit, name):
        return self.does("systemctl", "show", "--value", f"--property={name}", unit).strip()

    def journal(self, unit):
        return self.does("journalctl", "--no-pager", "-o", "cat", "-u", unit)

    def path(self, inside):
        return self.root / inside.lstrip("/")

    def status(self, unit):
        """The lines of its main process's /proc/PID/status, by name."""
        lines = self.does("cat", f"/proc/{self.shows(unit, 'MainPID')}/status").splitlines()
        return {key: value.strip() for key, value in (line.split(":", 1) for line in lines)}


def wait(seconds, what, holds):
    """Until it holds; says how long that took."""
    begin = time.monotonic()
    while True:
        found = holds()
        if found:
            return time.monotonic() - begin
        if time.monotonic() - begin > seconds:
            raise Failure(f"no {what} within {seconds} s")
        time.sleep(0.2)
