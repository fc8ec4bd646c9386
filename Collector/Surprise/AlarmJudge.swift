/// Alarms of a score that is at a threshold or above, held against incidents.
///
/// Steps that are not further apart than half an hour are one alarm. An alarm is true when it begins within an incident
/// or the half hour before or after it; an incident is hit when an alarm begins from half an hour before it on and
/// before it ends.
package struct AlarmJudge: Sendable {
    package struct Verdict: Sendable, Equatable {
        package var threshold: Double
        package var alarms = 0
        package var falseAlarms = 0
        package var hits = 0
        /// From an incident's first row to the alarm, minutes; negative: before it. Ascending.
        package var delays: [Double] = []
    }

    /// A server's test part.
    struct Server: Sendable {
        var scores: [Double]
        var incidents: [ClosedRange<Int>]
        var stepSeconds: Int
    }

    static let graceSeconds = 1800

    let servers: [Server]

    package var incidents: Int { servers.reduce(0) { $0 + $1.incidents.count } }
    package var months: Double {
        servers.reduce(0) { $0 + Double($1.scores.count * $1.stepSeconds) } / (30 * 86_400)
    }

    /// - Parameter scores: of each table's test part.
    package init(_ tables: [LabelledTable], scores: [[Double]]) {
        servers = zip(tables, scores).map {
            Server(scores: $1, incidents: $0.incidents, stepSeconds: $0.stepSeconds)
        }
    }

    package func verdict(at threshold: Double) -> Verdict {
        var verdict = Verdict(threshold: threshold)
        for server in servers {
            let grace = Self.graceSeconds / server.stepSeconds
            let starts = Self.alarms(server.scores, threshold, gap: grace)
            verdict.alarms += starts.count
            verdict.falseAlarms += starts.count { start in
                !server.incidents.contains { $0.lowerBound - grace <= start && start <= $0.upperBound + grace }
            }
            for incident in server.incidents {
                let hit = starts.first { $0 >= incident.lowerBound - grace && $0 <= incident.upperBound }
                guard let hit else { continue }
                verdict.hits += 1
                verdict.delays.append(Double((hit - incident.lowerBound) * server.stepSeconds) / 60)
            }
        }
        verdict.delays.sort()
        return verdict
    }

    /// Where alarms begin.
    static func alarms(_ scores: [Double], _ threshold: Double, gap: Int) -> [Int] {
        var (starts, last) = ([Int](), Int.min / 2)
        for (row, score) in scores.enumerated() where score >= threshold {
            if row - last > gap { starts.append(row) }
            last = row
        }
        return starts
    }

    /// Of thresholds from the highest score down, at most `count` of them, evenly over the scores' ranks near the top.
    package func sweep(count: Int = 300) -> [Verdict] {
        let scores = Set(servers.flatMap(\.scores)).sorted(by: >)
        var ranks: Set<Int> = []
        // Twice as far down with every 30th part: the highest scores are looked at one by one.
        var rank = 0.0
        while Int(rank) < scores.count, ranks.count < count {
            ranks.insert(Int(rank))
            rank = max(rank + 1, rank * 1.025)
        }
        return ranks.sorted().map { verdict(at: scores[$0]) }
    }

    /// The most that is hit with no more false alarms in a month of one server.
    package func best(of verdicts: [Verdict], falsePerMonth: Double) -> Verdict? {
        verdicts.filter { Double($0.falseAlarms) <= falsePerMonth * months + 1e-9 }.max {
            ($0.hits, -$0.falseAlarms) < ($1.hits, -$1.falseAlarms)
        }
    }

    /// The mean share that is hit over false alarms from 0 to so many in a month of one server.
    package func area(of verdicts: [Verdict], falsePerMonthMax: Double) -> Double {
        let parts = 64
        let hits = (0...parts).reduce(0) { sum, part in
            sum + (best(of: verdicts, falsePerMonth: falsePerMonthMax * Double(part) / Double(parts))?.hits ?? 0)
        }
        return Double(hits) / Double((parts + 1) * max(1, incidents))
    }
}
