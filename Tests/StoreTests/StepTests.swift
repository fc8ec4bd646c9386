import Daemon
import Foundation
import Insight
import Telemetry
import Testing

@testable import Store

/// Five-minute steps are the means of their samples, whenever and however those came.
struct StepTests {
    let scene = Scene()

    /// `AVG` over the raw samples, asked of the sqlite3 shell, against what the store answers.
    private func compare(_ store: Store, _ name: String) throws {
        let host = try #require(store.host(named: name))
        let steps = try store.steps(of: host, from: 0, to: .max, sparse: true)
        let averages = Metric.allCases.map { "avg(\($0.name)), count(\($0.name))" }.joined(separator: ", ")
        let rows = try scene.shell(
            """
            SELECT time_ms / 300000 * 300, \(averages) FROM sample JOIN host USING (server_id)
            WHERE name = '\(name)' GROUP BY 1 ORDER BY 1
            """)
        #expect(rows.count == steps.count)
        for (row, step) in zip(rows, steps) {
            let fields = row.split(separator: "|", omittingEmptySubsequences: false)
            #expect(Int(fields[0]) == step.start)
            for metric in Metric.allCases {
                let mean = step.means[metric]
                #expect(mean == nil ? fields[1 + 2 * metric.rawValue].isEmpty : true)
                if let mean, let average = Double(fields[1 + 2 * metric.rawValue]) {
                    #expect(abs(mean - average) <= 1e-9 * abs(average), "\(metric.name)")
                }
            }
        }
        // The view that a person looks at says the same.
        let view = try scene.shell(
            "SELECT start, samples, mem_used_pct FROM step_means WHERE host = '\(name)' ORDER BY start")
        for (row, step) in zip(view, steps) {
            let fields = row.split(separator: "|")
            #expect(Int(fields[0]) == step.start && Int(fields[1]) == step.samples)
            #expect(abs((Double(fields[2]) ?? 0) - (step.means[.memoryUsed] ?? -1)) < 1e-9)
        }
    }

    @Test(arguments: [1, 3, 17, 60])
    func meansAreTheAveragesOfTheRawSamples(batchSize: Int) throws {
        let store = try scene.open()
        var records = samples("web", from: Scene.noon + 40, count: 180)
        for index in records.indices where index % 7 == 0 { records[index].values[.diskUsage] = nil }
        records.shuffle()
        for begin in stride(from: 0, to: records.count, by: batchSize) {
            let batch = Array(records[begin..<min(begin + batchSize, records.count)])
            try store.ingestAndWait(scene.batch(batch))
            if begin == 90 { try store.settle() }
            // A part of it comes twice.
            if begin % 4 == 0 { try store.ingestAndWait(scene.batch(batch)) }
        }
        try compare(store, "web")
        try store.settle()
        try compare(store, "web")
    }

    @Test func aLateSampleMendsItsStep() throws {
        let store = try scene.open()
        let records = samples("web", from: Scene.noon - 6 * 3600, count: 60)
        try store.ingestAndWait(scene.batch(Array(records.prefix(40))))
        try store.ingestAndWait(scene.batch(samples("web", from: Scene.noon, count: 60)))
        try store.settle()
        let host = try #require(store.host(named: "web"))
        let before = try #require(try store.steps(of: host, from: 0, to: Int(Scene.noon)).first)
        #expect(before.samples == 40)
        for record in records.suffix(20) { try store.ingestAndWait(scene.batch([record])) }
        let after = try #require(try store.steps(of: host, from: 0, to: Int(Scene.noon)).first)
        #expect(after.samples == 60)
        let mean = records.compactMap { $0.values[.cpuUser] }.reduce(0, +) / 60
        #expect(abs((after.means[.cpuUser] ?? 0) - mean) < 1e-9)
        try compare(store, "web")
    }

    @Test func aStepWithLessThanAThirdIsMissing() throws {
        let store = try scene.open()
        try store.ingestAndWait(scene.batch(samples("web", from: Scene.noon, count: 19)))
        try store.ingestAndWait(scene.batch(samples("web", from: Scene.noon + 300, count: 20)))
        let host = try #require(store.host(named: "web"))
        #expect(try store.steps(of: host, from: 0, to: .max).map(\.start) == [Int(Scene.noon) + 300])
        #expect(try store.steps(of: host, from: 0, to: .max, sparse: true).map(\.samples) == [19, 20])
        #expect(try store.steps(of: host, from: Int(Scene.noon) + 1, to: .max, sparse: true).map(\.samples) == [20])
        #expect(try store.steps(of: host, from: 0, to: Int(Scene.noon) + 300, sparse: true).map(\.samples) == [19])
    }

    /// A step needs what it needed when it was made, wherever its samples are and after a restart.
    @Test(arguments: [1, 75], [false, true])
    func aChangedIntervalLeavesPastStepsAlone(batchSize: Int, isSettled: Bool) throws {
        var store = try scene.open()
        let records = samples("web", from: Scene.noon - 4500, count: 75, every: 60)
        for begin in stride(from: 0, to: records.count, by: batchSize) {
            let batch = Array(records[begin..<begin + batchSize])
            try store.ingestAndWait(scene.batch(batch, intervalSeconds: 60))
        }
        if isSettled { try store.settle() }
        let starts = (0..<15).map { Int(Scene.noon) - 4500 + $0 * 300 }
        for interval in [5.0, 5, 60] {
            try store.ingestAndWait(scene.batch([sample("web", Scene.noon + interval)], intervalSeconds: interval))
            let now = interval == 60 ? [Int(Scene.noon)] : []
            let host = try #require(store.host(named: "web"))
            let end = Int(Scene.noon)
            #expect(try store.steps(of: host, from: 0, to: end).map(\.start) == starts)
            #expect(try store.steps(of: host, from: end, to: .max).map(\.start) == now)
            var recent: [Int] = []
            try store.recentSteps(count: 15, endingAt: end) { recent += $0.flatMap { $0.steps.map(\.start) } }
            #expect(recent == starts)
            store.close()
            store = try scene.open()
        }
        let needed = try scene.shell("SELECT DISTINCT samples_needed FROM step_means")
        #expect(needed == ["2"])
    }

    /// The first request of a source that declares no interval tells it, and its steps are there at once.
    @Test(arguments: [1, 75], [60.0, 100])
    func aSlowSourceHasStepsAtOnce(batchSize: Int, seconds: Double) throws {
        let store = try scene.open()
        let records = samples("web", from: Scene.noon, count: 75, every: seconds)
        for begin in stride(from: 0, to: records.count, by: batchSize) {
            let batch = Array(records[begin..<begin + batchSize])
            try store.ingestAndWait(scene.batch(batch, intervalSeconds: nil))
        }
        let host = try #require(store.host(named: "web"))
        #expect(host.intervalSeconds == seconds && !host.intervalIsDeclared)
        let counts = try store.steps(of: host, from: 0, to: .max).map(\.samples)
        #expect(counts == [Int](repeating: Int(300 / seconds), count: 75 * Int(seconds) / 300))
        // It goes over to a declared one; what it sent before stays.
        try store.ingestAndWait(scene.batch([sample("web", Scene.noon + 9000)]))
        let count = try store.steps(of: host, from: 0, to: Int(Scene.noon) + 9000).count
        #expect(count >= counts.count - 2)
    }

    @Test func aMetricWithLessThanAThirdIsMissing() throws {
        let store = try scene.open()
        var records = samples("web", from: Scene.noon, count: 60)
        for index in 19..<60 { records[index].values[.swapUsed] = nil }
        try store.ingestAndWait(scene.batch(records))
        let host = try #require(store.host(named: "web"))
        let step = try #require(try store.steps(of: host, from: 0, to: .max).first)
        #expect(step.means[.swapUsed] == nil)
        #expect(step.means[.memoryUsed] != nil)
        let sparse = try #require(try store.steps(of: host, from: 0, to: .max, sparse: true).first)
        #expect(sparse.means[.swapUsed] != nil)
        #expect(sparse.means[.javaCPU] == nil)
    }

    @Test func theStateIsTheNewestOne() throws {
        let store = try scene.open()
        var records = samples("web", from: Scene.noon, count: 60)
        records[10].state = .idle
        records[20].state = .recovery
        for record in records.reversed() { try store.ingestAndWait(scene.batch([record])) }
        let host = try #require(store.host(named: "web"))
        #expect(try store.steps(of: host, from: 0, to: .max).map(\.state) == [.recovery])
        try store.settle()
        #expect(try store.steps(of: host, from: 0, to: .max).map(\.state) == [.recovery])
    }

    @Test func recentStepsOfAllHosts() throws {
        let store = try scene.open()
        for host in 0..<30 where host != 13 {
            try store.ingestAndWait(scene.batch(samples("web\(host)", from: Scene.noon - 900, count: 180 + host)))
        }
        try store.ingestAndWait(scene.batch([sample("web13", Scene.noon - 86_400)]))
        var seen: [String: [StepRow]] = [:]
        try store.recentSteps(count: 2, endingAt: Int(Scene.noon) + 17, hostsPerChunk: 4) { chunk in
            #expect(chunk.count <= 4)
            for host in chunk { seen[host.host.name] = host.steps }
        }
        #expect(seen.count == 30)
        for host in store.hosts() {
            let end = Int(Scene.noon)
            #expect(try store.steps(of: host, from: end - 600, to: end) == seen[host.name])
        }
        #expect(seen["web13"] == [])
        #expect(seen["web0"]?.map(\.samples) == [60, 60])
    }

    /// Moving a sample from one table to the other is never seen as none or as two.
    @Test func readsAreWholeWhileSamplesAreMoved() throws {
        let store = try scene.open {
            $0.arrivedMax = 40
            $0.sliceSeconds = 0
        }
        try store.ingestAndWait(scene.batch((0..<10).map { sample("web\($0)", Scene.noon) }, intervalSeconds: 300))
        let host = try #require(store.host(named: "web3"))
        let isDone = Locked(false)
        let reading = Thread {
            var last = 0
            while !isDone.withLock({ $0 }) {
                let steps = (try? store.steps(of: host, from: 0, to: .max)) ?? []
                let samples = (try? store.samples(of: host, from: 0, to: .infinity)) ?? []
                #expect(steps.first?.samples ?? 0 >= last)
                #expect(samples.count >= steps.first?.samples ?? 0)
                #expect(Set(samples.map(\.time)).count == samples.count)
                last = samples.count
            }
            isDone.withLock { $0 = false }
        }
        reading.start()
        for index in 1..<100 {
            let records = (0..<10).map { sample("web\($0)", Scene.noon + Double(index) * 3) }
            try store.ingestAndWait(scene.batch(records, intervalSeconds: 300))
        }
        isDone.withLock { $0 = true }
        while isDone.withLock({ $0 }) { usleep(1000) }
        #expect(try store.steps(of: host, from: 0, to: .max).map(\.samples) == [100])
    }
}
