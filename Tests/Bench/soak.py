#!/usr/bin/env python3
"""Lets the whole product run and proves three things of it afterwards, by other means than its own:

    no sample is lost          every boot's sequences are complete
    steps are the means        each step that the API shows = the mean of the raw samples, recomputed here with sqlite3
    memory is flat             the collector's resident memory over the second half does not grow

    Tests/Bench/soak.py [--minutes 30] [--bin .build/release] [--hosts 20]

It starts a collector, this host's agent and the demonstration fleet, and stops them. Status 1 when one does not hold.
"""
import argparse, json, os, pathlib, signal, socket, sqlite3, subprocess, sys, tempfile, time, urllib.request

METRICS = ["cpu_user_pct", "cpu_sys_pct", "cpu_iowait_pct", "cpu_idle_pct", "java_cpu_pct", "mem_used_pct", "swap_used_pct",
           "disk_usage_pct", "net_in_mb_s", "net_out_mb_s", "back_close_wait", "front_close_wait", "load_average", "uptime_days"]


def get(url):
    return json.load(urllib.request.urlopen(url, timeout=30))


def resident_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])


def start(name, folder, *command):
    log = open(f"{folder}/{name}.log", "w")
    return subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--bin", default=".build/release")
    parser.add_argument("--hosts", default="20")
    a = parser.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    folder = tempfile.mkdtemp(prefix="forewarn-soak.")
    collector = start("collector", folder, f"{a.bin}/forewarn-collector", "serve", "--listen", f"127.0.0.1:{port}", "--state", f"{folder}/collector")
    while True:
        try:
            get(url + "/healthz")
            break
        except OSError:
            time.sleep(0.1)
    agent = start("agent", folder, f"{a.bin}/forewarn-agent", "run", "--collector", url, "--state", f"{folder}/agent")
    fleet = start("fleet", folder, f"{a.bin}/forewarn-collector", "simulate", "--collector", url, "--hosts", a.hosts, "--past", "26h")
    memory, ended = [], time.time() + a.minutes * 60
    while time.time() < ended:
        time.sleep(min(15, max(0.1, ended - time.time())))
        memory.append((time.time(), resident_kib(collector.pid), resident_kib(agent.pid)))
        for process in (collector, agent, fleet):
            assert process.poll() is None, f"{process.args[0]} {process.args[1]} ended: {folder}"
    for process in (fleet, agent):
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    time.sleep(1)

    failures = []
    hosts = get(url + "/api/v1/hosts")["hosts"]
    samples = missing = 0
    for host in hosts:
        for boot in get(f"{url}/api/v1/hosts/{host['host']}")["sequences"]:
            samples += boot["received"]
            missing += boot["missing"]
            if boot["first"] != 1 or boot["missing"] or boot["last"] != boot["received"]:
                failures.append(f"{host['host']}: {boot}")
    print(f"hosts {len(hosts)}, samples received {samples}, missing by sequence {missing}")

    shown = compared = 0
    worst = 0.0
    database = sqlite3.connect(f"file:{folder}/collector/forewarn.sqlite?mode=ro", uri=True)
    means = {}
    columns = ", ".join(f"AVG({m}), COUNT({m})" for m in METRICS)
    for row in database.execute(f"SELECT h.name, s.time_ms / 300000 * 300, {columns} FROM sample s JOIN host h USING (server_id) GROUP BY 1, 2"):
        means[row[0], row[1]] = row[2:]
    for host in hosts:
        for i, metric in enumerate(METRICS):
            start_at = time.time() - 27 * 3600
            points = get(f"{url}/api/v1/hosts/{host['host']}/series?metric={metric}&from={start_at:.0f}")["points"]
            for at, value, count in points:
                if value is None:
                    continue
                shown += 1
                mean = means.get((host["host"], at), [None] * 28)[2 * i]
                if mean is None:
                    failures.append(f"{host['host']} {metric} {at}: a step without raw samples")
                    continue
                compared += 1
                error = abs(mean - value) / max(1.0, abs(mean))
                worst = max(worst, error)
                if error > 1e-6:
                    failures.append(f"{host['host']} {metric} {at}: step {value}, raw mean {mean}")
    print(f"steps compared with the means of their raw samples: {compared} of {shown}, largest relative difference {worst:.1e}")

    half = memory[len(memory) // 2:]
    for name, k in (("collector", 1), ("agent", 2)):
        values = [m[k] / 1024 for m in half]
        n = len(values)
        x = [m[0] / 3600 for m in half]
        mx, my = sum(x) / n, sum(values) / n
        slope = sum((p - mx) * (q - my) for p, q in zip(x, values)) / max(1e-9, sum((p - mx) ** 2 for p in x))
        print(f"{name}: resident {memory[0][k] / 1024:.1f} MB at first, {values[0]:.1f} at half time, {values[-1]:.1f} at the end, "
              f"largest {max(m[k] for m in memory) / 1024:.1f}; trend of the second half {slope:+.2f} MB/h")
        if values[-1] > values[0] * 1.1 + 2:
            failures.append(f"{name}: memory grew from {values[0]:.1f} to {values[-1]:.1f} MB")
    collector.send_signal(signal.SIGTERM)
    status = collector.wait(30)
    if status != 0:
        failures.append(f"the collector ended with {status}")
    for failure in failures[:20]:
        print("FAILED", failure)
    print("passed" if not failures else f"{len(failures)} failures; logs in {folder}")
    return 1 if failures else 0


sys.exit(main())
