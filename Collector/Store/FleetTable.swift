package import Insight
import SQLite

extension Schema {
    /// The fleet as one, minute by minute.
    static let fleet = """
        CREATE TABLE fleet_minute (
            -- Unix seconds of the minute's start.
            minute INTEGER PRIMARY KEY,
            status TEXT NOT NULL,
            offline INTEGER NOT NULL,
            -- Hosts at each level, from Healthy to Imminent Failure.
            \(FleetTable.levels.map { "\($0) INTEGER NOT NULL" }.joined(separator: ", ")),
            incident_within_30_minutes REAL,
            incident_within_8_hours REAL
        ) STRICT;
        """
}

enum FleetTable {
    static let levels = RiskLevel.allCases.map { level in
        "at_" + level.name.lowercased().replacing(" ", with: "_")
    }
    private static let columns =
        "minute, status, offline, \(levels.joined(separator: ", ")), incident_within_30_minutes, "
        + "incident_within_8_hours"
    static let save =
        "INSERT OR REPLACE INTO fleet_minute (\(columns)) VALUES "
        + "(\(Array(repeating: "?", count: levels.count + 5).joined(separator: ", ")))"
    static let read = "SELECT \(columns) FROM fleet_minute WHERE minute >= ? AND minute < ? ORDER BY minute"

    static func bind(_ moment: FleetMoment, to statement: Statement) {
        let risk = moment.risk
        statement.bind(1, Int64(moment.minute))
        statement.bind(2, risk.status.rawValue)
        statement.bind(3, Int64(risk.offline))
        for (index, count) in risk.hostsPerLevel.enumerated() { statement.bind(4 + index, Int64(count)) }
        statement.bind(4 + levels.count, risk.incidentWithin30Minutes)
        statement.bind(5 + levels.count, risk.incidentWithin8Hours)
    }

    static func moment(_ row: Statement) -> FleetMoment {
        func chance(_ column: Int) -> Double? { row.isNull(column) ? nil : row.double(column) }
        return FleetMoment(
            minute: Int(row.integer(0)),
            risk: FleetRisk(
                hostsPerLevel: levels.indices.map { Int(row.integer(3 + $0)) }, offline: Int(row.integer(2)),
                status: row.text(1).flatMap(FleetStatus.init(rawValue:)) ?? .unknown,
                incidentWithin30Minutes: chance(3 + levels.count), incidentWithin8Hours: chance(4 + levels.count)))
    }
}

/// What the fleet was like in a minute.
package struct FleetMoment: Sendable, Equatable {
    /// Unix seconds of its start.
    package var minute: Int
    package var risk: FleetRisk

    package init(minute: Int, risk: FleetRisk) {
        self.minute = minute
        self.risk = risk
    }
}

extension Store {
    /// Keeps what the fleet was like in a minute; a second time in the same minute replaces the first.
    package func save(_ moment: FleetMoment) throws(StoreError) {
        try write { (writer) throws(SQLiteError) in
            let statement = try writer.tables.connection.prepare(FleetTable.save)
            FleetTable.bind(moment, to: statement)
            try statement.run()
        }
    }

    /// The minutes that begin in `[from, to)`, Unix seconds, oldest first.
    package func fleetHistory(from: Int, to: Int) throws(StoreError) -> [FleetMoment] {
        try readers.read { (reader) throws(SQLiteError) in
            let statement = try reader.statement(FleetTable.read)
            statement.bind(1, Int64(from))
            statement.bind(2, Int64(to))
            defer { statement.reset() }
            var moments: [FleetMoment] = []
            while try statement.step() { moments.append(FleetTable.moment(statement)) }
            return moments
        }
    }
}
