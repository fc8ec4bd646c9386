import Insight
import JSON
import Telemetry

/// What `/whatif` is asked: `{"changes": [{"metric", "over", "set" | "add" | "scale"}], "metrics": […]}`.
struct WhatIfQuestion: Equatable {
    var changes: [WhatIfChange] = []
    /// Whose forecasts are answered: those asked for, else those changed.
    var metrics: [Metric]

    static let overSecondsMax = 86_400.0

    init(_ question: JSONQuestion) throws(Problem) {
        try question.refuseOthers(than: ["changes", "metrics"])
        let names = try question.texts("metrics", atMost: Metric.count) ?? []
        metrics = []
        for (index, name) in names.enumerated() {
            guard let metric = Metric(name: name) else {
                throw question.problem(
                    "metrics[\(index)]", "one of \(Metric.allCases.map(\.name).joined(separator: ", "))",
                    found: question.member("metrics")?.elements.dropFirst(index).first { _ in true }?.shown)
            }
            if !metrics.contains(metric) { metrics.append(metric) }
        }
        for object in try question.objects("changes", atMost: Metric.count) {
            let change = try Self.change(object)
            guard !changes.contains(where: { $0.metric == change.metric }) else {
                throw object.problem("metric", "changed once", hint: "put both into one change")
            }
            changes.append(change)
        }
        guard !changes.isEmpty else {
            throw question.problem(
                "changes", "a list of one change or more",
                hint: #"send {"changes": [{"metric": "mem_used_pct", "over": "PT1H", "set": 80}]}"#)
        }
        if metrics.isEmpty { metrics = changes.map(\.metric) }
    }

    private static func change(_ object: JSONQuestion) throws(Problem) -> WhatIfChange {
        try object.refuseOthers(than: ["metric", "over", "set", "add", "scale"])
        let metric = try object.required(
            "metric", try object.choice("metric", Metric.allCases, named: \.name), "one of the contract's metrics")
        let range = metric.range.lowerBound...metric.plausibleMaximum
        let kinds: [(name: String, kind: WhatIfChange.Kind?)] = [
            ("set", try object.number("set", in: range).map { .set($0) }),
            ("add", try object.number("add", in: -1e9...1e9).map { .add($0) }),
            ("scale", try object.number("scale", in: 0...1000).map { .scale($0) }),
        ]
        let given = kinds.filter { $0.kind != nil }
        guard let kind = given.first?.kind, given.count == 1 else {
            throw object.problem(
                given.last?.name ?? "set", given.isEmpty ? "given, or add or scale in its place" : "alone",
                hint: "send exactly one of set, add and scale")
        }
        let over = try object.text("over").flatMap(ISODuration.seconds)
        guard let over, over > 0, over <= overSecondsMax else {
            throw object.problem(
                "over", "an ISO 8601 duration above 0, at most P1D",
                hint: "send PT30M, PT1H or P1D: how far back from now")
        }
        return WhatIfChange(metric: metric, overSeconds: over, kind: kind)
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
