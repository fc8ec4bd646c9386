import Spool
import Telemetry

/// What one push carries: the host once, then its records, of which the spool holds the JSON already.
struct Batch {
    static let recordsMax = 300
    /// Uncompressed; the collector refuses more than 1 MiB.
    static let bytesMax = (1 << 20) - (64 << 10)

    var host: String
    var bootID: String
    var cpus: Int?
    var profile: String?
    var labels: [String: String]
    var intervalSeconds: Double
    var own: SelfMetrics
    var entries: [Spool.Entry]

    func json() -> [UInt8] {
        var json = JSONWriter(capacity: 512 + entries.reduce(0) { $0 + $1.payload.count + 1 })
        json.object { json in
            json.member("host", host)
            json.member("boot_id", bootID)
            if let cpus { json.member("cpus", cpus) }
            if let profile { json.member("profile", profile) }
            if !labels.isEmpty {
                json.member("labels") { json in
                    json.object { json in
                        for (key, value) in labels.sorted(by: { $0.key < $1.key }) { json.member(key, value) }
                    }
                }
            }
            json.member("interval_seconds", intervalSeconds)
            json.member("agent") { json in
                json.object { own.write(to: &$0) }
            }
            json.member("records") { json in
                json.array { json in
                    for entry in entries { json.raw(entry.payload) }
                }
            }
        }
        return json.bytes
    }

    /// The time in Unix seconds of a record as the spool keeps it: its first member.
    static func time(of payload: [UInt8]) -> Double? {
        let head = Array(#"{"time":"#.utf8)
        guard payload.starts(with: head) else { return nil }
        let number = payload.dropFirst(head.count).prefix { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "}") }
        return Double(String(decoding: number, as: UTF8.self))
    }

    /// A record as the spool keeps it: without what the batch says once.
    static func payload(of record: Record, sequence: UInt64) -> [UInt8] {
        var lean = record
        lean.cpus = nil
        lean.labels = [:]
        lean.sequence = sequence
        var json = JSONWriter()
        json.object { lean.writeMembers(to: &$0) }
        return json.bytes
    }
}
