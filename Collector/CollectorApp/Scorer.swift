import API
import Alerting
import Daemon
import Glibc
import Insight
import Risk
import Store
import Telemetry

/// Looks at every host that has changed: newest minute, recent steps and forecast become a score and a state on the
/// board.
final class Scorer: Sendable {
    private let store: Store
    private let board: FleetBoard
    private let thresholds: ThresholdDesk
    private let alerts: AlertKeeper
    private let standings: Standings
    private let steps: StepClock
    private let log: Log
    let tracks = Locked<[String: HostTrack]>([:])
    private let revision = Locked(0)
    /// What to do about a score.
    let playbook: Locked<Playbook>

    init(
        store: Store, board: FleetBoard, thresholds: ThresholdDesk, alerts: AlertKeeper, standings: Standings,
        steps: StepClock, playbook: Playbook, log: Log
    ) {
        self.store = store
        self.board = board
        self.thresholds = thresholds
        self.alerts = alerts
        self.standings = standings
        self.steps = steps
        self.playbook = Locked(playbook)
        self.log = log
    }

    private var engine: RiskEngine { thresholds.engine }

    /// The thresholds have changed: every host is scored again at the next look.
    func rescore() {
        revision.withLock { $0 += 1 }
        tracks.withLock { tracks in
            for name in tracks.keys { tracks[name]?.isStale = true }
        }
    }

    /// One look at the fleet. `now` in Unix seconds.
    func look(now: Double) {
        let boundary = steps.boundary(at: now)
        var views: [HostView] = []
        var readings: [AlertReading] = []
        var looked: [UInt64: HostStanding] = [:]
        for host in store.hosts() {
            do throws(StoreError) {
                guard let view = try look(at: host, boundary: boundary, now: now) else { continue }
                views.append(view)
                readings.append(reading(of: host, view, now: now))
                looked[host.serverID] = HostStanding(
                    level: view.risk?.level, levelSince: view.levelSince,
                    criticalAt: tracks.withLock { $0[host.name]?.criticalAt })
            } catch {
                log.warning("a host could not be scored", ["host": host.name, "reason": "\(error)"])
            }
        }
        if !views.isEmpty { board.put(views) }
        alerts.look(readings, now: now)
        do throws(StoreError) {
            try standings.keep(looked)
        } catch {
            log.warning("since when hosts are at their levels could not be kept", ["reason": "\(error)"])
        }
    }

    private func reading(of host: Host, _ view: HostView, now: Double) -> AlertReading {
        AlertReading(
            host: host.name, sampledAt: min(host.lastSeen, now), score: view.risk?.value,
            parts: view.risk?.parts ?? [], breach: view.soonestBreach, profile: host.profile, labels: host.labels,
            intervalSeconds: host.intervalSeconds)
    }

    /// Nil when nothing has changed since the last look.
    private func look(at host: Host, boundary: Int, now: Double) throws(StoreError) -> HostView? {
        var track = tracks.withLock { $0[host.name] } ?? HostTrack()
        // A host's past is read once a step, and again when it has grown elsewhere than at its end: a back-fill.
        let isBackfilled =
            host.firstSeen != track.firstSeen || host.lastSeen - track.scoredSample > Double(Step.seconds)
        if track.boundary != boundary || isBackfilled {
            track.history = try store.steps(
                of: host, from: boundary - HostTrack.historySteps * Step.seconds, to: boundary)
            track.boundary = boundary
            track.firstSeen = host.firstSeen
            track.isStale = true
        }
        // A sample may be dated ahead by a source's clock: the present is not waited for until it comes round.
        let seen = min(host.lastSeen, now)
        let isSilent = now - seen > silenceSeconds(of: host)
        guard track.isStale || seen > track.scoredSample || isSilent != (track.risk == nil) else { return nil }
        let mean = try store.recentMean(host, until: now) ?? MetricVector()
        let before = track.risk
        if isSilent {
            track.lastRisk = track.risk ?? track.lastRisk
            if track.lastRisk == nil { track.lastRisk = try scoreAtTheEnd(of: host, mean) }
            track.risk = nil
            track.input = nil
        } else {
            let forecast = track.forecast?.ready
            let input = RiskInput(
                profile: host.profile, cpus: host.cpus ?? 1, now: mean, history: track.history, forecast: forecast,
                time: seen, skill: forecast?.nearSkill ?? MetricVector())
            track.risk = engine.score(input)
            track.input = input
        }
        if track.levelSince == 0 {
            track.levelSince = now
            standings.restore(&track, of: host)
        } else if track.risk?.level != before?.level {
            track.levelSince = now
        }
        let state = try state(&track, of: host, mean, now: now)
        track.scoredSample = seen
        track.isStale = false
        let forecast =
            keep(track, of: host.name) ?? .warmingUp(steps: track.history.count, needed: ForecastStatus.stepsNeeded)
        return HostView(
            host: host.name, state: state, now: mean, forecast: forecast,
            risk: track.risk, scoredAt: now, levelSince: track.levelSince, lastRisk: track.lastRisk,
            soonestBreach: soonestBreach(track))
    }

    /// Writes a track back, but never over a forecast that came meanwhile; answers the forecast that holds.
    private func keep(_ track: HostTrack, of host: String) -> ForecastStatus? {
        tracks.withLock { tracks in
            var track = track
            if let present = tracks[host], present.forecast != track.forecast {
                track.forecast = present.forecast
                track.isStale = true
            }
            tracks[host] = track
            return track.forecast
        }
    }

    func put(_ forecast: ForecastStatus, of host: String) {
        tracks.withLock { tracks in
            tracks[host, default: HostTrack()].forecast = forecast
            tracks[host]?.isStale = true
        }
    }

    /// A host that samples slowly is not silent between two of its samples.
    private func silenceSeconds(of host: Host) -> Double {
        max(engine.configuration.offlineAfterSeconds, 3 * host.intervalSeconds)
    }

    /// What a host that was silent before we started would have scored when it fell silent: its last minute and the
    /// steps before it, without a forecast.
    private func scoreAtTheEnd(of host: Host, _ mean: MetricVector) throws(StoreError) -> RiskScore {
        let end = Step.start(of: host.lastSeen)
        let history = try store.steps(of: host, from: end - HostTrack.historySteps * Step.seconds, to: end)
        return engine.score(
            RiskInput(
                profile: host.profile, cpus: host.cpus ?? 1, now: mean, history: history, forecast: nil,
                time: host.lastSeen))
    }

    /// What the source says of itself, else the contract's rule.
    private func state(_ track: inout HostTrack, of host: Host, _ mean: MetricVector, now: Double) throws(StoreError)
        -> HostState
    {
        guard track.risk != nil else { return .offline }
        if let told = try store.latest(host, until: now)?.state { return told }
        var context = HostStateContext(profile: host.profile, cpus: host.cpus ?? 1, localHour: localHour(now))
        context.inMaintenance = alerts.isInMaintenance(host, at: now)
        context.risk = track.risk?.value
        context.minutesSinceCritical = track.criticalAt.map { (now - $0) / 60 }
        context.usualCPUUsed = usualCPUUsed(track.history, cpus: host.cpus ?? 1)
        let state = engine.state(of: StepRow(start: track.boundary, means: mean, samples: 1), context)
        if state == .criticalIssue { track.criticalAt = now }
        return state
    }

    /// At the hours of the day that are not the morning's.
    private func usualCPUUsed(_ history: [StepRow], cpus: Int) -> Double? {
        let usual = history.filter { !(7..<9).contains(localHour(Double($0.start))) }
            .compactMap { RiskSignal.cpuUsed.value(in: $0.means, cpus: cpus) }
        return usual.count < 12 ? nil : usual.reduce(0, +) / Double(usual.count)
    }

    private func localHour(_ time: Double) -> Double {
        var seconds = time_t(time)
        var parts = tm()
        localtime_r(&seconds, &parts)
        return Double(parts.tm_hour) + Double(parts.tm_min) / 60
    }

    func score(_ input: RiskInput) -> RiskScore { engine.score(input) }
    /// The score's number alone.
    func value(_ input: RiskInput) -> Double { engine.value(input) }
    /// Another one whenever the thresholds have changed.
    var thresholdsRevision: Int { revision.withLock { $0 } }

    /// The fleet in one line. A host that is not scored now counts as offline.
    func fleet() -> FleetRisk {
        let scores = board.all().values.map { $0.risk?.value }
        let known = scores.compactMap(\.self)
        return engine.fleet(scores: known, offline: scores.count - known.count)
    }

    private func soonestBreach(_ track: HostTrack) -> TimeToBreach? {
        guard let input = track.input, input.forecast != nil else { return nil }
        let crossing = engine.timesToBreach(for: input).filter { $0.medianMinutes != nil }
        return crossing.min { ($0.medianMinutes ?? 0) < ($1.medianMinutes ?? 0) }
    }

    func explain(_ host: String) -> RiskExplanation? {
        let (known, score) = tracks.withLock { ($0[host]?.input, $0[host]?.risk) }
        guard let input = known, let score else { return nil }
        return RiskExplanation(
            counterfactuals: engine.counterfactuals(for: input), timesToBreach: engine.timesToBreach(for: input),
            advice: playbook.withLock { $0 }.advice(for: score, profile: input.profile))
    }

    /// What to do about a host as it is now; nothing while it has no score.
    func advice(_ host: String) -> [GivenAdvice] {
        let (known, score) = tracks.withLock { ($0[host]?.input, $0[host]?.risk) }
        guard let input = known, let score else { return [] }
        return playbook.withLock { $0 }.advice(for: score, profile: input.profile)
    }
}

extension ForecastStatus {
    var ready: Forecast? { if case .ready(let forecast) = self { forecast } else { nil } }
}
