import Daemon
import JSON
import Telemetry

/// The members of one record while it is read. What a batch says once for all its records is the start of each.
struct RecordFields {
    var index: Int
    var host: String?
    var time: JSONTime?
    var values = MetricVector()
    var missing: [Metric: String] = [:]
    var state: HostState?
    var profile: Profile?
    var labels: [String: String] = [:]
    var cpus: Int?
    var bootID: String?
    var sequence: UInt64?

    /// A moment as it was written, checked later against the clock.
    enum JSONTime {
        case seconds(Double)
        case text(String)
    }

    init(index: Int) { self.index = index }

    private enum Field: Int, CaseIterable {
        case host, serverName, time, timestamp, state, status, profile, labels, cpus, bootID, sequence, missing
        /// What the ancestor's sources send beside the contract, and nobody needs.
        case problemChild, notes

        var name: String {
            switch self {
            case .host: "host"
            case .serverName: "server_name"
            case .time: "time"
            case .timestamp: "timestamp"
            case .state: "state"
            case .status: "status"
            case .profile: "profile"
            case .labels: "labels"
            case .cpus: "cpus"
            case .bootID: "boot_id"
            case .sequence: "sequence"
            case .missing: "missing"
            case .problemChild: "problem_child"
            case .notes: "notes"
            }
        }
    }

    /// The metrics come first, so a position below 14 is a metric's raw value.
    private static let keys = JSONKeys(fieldNames)
    private static let fieldNames = Metric.allCases.map(\.name) + Field.allCases.map(\.name)

    mutating func read(_ member: JSONMember) throws(Refusal) {
        guard let position = Self.keys.position(of: member.key) else {
            throw refusal(
                member.key.string, member.value.shown, "one of the contract's fields", Self.hint(for: member.key.string)
            )
        }
        if position < Metric.count {
            try readMetric(position, member.value)
        } else if let field = Field(rawValue: position - Metric.count) {
            try read(field, member.value)
        }
    }

    mutating func readMetric(_ position: Int, _ value: JSONValue) throws(Refusal) {
        if let number = value.double {
            guard let metric = Metric(rawValue: position) else { return }
            guard number.isFinite, number >= 0, number <= metric.plausibleMaximum else {
                let most = metric.unit == .percent ? "0–100 %" : "0 or more, at most \(Int(metric.plausibleMaximum))"
                throw refusal(
                    metric.name, value.shown, "\(most)", "send null where the value could not be read")
            }
            values[raw: position] = number
        } else if value.isNull {
            values[raw: position] = .nan
        } else {
            let name = Metric(rawValue: position)?.name ?? ""
            throw refusal(name, value.shown, "a finite number or null", "send null where the value could not be read")
        }
    }

    private mutating func read(_ field: Field, _ value: JSONValue) throws(Refusal) {
        if value.isNull { return }
        switch field {
        case .host, .serverName:
            guard let name = value.string, HostName.isValid(name) else {
                throw refusal(field.name, value.shown, HostName.rule, "send the host's name as `hostname` prints it")
            }
            host = name
        case .time, .timestamp: try readTime(value)
        case .state, .status:
            state = try choice(field.name, value, HostState.allCases)
        case .profile:
            profile = try choice(field.name, value, Profile.allCases)
        case .labels: labels = try readLabels(value)
        case .cpus:
            guard let count = value.int64, (1...65_536).contains(count) else {
                throw refusal(field.name, value.shown, "a whole number from 1 to 65536", "send the number of CPUs")
            }
            cpus = Int(count)
        case .bootID: try readBootID(value)
        case .sequence:
            guard let number = value.uint64, number >= 1, number <= UInt64(Int64.max) else {
                throw refusal(field.name, value.shown, "a whole number from 1", "count the records of one boot from 1")
            }
            sequence = number
        case .missing: try readMissing(value)
        case .problemChild, .notes: break
        }
    }

    mutating func readTime(_ value: JSONValue) throws(Refusal) {
        if let seconds = value.double {
            time = .seconds(seconds)
        } else if let text = value.string, value.unreadableNumber == nil {
            time = .text(text)
        } else {
            throw refusal("time", value.shown, Self.timeRule, Self.timeHint)
        }
    }

    mutating func readBootID(_ value: JSONValue) throws(Refusal) {
        guard let id = value.string, (1...64).contains(id.utf8.count), id.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw refusal("boot_id", value.shown, "1–64 printable characters", "send one word per boot") }
        bootID = id
    }

    mutating func readMissing(_ value: JSONValue) throws(Refusal) {
        guard value.kind == .object else {
            throw refusal("missing", value.shown, "an object of metric names and reasons", "leave it out")
        }
        for member in value.members {
            guard let metric = Metric(name: member.key.string) else {
                throw refusal(
                    "missing", member.key.string, "a metric of the contract",
                    Self.hint(for: member.key.string, among: Metric.allCases.map(\.name)))
            }
            missing[metric] = String((member.value.string ?? "").prefix(256))
        }
    }

    private func choice<Choice: RawRepresentable<String>>(
        _ field: String, _ value: JSONValue, _ all: [Choice]
    ) throws(Refusal) -> Choice {
        guard let text = value.string, let choice = Choice(rawValue: text) else {
            let names = all.map(\.rawValue).joined(separator: ", ")
            throw refusal(field, value.shown, "one of \(names)", "leave it out and the collector derives it")
        }
        return choice
    }

    /// What stands beside the records and is not known is left alone: a newer agent may say more than we read.
    static func knows(_ key: JSONText) -> Bool { keys.position(of: key) != nil }

    private func readLabels(_ value: JSONValue) throws(Refusal) -> [String: String] {
        let rule =
            "at most \(Record.labelsMax) texts, keys to \(Record.labelKeyMax) and values to \(Record.labelValueMax)"
        guard value.kind == .object else { throw refusal("labels", value.shown, rule, "send an object of texts") }
        var labels: [String: String] = [:]
        for member in value.members {
            let key = member.key.string
            guard let text = member.value.string, Record.isLabel(key, text),
                labels.count < Record.labelsMax || labels[key] != nil
            else { throw refusal("labels", "\(key): \(member.value.shown)", rule, "shorten or drop it") }
            labels[key] = text
        }
        return labels
    }

    // MARK: The whole record

    func record(within decoder: RecordDecoder) throws(Refusal) -> Record {
        guard let host else {
            throw refusal("host", "nothing", HostName.rule, "name the host in the record or in the batch")
        }
        let time = try checkedTime(within: decoder)
        guard values.missingCount < Metric.count else {
            throw refusal("records", "no metric", "at least one of the 14 metrics", "send what could be read")
        }
        var record = Record(host: host, time: time, values: values)
        if !missing.isEmpty { record.missing = missing.filter { values[$0.key] == nil } }
        record.state = state
        record.profile = profile
        record.labels = labels
        record.cpus = cpus
        record.bootID = bootID
        record.sequence = sequence
        return record
    }

    private func checkedTime(within decoder: RecordDecoder) throws(Refusal) -> Double {
        let seconds: Double
        switch time {
        case nil: throw refusal("time", "nothing", Self.timeRule, Self.timeHint)
        case .seconds(let value): seconds = value
        case .text(let text):
            guard let value = Timestamp.parse(text) else {
                let hint = Timestamp.lacksOnlyZone(text) ? "add its zone: \(text)Z for UTC" : Self.timeHint
                throw refusal("time", text, Self.timeRule, hint)
            }
            seconds = value
        }
        guard seconds.isFinite else { throw refusal("time", "\(seconds)", Self.timeRule, Self.timeHint) }
        guard seconds <= decoder.now + RecordDecoder.futureSecondsMax else {
            let ahead = (seconds - decoder.now).rounded()
            throw refusal(
                "time", "\(seconds)", "at most 5 minutes in the future",
                "the source's clock is \(ahead < 1e9 ? "\(Int(ahead)) s" : "far") ahead of the collector's: "
                    + "set it by NTP; send seconds, not milliseconds"
            )
        }
        guard seconds >= decoder.now - decoder.ageSecondsMax else {
            throw refusal(
                "time", "\(seconds)", "at most \(Int(decoder.ageSecondsMax / 3600)) hours old", decoder.ageHint)
        }
        return seconds
    }

    private static let timeRule = "Unix seconds, or RFC 3339 with a zone"
    private static let timeHint = "send a number like 1763890000.5 or a text like 2026-11-23T10:00:00Z"

    private func refusal(_ field: String, _ value: String, _ rule: String, _ hint: String) -> Refusal {
        Refusal(index: index, field: field, value: value, rule: rule, hint: hint)
    }

    /// The nearest field's name for a misspelt one, or the list.
    private static func hint(for name: String, among fields: [String] = fieldNames) -> String {
        let nearest = fields.map { ($0, editDistance($0, String(name.prefix(40)))) }.min { $0.1 < $1.1 }
        if let nearest, nearest.1 <= 4 { return "did you mean \(nearest.0)?" }
        return "the metrics are \(Metric.allCases.map(\.name).joined(separator: ", "))"
    }
}

/// Levenshtein's distance: how many letters apart two names are.
private func editDistance(_ left: String, _ right: String) -> Int {
    let (a, b) = (Array(left.utf8), Array(right.utf8))
    var row = Array(0...b.count)
    for i in a.indices {
        var diagonal = row[0]
        row[0] = i + 1
        for j in b.indices {
            let substituted = diagonal + (a[i] == b[j] ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
        }
    }
    return row[b.count]
}
