import Compression
import Daemon
import Foundation
import Telemetry

/// Durable ingest through the front door: a real collector, real connections, every 2xx after its commit.
///
///     swift run -c release bench ingest
func ingestBench() throws {
    let folder = NSTemporaryDirectory() + "forewarn-bench-\(ProcessInfo.processInfo.processIdentifier)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let collector = try BenchCollector(state: folder)
    defer { collector.stop() }

    print("durable ingest, 100 keep-alive connections, this machine runs the load too")
    print(row("what", "records/s", "p50 ms", "p99 ms", "server cpu", "resident MB", "failed"))
    let client = LoadClient(port: collector.port, connections: 100)
    var clock = Clock.system.now().rounded() - 80_000
    func measure(
        _ name: String, batch: Int, hosts: Int, requests: Int, zipped: Bool = false, perSecond: Double = .infinity
    ) {
        let prepared = makeRequests(count: requests, batch: batch, hosts: hosts, from: &clock, zipped: zipped)
        let cpu = collector.cpuSeconds()
        let outcome = client.run(prepared, perSecond: perSecond)
        let records = Double((outcome.requests - outcome.failures) * batch)
        print(
            row(
                name, number(records / outcome.seconds), number(outcome.latency(0.5) * 1000, 1),
                number(outcome.latency(0.99) * 1000, 1),
                number((collector.cpuSeconds() - cpu) / outcome.seconds * 100) + " %",
                number(collector.residentMegabytes(), 1), "\(outcome.failures)"))
        if !outcome.firstFailure.isEmpty { print(outcome.firstFailure) }
    }
    measure("warm-up", batch: 3, hosts: 1000, requests: 5000)
    measure("batches of 3", batch: 3, hosts: 1000, requests: 100_000)
    measure("batches of 3, gzip", batch: 3, hosts: 1000, requests: 60_000, zipped: true)
    measure("batches of 3, 15 000/s", batch: 3, hosts: 1000, requests: 50_000, perSecond: 5000)
    measure("backlog of 300", batch: 300, hosts: 1000, requests: 4000)
    measure("backlog of 300, gzip", batch: 300, hosts: 1000, requests: 4000, zipped: true)
    measure("backlog of 300, 50 000/s", batch: 300, hosts: 1000, requests: 1600, perSecond: 50_000 / 300)
    clock = Clock.system.now().rounded() - 60
    measure("10 000 hosts at 5 s", batch: 3, hosts: 10_000, requests: 40_000, perSecond: 10_000 / 15)
}

/// Requests of `batch` records each, one host a request, in turn; every record is new.
private func makeRequests(count: Int, batch: Int, hosts: Int, from clock: inout Double, zipped: Bool) -> [[UInt8]] {
    var requests: [[UInt8]] = []
    requests.reserveCapacity(count)
    var values = MetricVector()
    for index in 0..<count {
        let start = clock + Double(index / hosts * batch)
        var json = JSONWriter(capacity: batch * 400)
        json.object { json in
            json.member("host", "bench\(index % hosts)")
            json.member("boot_id", "boot")
            json.member("cpus", 8)
            json.member("interval_seconds", 5.0)
            json.member("records") { json in
                json.array { json in
                    for offset in 0..<batch {
                        for metric in Metric.allCases {
                            values[metric] = Double((index * 7 + offset * 13 + metric.rawValue * 31) % 25_000) / 1000
                        }
                        var record = Record(host: "", time: start + Double(offset), values: values)
                        record.sequence = UInt64(index / hosts * batch + offset + 1)
                        json.object { record.writeMembers(to: &$0) }
                    }
                }
            }
        }
        let body = zipped ? (try? gzip(json.bytes, level: 6)) ?? [] : json.bytes
        let encoding = zipped ? "Content-Encoding: gzip\r\n" : ""
        let head =
            "POST /api/v1/samples HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\(encoding)"
            + "Content-Length: \(body.count)\r\n\r\n"
        requests.append(Array(head.utf8) + body)
    }
    clock += Double((count / hosts + 1) * batch)
    return requests
}

/// The collector under load, as its own process.
final class BenchCollector {
    let port: Int
    private let process = Process()

    init(state: String) throws {
        process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "forewarn-collector")
        // All the load is one address's, which is measured here and not held back.
        let configuration = "\(state).yaml"
        try Data("http: {address_rate: 0, token_rate: 0}\n".utf8).write(to: URL(filePath: configuration))
        process.arguments = ["serve", "--config", configuration, "--listen", "127.0.0.1:0", "--state", state]
        let pipe = Pipe()
        process.standardError = pipe
        try process.run()
        var text = ""
        while !text.contains("listening") {
            let data = pipe.fileHandleForReading.availableData
            guard !data.isEmpty else { throw CocoaError(.executableNotLoadable) }
            text += String(decoding: data, as: UTF8.self)
        }
        let address = text.components(separatedBy: "http://127.0.0.1:").last ?? ""
        port = Int(address.prefix { $0.isNumber }) ?? 0
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
    }

    /// User and system time so far: proc_pid_stat(5), fields 14 and 15, in ticks of 10 ms.
    func cpuSeconds() -> Double {
        let text = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)) ?? ""
        let fields = text.components(separatedBy: ") ").last?.split(separator: " ") ?? []
        return fields.count > 12 ? ((Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0)) / 100 : 0
    }

    func residentMegabytes() -> Double {
        let text = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS") } ?? ""
        return (Double(line.split(whereSeparator: { !$0.isNumber }).first ?? "") ?? 0) / 1024
    }
}

func row(_ cells: String...) -> String {
    cells.enumerated().map { index, cell in
        let padding = String(repeating: " ", count: max(0, (index == 0 ? 28 : 14) - cell.count))
        return index == 0 ? cell + padding : padding + cell
    }.joined()
}

func number(_ value: Double, _ places: Int = 0) -> String { String(format: "%.\(places)f", value) }
