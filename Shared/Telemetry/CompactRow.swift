/// The compact form of records on their way: one row of numbers for each, by position, for agents that push every few
/// seconds over lines that are paid for.
///
///     {"host": "web1", "boot_id": "…", "sequence": 17,
///      "rows": [[1763890000.125, 12.5, …, 17.3042],
///               [1763890005.125, null, …, {"cpu_user_pct": "why it is missing"}]]}
///
/// A row is the time in Unix seconds, the 14 metrics in the order of `Metric`, null where missing, and at its end,
/// where something is missing, the reasons by the metrics' names. `sequence` is the first row's; the others follow it.
/// A sender that wants to be told when its order is not the collector's adds `"columns": "linborg/2"`; another order
/// would have to be named.
package enum CompactRow {
    /// Names the meaning of a row's positions, which is this one unless another is named: the contract and its version.
    package static let columns = "linborg/2"
    /// The time and the metrics, without the reasons.
    package static let numbers = 1 + Metric.count
}

extension Metric {
    /// How many decimals mean something and travel: a hundredth of a percent (one tick of a CPU in a minute and a
    /// half), 100 bytes a second, the kernel's own hundredths of a load, nine seconds of uptime.
    package var wireDecimals: Int {
        switch unit {
        case .percent, .tasks: 2
        case .megabytesPerSecond, .days: 4
        case .count: 0
        }
    }
}

extension Record {
    /// Adds the record as a row. What a batch says once (host, boot, sequence, CPUs, labels) is not in it.
    package func writeRow(to json: inout JSONWriter) {
        json.array { json in
            json.value(Self.rounded(time, decimals: 3))
            for metric in Metric.allCases {
                json.value(values[metric].map { Self.rounded($0, decimals: metric.wireDecimals) })
            }
            guard !missing.isEmpty else { return }
            json.object { json in
                for metric in Metric.allCases {
                    if let reason = missing[metric] { json.member(metric.name, reason) }
                }
            }
        }
    }

    private static func rounded(_ value: Double, decimals: Int) -> Double {
        let scale = [1.0, 10, 100, 1000, 10_000][decimals]
        return (value * scale).rounded() / scale
    }
}
