import SQLite
import Telemetry

/// Raw samples out of the tables.
extension Reader {
    private static let columns = "server_id, time_ms, boot, sequence, state, \(Schema.each("*"))"
    private static let range = """
        SELECT \(columns) FROM sample_settled WHERE server_id = ? AND time_ms >= ? AND time_ms < ?
        ORDER BY time_ms LIMIT ?
        """
    private static let newest =
        "SELECT \(columns) FROM sample_settled WHERE server_id = ? AND time_ms <= ? ORDER BY time_ms DESC LIMIT 1"
    private static let arrived = "SELECT \(columns) FROM sample_arrived WHERE id = ?"

    /// With times in `[from, to)`, in milliseconds, oldest first. `unsettled` of the same moment, in any order.
    func samples(
        of host: Host, _ unsettled: [Unsettled.Row], from: Int64, to: Int64, limit: Int
    ) throws(SQLiteError) -> [SampleRow] {
        let settled = try statement(Self.range)
        settled.bind(1, Int64(bitPattern: host.serverID))
        settled.bind(2, from)
        settled.bind(3, to)
        settled.bind(4, Int64(max(0, limit)))
        var rows: [SampleRow] = []
        while try settled.step() { rows.append(SampleRow(settled)) }

        let wanted = unsettled.filter { $0.milliseconds >= from && $0.milliseconds < to }
        if wanted.isEmpty { return rows }
        for row in wanted.sorted(by: { $0.milliseconds < $1.milliseconds }).prefix(max(0, limit)) {
            if let row = try arrivedSample(row.id) { rows.append(row) }
        }
        rows.sort { $0.milliseconds < $1.milliseconds }
        return Array(rows.prefix(max(0, limit)))
    }

    /// With a time no later than `end`, in milliseconds.
    func newestSample(
        of host: Host, _ unsettled: [Unsettled.Row], upTo end: Int64
    ) throws(SQLiteError) -> SampleRow? {
        let statement = try statement(Self.newest)
        statement.bind(1, Int64(bitPattern: host.serverID))
        statement.bind(2, end)
        defer { statement.reset() }
        let settled = try statement.step() ? SampleRow(statement) : nil
        let wanted = unsettled.lazy.filter { $0.milliseconds <= end }
        guard let newest = wanted.max(by: { $0.milliseconds < $1.milliseconds }),
            newest.milliseconds > settled?.milliseconds ?? .min
        else { return settled }
        return try arrivedSample(newest.id)
    }

    private func arrivedSample(_ id: Int64) throws(SQLiteError) -> SampleRow? {
        let statement = try statement(Self.arrived)
        statement.bind(1, id)
        defer { statement.reset() }
        return try statement.step() ? SampleRow(statement) : nil
    }
}

extension MetricVector {
    /// The mean of each metric's valid values.
    init(meanOf rows: some Sequence<SampleRow>) {
        self.init()
        var sum = StepSum(start: 0)
        for row in rows { sum.add(row) }
        for index in 0..<Metric.count where sum.counts[index] > 0 {
            self[raw: index] = sum.sums[index] / Double(sum.counts[index])
        }
    }
}
