package import Telemetry

/// Puts scrapes together again, which remote write takes apart: a sender's shards each send their own series, in
/// requests of their own, in any order between them, and a request may end in the middle of a scrape. What belongs
/// together has one target and one time.
///
/// A scrape is whole when every series is there that the target's scrapes usually have, and is then a record. One that
/// lacks some waits for `holdSeconds`, and those after it wait behind it: rates need their order. What comes
/// for a scrape that has become a record is late: it is not in that record, but the next one waits for its like.
///
/// Pure: the time is an argument. It keeps what is not whole yet, which a crash of the collector loses.
///
/// Whoever may write names targets and series as they like, so what is kept of them is bounded: targets, series of one,
/// the bytes of a label, and values of all targets together. What goes beyond is refused and named.
package struct ScrapeAssembler: Sendable {
    package static let targetsMax = 20_000
    package static let waitingMax = 64
    package static let seriesMax = 4096
    static let idleSeconds = 3600.0
    /// A series that so many held scrapes in a row lacked is gone.
    static let absencesMax = 3
    /// The labels whose values are kept, and how long they may be.
    static let keptLabels = ["job", "instance", "cpu", "device", "mountpoint", "nodename"]
    static let labelBytesMax = 256

    package struct Limits: Sendable {
        package var futureSecondsMax: Double
        package var ageSecondsMax: Double
        /// Values and series that are kept of all targets together. Thousands of hosts need far less: some 500 each,
        /// of a scrape that waits, the last one, and what is usual. A scrape that is finished becomes both of the
        /// latter, so there may be twice as many.
        var rememberedMax = 4_000_000

        package init(futureSecondsMax: Double, ageSecondsMax: Double) {
            self.futureSecondsMax = futureSecondsMax
            self.ageSecondsMax = ageSecondsMax
        }
    }

    package struct Counters: Sendable, Equatable {
        package var samples = 0
        package var ignored = 0
        package var refused = 0
        package var late = 0
        package var records = 0
        package var incomplete = 0

        package init() {}
    }

    private struct Target: Hashable { let job: String, instance: String }

    private struct Waiting {
        var scrape: NodeScrape
        var stale: Set<NodeSeries> = []
        var heardAt: Double

        var remembered: Int { scrape.values.count + stale.count }
    }

    private struct Progress {
        var host: String?
        var labels: [String: String] = [:]
        var waiting: [Int64: Waiting] = [:]
        /// How many scrapes in a row lacked it.
        var usual: [NodeSeries: Int] = [:]
        var last: NodeScrape?
        var heardAt = 0.0

        var remembered: Int {
            usual.count + (last?.values.count ?? 0) + waiting.values.reduce(0) { $0 + $1.remembered }
        }
    }

    package var settings: RemoteWriteSettings
    private let limits: Limits
    private var targets: [Target: Progress] = [:]
    /// Of all targets.
    private(set) var remembered = 0
    package private(set) var counters = Counters()

    package init(_ settings: RemoteWriteSettings, limits: Limits) {
        self.settings = settings
        self.limits = limits
    }

    package var targetCount: Int { targets.count }
    package var waitingCount: Int { targets.values.reduce(0) { $0 + $1.waiting.count } }

    package static func knows(_ name: String) -> Bool { NodeSeries.knows(name) }

    /// Takes a request's series in, notes in `request` which break a rule, and hands out the records that are whole
    /// now. `now` in Unix seconds.
    package mutating func add(_ request: inout WriteRequest, now: Double) -> [Record] {
        var touched: Set<Target> = []
        for series in request.series { add(series, now: now, &touched, &request) }
        counters.ignored += request.ignored
        counters.refused += request.faultCount
        var records: [Record] = []
        for target in touched { records += finish(target, now: now, all: false) }
        return records.sorted { ($0.host, $0.time) < ($1.host, $1.time) }
    }

    /// The records of scrapes that have waited long enough; of all when `all`.
    package mutating func flush(now: Double, all: Bool = false) -> [Record] {
        var records: [Record] = []
        for target in Array(targets.keys) {
            records += finish(target, now: now, all: all)
            if let progress = targets[target], now - progress.heardAt > Self.idleSeconds {
                remembered -= progress.remembered
                targets[target] = nil
            }
        }
        return records.sorted { ($0.host, $0.time) < ($1.host, $1.time) }
    }

    // MARK: In

    private mutating func add(
        _ series: WrittenSeries, now: Double, _ touched: inout Set<Target>, _ request: inout WriteRequest
    ) {
        guard !settings.drop.contains(where: { series.labels[$0.name] == $0.value }), let key = NodeSeries(series)
        else { return request.ignored += 1 }
        if let label = Self.keptLabels.first(where: { series.labels[$0, default: ""].utf8.count > Self.labelBytesMax })
        {
            return request.refuse(series.name, "\(label) has more than \(Self.labelBytesMax) bytes")
        }
        let target = Target(job: series.labels["job"] ?? "", instance: series.labels["instance"] ?? "")
        var progress: Progress
        if let known = targets.removeValue(forKey: target) {
            progress = known
        } else {
            guard targets.count < Self.targetsMax else {
                return request.refuse(series.name, "more than \(Self.targetsMax) targets write here")
            }
            progress = Progress()
        }
        defer { if !progress.waiting.isEmpty || progress.last != nil { targets[target] = progress } }
        do throws(Refused) {
            if let name = try host(of: series, key) { progress.host = name }
        } catch {
            return request.refuse(series.name, error.rule)
        }
        for name in settings.labels {
            if let value = series.labels[name], Record.isLabel(name, value), progress.labels.count < Record.labelsMax {
                progress.labels[name] = value
            }
        }
        progress.heardAt = now
        for sample in series.samples {
            let seconds = Double(sample.milliseconds) / 1000
            guard seconds <= now + limits.futureSecondsMax else {
                request.refuse(series.name, "a sample is more than \(Int(limits.futureSecondsMax)) s in the future")
                continue
            }
            guard seconds >= now - limits.ageSecondsMax else {
                request.refuse(series.name, "a sample is more than \(Int(limits.ageSecondsMax / 3600)) hours old")
                continue
            }
            counters.samples += 1
            do throws(Refused) {
                try note(key, sample, now: now, &progress)
            } catch {
                request.refuse(series.name, error.rule)
                continue
            }
            touched.insert(target)
        }
    }

    /// Counts one more that is to be remembered beside `count` like it.
    private mutating func remember(beside count: Int) throws(Refused) {
        guard count < Self.seriesMax else {
            throw Refused(rule: "a target has at most \(Self.seriesMax) series that count here")
        }
        guard remembered < limits.rememberedMax else {
            throw Refused(rule: "at most \(limits.rememberedMax) values of all targets are kept until they are records")
        }
        remembered += 1
    }

    private mutating func note(
        _ key: NodeSeries, _ sample: WrittenSeries.Sample, now: Double, _ progress: inout Progress
    ) throws(Refused) {
        if let last = progress.last, sample.milliseconds <= last.milliseconds {
            // Sent again after an answer was lost, or late: what was counted then serves the next rate.
            if sample.milliseconds == last.milliseconds, last.values[key] != nil { return }
            counters.late += 1
            guard !sample.value.isNaN else { return }
            if progress.usual[key] == nil { try remember(beside: progress.usual.count) }
            progress.usual[key] = 0
            if sample.milliseconds == last.milliseconds {
                try remember(beside: last.values.count)
                progress.last?.values[key] = sample.value
            }
            return
        }
        var waiting =
            progress.waiting.removeValue(forKey: sample.milliseconds)
            ?? Waiting(scrape: NodeScrape(milliseconds: sample.milliseconds), heardAt: now)
        defer { if waiting.remembered > 0 { progress.waiting[sample.milliseconds] = waiting } }
        if sample.value.isNaN {
            guard !waiting.stale.contains(key) else { return }
            try remember(beside: waiting.stale.count)
            waiting.stale.insert(key)
        } else {
            if waiting.scrape.values[key] == nil { try remember(beside: waiting.scrape.values.count) }
            waiting.scrape.values[key] = sample.value
        }
    }

    private struct Refused: Error { let rule: String }

    private func host(of series: WrittenSeries, _ key: NodeSeries) throws(Refused) -> String? {
        let name: String
        if settings.hostLabel == "nodename" {
            guard case .machine(let nodename) = key else { return nil }
            name = nodename
        } else {
            guard let value = series.labels[settings.hostLabel] else {
                throw Refused(rule: "it has no label \(settings.hostLabel), which names the host here")
            }
            name = Self.withoutPort(value)
        }
        guard HostName.isValid(name) else {
            throw Refused(rule: "\(settings.hostLabel) \(name.prefix(100)) is no host's name: \(HostName.rule)")
        }
        return name
    }

    static func withoutPort(_ name: String) -> String {
        guard let colon = name.lastIndex(of: ":") else { return name }
        let port = name[name.index(after: colon)...]
        return !port.isEmpty && port.allSatisfy { $0.isASCII && $0.isNumber } ? String(name[..<colon]) : name
    }

    // MARK: Out

    private mutating func finish(_ target: Target, now: Double, all: Bool) -> [Record] {
        guard var progress = targets.removeValue(forKey: target) else { return [] }
        let before = progress.remembered
        defer {
            remembered += progress.remembered - before
            targets[target] = progress
        }
        var records: [Record] = []
        // In order once: a request may hold a series of a million times.
        for time in progress.waiting.keys.sorted() {
            guard let waiting = progress.waiting[time] else { continue }
            let lacking = progress.usual.keys.filter { waiting.scrape.values[$0] == nil && !waiting.stale.contains($0) }
            let isWhole = !progress.usual.isEmpty && lacking.isEmpty
            let isDue = now - waiting.heardAt >= settings.holdSeconds || progress.waiting.count > Self.waitingMax
            guard isWhole || isDue || all else { break }
            progress.waiting[time] = nil
            if !isWhole && !progress.usual.isEmpty { counters.incomplete += 1 }
            for key in lacking { progress.usual[key, default: 0] += 1 }
            for key in waiting.scrape.values.keys
            where progress.usual.count < Self.seriesMax || progress.usual[key] != nil { progress.usual[key] = 0 }
            for key in waiting.stale { progress.usual[key] = nil }
            progress.usual = progress.usual.filter { $0.value < Self.absencesMax }
            if let record = Self.record(of: waiting.scrape, &progress) { records.append(record) }
        }
        counters.records += records.count
        return records
    }

    /// Nil for a scrape of nothing: a target that has gone away.
    private static func record(of scrape: NodeScrape, _ progress: inout Progress) -> Record? {
        let reading = NodeReading(scrape, before: progress.last)
        progress.last = scrape
        guard let host = progress.host, reading.values.missingCount < Metric.count,
            scrape.values.keys.contains(where: { if case .machine = $0 { false } else { true } })
        else { return nil }
        var record = Record(host: host, time: Double(scrape.milliseconds) / 1000, values: reading.values)
        record.missing = reading.missing
        record.cpus = reading.cpus
        record.labels = progress.labels
        return record
    }
}
