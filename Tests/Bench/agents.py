#!/usr/bin/env python3
"""What an agent costs its host, ours beside Debian's node_exporter and collectd, all at once on this machine.

    Tests/Bench/agents.py [--minutes 30] [--bin .build/release]
    Tests/Bench/agents.py --samples 100000    # ours alone, a hundred samples a second: does its memory grow?

Ours samples every 5 s and pushes every 15 s over TLS to a collector here; node_exporter is scraped and collectd reads
every 5 s, with the plugins for the same metrics. Memory is /proc/PID/smaps_rollup at the end, CPU is
/proc/PID/schedstat over the run without its first minute, the wire is every byte of TCP payload in both directions,
counted by a relay between agent and collector, without the first minute either. A rival that is not installed is left
out (apt-get install prometheus-node-exporter collectd-core). Run it on an idle machine.
"""
import argparse, json, os, pathlib, shutil, signal, socket, ssl, subprocess, tempfile, threading, time, urllib.request

COLLECTD = """
Hostname "bench"
FQDNLookup false
Interval 5
PIDFile "{folder}/collectd.pid"
BaseDir "{folder}"
TypesDB "/usr/share/collectd/types.db"
LoadPlugin cpu
LoadPlugin memory
LoadPlugin swap
LoadPlugin df
LoadPlugin interface
LoadPlugin load
LoadPlugin tcpconns
LoadPlugin uptime
LoadPlugin network
<Plugin network>
  Server "127.0.0.1" "{port}"
</Plugin>
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Relay:
    """Passes bytes between the agent and the collector, and counts them."""

    def __init__(self, target):
        self.target, self.bytes, self.connections = target, 0, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            near, _ = self.listener.accept()
            far = socket.create_connection(("127.0.0.1", self.target))
            self.connections += 1
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self.copy, args=(source, sink), daemon=True).start()

    def copy(self, source, sink):
        try:
            while data := source.recv(65536):
                self.bytes += len(data)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def start(folder, name, *command):
    log = open(f"{folder}/{name}.log", "w")
    return subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)


def cpu_seconds(pid):
    return sum(int(t.read_text().split()[0]) for t in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def memory_kib(pid):
    fields = dict(line.split(":") for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    return tuple(int(fields[name].split()[0]) for name in ("Rss", "Anonymous", "Pss"))


def threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def scrape(url, stop):
    while not stop.wait(5):
        try:
            urllib.request.urlopen(url, timeout=4).read()
        except OSError:
            pass


def installed_mib(path):
    """The program alone, stripped; the libraries are the distribution's."""
    with tempfile.NamedTemporaryFile() as stripped:
        subprocess.run(["strip", "-o", stripped.name, path], check=True)
        return os.path.getsize(stripped.name) / 2**20


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--bin", default=".build/release")
    parser.add_argument("--samples", type=int)
    a = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="forewarn-agents.")
    port = free_port()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
         "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", f"{folder}/key.pem", "-out",
         f"{folder}/certificate.pem"], check=True, stderr=subprocess.DEVNULL)
    pathlib.Path(f"{folder}/collector.yaml").write_text(
        f"listen: 127.0.0.1:{port}\nstate: {folder}/collector\n"
        f"tls:\n  certificate: {folder}/certificate.pem\n  key: {folder}/key.pem\n")
    collector = start(folder, "collector", f"{a.bin}/forewarn-collector", "serve", "--config", f"{folder}/collector.yaml")
    time.sleep(3)
    relay = Relay(port)
    pace = "interval: 10ms\npush_interval: 200ms\n" if a.samples else ""
    pathlib.Path(f"{folder}/agent.yaml").write_text(
        f"collector: https://localhost:{relay.port}\nstate: {folder}/agent\n{pace}tls:\n  ca_file: {folder}/certificate.pem\n")
    subprocess.run(["strip", "-o", f"{folder}/forewarn-agent", f"{a.bin}/forewarn-agent"], check=True)
    ours = start(folder, "agent", f"{folder}/forewarn-agent", "run", "--config", f"{folder}/agent.yaml")
    running = {"forewarn-agent": (ours, f"{folder}/forewarn-agent")}
    if a.samples:
        hurry(a.samples, ours, f"https://127.0.0.1:{port}", f"{folder}/certificate.pem")
        return end(folder, [ours, collector])
    stop = threading.Event()
    if exporter := shutil.which("prometheus-node-exporter"):
        web = free_port()
        running["node_exporter"] = (start(folder, "exporter", exporter, f"--web.listen-address=127.0.0.1:{web}"), exporter)
        threading.Thread(target=scrape, args=(f"http://127.0.0.1:{web}/metrics", stop), daemon=True).start()
    if collectd := shutil.which("collectd", path=os.environ["PATH"] + ":/usr/sbin"):
        pathlib.Path(f"{folder}/collectd.conf").write_text(COLLECTD.format(folder=folder, port=free_port()))
        running["collectd"] = (start(folder, "collectd", collectd, "-f", "-C", f"{folder}/collectd.conf"), collectd)
    settle = min(60, a.minutes * 30)
    time.sleep(settle)
    for name, (process, _) in running.items():
        assert process.poll() is None, f"{name} ended: see {folder}"
    began, wire, connections = time.time(), relay.bytes, relay.connections
    before = {name: (cpu_seconds(p.pid), memory_kib(p.pid)[0]) for name, (p, _) in running.items()}
    trend = []
    while time.time() - began < a.minutes * 60 - settle:
        time.sleep(min(30, a.minutes * 10))
        trend.append(memory_kib(ours.pid)[0])
    passed = time.time() - began
    print(f"{'':15} {'RSS MB':>8} {'private MB':>11} {'PSS MB':>7} {'threads':>8} {'CPU % of a core':>16} {'program MB':>11}")
    for name, (process, path) in running.items():
        assert process.poll() is None, f"{name} ended: see {folder}"
        rss, anonymous, pss = memory_kib(process.pid)
        cpu = 100 * (cpu_seconds(process.pid) - before[name][0]) / passed
        print(f"{name:15} {rss/1024:8.1f} {anonymous/1024:11.2f} {pss/1024:7.1f} {threads(process.pid):8} {cpu:16.3f} {installed_mib(path):11.1f}")
    print(f"on the wire: {(relay.bytes - wire) / passed * 60:.0f} bytes a minute over {passed/60:.1f} min, "
          f"{relay.connections - connections} new connections")
    print(f"resident KiB of forewarn-agent over the run: first {trend[0]}, highest {max(trend)}, last {trend[-1]}")
    stop.set()
    end(folder, [process for process, _ in running.values()][::-1] + [collector])


def end(folder, processes):
    for process in processes:
        process.send_signal(signal.SIGTERM)
        process.wait(10)
    shutil.rmtree(folder)


def hurry(wanted, agent, url, authority):
    """Waits for so many samples at the collector and prints the agent's memory on the way."""
    context = ssl.create_default_context(cafile=authority)
    context.check_hostname = False
    print(f"{'samples':>9} {'RSS KiB':>9} {'private KiB':>12}")
    step, shown, sent = max(1, wanted // 10), 0, 0
    while sent < wanted:
        time.sleep(2)
        assert agent.poll() is None, "the agent ended"
        hosts = json.load(urllib.request.urlopen(f"{url}/api/v1/hosts", context=context))["hosts"]
        if not hosts:
            continue
        host = json.load(urllib.request.urlopen(f"{url}/api/v1/hosts/{hosts[0]['host']}", context=context))
        sent = max(boot["last"] or 0 for boot in host["sequences"])
        missing = sum(boot["missing"] for boot in host["sequences"])
        if sent >= shown + step or shown == 0:
            shown = sent
            rss, private, _ = memory_kib(agent.pid)
            print(f"{sent:9} {rss:9} {private:12}", flush=True)
    print(f"{sent} samples made, {missing} of them still on their way")


if __name__ == "__main__":
    main()
