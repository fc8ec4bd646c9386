package import Telemetry

/// What a forecast was made from: how the network weighed its inputs, and how much it looked at each hour of the past.
/// Its own weights (TFT §4.2, §4.4, arXiv:1912.09363), averaged over the forecast's steps and the attention's heads;
/// they say where it looked, not what caused what.
package struct Explanation: Sendable, Equatable {
    /// The inputs' names as the model's config lists them: metrics, "hour", "status". Shared by all forecasts of a
    /// model.
    package struct Inputs: Sendable, Equatable {
        /// One number for the whole window: the profile, each metric's level and spread.
        package var host: [String]
        /// One number for each step of the past.
        package var past: [String]
        /// Known for each step to come: the calendar.
        package var ahead: [String]

        package init(host: [String], past: [String], ahead: [String]) {
            (self.host, self.past, self.ahead) = (host, past, ahead)
        }

        package var count: Int { host.count + past.count + ahead.count }
    }

    package let inputs: Inputs
    /// The inputs' shares in their order, each of the three groups adding up to 1; then the attention by hour of the
    /// past, the last hour first; then the attention to the steps to come. These add up to 1 as well.
    package let values: [Float]

    package init?(inputs: Inputs, values: [Float]) {
        guard values.count > inputs.count + 1, values.allSatisfy(\.isFinite) else { return nil }
        self.inputs = inputs
        self.values = values
    }

    /// Shares, 0…1.
    package var host: [InputShare] { shares(inputs.host, from: 0) }
    package var past: [InputShare] { shares(inputs.past, from: inputs.host.count) }
    package var ahead: [InputShare] { shares(inputs.ahead, from: inputs.host.count + inputs.past.count) }
    /// `[0]` is the last hour.
    package var hours: ArraySlice<Float> { values[inputs.count..<values.count - 1] }
    package var coming: Float { values.last ?? 0 }

    private func shares(_ names: [String], from first: Int) -> [InputShare] {
        zip(names, values[first...]).map { InputShare(input: $0, share: $1) }
    }
}

/// One input and how much of the weight it had, 0…1.
package struct InputShare: Sendable, Equatable {
    package var input: String
    package var share: Float

    package init(input: String, share: Float) { (self.input, self.share) = (input, share) }

    /// The input as people read it, as inside a sentence: "memory", "time of day".
    package var words: String {
        switch input {
        case "hour", "hour_sin", "hour_cos": return "time of day"
        case "day_of_week": return "day of the week"
        case "month": return "month"
        case "is_weekend": return "weekend or not"
        case "relative_time_idx": return "age of the step"
        case "status", "state": return "the host's state"
        case "profile": return "profile"
        case "encoder_length": return "length of the past"
        default: break
        }
        for (ending, words) in [("_center", "level"), ("_scale", "spread")] where input.hasSuffix(ending) {
            if let metric = Metric(name: String(input.dropLast(ending.count))) { return "\(words) of \(metric.words)" }
        }
        return Metric(name: input)?.words ?? input
    }
}

extension Metric {
    /// As inside a sentence: "memory", "I/O wait".
    package var words: String {
        switch self {
        case .cpuUser: "user CPU"
        case .cpuSystem: "system CPU"
        case .cpuIOWait: "I/O wait"
        case .cpuIdle: "idle CPU"
        case .javaCPU: "Java CPU"
        case .memoryUsed: "memory"
        case .swapUsed: "swap"
        case .diskUsage: "disk"
        case .networkIn: "network in"
        case .networkOut: "network out"
        case .backCloseWait: "back-end CLOSE_WAIT"
        case .frontCloseWait: "front-end CLOSE_WAIT"
        case .loadAverage: "load"
        case .uptime: "uptime"
        }
    }
}

extension Explanation {
    /// A stretch of the past, hours counted from 1, the last one.
    package enum Stretch: CaseIterable, Sendable {
        case lastHour, lastHours, sameDay, yesterday

        package var hours: ClosedRange<Int> {
            switch self {
            case .lastHour: 1...1
            case .lastHours: 2...4
            case .sameDay: 5...16
            // The eight hours to come, a day before.
            case .yesterday: 17...24
            }
        }

        package var words: String {
            switch self {
            case .lastHour: "the last hour"
            case .lastHours: "1 to 4 hours ago"
            case .sameDay: "4 to 16 hours ago"
            case .yesterday: "the same hours yesterday"
            }
        }
    }

    /// The stretch that has most of the attention for its length, and how much that is, 0…1. Nil where all went to the
    /// steps to come.
    package var looksMostAt: (stretch: Stretch, share: Float)? {
        let shares = Stretch.allCases.map { stretch in
            (stretch, zip(1..., hours).reduce(0) { stretch.hours.contains($1.0) ? $0 + $1.1 : $0 })
        }
        let best = shares.max { Double($0.1) / Double($0.0.hours.count) < Double($1.1) / Double($1.0.hours.count) }
        guard let best, best.1 > 0 else { return nil }
        return (best.0, best.1)
    }

    /// "Of the past it weighs memory 41 %, swap 22 % and time of day 9 %; it looks most at the same hours yesterday (37
    /// % of its attention)."
    package var sentence: String {
        // The sine and the cosine of an hour are one thing to a reader.
        let byWords = Dictionary(past.map { ($0.words, $0.share) }, uniquingKeysWith: +)
        let top = byWords.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(3).filter { $0.value >= 0.005 }
        let words = top.map { "\($0.key) \(Self.percent($0.value))" }
        let list =
            words.count < 2
            ? words.joined() : words.dropLast().joined(separator: ", ") + " and " + words[words.count - 1]
        guard let most = looksMostAt else { return "Of the past it weighs \(list)." }
        return "Of the past it weighs \(list); it looks most at \(most.stretch.words) "
            + "(\(Self.percent(most.share)) of its attention)."
    }

    private static func percent(_ share: Float) -> String { "\(Int((share * 100).rounded())) %" }
}

extension Explanation {
    /// A line each for `host`, `past`, `ahead`, `attention` (by hour of the past, the last hour first) and `coming`, in
    /// hundred-thousandths: what a database keeps and a person can read.
    package var text: String {
        func line(_ name: String, _ shares: [InputShare]) -> String {
            "\(name) " + shares.map { "\($0.input):\(Self.whole($0.share))" }.joined(separator: " ")
        }
        return [
            line("host", host), line("past", past), line("ahead", ahead),
            "attention " + hours.map { "\(Self.whole($0))" }.joined(separator: " "), "coming \(Self.whole(coming))",
        ].joined(separator: "\n")
    }

    private static func whole(_ share: Float) -> Int { Int((max(0, min(1, share)) * 100_000).rounded()) }

    /// What `text` said; nil when it says something else.
    package init?(text: String) {
        let lines = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        guard lines.map(\.first) == ["host", "past", "ahead", "attention", "coming"] else { return nil }
        var names: [[String]] = []
        var values: [Float] = []
        for line in lines.prefix(3) {
            let pairs = line.dropFirst().map { $0.split(separator: ":").map(String.init) }
            guard pairs.allSatisfy({ $0.count == 2 }) else { return nil }
            names.append(pairs.map { $0[0] })
            values += pairs.map { Float($0[1]).map { $0 / 100_000 } ?? .nan }
        }
        for line in lines.suffix(2) { values += line.dropFirst().map { Float($0).map { $0 / 100_000 } ?? .nan } }
        self.init(inputs: Inputs(host: names[0], past: names[1], ahead: names[2]), values: values)
    }
}
