"""A collector and what feeds it, each on a free port of this machine and with a folder of its own."""

import json
import os
import pathlib
import random
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("FOREWARN_BIN", ROOT / ".build/release")) / "forewarn-collector"
MODEL = ROOT / "Collector/Models/hosts"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def until(condition, seconds, what):
    """The first true answer of the condition; an AssertionError that says what did not come."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"after {seconds} s: {what}")
        time.sleep(0.1)


class Collector:
    def __init__(self, *arguments, config=None):
        self.folder = tempfile.mkdtemp(prefix="forewarn-browser.")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.control = free_port()
        self.arguments = list(arguments)
        if config:
            path = pathlib.Path(self.folder) / "collector.yaml"
            path.write_text(config)
            self.arguments += ["--config", str(path)]
        self.fleet = None
        self.process = None
        self.start()

    def start(self):
        command = [
            PROGRAM, "serve", "--listen", f"127.0.0.1:{self.port}", "--state", f"{self.folder}/state",
            "--model", MODEL, "--scenario-control", f"127.0.0.1:{self.control}", *self.arguments,
        ]
        with open(f"{self.folder}/collector.log", "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        until(self.is_alive, 30, "the collector answers")

    def is_alive(self):
        try:
            return self.get("/healthz")["status"] == "ok"
        except OSError:
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()

    def play(self, hosts=20):
        """The demonstration fleet, its past filled in; it falls ill six times as fast as it would."""
        command = [
            PROGRAM, "simulate", "--collector", self.url, "--hosts", str(hosts), "--past", "26h",
            "--speed", "6", "--control", f"127.0.0.1:{self.control}",
        ]
        with open(f"{self.folder}/fleet.log", "ab") as log:
            self.fleet = subprocess.Popen(command, stdout=log, stderr=log)
        until(lambda: self.get("/api/v1/fleet")["warmup"]["ready"] >= hosts, 120, "every host has a forecast")

    def scenario(self, name):
        return self.send("POST", "/api/v1/scenario", {"scenario": name})

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return json.load(answer)

    def has(self, path):
        """Whether this collector offers a route: what is not there is not asked of the page."""
        return path in self.get("/openapi.json")["paths"]

    def send(self, method, path, body):
        request = urllib.request.Request(
            self.url + path, data=json.dumps(body).encode(), method=method,
            headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def close(self):
        for one in (self.fleet, self.process):
            if one and one.poll() is None:
                one.terminate()
                try:
                    one.wait(20)
                except subprocess.TimeoutExpired:
                    one.kill()
                    one.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def sample(host, at, generator, profile=None, labels=None):
    """One plausible record; the CPU shares add up to 100."""
    user, system, wait = generator.uniform(5, 60), generator.uniform(1, 12), generator.uniform(0, 8)
    record = {
        "host": host, "time": at, "cpus": 8, "cpu_user_pct": user, "cpu_sys_pct": system, "cpu_iowait_pct": wait,
        "cpu_idle_pct": 100 - user - system - wait, "java_cpu_pct": user / 2, "mem_used_pct": generator.uniform(20, 90),
        "swap_used_pct": generator.uniform(0, 5), "disk_usage_pct": 40, "net_in_mb_s": generator.uniform(0, 90),
        "net_out_mb_s": generator.uniform(0, 90), "back_close_wait": 2, "front_close_wait": 1,
        "load_average": generator.uniform(0, 7), "uptime_days": 20,
    }
    if profile:
        record["profile"] = profile
    if labels:
        record["labels"] = labels
    return record


class Crowd:
    """Many hosts that all send every five seconds, each time other values."""

    names = ["ppweb", "ppml", "ppdb", "ppetl", "pprisk", "ppgen", "ppcon"]

    def __init__(self, collector, count):
        self.collector = collector
        self.hosts = [f"{self.names[place % 7]}{place:05}" for place in range(count)]
        self.ends = threading.Event()
        self.sent = 0
        self.push()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def push(self):
        generator = random.Random(self.sent)
        now = time.time()
        for first in range(0, len(self.hosts), 500):
            records = [sample(host, now, generator) for host in self.hosts[first : first + 500]]
            self.collector.send("POST", "/api/v1/samples", {"records": records})
        self.sent += 1

    def run(self):
        while not self.ends.wait(5):
            try:
                self.push()
            except (OSError, urllib.error.URLError):
                return

    def close(self):
        self.ends.set()
        self.thread.join(20)
