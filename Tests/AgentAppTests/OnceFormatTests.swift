import Spool
import Telemetry
import TestSupport
import Testing

@testable import AgentApp
@testable import HostMetrics

struct OnceFormatTests {
    static var record: Record {
        var record = Record(
            host: "ppweb001", time: 1_795_428_000,
            values: [
                .cpuUser: 20, .cpuSystem: 10.04, .cpuIOWait: 0, .cpuIdle: 69.96, .javaCPU: 5, .memoryUsed: 75,
                .swapUsed: 0, .networkIn: 1.5, .networkOut: 0.000_25, .backCloseWait: 3, .frontCloseWait: 1200,
                .loadAverage: 1.25, .uptime: 12.5,
            ])
        record.cpus = 8
        record.missing = [.diskUsage: "a captured tree has no filesystems to ask"]
        return record
    }

    @Test func table() {
        #expect(
            OnceFormat.table.text(of: Self.record, own: nil) == """
                ppweb001, 8 CPUs, 2026-11-23T10:00:00Z

                CPU used                  30.0 %
                  idle                    70.0 %
                  user                    20.0 %
                  system                  10.0 %
                  waiting for disks        0.0 %
                  Java                     5.0 %
                memory used               75.0 %
                swap used                  0.0 %
                fullest disk                 –  a captured tree has no filesystems to ask
                network in               1.500 MB/s
                network out              0.000 MB/s
                CLOSE_WAIT back              3
                CLOSE_WAIT front          1200
                load, 1 minute            1.25
                up                       12.50 days

                """)
    }

    @Test func jsonIsOneFlatRecord() {
        let text = OnceFormat.json.text(of: Self.record, own: nil)
        #expect(text.hasPrefix(#"{"host":"ppweb001","time":1795428000,"cpus":8,"cpu_user_pct":20,"#))
        #expect(text.contains(#""disk_usage_pct":null"#))
        #expect(text.hasSuffix(#""missing":{"disk_usage_pct":"a captured tree has no filesystems to ask"}}"# + "\n"))
    }

    /// What a running agent keeps is read beside it, without its lock.
    @Test func prometheusTellsWhatWaits() throws {
        let folder = try Folder()
        let spool = try Spool(directory: "\(folder.path)/spool", now: 1000, timeOf: Batch.time)
        var record = Self.record
        for time in [100.0, 105, 110, 115] {
            record.time = time
            spool.append(time: time) { _ in Batch.payload(of: record) }
        }
        spool.acknowledge(1...1)
        spool.reject(3...3, from: 110, to: 110)
        spool.syncNow()
        let view = try #require(SpoolView(directory: "\(folder.path)/spool", timeOf: Batch.time))
        record.time = 135
        let text = OnceFormat.prometheus.text(of: record, own: nil, spool: view)
        #expect(text.contains("forewarn_spool_records{host=\"ppweb001\"} 2.0\n"), "\(text)")
        #expect(text.contains("forewarn_spool_dropped_records{host=\"ppweb001\"} 1.0\n"))
        #expect(text.contains("forewarn_spool_oldest_unsent_seconds{host=\"ppweb001\"} 30.0\n"))
        #expect(SpoolView(directory: folder.path, timeOf: Batch.time) == nil)

        let printed = try Program.run("forewarn-agent", ["once", "--format", "prometheus", "--state", folder.path])
        #expect(printed.status == 0 && printed.text.contains("forewarn_spool_records{"), "\(printed.text)")
        spool.acknowledge(1...4)
        let empty = SpoolView(directory: "\(folder.path)/spool", timeOf: Batch.time)
        #expect(empty?.waiting == 0 && empty?.oldestTime == nil)
    }

    @Test func prometheusKeepsItsConventions() {
        let text = OnceFormat.prometheus.text(
            of: Self.record,
            own: SelfMetrics(
                readers: [ReaderReport(name: "cpu")],
                process: OwnProcess(residentBytes: 4096, privateBytes: 1024, cpuSeconds: 0.5)))
        let lines = text.split(separator: "\n")
        var described: Set<Substring> = []
        for line in lines {
            let words = line.split(separator: " ")
            if line.hasPrefix("# TYPE") {
                #expect(words.count == 4 && words[3] == "gauge")
                described.insert(words[2])
            } else if !line.hasPrefix("#") {
                let name = line.prefix { $0 != "{" }
                #expect(described.contains(name) && Double(words.last ?? "") != nil, "\(line)")
                // Base units, no abbreviations: what promtool check metrics asks for.
                let parts = name.split(separator: "_")
                #expect(!parts.contains { ["mb", "kb", "s", "ms", "d", "h", "days", "total"].contains($0) }, "\(name)")
            }
        }
        #expect(text.contains("forewarn_net_in_bytes_per_second{host=\"ppweb001\"} 1500000.0\n"))
        #expect(text.contains("forewarn_uptime_seconds{host=\"ppweb001\"} 1080000.0\n"))
        #expect(text.contains("forewarn_metrics_missing{host=\"ppweb001\"} 1.0\n") && !text.contains("disk_usage"))
        #expect(text.contains("forewarn_agent_resident_bytes{host=\"ppweb001\"} 4096.0\n"))
        #expect(text.contains("forewarn_agent_cpu_seconds{host=\"ppweb001\"} 0.5\n"))
        #expect(text.contains("forewarn_reader_failures{host=\"ppweb001\",reader=\"cpu\"} 0.0\n"))
    }
}
