import Foundation
import Telemetry
import Testing

@testable import AgentApp
@testable import HostMetrics

struct SelfMetricsTests {
    @Test func whatIsSent() throws {
        var pushes = PushTally()
        pushes.count(.acknowledged(note: nil), at: 100, date: 101)
        pushes.count(.retry(afterSeconds: nil, reason: "x"), at: 110, date: nil)
        pushes.count(.setAside(status: 400, reason: "x"), at: 111, date: nil)
        let own = SelfMetrics(
            waiting: 4, dropped: 2, oldestUnsentSeconds: 12.345, pushes: pushes,
            readers: [
                ReaderReport(name: "cpu", seconds: 0.000_123_4),
                ReaderReport(name: "java", seconds: 1, failures: 3, note: "x"),
            ],
            process: OwnProcess(residentBytes: 8192, privateBytes: 4096, cpuSeconds: 1.234_56))
        var json = JSONWriter()
        json.object { own.write(to: &$0) }
        #expect(
            json.text
                == #"{"version":"\#(Version.program)","spool_records":4,"dropped":2,"oldest_unsent_seconds":12.3,"#
                + #""pushes_stored":1,"pushes_failed":1,"pushes_refused":1,"clock_skew_seconds":-1.5,"#
                + #""resident_bytes":8192,"cpu_seconds":1.235,"cpu_us":123,"java_us":1000000,"#
                + #""java_failures":3,"java_note":"x"}"#
        )
    }

    /// The collector keeps 64 members of one level.
    @Test func allOfItFits() throws {
        var sampler = Sampler(host: "h")
        _ = sampler.sample()
        var readers = sampler.reports
        for index in readers.indices {
            readers[index].failures = 1
            readers[index].note = "x"
        }
        var own = SelfMetrics(oldestUnsentSeconds: 1, readers: readers, process: .read())
        own.pushes.count(.acknowledged(note: nil), at: 1, date: 1)
        var json = JSONWriter()
        json.object { own.write(to: &$0) }
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(json.bytes)) as? [String: Any])
        #expect(object.count <= 64 && object.values.allSatisfy { $0 is NSNumber || $0 is String })
        #expect(readers.count == 8 && object.count == 10 + 3 * readers.count)
    }

    @Test func ownProcessIsPlausible() throws {
        let first = try #require(OwnProcess.read())
        var sum = 0.0
        for value in 0..<2_000_000 { sum += Double(value).squareRoot() }
        let second = try #require(OwnProcess.read())
        #expect(sum > 0 && second.cpuSeconds > first.cpuSeconds)
        #expect(second.residentBytes > 1 << 20 && (1...second.residentBytes).contains(second.privateBytes))
    }
}
