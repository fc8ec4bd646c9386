import API
import Alerting
import Daemon
import Insight
import Rehearsal
import Risk
import Store
import Telemetry

/// Lives through stored days twice, by the thresholds in force and by others: the same steps, samples and forecasts,
/// the same score and the same alert machine.
final class ThresholdTrialDesk: ThresholdTrials {
    private struct Running {
        var progress: ThresholdTrialProgress
        var isCancelled = false
    }

    private let store: Store
    private let forecaster: Forecaster
    private let thresholds: ThresholdDesk
    private let alerts: AlertKeeper
    private let steps: StepClock
    /// Raw samples are kept so long, seconds.
    private let samplesKept: Double
    private let clock: Clock
    private let log: Log
    private let running = Locked<Running?>(nil)

    /// Forecasts of a trial take about so long at most, so with many hosts or days there are fewer of them.
    private static let forecastSeconds = 40.0
    private static let secondsPerForecast = 0.6e-3
    /// An older forecast says too little of the next half hour.
    private static let forecastEveryMax = 12
    /// Looks at hosts in raw samples; further back a trial goes by steps.
    private static let finestLooks = 1_200_000

    init(
        store: Store, forecaster: Forecaster, thresholds: ThresholdDesk, alerts: AlertKeeper, steps: StepClock,
        samplesKept: Double, clock: Clock, log: Log
    ) {
        (self.store, self.forecaster, self.thresholds, self.alerts) = (store, forecaster, thresholds, alerts)
        (self.steps, self.samplesKept, self.clock, self.log) = (steps, samplesKept, clock, log)
    }

    var progress: ThresholdTrialProgress? { running.withLock { $0?.progress } }

    func cancel() -> Bool {
        running.withLock { running in
            running?.isCancelled = true
            return running != nil
        }
    }

    func start(
        _ question: ThresholdTrialQuestion,
        completion: @escaping @Sendable (Result<ThresholdTrial, ThresholdTrialFault>) -> Void
    ) {
        let busy = running.withLock { running -> Double? in
            if let running { return running.progress.done }
            running = Running(progress: .init(since: clock.now(), done: 0))
            return nil
        }
        if let busy { return completion(.failure(.busy(done: busy))) }
        let thread = OwnThread("trial", stackBytes: 8 << 20) {
            let outcome = Result { () throws(ThresholdTrialFault) in try self.run(question) }
            self.running.withLock { $0 = nil }
            completion(outcome)
        }
        guard thread == nil else { return }
        running.withLock { $0 = nil }
        completion(.failure(.failed(reason: "no thread to work on: this user may start no more")))
    }

    // MARK: The trial

    func run(_ question: ThresholdTrialQuestion) throws(ThresholdTrialFault) -> ThresholdTrial {
        let began = Clock.monotonicSeconds()
        let inForce = thresholds.current
        let tried: RiskConfiguration
        do throws(ThresholdFault) {
            tried = try thresholds.trial(of: question.settings)
        } catch {
            throw .change(error)
        }
        var past = try past(of: question)
        let engines = [inForce.configuration, tried].map { RiskEngine(configuration: $0) }
        let replayed = try replay(past, engines, inForce.configuration)
        past.about.seconds = Clock.monotonicSeconds() - began
        past.about.version = inForce.version.number
        var breaches: [String: [Breach]] = [:]
        for host in past.hosts {
            let rows = host.rows.filter { $0.start >= past.about.from }
            breaches[host.name] = engines[0].breaches(in: rows, profile: host.profile, cpus: host.cpus)
        }
        let (changes, kept) = TrialJudgement.compare(replayed[0], replayed[1])
        let trial = ThresholdTrial(
            before: TrialJudgement.outcome(of: replayed[0], breaches: breaches),
            after: TrialJudgement.outcome(of: replayed[1], breaches: breaches),
            changes: changes, kept: kept, past: past.about)
        log.info(
            "thresholds were tried",
            [
                "hosts": "\(past.hosts.count)", "days": "\((past.about.days * 10).rounded() / 10)",
                "pages": "\(trial.before.pages) → \(trial.after.pages)", "changes": "\(trial.changeCount)",
                "seconds": "\((past.about.seconds * 10).rounded() / 10)",
            ])
        return trial
    }

    private struct Past {
        var hosts: [RehearsedHost]
        var servers: [Host]
        var about: ThresholdTrial.Past
    }

    private func past(of question: ThresholdTrialQuestion) throws(ThresholdTrialFault) -> Past {
        let known = store.hosts()
        let names = Set(known.map(\.name))
        if let unknown = question.hosts?.first(where: { !names.contains($0) }) { throw .unknownHost(unknown) }
        let wanted = question.hosts.map(Set.init)
        let servers = known.filter { wanted?.contains($0.name) ?? true }
        guard Double(servers.count) * question.days <= ThresholdTrialQuestion.hostDaysMax else {
            throw .tooMuch(hosts: servers.count, days: question.days)
        }
        let until = steps.boundary(at: clock.now())
        let oldest = servers.map { Step.start(of: $0.firstSeen) }.min() ?? until
        let from = max(oldest, until - Int(question.days * 86_400) / Step.seconds * Step.seconds)
        guard from < until else { throw .nothingKept }
        var hosts: [RehearsedHost] = []
        for host in servers {
            let rows: [StepRow]
            do throws(StoreError) {
                rows = try store.steps(of: host, from: from - forecaster.pastSteps * Step.seconds, to: until)
            } catch {
                throw .store(error)
            }
            hosts.append(
                RehearsedHost(
                    name: host.name, profile: host.profile, cpus: host.cpus ?? 1, labels: host.labels,
                    intervalSeconds: host.intervalSeconds, rows: rows))
        }
        let looked = Self.finestLooks / max(1, hosts.count) * FinePast.lookSeconds
        let finest = until - min(Int(samplesKept) - Step.seconds, looked) / Step.seconds * Step.seconds
        let share = Double(hosts.count * (until - from) / Step.seconds) * Self.secondsPerForecast / Self.forecastSeconds
        return Past(
            hosts: hosts, servers: servers,
            about: .init(
                from: from, until: until, hosts: hosts.count, samplesFrom: max(from, finest),
                forecastMinutes: min(Self.forecastEveryMax, max(1, Int(share.rounded(.up)))) * Step.seconds / 60,
                seconds: 0, version: 0))
    }

    private func replay(
        _ past: Past, _ engines: [RiskEngine], _ configuration: RiskConfiguration
    ) throws(ThresholdTrialFault) -> [AlertMachine.Replayed] {
        let machine = alerts.machine
        var state = AlertState()
        (state.silences, state.maintenance) = (machine.state.silences, machine.state.maintenance)
        let failure = Locked<ThresholdTrialFault?>(nil)
        let fail: @Sendable (ThresholdTrialFault) -> Void = { fault in failure.withLock { $0 = $0 ?? fault } }
        let servers = past.servers
        let fine = FinePast(
            from: past.about.samplesFrom ?? .max, graceSeconds: steps.graceSeconds,
            offlineAfterSeconds: configuration.offlineAfterSeconds,
            read: { [store] index, after, upTo in
                do throws(StoreError) {
                    // Times are whole milliseconds in the store.
                    let records = try store.samples(of: servers[index], from: after + 0.001, to: upTo + 0.001)
                    return records.map { FinePast.Sample(at: $0.time, values: $0.values) }
                } catch {
                    fail(.store(error))
                    return []
                }
            }, spread: { [forecaster] count, body in forecaster.spread(count, body) })
        let rehearsal = Rehearsal(
            past.hosts, rules: machine.rules, state: state,
            forecastEvery: past.about.forecastMinutes * 60 / Step.seconds, fine: fine)
        let replayed = rehearsal.run(
            engines.map { (.score, $0) }, from: past.about.from, until: past.about.until,
            historySteps: forecaster.pastSteps,
            report: { done in
                failure.withLock { $0 == nil }
                    && running.withLock { running in
                        running?.progress.done = done
                        return running?.isCancelled != true
                    }
            },
            foresee: { moment, requests in
                do throws(StoreError) {
                    let forecasts = try forecaster.forecasts(
                        ofPasts: requests.map { (servers[$0.host], Array($0.rows)) }, endingAt: moment)
                    guard let forecasts else {
                        fail(.noModel)
                        return requests.map { _ in nil }
                    }
                    return forecasts
                } catch {
                    fail(.store(error))
                    return requests.map { _ in nil }
                }
            })
        if let fault = failure.withLock({ $0 }) { throw fault }
        guard running.withLock({ $0?.isCancelled != true }) else { throw .cancelled }
        return replayed
    }
}
