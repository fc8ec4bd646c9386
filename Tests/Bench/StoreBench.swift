import Daemon
import Foundation
import Store
import Telemetry

/// What `Store.ingest` takes with nothing in front of it, and how soon it is ready after a restart.
func storeBench(days: Int = 30) {
    print("batches             records/s  batches/s  CPU µs/record  commit p50 / p99 ms  RSS MB  log MB")
    for (name, size, clients, count) in [
        ("3 × 100 waiting", 3, 100, 600_000), ("3 × 400 waiting", 3, 400, 900_000),
        ("300 × 20 waiting", 300, 20, 2_000_000), ("300 × 100 waiting", 300, 100, 3_000_000),
    ] {
        withFolder { Load(batchSize: size, clients: clients).run(name, records: count, directory: $0) }
    }
    withFolder { fleet(hosts: 10_000, seconds: 20, directory: $0) }
    withFolder { restart(days: days, directory: $0) }
}

/// Stores batch after batch and prints the last acknowledged sequence of each, for a test that kills it.
func storeUntilKilled(directory: String) {
    do {
        // Settling goes on all the time, so that the kill falls into it.
        var limits = StoreLimits()
        limits.arrivedMax = 500
        let store = try Store(directory: directory, limits: limits)
        let start = (Date().timeIntervalSince1970 - 20_000).rounded()
        for batch in 0... {
            var records: [Record] = []
            for sequence in batch * 20 + 1...batch * 20 + 20 {
                records.append(record("killed", sequence: sequence, time: start + Double(sequence) / 10))
            }
            try store.ingestAndWait(IngestBatch(records: records, receivedAt: start))
            print(batch * 20 + 20)
            fflush(nil)
        }
    } catch {
        print("failed: \(error)")
        exit(1)
    }
}

/// Clients that each send the next batch when the last is answered, as keep-alive connections do. A host's samples are
/// five seconds apart and go on where its last batch ended.
private struct Load {
    let batchSize: Int
    let clients: Int
    let hosts = 1000

    private struct State {
        var waiting: [Int] = []
        var answered = 0
        var failed = 0
    }

    func run(_ name: String, records: Int, directory: String) {
        guard let store = try? Store(directory: directory) else { return print("cannot open \(directory)") }
        let state = Locked(State(waiting: Array(0..<clients)))
        let start = Date().timeIntervalSince1970 - 40_000
        var times = [Double](repeating: start, count: hosts)
        let (begin, cpu) = (Clock.monotonicSeconds(), processSeconds())
        var making = 0.0
        var (sent, next) = (0, 0)
        while sent < records {
            let ready = state.wait(atMostSeconds: 10) { state -> [Int]? in
                if state.waiting.isEmpty { return nil }
                defer { state.waiting = [] }
                return state.waiting
            }
            let makeBegin = threadSeconds()
            for client in ready ?? [] {
                next = (next + 1) % hosts
                let batch = makeBatch(of: next, from: &times[next])
                sent += batchSize
                store.ingest(batch) { result in
                    state.withLock { state in
                        state.waiting.append(client)
                        if case .success = result { state.answered += 1 } else { state.failed += 1 }
                    }
                    state.signal()
                }
            }
            making += threadSeconds() - makeBegin
        }
        while state.withLock({ $0.answered + $0.failed }) * batchSize < sent { usleep(500) }
        let (seconds, used) = (Clock.monotonicSeconds() - begin, processSeconds() - cpu - making)
        report(name, store, sent: sent, seconds: seconds, cpu: used, failed: state.withLock { $0.failed })
        store.close()
    }

    private func makeBatch(of host: Int, from time: inout Double) -> IngestBatch {
        let name = "ppweb\(host)"
        var records: [Record] = []
        records.reserveCapacity(batchSize)
        for index in 0..<batchSize {
            time += 5
            records.append(record(name, sequence: Int(time) + index, time: time))
        }
        return IngestBatch(records: records, receivedAt: time, intervalSeconds: 5)
    }

    private func report(_ name: String, _ store: Store, sent: Int, seconds: Double, cpu: Double, failed: Int) {
        let counters = store.counters()
        let columns = [
            String(format: "%.0f", Double(sent) / seconds), String(format: "%.0f", Double(sent / batchSize) / seconds),
            String(format: "%.2f", cpu / Double(sent) * 1e6),
            String(
                format: "%.1f / %.1f", counters.commitTimes.quantile(0.5) * 1000,
                counters.commitTimes.quantile(0.99) * 1000),
            "\(residentBytes() >> 20)", "\(counters.logBytes >> 20)", failed == 0 ? "" : "\(failed) FAILED",
        ]
        print(name.padding(toLength: 19, withPad: " ", startingAt: 0), columns.joined(separator: "  |  "))
    }
}

/// A fleet that sends three samples every fifteen seconds, and what it costs of a core.
private func fleet(hosts: Int, seconds: Int, directory: String) {
    guard let store = try? Store(directory: directory) else { return print("cannot open \(directory)") }
    let start = Date().timeIntervalSince1970
    let waits = Locked([Double]())
    let (begin, cpu) = (Clock.monotonicSeconds(), processSeconds())
    let batches = hosts * seconds / 15
    for number in 0..<batches {
        let due = begin + Double(number) * 15 / Double(hosts)
        while Clock.monotonicSeconds() < due { usleep(500) }
        let (name, time) = ("ppweb\(number % hosts)", start + Double(number / hosts) * 15)
        let records = (0..<3).map { record(name, sequence: number / hosts * 3 + $0, time: time + Double($0) * 5) }
        let sent = Clock.monotonicSeconds()
        store.ingest(IngestBatch(records: records, receivedAt: time, intervalSeconds: 5)) { _ in
            waits.withLock { $0.append(Clock.monotonicSeconds() - sent) }
        }
    }
    while waits.withLock({ $0.count }) < batches { usleep(500) }
    let used = (processSeconds() - cpu) / (Clock.monotonicSeconds() - begin)
    let sorted = waits.withLock { $0.sorted() }
    print(
        String(
            format: "%d hosts at 5 s: %.1f %% of a core, %d commits a second, p50 %.1f ms, p99 %.1f ms", hosts,
            used * 100, store.counters().commits / seconds, sorted[sorted.count / 2] * 1000,
            sorted[sorted.count * 99 / 100] * 1000))
    store.close()
}

/// A thousand hosts with `days` of steps, closed and opened again; then the last day of all of them, as a forecast
/// needs it.
private func restart(days: Int, directory: String) {
    do {
        let hosts = (0..<1000).map { "ppdb\($0)" }
        let now = Date().timeIntervalSince1970
        let end = Step.start(of: now)
        let filling = try Store(directory: directory)
        let begin = Clock.monotonicSeconds()
        for step in stride(from: end - days * 86_400, to: end, by: Step.seconds) {
            let records = hosts.map { record($0, sequence: step, time: Double(step)) }
            try filling.ingestAndWait(IngestBatch(records: records, receivedAt: now, intervalSeconds: 300))
        }
        let steps = hosts.count * days * 288
        print(
            "filled \(steps) steps in \(Int(Clock.monotonicSeconds() - begin)) s, "
                + "\(filling.counters().databaseBytes >> 20) MB")
        filling.close()

        let opening = Clock.monotonicSeconds()
        let store = try Store(directory: directory)
        print(String(format: "restart: ready after %.3f s", Clock.monotonicSeconds() - opening))
        let reading = Clock.monotonicSeconds()
        var rows = 0
        try store.recentSteps(count: 288, endingAt: end) { chunk in for host in chunk { rows += host.steps.count } }
        print(String(format: "last day of all hosts: %d steps in %.2f s", rows, Clock.monotonicSeconds() - reading))
        if let host = store.host(named: hosts[7]) {
            let one = Clock.monotonicSeconds()
            let count = try store.steps(of: host, from: 0, to: end).count
            print(String(format: "all %d steps of one host: %.1f ms", count, (Clock.monotonicSeconds() - one) * 1000))
        }
        store.close()
    } catch {
        print("failed: \(error)")
    }
}

private func record(_ host: String, sequence: Int, time: Double) -> Record {
    var values = MetricVector()
    var noise = UInt64(truncatingIfNeeded: sequence &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407)
    for index in 0..<Metric.count {
        noise = noise &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        values[raw: index] = Double(noise >> 40) / 167_773
    }
    var record = Record(host: host, time: time, values: values)
    record.bootID = "6f1d0c52-0000-4000-8000-000000000001"
    record.sequence = UInt64(sequence)
    record.cpus = 8
    return record
}

private func withFolder(_ body: (String) -> Void) {
    let folder = URL.temporaryDirectory.appending(path: "forewarn-bench-\(getpid())").path()
    try? FileManager.default.removeItem(atPath: folder)
    body(folder)
    try? FileManager.default.removeItem(atPath: folder)
}

private func processSeconds() -> Double { seconds(of: CLOCK_PROCESS_CPUTIME_ID) }
private func threadSeconds() -> Double { seconds(of: CLOCK_THREAD_CPUTIME_ID) }

private func seconds(of clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

private func residentBytes() -> Int {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
    return (Int(text.split(separator: " ")[1]) ?? 0) * 4096
}
