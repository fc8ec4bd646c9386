import Daemon
import Glibc
import Training

extension SeriesModel {
    /// A member's name, and how the minutes are shared: until when, of all of them, it may take when it is its turn.
    private typealias Turn = (name: String, end: Double)
    private static let turnsWithNetwork: [Turn] = [
        ("direct_long", 0.22), ("direct_short", 0.30), ("direct_other", 0.42), ("direct_more", 0.42), ("tft", 0.66),
    ]
    private static let turnsWithout: [Turn] = [
        ("direct_long", 0.30), ("direct_short", 0.42), ("direct_other", 0.66), ("direct_more", 0.66),
    ]
    /// So many further direct networks at most are made of the time that the first ones left.
    private static let moreMax = 5
    /// When the second runs, and with them all but the tests, are to be over.
    private static let refitEnd = 0.97
    /// Fewer steps of the transformer than this are not worth their time, which goes to another direct network then.
    private static let networkStepsMin = 400.0
    /// Seconds of a step of the transformer for each step of a window, and at what horizon its attention, and what
    /// else grows with the square, takes as long again.
    private static let (stepSeconds, attentionHorizon) = (4e-4, 200.0)

    private var turns: [Turn] {
        let slot = settings.minutes * 60 * 0.24
        let step =
            Self.stepSeconds * Double(plan.context + spec.horizon)
            * (1 + Double(spec.horizon) / Self.attentionHorizon)
        let isWorthIt = settings.network?.steps != nil || slot > Self.networkStepsMin * step
        return settings.network != nil && isWorthIt ? Self.turnsWithNetwork : Self.turnsWithout
    }

    /// A network that weighs less is not worth going on with.
    private static let weightMin = 0.03
    /// Of a second run, which goes on from the first: the share of its rate, and of the steps that did it best.
    private static let (refitRate, refitSteps): (Float, Double) = (0.5, 0.5)

    /// Trains the members and blends them. `report` is told where it is; false ends the run.
    /// - Throws: `SeriesError` when it was ended. A member that fails is left out, and says why in the result.
    package func train(_ report: (SeriesProgress) -> Bool) throws -> SeriesResult {
        let began = Clock.monotonicSeconds()
        let all = settings.minutes * 60
        func left(until share: Double) -> Double { max(1, share * all - (Clock.monotonicSeconds() - began)) }
        var members = kinds.map { SeriesMember(name: $0.rawValue) }
        var faults: [SeriesMember] = []
        var best: [Int] = []
        for turn in turns {
            for name in names(of: turn) {
                // A further one is begun only where there is time for the whole of it.
                let longest = learners.map(\.seconds).max() ?? 0
                if turn.name == "direct_more", left(until: turn.end) < 1.2 * longest { break }
                do throws(Trainer.Fault) {
                    guard var learner = try start(name, seconds: left(until: turn.end)) else { continue }
                    best.append(try run(&learner, isRefit: false, until: began + all, report).bestStep)
                    learners.append(learner)
                } catch { faults.append(SeriesMember(name: name, fault: "\(error)")) }
                try Self.checkStop(isStopped)
            }
        }
        let judging = Clock.monotonicSeconds()
        let weights = fitBlend()
        // The tests take as long a window as these did; what is left is shared as the first runs were.
        let perWindow = (Clock.monotonicSeconds() - judging) / Double(max(1, plan.windows.count))
        let elapsed = Clock.monotonicSeconds() - began
        let room = max(0, Self.refitEnd * all - elapsed - perWindow * Double(testWindows))
        let again = learners.indices.filter { weights[kinds.count + $0] >= Self.weightMin }
        let firstRuns = again.reduce(0) { $0 + learners[$1].seconds }
        var shared = 0.0
        for i in again {
            let learner = learners[i]
            shared += learner.seconds
            let end = elapsed + room * shared / max(firstRuns, 1e-3)
            do throws(Trainer.Fault) {
                var next = try refit(learner, bestStep: best[i], seconds: left(until: end / all))
                _ = try run(&next, isRefit: true, until: began + end, report)
                learners[i] = next
            } catch { faults.append(SeriesMember(name: "\(learner.name) refit", fault: "\(error)")) }
            try Self.checkStop(isStopped)
        }
        members += learners.map { SeriesMember(name: $0.name, steps: $0.steps, seconds: $0.seconds) }
        for i in members.indices { members[i].weight = weights[i] }
        return SeriesResult(seconds: Clock.monotonicSeconds() - began, members: members + faults)
    }

    private func names(of turn: Turn) -> [String] {
        turn.name == "direct_more" ? (2..<2 + Self.moreMax).map { "direct_\($0)" } : [turn.name]
    }

    private static func checkStop(_ isStopped: Bool) throws(SeriesError) {
        if isStopped { throw SeriesError("stopped before the forecasts were made") }
    }

    private func run(
        _ learner: inout SeriesLearner, isRefit: Bool, until deadline: Double,
        _ report: (SeriesProgress) -> Bool
    ) throws(Trainer.Fault) -> TrainerResult {
        let name = learner.name
        var isWanted = true
        let result = try learner.run { progress in
            isWanted = report(SeriesProgress(member: name, isRefit: isRefit, trainer: progress))
            // Steps that were counted out in advance take longer on a machine that has become busy.
            return isWanted && Clock.monotonicSeconds() < deadline
        }
        isStopped = isStopped || !isWanted
        return result
    }

    /// nil: a member that this table or these settings do not have.
    private func start(_ name: String, seconds: Double) throws(Trainer.Fault) -> SeriesLearner? {
        if name == "tft" {
            guard var told = settings.network else { return nil }
            (told.minutes, told.seed, told.validationSteps) = (seconds / 60, settings.seed, plan.heldBack)
            let windows = windows(context: plan.context)
            return SeriesLearner(
                name: name, context: plan.context, trained: .network(try Trainer(learnt, windows, told, pool: pool)))
        }
        guard var told = settings.direct else { return nil }
        let number = UInt64(name.drop { $0 != "_" }.dropFirst()) ?? (name == "direct_long" ? 0 : 1)
        let isShort = name == "direct_short" || number == 3
        guard let context = isShort ? plan.shortContext : plan.longContext else { return nil }
        (told.seconds, told.validationSteps) = (seconds, plan.heldBack)
        told.batch = plan.batch(told.batch)
        told.seed = settings.seed &+ number
        let trainer = try DirectTrainer(learnt, windows(context: context), told, pool: pool)
        return SeriesLearner(name: name, context: context, trained: .direct(trainer))
    }

    /// The same network, ready to go on with nothing held back: at a lower rate, and for as many steps as the first run
    /// says are good, so that it does not learn by heart what is new.
    private func refit(
        _ learner: SeriesLearner, bestStep: Int, seconds: Double
    ) throws(Trainer.Fault) -> SeriesLearner {
        var next = learner
        let steps = max(20, Int(Self.refitSteps * Double(bestStep)))
        switch learner.trained {
        case .network(let trainer):
            var told = trainer.settings
            // Whichever ends first: its rate is to end at 0 either way.
            let perStep = learner.seconds / Double(max(1, learner.steps))
            told.steps = max(20, min(steps, Int(seconds / max(perStep, 1e-6))))
            (told.validationSteps, told.rate) = (0, told.rate * Self.refitRate)
            next.trained = .network(try Trainer(learnt, trainer.spec, told, from: trainer.best, pool: pool))
        case .direct(let trainer):
            var told = trainer.settings
            (told.steps, told.seconds) = (steps, seconds)
            (told.validationSteps, told.rate) = (0, told.rate * Self.refitRate)
            next.trained = .direct(
                try DirectTrainer(learnt, trainer.spec, told, from: trainer.best, pool: pool))
        }
        return next
    }
}
