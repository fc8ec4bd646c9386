import Insight
import JSON
import Telemetry

/// Reads `{"changes": [{"metric", "over", "set" | "add" | "scale"}], "metrics": […]}`. Every refusal names the field,
/// the rule and how to mend it.
struct WhatIfQuestion: Sendable, Equatable {
    var changes: [WhatIfChange]
    /// Whose forecasts are answered: those asked for, else those changed.
    var metrics: [Metric]

    static let changesMax = 14
    static let bodyBytesMax = 16 << 10
    static let overSecondsMax = 86_400.0
    static let shapeHint =
        #"send {"changes": [{"metric": "mem_used_pct", "over": "PT1H", "set": 80}]}; instead of set, add or scale"#

    static func decode(_ body: [UInt8]) throws(Problem) -> WhatIfQuestion {
        guard body.count <= bodyBytesMax else {
            throw Problem(413, "the body is \(body.count) bytes", hint: "a question has at most \(bodyBytesMax)")
        }
        let result: Result<WhatIfQuestion, Problem>
        do throws(JSONError) {
            let parser = try JSONParser(bytesMax: bodyBytesMax, depthMax: 8)
            result = try parser.parse(body) { value in
                Result { () throws(Problem) in try WhatIfQuestion(value) }
            }
        } catch {
            throw Problem(400, "the body is not JSON: \(error)", hint: shapeHint)
        }
        return try result.get()
    }

    private init(_ value: JSONValue) throws(Problem) {
        guard value.kind == .object else {
            throw Self.refusal("body", "is no object", rule: "an object with changes", Self.shapeHint)
        }
        for member in value.members where !["changes", "metrics"].contains(member.key.string) {
            throw Self.refusal(
                member.key.string, "is not known here", rule: "changes and metrics are taken", Self.shapeHint)
        }
        guard let list = value["changes"], list.kind == .array else {
            throw Self.refusal("changes", "is missing or no list", rule: "a list of changes", Self.shapeHint)
        }
        var changes: [WhatIfChange] = []
        for element in list.elements {
            guard changes.count < Self.changesMax else {
                throw Self.refusal(
                    "changes", "has too many", rule: "at most \(Self.changesMax) changes", "change each metric once")
            }
            let place = "changes[\(changes.count)]"
            let change = try Self.change(element, at: place)
            guard !changes.contains(where: { $0.metric == change.metric }) else {
                throw Self.refusal(
                    "\(place).metric", "is \(change.metric.name) again", rule: "each metric at most once",
                    "put both into one change")
            }
            changes.append(change)
        }
        guard !changes.isEmpty else {
            throw Self.refusal("changes", "is empty", rule: "one change or more", Self.shapeHint)
        }
        self.changes = changes
        metrics = try Self.metrics(value["metrics"]) ?? changes.map(\.metric)
    }

    private static func metrics(_ value: JSONValue?) throws(Problem) -> [Metric]? {
        guard let value, !value.isNull else { return nil }
        guard value.kind == .array else {
            throw refusal("metrics", "is no list", rule: "a list of metrics' names", "leave it out, or send a list")
        }
        var metrics: [Metric] = []
        for (index, element) in value.elements.enumerated() {
            let metric = try metric(element, at: "metrics[\(index)]")
            if !metrics.contains(metric) { metrics.append(metric) }
        }
        return metrics.isEmpty ? nil : metrics
    }

    private static func metric(_ value: JSONValue?, at field: String) throws(Problem) -> Metric {
        guard let value, let metric = value.string.flatMap(Metric.init(name:)) else {
            throw refusal(
                field, "is \(shown(value))", rule: "one of the contract's metrics",
                "send one of \(Metric.allCases.map(\.name).joined(separator: ", "))")
        }
        return metric
    }

    private static func change(_ value: JSONValue, at place: String) throws(Problem) -> WhatIfChange {
        guard value.kind == .object else {
            throw refusal(place, "is no object", rule: "an object", shapeHint)
        }
        let metric = try metric(value["metric"], at: "\(place).metric")
        let over = try over(value["over"], at: "\(place).over")
        var kinds: [WhatIfChange.Kind] = []
        for member in value.members {
            let name = member.key.string
            switch name {
            case "metric", "over": continue
            case "set": kinds.append(.set(try number(member.value, set(metric), at: "\(place).set")))
            case "add": kinds.append(.add(try number(member.value, -1e9...1e9, at: "\(place).add")))
            case "scale": kinds.append(.scale(try number(member.value, 0...1000, at: "\(place).scale")))
            default:
                throw refusal(
                    "\(place).\(name)", "is not known here", rule: "metric, over and one of set, add, scale", shapeHint)
            }
        }
        guard let kind = kinds.first, kinds.count == 1 else {
            throw refusal(place, "has \(kinds.count) of set, add and scale", rule: "exactly one of them", shapeHint)
        }
        return WhatIfChange(metric: metric, overSeconds: over, kind: kind)
    }

    private static func set(_ metric: Metric) -> ClosedRange<Double> {
        metric.range.lowerBound...metric.plausibleMaximum
    }

    private static func number(
        _ value: JSONValue, _ range: ClosedRange<Double>, at field: String
    ) throws(Problem) -> Double {
        guard let number = value.double, range.contains(number) else {
            let (low, high) = (JSONNumber.text(range.lowerBound), JSONNumber.text(range.upperBound))
            throw refusal(
                field, "is \(shown(value))", rule: "a number from \(low) to \(high)", "send a number in that range")
        }
        return number
    }

    /// An ISO 8601 duration: PT30M, PT1H30M, P1D.
    private static func over(_ value: JSONValue?, at field: String) throws(Problem) -> Double {
        let seconds = value?.string.flatMap(ISODuration.seconds)
        guard let seconds, seconds > 0, seconds <= overSecondsMax else {
            throw refusal(
                field, "is \(shown(value))", rule: "an ISO 8601 duration above 0, at most P1D",
                "send PT30M, PT1H or P1D: how far back from now")
        }
        return seconds
    }

    private static func shown(_ value: JSONValue?) -> String {
        switch value?.kind {
        case nil: "missing"
        case .string: "\"\((value?.string ?? "").shortened)\""
        case .number: value?.double.map(JSONNumber.text) ?? "a number"
        case .object: "an object"
        case .array: "a list"
        case .bool: value?.bool == true ? "true" : "false"
        case .null: "null"
        }
    }

    private static func refusal(_ field: String, _ found: String, rule: String, _ hint: String) -> Problem {
        var problem = Problem(400, "\(field.shortened) \(found)", hint: hint)
        problem.field = field.shortened
        problem.rule = rule
        return problem
    }
}

/// A number in a sentence: 80, 0.5.
enum JSONNumber {
    static func text(_ value: Double) -> String {
        var json = JSONWriter(capacity: 32)
        json.value(value)
        return json.text
    }
}

/// ISO 8601 §5.5.2.1, days to seconds in whole numbers: months and years have no length.
enum ISODuration {
    private static let units: [(letter: Character, seconds: Double, isTime: Bool)] = [
        ("D", 86_400, false), ("H", 3600, true), ("M", 60, true), ("S", 1, true),
    ]

    /// Nil when the text is none.
    static func seconds(_ text: String) -> Double? {
        guard text.first == "P", text.utf8.count <= 24 else { return nil }
        var (total, digits, isTime, next) = (0.0, "", false, 0)
        for letter in text.dropFirst() {
            if letter.isASCII, letter.isNumber {
                digits.append(letter)
            } else if letter == "T", !isTime, digits.isEmpty {
                isTime = true
            } else if let unit = units.indices.first(where: { units[$0].letter == letter && units[$0].isTime == isTime }
            ),
                unit >= next, let count = Double(digits)
            {
                total += count * units[unit].seconds
                (digits, next) = ("", unit + 1)
            } else {
                return nil
            }
        }
        return digits.isEmpty && next > 0 && text.last != "T" ? total : nil
    }
}
