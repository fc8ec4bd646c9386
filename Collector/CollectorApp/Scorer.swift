import API
import Daemon
import Insight
import Risk
import Store
import Telemetry

/// Looks at every host that has changed: newest minute, recent steps and forecast become a score and a state on the board.
final class Scorer: Sendable {
    private let store: Store
    private let board: FleetBoard
    private let engine: RiskEngine
    private let steps: StepClock
    private let log: Log
    let tracks = Locked<[String: HostTrack]>([:])

    init(store: Store, board: FleetBoard, engine: RiskEngine, steps: StepClock, log: Log) {
        self.store = store
        self.board = board
        self.engine = engine
        self.steps = steps
        self.log = log
    }

    /// One look at the fleet. `now` in Unix seconds.
    func look(now: Double) {
        let boundary = steps.boundary(at: now)
        var views: [HostView] = []
        for host in store.hosts() {
            do throws(StoreError) {
                if let view = try look(at: host, boundary: boundary, now: now) { views.append(view) }
            } catch {
                log.warning("a host could not be scored", ["host": host.name, "reason": "\(error)"])
            }
        }
        if !views.isEmpty { board.put(views) }
    }

    /// Nil when nothing has changed since the last look.
    private func look(at host: Host, boundary: Int, now: Double) throws(StoreError) -> HostView? {
        var track = tracks.withLock { $0[host.name] } ?? HostTrack()
        if track.boundary != boundary {
            track.history = try store.steps(
                of: host, from: boundary - HostTrack.historySteps * Step.seconds, to: boundary)
            track.boundary = boundary
            track.isStale = true
        }
        let isSilent = now - host.lastSeen > silenceSeconds(of: host)
        guard track.isStale || host.lastSeen > track.scoredSample || isSilent != (track.risk == nil) else { return nil }
        let mean = try store.recentMean(host) ?? MetricVector()
        let before = track.risk
        if isSilent {
            track.lastRisk = track.risk ?? track.lastRisk
            track.risk = nil
            track.input = nil
        } else {
            let input = RiskInput(
                profile: host.profile, cpus: host.cpus ?? 1, now: mean, history: track.history,
                forecast: track.forecast?.ready, time: host.lastSeen)
            track.risk = engine.score(input)
            track.input = input
        }
        if track.risk?.level != before?.level || track.levelSince == 0 { track.levelSince = now }
        track.scoredSample = host.lastSeen
        track.isStale = false
        let forecast =
            keep(track, of: host.name) ?? .warmingUp(steps: track.history.count, needed: ForecastStatus.stepsNeeded)
        return HostView(
            host: host.name, state: state(of: host, track, mean, isSilent: isSilent), now: mean, forecast: forecast,
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

    private func soonestBreach(_ track: HostTrack) -> TimeToBreach? {
        guard let input = track.input, input.forecast != nil else { return nil }
        let crossing = engine.timesToBreach(for: input).filter { $0.medianMinutes != nil }
        return crossing.min { ($0.medianMinutes ?? 0) < ($1.medianMinutes ?? 0) }
    }

    func explain(_ host: String) -> RiskExplanation? {
        guard let input = tracks.withLock({ $0[host]?.input }) else { return nil }
        return RiskExplanation(
            counterfactuals: engine.counterfactuals(for: input), timesToBreach: engine.timesToBreach(for: input))
    }
}

extension ForecastStatus {
    var ready: Forecast? { if case .ready(let forecast) = self { forecast } else { nil } }
}
