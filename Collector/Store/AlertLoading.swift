import Alerting
import Insight
import SQLite
import Telemetry

extension Reader {
    /// What the machine remembered at its last word, without silences and windows.
    /// - Parameter openedSince: Unix seconds; alerts that began then or later are remembered as beginnings.
    func alertState(openedSince: Double) throws(SQLiteError) -> AlertState {
        var state = AlertState()
        try eachRow("SELECT \(AlertTables.watchColumns) FROM alert_watch") { row in
            guard let host = row.text(0), let level = row.level(7) else { return }
            let reading = AlertReading(
                host: host, sampledAt: row.double(2), score: row.doubleOrNil(3), profile: row.word(4) ?? .generic,
                labels: AlertColumns.labels(row.text(5)), intervalSeconds: row.double(6))
            var watch = HostWatch(reading, heardAt: row.double(1))
            watch.level = level
            watch.risingSince = row.doubleOrNil(8)
            watch.isSilent = row.integer(9) != 0
            watch.recent = AlertColumns.evaluations(row.text(10))
            state.watches[host] = watch
        }
        try eachRow("SELECT \(AlertTables.flapColumns) FROM alert_flap") { row in
            guard let key = row.key(0) else { return }
            var flap = FlapLog()
            flap.since = row.doubleOrNil(2)
            flap.digestAt = row.doubleOrNil(3)
            flap.untold = Int(row.integer(4))
            flap.changes = AlertColumns.changes(row.text(5))
            state.flaps[key] = flap
        }
        try eachRow("SELECT \(AlertTables.incidentColumns) FROM incident WHERE resolved_at IS NULL") { row in
            if let incident = Self.incident(row) { state.incidents[incident.id] = incident }
        }
        try loadAlerts(into: &state)
        try loadOpenings(into: &state, since: openedSince)
        state.nextAlert = 1 + (try connection.integer("SELECT max(id) FROM alert") ?? 0)
        state.nextIncident = 1 + (try connection.integer("SELECT max(id) FROM incident") ?? 0)
        return state
    }

    /// All alerts of open incidents; of one condition the newest alone.
    private func loadAlerts(into state: inout AlertState) throws(SQLiteError) {
        let sql = """
            SELECT \(AlertTables.alertColumns) FROM alert
            WHERE incident IN (SELECT id FROM incident WHERE resolved_at IS NULL) ORDER BY id
            """
        try eachRow(sql) { row in
            guard let alert = Self.alert(row) else { return }
            state.incidents[alert.incident]?.members[alert.key] = alert.id
            if alert.resolvedAt == nil {
                state.alerts[alert.key] = alert
                state.ended[alert.key] = nil
            } else {
                state.ended[alert.key] = alert
            }
        }
    }

    /// What only swelled a storm says nothing about a cause.
    private func loadOpenings(into state: inout AlertState, since: Double) throws(SQLiteError) {
        let sql = """
            SELECT host, condition, labels, alert.opened_at, incident.id, incident.kind,
                host = lead_host AND condition = lead_condition AND alert.opened_at = incident.opened_at
            FROM alert JOIN incident ON incident.id = alert.incident
            WHERE alert.opened_at >= ? ORDER BY alert.id
            """
        let rows = try connection.prepare(sql)
        rows.bind(1, since)
        try Self.each(rows) { row in
            guard let key = row.key(0), let kind: Incident.Kind = row.word(5) else { return }
            let isLead = row.integer(6) != 0
            guard isLead || kind != .storm else { return }
            state.openings.append(
                AlertOpening(
                    at: row.double(3), key: key, labels: AlertColumns.labels(row.text(2)), incident: row.integer(4),
                    isLead: isLead))
        }
    }

    private func eachRow(_ sql: String, _ body: (Statement) -> Void) throws(SQLiteError) {
        try Self.each(connection.prepare(sql), body)
    }

    private static func each(_ rows: Statement, _ body: (Statement) -> Void) throws(SQLiteError) {
        while try rows.step() { body(rows) }
    }

    // MARK: Mutes

    func mutes(endingAfter time: Double) throws(SQLiteError) -> [StoredMute] {
        let rows = try statement(
            "SELECT \(StoredMute.columns) FROM alert_mute WHERE ended_at IS NULL AND until_at > ? ORDER BY id")
        rows.bind(1, time)
        defer { rows.reset() }
        var mutes: [StoredMute] = []
        while try rows.step() { if let mute = StoredMute(rows) { mutes.append(mute) } }
        return mutes
    }

    /// Windows that began before a time, over or not, and when somebody ended them.
    func maintenance(before time: Double) throws(SQLiteError) -> [(window: StoredMute, endedAt: Double?)] {
        let rows = try statement(
            """
            SELECT \(StoredMute.columns), ended_at FROM alert_mute
            WHERE kind = 'maintenance' AND from_at < ? ORDER BY id
            """)
        rows.bind(1, time)
        defer { rows.reset() }
        var windows: [(StoredMute, Double?)] = []
        while try rows.step() { if let window = StoredMute(rows) { windows.append((window, rows.doubleOrNil(14))) } }
        return windows
    }

    // MARK: Standing

    func standings() throws(SQLiteError) -> [UInt64: HostStanding] {
        let rows = try statement("SELECT server_id, level, level_since, critical_at FROM standing")
        defer { rows.reset() }
        var standings: [UInt64: HostStanding] = [:]
        while try rows.step() {
            standings[UInt64(bitPattern: rows.integer(0))] = HostStanding(
                level: rows.level(1), levelSince: rows.double(2), criticalAt: rows.doubleOrNil(3))
        }
        return standings
    }
}
