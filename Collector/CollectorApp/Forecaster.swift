import API
import Daemon
import Forecasting
import Insight
import Store
import TFT
import Telemetry

/// At each step's end, runs all hosts through the model in one go; the answers are kept, stored and never made again
/// on request.
final class Forecaster: Sendable {
    private struct Engine {
        var model: ForecastModel?
        /// Forecasts beside it, unheard.
        var challenger: ForecastModel?
        /// Of the newest run over all hosts.
        var challengerSeconds = 0.0
        /// Of the run that is going on.
        var runningChallengerSeconds = 0.0
        var status = ForecastingStatus(model: nil)
        /// The boundary of the newest run over all hosts.
        var boundary = 0
        /// By host: the newest sample at the last try, so that a host is tried again only when it has something new.
        var tried: [String: Double] = [:]
    }

    private let store: Store
    private let scorer: Scorer
    private let scoreboard: Scoreboard
    private let steps: StepClock
    private let clock: Clock
    private let log: Log
    private let engine = Locked(Engine())
    /// One for all models: two that forecast at once would only be in each other's way.
    private let pool = WorkerPool()

    init(store: Store, scorer: Scorer, scoreboard: Scoreboard, steps: StepClock, clock: Clock, log: Log) {
        self.store = store
        self.scorer = scorer
        self.scoreboard = scoreboard
        self.steps = steps
        self.clock = clock
        self.log = log
    }

    var status: ForecastingStatus { engine.withLock { $0.status } }

    /// Seconds of the challenger's newest run over all hosts.
    var challengerSeconds: Double { engine.withLock { $0.challengerSeconds } }

    /// Takes a model folder into use. A folder that is no good is refused by name and reason, which is answered too;
    /// the model in use stays.
    @discardableResult
    func load(folder: String) -> ModelError? {
        do throws(ModelError) {
            let model = try ForecastModel(folder: folder, pool: pool)
            engine.withLock { engine in
                engine.model = model
                engine.status.model = model.label
                engine.status.parameters = model.parameterCount
                engine.status.problem = nil
                engine.boundary = 0
            }
            log.info("model loaded", ["model": model.label, "parameters": "\(model.parameterCount)", "folder": folder])
            return nil
        } catch {
            let running = engine.withLock { engine in
                engine.status.problem = "\(folder): \(error)"
                return engine.status.model
            }
            log.error("model refused", ["folder": folder, "reason": "\(error)", "still_in_use": running ?? "none"])
            return error
        }
    }

    /// Lets a model forecast beside the one in use from the next step on; nil: none any more. Gives its label.
    @discardableResult
    func challenge(folder: String?) throws(ModelError) -> String? {
        let model: ForecastModel?
        if let folder { model = try ForecastModel(folder: folder, pool: pool) } else { model = nil }
        engine.withLock { engine in
            engine.challenger = model
            engine.challengerSeconds = 0
        }
        return model?.label
    }

    /// Takes what was forecast before a restart, so that nobody waits for the next step's end.
    func restore() {
        for host in store.hosts() {
            do throws(StoreError) {
                if let forecast = try store.forecast(host), forecast.firstStep >= steps.boundary(at: clock.now()) {
                    scorer.put(.ready(forecast), of: host.name)
                }
            } catch {
                log.warning("a stored forecast could not be read", ["host": host.name, "reason": "\(error)"])
            }
        }
    }

    /// Runs what is due: all hosts at a step's end, and between two of them the hosts that have something new to
    /// forecast from.
    func look(now: Double) {
        let boundary = steps.boundary(at: now)
        let (model, isDue) = engine.withLock { engine in
            defer { engine.boundary = boundary }
            return (engine.model, engine.boundary != boundary)
        }
        guard let model else { return withholdAll("no model is loaded") }
        do throws(StoreError) {
            if isDue { try runAll(model, boundary) } else { try runLate(model, boundary) }
        } catch {
            log.warning("forecasts could not be made or stored", ["reason": "\(error)"])
        }
    }

    /// The steps that a host is forecast from: what the model and its challenger look at, up to a week, and at least
    /// the day that simple forecasts need.
    private func past(of model: ForecastModel) -> Int {
        let challenger = engine.withLock { $0.challenger?.historySteps } ?? 0
        return min(max(288, model.historySteps, challenger), 7 * 288)
    }

    private func withholdAll(_ reason: String) {
        for host in store.hosts() { scorer.put(.withheld(reason: reason), of: host.name) }
    }

    private func runAll(_ model: ForecastModel, _ boundary: Int) throws(StoreError) {
        let began = Clock.monotonicSeconds()
        engine.withLock { $0.runningChallengerSeconds = 0 }
        var hosts = 0
        var failure: StoreError?
        let count = past(of: model)
        // As many at a time as need the memory of 256 hosts' days.
        try store.recentSteps(count: count, endingAt: boundary, hostsPerChunk: 256 * 288 / count) { chunk in
            hosts += chunk.count
            do throws(StoreError) {
                try run(model, chunk.map { Work(host: $0.host, steps: $0.steps) }, boundary)
            } catch {
                failure = error
            }
        }
        let seconds = Clock.monotonicSeconds() - began
        engine.withLock { engine in
            let unheard = engine.runningChallengerSeconds
            (engine.challengerSeconds, engine.runningChallengerSeconds) = (unheard, 0)
            engine.status.runs += 1
            engine.status.lastRunAt = clock.now()
            engine.status.lastRunHosts = hosts
            engine.status.lastRunSeconds = seconds - unheard
        }
        if let failure { throw failure }
    }

    /// Hosts whose past arrived after the step's run: a back-fill, an agent that was cut off.
    private func runLate(_ model: ForecastModel, _ boundary: Int) throws(StoreError) {
        var late: [Work] = []
        for host in store.hosts() {
            let forecast = scorer.tracks.withLock { $0[host.name]?.forecast }
            let isCurrent = forecast?.ready.map { $0.firstStep == boundary } ?? false
            let isNew = engine.withLock { $0.tried[host.name] != host.lastSeen }
            guard !isCurrent, isNew, host.lastSeen >= Double(boundary - Step.seconds) else { continue }
            let steps = try store.steps(of: host, from: boundary - past(of: model) * Step.seconds, to: boundary)
            late.append(Work(host: host, steps: steps))
        }
        if !late.isEmpty { try run(model, late, boundary) }
    }

    /// A host and the steps it is forecast from.
    private struct Work {
        var host: Host
        var steps: [StepRow]
    }

    private func run(_ model: ForecastModel, _ work: [Work], _ boundary: Int) throws(StoreError) {
        let requests = work.map {
            ForecastRequest(profile: $0.host.profile, steps: $0.steps, firstStep: boundary)
        }
        let answers = model.forecast(requests)
        var ready: [(forecast: Forecast, kept: KeptForecast)] = []
        for (row, answer) in zip(work, answers) {
            guard let forecast = answer.ready else {
                scorer.put(answer, of: row.host.name)
                continue
            }
            let guarded = try guarded(forecast, row)
            scorer.put(.ready(guarded.forecast), of: row.host.name)
            ready.append(guarded)
        }
        engine.withLock { engine in
            for row in work { engine.tried[row.host.name] = row.host.lastSeen }
        }
        if !ready.isEmpty { try store.saveForecasts(ready) }
        try runChallenger(requests, work)
    }

    /// What the challenger says is kept and told to nobody.
    private func runChallenger(_ requests: [ForecastRequest], _ work: [Work]) throws(StoreError) {
        guard let challenger = engine.withLock({ $0.challenger }) else { return }
        let began = Clock.monotonicSeconds()
        let forecasts = zip(work, challenger.forecast(requests)).compactMap { row, answer in
            answer.ready.map { forecast in
                ShadowForecast(
                    serverID: row.host.serverID, firstStep: forecast.firstStep, model: forecast.model,
                    values: KeptForecast.scored(forecast.values))
            }
        }
        if !forecasts.isEmpty { try store.keep(forecasts) }
        let seconds = Clock.monotonicSeconds() - began
        engine.withLock { $0.runningChallengerSeconds += seconds }
    }

    /// The steps that hosts are forecast from by the model in use.
    var pastSteps: Int { engine.withLock { $0.model }.map { past(of: $0) } ?? 288 }

    /// Shares work between the threads that forecast.
    func spread(_ count: Int, _ body: @escaping @Sendable (_ job: Int) -> Void) {
        pool.run(count) { job, _ in body(job) }
    }

    /// What would have been said of hosts at a step's end long ago, by the model in use and with the voices that each
    /// host's record gives it now; nil while no model is loaded.
    func forecasts(
        ofPasts pasts: [(host: Host, steps: [StepRow])], endingAt boundary: Int
    ) throws(StoreError) -> [Forecast?]? {
        guard let model = engine.withLock({ $0.model }) else { return nil }
        let answers = model.forecast(
            pasts.map { ForecastRequest(profile: $0.host.profile, steps: $0.steps, firstStep: boundary) })
        var given: [Forecast?] = []
        for (past, answer) in zip(pasts, answers) {
            guard let forecast = answer.ready else {
                given.append(nil)
                continue
            }
            given.append(try guarded(forecast, Work(host: past.host, steps: past.steps)).forecast)
        }
        return given
    }

    /// What is said of other pasts of a host, `pasts(its steps, their end)`; nil while no model is loaded.
    func forecasts(
        of host: Host, _ pasts: (_ steps: [StepRow], _ end: Int) -> [[StepRow]]
    ) throws(StoreError) -> [ForecastStatus]? {
        guard let model = engine.withLock({ $0.model }) else { return nil }
        let boundary = steps.boundary(at: clock.now())
        let own = try store.steps(of: host, from: boundary - past(of: model) * Step.seconds, to: boundary)
        let work = pasts(own, boundary).map { Work(host: host, steps: $0) }
        let answers = model.forecast(
            work.map { ForecastRequest(profile: host.profile, steps: $0.steps, firstStep: boundary) })
        var given: [ForecastStatus] = []
        for (row, answer) in zip(work, answers) {
            if let forecast = answer.ready {
                given.append(.ready(try guarded(forecast, row).forecast))
            } else {
                given.append(answer)
            }
        }
        return given
    }

    /// Where the model has lately been worse than a simple forecast, that one speaks.
    private func guarded(
        _ forecast: Forecast, _ work: Work
    ) throws(StoreError) -> (forecast: Forecast, kept: KeptForecast) {
        let record = scoreboard.record(of: work.host.serverID)
        var lastWeek: [StepRow] = []
        if SkillGuard.asksForLastWeek(record) {
            let from = forecast.firstStep - 7 * 86_400
            lastWeek = try store.steps(of: work.host, from: from, to: from + Forecast.horizon * Step.seconds)
        }
        let skill = SkillGuard(record, firstStep: forecast.firstStep, steps: work.steps, lastWeek: lastWeek)
        let given = skill.apply(to: forecast)
        let kept = KeptForecast(
            serverID: work.host.serverID, firstStep: forecast.firstStep, model: forecast.model,
            values: KeptForecast.scored(given.values),
            modelValues: given.voices.isEmpty ? nil : KeptForecast.scored(forecast.values), damped: skill.damped())
        return (given, kept)
    }
}
