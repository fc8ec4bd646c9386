import Daemon
import JSON
package import Store
import Telemetry

/// The first member of a backup: what wrote it, and what is in it.
package struct BackupManifest: Equatable, Sendable {
    /// Of the archive: which members, in which order.
    package var format = formatKnown
    package var program = Version.program
    package var schemaVersion: Int
    package var hosts: Int
    /// Unix seconds: when the copy of the database was begun, and of its oldest and newest sample.
    package var madeAt: Double
    package var first: Double?
    package var last: Double?

    package static let formatKnown = 1

    package init(_ snapshot: StoreSnapshot, madeAt: Double) {
        (schemaVersion, hosts, self.madeAt) = (snapshot.schemaVersion, snapshot.hosts, madeAt)
        (first, last) = (snapshot.first, snapshot.last)
    }

    var json: [UInt8] {
        var json = JSONWriter(capacity: 512)
        json.object { json in
            json.member("format", format)
            json.member("program", program)
            json.member("schema_version", schemaVersion)
            json.member("made_at", madeAt)
            json.member("hosts", hosts)
            json.member("first", first)
            json.member("last", last)
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }

    init(_ bytes: [UInt8], path: String) throws(BackupError) {
        let damaged = BackupError(
            path, "is damaged: its manifest cannot be read", hint: "take another copy of it, or an older backup")
        let read: BackupManifest?
        do throws(JSONError) {
            read = try JSONParser().parse(bytes) { root in
                guard let format = root[key: "format"]?.int64, let program = root[key: "program"]?.string,
                    let schema = root[key: "schema_version"]?.int64, let hosts = root[key: "hosts"]?.int64,
                    let madeAt = root[key: "made_at"]?.double
                else { return nil }
                let snapshot = StoreSnapshot(
                    schemaVersion: Int(schema), hosts: Int(hosts), first: root[key: "first"]?.double,
                    last: root[key: "last"]?.double)
                var manifest = BackupManifest(snapshot, madeAt: madeAt)
                (manifest.format, manifest.program) = (Int(format), program)
                return manifest
            }
        } catch {
            throw damaged
        }
        guard let read else { throw damaged }
        self = read
        guard format <= Self.formatKnown, schemaVersion <= StoreSnapshot.schemaKnown else {
            throw BackupError(
                path,
                "was made by forewarn-collector \(program): format \(format) and database version \(schemaVersion), "
                    + "and this program knows none above \(Self.formatKnown) and \(StoreSnapshot.schemaKnown)",
                hint: "restore it with that program, or a newer one")
        }
    }

    /// "20 hosts, 2026-11-01T00:00:00Z to 2026-11-28T12:00:00Z".
    package var words: String {
        let span = first.flatMap { first in last.map { ", \(Timestamp.text(first)) to \(Timestamp.text($0))" } } ?? ""
        return "\(hosts) hosts\(span)"
    }
}
