import SQLite
import Telemetry

/// One sample as the tables hold it, in the order of their columns.
struct SampleRow {
    let serverID: UInt64
    let milliseconds: Int64
    let boot: Int64
    let sequence: UInt64?
    let state: HostState?
    let values: MetricVector
    /// How many samples its step needs, by the interval when it arrived; nil when that was not known. Not kept when it
    /// is settled: the step has it then.
    var needed: Int?

    /// The step it falls into. From the stored milliseconds, so that a query over the samples finds the same.
    var start: Int { Step.start(of: Milliseconds.seconds(milliseconds)) }

    init(_ record: Record, serverID: UInt64, milliseconds: Int64, boot: Int64, needed: Int?) {
        self.needed = needed
        self.serverID = serverID
        self.milliseconds = milliseconds
        self.boot = boot
        sequence = record.sequence
        state = record.state
        values = record.values
    }

    /// Columns from `offset` on: server_id, time_ms, boot, sequence, state, and the 14 metrics; of the table of
    /// arrivals also samples_needed.
    init(_ row: Statement, offset: Int = 0, isArrived: Bool = false) {
        serverID = UInt64(bitPattern: row.integer(offset))
        milliseconds = row.integer(offset + 1)
        boot = row.integer(offset + 2)
        sequence = row.isNull(offset + 3) ? nil : UInt64(bitPattern: row.integer(offset + 3))
        state = row.text(offset + 4).flatMap(HostState.init(rawValue:))
        var values = MetricVector()
        for index in 0..<Metric.count { values[raw: index] = row.doubleOrNaN(offset + 5 + index) }
        self.values = values
        let last = offset + 5 + Metric.count
        needed = isArrived && !row.isNull(last) ? Int(row.integer(last)) : nil
    }

    func bind(to statement: Statement) {
        statement.bind(1, Int64(bitPattern: serverID))
        statement.bind(2, milliseconds)
        statement.bind(3, boot)
        statement.bind(4, sequence.map { Int64(bitPattern: $0) })
        statement.bind(5, state?.rawValue)
        for index in 0..<Metric.count { statement.bind(6 + index, values[raw: index]) }
    }

    func record(of host: Host) -> Record {
        var record = Record(host: host.name, time: Milliseconds.seconds(milliseconds), values: values)
        record.bootID = host.boots.last { $0.number == boot }?.bootID
        record.sequence = sequence
        record.state = state
        return record
    }
}
