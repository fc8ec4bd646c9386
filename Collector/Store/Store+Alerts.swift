package import Alerting
import SQLite

/// Alerts: what the machine has decided is on disk, together with what is to be told about it, or neither is.
extension Store {
    /// Writes a change of the machine and its notices' deliveries in one transaction.
    package func record(_ changes: AlertChanges, deliveries: [NoticeDelivery]) throws(StoreError) {
        try write { (writer) throws(SQLiteError) in
            try writer.tables.connection.transaction { () throws(SQLiteError) in
                try writer.tables.alerts.save(changes, deliveries: deliveries)
            }
        }
    }

    /// Where the machine was, without silences and windows; `openedSince` in Unix seconds.
    package func alertState(openedSince: Double) throws(StoreError) -> AlertState {
        try readers.read { (reader) throws(SQLiteError) in try reader.alertState(openedSince: openedSince) }
    }

    package func alerts(_ query: AlertQuery) throws(StoreError) -> [Alert] {
        try readers.read { (reader) throws(SQLiteError) in try reader.alerts(query) }
    }

    package func alert(_ id: Int64) throws(StoreError) -> Alert? {
        try readers.read { (reader) throws(SQLiteError) in try reader.alert(id) }
    }

    /// Without its members.
    package func incident(_ id: Int64) throws(StoreError) -> Incident? {
        try readers.read { (reader) throws(SQLiteError) in try reader.incident(id) }
    }

    /// What happened to an alert, oldest first; of more than `limit`, the newest.
    package func transitions(ofAlert id: Int64, limit: Int = 1000) throws(StoreError) -> [AlertTransition] {
        try readers.read { (reader) throws(SQLiteError) in try reader.transitions(ofAlert: id, limit: limit) }
    }

    /// A notice of the outbox.
    package func notice(_ id: Int64) throws(StoreError) -> Notice? {
        try readers.read { (reader) throws(SQLiteError) in try reader.notice(id) }
    }

    // MARK: Mutes

    /// Silences and windows that have not ended, nor been ended.
    package func mutes(endingAfter time: Double) throws(StoreError) -> [StoredMute] {
        try readers.read { (reader) throws(SQLiteError) in try reader.mutes(endingAfter: time) }
    }

    /// The id that the next silence or window gets; none is used twice.
    package func nextMuteID() throws(StoreError) -> Int64 {
        try readers.read { (reader) throws(SQLiteError) in
            1 + (try reader.connection.integer("SELECT max(id) FROM alert_mute") ?? 0)
        }
    }

    /// Adds a silence or a window, and what the machine makes of it.
    package func add(
        _ mute: StoredMute, _ changes: AlertChanges, deliveries: [NoticeDelivery]
    ) throws(StoreError) {
        try write { (writer) throws(SQLiteError) in
            try writer.tables.connection.transaction { () throws(SQLiteError) in
                try writer.tables.alerts.add(mute)
                try writer.tables.alerts.save(changes, deliveries: deliveries)
            }
        }
    }

    /// Ends a silence or a window before its time, and what the machine makes of it.
    package func endMute(
        _ id: Int64, by person: String, at time: Double, _ changes: AlertChanges, deliveries: [NoticeDelivery]
    ) throws(StoreError) {
        try write { (writer) throws(SQLiteError) in
            try writer.tables.connection.transaction { () throws(SQLiteError) in
                try writer.tables.alerts.endMute(id, by: person, at: time)
                try writer.tables.alerts.save(changes, deliveries: deliveries)
            }
        }
    }

    // MARK: Standing

    /// By server_id.
    package func standings() throws(StoreError) -> [UInt64: HostStanding] {
        try readers.read { (reader) throws(SQLiteError) in try reader.standings() }
    }

    package func save(_ standings: [UInt64: HostStanding]) throws(StoreError) {
        try write { (writer) throws(SQLiteError) in
            try writer.tables.connection.transaction { () throws(SQLiteError) in
                for (serverID, standing) in standings { try writer.tables.alerts.save(standing, serverID: serverID) }
            }
        }
    }
}
