package import Insight
import SQLite
import Telemetry

extension Schema {
    /// What people have set in place of the configuration file's thresholds; the newest row holds.
    static let thresholds = """
        CREATE TABLE threshold (
            version INTEGER PRIMARY KEY,
            at REAL NOT NULL,
            author TEXT NOT NULL,
            comment TEXT NOT NULL,
            -- {"trend.points":60}: what differs from the file
            settings TEXT NOT NULL
        ) STRICT;
        """
}

extension Store {
    /// So many versions are kept.
    package static let thresholdVersionsMax = 1000

    /// The newest first.
    package func thresholds(limit: Int = thresholdVersionsMax) throws(StoreError) -> [ThresholdVersion] {
        try readers.read { (reader) throws(SQLiteError) in try reader.thresholds(limit: limit) }
    }

    package func save(_ version: ThresholdVersion) throws(StoreError) {
        try write { (writer) throws(SQLiteError) in
            let connection = writer.tables.connection
            try connection.transaction { () throws(SQLiteError) in
                let insert = try connection.prepare(
                    "INSERT INTO threshold (version, at, author, comment, settings) VALUES (?, ?, ?, ?, ?)")
                insert.bind(1, Int64(version.number))
                insert.bind(2, version.at)
                insert.bind(3, version.author)
                insert.bind(4, version.comment)
                var json = JSONWriter(capacity: 256)
                json.object { json in
                    for (path, value) in version.settings.sorted(by: { $0.key < $1.key }) { json.member(path, value) }
                }
                insert.bind(5, json.text)
                try insert.run()
                let drop = try connection.prepare("DELETE FROM threshold WHERE version <= ?")
                drop.bind(1, Int64(version.number - Self.thresholdVersionsMax))
                try drop.run()
            }
        }
    }
}

extension Reader {
    fileprivate func thresholds(limit: Int) throws(SQLiteError) -> [ThresholdVersion] {
        let rows = try statement(
            "SELECT version, at, author, comment FROM threshold ORDER BY version DESC LIMIT ?")
        rows.bind(1, Int64(limit))
        var versions: [ThresholdVersion] = []
        do {
            defer { rows.reset() }
            while try rows.step() {
                versions.append(
                    ThresholdVersion(
                        number: Int(rows.integer(0)), at: rows.double(1), author: rows.text(2) ?? "",
                        comment: rows.text(3) ?? "", settings: [:]))
            }
        }
        let settings = try statement(
            "SELECT key, value FROM threshold, json_each(settings) WHERE version = ?")
        for index in versions.indices {
            settings.bind(1, Int64(versions[index].number))
            defer { settings.reset() }
            while try settings.step() {
                if let path = settings.text(0) { versions[index].settings[path] = settings.double(1) }
            }
        }
        return versions
    }
}
