import Insight
import SQLite
import Telemetry

enum StepQueries {
    private static let columns = "state, last_ms, samples_needed, \(Schema.each("*_sum, *_n"))"
    static let one = "SELECT \(columns) FROM step WHERE start = ? AND server_id = ?"
    fileprivate static let run = """
        SELECT \(columns), server_id FROM step WHERE start = ? AND server_id BETWEEN ? AND ? ORDER BY server_id
        """
}

/// Five-minute steps out of the tables, and what memory has to add to them.
extension Reader {
    /// The steps of one time of known hosts, by the signed server_id.
    func steps(at start: Int, of hosts: [Int64: Host]) throws(SQLiteError) -> [MovedStep] {
        let statement = try statement(StepQueries.run)
        statement.bind(1, Int64(start))
        statement.bind(2, Int64.min)
        statement.bind(3, Int64.max)
        defer { statement.reset() }
        var steps: [MovedStep] = []
        while try statement.step() {
            guard let host = hosts[statement.integer(3 + 2 * Metric.count)] else { continue }
            let sum = StepSum(statement, start: start)
            guard let row = sum.row(needing: sum.needed ?? host.samplesNeeded) else { continue }
            steps.append(
                MovedStep(host: host.name, profile: host.profile, start: start, state: row.state, means: row.means))
        }
        return steps
    }

    /// With starts in `[from, to)`, oldest first. The table is ordered by time and then host, so each step is a look
    /// of its own, of about two microseconds; a range without the host's samples is not looked through.
    func steps(of host: Host, _ unsettled: [StepSum], from: Int, to: Int, sparse: Bool) throws(SQLiteError) -> [StepRow]
    {
        let statement = try statement(StepQueries.one)
        var rows: [StepRow] = []
        var start = max(Step.start(of: Double(from) + Double(Step.seconds) - 1), Step.start(of: host.firstSeen))
        let end = min(to, Step.start(of: host.lastSeen) + Step.seconds)
        while start < end {
            statement.bind(1, Int64(start))
            statement.bind(2, Int64(bitPattern: host.serverID))
            var sum = try statement.step() ? StepSum(statement, start: start) : StepSum(start: start)
            statement.reset()
            for other in unsettled where other.start == start { sum.add(other) }
            if let row = sum.row(needing: sparse ? 1 : sum.needed ?? host.samplesNeeded) { rows.append(row) }
            start += Step.seconds
        }
        return rows
    }

    /// The steps with starts in `[from, to)` of hosts that lie side by side in the table: `entries` ascend by the
    /// signed server_id. Hosts that join between two of them are passed over.
    func steps(of entries: [HostEntry], from: Int, to: Int) throws(SQLiteError) -> [HostSteps] {
        guard let first = entries.first, let last = entries.last else { return [] }
        let statement = try statement(StepQueries.run)
        var rows = [[StepRow]](repeating: [], count: entries.count)
        var start = from
        while start < to {
            statement.bind(1, Int64(start))
            statement.bind(2, Int64(bitPattern: first.host.serverID))
            statement.bind(3, Int64(bitPattern: last.host.serverID))
            var settled = try statement.step()
            for (place, entry) in entries.enumerated() {
                let serverID = Int64(bitPattern: entry.host.serverID)
                while settled, statement.integer(3 + 2 * Metric.count) < serverID { settled = try statement.step() }
                let isHere = settled && statement.integer(3 + 2 * Metric.count) == serverID
                var sum = isHere ? StepSum(statement, start: start) : StepSum(start: start)
                for other in entry.settling.sums where other.start == start { sum.add(other) }
                for other in entry.arrived.sums where other.start == start { sum.add(other) }
                if let row = sum.row(needing: sum.needed ?? entry.host.samplesNeeded) { rows[place].append(row) }
            }
            statement.reset()
            start += Step.seconds
        }
        return zip(entries, rows).map { HostSteps(host: $0.host, steps: $1) }
    }
}

extension StepSum {
    init(_ row: Statement, start: Int) {
        self.init(start: start)
        state = row.text(0).flatMap(HostState.init(rawValue:))
        lastMilliseconds = row.integer(1)
        needed = row.isNull(2) ? nil : Int(row.integer(2))
        for index in 0..<Metric.count {
            sums[index] = row.double(3 + 2 * index)
            counts[index] = row.integer(4 + 2 * index)
        }
    }

    /// Nil when no metric has as many samples as it needs. A metric with fewer is missing.
    func row(needing needed: Int) -> StepRow? {
        var means = MetricVector()
        var samples: Int64 = 0
        for index in 0..<Metric.count {
            samples = max(samples, counts[index])
            if counts[index] >= needed { means[raw: index] = sums[index] / Double(counts[index]) }
        }
        return samples >= needed ? StepRow(start: start, means: means, samples: Int(samples), state: state) : nil
    }
}
