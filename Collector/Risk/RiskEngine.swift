package import Insight

/// Makes scores. Pure: the same input and configuration give the same score, on any machine, at any time.
package struct RiskEngine: Sendable {
    package let configuration: RiskConfiguration
    private let book: RuleBook

    /// The configuration must have been validated; what it does not name keeps the shipped default.
    package init(configuration: RiskConfiguration = RiskConfiguration()) {
        self.configuration = configuration
        book = RuleBook(configuration)
    }

    /// How close the host is to trouble, and why. Without a forecast the present is carried forward in its place, and a
    /// note says so. Points are hundredths, so that what is printed adds up.
    package func score(_ input: RiskInput) -> RiskScore {
        let assessment = assess(input)
        let narrator = Narrator(input: input, assessment: assessment)
        return RiskScore(
            value: hundredths(assessment.value), current: hundredths(assessment.current),
            predicted: hundredths(assessment.predicted), parts: parts(of: assessment, told: narrator),
            notes: narrator.notes(rules: rules(for: input)))
    }

    /// The score's number alone, without the words.
    package func value(_ input: RiskInput) -> Double { hundredths(assess(input).value) }

    /// A score, or why there is none: silence for too long, or samples in which nothing that is scored has a value.
    /// `lastSample` and `now` are Unix seconds; `last` is the score before, shown greyed meanwhile.
    package func verdict(
        for input: @autoclosure () -> RiskInput, lastSample: Double, now: Double, last: RiskScore?
    ) -> RiskVerdict {
        let silent = now - lastSample
        guard silent <= configuration.offlineAfterSeconds else { return .offline(silentSeconds: silent, last: last) }
        let input = input()
        guard rules(for: input).contains(where: { $0.signal.value(in: input.now, cpus: input.cpus) != nil }) else {
            return .unscored(reason: Narrator.nothingToScore, last: last)
        }
        return .score(score(input))
    }

    func assess(_ input: RiskInput) -> Assessment {
        Assessment(input, rules: rules(for: input), configuration: configuration)
    }

    func rules(for input: RiskInput) -> [SignalRule] { book.rules(for: input.profile) }

    /// Whole hundredths each; what rounding left over goes to the largest part.
    private func parts(of assessment: Assessment, told narrator: Narrator) -> [RiskPart] {
        var whole: [(signal: RiskSignal, factor: RiskFactor, hundredths: Int)] = []
        var rest = Int((assessment.value * 100).rounded())
        for signal in RiskSignal.allCases {
            for factor in RiskFactor.allCases {
                let hundredths = Int((assessment.points[signal, factor] * 100).rounded())
                guard hundredths != 0 else { continue }
                whole.append((signal, factor, hundredths))
                rest -= hundredths
            }
        }
        whole.sort { abs($0.hundredths) > abs($1.hundredths) }
        if !whole.isEmpty { whole[0].hundredths += rest }
        return whole.sorted { $0.hundredths > $1.hundredths }.map { part in
            RiskPart(
                metric: part.signal.metric, factor: part.factor, points: Double(part.hundredths) / 100,
                sentence: narrator.sentence(part.signal, part.factor))
        }
    }

    private func hundredths(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}
