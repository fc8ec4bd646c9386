"""What other programs make of ours: Prometheus' promtool, Grafana's dashboard, and schemathesis with /openapi.json."""

import json
import re
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from report import Failure, require, run, say

PACKAGING = Path(__file__).resolve().parent.parent
VENV = PACKAGING.parent / ".build/schemathesis"
PINNED = PACKAGING / "checks/schemathesis.txt"


@contextmanager
def demonstration(programs, past):
    """The address and the state folder of a collector that knows the demonstration fleet, with so much of its past."""
    with tempfile.TemporaryDirectory() as folder:
        words = [programs / "forewarn-collector", "serve", "--listen", "127.0.0.1:0", "--state", f"{folder}/state"]
        with open(f"{folder}/log", "w+") as log, subprocess.Popen(words, stdout=log, stderr=log) as served:
            try:
                deadline = time.monotonic() + 30
                while not (found := re.search(r"url=(http://\S+)", Path(log.name).read_text())):
                    require(time.monotonic() < deadline, f"the collector did not start\n{Path(log.name).read_text()}")
                    time.sleep(0.1)
                url = found.group(1)
                run([programs / "forewarn-collector", "simulate", "--collector", url, "--hosts", "20", "--past", past,
                     "--for", "6s"])
                yield url, f"{folder}/state"
                require(served.poll() is None, f"the collector ended\n{Path(log.name).read_text()[-3000:]}")
            finally:
                served.terminate()


def fetch(url, key=None):
    asked = urllib.request.Request(url, headers={"X-API-Key": key} if key else {})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return answer.read()


def admin_key(programs, url, state):
    """A key that may everything. Revoking the first few tokens, which schemathesis likes to try, does not hit it."""
    words = [programs / "forewarn-collector", "token", "create", "key", "--role", "admin", "--json", "--state", state]
    for _ in range(20):
        key = json.loads(run(words))["token"]
    deadline = time.monotonic() + 10
    while True:
        try:
            fetch(f"{url}/api/v1/tokens", key)
            return key
        except urllib.error.HTTPError as error:
            require(time.monotonic() < deadline, f"the collector does not take the key that was made: {error}")
            time.sleep(0.2)


# MARK: Prometheus

def promtool(words, text=None):
    done = subprocess.run(["promtool", *words], input=text, capture_output=True, text=True, timeout=60)
    require(done.returncode == 0 and "lint" not in done.stderr,
            f"promtool {' '.join(map(str, words))}: {done.stdout}{done.stderr}")


def names_of(page):
    """The metrics of a page; one that has no series yet is among them."""
    return {line.split()[2] for line in page.splitlines() if line.startswith("# TYPE ")}


def prometheus(programs):
    with demonstration(programs, "2h") as (url, _):
        page = fetch(f"{url}/metrics").decode()
    promtool(["check", "metrics"], page)
    promtool(["check", "metrics"], run([programs / "forewarn-agent", "once", "--format", "prometheus"]))
    folder = PACKAGING / "prometheus"
    promtool(["check", "rules", folder / "forewarn.rules.yml"])
    promtool(["test", "rules", folder / "forewarn.rules.test.yml"])
    names = names_of(page)
    rules = re.findall(r"\bforewarn_\w+", (folder / "forewarn.rules.yml").read_text())
    strangers = sorted(set(rules) - names)
    require(not strangers, f"forewarn.rules.yml asks for {strangers}, which /metrics does not have")
    say(f"  promtool: /metrics ({len(names)} names), the agent's page and the rules are sound")
    dashboard(names)


def expressions(dashboard):
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


def dashboard(names):
    """Every expression is one of PromQL over series that there are; panels have their own places and numbers."""
    found = json.loads((PACKAGING / "grafana/forewarn.json").read_text())
    for key in ("title", "uid", "schemaVersion", "templating", "time", "panels"):
        require(key in found, f"forewarn.json has no {key}")
    variables = {variable["name"] for variable in found["templating"]["list"]}
    places, numbers, asked = set(), set(), 0
    for panel in found["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        require(not cells & places and at["x"] + at["w"] <= 24, f"panel {panel['title']} lies on another")
        require(panel["id"] not in numbers, f"two panels have the number {panel['id']}")
        places |= cells
        numbers.add(panel["id"])
    rules = {"groups": [{"name": "dashboard", "rules": []}]}
    for title, expression in expressions(found):
        strangers = sorted(set(re.findall(r"\bforewarn_\w+", expression)) - names)
        require(not strangers, f"{title}: {strangers} is not in /metrics")
        plain = expression.replace("$__rate_interval", "5m")
        unknown = set(re.findall(r"\$(\w+)", plain)) - variables
        require(not unknown, f"{title}: no variable {unknown}")
        asked += 1
        rules["groups"][0]["rules"].append({"record": f"dashboard:expression_{asked}", "expr": plain})
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        json.dump(rules, file)  # JSON is YAML
        file.flush()
        promtool(["check", "rules", file.name])
    say(f"  Grafana's dashboard: {len(numbers)} panels, {asked} expressions, each over series that there are")


# MARK: OpenAPI

def schemathesis():
    """The program, installed in a folder of its own at the pinned versions."""
    stamp = VENV / "pinned"
    if not stamp.exists() or stamp.read_text() != PINNED.read_text():
        run(["python3", "-m", "venv", "--clear", VENV])
        try:
            run([VENV / "bin/pip", "install", "-q", "--disable-pip-version-check", "-r", PINNED], timeout=600)
        except Failure as failure:
            raise Failure(f"schemathesis could not be installed from PyPI; is it reachable from here?\n{failure}")
        stamp.write_text(PINNED.read_text())
    return VENV / "bin/st"


def closed(url, key):
    """Every operation that says it needs a role or a token is shut to those who show nothing, or what is none."""
    document = json.loads(fetch(f"{url}/openapi.json", key))
    asked = 0
    for path, operations in document["paths"].items():
        for method in (method for method, operation in operations.items() if operation["security"]):
            for headers, statuses in (({}, {401}), ({"X-API-Key": "fwk_wrong"}, {401, 429})):
                request = urllib.request.Request(
                    url + re.sub(r"{\w+}", "1", path), None if method == "get" else b"{}", headers, method=method.upper())
                try:
                    status = urllib.request.urlopen(request, timeout=30).status
                except urllib.error.HTTPError as error:
                    status = error.code
                require(status in statuses, f"{method} {path} with {headers or 'nothing'}: {status}, not {statuses}")
                asked += 1
    require(asked > 100, f"/openapi.json says of next to nothing that it needs something: {asked}")
    say(f"  {asked} requests with no token or a wrong one, none let in")


def openapi(programs, seconds=0):
    """Every operation answers what /openapi.json says, to good requests and to bad ones.

    Not asked: that all which fits a schema is taken (positive_data_acceptance). A silence of no host, a name that nobody
    has, a threshold above its neighbour, a record without a metric fit their schemas and are refused with the rule. Nor
    /api/v1/write, whose protobuf it cannot make; RemoteWriteTests do, and WriteRequestTests make bad ones. Nor that a wrong
    token is answered 401 (ignored_auth): after twenty it is 429, and `closed` asks it of every operation.
    """
    program = schemathesis()
    with (demonstration(programs, "26h" if seconds else "3h") as (url, state),
          tempfile.TemporaryDirectory() as folder):
        key = admin_key(programs, url, state)
        closed(url, key)
        words = [program, "run", f"{url}/openapi.json", "--header", f"X-API-Key: {key}",
                 "--seed", "20261128", "--no-color", "--workers", "1", "--warnings", "off", "--generation-deterministic", "--request-timeout", "120", "--continue-on-failure",
                 "--exclude-path", "/api/v1/write", "--exclude-checks", "positive_data_acceptance,ignored_auth"]
        if seconds:
            words += ["--phases", "examples,coverage,fuzzing,stateful", "--max-time", str(seconds), "--max-examples", "200"]
        else:
            # A trial of thresholds takes a debug build five seconds, and it is asked forty times.
            words += ["--phases", "examples,coverage,fuzzing", "--max-examples", "10",
                      "--exclude-path", "/api/v1/thresholds/simulate"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=seconds + 900, cwd=folder)
        require(done.returncode == 0, f"schemathesis, status {done.returncode}\n{done.stdout[-12000:]}{done.stderr[-2000:]}")
        cases = re.search(r"(\d+) generated", done.stdout)
        require(cases and int(cases.group(1)) > 500, f"schemathesis tried next to nothing\n{done.stdout[-3000:]}")
        require(fetch(f"{url}/api/v1/tokens", key), "the collector does not answer any more")
    say(f"  schemathesis: {cases.group(1)} requests, no failure")
