"""The units, and what the packages say of themselves, without building anything."""

import re
import subprocess
import tempfile
from pathlib import Path

from report import require, run, same, say

PACKAGING = Path(__file__).resolve().parent.parent
EXPOSURE_MAX = {"forewarn-agent": 2.0, "forewarn-collector": 3.0}
# dpkg-dev's build-essential brings these.
ESSENTIAL = {"g++", "linux-libc-dev"}


def security():
    for name, most in EXPOSURE_MAX.items():
        unit = PACKAGING / "debian" / f"{name}.service"
        shown = run(["systemd-analyze", "security", "--offline=true", "--no-pager", unit])
        score = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", shown).group(1))
        say(f"  {name}.service: systemd-analyze security {score}, at most {most} is allowed")
        require(score <= most, f"{name}.service scores {score}")


def quiet(unit):
    """What it does not know it only mentions, and ends with 0 all the same."""
    words = ["systemd-analyze", "verify", "--man=no", unit]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    said = [line for line in done.stderr.splitlines() if unit.name in line or str(unit.parent) in line]
    require(done.returncode == 0 and not said, f"systemd-analyze verify: {done.stderr}")


def verify(programs):
    with tempfile.TemporaryDirectory() as folder:
        for name in EXPOSURE_MAX:
            text = (PACKAGING / "debian" / f"{name}.service").read_text()
            text = text.replace(f"/usr/bin/{name}", str(programs / name))
            text = text.replace(f"/usr/libexec/{name}/back-off", str(PACKAGING / "debian/back-off"))
            for key in ("MemoryMax", "CPUQuota", "WatchdogSec", "RestartSec", "ExecReload"):
                require(re.search(rf"^{key}=.", text, re.M), f"{name}.service has no {key}=")
            unit = Path(folder) / f"{name}.service"
            unit.write_text(text)
            quiet(unit)
            # The drop-ins that are shipped as examples must be of its kind.
            drop = unit.with_name(f"{name}.service.d")
            for example in sorted((PACKAGING / "debian/examples" / name.removeprefix("forewarn-")).iterdir()):
                drop.mkdir(exist_ok=True)
                file = drop / example.name
                file.write_text(example.read_text())
                quiet(unit)
                file.unlink()
    run(["sh", "-n", PACKAGING / "debian/back-off"])
    say("  systemd-analyze verify: nothing to say of the units and their drop-ins")


def sections():
    """The packages of packaging/dependencies, by section."""
    lists = {}
    for line in (PACKAGING / "dependencies").read_text().splitlines():
        if line and not line.startswith("#"):
            name, package = line.split()[:2]
            lists.setdefault(name, set()).add(package)
    return lists


def relations():
    """debian/control repeats the one list; the changelog has the program's version."""
    control = (PACKAGING / "debian/control").read_text()
    fields = dict(re.findall(r"^([A-Z][\w-]+): ((?:.*\n(?: .*\n)*))", control, re.M))
    build = {word.split()[0] for word in fields["Build-Depends"].split(",") if word.strip()}
    same("Build-Depends", build - {"debhelper-compat"}, sections()["build"] - ESSENTIAL)
    for line in re.findall(r"^(?:Depends|Recommends): (.*)$", control, re.M):
        for package in line.split(","):
            package = package.strip()
            known = package.startswith("${") or package in sections()["run"]
            require(known, f"packaging/dependencies lacks {package}, which debian/control names")
    top = re.match(r"forewarn \((\S+)\)", (PACKAGING / "debian/changelog").read_text()).group(1)
    source = (PACKAGING.parent / "Shared/Telemetry/Version.swift").read_text()
    program = re.search(r'program = "([^"]+)"', source).group(1)
    require(top == program, f"debian/changelog is at {top}, Shared/Telemetry/Version.swift at {program}")
    say(f"  version {top}; build and run-time packages are those of packaging/dependencies")
