#!/usr/bin/env python3
"""How much training beside a collector costs those who send samples: the time until a 2xx, with and without it.

    Tests/Bench/retraining.py [--bin .build/release] [--seconds 20] [--rounds 5] [--rate 200]

Starts a collector and fills it with two days of ninety hosts. Then, turn and turn about, it sends batches of three
records at a steady rate for some seconds alone, and for as long beside `train --background`, which reads the same folder: what
the collector begins by schedule. Prints p50, p99 and the largest of each, over all rounds, and how far the training came.
"""
import argparse, http.client, json, math, os, pathlib, queue, signal, socket, subprocess, tempfile, threading, time, urllib.request

METRICS = ["cpu_user_pct", "cpu_sys_pct", "cpu_iowait_pct", "mem_used_pct", "swap_used_pct", "disk_usage_pct", "load_average"]


def batch(host, sequence):
    now = time.time()
    records = [{"time": now + i / 10, "sequence": sequence + i} | {m: 20 + (sequence + i) % 50 for m in METRICS} for i in range(3)]
    return json.dumps({"host": f"load{host}", "boot_id": "b", "interval_seconds": 5, "records": records}).encode()


def fill(port):
    """Two days of ninety hosts, a sample each five minutes."""
    end = int(time.time()) // 300 * 300
    for host in range(90):
        records = [{"time": end - (576 - i) * 300 + 5} | {m: 40 + 20 * math.sin(i / 40 + host + k) + (i * 7 + k) % 5 for k, m in enumerate(METRICS)}
                   for i in range(576)]
        body = json.dumps({"host": f"past{host}", "interval_seconds": 300, "records": records}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{port}/api/v1/import", body, {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=60).read()


def send(port, rate, seconds, counter):
    """Latencies of a steady stream over eight connections; none waits for another."""
    due, latencies, failures = queue.Queue(), [], []

    def worker():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while (item := due.get()) is not None:
            at, body = item
            connection.request("POST", "/api/v1/samples", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            # From when it was due, so that a stall is felt by all who would have come meanwhile.
            latencies.append(time.monotonic() - at)
            if answer.status >= 300:
                failures.append(answer.status)

    threads = [threading.Thread(target=worker) for _ in range(8)]
    for thread in threads:
        thread.start()
    began = time.monotonic()
    for i in range(int(rate * seconds)):
        at = began + i / rate
        time.sleep(max(0, at - time.monotonic()))
        counter[0] += 1
        due.put((at, batch(counter[0] % 90, counter[0] // 90 * 3 + 1)))
    for _ in threads:
        due.put(None)
    for thread in threads:
        thread.join()
    assert not failures, failures[:5]
    return latencies


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default=".build/release")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rate", type=float, default=200)
    a = parser.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program, folder = f"{a.bin}/forewarn-collector", tempfile.mkdtemp(prefix="forewarn-retraining.")
    quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    collector = subprocess.Popen([program, "serve", "--listen", f"127.0.0.1:{port}", "--state", f"{folder}/state"], **quiet)
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5)
            break
        except OSError:
            time.sleep(0.1)
    fill(port)
    counter, alone, beside, steps = [0], [], [], []
    send(port, a.rate, 5, counter)
    for _ in range(a.rounds):
        alone += send(port, a.rate, a.seconds, counter)
        log = open(f"{folder}/train.log", "w")
        os.makedirs(f"{folder}/model", exist_ok=True)
        trainer = subprocess.Popen(
            [program, "train", "--background", str(os.getpid()), "--from", f"{folder}/state", "--out", f"{folder}/model", "--minutes", "60"],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, env={"OPENBLAS_NUM_THREADS": "1"})
        beside += send(port, a.rate, a.seconds, counter)
        assert trainer.poll() is None, pathlib.Path(log.name).read_text()
        ticks = pathlib.Path(f"/proc/{trainer.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        steps.append((int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK"))
        trainer.kill()
        trainer.wait()
    collector.send_signal(signal.SIGTERM)
    collector.wait()
    print(f"{a.rate:.0f} batches/s of 3 records, {a.rounds} × {a.seconds:.0f} s each; load average {os.getloadavg()[0]:.1f}")
    for name, values in (("alone", alone), ("beside training", beside)):
        values.sort()
        print(f"{name:16} p50 {1e3 * values[len(values) // 2]:7.2f} ms   p99 {1e3 * values[int(len(values) * .99)]:7.2f} ms   "
              f"largest {1e3 * values[-1]:7.2f} ms   {len(values)} batches")
    print(f"the training had {sum(steps):.1f} s of CPU in {a.rounds * a.seconds:.0f} s")


if __name__ == "__main__":
    main()
