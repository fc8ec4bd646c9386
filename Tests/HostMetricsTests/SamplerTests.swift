import Foundation
import Telemetry
import Testing

@testable import HostMetrics

struct SamplerTests {
    static func tree(_ stat: String, received: Int) throws -> Tree {
        try Tree([
            "stat": stat, "meminfo": "MemTotal: 100 kB\nMemAvailable: 25 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n",
            "loadavg": "1.5 1 1 1/1 1\n", "uptime": "43200.00 1\n", "sys/kernel/hostname": "ppweb001\n",
            "net/dev": "eth0: \(received) 1 0 0 0 0 0 0 \(received / 2) 1\n", "net/tcp": "heading\n",
            "1/comm": "java\n",
            "1/stat": JavaReaderTests.stat(1, "java", user: received / 100_000, system: 0, start: 1),
        ])
    }

    @Test func replayMakesARecordOfTwoTrees() throws {
        let old = try Self.tree("cpu 0 0 0 0 0 0 0 0\ncpu0 0\ncpu1 0\n", received: 0)
        let new = try Self.tree("cpu 400 100 200 200 50 0 0 50\ncpu0 0\ncpu1 0\n", received: 10_000_000)
        let record = Sampler.replay(from: old.root, to: new.root, seconds: 5, host: new.root.hostName, time: 1.23456)
        #expect(record.host == "ppweb001" && record.cpus == 2 && record.time == 1.235)
        var expected: MetricVector = [
            .cpuUser: 50, .cpuSystem: 20, .cpuIOWait: 5, .cpuIdle: 20, .javaCPU: 10, .memoryUsed: 75, .swapUsed: 0,
            .networkIn: 2, .networkOut: 1, .backCloseWait: 0, .frontCloseWait: 0, .loadAverage: 1.5, .uptime: 0.5,
        ]
        expected[.diskUsage] = nil
        #expect(record.values == expected)
        #expect(record.missing == [.diskUsage: "a captured tree has no filesystems to ask"])
    }

    @Test func anEmptyTreeIsAllMissingWithReasons() throws {
        let tree = try Tree()
        let record = Sampler.replay(from: tree.root, to: tree.root, seconds: 5, host: "h", time: 1)
        #expect(record.values.missingCount == Metric.count && record.missing.count == Metric.count)
        #expect(record.missing[.memoryUsed] == "meminfo does not exist" && record.cpus == nil)
    }

    @Test func aFailingReaderCostsOnlyItsOwn() throws {
        let old = try Self.tree("cpu 0 0 0 0 0\ncpu0 0\n", received: 0)
        let new = try Self.tree("garbage\n", received: 1_000_000)
        let record = Sampler.replay(from: old.root, to: new.root, seconds: 1, host: "h", time: 1)
        #expect(
            Set(record.missing.keys) == [.cpuUser, .cpuSystem, .cpuIOWait, .cpuIdle, .javaCPU, .diskUsage])
        #expect(record.values[.networkIn] == 1)
    }

    @Test func aStillPictureHasNoRates() throws {
        let tree = try Self.tree("cpu 400 100 200 200 50 0 0 50\ncpu0 0\n", received: 10_000)
        let record = Sampler.replay(from: tree.root, to: tree.root, seconds: 5, host: "h", time: 1)
        #expect(record.missing[.cpuIdle] == "no CPU time passed between the two readings")
        #expect(record.missing[.networkIn] == "nothing changed between the two readings")
        #expect(record.values[.memoryUsed] == 75)
    }

    @Test func theFirstSampleHasNoRates() throws {
        var sampler = Sampler(host: "h")
        let first = sampler.sample()
        #expect(first.missing[.cpuUser] == "a rate needs two readings" && first.values[.cpuUser] == nil)
        #expect(first.values[.memoryUsed] != nil && first.values[.uptime] != nil && first.values[.diskUsage] != nil)
        usleep(200_000)
        let second = sampler.sample()
        let shares = [Metric.cpuUser, .cpuSystem, .cpuIOWait, .cpuIdle].compactMap { second.values[$0] }
        #expect(shares.count == 4 && shares.reduce(0, +) <= 100.1)
        #expect(sampler.reports.map(\.name).contains("sockets") && sampler.reports.allSatisfy { $0.seconds < 5 })
    }

    @Test(arguments: [("web-1.example", "web-1.example"), ("ä b", "-"), ("", nil)] as [(String, String?)])
    func hostNames(text: String, name: String?) throws {
        let tree = try Tree(["sys/kernel/hostname": text + "\n"])
        let found = tree.root.hostName
        #expect(HostName.isValid(found))
        #expect(text.isEmpty || tree.root.kernelHostName == text)
        if let name { #expect(found == name) }
    }
}
