import Foundation
import HostMetrics

/// What each reader of the agent costs, with ever more processes on the host: the microseconds of a reading, five
/// seconds after the one before, as a running agent makes them.
func readersBench(crowd: Int) throws {
    for count in [0, crowd] where count == 0 || crowd > 0 {
        let processes = try Crowd(count, ["/bin/sleep", "100000"])
        // Settled: what is young is looked at more closely, and nobody starts five thousand programs a minute.
        var sampler = Sampler(host: "bench")
        sampler.prime()
        let first = sampler.reports.map(\.seconds).reduce(0, +)
        print("\(count) sleeping processes more; first reading \(microseconds(first))")
        var costs: [[Double]] = sampler.reports.map { _ in [] }
        for round in 0..<36 {
            usleep(5_000_000)
            _ = sampler.sample()
            // A minute for all to settle.
            guard round >= 14 else { continue }
            for (index, report) in sampler.reports.enumerated() { costs[index].append(report.seconds) }
        }
        for (report, costs) in zip(sampler.reports, costs) {
            let sorted = costs.sorted()
            let mean = sorted.reduce(0, +) / Double(sorted.count)
            print(
                "  \(padded(report.name)) median \(microseconds(sorted[sorted.count / 2]))"
                    + "  best \(microseconds(sorted[0]))  mean \(microseconds(mean))")
        }
        fflush(nil)
        withExtendedLifetime(processes) {}
    }
}

private func microseconds(_ seconds: Double) -> String {
    let text = String(Int((seconds * 1e6).rounded()))
    return String(repeating: " ", count: max(0, 7 - text.count)) + text + " µs"
}

private func padded(_ name: String) -> String { name + String(repeating: " ", count: max(0, 8 - name.count)) }
