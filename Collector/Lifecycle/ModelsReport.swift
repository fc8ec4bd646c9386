/// What there is to say of a collector's models at a moment.
package struct ModelsReport: Sendable {
    package struct Model: Sendable {
        package var id: String
        /// Nil where its files cannot be read: `problem` says why.
        package var card: ModelCard?
        package var problem: String?
        /// Unix seconds; nil for one that lies outside the shelf.
        package var addedAt: Int?
        package var role: Role
        package var live: Live?

        package init(id: String, card: ModelCard?, problem: String?, addedAt: Int?, role: Role, live: Live?) {
            (self.id, self.card, self.problem) = (id, card, problem)
            (self.addedAt, self.role, self.live) = (addedAt, role, live)
        }
    }

    package enum Role: String, Sendable, CaseIterable {
        case inUse = "in_use"
        case challenger, previous, kept
    }

    /// How a model alone did on the truths of the last seven days.
    package struct Live: Sendable, Equatable {
        /// Over the simple forecast that did best, which is `simple`.
        package var skill: Double
        package var simple: String
        package var pairs: Int

        package init(skill: Double, simple: String, pairs: Int) {
            (self.skill, self.simple, self.pairs) = (skill, simple, pairs)
        }
    }

    /// A challenger beside the model in use.
    package struct Trial: Sendable {
        package var id: String
        /// Unix seconds.
        package var since: Double
        package var numbers: TrialRule.Numbers
        package var why: String
        /// Of its newest run over all hosts, beside that of the model in use.
        package var seconds: Double
        package var championSeconds: Double

        package init(
            id: String, since: Double, numbers: TrialRule.Numbers, why: String, seconds: Double, championSeconds: Double
        ) {
            (self.id, self.since, self.numbers, self.why) = (id, since, numbers, why)
            (self.seconds, self.championSeconds) = (seconds, championSeconds)
        }
    }

    /// Training by schedule.
    package struct Retraining: Sendable, Equatable {
        package enum State: String, Sendable, CaseIterable { case off, waiting, running }
        package var state = State.off
        /// Unix seconds: when the run that is going on began, and when the next is due.
        package var since: Double?
        package var nextAt: Double?
        /// What it waits for, or how the last run ended.
        package var why = ""

        package init() {}
    }

    /// The id of the model in use; nil where a folder was named that lies outside the shelf.
    package var inUse: String?
    /// A folder that the command line or the configuration names, which wins over the shelf.
    package var explicitFolder: String?
    package var models: [Model] = []
    package var trial: Trial?
    package var retraining = Retraining()
    /// The newest first.
    package var journal: [ModelJournal.Entry] = []

    package init() {}
}

/// How far the world has moved away from what the model in use learnt from.
package struct DriftReport: Sendable {
    package enum Reference: String, Sendable, CaseIterable {
        case training
        case firstDay = "first_day"
    }

    /// One hour's: the newest day against the reference.
    package struct Hour: Sendable, Equatable {
        /// Unix seconds of its start.
        package var hour: Int
        package var model: String
        /// Population stability index by metric name.
        package var metrics: [String: Double] = [:]
        /// Of the model alone over the newest day, over the best simple forecast.
        package var skill: Double?

        package init(hour: Int, model: String) { (self.hour, self.model) = (hour, model) }

        /// The mean over the metrics; nil without any.
        package var index: Double? {
            metrics.isEmpty ? nil : metrics.values.reduce(0, +) / Double(metrics.count)
        }

        /// By the metric that moved most.
        package var state: DriftState? { metrics.values.max().map { DriftState(index: $0) } }
    }

    package var days: Int
    package var model: String?
    package var reference: Reference?
    /// The oldest first.
    package var hours: [Hour] = []
    /// Why there is nothing yet.
    package var problem: String?

    package init(days: Int) { self.days = days }

    package var now: Hour? { hours.last { $0.model == model } }

    /// How much less skill the newest hour has than the mean of the seven days before its newest day; nil until both
    /// are known.
    package var skillLost: Double? {
        guard let now, let skill = now.skill else { return nil }
        let before = hours.filter { hour in
            hour.model == now.model && hour.hour <= now.hour - 86_400 && hour.hour > now.hour - 8 * 86_400
        }.compactMap(\.skill)
        guard !before.isEmpty else { return nil }
        return before.reduce(0, +) / Double(before.count) - skill
    }

    /// In words, for the newest hour.
    package var words: String {
        guard let now, let state = now.state else { return problem ?? "nothing is known yet" }
        let moved = now.metrics.filter { DriftState(index: $0.value) != .stable }.sorted { $0.value > $1.value }
        var text = "inputs \(state.rawValue)"
        if !moved.isEmpty {
            text += ": " + moved.prefix(3).map { "\($0.key) \(Self.rounded($0.value))" }.joined(separator: ", ")
        }
        if let lost = skillLost { text += "; skill \(DriftState(skillLost: lost).rawValue)" }
        return text
    }

    private static func rounded(_ x: Double) -> String { "\((x * 100).rounded() / 100)" }
}
