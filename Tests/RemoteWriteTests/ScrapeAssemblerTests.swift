import Telemetry
import Testing

@testable import RemoteWrite

struct ScrapeAssemblerTests {
    static let start = 1000.0

    static func assembler(_ change: (inout RemoteWriteSettings) -> Void = { _ in }) -> ScrapeAssembler {
        var settings = RemoteWriteSettings()
        change(&settings)
        return ScrapeAssembler(settings, limits: .init(futureSecondsMax: 300, ageSecondsMax: 86_400))
    }

    /// One that has made a record of scrape 0.
    static func begun(_ change: (inout RemoteWriteSettings) -> Void = { _ in }) -> ScrapeAssembler {
        var assembler = assembler(change)
        var request = WriteRequest(Sender.scrape(0))
        _ = assembler.add(&request, now: start)
        #expect(assembler.flush(now: start + 15).count == 1)
        return assembler
    }

    @discardableResult
    static func add(_ series: [WrittenSeries], to assembler: inout ScrapeAssembler, now: Double) -> [Record] {
        var request = WriteRequest(series)
        return assembler.add(&request, now: now)
    }

    @Test func fourteenMetrics() throws {
        var assembler = Self.assembler()
        #expect(Self.add(Sender.scrape(0), to: &assembler, now: Self.start) == [])
        #expect(assembler.flush(now: Self.start + 14) == [])
        let first = try #require(assembler.flush(now: Self.start + 15).first)
        #expect(first.values[.cpuUser] == nil && first.missing[.cpuUser] == "the first scrape: a rate takes two")
        #expect(first.values[.memoryUsed] == 75)

        // From here on a scrape is whole as soon as all of it is there.
        let record = try #require(Self.add(Sender.scrape(1), to: &assembler, now: Self.start + 16).first)
        #expect(record.host == "web1" && record.time == 1010 && record.cpus == 2 && record.labels == ["job": "node"])
        let wanted: [(Metric, Double)] = [
            (.cpuUser, 40), (.cpuSystem, 10), (.cpuIOWait, 0), (.cpuIdle, 50), (.memoryUsed, 75), (.swapUsed, 0),
            (.diskUsage, 75), (.networkIn, 2), (.networkOut, 1), (.loadAverage, 1.5), (.uptime, 1),
        ]
        for (metric, value) in wanted {
            #expect(abs((record.values[metric] ?? -1) - value) < 1e-9, "\(metric): \(record.values[metric] ?? .nan)")
        }
        #expect(record.values.missingCount == 3)
        #expect(record.missing[.javaCPU] == "node_exporter does not measure processes")
        #expect(record.missing[.backCloseWait]?.hasSuffix("it counts 7 of both kinds") == true)
        #expect(record.missing[.frontCloseWait] == record.missing[.backCloseWait])
    }

    /// However a scrape is cut into requests, and in whatever order they come, it is one record, the same one.
    @Test(arguments: [1, 2, 3, 7, 100])
    func splitOverRequests(parts: Int) throws {
        var (whole, split) = (Self.begun(), Self.begun())
        let wanted = Self.add(Sender.scrape(1), to: &whole, now: Self.start + 20)
        let series = Sender.scrape(1)
        var made: [Record] = []
        for part in (0..<parts).reversed() {
            let piece = series.indices.filter { $0 % parts == part }.map { series[$0] }
            #expect(made.isEmpty)
            made += Self.add(piece, to: &split, now: Self.start + 20)
        }
        #expect(made == wanted && made.count == 1)
    }

    /// Two shards, one of them three scrapes behind: each scrape waits for its other half, and they come out in order.
    @Test func shardsApart() throws {
        var assembler = Self.begun()
        func half(_ step: Int, _ which: Int) -> [WrittenSeries] {
            let series = Sender.scrape(step)
            return series.indices.filter { $0 % 2 == which }.map { series[$0] }
        }
        for step in 1...3 { #expect(Self.add(half(step, 0), to: &assembler, now: Self.start + 16) == []) }
        var times: [Double] = []
        for step in 1...3 {
            let made = Self.add(half(step, 1), to: &assembler, now: Self.start + 17)
            times += made.map(\.time)
            #expect(made.allSatisfy { $0.values[.cpuUser].map { abs($0 - 40) < 1e-9 } ?? false })
        }
        #expect(times == [1010, 1020, 1030])
        // A later scrape that is whole waits behind one that is not.
        #expect(Self.add(half(4, 0) + Sender.scrape(5), to: &assembler, now: Self.start + 18) == [])
        #expect(Self.add(half(4, 1), to: &assembler, now: Self.start + 19).map(\.time) == [1040, 1050])
    }

    /// The first half alone became a record, because the other came too late; the next one waits for both again.
    @Test func latePartsAreWaitedForNextTime() {
        var assembler = Self.assembler()
        let (first, second) = (Sender.scrape(0), Sender.scrape(1))
        Self.add(Array(first.prefix(20)), to: &assembler, now: Self.start)
        #expect(assembler.flush(now: Self.start + 15).count == 1)
        #expect(Self.add(Array(first.dropFirst(20)), to: &assembler, now: Self.start + 16) == [])
        #expect(assembler.counters.late > 0)
        #expect(Self.add(Array(second.prefix(20)), to: &assembler, now: Self.start + 20) == [])
        let made = Self.add(Array(second.dropFirst(20)), to: &assembler, now: Self.start + 21)
        // What came late has served the rates.
        #expect(made.count == 1 && made.first?.values[.networkIn] == 2)
    }

    /// Prometheus sends a request again whose answer was lost.
    @Test func sentTwice() {
        var assembler = Self.begun()
        #expect(Self.add(Sender.scrape(1), to: &assembler, now: Self.start + 20).count == 1)
        #expect(Self.add(Sender.scrape(1), to: &assembler, now: Self.start + 21) == [])
        #expect(assembler.counters.late == 0 && assembler.waitingCount == 0)
        #expect(Self.add(Sender.scrape(2), to: &assembler, now: Self.start + 30).count == 1)
    }

    /// A series that ends says so, and none waits for it; one that vanishes is waited for three times.
    @Test func seriesEnd() {
        var assembler = Self.begun()
        func without(_ step: Int, stale: Bool) -> [WrittenSeries] {
            Sender.scrape(step).compactMap { series in
                guard series.labels["device"] == "eth0" else { return series }
                var series = series
                series.samples[0].value = Double(bitPattern: WrittenSeries.Sample.staleBits)
                return stale ? series : nil
            }
        }
        #expect(Self.add(without(1, stale: false), to: &assembler, now: Self.start + 20) == [])
        #expect(assembler.flush(now: Self.start + 35).first?.missing[.networkIn] != nil)
        #expect(assembler.counters.incomplete == 1)
        #expect(Self.add(without(2, stale: true), to: &assembler, now: Self.start + 36).count == 1)
        #expect(Self.add(without(3, stale: false), to: &assembler, now: Self.start + 37).count == 1)
    }

    /// Prometheus ends all series of a target that no longer answers: no record, and no rate over the gap.
    @Test func targetGone() {
        var assembler = Self.begun()
        let gone = Sender.scrape(1).map { series in
            var series = series
            series.samples[0].value = Double(bitPattern: WrittenSeries.Sample.staleBits)
            return series
        }
        #expect(Self.add(gone, to: &assembler, now: Self.start + 20) == [])
        Self.add(Sender.scrape(2), to: &assembler, now: Self.start + 30)
        let back = assembler.flush(now: Self.start + 45)
        #expect(back.count == 1 && back.first?.values[.cpuUser] == nil && back.first?.values[.memoryUsed] == 75)
    }

    @Test func reboot() {
        var assembler = Self.begun()
        let rebooted = Sender.scrape(1).map { series in
            var series = series
            if series.name == "node_boot_time_seconds" { series.samples[0].value = 1005 + 1 }
            if series.name.hasSuffix("_total") { series.samples[0].value = 0 }
            return series
        }
        let record = Self.add(rebooted, to: &assembler, now: Self.start + 20).first
        #expect(record?.missing[.cpuIdle] == "the host has been rebooted")
        #expect(record?.missing[.networkIn] == "the host has been rebooted")
    }

    @Test func counterReset() {
        var assembler = Self.begun()
        let reset = Sender.scrape(1).map { series in
            var series = series
            if series.labels["device"] == "eth0" { series.samples[0].value = -1 }
            if series.labels["mode"] == "user" { series.samples[0].value = 0 }
            return series
        }
        let record = Self.add(reset, to: &assembler, now: Self.start + 20).first
        #expect(record?.missing[.cpuUser] == "CPU time went backwards")
        #expect(record?.missing[.networkIn] == "the byte counters of eth0 went backwards")
        #expect(record?.values[.memoryUsed] == 75)
    }

    @Test func namesOfHosts() {
        for (label, instance, host) in [
            ("instance", "web1:9100", "web1"), ("instance", "db.example", "db.example"),
            ("nodename", "10.0.0.7:9100", "web1.example"), ("instance", "10.0.0.7:9100", "10.0.0.7"),
        ] {
            var assembler = Self.assembler { $0.hostLabel = label }
            Self.add(Sender.scrape(0, instance: instance), to: &assembler, now: Self.start)
            #expect(assembler.flush(now: Self.start + 15).map(\.host) == [host])
        }
    }

    /// What breaks a rule is named, the rest kept.
    @Test func refusals() {
        var assembler = Self.assembler()
        var request = WriteRequest(Sender.scrape(0, instance: "[::1]:9100") + Sender.scrape(0, instance: "web2:9100"))
        _ = assembler.add(&request, now: Self.start)
        #expect(request.faults.first?.contains("is no host's name") == true)
        #expect(assembler.targetCount == 1)
        for (start, word) in [(1_400_000, "in the future"), (-86_000_000, "hours old")] as [(Int64, String)] {
            var request = WriteRequest(Sender.scrape(0, start: start))
            _ = assembler.add(&request, now: Self.start)
            #expect(request.faultCount > 10 && request.faults.first?.contains(word) == true, "\(request.faults)")
        }
        #expect(assembler.flush(now: Self.start + 15).map(\.host) == ["web2"])
        #expect(assembler.targetCount == 1)
    }

    @Test func droppedByLabel() {
        var assembler = Self.assembler { $0.drop = [.init(name: "job", value: "node")] }
        Self.add(Sender.scrape(0), to: &assembler, now: Self.start)
        #expect(assembler.flush(now: Self.start + 15) == [] && assembler.targetCount == 0)
    }

    /// A target that nobody writes of any more is forgotten, and waiting scrapes are bounded.
    @Test func bounds() {
        var assembler = Self.begun()
        _ = assembler.flush(now: Self.start + 3700)
        #expect(assembler.targetCount == 0)
        for step in 0...(ScrapeAssembler.waitingMax + 10) {
            Self.add(Array(Sender.scrape(step).prefix(3)), to: &assembler, now: Self.start + 4000)
        }
        #expect(assembler.waitingCount <= ScrapeAssembler.waitingMax)
    }

    // MARK: What a sender may make it keep

    /// `count` series of CPU time of step `step`, numbered from `first`.
    static func cpus(_ count: Int, from first: Int, step: Int, instance: String = "web1:9100") -> [WrittenSeries] {
        (first..<first + count).map {
            WrittenSeries(
                name: "node_cpu_seconds_total",
                labels: ["cpu": "\($0)", "mode": "user", "instance": instance, "job": "node"],
                samples: [.init(value: 1, milliseconds: 1_000_000 + Int64(step) * 10_000)])
        }
    }

    static func stale(_ series: [WrittenSeries]) -> [WrittenSeries] {
        series.map { series in
            var series = series
            series.samples[0].value = Double(bitPattern: WrittenSeries.Sample.staleBits)
            return series
        }
    }

    /// Whichever way the series come: as values, as ends, or after their scrape has become a record.
    @Test(arguments: ["value", "stale", "late", "later"]) func seriesOfATargetAreBounded(way: String) {
        let maximum = ScrapeAssembler.seriesMax
        var assembler = Self.begun()
        Self.add(Sender.scrape(1), to: &assembler, now: Self.start + 16)
        let before = assembler.remembered
        let step = ["value": 2, "stale": 2, "late": 1, "later": 0][way] ?? 0
        let series = Self.cpus(maximum + 100, from: 2, step: step)
        var request = WriteRequest(way == "stale" ? Self.stale(series) : series)
        _ = assembler.add(&request, now: Self.start + 17)
        #expect(request.faultCount >= 100 && request.faultCount < 200, "\(request.faultCount)")
        #expect(request.faults.first?.contains("at most \(maximum) series") == true, "\(request.faults)")
        #expect(assembler.remembered - before <= 2 * maximum)
        var again = WriteRequest(way == "stale" ? Self.stale(series) : series)
        _ = assembler.add(&again, now: Self.start + 18)
        #expect(assembler.remembered - before <= 2 * maximum)
    }

    /// Series that change with each scrape do not pile up among the usual ones, and none of it outlives its target.
    @Test func whatIsUsualIsBounded() {
        let maximum = ScrapeAssembler.seriesMax
        var assembler = Self.assembler()
        for step in 0..<6 {
            Self.add(Self.cpus(3000, from: 3000 * step, step: step), to: &assembler, now: Self.start)
            _ = assembler.flush(now: Self.start, all: true)
            #expect(assembler.remembered <= 3000 + maximum)
        }
        _ = assembler.flush(now: Self.start + 3700)
        #expect(assembler.targetCount == 0 && assembler.remembered == 0)
    }

    @Test func allTargetsShareABound() {
        var limits = ScrapeAssembler.Limits(futureSecondsMax: 300, ageSecondsMax: 86_400)
        limits.rememberedMax = 50
        var assembler = ScrapeAssembler(RemoteWriteSettings(), limits: limits)
        Self.add(Self.cpus(30, from: 0, step: 0), to: &assembler, now: Self.start)
        var request = WriteRequest(Self.cpus(30, from: 0, step: 0, instance: "web2:9100"))
        _ = assembler.add(&request, now: Self.start)
        #expect(request.faultCount == 10 && request.faults.first?.contains("at most 50 values of all targets") == true)
        #expect(assembler.remembered == 50)
        // What is there already is no more when it comes again.
        #expect(assembler.add(&request, now: Self.start) == [] && request.faultCount == 20)
        _ = assembler.flush(now: Self.start + 3700)
        #expect(assembler.remembered == 0)
        Self.add(Self.cpus(30, from: 0, step: 0), to: &assembler, now: Self.start)
        #expect(assembler.remembered == 30)
    }

    @Test(arguments: ["job", "instance", "cpu", "device", "mountpoint", "nodename"]) func longLabels(label: String) {
        for (bytes, faults) in [(ScrapeAssembler.labelBytesMax, false), (ScrapeAssembler.labelBytesMax + 1, true)] {
            var assembler = Self.assembler { $0.hostLabel = "host" }
            var request = WriteRequest(
                Sender.scrape(0).map { series in
                    var series = series
                    series.labels["host"] = "web1"
                    guard series.labels[label] != nil else { return series }
                    series.labels[label] = "/" + String(repeating: "e", count: bytes - 1)
                    return series
                })
            _ = assembler.add(&request, now: Self.start)
            let said = request.faults.contains { $0.contains("\(label) has more than 256 bytes") }
            #expect(said == faults, "\(label), \(bytes): \(request.faults)")
            #expect((request.faultCount > 0) == faults, "\(label), \(bytes): \(request.faults)")
        }
    }
}
