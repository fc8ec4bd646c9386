/// When a model that has come to be worse than a simple forecast makes way for the one before it. Pure.
package struct RollbackRule: Sendable, Equatable {
    /// Below this skill over the best simple forecast the model has failed.
    package var skillMin = 0.0
    /// Scored pairs over the window.
    package var pairs = 2000
    /// After a rollback nothing is rolled back for so long: two bad models must not take turns.
    package var coolDownSeconds = 3 * 86_400.0
    /// A model is given this long before it is judged; its eight-hour forecasts have come true by then.
    package var graceSeconds = 12 * 3600.0

    package init() {}

    package struct Situation: Sendable, Equatable {
        /// Of the model alone over the window, over the best simple forecast; nil while nothing is scored.
        package var skill: Double?
        /// The simple forecast that does best.
        package var simple = ""
        package var pairs = 0
        /// Unix seconds since when it is in use.
        package var since = 0.0
        /// The model before it; nil without one.
        package var previous: String?
        /// How that did when it was in use; nil when nobody knows.
        package var previousSkill: Double?
        /// The last automatic rollback, Unix seconds.
        package var rolledBackAt: Double?

        package init() {}
    }

    package enum Verdict: Sendable, Equatable {
        case stays
        /// It is worse than a simple forecast, but there is nothing better to go back to: why.
        case staysThough(why: String)
        case goesBack(to: String, why: String)
    }

    package func verdict(_ it: Situation, now: Double) -> Verdict {
        guard let skill = it.skill, it.pairs >= pairs, skill < skillMin else { return .stays }
        // A moment ahead of now is of a clock that was set back: it is as if it were now.
        guard now - min(it.since, now) >= graceSeconds else { return .stays }
        let said = "it is \(Percent.share(-skill)) worse than \(it.simple) over \(it.pairs) pairs"
        if let at = it.rolledBackAt, now - min(at, now) < coolDownSeconds {
            return .staysThough(why: "\(said); the last rollback is too recent for another")
        }
        guard let previous = it.previous else { return .staysThough(why: "\(said); there is no model before it") }
        guard let before = it.previousSkill else {
            return .staysThough(why: "\(said); how \(previous), the model before it, did is not known")
        }
        guard before > skill else { return .staysThough(why: "\(said); \(previous), the one before it, was no better") }
        let verb = before >= 0 ? "better" : "worse"
        return .goesBack(to: previous, why: "\(said); \(previous) was \(Percent.share(abs(before))) \(verb)")
    }
}
