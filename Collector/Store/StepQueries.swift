import Insight
import SQLite
import Telemetry

/// Five-minute steps out of the tables.
extension Reader {
    private static let columns = "state, \(Schema.each("*_sum, *_n"))"
    private static let one = "SELECT \(columns) FROM step WHERE start = ? AND server_id = ?"
    private static let run = """
        SELECT \(columns), server_id FROM step WHERE start = ? AND server_id BETWEEN ? AND ? ORDER BY server_id
        """

    /// With starts in `[from, to)`, oldest first. The table is ordered by time and then host, so each step is a look of its
    /// own, of about two microseconds; a range without the host's samples is not looked through.
    func steps(of host: Host, from: Int, to: Int, sparse: Bool) throws(SQLiteError) -> [StepRow] {
        let statement = try statement(Self.one)
        var rows: [StepRow] = []
        var start = max(Step.start(of: Double(from) + Double(Step.seconds) - 1), Step.start(of: host.firstSeen))
        let end = min(to, Step.start(of: host.lastSeen) + Step.seconds)
        while start < end {
            statement.bind(1, Int64(start))
            statement.bind(2, Int64(bitPattern: host.serverID))
            if try statement.step(), let row = Self.row(statement, start, host, sparse: sparse) { rows.append(row) }
            statement.reset()
            start += Step.seconds
        }
        return rows
    }

    /// The steps with starts in `[from, to)` of hosts that lie side by side in the table: `hosts` ascends by the signed
    /// server_id. Hosts that join between two of them are passed over.
    func steps(of hosts: ArraySlice<Host>, from: Int, to: Int) throws(SQLiteError) -> [HostSteps] {
        guard let first = hosts.first, let last = hosts.last else { return [] }
        let statement = try statement(Self.run)
        var rows = [[StepRow]](repeating: [], count: hosts.count)
        var start = from
        while start < to {
            statement.bind(1, Int64(start))
            statement.bind(2, Int64(bitPattern: first.serverID))
            statement.bind(3, Int64(bitPattern: last.serverID))
            var place = hosts.startIndex
            while try statement.step() {
                let serverID = statement.integer(1 + 2 * Metric.count)
                while place < hosts.endIndex, Int64(bitPattern: hosts[place].serverID) < serverID { place += 1 }
                guard place < hosts.endIndex, Int64(bitPattern: hosts[place].serverID) == serverID else { continue }
                if let row = Self.row(statement, start, hosts[place], sparse: false) {
                    rows[place - hosts.startIndex].append(row)
                }
            }
            start += Step.seconds
        }
        return zip(hosts, rows).map { HostSteps(host: $0, steps: $1) }
    }

    /// Nil when too few samples are in the step.
    private static func row(_ row: Statement, _ start: Int, _ host: Host, sparse: Bool) -> StepRow? {
        let needed = sparse ? 1 : Int64(host.samplesNeeded)
        var means = MetricVector()
        var samples: Int64 = 0
        for index in 0..<Metric.count {
            let count = row.integer(2 + 2 * index)
            samples = max(samples, count)
            if count >= needed { means[raw: index] = row.double(1 + 2 * index) / Double(count) }
        }
        guard samples >= needed else { return nil }
        return StepRow(
            start: start, means: means, samples: Int(samples), state: row.text(0).flatMap(HostState.init(rawValue:)))
    }
}
