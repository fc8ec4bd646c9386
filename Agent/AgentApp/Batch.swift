import Spool
import Telemetry

/// What one push carries: the host once, then its records, of which the spool holds the rows already.
struct Batch {
    static let recordsMax = 300
    /// Uncompressed; the collector refuses more than 1 MiB.
    static let bytesMax = (1 << 20) - (64 << 10)

    var host: String
    var bootID: String
    /// What changes rarely; the collector remembers it.
    var head: BatchHead?
    /// Without a hole in their sequences, and all of one form.
    var entries: [Spool.Entry]
    var gaps: [SpoolGap] = []
    /// How many records wait behind the newest, when a slot is asked for to send some of them.
    var backlog: Int?

    /// The first entries that one batch can carry: those written by a version before rows were, or those after.
    static func uniform(_ entries: [Spool.Entry]) -> [Spool.Entry] {
        let form = entries.first?.payload.first
        return Array(entries.prefix { $0.payload.first == form })
    }

    func json() -> [UInt8] {
        var json = JSONWriter(capacity: 512 + entries.reduce(0) { $0 + $1.payload.count + 1 })
        json.object { json in
            json.member("host", host)
            json.member("boot_id", bootID)
            head?.write(to: &json)
            let isOld = entries.first?.payload.first == UInt8(ascii: "{")
            if !isOld, let first = entries.first { json.member("sequence", first.sequence) }
            json.member(isOld ? "records" : "rows") { json in
                json.array { json in
                    for entry in entries { json.raw(entry.payload) }
                }
            }
            if let backlog { json.member("backlog", backlog) }
            if !gaps.isEmpty {
                json.member("gaps") { json in
                    json.array { json in for gap in gaps { write(gap, to: &json) } }
                }
            }
        }
        return json.bytes
    }

    private func write(_ gap: SpoolGap, to json: inout JSONWriter) {
        json.object { json in
            json.member("boot_id", bootID)
            json.member("first", gap.first)
            json.member("last", gap.last)
            json.member("lost", gap.lost)
            json.member("from", gap.from)
            json.member("to", gap.to)
            json.member("reason", gap.reason.name)
        }
    }

    /// A record as the spool keeps it: without what the batch says once.
    static func payload(of record: Record) -> [UInt8] {
        var json = JSONWriter()
        record.writeRow(to: &json)
        return json.bytes
    }

    /// The time of a record in the spool, Unix seconds: the first number of it.
    static func time(of payload: [UInt8]) -> Double? {
        let number = payload.drop { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            .prefix { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "]") }
        return number.count < 32 ? Double(String(decoding: number, as: UTF8.self)) : nil
    }
}

/// What a batch says of its host and agent: when it has changed, to a collector that has not heard it, and else every
/// five minutes: it is as long as a batch.
struct BatchHead: Equatable {
    static let everySeconds = 300.0

    var cpus: Int?
    var profile: String?
    var labels: [String: String]
    var intervalSeconds: Double
    var agent: SelfMetrics

    /// Whether the collector should hear of it at once.
    func says(moreThan other: BatchHead) -> Bool {
        var same = self
        same.agent = other.agent
        let knowsSkew = agent.pushes.skewSeconds != nil
        return same != other || agent.dropped != other.agent.dropped
            || knowsSkew != (other.agent.pushes.skewSeconds != nil)
    }

    func write(to json: inout JSONWriter) {
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
        json.member("agent") { json in json.object(agent.write) }
    }
}
