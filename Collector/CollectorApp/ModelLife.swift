import API
import Daemon
import Insight
import Lifecycle
import Store
import TFT
import Telemetry

/// Which model speaks: takes up what was chosen, lets a challenger show itself, and goes back when the one in use
/// fails. Whatever goes wrong, the model in use stays and the reason is told: in the log, in the journal and in the
/// answers.
final class ModelLife: Sendable {
    private struct State {
        /// What is in use; nil before anything was chosen, or while an explicit folder is.
        var choice: ModelChoice?
        var inUse: String?
        /// What the shelf's choice was when an explicit folder outvoted it.
        var outvoted: ModelChoice?
        var trial: (trial: ModelTrial, label: String)?
        var verdict: (numbers: TrialRule.Numbers, why: String)?
        /// The newest scored step at the last decisions.
        var decidedAt: Int?
        /// Said once, not every five minutes.
        var warning = ""
    }

    let shelf: ModelShelf
    let retraining: Retraining
    let drift: DriftWatch
    private let forecaster: Forecaster
    private let store: Store
    private let clock: Clock
    private let log: Log
    /// A folder that was named: it wins over the shelf.
    private let explicitFolder: String?
    private let configuration: ModelsConfiguration
    private let cards: ModelCards
    private let state = Locked(State())

    static let collector = "collector"
    private static let liveDays = 7

    init(
        _ configuration: CollectorConfiguration, store: Store, forecaster: Forecaster, clock: Clock, log: Log
    ) {
        explicitFolder = ModelFolder.explicit(configured: configuration.model, state: configuration.state)
        shelf = ModelShelf(state: configuration.state, shipped: ModelFolder.shipped)
        self.configuration = configuration.models
        retraining = Retraining(configuration, shelf: shelf, store: store, clock: clock, log: log)
        drift = DriftWatch(store: store, shelf: shelf, log: log)
        cards = ModelCards(shelf)
        (self.store, self.forecaster, self.clock, self.log) = (store, forecaster, clock, log)
    }

    // MARK: At the start

    /// Loads what is to speak: the folder that was named, the one that was chosen, the one before it, the shipped one.
    func start() {
        if let explicitFolder {
            forecaster.load(folder: explicitFolder)
            state.withLock { $0.outvoted = shelf.current() }
            log.info("the model's folder was named; what `model use` chose does not count", ["folder": explicitFolder])
            return
        }
        let choice = shelf.current()
        if let choice, take(choice) { return }
        if let choice {
            refuse(choice, forecaster.status.problem ?? "it cannot be loaded", instead: fallback(choice))
            return
        }
        if shelf.isCurrentUnreadable {
            tell(.refused, "", "\(shelf.folder)/current cannot be read; the shipped model speaks")
        }
        forecaster.load(folder: shelf.shippedFolder)
        state.withLock { $0.inUse = ModelShelf.shipped }
    }

    /// What is left when the chosen model cannot be loaded at the start: the one before it, else the shipped one.
    private func fallback(_ choice: ModelChoice) -> ModelChoice? {
        let why = "\(choice.id) cannot be loaded"
        for id in [choice.previous, ModelShelf.shipped].compactMap({ $0 }) where id != choice.id {
            let other = ModelChoice(
                id: id, previous: nil, who: Self.collector, why: why, at: clock.now(), deed: .rolledBack)
            if take(other) { return other }
        }
        return nil
    }

    private func take(_ choice: ModelChoice) -> Bool {
        guard forecaster.load(folder: shelf.path(of: choice.id)) == nil else { return false }
        state.withLock { state in
            (state.choice, state.inUse, state.decidedAt) = (choice, choice.id, nil)
            state.warning = ""
        }
        return true
    }

    /// Loads the model in use again.
    func reload() {
        if let folder = explicitFolder ?? state.withLock({ $0.inUse }).map({ shelf.path(of: $0) }) {
            forecaster.load(folder: folder)
        }
    }

    func stop() { retraining.stop() }

    // MARK: One look

    func look(now: Double) {
        followChoice()
        followTrial(now)
        if let folder = retraining.look(now: now) { takeIn(folder, now) }
        do throws(StoreError) {
            try decide(now)
            let speaker = speaker
            try drift.look(now: now, label: speaker.label, card: speaker.card)
        } catch {
            log.warning("models could not be judged", ["reason": "\(error)"])
        }
    }

    private var speaker: (label: String?, card: ModelCard?) {
        let folder = explicitFolder ?? state.withLock { $0.inUse }.map { shelf.path(of: $0) }
        return (forecaster.status.model, folder.flatMap { try? cards.card(ofFolder: $0).get() })
    }

    /// What a person chose, or a decision of our own.
    private func followChoice() {
        guard let wanted = shelf.current() else { return }
        if let explicitFolder {
            let before = state.withLock { $0.outvoted }
            if wanted != before {
                refuse(wanted, "the collector was started with --model \(explicitFolder), which wins", instead: before)
            }
            return
        }
        let before = state.withLock { $0.choice }
        guard wanted != before else { return }
        // The same model for another reason is no reason to load it again.
        if wanted.id == state.withLock({ $0.inUse }) {
            state.withLock { $0.choice = wanted }
            tell(wanted.deed, wanted.id, wanted.why, by: wanted.who)
        } else if take(wanted) {
            tell(wanted.deed, wanted.id, wanted.why, by: wanted.who)
            tidy()
        } else {
            refuse(wanted, forecaster.status.problem ?? "it cannot be loaded", instead: before)
        }
    }

    /// Writes down what speaks instead, so that the next start does not try again.
    private func refuse(_ choice: ModelChoice, _ reason: String, instead: ModelChoice?) {
        keep("the choice of a model") { () throws(ShelfError) in
            try shelf.changing { () throws(ShelfError) in
                // Somebody may have chosen anew meanwhile.
                if shelf.current() == choice { try shelf.set(instead) }
            }
        }
        tell(.refused, choice.id, reason)
    }

    // MARK: A challenger

    private func followTrial(_ now: Double) {
        let wanted = shelf.trial()
        let (known, inUse) = state.withLock { ($0.trial?.trial, $0.inUse) }
        guard wanted != known else { return }
        do throws(ModelError) {
            if wanted != nil, let explicitFolder {
                endTrial()
                return tell(.refused, wanted?.id ?? "", "the collector was started with --model \(explicitFolder)")
            }
            guard let wanted, wanted.id != inUse else {
                try forecaster.challenge(folder: nil)
                state.withLock { ($0.trial, $0.verdict) = (nil, nil) }
                if wanted != nil { endTrial() }
                return
            }
            let label = try forecaster.challenge(folder: shelf.path(of: wanted.id)) ?? ""
            state.withLock { state in
                state.trial = (wanted, label)
                (state.verdict, state.decidedAt) = (nil, nil)
            }
            tell(.challenger, wanted.id, "forecasts beside the model in use, unheard")
        } catch {
            endTrial()
            tell(.refused, wanted?.id ?? "", "\(error)")
        }
    }

    private func endTrial() {
        keep("the end of a trial") { () throws(ShelfError) in
            try shelf.changing { () throws(ShelfError) in try shelf.set(nil as ModelTrial?) }
        }
    }

    /// What training made: proved, put on the shelf, and on trial.
    private func takeIn(_ folder: String, _ now: Double) {
        do {
            try ModelFolder.prove(folder)
            let added = try shelf.add(folder)
            tell(.trained, added.id, "by schedule")
            guard explicitFolder == nil else { return }
            try shelf.changing { () throws(ShelfError) in
                if let old = shelf.trial() {
                    try shelf.journal.add(
                        .init(at: now, who: Self.collector, .retired, old.id, why: "a newer model takes its place"))
                }
                try shelf.set(ModelTrial(id: added.id, since: now))
            }
        } catch {
            tell(.refused, "", "a trained model could not be kept: \(error)")
        }
    }

    // MARK: Decisions

    /// When new truths have been scored.
    private func decide(_ now: Double) throws(StoreError) {
        guard explicitFolder == nil, let scored = try store.scoredUpTo() else { return }
        let isNew = state.withLock { state in
            defer { state.decidedAt = scored }
            return state.decidedAt != scored
        }
        guard isNew, let label = forecaster.status.model else { return }
        try judgeTrial(label, now, scored)
        try judgeModel(label, now, scored)
    }

    private func judgeTrial(_ champion: String, _ now: Double, _ scored: Int) throws(StoreError) {
        guard let (trial, label) = state.withLock({ $0.trial }) else { return }
        let rule = configuration.trial
        // The newest day, or as many hours as a verdict needs.
        let to = scored / 3600 * 3600 + 3600
        let from = max(to - (max(24, rule.hours) + 1) * 3600, Int(min(trial.since, now)) / 3600 * 3600)
        let sums = try store.trial(of: label, against: champion, from: from, to: to)
        let alone = try store.modelAccuracy(from: from, to: to).filter {
            $0.key.model == champion && $0.value.count > 0
        }
        let (verdict, numbers) = rule.verdict(
            sums.duels, hours: sums.hours, needed: Set(alone.keys.map(\.metric)), since: trial.since, now: now)
        switch verdict {
        case .goesOn(let why): state.withLock { $0.verdict = (numbers, why) }
        case .isRetired(let why):
            endTrial()
            tell(.retired, trial.id, why)
            followTrial(now)
            tidy()
        case .takesOver(let why):
            // What could not be written down is tried again when the next truths are scored.
            guard choose(trial.id, why, .tookOver, now) || shelf.current()?.id == trial.id else { return }
            endTrial()
            followTrial(now)
        }
    }

    private func judgeModel(_ label: String, _ now: Double, _ scored: Int) throws(StoreError) {
        guard configuration.rollsBack, let choice = state.withLock({ $0.choice }) else { return }
        let to = scored / 3600 * 3600 + 3600
        var it = RollbackRule.Situation()
        let today = try store.modelAccuracy(from: to - 86_400, to: to).filter { $0.key.model == label }
        if let best = today.values.skillOverBest() { (it.skill, it.simple) = (best.skill, best.simple.name) }
        it.pairs = today.values.reduce(0) { $0 + $1.count }
        (it.since, it.previous) = (choice.at, choice.previous)
        it.rolledBackAt =
            shelf.journal.entries().last { $0.deed == .rolledBack && $0.who == Self.collector }?.at
        if let previous = choice.previous, let other = try? cards.card(ofFolder: shelf.path(of: previous)).get() {
            let before = try store.modelAccuracy(from: to - 31 * 86_400, to: to).filter { $0.key.model == other.label }
            it.previousSkill = before.values.skillOverBest()?.skill
        }
        switch RollbackRule().verdict(it, now: now) {
        case .stays: break
        case .staysThough(let why):
            let isNew = state.withLock { state in
                defer { state.warning = choice.id }
                return state.warning != choice.id
            }
            if isNew { log.warning("the model in use does badly and stays", ["model": choice.id, "why": why]) }
        case .goesBack(let previous, let why): choose(previous, why, .rolledBack, now)
        }
    }

    /// Whether the choice was written down.
    @discardableResult
    private func choose(_ id: String, _ why: String, _ deed: ModelJournal.Deed, _ now: Double) -> Bool {
        let isWritten = keep("the choice of a model") { () throws(ShelfError) in
            try shelf.choose(id, who: Self.collector, why: why, deed: deed, now: now)
        }
        followChoice()
        return isWritten
    }

    // MARK: Housekeeping

    private func tidy() {
        keep("a model's removal") { () throws(ShelfError) in
            let gone = try shelf.tidy(keeping: configuration.keep, who: Self.collector, now: clock.now())
            for id in gone { log.info("model removed", ["model": id, "unused_kept": "\(configuration.keep)"]) }
        }
    }

    private func tell(_ deed: ModelJournal.Deed, _ id: String, _ why: String, by who: String = collector) {
        let words = deed.rawValue.replacing("_", with: " ")
        if deed == .refused || deed == .failed {
            log.error("model \(words)", ["model": id, "reason": why])
        } else {
            log.info("model \(words)", ["model": id, "who": who, "why": why])
        }
        keep("the journal") { () throws(ShelfError) in
            try shelf.changing { () throws(ShelfError) in
                try shelf.journal.add(.init(at: clock.now(), who: who, deed, id, why: why))
            }
        }
    }

    @discardableResult
    private func keep(_ what: String, _ body: () throws(ShelfError) -> Void) -> Bool {
        do throws(ShelfError) {
            try body()
            return true
        } catch {
            log.error("\(what) could not be written down", ["reason": "\(error)"])
            return false
        }
    }

    // MARK: What there is to say

    func report() -> ModelsReport {
        let (inUse, choice, trial, verdict) = state.withLock { ($0.inUse, $0.choice, $0.trial, $0.verdict) }
        var report = ModelsReport()
        (report.inUse, report.explicitFolder) = (inUse, explicitFolder)
        let to = Int(clock.now())
        let scores = (try? store.modelAccuracy(from: to - Self.liveDays * 86_400, to: to)) ?? [:]
        for id in shelf.ids() {
            let role: ModelsReport.Role =
                id == inUse
                ? .inUse : id == trial?.trial.id ? .challenger : id == choice?.previous ? .previous : .kept
            report.models.append(cards.model(id, role, scores))
        }
        if let (trial, _) = trial {
            report.trial = ModelsReport.Trial(
                id: trial.id, since: trial.since, numbers: verdict?.numbers ?? TrialRule.Numbers(),
                why: verdict?.why ?? "nothing is scored yet", seconds: forecaster.challengerSeconds,
                championSeconds: forecaster.status.lastRunSeconds)
        }
        report.retraining = retraining.status
        report.journal = shelf.journal.entries().suffix(100).reversed()
        return report
    }
}
