import JSON
import Store
import Telemetry

/// What a request's body held, record by record.
struct DecodedBatch: Sendable {
    var records: [Record] = []
    /// They came as rows.
    var isCompact = false
    var refusals: [Refusal] = []
    /// Refused records; `refusals` stops at `refusalsListedMax`.
    var refusedCount = 0
    /// Records whose four CPU shares are not 100 ± 5: taken, but the source should be looked at.
    var shareWarnings = 0
    var intervalSeconds: Double?
    /// The agent's word on itself, as JSON.
    var agentStatus: String?
    /// How far the newest record's clock is ahead of ours, in seconds.
    var clockSkewSeconds: Double?
    /// What will never arrive, by the agent's word, and by refused rows.
    var gaps: [DeclaredGap] = []
    /// How many records wait at the agent, when it asks for a slot to send some.
    var backlog: Int?

    static let refusalsListedMax = 1000

    /// The sender's clock is worth a word.
    var isSkewed: Bool { (clockSkewSeconds ?? 0) > 5 }

    mutating func add(_ record: Record, now: Double) {
        if let sum = record.values.cpuShares, abs(sum - 100) > 5 { shareWarnings += 1 }
        clockSkewSeconds = max(clockSkewSeconds ?? -.infinity, record.time - now)
        records.append(record)
    }

    mutating func refuse(_ refusal: Refusal, now: Double) {
        if refusal.field == "time", let skew = Double(refusal.value).map({ $0 - now }), skew > 0, skew < 1e9 {
            clockSkewSeconds = skew
        }
        refusedCount += 1
        if refusals.count < Self.refusalsListedMax { refusals.append(refusal) }
    }
}

/// Reads records from JSON and holds each to the contract's rules (§6). A record that breaks one is refused with its
/// place, field, value, rule and hint; the others of the same request are kept.
struct RecordDecoder: Sendable {
    static let recordsMax = 1000
    static let futureSecondsMax = 300.0

    /// Unix seconds.
    var now: Double
    /// The oldest record that is taken: a day at the live gate, the steps' retention for an import.
    var ageSecondsMax: Double
    /// Names the way out for a record that is too old here.
    var ageHint: String

    /// `body` is the parsed request. Throws when there is no list of records at all.
    func decode(_ body: JSONValue) throws(Problem) -> DecodedBatch {
        guard body.kind == .object else {
            throw Problem(400, "the body is \(article(body.kind)), not an object", hint: Self.shapeHint)
        }
        var batch = DecodedBatch()
        var shared = RecordFields(index: -1)
        var (records, rows, columns, gaps): (JSONValue?, JSONValue?, JSONValue?, JSONValue?)
        for member in body.members {
            if member.key == "records" {
                records = member.value
            } else if member.key == "rows" {
                rows = member.value
            } else if member.key == "columns" {
                columns = member.value
            } else if member.key == "gaps" {
                gaps = member.value
            } else if member.key == "backlog" {
                batch.backlog = member.value.int64.flatMap { $0 > 0 ? Int(clamping: $0) : nil }
            } else if member.key == "interval_seconds" {
                batch.intervalSeconds = member.value.double.flatMap { (0.01...3600).contains($0) ? $0 : nil }
            } else if member.key == "agent" {
                batch.agentStatus = AgentStatus.text(member.value)
            } else if RecordFields.knows(member.key) {
                do throws(Refusal) {
                    try shared.read(member)
                } catch {
                    throw Problem(400, "\(error.field): \(error.value) is not \(error.rule)", hint: error.hint)
                }
            }
        }
        if let rows, rows.kind == .array, records == nil {
            batch.isCompact = true
            try decodeRows(rows, columns: columns, shared: shared, into: &batch)
        } else {
            guard let records, records.kind == .array else {
                throw Problem(400, "the body has no list named records", hint: Self.shapeHint)
            }
            for (index, element) in records.elements.enumerated() {
                do throws(Refusal) {
                    batch.add(try decode(element, index: index, shared: shared), now: now)
                } catch {
                    batch.refuse(error, now: now)
                }
            }
        }
        if let gaps { decodeGaps(gaps, shared: shared, into: &batch) }
        return batch
    }

    private func decode(_ element: JSONValue, index: Int, shared: RecordFields) throws(Refusal) -> Record {
        guard index < Self.recordsMax else {
            throw Refusal(
                index: index, field: "records", value: "record \(index + 1)",
                rule: "at most \(Self.recordsMax) a request",
                hint: "send it in a request of its own")
        }
        guard element.kind == .object else {
            throw Refusal(
                index: index, field: "records", value: element.shown, rule: "an object", hint: Self.shapeHint)
        }
        var fields = shared
        fields.index = index
        for member in element.members { try fields.read(member) }
        return try fields.record(within: self)
    }

    static let shapeHint = #"send {"records":[{"host":"web1","time":1763890000,"cpu_user_pct":12.5,…}]}"#

    private func article(_ kind: JSONValue.Kind) -> String {
        switch kind {
        case .object: "an object"
        case .array: "an array"
        case .null: "null"
        default: "a \(kind.rawValue)"
        }
    }
}

/// The agent's own numbers, kept as it sent them: a flat object, bounded.
private enum AgentStatus {
    static let membersMax = 64

    static func text(_ value: JSONValue) -> String? {
        guard value.kind == .object else { return nil }
        var json = JSONWriter()
        json.object { json in
            for (count, member) in value.members.enumerated() where count < membersMax {
                let key = String(member.key.string.prefix(64))
                switch member.value.kind {
                case .number: json.member(key, member.value.double)
                case .bool: json.member(key, member.value.bool ?? false)
                case .string: json.member(key, String((member.value.string ?? "").prefix(256)))
                default: continue
                }
            }
        }
        return json.text
    }
}

extension MetricVector {
    /// The sum of the four CPU shares, when all are there.
    var cpuShares: Double? {
        guard let user = self[.cpuUser], let system = self[.cpuSystem], let wait = self[.cpuIOWait],
            let idle = self[.cpuIdle]
        else { return nil }
        return user + system + wait + idle
    }
}

extension JSONValue {
    /// The value as a person would quote it in an error.
    var shown: String {
        if let unreadable = unreadableNumber { return unreadable }
        return switch kind {
        case .object: "an object"
        case .array: "an array"
        case .string: string ?? ""
        case .number: int64.map { "\($0)" } ?? double.map { "\($0)" } ?? ""
        case .bool: bool == true ? "true" : "false"
        case .null: "null"
        }
    }
}
