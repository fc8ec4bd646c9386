import SQLite
import Telemetry

/// Raw samples out of the tables.
extension Reader {
    private static let columns = "time_ms, boot, sequence, state, \(Schema.each("*"))"
    private static let range = """
        SELECT \(columns) FROM sample WHERE server_id = ? AND time_ms >= ? AND time_ms < ? ORDER BY time_ms LIMIT ?
        """
    private static let newest = "SELECT \(columns) FROM sample WHERE server_id = ? ORDER BY time_ms DESC LIMIT 1"
    private static let newestTime = "SELECT max(time_ms) FROM sample WHERE server_id = ?"

    /// With times in `[from, to)`, in milliseconds, oldest first.
    func samples(of host: Host, from: Int64, to: Int64, limit: Int) throws(SQLiteError) -> [Record] {
        let statement = try statement(Self.range)
        bindRange(statement, host, from, to, limit)
        var records: [Record] = []
        while try statement.step() { records.append(record(statement, of: host)) }
        return records
    }

    func newestSample(of host: Host) throws(SQLiteError) -> Record? {
        let statement = try statement(Self.newest)
        statement.bind(1, Int64(bitPattern: host.serverID))
        defer { statement.reset() }
        return try statement.step() ? record(statement, of: host) : nil
    }

    /// The mean of each metric's valid values over the last milliseconds up to the newest sample.
    func recentMean(of host: Host, milliseconds: Int64) throws(SQLiteError) -> MetricVector? {
        let newest = try statement(Self.newestTime)
        newest.bind(1, Int64(bitPattern: host.serverID))
        defer { newest.reset() }
        guard try newest.step(), !newest.isNull(0) else { return nil }
        let end = newest.integer(0) + 1

        let statement = try statement(Self.range)
        bindRange(statement, host, end - milliseconds, end, .max)
        var sums = InlineArray<14, Double>(repeating: 0)
        var counts = InlineArray<14, Int>(repeating: 0)
        while try statement.step() {
            for index in 0..<Metric.count where !statement.isNull(4 + index) {
                sums[index] += statement.double(4 + index)
                counts[index] += 1
            }
        }
        var means = MetricVector()
        for index in 0..<Metric.count where counts[index] > 0 {
            means[raw: index] = sums[index] / Double(counts[index])
        }
        return means
    }

    private func bindRange(_ statement: Statement, _ host: Host, _ from: Int64, _ to: Int64, _ limit: Int) {
        statement.bind(1, Int64(bitPattern: host.serverID))
        statement.bind(2, from)
        statement.bind(3, to)
        statement.bind(4, Int64(limit))
    }

    private func record(_ row: Statement, of host: Host) -> Record {
        var values = MetricVector()
        for index in 0..<Metric.count { values[raw: index] = row.doubleOrNaN(4 + index) }
        var record = Record(host: host.name, time: Milliseconds.seconds(row.integer(0)), values: values)
        record.bootID = host.boots.last { $0.number == row.integer(1) }?.bootID
        record.sequence = row.isNull(2) ? nil : UInt64(bitPattern: row.integer(2))
        record.state = row.text(3).flatMap(HostState.init(rawValue:))
        return record
    }
}
