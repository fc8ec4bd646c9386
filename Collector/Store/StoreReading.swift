import Glibc
package import Identity
package import Insight
import SQLite

/// A collector's database, read beside the collector that writes it: hosts and settled steps, for training. It takes no
/// lock and writes nothing; each read is a short transaction of its own, so that the log can be copied in between.
///
/// What has arrived in the last minutes and is not settled yet is not seen.
package final class StoreReading {
    /// By name.
    package let hosts: [Host]
    let reader: Reader
    let path: String

    /// Throws `.unusable` with what to do about it.
    package init(directory: String, profiles: ProfileRules = ProfileRules()) throws(StoreError) {
        path = "\(directory)/\(Schema.fileName)"
        guard access(path, F_OK) == 0 else {
            throw .unusable(
                path: path, reason: String(cString: strerror(errno)),
                hint: "name the folder that forewarn-collector serve has as its --state")
        }
        do throws(SQLiteError) {
            let connection = try Connection(path: path, access: .readOnly)
            let version = try Migration.version(of: connection)
            guard version == Schema.steps.count else {
                throw SQLiteError(
                    extendedCode: 20,
                    message: "the database is of version \(version), and this program reads \(Schema.steps.count)",
                    sql: "PRAGMA user_version")
            }
            try connection.execute("PRAGMA query_only = ON; PRAGMA cache_size = -4096")
            var state = LoadedState()
            hosts = try Opening.hosts(connection, profiles, &state).values.map(\.host).sorted { $0.name < $1.name }
            reader = Reader(connection)
        } catch {
            throw Opening.unusable(error, path: path)
        }
    }

    /// As `Store.steps`, of what has been settled.
    package func steps(of host: Host, from: Int, to: Int) throws(StoreError) -> [StepRow] {
        do throws(SQLiteError) {
            return try reader.steps(of: host, [], from: from, to: to, sparse: false)
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// Maintenance windows that began before a time, over or not, and when somebody ended them.
    package func maintenance(before time: Double) throws(StoreError) -> [(window: StoredMute, endedAt: Double?)] {
        do throws(SQLiteError) {
            return try reader.maintenance(before: time)
        } catch {
            throw StoreError(error, path: path)
        }
    }
}
