import Telemetry

/// A scrape of node_exporter.
struct NodeScrape: Sendable, Equatable {
    /// Since 1970.
    var milliseconds: Int64
    var values: [NodeSeries: Double] = [:]
}

/// The 14 metrics out of a scrape and the one before it, as our agent makes them of two readings of /proc. What
/// node_exporter does not measure stays missing, with the reason.
struct NodeReading {
    /// A rate over more is no word on the present.
    static let rateSecondsMax = 300.0

    private(set) var values = MetricVector()
    private(set) var missing: [Metric: String] = [:]
    private(set) var cpus: Int?

    private let now: NodeScrape
    private let before: NodeScrape?

    init(_ now: NodeScrape, before: NodeScrape?) {
        self.now = now
        self.before = before
        readLevels()
        readFilesystems()
        let count = now.values.keys.count { if case .cpu(_, .idle) = $0 { true } else { false } }
        cpus = (1...65_536).contains(count) ? count : nil
        missing[.javaCPU] = "node_exporter does not measure processes"
        let sockets = now.values[.closeWait].map { ": it counts \(Int(min(max($0, 0), 1e9))) of both kinds" } ?? ""
        missing[.backCloseWait] = "node_exporter does not say who opened a connection\(sockets)"
        missing[.frontCloseWait] = missing[.backCloseWait]
        readRates()
    }

    private mutating func set(_ metric: Metric, _ value: Double?, else reason: String) {
        if let value, value.isFinite, value >= 0, value <= metric.plausibleMaximum {
            values[metric] = value
        } else {
            missing[metric] = reason
        }
    }

    // MARK: What one scrape says

    private mutating func readLevels() {
        let values = now.values
        set(
            .memoryUsed, Self.usedPercent(values[.memoryTotal], left: values[.memoryAvailable]),
            else: "no node_memory_MemTotal_bytes and MemAvailable_bytes")
        let swap =
            values[.swapTotal] == 0 ? 0 : Self.usedPercent(values[.swapTotal], left: values[.swapFree])
        set(.swapUsed, swap, else: "no node_memory_SwapTotal_bytes and SwapFree_bytes")
        set(.loadAverage, values[.load], else: "no node_load1")
        let time = values[.time] ?? Double(now.milliseconds) / 1000
        set(.uptime, values[.bootTime].map { max(0, time - $0) / 86_400 }, else: "no node_boot_time_seconds")
    }

    private static func usedPercent(_ total: Double?, left: Double?) -> Double? {
        guard let total, let left, total > 0, left >= 0 else { return nil }
        return 100 * (1 - min(left, total) / total)
    }

    /// The fullest, as df counts: what is free to ordinary users only is not used.
    private mutating func readFilesystems() {
        var fullest: Double?
        for case (.size(let key), let size) in now.values {
            guard let free = now.values[.free(key)], let available = now.values[.available(key)], size > 0, free >= 0,
                free <= size, available >= 0, size - free + available > 0
            else { continue }
            fullest = max(fullest ?? 0, 100 * (size - free) / (size - free + available))
        }
        set(.diskUsage, fullest, else: "no node_filesystem_ series of a local filesystem")
    }

    // MARK: What two say

    private mutating func readRates() {
        let rates: [Metric] = [.cpuUser, .cpuSystem, .cpuIOWait, .cpuIdle, .networkIn, .networkOut]
        func fail(_ reason: String) { for metric in rates { missing[metric] = reason } }
        guard let before else { return fail("the first scrape: a rate takes two") }
        let seconds = Double(now.milliseconds - before.milliseconds) / 1000
        guard seconds > 0, seconds <= Self.rateSecondsMax else {
            return fail("\(Int(min(max(seconds, 0), 1e9))) s since the last scrape: a rate takes two in a row")
        }
        // Kernels compute the moment of boot anew each time and may round it the other way.
        if let was = before.values[.bootTime], let boot = now.values[.bootTime], abs(boot - was) > 5 {
            return fail("the host has been rebooted")
        }
        readShares(before)
        for (metric, isReceived) in [(Metric.networkIn, true), (.networkOut, false)] {
            readRate(metric, isReceived: isReceived, before, overSeconds: seconds)
        }
    }

    private mutating func readShares(_ before: NodeScrape) {
        func fail(_ reason: String) {
            for metric in [Metric.cpuUser, .cpuSystem, .cpuIOWait, .cpuIdle] { missing[metric] = reason }
        }
        var passed: [NodeSeries.Mode: Double] = [:]
        var modes = 0
        for case (.cpu(let cpu, let mode), let value) in now.values {
            guard let old = before.values[.cpu(cpu, mode)] else {
                return fail("CPU \(cpu.prefix(20)) was not in the last scrape")
            }
            // proc_stat(5): iowait may decrease, and idle, estimated for a tickless CPU, a little.
            let slack = mode == .iowait ? Double.infinity : mode == .idle ? 1 : 0
            guard value.isFinite, old.isFinite, value + slack >= old else { return fail("CPU time went backwards") }
            passed[mode, default: 0] += max(0, value - old)
            modes += 1
        }
        let known = before.values.keys.count { if case .cpu = $0 { true } else { false } }
        guard modes > 0 else { return fail("no node_cpu_seconds_total") }
        guard modes == known, modes == passed.count * (cpus ?? 0), passed[.user] != nil, passed[.system] != nil,
            passed[.idle] != nil
        else { return fail("not every mode of every CPU is in both scrapes") }
        let total = passed.values.reduce(0, +)
        guard total > 0 else { return fail("no CPU time passed between two scrapes") }
        func share(_ modes: NodeSeries.Mode...) -> Double { 100 * modes.reduce(0) { $0 + (passed[$1] ?? 0) } / total }
        values[.cpuUser] = share(.user, .nice)
        values[.cpuSystem] = share(.system, .irq, .softirq)
        values[.cpuIdle] = share(.idle)
        if passed[.iowait] != nil {
            values[.cpuIOWait] = share(.iowait)
        } else {
            missing[.cpuIOWait] = "no mode iowait"
        }
    }

    /// Of the interfaces that both scrapes have; one that just came has no rate yet.
    private mutating func readRate(
        _ metric: Metric, isReceived: Bool, _ before: NodeScrape, overSeconds seconds: Double
    ) {
        var bytes: Double?
        for (series, value) in now.values {
            let name: String
            switch series {
            case .received(let device) where isReceived: name = device
            case .sent(let device) where !isReceived: name = device
            default: continue
            }
            guard let old = before.values[series] else { continue }
            guard value >= old else {
                missing[metric] = "the byte counters of \(name.prefix(40)) went backwards"
                return
            }
            bytes = (bytes ?? 0) + value - old
        }
        set(metric, bytes.map { $0 / seconds / 1e6 }, else: "no physical interface in two scrapes in a row")
    }
}
